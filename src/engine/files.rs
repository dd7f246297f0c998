//! Files of a run: their content lies in the store, by hash; values carry name, size and hash.
//!
//! `step` reads and writes nothing: what `text(file)` will want is fetched before the event that brings the file, and what
//! `file(name, text)` makes is kept before the records that follow are committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use crate::agent::files::{BYTES_MAX, Files};
use crate::agent::secret::Redactor;
use crate::engine::journal::{Event, Payload};
use crate::plan::Plan;
use crate::store::{Store, StoreError};
use crate::value::builtin::Builtin;
use crate::value::expr::ExprKind;
use crate::value::file::TEXT_BYTES_MAX;
use crate::value::{FileRef, Value};

/// What `text(file)` gives, by hash.
pub type Texts = BTreeMap<String, Result<Arc<str>, String>>;

/// The content of files, for the agents of a run.
pub struct RunFiles {
    /// Keeps them.
    pub store: Arc<dyn Store>,
    /// Finds secrets in them.
    pub redactor: Redactor,
}

#[async_trait]
impl Files for RunFiles {
    async fn read(&self, file: &FileRef) -> Result<Vec<u8>, String> {
        let content = self.store.blob(&file.hash).await;
        content.map_err(|error| format!("the content of the file `{}` cannot be had: {error}", file.name))
    }

    async fn keep(&self, file: &FileRef, content: Vec<u8>) -> Result<(), String> {
        if content.len() as u64 > BYTES_MAX {
            return Err(format!("`{}` is larger than 64 MiB", file.name));
        }
        if self.redactor.finds_in(&content) {
            return Err(format!("a secret stands in `{}`; nothing of it is kept", file.name));
        }
        self.store.put_blob(content).await.map(drop).map_err(|error| error.to_string())
    }
}

/// Whether a plan reads the content of files in its expressions.
pub fn reads_texts(plan: &Plan) -> bool {
    let mut reads = false;
    plan.exprs(&mut |expr| {
        expr.walk(|part| reads |= matches!(part.kind, ExprKind::Call(Builtin::Text, _)));
    });
    reads
}

/// Fetches what `text(file)` gives of the files that an event brings.
///
/// # Errors
/// The store's: the content of a file that is small enough cannot be had.
pub async fn fetch_texts(store: &dyn Store, event: &Event, texts: &mut Texts) -> Result<(), StoreError> {
    let mut wanted: Vec<FileRef> = Vec::new();
    let mut look = |value: &Value| value.files(&mut |file| wanted.push(file.clone()));
    match event {
        Event::Started { inputs, .. } => inputs.iter().for_each(look),
        Event::Retried(next) | Event::Moved(next) => next.inputs.iter().for_each(look),
        Event::Succeeded { result: Payload::Value(value), .. }
        | Event::Recalled { result: Some(Payload::Value(value)), .. } => look(value),
        _ => {}
    }
    for file in wanted {
        if texts.contains_key(&file.hash) {
            continue;
        }
        // Of what is too long the length says enough.
        let text = match file.size > TEXT_BYTES_MAX as u64 {
            true => Err(format!("the file `{}` is longer than 1MiB: its text cannot be read", file.name)),
            false => file.text(&store.blob(&file.hash).await?),
        };
        texts.insert(file.hash, text);
    }
    Ok(())
}
