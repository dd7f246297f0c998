//! Clauses: in one order, one on the line, several below each other.

use crate::base::text::width;
use crate::fmt::op::Op;
use crate::fmt::walk::Walk;
use crate::syntax::ast::{
    Call, Clause, ClauseKind, Clauses, Expr, FailureAction, Name, OnFailure, Repeat, RetryBody, RetryUse,
};

/// A clause as steps of the printer.
struct Part<'a> {
    rank: u8,
    /// An empty line stood before it.
    blank: bool,
    ops: Vec<Op<'a>>,
}

/// A part of a retry policy, in the order of writing.
enum RetryPart<'t> {
    Attempts(crate::base::span::Span),
    Backoff(&'t Expr),
    On(&'t [Name]),
    NotOn(&'t [Name]),
}

impl<'a> Walk<'a> {
    /// ` { clauses }`, if there are braces.
    pub(super) fn clauses(&mut self, clauses: &Clauses) {
        if clauses.span.is_some() {
            self.space();
            self.few(&clauses.list, |clause| rank(&clause.value), |walk, clause| walk.clause(clause));
        }
    }

    /// The clauses at the head of a workflow.
    pub(super) fn workflow_clauses(&mut self, clauses: &[Clause]) {
        let parts = self.parts(clauses, |clause| rank_of_workflow(&clause.value), |walk, clause| walk.clause(clause));
        self.below(parts);
    }

    /// `{ … }` with its elements sorted: one stays on the line, several break.
    pub(super) fn few<T>(&mut self, of: &[T], rank: impl Fn(&T) -> u8, each: impl FnMut(&mut Self, &T)) {
        self.word("{");
        let commented = self.after_comment();
        let parts = self.parts(of, rank, each);
        let breaks = |op: &Op<'_>| !matches!(op, Op::Hard { .. } | Op::Own { .. } | Op::Trailing(_) | Op::Block(_));
        match parts.as_slice() {
            [only] if !commented && !self.comment_ahead() && only.ops.iter().all(breaks) => {
                let flat = flat_width(&only.ops);
                self.ops.extend([Op::OpenLast(flat + "{  }".len()), Op::In, Op::Line { flat: " ", blank: false }]);
                self.ops.extend(parts.into_iter().flat_map(|part| part.ops));
                self.ops.extend([Op::Out, Op::Line { flat: " ", blank: false }]);
                self.word("}");
                self.close();
            }
            _ => {
                self.indent();
                let empty = parts.is_empty();
                self.below(parts);
                self.end_of_block(empty);
            }
        }
    }

    fn parts<T>(&mut self, of: &[T], rank: impl Fn(&T) -> u8, mut each: impl FnMut(&mut Self, &T)) -> Vec<Part<'a>> {
        let mut parts = Vec::with_capacity(of.len());
        for element in of {
            let (blank, start) = (self.blank_ahead(), self.ops.len());
            each(self, element);
            parts.push(Part { rank: rank(element), blank, ops: self.ops.split_off(start) });
        }
        parts.sort_by_key(|part| part.rank);
        parts
    }

    fn below(&mut self, parts: Vec<Part<'a>>) {
        for (index, part) in parts.into_iter().enumerate() {
            self.ops.push(Op::Hard { blank: index > 0 && part.blank });
            self.ops.extend(part.ops);
        }
    }

    fn clause(&mut self, clause: &Clause) {
        let words: &[&str] = match &clause.value {
            ClauseKind::After(_) => &["after"],
            ClauseKind::When(_) => &["when"],
            ClauseKind::Retry(_) => &["retry"],
            ClauseKind::Timeout(_) => &["timeout"],
            ClauseKind::Deadline(_) => &["deadline"],
            ClauseKind::Priority(_) => &["priority"],
            ClauseKind::Parallel(_) => &["parallel"],
            ClauseKind::Cache(_) => &["cache"],
            ClauseKind::Label(_) => &["label"],
            ClauseKind::Repeat(_) => &["repeat", "up", "to"],
            ClauseKind::OnFailure(_) | ClauseKind::OnFailureMode(_) => &["on", "failure"],
            ClauseKind::Need(_) => &["need"],
            ClauseKind::Undo(..) => &["undo"],
            ClauseKind::Lock(_) => &["lock"],
            ClauseKind::Budget(_) => &["budget"],
            ClauseKind::ToRole(_) => &["to", "role"],
            ClauseKind::Quorum(_) => &["quorum"],
            ClauseKind::NotRequester => &["not", "requester"],
        };
        self.words(words);
        self.clause_value(clause);
    }

    fn clause_value(&mut self, clause: &Clause) {
        if clause.value != ClauseKind::NotRequester {
            self.space();
        }
        match &clause.value {
            ClauseKind::After(names) => self.names(names),
            ClauseKind::Retry(retry) => self.retry_use(retry),
            ClauseKind::When(value)
            | ClauseKind::Timeout(value)
            | ClauseKind::Deadline(value)
            | ClauseKind::Cache(value)
            | ClauseKind::Label(value)
            | ClauseKind::Lock(value) => self.expr(value),
            ClauseKind::Parallel(count) | ClauseKind::Quorum(count) => self.token(count.span),
            ClauseKind::Priority(_) | ClauseKind::Need(_) => self.rest(clause.span),
            ClauseKind::Repeat(repeat) => self.repeat(repeat),
            ClauseKind::OnFailure(failure) => self.on_failure(failure),
            ClauseKind::OnFailureMode(cancel) => self.word(if *cancel { "cancel" } else { "drain" }),
            ClauseKind::Undo(call, clauses) => self.undo(call, clauses),
            ClauseKind::Budget(values) => self.open_list(values, |walk, value| walk.expr(value)),
            ClauseKind::ToRole(role) => self.token(role.span),
            ClauseKind::NotRequester => {}
        }
    }

    fn undo(&mut self, call: &Call, clauses: &Clauses) {
        self.call(call);
        self.clauses(clauses);
    }

    fn repeat(&mut self, repeat: &Repeat) {
        self.token(repeat.up_to.span);
        self.space();
        if let Some(pause) = &repeat.every {
            self.word("every");
            self.space();
            self.expr(pause);
            self.space();
        }
        self.word("until");
        self.space();
        self.expr(&repeat.until);
        self.indent();
        if !repeat.with.is_empty() {
            self.ops.push(Op::Hard { blank: false });
            self.word("with");
            self.space();
            self.open_list(&repeat.with, |walk, arg| walk.arg(arg));
        }
        if let Some(end) = &repeat.stop_when {
            self.ops.push(Op::Hard { blank: false });
            self.words(&["stop", "when"]);
            self.space();
            self.expr(end);
        }
        self.outdent();
    }

    fn on_failure(&mut self, failure: &OnFailure) {
        if let Some(classes) = &failure.of {
            self.word("of");
            self.space();
            self.names(classes);
            self.space();
        }
        match &failure.then {
            FailureAction::Fail => self.word("fail"),
            FailureAction::Skip => self.word("skip"),
            FailureAction::Ask(clauses) => {
                self.word("ask");
                self.clauses(clauses);
            }
            FailureAction::Use(value, clauses) => {
                self.word("use");
                self.space();
                self.expr(value);
                self.clauses(clauses);
            }
        }
    }

    pub(super) fn retry_use(&mut self, retry: &RetryUse) {
        match retry {
            RetryUse::Named(path) => self.path(path),
            RetryUse::Inline(body) => self.few(&retry_parts(body), |_| 0, |walk, part| walk.retry_part(part)),
        }
    }

    /// The policy of an item: always broken.
    pub(super) fn retry_item(&mut self, body: &RetryBody) {
        self.block(&retry_parts(body), |walk, part| walk.retry_part(part));
    }

    fn retry_part(&mut self, part: &RetryPart<'_>) {
        let words: &[&str] = match part {
            RetryPart::Attempts(_) => &["attempts"],
            RetryPart::Backoff(_) => &["backoff"],
            RetryPart::On(_) => &["on"],
            RetryPart::NotOn(_) => &["not", "on"],
        };
        self.words(words);
        self.space();
        match part {
            RetryPart::Attempts(count) => self.token(*count),
            RetryPart::Backoff(value) => self.expr(value),
            RetryPart::On(classes) | RetryPart::NotOn(classes) => self.names(classes),
        }
    }
}

fn retry_parts(body: &RetryBody) -> Vec<RetryPart<'_>> {
    let start = |names: &[Name]| names.first().map_or(u32::MAX, |name| name.span.start);
    let attempts = body.attempts.as_ref().map(|count| (count.span.start, RetryPart::Attempts(count.span)));
    let backoff = body.backoff.as_ref().map(|value| (value.span.start, RetryPart::Backoff(value)));
    let on = body.on.as_ref().map(|names| (start(names), RetryPart::On(names)));
    let not_on = body.not_on.as_ref().map(|names| (start(names), RetryPart::NotOn(names)));
    let mut parts: Vec<_> = [attempts, backoff, on, not_on].into_iter().flatten().collect();
    parts.sort_by_key(|(start, _)| *start);
    parts.into_iter().map(|(_, part)| part).collect()
}

/// How wide steps are on one line.
fn flat_width(ops: &[Op<'_>]) -> usize {
    let one = |op: &Op<'_>| match op {
        Op::Text(text) => width(text),
        Op::Space => 1,
        Op::Line { flat, .. } => flat.len(),
        _ => 0,
    };
    ops.iter().map(one).sum()
}

fn rank(clause: &ClauseKind) -> u8 {
    match clause {
        ClauseKind::ToRole(_) => 0,
        ClauseKind::Quorum(_) => 1,
        ClauseKind::NotRequester => 2,
        ClauseKind::After(_) => 3,
        ClauseKind::When(_) => 4,
        ClauseKind::Retry(_) => 5,
        ClauseKind::Timeout(_) => 6,
        ClauseKind::Deadline(_) => 7,
        ClauseKind::Priority(_) => 8,
        ClauseKind::Parallel(_) => 9,
        ClauseKind::Cache(_) => 10,
        ClauseKind::Label(_) => 11,
        ClauseKind::Repeat(_) => 12,
        ClauseKind::OnFailure(_) | ClauseKind::OnFailureMode(_) => 13,
        ClauseKind::Need(_) => 14,
        ClauseKind::Undo(..) => 15,
        ClauseKind::Lock(_) => 16,
        ClauseKind::Budget(_) => 17,
    }
}

/// `timeout budget parallel lock on failure`.
fn rank_of_workflow(clause: &ClauseKind) -> u8 {
    match clause {
        ClauseKind::Timeout(_) => 0,
        ClauseKind::Budget(_) => 1,
        ClauseKind::Parallel(_) => 2,
        ClauseKind::Lock(_) => 3,
        _ => 4,
    }
}
