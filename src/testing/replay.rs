//! `replay "FILE"`: a recorded run, as `wfc runs export` writes it, answers in place of mocks.
//!
//! A call is answered by the first recorded one of the same action with the same arguments that has not answered yet; a question or
//! an awaited event by what the run took in there, in order, at the same time after the start.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::drive::START_MS;
use super::scope::Contents;
use super::script::{NEVER, Reply, Said};
use crate::engine::report::Question;
use crate::plan::{Action, Plan};
use crate::store::export::{Call, Export, ExportError, Outcome};
use crate::store::{Decision, MessageBody};
use crate::value::{Value, json};

/// A recorded run.
#[derive(Debug)]
pub(super) struct Recording {
    calls: Vec<Call>,
    /// What was taken in, each with the time since the start of the run, milliseconds.
    words: Vec<(i64, MessageBody)>,
    /// The content of files.
    pub files: Contents,
}

/// How far a recording is.
#[derive(Debug, Default)]
pub(super) struct Used {
    calls: BTreeMap<usize, ()>,
    words: BTreeMap<usize, ()>,
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
        let words = export.taken.into_iter().map(|taken| ((taken.at - started).max(0), taken.message.body));
        let files = export.blobs.iter().filter_map(|blob| Some((blob.hash.clone(), blob.content.bytes()?.into())));
        Ok(Self { words: words.collect(), files: files.collect(), calls: export.calls })
    }

    /// What a call of an action of the plan is answered with.
    pub fn call(
        &self,
        used: &mut Used,
        plan: &Plan,
        (agent, action): (usize, usize),
        arguments: &[Value],
        now: i64,
    ) -> Result<Reply, Silence> {
        let of = &plan.agents[agent].actions[action];
        let name = format!("{}.{}", plan.agents[agent].name, of.name);
        let given = open(of, arguments);
        let fits = |(index, call): &(usize, &Call)| {
            call.call == name
                && !used.calls.contains_key(index)
                && of.params.iter().zip(&given).all(|(param, given)| {
                    given.as_ref().is_none_or(|given| call.arguments.get(&param.name).unwrap_or(&Json::Null) == given)
                })
        };
        let answered =
            |(_, call): &(usize, &Call)| !matches!(call.outcome, Some(Outcome::NotStarted | Outcome::Lacking { .. }));
        let (index, call) = self.calls.iter().enumerate().filter(answered).find(fits).ok_or(Silence::NoCall)?;
        used.calls.insert(index, ());
        reply(of, call, now)
    }

    /// What people said at a stage; nothing where nobody ever answers.
    pub fn answer(&self, used: &mut Used, stage: &str, question: &Question) -> Result<(i64, Decision), Silence> {
        let said = self.words.iter().enumerate().find_map(|(index, (at, body))| match body {
            MessageBody::Answer { stage: at_stage, decision }
                if at_stage == stage && !used.words.contains_key(&index) =>
            {
                Some((index, *at, decision.clone()))
            }
            _ => None,
        });
        let (index, at, decision) = said.ok_or(Silence::NoWord)?;
        used.words.insert(index, ());
        if let (Decision::Approve { hash }, Some(approval)) = (&decision, &question.approval)
            && *hash != approval.hash
        {
            return Err(Silence::OtherShown);
        }
        Ok((START_MS + at, decision))
    }

    /// What was sent under a name and key.
    pub fn event(&self, used: &mut Used, name: &str, key: &str) -> Result<(i64, Json), Silence> {
        let sent = self.words.iter().enumerate().find_map(|(index, (at, body))| match body {
            MessageBody::Event { name: its, key: its_key, payload, .. }
                if its == name && its_key == key && !used.words.contains_key(&index) =>
            {
                Some((index, *at, payload.clone()))
            }
            _ => None,
        });
        let (index, at, payload) = sent.ok_or(Silence::NoWord)?;
        used.words.insert(index, ());
        Ok((START_MS + at, payload))
    }
}

/// The arguments that a recording has: secrets are not among them.
fn open(action: &Action, arguments: &[Value]) -> Vec<Option<Json>> {
    let one = |(param, value): (&crate::plan::Param, &Value)| (!param.ty.has_secret()).then(|| json::encode(value));
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
