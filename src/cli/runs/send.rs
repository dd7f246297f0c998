//! `wfc runs send`: an event from outside, left in the store for every run that waits for it, now or later.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::base::text::escape;
use crate::cli::account;
use crate::cli::args::{Global, SendArgs};
use crate::cli::commands::Commands;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::ids;
use crate::cli::report::Problem;
use crate::cli::run::drive::World;
use crate::cli::run::ending::some;
use crate::cli::run::start;
use crate::cli::runs::Opened;
use crate::cli::words::rfc3339;
use crate::engine::mail;
use crate::engine::state::Address;
use crate::engine::step::event::Listener;
use crate::plan::Plan;
use crate::store::{EVERY_RUN, Message, MessageBody, RunFilter, Status};
use crate::value::json::{decode, parse_strict};

/// Newest runs of each state that are asked what they wait for: each is replayed.
const RUNS_MAX: usize = 500;

/// Leaves an event, and says who takes it. One that fits none of the runs that wait for it is refused.
pub fn send(args: &SendArgs, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let payload = parse_strict(args.payload.as_bytes()).map_err(|error| {
        Problem::usage(format!("the event is not JSON: {error}")).help("text stands in quotes: '\"…\"'")
    })?;
    let opened = Opened::to_write(global, console)?;
    let world = &opened.world;
    let address = (args.name.clone(), args.key.clone());
    let open = Open::look(world, &address, args.id.as_deref())?;
    let takes = open.takes(&address);
    refuse_unfit(&takes, &payload)?;
    let before = args.id.as_deref().map(|id| first(world, &address, id)).transpose()?.flatten();
    let (name, key, id) = (args.name.clone(), args.key.clone(), args.id.clone());
    let body = MessageBody::Event { name, key, id, payload: payload.clone() };
    world.wait(world.store.send(EVERY_RUN, &account::name(), body))?;
    let name = escape(&args.name);
    let head = match before {
        Some(first) => {
            let (by, at) = (escape(&first.by), rfc3339(first.at));
            format!("event {name} was sent before with this id, by {by} at {at}: a run takes the first only")
        }
        None => format!("event {name} sent"),
    };
    let more = if open.more { format!("only the newest {RUNS_MAX} runs were asked\n") } else { String::new() };
    console.say(&format!("{head}{}{more}", open.told(&takes, &payload)));
    Ok(Exit::Good)
}

/// A run that has not ended and waits for an event.
struct Waits {
    commands: Commands,
    process: Option<u32>,
    /// It has an event of the same id already.
    has_it: bool,
    listener: Listener,
}

/// What the runs that have not ended wait for, once they have taken what lies there for them.
struct Open {
    waits: Vec<Waits>,
    /// How many runs have not ended.
    runs: usize,
    /// There are more, which were not asked.
    more: bool,
}

impl Open {
    fn look(world: &World, address: &Address, id: Option<&str>) -> Result<Self, Problem> {
        let mut open = Self { waits: Vec::new(), runs: 0, more: false };
        let mut plans: HashMap<String, Arc<Plan>> = HashMap::new();
        let store = world.store.as_ref();
        let messages = world.wait(store.messages(EVERY_RUN, 0))?;
        for status in Status::ALL.into_iter().filter(|status| !status.ended()) {
            let filter = RunFilter { status: Some(status), limit: Some(RUNS_MAX), ..RunFilter::default() };
            let infos = world.wait(store.runs(&filter))?;
            open.more |= infos.len() == RUNS_MAX;
            for info in infos {
                open.runs += 1;
                if !plans.contains_key(&info.plan) {
                    plans.insert(info.plan.clone(), world.wait(super::plan_of(store, &info))?);
                }
                let plan = &plans[&info.plan];
                if mail::events(plan).is_empty() {
                    continue;
                }
                let (run, plan) = world.wait(mail::foreseen(store, &info, plan, &messages, start::now()))?;
                let process = world.wait(store.driver(&info.id))?;
                let commands = world.commands(&world.wait(ids::short(store, &info.id))?);
                let has_it = id.is_some_and(|id| run.has_heard(address, id));
                let listeners = run.listeners(&plan).into_iter();
                open.waits.extend(listeners.map(|listener| {
                    let commands = commands.clone();
                    Waits { commands, process, has_it, listener }
                }));
            }
        }
        Ok(open)
    }

    /// Who takes the event: of each run the stage that has waited longest.
    fn takes(&self, address: &Address) -> Vec<&Waits> {
        let mut takes: Vec<&Waits> = Vec::new();
        for waits in self.waits.iter().filter(|waits| waits.listener.address == *address && !waits.has_it) {
            if takes.last().is_none_or(|last| last.commands.run() != waits.commands.run()) {
                takes.push(waits);
            }
        }
        takes
    }

    fn told(&self, takes: &[&Waits], payload: &Json) -> String {
        match takes {
            _ if self.runs == 0 => "; no run is under way, and one that starts later does not take it\n".to_owned(),
            [] => format!(
                "; no run waits for it with this key now, it is kept for one under way that will\n{}",
                self.waited_for()
            ),
            takes => format!("; who takes it:\n{}", takes.iter().map(|waits| waits.told(payload)).collect::<String>()),
        }
    }

    /// What is waited for, for whom a name or a key was mistyped.
    fn waited_for(&self) -> String {
        let told = self.waits.iter().map(|waits| {
            let (name, key) = &waits.listener.address;
            format!("{} with key {} (run {})", escape(name), escape(key), waits.commands.run())
        });
        let told: Vec<String> = told.collect();
        some(&told.iter().map(String::as_str).collect::<Vec<_>>())
            .map(|told| format!("waited for now: {told}\n"))
            .unwrap_or_default()
    }
}

impl Waits {
    fn told(&self, payload: &Json) -> String {
        let (run, stage) = (self.commands.run(), &self.listener.stage);
        let when = match self.process {
            Some(_) => "takes it now".to_owned(),
            None => format!("takes it when resumed: {}", self.commands.resume()),
        };
        let unfit = decode(payload, &self.listener.ty).err();
        let unfit = unfit.map(|why| format!("; it does not fit there: {why}")).unwrap_or_default();
        format!("  run {run} at {stage} {when}{unfit}\n")
    }
}

/// What nobody who waits for it can take is a mistake of whoever sends it.
fn refuse_unfit(takes: &[&Waits], payload: &Json) -> Result<(), Problem> {
    let mut unfit = takes.iter().map(|waits| (waits, decode(payload, &waits.listener.ty)));
    let Some((waits, Err(why))) = unfit.next() else { return Ok(()) };
    if unfit.any(|(_, fits)| fits.is_ok()) {
        return Ok(());
    }
    let (run, Listener { stage, ty, .. }) = (waits.commands.run(), &waits.listener);
    Err(Problem::usage(format!("the event does not fit: {why}"))
        .help(format!("run {run} waits at `{stage}` for JSON of the type {ty}")))
}

/// The first event of this name, key and id that was sent.
fn first(world: &World, (name, key): &Address, id: &str) -> Result<Option<Message>, Problem> {
    let sent = world.wait(world.store.messages(EVERY_RUN, 0))?;
    let same = |body: &MessageBody| matches!(body, MessageBody::Event { name: n, key: k, id: Some(i), .. } if n == name && k == key && i == id);
    Ok(sent.into_iter().find(|message| same(&message.body)))
}
