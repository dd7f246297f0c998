//! Writes a run into one file: what its store holds of it, and what a replay of its journal says of each call.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;

use crate::agent::secret::Redactor;
use crate::engine::RunError;
use crate::engine::journal::{Continuation, Event, Payload};
use crate::engine::recover::{Loaded, PAGE, fetch};
use crate::engine::state::Run;
use crate::engine::step::call::plan_call;
use crate::plan::{Plan, Target};
use crate::store::export::{Blob, Call, Content, Entry, Outcome, PlanEntry, Taken, Writer};
use crate::store::hashes::hashes;
use crate::store::{Record, RunInfo, Store, StoreError};
use crate::value::json;

/// Why a run cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum Unwritten {
    /// The store or the journal.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Where it is written to.
    #[error(transparent)]
    Out(#[from] io::Error),
}

impl From<StoreError> for Unwritten {
    fn from(error: StoreError) -> Self {
        Self::Run(error.into())
    }
}

/// Writes a run. Nothing that `redactor` finds stands in it: text is replaced, bytes are left out.
///
/// # Errors
/// The store's, a journal that makes no run, and what the system says of the place that is written to.
pub async fn export(
    store: &dyn Store,
    info: &RunInfo,
    plan: &Arc<Plan>,
    redactor: &Redactor,
    out: &mut (dyn Write + Send),
) -> Result<(), Unwritten> {
    let mut known = Known::of(store, info, plan).await?;
    let mut about = serde_json::to_value(info).map_err(io::Error::from)?;
    clean(&mut about, redactor);
    let mut file = File { writer: Writer::begin(out, &about)?, redactor, named: BTreeSet::new() };
    file.note(&about);
    let plans = std::mem::take(&mut known.plans);
    file.list("plans", plans.into_iter().map(|(hash, plan)| PlanEntry { hash, plan }))?;
    file.list("calls", known.calls.into_iter())?;
    file.list("taken", known.taken.into_iter())?;
    file.records(store, &info.id).await?;
    file.list("messages", store.messages(&info.id, 0).await?.into_iter())?;
    file.logs(store, &info.id).await?;
    file.blobs(store).await?;
    file.writer.finish()?;
    Ok(())
}

/// What a replay of the journal tells.
#[derive(Default)]
struct Known {
    plans: Vec<(String, Json)>,
    calls: Vec<Call>,
    taken: Vec<Taken>,
}

impl Known {
    async fn of(store: &dyn Store, info: &RunInfo, plan: &Arc<Plan>) -> Result<Self, Unwritten> {
        let mut known = Self::default();
        let mut loaded = Loaded::nothing(store, info, plan, true);
        loop {
            let page = store.records(&info.id, loaded.records, PAGE).await?;
            let last = page.len() < PAGE;
            for record in page {
                known.record(store, info, plan, &mut loaded, record).await?;
            }
            if last {
                break;
            }
        }
        if known.plans.is_empty() {
            known.plan(store, &info.plan).await?;
        }
        Ok(known)
    }

    async fn record(
        &mut self,
        store: &dyn Store,
        info: &RunInfo,
        plan: &Arc<Plan>,
        loaded: &mut Loaded,
        record: Record,
    ) -> Result<(), Unwritten> {
        let (seq, at) = (record.seq, record.at);
        let event: Event = serde_json::from_str(&record.body).map_err(|error| RunError::Damaged {
            run: info.id.clone(),
            record: seq,
            what: error.to_string(),
        })?;
        let event = fetch(store, event).await?;
        if let Event::Started { plan, .. }
        | Event::Retried(Continuation { plan, .. })
        | Event::Moved(Continuation { plan, .. }) = &event
        {
            self.plan(store, plan).await?;
        }
        if let Event::Recalled { id, key, result: Some(result) } = &event {
            // Before the replay: what was planned is gone after it.
            self.calls.extend(recalled(&loaded.plan, &loaded.run, (*id, key), result, at));
        }
        loaded.replay(store, info, plan, record).await?;
        match event {
            Event::Intent { id, stage, attempt, key, call } => {
                let arguments = arguments(&loaded.plan, &loaded.run, id);
                let (started, ended, outcome) = (at, None, None);
                self.calls.push(Call { id, stage, attempt, key, call, arguments, started, ended, outcome });
            }
            Event::Message(message) | Event::Heard(message) => self.taken.push(Taken { seq, at, message }),
            event => self.ended(event, at),
        }
        Ok(())
    }

    async fn plan(&mut self, store: &dyn Store, hash: &str) -> Result<(), Unwritten> {
        if self.plans.iter().any(|(known, _)| known == hash) {
            return Ok(());
        }
        let plan = store.plan(hash).await?;
        let plan = serde_json::from_str(&plan)
            .map_err(|error| RunError::Plan { hash: hash.to_owned(), what: error.to_string() })?;
        self.plans.push((hash.to_owned(), plan));
        Ok(())
    }

    fn ended(&mut self, event: Event, at: i64) {
        let Some((id, outcome)) = outcome(event) else { return };
        // Attempts that are open are among the last.
        if let Some(call) = self.calls.iter_mut().rev().find(|call| call.id == id && call.outcome.is_none()) {
            (call.ended, call.outcome) = (Some(at), Some(outcome));
        }
    }
}

fn outcome(event: Event) -> Option<(u64, Outcome)> {
    Some(match event {
        Event::Succeeded { id, result, usage } => {
            (id, Outcome::Succeeded { result: plain(&result), tokens: usage.tokens, money: usage.money })
        }
        Event::Failed { id, failure } => {
            let (class, message, details) = (failure.class, failure.message, failure.details);
            let (outcome_known, retry_after) = (failure.outcome_known, failure.retry_after);
            (id, Outcome::Failed { class, message, details, outcome_known, retry_after })
        }
        Event::Lost { id, because } => (id, Outcome::Lost { because }),
        Event::NotStarted { id } => (id, Outcome::NotStarted),
        Event::Lacking { id, because, .. } => (id, Outcome::Lacking { because }),
        _ => return None,
    })
}

/// A call that an equal one answered: an action, or a whole workflow.
fn recalled(plan: &Plan, run: &Run, (id, key): (u64, &str), result: &Payload, at: i64) -> Option<Call> {
    let call = &run.calls[*run.attempts.get(&id)?];
    let name = match run.attempt(plan, id) {
        Some(attempt) => {
            let agent = &plan.agents[attempt.agent];
            format!("{}.{}", agent.name, agent.actions[attempt.action].name)
        }
        None => match plan_call(plan, run, call.place).target {
            Target::Workflow(workflow) => plan.workflows[workflow.index()].name.clone(),
            _ => return None,
        },
    };
    Some(Call {
        id,
        stage: crate::engine::key::call_path(plan, run, call),
        attempt: call.attempt,
        key: key.to_owned(),
        call: name,
        arguments: arguments(plan, run, id),
        started: at,
        ended: Some(at),
        outcome: Some(Outcome::Recalled { result: plain(result) }),
    })
}

fn arguments(plan: &Plan, run: &Run, id: u64) -> serde_json::Map<String, Json> {
    let Some(attempt) = run.attempt(plan, id) else { return Default::default() };
    let params = &plan.agents[attempt.agent].actions[attempt.action].params;
    params.iter().zip(&attempt.arguments).map(|(param, value)| (param.name.clone(), json::encode(value))).collect()
}

fn plain(payload: &Payload) -> Json {
    match payload {
        Payload::Value(value) => json::encode(value),
        // It has been fetched.
        Payload::Blob(_) => Json::Null,
    }
}

/// The file under way.
struct File<'a> {
    writer: Writer<'a>,
    redactor: &'a Redactor,
    /// What looks like the hash of bytes.
    named: BTreeSet<String>,
}

impl File<'_> {
    fn list<T: Serialize>(&mut self, name: &str, items: impl Iterator<Item = T>) -> io::Result<()> {
        self.writer.section(name)?;
        for item in items {
            self.item(&item)?;
        }
        self.writer.close()
    }

    fn item(&mut self, item: &impl Serialize) -> io::Result<()> {
        let mut item = serde_json::to_value(item)?;
        clean(&mut item, self.redactor);
        self.note(&item);
        self.writer.item(&item)
    }

    fn note(&mut self, item: &Json) {
        let text = item.to_string();
        self.named.extend(hashes(text.as_bytes()).map(str::to_owned));
    }

    async fn records(&mut self, store: &dyn Store, run: &str) -> Result<(), Unwritten> {
        self.writer.section("records")?;
        let mut next = 0;
        loop {
            let page = store.records(run, next, PAGE).await?;
            let Some(last) = page.last() else { break };
            next = last.seq + 1;
            for record in page {
                let event = serde_json::from_str(&record.body).map_err(io::Error::from)?;
                self.item(&Entry { seq: record.seq, at: record.at, event })?;
            }
        }
        Ok(self.writer.close()?)
    }

    async fn logs(&mut self, store: &dyn Store, run: &str) -> Result<(), Unwritten> {
        self.writer.section("logs")?;
        let mut from = 0;
        loop {
            let (lines, next) = store.logs(run, None, from, PAGE).await?;
            if lines.is_empty() {
                break;
            }
            from = next;
            lines.iter().try_for_each(|line| self.item(line))?;
        }
        Ok(self.writer.close()?)
    }

    /// All bytes that are referred to, and those that these refer to.
    async fn blobs(&mut self, store: &dyn Store) -> Result<(), Unwritten> {
        self.writer.section("blobs")?;
        let mut waiting: VecDeque<String> = self.named.iter().cloned().collect();
        while let Some(hash) = waiting.pop_front() {
            if !store.has_blob(&hash).await? {
                continue;
            }
            let bytes = store.blob(&hash).await?;
            let fresh = hashes(&bytes).filter(|hash| self.named.insert((*hash).to_owned()));
            waiting.extend(fresh.map(str::to_owned));
            let content = match self.redactor.finds_in(&bytes) {
                true => Content::Withheld("a secret stands in it".into()),
                false => Content::of(&bytes),
            };
            let blob = Blob { size: bytes.len() as u64, hash, content };
            self.writer.item(&serde_json::to_value(&blob).map_err(io::Error::from)?)?;
        }
        Ok(self.writer.close()?)
    }
}

/// Replaces every secret in the texts and names of JSON.
fn clean(json: &mut Json, redactor: &Redactor) {
    if redactor.is_empty() {
        return;
    }
    // A stack rather than a recursion: what nests deep comes from a store.
    let mut open = vec![json];
    while let Some(json) = open.pop() {
        match json {
            Json::String(text) if redactor.finds(text) => *text = redactor.redact(text).into_owned(),
            Json::Array(items) => open.extend(items),
            Json::Object(fields) => {
                if fields.keys().any(|name| redactor.finds(name)) {
                    let old = std::mem::take(fields);
                    fields.extend(old.into_iter().map(|(name, value)| (redactor.redact(&name).into_owned(), value)));
                }
                open.extend(fields.values_mut());
            }
            _ => {}
        }
    }
}
