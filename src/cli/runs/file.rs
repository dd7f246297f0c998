//! `wfc runs file`: the bytes of a file that a run was given or made.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::text::escape;
use crate::cli::args::{FileArgs, Global};
use crate::cli::atlas::Atlas;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::files::write_whole;
use crate::cli::kept_files::{KeptFile, files_in, of_result, size};
use crate::cli::project::shown_path;
use crate::cli::report::Problem;
use crate::cli::run::secrets::Found;
use crate::cli::runs::story::{Results, Story};
use crate::cli::table::table;
use crate::engine::recover;
use crate::plan::Plan;
use crate::store::{RunInfo, Store};

/// Files that are named in a message.
const NAMED_MAX: usize = 8;

/// Writes the file that stands somewhere in a run; without a place lists all of them.
///
/// # Errors
/// There is no such run or file, a secret stands in it, it cannot be written.
pub fn file(args: &FileArgs, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let store = super::open_to_read(global)?;
    let (info, plan, files) = super::wait(async {
        let info = store.find(&args.run).await?;
        let plan = super::plan_of(store.as_ref(), &info).await?;
        let files = files_of(store.as_ref(), &info, &plan).await?;
        Ok((info, plan, files))
    })?;
    let Some(place) = &args.place else {
        return list(&files, args, console);
    };
    let kept = pick(&files, place)?;
    let bytes = super::wait(async { Ok(store.blob(&kept.file.hash).await?) })?;
    if Found::redactor(&plan, Path::new(&info.root)).finds_in(&bytes) {
        return Err(Problem::refused(format!("a secret stands in {}; it is not written", told(kept))));
    }
    match args.output.as_deref().filter(|path| *path != Path::new("-")) {
        Some(path) => write(kept, &target(path, kept), &bytes, console),
        None => print(kept, &bytes, args.output.is_some(), console),
    }
}

/// All files of a run, once for each place: of its inputs, its stages as they ended, its result.
async fn files_of(store: &dyn Store, info: &RunInfo, plan: &Arc<Plan>) -> Result<Vec<KeptFile>, Problem> {
    let mut story = Story::with(Results::WithFiles);
    recover::tell(store, info, plan, &mut |report| story.hear(report)).await?;
    let atlas = Atlas::new(plan.clone());
    let params = plan.workflows.first().into_iter().flat_map(|main| &main.params);
    let mut found: Vec<KeptFile> = params
        .filter_map(|param| Some((param, info.inputs.get(&param.name)?)))
        .flat_map(|(param, given)| files_in(given, &param.ty, &param.name))
        .collect();
    for told in story.stages.values() {
        let (Some(result), Some(stage)) = (&told.result, atlas.find(&told.stage)) else { continue };
        // Items and rounds give what is called gives, the stage what becomes of it.
        let result = &result.json();
        let types = [Some(&stage.stage.ty), stage.call.map(|call| &call.result)];
        let files = types.into_iter().flatten().map(|ty| files_in(result, ty, &told.stage));
        found.extend(files.into_iter().find(|files| !files.is_empty()).unwrap_or_default());
    }
    found.extend(info.result.iter().flat_map(|result| of_result(plan, result)));
    let mut seen = HashSet::new();
    found.retain(|kept| seen.insert(kept.place.clone()));
    Ok(found)
}

/// The file at a place, or the only one inside what stands there.
fn pick<'a>(files: &'a [KeptFile], place: &str) -> Result<&'a KeptFile, Problem> {
    if let Some(kept) = files.iter().find(|kept| kept.place == place) {
        return Ok(kept);
    }
    let inside = |kept: &&KeptFile| kept.place.strip_prefix(place).is_some_and(|rest| rest.starts_with(['.', '[']));
    let inside: Vec<&KeptFile> = files.iter().filter(inside).collect();
    match inside.as_slice() {
        [kept] => Ok(kept),
        [] if files.is_empty() => Err(Problem::usage("the run has no files so far")),
        [] => Err(Problem::usage(format!("no file of the run stands at `{}`", escape(place)))
            .help(format!("its files: {}", named(&files.iter().collect::<Vec<_>>())))),
        several => Err(Problem::usage(format!("{} files stand in `{}`", several.len(), escape(place)))
            .help(format!("name one of them: {}", named(several)))),
    }
}

fn named(files: &[&KeptFile]) -> String {
    let mut names: Vec<String> = files.iter().take(NAMED_MAX).map(|kept| escape(&kept.place)).collect();
    if files.len() > NAMED_MAX {
        names.push(format!("and {} more", files.len() - NAMED_MAX));
    }
    names.join(", ")
}

fn list(files: &[KeptFile], args: &FileArgs, console: &Console) -> Result<Exit, Problem> {
    if args.output.is_some() {
        return Err(Problem::usage("which file is to be written is not said").help("`wfc runs file RUN` lists them"));
    }
    if files.is_empty() {
        console.say("the run has no files so far\n");
        return Ok(Exit::Good);
    }
    let head = ["PLACE", "NAME", "SIZE"].map(str::to_owned).to_vec();
    let row = |kept: &KeptFile| vec![escape(&kept.place), escape(&kept.file.name), size(&kept.file)];
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(files.iter().map(row)).collect();
    console.out(&table(&rows));
    Ok(Exit::Good)
}

/// Into a folder it goes under its own name.
fn target(path: &Path, kept: &KeptFile) -> PathBuf {
    match Path::new(&kept.file.name).file_name() {
        Some(name) if path.is_dir() => path.join(name),
        _ => path.to_owned(),
    }
}

fn write(kept: &KeptFile, path: &Path, bytes: &[u8], console: &Console) -> Result<Exit, Problem> {
    write_whole(path, |out| out.write_all(bytes))?;
    console.say(&format!("{} is in {}\n", told(kept), shown_path(path)));
    Ok(Exit::Good)
}

/// To standard output as it is; on a terminal only what commands it nothing, unless that is asked for.
fn print(kept: &KeptFile, bytes: &[u8], asked: bool, console: &Console) -> Result<Exit, Problem> {
    let harmless = |text: &str| text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    if console.out_terminal() && !asked && !std::str::from_utf8(bytes).is_ok_and(harmless) {
        return Err(Problem::usage(format!("{} is no plain text", told(kept)))
            .help("write it to a file with `-o PATH`; `-o -` prints it all the same"));
    }
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        // Whoever read it has enough.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Exit::Good),
        Err(error) => Err(Problem::environment(format!("standard output cannot be written: {error}"))),
        Ok(()) => Ok(Exit::Good),
    }
}

fn told(kept: &KeptFile) -> String {
    format!("{} ({}, {})", escape(&kept.place), escape(&kept.file.name), size(&kept.file))
}
