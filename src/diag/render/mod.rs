//! Diagnostics as people and programs read them. Knows nothing of passes; writes to strings only.

pub mod excerpt;
pub mod github;
pub mod human;
pub mod json;
pub mod paint;
pub mod preview;
pub mod sarif;
pub mod short;

use super::{Code, Diagnostic, Severity};

/// Errors after this many are counted and not printed.
pub const ERRORS_SHOWN_MAX: usize = 50;

/// How diagnostics are drawn for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns of the screen; nothing is wider where it can be cut or wrapped.
    pub width: usize,
    /// Whether colours are written (as ANSI sequences).
    pub colour: bool,
    /// Whether codes are links to their pages (OSC 8), where the pages have an address.
    pub links: bool,
    /// Whether frames are drawn with characters beyond ASCII.
    pub unicode: bool,
}

impl Default for Look {
    /// As it is drawn into a file: 80 columns, no colour.
    fn default() -> Self {
        Self { width: 80, colour: false, links: false, unicode: true }
    }
}

/// How many there are of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
}

impl Count {
    /// Counts `diagnostics`.
    pub fn of(diagnostics: &[Diagnostic]) -> Self {
        let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        Self { errors, warnings: diagnostics.len() - errors }
    }
}

/// Where the page of a code can be read on the web: below the home page of the project, if it has one.
pub fn url(code: Code) -> Option<String> {
    let home = env!("CARGO_PKG_HOMEPAGE").trim_end_matches('/');
    (!home.is_empty()).then(|| format!("{home}/codes/{}", code.as_str()))
}

/// Those that are printed: all up to the last of [`ERRORS_SHOWN_MAX`] errors.
pub fn shown(diagnostics: &[Diagnostic]) -> &[Diagnostic] {
    let mut errors = diagnostics.iter().enumerate().filter(|(_, d)| d.severity == Severity::Error);
    match errors.nth(ERRORS_SHOWN_MAX) {
        Some((first_left_out, _)) => &diagnostics[..first_left_out],
        None => diagnostics,
    }
}

/// The word of a severity, as it is printed.
pub fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
