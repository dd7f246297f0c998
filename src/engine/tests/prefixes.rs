//! Every prefix of a journal, replayed: the state that the engine had there, and the same end.

use super::crash::rich;
use super::random::{finish, results_but_of_races, world};
use super::world::*;
use crate::engine::recover;
use crate::engine::report::{Event, Report};
use crate::store::Store;
use crate::store::memory::Crash;

/// What is told of the first `count` records when they are replayed, and what the run waits for then.
async fn replayed(world: &World, count: usize) -> Vec<String> {
    let cut = world.store.reopen(Crash::Kill);
    cut.cut(world.id, count);
    let info = cut.find(world.id).await.expect("it is there");
    let loaded = recover::load(&cut, &info, &world.plan).await.expect("every prefix is a run");
    assert_eq!(loaded.records, count as u64);
    let mut told = Vec::new();
    let mut tell = |report: &Report| told.extend((!of_the_process(report)).then(|| what(report)));
    recover::tell(&cut, &info, &world.plan, &mut tell).await.expect("it is told");
    told
}

/// Journals up to so many records are replayed at every length: the work grows with the square.
const RECORDS_MAX: usize = 250;

/// What a process tells while it drives a run is what each prefix of its journal tells again: replay passes the same states. Where
/// the run began in this process, `live` is what had been told before.
pub async fn each_tells_what_was_told(world: &World, live: Option<usize>) {
    let count = world.store.journal(world.id).len();
    if count > RECORDS_MAX {
        return;
    }
    let whole = replayed(world, count).await;
    let mut length = 0;
    for cut in 0..=count {
        let told = replayed(world, cut).await;
        assert!(whole.starts_with(&told), "{cut} of {count} records tell something else");
        assert!(told.len() >= length, "{cut} records tell less than one less");
        length = told.len();
    }
    let Some(before) = live else { return };
    let told = world.told.0.lock().unwrap();
    let live: Vec<String> = told[before..].iter().filter(|report| !of_the_process(report)).map(what).collect();
    assert_eq!(whole, live);
}

/// As every world does after each process ([`World::drive`]).
#[tokio::test]
async fn every_prefix_of_a_journal_tells_what_was_told_when_it_was_written() {
    let (plan, script) = rich();
    let mut world = World::new(plan, script);
    world.start().await.unwrap();
    let count = world.store.journal(RUN).len();
    assert!((20..RECORDS_MAX).contains(&count), "{count} records");
}

/// A process says of itself that it ends; lines of output are no part of the journal.
fn of_the_process(report: &Report) -> bool {
    matches!(report.event, Event::RunWaiting { .. } | Event::RunSuspended { .. } | Event::Log { .. })
}

/// A report without its number: each process counts anew.
fn what(report: &Report) -> String {
    serde_json::to_string(&Report { seq: 0, ..report.clone() }).expect("JSON")
}

/// Row 48 too: whatever the process that goes on, the journal alone says where.
#[tokio::test]
async fn every_prefix_of_random_journals_leads_to_the_same_end() {
    let mut prefixes = 0;
    for seed in 400..420 {
        let mut whole = world(seed);
        let outcome = whole.start().await.unwrap();
        let end = finish(&mut whole, outcome).await;
        let journal = whole.store.journal(RUN);
        let finished = results_but_of_races(&journal);
        for count in 0..journal.len() {
            let mut cut = world(seed);
            cut.store = whole.store.reopen(Crash::Kill);
            cut.store.cut(RUN, count);
            cut.clock_ms = journal[count.saturating_sub(1)].at;
            let outcome = cut.resume().await.expect("it goes on");
            assert_eq!(finish(&mut cut, outcome).await, end, "seed {seed}, {count} records");
            let after = cut.store.journal(RUN);
            assert_eq!(after[..count], journal[..count], "seed {seed}: what was written stays");
            assert_eq!(results_but_of_races(&after), finished, "seed {seed}, {count} records");
            prefixes += 1;
        }
    }
    assert!(prefixes > 500, "{prefixes} prefixes");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_journal_of_random_plans() {
    for seed in 500..560 {
        let mut journals = Vec::new();
        for _ in 0..2 {
            let mut world = world(seed);
            let outcome = world.start().await.unwrap();
            finish(&mut world, outcome).await;
            journals.push(world.journal());
        }
        assert_eq!(journals[0], journals[1], "seed {seed}");
    }
}
