//! `// allow(unused_stage): why`: a comment that silences a lint at what stands below it, or on its own line after code.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::errors;
use crate::base::source::{Source, Sources};
use crate::base::span::{FileId, Span};
use crate::diag::lint::{self, Named};
use crate::diag::{Code, Diagnostic, Severity};
use crate::sema::Module;
use crate::syntax::ast;
use crate::syntax::outline;

/// Leaves out what comments silence, and adds what is wrong with those comments. `found` is in order of places.
pub fn silence(found: Vec<Diagnostic>, modules: &[Module], sources: &Sources) -> Vec<Diagnostic> {
    let mut added = Vec::new();
    let mut allows: BTreeMap<FileId, Vec<Allow>> = BTreeMap::new();
    for module in modules {
        let of_file = read_file(sources.get(module.file), module, &mut added);
        if !of_file.is_empty() {
            allows.insert(module.file, of_file);
        }
    }
    if allows.is_empty() && added.is_empty() {
        return found;
    }
    let mut kept = not_silenced(found, &mut allows);
    let errors = kept.iter().chain(&added).filter(|one| one.severity == Severity::Error);
    let broken: BTreeSet<FileId> = errors.map(|one| one.primary.span.file).collect();
    for (file, allow) in allows.iter().flat_map(|(file, list)| list.iter().map(move |allow| (file, allow))) {
        if allow.names.iter().all(|name| name.used) {
            added.extend((!allow.has_reason).then(|| errors::allow_without_reason(allow.comment)));
        } else if !broken.contains(file) {
            // In a file with errors not all is found that would be found without them.
            added.extend(unused(sources.get(*file), allow));
        }
    }
    kept.extend(added);
    kept.sort_by_key(|d| (d.primary.span.file, d.primary.span.start, d.primary.span.end, d.code));
    kept
}

/// Whether there is a comment of the form in a file: then its tree is looked at.
pub fn speaks(module: &Module, sources: &Sources) -> bool {
    let text = &sources.get(module.file).text;
    module.ast.comments.iter().any(|comment| Form::of(&text[comment.span.range()]).is_some())
}

/// One comment of the form.
struct Allow {
    comment: Span,
    names: Vec<AllowName>,
    has_reason: bool,
    /// What it speaks of, in bytes of its file.
    covers: Range<u32>,
}

struct AllowName {
    lint: Code,
    span: Span,
    used: bool,
}

/// Goes through a file once, with the names that cover the place where it is: the innermost silences.
fn not_silenced(found: Vec<Diagnostic>, allows: &mut BTreeMap<FileId, Vec<Allow>>) -> Vec<Diagnostic> {
    let mut kept = Vec::new();
    let mut file = None;
    let mut open: BTreeMap<Code, Vec<(usize, usize)>> = BTreeMap::new();
    let mut next = 0;
    for diagnostic in found {
        let at = diagnostic.primary.span;
        if file.replace(at.file) != Some(at.file) {
            (next, open) = (0, BTreeMap::new());
        }
        let Some(list) = allows.get_mut(&at.file) else {
            kept.push(diagnostic);
            continue;
        };
        while list.get(next).is_some_and(|allow| allow.covers.start <= at.start) {
            let names = list[next].names.iter().enumerate();
            names.for_each(|(name, one)| open.entry(one.lint).or_default().push((next, name)));
            next += 1;
        }
        let stack = open.entry(diagnostic.code).or_default();
        while stack.last().is_some_and(|(allow, _)| list[*allow].covers.end <= at.start) {
            stack.pop();
        }
        match stack.last() {
            Some(&(allow, name)) => list[allow].names[name].used = true,
            None => kept.push(diagnostic),
        }
    }
    kept
}

/// The comments of the form in a file, in the order in which what they cover begins.
fn read_file(source: &Source, module: &Module, added: &mut Vec<Diagnostic>) -> Vec<Allow> {
    let mut allows = Vec::new();
    let mut places: Option<Vec<Span>> = None;
    // The next code after the comment that comes after this one.
    let mut following = (source.text.len(), source.text.len());
    for comment in module.ast.comments.iter().rev() {
        let after = comment.span.end as usize + blank(&source.text[comment.span.end as usize..]);
        let code = if after == following.0 { following.1 } else { after };
        following = (comment.span.start as usize, code);
        let Some(form) = Form::of(&source.text[comment.span.range()]).filter(|_| !comment.doc) else { continue };
        let Some((inside, rest)) = form.parts else {
            added.push(errors::bad_allow(comment.span));
            continue;
        };
        let covers = match before_on_line(source, comment.span.start).trim() {
            "" => below(source, comment.span.end, code, places.get_or_insert_with(|| sorted_places(&module.ast))),
            _ => line_of(source, comment.span.start),
        };
        let names = names(comment.span, form.begin, inside, added);
        let reason = rest.trim_start().strip_prefix(':').unwrap_or_default();
        allows.push(Allow { comment: comment.span, names, has_reason: reason.contains(char::is_alphanumeric), covers });
    }
    allows.sort_by_key(|allow| (allow.covers.start, allow.comment.start));
    allows
}

/// The text of a comment that begins like one of ours.
struct Form<'a> {
    /// Where the names begin, in bytes of the comment.
    begin: usize,
    /// What stands in the parentheses and after them; `None` where they are not closed or empty.
    parts: Option<(&'a str, &'a str)>,
}

impl<'a> Form<'a> {
    fn of(comment: &'a str) -> Option<Self> {
        let inner = comment.strip_prefix("//")?;
        let names = inner.trim_start().strip_prefix("allow(")?;
        let parts = names.split_once(')').filter(|(inside, _)| !inside.trim().is_empty());
        Some(Self { begin: comment.len() - names.len(), parts })
    }
}

fn names(comment: Span, begin: usize, inside: &str, added: &mut Vec<Diagnostic>) -> Vec<AllowName> {
    let mut names = Vec::new();
    let mut at = comment.start as usize + begin;
    for part in inside.split(',') {
        let word = part.trim();
        let start = at + (part.len() - part.trim_start().len());
        let span = Span::new(comment.file, offset(start), offset(start + word.len()));
        match lint::named(word) {
            Named::Lint(lint) => names.push(AllowName { lint, span, used: false }),
            Named::Error(code) => added.push(errors::allow_of_error(code, span)),
            Named::Nothing if word.is_empty() => added.push(errors::bad_allow(comment)),
            Named::Nothing => added.push(errors::allow_of_nothing(word, span)),
        }
        at += part.len() + ",".len();
    }
    names
}

fn sorted_places(file: &ast::File) -> Vec<Span> {
    let mut places = outline::places(file);
    places.sort_by_key(|place| (place.start, place.end));
    places
}

/// The widest place that begins at `code`, the first after a comment that ends at `begin`; else the line of that code.
fn below(source: &Source, begin: u32, code: usize, places: &[Span]) -> Range<u32> {
    // A place may begin with its documentation.
    let first = places.partition_point(|place| place.start < begin);
    let starts = places[first..].iter().take_while(|place| place.start as usize <= code);
    match starts.map(|place| place.end).max() {
        Some(end) => begin..end,
        None => line_of(source, offset(code)),
    }
}

fn blank(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

fn before_on_line(source: &Source, at: u32) -> &str {
    let line = line_of(source, at);
    &source.text[line.start as usize..at as usize]
}

fn line_of(source: &Source, at: u32) -> Range<u32> {
    let line = source.line_range(source.place(at).line);
    // What is missing at the end of a file stands after its last character.
    let end = if line.end == source.text.len() { line.end + 1 } else { line.end };
    offset(line.start)..offset(end)
}

fn unused(source: &Source, allow: &Allow) -> Vec<Diagnostic> {
    if allow.names.iter().all(|name| !name.used) {
        let names: Vec<Code> = allow.names.iter().map(|name| name.lint).collect();
        return vec![errors::unused_allow(&names, allow.comment, whole_comment(source, allow.comment))];
    }
    let idle = allow.names.iter().enumerate().filter(|(_, name)| !name.used);
    idle.map(|(index, name)| {
        // With the comma before it, or of the first name the one after it.
        let cut = match index {
            0 => Span { end: allow.names[1].span.start, ..name.span },
            _ => Span { start: allow.names[index - 1].span.end, ..name.span },
        };
        errors::unused_allow(&[name.lint], name.span, cut)
    })
    .collect()
}

/// What goes with a comment: its line if nothing else stands there, else the space before it.
fn whole_comment(source: &Source, comment: Span) -> Span {
    let before = before_on_line(source, comment.start);
    if before.trim().is_empty() {
        let line = source.line_range(source.place(comment.start).line);
        return Span::new(comment.file, offset(line.start), offset(line.end));
    }
    let code = before.trim_end().len();
    Span { start: comment.start - offset(before.len() - code), ..comment }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
