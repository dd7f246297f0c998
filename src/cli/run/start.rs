//! `wfc run`: compiles, checks the inputs, makes the run, drives it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::base::text::escape;
use crate::cli::args::{ClockChoice, Global, RunArgs};
use crate::cli::compile::{Compiled, compile};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::profile;
use crate::cli::report::Problem;
use crate::cli::run::drive::{Drive, World};
use crate::cli::run::inputs;
use crate::cli::run::secrets::Found;
use crate::cli::{account, findings, plan, usage};
use crate::engine::Mode;
use crate::plan::Plan;
use crate::store::{RunInfo, Status, Store, StoreError, id};

/// Runs a workflow.
///
/// # Errors
/// What keeps it from starting, or the environment fails under way.
pub fn run(args: &RunArgs, global: &Global, console: &Console) -> Result<Exit, Problem> {
    if args.help && args.path.is_none() {
        console.out(&usage::of_run(console));
        return Ok(Exit::Good);
    }
    let compiled = compile(args.path.as_deref(), args.workflow.as_deref(), &args.program, console)?;
    if args.help {
        console.out(&inputs::help(&compiled.plan, &compiled.shown));
        return Ok(Exit::Good);
    }
    findings::refuse_unsupported(&compiled.plan, console)?;
    console.say(&profile::made_up(&compiled.project, &compiled.plan).unwrap_or_default());
    let inputs = inputs::gather(&compiled.plan, &args.input, args.inputs.as_deref())?;
    if args.dry_run {
        return Ok(look(args, &compiled, &inputs.values, console));
    }
    let secrets = Found::all(&compiled.plan, &compiled.project.root)?;
    console.say(&secrets.warnings());
    let store = global.store.clone().unwrap_or_else(|| compiled.project.store());
    let world = World::open(console, store)?;
    for (_, content) in inputs.files.0 {
        world.wait(world.store.put_blob(content))?;
    }
    let inputs = inputs.values;
    let wanted = Wanted { args, inputs, compiled, secrets };
    wanted.start(&world)
}

/// `--dry-run`: what `wfc plan` says, with the inputs. No secret is read, no store is made, nothing starts.
fn look(args: &RunArgs, compiled: &Compiled, inputs: &Json, console: &Console) -> Exit {
    let given: Vec<String> = inputs
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| format!("{name} {}", escape(&value.to_string())))
        .collect();
    let given = if given.is_empty() { "none".to_owned() } else { given.join(", ") };
    console.say(&format!("inputs: {given}\n"));
    plan::say(&compiled.plan, &compiled.project.root, args.drive.json, console)
}

/// A run that is wanted, and may be there already.
struct Wanted<'a> {
    args: &'a RunArgs,
    inputs: Json,
    compiled: Compiled,
    secrets: Found,
}

impl Wanted<'_> {
    fn start(self, world: &World) -> Result<Exit, Problem> {
        let Some(name) = &self.args.id else {
            let info = world.wait(self.create(world.store.as_ref()))?;
            return self.drive(world, info, |run| Mode::Start { run });
        };
        id::check_name(name).map_err(|why| Problem::usage(format!("`{name}` cannot name a run: {why}")))?;
        let info = self.info(name.clone());
        // The text is not kept while the run is driven.
        let made = world.wait(world.store.create(&info, &self.compiled.plan.to_json()));
        match made {
            Ok(()) => self.drive(world, info, |run| Mode::Start { run }),
            Err(StoreError::Exists(_)) => self.again(world, name),
            Err(error) => Err(error.into()),
        }
    }

    /// A run of this name is there: the same plan and inputs go on with it or give its recorded end.
    fn again(self, world: &World, name: &str) -> Result<Exit, Problem> {
        let found = world.wait(world.store.find(name))?;
        self.must_be_same(world, &found)?;
        match found.status {
            Status::Succeeded => {
                world.console.say(&format!("run {name} has succeeded already\n"));
                if !self.args.drive.json {
                    world.console.out_json(&format!("{}\n", found.result.unwrap_or_default()));
                }
                Ok(Exit::Good)
            }
            Status::Failed | Status::Cancelled => {
                let because = found.because.map(|because| format!(": {because}")).unwrap_or_default();
                let state = crate::cli::runs::list::ended(found.status);
                Err(Problem::refused(format!("run {name} {state} already{because}"))
                    .help(format!("go on with it: {}", world.commands(name).retry())))
            }
            _ => self.drive(world, found, |run| Mode::Resume { run, takeover: false }),
        }
    }

    /// The name is taken by something else: what differs is said.
    fn must_be_same(&self, world: &World, found: &RunInfo) -> Result<(), Problem> {
        let hash = &self.compiled.plan.hash;
        let differs = match found.plan == *hash {
            false => format!("another plan: {}, not {}", short_hash(&found.plan), short_hash(hash)),
            true if found.inputs == self.inputs => return Ok(()),
            true => format!("other inputs: {}", differing(&found.inputs, &self.inputs)),
        };
        let commands = world.commands(&found.id);
        let way_on = match found.status {
            Status::Succeeded => format!("that one has succeeded: `{}`", commands.show()),
            Status::Failed | Status::Cancelled => format!("go on with that one: `{}`", commands.retry()),
            _ if found.plan == *hash => format!("go on with that one: `{}`", commands.resume()),
            _ => {
                let onto = commands.resume_changed(&self.compiled.shown, "");
                format!("go on with that one: `{}`, or with it on this plan: `{onto}`", commands.resume())
            }
        };
        let problem = Problem::refused(format!("there is a run `{}` already, with {differs}", found.id));
        Err(problem.help(format!("take another name; {way_on}")))
    }

    async fn create(&self, store: &dyn Store) -> Result<RunInfo, StoreError> {
        id::create(store, &self.compiled.plan.to_json(), || self.info(id::new_run_id(now(), random()))).await
    }

    fn info(&self, id: String) -> RunInfo {
        RunInfo {
            id,
            key: format!("{:016x}{:016x}", random(), random()),
            workflow: self.compiled.plan.name.clone(),
            plan: self.compiled.plan.hash.clone(),
            inputs: self.inputs.clone(),
            status: Status::Running,
            started: now(),
            ended: None,
            because: None,
            result: None,
            requester: account::name(),
            root: self.compiled.project.root.display().to_string(),
            file: self.compiled.shown.clone(),
            call_dir: std::env::current_dir().unwrap_or_default().display().to_string(),
        }
    }

    fn drive(self, world: &World, info: RunInfo, mode: impl FnOnce(String) -> Mode) -> Result<Exit, Problem> {
        let parallel = self.args.drive.parallel.or(self.compiled.project.config.parallel);
        let plan: Arc<Plan> = Arc::new(self.compiled.plan);
        let virtual_clock = self.args.clock == ClockChoice::Virtual;
        let (mode, args) = (mode(info.id.clone()), &self.args.drive);
        Drive { world, plan, info, mode, args, parallel, virtual_clock, secrets: self.secrets }.drive()
    }
}

/// Each input that is not the same: `name is "Ada" there, "Bob" here`.
fn differing(there: &Json, here: &Json) -> String {
    const SHOWN_MAX: usize = 60;
    let fields = [there, here].map(|inputs| inputs.as_object().cloned().unwrap_or_default());
    let names: BTreeSet<&String> = fields.iter().flat_map(|fields| fields.keys()).collect();
    let told = |fields: &serde_json::Map<String, Json>, name: &String| match fields.get(name).map(Json::to_string) {
        None => "nothing".to_owned(),
        Some(text) if text.chars().count() <= SHOWN_MAX => escape(&text),
        Some(text) => format!("{}…", escape(&text.chars().take(SHOWN_MAX).collect::<String>())),
    };
    let other = names.into_iter().filter(|name| fields[0].get(*name) != fields[1].get(*name));
    let other =
        other.map(|name| format!("{name} is {} there, {} here", told(&fields[0], name), told(&fields[1], name)));
    other.collect::<Vec<_>>().join("; ")
}

/// The beginning of a hash, enough for people.
pub fn short_hash(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

/// Milliseconds since 1970.
pub fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// 64 bits of chance. Without any from the system the time has to do: ids are checked all the same.
pub fn random() -> u64 {
    getrandom::u64().unwrap_or_else(|_| now().unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The folder of attempts below a store.
pub fn attempts_dir(store: &Path) -> PathBuf {
    store.join("attempts")
}
