//! `replay "FILE"`: a recorded run, as `wfc runs export` writes it, answers in place of mocks.
//!
//! A call is answered by the first recorded one of the same action with the same arguments that has not answered yet. What people
//! said and what was sent comes again whatever the run does: whether it counts is decided anew. All of it comes at the same time
//! after the start.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value as Json;

use super::drive::START_MS;
use super::lives::Lives;
use super::scope::Contents;
use super::script::{NEVER, Reply, Said};
use crate::agent::{Failure, Usage};
use crate::plan::{Action, Param, Plan};
use crate::store::MessageBody;
use crate::store::export::{Call, Export, ExportError, Outcome};
use crate::value::{Value, json};

/// A recorded run. Times are milliseconds since its start.
#[derive(Debug)]
pub(super) struct Recording {
    calls: Vec<Call>,
    /// What was said to it, in order.
    pub words: Vec<Word>,
    /// The content of files.
    pub files: Contents,
    /// Where one process took over from another.
    pub lives: Lives,
    /// Who started it.
    pub requester: String,
    /// It had come to an end when it was exported.
    pub ended: bool,
    left: Left,
}

/// A word that the run took in.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// Since the start of the run, milliseconds.
    pub at: i64,
    /// Who said it.
    pub by: String,
    /// What.
    pub said: MessageBody,
}

/// What of a recording has not answered yet: places in its lists, in order.
#[derive(Debug, Default, Clone)]
pub(super) struct Left {
    /// By the name of the action. Calls come back nearly in their order, so that the next one stands near the front.
    calls: BTreeMap<String, VecDeque<usize>>,
}

/// Why a recording does not answer.
pub(super) enum Silence {
    /// There is no such call, or none that is left.
    NoCall,
    /// The recorded result does not fit the action any more.
    Unfit(String),
}

impl Silence {
    /// In words.
    pub fn why(&self) -> String {
        match self {
            Self::NoCall => "it has no such call with these arguments, or none that is left".into(),
            Self::Unfit(why) => format!("its result does not fit any more: {why}"),
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
        let lives = Lives::of(&export)?;
        let started = export.run.started;
        let files = export.blobs.iter().filter_map(|blob| Some((blob.hash.clone(), blob.content.bytes()?.into())));
        let files = files.collect();
        let mut calls = export.calls;
        for call in &mut calls {
            (call.started, call.ended) = (call.started - started, call.ended.map(|ended| ended - started));
        }
        let words = export.taken.into_iter();
        let words =
            words.map(|taken| Word { at: (taken.at - started).max(0), by: taken.message.by, said: taken.message.body });
        let mut recording = Self {
            calls,
            words: words.collect(),
            files,
            lives,
            requester: export.run.requester,
            ended: export.run.status.ended(),
            left: Left::default(),
        };
        let Self { calls, lives, left, .. } = &mut recording;
        let answered = |call: &Call| {
            let began = !matches!(call.outcome, Some(Outcome::NotStarted | Outcome::Lacking { .. }));
            began && !lives.replaced.contains(&call.id)
        };
        for (index, call) in calls.iter().enumerate().filter(|(_, call)| answered(call)) {
            left.calls.entry(call.call.clone()).or_default().push_back(index);
        }
        Ok(recording)
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
        self.reply(of, call, now)
    }

    /// A call ends when it ended; one that begins later than it did takes as long as it took.
    fn reply(&self, action: &Action, call: &Call, now: i64) -> Result<Reply, Silence> {
        let due = call.ended.map_or(NEVER, |ended| {
            let took = (ended - call.started).max(0);
            now.saturating_add(took).max(START_MS.saturating_add(ended))
        });
        let (said, usage) = match &call.outcome {
            Some(Outcome::Succeeded { result, tokens, money }) => {
                (decoded(action, result)?, Usage { tokens: *tokens, money: *money })
            }
            Some(Outcome::Recalled { result }) => (decoded(action, result)?, Usage::default()),
            Some(Outcome::Failed { class, message, details, outcome_known, retry_after }) => {
                let (message, details) = (message.clone(), details.clone());
                let known = Failure::new(class, message);
                let failure = Failure { details, outcome_known: *outcome_known, retry_after: *retry_after, ..known };
                (Said::Ended(failure), Usage::default())
            }
            Some(Outcome::Lost { .. }) => {
                let after = self.lives.lost.get(&call.id).copied().unwrap_or(usize::MAX);
                return Ok(Reply { due: NEVER, said: Said::Lost { after }, usage: Usage::default() });
            }
            Some(Outcome::NotStarted | Outcome::Lacking { .. }) | None => (Said::Never, Usage::default()),
        };
        let due = match &said {
            // Somebody else ends it.
            Said::Ended(failure) if failure.class == "cancelled" => NEVER,
            Said::Never => NEVER,
            _ => due,
        };
        Ok(Reply { due, said, usage })
    }
}

fn decoded(action: &Action, result: &Json) -> Result<Said, Silence> {
    let value = json::decode(result, &action.result).map_err(|why| Silence::Unfit(why.to_string()))?;
    Ok(Said::Value(value, Contents::new()))
}

/// The arguments that a recording has: secrets are not among them.
fn open(action: &Action, arguments: &[Value]) -> Vec<Option<Json>> {
    let one = |(param, value): (&Param, &Value)| (!param.ty.has_secret()).then(|| json::encode(value));
    action.params.iter().zip(arguments).map(one).collect()
}
