//! From an event to the body of its record. Long results are kept beside the journal.

use crate::engine::RunError;
use crate::engine::journal::{Event, Payload};
use crate::engine::runner::Runner;
use crate::engine::state::Run;
use crate::value::Value;

/// Results above this many bytes of JSON are kept beside the journal.
const INLINE_BYTES_MAX: usize = 64 << 10;

impl Runner {
    /// The body of the record of an event.
    pub(super) async fn encode(&mut self, event: &Event) -> Result<String, RunError> {
        let text = |event: &Event| self.run.written(serde_json::to_string(event));
        let body = text(event)?;
        match event {
            Event::Succeeded { id, result: Payload::Value(value), usage } if body.len() > INLINE_BYTES_MAX => {
                let result = self.put_aside(value).await?;
                self.run.written(serde_json::to_string(&Event::Succeeded { id: *id, result, usage: *usage }))
            }
            Event::Recalled { id, key, result: Some(Payload::Value(value)) } if body.len() > INLINE_BYTES_MAX => {
                let result = Some(self.put_aside(value).await?);
                self.run.written(serde_json::to_string(&Event::Recalled { id: *id, key: key.clone(), result }))
            }
            _ => Ok(body),
        }
    }

    /// Keeps a long result beside the journal.
    async fn put_aside(&mut self, value: &Value) -> Result<Payload, RunError> {
        let bytes = self.run.written(serde_json::to_vec(value))?;
        Ok(Payload::Blob(self.setup.store.put_blob(bytes).await?))
    }
}

impl Run {
    /// What was made of events or values of this run: plain data with string keys, which has a JSON form if it can be read.
    fn written<T>(&self, made: serde_json::Result<T>) -> Result<T, RunError> {
        made.map_err(|error| {
            let what =
                self.shelf.as_ref().and_then(|shelf| shelf.failure()).map_or_else(|| error.to_string(), str::to_owned);
            RunError::Shelf { run: self.id.to_string(), what }
        })
    }
}
