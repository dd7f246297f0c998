//! What expressions see of a run: parameters, lazily evaluated `let`s, results, and how stages ended.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::state::{Call, Instance, NONE, Run, StageError, StageState};
use crate::plan::{Plan, Term, Workflow};
use crate::value::eval::{EvalError, Scope, eval};
use crate::value::expr::{Expr, Observe, Var};
use crate::value::{FileRef, Value};

/// The variables that only some clauses see.
#[derive(Debug, Clone, Default)]
pub struct Local {
    /// The element of the map.
    pub item: Option<(Value, u32)>,
    /// `result`.
    pub result: Option<Value>,
    /// The result of the round before.
    pub previous: Option<Value>,
}

impl Local {
    /// What the clauses of a call see.
    pub fn of(call: &Call) -> Self {
        let item = (call.place.item != NONE).then(|| (call.item.clone(), call.place.item));
        Self { item, result: None, previous: None }
    }
}

/// Why an expression has no value.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It failed itself.
    Own(EvalError),
    /// A `let` or condition that it reads failed: that is the instance's failure, not the reader's.
    Shared(EvalError),
}

/// What was evaluated on the way, to be kept.
#[derive(Debug, Default)]
pub struct Learned {
    /// Values of `let`s.
    pub lets: BTreeMap<u32, Value>,
    /// Truths of conditions.
    pub conditions: BTreeMap<u32, bool>,
    /// Files, with their content.
    pub made: Vec<(FileRef, Arc<str>)>,
}

/// Evaluates in an instance; gives what was learned on the way whatever the outcome.
pub fn evaluate(
    plan: &Plan,
    run: &Run,
    instance: &Instance,
    local: &Local,
    expr: &Expr,
) -> (Result<Value, Fault>, Learned) {
    let workflow = &plan.workflows[instance.workflow.index()];
    let scope = RunScope { plan, run, instance, workflow, local, state: RefCell::default() };
    let value = loop {
        let value = eval(expr, &scope);
        let too_deep = scope.state.borrow_mut().too_deep.take();
        match too_deep {
            None => break value,
            Some(index) => scope.learn_deep(index),
        }
    };
    let state = scope.state.into_inner();
    let value = match state.fault {
        Some(error) => Err(Fault::Shared(error)),
        None => value.map_err(Fault::Own),
    };
    (value, state.learned)
}

/// `let`s that are evaluated inside one another: a longer chain is taken up from its far end instead, so that no program can
/// exhaust the stack.
const DEPTH_MAX: u32 = 32;

struct RunScope<'a> {
    plan: &'a Plan,
    run: &'a Run,
    instance: &'a Instance,
    workflow: &'a Workflow,
    local: &'a Local,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    learned: Learned,
    /// The first failure of something shared.
    fault: Option<EvalError>,
    depth: u32,
    /// A `let` that must be known before the evaluation can come to its end; what it gives until then means nothing.
    too_deep: Option<u32>,
}

impl Scope for RunScope<'_> {
    fn get(&self, var: Var) -> Value {
        match var {
            Var::Param(index) => self.instance.args.get(index as usize).cloned().unwrap_or(Value::Null),
            Var::Let(index) => self.let_value(index),
            Var::Stage(index) => self.instance.stages.get(index as usize).map_or(Value::Null, |s| s.value.clone()),
            Var::Item => self.local.item.as_ref().map_or(Value::Null, |(item, _)| item.clone()),
            Var::ItemIndex => self.local.item.as_ref().map_or(Value::Null, |(_, index)| Value::Int(i64::from(*index))),
            Var::Result => self.local.result.clone().unwrap_or(Value::Null),
            Var::Previous => self.local.previous.clone().unwrap_or(Value::Null),
            Var::Outcome => self.instance.outcome.clone(),
            Var::RunId => Value::String(self.run.id.clone()),
            Var::RunWorkflow => Value::text(self.plan.name.as_str()),
            Var::RunStarted => Value::String(self.run.started.clone()),
            Var::Local(_) | Var::Secret(_) | Var::ResultSchema => Value::Null,
        }
    }

    fn observe(&self, what: Observe, stage: u32) -> Value {
        let Some(slot) = self.instance.stages.get(stage as usize) else { return Value::Null };
        let failed = matches!(slot.state, StageState::Failed | StageState::Handled);
        match what {
            Observe::Succeeded => Value::Bool(slot.state == StageState::Succeeded),
            Observe::Failed => Value::Bool(failed),
            Observe::Skipped => Value::Bool(slot.state == StageState::Skipped),
            Observe::Error if failed => slot.error.as_ref().map_or(Value::Null, |error| error_value(error)),
            Observe::Error => Value::Null,
            Observe::Errors => self.instance.errors.get(&stage).cloned().unwrap_or_else(|| Value::list(Vec::new())),
        }
    }

    fn read_file(&self, file: &FileRef) -> Result<Arc<str>, String> {
        let state = self.state.borrow();
        let made = state.learned.made.iter().find(|(made, _)| made == file);
        match (made, self.run.texts.get(&file.hash)) {
            (Some((made, text)), _) => made.text(text.as_bytes()),
            (None, Some(text)) => text.clone(),
            (None, None) => match self.plan.files.iter().find(|known| known.hash == file.hash) {
                Some(known) => file.text(&known.content.0),
                None => Err(format!("the content of the file `{}` is not at hand", file.name)),
            },
        }
    }

    fn make_file(&self, name: &str, text: &str) -> Result<FileRef, String> {
        let file = FileRef::of(name, text.as_bytes())?;
        self.state.borrow_mut().learned.made.push((file.clone(), text.into()));
        Ok(file)
    }
}

impl RunScope<'_> {
    fn let_value(&self, index: u32) -> Value {
        let known = self.instance.lets.get(index as usize).and_then(Clone::clone);
        if let Some(value) = known.or_else(|| self.state.borrow().learned.lets.get(&index).cloned()) {
            return value;
        }
        let Some(binding) = self.workflow.lets.get(index as usize) else { return Value::Null };
        if self.state.borrow().depth >= DEPTH_MAX {
            self.state.borrow_mut().too_deep.get_or_insert(index);
        }
        let value = match self.holds(&binding.guard) {
            Some(true) => self.shared(&binding.value),
            Some(false) => Some(Value::Null),
            None => None,
        };
        let Some(value) = value else { return Value::Null };
        self.state.borrow_mut().learned.lets.insert(index, value.clone());
        value
    }

    /// Evaluates a `let` at the far end of a chain, and before it those that are further away still.
    fn learn_deep(&self, index: u32) {
        let mut chain = vec![index];
        while let Some(index) = chain.last().copied() {
            self.let_value(index);
            let too_deep = self.state.borrow_mut().too_deep.take();
            match too_deep {
                Some(further) => chain.push(further),
                None => _ = chain.pop(),
            }
        }
    }

    fn holds(&self, guard: &[Term]) -> Option<bool> {
        for term in guard {
            if self.condition(term.condition)? != term.holds {
                return Some(false);
            }
        }
        Some(true)
    }

    fn condition(&self, index: u32) -> Option<bool> {
        let known = self.instance.conditions.get(index as usize).and_then(|slot| slot.truth);
        if let Some(truth) = known.or_else(|| self.state.borrow().learned.conditions.get(&index).copied()) {
            return Some(truth);
        }
        let truth = self.shared(&self.workflow.conditions.get(index as usize)?.value)? == Value::Bool(true);
        self.state.borrow_mut().learned.conditions.insert(index, truth);
        Some(truth)
    }

    /// Evaluates what several readers share: its failure is noted for the instance.
    fn shared(&self, expr: &Expr) -> Option<Value> {
        if !self.is_sound() {
            return None;
        }
        self.state.borrow_mut().depth += 1;
        let value = eval(expr, self);
        self.state.borrow_mut().depth -= 1;
        match value {
            Ok(value) => Some(value).filter(|_| self.is_sound()),
            Err(error) => {
                let mut state = self.state.borrow_mut();
                if state.too_deep.is_none() {
                    state.fault.get_or_insert(error);
                }
                None
            }
        }
    }

    /// Whether what is evaluated still counts.
    fn is_sound(&self) -> bool {
        let state = self.state.borrow();
        state.fault.is_none() && state.too_deep.is_none()
    }
}

/// `{ class, message, attempts }`.
pub fn error_value(error: &StageError) -> Value {
    Value::record([
        ("class", Value::text(error.class.as_str())),
        ("message", Value::text(error.message.as_str())),
        ("attempts", Value::Int(i64::from(error.attempts))),
    ])
}
