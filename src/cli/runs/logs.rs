//! `wfc runs logs`: what the stages of a run have printed.

use std::time::Duration;

use crate::base::text::escape;
use crate::cli::args::{Global, LogsArgs};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::words;
use crate::store::{LogLine, Status};

/// Lines that are read at once.
const LINES_AT_ONCE: usize = 1_000;

/// Between two looks of `--follow`.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// Prints lines of output, from the first on.
pub fn logs(args: &LogsArgs, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let store = super::open_to_read(global)?;
    super::wait(async {
        let run = store.find(&args.run).await?.id;
        let mut from = 0;
        loop {
            // Looked at first: what was printed before the end is read after it.
            let goes_on = args.follow && store.find(&run).await?.status == Status::Running;
            loop {
                let (lines, next) = store.logs(&run, args.stage.as_deref(), from, LINES_AT_ONCE).await?;
                let done = lines.is_empty();
                if !console.out(&printed(&lines, args.json, console)) {
                    return Ok(Exit::Good);
                }
                from = next;
                if done {
                    break;
                }
            }
            if !goes_on {
                return Ok(Exit::Good);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
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
