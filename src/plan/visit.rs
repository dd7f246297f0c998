//! Going through all expressions and calls of a stage, and all expressions of an action's settings, shared or exclusive.

use super::{
    Approval, ArmBody, Ask, Body, Call, Handler, HandlerAction, Map, Match, Mock, Plan, Race, Repeat, Settings, Stage,
    Target,
};
use crate::value::expr::{Expr, ExprKind};
use crate::value::{FileRef, Value};

/// Where an expression of a stage stands: what it sees beyond the names of the workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// It sees the item of the map and its position.
    pub item: bool,
    /// It sees the result of a round, and of the one before.
    pub result: bool,
    /// It is the text for people, or what undoes the stage: the stage waits for what it reads, but its result does not depend on
    /// it.
    pub aside: bool,
}

macro_rules! visitors {
    ($exprs:ident, $call_exprs:ident, $calls:ident, $calls_of:ident, $all_calls:ident $(, $mutable:tt)?) => {
        /// Calls `visit` with every expression of the stage.
        pub fn $exprs<'a>(&'a $($mutable)? self, visit: &mut dyn FnMut(Place, &'a $($mutable)? Expr)) {
            let whole = Place::default();
            let item = Place { item: matches!(self.body, Body::Map(_)), ..whole };
            match &$($mutable)? self.body {
                Body::Call(call) => $call_exprs(call, whole, visit),
                Body::Map(map) => {
                    let Map { source, call, .. } = &$($mutable)? **map;
                    visit(whole, source);
                    $call_exprs(call, item, visit);
                }
                Body::Match(Match { subject, arms }) => {
                    visit(whole, subject);
                    for arm in arms {
                        match &$($mutable)? arm.body {
                            ArmBody::Call(call) => $call_exprs(call, whole, visit),
                            ArmBody::Use(value) => visit(whole, value),
                            ArmBody::Skip => {}
                        }
                    }
                }
                Body::Race(Race { alternatives, .. }) => {
                    for alternative in alternatives {
                        $call_exprs(&$($mutable)? alternative.call, whole, visit);
                    }
                }
                Body::Fail(message) => visit(whole, message),
            }
            for handler in &$($mutable)? self.handlers {
                match &$($mutable)? handler.action {
                    HandlerAction::Use(value) => visit(Place { result: true, ..item }, value),
                    HandlerAction::Call(call) => $call_exprs(call, Place { result: true, ..item }, visit),
                    HandlerAction::Fail | HandlerAction::Skip | HandlerAction::Ask(_) => {}
                }
            }
            if let Some(label) = &$($mutable)? self.label {
                visit(Place { aside: true, ..item }, label);
            }
            if let Some(undo) = &$($mutable)? self.undo {
                $call_exprs(undo, Place { aside: true, result: true, ..item }, visit);
            }
        }

        /// Calls `visit` with every call of the stage, what undoes it included.
        pub fn $all_calls<'a>(&'a $($mutable)? self, visit: &mut dyn FnMut(&'a $($mutable)? Call)) {
            // The parts of a stage are borrowed one by one: what undoes it is not among those of `calls`.
            if let Some(undo) = &$($mutable)? self.undo {
                visit(undo);
            }
            Self::$calls_of(&$($mutable)? self.body, &$($mutable)? self.handlers, visit);
        }

        /// Calls `visit` with every call that the stage makes on its way to a result.
        pub fn $calls<'a>(&'a $($mutable)? self, visit: &mut dyn FnMut(&'a $($mutable)? Call)) {
            Self::$calls_of(&$($mutable)? self.body, &$($mutable)? self.handlers, visit);
        }

        fn $calls_of<'a>(
            body: &'a $($mutable)? Body,
            handlers: &'a $($mutable)? [Handler],
            visit: &mut dyn FnMut(&'a $($mutable)? Call),
        ) {
            match body {
                Body::Call(call) => visit(call),
                Body::Map(map) => visit(&$($mutable)? map.call),
                Body::Match(Match { arms, .. }) => {
                    for arm in arms {
                        if let ArmBody::Call(call) = &$($mutable)? arm.body {
                            visit(call);
                        }
                    }
                }
                Body::Race(Race { alternatives, .. }) => {
                    for alternative in alternatives {
                        visit(&$($mutable)? alternative.call);
                    }
                }
                Body::Fail(_) => {}
            }
            for handler in handlers {
                if let HandlerAction::Call(call) = &$($mutable)? handler.action {
                    visit(call);
                }
            }
        }
    };
}

macro_rules! call_visitors {
    ($call_exprs:ident, $repeat_exprs:ident $(, $mutable:tt)?) => {
        fn $call_exprs<'a>(
            call: &'a $($mutable)? Call,
            place: Place,
            visit: &mut dyn FnMut(Place, &'a $($mutable)? Expr),
        ) {
            match &$($mutable)? call.target {
                Target::Ask(ask) => {
                    let Ask { question, show, approves, .. } = &$($mutable)? **ask;
                    visit(place, question);
                    if let Some(show) = show {
                        visit(place, show);
                    }
                    if let Some(Approval { value, .. }) = approves {
                        visit(place, value);
                    }
                }
                Target::Wait(duration) => visit(place, duration),
                Target::Event(event) => visit(place, &$($mutable)? event.key),
                Target::Action { .. } | Target::Pool { .. } | Target::Workflow(_) => {}
            }
            for argument in &$($mutable)? call.args {
                visit(place, argument);
            }
            if let Some(repeat) = &$($mutable)? call.repeat {
                $repeat_exprs(repeat, Place { result: true, ..place }, visit);
            }
        }

        fn $repeat_exprs<'a>(
            repeat: &'a $($mutable)? Repeat,
            place: Place,
            visit: &mut dyn FnMut(Place, &'a $($mutable)? Expr),
        ) {
            let Repeat { until, with, stop_when, .. } = repeat;
            visit(place, until);
            for (_, value) in with {
                visit(place, value);
            }
            if let Some(stop) = stop_when {
                visit(place, stop);
            }
        }
    };
}

call_visitors!(call_exprs, repeat_exprs);
call_visitors!(call_exprs_mut, repeat_exprs_mut, mut);

macro_rules! settings_visitor {
    ($exprs:ident $(, $mutable:tt)?) => {
        /// Calls `visit` with every expression of the settings.
        pub fn $exprs<'a>(&'a $($mutable)? self, visit: &mut dyn FnMut(&'a $($mutable)? Expr)) {
            match self {
                Settings::Exec(exec) => exec.$exprs(visit),
                Settings::Shell(shell) => shell.$exprs(visit),
                Settings::Http(http) => http.$exprs(visit),
                Settings::Llm(llm) => llm.$exprs(visit),
                Settings::Mcp(mcp) => mcp.$exprs(visit),
                Settings::Registered(_) => {}
                Settings::Mock(Mock { takes, returns, .. }) => {
                    if let Some(takes) = takes {
                        visit(takes);
                    }
                    if let Some(returns) = returns {
                        visit(returns);
                    }
                }
            }
        }
    };
}

impl Plan {
    /// Calls `visit` with every expression.
    pub fn exprs<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        let pooled = self.pools.iter().flat_map(|pool| &pool.actions).map(|action| &action.params);
        let own = self.agents.iter().flat_map(|agent| &agent.actions);
        let params = self.workflows.iter().map(|workflow| &workflow.params).chain(pooled);
        let params = params.chain(own.clone().map(|action| &action.params)).flatten();
        params.filter_map(|param| param.default.as_ref()).for_each(&mut *visit);
        own.for_each(|action| action.settings.exprs(visit));
        for workflow in &self.workflows {
            workflow.lets.iter().for_each(|item| visit(&item.value));
            workflow.conditions.iter().for_each(|condition| visit(&condition.value));
            workflow.returns.iter().for_each(&mut *visit);
            workflow.stages.iter().for_each(|stage| stage.exprs(&mut |_, expr| visit(expr)));
        }
    }

    /// Calls `visit` with every file that a value of the plan names.
    pub fn files_named<'a>(&'a self, visit: &mut dyn FnMut(&'a FileRef)) {
        self.exprs(&mut |expr| {
            expr.walk(|part| {
                if let ExprKind::Literal(value) = &part.kind {
                    files_of(value, visit);
                }
            });
        });
    }
}

fn files_of<'a>(value: &'a Value, visit: &mut dyn FnMut(&'a FileRef)) {
    match value {
        Value::File(file) => visit(file),
        // What stands in a plan is at hand.
        Value::List(items) => items.here().unwrap_or_default().iter().for_each(|item| files_of(item, visit)),
        Value::Record(fields) => fields.values().for_each(|field| files_of(field, visit)),
        _ => {}
    }
}

impl Settings {
    settings_visitor!(exprs);
    settings_visitor!(exprs_mut, mut);
}

impl Stage {
    visitors!(exprs, call_exprs, calls, calls_of, all_calls);
    visitors!(exprs_mut, call_exprs_mut, calls_mut, calls_of_mut, all_calls_mut, mut);
}
