//! From an event to the body of its record. Long results are kept beside the journal.

use crate::engine::RunError;
use crate::engine::journal::{Event, Payload};
use crate::engine::runner::Runner;
use crate::value::Value;

/// Results above this many bytes of JSON are kept beside the journal.
const INLINE_BYTES_MAX: usize = 64 << 10;

impl Runner {
    /// The body of the record of an event.
    pub(super) async fn encode(&mut self, event: &Event) -> Result<String, RunError> {
        let text = |event: &Event| serde_json::to_string(event).expect("events are plain data with string keys");
        let body = text(event);
        match event {
            Event::Succeeded { id, result: Payload::Value(value), usage } if body.len() > INLINE_BYTES_MAX => {
                let result = self.put_aside(value).await?;
                Ok(text(&Event::Succeeded { id: *id, result, usage: *usage }))
            }
            Event::Recalled { id, key, result: Some(Payload::Value(value)) } if body.len() > INLINE_BYTES_MAX => {
                let result = Some(self.put_aside(value).await?);
                Ok(text(&Event::Recalled { id: *id, key: key.clone(), result }))
            }
            _ => Ok(body),
        }
    }

    /// Keeps a long result beside the journal.
    async fn put_aside(&mut self, value: &Value) -> Result<Payload, RunError> {
        let bytes = serde_json::to_vec(value).expect("values are plain data with string keys");
        Ok(Payload::Blob(self.setup.store.put_blob(bytes).await?))
    }
}
