//! `wfc runs …`: the history of runs, and what people have to say to them.

pub mod list;
pub mod logs;

use std::sync::Arc;

use crate::cli::args::{Global, RunsCommand};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::place;
use crate::cli::report::Problem;
use crate::store::Store;
use crate::store::sqlite::SqliteStore;

/// Carries a command out.
///
/// # Errors
/// What stands in the way.
pub fn command(command: RunsCommand, global: &Global, console: &Console) -> Result<Exit, Problem> {
    match command {
        RunsCommand::List(args) => list::list(&args, global, console),
        RunsCommand::Logs(args) => logs::logs(&args, global, console),
        _ => Ok(Exit::Good),
    }
}

/// Opens the store that the command is about, only to read it.
fn open_to_read(global: &Global) -> Result<Arc<dyn Store>, Problem> {
    Ok(Arc::new(SqliteStore::open_to_read(&place::existing_store(global)?)?))
}

/// Runs a short piece of work to its end.
fn wait<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Problem::environment(format!("no runtime can be made: {error}")))?.block_on(work)
}
