//! The runner's side of results for equal calls: looks for them, and keeps them once they are durable elsewhere.
//!
//! Whatever goes wrong here, the call is carried out. Under a virtual clock nothing is looked for or kept.

use crate::engine::cache::{self, Recall};
use crate::engine::journal::{Event, Payload};
use crate::engine::runner::Runner;
use crate::engine::state::AttemptId;
use crate::store::Kept;
use crate::value::{Value, json};

impl Runner {
    /// What is recorded in the place of an attempt's start: an answer that is there already, or for a workflow that there is none.
    pub(super) async fn recall(&mut self, id: AttemptId) -> Option<Event> {
        let (recall, is_workflow) = self.run.recall(&self.setup.plan, id)?;
        let key = cache::in_project(&recall.key, &self.info.root);
        let found = self.recalled(&key, recall.max_age).await.map(Payload::Value);
        (found.is_some() || is_workflow).then_some(Event::Recalled { id, key, result: found })
    }

    async fn recalled(&mut self, key: &str, max_age: i64) -> Option<Value> {
        if self.setup.clock.is_virtual() {
            return None;
        }
        let kept = self.setup.store.recall(key).await.ok().flatten()?;
        let age = self.setup.clock.now_ms().checked_sub(kept.at)?;
        if !(0..max_age).contains(&age) {
            return None;
        }
        let value: Value = serde_json::from_slice(&kept.body).ok()?;
        // What has become a secret meanwhile is not taken from where it was none.
        let leaks = !self.setup.redactor.is_empty() && self.setup.redactor.finds(&json::encode(&value).to_string());
        (!leaks).then_some(value)
    }

    /// Lets a result answer equal calls.
    pub(super) fn remember(&mut self, recall: &Recall, value: &Value) {
        if self.setup.clock.is_virtual() {
            return;
        }
        let at = self.setup.clock.now_ms();
        let key = cache::in_project(&recall.key, &self.info.root);
        let body = serde_json::to_vec(value).expect("values are plain data with string keys");
        let kept = Kept { at, until: at.saturating_add(recall.max_age), body };
        let store = self.setup.store.clone();
        self.forgetting.spawn(async move {
            // Without it the next equal call is carried out.
            store.remember(&key, kept).await.ok();
        });
    }
}
