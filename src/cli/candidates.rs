//! What could stand at a place of a command: runs, stages, answers, workflows. Where nothing can be found out, nothing is offered.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};

use indexmap::IndexSet;

use crate::cli::atlas::Atlas;
use crate::cli::check::files;
use crate::cli::completions::Typed;
use crate::cli::meant::{main_file, workflows_of};
use crate::cli::project::{Project, is_wf_file};
use crate::cli::render::model::{Model, State, Wanted};
use crate::cli::run::waits::forms;
use crate::cli::runs::list::word;
use crate::cli::{ids, place};
use crate::engine::recover;
use crate::engine::report::Question;
use crate::plan::Plan;
use crate::store::sqlite::SqliteStore;
use crate::store::{RunFilter, RunInfo, Status, Store};

/// Runs that are offered.
const RUNS_MAX: usize = 50;

/// Stages that are offered.
const STAGES_MAX: usize = 500;

/// Runs, newest first: those that the command can be about.
pub fn runs(current: &OsStr) -> Vec<CompletionCandidate> {
    let found = reading(|store| async move {
        let runs = store.runs(&RunFilter::default()).await.ok()?;
        let all: Vec<String> = runs.iter().map(|run| run.id.clone()).collect();
        Some(runs.into_iter().zip(ids::short_all(&all)).collect::<Vec<_>>())
    });
    let typed = Typed::here();
    let fits = |status: Status| match typed.command() {
        Some("resume" | "cancel" | "answer") => !status.ended(),
        Some("retry") => matches!(status, Status::Failed | Status::Cancelled),
        _ => true,
    };
    let found = found.unwrap_or_default().into_iter().filter(|(run, _)| fits(run.status));
    let told = |(run, short): (RunInfo, String)| {
        let help = format!("{}, {}", run.workflow, word(run.status));
        // Whoever types more of an id than is needed goes on with the whole of it.
        let id = if current.len() > short.len() { run.id } else { short };
        CompletionCandidate::new(id).help(Some(help.into()))
    };
    let latest = CompletionCandidate::new("@latest").help(Some("the run that was started last".into()));
    let mut found = starting(current, found.map(told));
    found.truncate(RUNS_MAX);
    found.into_iter().chain(starting(current, [latest])).collect()
}

/// The stages of the run that was typed.
pub fn stages(current: &OsStr) -> Vec<CompletionCandidate> {
    let stages = of_run(|plan, told| {
        let own = plan.workflows.first().map(|workflow| workflow.stages.iter().map(|stage| stage.name.clone()));
        let mut stages: IndexSet<String> = own.into_iter().flatten().collect();
        stages.extend(told.into_iter().map(|(path, _)| path));
        stages
    });
    let mut found = starting(current, stages.unwrap_or_default().into_iter().map(CompletionCandidate::new));
    found.truncate(STAGES_MAX);
    found
}

/// The stages of the run that was typed at which a person is asked.
pub fn asked(current: &OsStr) -> Vec<CompletionCandidate> {
    let asked = of_run(|_, told| {
        let asked = told.iter().filter_map(|(path, question)| Some((path.clone(), question.as_ref()?.text.clone())));
        asked.collect::<Vec<_>>()
    });
    let told = |(stage, text): (String, String)| {
        let line = text.lines().next().unwrap_or_default().to_owned();
        CompletionCandidate::new(stage).help(Some(line.into()))
    };
    starting(current, asked.unwrap_or_default().into_iter().map(told))
}

/// What may be answered at the stage that was typed.
pub fn answers(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some(stage) = Typed::here().operands.into_iter().nth(1) else { return Vec::new() };
    let question =
        of_run(|_, told| told.into_iter().find(|(path, _)| *path == stage).and_then(|(_, question)| question));
    let Some(question) = question.flatten() else { return Vec::new() };
    let options = forms(&question).into_iter().filter(|(_, form, _)| form.starts_with("--"));
    let options = options.map(|(name, form, _)| {
        CompletionCandidate::new(form.split(' ').next().unwrap_or(form)).help(Some(name.into()))
    });
    let literals = question.schema.get("enum").and_then(|values| values.as_array()).into_iter().flatten();
    let literals = literals.map(|value| CompletionCandidate::new(bare(value)));
    starting(current, options.chain(literals).collect::<Vec<_>>())
}

/// Files, and the workflows of the project here.
pub fn programs(current: &OsStr) -> Vec<CompletionCandidate> {
    let files = PathCompleter::any().filter(|path| path.is_dir() || is_wf_file(path) || is_json(path));
    let found = files::find(&[], Default::default()).map(|found| found.programs).unwrap_or_default();
    let names =
        found.iter().flat_map(|program| program.files.iter().flat_map(|file| workflows_of(&program.project, file)));
    let names = names.map(|name| CompletionCandidate::new(name).help(Some("a workflow".into())));
    starting(current, names.collect::<Vec<_>>()).into_iter().chain(files.complete(current)).collect()
}

/// The workflows of the file that was typed.
pub fn workflows(current: &OsStr) -> Vec<CompletionCandidate> {
    let file = Typed::here().operands.into_iter().next();
    let found = file.and_then(|file| main_file(Some(Path::new(&file))).ok());
    let names = found.map(|(project, file)| workflows_of(&project, &file)).unwrap_or_default();
    starting(current, names.into_iter().map(CompletionCandidate::new))
}

/// The profiles of the project here.
pub fn profiles(current: &OsStr) -> Vec<CompletionCandidate> {
    let project = Project::of(Path::new(".")).ok();
    let names = project.into_iter().flat_map(|project| project.config.profiles.keys().cloned().collect::<Vec<_>>());
    starting(current, names.map(CompletionCandidate::new))
}

/// A literal as it is typed: its word, or JSON where that would be taken for something else.
fn bare(value: &serde_json::Value) -> String {
    let plain = |text: &&str| !text.is_empty() && !text.starts_with('-') && !text.contains(char::is_control);
    value.as_str().filter(plain).map_or_else(|| value.to_string(), str::to_owned)
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

fn starting(current: &OsStr, candidates: impl IntoIterator<Item = CompletionCandidate>) -> Vec<CompletionCandidate> {
    let typed = current.to_string_lossy();
    let fits = |candidate: &CompletionCandidate| candidate.get_value().to_string_lossy().starts_with(&*typed);
    candidates.into_iter().filter(fits).collect()
}

/// The store that was typed, or that is found from here.
fn store() -> Option<SqliteStore> {
    let folder = Typed::here().option("store").map(Into::into).or_else(place::found_store)?;
    SqliteStore::open_to_read(&folder).ok()
}

fn reading<T, W: Future<Output = Option<T>>>(work: impl FnOnce(Arc<dyn Store>) -> W) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async { work(Arc::new(store()?)).await })
}

/// What is known of the run that was typed: each stage that was heard of, with what is asked there.
fn of_run<T>(look: impl FnOnce(&Plan, Vec<(String, Option<Question>)>) -> T) -> Option<T> {
    let run = Typed::here().operands.into_iter().next()?;
    reading(|store| async move {
        let info = store.find(&run).await.ok()?;
        let plan = Arc::new(Plan::from_json(&store.plan(&info.plan).await.ok()?).ok()?);
        let (mut model, mut stages) = (Model::new(Atlas::new(plan.clone())), IndexSet::new());
        let mut hear = |report: &crate::engine::report::Report| {
            drop(model.apply(report));
            stages.extend(report.stage.clone());
        };
        recover::tell(store.as_ref(), &info, &plan, &mut hear).await.ok()?;
        let question = |stage: &String| match &model.live.get(stage)?.state {
            State::Waiting { wanted: Wanted::Answer(question), .. } => Some((**question).clone()),
            _ => None,
        };
        let told = stages.into_iter().map(|stage| (stage.clone(), question(&stage))).collect();
        Some(look(&plan, told))
    })
}
