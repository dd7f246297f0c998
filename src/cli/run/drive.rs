//! Drives a run to where it ends or stands still, and shows it meanwhile.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::runtime::Runtime;

use crate::agents::exec::pool::Supervisors;
use crate::agents::{self, Binding, Registered};
use crate::cli::args::DriveArgs;
use crate::cli::atlas::Atlas;
use crate::cli::commands::Commands;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::render::Renderer;
use crate::cli::render::json::Json;
use crate::cli::render::model::Model;
use crate::cli::render::plain::Plain;
use crate::cli::render::row::Look;
use crate::cli::render::terminal::Terminal;
use crate::cli::report::{Problem, not_driven};
use crate::cli::roles::Roles;
use crate::cli::run::asker::{Asker, Queue};
use crate::cli::run::ending::{Ending, View};
use crate::cli::run::screen::{Screen, Short};
use crate::cli::run::secrets::Found;
use crate::cli::run::{edited, goon, inputs, last_words, signals, start};
use crate::cli::{account, findings, ids, place};
use crate::engine::clock::{Clock, ClockSleep, SystemClock, VirtualClock};
use crate::engine::outlook::{Said, foreseen, plan_resume};
use crate::engine::recover;
use crate::engine::report::{Report, Reporter};
use crate::engine::retry::{Fate, Going, StageDecision};
use crate::engine::state::{Run, StageState};
use crate::engine::step::ask::OpenQuestion;
use crate::engine::wait::StageView;
use crate::engine::{self, Control, Mode, Options, Outcome, RunError, Setup};
use crate::plan::Plan;
use crate::store::sqlite::SqliteStore;
use crate::store::{EVERY_RUN, RunInfo, Status, Store, StoreError};

/// What every run needs from the process around it.
pub struct World {
    /// Where things are shown.
    pub console: Console,
    /// The folder of the store.
    pub store_dir: PathBuf,
    /// The store.
    pub store: Arc<dyn Store>,
    runtime: Runtime,
}

impl World {
    /// Opens the store, making it where it is missing.
    ///
    /// # Errors
    /// The store cannot be opened, no threads can be made.
    pub fn open(console: &Console, store_dir: PathBuf) -> Result<Self, Problem> {
        // One thread for the engine and its agents, which mostly wait, and the one that has compiled: they wake nobody for each
        // stage, and what the compiler has freed is used again.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Problem::environment(format!("no runtime can be made: {error}")))?;
        {
            let _inside = runtime.enter();
            signals::survive_file_limit();
        }
        let store = Arc::new(SqliteStore::open(&store_dir)?.in_place());
        Ok(Self { console: console.clone(), store_dir, store, runtime })
    }

    /// Runs a piece of work to its end.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Commands about a run that people know as `run`.
    pub fn commands(&self, run: &str) -> Commands {
        Commands::new(run, &place::from_here(&self.store_dir), place::found_store())
    }
}

/// Tells nobody.
struct Silent;

impl Reporter for Silent {
    fn report(&mut self, _report: &Report) {}
}

async fn words_of(store: &dyn Store, run: &str, outcome: &Outcome) -> Result<Vec<String>, StoreError> {
    let Outcome::Failed(error) = outcome else { return Ok(Vec::new()) };
    let told = last_words::of(store, run, error.stage.as_deref(), vec![error.clone()]).await?;
    Ok(told.into_iter().flat_map(|(_, lines)| lines).collect())
}

/// What people have said to a run that goes on, before it does.
#[derive(Default)]
struct Ahead {
    /// It goes on only to be cancelled.
    cancelled: bool,
    /// Stages whose question is open no more, with why: it is not to be asked again.
    settled: HashMap<String, &'static str>,
    /// Stages that were over without a result, and whether they were cancelled: nothing more is heard of them.
    over: Vec<(String, bool)>,
}

impl Ahead {
    /// What was kept before is told apart from what an answer, or its lack, has brought.
    fn since_settled(&self, one: StageDecision) -> StageDecision {
        match self.settled.get(&one.path).filter(|_| one.fate == Fate::Kept) {
            Some(why) => StageDecision { because: (*why).to_owned(), ..one },
            None => one,
        }
    }
}

/// Stages that ask something else, or nothing, once a run is as `heard`, with why: for what people have said to it alone, or also
/// for what else has come and the time that has passed.
fn settled(plan: &Plan, run: &Run, said: Said<'_>, heard: &Run) -> HashMap<String, &'static str> {
    let open = heard.questions(plan);
    let gone: Vec<OpenQuestion> = run.questions(plan).into_iter().filter(|asked| !open.contains(asked)).collect();
    if gone.is_empty() {
        return HashMap::new();
    }
    let unanswered = foreseen(plan, run, Said { to_all: &[], ..said }, run.at).questions(plan);
    let why = |asked: &OpenQuestion| match asked.until {
        _ if !unanswered.contains(asked) => "answered",
        Some(until) if until <= heard.at => "nobody answered in time",
        _ => "asked no more",
    };
    gone.into_iter().map(|asked| (asked.stage.clone(), why(&asked))).collect()
}

/// Stages that were skipped or cancelled, and whether they were cancelled.
fn over(plan: &Plan, run: &Run) -> Vec<(String, bool)> {
    let over = |stage: StageView| match stage.state {
        StageState::Skipped => Some((stage.path, false)),
        StageState::Cancelled => Some((stage.path, true)),
        _ => None,
    };
    run.stages(plan).into_iter().filter_map(over).collect()
}

/// A run that is to be driven.
pub struct Drive<'a> {
    /// What is around it.
    pub world: &'a World,
    /// What it runs on.
    pub plan: Arc<Plan>,
    /// What the history knows of it.
    pub info: RunInfo,
    /// How it is taken up.
    pub mode: Mode,
    /// How it is driven.
    pub args: &'a DriveArgs,
    /// Attempts at once.
    pub parallel: Option<u32>,
    /// Whether time jumps.
    pub virtual_clock: bool,
    /// Its secrets.
    pub secrets: Found,
}

impl Drive<'_> {
    /// Drives it.
    ///
    /// # Errors
    /// It cannot be taken up, or the environment fails under way: it can be resumed then.
    pub fn drive(self) -> Result<Exit, Problem> {
        findings::refuse_unsupported(&self.plan, &self.world.console)?;
        let _inside = self.world.runtime.enter();
        let (control, orders) = tokio::sync::mpsc::unbounded_channel();
        let view = self.view();
        let commands = self.world.commands(&self.world.wait(ids::short(self.world.store.as_ref(), &self.info.id))?);
        let ahead = self.say_what_goes_on(view, &commands)?;
        let screen = self.screen(view, ahead, &commands, &control)?;
        let stopped = signals::listen(control.clone(), screen.sender())?;
        let (console, world, file) = (&self.world.console, self.world, self.info.file.clone());
        let (setup, mode, supervisors) = self.setup(orders, screen.reporter())?;
        let outcome = world.wait(to_its_end(setup, mode, supervisors));
        stopped.over();
        let model = screen.end().ok_or_else(|| Problem::environment("the screen has failed"))?;
        let outcome = outcome.map_err(|error| not_driven(error, &commands))?;
        let last_words = world.wait(words_of(world.store.as_ref(), &model.run, &outcome))?;
        let ending = Ending { model: &model, view, commands: &commands, file: &file, last_words, console };
        Ok(ending.say(&outcome, stopped.exit()))
    }

    /// Drives it to where nothing of it is under way, and says nothing.
    ///
    /// # Errors
    /// As [`Self::drive`].
    pub fn settle(self) -> Result<(), Problem> {
        let _inside = self.world.runtime.enter();
        let (control, orders) = tokio::sync::mpsc::unbounded_channel();
        let (screen, _) = std::sync::mpsc::sync_channel(1);
        let _stopped = signals::listen(control, screen)?;
        let world = self.world;
        let commands = world.commands(&world.wait(ids::short(world.store.as_ref(), &self.info.id))?);
        let (setup, mode, supervisors) = self.setup(orders, Box::new(Silent))?;
        world.wait(to_its_end(setup, mode, supervisors)).map_err(|error| not_driven(error, &commands))?;
        Ok(())
    }

    /// Tells what is kept of a run that goes on, and what runs again. Gives what people have settled meanwhile.
    fn say_what_goes_on(&self, view: View, commands: &Commands) -> Result<Ahead, Problem> {
        let mut ahead = Ahead::default();
        if matches!(self.mode, Mode::Start { .. }) || view == View::Json {
            return Ok(ahead);
        }
        let (store, run) = (self.world.store.as_ref(), self.info.id.as_str());
        if !matches!(self.mode, Mode::Resume { takeover: true, .. }) {
            // Where another process drives it, that is all there is to say.
            let lease = self.world.wait(store.lease(run, false));
            drop(lease.map_err(|error| not_driven(error.into(), commands))?);
        }
        let loaded = self.world.wait(recover::load(store, &self.info, &self.plan))?;
        let decisions = match &self.mode {
            Mode::Retry { again, .. } | Mode::Move { again, .. } => {
                let inputs = &inputs::values(&self.plan, &self.info.inputs);
                let moves = matches!(self.mode, Mode::Move { .. });
                Going { old_plan: &loaded.plan, plan: &self.plan, inputs, again, moves }.decisions(&loaded.run)
            }
            _ => {
                let to_it = &self.world.wait(store.messages(run, loaded.run.taken))?;
                let to_all = &self.world.wait(store.messages(EVERY_RUN, 0))?;
                let said = Said { to_it, to_all, since: self.info.started };
                let run = foreseen(&loaded.plan, &loaded.run, said, start::now());
                if run.is_cancelled() {
                    if view == View::Terminal {
                        self.world.console.say(&format!("run {}  {}  is cancelled\n", commands.run(), self.plan.name));
                    }
                    return Ok(Ahead { cancelled: true, ..ahead });
                }
                ahead.settled = settled(&loaded.plan, &loaded.run, said, &run);
                ahead.over = over(&loaded.plan, &loaded.run);
                let decisions = plan_resume(&loaded.plan, &run);
                decisions.into_iter().map(|one| ahead.since_settled(one)).collect()
            }
        };
        if decisions.iter().any(|one| one.fate.prevents()) {
            // It does not go on: the engine says so.
            return Ok(ahead);
        }
        if matches!(self.mode, Mode::Resume { .. }) {
            self.world.console.say(&edited::told(&self.info, &loaded.plan, commands).unwrap_or_default());
        }
        let died = (self.info.status == Status::Running).then_some(loaded.run.at);
        let head = goon::head(commands.run(), &self.plan, loaded.plan.hash == self.plan.hash, died);
        let console = &self.world.console;
        let look = Look { unicode: console.unicode(), colour: console.colours_err() };
        // Plain lines say by themselves that a run goes on.
        let head = (view == View::Terminal).then_some(head);
        for row in head.into_iter().chain(goon::rows(&decisions, look)) {
            console.say(&format!("{}\n", row.whole(look)));
        }
        Ok(ahead)
    }

    fn view(&self) -> View {
        match (self.args.json, self.world.console.draws()) {
            (true, _) => View::Json,
            (false, true) => View::Terminal,
            (false, false) => View::Plain,
        }
    }

    /// Whether people can be asked here.
    fn asks(&self) -> bool {
        self.world.console.asks() && !self.args.json && !self.args.no_wait
    }

    fn screen(
        &self,
        view: View,
        ahead: Ahead,
        commands: &Commands,
        control: &tokio::sync::mpsc::UnboundedSender<Control>,
    ) -> Result<Screen, Problem> {
        let console = self.world.console.clone();
        let asker = self.asks().then(|| self.asker(commands, control));
        let time = if self.virtual_clock { None } else { Some(start::now as fn() -> i64) };
        let mut model = Model::new(Atlas::new(self.plan.clone())).since(self.info.started).of_roles(self.roles());
        ahead.over.iter().for_each(|(stage, cancelled)| model.was_over(stage, *cancelled));
        let short = (view != View::Json).then(|| self.short());
        renderer(view, ahead.cancelled, console, commands.clone(), &self.world.store_dir)
            .and_then(|renderer| {
                Screen::start(model, renderer, asker, time, ahead.settled.into_keys().collect(), short)
            })
            .map_err(|error| Problem::environment(format!("no thread can be made: {error}")))
    }

    fn short(&self) -> Short {
        let (store, runtime) = (self.world.store.clone(), self.world.runtime.handle().clone());
        Box::new(move |id| runtime.block_on(ids::short(store.as_ref(), id)).unwrap_or_else(|_| id.to_owned()))
    }

    fn roles(&self) -> Roles {
        Roles::of(Path::new(&self.info.root))
    }

    fn asker(&self, commands: &Commands, control: &tokio::sync::mpsc::UnboundedSender<Control>) -> Asker {
        Asker {
            console: self.world.console.clone(),
            store: self.world.store.clone(),
            runtime: self.world.runtime.handle().clone(),
            control: control.clone(),
            run: self.info.id.clone(),
            by: account::name(),
            roles: self.roles(),
            waits: self.args.wait,
            commands: commands.clone(),
            queue: Queue::default(),
        }
    }

    fn setup(
        self,
        control: tokio::sync::mpsc::UnboundedReceiver<Control>,
        reporter: Box<dyn Reporter>,
    ) -> Result<(Setup, Mode, Arc<Supervisors>), Problem> {
        let clock: Arc<dyn Clock> = match self.virtual_clock {
            true => Arc::new(VirtualClock::new(self.info.started)),
            false => Arc::new(SystemClock::default()),
        };
        let program = std::env::current_exe()
            .map_err(|error| Problem::environment(format!("`wfc` cannot find its own program: {error}")))?;
        let supervisors = Supervisors::of(program);
        let sleep = Arc::new(ClockSleep(clock.clone()));
        let binding = Binding {
            secrets: self.secrets.secrets.clone(),
            supervisors: supervisors.clone(),
            sleep,
            registered: &Registered::new(),
        };
        let agents = agents::bind(&self.plan, binding).map_err(|error| Problem::refused(error.to_string()))?;
        let options = Options {
            limits: None,
            account: account::name(),
            parallel: self.parallel,
            wait: self.args.wait || self.asks(),
            expires: self.virtual_clock && !self.args.no_wait,
            root: PathBuf::from(&self.info.root),
            call_dir: PathBuf::from(&self.info.call_dir),
            attempts_dir: start::attempts_dir(&self.world.store_dir),
            file: Some(self.info.file),
        };
        let setup = Setup {
            agents,
            plan: self.plan,
            store: self.world.store.clone(),
            clock,
            random: Box::new(start::random),
            redactor: self.secrets.redactor,
            reporter,
            control,
            options,
        };
        Ok((setup, self.mode, supervisors))
    }
}

fn renderer(
    view: View,
    cancelled: bool,
    console: Console,
    commands: Commands,
    folder: &Path,
) -> std::io::Result<Box<dyn Renderer>> {
    Ok(match view {
        View::Json => Box::new(Json::new(&console, commands, folder)?),
        View::Plain => Box::new(Plain::new(console, commands)?.of_cancelled(cancelled)),
        View::Terminal => Box::new(Terminal::new(console, commands)?),
    })
}

/// Drives a run. Whatever becomes of it, no supervisor is left that waits for more to do.
async fn to_its_end(setup: Setup, mode: Mode, supervisors: Arc<Supervisors>) -> Result<Outcome, RunError> {
    let outcome = engine::run(setup, mode).await;
    supervisors.end(outcome.as_ref().is_ok_and(Outcome::is_end)).await;
    outcome
}
