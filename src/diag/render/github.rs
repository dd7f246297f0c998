//! Diagnostics as commands of GitHub Actions: each becomes a note beside its line.
//!
//! A host shows [`SHOWN_MAX`] errors and as many warnings of a step: the worst come first, and the rest goes into the summary.

use std::fmt::Write;

use super::{Diagnostic, Severity, severity_word};
use crate::base::source::Sources;
use crate::base::text::escape;

/// How many notes of each severity a step may show.
pub const SHOWN_MAX: usize = 10;

/// A diagnostic with the sources that its places lie in.
type Found<'a> = (&'a Sources, &'a Diagnostic);

/// Writes all diagnostics as commands, errors first. `file_name` says how a file is called, given its path as people see it:
/// relative to the root of the repository.
pub fn render<'a>(
    groups: impl Iterator<Item = (&'a Sources, &'a [Diagnostic])>,
    file_name: &dyn Fn(&str) -> String,
) -> String {
    worst_first(groups).into_iter().map(|(sources, diagnostic)| command(sources, diagnostic, file_name)).collect()
}

/// What a step does not show, as Markdown for its summary; `None` where it shows all.
pub fn summary<'a>(
    groups: impl Iterator<Item = (&'a Sources, &'a [Diagnostic])>,
    file_name: &dyn Fn(&str) -> String,
) -> Option<String> {
    let (errors, warnings): (Vec<Found<'_>>, Vec<Found<'_>>) =
        worst_first(groups).into_iter().partition(|(_, one)| one.severity == Severity::Error);
    let rest: Vec<&Found<'_>> = errors.iter().skip(SHOWN_MAX).chain(warnings.iter().skip(SHOWN_MAX)).collect();
    let first = rest.first()?.1.code.as_str();
    let mut out = format!(
        "### wfc check\n\n{} more, which are no notes of this step (more on one: `wfc explain {first}`):\n\n",
        rest.len()
    );
    for (sources, diagnostic) in rest {
        let place = sources.get(diagnostic.primary.span.file).place(diagnostic.primary.span.start);
        let path = file_name(&sources.get(diagnostic.primary.span.file).path);
        let _infallible = writeln!(
            out,
            "- `{}:{}:{}` {} {}: {}",
            escape(&path),
            place.line,
            place.column,
            severity_word(diagnostic.severity),
            diagnostic.code.as_str(),
            escape(&diagnostic.message)
        );
    }
    Some(out)
}

fn worst_first<'a>(groups: impl Iterator<Item = (&'a Sources, &'a [Diagnostic])>) -> Vec<Found<'a>> {
    let mut all: Vec<Found<'a>> =
        groups.flat_map(|(sources, found)| found.iter().map(move |one| (sources, one))).collect();
    all.sort_by_key(|(_, diagnostic)| diagnostic.severity);
    all
}

fn command(sources: &Sources, diagnostic: &Diagnostic, file_name: &dyn Fn(&str) -> String) -> String {
    let span = diagnostic.primary.span;
    let source = sources.get(span.file);
    let (start, end) = (source.place(span.start), source.place(span.end));
    let mut properties =
        format!("file={},line={},col={}", property(&escape(&file_name(&source.path))), start.line, start.column);
    // A host knows columns of an end on the same line only.
    if end.line == start.line && end.column > start.column {
        let _infallible = write!(properties, ",endLine={},endColumn={}", end.line, end.column);
    }
    let _infallible = write!(properties, ",title={}", diagnostic.code.as_str());
    let mut text = escape(&diagnostic.message);
    let more = diagnostic.help.iter().map(|help| format!("help: {help}")).chain(diagnostic.notes.iter().cloned());
    for line in more {
        text.push('\n');
        text.push_str(&escape(&line));
    }
    format!("::{} {properties}::{}\n", severity_word(diagnostic.severity), data(&text))
}

/// What follows `::` ends with its line, and `%` begins an escape.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Between properties stands `,`, and `::` ends them.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::Span;
    use crate::diag::Code;

    #[test]
    fn nothing_in_a_name_or_a_message_ends_the_command() {
        let mut sources = Sources::default();
        let file = sources.add("a,b:c%\n.wf", "x\ny");
        let at = |start, end| Span::new(file, start, end);
        let found = [
            Diagnostic::new(Code::WF0303, at(0, 3), "100% :: unused\u{1b}[2J"),
            Diagnostic::new(Code::WF0102, at(2, 3), "no `y`").help("did you mean `x`?"),
        ];
        let text = render([(&sources, &found[..])].into_iter(), &str::to_owned);
        insta::assert_snapshot!(text, @r"
        ::error file=a%2Cb%3Ac%25\n.wf,line=2,col=1,endLine=2,endColumn=2,title=WF0102::no `y`%0Ahelp: did you mean `x`?
        ::warning file=a%2Cb%3Ac%25\n.wf,line=1,col=1,title=WF0303::100%25 :: unused\u{1b}[2J
        ");
        assert_eq!(summary([(&sources, &found[..])].into_iter(), &str::to_owned), None);
    }

    #[test]
    fn what_a_step_does_not_show_goes_into_its_summary() {
        let mut sources = Sources::default();
        let file = sources.add("a.wf", "x");
        let found = vec![Diagnostic::new(Code::WF0102, Span::start_of(file), "no `x`"); SHOWN_MAX + 2];
        let summary =
            summary([(&sources, &found[..])].into_iter(), &|path| format!("sub/{path}")).expect("there is more");
        assert_eq!(summary.lines().filter(|line| *line == "- `sub/a.wf:1:1` error WF0102: no `x`").count(), 2);
    }
}
