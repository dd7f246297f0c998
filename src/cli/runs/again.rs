//! Stages that are named by `--again`: each must be one of the run, and one that can be named.

use crate::base::nearest::{few, nearest};
use crate::base::text::escape;
use crate::cli::atlas::Atlas;
use crate::cli::report::Problem;
use crate::engine::retry::{Fate, StageDecision};

/// A name that leads nowhere in the plan is a slip.
///
/// # Errors
/// Wrong use, with the stage that may be meant.
pub fn are_there(again: &[String], atlas: &Atlas) -> Result<(), Problem> {
    let Some(stage) = again.iter().find(|stage| atlas.find(stage).is_none()) else { return Ok(()) };
    let problem = Problem::usage(format!("`--again {0}`: there is no stage `{0}`", escape(stage)));
    let names: Vec<&str> = atlas.stages().iter().map(|stage| stage.name.as_str()).collect();
    Err(match (nearest(stage, &names), few(&names)) {
        (Some(name), _) => problem.help(format!("did you mean `{name}`?")),
        (None, Some(list)) => problem.help(format!("its stages: {list}")),
        (None, None) => problem,
    })
}

/// What lies inside a stage that is kept whole is kept with it.
///
/// # Errors
/// Wrong use, with the stage that can be named.
pub fn are_heeded(again: &[String], decisions: &[StageDecision]) -> Result<(), Problem> {
    for stage in again.iter().filter(|stage| !decisions.iter().any(|one| one.path == **stage)) {
        let kept = decisions.iter().find(|one| one.fate == Fate::Kept && holds(&one.path, stage));
        if let Some(kept) = kept {
            let what = format!("`--again {0}`: `{0}` is kept with all of `{1}`", escape(stage), escape(&kept.path));
            return Err(Problem::usage(what).help(format!("name the whole: `--again {}`", escape(&kept.path))));
        }
    }
    Ok(())
}

/// Whether the second path lies inside the first.
fn holds(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['.', '[', '#']))
}
