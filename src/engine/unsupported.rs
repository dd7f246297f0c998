//! What a plan asks for that this engine cannot carry out yet: refused by name, before anything starts.

mod agents;

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::plan::Plan;

/// One problem for each place that names something that is not carried out yet, in the order of the sources. A plan without any can
/// be run.
pub fn unsupported(plan: &Plan) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    agents::check(plan, &mut found);
    found.sort_by_key(|problem| problem.primary.span);
    found
}

fn not_yet(what: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0090, at, format!("`{what}` is not carried out yet"))
        .label("nothing was started")
        .help("`wfc check` and `wfc graph` understand it; this version cannot run it")
}
