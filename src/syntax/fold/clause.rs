//! Clauses, and which of them may stand where (rulings 41).

use super::{Fold, child, children, fitted, presume};
use crate::base::span::Span;
use crate::syntax::ast::{
    Clause, ClauseKind, Clauses, ExprKind, FailureAction, Need, OnFailure, Priority, Repeat, RetryBody, RetryUse,
    Spanned,
};
use crate::syntax::errors;
use crate::syntax::grammar::{Pair, Rule};

/// What clauses belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::syntax) enum Place {
    /// A stage that asks nobody.
    Stage,
    /// A stage that is an `ask`.
    AskStage,
    /// A call in an arm, a race, after `undo` and `use`.
    InnerCall,
    /// An `ask` in an arm or a race.
    InnerAsk,
    /// `on failure ask`.
    FailureAsk,
    /// The head of a workflow.
    Workflow,
}

impl Place {
    /// Whether the clause that begins with `word` may stand here.
    pub(super) fn takes(self, word: &str) -> bool {
        let asks = matches!(word, "to" | "quorum" | "not");
        match self {
            Place::Stage => !asks,
            Place::AskStage => true,
            Place::InnerCall => matches!(word, "timeout" | "retry" | "deadline"),
            Place::InnerAsk => asks || matches!(word, "timeout" | "retry" | "deadline"),
            Place::FailureAsk => word == "timeout",
            Place::Workflow => matches!(word, "timeout" | "budget" | "parallel" | "lock" | "on"),
        }
    }
}

impl Fold<'_> {
    pub(super) fn clauses(&self, pair: Option<Pair<'_>>, place: Place) -> Clauses {
        let Some(pair) = pair else { return Clauses::default() };
        let span = Some(self.span(&pair));
        let list: Vec<Clause> = fitted(children(pair).filter_map(|clause| self.clause(clause, place)));
        self.check_twice(&list);
        Clauses { list, span }
    }

    /// A clause; one that cannot stand here is reported and left out.
    pub(super) fn clause(&self, pair: Pair<'_>, place: Place) -> Option<Clause> {
        let span = self.span(&pair);
        let word = first_word(pair.as_str());
        if pair.as_rule() == Rule::hole {
            return None;
        }
        let kind = self.clause_kind(pair.clone());
        let cancels = matches!(kind, Some(ClauseKind::OnFailureMode(_)));
        if word == "on" && cancels != (place == Place::Workflow) && place.takes("on") {
            self.report(errors::other_on_failure(span, cancels));
            return None;
        }
        if !place.takes(word) {
            self.report(errors::misplaced_clause(span, word, place));
            return None;
        }
        Some(Spanned { value: kind?, span })
    }

    fn clause_kind(&self, pair: Pair<'_>) -> Option<ClauseKind> {
        let whole = |pair: &Pair<'_>| child(pair, Rule::number).map(|number| self.whole(&number));
        Some(match pair.as_rule() {
            Rule::c_after => ClauseKind::After(self.names(presume(&mut children(pair)))),
            Rule::c_when => ClauseKind::When(self.only_expr(&pair)),
            Rule::c_retry => ClauseKind::Retry(self.retry_use(presume(&mut children(pair)))),
            Rule::c_timeout => ClauseKind::Timeout(self.only_expr(&pair)),
            Rule::c_deadline => ClauseKind::Deadline(self.only_expr(&pair)),
            Rule::c_priority => ClauseKind::Priority(self.priority(&pair).value),
            Rule::c_parallel => ClauseKind::Parallel(whole(&pair)?),
            Rule::c_cache => ClauseKind::Cache(self.only_expr(&pair)),
            Rule::c_label => ClauseKind::Label(self.string(presume(&mut children(pair)))),
            Rule::c_repeat => ClauseKind::Repeat(Box::new(self.repeat(pair))),
            Rule::c_failure => self.on_failure(pair),
            Rule::c_need => ClauseKind::Need(self.need(&presume(&mut children(pair)))),
            Rule::c_undo => {
                let mut parts = children(pair);
                let call = Box::new(self.call(presume(&mut parts)));
                ClauseKind::Undo(call, self.clauses(parts.next(), Place::InnerCall))
            }
            Rule::c_lock => ClauseKind::Lock(self.string(presume(&mut children(pair)))),
            Rule::c_budget => ClauseKind::Budget(children(pair).map(|part| self.expr(part)).collect()),
            Rule::c_to => ClauseKind::ToRole(self.literal(&presume(&mut children(pair)), "a role")),
            Rule::c_quorum => ClauseKind::Quorum(whole(&pair)?),
            Rule::c_requester => ClauseKind::NotRequester,
            _ => return None,
        })
    }

    /// Reports clauses that stand twice; `on failure` may.
    pub(super) fn check_twice(&self, list: &[Clause]) {
        for (index, clause) in list.iter().enumerate() {
            let kind = std::mem::discriminant(&clause.value);
            let first = list[..index].iter().find(|before| std::mem::discriminant(&before.value) == kind);
            if let (Some(first), false) = (first, matches!(clause.value, ClauseKind::OnFailure(_))) {
                self.twice(clause.span, first.span);
            }
        }
    }

    /// Reports that what begins with the same word stands again.
    pub(super) fn twice(&self, again: Span, first: Span) {
        let word = first_word(&self.comments.text()[again.range()]);
        self.report(errors::twice(word, again, first));
    }

    pub(super) fn priority(&self, pair: &Pair<'_>) -> Spanned<Priority> {
        let part = presume(&mut children(pair.clone()));
        let value = match part.as_str() {
            "low" => Priority::Low,
            "normal" => Priority::Normal,
            "high" => Priority::High,
            "critical" => Priority::Critical,
            _ => Priority::Number(self.whole(&part).value),
        };
        Spanned { value, span: self.span(&part) }
    }

    fn repeat(&self, pair: Pair<'_>) -> Repeat {
        let mut parts = children(pair);
        let up_to = self.whole(&presume(&mut parts));
        let mut next = presume(&mut parts);
        let mut every = None;
        if next.as_rule() == Rule::every {
            every = Some(self.only_expr(&next));
            next = presume(&mut parts);
        }
        let mut repeat = Repeat { up_to, every, until: self.expr(next), with: Vec::new(), stop_when: None };
        for part in parts {
            match part.as_rule() {
                Rule::with => repeat.with = children(part).map(|arg| self.arg(arg)).collect(),
                _ => repeat.stop_when = Some(self.only_expr(&part)),
            }
        }
        repeat
    }

    fn on_failure(&self, pair: Pair<'_>) -> ClauseKind {
        let mut of = None;
        let mut then = FailureAction::Fail;
        for part in children(pair) {
            match part.as_rule() {
                Rule::classes => of = Some(self.names(part)),
                Rule::failure_use => then = self.failure_use(&part),
                Rule::failure_ask => {
                    then = FailureAction::Ask(self.clauses(child(&part, Rule::clauses), Place::FailureAsk));
                }
                _ => match part.as_str() {
                    "skip" => then = FailureAction::Skip,
                    "cancel" => return ClauseKind::OnFailureMode(true),
                    "drain" => return ClauseKind::OnFailureMode(false),
                    _ => then = FailureAction::Fail,
                },
            }
        }
        ClauseKind::OnFailure(Box::new(OnFailure { of, then }))
    }

    fn failure_use(&self, pair: &Pair<'_>) -> FailureAction {
        let value = self.only_expr(pair);
        let clauses = self.clauses(child(pair, Rule::clauses), Place::InnerCall);
        if let (Some(span), false) = (clauses.span, matches!(value.kind, ExprKind::Call(..))) {
            self.report(errors::clauses_without_call(span));
        }
        FailureAction::Use(value, clauses)
    }

    fn need(&self, pair: &Pair<'_>) -> Need {
        match pair.as_str().strip_suffix('%') {
            Some(digits) => Need::Percent(digits.parse().unwrap_or(i64::MAX)),
            None => Need::Count(self.whole(pair).value),
        }
    }

    pub(super) fn retry_use(&self, pair: Pair<'_>) -> RetryUse {
        match pair.as_rule() {
            Rule::retry_body => RetryUse::Inline(Box::new(self.retry_body(pair))),
            _ => RetryUse::Named(self.path(pair)),
        }
    }

    pub(super) fn retry_body(&self, pair: Pair<'_>) -> RetryBody {
        let mut body = RetryBody { attempts: None, backoff: None, on: None, not_on: None, span: self.span(&pair) };
        let mut seen: Vec<(Rule, Span)> = Vec::new();
        for part in children(pair) {
            let (rule, span) = (part.as_rule(), self.span(&part));
            if let Some((_, first)) = seen.iter().find(|(before, _)| *before == rule && rule != Rule::hole) {
                self.twice(span, *first);
            }
            seen.push((rule, span));
            match rule {
                Rule::r_attempts => body.attempts = child(&part, Rule::number).map(|number| self.whole(&number)),
                Rule::r_backoff => body.backoff = Some(self.only_expr(&part)),
                Rule::r_on => body.on = Some(self.names(presume(&mut children(part)))),
                Rule::r_not_on => body.not_on = Some(self.names(presume(&mut children(part)))),
                _ => {}
            }
        }
        body
    }
}

/// The word that a text begins with.
pub(super) fn first_word(text: &str) -> &str {
    let end = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    &text[..end]
}
