//! `wfc runs events`: what happened in a run, from its journal.

use crate::cli::args::Global;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::engine::recover;

/// Bytes that are gathered before they are written.
const GATHERED: usize = 64 * 1024;

/// Prints the events, one a line, as `wfc run --json` does. Lines of output are not among them.
pub fn events(run: &str, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let store = super::open_to_read(global)?;
    super::wait(async {
        let info = store.find(run).await?;
        let plan = super::plan_of(store.as_ref(), &info).await?;
        let mut gathered = String::new();
        let mut read = true;
        recover::tell(store.as_ref(), &info, &plan, &mut |report| {
            gathered.push_str(&serde_json::to_string(report).unwrap_or_default());
            gathered.push('\n');
            if gathered.len() > GATHERED {
                read = read && console.out_json(&gathered);
                gathered.clear();
            }
        })
        .await?;
        if read {
            console.out_json(&gathered);
        }
        Ok(Exit::Good)
    })
}
