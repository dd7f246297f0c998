//! `include_text("path")` and `include_file("path")`: files of the project, read when the program is compiled; and the files that
//! constants are made of.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::span::Span;
use crate::diag::Diagnostic;
use crate::sema::context::Context;
use crate::sema::errors::types as errors;
use crate::value::eval::Scope;
use crate::value::expr::{Observe, Var};
use crate::value::file::Content;
use crate::value::{FileRef, Value};

/// The files whose content is known when the program is compiled, by hash. As a scope it has no variables.
#[derive(Debug, Default)]
pub(super) struct Files(RefCell<BTreeMap<String, Content>>);

impl Files {
    /// All of them.
    pub fn into_contents(self) -> BTreeMap<String, Content> {
        self.0.into_inner()
    }

    fn keep(&self, name: &str, content: Content) -> Result<FileRef, String> {
        let file = FileRef::of(name, &content.0)?;
        self.0.borrow_mut().entry(file.hash.clone()).or_insert(content);
        Ok(file)
    }
}

impl Scope for Files {
    fn get(&self, _: Var) -> Value {
        Value::Null
    }

    fn observe(&self, _: Observe, _: u32) -> Value {
        Value::Null
    }

    fn read_file(&self, file: &FileRef) -> Result<Arc<str>, String> {
        let known = self.0.borrow().get(&file.hash).cloned();
        known.ok_or_else(|| format!("nobody knows what `{}` holds", file.name))?.text()
    }

    fn make_file(&self, name: &str, text: &str) -> Result<FileRef, String> {
        self.keep(name, Content(text.as_bytes().into()))
    }
}

/// Reads a text file that a module names by a path relative to itself.
///
/// # Errors
/// Why it cannot be had, as a diagnostic at `at`.
pub(super) fn text(ctx: &Context<'_>, module: usize, path: &str, at: Span) -> Result<String, Box<Diagnostic>> {
    let (_, bytes) = read(ctx, module, path, at)?;
    String::from_utf8(bytes).map_err(|_| Box::new(errors::include_unread(path, "it is not UTF-8 text", at)))
}

/// Reads a file that a module names by a path relative to itself.
///
/// # Errors
/// As [`text`].
pub(super) fn file(ctx: &Context<'_>, module: usize, path: &str, at: Span) -> Result<FileRef, Box<Diagnostic>> {
    let (full, bytes) = read(ctx, module, path, at)?;
    let name = full.rsplit('/').next().unwrap_or_default();
    let kept = ctx.files.keep(name, Content(bytes.into()));
    kept.map_err(|error| Box::new(errors::include_unread(path, &error, at)))
}

/// The path, from the root of the project, of a file that a module names by a path relative to itself.
///
/// # Errors
/// As [`text`].
pub(super) fn existing(ctx: &Context<'_>, module: usize, path: &str, at: Span) -> Result<String, Box<Diagnostic>> {
    read(ctx, module, path, at).map(|(full, _)| full)
}

/// The path from the root, and the content.
fn read(ctx: &Context<'_>, module: usize, path: &str, at: Span) -> Result<(String, Vec<u8>), Box<Diagnostic>> {
    let Some(full) = resolved(&ctx.modules[module].path, path) else {
        return Err(Box::new(errors::include_outside(path, at)));
    };
    match ctx.world.read(&full) {
        Ok(bytes) => Ok((full, bytes)),
        Err(error) => Err(Box::new(errors::include_unread(path, &error.to_string(), at))),
    }
}

/// The path from the root of the project; nothing if it leaves it.
fn resolved(from: &str, path: &str) -> Option<String> {
    if path.starts_with(['/', '~']) || path.contains('\\') || path.contains(':') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::resolved;

    #[test]
    fn paths_start_at_the_file_and_stay_in_the_project() {
        assert_eq!(resolved("team/a.wf", "prompts/x.md").as_deref(), Some("team/prompts/x.md"));
        assert_eq!(resolved("team/a.wf", "../x.md").as_deref(), Some("x.md"));
        for outside in ["../../x.md", "/etc/passwd", "~/x", "C:\\x"] {
            assert_eq!(resolved("team/a.wf", outside), None, "{outside}");
        }
    }
}
