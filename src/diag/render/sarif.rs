//! Diagnostics for code-scanning hosts: one SARIF 2.1.0 log with one run.
//!
//! Columns count characters, which the log says itself (`columnKind`), as it says that a lone `\r` ends a line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::url;
use crate::base::source::{Place, Sources};
use crate::base::span::{FileId, Span};
use crate::diag::{Code, Diagnostic, Edit, Fix, Label, Severity};

/// What the log says beside its results.
pub struct Log<'a> {
    /// How a file is called, given its path as people see it: relative to the root of the repository.
    pub file_name: &'a dyn Fn(&str) -> String,
    /// Whether every file could be read.
    pub complete: bool,
    /// The name of the project, if there is one and it has one.
    pub project: Option<&'a str>,
}

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes all diagnostics, each group with its sources, as one log with a line feed at its end.
pub fn render<'a>(groups: impl Iterator<Item = (&'a Sources, &'a [Diagnostic])>, log: &Log<'_>) -> String {
    let groups: Vec<_> = groups.collect();
    let used: BTreeSet<Code> = groups.iter().flat_map(|(_, found)| found.iter().map(|one| one.code)).collect();
    let rules: Vec<Code> = used.into_iter().collect();
    let mut results = Results { log, rules: &rules, seen: BTreeMap::new(), list: Vec::new() };
    for (sources, diagnostics) in &groups {
        diagnostics.iter().for_each(|diagnostic| results.add(sources, diagnostic));
    }
    let results = results.list;
    let mut run = json!({
        "tool": { "driver": driver(&rules) },
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "invocations": [{ "executionSuccessful": log.complete }],
        "results": results,
    });
    if let Some(project) = log.project {
        run["automationDetails"] = json!({ "id": format!("wfc/{project}") });
    }
    let report = json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] });
    serde_json::to_string_pretty(&report).expect("plain data has a JSON form") + "\n"
}

fn driver(rules: &[Code]) -> Json {
    let version = env!("CARGO_PKG_VERSION");
    let mut driver = json!({
        "name": "wfc",
        "version": version,
        "semanticVersion": version,
        "rules": rules.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
    });
    let home = env!("CARGO_PKG_HOMEPAGE");
    if !home.is_empty() {
        driver["informationUri"] = json!(home);
    }
    driver
}

/// A code as a rule: hosts show its page beside each result.
fn rule(code: Code) -> Json {
    let title = code.title().replace('`', "");
    let prose = code.page().split("\n\n").nth(1).unwrap_or_default().replace('\n', " ");
    let page = untagged(code.page());
    let mut rule = json!({
        "id": code.as_str(),
        "shortDescription": { "text": title },
        "fullDescription": { "text": prose },
        "help": { "text": page, "markdown": page },
        "defaultConfiguration": { "level": level(code.severity()) },
        "properties": { "tags": [family(code)], "precision": "very-high", "problem.severity": level(code.severity()) },
    });
    if let Some(url) = url(code) {
        rule["helpUri"] = json!(url);
    }
    rule
}

/// A page without the tags of its blocks: words say what they are.
fn untagged(page: &str) -> String {
    page.replace("```wf,emits", "Wrong:\n\n```wf").replace("```wf,clean", "Right:\n\n```wf")
}

fn family(code: Code) -> &'static str {
    match &code.as_str()[2..4] {
        "00" => "syntax",
        "01" => "names",
        "02" => "types",
        "03" => "graph",
        "04" => "policies",
        "05" => "agents",
        "06" => "security",
        "07" => "tests",
        "08" => "runs",
        _ => "files",
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

struct Results<'a> {
    log: &'a Log<'a>,
    rules: &'a [Code],
    /// How many results have had the same fingerprint.
    seen: BTreeMap<String, usize>,
    list: Vec<Json>,
}

impl Results<'_> {
    fn add(&mut self, sources: &Sources, diagnostic: &Diagnostic) {
        let file = |span: Span| self.artifact(sources, span.file);
        let at = |label: &Label| location(sources, label, &file);
        let mut result = json!({
            "ruleId": diagnostic.code.as_str(),
            "ruleIndex": self.rules.binary_search(&diagnostic.code).unwrap_or_default(),
            "level": level(diagnostic.severity),
            "message": { "text": words(diagnostic) },
            "locations": [at(&diagnostic.primary)],
        });
        if !diagnostic.related.is_empty() {
            let related = diagnostic.related.iter().zip(1..).map(|(label, id)| {
                let mut place = at(label);
                place["id"] = json!(id);
                place
            });
            result["relatedLocations"] = related.collect();
        }
        if is_path(diagnostic) {
            let steps = std::iter::once(&diagnostic.primary).chain(&diagnostic.related);
            let steps: Vec<Json> = steps.map(|label| json!({ "location": at(label) })).collect();
            result["codeFlows"] = json!([{ "threadFlows": [{ "locations": steps }] }]);
        }
        if let Some(fix) = &diagnostic.fix {
            result["fixes"] = json!([fix_json(sources, fix, &file)]);
        }
        let print = fingerprint(sources, diagnostic, &file(diagnostic.primary.span));
        let again = self.seen.entry(print.clone()).or_default();
        *again += 1;
        result["partialFingerprints"] = json!({ "wfcLine/v1": format!("{print}:{again}") });
        self.list.push(result);
    }

    fn artifact(&self, sources: &Sources, file: FileId) -> Json {
        match (self.log.file_name)(&sources.get(file).path) {
            absolute if absolute.starts_with('/') => json!({ "uri": format!("file://{}", encoded(&absolute)) }),
            relative => json!({ "uri": encoded(&relative), "uriBaseId": "%SRCROOT%" }),
        }
    }
}

/// The message, what is said at its place, and what to do, a line each.
fn words(diagnostic: &Diagnostic) -> String {
    let label = Some(&diagnostic.primary.message).filter(|label| !label.is_empty());
    let first = label.map_or(diagnostic.message.clone(), |label| format!("{}: {label}", diagnostic.message));
    let help = diagnostic.help.iter().map(|help| format!("\nhelp: {help}"));
    help.chain(diagnostic.notes.iter().map(|note| format!("\n{note}"))).fold(first, |text, line| text + &line)
}

/// A circle, whose labels are numbered: hosts walk through it.
fn is_path(diagnostic: &Diagnostic) -> bool {
    diagnostic.primary.message.starts_with("1. ") && !diagnostic.related.is_empty()
}

fn location(sources: &Sources, label: &Label, file: &dyn Fn(Span) -> Json) -> Json {
    let mut location = json!({
        "physicalLocation": { "artifactLocation": file(label.span), "region": region(sources, label.span) },
    });
    if !label.message.is_empty() {
        location["message"] = json!({ "text": label.message });
    }
    location
}

fn region(sources: &Sources, span: Span) -> Json {
    let source = sources.get(span.file);
    let (start, end): (Place, Place) = (source.place(span.start), source.place(span.end));
    json!({ "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column })
}

/// The edits of a fix, by file.
fn fix_json(sources: &Sources, fix: &Fix, file: &dyn Fn(Span) -> Json) -> Json {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in &fix.edits {
        by_file.entry(edit.span.file).or_default().push(edit);
    }
    let changes = by_file.into_values().map(|edits| {
        let replacements = edits.iter().map(
            |edit| json!({ "deletedRegion": region(sources, edit.span), "insertedContent": { "text": edit.text } }),
        );
        json!({ "artifactLocation": file(edits[0].span), "replacements": replacements.collect::<Vec<_>>() })
    });
    json!({ "description": { "text": fix.title }, "artifactChanges": changes.collect::<Vec<_>>() })
}

/// The same for the same line of the same file, wherever in the file it stands.
fn fingerprint(sources: &Sources, diagnostic: &Diagnostic, file: &Json) -> String {
    let source = sources.get(diagnostic.primary.span.file);
    let line = source.line(source.place(diagnostic.primary.span.start).line).trim();
    let text = [diagnostic.code.as_str(), file["uri"].as_str().unwrap_or_default(), line].join("\n");
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

/// A path as part of a URI: all but letters, digits, `-._~` and `/` is percent-encoded.
fn encoded(path: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    path.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(path: &str, text: &str, found: impl Fn(FileId) -> Diagnostic) -> Json {
        let mut sources = Sources::default();
        let diagnostics = [found(sources.add(path, text))];
        let log = Log { file_name: &str::to_owned, complete: true, project: None };
        let text = render([(&sources, &diagnostics[..])].into_iter(), &log);
        serde_json::from_str(&text).expect("it is JSON")
    }

    #[test]
    fn columns_count_characters_and_the_log_says_so() {
        let log =
            log("a b/é.wf", "let é = 😀x", |file| Diagnostic::new(Code::WF0102, Span::new(file, 13, 14), "no x"));
        let run = &log["runs"][0];
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        let place = &run["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b/%C3%A9.wf");
        assert_eq!(place["region"], json!({ "startLine": 1, "startColumn": 10, "endLine": 1, "endColumn": 11 }));
    }

    #[test]
    fn a_circle_is_a_flow_and_a_fix_a_replacement() {
        let log = log("a.wf", "abc", |file| {
            let at = |n| Span::new(file, n, n + 1);
            Diagnostic::new(Code::WF0301, at(0), "round").label("1. a waits").related(at(1), "2. b waits").fix_safe(
                "cut",
                at(2),
                "",
            )
        });
        let result = &log["runs"][0]["results"][0];
        let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().expect("steps");
        assert_eq!(steps.len(), 2);
        assert_eq!(steps[1]["location"]["message"]["text"], "2. b waits");
        let replacement = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
        assert_eq!(
            (&replacement["deletedRegion"]["startColumn"], &replacement["insertedContent"]["text"]),
            (&json!(3), &json!(""))
        );
    }
}
