//! Diagnostics for programs: one JSON object. The form is public, so it has structs of its own.
//!
//! Offsets count bytes of the text (without a byte-order mark), lines and columns count from 1, columns count characters.

use serde::Serialize;

use super::{Count, severity_word, url};
use crate::base::source::{Place, Source, Sources};
use crate::base::span::Span;
use crate::diag::{Applicability, Diagnostic, Edit, Fix, Label};

/// Writes all diagnostics, each group with its sources, found in so many `files`, as one object with a line feed at its end.
pub fn render<'a>(groups: impl Iterator<Item = (&'a Sources, &'a [Diagnostic])>, files: usize) -> String {
    let mut report = ReportJson { diagnostics: Vec::new(), summary: SummaryJson { errors: 0, warnings: 0, files } };
    for (sources, diagnostics) in groups {
        let count = Count::of(diagnostics);
        report.summary.errors += count.errors;
        report.summary.warnings += count.warnings;
        report.diagnostics.extend(diagnostics.iter().map(|d| diagnostic_json(sources, d)));
    }
    let mut text = serde_json::to_string_pretty(&report).expect("plain data without maps has a JSON form");
    text.push('\n');
    text
}

/// Each diagnostic as an object, for reports that hold more than diagnostics.
pub fn values(sources: &Sources, diagnostics: &[Diagnostic]) -> Vec<serde_json::Value> {
    let value = |found| serde_json::to_value(diagnostic_json(sources, found));
    diagnostics.iter().map(|found| value(found).expect("plain data without maps has a JSON form")).collect()
}

#[derive(Serialize)]
struct ReportJson<'a> {
    diagnostics: Vec<DiagnosticJson<'a>>,
    summary: SummaryJson,
}

#[derive(Serialize)]
struct SummaryJson {
    errors: usize,
    warnings: usize,
    files: usize,
}

#[derive(Serialize)]
struct DiagnosticJson<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    file: &'a str,
    span: SpanJson,
    labels: Vec<LabelJson<'a>>,
    help: Option<&'a str>,
    notes: &'a [String],
    fixes: Vec<FixJson<'a>>,
    url: Option<String>,
}

#[derive(Serialize)]
struct SpanJson {
    start: PlaceJson,
    end: PlaceJson,
}

#[derive(Serialize)]
struct PlaceJson {
    offset: u32,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct LabelJson<'a> {
    message: &'a str,
    file: &'a str,
    span: SpanJson,
}

#[derive(Serialize)]
struct FixJson<'a> {
    title: &'a str,
    applicability: &'static str,
    edits: Vec<EditJson<'a>>,
}

#[derive(Serialize)]
struct EditJson<'a> {
    file: &'a str,
    span: SpanJson,
    text: &'a str,
}

fn diagnostic_json<'a>(sources: &'a Sources, diagnostic: &'a Diagnostic) -> DiagnosticJson<'a> {
    let primary = (!diagnostic.primary.message.is_empty()).then_some(&diagnostic.primary);
    DiagnosticJson {
        code: diagnostic.code.as_str(),
        severity: severity_word(diagnostic.severity),
        message: &diagnostic.message,
        file: path(sources, diagnostic.primary.span),
        span: span_json(sources, diagnostic.primary.span),
        labels: primary.into_iter().chain(&diagnostic.related).map(|label| label_json(sources, label)).collect(),
        help: diagnostic.help.as_deref(),
        notes: &diagnostic.notes,
        fixes: diagnostic.fix.iter().map(|fix| fix_json(sources, fix)).collect(),
        url: url(diagnostic.code),
    }
}

fn label_json<'a>(sources: &'a Sources, label: &'a Label) -> LabelJson<'a> {
    LabelJson { message: &label.message, file: path(sources, label.span), span: span_json(sources, label.span) }
}

fn fix_json<'a>(sources: &'a Sources, fix: &'a Fix) -> FixJson<'a> {
    let applicability = match fix.applicability {
        Applicability::Safe => "safe",
        Applicability::Suggested => "suggested",
    };
    FixJson { title: &fix.title, applicability, edits: fix.edits.iter().map(|e| edit_json(sources, e)).collect() }
}

fn edit_json<'a>(sources: &'a Sources, edit: &'a Edit) -> EditJson<'a> {
    EditJson { file: path(sources, edit.span), span: span_json(sources, edit.span), text: &edit.text }
}

fn path(sources: &Sources, span: Span) -> &str {
    &sources.get(span.file).path
}

fn span_json(sources: &Sources, span: Span) -> SpanJson {
    let source = sources.get(span.file);
    SpanJson { start: place_json(source, span.start), end: place_json(source, span.end) }
}

fn place_json(source: &Source, offset: u32) -> PlaceJson {
    let Place { line, column } = source.place(offset);
    PlaceJson { offset, line, column }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    #[test]
    fn offsets_count_bytes_and_columns_characters() {
        let mut sources = Sources::default();
        let file = sources.add("a.wf", "// é\nlet ü = 日x\n");
        let at = sources.get(file).text.find('x').and_then(|at| u32::try_from(at).ok()).expect("it is there");
        let span = Span::new(file, at, at + 1);
        let diagnostic = Diagnostic::new(Code::WF0102, span, "wrong").fix_safe("mend", span, "y");
        let text = render([(&sources, [diagnostic].as_slice())].into_iter(), 1);
        let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let place = &value["diagnostics"][0]["fixes"][0]["edits"][0]["span"]["start"];
        assert_eq!(place, &serde_json::json!({ "offset": 18, "line": 2, "column": 10 }));
        assert_eq!(value["summary"], serde_json::json!({ "errors": 1, "warnings": 0, "files": 1 }));
    }
}
