//! The world of a test: who answers what, what was asked, and what went wrong on the way. It outlives the process that drives the
//! run.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::case::Ready;
use super::path::{Told, Wanted};
use super::replay::{self, Recording};
use super::scope::{Contents, TestScope};
use crate::agent::{Failure, Usage};
use crate::base::span::Span;
use crate::store::Decision;
use crate::value::Value;
use crate::value::compare::equal;
use crate::value::eval::{EvalError, eval};
use crate::value::expr::Expr;

/// Who answers.
#[derive(Debug, Clone)]
pub(super) struct Mock {
    /// Its path as written.
    pub name: String,
    pub target: Target,
    /// The arguments that a call must have.
    pub matching: Vec<(usize, Value)>,
    pub steps: Vec<Step>,
    pub span: Span,
}

/// What a mock answers for.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// Calls that arrive at one of these places.
    Calls(Vec<Place>),
    /// What a stage asks or waits for.
    Question(Wanted),
}

/// Where calls arrive: an agent of the plan, an action of it.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub agent: usize,
    pub action: usize,
    /// For a pool: for each of its parameters the position among the arguments of this member.
    pub order: Option<Vec<Option<usize>>>,
}

impl Place {
    /// The arguments in the order in which the test knows them.
    pub fn arguments(&self, given: &[Value]) -> Vec<Value> {
        match &self.order {
            None => given.to_vec(),
            Some(order) => {
                let at = |place: &Option<usize>| place.and_then(|place| given.get(place)).cloned();
                order.iter().map(|place| at(place).unwrap_or(Value::Null)).collect()
            }
        }
    }
}

/// One step of a mock.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub takes: Option<Expr>,
    pub answer: Answer,
    /// How many calls it answers; without it every further one.
    pub times: Option<u32>,
}

/// What a mock answers.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    Returns(Expr),
    Fails(String),
    /// A person says that.
    Decides(Decision),
    Never,
}

/// What the world says to one call or question.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    /// When, milliseconds since 1970; never, where the answer is that.
    pub due: i64,
    pub said: Said,
    pub usage: Usage,
}

/// The answer itself.
#[derive(Debug, Clone)]
pub(super) enum Said {
    Value(Value, Contents),
    Fails(String),
    /// A recorded call ended so.
    Ended(Failure),
    /// Nobody knows what became of a recorded call: so it is from this life of the run on.
    Lost {
        after: usize,
    },
    /// A person says that; of an approval what is shown is still open.
    Decides(Decision),
    Never,
}

/// A call that an agent got.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub agent: usize,
    pub action: usize,
    pub arguments: Vec<Value>,
    pub key: String,
    pub attempt: u32,
}

/// What is wrong with the test, or with the run of it.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// A call that no mock answers: agent, action, arguments, stage.
    Call { agent: usize, action: usize, arguments: Vec<Value>, stage: String, used_up: Option<Span> },
    /// A question that no mock answers.
    Question { stage: String, what: &'static str, answer: &'static str, used_up: Option<Span> },
    /// A mock of a question answers in a way in which nobody can.
    Answer { mock: Span, stage: String, what: String },
    /// What a mock says cannot be calculated.
    Calculation(EvalError),
    /// A recorded run does not answer a call: agent, action, arguments, stage, and why.
    Replay { agent: usize, action: usize, arguments: Vec<Value>, stage: String, why: String },
    /// A recorded run has no answer to a question, or one to something else.
    ReplayQuestion { stage: String, why: String },
    /// The same attempt was made twice.
    Repeated { agent: usize, action: usize, stage: String, attempt: u32, key: String },
    /// Nothing happens any more, and these stages wait.
    Stuck,
}

/// What a stage wants that nobody answers, in words.
pub(super) struct Unanswered {
    /// What it does: `asks a person`.
    pub what: &'static str,
    /// How a mock would answer: `returns …`.
    pub answer: &'static str,
}

/// The world of one run.
pub(super) struct World {
    pub ready: Arc<Ready>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    mocks: Vec<Used>,
    calls: Vec<Call>,
    /// What was begun, by key and attempt: whoever asks again gets the same answer.
    begun: BTreeMap<(String, u32), Reply>,
    troubles: Vec<Trouble>,
    /// What of a recording has not answered yet.
    recorded: replay::Left,
    /// The how manieth life of a recorded run it is, from 0.
    life: usize,
}

/// How far a mock is.
#[derive(Clone, Copy, Default)]
struct Used {
    step: usize,
    times: u32,
    matched: bool,
}

/// A mock cannot say when: until the end of all times.
pub(super) const NEVER: i64 = i64::MAX / 4;

impl World {
    pub fn new(ready: &Arc<Ready>) -> Arc<Self> {
        let mocks = vec![Used::default(); ready.mocks.len()];
        let recorded = ready.recording.as_ref().map(Recording::left).unwrap_or_default();
        Arc::new(Self { ready: ready.clone(), state: Mutex::new(State { mocks, recorded, ..State::default() }) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another life of a recorded run begins.
    pub fn begin_life(&self, life: usize) {
        self.state().life = life;
    }

    /// The how manieth life of a recorded run it is, from 0.
    pub fn life(&self) -> usize {
        self.state().life
    }

    /// Notes what is wrong; the run is of no use any more.
    pub fn trouble(&self, trouble: Trouble) {
        self.state().troubles.push(trouble);
    }

    /// What was wrong.
    pub fn troubles(&self) -> Vec<Trouble> {
        self.state().troubles.clone()
    }

    /// The calls so far, in order.
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.clone()
    }

    /// The mocks that no call and no question has met.
    pub fn unmatched(&self) -> Vec<usize> {
        let state = self.state();
        (0..self.ready.mocks.len()).filter(|&index| !state.mocks[index].matched).collect()
    }

    /// What became of an attempt that was begun; nothing where it was not.
    pub fn begun(&self, key: &str, attempt: u32) -> Option<Reply> {
        self.state().begun.get(&(key.to_owned(), attempt)).cloned()
    }

    /// A call arrives. Gives nothing, and notes why, where nobody answers.
    pub fn called(&self, call: Call, stage: &str, now: i64, contents: &Contents) -> Option<Reply> {
        let mut state = self.state();
        let id = (call.key.clone(), call.attempt);
        if state.begun.contains_key(&id) {
            let Call { agent, action, attempt, key, .. } = call;
            state.troubles.push(Trouble::Repeated { agent, action, stage: stage.to_owned(), attempt, key });
            return None;
        }
        if let Some(recording) = &self.ready.recording {
            return self.replayed(&mut state, recording, call, stage, now);
        }
        let found = self.choose(&mut state, |mock| self.arguments(mock, &call));
        let arguments = call.arguments.clone();
        let (agent, action) = (call.agent, call.action);
        state.calls.push(call);
        let (step, arguments) = match found {
            Ok(found) => found,
            Err(used_up) => {
                let stage = stage.to_owned();
                state.troubles.push(Trouble::Call { agent, action, arguments, stage, used_up });
                return None;
            }
        };
        let reply = self.reply(&mut state, &step, &arguments, now, contents)?;
        state.begun.insert(id, reply.clone());
        Some(reply)
    }

    fn replayed(&self, state: &mut State, recording: &Recording, call: Call, stage: &str, now: i64) -> Option<Reply> {
        let (agent, action, id) = (call.agent, call.action, (call.key.clone(), call.attempt));
        let found = recording.call(&mut state.recorded, &self.ready.plan, (agent, action), &call.arguments, now);
        let arguments = call.arguments.clone();
        state.calls.push(call);
        match found {
            Ok(reply) => {
                state.begun.insert(id, reply.clone());
                Some(reply)
            }
            Err(silence) => {
                let (stage, why) = (stage.to_owned(), silence.why());
                state.troubles.push(Trouble::Replay { agent, action, arguments, stage, why });
                None
            }
        }
    }

    /// What was approved in the recorded run is not what is shown now.
    pub fn shows_other(&self, stage: &str) {
        let why = "what is shown is not what was approved in it".into();
        self.trouble(Trouble::ReplayQuestion { stage: stage.to_owned(), why });
    }

    /// A stage asks or waits for something. Gives nothing, and notes why, where nobody answers.
    pub fn asked(&self, stage: &str, wanted: Unanswered, now: i64) -> Option<(Reply, Span)> {
        let mut state = self.state();
        let told = Told::parse(stage);
        let mut span = None;
        let found = self.choose(&mut state, |mock| match &mock.target {
            Target::Question(wanted) if wanted.calls(&told) => {
                span = Some(mock.span);
                Some(Vec::new())
            }
            _ => None,
        });
        match found {
            Ok((step, arguments)) => {
                let reply = self.reply(&mut state, &step, &arguments, now, &Contents::new())?;
                span.map(|span| (reply, span))
            }
            Err(used_up) => {
                let Unanswered { what, answer } = wanted;
                state.troubles.push(Trouble::Question { stage: stage.to_owned(), what, answer, used_up });
                None
            }
        }
    }

    /// The arguments of a call as the mock knows them, if it answers for it.
    fn arguments(&self, mock: &Mock, call: &Call) -> Option<Vec<Value>> {
        let Target::Calls(places) = &mock.target else { return None };
        let place = places.iter().find(|place| place.agent == call.agent && place.action == call.action)?;
        let arguments = place.arguments(&call.arguments);
        let fits = |(place, wanted): &(usize, Value)| arguments.get(*place).is_some_and(|given| equal(given, wanted));
        mock.matching.iter().all(fits).then_some(arguments)
    }

    /// The next step of the first mock that matches and is not used up. Else the last that matched and is.
    fn choose(
        &self,
        state: &mut State,
        mut matches: impl FnMut(&Mock) -> Option<Vec<Value>>,
    ) -> Result<(Step, Vec<Value>), Option<Span>> {
        let mut used_up = None;
        for (mock, used) in self.ready.mocks.iter().zip(&mut state.mocks) {
            let Some(arguments) = matches(mock) else { continue };
            used.matched = true;
            let Some(step) = mock.steps.get(used.step) else {
                used_up = Some(mock.span);
                continue;
            };
            used.times += 1;
            if step.times.is_some_and(|times| used.times >= times) {
                (used.step, used.times) = (used.step + 1, 0);
            }
            return Ok((step.clone(), arguments));
        }
        Err(used_up)
    }

    fn reply(
        &self,
        state: &mut State,
        step: &Step,
        arguments: &[Value],
        now: i64,
        contents: &Contents,
    ) -> Option<Reply> {
        match self.calculate(step, arguments, now, contents) {
            Ok(reply) => Some(reply),
            Err(error) => {
                state.troubles.push(Trouble::Calculation(error));
                None
            }
        }
    }

    fn calculate(&self, step: &Step, arguments: &[Value], now: i64, contents: &Contents) -> Result<Reply, EvalError> {
        let scope = TestScope::new(&self.ready.lets, arguments, [&self.ready.files, contents]);
        let takes = step.takes.as_ref().map(|takes| eval(takes, &scope)).transpose()?;
        let takes = takes.map_or(0, |takes| if let Value::Duration(ms) = takes { ms.max(0) } else { 0 });
        let said = match &step.answer {
            Answer::Returns(value) => {
                let value = eval(value, &scope)?;
                Said::Value(value, scope.into_made())
            }
            Answer::Fails(class) => Said::Fails(class.clone()),
            Answer::Decides(decision) => Said::Decides(decision.clone()),
            Answer::Never => Said::Never,
        };
        let due = if matches!(said, Said::Never) { NEVER } else { now.saturating_add(takes) };
        Ok(Reply { due, said, usage: Usage::default() })
    }
}
