//! The live region: a rule, a line on the run, a line for each of the stages that matter most. Pure.

use std::collections::HashSet;

use crate::cli::atlas::{depth, shown};
use crate::cli::console::Size;
use crate::cli::render::marks::Mark;
use crate::cli::render::model::{Live, Model, State};
use crate::cli::render::row::{Line, Look, Row};
use crate::cli::words;
use crate::engine::report::WaitReason;

/// The live region of a run at time `now`: at most a third of the screen, no line wider than it.
pub fn region(model: &Model, now: i64, size: Size, look: Look) -> Vec<Line> {
    let columns = usize::from(size.columns);
    let room = usize::from(size.rows / 3).saturating_sub(2);
    let rule = if look.unicode { "─" } else { "-" };
    let mut rows = vec![Row::plain(rule.repeat(columns)), head(model, now)];
    rows.extend(stages(model, now, room, look));
    rows.truncate(usize::from(size.rows / 3).max(1));
    rows.iter().map(|row| row.fit(columns, look)).collect()
}

fn head(model: &Model, now: i64) -> Row {
    let row = Row::plain(format!(" {}", model.workflow))
        .fact(format!("running {}", words::took(now - model.started)))
        .fact(format!("{} of {} done", model.counts.ended(), model.total()));
    words::usage(model.usage).into_iter().fold(row, |row, usage| row.fact(usage))
}

/// What is under way, what was heard of first standing first; what does not fit is counted.
fn stages(model: &Model, now: i64, room: usize, look: Look) -> Vec<Row> {
    let mut active: Vec<(&str, &Live)> = listed(model).collect();
    active.sort_unstable_by_key(|(_, live)| live.order);
    let idle = model.live.values().filter(|live| live.state == State::Ready && !live.holds).count() as u64;
    let waiting = idle + model.untouched().count() as u64;
    let fits = if active.len() as u64 + u64::from(waiting > 0) <= room as u64 { active.len() } else { room.saturating_sub(1) };
    let mut rows: Vec<Row> = active.iter().take(fits).map(|(path, live)| stage(path, live, model, now, look)).collect();
    rows.extend(rest(active.len().saturating_sub(fits) as u64, waiting, look));
    rows
}

/// Stages that run or wait for something, without those that only hold others; what is deeper than two names is shown by
/// its holder of two.
fn listed(model: &Model) -> impl Iterator<Item = (&str, &Live)> {
    let deep: HashSet<&str> = model.live.keys().filter(|path| depth(path) > 2).map(|path| shown(path)).collect();
    let active = model.live.iter().map(|(path, live)| (path.as_str(), live));
    active.filter(|(_, live)| live.state != State::Ready).filter(move |(path, live)| match live.holds {
        true => deep.contains(path),
        false => depth(path) <= 2,
    })
}

fn stage(path: &str, live: &Live, model: &Model, now: i64, look: Look) -> Row {
    let row = |mark| Row::stage(mark, path, live.label.as_deref(), look);
    let attempt = |number: u32| match model.attempts(path) {
        Some(all) if all > 1 => format!("attempt {number} of {all}"),
        _ => format!("attempt {number}"),
    };
    match &live.state {
        State::Ready => row(Mark::Idle).fact("waits"),
        State::Retrying { class, until } => {
            let next = format!("{} in {}", attempt(live.attempt + 1), words::about(until - now));
            row(Mark::Trouble).fact(next).aside(class)
        }
        State::Waiting { reason, until, .. } => {
            let mark = if *reason == WaitReason::Person { Mark::Asks } else { Mark::Idle };
            row(mark).fact(waits(*reason, *until, now))
        }
        State::Running => {
            let mut row = row(Mark::Running).fact(words::took(now - live.since));
            if live.attempt > 1 {
                row = row.fact(attempt(live.attempt));
            }
            live.lines.back().into_iter().fold(row, |row, line| row.aside(line))
        }
    }
}

/// What a stage waits for, in words.
pub fn waits(reason: WaitReason, until: Option<i64>, now: i64) -> String {
    let what = match reason {
        WaitReason::Retry => "the next attempt",
        WaitReason::Timer => "its time",
        WaitReason::Event => "an event",
        WaitReason::Person => "a person",
        WaitReason::Lock => "a lock",
        WaitReason::Rate => "the rate of its agent",
    };
    match until {
        Some(until) => format!("waits for {what} until {}", words::near(until, now)),
        None => format!("waits for {what}"),
    }
}

fn rest(running: u64, waiting: u64, look: Look) -> Option<Row> {
    let mark = if running > 0 { Mark::Running } else { Mark::Idle };
    let words = match (running, waiting) {
        (0, 0) => return None,
        (0, n) => format!("{n} more {}", if n == 1 { "waits" } else { "wait" }),
        (n, 0) => format!("{n} more {}", if n == 1 { "runs" } else { "run" }),
        (n, m) => format!("{n} more run, {m} {}", if m == 1 { "waits" } else { "wait" }),
    };
    Some(Row::plain("  ").with(mark.style(), mark.text(look.unicode)).with(anstyle::Style::new(), format!(" {words}")))
}
