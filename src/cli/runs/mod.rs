//! `wfc runs …`: the history of runs, and what people have to say to them.

pub mod again;
pub mod answer;
pub mod cancel;
pub mod events;
pub mod export;
pub mod file;
pub mod list;
pub mod logs;
pub mod moving;
pub mod prune;
pub mod retry;
pub mod send;
pub mod show;
pub mod story;
pub mod untaken;
pub mod verify;

use std::path::Path;
use std::sync::Arc;

use crate::cli::args::{DriveArgs, Global, RunsCommand};
use crate::cli::commands::Commands;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::run::drive::{Drive, World};
use crate::cli::run::secrets::Found;
use crate::cli::runs::untaken::Untaken;
use crate::cli::{ids, place};
use crate::engine::Mode;
use crate::engine::recover;
use crate::engine::state::Run;
use crate::plan::Plan;
use crate::store::sqlite::SqliteStore;
use crate::store::{RunInfo, Store, StoreError};

/// Carries a command out.
///
/// # Errors
/// What stands in the way.
pub fn command(command: RunsCommand, global: &Global, console: &Console) -> Result<Exit, Problem> {
    match command {
        RunsCommand::List(args) => list::list(&args, global, console),
        RunsCommand::Show { run, json } => show::show(&run, json, global, console),
        RunsCommand::Logs(args) => logs::logs(&args, global, console),
        RunsCommand::Events { run, json: _ } => events::events(&run, global, console),
        RunsCommand::Answer(args) => answer::answer(&args, global, console),
        RunsCommand::Send(args) => send::send(&args, global, console),
        RunsCommand::Cancel { run } => cancel::cancel(&run, global, console),
        RunsCommand::Retry(args) => retry::retry(&args, global, console),
        RunsCommand::Prune(args) => prune::prune(&args, global, console),
        RunsCommand::Verify { json } => verify::verify(json, global, console),
        RunsCommand::File(args) => file::file(&args, global, console),
        RunsCommand::Export { run, output } => export::export(&run, output.as_deref(), global, console),
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

/// The plan that a run runs on now, as the store has it.
async fn plan_of(store: &dyn Store, info: &RunInfo) -> Result<Arc<Plan>, Problem> {
    let text = store.plan(&info.plan).await?;
    let plan = Plan::from_json(&text).map_err(|error| Problem::environment(format!("the plan of the run: {error}")))?;
    Ok(Arc::new(plan))
}

/// A store that a command writes to.
pub struct Opened {
    /// What every run needs.
    pub world: World,
}

impl Opened {
    /// Opens the store that the command is about.
    ///
    /// # Errors
    /// There is none, or it cannot be opened.
    pub fn to_write(global: &Global, console: &Console) -> Result<Self, Problem> {
        Ok(Self { world: World::open(console, place::existing_store(global)?)? })
    }

    /// The run of an id, a beginning of one, or `@latest`.
    ///
    /// # Errors
    /// There is none, or several.
    pub fn find(&self, run: &str) -> Result<RunInfo, StoreError> {
        self.world.wait(self.world.store.find(run))
    }

    /// Commands about a run.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn commands(&self, info: &RunInfo) -> Result<Commands, StoreError> {
        let short = self.world.wait(ids::short(self.world.store.as_ref(), &info.id))?;
        Ok(self.world.commands(&short))
    }

    /// The state of a run, with the plan that it runs on.
    ///
    /// # Errors
    /// The store cannot be read, the journal does not make a run.
    pub fn replay(&self, info: &RunInfo) -> Result<(Run, Arc<Plan>), Problem> {
        self.world.wait(async {
            let store = self.world.store.as_ref();
            let loaded = recover::load(store, info, &plan_of(store, info).await?).await?;
            Ok((loaded.run, loaded.plan))
        })
    }

    /// The same with what lies in the store for it.
    ///
    /// # Errors
    /// As [`Self::replay`].
    pub fn untaken(&self, info: &RunInfo) -> Result<Untaken, Problem> {
        let (run, plan) = self.replay(info)?;
        Ok(self.world.wait(Untaken::of(self.world.store.as_ref(), info, plan, run))?)
    }

    /// Drives a run on the plan that it has.
    ///
    /// # Errors
    /// As [`Drive::drive`].
    pub fn drive(&self, info: RunInfo, mode: Mode, args: &DriveArgs) -> Result<Exit, Problem> {
        let plan = self.world.wait(plan_of(self.world.store.as_ref(), &info))?;
        self.drive_on(plan, info, mode, args)
    }

    /// Asks after what was under way in a run, takes in what has come meanwhile, and starts nothing.
    ///
    /// # Errors
    /// As [`Drive::drive`].
    pub fn settle(&self, info: RunInfo, takeover: bool, args: &DriveArgs) -> Result<(), Problem> {
        let plan = self.world.wait(plan_of(self.world.store.as_ref(), &info))?;
        let secrets = Found::some(&plan, Path::new(&info.root));
        let mode = Mode::Settle { run: info.id.clone(), takeover };
        let (world, parallel) = (&self.world, args.parallel);
        Drive { world, plan, info, mode, args, parallel, virtual_clock: false, secrets }.settle()
    }

    /// Drives a run on this plan.
    ///
    /// # Errors
    /// As [`Drive::drive`].
    pub fn drive_on(&self, plan: Arc<Plan>, info: RunInfo, mode: Mode, args: &DriveArgs) -> Result<Exit, Problem> {
        let secrets = Found::some(&plan, Path::new(&info.root));
        let (world, parallel) = (&self.world, args.parallel);
        Drive { world, plan, info, mode, args, parallel, virtual_clock: false, secrets }.drive()
    }
}
