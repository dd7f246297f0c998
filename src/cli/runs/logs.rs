//! `wfc runs logs`: what the stages of a run have printed.

use std::time::Duration;

use crate::base::nearest::{few, nearest};
use crate::base::text::escape;
use crate::cli::args::{Global, LogsArgs};
use crate::cli::atlas::Atlas;
use crate::cli::commands::Commands;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::{ids, place, words};
use crate::store::{LogLine, Status};

/// Lines that are read at once.
const LINES_AT_ONCE: usize = 1_000;

/// Between two looks of `--follow`.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// At so many looks one after the other no process drives the run: by then nobody is about to take it up again.
const LOOKS_ALONE: u32 = 4;

/// Prints lines of output, from the first on.
pub fn logs(args: &LogsArgs, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let (store, place) = (super::open_to_read(global)?, place::existing_store(global)?);
    super::wait(async {
        let info = store.find(&args.run).await?;
        let plan = super::plan_of(store.as_ref(), &info).await?;
        let (run, mut heard) = (info.id, false);
        let (mut from, mut alone) = (0, 0);
        loop {
            // Looked at first: what was printed before the end is read after it.
            let goes_on = args.follow && store.find(&run).await?.status == Status::Running;
            alone = if goes_on && store.driver(&run).await?.is_none() { alone + 1 } else { 0 };
            loop {
                let (lines, next) = store.logs(&run, args.stage.as_deref(), from, LINES_AT_ONCE).await?;
                let done = lines.is_empty();
                if !console.out(&printed(&lines, args.json, console)) {
                    return Ok(Exit::Good);
                }
                (from, heard) = (next, heard || !done);
                if done {
                    break;
                }
            }
            if !goes_on {
                // What a plan before had is told all the same.
                return if heard { Ok(Exit::Good) } else { is_there(args, &Atlas::new(plan)) };
            }
            if alone == LOOKS_ALONE {
                let commands = Commands::new(&ids::short(store.as_ref(), &run).await?, &place, place::found_store());
                console.say(&format!("no process drives run {}\ngo on: {}\n", commands.run(), commands.resume()));
                return Ok(Exit::Good);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    })
}

/// A stage that is asked for must be one of the run: a slip prints nothing else.
fn is_there(args: &LogsArgs, atlas: &Atlas) -> Result<Exit, Problem> {
    let Some(stage) = args.stage.as_deref().filter(|stage| atlas.find(stage).is_none()) else {
        return Ok(Exit::Good);
    };
    // An undo has the name of its stage before it.
    if stage.strip_suffix(".undo").is_some_and(|of| atlas.find(of).is_some()) {
        return Ok(Exit::Good);
    }
    let names: Vec<&str> = atlas.stages().iter().map(|stage| stage.name.as_str()).collect();
    let problem = Problem::usage(format!("run {} has no stage `{}`", escape(&args.run), escape(stage)));
    Err(match (nearest(stage, &names), few(&names)) {
        (Some(name), _) => problem.help(format!("did you mean `{name}`?")),
        (None, Some(list)) => problem.help(format!("its stages: {list}")),
        (None, None) => problem,
    })
}

fn printed(lines: &[LogLine], json: bool, console: &Console) -> String {
    let line = |line: &LogLine| match json {
        true => format!("{}\n", serde_json::to_string(line).unwrap_or_default()),
        false => people(line, console),
    };
    lines.iter().map(line).collect()
}

/// Raw in files; on a terminal nothing that an agent prints commands it.
fn people(line: &LogLine, console: &Console) -> String {
    let text = if console.out_terminal() { escape(&line.line) } else { line.line.clone() };
    format!("{} {} {} | {text}\n", words::clock(line.at), line.stage, line.attempt)
}
