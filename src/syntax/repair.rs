//! Parses one item in spite of its faults: reports the first, patches the draft so that the parse gets past it, goes on.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

use crate::base::span::{FileId, Span};
use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::Item;
use crate::syntax::comments::Comments;
use crate::syntax::draft::{Draft, HOLE, Patch};
use crate::syntax::errors;
use crate::syntax::expected::Expected;
use crate::syntax::fold::{self, Fold};
use crate::syntax::grammar::{Grammar, Pairs, Rule};
use crate::syntax::mistakes;
use crate::syntax::scan::{self, Kind, Token};
use crate::syntax::split::Tokens;
use crate::syntax::units;

/// After so many faults an item is given up: what follows is most likely their echo.
const FAULTS_MAX: usize = 20;

/// What came of a stretch of text.
#[derive(Debug)]
pub(super) struct Outcome {
    pub item: Option<Item>,
    /// Faults of the grammar.
    pub faults: Vec<Diagnostic>,
    /// What the fold had to say about a text that parses.
    pub found: Vec<Diagnostic>,
    /// Where in the draft the item ends and something begins that belongs to no item.
    pub rest: Option<u32>,
    /// Something did not parse as it stands.
    pub mended: bool,
}

/// Parses the item that a draft is. `budget` is how many bytes may be parsed again and again to find good patches.
pub(super) fn item(file: FileId, draft: &Draft<'_>, comments: &Comments<'_>, budget: &mut usize) -> Outcome {
    let span = Span::new(file, draft.start(0), draft.end(length(&draft.text)));
    let (mut faults, mut mended, mut gaps) = (Vec::new(), false, Vec::new());
    let mut current = draft.clone();
    for _ in 0..FAULTS_MAX {
        let stop = match try_parse(&current.text) {
            Ok(pairs) => {
                let (item, found) = Fold::new(file, &current, comments).finish(pairs);
                return Outcome { item, faults, found, rest: None, mended };
            }
            Err(stop) => stop,
        };
        let list = scan::tokens(&current.text);
        let failure = Failure::new(file, &current, Tokens { text: &current.text, list: &list }, stop);
        if let Some(rest) = failure.rest() {
            let rest_in_draft = current.start_in(draft, rest);
            let (item, found) = before(file, &current, rest, comments);
            let mended = mended || item.is_none();
            return Outcome { item, faults, found, rest: Some(rest_in_draft), mended };
        }
        mended = true;
        let gap = failure.after_previous();
        let again = gaps.contains(&gap) && !failure.begins_anew();
        gaps.push(gap);
        let (fault, patched) = failure.mend(budget);
        // What is only unexpected where something was left out is its echo.
        let echo = failure.beside_a_hole() || (again && fault.code == Code::WF0001);
        let same = |before: &Diagnostic| before.primary.span.start == fault.primary.span.start;
        if !echo && !faults.iter().any(same) {
            faults.push(fault);
        }
        match patched {
            Some(draft) => current = draft,
            None => break,
        }
    }
    let item = Some(Item::Broken(fold::broken(comments.text(), span)));
    Outcome { item, faults, found: Vec::new(), rest: None, mended }
}

/// The item that ends before `rest`.
fn before(file: FileId, draft: &Draft<'_>, rest: u32, comments: &Comments<'_>) -> (Option<Item>, Vec<Diagnostic>) {
    let part = draft.part(0..rest);
    match try_parse(part.text.trim_end()) {
        Ok(pairs) => Fold::new(file, &part, comments).finish(pairs),
        Err(_) => (None, Vec::new()),
    }
}

/// The nodes of a text that is an item without faults.
pub(super) fn parse_item(text: &str) -> Option<Pairs<'_>> {
    Grammar::parse(Rule::only_item, text).ok()
}

/// The nodes of a text that is some statements without faults.
pub(super) fn parse_statements(text: &str) -> Option<Pairs<'_>> {
    Grammar::parse(Rule::only_statements, text).ok()
}

/// Where a parse stops.
struct Stop {
    at: u32,
    expected: Expected,
    /// The stack of the parser is used up.
    too_deep: bool,
}

fn try_parse(text: &str) -> Result<Pairs<'_>, Stop> {
    Grammar::parse(Rule::only_item, text).map_err(|error| {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => u32::try_from(at).unwrap_or(u32::MAX),
        };
        match error.variant {
            ErrorVariant::ParsingError { positives, .. } => {
                Stop { at, expected: Expected::new(positives), too_deep: false }
            }
            ErrorVariant::CustomError { .. } => Stop { at, expected: Expected::default(), too_deep: true },
        }
    })
}

/// A place where the parse stopped, with all that helps to say why.
pub(super) struct Failure<'a> {
    pub file: FileId,
    pub draft: &'a Draft<'a>,
    pub tokens: Tokens<'a>,
    /// The token that does not fit; one past the last at the end.
    pub found: usize,
    pub expected: Expected,
    too_deep: bool,
}

impl<'a> Failure<'a> {
    fn new(file: FileId, draft: &'a Draft<'a>, tokens: Tokens<'a>, stop: Stop) -> Self {
        let found = tokens.list.partition_point(|token| token.end <= stop.at);
        Self { file, draft, tokens, found, expected: stop.expected, too_deep: stop.too_deep }
    }

    /// The text of the token `offset` away from the one that does not fit.
    pub fn text(&self, offset: isize) -> &'a str {
        self.found.checked_add_signed(offset).map_or("", |index| self.tokens.text(index))
    }

    /// Whether the token that does not fit begins a line, or there is none.
    pub fn at_line_start(&self) -> bool {
        self.tokens.list.get(self.found).is_none_or(|token| token.first)
    }

    /// The place of a range of tokens in the user's text.
    pub fn span(&self, from: usize, to: usize) -> Span {
        let last = self.tokens.list.len().saturating_sub(1);
        let (start, end) = (self.tokens.list[from.min(last)].start, self.tokens.list[to.min(last)].end);
        let start = self.draft.start(start);
        Span::new(self.file, start, self.draft.end(end).max(start))
    }

    /// The token that does not fit, or the end of what stands before.
    pub fn here(&self) -> Span {
        if self.found < self.tokens.list.len() { self.span(self.found, self.found) } else { self.after_previous() }
    }

    /// Right after the token before.
    pub fn after_previous(&self) -> Span {
        match self.found.checked_sub(1) {
            Some(previous) => self.span(previous, previous).after(),
            None => Span::new(self.file, self.draft.start(0), self.draft.start(0)),
        }
    }

    /// A replacement of tokens.
    pub fn replace(&self, from: usize, to: usize, with: impl Into<String>) -> Patch {
        Patch::new(self.tokens.list[from].start..self.tokens.list[to].end, with)
    }

    /// Whether something was left out here already.
    fn beside_a_hole(&self) -> bool {
        let hole = |index: usize| self.tokens.kind(index) == Some(Kind::Hole);
        hole(self.found) || (self.found.checked_sub(1).is_some_and(hole) && !self.begins_anew())
    }

    /// Whether a statement, clause or setting may begin here, on a line of its own.
    fn begins_anew(&self) -> bool {
        self.at_line_start() && self.expected.entry()
    }

    /// Where something begins, on a line of its own, after a complete item.
    fn rest(&self) -> Option<u32> {
        let token = self.tokens.list.get(self.found)?;
        (self.expected.end() && token.first).then_some(token.start)
    }

    /// Says what is wrong, and patches the draft so that the parse gets further; `None` if nothing helps.
    fn mend(&self, budget: &mut usize) -> (Diagnostic, Option<Draft<'static>>) {
        if self.too_deep {
            return (errors::too_deep_tree(self.here()), None);
        }
        if let Some((fault, patches)) = mistakes::recognise(self) {
            let patched = if patches.is_empty() { None } else { self.passes(patches, self.past(self.found), budget) };
            return (fault, patched.map(|(_, draft)| draft).or_else(|| self.without_a_unit(budget)));
        }
        if let Some((fault, patched)) = self.with_insertion(budget) {
            return (fault, Some(patched));
        }
        (self.unexpected(), self.without_the_token(budget).or_else(|| self.without_a_unit(budget)))
    }

    /// Tries what could be missing, and takes what brings the parse furthest: past the part that the fault stands in.
    fn with_insertion(&self, budget: &mut usize) -> Option<(Diagnostic, Draft<'static>)> {
        let at = self.found.checked_sub(1).map(|previous| self.tokens.list[previous].end)?;
        let left = self.past(units::end_of(self.tokens, self.found).max(self.found));
        let mut best: Option<(u32, &(String, String), Draft<'static>)> = None;
        let texts = self.insertions();
        for tried in &texts {
            let (text, insertion) = tried;
            let patches = match self.end_of_block().filter(|_| text == "{}") {
                Some(end) => vec![Patch::insert(at, " {"), Patch::insert(end, " }")],
                None => vec![Patch::insert(at, format!(" {insertion} "))],
            };
            let limit = best.as_ref().map_or(left, |(left, ..)| *left);
            if let Some((left, patched)) = self.passes(patches, limit, budget) {
                best = Some((left, tried, patched));
            }
            if best.as_ref().is_some_and(|(left, ..)| *left == 0) {
                break;
            }
        }
        best.map(|(_, (text, insertion), patched)| (self.missing(text, insertion), patched))
    }

    /// Where the lines end that are indented more than the line before them: a block without its braces.
    fn end_of_block(&self) -> Option<u32> {
        let tokens = self.tokens;
        let first = |index: &usize| tokens.list[*index].first;
        let before = (0..self.found).rev().find(first)?;
        if !self.at_line_start()
            || self.found >= tokens.list.len()
            || tokens.indent(self.found) <= tokens.indent(before)
        {
            return None;
        }
        let deeper = |index: &usize| !first(index) || tokens.indent(*index) > tokens.indent(before);
        let last = (self.found..tokens.list.len()).take_while(deeper).last()?;
        Some(tokens.list[last].end)
    }

    /// What could be missing, with what to put in for it.
    fn insertions(&self) -> Vec<(String, String)> {
        let mut texts = self.expected.insertions();
        if self.wants_colon() {
            texts.sort_by_key(|text| text != ":");
        }
        if self.expected.expression() || self.expected.ty() {
            texts.push(HOLE.to_owned());
        }
        let with_value = |text: String| {
            let valued = text == ":" || text.bytes().all(|byte| byte.is_ascii_lowercase());
            let value = valued.then(|| (text.clone(), format!("{text} {HOLE}")));
            [(text.clone(), text)].into_iter().chain(value)
        };
        texts.into_iter().flat_map(with_value).collect()
    }

    /// Whether a word and what follows look like a name and its value, rather than like two values.
    fn wants_colon(&self) -> bool {
        let begins = matches!(self.text(-2), "(" | "{" | ",") && self.text(1) != ":";
        if begins && matches!(self.text(-1), "show" | "key") {
            return true;
        }
        let value = self.tokens.kind(self.found) != Some(Kind::Word) || errors::is_reserved(self.text(0));
        begins && (value || self.text(-2) == "{" || units::has_names(self.tokens, self.found))
    }

    fn missing(&self, text: &str, insertion: &str) -> Diagnostic {
        let at = self.after_previous();
        let after = mistakes::quote(self.text(-1));
        if text == HOLE {
            return errors::missing(at, &self.expected.describe(), &after);
        }
        let word = text.bytes().all(|byte| byte.is_ascii_lowercase());
        if text == "{}" {
            return errors::missing(at, "`{`", &after).fix_suggested("insert `{`", at, " {");
        }
        if word && self.expected.words().iter().filter(|word| **word != "as").count() > 1 {
            return errors::missing(at, &self.expected.describe(), &after);
        }
        let sign = if matches!(text, "()" | "{}") { &text[..1] } else { text };
        let fault = errors::missing(at, &format!("`{sign}`"), &after);
        // With the sign alone it would still not parse.
        if insertion != text {
            return fault.help(format!("write `{text}` and what belongs behind it"));
        }
        let space = if matches!(text, ":" | "," | "." | "()") { "" } else { " " };
        fault.fix_suggested(format!("insert `{text}`"), at, format!("{space}{text}"))
    }

    fn unexpected(&self) -> Diagnostic {
        let expected = self.expected.describe();
        let closes = self.tokens.list.get(self.found).is_some_and(|token| token.closes());
        let entry = self.expected.entry();
        if self.found > 0 && (closes || (self.at_line_start() && !entry)) {
            return errors::missing(self.after_previous(), &expected, &mistakes::quote(self.text(-1)));
        }
        errors::unexpected(self.here(), &expected, &mistakes::quote(self.text(0)))
    }

    /// Leaves out the token that does not fit, if that is all that is wrong with the part that it stands in.
    fn without_the_token(&self, budget: &mut usize) -> Option<Draft<'static>> {
        let plain = |token: &&Token| self.found > 0 && !token.opens() && !token.closes();
        let token = self.tokens.list.get(self.found).filter(plain)?;
        let left = self.past(units::end_of(self.tokens, self.found).max(self.found));
        let patch = Patch::new(token.start..token.end, " ");
        self.passes(vec![patch], left, budget).map(|(_, draft)| draft)
    }

    /// Leaves out the smallest part that lets the parse get past it.
    fn without_a_unit(&self, budget: &mut usize) -> Option<Draft<'static>> {
        let expected = &self.expected;
        let complete = expected.entry() || expected.operator();
        units::candidates(self.tokens, self.found, complete).into_iter().find_map(|patch| {
            let left = length(self.tokens.text) - patch.end;
            self.passes(vec![patch], left, budget).map(|(_, draft)| draft)
        })
    }

    /// How many bytes stand after the token at `index`.
    fn past(&self, index: usize) -> u32 {
        let all = length(self.tokens.text);
        self.tokens.list.get(index).map_or(0, |token| all - token.end + 1)
    }

    /// The patched draft, if it parses or stops with fewer than `left` bytes to go; and how many are left.
    fn passes(&self, patches: Vec<Patch>, left: u32, budget: &mut usize) -> Option<(u32, Draft<'static>)> {
        let patched = self.draft.patched(patches);
        *budget = budget.checked_sub(patched.text.len())?;
        match try_parse(&patched.text) {
            Ok(_) => Some((0, patched)),
            Err(stop) if stop.too_deep => None,
            Err(stop) => {
                let to_go = length(&patched.text).saturating_sub(stop.at);
                (to_go < left).then_some((to_go, patched))
            }
        }
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}
