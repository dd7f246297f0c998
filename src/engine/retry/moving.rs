//! Moving a run that has not ended to another plan: what stands in the way.

use crate::engine::state::{Phase, Run};

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
