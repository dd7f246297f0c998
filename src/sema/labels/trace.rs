//! From a use of untrusted data back to where it came from, step by step through the source.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::span::Span;
use crate::sema::hir::{ArmBody, Body, HandlerAction, RaceKind, Target};
use crate::sema::labels::flow::Flows;
use crate::sema::labels::instance::{Caller, Decided};
use crate::sema::labels::lattice::{is_dirty, with_field};
use crate::sema::labels::value::Scope;
use crate::value::expr::{Entry, Expr, ExprKind, Observe, Part, Var};
use crate::value::types::Type;

/// A longer way is cut: nobody reads it.
const STEPS_MAX: usize = 10_000;
/// Beyond so many problems only the places are named: a way is as long as the program, and nobody follows them all.
const WAYS_MAX: usize = 500;

/// A place on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where.
    pub span: Span,
    /// What stands there: the name of a `let`, a stage, a parameter; nothing at the source.
    pub name: Option<String>,
}

/// An expression, seen from a place in an instance.
#[derive(Clone)]
pub struct Cursor<'a> {
    instance: usize,
    /// The stage whose element or result it sees.
    stage: Option<usize>,
    expr: &'a Expr,
    /// The fields of its value that matter, the last one first.
    path: Vec<Arc<str>>,
    /// Variables of comprehensions, with what they go through.
    locals: Vec<(u32, &'a Expr)>,
}

impl<'a> Cursor<'a> {
    /// An expression of a workflow.
    pub fn new(instance: usize, expr: &'a Expr) -> Self {
        Self { instance, stage: None, expr, path: Vec::new(), locals: Vec::new() }
    }

    /// One in a clause of a stage.
    pub fn of_stage(mut self, stage: usize) -> Self {
        self.stage = Some(stage);
        self
    }

    /// Its place.
    pub fn span(&self) -> Span {
        self.expr.span
    }

    fn to(&self, expr: &'a Expr) -> Self {
        Self { expr, ..self.clone() }
    }
}

/// The way so far.
struct Way<'a> {
    steps: Vec<Step>,
    /// The calls through whose results it has gone, inside out.
    through: Vec<Caller<'a>>,
    seen: BTreeSet<(usize, Var)>,
}

impl<'a> Flows<'a> {
    /// The way of untrusted data to an expression, the source first.
    pub fn way_to(&self, from: &Cursor<'a>) -> Vec<Step> {
        self.followed.set(self.followed.get() + 1);
        if self.followed.get() > WAYS_MAX {
            return Vec::new();
        }
        let mut way = Way { steps: Vec::new(), through: Vec::new(), seen: BTreeSet::new() };
        let mut next = Some(from.clone());
        while let Some(cursor) = next.take().filter(|_| way.steps.len() < STEPS_MAX) {
            next = self.back(&cursor, &mut way);
        }
        way.steps.dedup_by_key(|step| step.span);
        way.steps.reverse();
        way.steps
    }

    /// The way of the data that decides something.
    pub fn way_of(&self, decided: Decided<'a>) -> Vec<Step> {
        self.way_to(&Cursor::new(decided.instance, decided.read))
    }

    /// One step back; nothing at the source.
    fn back(&self, at: &Cursor<'a>, way: &mut Way<'a>) -> Option<Cursor<'a>> {
        let at = self.culprit(at.clone());
        let instance = &self.instances[at.instance];
        match at.expr.kind {
            ExprKind::Var(var) if !is_local(var) && !way.seen.insert((at.instance, var)) => None,
            ExprKind::Var(Var::Let(index)) => {
                let item = instance.of.lets.get(index as usize)?;
                way.steps.push(Step { span: item.span, name: Some(item.name.clone()) });
                let mut scope = instance.scope(None);
                let read = if is_dirty(&scope.of(&item.value)) { None } else { scope.reads(&item.value) };
                Some(Cursor { stage: None, locals: Vec::new(), ..at.to(read.unwrap_or(&item.value)) })
            }
            ExprKind::Var(Var::Stage(stage)) => self.back_from_stage(&at, stage as usize, way),
            ExprKind::Var(Var::Result | Var::Previous) => self.back_from_stage(&at, at.stage?, way),
            ExprKind::Var(Var::Param(index)) => self.back_to_caller(&at, index as usize, way),
            ExprKind::Var(Var::Item) => self.back_to_list(&at, at.stage?),
            ExprKind::Var(Var::Local(local)) => {
                let (_, source) = at.locals.iter().rev().find(|(bound, _)| *bound == local)?;
                Some(at.to(source))
            }
            ExprKind::Observe(Observe::Errors, stage) if at.path.last().is_some_and(|name| &**name == "item") => {
                let mut at = at;
                at.path.pop();
                self.back_to_list(&at, stage as usize)
            }
            _ => {
                way.steps.push(Step { span: at.expr.span, name: None });
                None
            }
        }
    }

    fn back_to_list(&self, at: &Cursor<'a>, stage: usize) -> Option<Cursor<'a>> {
        match &self.instances[at.instance].of.stages[stage].body {
            Body::Map(map) => Some(Cursor { stage: None, ..at.to(&map.source) }),
            _ => None,
        }
    }

    fn back_to_caller(&self, at: &Cursor<'a>, place: usize, way: &mut Way<'a>) -> Option<Cursor<'a>> {
        let instance = &self.instances[at.instance];
        let param = instance.of.params.get(place)?;
        if is_dirty(&seen_at(&param.ty, &at.path)) {
            way.steps.push(Step { span: param.span, name: None });
            return None;
        }
        if !instance.of.inline {
            way.steps.push(Step { span: param.span, name: Some(param.name.clone()) });
        }
        let caller = way.through.pop().or(instance.request.caller)?;
        let expr = caller.call.args.get(place)?;
        let seen = Cursor { path: at.path.clone(), ..Cursor::new(caller.instance, expr).of_stage(caller.stage) };
        let mut scope = self.instances[caller.instance].scope_of_call(caller.stage, caller.call);
        if is_dirty(&scope.of(expr)) {
            return Some(seen);
        }
        if let Some(read) = scope.reads(expr).filter(|_| instance.of.inline) {
            return Some(seen.to(read));
        }
        let repeat = caller.call.repeat.iter().flat_map(|repeat| &repeat.with);
        repeat.filter(|(other, _)| *other == place).map(|(_, value)| seen.to(value)).next()
    }

    fn back_from_stage(&self, at: &Cursor<'a>, position: usize, way: &mut Way<'a>) -> Option<Cursor<'a>> {
        let stage = self.instances[at.instance].of.stages.get(position)?;
        let mut here = Cursor { stage: Some(position), locals: Vec::new(), ..at.clone() };
        let caller = |call| Caller { instance: at.instance, stage: position, call };
        let (mut calls, mut values) = (Vec::new(), Vec::new());
        match &stage.body {
            Body::Call(call) => calls.push(call),
            Body::Map(map) => calls.push(&map.call),
            Body::Match(of) => {
                for arm in &of.arms {
                    match &arm.body {
                        ArmBody::Call(call) => calls.push(call),
                        ArmBody::Use(value) => values.push(value),
                        ArmBody::Skip => {}
                    }
                }
                values.push(&of.subject);
            }
            Body::Race(race) => {
                here.path.pop_if(|name| race.kind == RaceKind::Tagged && &**name == "value");
                calls.extend(race.alternatives.iter().map(|alternative| &alternative.call));
            }
            Body::Fail(_) => {}
        }
        for handler in &stage.handlers {
            match &handler.action {
                HandlerAction::Use(value) => values.push(value),
                HandlerAction::Call(call) => calls.push(call),
                HandlerAction::Ask(_) | HandlerAction::Fail | HandlerAction::Skip => {}
            }
        }
        let name = Step { span: stage.span, name: Some(stage.name.clone()) };
        for call in calls {
            if let Some(next) = self.back_from_call(&here, caller(call), &name, way) {
                return next;
            }
        }
        way.steps.push(name);
        let mut scope = self.instances[at.instance].scope(Some(position));
        let value = values.into_iter().find(|value| is_dirty(&scope.of(value)));
        match (value, &stage.body) {
            (Some(value), _) => Some(here.to(value)),
            // Its length is that of what it goes through.
            (None, Body::Map(map)) => Some(Cursor { stage: None, ..here.to(&map.source) }),
            (None, _) => None,
        }
    }

    /// Where the result of a call has what is untrusted in it from; nothing if it is clean.
    fn back_from_call(
        &self,
        here: &Cursor<'a>,
        caller: Caller<'a>,
        stage: &Step,
        way: &mut Way<'a>,
    ) -> Option<Option<Cursor<'a>>> {
        let (args, result) = self.settled(caller);
        if !is_dirty(&seen_at(&result, &here.path)) {
            return None;
        }
        let source = Step { span: caller.call.span, name: None };
        match &caller.call.target {
            Target::Action(agent, action) | Target::Bound { interface: agent, action, .. } => {
                let declared = self.action(*agent, *action).map(|action| seen_at(&action.result, &here.path));
                let dirty = args.iter().position(is_dirty);
                match dirty.filter(|_| !declared.is_some_and(|ty| is_dirty(&ty))) {
                    Some(place) => {
                        way.steps.push(stage.clone());
                        Some(self.argument_of(here, caller, place))
                    }
                    None => {
                        way.steps.push(source);
                        Some(None)
                    }
                }
            }
            Target::Workflow(id) => {
                let of = &self.program.workflows[id.index()];
                let Some(instance) = self.called_instance(caller, *id, &args) else {
                    way.steps.push(source);
                    return Some(None);
                };
                let returns =
                    of.returns.as_ref().filter(|returns| is_dirty(&self.instances[instance].scope(None).of(returns)));
                way.steps.push(if returns.is_some() { stage.clone() } else { source });
                way.through.push(caller);
                Some(returns.map(|returns| Cursor { path: here.path.clone(), ..Cursor::new(instance, returns) }))
            }
            // A file whose text nobody was shown.
            Target::Ask(ask) => {
                way.steps.push(stage.clone());
                Some(ask.approves.as_ref().map(|approval| here.to(&approval.value)))
            }
            Target::Event(_) => {
                way.steps.push(source);
                Some(None)
            }
            Target::Wait(_) => None,
        }
    }

    /// The argument that makes a result untrusted: as the call has it, or as a later round has.
    fn argument_of(&self, here: &Cursor<'a>, caller: Caller<'a>, place: usize) -> Option<Cursor<'a>> {
        let here = Cursor { path: Vec::new(), ..here.clone() };
        let first = caller.call.args.get(place)?;
        let mut scope = self.instances[caller.instance].scope_of_call(caller.stage, caller.call);
        if is_dirty(&scope.of(first)) {
            return Some(here.to(first));
        }
        // In the first round the result is still clean: what is untrusted then was so before.
        scope.result = Some(caller.call.result.without_labels());
        let repeat = caller.call.repeat.as_ref()?;
        let own = repeat.with.iter().find(|(_, value)| is_dirty(&scope.of(value)));
        own.or_else(|| repeat.with.first()).map(|(_, value)| here.to(value))
    }

    /// Goes into an expression, down to the variable that brings what is untrusted.
    fn culprit(&self, mut at: Cursor<'a>) -> Cursor<'a> {
        let instance = &self.instances[at.instance];
        let mut scope = instance.scope(at.stage);
        for (local, source) in at.locals.clone() {
            let element = scope.of(source).without_null().element().cloned();
            scope.locals.push((local, element.unwrap_or_else(Type::unknown)));
        }
        loop {
            let next = match &at.expr.kind {
                ExprKind::Field(base, name) | ExprKind::OptionalField(base, name) => {
                    at.path.push(name.clone());
                    Some(&**base)
                }
                ExprKind::Index(base, index) => {
                    if is_dirty(&scope.of(base)) {
                        Some(&**base)
                    } else {
                        at.path.clear();
                        Some(&**index)
                    }
                }
                ExprKind::Record(entries) => entry(&mut scope, entries, &mut at.path),
                ExprKind::Comprehension { local, source, condition, body } => {
                    let element = scope.of(source).without_null().element().cloned();
                    scope.locals.push((*local, element.unwrap_or_else(Type::unknown)));
                    at.locals.push((*local, source));
                    let condition = condition.as_deref();
                    match () {
                        () if is_dirty(&scope.of(body)) => Some(&**body),
                        () => condition.and_then(|condition| scope.reads(condition)).or(Some(source)),
                    }
                }
                _ => part(&mut scope, at.expr, &mut at.path),
            };
            match next {
                Some(next) => at.expr = next,
                None => return at,
            }
        }
    }
}

/// Whether a variable means another value elsewhere in the same workflow.
fn is_local(var: Var) -> bool {
    matches!(var, Var::Local(_) | Var::Item | Var::ItemIndex)
}

/// The type of what a path leads to; of the whole where it leads nowhere.
fn seen_at(ty: &Type, path: &[Arc<str>]) -> Type {
    let element = |ty: Type| ty.without_null().element().cloned().unwrap_or(ty);
    let found = path
        .iter()
        .rev()
        .try_fold(ty.clone(), |ty, name| with_field(&ty, name).or_else(|| with_field(&element(ty), name)));
    found.unwrap_or_else(|| ty.clone())
}

/// The entry of a record that has what a path asks for.
fn entry<'a>(scope: &mut Scope<'_>, entries: &'a [Entry], path: &mut Vec<Arc<str>>) -> Option<&'a Expr> {
    let wanted = path.last().cloned();
    for entry in entries.iter().rev() {
        match (entry, &wanted) {
            (Entry::Field(name, value), Some(wanted)) if name == wanted => {
                path.pop();
                return Some(value);
            }
            (Entry::Field(_, value), None) if is_dirty(&scope.of(value)) => return Some(value),
            (Entry::Spread(value), _) if is_dirty(&seen_at(&scope.of(value), path)) => return Some(value),
            _ => {}
        }
    }
    None
}

/// The part of any other expression that is untrusted.
fn part<'a>(scope: &mut Scope<'_>, expr: &'a Expr, path: &mut Vec<Arc<str>>) -> Option<&'a Expr> {
    let whole = matches!(
        expr.kind,
        ExprKind::If(_, _, _)
            | ExprKind::Match(_, _)
            | ExprKind::List(_)
            | ExprKind::Widen(_, _)
            | ExprKind::Binary(_, _, _)
    );
    if let ExprKind::If(_, then, otherwise) = &expr.kind {
        return [&**then, &**otherwise].into_iter().find(|part| is_dirty(&seen_at(&scope.of(part), path)));
    }
    let mut parts = Vec::new();
    match &expr.kind {
        ExprKind::Interpolate(written) => parts.extend(written.iter().filter_map(|part| match part {
            Part::Value(value) => Some(value),
            Part::Text(_) => None,
        })),
        _ => expr.children(&mut parts),
    }
    let found = parts.into_iter().find(|part| is_dirty(&seen_at(&scope.of(part), path)));
    if !whole {
        path.clear();
    }
    found
}
