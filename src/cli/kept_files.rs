//! The files that values of a run hold, and where they stand: `made.page`, `result.parts[0]`.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::base::text::escape;
use crate::base::unit::format_size;
use crate::cli::commands::{Commands, quoted};
use crate::plan::Plan;
use crate::value::types::Type;
use crate::value::{FileRef, Value, json};

/// Files of a result that are told with it.
const TOLD_MAX: usize = 4;

/// A file, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptFile {
    /// As it is written in the workflow.
    pub place: String,
    /// What it is.
    pub file: Arc<FileRef>,
}

/// The files in a value of this type, in its order. What does not fit the type holds none.
pub fn files_in(value: &Json, ty: &Type, place: &str) -> Vec<KeptFile> {
    let mut found = Vec::new();
    // A stack rather than a recursion: values come from a store.
    let mut open: Vec<(String, Value)> =
        json::decode(value, ty).map(|value| (place.to_owned(), value)).into_iter().collect();
    while let Some((place, value)) = open.pop() {
        match value {
            Value::File(file) => found.push(KeptFile { place, file }),
            Value::List(items) => {
                open.extend(
                    items.iter().enumerate().rev().map(|(n, item)| (format!("{place}[{n}]"), item.into_owned())),
                );
            }
            Value::Record(fields) => {
                open.extend(fields.iter().rev().map(|(key, field)| (format!("{place}.{}", word(key)), field.clone())));
            }
            _ => {}
        }
    }
    found
}

/// A key as it is written after a dot.
fn word(key: &str) -> String {
    let starts = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    match starts && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        true => key.to_owned(),
        false => crate::value::text::quoted(key),
    }
}

/// The files in the result of a run.
pub fn of_result(plan: &Plan, result: &Json) -> Vec<KeptFile> {
    plan.workflows.first().map(|main| files_in(result, &main.result, "result")).unwrap_or_default()
}

/// How the files of a result are had, a line each; nothing where it holds none.
pub fn told(files: &[KeptFile], commands: &Commands) -> String {
    let mut text: String = files.iter().take(TOLD_MAX).map(|kept| line(kept, commands)).collect();
    if files.len() > TOLD_MAX {
        text.push_str(&format!("and {} more files: {}\n", files.len() - TOLD_MAX, commands.files()));
    }
    text
}

fn line(kept: &KeptFile, commands: &Commands) -> String {
    let command = commands.file(&kept.place, &kept.file.name);
    format!("file {} ({}): {}\n", escape(&kept.place), size(&kept.file), escape(&command))
}

/// The size as people write it.
pub fn size(file: &FileRef) -> String {
    format_size(i64::try_from(file.size).unwrap_or(i64::MAX))
}

impl Commands {
    /// `wfc runs file RUN PLACE -o NAME`.
    fn file(&self, place: &str, name: &str) -> String {
        self.here(&format!("wfc runs file {} {} -o {}", self.run(), quoted(place), quoted(name)))
    }

    /// `wfc runs file RUN`.
    pub fn files(&self) -> String {
        self.here(&format!("wfc runs file {}", self.run()))
    }
}
