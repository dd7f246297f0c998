//! For programs that carry workflows out inside themselves, with agents of their own.
//!
//! A [`Host`] compiles, runs and resumes. Kinds of agents that it registers can be named in the sources that it compiles:
//! `agent reviewer uses team { action review(text: string) -> string }`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::agent::Agent;
use crate::agent::secret::{Redactor, Secrets};
use crate::agents::exec::pool::Supervisors;
use crate::agents::exec::{SUPERVISE, supervisor};
use crate::agents::secrets::PlanSecrets;
use crate::agents::{self, Binding, Registered, Unregistered};
use crate::base::source::Sources;
use crate::base::world::{DiskWorld, MemoryWorld, World};
use crate::diag::Diagnostic;
use crate::diag::lint::Lints;
use crate::diag::render::{Look, human};
use crate::engine::clock::{Clock, ClockSleep, SystemClock};
use crate::engine::report::{Report, Reporter};
use crate::engine::{self, Control, Mode, Options, Outcome, RunError, Setup};
use crate::pipeline::compile::{self, Compiled, NoPlan};
use crate::plan::Plan;
use crate::store::sqlite::SqliteStore;
use crate::store::{RunInfo, Status, Store, StoreError, id};

/// The name of a text that is no file.
const TEXT: &str = "main.wf";

/// Compiles and carries out workflows, with the agents of the program around.
#[derive(Clone)]
pub struct Host {
    root: PathBuf,
    dir: PathBuf,
    store: Arc<dyn Store>,
    registered: Registered,
    parallel: Option<u32>,
    listener: Arc<dyn Fn(&Report) + Send + Sync>,
}

/// A run that has come to its end, or to where it waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// Its id: what [`Host::resume`] and `wfc runs` take.
    pub run: String,
    /// How it ended, or for whom it waits.
    pub outcome: Outcome,
}

/// Why a workflow cannot be compiled or carried out. A run that was made stays in the store as it was last committed.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// There are mistakes in the program.
    #[error("{0}")]
    Mistakes(Mistakes),
    /// There is no workflow as it was asked for.
    #[error(transparent)]
    NoPlan(#[from] NoPlan),
    /// Nobody registers the kind of an agent.
    #[error(transparent)]
    Unregistered(#[from] Unregistered),
    /// A secret is missing.
    #[error("{0}")]
    Secret(String),
    /// The store cannot do what it must.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run cannot go on here and now; an input that does not fit is among the reasons.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The program does not know its own path, which watches over processes.
    #[error("this program cannot find itself: {0}")]
    Program(std::io::Error),
}

/// What is wrong with a program. Displayed as `wfc check` does.
#[derive(Debug)]
pub struct Mistakes {
    /// All that was found, by file and place.
    pub found: Vec<Diagnostic>,
    /// The files.
    pub sources: Sources,
}

impl std::fmt::Display for Mistakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&human::render(&self.sources, &self.found, &Look::default()))
    }
}

impl Host {
    /// Works in the folder `root`: sources are read below it, programs run in it, and runs are kept in `.wfc` there.
    ///
    /// # Errors
    /// The store cannot be opened or made.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let root = root.into();
        let dir = root.join(".wfc");
        let store = Arc::new(SqliteStore::open(&dir)?);
        Ok(Self { root, dir, store, registered: Registered::new(), parallel: None, listener: Arc::new(|_| {}) })
    }

    /// Registers who carries out agents of this kind: `uses KIND` in a source. One stands for all agents of the kind.
    pub fn kind(mut self, name: &str, agent: impl Agent + 'static) -> Self {
        self.registered.insert(name.to_owned(), Arc::new(agent));
        self
    }

    /// At most so many attempts at once in a run.
    pub fn parallel(mut self, attempts: u32) -> Self {
        self.parallel = Some(attempts);
        self
    }

    /// Tells what happens in runs, as it happens. Must not block for long.
    pub fn on_report(mut self, listener: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        self.listener = Arc::new(listener);
        self
    }

    /// Compiles the only workflow of a text, or `main`.
    ///
    /// # Errors
    /// [`HostError::Mistakes`], [`HostError::NoPlan`].
    pub fn compile(&self, text: &str) -> Result<Plan, HostError> {
        let kinds = self.registered.keys().cloned().collect();
        let world = MemoryWorld { kinds, ..MemoryWorld::default() }.with(TEXT, text);
        self.plan(&world, TEXT, None)
    }

    /// Compiles a workflow of a file below the root, with all that it imports: the one that is named, the only one, or `main`.
    ///
    /// # Errors
    /// As [`compile`](Self::compile).
    pub fn compile_file(&self, file: &str, workflow: Option<&str>) -> Result<Plan, HostError> {
        let world = DiskWorld::new(&self.root).with_kinds(self.registered.keys().cloned());
        self.plan(&world, file, workflow)
    }

    fn plan(&self, world: &dyn World, file: &str, workflow: Option<&str>) -> Result<Plan, HostError> {
        let Compiled { checked, plan } = compile::compile(world, file, workflow, &Lints::default());
        match plan {
            Err(NoPlan::Mistakes | NoPlan::Unreadable) => {
                Err(HostError::Mistakes(Mistakes { found: checked.diagnostics, sources: checked.sources }))
            }
            plan => Ok(plan?),
        }
    }

    /// Starts a run and drives it until it ends or only people and events are left. Inputs by the names of the parameters.
    ///
    /// # Errors
    /// What keeps it from starting or going on.
    pub async fn start(&self, plan: &Plan, inputs: Json) -> Result<Ran, HostError> {
        let run = || RunInfo {
            id: id::new_run_id(now(), chance()),
            key: format!("{:016x}{:016x}", chance(), chance()),
            workflow: plan.name.clone(),
            plan: plan.hash.clone(),
            inputs: inputs.clone(),
            status: Status::Running,
            started: now(),
            ended: None,
            because: None,
            result: None,
            requester: String::new(),
            root: self.root.display().to_string(),
            file: String::new(),
            call_dir: self.root.display().to_string(),
        };
        let info = id::create(self.store.as_ref(), &plan.to_json(), run).await?;
        self.drive(plan.clone(), info.id.clone(), Mode::Start { run: info.id }).await
    }

    /// Goes on with a run that has not ended, on the plan that it began with: after a crash, or once an answer is there.
    ///
    /// # Errors
    /// There is no such run, it has ended, another process drives it, or what keeps it from going on.
    pub async fn resume(&self, run: &str) -> Result<Ran, HostError> {
        let info = self.store.find(run).await?;
        let text = self.store.plan(&info.plan).await?;
        let plan = Plan::from_json(&text)
            .map_err(|error| RunError::Plan { hash: info.plan.clone(), what: error.to_string() })?;
        self.drive(plan, info.id.clone(), Mode::Resume { run: info.id, takeover: false }).await
    }

    /// The store: for what `wfc runs` does.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    async fn drive(&self, plan: Plan, run: String, mode: Mode) -> Result<Ran, HostError> {
        let secrets = Arc::new(PlanSecrets::new(&plan, &self.root));
        let values: Result<Vec<_>, String> = plan.secrets.iter().map(|secret| secrets.get(&secret.name)).collect();
        let redactor = Redactor::new(&values.map_err(HostError::Secret)?);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let supervisors = Supervisors::of(std::env::current_exe().map_err(HostError::Program)?);
        let binding = Binding {
            secrets,
            supervisors: supervisors.clone(),
            sleep: Arc::new(ClockSleep(clock.clone())),
            registered: &self.registered,
        };
        // Nobody sends signals: whoever wants to stop drops the future, and the run is resumed later.
        let (_control, orders) = tokio::sync::mpsc::unbounded_channel::<Control>();
        let setup = Setup {
            agents: agents::bind(&plan, binding)?,
            plan: Arc::new(plan),
            store: self.store.clone(),
            clock,
            random: Box::new(chance),
            redactor,
            reporter: Box::new(Listener(self.listener.clone())),
            control: orders,
            options: self.options(),
        };
        let outcome = engine::run(setup, mode).await;
        supervisors.end(outcome.as_ref().is_ok_and(Outcome::is_end)).await;
        Ok(Ran { run, outcome: outcome? })
    }

    fn options(&self) -> Options {
        Options {
            limits: None,
            parallel: self.parallel,
            account: String::new(),
            wait: false,
            expires: false,
            root: self.root.clone(),
            call_dir: self.root.clone(),
            attempts_dir: self.dir.join("attempts"),
            file: None,
        }
    }
}

/// Programs of `exec` and `shell` agents are watched over by this very program, in a process of its own: it must call this first
/// of all. Gives the exit code of that process, if this is one.
pub fn supervise() -> Option<std::process::ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let asked = words.next().is_some_and(|word| word == SUPERVISE);
    let dir = words.next().filter(|_| asked)?;
    words.next().is_none().then(|| supervisor::supervise(Path::new(&dir)))
}

struct Listener(Arc<dyn Fn(&Report) + Send + Sync>);

impl Reporter for Listener {
    fn report(&mut self, report: &Report) {
        (self.0)(report);
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// 64 bits of chance. Without any from the system the time has to do: ids are checked all the same.
fn chance() -> u64 {
    getrandom::u64().unwrap_or_else(|_| now().unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15))
}
