//! Moving a run that has not ended to another plan: what stands in the way, and how it will stand when that is looked at.

use crate::engine::journal::Event;
use crate::engine::state::{Phase, Run};
use crate::engine::step::step;
use crate::plan::Plan;
use crate::store::Message;

/// Why a run that has not ended cannot be moved as it stands, if something of it ends already: in a few words.
pub fn obstacle(run: &Run) -> Option<String> {
    if run.cancelled {
        return Some("it is being cancelled".into());
    }
    run.instances.iter().find_map(|(_, instance)| {
        let does = match instance.phase {
            Phase::Running | Phase::Ended => return None,
            Phase::Draining | Phase::Killing => "has failed, and what runs in it ends",
            Phase::Undoing => "has failed, and undoes what it did",
            Phase::Finally => "is over but for its `finally`",
        };
        Some(match instance.prefix.trim_end_matches('.') {
            "" => format!("it {does}"),
            path => format!("`{path}` {does}"),
        })
    })
}

/// The run as it will stand when its attempts have been asked after, as far as that can be known before: whatever is under way
/// is taken for lost, what people have said is heard, what is due fires.
pub fn foreseen(plan: &Plan, run: &Run, messages: Vec<Message>, now: i64) -> Run {
    let mut run = run.clone();
    run.quiet = true;
    let lost: Vec<u64> = run.attempts().filter(|id| run.is_running(*id)).collect();
    let lost = lost.into_iter().map(|id| Event::Lost { id, because: "the process that drove it died".into() });
    let events = [Event::Suspended].into_iter().chain(messages.into_iter().map(Event::Message)).chain(lost);
    for event in events.chain([Event::Tick]).collect::<Vec<_>>() {
        if run.end.is_none() {
            step(plan, &mut run, now, event);
        }
    }
    run
}
