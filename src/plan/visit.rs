//! Going through all expressions and calls of a stage, and all expressions of an action's settings, shared or exclusive.

use super::{
    ArmBody, Ask, Body, Call, Exec, HandlerAction, Map, Match, Mock, Repeat, Settings, Stage, Stdin, Target, Word,
};
use crate::value::expr::Expr;

/// Where an expression of a stage stands: what it sees beyond the names of the workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// It sees the item of the map and its position.
    pub item: bool,
    /// It sees the result of a round, and of the one before.
    pub result: bool,
    /// It is the text for people: the stage waits for what it reads, but its result does not depend on it.
    pub label: bool,
}

macro_rules! visitors {
    ($exprs:ident, $call_exprs:ident, $calls:ident $(, $mutable:tt)?) => {
        /// Calls `visit` with every expression of the stage.
        pub fn $exprs<'a>(&'a $($mutable)? self, visit: &mut dyn FnMut(Place, &'a $($mutable)? Expr)) {
            let whole = Place::default();
            let item = Place { item: matches!(self.body, Body::Map(_)), ..whole };
            match &$($mutable)? self.body {
                Body::Call(call) => $call_exprs(call, whole, visit),
                Body::Map(Map { source, call, .. }) => {
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
                visit(Place { label: true, ..item }, label);
            }
        }

        /// Calls `visit` with every call of the stage.
        pub fn $calls<'a>(&'a $($mutable)? self, visit: &mut dyn FnMut(&'a $($mutable)? Call)) {
            match &$($mutable)? self.body {
                Body::Call(call) | Body::Map(Map { call, .. }) => visit(call),
                Body::Match(Match { arms, .. }) => {
                    for arm in arms {
                        if let ArmBody::Call(call) = &$($mutable)? arm.body {
                            visit(call);
                        }
                    }
                }
                Body::Fail(_) => {}
            }
            for handler in &$($mutable)? self.handlers {
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
            if let Target::Ask(Ask { question, show, .. }) = &$($mutable)? call.target {
                visit(place, question);
                if let Some(show) = show {
                    visit(place, show);
                }
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
                Settings::Exec(Exec { command, stdin, cwd, env, .. }) => {
                    for Word { value, .. } in command {
                        visit(value);
                    }
                    if let Stdin::Text(text) = stdin {
                        visit(text);
                    }
                    if let Some(cwd) = cwd {
                        visit(cwd);
                    }
                    for (_, value) in env {
                        visit(value);
                    }
                }
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

impl Settings {
    settings_visitor!(exprs);
    settings_visitor!(exprs_mut, mut);
}

impl Stage {
    visitors!(exprs, call_exprs, calls);
    visitors!(exprs_mut, call_exprs_mut, calls_mut, mut);
}
