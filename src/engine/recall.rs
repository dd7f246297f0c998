//! The runner's side of results for equal calls: looks for them, lets one call of several be carried out, and keeps what it
//! gave once that is durable elsewhere.
//!
//! Whatever goes wrong here, the call is carried out. Under a virtual clock nothing is looked for or kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::cache::{self, Recall};
use crate::engine::journal::{Event, Payload};
use crate::engine::runner::Runner;
use crate::engine::state::{AttemptId, Run};
use crate::store::Kept;
use crate::value::{Value, json};

/// Calls under way that others may be equal to are looked over when there are so many.
const UNDER_WAY: usize = 4_096;

/// What becomes of an attempt that is about to start.
pub(super) enum Beginning {
    /// This is recorded in the place of its start: an answer that is there already, or for a workflow that there is none.
    Recorded(Event),
    /// It stays planned: an equal call is being carried out, and what that gives will answer it.
    Waits,
    /// It starts.
    Starts,
}

/// What this process knows of equal calls.
#[derive(Debug, Default)]
pub(super) struct Equals {
    /// By what makes calls equal: the attempt that is carried out for all of them.
    under_way: HashMap<String, AttemptId>,
    /// Results that are about to be kept.
    fresh: Arc<Mutex<HashMap<String, Kept>>>,
}

impl Equals {
    fn is_under_way(&self, run: &Run, key: &str) -> bool {
        self.under_way.get(key).is_some_and(|attempt| run.is_running(*attempt))
    }

    fn begins(&mut self, run: &Run, key: String, attempt: AttemptId) {
        if self.under_way.len() >= UNDER_WAY {
            self.under_way.retain(|_, attempt| run.is_running(*attempt));
        }
        self.under_way.insert(key, attempt);
    }

    fn fresh(&self, key: &str) -> Option<Kept> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
}

impl Runner {
    /// Looks whether an equal call has given a result, or is about to.
    pub(super) async fn beginning(&mut self, id: AttemptId) -> Beginning {
        let Some((recall, is_workflow)) = self.run.recall(&self.setup.plan, id) else { return Beginning::Starts };
        let key = cache::in_project(&recall.key, &self.info.root);
        if self.equals.is_under_way(&self.run, &key) {
            return Beginning::Waits;
        }
        let found = self.recalled(&key, recall.max_age).await.map(Payload::Value);
        if found.is_some() || is_workflow {
            return Beginning::Recorded(Event::Recalled { id, key, result: found });
        }
        if !self.setup.clock.is_virtual() && !self.is_rated(id) {
            self.equals.begins(&self.run, key, id);
        }
        Beginning::Starts
    }

    /// Whether its agent has a rate: there the time at which an attempt was planned counts, so it does not wait any longer.
    fn is_rated(&self, id: AttemptId) -> bool {
        let plan = &self.setup.plan;
        self.run.attempt(plan, id).is_some_and(|attempt| plan.agents[attempt.agent].rate.is_some())
    }

    async fn recalled(&mut self, key: &str, max_age: i64) -> Option<Value> {
        if self.setup.clock.is_virtual() {
            return None;
        }
        let kept = match self.equals.fresh(key) {
            Some(kept) => kept,
            None => self.setup.store.recall(key).await.ok().flatten()?,
        };
        let age = self.setup.clock.now_ms().checked_sub(kept.at)?;
        if !(0..max_age).contains(&age) {
            return None;
        }
        let value: Value = serde_json::from_slice(&kept.body).ok()?;
        // What has become a secret meanwhile is not taken from where it was none.
        let leaks = !self.setup.redactor.is_empty() && self.setup.redactor.finds(&json::encode(&value).to_string());
        (!leaks).then_some(value)
    }

    /// Lets a result answer equal calls of this process. Gives the key under which it is to be kept for others.
    pub(super) fn remember(&mut self, recall: &Recall, value: &Value) -> Option<String> {
        if self.setup.clock.is_virtual() {
            return None;
        }
        let at = self.setup.clock.now_ms();
        let key = cache::in_project(&recall.key, &self.info.root);
        let body = serde_json::to_vec(value).ok()?;
        let kept = Kept { at, until: at.saturating_add(recall.max_age), body };
        self.equals.fresh.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), kept);
        Some(key)
    }

    /// Keeps a result: the record that it stems from is durable.
    pub(super) fn keep_result(&mut self, key: String) {
        let (store, fresh) = (self.setup.store.clone(), self.equals.fresh.clone());
        let Some(kept) = self.equals.fresh(&key) else { return };
        self.forgetting.spawn(async move {
            // Without it the next equal call is carried out.
            store.remember(&key, kept).await.ok();
            fresh.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        });
    }
}
