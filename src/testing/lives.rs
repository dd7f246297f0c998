//! The lives of a recorded run: where a process died or was stopped and another took over, and where the run went on after its
//! end.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::journal::{Continuation, Event, Limits};
use crate::store::export::{Call, Export, ExportError, Outcome};

/// How a recorded run was driven.
#[derive(Debug, Default)]
pub(super) struct Lives {
    /// Where one life ended and the next began.
    pub turns: Vec<Turn>,
    /// All chance of the run.
    pub seed: Option<u64>,
    /// What its first process was limited to.
    pub limits: Option<Limits>,
    /// Attempts of which nobody knew what had become, by number: from which life on.
    pub lost: BTreeMap<u64, usize>,
    /// Attempts that were made again on another plan although they had succeeded, by number: that plan wants other answers.
    pub replaced: BTreeSet<u64>,
}

/// Where another process took over. Times are milliseconds since the start of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    /// From when on the process before it did nothing any more.
    pub stopped: i64,
    /// When it took over.
    pub at: i64,
    /// The run had ended, and went on so.
    pub retried: Option<Retried>,
}

/// How a run went on after its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Retried {
    /// Stages that were to run again although they had succeeded.
    pub again: Vec<String>,
    /// Who wanted it.
    pub by: String,
    /// All chance from here on.
    pub seed: u64,
}

impl Lives {
    /// Reads them off the records of a run.
    ///
    /// # Errors
    /// One of the records is none.
    pub fn of(export: &Export) -> Result<Self, ExportError> {
        let mut reader = Reader { lives: Self::default(), plan: String::new(), moved: 0, intents: BTreeMap::new() };
        let (mut last, mut suspended) = (0, None);
        for record in &export.records {
            let event: Event = serde_json::from_value(record.event.clone())
                .map_err(|error| ExportError::Form(format!("record {}: {error}", record.seq)))?;
            let at = (record.at - export.run.started).max(0);
            if matches!(event, Event::Suspended) {
                suspended.get_or_insert(at);
            }
            if let Some(retried) = turn(&event) {
                let stopped = suspended.take().unwrap_or(last);
                reader.lives.turns.push(Turn { stopped, at, retried });
            }
            reader.event(event);
            last = at;
        }
        reader.lives.replaced = replaced(&export.calls, &reader.intents);
        Ok(reader.lives)
    }
}

/// Whether another process took over here, and how a run that had ended went on.
fn turn(event: &Event) -> Option<Option<Retried>> {
    match event {
        Event::Resumed { .. } | Event::Moved(_) => Some(None),
        Event::Retried(to) => Some(Some(Retried { again: to.again.clone(), by: to.by.clone(), seed: to.seed })),
        _ => None,
    }
}

struct Reader {
    lives: Lives,
    /// The plan that the run is on.
    plan: String,
    /// How many plans it was on before.
    moved: usize,
    /// By number of the attempt: in which life it began, and on the how manieth plan.
    intents: BTreeMap<u64, Intent>,
}

struct Intent {
    life: usize,
    plan: usize,
}

impl Reader {
    fn event(&mut self, event: Event) {
        match event {
            Event::Started { plan, seed, limits, .. } => {
                (self.lives.seed, self.lives.limits, self.plan) = (Some(seed), Some(limits), plan);
            }
            Event::Retried(Continuation { plan, .. }) | Event::Moved(Continuation { plan, .. }) => {
                self.moved += usize::from(plan != self.plan);
                self.plan = plan;
            }
            Event::Intent { id, .. } => {
                let intent = Intent { life: self.lives.turns.len(), plan: self.moved };
                self.intents.insert(id, intent);
            }
            Event::Lost { id, .. } => {
                let after = self.intents.get(&id).map_or(0, |intent| intent.life + 1);
                self.lives.lost.insert(id, after);
            }
            _ => {}
        }
    }
}

/// Attempts of what had succeeded on one plan and was made again on a later one.
fn replaced(calls: &[Call], intents: &BTreeMap<u64, Intent>) -> BTreeSet<u64> {
    let plan = |call: &Call| intents.get(&call.id).map_or(0, |intent| intent.plan);
    let mut latest: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut done: BTreeSet<(&str, &str, usize)> = BTreeSet::new();
    for call in calls {
        let (stage, name) = (call.stage.as_str(), call.call.as_str());
        latest.insert((stage, name), plan(call));
        if matches!(call.outcome, Some(Outcome::Succeeded { .. } | Outcome::Recalled { .. })) {
            done.insert((stage, name, plan(call)));
        }
    }
    let is_replaced = |call: &&Call| {
        let (stage, name, plan) = (call.stage.as_str(), call.call.as_str(), plan(call));
        latest.get(&(stage, name)).is_some_and(|latest| *latest > plan) && done.contains(&(stage, name, plan))
    };
    calls.iter().filter(is_replaced).map(|call| call.id).collect()
}
