//! A problem that the user can fix, as data; the catalogue of codes with a page each; rendering.
//!
//! Core types are not serialised: the JSON form has a struct of its own in `render/json.rs`.

pub mod code;
pub mod lint;
pub mod render;

use crate::base::nearest;
use crate::base::span::{FileId, Span};
pub use code::Code;

/// How bad it is. Not part of the code's number: a lint may be raised or silenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The program is not run.
    Error,
    /// The program is run; somebody should look.
    Warning,
}

/// One problem: what is wrong and where, what belongs to it, what to write instead.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// Its stable code.
    pub code: Code,
    /// From the code, unless configured otherwise.
    pub severity: Severity,
    /// A sentence about the user's program: lower case, one line, no full stop.
    pub message: String,
    /// Where it is wrong.
    pub primary: Label,
    /// Places that belong to it ("declared here").
    pub related: Vec<Label>,
    /// An instruction: what to write instead.
    pub help: Option<String>,
    /// Facts beyond that, at most one as a rule.
    pub notes: Vec<String>,
    /// A repair that a program can make.
    pub fix: Option<Fix>,
}

/// A place with two to five words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The words; may be empty.
    pub message: String,
}

/// Edits that repair a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in a few words: an editor's menu shows it.
    pub title: String,
    /// May it be applied unasked?
    pub applicability: Applicability,
    /// The edits, which do not overlap.
    pub edits: Vec<Edit>,
}

/// Whether a fix has one reading. What is safe comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// One reading: `wfc check --fix` applies it.
    Safe,
    /// A guess: offered in an editor.
    Suggested,
}

/// A replacement of the text under a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// The new text; empty for a deletion.
    pub text: String,
}

impl Diagnostic {
    /// A problem at `span`; its severity is the usual one of `code`.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            message: message.into(),
            primary: Label { span, message: String::new() },
            related: Vec::new(),
            help: None,
            notes: Vec::new(),
            fix: None,
        }
    }

    /// Says at the primary place what is wrong there, in two to five words.
    pub fn label(mut self, message: impl Into<String>) -> Self {
        self.primary.message = message.into();
        self
    }

    /// Adds a place that belongs to the problem.
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Label { span, message: message.into() });
        self
    }

    /// Says what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a fact.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Offers a replacement of `span` by `text` that has one reading.
    pub fn fix_safe(self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.with_fix(title, Applicability::Safe, span, text)
    }

    /// Offers a replacement of `span` by `text` that is a guess.
    pub fn fix_suggested(self, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        self.with_fix(title, Applicability::Suggested, span, text)
    }

    /// Says which of the `legal` names was probably meant by `typed` at `span`, and offers it as a fix; lists them if none is
    /// near and they are few.
    pub fn did_you_mean<'a>(self, typed: &str, span: Span, legal: impl IntoIterator<Item = &'a str>) -> Self {
        let legal: Vec<&str> = legal.into_iter().collect();
        if let Some(near) = nearest::nearest(typed, &legal) {
            return self.help(format!("did you mean `{near}`?")).fix_suggested(format!("write `{near}`"), span, near);
        }
        match nearest::there(&legal) {
            Some(list) => self.help(list),
            None => self,
        }
    }

    /// Adds an edit at another place to the fix: both are made, or none.
    pub fn and_edit(mut self, span: Span, text: impl Into<String>) -> Self {
        if let Some(fix) = &mut self.fix {
            fix.edits.push(Edit { span, text: text.into() });
        }
        self
    }

    fn with_fix(
        mut self,
        title: impl Into<String>,
        applicability: Applicability,
        span: Span,
        text: impl Into<String>,
    ) -> Self {
        self.fix = Some(Fix { title: title.into(), applicability, edits: vec![Edit { span, text: text.into() }] });
        self
    }
}

/// What a pass adds its findings to.
#[derive(Debug, Default, Clone)]
pub struct Bag {
    found: Vec<Diagnostic>,
}

impl Bag {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: Bag) {
        self.found.extend(other.found);
    }

    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether any of them is an error at a place in `file`.
    pub fn has_errors_in(&self, file: FileId) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error && d.primary.span.file == file)
    }

    /// Whether any of them is an error at a place inside `span`.
    pub fn has_errors_within(&self, span: Span) -> bool {
        let inside = |at: Span| at.file == span.file && span.start <= at.start && at.end <= span.end;
        self.found.iter().any(|d| d.severity == Severity::Error && inside(d.primary.span))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// Those that were added after so many.
    pub fn after(&mut self, count: usize) -> &mut [Diagnostic] {
        self.found.get_mut(count..).unwrap_or_default()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them by file and place, as they are shown.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|d| (d.primary.span.file, d.primary.span.start, d.primary.span.end, d.code));
        self.found.dedup();
        self.found
    }
}
