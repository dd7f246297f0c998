//! Diagnostics on the screen: drawn on one stream, counted on the other.

use std::io::IsTerminal;

use crate::base::source::Sources;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::diag::render::{Count, ERRORS_SHOWN_MAX, Look, human};
use crate::diag::{Code, Diagnostic, Severity};
use crate::plan::Plan;

/// Widest drawing, however wide the screen is: longer lines are hard to read.
const COLUMNS_MAX: usize = 120;

/// What drawings on standard output look like.
pub fn look_of_out(console: &Console) -> Look {
    look(console, std::io::stdout().is_terminal(), console.colours_out())
}

/// What drawings on standard error look like.
pub fn look_of_err(console: &Console) -> Look {
    look(console, std::io::stderr().is_terminal(), console.colours_err())
}

fn look(console: &Console, terminal: bool, colour: bool) -> Look {
    let usual = Look::default();
    let width = if terminal { usize::from(console.size().columns).min(COLUMNS_MAX) } else { usual.width };
    Look { width, colour, links: terminal && colour, unicode: console.unicode() }
}

/// Draws diagnostics on standard error: what a command does that was about something else than checking.
pub fn draw_on_err(sources: &Sources, diagnostics: &[Diagnostic], console: &Console) {
    console.err(&human::render(sources, diagnostics, &look_of_err(console)));
    if let Some(rest) = left_out(&[diagnostics]) {
        console.err(&rest);
    }
}

/// Refuses a plan that the engine cannot carry out, before anything of it starts.
///
/// # Errors
/// What cannot be carried out has been drawn; exit 1.
pub fn refuse_unsupported(plan: &Plan, console: &Console) -> Result<(), Problem> {
    let found = crate::engine::unsupported(plan);
    if found.is_empty() {
        let checked = crate::agents::check_registered(plan, &crate::agents::Registered::new());
        return checked.map_err(|error| Problem::refused(error.to_string()));
    }
    draw_on_err(&plan.sources(), &found, console);
    Err(Problem::said(Exit::No))
}

/// A line on what was counted and not drawn.
pub fn left_out(groups: &[&[Diagnostic]]) -> Option<String> {
    let errors: usize = groups.iter().map(|group| Count::of(group).errors.saturating_sub(ERRORS_SHOWN_MAX)).sum();
    (errors > 0).then(|| format!("{} not shown\n", counted(errors, "more error")))
}

/// The line that sums up: `6 errors, 1 warning in 1 file; more on one: wfc explain WF0301`.
pub fn summary(groups: &[&[Diagnostic]], files: usize) -> String {
    let all = || groups.iter().flat_map(|group| group.iter());
    let errors = all().filter(|d| d.severity == Severity::Error).count();
    let warnings = all().count() - errors;
    let files = counted(files, "file");
    let counts = match (errors, warnings) {
        (0, 0) => return format!("no problems in {files}\n"),
        (_, 0) => counted(errors, "error"),
        (0, _) => counted(warnings, "warning"),
        _ => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    };
    let worst = all().min_by_key(|d| (d.severity, obviousness(d.code))).map(|d| d.code.as_str()).unwrap_or_default();
    format!("{counts} in {files}; more on one: wfc explain {worst}\n")
}

/// Small for the families whose rules people look up first: the graph, labels, policies.
fn obviousness(code: Code) -> usize {
    const FAMILIES: [&str; 6] = ["WF03", "WF06", "WF04", "WF05", "WF02", "WF09"];
    FAMILIES.iter().position(|family| code.as_str().starts_with(family)).unwrap_or(FAMILIES.len())
}

/// `1 file`, `2 files`.
pub fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
