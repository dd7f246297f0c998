//! Messages to every run: which of them a run takes, and what it waits for once it has taken those that lie there.
//!
//! A message is recorded when a call waits for one of its name and key, not before: what nobody waits for lies in the store,
//! where it is for every run, and not in the journal of each that knows its name.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::engine::RunError;
use crate::engine::journal::Event;
use crate::engine::outlook::Said;
use crate::engine::recover;
use crate::engine::runner::Runner;
use crate::engine::state::{Address, Run};
use crate::engine::step::{Effect, step};
use crate::plan::{Plan, Target};
use crate::store::{EVERY_RUN, Message, MessageBody, RunInfo, Store};

/// Names of the events that a plan waits for.
pub fn events(plan: &Plan) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for stage in plan.workflows.iter().flat_map(|workflow| &workflow.stages) {
        stage.all_calls(&mut |call| {
            if let Target::Event(event) = &call.target {
                names.insert(event.name.clone());
            }
        });
    }
    names
}

/// Name and key of a message that a run which began at `started` (milliseconds since 1970) may take: nothing that its plan does
/// not wait for, nor what was sent before it began.
fn address(message: &Message, events: &BTreeSet<String>, started: i64) -> Option<Address> {
    match &message.body {
        MessageBody::Event { name, key, .. } if events.contains(name) && message.at >= started => {
            Some((name.clone(), key.clone()))
        }
        _ => None,
    }
}

/// Messages that a run may take and has not recorded, oldest first.
#[derive(Debug, Default)]
pub(super) struct Letters {
    /// Number of the last message that was looked at.
    read: u64,
    unheard: BTreeMap<Address, VecDeque<Message>>,
    /// How many are on their way to the run.
    sent: BTreeMap<Address, usize>,
}

impl Letters {
    /// Lays a message down unless the run has recorded it.
    fn lay_down(&mut self, run: &Run, address: Address, message: Message) {
        if !run.mail.has_taken(&address, message.id) {
            self.unheard.entry(address).or_default().push_back(message);
        }
    }

    /// Takes as many messages as there are calls that wait for one and have none on its way.
    fn hand_out(&mut self, run: &Run, address: &Address) -> Vec<Message> {
        let on_their_way = self.sent.get(address).copied().unwrap_or(0);
        let wanted = run.mail.listeners_to(address).saturating_sub(on_their_way);
        let Some(unheard) = self.unheard.get_mut(address).filter(|_| wanted > 0) else { return Vec::new() };
        let mut fresh = BTreeSet::new();
        let mut counts = |message: &Message| match &message.body {
            MessageBody::Event { id: Some(id), .. } => !run.has_heard(address, id) && fresh.insert(id.clone()),
            _ => true,
        };
        let handed: Vec<Message> =
            std::iter::from_fn(|| unheard.pop_front()).filter(|message| counts(message)).take(wanted).collect();
        if unheard.is_empty() {
            self.unheard.remove(address);
        }
        *self.sent.entry(address.clone()).or_default() += handed.len();
        handed
    }

    /// A message that was handed out has been recorded.
    fn arrived(&mut self, address: &Address) {
        if let Some(sent) = self.sent.get_mut(address) {
            *sent = sent.saturating_sub(1);
            if *sent == 0 {
                self.sent.remove(address);
            }
        }
    }
}

impl Runner {
    /// Looks at messages to every run that have come, and queues those that somebody waits for.
    pub(super) async fn read_letters(&mut self) -> Result<(), RunError> {
        let mut touched = BTreeSet::new();
        for message in self.setup.store.messages(EVERY_RUN, self.letters.read).await? {
            self.letters.read = message.id;
            if let Some(address) = address(&message, &self.events, self.info.started) {
                touched.insert(address.clone());
                self.letters.lay_down(&self.run, address, message);
            }
        }
        touched.into_iter().for_each(|address| self.deliver(&address));
        Ok(())
    }

    /// Queues what lies there for those who wait for it now.
    pub(super) fn deliver(&mut self, address: &Address) {
        self.inputs.extend(self.letters.hand_out(&self.run, address).into_iter().map(Event::Heard));
    }

    /// Notes that a message is recorded. Gives its name and key: others may wait for the next.
    pub(super) fn heard(&mut self, event: &Event) -> Option<Address> {
        let Event::Heard(Message { body: MessageBody::Event { name, key, .. }, .. }) = event else { return None };
        let address = (name.clone(), key.clone());
        self.letters.arrived(&address);
        Some(address)
    }
}

/// A run that has not ended as it stands once it has taken what was said to every run, and what was due by `now` (milliseconds
/// since 1970) has fired. Nothing is written.
///
/// # Errors
/// As [`recover::load`].
pub async fn foreseen(
    store: &dyn Store,
    info: &RunInfo,
    plan: &Arc<Plan>,
    messages: &[Message],
    now: i64,
) -> Result<(Run, Arc<Plan>), RunError> {
    let loaded = recover::load(store, info, plan).await?;
    let (mut run, plan) = (loaded.run, loaded.plan);
    run.quiet = true;
    hear(&plan, &mut run, Said { to_it: &[], to_all: messages, since: info.started }, now);
    Ok((run, plan))
}

/// Takes those of the messages to every run in that are for this one, and lets fire what is due by `now`.
pub(super) fn hear(plan: &Plan, run: &mut Run, said: Said<'_>, now: i64) {
    let (events, mut letters) = (events(plan), Letters::default());
    for message in said.to_all {
        if let Some(address) = address(message, &events, said.since) {
            letters.lay_down(run, address, message.clone());
        }
    }
    let mut look: VecDeque<Address> = run.listens_to().cloned().collect();
    let mut ticked = false;
    while run.end.is_none() && !(ticked && look.is_empty()) {
        let Some(address) = look.pop_front() else {
            ticked = true;
            look.extend(forward(plan, run, now, Event::Tick));
            continue;
        };
        for message in letters.hand_out(run, &address) {
            letters.arrived(&address);
            let at = message.at;
            look.extend(forward(plan, run, at, Event::Heard(message)));
            look.push_back(address.clone());
        }
    }
}

/// Steps one event; gives the names and keys that are waited for from then on.
fn forward(plan: &Plan, run: &mut Run, at: i64, event: Event) -> Vec<Address> {
    let at = at.max(run.at);
    let effects = step(plan, run, at, event).into_iter();
    let listens = |effect| if let Effect::Listen(address) = effect { Some(*address) } else { None };
    effects.filter_map(listens).collect()
}
