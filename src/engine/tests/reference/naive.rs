//! What a run of a plan comes to, computed the naive way: each thing by itself, from when it starts to when it ends, without events,
//! queues or state. A failure that nobody handles is found first, and then everything is computed once more with that moment as an
//! end. Shares the evaluator of expressions with the engine, and nothing else.

use crate::engine::tests::reference::place::{At, Inside};
use crate::engine::tests::world::{RUN, Step};
use crate::plan::{
    ArmBody, Body, Call, HandlerAction, Map, Match, Plan, Race, RaceKind, Repeat, Stage, Target, Workflow,
};
use crate::value::eval::{Scope, eval};
use crate::value::expr::{Expr, Observe, Pattern, Var};
use crate::value::policy::{Backoff, Effects};
use crate::value::{Value, json};

/// A time that never comes.
const NEVER: i64 = i64::MAX;

/// One call of an agent: its key, and when it began.
pub type Called = (i64, String);

/// How a run ends.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    Succeeded(serde_json::Value),
    /// The class.
    Failed(String),
}

/// Computes a whole run that starts at `at`: how it ends, when, and what was called.
pub fn run(plan: &Plan, at: i64, told: &dyn Fn(&str) -> Step) -> (Ending, i64, Vec<Called>) {
    let naive = Naive { plan, told };
    let place = Inside { path: String::new(), top: true };
    let trace = naive.instance(&plan.workflows[0], &[], at, Limit::NONE, &place);
    let ending = match trace.how {
        How::Gave(value) => Ending::Succeeded(json::encode(&value)),
        How::Failed(class) => Ending::Failed(class),
        How::Stopped => unreachable!("nobody stops a whole run"),
    };
    let mut calls = trace.calls;
    calls.sort();
    (ending, trace.end, calls)
}

struct Naive<'a> {
    plan: &'a Plan,
    told: &'a dyn Fn(&str) -> Step,
}

/// When nothing begins any more, and when what runs is ended.
#[derive(Clone, Copy)]
struct Limit {
    drain: i64,
    kill: i64,
}

impl Limit {
    const NONE: Self = Self { drain: NEVER, kill: NEVER };

    fn drain_at(self, at: i64) -> Self {
        Self { drain: self.drain.min(at), ..self }
    }

    fn kill_at(self, at: i64) -> Self {
        Self { drain: self.drain.min(at), kill: self.kill.min(at) }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum How {
    Gave(Value),
    Failed(String),
    /// It was ended, or never began.
    Stopped,
}

/// What something came to.
#[derive(Clone)]
struct Trace {
    end: i64,
    how: How,
    calls: Vec<Called>,
    /// What can be undone: when it succeeded, with item, round and result.
    done: Vec<Done>,
    /// Something in it may have happened all the same.
    maybe: bool,
}

#[derive(Clone)]
struct Done {
    at: i64,
    item: Option<usize>,
    round: Option<u32>,
    result: Value,
}

impl Trace {
    fn new(end: i64, how: How) -> Self {
        Self { end, how, calls: Vec::new(), done: Vec::new(), maybe: false }
    }

    fn after(mut self, calls: Vec<Called>) -> Self {
        self.calls.splice(0..0, calls);
        self
    }
}

/// How a stage of an instance ended.
#[derive(Clone)]
struct Ended {
    at: i64,
    value: Value,
    state: State,
}

#[derive(Clone, PartialEq)]
enum State {
    Succeeded,
    /// Whether it is handled.
    Failed(String, bool),
    Skipped,
    Never,
}

/// What expressions see.
struct Names<'s> {
    args: &'s [Value],
    stages: &'s [Ended],
    item: Option<(usize, &'s Value)>,
    result: Option<&'s Value>,
    previous: Option<&'s Value>,
}

impl Scope for Names<'_> {
    fn get(&self, var: Var) -> Value {
        match var {
            Var::Param(index) => self.args.get(index as usize).cloned().unwrap_or(Value::Null),
            Var::Stage(index) => self.stages[index as usize].value.clone(),
            Var::Item => self.item.map_or(Value::Null, |(_, item)| item.clone()),
            Var::ItemIndex => self.item.map_or(Value::Null, |(index, _)| Value::Int(index as i64)),
            Var::Result => self.result.cloned().unwrap_or(Value::Null),
            Var::Previous => self.previous.cloned().unwrap_or(Value::Null),
            Var::RunId => Value::text(RUN),
            other => unreachable!("these plans have no {other:?}"),
        }
    }

    fn observe(&self, what: Observe, stage: u32) -> Value {
        let state = &self.stages[stage as usize].state;
        Value::Bool(match what {
            Observe::Succeeded => *state == State::Succeeded,
            Observe::Failed => matches!(state, State::Failed(..)),
            Observe::Skipped => *state == State::Skipped,
            Observe::Error | Observe::Errors => unreachable!("these plans do not ask for errors"),
        })
    }
}

/// All that a stage is computed from.
struct Around<'s> {
    args: &'s [Value],
    stages: &'s [Ended],
    inside: &'s str,
    stage: &'s Stage,
    item: Option<(usize, &'s Value)>,
}

impl<'s> Around<'s> {
    fn names(&self) -> Names<'_> {
        Names { args: self.args, stages: self.stages, item: self.item, result: None, previous: None }
    }

    fn value(&self, expr: &Expr) -> Value {
        value(expr, &self.names())
    }

    fn at(&self, site: String) -> At<'s> {
        At { inside: self.inside, stage: &self.stage.name, site, item: self.item.map(|(index, _)| index), round: None }
    }
}

fn value(expr: &Expr, names: &Names<'_>) -> Value {
    eval(expr, names).expect("these plans calculate nothing that fails")
}

impl Naive<'_> {
    fn instance(&self, workflow: &Workflow, args: &[Value], start: i64, limit: Limit, inside: &Inside) -> Trace {
        let (mut ended, mut traces) = self.pass(workflow, args, start, limit, inside, None);
        let failed = |ended: &[Ended]| {
            let open = ended.iter().enumerate().filter(|(_, one)| matches!(one.state, State::Failed(_, false)));
            open.min_by_key(|(_, one)| one.at).map(|(index, one)| (index, one.clone()))
        };
        let failure = failed(&ended);
        if let Some((index, failure)) = &failure {
            let limit = if workflow.cancel_on_failure { limit.kill_at(failure.at) } else { limit.drain_at(failure.at) };
            // What failed has: only all else ends with it.
            let fixed = (*index, failure.clone(), traces[*index].take());
            (ended, traces) = self.pass(workflow, args, start, limit, inside, Some(fixed));
        }
        let mut end = traces.iter().flatten().map(|trace| trace.end).fold(start, i64::max);
        let mut calls: Vec<Called> = traces.iter().flatten().flat_map(|trace| trace.calls.clone()).collect();
        let maybe = traces.iter().flatten().any(|trace| trace.maybe);
        let stopped = failure.is_none() && ended.iter().any(|one| one.state == State::Never);
        if let Some((_, failure)) = &failure {
            end = end.max(failure.at);
            if inside.top {
                let undone = self.undo(workflow, args, &ended, &traces, end, inside);
                calls.extend(undone.calls);
                end = undone.end;
            }
        }
        let how = match (failure.map(|(_, failure)| failure.state), stopped) {
            (Some(State::Failed(class, _)), _) => How::Failed(class),
            (_, true) => How::Stopped,
            _ => {
                let names = Names { args, stages: &ended, item: None, result: None, previous: None };
                How::Gave(workflow.returns.as_ref().map_or(Value::Null, |returns| value(returns, &names)))
            }
        };
        Trace { maybe, ..Trace::new(end, how).after(calls) }
    }

    /// All stages, each once what it waits for has ended.
    fn pass(
        &self,
        workflow: &Workflow,
        args: &[Value],
        start: i64,
        limit: Limit,
        inside: &Inside,
        mut fixed: Option<(usize, Ended, Option<Trace>)>,
    ) -> (Vec<Ended>, Vec<Option<Trace>>) {
        let none = Ended { at: start, value: Value::Null, state: State::Never };
        let mut ended = vec![none; workflow.stages.len()];
        let mut traces = vec![None; workflow.stages.len()];
        // In these plans a stage waits only for stages that stand before it.
        for (index, stage) in workflow.stages.iter().enumerate() {
            if let Some((_, one, trace)) = fixed.take_if(|(fixed, ..)| *fixed == index) {
                (ended[index], traces[index]) = (one, trace);
                continue;
            }
            let (one, trace) = match self.ready(workflow, args, &ended, stage, start) {
                Ready::Never => continue,
                Ready::Skip(at) if at >= limit.drain => continue,
                Ready::Skip(at) => (Ended { at, value: Value::Null, state: State::Skipped }, None),
                Ready::Go(at) if at >= limit.drain => continue,
                Ready::Go(at) => {
                    let around = Around { args, stages: &ended, inside: &inside.path, stage, item: None };
                    let trace = self.stage(&around, at, limit);
                    let state = match &trace.how {
                        How::Gave(_) => State::Succeeded,
                        How::Failed(class) => State::Failed(class.clone(), stage.observed || skips(stage, class)),
                        How::Stopped => State::Never,
                    };
                    let value = if let How::Gave(value) = &trace.how { value.clone() } else { Value::Null };
                    (Ended { at: trace.end, value, state }, Some(trace))
                }
            };
            (ended[index], traces[index]) = (one, trace);
        }
        (ended, traces)
    }

    fn ready(&self, workflow: &Workflow, args: &[Value], ended: &[Ended], stage: &Stage, start: i64) -> Ready {
        let mut at = start;
        let mut wait = |index: usize| {
            at = at.max(ended[index].at);
            ended[index].state != State::Never && !matches!(ended[index].state, State::Failed(_, false))
        };
        if !stage.exits.iter().all(|exit| wait(exit.index())) {
            return Ready::Never;
        }
        for term in &stage.guard {
            let condition = &workflow.conditions[term.condition as usize];
            if !condition.needs.iter().all(|need| wait(need.index())) {
                return Ready::Never;
            }
            let names = Names { args, stages: ended, item: None, result: None, previous: None };
            if value(&condition.value, &names) != Value::Bool(term.holds) {
                return Ready::Skip(at);
            }
        }
        if !stage.needs.iter().all(|need| wait(need.index())) {
            return Ready::Never;
        }
        Ready::Go(at)
    }

    fn stage(&self, around: &Around<'_>, start: i64, limit: Limit) -> Trace {
        let deadline = around.stage.deadline.map_or(NEVER, |deadline| start + deadline);
        let within = limit.kill_at(deadline);
        let mut trace = match &around.stage.body {
            Body::Fail(_) => return Trace::new(start, How::Failed("failed".into())),
            Body::Map(map) => return self.map(around, map, start, limit),
            Body::Call(call) => self.call(around, call, around.at(String::new()), start, within),
            Body::Race(race) => self.race(around, race, start, within),
            Body::Match(Match { subject, arms }) => {
                let subject = around.value(subject);
                let index = arms.iter().position(|arm| arm.patterns.iter().any(|p| matches(p, &subject)));
                let index = index.expect("the last arm matches all");
                match &arms[index].body {
                    ArmBody::Use(expr) => Trace::new(start, How::Gave(around.value(expr))),
                    ArmBody::Skip => Trace::new(start, How::Gave(Value::Null)),
                    ArmBody::Call(call) => self.call(around, call, around.at(format!("@arm{index}")), start, within),
                }
            }
        };
        let late = |trace: &Trace| trace.how == How::Stopped && deadline < limit.drain.min(limit.kill);
        if late(&trace) {
            trace.how = How::Failed("timeout".into());
            // What is done about a deadline that has passed is not bound by it.
            return self.handle(around, trace, limit);
        }
        let mut handled = self.handle(around, trace, within);
        if late(&handled) {
            handled.how = How::Failed("timeout".into());
        }
        handled
    }

    /// What becomes of a failure: the first handler that names its class.
    fn handle(&self, around: &Around<'_>, trace: Trace, limit: Limit) -> Trace {
        let How::Failed(class) = &trace.how else { return trace };
        let handlers = around.stage.handlers.iter().enumerate();
        let mut fits = handlers.filter(|(_, one)| one.of.as_ref().is_none_or(|of| of.contains(class)));
        let Some((index, handler)) = fits.next() else { return trace };
        match &handler.action {
            HandlerAction::Fail | HandlerAction::Skip => trace,
            HandlerAction::Ask(_) => unreachable!("these plans ask nobody"),
            HandlerAction::Use(expr) => Trace { how: How::Gave(around.value(expr)), ..trace },
            // Nothing begins once all is ending.
            HandlerAction::Call(_) if trace.end >= limit.drain => Trace { how: How::Stopped, ..trace },
            HandlerAction::Call(call) => {
                let handled = self.call(around, call, around.at(format!("@use{index}")), trace.end, limit);
                let done = [trace.done, handled.done.clone()].concat();
                Trace { done, maybe: trace.maybe || handled.maybe, ..handled.after(trace.calls) }
            }
        }
    }

    fn map(&self, around: &Around<'_>, map: &Map, start: i64, limit: Limit) -> Trace {
        let Value::List(items) = around.value(&map.source) else { unreachable!("the source of a map is a list") };
        let item = |(index, item): (usize, std::borrow::Cow<'_, Value>)| {
            let around = Around { item: Some((index, &item)), ..*around };
            let call = self.call(&around, &map.call, around.at(String::new()), start, limit);
            self.handle(&around, call, limit)
        };
        let traces: Vec<Trace> = items.iter().enumerate().map(item).collect();
        let end = traces.iter().map(|trace| trace.end).fold(start, i64::max);
        let skipped = |class: &str| skips(around.stage, class);
        let failed = traces.iter().filter(|trace| matches!(&trace.how, How::Failed(class) if !skipped(class)));
        let how = match failed.min_by_key(|trace| trace.end) {
            Some(trace) => trace.how.clone(),
            None if traces.iter().any(|trace| trace.how == How::Stopped) => How::Stopped,
            None => How::Gave(Value::list(traces.iter().map(|trace| given(&trace.how)).collect())),
        };
        let calls = traces.iter().flat_map(|trace| trace.calls.clone()).collect();
        let maybe = traces.iter().any(|trace| trace.maybe);
        let done = traces.into_iter().flat_map(|trace| trace.done).collect();
        Trace { end, how, calls, done, maybe }
    }

    fn race(&self, around: &Around<'_>, race: &Race, start: i64, limit: Limit) -> Trace {
        let all = |limit: Limit| -> Vec<Trace> {
            let each = race.alternatives.iter().enumerate();
            each.map(|(n, one)| self.call(around, &one.call, around.at(format!("@alt{n}")), start, limit)).collect()
        };
        let traces = all(limit);
        let needed = if let RaceKind::Any(count) = race.kind { count as usize } else { 1 };
        let ends = |how: fn(&How) -> bool| {
            let mut ends: Vec<&Trace> = traces.iter().filter(|trace| how(&trace.how)).collect();
            ends.sort_by_key(|trace| trace.end);
            ends
        };
        // One that is ended is as lost as one that fails.
        let (won, lost) = (ends(|how| matches!(how, How::Gave(_))), ends(|how| !matches!(how, How::Gave(_))));
        let decided = match (won.get(needed - 1), lost.get(traces.len() - needed)) {
            (Some(won), _) => won.end,
            (None, Some(lost)) => lost.end,
            (None, None) => unreachable!("as many have won or lost as there are"),
        };
        let how = match (won.get(..needed), lost.get(traces.len() - needed), race.kind) {
            (Some(won), _, RaceKind::Any(_)) => {
                How::Gave(Value::list(won.iter().map(|trace| given(&trace.how)).collect()))
            }
            (Some(won), _, _) => won[0].how.clone(),
            (None, Some(_), _) if lost.iter().any(|one| one.how == How::Stopped && one.end <= decided) => How::Stopped,
            (None, Some(lost), _) => lost.how.clone(),
            (None, None, _) => unreachable!("as many have won or lost as there are"),
        };
        let calls = all(limit.kill_at(decided)).into_iter().flat_map(|trace| trace.calls).collect();
        Trace::new(decided, how).after(calls)
    }

    /// A call with its rounds.
    fn call(&self, around: &Around<'_>, call: &Call, at: At<'_>, start: i64, limit: Limit) -> Trace {
        let args: Vec<Value> = call.args.iter().map(|arg| around.value(arg)).collect();
        let Some(repeat) = &call.repeat else {
            let mut trace = self.attempts(call, &args, &at, start, limit);
            if let How::Gave(result) = &trace.how {
                trace.done = vec![Done { at: trace.end, item: at.item, round: None, result: result.clone() }];
            }
            return trace;
        };
        self.rounds(around, call, repeat, (args, at), start, limit)
    }

    fn rounds(
        &self,
        around: &Around<'_>,
        call: &Call,
        repeat: &Repeat,
        (mut args, mut at): (Vec<Value>, At<'_>),
        start: i64,
        limit: Limit,
    ) -> Trace {
        let (mut calls, mut done, mut time, mut previous) = (Vec::new(), Vec::new(), start, None);
        for round in 1.. {
            at.round = Some(round);
            let trace = self.attempts(call, &args, &at, time, limit).after(std::mem::take(&mut calls));
            let How::Gave(result) = trace.how.clone() else { return Trace { done, ..trace } };
            (calls, time) = (trace.calls, trace.end);
            done.push(Done { at: time, item: at.item, round: Some(round), result: result.clone() });
            let (names, end) =
                (around.names(), |how| Trace { done: done.clone(), ..Trace::new(time, how).after(calls.clone()) });
            let names = Names { result: Some(&result), previous: previous.as_ref(), ..names };
            let holds = |expr: &Expr| value(expr, &names) == Value::Bool(true);
            if holds(&repeat.until) {
                return end(How::Gave(result));
            }
            if round > 1 && repeat.stop_when.as_ref().is_some_and(holds) {
                return end(How::Failed("stalled".into()));
            }
            if round >= repeat.up_to {
                return end(How::Failed("exhausted".into()));
            }
            let next: Vec<(u32, Value)> = repeat.with.iter().map(|(at, expr)| (*at, value(expr, &names))).collect();
            let begins = time + repeat.every.unwrap_or(0);
            if begins >= limit.drain {
                return Trace { end: time.max(begins.min(limit.drain)), ..end(How::Stopped) };
            }
            time = begins;
            next.into_iter().for_each(|(at, value)| args[at as usize] = value);
            previous = Some(result);
        }
        unreachable!("rounds have an end")
    }

    /// A call with its attempts.
    fn attempts(&self, call: &Call, args: &[Value], at: &At<'_>, start: i64, limit: Limit) -> Trace {
        let (mut calls, mut time, mut known) = (Vec::new(), start, 0);
        for attempt in 1.. {
            if time >= limit.drain {
                return Trace::new(time.min(limit.drain).max(start), How::Stopped).after(calls);
            }
            let trace = self.attempt(call, args, at, (attempt, known), time, limit).after(std::mem::take(&mut calls));
            let How::Failed(class) = &trace.how else { return trace };
            let policy = call.retry.as_ref().filter(|retry| attempt < retry.attempts && retry.on.contains(class));
            // A call is not tried again around what may have happened.
            let policy = policy.filter(|_| !trace.maybe || matches!(call.target, Target::Action { .. }));
            let Some(policy) = policy else { return trace };
            let Backoff::Fixed { delay } = policy.backoff else { unreachable!("these plans wait as long each time") };
            // Whether what was cut off happened is open: its key stays.
            known += u32::from(class != "timeout");
            (calls, time) = (trace.calls, trace.end + delay);
            if time >= limit.drain {
                let maybe = trace.maybe;
                return Trace { maybe, ..Trace::new(trace.end.max(limit.drain), How::Stopped).after(calls) };
            }
        }
        unreachable!("attempts have an end")
    }

    fn attempt(
        &self,
        call: &Call,
        args: &[Value],
        at: &At<'_>,
        (attempt, known): (u32, u32),
        start: i64,
        limit: Limit,
    ) -> Trace {
        match &call.target {
            Target::Action { .. } => self.act(call, at.key(known), start, limit),
            Target::Wait(length) => {
                let names = Names { args, stages: &[], item: None, result: None, previous: None };
                let Value::Duration(length) = value(length, &names) else { unreachable!("a length is a duration") };
                match start + length {
                    end if end < limit.drain => Trace::new(end, How::Gave(Value::Null)),
                    _ => Trace::new(limit.drain, How::Stopped),
                }
            }
            Target::Workflow(id) => {
                let inside = Inside { path: at.inner(attempt), top: false };
                self.instance(&self.plan.workflows[id.index()], args, start, limit, &inside)
            }
            other => unreachable!("these plans have no {other:?}"),
        }
    }

    /// One attempt of an action.
    fn act(&self, call: &Call, key: String, start: i64, limit: Limit) -> Trace {
        let step = (self.told)(&key);
        let calls = vec![(start, key)];
        let (end, late) = (start + step.takes, call.timeout.map_or(NEVER, |timeout| start + timeout));
        let unknown = |end, how| Trace { maybe: self.writes(call), ..Trace::new(end, how) };
        let trace = match &step.answer {
            _ if end.min(late) > limit.kill => unknown(limit.kill, How::Stopped),
            _ if end >= late => unknown(late, How::Failed("timeout".into())),
            Ok(answer) => Trace::new(end, How::Gave(json::decode(answer, &call.result).expect("any JSON fits"))),
            Err(failure) => Trace::new(end, How::Failed(failure.class.clone())),
        };
        trace.after(calls)
    }

    fn writes(&self, call: &Call) -> bool {
        matches!(call.target, Target::Action { agent, action } if self.plan.action(agent, action).effects > Effects::Reads)
    }

    /// What succeeded is undone one by one, the newest first.
    fn undo(
        &self,
        workflow: &Workflow,
        args: &[Value],
        ended: &[Ended],
        traces: &[Option<Trace>],
        start: i64,
        inside: &Inside,
    ) -> Trace {
        let stages = workflow.stages.iter().zip(traces).filter(|(stage, _)| stage.undo.is_some());
        let mut all: Vec<(&Stage, &Done)> = stages
            .flat_map(|(stage, trace)| trace.iter().flat_map(move |t| t.done.iter().map(move |d| (stage, d))))
            .collect();
        all.sort_by_key(|(_, done)| done.at);
        let mut whole = Trace::new(start, How::Gave(Value::Null));
        for (stage, done) in all.into_iter().rev() {
            let Some(undo) = &stage.undo else { continue };
            let names = Names { args, stages: ended, item: None, result: Some(&done.result), previous: None };
            let args: Vec<Value> = undo.args.iter().map(|arg| value(arg, &names)).collect();
            let place = At {
                inside: &inside.path,
                stage: &stage.name,
                site: "@undo".into(),
                item: done.item,
                round: done.round,
            };
            let trace = self.attempts(undo, &args, &place, whole.end, Limit::NONE);
            whole.end = trace.end;
            whole.calls.extend(trace.calls);
        }
        whole
    }
}

enum Ready {
    Go(i64),
    Skip(i64),
    Never,
}

fn matches(pattern: &Pattern, subject: &Value) -> bool {
    match pattern {
        Pattern::Any => true,
        Pattern::Int(number) => *subject == Value::Int(*number),
        other => unreachable!("these plans have no pattern {other:?}"),
    }
}

fn skips(stage: &Stage, class: &str) -> bool {
    let first = stage.handlers.iter().find(|one| one.of.as_ref().is_none_or(|of| of.iter().any(|of| of == class)));
    first.is_some_and(|handler| matches!(handler.action, HandlerAction::Skip))
}

fn given(how: &How) -> Value {
    if let How::Gave(value) = how { value.clone() } else { Value::Null }
}
