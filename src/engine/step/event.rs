//! `event`: messages to every run. Each is taken once, by the stage that has waited longest; what nobody waits for yet is kept.

use crate::engine::key::call_path;
use crate::engine::scope::Local;
use crate::engine::state::{Address, CallId, CallState, Run, StageError, Timer};
use crate::engine::step::Core;
use crate::plan;
use crate::store::{Message, MessageBody};
use crate::value::json;

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
        self.report_listening(id, address, timer.map(|(due, _)| due));
    }

    /// A message to every run has come.
    pub(super) fn hear(&mut self, message: Message) {
        if message.id <= self.run.heard {
            return;
        }
        self.run.heard = message.id;
        self.fire_before_word(message.at);
        let MessageBody::Event { name, key, id, payload } = message.body else { return };
        let address = (name, key);
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
                let message = format!("the event does not fit its type: {mismatch}");
                self.failed(id, StageError::new("invalid_output", message), None);
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

impl crate::engine::state::Mail {
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
    /// The calls that wait for messages: path, name and key, and until when.
    pub fn listeners(&self, plan: &plan::Plan) -> Vec<(String, Address, Option<i64>)> {
        let calls =
            self.mail.listening.iter().flat_map(|(address, calls)| calls.values().map(move |id| (address, *id)));
        calls
            .filter_map(|(address, id)| {
                let call = self.calls.get(id)?;
                Some((call_path(plan, self, call), address.clone(), call.timer.map(|(due, _)| due)))
            })
            .collect()
    }

    /// Name and key of the messages that are awaited, each once.
    pub fn listens_to(&self) -> impl Iterator<Item = &Address> {
        self.mail.listening.keys()
    }
}
