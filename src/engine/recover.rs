//! From a journal back to the state of its run: replay, record by record.

use std::sync::Arc;

use crate::engine::RunError;
use crate::engine::journal::{Event, FORMAT, Payload};
use crate::engine::report::{self, Report};
use crate::engine::state::Run;
use crate::engine::step::notice::rfc3339;
use crate::engine::step::{Effect, Notice, step};
use crate::engine::{files, retry, wait};
use crate::plan::Plan;
use crate::store::{Record, RunInfo, Store};
use crate::value::Value;

/// Records read at once.
pub(super) const PAGE: usize = 1_000;

/// A run as its journal tells it.
pub struct Loaded {
    /// Its state.
    pub run: Run,
    /// The plan that it runs on now.
    pub plan: Arc<Plan>,
    /// How many records it has.
    pub records: u64,
    /// Whether the plan reads the content of files; not known before it is.
    reads: Option<bool>,
}

/// Replays the journal of a run. `plan` saves reading a plan that is at hand.
///
/// # Errors
/// The store's, and [`RunError::Damaged`] where the records do not make a run.
pub async fn load(store: &dyn Store, info: &RunInfo, plan: &Arc<Plan>) -> Result<Loaded, RunError> {
    let mut loaded = Loaded::nothing(store, info, plan, true);
    loaded.read(store, info, plan, &mut |_| {}).await?;
    loaded.run.quiet = false;
    Ok(loaded)
}

/// Tells what was reported while a run was driven, but for lines of output, in order; gives how it stands then.
///
/// # Errors
/// As [`load`].
pub async fn tell(
    store: &dyn Store,
    info: &RunInfo,
    plan: &Arc<Plan>,
    tell: &mut (dyn FnMut(&Report) + Send),
) -> Result<Run, RunError> {
    let mut loaded = Loaded::nothing(store, info, plan, false);
    loaded.read(store, info, plan, tell).await?;
    Ok(loaded.run)
}

impl Loaded {
    /// As [`tell`], noting where the run has been.
    pub(super) async fn retraced(
        store: &dyn Store,
        info: &RunInfo,
        plan: &Arc<Plan>,
        tell: &mut (dyn FnMut(&Report) + Send),
    ) -> Result<Self, RunError> {
        let mut loaded = Self::nothing(store, info, plan, false);
        loaded.run.keep_marks();
        loaded.read(store, info, plan, tell).await?;
        Ok(loaded)
    }

    pub(super) fn nothing(store: &dyn Store, info: &RunInfo, plan: &Arc<Plan>, quiet: bool) -> Self {
        let mut run = Run::new(&info.id, &info.key, info.started);
        run.quiet = quiet;
        run.shelf = store.shelf();
        Self { run, plan: plan.clone(), records: 0, reads: None }
    }

    async fn read(
        &mut self,
        store: &dyn Store,
        info: &RunInfo,
        plan: &Arc<Plan>,
        tell: &mut (dyn FnMut(&Report) + Send),
    ) -> Result<(), RunError> {
        let mut told = 0;
        // The time of the latest report, also as text: many have the same one.
        let mut now: (i64, Arc<str>) = (i64::MIN, "".into());
        loop {
            let page = store.records(&info.id, self.records, PAGE).await?;
            let last = page.len() < PAGE;
            for record in page {
                for notice in self.replay(store, info, plan, record).await? {
                    let (stage, event) = notice.spell(&self.plan);
                    if now.0 != self.run.at {
                        now = (self.run.at, rfc3339(self.run.at).into());
                    }
                    let time = now.1.clone();
                    tell(&Report { run: self.run.id.clone(), seq: told, time, stage, event });
                    told += 1;
                }
            }
            if last {
                return Ok(());
            }
        }
    }

    /// Takes one record in; gives what is told of it on the plan that the run is on then, unless it is quiet.
    pub(super) async fn replay(
        &mut self,
        store: &dyn Store,
        info: &RunInfo,
        at_hand: &Arc<Plan>,
        record: Record,
    ) -> Result<Vec<Notice>, RunError> {
        let damaged = |what: String| RunError::Damaged { run: info.id.clone(), record: record.seq, what };
        let event: Event = serde_json::from_str(&record.body).map_err(|error| damaged(error.to_string()))?;
        if let Some(found) = event.journal().filter(|journal| *journal > FORMAT) {
            return Err(RunError::Newer { run: info.id.clone(), found, known: FORMAT });
        }
        if let Event::Started { plan, .. } = &event {
            (self.plan, self.reads) = (plan_of(store, plan, at_hand).await?, None);
        }
        if let Event::Retried(to) | Event::Moved(to) = &event {
            let next = plan_of(store, &to.plan, at_hand).await?;
            let moves = matches!(event, Event::Moved(_));
            let going = retry::Going { old_plan: &self.plan, plan: &next, inputs: &to.inputs, again: &to.again, moves };
            self.run = going.carry_over(&self.run, to.journal);
            (self.plan, self.reads) = (next, None);
        }
        // What the runner tells of an event it tells as of then.
        self.run.at = self.run.at.max(record.at);
        let header = self.header(&event, info).map(|event| Notice::Of { stage: None, event: Box::new(event) });
        let event = fetch(store, event).await?;
        if *self.reads.get_or_insert_with(|| files::reads_texts(&self.plan)) {
            files::fetch_texts(store, &event, &mut self.run.texts).await?;
        }
        let effects = step(&self.plan, &mut self.run, record.at, event);
        self.run.check_shelf()?;
        self.records = record.seq + 1;
        let notice = |effect| if let Effect::Report(notice) = effect { Some(notice) } else { None };
        let told = header.into_iter().chain(effects.into_iter().filter_map(notice)).collect();
        // The store has seen that the records are whole.
        let differs = |what| RunError::Differs { run: info.id.clone(), record: record.seq, what };
        self.run.mismatch.take().map_or(Ok(told), |what| Err(differs(what)))
    }

    /// What the runner, rather than `step`, tells of an event.
    fn header(&self, event: &Event, info: &RunInfo) -> Option<report::Event> {
        let resumed = match event {
            _ if self.run.quiet => return None,
            Event::Started { .. } => false,
            Event::Resumed { .. } | Event::Retried(_) | Event::Moved(_) => true,
            Event::Suspended => {
                let waits = wait::waits(&self.plan, &self.run, &info.id);
                return Some(report::Event::RunSuspended { waits, killed: Vec::new() });
            }
            _ => return None,
        };
        Some(report::Event::RunStarted {
            format: report::FORMAT,
            workflow: self.plan.name.clone(),
            plan: self.plan.hash.clone(),
            inputs: info.inputs.clone(),
            resumed,
        })
    }
}

pub(super) async fn plan_of(store: &dyn Store, hash: &str, at_hand: &Arc<Plan>) -> Result<Arc<Plan>, RunError> {
    if at_hand.hash == hash {
        return Ok(at_hand.clone());
    }
    let text = store.plan(hash).await?;
    let plan = serde_json::from_str(&text)
        .map_err(|error| RunError::Plan { hash: hash.to_owned(), what: error.to_string() })?;
    Ok(Arc::new(plan))
}

/// Puts the result in the place of the blob that holds it.
pub(super) async fn fetch(store: &dyn Store, event: Event) -> Result<Event, RunError> {
    let mut event = event;
    if let Event::Succeeded { result, .. } | Event::Recalled { result: Some(result), .. } = &mut event
        && let Payload::Blob(hash) = result
    {
        let bytes = store.blob(hash).await?;
        let value: Value = serde_json::from_slice(&bytes)
            .map_err(|error| RunError::Blob { hash: hash.clone(), what: error.to_string() })?;
        *result = Payload::Value(value);
    }
    Ok(event)
}
