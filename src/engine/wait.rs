//! What a run that stands still waits for, in words and commands.

use crate::engine::report::Wait;
use crate::engine::state::{Asked, BodyRef, CallState, InstanceId, Run, StageError, StageState, Stop};
use crate::engine::{key, locks, state::Call};
use crate::plan::Plan;
use crate::value::Value;

/// What a parked or suspended run waits for: people first, then what goes on by itself once it is resumed.
pub fn waits(plan: &Plan, run: &Run, id: &str) -> Vec<Wait> {
    let people = run.questions.keys().map(|stage| Wait {
        stage: stage.clone(),
        kind: "person".into(),
        command: format!("wfc runs answer {id} {stage}"),
    });
    let events = run.calls.iter().filter_map(|(_, call)| {
        let (name, key_) = call.listens_to.as_deref()?;
        let command = format!("wfc runs send {} --key {} JSON", word(name), word(key_));
        Some(Wait { stage: key::call_path(plan, run, call), kind: "event".into(), command })
    });
    let others = run.calls.iter().filter_map(|(_, call)| {
        let kind = match call.state {
            CallState::Pausing | CallState::Waiting => "timer",
            CallState::Lacking(lack) => lack.word(),
            CallState::Ready | CallState::Planned(_) | CallState::Running(..) => "attempt",
            _ => return None,
        };
        let stage = key::call_path(plan, run, call);
        Some(Wait { stage, kind: kind.into(), command: format!("wfc resume {id}") })
    });
    let locks = run.locks.iter().filter(|(_, claimed)| !claimed.held).map(|(_, claimed)| {
        let path = locks::path(plan, run, claimed.holder);
        let stage = if path.is_empty() { plan.name.clone() } else { path };
        Wait { stage, kind: "lock".into(), command: format!("wfc resume {id}") }
    });
    let mut others: Vec<Wait> = others.chain(locks).collect();
    others.sort_by(|a, b| a.stage.cmp(&b.stage));
    let mut events: Vec<Wait> = events.collect();
    events.sort_by(|a, b| a.stage.cmp(&b.stage));
    people.chain(events).chain(others).collect()
}

/// A text as one word of a shell's command line.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '@');
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// One line on a failure, for the history.
pub fn because(error: &StageError) -> String {
    if error.stage.is_empty() { error.class.clone() } else { format!("{}: {}", error.stage, error.class) }
}

/// One line on a wait, for the history.
pub fn waiting_for(run: &Run, wait: &Wait) -> String {
    let question = run.questions.get(&wait.stage).and_then(|call| run.calls.get(*call)?.question.as_deref());
    match wait.kind.as_str() {
        "person" => match question.and_then(|question| question.approval.as_ref()?.so_far()) {
            Some(so_far) => format!("{}: waits for a person, {so_far}", wait.stage),
            None => format!("{}: waits for a person", wait.stage),
        },
        "event" => format!("{}: waits for an event", wait.stage),
        "secret" => format!("{}: waits for a secret", wait.stage),
        "disk" => format!("{}: waits for the disk", wait.stage),
        "lock" => format!("{}: waits for a lock", wait.stage),
        _ => format!("{}: goes on when resumed", wait.stage),
    }
}

/// One line, for the history, on a lock that another run keeps from this one.
pub fn locked_out(plan: &Plan, run: &Run) -> Option<String> {
    let (stage, lock) = locks::locked_out(plan, run)?;
    Some(stage.map(|stage| format!("{stage}: ")).unwrap_or_default() + &lock.told())
}

/// A stage as a listing shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct StageView {
    /// Its path.
    pub path: String,
    /// How it stands.
    pub state: StageState,
    /// What is under way for it.
    pub waiting: Option<Asked>,
    /// How many attempts there were.
    pub attempts: u32,
    /// Its result came from before a retry.
    pub kept: bool,
    /// Its failure.
    pub error: Option<StageError>,
}

impl Run {
    /// Results that are there, with their paths and attempts: of the run's stages and of those inside calls under way.
    pub fn results(&self, plan: &Plan) -> Vec<(String, u32, Value)> {
        let mut found = Vec::new();
        self.walk(plan, |path, id, index| {
            let slot = &self.instances[id].stages[index];
            if slot.state == StageState::Succeeded {
                found.push((path, slot.attempts, slot.value.clone()));
            }
        });
        found
    }

    /// Failures of such stages that there have been, with their paths and whether they are handled.
    pub fn failures(&self, plan: &Plan) -> Vec<(String, StageError, bool)> {
        let mut found = Vec::new();
        self.walk(plan, |path, id, index| {
            let slot = &self.instances[id].stages[index];
            if let (StageState::Failed | StageState::Handled, Some(error)) = (slot.state, &slot.error) {
                found.push((path, (**error).clone(), slot.state == StageState::Handled));
            }
        });
        found
    }

    /// Every stage of the run and of the calls inside it that are kept, outer before inner.
    pub fn stages(&self, plan: &Plan) -> Vec<StageView> {
        let mut found = Vec::new();
        self.walk(plan, |path, id, index| {
            let slot = &self.instances[id].stages[index];
            let waiting = match slot.body {
                BodyRef::Call(call) => self.calls.get(call).and_then(asked),
                BodyRef::Race(race) => self.races[race].handler.and_then(|call| asked(self.calls.get(call)?)),
                _ => None,
            };
            found.push(StageView {
                path,
                state: slot.state,
                waiting,
                attempts: slot.attempts,
                kept: slot.kept,
                error: slot.error.as_deref().cloned(),
            });
        });
        found
    }

    /// Goes through the stages of all instances that are there, outer before inner.
    pub(super) fn walk(&self, plan: &Plan, mut visit: impl FnMut(String, InstanceId, usize)) {
        let mut open = if self.instances.get(self.root).is_some() { vec![self.root] } else { Vec::new() };
        while let Some(id) = open.pop() {
            for (index, slot) in self.instances[id].stages.iter().enumerate() {
                visit(key::stage_path(plan, self, id, index as u32), id, index);
                let calls: Vec<u32> = match slot.body {
                    BodyRef::None => Vec::new(),
                    BodyRef::Call(call) => vec![call],
                    BodyRef::Race(race) => {
                        let race = &self.races[race];
                        race.calls.iter().chain(&race.handler).copied().collect()
                    }
                    BodyRef::Map(map) => {
                        let map = &self.maps[map];
                        map.live.values().chain(map.failed.values()).copied().collect()
                    }
                };
                open.extend(calls.iter().filter_map(|call| self.calls.get(*call)).filter_map(|call| call.inner));
            }
        }
    }

    /// Whether an attempt has been asked for and not started yet.
    pub fn is_planned(&self, attempt: u64) -> bool {
        let call = self.attempts.get(&attempt).and_then(|call| self.calls.get(*call));
        call.is_some_and(|call| call.state == CallState::Planned(attempt))
    }

    /// Whether an attempt has been recorded as intended and has not ended.
    pub fn is_running(&self, attempt: u64) -> bool {
        let call = self.attempts.get(&attempt).and_then(|call| self.calls.get(*call));
        call.is_some_and(|call| matches!(call.state, CallState::Running(id, _) if id == attempt))
    }

    /// Whether an attempt is being ended.
    pub fn is_stopping(&self, attempt: u64) -> bool {
        let call = self.attempts.get(&attempt).and_then(|call| self.calls.get(*call));
        // What is asked after is so whatever ends around it.
        call.is_some_and(|call| call.stop > Some(Stop::Drain) && !call.probes())
    }

    /// The inputs of the run.
    pub fn inputs(&self) -> &[Value] {
        self.instances.get(self.root).map_or(&[], |root| &root.args)
    }

    /// Paths of the stages under way that hold others: maps and calls of workflows, outer before inner.
    pub(super) fn holders(&self, plan: &Plan) -> Vec<String> {
        let mut found = Vec::new();
        self.walk(plan, |path, id, index| {
            let slot = &self.instances[id].stages[index];
            let holds = match slot.body {
                BodyRef::Map(_) => true,
                BodyRef::Call(call) => self.calls.get(call).is_some_and(|call| call.state == CallState::Inside),
                _ => false,
            };
            if holds && slot.state == StageState::Active {
                found.push(path);
            }
        });
        found
    }

    /// Whether a person has cancelled it.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled
    }
}

fn asked(call: &Call) -> Option<Asked> {
    match call.state {
        CallState::Asking(asked) => Some(asked),
        _ => None,
    }
}
