//! A workflow with the labels of its arguments: what each of its names carries.

use crate::base::span::Span;
use crate::sema::hir::{self, ArmBody, Body, Call, Guard, Workflow};
use crate::sema::labels::lattice::bits;
use crate::sema::labels::value::Scope;
use crate::value::expr::Expr;
use crate::value::types::Type;

/// A workflow with the labels of its arguments.
pub struct Instance<'a> {
    /// The workflow.
    pub of: &'a Workflow,
    /// What it was made for.
    pub request: Request<'a>,
    /// By `let`.
    pub lets: Vec<Type>,
    /// By `let`, whether untrusted data decided it.
    pub decided: Vec<bool>,
    /// By stage.
    pub stages: Vec<Type>,
    /// By stage, what its call gives before failures are handled.
    pub results: Vec<Type>,
    /// By stage that is a map, an element.
    pub items: Vec<Type>,
    /// By condition, the untrusted data that decides it.
    pub conditions: Vec<Option<&'a Expr>>,
    /// By stage, what of its guard and of the early exits before it is untrusted.
    pub guards: Vec<Option<Decided<'a>>>,
    /// What it gives; nothing before all of it is known.
    pub result: Option<Type>,
    /// How many of its nodes are done.
    pub position: usize,
}

/// A workflow is wanted with these labels.
#[derive(Clone)]
pub struct Request<'a> {
    /// Its position.
    pub workflow: usize,
    /// The types of its parameters.
    pub params: Vec<Type>,
    /// By parameter, whether untrusted data decided it; of bodies in braces only.
    pub decided: Vec<bool>,
    /// The untrusted data that decides whether it is called at all.
    pub under: Option<Decided<'a>>,
    /// Who wants it first.
    pub caller: Option<Caller<'a>>,
}

/// Whether something runs depends on untrusted data.
#[derive(Clone, Copy)]
pub struct Decided<'a> {
    /// Where that was found.
    pub instance: usize,
    /// What is read there.
    pub read: &'a Expr,
    /// The place of the condition.
    pub at: Span,
}

/// A call inside an instance.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    /// The instance.
    pub instance: usize,
    /// The stage.
    pub stage: usize,
    /// The call.
    pub call: &'a Call,
}

/// Tells instances of one workflow apart.
pub type Key = (usize, Vec<u8>);

impl<'a> Request<'a> {
    /// Requests with one key have one answer.
    pub fn key(&self) -> Key {
        let mut key = vec![u8::from(self.under.is_some())];
        key.extend(self.decided.iter().map(|decided| u8::from(*decided)));
        self.params.iter().for_each(|ty| bits(ty, &mut key));
        (self.workflow, key)
    }
}

impl<'a> Instance<'a> {
    /// Nothing is known yet but the labels of the arguments.
    pub fn new(of: &'a Workflow, request: Request<'a>) -> Self {
        let bare = |ty: &Type| ty.without_labels();
        Self {
            lets: of.lets.iter().map(|item| bare(&item.ty)).collect(),
            decided: vec![false; of.lets.len()],
            stages: of.stages.iter().map(|stage| bare(&stage.ty)).collect(),
            results: of.stages.iter().map(|stage| bare(&stage.ty)).collect(),
            items: of.stages.iter().map(item).collect(),
            conditions: vec![None; of.conditions.len()],
            guards: vec![None; of.stages.len()],
            result: None,
            position: 0,
            of,
            request,
        }
    }

    /// What the expressions of a workflow see; `stage` for clauses that see its element or its result.
    pub fn scope(&self, stage: Option<usize>) -> Scope<'_> {
        let mut scope = Scope {
            params: &self.request.params,
            lets: &self.lets,
            stages: &self.stages,
            items: &self.items,
            item: stage.map(|stage| self.items[stage].clone()),
            result: stage.map(|stage| self.results[stage].clone()),
            locals: Vec::new(),
            facts: Vec::new(),
            decided_params: &self.request.decided,
            decided_lets: &self.decided,
        };
        if let Some(stage) = stage {
            self.assume_guard(&mut scope, &self.of.stages[stage].guard);
        }
        scope
    }

    /// What the value of a `let` sees.
    pub fn scope_of_let(&self, item: usize) -> Scope<'_> {
        let mut scope = self.scope(None);
        self.assume_guard(&mut scope, &self.of.lets[item].guard);
        scope
    }

    /// What a call sees; inside an arm, that it has come to that arm.
    pub fn scope_of_call(&self, stage: usize, call: &Call) -> Scope<'_> {
        let mut scope = self.scope(Some(stage));
        if let Body::Match(of) = &self.of.stages[stage].body {
            let is_call = |arm: &hir::Arm| matches!(&arm.body, ArmBody::Call(own) if std::ptr::eq(own, call));
            if let Some(arm) = of.arms.iter().position(is_call) {
                assume_arm(&mut scope, of, arm);
            }
        }
        scope
    }

    fn assume_guard(&self, scope: &mut Scope<'_>, guard: &Guard) {
        for term in guard {
            if let Some(condition) = self.of.conditions.get(term.condition.index()) {
                scope.assume(&condition.value, term.holds);
            }
        }
    }

    /// What decides a stage: its guard, early exits before it, what is around the whole.
    pub fn under(&self, stage: usize) -> Option<Decided<'a>> {
        self.guards[stage].or(self.request.under)
    }
}

/// Takes for granted that a `match` has come to an arm.
pub fn assume_arm(scope: &mut Scope<'_>, of: &hir::Match, arm: usize) {
    let before = of.arms[..arm].iter().map(|arm| &*arm.patterns);
    scope.assume_arm(&of.subject, before, &of.arms[arm].patterns);
}

fn item(stage: &hir::Stage) -> Type {
    match &stage.body {
        Body::Map(map) => map.item.without_labels(),
        _ => Type::unknown(),
    }
}
