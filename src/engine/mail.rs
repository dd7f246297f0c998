//! Messages to every run: which of them a run takes, and what it waits for once it has taken those that lie there.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::engine::RunError;
use crate::engine::journal::Event;
use crate::engine::recover;
use crate::engine::state::Run;
use crate::engine::step::step;
use crate::plan::{Plan, Target};
use crate::store::{EVERY_RUN, Message, MessageBody, RunInfo, Store};

/// Names of the events that a plan waits for.
pub fn events(plan: &Plan) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for stage in plan.workflows.iter().flat_map(|workflow| &workflow.stages) {
        stage.all_calls(&mut |call| {
            if let Target::Event(event) = &call.target {
                names.insert(event.name.clone());
            }
        });
    }
    names
}

/// Whether a run that began at `started` (milliseconds since 1970) takes a message: nothing that its plan does not wait for,
/// nor what was sent before it began.
pub fn is_wanted(message: &Message, events: &BTreeSet<String>, started: i64) -> bool {
    matches!(&message.body, MessageBody::Event { name, .. } if events.contains(name)) && message.at >= started
}

/// A run that has not ended as it stands once it has taken the messages that lie there for it, and what was due by `now`
/// (milliseconds since 1970) has fired. Nothing is written.
///
/// # Errors
/// As [`recover::load`].
pub async fn foreseen(
    store: &dyn Store,
    info: &RunInfo,
    plan: &Arc<Plan>,
    now: i64,
) -> Result<(Run, Arc<Plan>), RunError> {
    let loaded = recover::load(store, info, plan).await?;
    let (mut run, plan) = (loaded.run, loaded.plan);
    run.quiet = true;
    let events = events(&plan);
    for message in store.messages(EVERY_RUN, run.heard).await? {
        if run.end.is_none() && is_wanted(&message, &events, info.started) {
            let at = message.at.max(run.at);
            step(&plan, &mut run, at, Event::Heard(message));
        }
    }
    if run.end.is_none() {
        let at = now.max(run.at);
        step(&plan, &mut run, at, Event::Tick);
    }
    Ok((run, plan))
}
