//! The content of the files that a call is given: fetched before anything of it starts.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::agent::{Context, Failure};
use crate::value::{FileRef, Value};

/// Content by hash.
#[derive(Default)]
pub struct Contents(BTreeMap<String, Vec<u8>>);

impl Contents {
    /// Fetches that of the files among the arguments.
    ///
    /// # Errors
    /// One cannot be had: nothing has happened then.
    pub async fn fetch(arguments: &[Value], context: &Context) -> Result<Self, Failure> {
        let mut contents = Self::default();
        for file in files(arguments) {
            if contents.of(&file).is_none() {
                let content = context.files.read(&file).await.map_err(|why| Failure::new("failed", why))?;
                contents.0.insert(file.hash, content);
            }
        }
        Ok(contents)
    }

    /// That of one of the files.
    pub fn of(&self, file: &FileRef) -> Option<&[u8]> {
        self.0.get(&file.hash).map(Vec::as_slice)
    }

    /// What `text(file)` gives.
    ///
    /// # Errors
    /// It is too long, or no text.
    pub fn text(&self, file: &FileRef) -> Result<Arc<str>, String> {
        let content = self.of(file).ok_or_else(|| format!("the content of the file `{}` is not at hand", file.name))?;
        file.text(content)
    }
}

/// The files among some values.
pub fn files(values: &[Value]) -> Vec<FileRef> {
    let mut found = Vec::new();
    values.iter().for_each(|value| value.files(&mut |file| found.push(file.clone())));
    found
}
