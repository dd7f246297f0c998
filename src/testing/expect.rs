//! Whether a run was as its test expects.

use std::cell::Cell;
use std::sync::Arc;

use super::case::{Case, Look, Ready};
use super::drive::Ended;
use super::observe::Observed;
use super::scope::{Contents, TestScope};
use super::{errors, explain};
use crate::diag::Diagnostic;
use crate::engine::Outcome;
use crate::sema::hir::test::Expectation;
use crate::value::eval::{Scope, eval};
use crate::value::expr::{Observe, Var};
use crate::value::{FileRef, Value};

/// What is wrong: with who answers; else with the end of the run; else with what is expected of it, and mocks that nothing met.
pub(super) fn problems(case: &Case, ready: &Ready, ended: &Ended) -> Vec<Diagnostic> {
    if let Some(trouble) = ended.troubles.first() {
        return vec![errors::trouble(trouble, case, ready, ended)];
    }
    match &ended.outcome {
        Ok(Outcome::Succeeded(_) | Outcome::Failed(_) | Outcome::Cancelled) => {}
        Ok(Outcome::Waiting(waits) | Outcome::Suspended(waits)) => return vec![errors::stuck(ready, waits)],
        Err(why) => return vec![errors::no_end(ready, why)],
    }
    let observed = Observed::new(ended, &ready.plan);
    let values = observed.values(&ready.looks);
    let mut problems: Vec<Diagnostic> =
        ready.expectations.iter().filter_map(|one| problem(one, ready, &observed, &values)).collect();
    problems.extend(ended.unmatched.iter().map(|&mock| errors::unmet(&ready.mocks[mock])));
    // Said once: it may be why the others are there.
    if let (Some(problem), Some(failure)) = (problems.first_mut(), observed.failure()) {
        problem.notes.push(errors::failed(failure));
    }
    problems
}

fn problem(one: &Expectation, ready: &Ready, observed: &Observed<'_>, values: &[Value]) -> Option<Diagnostic> {
    let none = Contents::new();
    let scope =
        Seen { inner: TestScope::new(&ready.lets, values, [&ready.files, &none]), ready, missed: Cell::new(false) };
    let holds = eval(&one.value, &scope);
    // There is no result to speak of: whatever is said of it does not hold.
    let missed = scope.missed.get() && !observed.succeeded();
    match holds {
        Ok(Value::Bool(true)) if !missed => None,
        Err(error) if !missed => Some(errors::calculation(&error)),
        _ => {
            if missed {
                return Some(errors::does_not_hold(one.span, Vec::new(), true));
            }
            let part = explain::reason(&one.value, &scope);
            let span = if std::ptr::eq(part, &one.value) { one.span } else { part.span };
            Some(errors::does_not_hold(span, explain::why(part, &scope, ready), false))
        }
    }
}

/// What an expectation sees; notes whether it has asked for the result.
struct Seen<'a> {
    inner: TestScope<'a>,
    ready: &'a Ready,
    missed: Cell<bool>,
}

impl Scope for Seen<'_> {
    fn get(&self, var: Var) -> Value {
        if let Var::Param(index) = var
            && matches!(self.ready.looks.get(index as usize), Some(Look::Result))
        {
            self.missed.set(true);
        }
        self.inner.get(var)
    }

    fn observe(&self, what: Observe, stage: u32) -> Value {
        self.inner.observe(what, stage)
    }

    fn read_file(&self, file: &FileRef) -> Result<Arc<str>, String> {
        self.inner.read_file(file)
    }

    fn make_file(&self, name: &str, text: &str) -> Result<FileRef, String> {
        self.inner.make_file(name, text)
    }
}
