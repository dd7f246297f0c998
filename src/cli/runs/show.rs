//! `wfc runs show`: how a run and its stages stand.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::agents::exec::folder::wanted_room;
use crate::base::text::escape;
use crate::cli::args::Global;
use crate::cli::atlas::{Atlas, parent};
use crate::cli::commands::Commands;
use crate::cli::console::{Console, Loudness};
use crate::cli::exit::Exit;
use crate::cli::findings::look_of_out;
use crate::cli::render::layout;
use crate::cli::render::marks::Mark;
use crate::cli::render::model::{Live, Model, State as Doing, Wanted};
use crate::cli::render::row::{Look, Row};
use crate::cli::render::tally::item_of;
use crate::cli::report::Problem;
use crate::cli::roles::Roles;
use crate::cli::run::{ending, failure, goon, last_words, start, waits};
use crate::cli::runs::list::{as_json, name_shortly, process, stands};
use crate::cli::runs::story::{Results, State, Story, Told};
use crate::cli::runs::untaken::{Standing, Untaken};
use crate::cli::{ids, kept_files, place, words};
use crate::engine::recover;
use crate::engine::report::{ErrorInfo, QuestionKind, WaitReason};
use crate::engine::step::ask::OpenQuestion;
use crate::store::{RunInfo, Status, Store};

/// Items of a map that are told one by one, however they went.
const ITEMS_NAMED: usize = 20;

/// Failures that are drawn.
const FAILURES_MAX: usize = 8;

/// Prints a run.
pub fn show(run: &str, json: bool, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let store = super::open_to_read(global)?;
    super::wait(async {
        let mut info = store.find(run).await?;
        let plan = super::plan_of(store.as_ref(), &info).await?;
        // People are told how stages stand, not what each gave.
        let results = if json { Results::All } else { Results::None };
        let (mut story, mut model) =
            (Story::with(results), Model::new(Atlas::new(plan.clone())).of_roles(Roles::of(Path::new(&info.root))));
        let state = recover::tell(store.as_ref(), &info, &plan, &mut |report| {
            model.apply(report);
            story.hear(report);
        })
        .await?;
        model.now = start::now();
        let process = process(store.as_ref(), &info).await?;
        if process.is_none() && !info.status.ended() {
            let open = state.attempts().filter(|id| state.is_running(*id));
            let open = open.filter_map(|id| Some(state.attempt(&plan, id)?.stage)).collect::<Vec<_>>();
            story.interrupt(&open, &words::rfc3339(state.at));
        }
        let questions = match info.status.ended() {
            true => Vec::new(),
            false => {
                let untaken = Untaken::of(store.as_ref(), &info, plan.clone(), state).await?;
                info.because = untaken.waits().or(info.because);
                untaken.questions()
            }
        };
        if json {
            console.out_json(&format!("{}\n", object(&info, process, &story, &questions)));
            return Ok(Exit::Good);
        }
        let answered = settle(&mut model, questions);
        shorten(store.as_ref(), &mut model).await?;
        name_shortly(store.as_ref(), &mut info).await?;
        let short = ids::short(store.as_ref(), &info.id).await?;
        let commands = Commands::new(&short, &place::existing_store(global)?, place::found_store());
        let attempts = start::attempts_dir(&place::existing_store(global)?).join(&info.id);
        let failures = last_words::of(store.as_ref(), &info.id, None, story.failures()).await?;
        let shown = Shown {
            info: &info,
            story: &story,
            process,
            model: &model,
            failures: &failures,
            answered: &answered,
            commands: &commands,
            attempts: &attempts,
            console,
        };
        console.out(&shown.text());
        Ok(Exit::Good)
    })
}

/// Takes in what people have said meanwhile; gives what became of questions that are open no more, by stage.
fn settle(model: &mut Model, questions: Vec<(OpenQuestion, Standing)>) -> BTreeMap<String, String> {
    let mut answered = BTreeMap::new();
    for (asked, standing) in questions {
        if let Some(Doing::Waiting { wanted, .. }) = model.live.get_mut(&asked.stage).map(|live| &mut live.state) {
            *wanted = standing.open().map_or(Wanted::Nothing, |open| Wanted::Answer(Box::new(open.question.clone())));
        }
        answered.extend(standing.told().map(|told| (asked.stage, told)));
    }
    answered
}

/// Of runs that hold a lock people are told the ids that they know.
async fn shorten(store: &dyn Store, model: &mut Model) -> Result<(), Problem> {
    let waiting = model.live.values_mut().filter_map(|live| match &mut live.state {
        Doing::Waiting { wanted: Wanted::Lock(lock), .. } => Some(&mut **lock),
        _ => None,
    });
    for run in waiting.chain(&mut model.lock).filter_map(|lock| lock.run.as_mut()) {
        *run = ids::short(store, run).await?;
    }
    Ok(())
}

fn object(info: &RunInfo, process: Option<u32>, story: &Story, questions: &[(OpenQuestion, Standing)]) -> Json {
    let mut object = as_json(info, process);
    if let Some(fields) = object.as_object_mut() {
        let open = questions.iter().filter_map(|(_, standing)| standing.open());
        fields.insert("questions".into(), open.map(asked).collect());
        fields.insert("stages".into(), json!(story.stages.values().collect::<Vec<_>>()));
    }
    object
}

/// An open question: what events have of it, with its stage and its end.
fn asked(open: &OpenQuestion) -> Json {
    let mut object = json!(open.question);
    if let Some(fields) = object.as_object_mut() {
        fields.insert("stage".into(), json!(open.stage));
        fields.insert("until".into(), json!(open.until.map(words::rfc3339)));
    }
    object
}

struct Shown<'a> {
    info: &'a RunInfo,
    story: &'a Story,
    /// That drives it.
    process: Option<u32>,
    model: &'a Model,
    /// With the last lines of their output.
    failures: &'a [(ErrorInfo, Vec<String>)],
    /// Stages whose question is open no more, with what became of it.
    answered: &'a BTreeMap<String, String>,
    commands: &'a Commands,
    /// The folder of its attempts.
    attempts: &'a Path,
    console: &'a Console,
}

impl Shown<'_> {
    fn text(&self) -> String {
        let mut text = self.head();
        text.push_str(&self.stages());
        text.push_str(&self.failures());
        let effects = ending::effects(self.model, &self.open());
        text.push_str(&format!("effects so far: {effects}\n"));
        if let Some(result) = &self.info.result {
            text.push_str(&format!("result: {}\n", escape(&result.to_string())));
            text.push_str(&kept_files::told(&kept_files::of_result(self.model.atlas().plan(), result), self.commands));
        }
        text + &self.room() + &self.way_on()
    }

    /// What programs that have ended wait for.
    fn room(&self) -> String {
        let wanted = wanted_room(self.attempts);
        let disk = escape(&self.attempts.display().to_string());
        let text = format!("output waits for room: the disk of `{disk}` is full, {} are needed\n", words::size(wanted));
        if wanted == 0 || self.info.status.ended() { String::new() } else { text }
    }

    fn head(&self) -> String {
        let info = self.info;
        let because = info.because.as_deref().map(|because| format!(": {}", escape(because))).unwrap_or_default();
        let took = words::took(info.ended.unwrap_or_else(start::now) - info.started);
        let inputs: Vec<String> = info
            .inputs
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| format!("{name} {}", escape(&value.to_string())))
            .collect();
        let inputs = if inputs.is_empty() { String::new() } else { format!(": {}", inputs.join(", ")) };
        format!(
            "run {}  {}  {}, {took}{because}\nstarted {} by {}{inputs}\nplan {}, from {}\n",
            self.commands.run(),
            info.workflow,
            stands(info.status, self.process),
            words::minute(info.started),
            info.requester,
            start::short_hash(&info.plan),
            escape(&info.file),
        )
    }

    /// Each stage under the one that holds it, then those of which nothing was heard.
    fn stages(&self) -> String {
        let mut inside: BTreeMap<Option<&str>, Vec<&Told>> = BTreeMap::new();
        let unmet = |told: &&Told| told.state == State::Skipped && self.model.atlas().is_fail(&told.stage);
        for told in self.story.stages.values().filter(|told| !unmet(told)) {
            inside.entry(self.holder(&told.stage)).or_default().push(told);
        }
        let mut text = String::new();
        // A stack rather than a recursion: paths come from a store.
        let mut open: Vec<&Told> = inside.remove(&None).unwrap_or_default().into_iter().rev().collect();
        while let Some(told) = open.pop() {
            text.push_str(&self.stage(told));
            let mut below = inside.remove(&Some(told.stage.as_str())).unwrap_or_default();
            let well = self.leave_out(&mut below);
            text.push_str(&well);
            open.extend(below.into_iter().rev());
        }
        let never: Vec<&str> = self.model.untouched().collect();
        if !never.is_empty() {
            let row = Row::stage(Mark::Idle, &never.join(", "), None, self.look());
            text.push_str(&format!("{}\n", row.whole(self.look())));
        }
        text
    }

    /// Of many items those that went well are only counted, unless `-v` was given.
    fn leave_out(&self, items: &mut Vec<&Told>) -> String {
        let is_item = |told: &&Told| item_of(&told.stage).is_some();
        let went_well = |told: &&Told| is_item(told) && matches!(told.state, State::Succeeded | State::Kept);
        let (all, well) =
            (items.iter().filter(|told| is_item(told)).count(), items.iter().filter(|told| went_well(told)).count());
        if all <= ITEMS_NAMED || well == 0 || self.console.loudness == Loudness::Verbose {
            return String::new();
        }
        let deep = items
            .first()
            .map_or(0, |told| std::iter::successors(self.holder(&told.stage), |path| self.holder(path)).count());
        items.retain(|told| !went_well(told));
        let told = words::count(well as u64, "item that succeeded: -v names it", "items that succeeded: -v names them");
        format!("{}{told}\n", " ".repeat(deep * 2 + 4))
    }

    /// Stages of which nobody knows what became of their latest attempt.
    fn open(&self) -> Vec<&str> {
        let told = self.story.stages.values().filter(|told| told.state == State::Unknown || self.is_unsettled(told));
        let inner = told.filter(|told| self.model.live.get(&told.stage).is_some_and(|live| !live.holds));
        inner.map(|told| told.stage.as_str()).collect()
    }

    /// Whether a person is asked if it happened.
    fn is_unsettled(&self, told: &Told) -> bool {
        let question = waits::question(self.model, &told.stage);
        question.is_some_and(|question| question.open || question.kind == QuestionKind::UnknownOutcome)
    }

    /// Each failure as it was drawn when the run ended.
    fn failures(&self) -> String {
        let look = look_of_out(self.console);
        let drawn = self.failures.iter().take(FAILURES_MAX);
        let drawn = drawn.map(|(error, log)| failure::draw(self.model.atlas(), error, log, self.commands, &look));
        let more = self.failures.len().saturating_sub(FAILURES_MAX) as u64;
        let more = match more {
            0 => String::new(),
            more => format!(
                "{} more; all of them: {} --json\n",
                words::count(more, "failure", "failures"),
                self.commands.show()
            ),
        };
        drawn.collect::<String>() + &more
    }

    /// The nearest holder of which something was told.
    fn holder<'a>(&self, path: &'a str) -> Option<&'a str> {
        std::iter::successors(parent(path), |path| parent(path)).find(|path| self.story.stages.contains_key(*path))
    }

    fn stage(&self, told: &Told) -> String {
        let mark = match told.state {
            State::Succeeded => Mark::Done,
            State::Kept => Mark::Kept,
            State::Failed | State::Handled => Mark::Failed,
            State::Running => Mark::Running,
            State::Unknown => Mark::Trouble,
            State::Waiting => match self.model.live.get(&told.stage).map(|live| &live.state) {
                Some(Doing::Retrying { .. }) => Mark::Trouble,
                _ => Mark::Idle,
            },
            State::Asks => Mark::Asks,
            State::Ready | State::Skipped | State::Cancelled => Mark::Idle,
        };
        let deep = std::iter::successors(self.holder(&told.stage), |path| self.holder(path)).count();
        let name = own_name(&told.stage, self.holder(&told.stage));
        let label = told.label.as_deref().map(escape);
        let row = Row::inner_stage(deep * 2, mark, name, label.as_deref(), self.look());
        let row = facts(told, self.waits(&told.stage)).into_iter().fold(row, |row, fact| row.fact(fact));
        format!("{}\n", row.whole(self.look()))
    }

    /// What a stage waits for.
    fn waits(&self, stage: &str) -> Option<String> {
        let now = start::now();
        if let Some(answered) = self.answered.get(stage) {
            return Some(answered.clone());
        }
        match &self.model.live.get(stage)?.state {
            Doing::Retrying { class, until } => Some(format!("{class}; next attempt {}", words::near(*until, now))),
            Doing::Waiting { reason: WaitReason::Person, wanted, .. } => {
                Some(format!("waits for {}", layout::a_person(wanted.question())))
            }
            Doing::Waiting { wanted: Wanted::Lock(lock), .. } => Some(waits::lock_told(lock)),
            Doing::Waiting { reason, until, wanted } => Some(layout::waits(*reason, wanted, *until, now)),
            _ => None,
        }
    }

    fn look(&self) -> Look {
        Look { unicode: self.console.unicode(), colour: self.console.colours_out() }
    }

    fn way_on(&self) -> String {
        let command = match self.info.status {
            Status::Succeeded => return String::new(),
            Status::Failed => goon::retry(self.model.atlas(), self.failed(), self.commands),
            Status::Cancelled => Some(self.commands.retry()),
            Status::Running | Status::Waiting | Status::Suspended => Some(self.commands.resume()),
        };
        // Who drives it takes up what comes.
        let command = command.filter(|_| self.process.is_none());
        let mut live: Vec<(&String, &Live)> = self.model.live.iter().collect();
        live.sort_unstable_by_key(|(_, live)| live.order);
        let asked = live.iter().filter_map(|(stage, _)| waits::told(self.model, stage, self.commands));
        let asked: String = waits::of_run(self.model, self.commands).into_iter().chain(asked).collect();
        let (head, then) = match asked.is_empty() {
            true => (String::new(), "go on"),
            false => (format!("{}:\n{asked}", self.wanted()), "then go on"),
        };
        head + &command.map(|command| format!("{then}: {command}\n")).unwrap_or_default()
    }

    /// The stage that the run failed with.
    fn failed(&self) -> Option<&str> {
        self.failures.iter().find_map(|(error, _)| error.stage.as_deref())
    }

    /// Whether all that is waited for are answers.
    fn wanted(&self) -> &'static str {
        let is_answer = |live: &Live| match &live.state {
            Doing::Waiting { wanted, .. } => matches!(wanted, Wanted::Answer(_) | Wanted::Nothing),
            _ => true,
        };
        if self.model.lock.is_none() && self.model.live.values().all(is_answer) { "asked" } else { "waited for" }
    }
}

fn facts(told: &Told, waits: Option<String>) -> Vec<String> {
    let mut facts: Vec<String> = told.took(start::now()).map(words::took).into_iter().collect();
    if told.attempt > 1 {
        let before = told.failures.iter().map(|failed| format!("; {}: {}", failed.attempt, failed.class));
        facts.push(format!("attempt {}{}", told.attempt, before.collect::<String>()));
    }
    facts.extend(match (&told.state, &told.error, &told.because) {
        (State::Handled, Some(error), _) => Some(format!("{}; handled: {}", error.class, failure::cause(error))),
        (State::Failed, Some(error), _) => Some(error.class.clone()),
        (State::Skipped, _, Some(because)) => Some(format!("skipped: {because}")),
        (State::Cancelled, _, Some(because)) => Some(format!("cancelled; {because}")),
        (State::Cancelled, ..) => Some("cancelled".into()),
        (State::Kept, ..) => {
            Some(told.cache.as_deref().map_or("kept".into(), |key| format!("cached {}", start::short_hash(key))))
        }
        (State::Asks | State::Waiting, ..) => waits,
        (State::Ready, ..) => Some("waits".into()),
        (State::Running, ..) => Some("running".into()),
        (State::Unknown, _, because) => because.clone(),
        _ => None,
    });
    facts
}

/// A path below what holds it: `kind` in `triaged[0]`, but `triaged[0]` in `triaged`, for an item has no name of its own.
fn own_name<'a>(path: &'a str, holder: Option<&str>) -> &'a str {
    let Some(holder) = holder else { return path };
    match path[holder.len()..].strip_prefix('.') {
        Some(name) => name,
        None => &path[holder.rfind('.').map_or(0, |dot| dot + 1)..],
    }
}
