//! `replay "FILE"`: a recorded run, as `wfc runs export` writes it, answers in place of mocks.
//!
//! A call is answered by the first recorded one of the same action with the same arguments that has not answered yet; a question or
//! an awaited event by what the run took in there, in order, at the same time after the start.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value as Json;

use super::drive::START_MS;
use super::scope::Contents;
use super::script::{NEVER, Reply, Said};
use crate::engine::report::Question;
use crate::plan::{Action, Param, Plan};
use crate::store::export::{Call, Export, ExportError, Outcome};
use crate::store::{Decision, MessageBody};
use crate::value::{Value, json};

/// A recorded run. What was taken in has the time since the start of the run, milliseconds.
#[derive(Debug)]
pub(super) struct Recording {
    calls: Vec<Call>,
    answers: Vec<(i64, Decision)>,
    events: Vec<(i64, Json)>,
    /// The content of files.
    pub files: Contents,
    left: Left,
}

/// What of a recording has not answered yet: places in its lists, in order.
#[derive(Debug, Default, Clone)]
pub(super) struct Left {
    /// By the name of the action. Calls come back nearly in their order, so that the next one stands near the front.
    calls: BTreeMap<String, VecDeque<usize>>,
    /// By stage.
    answers: BTreeMap<String, VecDeque<usize>>,
    /// By name and key.
    events: BTreeMap<(String, String), VecDeque<usize>>,
}

/// Why a recording does not answer.
pub(super) enum Silence {
    /// There is no such call, or none that is left.
    NoCall,
    /// The recorded result does not fit the action any more.
    Unfit(String),
    /// Nothing was said there.
    NoWord,
    /// What is shown is not what was approved.
    OtherShown,
}

impl Silence {
    /// In words.
    pub fn why(&self) -> String {
        match self {
            Self::NoCall => "it has no such call with these arguments, or none that is left".into(),
            Self::Unfit(why) => format!("its result does not fit any more: {why}"),
            Self::NoWord => "nobody said anything there".into(),
            Self::OtherShown => "what is shown is not what was approved in it".into(),
        }
    }
}

impl Recording {
    /// Reads a file.
    ///
    /// # Errors
    /// It is not what `wfc runs export` writes, or newer.
    pub fn read(text: &str) -> Result<Self, ExportError> {
        let export = Export::decode(text)?;
        let started = export.run.started;
        let files = export.blobs.iter().filter_map(|blob| Some((blob.hash.clone(), blob.content.bytes()?.into())));
        let files = files.collect();
        let (answers, events, calls) = (Vec::new(), Vec::new(), export.calls);
        let mut recording = Self { calls, answers, events, files, left: Left::default() };
        for taken in export.taken {
            recording.take((taken.at - started).max(0), taken.message.body);
        }
        let answered = |call: &Call| !matches!(call.outcome, Some(Outcome::NotStarted | Outcome::Lacking { .. }));
        for (index, call) in recording.calls.iter().enumerate().filter(|(_, call)| answered(call)) {
            recording.left.calls.entry(call.call.clone()).or_default().push_back(index);
        }
        Ok(recording)
    }

    fn take(&mut self, at: i64, body: MessageBody) {
        match body {
            MessageBody::Answer { stage, decision } => {
                self.left.answers.entry(stage).or_default().push_back(self.answers.len());
                self.answers.push((at, decision));
            }
            MessageBody::Event { name, key, payload, .. } => {
                self.left.events.entry((name, key)).or_default().push_back(self.events.len());
                self.events.push((at, payload));
            }
            MessageBody::Cancel => {}
        }
    }

    /// What answers: nothing has yet.
    pub fn left(&self) -> Left {
        self.left.clone()
    }

    /// What a call of an action of the plan is answered with.
    pub fn call(
        &self,
        left: &mut Left,
        plan: &Plan,
        (agent, action): (usize, usize),
        arguments: &[Value],
        now: i64,
    ) -> Result<Reply, Silence> {
        let of = &plan.agents[agent].actions[action];
        let name = format!("{}.{}", plan.agents[agent].name, of.name);
        let given = open(of, arguments);
        let fits = |index: &usize| {
            let recorded = &self.calls[*index].arguments;
            let same = |(param, given): (&Param, &Option<Json>)| {
                given.as_ref().is_none_or(|given| recorded.get(&param.name).unwrap_or(&Json::Null) == given)
            };
            of.params.iter().zip(&given).all(same)
        };
        let calls = left.calls.get_mut(&name).ok_or(Silence::NoCall)?;
        let place = calls.iter().position(fits).ok_or(Silence::NoCall)?;
        let call = calls.remove(place).map(|index| &self.calls[index]).ok_or(Silence::NoCall)?;
        reply(of, call, now)
    }

    /// What people said at a stage; nothing where nobody ever answers.
    pub fn answer(&self, left: &mut Left, stage: &str, question: &Question) -> Result<(i64, Decision), Silence> {
        let index = left.answers.get_mut(stage).and_then(VecDeque::pop_front).ok_or(Silence::NoWord)?;
        let (at, decision) = self.answers[index].clone();
        if let (Decision::Approve { hash }, Some(approval)) = (&decision, &question.approval)
            && *hash != approval.hash
        {
            return Err(Silence::OtherShown);
        }
        Ok((START_MS + at, decision))
    }

    /// What was sent under a name and key.
    pub fn event(&self, left: &mut Left, name: &str, key: &str) -> Result<(i64, Json), Silence> {
        let wanted = (name.to_owned(), key.to_owned());
        let index = left.events.get_mut(&wanted).and_then(VecDeque::pop_front).ok_or(Silence::NoWord)?;
        let (at, payload) = self.events[index].clone();
        Ok((START_MS + at, payload))
    }
}

/// The arguments that a recording has: secrets are not among them.
fn open(action: &Action, arguments: &[Value]) -> Vec<Option<Json>> {
    let one = |(param, value): (&Param, &Value)| (!param.ty.has_secret()).then(|| json::encode(value));
    action.params.iter().zip(arguments).map(one).collect()
}

fn reply(action: &Action, call: &Call, now: i64) -> Result<Reply, Silence> {
    let took = call.ended.map_or(0, |ended| (ended - call.started).max(0));
    let due = now.saturating_add(took);
    let said = match &call.outcome {
        Some(Outcome::Succeeded { result, .. } | Outcome::Recalled { result }) => {
            let value = json::decode(result, &action.result).map_err(|why| Silence::Unfit(why.to_string()))?;
            Said::Value(value, Contents::new())
        }
        Some(Outcome::Failed { class, .. }) => Said::Fails(class.clone()),
        Some(Outcome::Lost { .. }) => Said::Fails("crashed".into()),
        Some(Outcome::NotStarted | Outcome::Lacking { .. }) | None => {
            return Ok(Reply { due: NEVER, said: Said::Never });
        }
    };
    Ok(Reply { due, said })
}
