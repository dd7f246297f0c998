//! One run that is killed, stopped, starved of disk and shown wrong clocks until it ends.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;

use crate::chance::Chance;
use crate::ledger::{self, Ledger, Success};
use crate::machine::{self, Machine};
use crate::process::{Ended, PATIENCE, until, within};
use crate::tally::Tally;
use crate::workflow::{self, ANSWER, Workflow};

/// A run that needs more processes than this does not end.
const PROCESSES_MAX: usize = 120;
/// How long a process may need to notice that its disk is full, or not notice.
const FULL_FOR: Duration = Duration::from_secs(3);
/// The furthest that a clock goes back: ten years. Forward it stays below every timeout of a workflow.
const BACK_S: u64 = 315_360_000;
const FORWARD_S: u64 = 1_800;

/// One run.
pub struct Victim<'a> {
    machine: &'a Machine,
    chance: Chance,
    /// Of the whole round: how to find the run again.
    seed: u64,
    folder: tempfile::TempDir,
    store: PathBuf,
    /// Its store lies on a small file system of its own.
    small: bool,
    /// Its clock is shifted.
    shifted: bool,
    workflow: Workflow,
    ledger: Ledger,
    told: BTreeSet<Success>,
    outputs: usize,
    created: bool,
    tally: Tally,
    /// What became of each process, for messages.
    story: Vec<String>,
}

/// What becomes of a process.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// Killed after so many milliseconds.
    Kill(u64),
    /// As before, with the supervisors, and their programs where so told.
    KillAll(u64, bool),
    /// Stopped, and the run taken from it.
    Stop(u64),
    /// Its disk is filled.
    Fill(u64),
    /// A call to the system fails.
    Disk,
    /// Left alone.
    Live,
}

impl<'a> Victim<'a> {
    /// A run that follows from its seed.
    pub fn new(machine: &'a Machine, seed: u64) -> std::io::Result<Self> {
        let mut chance = Chance::new(seed);
        let folder = tempfile::tempdir()?;
        let workflow = workflow::random(&mut chance);
        fs::write(folder.path().join("main.wf"), &workflow.source)?;
        fs::write(folder.path().join("agent.sh"), include_str!("agent.sh"))?;
        let small = machine.mounts && chance.one_in(6);
        let shifted = machine.faults.is_some() && chance.one_in(5);
        let mut store = folder.path().join(".wfc");
        if small {
            let place = folder.path().join("small");
            fs::create_dir(&place)?;
            machine::mount(&place, chance.of(&[1_024, 2_048, 4_096]));
            store = place.join("store");
        }
        let ledger = Ledger::new(folder.path());
        let (told, tally) = (BTreeSet::new(), Tally::default());
        Ok(Self {
            machine,
            chance,
            seed,
            folder,
            store,
            small,
            shifted,
            workflow,
            ledger,
            told,
            outputs: 0,
            created: false,
            tally,
            story: Vec::new(),
        })
    }

    /// Lets it live until it ends; gives what was counted.
    pub fn live(mut self) -> std::io::Result<Tally> {
        let (deaths, mut after_death) = (3 + self.chance.below(40), false);
        for process in 0..PROCESSES_MAX {
            let fate = if (process as u64) < deaths { self.fate(after_death) } else { Fate::Live };
            self.shift_clock();
            let ended = self.one(fate, after_death)?;
            after_death = ended.is_none();
            match ended {
                None => {}
                Some(0 | 1) if self.has_ended() => {
                    self.judge();
                    return Ok(std::mem::take(&mut self.tally));
                }
                Some(75) => self.answer(),
                // The store could not be used, or another process has the run still: it goes on later.
                Some(3) => {}
                Some(code) => self.wrong("wrong_end", format!("exit {code}: {}", self.said())),
            }
        }
        self.wrong("stuck", "the run does not end".into());
        Ok(std::mem::take(&mut self.tally))
    }

    fn wrong(&mut self, kind: &'static str, what: String) {
        self.tally.wrong(kind, format!("seed {}: {what}; {}", self.seed, self.story.join(", ")));
    }

    fn fate(&mut self, after_death: bool) -> Fate {
        let most = if after_death && self.chance.one_in(3) { 30 } else { self.chance.of(&[40, 120, 350]) };
        let after = self.chance.below(most);
        match self.chance.below(24) {
            0 => Fate::Stop(after),
            1 | 2 => Fate::KillAll(after, self.chance.one_in(2)),
            3..=7 if self.small => Fate::Fill(after),
            8 | 9 if self.machine.faults.is_some() => Fate::Disk,
            _ => Fate::Kill(after),
        }
    }

    fn shift_clock(&mut self) {
        if self.shifted && self.chance.one_in(2) {
            let back = self.chance.of(&[1, 3_600, 86_400, BACK_S]);
            // A run that began in the past would find its timeouts passed: that is no fault.
            let seconds = match self.created && self.chance.one_in(2) {
                true => -(self.chance.below(back) as i64),
                false => self.chance.below(FORWARD_S) as i64,
            };
            fs::write(self.folder.path().join("skew"), seconds.to_string()).ok();
            self.tally.count("clocks_shifted");
        }
    }

    /// One process with its fate.
    fn one(&mut self, fate: Fate, after_death: bool) -> std::io::Result<Ended> {
        self.created = self.created || self.show().is_some();
        let mut command = self.driving(matches!(fate, Fate::Disk))?;
        let mut child = command.spawn()?;
        let begun = Instant::now();
        let ended = match fate {
            Fate::Kill(after) => self.kill(&mut child, after)?,
            Fate::KillAll(after, programs) => self.kill_all(&mut child, after, programs)?,
            Fate::Stop(after) => self.stop(&mut child, after)?,
            Fate::Fill(after) => self.fill(&mut child, after)?,
            Fate::Disk | Fate::Live => self.wait(&mut child, PATIENCE)?,
        };
        if ended.is_none() {
            self.tally.count("kills");
            if after_death && begun.elapsed() < Duration::from_millis(40) {
                self.tally.count("kills_during_recovery");
            }
        }
        self.hear();
        self.story.push(ended.map_or_else(|| format!("{fate:?}"), |code| format!("{fate:?} = {code}")));
        Ok(ended)
    }

    /// `wfc run` or `wfc resume`, with what it tells in a file.
    fn driving(&mut self, faulty: bool) -> std::io::Result<Command> {
        let mut command = match self.created {
            true => self.wfc(&["resume", "victim"]),
            false => self.wfc(&["run", "main.wf", "main", "--id", "victim"]),
        };
        command.args(["--json", "--no-wait"]).stdout(self.output("told")?).stderr(self.output("said")?);
        self.outputs += 1;
        if faulty {
            let (op, number) = self.chance.of(&[("write", 28), ("write", 5), ("sync", 5), ("sync", 28), ("read", 5)]);
            let how = self.chance.of(&["once", "ever", "short"]);
            let how = if op == "write" || how != "short" { how } else { "once" };
            command.env("FAULT", format!("{op}:{}:{number}:{how}", 1 + self.chance.below(120)));
            self.tally.count("disk_errors");
        }
        Ok(command)
    }

    fn wfc(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.machine.wfc);
        command.args(args).arg("--store").arg(&self.store).current_dir(self.folder.path()).stdin(Stdio::null());
        if let Some(faults) = &self.machine.faults {
            command.env("LD_PRELOAD", faults).env("FAULT_SKEW_FILE", self.folder.path().join("skew"));
        }
        command
    }

    fn output(&self, name: &str) -> std::io::Result<File> {
        File::create(self.folder.path().join(format!("{name}.{}", self.outputs)))
    }

    /// What the last process has said on standard error.
    fn said(&self) -> String {
        let path = self.folder.path().join(format!("said.{}", self.outputs.saturating_sub(1)));
        fs::read_to_string(path).unwrap_or_default()
    }

    /// Waits for an end; nothing where none comes in time, and the process is dead then.
    fn wait(&mut self, child: &mut Child, patience: Duration) -> std::io::Result<Ended> {
        match within(child, patience)? {
            Some(ended) => Ok(Some(ended)),
            None => {
                let said = self.said();
                self.wrong("stuck", format!("a process did not end: {said}"));
                child.kill()?;
                child.wait()?;
                Ok(None)
            }
        }
    }

    fn kill(&mut self, child: &mut Child, after: u64) -> std::io::Result<Ended> {
        if let Some(ended) = within(child, Duration::from_millis(after))? {
            return Ok(Some(ended));
        }
        child.kill()?;
        Ok(child.wait()?.code())
    }

    /// Programs die with their supervisors or go on alone: what they have done is unknown.
    fn kill_all(&mut self, child: &mut Child, after: u64, programs: bool) -> std::io::Result<Ended> {
        let ended = self.kill(child, after)?;
        // One that is about to begin may come late.
        machine::kill_supervisors(&self.store, programs);
        let intended = self.events();
        self.ledger.excuse(&intended);
        self.tally.count("kills_of_supervisors");
        Ok(ended)
    }

    /// The run is taken from a process that stands still; when it wakes it must not disturb.
    fn stop(&mut self, child: &mut Child, after: u64) -> std::io::Result<Ended> {
        if let Some(ended) = within(child, Duration::from_millis(after))? {
            return Ok(Some(ended));
        }
        let pid = Pid::from_child(child);
        kill_process(pid, Signal::STOP)?;
        // One that stands still while it writes keeps the database locked: nobody can help that, so it is not waited for long.
        self.created = self.created || self.show_within(Duration::from_secs(2)).is_some();
        let mut ended = None;
        if self.created {
            self.tally.count("takeovers");
            let mut command = self.driving(false)?;
            let mut second = command.arg("--takeover").spawn()?;
            let pause = 5 + self.chance.below(200);
            ended = within(&mut second, Duration::from_millis(pause))?;
            kill_process(pid, Signal::CONT)?;
            ended = match ended {
                Some(ended) => Some(ended),
                None => self.wait(&mut second, PATIENCE)?,
            };
        }
        kill_process(pid, Signal::CONT).ok();
        let first = within(child, PATIENCE)?;
        if first.is_none() && child.try_wait()?.is_none() {
            self.wrong("stuck", "a process whose run was taken did not end".into());
            child.kill()?;
            child.wait()?;
        }
        Ok(ended.or(first))
    }

    fn fill(&mut self, child: &mut Child, after: u64) -> std::io::Result<Ended> {
        let place = self.folder.path().join("small");
        let ended = within(child, Duration::from_millis(after))?;
        if ended.is_some() {
            return Ok(ended);
        }
        machine::fill(&place);
        self.tally.count("disks_filled");
        let ended = within(child, FULL_FOR)?;
        if ended.is_none() {
            child.kill()?;
            child.wait()?;
        }
        // Supervisors that are at work end on the full disk.
        self.quiet(FULL_FOR);
        fs::remove_file(place.join("filler")).ok();
        Ok(ended)
    }

    /// Waits until no supervisor of the run is at work; whether that came to be.
    fn quiet(&self, time: Duration) -> bool {
        until(time, || Ok(machine::supervisors(&self.store).is_empty())).unwrap_or(false)
    }

    /// Takes in what the processes so far have told.
    fn hear(&mut self) {
        for number in 0..self.outputs {
            let events = self.told_by(number);
            self.told.extend(ledger::successes(&events));
        }
    }

    fn told_last(&self) -> Vec<Json> {
        self.told_by(self.outputs - 1)
    }

    fn told_by(&self, number: usize) -> Vec<Json> {
        let path = self.folder.path().join(format!("told.{number}"));
        ledger::events(&fs::read_to_string(path).unwrap_or_default())
    }

    fn show(&self) -> Option<Json> {
        self.show_within(PATIENCE)
    }

    /// What is known of the run; nothing where it is not there.
    fn show_within(&self, time: Duration) -> Option<Json> {
        let output = self.output_of(&["runs", "show", "victim", "--json"], time)?;
        serde_json::from_slice(&output.stdout).ok()
    }

    fn output_of(&self, args: &[&str], time: Duration) -> Option<Output> {
        let path = self.folder.path().join("answer");
        let mut child = self.wfc(args).stdout(File::create(&path).ok()?).stderr(Stdio::piped()).spawn().ok()?;
        if within(&mut child, time).ok()?.is_none() {
            child.kill().ok();
            child.wait().ok();
            return None;
        }
        let output = child.wait_with_output().ok()?;
        Some(Output { stdout: fs::read(&path).ok()?, ..output })
    }

    fn has_ended(&self) -> bool {
        self.show().is_some_and(|shown| matches!(shown["status"].as_str(), Some("succeeded" | "failed" | "cancelled")))
    }

    fn events(&self) -> Vec<Json> {
        let output = self.output_of(&["runs", "events", "victim"], PATIENCE);
        output.map(|output| ledger::events(&String::from_utf8_lossy(&output.stdout))).unwrap_or_default()
    }

    /// Answers what is asked, and settles what nobody knows by looking at the world.
    fn answer(&mut self) {
        let events = self.events();
        let mut keys = std::collections::BTreeMap::new();
        for event in &events {
            if let (Some(stage), Some(key)) = (event["stage"].as_str(), event["key"].as_str()) {
                keys.insert(stage.to_owned(), key.to_owned());
            }
        }
        let told = self.told_last();
        let waiting = told.iter().rfind(|event| event["event"] == "run_waiting");
        let waits = waiting.and_then(|event| event["for"].as_array()).cloned().unwrap_or_default();
        let people = waits.iter().filter(|wait| wait["kind"] == "person");
        for stage in people.filter_map(|wait| wait["stage"].as_str().map(str::to_owned)) {
            if self.workflow.asks.as_ref() == Some(&stage) {
                self.tell(&["runs", "answer", "victim", &stage, ANSWER]);
                self.tally.count("answers");
                continue;
            }
            let effect = keys.get(&stage).and_then(|key| self.ledger.effect(key));
            match effect {
                Some(text) => self.tell(&["runs", "answer", "victim", &stage, "--happened", &format!("{text:?}")]),
                None => self.tell(&["runs", "answer", "victim", &stage, "--did-not-happen"]),
            }
            self.tally.count("settled");
        }
        if waits.is_empty() {
            self.wrong("wrong_end", format!("it waits for nothing: {told:?}"));
        }
    }

    fn tell(&mut self, args: &[&str]) {
        match self.output_of(args, PATIENCE) {
            Some(output) if output.status.success() => {}
            Some(output) => {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                self.wrong("wrong_end", format!("{args:?} was refused: {said}"));
            }
            None => self.wrong("stuck", format!("{args:?} does not end")),
        }
    }

    /// Holds everything against the journal.
    fn judge(&mut self) {
        let (events, shown) = (self.events(), self.show().unwrap_or_default());
        let kept = ledger::successes(&events);
        let lost: Vec<Success> = self.told.difference(&kept).cloned().collect();
        for (stage, attempt, result) in lost {
            self.wrong("lost", format!("`{stage}`, attempt {attempt}, had given {result}"));
        }
        let end = match self.workflow.result.clone() {
            Some(result) => shown["status"] == "succeeded" && shown["result"] == result,
            None => shown["status"] == "failed",
        };
        if !end {
            let failed =
                events.iter().filter(|event| event["event"] == "stage_failed" || event["event"] == "run_failed");
            let failed: Vec<String> = failed.map(Json::to_string).collect();
            self.wrong("wrong_end", format!("{} {} {failed:?}", shown["status"], shown["result"]));
        }
        for doubled in self.ledger.doubled() {
            self.wrong("repeated", doubled);
        }
        for start in self.ledger.unexplained(&events) {
            self.wrong("unexplained", start);
        }
        let undone: BTreeSet<String> =
            self.ledger.starts().into_iter().filter(|(.., kind)| kind == "back").map(|(key, ..)| key).collect();
        if undone.len() != self.workflow.undone {
            self.wrong("lost", format!("{} of {} were undone", undone.len(), self.workflow.undone));
        }
        if !self.quiet(FULL_FOR) {
            self.wrong("left_behind", "a supervisor is still there".into());
        }
        self.tally.count("runs");
        self.tally.add("starts", self.ledger.starts().len());
        self.tally.add("restarts", self.ledger.restarts());
    }
}

/// Leaves the folder where something went wrong, and takes the small file system away.
impl Drop for Victim<'_> {
    fn drop(&mut self) {
        if self.small {
            machine::unmount(&self.folder.path().join("small"));
        }
    }
}
