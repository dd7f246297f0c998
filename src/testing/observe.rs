//! What expectations see of a run that has ended.

use std::collections::BTreeMap;

use super::case::Look;
use super::drive::Ended;
use super::path::{Told, Wanted};
use crate::engine::Outcome;
use crate::engine::report::{ErrorInfo, Event, Report};
use crate::plan::Plan;
use crate::value::{Value, json};

/// What a run came to, with its stages by their paths.
pub(super) struct Observed<'a> {
    ended: &'a Ended,
    plan: &'a Plan,
    /// What was told of stages, in order.
    told: Vec<(Told, &'a Event)>,
}

/// How a stage ended last.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Succeeded,
    Failed,
    Skipped,
    Cancelled,
}

impl<'a> Observed<'a> {
    pub fn new(ended: &'a Ended, plan: &'a Plan) -> Self {
        let told = |report: &'a Report| report.stage.as_deref().map(|stage| (Told::parse(stage), &report.event));
        Self { ended, plan, told: ended.reports.iter().filter_map(told).collect() }
    }

    /// The values of what expectations look at, in the order of the test.
    pub fn values(&self, looks: &[Look]) -> Vec<Value> {
        looks.iter().map(|look| self.value(look)).collect()
    }

    fn value(&self, look: &Look) -> Value {
        match look {
            Look::Result => self.result(),
            Look::Outcome => self.outcome(),
            Look::Elapsed => Value::Duration(self.ended.elapsed_ms),
            Look::Spent => {
                let spent = self.ended.spent;
                Value::record([("tokens", Value::Tokens(spent.tokens)), ("money", Value::Money(spent.money))])
            }
            Look::Attempts(stage) => Value::Int(self.attempts(stage)),
            Look::Calls(places, shown) => {
                let of = |call: &&super::script::Call| {
                    places.iter().find(|place| place.agent == call.agent && place.action == call.action)
                };
                let calls = self.ended.calls.iter().filter_map(|call| Some((call, of(&call)?)));
                let record = |arguments: Vec<Value>| {
                    let field = |(name, place): &(String, usize)| {
                        (name.as_str().to_owned(), arguments.get(*place).cloned().unwrap_or(Value::Null))
                    };
                    Value::record(shown.iter().map(field))
                };
                Value::list(calls.map(|(call, place)| record(place.arguments(&call.arguments))).collect())
            }
            Look::Order(first, second) => Value::Bool(self.in_order(first, second)),
            Look::Undone(stage) => Value::Bool(self.undone(stage)),
            Look::Succeeded(stage) => Value::Bool(self.all(stage, State::Succeeded)),
            Look::Failed(stage) => Value::Bool(self.states(stage).contains(&State::Failed)),
            Look::Skipped(stage) => Value::Bool(self.all(stage, State::Skipped)),
        }
    }

    /// Whether the run gave a result.
    pub fn succeeded(&self) -> bool {
        matches!(self.ended.outcome, Ok(Outcome::Succeeded(_)))
    }

    /// Why the run failed, if it did.
    pub fn failure(&self) -> Option<&'a ErrorInfo> {
        match &self.ended.outcome {
            Ok(Outcome::Failed(error)) => Some(error),
            _ => None,
        }
    }

    fn result(&self) -> Value {
        let Ok(Outcome::Succeeded(result)) = &self.ended.outcome else { return Value::Null };
        let ty = self.plan.workflows.first().map(|workflow| &workflow.result);
        ty.and_then(|ty| json::decode(result, ty).ok()).unwrap_or(Value::Null)
    }

    /// As `outcome` of a `finally`.
    fn outcome(&self) -> Value {
        let (status, error) = match &self.ended.outcome {
            Ok(Outcome::Succeeded(_)) => ("succeeded", Value::Null),
            Ok(Outcome::Failed(error)) => ("failed", error_value(error)),
            Ok(Outcome::Cancelled) => ("cancelled", Value::Null),
            _ => ("failed", Value::Null),
        };
        Value::record([("status", Value::text(status)), ("error", error)])
    }

    /// How many attempts were made: of a map by all items, of rounds by all of them.
    fn attempts(&self, stage: &Wanted) -> i64 {
        let mut most: BTreeMap<&str, i64> = BTreeMap::new();
        for report in &self.ended.reports {
            let Some(path) = report.stage.as_deref() else { continue };
            if !stage.calls(&Told::parse(path)) {
                continue;
            }
            let attempt = match &report.event {
                Event::StageStarted { attempt, .. }
                | Event::StageRetrying { attempt, .. }
                | Event::StageFailed { attempt, .. } => *attempt,
                Event::StageSucceeded { attempt, kept: false, .. } => *attempt,
                _ => continue,
            };
            let so_far = most.entry(path).or_default();
            *so_far = (*so_far).max(i64::from(attempt));
        }
        // What a map or a repeated stage says of itself counts its items or rounds once more.
        let parts: i64 = most.iter().filter(|(path, _)| has_part(path)).map(|(_, attempts)| attempts).sum();
        if parts > 0 { parts } else { most.values().sum() }
    }

    /// How each place where a path leads ended; of several rounds the last one counts.
    fn states(&self, stage: &Wanted) -> Vec<State> {
        let mut last: BTreeMap<&Told, State> = BTreeMap::new();
        for (told, event) in &self.told {
            if !stage.is(told) {
                continue;
            }
            if let Some(state) = state(event) {
                last.insert(told, state);
            }
        }
        last.into_values().collect()
    }

    fn all(&self, stage: &Wanted, wanted: State) -> bool {
        let states = self.states(stage);
        !states.is_empty() && states.iter().all(|state| *state == wanted)
    }

    /// Whether the first had ended, each time, before the second began.
    fn in_order(&self, first: &Wanted, second: &Wanted) -> bool {
        let ended = self.told.iter().rposition(|(told, event)| first.is(told) && state(event).is_some());
        let starts = |(told, event): &(Told, &Event)| {
            second.leads_to(told) && matches!(event, Event::StageStarted { .. } | Event::StageWaiting { .. })
        };
        let ready = |(told, event): &(Told, &Event)| second.is(told) && matches!(event, Event::StageReady { .. });
        let began = self.told.iter().position(starts).or_else(|| self.told.iter().position(ready));
        ended.zip(began).is_some_and(|(ended, began)| ended < began)
    }

    /// Whether what the stage did was undone: by its own `undo`, or by those inside it.
    fn undone(&self, stage: &Wanted) -> bool {
        let undos =
            self.told.iter().filter(|(told, _)| told.is_undo() && stage.leads_to(told) && told.len() > stage.len());
        let states: Vec<State> = undos.filter_map(|(_, event)| state(event)).collect();
        !states.is_empty() && states.iter().all(|state| *state == State::Succeeded)
    }
}

fn has_part(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|last| last.contains(['[', '#']))
}

fn state(event: &Event) -> Option<State> {
    match event {
        Event::StageSucceeded { .. } => Some(State::Succeeded),
        Event::StageFailed { .. } => Some(State::Failed),
        Event::StageSkipped { .. } => Some(State::Skipped),
        Event::StageCancelled { .. } => Some(State::Cancelled),
        _ => None,
    }
}

fn error_value(error: &ErrorInfo) -> Value {
    let text = |text: &str| Value::text(text);
    Value::record([
        ("class", text(&error.class)),
        ("message", text(&error.message)),
        ("attempts", Value::Int(i64::from(error.attempts))),
    ])
}
