//! `wfc` is killed at random moments and goes on: the same end, no finished call again, no result lost.
//!
//! `WFC_KILL_ROUNDS` says how many runs are killed; `scripts/kill_test.sh` sets it to 200. The moments are real: time is what is
//! tried here, so this is the one place where a test waits for the clock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::program::root;

/// Runs in the ordinary suite.
const ROUNDS: u64 = 6;

/// A killed run ends after at most so many resumptions.
const RESUMES_MAX: usize = 60;

#[test]
fn killed_at_random_moments_a_run_ends_the_same_and_repeats_nothing() {
    let rounds = std::env::var("WFC_KILL_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROUNDS);
    let seed = std::env::var("WFC_KILL_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let (mut kills, mut starts) = (0, 0);
    for round in 0..rounds {
        let told = Victim::new().live(seed + round * 7919);
        kills += told.kills;
        starts += told.starts;
    }
    println!("{rounds} runs, {kills} kills, {starts} calls");
}

/// One run that is killed again and again.
struct Victim {
    folder: tempfile::TempDir,
    /// Finished calls by key, with the number of starts that the key had then.
    finished: BTreeMap<String, usize>,
}

struct Told {
    kills: usize,
    starts: usize,
}

impl Victim {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["thirty.wf", "step.sh", "round.sh"] {
            std::fs::copy(root().join("tests/recovery").join(name), folder.path().join(name)).unwrap();
        }
        Self { folder, finished: BTreeMap::new() }
    }

    fn live(mut self, seed: u64) -> Told {
        let mut chance = Chance(seed);
        let mut kills = 0;
        let mut child = self.wfc(&["run", "thirty.wf", "--id", "victim", "--no-wait"]);
        for _ in 0..RESUMES_MAX {
            // Early on a run is killed young, later it is given time, so that it ends.
            let span = Duration::from_millis(chance.below(60 + 60 * kills as u64));
            match self.end_or_kill(child, span) {
                Some(output) => match output.status.code() {
                    Some(0) => {
                        self.check_end(&output, kills);
                        return Told { kills, starts: self.starts().values().sum() };
                    }
                    Some(75) => self.answer(),
                    // Killed after its end was stored and before it was told: the same command tells the recorded end.
                    Some(1) if String::from_utf8_lossy(&output.stderr).contains("has succeeded already") => {
                        child = self.wfc(&["run", "thirty.wf", "--id", "victim", "--no-wait"]);
                        continue;
                    }
                    code => panic!("seed {seed}: exit {code:?}: {}", String::from_utf8_lossy(&output.stderr)),
                },
                None => kills += 1,
            }
            self.note_finished();
            // One that died right after its end gives the recorded result by its name: there is nothing to resume.
            let resumes = self.known() && !self.has_succeeded();
            let again = ["run", "thirty.wf", "--id", "victim", "--no-wait"];
            child = if resumes { self.wfc(&["resume", "victim", "--no-wait"]) } else { self.wfc(&again) };
        }
        panic!("seed {seed}: the run does not end");
    }

    fn wfc(&self, args: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wfc"));
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Waits until the process ends or its time is up, and kills it then.
    fn end_or_kill(&self, mut child: Child, span: Duration) -> Option<Output> {
        let until = Instant::now() + span;
        while Instant::now() < until {
            if child.try_wait().unwrap().is_some() {
                return Some(child.wait_with_output().unwrap());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        output.status.code().is_some().then_some(output)
    }

    fn known(&self) -> bool {
        let there = self.folder.path().join(".wfc/runs.db").exists();
        there && self.wfc(&["runs", "show", "victim"]).wait_with_output().unwrap().status.success()
    }

    fn has_succeeded(&self) -> bool {
        let output = self.wfc(&["runs", "show", "victim", "--json"]).wait_with_output().unwrap();
        serde_json::from_slice::<Json>(&output.stdout).unwrap()["status"] == "succeeded"
    }

    /// Somebody answers while nobody drives the run.
    fn answer(&self) {
        let output = self.wfc(&["runs", "answer", "victim", "person", r#"{"word":"yes"}"#]).wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "the answer was not taken: {said}");
    }

    /// Reads the journal: which calls have a result by now, and how often each was started.
    fn note_finished(&mut self) {
        if !self.known() {
            return;
        }
        let output = self.wfc(&["runs", "events", "victim"]).wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let starts = self.starts();
        let mut keys: BTreeMap<String, String> = BTreeMap::new();
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let event: Json = serde_json::from_str(line).unwrap();
            let stage = event["stage"].as_str().unwrap_or_default().to_owned();
            match event["event"].as_str() {
                Some("stage_started") => {
                    keys.insert(stage, event["key"].as_str().unwrap().to_owned());
                }
                Some("stage_succeeded") => {
                    if let Some(key) = keys.get(&stage) {
                        let count = starts.get(key).copied().unwrap_or_default();
                        let before = *self.finished.entry(key.clone()).or_insert(count);
                        assert_eq!(count, before, "{stage} was started again after it had finished");
                    }
                }
                _ => {}
            }
        }
    }

    /// How often each key was started, by what the programs themselves wrote down.
    fn starts(&self) -> BTreeMap<String, usize> {
        let text = std::fs::read_to_string(self.folder.path().join("starts.log")).unwrap_or_default();
        let mut starts = BTreeMap::new();
        for line in text.lines() {
            *starts.entry(line.rsplit(' ').next().unwrap().to_owned()).or_insert(0) += 1;
        }
        starts
    }

    fn check_end(&mut self, output: &Output, kills: usize) {
        self.note_finished();
        let result: Json = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(result, expected(), "after {kills} kills");
        let calls = self.starts();
        // 28 stages that call once, six items, three rounds, one failure that is tried again: each key of its own.
        assert_eq!(calls.len(), 37, "after {kills} kills: {calls:#?}");
        // The supervisor of a program outlives `wfc`: a kill of `wfc` alone repeats no program but one that was about to start.
        let repeated = calls.values().filter(|count| **count > 1).count();
        assert!(repeated <= kills, "{repeated} calls were started twice in {kills} kills");
    }
}

fn expected() -> Json {
    let chain: Vec<String> = (1..=10).map(|n| format!("c{n:02}")).collect();
    let start = format!("{}.{}", chain[0], chain[1]);
    let fan: Vec<String> = (1..=12).map(|n| format!("{start}-f{n:02}")).collect();
    let items: Vec<String> = (0..6).map(|n| format!("waited-i{n}")).collect();
    json!({
        "chain": chain.join("."),
        "fan": fan,
        "items": items,
        "rounds": 3,
        "person": "end1.end2.end3 told-yes",
    })
}

/// A small generator: the same seed gives the same moments.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

#[test]
fn a_second_process_is_told_who_drives_the_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("slow.wf"), SLOW).unwrap();
    let mut first = wfc_in(folder.path(), &["run", "slow.wf", "--id", "slow"]).spawn().unwrap();
    wait_for(&folder.path().join("started"));
    let second = wfc_in(folder.path(), &["resume", "slow"]).output().unwrap();
    std::fs::write(folder.path().join("go"), "").unwrap();
    assert_eq!(second.status.code(), Some(3));
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains(&first.id().to_string()), "names the process: {said}");
    assert!(first.wait().unwrap().success());
}

const SLOW: &str = r#"
agent tool uses exec {
    stdin none
    action wait() -> string {
        effects reads
        command ["sh", "-c", "touch started; while ! [ -e go ]; do sleep 0.02; done; echo done"]
    }
}

workflow main() -> string {
    stage waited = tool.wait()

    return waited
}
"#;

fn wfc_in(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfc"));
    command.args(args).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Waits for a file that a program makes.
fn wait_for(path: &Path) -> PathBuf {
    for _ in 0..10_000 {
        if path.exists() {
            return path.to_owned();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("{} was not made", path.display());
}
