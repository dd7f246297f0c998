//! Leaves out what is only said because something else did not parse: that is told where it stands.
//!
//! What did not parse may have declared whatever is named beside it. Only the text knows: these rules go by its lines, words
//! and indentation, and only in programs with something that does not parse.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use crate::base::source::{Source, Sources};
use crate::base::span::{FileId, Span};
use crate::diag::{Code, Diagnostic, Severity};
use crate::value::builtin::Builtin;

/// What was found, without echoes.
pub(super) fn without(found: Vec<Diagnostic>, sources: &Sources) -> Vec<Diagnostic> {
    let alike: BTreeSet<Span> =
        found.iter().filter(|d| matches!(d.code, Code::WF0101 | Code::WF0130)).map(|d| d.primary.span).collect();
    let faults = Faults::of(&found, sources);
    // The spelling of a name that is taken for another anyway.
    let twice = |d: &Diagnostic| d.code == Code::WF0112 && alike.contains(&d.primary.span);
    found.into_iter().filter(|d| !twice(d) && !faults.explain(d, sources)).collect()
}

/// So many places are looked at: each costs a look at its item.
const FAULTS_MAX: usize = 100;

/// Shorter names begin and end too many others.
const GLUED_MIN: usize = 3;

/// What could not be read, and what it may have been.
#[derive(Default)]
struct Faults<'a> {
    files: BTreeMap<FileId, Vec<Fault>>,
    /// Names on the lines of faults: what they stand for may not be what the checker was given.
    doubtful: BTreeSet<&'a str>,
    /// The same, written backwards.
    turned: BTreeSet<String>,
    /// Names of what lost a part.
    incomplete: BTreeSet<&'a str>,
    /// Names of what may have other parameters than the checker was given.
    called: BTreeSet<&'a str>,
    /// Something that all of the program can see has lost its name.
    nameless: bool,
}

/// One place that could not be read.
struct Fault {
    lines: RangeInclusive<u32>,
    /// The item around it.
    item: RangeInclusive<u32>,
    /// Any name that is not known in the item may be declared here.
    declares: bool,
    /// Nobody knows where it ends.
    open: bool,
}

impl<'a> Faults<'a> {
    fn of(found: &[Diagnostic], sources: &'a Sources) -> Self {
        let mut faults = Self::default();
        let unread = |d: &&Diagnostic| d.severity == Severity::Error && d.code < Code::WF0090;
        for problem in found.iter().filter(unread).take(FAULTS_MAX) {
            for label in [&problem.primary].into_iter().chain(&problem.related) {
                faults.add(problem, label.span, sources.get(label.span.file));
            }
        }
        faults.turned = faults.doubtful.iter().map(|name| reversed(name)).collect();
        if !faults.called.is_empty() {
            sources.iter().for_each(|(_, source)| faults.spread(source));
        }
        faults
    }

    fn add(&mut self, problem: &Diagnostic, span: Span, source: &'a Source) {
        let lines = lines_of(source, span);
        let item = item_around(source, *lines.start());
        let first = source.line(*item.start());
        // An import may stand on several lines, and has nothing but names.
        let lines = if first.starts_with("import") { item.clone() } else { lines };
        let unread = problem.code <= Code::WF0003;
        let open = matches!(problem.code, Code::WF0002 | Code::WF0003);
        let head = unread && *lines.start() <= head_end(source, *item.start());
        let unnamed = problem.code == Code::WF0001 && problem.message.contains("a name");
        lines.clone().for_each(|line| self.doubtful.extend(words(source.line(line))));
        let around = declared_around(source, *lines.start(), *item.start());
        self.doubtful.extend(&around);
        let name = declared(first);
        self.incomplete.extend(name);
        if head || first.starts_with("interface") {
            self.called.extend(name);
            self.called.extend(words(first).next());
        }
        let body = first.starts_with("workflow");
        if unread && !body {
            self.called.extend(around.iter().chain(&declared(source.line(*lines.start()))));
        }
        // Of a type without a name the checker knows more.
        self.nameless |= unnamed && (head || !body) && !first.starts_with("type");
        self.files.entry(span.file).or_default().push(Fault { lines, item, declares: head || unnamed, open });
    }

    /// What is declared with the help of something doubtful is doubtful: an agent whose interface could not be read.
    fn spread(&mut self, source: &'a Source) {
        for line in source.text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic())) {
            if words(line).any(|name| self.called.contains(name)) {
                self.called.extend(declared(line));
            }
        }
    }

    /// Whether something is said because of what could not be read.
    fn explain(&self, problem: &Diagnostic, sources: &Sources) -> bool {
        if self.files.is_empty() || problem.code < Code::WF0090 || problem.code >= Code::WF0801 {
            return false;
        }
        let source = sources.get(problem.primary.span.file);
        let here = self.files.get(&problem.primary.span.file).map_or(&[][..], Vec::as_slice);
        // Its use may stand in what could not be read.
        if matches!(problem.code, Code::WF0113 | Code::WF0303) {
            return !here.is_empty();
        }
        let line = source.place(problem.primary.span.start).line;
        let (unknown, text) = (is_unknown(problem.code), source.line(line));
        let mut names = quoted(&problem.message)
            .chain(words(line_under(source, problem.primary.span)))
            .chain(owner(source, problem.primary.span));
        (unknown && self.nameless)
            || here.iter().any(|fault| fault.explains(line, unknown, problem.code))
            || names.any(|name| self.doubtful.contains(name) || (unknown && self.glued(name)))
            || (lacks_a_part(problem.code) && quoted(&problem.message).any(|name| self.incomplete.contains(name)))
            || quoted(&problem.message).any(|name| self.called.contains(name))
            || (!is_misspelled(problem) && calls(text).any(|name| self.called.contains(name)))
    }

    /// Whether a name is the beginning or end of a doubtful one: what stood between two names may be missing.
    fn glued(&self, name: &str) -> bool {
        let begins = self.doubtful.range(name..).next().is_some_and(|word| word.starts_with(name));
        let turned = reversed(name);
        let ends = self.turned.range(turned.clone()..).next().is_some_and(|word| word.starts_with(&turned));
        name.len() >= GLUED_MIN && (begins || ends)
    }
}

impl Fault {
    /// Whether it is the cause of something that is said of a line: `unknown` says that a name is not known there.
    fn explains(&self, line: u32, unknown: bool, code: Code) -> bool {
        let after = self.open && line >= *self.lines.start();
        let settings = (Code::WF0501..Code::WF0601).contains(&code);
        let inside = after || settings || (self.declares && unknown);
        self.lines.contains(&line) || (inside && self.item.contains(&line))
    }
}

/// That nothing of a name is known.
fn is_unknown(code: Code) -> bool {
    (Code::WF0102..=Code::WF0108).contains(&code) || matches!(code, Code::WF0114 | Code::WF0116 | Code::WF0209)
}

/// That nothing at all has a name: it cannot be the fault of what it is given to.
fn is_misspelled(problem: &Diagnostic) -> bool {
    problem.code == Code::WF0102 && problem.primary.message == "unknown name"
}

/// That something has no part of a name, or not as many as wanted.
fn lacks_a_part(code: Code) -> bool {
    let labels = (Code::WF0601..Code::WF0701).contains(&code);
    let parts = (Code::WF0104..=Code::WF0106).contains(&code);
    labels || parts || matches!(code, Code::WF0205 | Code::WF0209 | Code::WF0215)
}

/// The lines under a place, with the block that begins there. At the end of a line, what is missing may have stood on the next.
fn lines_of(source: &Source, span: Span) -> RangeInclusive<u32> {
    let under = source.text.get(span.range()).unwrap_or_default().trim_end();
    let end = span.start + u32::try_from(under.len()).unwrap_or_default();
    let (first, last) = (source.place(span.start), source.place(end));
    let at_end = span.start == span.end && source.line(first.line).chars().count() < first.column as usize;
    let next = (first.line + 1..=source.line_count()).find(|line| !source.line(*line).trim().is_empty());
    let last = next.filter(|_| at_end).unwrap_or(last.line.max(first.line));
    first.line..=block_end(source, last)
}

/// The last line of the block that opens at the end of a line; the line itself if none does, or if it begins an item.
fn block_end(source: &Source, line: u32) -> u32 {
    let text = source.line(line);
    if !text.trim_end().ends_with('{') || text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return line;
    }
    let deeper = |next: &u32| source.line(*next).trim().is_empty() || indent_of(source.line(*next)) > indent_of(text);
    (line + 1..=source.line_count()).take_while(deeper).last().unwrap_or(line)
}

/// The lines of the item around a line: from one that is not indented to before the next.
pub(super) fn item_around(source: &Source, line: u32) -> RangeInclusive<u32> {
    let begins = |line: &u32| source.line(*line).starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '{');
    let first = (1..=line).rev().find(begins).unwrap_or(1);
    let next = (line + 1..=source.line_count()).find(begins).unwrap_or(source.line_count() + 1);
    first..=next - 1
}

/// The last line of the head of an item: where its first block opens.
fn head_end(source: &Source, first: u32) -> u32 {
    (first..=source.line_count()).find(|line| source.line(*line).trim_end().ends_with('{')).unwrap_or(first)
}

/// The names of what stands around a line in its item: lines before it that are indented less, each less than the one before.
fn declared_around(source: &Source, line: u32, item: u32) -> Vec<&str> {
    let mut names = Vec::new();
    let mut indent = indent_of(source.line(line));
    for before in (item + 1..line).rev().map(|before| source.line(before)).filter(|line| !line.trim().is_empty()) {
        if indent_of(before) < indent {
            indent = indent_of(before);
            names.extend(declared(before));
        }
    }
    names
}

fn reversed(name: &str) -> String {
    name.chars().rev().collect()
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// What a line declares: the name after its first word.
fn declared(line: &str) -> Option<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let rest = line.trim_start().trim_start_matches(is_word).trim_start();
    let name = rest.split(|c: char| !is_word(c)).next()?;
    (!name.is_empty()).then_some(name)
}

/// The names on a line that something is given to.
fn calls(line: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let called = move |(at, _): (usize, &str)| line[..at].rsplit(move |c: char| !is_word(c)).next();
    line.match_indices('(').filter_map(called).flat_map(words)
}

/// The text under the first line of a span.
fn line_under(source: &Source, span: Span) -> &str {
    source.text.get(span.range()).and_then(|text| text.lines().next()).unwrap_or_default()
}

/// The name of which a place is a field.
fn owner(source: &Source, span: Span) -> Option<&str> {
    let before = source.text.get(..span.start as usize)?.strip_suffix('.')?;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    before.rsplit(|c| !word(c)).next().and_then(|name| words(name).next())
}

/// What stands in back-quotes.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2).flat_map(words)
}

/// Names, words of the language that everybody uses left out.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let between = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let name = |word: &&str| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && !is_common(word);
    text.split(between).filter(name)
}

/// Words that say nothing of where a message comes from.
fn is_common(word: &str) -> bool {
    const WORDS: [&str; 30] = [
        "string",
        "int",
        "float",
        "bool",
        "duration",
        "money",
        "tokens",
        "size",
        "file",
        "json",
        "null",
        "list",
        "map",
        "true",
        "false",
        "let",
        "stage",
        "when",
        "if",
        "then",
        "else",
        "for",
        "in",
        "as",
        "return",
        "match",
        "fail",
        "finally",
        "untrusted",
        "unknown",
    ];
    WORDS.contains(&word) || Builtin::names().any(|name| name == word)
}
