//! Several people answer a run at once, and the process that asks may die meanwhile: one answer is taken, and that one counts.

use std::fs::{self, File};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::chance::Chance;
use crate::machine::Machine;
use crate::process::{PATIENCE, until, within};
use crate::tally::Tally;

/// How many answer at once.
const PEOPLE: usize = 3;

/// One store, and run after run in it.
pub struct Contest<'a> {
    machine: &'a Machine,
    chance: Chance,
    seed: u64,
    folder: tempfile::TempDir,
    tally: Tally,
}

impl<'a> Contest<'a> {
    /// All chance follows from the seed.
    pub fn new(machine: &'a Machine, seed: u64) -> std::io::Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("ask.wf"), include_str!("ask.wf"))?;
        Ok(Self { machine, chance: Chance::new(seed), seed, folder, tally: Tally::default() })
    }

    /// So many runs, one after the other.
    pub fn hold(mut self, rounds: u64) -> std::io::Result<Tally> {
        for round in 0..rounds {
            let id = format!("round-{round}");
            match self.chance.one_in(2) {
                true => self.round(&id, "form", ["\"one\"", "\"two\"", "\"three\""].map(said))?,
                false => self.round(&id, "leave", [approve(), refuse(), approve()])?,
            }
        }
        Ok(self.tally)
    }

    fn round(&mut self, id: &str, workflow: &str, answers: [Answer; PEOPLE]) -> std::io::Result<()> {
        let Some(mut run) = self.ask(id, workflow)? else { return Ok(()) };
        let dies = self.chance.below(4);
        if dies == 0 {
            end(&mut run)?;
        }
        let people = answers.iter().map(|answer| self.answer(id, answer)).collect::<std::io::Result<Vec<_>>>()?;
        if dies == 1 {
            std::thread::sleep(Duration::from_millis(self.chance.below(40)));
            end(&mut run)?;
        }
        let told = people.into_iter().map(Child::wait_with_output).collect::<std::io::Result<Vec<_>>>()?;
        if dies == 2 {
            end(&mut run)?;
        }
        if dies > 2 && within(&mut run, PATIENCE)?.is_none() {
            self.wrong("stuck", format!("{id} does not go on with its answer"));
            end(&mut run)?;
        }
        self.tally.count("answers_raced");
        self.tally.add("kills", usize::from(dies < 3));
        self.tally.add("answered_while_down", usize::from(dies == 0));
        self.judge(id, &answers, &told)
    }

    /// A run that waits for its answer, if it comes to ask.
    fn ask(&mut self, id: &str, workflow: &str) -> std::io::Result<Option<Child>> {
        let path = self.folder.path().join("said");
        let mut command = self.wfc(&["run", "ask.wf", workflow, "--id", id, "--wait"]);
        let mut run = command.stdout(Stdio::null()).stderr(File::create(&path)?).spawn()?;
        let mut asks = false;
        until(PATIENCE, || {
            asks = fs::read_to_string(&path)?.contains("waits for a person");
            Ok(asks || run.try_wait()?.is_some())
        })?;
        if asks {
            return Ok(Some(run));
        }
        end(&mut run)?;
        self.wrong("stuck", format!("{id} asks nobody: {}", fs::read_to_string(&path)?));
        Ok(None)
    }

    fn answer(&self, id: &str, answer: &Answer) -> std::io::Result<Child> {
        let mut command = self.wfc(&["runs", "answer", id]);
        command.args(&answer.words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
    }

    /// One answer was taken, the others were told so, and the run ends with that one, whoever asks again.
    fn judge(&mut self, id: &str, answers: &[Answer], told: &[Output]) -> std::io::Result<()> {
        let taken: Vec<usize> = (0..told.len()).filter(|number| told[*number].status.code() == Some(0)).collect();
        let codes: Vec<Option<i32>> = told.iter().map(|output| output.status.code()).collect();
        if taken.len() != 1 || codes.iter().any(|code| !matches!(code, Some(0 | 1))) {
            let said: Vec<_> = told.iter().map(|output| String::from_utf8_lossy(&output.stderr)).collect();
            self.wrong("wrong_end", format!("{id}: of three answers {} were taken: {codes:?} {said:?}", taken.len()));
            return Ok(());
        }
        let resumed = self.wfc(&["resume", id, "--no-wait"]).output()?;
        let shown = self.wfc(&["runs", "show", id, "--json"]).output()?;
        let shown: Json = serde_json::from_slice(&shown.stdout).unwrap_or_default();
        let end = &answers[taken[0]].end;
        if (&shown["status"], &shown["result"]) != (&end["status"], &end["result"]) {
            let resumed = String::from_utf8_lossy(&resumed.stderr).into_owned();
            self.wrong("lost", format!("{id}: {end} was answered, and it came to {shown}; {resumed}"));
        }
        let late = self.answer(id, &answers[0])?.wait_with_output()?;
        if late.status.code() != Some(1) {
            self.wrong("repeated", format!("{id}: an answer was taken after the end: {:?}", late.status));
        }
        Ok(())
    }

    fn wfc(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.machine.wfc);
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    fn wrong(&mut self, kind: &'static str, what: String) {
        self.tally.wrong(kind, format!("seed {}: {what}", self.seed));
    }
}

/// What a person answers, and how the run ends with it.
struct Answer {
    words: Vec<String>,
    end: Json,
}

fn said(word: &str) -> Answer {
    let words = vec!["word".to_owned(), format!(r#"{{"said":{word}}}"#)];
    Answer { words, end: json!({ "status": "succeeded", "result": word.trim_matches('"') }) }
}

fn approve() -> Answer {
    let words = ["leave", "--approve"].map(str::to_owned).to_vec();
    Answer { words, end: json!({ "status": "succeeded", "result": "allowed" }) }
}

fn refuse() -> Answer {
    Answer { words: ["leave", "--refuse"].map(str::to_owned).to_vec(), end: json!({ "status": "failed" }) }
}

fn end(child: &mut Child) -> std::io::Result<()> {
    child.kill()?;
    child.wait().map(drop)
}
