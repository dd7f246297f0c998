//! Workflows and bodies in braces: their statements, checked in an order in which each comes after what it reads.

use crate::base::span::Span;
use crate::sema::agent::PARALLEL_MAX;
use crate::sema::clause::Clauses;
use crate::sema::context::{Context, Unread};
use crate::sema::errors::{graph as errors, names, types as type_errors};
use crate::sema::expr::{Body, Want};
use crate::sema::facts::{Lit, Range};
use crate::sema::hir::{self, Target};
use crate::sema::inside::calls;
use crate::sema::naming;
use crate::sema::order::order;
use crate::sema::outline::{NodeKind, Outline};
use crate::sema::scope::{Absence, Binding, Bound, Frame, FrameKind};
use crate::sema::signature::{agent_params, params};
use crate::syntax::ast::{self, Stmt};
use crate::value::expr::{Expr, Var};
use crate::value::policy::Effects;
use crate::value::types::{Kind, Type};

/// Checks every workflow.
pub(super) fn check_all(ctx: &mut Context<'_>) {
    for index in 0..ctx.items.workflows.len() {
        let checked = check(ctx, index);
        ctx.bodies[index] = Some(checked);
    }
}

/// The parts of a workflow that its statements make.
pub(super) struct Parts {
    /// Its `let`s.
    pub lets: Vec<hir::Let>,
    /// Its stages.
    pub stages: Vec<hir::Stage>,
    /// What `return` gives.
    pub returns: Option<Expr>,
    /// The type of that.
    pub result: Type,
}

fn check(ctx: &mut Context<'_>, index: usize) -> hir::Workflow {
    let of = ctx.items.workflows[index];
    let signature = ctx.workflows[index].clone();
    let mut frame = Frame::new(FrameKind::Workflow);
    let (mut values, mut agents) = (0, 0);
    for param in &signature.params {
        let mut binding = Binding::given(&param.name, param.span, Var::Param(values), param.ty.clone());
        match param.interface {
            Some(interface) => {
                binding.agent = Some(Bound { param: agents, interface });
                agents += 1;
            }
            None => values += 1,
        }
        frame.names.insert(param.name.clone(), frame.bindings.len());
        frame.bindings.push(binding);
    }
    frame.params = params(&signature);
    frame.agents = agent_params(&signature);
    frame.origins = vec![None; frame.params.len()];
    let mut body = Body::new(ctx, of.module, frame);
    let clauses = Clauses::gather(&of.item.clauses);
    let limit = clauses.timeout.and_then(|(value, at)| Some((body.duration(value, "timeout")?, at)));
    body.frame_mut().limit = limit;
    let (lock, budget) = (body.lock(&clauses), body.budget(&clauses));
    let parallel = clauses.parallel.and_then(|(count, _)| body.count(count, "parallel", 1, PARALLEL_MAX));
    let want = Want::new(signature.result.clone(), "the result").declared(
        signature.result_span.unwrap_or(signature.span),
        if signature.result_span.is_some() { "declared here" } else { "declares no result" },
    );
    let parts = body.statements(&of.item.body, Some(&want));
    if parts.returns.is_none() && !signature.result.is_optional() && !signature.result.is_unknown() {
        let declared = signature.result_span.unwrap_or(signature.span);
        body.report(type_errors::no_return(&signature.name, signature.span, declared));
    }
    body.report_unused_parameters();
    let frame = body.frames.pop().expect("the frame of the workflow");
    hir::Workflow {
        name: signature.name.clone(),
        doc: of.item.doc.clone(),
        inline: false,
        params: frame.params,
        agents: frame.agents,
        result: signature.result.clone(),
        timeout: limit.map(|(ms, _)| ms),
        parallel: parallel.and_then(|count| u32::try_from(count).ok()),
        cancel_on_failure: clauses.cancel_on_failure,
        lock,
        budget,
        lets: parts.lets,
        stages: parts.stages,
        conditions: frame.conditions,
        returns: parts.returns,
        span: signature.span,
    }
}

/// What is being built while statements are checked.
struct Building<'a> {
    outline: Outline<'a>,
    lets: Vec<Option<hir::Let>>,
    stages: Vec<Option<hir::Stage>>,
    conditions: Vec<Option<hir::Condition>>,
    returns: Option<(Expr, Type)>,
    /// By stage, the strongest that it does, where that is known.
    effects: Vec<Option<Effects>>,
}

impl<'a> Body<'_, 'a> {
    /// Checks the statements of the innermost frame. `want` is what `return` has to give, where that is declared.
    pub fn statements(&mut self, statements: &'a [Stmt], want: Option<&Want>) -> Parts {
        let outline = Outline::of(self, statements);
        self.mark_observed(&outline);
        let sequence = order(outline.nodes.len(), &outline.needs(self)).sequence;
        let conditions = outline.nodes.iter().filter(|node| matches!(node.kind, NodeKind::Condition(_, _))).count();
        let mut building = Building {
            lets: vec![None; outline.lets],
            stages: vec![None; outline.stages],
            effects: vec![None; outline.stages],
            conditions: vec![None; conditions],
            returns: None,
            outline,
        };
        // Clauses add conditions after those of blocks, whose numbers are known from the start.
        self.frame_mut().conditions = Vec::new();
        self.frame_mut().condition_base = conditions;
        for index in sequence {
            self.node(&mut building, index, want);
        }
        self.report_unused_statements(&building);
        self.report_swallowed(&building.outline, &building.stages);
        // All is numbered: of a long workflow the numbers take much room.
        drop(building.outline);
        let frame = self.frames.last().expect("the frame of the statements");
        let named = frame.bindings.iter().map(|binding| (binding.name.as_str(), binding.span));
        naming::case_only(named, &mut self.ctx.bag);
        let clauses = std::mem::take(&mut self.frame_mut().conditions);
        self.frame_mut().conditions = building.conditions.into_iter().flatten().chain(clauses).collect();
        let (returns, result) = building.returns.unzip();
        // What did not parse may have been its `return`.
        let whole = !statements.iter().any(|statement| matches!(statement, Stmt::Broken(_)));
        Parts {
            lets: present(building.lets),
            stages: present(building.stages),
            returns,
            result: result.unwrap_or_else(|| if whole { Type::null() } else { Type::unknown() }),
        }
    }

    /// A stage whose failure is observed anywhere but in `finally` may be absent everywhere.
    fn mark_observed(&mut self, outline: &Outline<'a>) {
        for node in outline.nodes.iter().filter(|node| !outline.blocks[node.block].finally) {
            for (name, span) in &node.names.observed {
                let frame = self.frame_mut();
                let Some(&index) = frame.names.get(*name) else { continue };
                let binding = &mut frame.bindings[index];
                if matches!(binding.var, Some(Var::Stage(_))) && !binding.finally {
                    binding.absences.push(Absence::At(*span, "its failure is handled here"));
                    binding.only_failure = true;
                    binding.observed = true;
                }
            }
        }
    }

    fn node(&mut self, building: &mut Building<'a>, index: usize, want: Option<&Want>) {
        let node = &building.outline.nodes[index];
        let (kind, block, at) = (node.kind, node.block, node.at);
        let guard = building.outline.lits(block);
        let frame = self.frame_mut();
        frame.at = at;
        frame.in_finally = building.outline.blocks[block].finally;
        frame.guard = guard;
        if frame.in_finally {
            self.open_outcome();
        }
        match kind {
            NodeKind::Let(item, number) => self.let_statement(building, index, item, number),
            NodeKind::Stage(stage, id) => self.stage_statement(building, index, stage, id),
            NodeKind::Fail(fail, id, number) => self.fail_statement(building, index, fail, id, number),
            NodeKind::Condition(when, id) => self.when_statement(building, index, when, id),
            NodeKind::Return(written) => {
                building.returns = Some(match want {
                    Some(want) => (self.check(&written.value, want), want.ty.clone()),
                    None => {
                        let value = self.infer(&written.value);
                        (value.expr, value.ty)
                    }
                });
            }
        }
        if self.frame().in_finally {
            self.frame_mut().scoped.pop();
        }
    }

    fn open_outcome(&mut self) {
        let at = self.frame().bindings.first().map(|binding| binding.span);
        let span = at.unwrap_or_else(|| Span::start_of(self.ctx.modules[self.module].file));
        let ty = crate::sema::expr::outcome_type();
        self.frame_mut().open(Binding::given("outcome", span, Var::Outcome, ty));
    }

    fn let_statement(&mut self, building: &mut Building<'a>, index: usize, item: &'a ast::Let, number: usize) {
        let value = self.infer(&item.value);
        let node = &building.outline.nodes[index];
        let unsure = node.block != 0 || !node.exits.is_empty() || self.reads_unsure(&node.names.found);
        let block = &building.outline.blocks[node.block];
        building.lets[number] = Some(hir::Let {
            name: item.name.text.clone(),
            ty: value.ty.clone(),
            guard: block.guard.clone(),
            finally: block.finally,
            value: value.expr,
            span: item.name.span,
        });
        let guard = self.frame().guard.clone();
        let Some(binding) = node.binding else { return };
        let binding = &mut self.frame_mut().bindings[binding];
        binding.ty = Some(value.ty);
        binding.guard = guard;
        binding.unsure_in_finally = unsure;
    }

    /// Whether any of these names is a stage, or a `let` that depends on one.
    fn reads_unsure(&self, names: &[&str]) -> bool {
        let frame = self.frame();
        names.iter().any(|name| frame.names.get(*name).is_some_and(|index| frame.bindings[*index].unsure_in_finally))
    }

    fn stage_statement(&mut self, building: &mut Building<'a>, index: usize, stage: &'a ast::Stage, id: hir::StageId) {
        let node = &building.outline.nodes[index];
        let block = &building.outline.blocks[node.block];
        let (guard, exits, finally) = (block.guard.clone(), node.exits.clone(), block.finally);
        let binding = node.binding;
        let (checked, effects) = self.stage(stage, id, binding, guard, exits, finally);
        building.stages[id.index()] = Some(checked);
        building.effects[id.index()] = effects;
    }

    fn fail_statement(
        &mut self,
        building: &mut Building<'a>,
        index: usize,
        fail: &'a ast::Fail,
        id: hir::StageId,
        number: usize,
    ) {
        let want = Want::new(Type::string(), "`fail`");
        let message = self.check(&fail.message, &want);
        let node = &building.outline.nodes[index];
        let block = &building.outline.blocks[node.block];
        let name = if number == 1 { "fail".to_owned() } else { format!("fail_{number}") };
        building.stages[id.index()] = Some(hir::Stage {
            name,
            doc: None,
            ty: Type::null(),
            guard: block.guard.clone(),
            exits: node.exits.clone(),
            after: Vec::new(),
            finally: block.finally,
            body: hir::Body::Fail(message),
            deadline: None,
            priority: 0,
            label: None,
            handlers: Vec::new(),
            undo: None,
            lock: None,
            budget: None,
            observed: false,
            span: fail.span,
        });
        self.assume_past_exit(&building.outline, index);
        self.report_after_fail(&building.outline, index, fail.span);
    }

    /// Whatever stands after an early exit, there or further out, runs only if one of the conditions that lead to it is false.
    fn assume_past_exit(&mut self, outline: &Outline<'a>, fail: usize) {
        let mut led: Vec<Lit> = Vec::new();
        for block in outline.chain(outline.nodes[fail].block) {
            let Some(parent) = outline.blocks[block].parent else { return };
            led.extend(outline.blocks[block].lits.iter().map(Lit::negated));
            let range = Range { from: outline.blocks[block].when_to + 1, to: outline.blocks[parent].to };
            if !led.is_empty() && range.from <= range.to {
                self.assume_one_of(led.clone(), range);
            }
        }
    }

    /// What stands after a `fail` in its own block never runs.
    fn report_after_fail(&mut self, outline: &Outline<'a>, fail: usize, span: Span) {
        let to = outline.blocks[outline.nodes[fail].block].to;
        let rest = outline.nodes[fail + 1..].iter().take_while(|node| node.at <= to);
        let next = rest.into_iter().find_map(|node| match node.kind {
            NodeKind::Stage(stage, _) => Some(stage),
            _ => None,
        });
        if let Some(stage) = next {
            self.report(errors::never_runs_after_fail(&stage.name.text, stage.name.span, span));
        }
    }

    fn when_statement(&mut self, building: &mut Building<'a>, index: usize, when: &'a ast::When, id: hir::ConditionId) {
        let value = self.condition(&when.condition, "a condition");
        self.check_when(&building.outline, index, when, &value);
        for block in building.outline.nodes[index].branches.clone() {
            let block = &mut building.outline.blocks[block];
            block.lits = self.literals(&value, block.condition.is_none_or(|(_, holds)| holds));
            if block.from <= block.to {
                self.assume(&block.lits, Range { from: block.from, to: block.to });
            }
        }
        building.conditions[id.index()] = Some(hir::Condition { value, span: when.condition.span });
    }

    /// A condition that never changes: a stage that never runs if there is one, else the condition itself is reported.
    fn check_when(&mut self, outline: &Outline<'a>, index: usize, when: &'a ast::When, value: &Expr) {
        let Some(known) = self.known_truth(value) else { return };
        let constant = self.constant_in(&when.condition);
        let dead = outline.nodes.iter().find_map(|node| match node.kind {
            NodeKind::Stage(stage, _) => {
                let branch = outline
                    .chain(node.block)
                    .find_map(|block| outline.blocks[block].condition.filter(|one| one.0 == index));
                branch.is_some_and(|(_, holds)| holds != known.holds).then_some(stage)
            }
            _ => None,
        });
        let found = match dead {
            Some(stage) => errors::never_runs(&stage.name.text, stage.name.span, when.condition.span, &known, constant),
            None => errors::never_changes(when.condition.span, &known, constant),
        };
        self.report(found);
    }

    fn report_unused_statements(&mut self, building: &Building<'a>) {
        for node in &building.outline.nodes {
            let Some(index) = node.binding else { continue };
            let binding = self.frame().bindings[index].clone();
            naming::snake_local(&binding, &mut self.ctx.bag);
            if !binding.uses.is_empty() || binding.name.starts_with('_') || self.ctx.too_many_unknown() {
                continue;
            }
            let (name, span) = (binding.name, binding.span);
            match node.kind {
                NodeKind::Let(_, _) => self.report(names::never_used("the `let`", &name, span)),
                NodeKind::Stage(_, id) => {
                    let harmless = building.effects[id.index()].is_some_and(|effects| effects <= Effects::Reads);
                    let gives = building.stages[id.index()].as_ref().is_some_and(|stage| gives_something(&stage.ty));
                    if harmless && gives {
                        self.report(errors::result_unused(&name, span));
                    } else if let (true, Some(workflows)) = (gives, self.harmless_but_for(building, id)) {
                        self.ctx.unread.push(Unread { name, span, workflows });
                    }
                }
                _ => {}
            }
        }
    }

    /// The workflows that a stage calls, if it calls some and does nothing else above `reads`.
    fn harmless_but_for(&self, building: &Building<'a>, id: hir::StageId) -> Option<Vec<usize>> {
        let mut workflows = Vec::new();
        for call in calls(building.stages[id.index()].as_ref()?) {
            match call.target {
                Target::Workflow(id) => workflows.push(id.index()),
                Target::Action(agent, action) | Target::Bound { interface: agent, action, .. } => {
                    let action = self.ctx.checked_agents.get(agent.index())?.actions.get(action)?;
                    if action.effects > Effects::Reads {
                        return None;
                    }
                }
                Target::Ask(_) | Target::Wait(_) | Target::Event(_) => return None,
            }
        }
        (!workflows.is_empty()).then_some(workflows)
    }

    fn report_unused_parameters(&mut self) {
        let frame = self.frame();
        let unused: Vec<(String, Span)> = frame
            .bindings
            .iter()
            .filter(|binding| matches!(binding.var, Some(Var::Param(_))))
            .filter(|binding| binding.uses.is_empty() && !binding.name.starts_with('_'))
            .map(|binding| (binding.name.clone(), binding.span))
            .collect();
        for (name, span) in unused {
            self.report(names::never_used("the parameter", &name, span));
        }
    }
}

/// What there is, in the same place: a list of all stages is large.
#[expect(clippy::filter_map_identity, reason = "`flatten` would make a second list")]
fn present<T>(list: Vec<Option<T>>) -> Vec<T> {
    list.into_iter().filter_map(|item| item).collect()
}

/// Whether a result is more than `null`, or a list of it.
fn gives_something(ty: &Type) -> bool {
    match &ty.kind {
        Kind::Null | Kind::Unknown => false,
        Kind::List(element) => gives_something(element),
        _ => true,
    }
}
