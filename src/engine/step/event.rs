//! `event`: messages to every run. Each is taken once, by the stage that has waited longest; what nobody waits for yet is kept.

use std::collections::BTreeMap;

use crate::engine::key::call_path;
use crate::engine::scope::Local;
use crate::engine::state::{Address, CallId, CallState, Run, StageError, Timer};
use crate::engine::step::call::answer_type;
use crate::engine::step::{Core, Effect};
use crate::plan;
use crate::store::{Message, MessageBody};
use crate::value::json;
use crate::value::types::Type;

impl Core<'_> {
    /// Takes the oldest message of this name and key, or waits for one.
    pub(super) fn listen(&mut self, id: CallId, event: &plan::Event) {
        let place = self.run.calls[id].place;
        let local = Local::of(&self.run.calls[id]);
        let key = match self.evaluate(place.instance, &local, &event.key) {
            Ok(key) => key.as_str().unwrap_or_default().to_owned(),
            Err(fault) => return self.call_fault(id, fault),
        };
        self.run.calls[id].attempt += 1;
        let address = (event.name.clone(), key);
        if let Some(payload) = self.run.mail.take(&address) {
            return self.deliver(id, &payload);
        }
        let since = self.since(id);
        let limit = self.planned(place).timeout;
        let timer = limit.map(|limit| self.set_timer_since(since, limit, Timer::Answer(id)));
        let call = &mut self.run.calls[id];
        (call.state, call.timer) = (CallState::Listening, timer);
        call.listens_to = Some(Box::new(address.clone()));
        self.run.mail.listening.entry(address.clone()).or_default().insert(call.stamp, id);
        self.effects.push(Effect::Listen(Box::new(address.clone())));
        self.report_listening(id, address, timer.map(|(due, _)| due));
    }

    /// A message to every run has come.
    pub(super) fn hear(&mut self, message: Message) {
        let MessageBody::Event { name, key, id, payload } = message.body else { return };
        let address = (name, key);
        if self.run.mail.has_taken(&address, message.id) {
            return;
        }
        self.run.mail.taken.insert(address.clone(), message.id);
        self.fire_before_word(message.at);
        if let Some(id) = id
            && !self.run.mail.seen.insert((address.clone(), id))
        {
            return;
        }
        let longest = self.run.mail.listening.get(&address).and_then(|calls| calls.values().next().copied());
        match longest {
            Some(call) => {
                self.stop_listening(call);
                self.deliver(call, &payload);
            }
            None => self.run.mail.untaken.entry(address).or_default().push_back(payload),
        }
    }

    /// A message is the result of a call, if it fits.
    fn deliver(&mut self, id: CallId, payload: &serde_json::Value) {
        match json::decode(payload, &self.planned(self.run.calls[id].place).result) {
            Ok(value) => self.gave(id, value),
            Err(mismatch) => {
                let mismatch = mismatch.to_string();
                let mut error = StageError::new("invalid_output", format!("the event does not fit: {mismatch}"));
                error.details.push(mismatch);
                self.failed(id, error, None);
            }
        }
    }

    /// A call waits for no message any more.
    pub(super) fn stop_listening(&mut self, id: CallId) {
        let call = &mut self.run.calls[id];
        let Some(address) = call.listens_to.take() else { return };
        if let Some(timer) = call.timer.take() {
            self.run.timers.remove(&timer);
        }
        let stamp = call.stamp;
        if let Some(calls) = self.run.mail.listening.get_mut(&*address) {
            calls.remove(&stamp);
            if calls.is_empty() {
                self.run.mail.listening.remove(&*address);
            }
        }
    }
}

/// A call that waits for a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Listener {
    /// Path of its stage.
    pub stage: String,
    /// Name and key.
    pub address: Address,
    /// What the message must fit.
    pub ty: Type,
    /// Until when, milliseconds since 1970.
    pub until: Option<i64>,
}

impl crate::engine::state::Mail {
    /// Whether a message of this name and key has been taken, by its number. Of one name and key they are taken in their order.
    pub(in crate::engine) fn has_taken(&self, address: &Address, message: u64) -> bool {
        self.taken.get(address).is_some_and(|taken| message <= *taken)
    }

    /// How many calls wait for a message of this name and key.
    pub(in crate::engine) fn listeners_to(&self, address: &Address) -> usize {
        self.listening.get(address).map_or(0, BTreeMap::len)
    }

    fn take(&mut self, address: &Address) -> Option<serde_json::Value> {
        let waiting = self.untaken.get_mut(address)?;
        let oldest = waiting.pop_front();
        if waiting.is_empty() {
            self.untaken.remove(address);
        }
        oldest
    }
}

impl Run {
    /// The calls that wait for messages; of those with one name and key the one that takes the next first.
    pub fn listeners(&self, plan: &plan::Plan) -> Vec<Listener> {
        let calls =
            self.mail.listening.iter().flat_map(|(address, calls)| calls.values().map(move |id| (address, *id)));
        calls
            .filter_map(|(address, id)| {
                let call = self.calls.get(id)?;
                let (stage, ty) = (call_path(plan, self, call), answer_type(plan, self, call.place).clone());
                Some(Listener { stage, address: address.clone(), ty, until: call.timer.map(|(due, _)| due) })
            })
            .collect()
    }

    /// Whether a message of this name, key and id has been taken or is kept already.
    pub fn has_heard(&self, address: &Address, id: &str) -> bool {
        self.mail.seen.contains(&(address.clone(), id.to_owned()))
    }

    /// Name and key of the messages that are awaited, each once.
    pub fn listens_to(&self) -> impl Iterator<Item = &Address> {
        self.mail.listening.keys()
    }
}
