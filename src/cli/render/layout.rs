//! The live region: a rule, a line on the run, a line for each of the stages that matter most. Pure.

use std::collections::HashSet;

use crate::base::text::escape;
use crate::cli::atlas::{depth, shown};
use crate::cli::console::Size;
use crate::cli::render::marks::Mark;
use crate::cli::render::model::{Live, Model, State, Wanted};
use crate::cli::render::row::{Line, Look, Row};
use crate::cli::words;
use crate::engine::report::{AwaitedLock, Question, WaitReason};

/// The live region of a run at time `now`: at most a third of the screen, no line wider than it.
pub fn region(model: &Model, now: i64, size: Size, look: Look) -> Vec<Line> {
    let columns = usize::from(size.columns);
    let room = usize::from(size.rows / 3).saturating_sub(2);
    let rule = if look.unicode { "─" } else { "-" };
    let mut rows = vec![Row::plain(rule.repeat(columns)), head(model, now)];
    rows.extend(model.lock.as_ref().map(|lock| locked_out(lock, look)));
    let room = (room + 2).saturating_sub(rows.len());
    rows.extend(stages(model, now, room, look));
    rows.truncate(usize::from(size.rows / 3).max(1));
    rows.iter().map(|row| row.fit(columns, look)).collect()
}

fn head(model: &Model, now: i64) -> Row {
    let row =
        Row::plain(format!(" {}", model.workflow)).fact(format!("running {}", words::took(now - model.started))).fact(
            format!("{} of {} done", words::grouped_count(model.counts.ended()), words::grouped_count(model.total())),
        );
    words::usage(model.usage).into_iter().fold(row, |row, usage| row.fact(usage))
}

/// What is under way, what was heard of first standing first; what does not fit is counted.
fn stages(model: &Model, now: i64, room: usize, look: Look) -> Vec<Row> {
    let mut active: Vec<(&str, &Live)> = listed(model).collect();
    active.sort_unstable_by_key(|(_, live)| live.order);
    let idle = model.live.values().filter(|live| live.state == State::Ready && !live.holds).count() as u64;
    let waiting = idle + model.untouched().count() as u64 + model.untouched_items();
    let crowds: Vec<Row> = crowds(model, look).take(room.saturating_sub(1)).collect();
    let room = room - crowds.len();
    let fits =
        if active.len() as u64 + u64::from(waiting > 0) <= room as u64 { active.len() } else { room.saturating_sub(1) };
    let shown = active.iter().take(fits).map(|(path, live)| stage(path, live, model, now, look));
    let mut rows: Vec<Row> = crowds.into_iter().chain(shown).collect();
    rows.extend(rest(active.len().saturating_sub(fits) as u64, waiting, look));
    rows
}

/// Maps of many items.
fn crowds(model: &Model, look: Look) -> impl Iterator<Item = Row> {
    let crowds = model.maps.crowds();
    crowds.map(move |(map, tally)| Row::stage(Mark::Running, map, None, look).fact(model.progress(map, tally)))
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
    let attempt = |number: u32| words::attempt(number, model.attempts(path).filter(|all| *all > 1));
    match &live.state {
        State::Ready => row(Mark::Idle).fact("waits"),
        State::Retrying { class, until } => {
            let next = format!("{} in {}", attempt(live.attempt + 1), words::about(until - now));
            row(Mark::Trouble).fact(next).aside(class)
        }
        State::Waiting { wanted: Wanted::Lock(lock), .. } => {
            row(Mark::Idle).fact(format!("waits for lock `{}`", escape(&lock.name))).aside(lock.who())
        }
        State::Waiting { reason, until, wanted } => {
            let mark = if *reason == WaitReason::Person { Mark::Asks } else { Mark::Idle };
            row(mark).fact(waits(*reason, wanted, *until, now))
        }
        State::Running => {
            let mut row = row(Mark::Running).fact(words::took(now - live.since));
            if live.attempt > 1 {
                row = row.fact(attempt(live.attempt));
            }
            live.said.iter().fold(row, |row, line| row.aside(line))
        }
    }
}

/// The lock that keeps the run from its first stage.
fn locked_out(lock: &AwaitedLock, look: Look) -> Row {
    let mark = Mark::Idle;
    let words = format!(" waits for lock `{}`: {}", escape(&lock.name), lock.who());
    Row::plain("  ").with(mark.style(), mark.text(look.unicode)).with(anstyle::Style::new(), words)
}

/// What a stage waits for, in words.
pub fn waits(reason: WaitReason, wanted: &Wanted, until: Option<i64>, now: i64) -> String {
    let what = match (reason, wanted) {
        (_, Wanted::Event(awaited)) => format!("event `{}`, key `{}`,", escape(&awaited.name), escape(&awaited.key)),
        (_, Wanted::Lock(lock)) => format!("lock `{}`", escape(&lock.name)),
        (WaitReason::Retry, _) => "the next attempt".into(),
        (WaitReason::Timer, _) => "its time".into(),
        (WaitReason::Event, _) => "an event".into(),
        (WaitReason::Person, wanted) => a_person(wanted.question()),
        (WaitReason::Lock, _) => "a lock".into(),
        (WaitReason::Rate, _) => "the rate of its agent".into(),
        (WaitReason::Secret, _) => "a secret".into(),
        (WaitReason::Disk, _) => "the disk".into(),
    };
    match until {
        Some(until) if reason == WaitReason::Timer => format!("waits until {}", words::near(until, now)),
        Some(until) => format!("waits for {what} until {}", words::near(until, now)),
        None => format!("waits for {}", what.trim_end_matches(',')),
    }
}

/// Who is waited for, with how many have allowed it already.
pub fn a_person(question: Option<&Question>) -> String {
    let approval = question.and_then(|question| question.approval.as_ref());
    let so_far = approval.and_then(|approval| approval.so_far()).map(|so_far| format!(" ({so_far})"));
    format!("a person{}", so_far.unwrap_or_default())
}

fn rest(running: u64, waiting: u64, look: Look) -> Option<Row> {
    let mark = if running > 0 { Mark::Running } else { Mark::Idle };
    let words = match (running, waiting) {
        (0, 0) => return None,
        (0, n) => words::count(n, "more waits", "more wait"),
        (n, 0) => words::count(n, "more runs", "more run"),
        (n, m) => format!("{} more run, {}", words::grouped_count(n), words::count(m, "waits", "wait")),
    };
    Some(Row::plain("  ").with(mark.style(), mark.text(look.unicode)).with(anstyle::Style::new(), format!(" {words}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::render::samples::{
        atlas, log, noon, of_run, on, ready, retrying, run_started, started, succeeded, told,
    };

    use crate::engine::report::{Awaited, Event};

    const SCREEN: Size = Size { columns: 80, rows: 24 };
    const LOOK: Look = Look { unicode: true, colour: false };

    fn drawn(model: &Model, now: i64, size: Size, look: Look) -> String {
        let lines = region(model, noon(now), size, look);
        assert!(lines.len() <= usize::from(size.rows / 3).max(1), "at most a third of the screen");
        assert!(lines.iter().all(|line| line.width <= usize::from(size.columns)), "no line is wider than the screen");
        lines.iter().map(|line| format!("{}\n", line.text)).collect()
    }

    fn triage() -> Model {
        let reports = vec![
            of_run(0, run_started()),
            on("issues", 0, ready()),
            on("issues", 0, started(1)),
            on("issues", 800, succeeded(600)),
            on("triaged", 800, ready()),
            on("triaged[0].kind", 800, started(1)),
            on("triaged[1].kind", 900, started(1)),
            on("triaged[1].kind", 5_900, retrying(1, "rate_limited", 4_000)),
            on("triaged[0].kind", 1_000, log("Compiling\tserde \u{1b}[31mred")),
            on("triaged[2].kind", 6_000, ready()),
        ];
        told(atlas(["issues", "triaged", "summary"]), reports)
    }

    #[test]
    fn what_is_under_way_stands_in_columns() {
        insta::assert_snapshot!(drawn(&triage(), 6_900, SCREEN, LOOK), @r"
        ────────────────────────────────────────────────────────────────────────────────
         triage  running 6.9s  1 of 5 done  600tok
          ● triaged[0].kind          6.1s  Compiling\tserde \u{1b}[31mred
          ! triaged[1].kind          attempt 2 of 4 in 3s  rate_limited
          ○ 2 more wait
        ");
    }

    #[test]
    fn without_unicode_the_marks_are_ascii() {
        let look = Look { unicode: false, colour: false };
        let size = Size { columns: 40, rows: 24 };
        insta::assert_snapshot!(drawn(&triage(), 6_900, size, look), @r"
        ----------------------------------------
         triage  running 6.9s  1 of 5 done  6...
          * triaged[0].kind          6.1s  Co...
          ! triaged[1].kind          attempt ...
          . 2 more wait
        ");
    }

    #[test]
    fn a_hundred_stages_take_a_third_of_the_screen() {
        let names: Vec<String> = (0..100).map(|n| format!("stage_{n:02}")).collect();
        let mut reports = vec![of_run(0, run_started())];
        reports.extend(names.iter().take(60).map(|name| on(name, 0, started(1))));
        reports.extend(names.iter().take(3).map(|name| on(name, 10, succeeded(0))));
        reports.extend(names.iter().skip(3).take(3).map(|name| {
            on(name, 20, log("日本語のログがとても長く続いているので切られるはずです、まだ続く、まだまだ続く"))
        }));
        let model = told(atlas(names.iter().map(String::as_str)), reports);
        insta::assert_snapshot!(drawn(&model, 61_000, SCREEN, LOOK), @r"
        ────────────────────────────────────────────────────────────────────────────────
         triage  running 1m1s  3 of 100 done
          ● stage_03                 1m1s  日本語のログがとても長く続いているので切られ…
          ● stage_04                 1m1s  日本語のログがとても長く続いているので切られ…
          ● stage_05                 1m1s  日本語のログがとても長く続いているので切られ…
          ● stage_06                 1m1s
          ● stage_07                 1m1s
          ● 52 more run, 40 wait
        ");
        for rows in 0..40 {
            for columns in [0, 1, 5, 79, 200] {
                drawn(&model, 61_000, Size { columns, rows }, LOOK);
            }
        }
    }

    /// What somebody can bring has a name.
    #[test]
    fn waits_are_told_with_what_they_are_for() {
        let lock = |run: Option<&str>| AwaitedLock { name: "db".into(), run: run.map(str::to_owned), driven: false };
        let awaited = Awaited { name: "paid".into(), key: "A".into() };
        let reports = vec![
            of_run(0, run_started()),
            on("issues", 0, ready()),
            on("issues", 0, Event::locked_out(lock(Some("k7q2abcdef")), None)),
            on("summary", 0, Event::listens(awaited, None)),
        ];
        insta::assert_snapshot!(drawn(&told(atlas(["issues", "summary"]), reports), 500, SCREEN, LOOK), @r#"
        ────────────────────────────────────────────────────────────────────────────────
         triage  running 0.5s  0 of 2 done
          ○ issues                   waits for lock `db`  run k7q2abcdef has it and sta…
          ○ summary                  waits for event `paid`, key `A`
        "#);
        let reports = vec![of_run(0, run_started()), of_run(0, Event::locked_out(lock(Some("k7q2abcdef")), None))];
        insta::assert_snapshot!(drawn(&told(atlas(["issues", "summary"]), reports), 500, SCREEN, LOOK), @r#"
        ────────────────────────────────────────────────────────────────────────────────
         triage  running 0.5s  0 of 2 done
          ○ waits for lock `db`: run k7q2abcdef has it and stands still
          ○ 2 more wait
        "#);
    }

    #[test]
    fn what_is_deeper_than_two_names_is_shown_by_its_holder() {
        let reports = vec![
            of_run(0, run_started()),
            on("a", 0, started(1)),
            on("a.b", 0, started(1)),
            on("a.b.c", 0, started(1)),
            on("a.b.d", 0, started(1)),
        ];
        insta::assert_snapshot!(drawn(&told(atlas(["a"]), reports), 500, SCREEN, LOOK), @r"
        ────────────────────────────────────────────────────────────────────────────────
         triage  running 0.5s  0 of 2 done
          ● a.b                      0.5s
        ");
    }
}
