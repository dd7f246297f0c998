//! Takes a run up: a new one, one that has not ended, one that goes on after its end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::engine::context::Shared;
use crate::engine::journal::{Continuation, Event};
use crate::engine::mail;
use crate::engine::recover::{Loaded, load};
use crate::engine::report;
use crate::engine::retry;
use crate::engine::runner::Runner;
use crate::engine::state::{AttemptId, End};
use crate::engine::{Mode, RunError, Setup};
use crate::plan::{Plan, Workflow};
use crate::store::RunInfo;
use crate::value::eval::{Scope, eval};
use crate::value::expr::{Observe, Var};
use crate::value::{Value, json};

/// Takes the lease, replays the journal, and queues the event with which this process goes on.
pub(super) async fn begin(setup: Setup, mode: Mode) -> Result<Runner, RunError> {
    let (id, takeover) = match &mode {
        Mode::Start { run } | Mode::Retry { run, .. } | Mode::Move { run, .. } => (run.clone(), false),
        Mode::Resume { run, takeover } | Mode::Settle { run, takeover } => (run.clone(), *takeover),
    };
    let lease = setup.store.lease(&id, takeover).await?;
    let info = setup.store.find(&id).await?;
    let loaded = load(&*setup.store, &info, &setup.plan).await?;
    let before = loaded.plan.clone();
    for file in &setup.plan.files {
        // Durable with the first record.
        setup.store.put_blob(file.content.0.to_vec()).await?;
    }
    let mut runner = make(setup, lease, info, loaded);
    runner.set_claims().await?;
    match mode {
        Mode::Retry { again, .. } => runner.retry(&before, again).await?,
        Mode::Move { again, .. } => runner.move_on(&before, again).await?,
        Mode::Settle { .. } => runner.settle(&before)?,
        _ if runner.next_record == 0 => runner.start_run()?,
        _ => runner.resume(&before)?,
    }
    Ok(runner)
}

fn make(setup: Setup, lease: crate::store::Lease, info: RunInfo, loaded: Loaded) -> Runner {
    let (done_sender, done) = mpsc::unbounded_channel();
    let (lines_sender, lines) = mpsc::channel(super::runner::LINES);
    let lines_dropped = Arc::new(AtomicU64::new(0));
    let ahead_ms = loaded.run.at.saturating_sub(setup.clock.now_ms()).max(0);
    let (events, reads_texts) = (mail::events(&setup.plan), super::files::reads_texts(&setup.plan));
    let trace = blake3::hash(info.key.as_bytes()).to_hex()[..32].to_owned();
    Runner {
        shared: Shared::of(&setup, &lease, lines_sender, lines_dropped.clone()),
        setup,
        lease,
        info,
        trace,
        told_at: (0, "".into()),
        next_record: loaded.records,
        ahead_ms,
        run: loaded.run,
        next_report: 0,
        running: Default::default(),
        dues: Default::default(),
        done_sender,
        done,
        lines,
        lines_dropped,
        forgetting: Default::default(),
        controlled: true,
        killing: false,
        killed: Vec::new(),
        look: true,
        next_look: Instant::now(),
        look_for_locks: false,
        kept_waiting: false,
        inputs: VecDeque::new(),
        events,
        reads_texts,
        letters: Default::default(),
        planned: Vec::new(),
        equals: Default::default(),
    }
}

impl Runner {
    fn start_run(&mut self) -> Result<(), RunError> {
        let inputs = inputs(&self.setup.plan, &self.info)?;
        self.report_started(false);
        self.inputs.push_back(Event::Started {
            journal: Self::JOURNAL,
            plan: self.setup.plan.hash.clone(),
            inputs,
            by: self.info.requester.clone(),
            seed: (self.setup.random)(),
            limits: Self::limits(&self.setup),
        });
        Ok(())
    }

    /// Goes on with a run that has not ended: what was planned starts, what was under way is asked after.
    fn resume(&mut self, plan: &Plan) -> Result<(), RunError> {
        self.check_unended(plan)?;
        self.run.at = self.now();
        self.report_started(true);
        self.report_kept();
        self.inputs.push_back(Event::Resumed { journal: Self::JOURNAL, limits: Self::limits(&self.setup) });
        for attempt in self.run.attempts().collect::<Vec<_>>() {
            if self.run.is_planned(attempt) {
                self.planned.push(attempt);
            } else {
                self.ask_after(attempt);
                self.report_adopted(attempt);
            }
        }
        Ok(())
    }

    async fn retry(&mut self, before: &Plan, again: Vec<String>) -> Result<(), RunError> {
        if self.run.end.is_none() {
            return Err(RunError::NotEnded { run: self.info.id.clone() });
        }
        if matches!(self.run.end, Some(End::Succeeded(_))) {
            return Err(RunError::Ended { run: self.info.id.clone(), status: self.info.status });
        }
        let next = self.go_over(before, again, false).await?;
        self.inputs.push_back(Event::Retried(next));
        Ok(())
    }

    /// Goes on with a run that has not ended on another plan.
    async fn move_on(&mut self, before: &Plan, again: Vec<String>) -> Result<(), RunError> {
        let run = self.info.id.clone();
        if self.run.end.is_some() {
            return Err(RunError::Ended { run, status: self.info.status });
        }
        let because = if self.run.attempts().any(|id| self.run.is_running(id)) {
            Some("attempts of it are under way".to_owned())
        } else {
            retry::moving::obstacle(&self.run)
        };
        if let Some(because) = because {
            return Err(RunError::Unmovable { run, because });
        }
        let next = self.go_over(before, again, true).await?;
        self.inputs.push_back(Event::Moved(next));
        Ok(())
    }

    /// Keeps of the run what the plan at hand can keep, and lays that plan down in the store.
    async fn go_over(&mut self, before: &Plan, again: Vec<String>, moves: bool) -> Result<Continuation, RunError> {
        let plan = self.setup.plan.clone();
        let inputs = inputs(&plan, &self.info)?;
        let going = retry::Going { old_plan: before, plan: &plan, inputs: &inputs, again: &again, moves };
        let mut stages = going.decisions(&self.run);
        stages.retain(|decision| decision.fate.prevents());
        if !stages.is_empty() {
            return Err(RunError::Refused { run: self.info.id.clone(), moves, stages });
        }
        let text = plan.to_json();
        self.setup.store.put_plan(&plan.hash, &text).await?;
        // Of a run that goes on, what was said before still counts.
        let said = if moves { Vec::new() } else { self.setup.store.messages(&self.info.id, self.run.taken).await? };
        self.run = going.carry_over(&self.run, Self::JOURNAL);
        self.run.at = self.now();
        self.info.result = None;
        if let Some(file) = &self.setup.options.file {
            self.info.file.clone_from(file);
        }
        self.report_started(true);
        Ok(Continuation {
            journal: Self::JOURNAL,
            plan: plan.hash.clone(),
            inputs,
            again,
            by: self.setup.options.account.clone(),
            taken: said.last().map_or(0, |message| message.id),
            seed: (self.setup.random)(),
            limits: Self::limits(&self.setup),
        })
    }

    /// Asks after what was under way and starts nothing: the run stands still once that is known.
    fn settle(&mut self, before: &Plan) -> Result<(), RunError> {
        self.check_unended(before)?;
        self.inputs.push_back(Event::Suspended);
        for attempt in self.run.attempts().filter(|id| self.run.is_running(*id)).collect::<Vec<_>>() {
            self.ask_after(attempt);
        }
        Ok(())
    }

    /// Asks what became of an attempt that another process began.
    fn ask_after(&mut self, id: AttemptId) {
        if let Some(attempt) = self.run.attempt(&self.setup.plan, id) {
            self.start(id, attempt, true);
        }
    }

    /// A run goes on on the plan that it has, as long as it has not ended.
    fn check_unended(&self, plan: &Plan) -> Result<(), RunError> {
        if self.run.end.is_some() {
            return Err(RunError::Ended { run: self.info.id.clone(), status: self.info.status });
        }
        if plan.hash != self.setup.plan.hash {
            return Err(RunError::OtherPlan { run: self.info.id.clone(), hash: plan.hash.clone() });
        }
        Ok(())
    }

    fn report_started(&mut self, resumed: bool) {
        let event = report::Event::RunStarted {
            format: report::FORMAT,
            workflow: self.setup.plan.name.clone(),
            plan: self.setup.plan.hash.clone(),
            inputs: self.info.inputs.clone(),
            resumed,
        };
        self.report(None, event);
    }
}

/// Values of the workflow's parameters: as given, or by their defaults.
fn inputs(plan: &Plan, info: &RunInfo) -> Result<Vec<Value>, RunError> {
    let declared: &[crate::plan::Param] = plan.workflows.first().map_or(&[], |workflow: &Workflow| &workflow.params);
    let unfit = |name: &str, what: String| RunError::Input { name: name.to_owned(), what };
    let value = |param: &crate::plan::Param| match (info.inputs.get(&param.name), &param.default) {
        (Some(given), _) => json::decode(given, &param.ty).map_err(|error| unfit(&param.name, error.to_string())),
        (None, Some(default)) => eval(default, &Empty).map_err(|error| unfit(&param.name, error.to_string())),
        (None, None) => json::decode(&serde_json::Value::Null, &param.ty)
            .map_err(|_| unfit(&param.name, "it is not given and has no default".into())),
    };
    declared.iter().map(value).collect()
}

/// Defaults have no variables.
pub(super) struct Empty;

impl Scope for Empty {
    fn get(&self, _var: Var) -> Value {
        Value::Null
    }

    fn observe(&self, _what: Observe, _stage: u32) -> Value {
        Value::Null
    }
}
