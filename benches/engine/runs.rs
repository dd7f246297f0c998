//! Runs by the engine.

use std::path::Path;
use std::sync::Arc;

use wfc::agent::Agent;
use wfc::agent::secret::Secrets;
use wfc::agents::exec::ExecAgent;
use wfc::agents::exec::pool::Supervisors;
use wfc::agents::mock::MockAgent;
use wfc::engine::clock::{Clock, ClockSleep, SystemClock};
use wfc::engine::report::{Report, Reporter};
use wfc::engine::{Mode, Options, Outcome, RunError, Setup, run};
use wfc::plan::Plan;
use wfc::store::memory::MemoryStore;
use wfc::store::sqlite::SqliteStore;
use wfc::store::{Record, RunInfo, Status, Store};

use crate::measure::{Figures, measured};
use crate::plans::{self, Shape};

/// Attempts of programs at once: what an agent of that kind has where nothing else is said.
pub fn parallel() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2))
}

/// A run whose journal is kept in memory.
pub async fn in_memory(size: usize, shape: Shape) -> Figures {
    by_the_clock(plans::of_mocks(size, shape), Arc::new(MemoryStore::new()), Path::new("")).await
}

/// A run whose journal is on disk.
pub async fn durable(size: usize, shape: Shape) -> Figures {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    by_the_clock(plans::of_mocks(size, shape), sqlite(folder.path()), folder.path()).await
}

/// A run of programs, on disk.
pub async fn programs(size: usize) -> Figures {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    by_the_clock(plans::of_programs(size, PROGRAM), sqlite(folder.path()), folder.path()).await
}

/// What the stages that are programs run.
pub const PROGRAM: &str = "/bin/true";

/// Takes up a run that has ended: its whole journal is read and replayed, and then it is seen that nothing is left to do.
pub async fn resume(size: usize) -> Figures {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    write_journal(folder.path(), size).await;
    let plan = Arc::new(plans::of_mocks(size, Shape::Chain));
    let mode = Mode::Resume { run: RUN.into(), takeover: false };
    let (figures, outcome) = measured(async {
        let setup = setup(plan, sqlite(folder.path()), folder.path());
        run(setup, mode).await
    })
    .await;
    assert!(matches!(outcome, Err(RunError::Ended { .. })), "{outcome:?}");
    figures
}

/// Leaves a store with a run that has ended.
pub async fn write_journal(folder: &Path, size: usize) {
    let store = sqlite(folder);
    let info = info(&plans::of_mocks(size, Shape::Chain));
    store.create(&info, "{}").await.expect("a run can be made");
    let lease = store.lease(RUN, false).await.expect("nobody else drives it");
    let records = journal(size, Shape::Chain).await;
    let ended = RunInfo { status: Status::Succeeded, ended: Some(1), ..info };
    store.append(&lease, records, Some(&ended), true).await.expect("records can be written");
}

/// What a run of this size records.
pub async fn journal(size: usize, shape: Shape) -> Vec<Record> {
    let store = MemoryStore::new();
    by_the_clock(plans::of_mocks(size, shape), Arc::new(store.clone()), Path::new("")).await;
    store.journal(RUN)
}

const RUN: &str = "bench";

/// As `wfc` has it.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts")
}

fn sqlite(folder: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(folder).expect("a store can be made").in_place())
}

async fn by_the_clock(plan: Plan, store: Arc<dyn Store>, folder: &Path) -> Figures {
    go(plan, store, folder, Arc::new(SystemClock::default()), None).await
}

/// A whole run: so many attempts at once, or as many as there are by default.
pub async fn go(
    plan: Plan,
    store: Arc<dyn Store>,
    folder: &Path,
    clock: Arc<dyn Clock>,
    parallel: Option<u32>,
) -> Figures {
    let plan = Arc::new(plan);
    // Written out stage by stage elsewhere; what is measured is the run.
    store.create(&info(&plan), "{}").await.expect("a run can be made");
    // The thread that writes lives as long as the store: its time counts. That of taking the plan down does not.
    let _plan = plan.clone();
    let supervisors = supervisors();
    let setup = Setup {
        options: Options { parallel, ..options(folder) },
        agents: vec![agent(&plan, clock.clone(), supervisors.clone())],
        clock,
        ..setup(plan, store.clone(), folder)
    };
    let work = async {
        let outcome = run(setup, Mode::Start { run: RUN.into() }).await;
        // Their time counts too: they must have been waited for.
        supervisors.end(true).await;
        outcome
    };
    let (figures, outcome) = measured(work).await;
    assert!(matches!(outcome, Ok(Outcome::Succeeded(_))), "{outcome:?}");
    figures
}

fn setup(plan: Arc<Plan>, store: Arc<dyn Store>, folder: &Path) -> Setup {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let (_sender, control) = tokio::sync::mpsc::unbounded_channel();
    Setup {
        agents: vec![agent(&plan, clock.clone(), supervisors())],
        plan,
        store,
        clock,
        random: Box::new(|| 1),
        redactor: Default::default(),
        reporter: Box::new(Nobody),
        control,
        options: options(folder),
    }
}

fn options(folder: &Path) -> Options {
    Options {
        root: folder.to_owned(),
        call_dir: folder.to_owned(),
        attempts_dir: folder.join("attempts"),
        ..Options::default()
    }
}

/// This program, as the supervisors of programs.
fn supervisors() -> Arc<Supervisors> {
    Supervisors::of(std::env::current_exe().expect("a program knows its own path"))
}

fn agent(plan: &Plan, clock: Arc<dyn Clock>, supervisors: Arc<Supervisors>) -> Arc<dyn Agent> {
    let agent = plan.agents[0].clone();
    match agent.kind.as_str() {
        "exec" => Arc::new(ExecAgent::new(agent, [].into(), Arc::new(NoSecrets), supervisors)),
        _ => Arc::new(MockAgent::new(agent, Arc::new(ClockSleep(clock)))),
    }
}

fn info(plan: &Plan) -> RunInfo {
    RunInfo {
        id: RUN.into(),
        key: RUN.into(),
        workflow: plan.name.clone(),
        plan: plan.hash.clone(),
        inputs: serde_json::json!({}),
        status: Status::Running,
        started: 0,
        ended: None,
        because: None,
        result: None,
        requester: String::new(),
        root: String::new(),
        file: String::new(),
        call_dir: String::new(),
    }
}

struct Nobody;

impl Reporter for Nobody {
    fn report(&mut self, _report: &Report) {}
}

struct NoSecrets;

impl Secrets for NoSecrets {
    fn get(&self, name: &str) -> Result<secrecy::SecretString, String> {
        Err(format!("there is no secret `{name}`"))
    }
}
