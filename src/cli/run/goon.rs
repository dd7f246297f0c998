//! Going on with a run: what is kept, what runs again and why.

use std::collections::HashSet;

use indexmap::IndexMap;

use crate::cli::atlas::{Atlas, parent};
use crate::cli::commands::Commands;
use crate::cli::render::marks::Mark;
use crate::cli::render::row::{Look, Row};
use crate::cli::render::tally::item_of;
use crate::cli::run::ending::some;
use crate::cli::run::start::short_hash;
use crate::cli::words;
use crate::engine::retry::{Fate, StageDecision};
use crate::plan::Plan;

/// Stages that run again are named one by one up to so many.
const NAMED_MAX: usize = 8;

/// Items of a map that are named one by one.
const ITEMS_NAMED: usize = 4;

/// The first line: which run goes on, on which plan.
pub fn head(run: &str, plan: &Plan, own: bool, died: Option<i64>) -> Row {
    let died = died.map(|at| format!("; wfc died after {}", words::clock(at))).unwrap_or_default();
    let whose = if own { "its own plan" } else { "plan" };
    Row::plain(format!("run {run}  {}  goes on, on {whose} {}{died}", plan.name, short_hash(&plan.hash)))
}

/// The first line where that is only looked at.
pub fn would(run: &str, plan: &Plan) -> String {
    format!("run {run}  {}  on plan {}", plan.name, short_hash(&plan.hash))
}

/// How a failed run goes on on its own plan. A `fail` fails alike on what is kept: what its condition reads has to run again.
pub fn retry(atlas: &Atlas, failed: Option<&str>, commands: &Commands) -> Option<String> {
    match failed.and_then(|stage| atlas.read_by_fail(stage)) {
        None => Some(commands.retry()),
        Some(read) if read.is_empty() => None,
        Some(read) => Some(commands.retry_again(&read)),
    }
}

/// A line for each stage with its reason; what is kept, and what has not started before, on one line.
pub fn rows(decisions: &[StageDecision], look: Look) -> Vec<Row> {
    let kept = kept(decisions);
    let line = |mark, names: &str, why: &str| Row::stage(mark, names, None, look).fact(why);
    let mut rows: Vec<Row> = some(&kept.iter().map(String::as_str).collect::<Vec<_>>())
        .map(|names| line(Mark::Kept, &names, "kept"))
        .into_iter()
        .collect();
    let open: Vec<&StageDecision> = decisions.iter().filter(named).collect();
    for one in open.iter().take(NAMED_MAX) {
        let mark = match one.fate {
            Fate::Asks => Mark::Asks,
            Fate::Gone => Mark::Idle,
            Fate::Refused | Fate::Unsettled => Mark::Failed,
            Fate::Kept => Mark::Kept,
            Fate::Again | Fate::New => Mark::Again,
        };
        rows.push(line(mark, &one.path, &why(one)));
    }
    if open.len() > NAMED_MAX {
        rows.push(line(Mark::Again, &format!("{} more", open.len() - NAMED_MAX), "in the same way"));
    }
    let never: Vec<&str> = decisions.iter().filter(|one| is_new(one)).map(|one| one.path.as_str()).collect();
    rows.extend(some(&never).map(|names| line(Mark::Again, &names, "not started before")));
    rows
}

fn why(one: &StageDecision) -> String {
    let said = ["again", "attempt", "taken up"].iter().any(|word| one.because.starts_with(word));
    if one.fate == Fate::Again && !said { format!("again: {}", one.because) } else { one.because.clone() }
}

/// Stages of which only is said that they have not started.
fn is_new(one: &StageDecision) -> bool {
    one.fate == Fate::New && one.because == "not started before"
}

fn is_plainly_kept(one: &StageDecision) -> bool {
    one.fate == Fate::Kept && one.because == "kept"
}

fn named(one: &&StageDecision) -> bool {
    !is_plainly_kept(one) && !is_new(one)
}

/// What is kept, without what is inside something that is kept; many items of a map as one.
fn kept(decisions: &[StageDecision]) -> Vec<String> {
    let kept: Vec<&str> = decisions.iter().filter(|one| is_plainly_kept(one)).map(|one| one.path.as_str()).collect();
    let all: HashSet<&str> = kept.iter().copied().collect();
    let inside = |path: &&str| std::iter::successors(parent(path), |path| parent(path)).any(|path| all.contains(path));
    let mut maps: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for path in kept.iter().copied().filter(|path| !inside(path)) {
        // What is no item is the only one of its kind.
        maps.entry(item_of(path).map_or(path, |(map, _)| map)).or_default().push(path);
    }
    let told = |(map, paths): (&str, Vec<&str>)| match paths.len() {
        0..=ITEMS_NAMED => paths.into_iter().map(str::to_owned).collect(),
        n => vec![format!("{} of {map}", words::count(n as u64, "item", "items"))],
    };
    maps.into_iter().flat_map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_has_its_reason() {
        let one = |path: &str, fate, because: &str| StageDecision { path: path.into(), fate, because: because.into() };
        let unknown = "again: unknown outcome, effects none";
        let decisions = [
            one("issues", Fate::Kept, "kept"),
            one("issues.page", Fate::Kept, "kept"),
            one("triaged[0]", Fate::Kept, "kept"),
            one("triaged[1].kind", Fate::Again, "attempt 2 of 4; the one before was rate_limited"),
            one("triaged[3].kind", Fate::Again, unknown),
            one("triaged[4].kind", Fate::Again, unknown),
            one("allowed", Fate::Asks, "a person is asked"),
            one("posted", Fate::New, "not started before"),
            one("summary", Fate::New, "not started before"),
        ];
        let look = Look { unicode: true, colour: false };
        let text: String = rows(&decisions, look).iter().map(|row| format!("{}\n", row.whole(look))).collect();
        insta::assert_snapshot!(text, @r"
          = issues, triaged[0]       kept
          + triaged[1].kind          attempt 2 of 4; the one before was rate_limited
          + triaged[3].kind          again: unknown outcome, effects none
          + triaged[4].kind          again: unknown outcome, effects none
          ? allowed                  a person is asked
          + posted, summary          not started before
        ");
    }

    #[test]
    fn many_items_of_a_map_are_counted() {
        let one = |path: String| StageDecision { path, fate: Fate::Kept, because: "kept".into() };
        let mut decisions = vec![one("issues".into())];
        decisions.extend((0..120).map(|n| one(format!("triaged[{n}]"))));
        let look = Look { unicode: true, colour: false };
        let text: Vec<String> = rows(&decisions, look).iter().map(|row| row.whole(look)).collect();
        assert_eq!(text, ["  = issues, 120 items of triaged  kept"]);
    }
}
