//! `include_text("path")`: the content of a file of the project, read when the program is compiled.

use crate::base::span::Span;
use crate::diag::Diagnostic;
use crate::sema::context::Context;
use crate::sema::errors::types as errors;

/// Reads a text file that a module names by a path relative to itself.
///
/// # Errors
/// Why it cannot be had, as a diagnostic at `at`.
pub(super) fn text(ctx: &Context<'_>, module: usize, path: &str, at: Span) -> Result<String, Box<Diagnostic>> {
    let Some(full) = resolved(&ctx.modules[module].path, path) else {
        return Err(Box::new(errors::include_outside(path, at)));
    };
    let bytes =
        ctx.world.read(&full).map_err(|error| Box::new(errors::include_unread(path, &error.to_string(), at)))?;
    String::from_utf8(bytes).map_err(|_| Box::new(errors::include_unread(path, "it is not UTF-8 text", at)))
}

/// The path, from the root of the project, of a file that a module names by a path relative to itself.
///
/// # Errors
/// Why it cannot be had, as a diagnostic at `at`.
pub(super) fn existing(ctx: &Context<'_>, module: usize, path: &str, at: Span) -> Result<String, Box<Diagnostic>> {
    let Some(full) = resolved(&ctx.modules[module].path, path) else {
        return Err(Box::new(errors::include_outside(path, at)));
    };
    match ctx.world.read(&full) {
        Ok(_) => Ok(full),
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
