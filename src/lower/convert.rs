//! The same workflow in the words of the plan: default limits filled in, ids those of the program, order not yet known.

use super::bind::{Binding, carriers};
use crate::plan;
use crate::sema::hir::{self, AgentId};
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind, Var};
use crate::value::policy::Retry;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Converts one instance of a workflow that may take at most `limit`. What follows from its graph is still empty.
pub fn workflow(
    program: &hir::Program,
    source: &hir::Workflow,
    limit: Option<i64>,
    binding: &Binding<'_>,
) -> plan::Workflow {
    let converter = Converter { program, limit, binding };
    plan::Workflow {
        name: source.name.clone(),
        doc: source.doc.clone(),
        inline: source.inline,
        params: params(&source.params),
        result: source.result.clone(),
        timeout: source.timeout,
        parallel: source.parallel,
        cancel_on_failure: source.cancel_on_failure,
        lock: source.lock.as_ref().map(lock),
        budget: source.budget.as_ref().map(budget),
        conditions: source.conditions.iter().map(condition).collect(),
        lets: source.lets.iter().map(item).collect(),
        stages: source.stages.iter().map(|stage| converter.stage(stage)).collect(),
        returns: source.returns.clone(),
        span: source.span,
        definition: String::new(),
    }
}

/// Converts parameters.
pub fn params(params: &[hir::Param]) -> Vec<plan::Param> {
    let param = |param: &hir::Param| plan::Param {
        name: param.name.clone(),
        doc: param.doc.clone(),
        ty: param.ty.clone(),
        default: param.default.clone(),
    };
    params.iter().map(param).collect()
}

fn condition(condition: &hir::Condition) -> plan::Condition {
    plan::Condition { value: condition.value.clone(), needs: Vec::new() }
}

fn item(item: &hir::Let) -> plan::Let {
    plan::Let {
        name: item.name.clone(),
        ty: item.ty.clone(),
        guard: guard(&item.guard),
        value: item.value.clone(),
        needs: Vec::new(),
    }
}

/// Converts a guard.
pub fn guard(guard: &hir::Guard) -> Vec<plan::Term> {
    guard.iter().map(|term| plan::Term { condition: term.condition.0, holds: term.holds }).collect()
}

struct Converter<'a> {
    program: &'a hir::Program,
    /// Of all of the workflow, milliseconds.
    limit: Option<i64>,
    /// The instance.
    binding: &'a Binding<'a>,
}

impl Converter<'_> {
    fn stage(&self, stage: &hir::Stage) -> plan::Stage {
        plan::Stage {
            name: stage.name.clone(),
            doc: stage.doc.clone(),
            ty: stage.ty.clone(),
            guard: guard(&stage.guard),
            exits: stage.exits.iter().map(|exit| plan::StageId(exit.0)).collect(),
            needs: Vec::new(),
            reads: Vec::new(),
            finally: stage.finally,
            body: self.body(stage),
            deadline: stage.deadline,
            priority: stage.priority,
            height: 0,
            label: stage.label.clone(),
            handlers: stage.handlers.iter().map(|handler| self.handler(stage, handler)).collect(),
            undo: stage.undo.as_ref().map(|call| Box::new(self.undo(call))),
            lock: stage.lock.as_deref().map(|written| Box::new(lock(written))),
            budget: stage.budget.as_deref().map(|written| Box::new(budget(written))),
            observed: stage.observed,
            span: stage.span,
            definition: String::new(),
        }
    }

    fn body(&self, stage: &hir::Stage) -> plan::Body {
        match &stage.body {
            hir::Body::Call(call) => plan::Body::Call(self.call(stage, call)),
            hir::Body::Map(map) => plan::Body::Map(Box::new(plan::Map {
                source: map.source.clone(),
                item: map.item.clone(),
                up_to: map.up_to,
                call: self.call(stage, &map.call),
                parallel: map.parallel,
                need: map.need.map(|need| match need {
                    hir::Need::Count(count) => plan::Need::Count(count),
                    hir::Need::Percent(percent) => plan::Need::Percent(percent),
                }),
            })),
            hir::Body::Match(matched) => plan::Body::Match(plan::Match {
                subject: matched.subject.clone(),
                arms: matched.arms.iter().map(|arm| self.arm(stage, arm)).collect(),
            }),
            hir::Body::Race(race) => plan::Body::Race(self.race(stage, race)),
            hir::Body::Fail(message) => plan::Body::Fail(message.clone()),
        }
    }

    fn race(&self, stage: &hir::Stage, race: &hir::Race) -> plan::Race {
        // Nothing outlasts a timer of the same race: then that has won.
        let waits = race.alternatives.iter().filter_map(|one| known_wait(&one.call));
        let beside = if matches!(race.kind, hir::RaceKind::Any(_)) { None } else { waits.min() };
        let alternative = |one: &hir::Alternative| plan::Alternative {
            tag: one.tag.clone(),
            call: self.call_within(&one.call, [stage.deadline, self.limit, beside]),
        };
        plan::Race {
            kind: match race.kind {
                hir::RaceKind::First => plan::RaceKind::First,
                hir::RaceKind::Tagged => plan::RaceKind::Tagged,
                hir::RaceKind::Any(count) => plan::RaceKind::Any(count),
            },
            alternatives: race.alternatives.iter().map(alternative).collect(),
            span: race.span,
        }
    }

    /// What undoes a stage is bounded by itself only.
    fn undo(&self, call: &hir::Call) -> plan::Call {
        self.call_within(call, [None; 3])
    }

    fn arm(&self, stage: &hir::Stage, arm: &hir::Arm) -> plan::Arm {
        let body = match &arm.body {
            hir::ArmBody::Call(call) => plan::ArmBody::Call(self.call(stage, call)),
            hir::ArmBody::Use(value) => plan::ArmBody::Use(value.clone()),
            hir::ArmBody::Skip => plan::ArmBody::Skip,
        };
        plan::Arm { patterns: arm.patterns.clone(), body }
    }

    fn handler(&self, stage: &hir::Stage, handler: &hir::Handler) -> plan::Handler {
        let action = match &handler.action {
            hir::HandlerAction::Fail => plan::HandlerAction::Fail,
            hir::HandlerAction::Skip => plan::HandlerAction::Skip,
            hir::HandlerAction::Ask(wait) => plan::HandlerAction::Ask(*wait),
            hir::HandlerAction::Use(value) => plan::HandlerAction::Use(value.clone()),
            hir::HandlerAction::Call(call) => plan::HandlerAction::Call(self.call(stage, call)),
        };
        plan::Handler { of: handler.of.clone(), action }
    }

    fn call(&self, stage: &hir::Stage, call: &hir::Call) -> plan::Call {
        self.call_within(call, [stage.deadline, self.limit, None])
    }

    fn call_within(&self, call: &hir::Call, around: [Option<i64>; 3]) -> plan::Call {
        let carriers = carriers(self.program, Some(self.binding.agents), call);
        let mut made = plan::Call {
            target: target(&call.target),
            args: call.args.iter().map(|arg| by_name(self.program, arg)).collect(),
            result: call.result.clone(),
            retry: call.retry.clone().or_else(|| self.usual_retry(&carriers).map(Box::new)),
            timeout: call.timeout.or_else(|| self.usual_timeout(&carriers, call, around)),
            deadline: call.deadline,
            repeat: call.repeat.as_deref().map(|written| Box::new(repeat(self.program, written))),
            cache: call.cache.or_else(|| self.usual_cache(&carriers)),
            span: call.span,
        };
        self.binding.bind(call, &mut made);
        made
    }

    /// How long an answer of all who may carry it out is kept: the shortest time, if each of them keeps it.
    fn usual_cache(&self, carriers: &[(AgentId, usize)]) -> Option<i64> {
        let times: Option<Vec<i64>> = carriers.iter().map(|carrier| self.action(carrier).cache).collect();
        times?.into_iter().min()
    }

    /// The policy that all who may carry it out share: a retry may go to another of them.
    fn usual_retry(&self, carriers: &[(AgentId, usize)]) -> Option<Retry> {
        let mut policies = carriers.iter().map(|carrier| &self.action(carrier).retry);
        let first = policies.next()?;
        first.clone().filter(|_| policies.all(|other| other == first))
    }

    /// The longest limit among those who may carry it out: their own, else the default of the kind (rulings 14), cut to the limits
    /// around it.
    fn usual_timeout(&self, carriers: &[(AgentId, usize)], call: &hir::Call, around: [Option<i64>; 3]) -> Option<i64> {
        let limits = || around.into_iter().flatten().chain(call.deadline);
        let of = |carrier: &(AgentId, usize)| {
            let action = self.action(carrier);
            action.timeout.or_else(|| limits().chain([usual_timeout(&action.kind)?]).min())
        };
        let found: Option<Vec<i64>> = carriers.iter().map(of).collect();
        found?.into_iter().max()
    }

    fn action(&self, (agent, action): &(AgentId, usize)) -> &hir::Action {
        &self.program.agents[agent.index()].actions[*action]
    }
}

fn known_wait(call: &hir::Call) -> Option<i64> {
    let hir::Target::Wait(duration) = &call.target else { return None };
    match duration.kind {
        ExprKind::Literal(Value::Duration(ms)) => Some(ms),
        _ => None,
    }
}

fn target(target: &hir::Target) -> plan::Target {
    match target {
        // Of an agent parameter the interface stands there until it is bound.
        hir::Target::Action(agent, action) | hir::Target::Bound { interface: agent, action, .. } => {
            plan::Target::Action { agent: plan::AgentId(agent.0), action: position(*action) }
        }
        hir::Target::Workflow(id) => plan::Target::Workflow(plan::WorkflowId(id.0)),
        hir::Target::Ask(ask) => plan::Target::Ask(Box::new(plan::Ask {
            question: ask.question.clone(),
            show: ask.show.clone(),
            role: ask.role.clone(),
            approves: ask.approves.as_ref().map(|approval| plan::Approval {
                value: approval.value.clone(),
                quorum: approval.quorum,
                not_requester: approval.not_requester,
            }),
        })),
        hir::Target::Wait(duration) => plan::Target::Wait(duration.clone()),
        hir::Target::Event(event) => {
            plan::Target::Event(Box::new(plan::Event { name: event.name.clone(), key: event.key.clone() }))
        }
    }
}

fn lock(lock: &hir::Lock) -> plan::Lock {
    plan::Lock { name: lock.name.clone(), span: lock.span }
}

fn budget(budget: &hir::Budget) -> plan::Budget {
    plan::Budget { money: budget.money, tokens: budget.tokens, span: budget.span }
}

/// A position in a table.
pub fn position(at: usize) -> u32 {
    u32::try_from(at).expect("tables are bounded by the size of a source")
}

/// A secret is handed over by its name: what it is, is told the agent alone.
fn by_name(program: &hir::Program, value: &Expr) -> Expr {
    match value.kind {
        ExprKind::Var(Var::Secret(secret)) => {
            let name = program.secrets[secret as usize].name.as_str();
            Expr { kind: ExprKind::Literal(Value::text(name)), span: value.span }
        }
        _ => value.clone(),
    }
}

fn repeat(program: &hir::Program, repeat: &hir::Repeat) -> plan::Repeat {
    plan::Repeat {
        up_to: repeat.up_to,
        every: repeat.every,
        until: repeat.until.clone(),
        with: repeat.with.iter().map(|(at, value)| (position(*at), by_name(program, value))).collect(),
        stop_when: repeat.stop_when.clone(),
    }
}

/// Converts an action; its secrets, tools and probe are still those of the program.
pub fn action(action: &hir::Action) -> plan::Action {
    plan::Action {
        name: action.name.clone(),
        params: params(&action.params),
        result: action.result.clone(),
        effects: action.effects,
        raises: action.raises.clone(),
        endorses: action.endorses,
        probe: action.probe.map(position),
        timeout: action.timeout.or_else(|| usual_timeout(&action.kind)),
        retry: action.retry.clone(),
        cache: action.cache,
        cost: own_cost(action),
        settings: settings(&action.kind),
        span: action.span,
        definition: String::new(),
    }
}

/// What is said to be the cost of one attempt; of a model its price says it.
fn own_cost(action: &hir::Action) -> Option<i64> {
    let is_model = matches!(action.kind, hir::ActionKind::Llm(_));
    action.cost.money.filter(|money| *money > 0 && !is_model)
}

/// How long a call of each kind may take where nothing says it (rulings 14).
fn usual_timeout(kind: &hir::ActionKind) -> Option<i64> {
    match kind {
        hir::ActionKind::Exec(_) | hir::ActionKind::Shell(_) | hir::ActionKind::Registered(_) => Some(HOUR_MS),
        hir::ActionKind::Llm(_) => Some(10 * MINUTE_MS),
        hir::ActionKind::Http(_) | hir::ActionKind::Mcp(_) => Some(2 * MINUTE_MS),
        hir::ActionKind::Mock(_) | hir::ActionKind::Other => None,
    }
}

/// Converts settings; their secrets and tools are still those of the program.
pub fn settings(kind: &hir::ActionKind) -> plan::Settings {
    match kind {
        hir::ActionKind::Exec(exec) => plan::Settings::Exec(exec.clone()),
        hir::ActionKind::Shell(shell) => plan::Settings::Shell(shell.clone()),
        hir::ActionKind::Http(http) => plan::Settings::Http(http.clone()),
        hir::ActionKind::Llm(llm) => plan::Settings::Llm(llm.clone()),
        hir::ActionKind::Mcp(mcp) => plan::Settings::Mcp(mcp.clone()),
        hir::ActionKind::Mock(mock) => plan::Settings::Mock(plan::Mock {
            takes: mock.takes.clone(),
            returns: mock.returns.clone(),
            fails: mock.fails.as_ref().map(|(class, _)| class.clone()),
            fails_times: mock.fails.as_ref().and_then(|(_, times)| *times),
        }),
        hir::ActionKind::Registered(kind) => plan::Settings::Registered(kind.clone()),
        hir::ActionKind::Other => unreachable!("what somebody else carries out has no settings"),
    }
}
