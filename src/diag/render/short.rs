//! One line a diagnostic: `ship.wf:16:30: error[WF0102]: …`, as compilers have always written it for other programs.

use std::fmt::Write;

use super::{Diagnostic, severity_word, shown};
use crate::base::source::Sources;
use crate::base::text::escape;

/// Draws all of `diagnostics` that are shown.
pub fn render(sources: &Sources, diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in shown(diagnostics) {
        let span = diagnostic.primary.span;
        let source = sources.get(span.file);
        let place = source.place(span.start);
        let _infallible = writeln!(
            out,
            "{}:{}:{}: {}[{}]: {}",
            escape(&source.path),
            place.line,
            place.column,
            severity_word(diagnostic.severity),
            diagnostic.code.as_str(),
            escape(&diagnostic.message),
        );
    }
    out
}
