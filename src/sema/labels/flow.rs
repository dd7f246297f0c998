//! Goes through all workflows, each after those that it calls, once for each combination of the labels of its arguments.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::base::span::Span;
use crate::diag::{Bag, Code, Diagnostic};
use crate::sema::hir::{self, ArmBody, Body, HandlerAction, Program, RaceKind, Stage};
use crate::sema::labels::instance::{Caller, Decided, Instance, Key, Request, assume_arm};
use crate::sema::labels::lattice::{either, is_dirty, laid_over, mixed, not_approved, reordered};
use crate::sema::labels::needs::{Node, sequence};
use crate::sema::labels::report;
use crate::sema::labels::tools::dirty_models;
use crate::value::types::{Field, Labels, Type};

/// More combinations of one workflow are taken for the worst of them.
const COMBINATIONS_MAX: usize = 64;

/// What is known so far.
pub struct Flows<'a> {
    /// The checked program.
    pub program: &'a Program,
    /// Workflows with the labels of their arguments.
    pub instances: Vec<Instance<'a>>,
    /// Which of them is which.
    pub known: BTreeMap<Key, usize>,
    /// Instances that the statement under way wants and that are not there yet.
    pub wanted: RefCell<Vec<Request<'a>>>,
    /// Models whose tools answer with untrusted data.
    pub dirty_models: BTreeSet<*const hir::Action>,
    /// How many ways have been followed.
    pub followed: Cell<usize>,
    /// What the statement under way has to report.
    found: Vec<Diagnostic>,
    reported: BTreeSet<(Code, Span)>,
    sequences: Vec<Option<Rc<[Node]>>>,
    combinations: Vec<usize>,
}

impl<'a> Flows<'a> {
    /// Nothing is known yet.
    pub fn new(program: &'a Program) -> Self {
        Self {
            program,
            instances: Vec::new(),
            known: BTreeMap::new(),
            wanted: RefCell::default(),
            dirty_models: dirty_models(program),
            followed: Cell::new(0),
            found: Vec::new(),
            reported: BTreeSet::new(),
            sequences: vec![None; program.workflows.len()],
            combinations: vec![0; program.workflows.len()],
        }
    }

    /// Looks at every workflow as it is when it is started from outside, and at what those call.
    pub fn check(mut self, bag: &mut Bag) {
        for workflow in 0..self.program.workflows.len() {
            let of = &self.program.workflows[workflow];
            if of.inline {
                continue;
            }
            let params: Vec<Type> = of.params.iter().map(|param| param_type(&param.ty, None)).collect();
            let decided = vec![false; params.len()];
            self.run(Request { workflow, params, decided, under: None, caller: None }, bag);
        }
    }

    /// Works off a request and all that it leads to, without recursion: calls may be nested as deep as there are workflows.
    fn run(&mut self, request: Request<'a>, bag: &mut Bag) {
        let mut stack = Vec::new();
        self.open(request, &mut stack);
        while let Some(&instance) = stack.last() {
            if self.proceed(instance, bag) {
                stack.pop();
            }
            for request in self.wanted.take() {
                self.open(request, &mut stack);
            }
        }
    }

    fn open(&mut self, request: Request<'a>, stack: &mut Vec<usize>) {
        let key = request.key();
        if self.known.contains_key(&key) {
            return;
        }
        let of = &self.program.workflows[request.workflow];
        self.combinations[request.workflow] += 1;
        self.known.insert(key, self.instances.len());
        stack.push(self.instances.len());
        self.instances.push(Instance::new(of, request));
    }

    /// Goes on with an instance until it is done, or waits for what it calls.
    fn proceed(&mut self, index: usize, bag: &mut Bag) -> bool {
        let workflow = self.instances[index].request.workflow;
        let of = self.instances[index].of;
        let sequence = self.sequences[workflow].get_or_insert_with(|| sequence(of).into()).clone();
        while let Some(node) = sequence.get(self.instances[index].position) {
            match *node {
                Node::Let(item) => self.let_statement(index, item),
                Node::Condition(condition) => self.condition(index, condition),
                Node::Stage(stage) => self.stage(index, stage),
            }
            if !self.wanted.borrow().is_empty() {
                self.found.clear();
                return false;
            }
            self.instances[index].position += 1;
            self.flush(bag);
        }
        let result = self.result(index);
        self.instances[index].result = Some(result);
        self.flush(bag);
        true
    }

    /// Adds a problem: one for each place, whatever leads there.
    pub fn report(&mut self, found: Diagnostic) {
        self.found.push(found);
    }

    /// Whether this place has this problem already.
    pub fn is_reported(&self, code: Code, at: Span) -> bool {
        self.reported.contains(&(code, at))
    }

    fn flush(&mut self, bag: &mut Bag) {
        for found in std::mem::take(&mut self.found) {
            if self.reported.insert((found.code, found.primary.span)) {
                bag.push(found);
            }
        }
    }

    fn let_statement(&mut self, index: usize, item: usize) {
        let instance = &mut self.instances[index];
        let value = &instance.of.lets[item].value;
        let mut scope = instance.scope_of_let(item);
        let ty = scope.of(value);
        let decided = scope.reads(value).is_some();
        instance.lets[item] = laid_over(&instance.of.lets[item].ty.without_labels(), &ty);
        instance.decided[item] = decided;
    }

    fn condition(&mut self, index: usize, condition: usize) {
        let instance = &mut self.instances[index];
        let of = instance.of;
        instance.conditions[condition] = instance.scope(None).reads(&of.conditions[condition].value);
    }

    fn stage(&mut self, index: usize, position: usize) {
        let instance = &mut self.instances[index];
        let stage = &instance.of.stages[position];
        let own = stage.guard.iter().find_map(|term| {
            let read = (*instance.conditions.get(term.condition.index())?)?;
            Some(Decided { instance: index, read, at: instance.of.conditions[term.condition.index()].span })
        });
        // An exit has those before it among its own.
        let exits = || stage.exits.iter().find_map(|exit| *instance.guards.get(exit.index())?);
        instance.guards[position] = own.or_else(exits);
        let given = self.body(index, position, stage);
        self.instances[index].results[position] = given.clone();
        let handled = self.handled(index, position, stage, given);
        self.instances[index].stages[position] = laid_over(&stage.ty.without_labels(), &handled);
        if let Some(call) = &stage.undo {
            self.call(Caller { instance: index, stage: position, call });
        }
    }

    /// What the body of a stage gives.
    fn body(&mut self, index: usize, position: usize, stage: &'a Stage) -> Type {
        let caller = |call| Caller { instance: index, stage: position, call };
        match &stage.body {
            Body::Call(call) => self.call(caller(call)),
            Body::Map(map) => {
                let source = self.instances[index].scope(Some(position)).of(&map.source).without_null();
                let element = source.element().cloned().unwrap_or_else(|| mixed(source.carried()));
                self.instances[index].items[position] = laid_over(&map.item.without_labels(), &element);
                self.call(caller(&map.call))
            }
            Body::Match(of) => self.arms(index, position, of),
            Body::Race(race) => {
                let given: Vec<Type> =
                    race.alternatives.iter().map(|alternative| self.call(caller(&alternative.call))).collect();
                raced(race, &given)
            }
            Body::Fail(_) => Type::null(),
        }
    }

    fn arms(&mut self, index: usize, position: usize, of: &'a hir::Match) -> Type {
        let picked = self.instances[index].scope(Some(position)).of(&of.subject).carried().of_leaf();
        let mut given = Type::never();
        for (at, arm) in of.arms.iter().enumerate() {
            let ty = match &arm.body {
                ArmBody::Call(call) => self.call(Caller { instance: index, stage: position, call }),
                ArmBody::Use(value) => {
                    let mut scope = self.instances[index].scope(Some(position));
                    assume_arm(&mut scope, of, at);
                    scope.of(value)
                }
                ArmBody::Skip => Type::null(),
            };
            given = either(&given, &ty);
        }
        given.with_labels(picked)
    }

    /// What a stage gives once failures are handled; of a map, the list.
    fn handled(&mut self, index: usize, position: usize, stage: &'a Stage, mut given: Type) -> Type {
        let approved = given.has_approved();
        for handler in &stage.handlers {
            let replacement = match &handler.action {
                HandlerAction::Use(value) => self.instances[index].scope(Some(position)).of(value),
                HandlerAction::Call(call) => self.call(Caller { instance: index, stage: position, call }),
                HandlerAction::Ask(_) if approved => {
                    self.report(report::asked_instead(handler.span, stage.span));
                    continue;
                }
                HandlerAction::Ask(_) | HandlerAction::Fail | HandlerAction::Skip => continue,
            };
            if approved && not_approved(&given, &replacement).is_some() {
                self.report(report::replaced(handler.span, stage.span));
                continue;
            }
            given = either(&given, &replacement);
        }
        match &stage.body {
            Body::Map(map) => {
                let order = self.instances[index].scope(Some(position)).of(&map.source).without_null().labels.untrusted;
                reordered(&Type::list(given), order)
            }
            _ => given,
        }
    }

    /// What a workflow gives: its labels are found; those that are written hold for its callers as well.
    fn result(&mut self, index: usize) -> Type {
        let of = self.instances[index].of;
        let Some(returns) = &of.returns else { return of.result.clone() };
        let given = self.instances[index].scope(None).of(returns);
        if let Some(path) = not_approved(&of.result, &given) {
            self.report(report::result_not_approved(returns.span, &path, of.span));
        }
        laid_over(&of.result, &given)
    }

    /// The instance that a request asks for. Too many of one workflow are taken for one that may be anything.
    pub fn instance_of(&self, mut request: Request<'a>) -> Result<usize, Request<'a>> {
        if let Some(known) = self.known.get(&request.key()) {
            return Ok(*known);
        }
        if self.combinations[request.workflow] >= COMBINATIONS_MAX {
            let of = &self.program.workflows[request.workflow];
            let worst = of.params.iter().map(|param| match param.ty.labels.trusted || param.ty.labels.approved {
                true => param_type(&param.ty, None),
                false => param.ty.with_labels(Labels::UNTRUSTED),
            });
            request.params = worst.collect();
            request.decided.fill(of.inline);
            if let Some(known) = self.known.get(&request.key()) {
                return Ok(*known);
            }
        }
        Err(request)
    }
}

/// What a race gives: any of its alternatives, or what each of them gives under its tag.
fn raced(race: &hir::Race, given: &[Type]) -> Type {
    let any = given.iter().fold(Type::never(), |any, ty| either(&any, ty));
    match race.kind {
        RaceKind::First => any,
        RaceKind::Any(_) => Type::list(any),
        RaceKind::Tagged => {
            let member = |(alternative, ty): (&hir::Alternative, &Type)| {
                let won = alternative.tag.as_deref().map_or_else(Type::string, Type::literal);
                Type::record([("won", Field::required(won)), ("value", Field::required(ty.clone()))])
            };
            let members: Vec<Type> = race.alternatives.iter().zip(given).map(member).collect();
            Type::union(members).unwrap_or_else(|_| mixed(any.carried()))
        }
    }
}

/// What a parameter carries inside: what its argument brings and what is written; nothing where that was already judged.
pub fn param_type(declared: &Type, argument: Option<&Type>) -> Type {
    let approved = |ty: &Type| ty.labels.approved;
    if declared.labels.trusted || approved(declared) {
        let whole = Labels { trusted: false, ..declared.labels.of_whole() };
        let kept = argument.filter(|argument| argument.labels.approved).map_or(Labels::NONE, |_| Labels::APPROVED);
        return declared.without_labels().with_labels(whole.or(kept));
    }
    match argument {
        Some(argument) => laid_over(declared, argument),
        None => declared.clone(),
    }
}

/// Whether an argument may not go into a parameter because it is untrusted.
pub fn refuses(declared: &Type, argument: &Type) -> bool {
    declared.labels.trusted && is_dirty(argument)
}
