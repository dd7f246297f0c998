//! Faults of a run with real processes and real signals: death, interruption, a stopped owner, many owners at once.
//!
//! A program of a test says by a file that it is under way, and goes on once another file is there: no test guesses at times.

mod changed;
mod followed;
mod full;
mod starts;

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value as Json;

/// Two stages: the first notes its key and its process, and ends when it is let go.
const GATE: &str = r#"
agent tool uses exec {
    stdin none
    action first() -> string {
        effects EFFECTS
        command ["sh", "-c", "TRAP echo $WFC_IDEMPOTENCY_KEY >> starts; echo $$ > pid; touch started; while ! [ -e go ]; do sleep 0.02; done; echo $WFC_IDEMPOTENCY_KEY >> ends; echo done"]
    }
    action second(x: string) -> string {
        effects reads
        command ["sh", "-c", "echo 2 >> seconds; echo \"$1 twice\"", "sh", x]
    }
}

workflow main() -> string {
    stage one = tool.first()
    stage two = tool.second(one)

    return two
}
"#;

/// The folder of one test.
struct Place(tempfile::TempDir);

impl Place {
    fn new(effects: &str) -> Self {
        Self::with(&GATE.replace("EFFECTS", effects).replace("TRAP ", ""))
    }

    fn with(source: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        fs::write(place.path("gate.wf"), source).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wfc"));
        command.args(args).current_dir(self.0.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts the run and waits until its first program is under way.
    fn begin(&self) -> Child {
        let child = self.command(&["run", "gate.wf", "--id", "r1"]).spawn().unwrap();
        self.appears("started");
        child
    }

    fn wfc(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn resume(&self) -> Output {
        self.wfc(&["resume", "r1"])
    }

    /// Takes the run up and waits until that has been told.
    fn goes_on(&self, args: &[&str]) -> (Child, Lines<BufReader<ChildStderr>>) {
        let mut child = self.command(args).spawn().unwrap();
        let mut heard = ears(&mut child);
        hear(&mut heard, "goes on");
        (child, heard)
    }

    fn let_go(&self) {
        fs::write(self.path("go"), "").unwrap();
    }

    fn appears(&self, name: &str) {
        until(&format!("{name} is there"), || self.path(name).exists());
    }

    fn lines(&self, name: &str) -> Vec<String> {
        fs::read_to_string(self.path(name)).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn program_lives(&self) -> bool {
        let pid = self.lines("pid")[0].clone();
        let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
    }

    fn supervisors(&self) -> usize {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let words = processes.filter_map(|process| fs::read_to_string(process.path().join("cmdline")).ok());
        words.filter(|words| words.contains("\0supervise\0") && words.contains(self.0.path().to_str().unwrap())).count()
    }

    fn status(&self) -> String {
        let shown: Json = serde_json::from_slice(&self.wfc(&["runs", "show", "r1", "--json"]).stdout).unwrap();
        shown["status"].as_str().unwrap().to_owned()
    }

    /// How often the journal tells this of a stage.
    fn told(&self, stage: &str, event: &str) -> usize {
        let output = self.wfc(&["runs", "events", "r1"]);
        let text = String::from_utf8(output.stdout).unwrap();
        let events = text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
        events.filter(|one| one["stage"] == stage && one["event"] == event && one["kept"] != true).count()
    }
}

/// The limit is loose: only a fault that is there passes it.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn gave(output: &Output) -> (Option<i32>, &str) {
    (output.status.code(), std::str::from_utf8(&output.stdout).unwrap().trim())
}

const RESULT: (Option<i32>, &str) = (Some(0), "\"done twice\"");

/// Reads what a process says until it has said this.
fn hear(lines: &mut Lines<BufReader<ChildStderr>>, wanted: &str) {
    for line in lines.by_ref() {
        if line.unwrap().contains(wanted) {
            return;
        }
    }
    panic!("it never said `{wanted}`");
}

fn ears(child: &mut Child) -> Lines<BufReader<ChildStderr>> {
    BufReader::new(child.stderr.take().unwrap()).lines()
}

#[test]
fn a_program_that_runs_when_wfc_is_killed_is_adopted() {
    let place = Place::new("writes");
    let mut first = place.begin();
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(place.program_lives());
    let (second, mut heard) = place.goes_on(&["resume", "r1"]);
    hear(&mut heard, "one attempt 1: what became of it is asked");
    place.let_go();
    assert_eq!(gave(&second.wait_with_output().unwrap()), RESULT);
    assert_eq!(place.lines("starts").len(), 1);
    drop(heard);
}

/// Both outputs are ended at 16 MiB; what `wfc` itself takes for them stays far below what they printed and hoped to print.
#[test]
#[cfg(target_os = "linux")]
fn endless_output_takes_no_memory_of_its_own() {
    const ENDLESS: &str = r#"
agent endless uses exec {
    stdin none
    action lines() -> string { effects reads  command ["yes"] }
    action bytes() -> string { effects reads  command ["sh", "-c", "cat /dev/zero >&2"] }
}

workflow main() -> string {
    stage one = tool.first() { after lines, bytes }
    stage lines = endless.lines() { on failure skip }
    stage bytes = endless.bytes() { on failure skip }

    return one
}
"#;
    let (agent, _) = GATE.split_once("workflow main").unwrap();
    let place = Place::with(&format!("{}{ENDLESS}", agent.replace("EFFECTS", "writes").replace("TRAP ", "")));
    let child = place.begin();
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: usize = peak.split_whitespace().next().unwrap().parse().unwrap();
    place.let_go();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(said(&output).matches("failed: invalid_output: the program of").count(), 2, "{}", said(&output));
    assert!(peak < 160 << 10, "wfc took {peak} KiB");
}

#[test]
fn a_result_that_comes_while_nobody_watches_is_kept() {
    let place = Place::new("writes");
    let mut first = place.begin();
    first.kill().unwrap();
    first.wait().unwrap();
    place.let_go();
    until("its program is gone", || !place.program_lives());
    let output = place.resume();
    assert_eq!(gave(&output), RESULT, "{}", said(&output));
    assert_eq!((place.lines("starts").len(), place.lines("ends").len()), (1, 1));
}

#[test]
fn killed_right_after_its_end_a_run_gives_the_recorded_result() {
    let place = Place::new("writes");
    place.let_go();
    let mut child = place.command(&["run", "gate.wf", "--id", "r1", "--json"]).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("\"run_succeeded\"")));
    child.kill().ok();
    child.wait().unwrap();
    let again = place.wfc(&["run", "gate.wf", "--id", "r1"]);
    assert_eq!(gave(&again), RESULT, "{}", said(&again));
    assert!(said(&again).contains("succeeded already"), "{}", said(&again));
    assert_eq!((place.lines("starts").len(), place.lines("seconds").len()), (1, 1));
}

#[test]
fn a_run_that_failed_fails_again_by_its_name() {
    let place = Place::with(
        "workflow main(x: int) -> int {\n    when x > 0 {\n        fail \"too many\"\n    }\n\n    return x\n}\n",
    );
    let run = || place.wfc(&["run", "gate.wf", "--id", "r1", "-i", "x=1"]);
    let (first, again) = (run(), run());
    assert_eq!((first.status.code(), again.status.code()), (Some(1), Some(1)), "{}{}", said(&first), said(&again));
    assert!(said(&again).contains("failed already"), "{}", said(&again));
}

#[test]
fn interrupted_once_attempts_end_and_nothing_starts() {
    let place = Place::new("writes");
    let mut child = place.begin();
    let mut heard = ears(&mut child);
    send(&child, Signal::INT);
    hear(&mut heard, "suspending");
    assert!(place.program_lives(), "it may end by itself");
    place.let_go();
    hear(&mut heard, "wfc resume r1");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!((place.lines("ends").len(), place.lines("seconds").len()), (1, 0));
    assert_eq!((place.status().as_str(), place.supervisors()), ("suspended", 0), "none waits for more to do");
    let output = place.resume();
    assert_eq!(gave(&output), RESULT, "{}", said(&output));
    assert_eq!((place.lines("starts").len(), place.lines("seconds").len()), (1, 1));
}

/// Gives the run a first interrupt, waits until it is taken, gives the second.
fn interrupt_twice(place: &Place) -> (Child, Lines<BufReader<ChildStderr>>) {
    let mut child = place.begin();
    let mut heard = ears(&mut child);
    send(&child, Signal::INT);
    hear(&mut heard, "Ctrl-C again");
    send(&child, Signal::INT);
    (child, heard)
}

#[test]
fn interrupted_twice_attempts_are_killed_and_read_again() {
    let place = Place::new("reads");
    let (mut child, heard) = interrupt_twice(&place);
    heard.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!place.program_lives(), "the second kills");
    place.let_go();
    let output = place.resume();
    assert_eq!(gave(&output), RESULT, "{}", said(&output));
    let starts = place.lines("starts");
    assert_eq!(starts.len(), 2);
    assert_eq!(starts[0], starts[1], "nobody knows what the first has done: the key is the same");
}

#[test]
fn interrupted_twice_a_write_is_left_to_a_person() {
    let place = Place::new("writes");
    let (mut child, heard) = interrupt_twice(&place);
    heard.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    place.let_go();
    let output = place.resume();
    assert_eq!(output.status.code(), Some(75), "{}", said(&output));
    assert_eq!(place.lines("starts").len(), 1, "never again unasked");
    let answer = place.wfc(&["runs", "answer", "r1", "one", "--did-not-happen"]);
    assert!(answer.status.success(), "{}", said(&answer));
    let output = place.resume();
    assert_eq!(gave(&output), RESULT, "{}", said(&output));
    assert_eq!(place.lines("starts").len(), 2);
}

/// The first program writes the file `made` at once; its probe looks for that file.
fn probed() -> Place {
    const EFFECTS: &str = r#"writes
        probe {
            effects reads
            command ["sh", "-c", "echo $WFC_IDEMPOTENCY_KEY >> probes; if [ -e made ]; then echo '{\"kind\": \"done\", \"result\": \"made\"}'; else echo '{\"kind\": \"not_done\"}'; fi"]
        }"#;
    Place::with(&GATE.replace("EFFECTS", EFFECTS).replace("TRAP ", "touch made; "))
}

#[test]
fn interrupted_twice_a_write_that_happened_is_accepted_by_its_probe() {
    let place = probed();
    let (mut child, heard) = interrupt_twice(&place);
    heard.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let output = place.resume();
    assert_eq!(gave(&output), (Some(0), r#""made twice""#), "{}", said(&output));
    assert_eq!((place.lines("starts").len(), place.lines("probes").len()), (1, 1));
}

#[test]
fn interrupted_twice_a_write_that_did_not_happen_runs_again_after_its_probe() {
    let place = probed();
    let (mut child, heard) = interrupt_twice(&place);
    heard.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    fs::remove_file(place.path("made")).unwrap();
    place.let_go();
    let output = place.resume();
    assert_eq!(gave(&output), RESULT, "{}", said(&output));
    let starts = place.lines("starts");
    assert_eq!((starts.len(), place.lines("probes").len()), (2, 1));
    assert_eq!(starts[0], starts[1], "the key is the same");
}

#[test]
fn interrupted_three_times_it_ends_at_once_and_can_be_resumed() {
    let place = Place::with(&GATE.replace("EFFECTS", "reads").replace("TRAP", "trap '' TERM INT;"));
    let (mut child, heard) = interrupt_twice(&place);
    // Two signals that wait together are one: it is sent until it is taken.
    until("it ends", || {
        send_if_alive(&child, Signal::INT);
        child.try_wait().unwrap().is_some()
    });
    assert_eq!(child.wait().unwrap().code(), Some(130));
    drop(heard);
    place.let_go();
    let output = place.resume();
    assert_eq!(gave(&output), RESULT, "{}", said(&output));
}

fn send_if_alive(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).ok();
}

#[test]
fn of_eight_that_resume_one_run_one_drives_it() {
    let place = Place::new("writes");
    let mut first = place.begin();
    first.kill().unwrap();
    first.wait().unwrap();
    let mut all: Vec<Child> = (0..8).map(|_| place.command(&["resume", "r1"]).spawn().unwrap()).collect();
    let names: Vec<String> = all.iter().map(|child| format!("process {} ", child.id())).collect();
    let mut losers = Vec::new();
    until("seven have ended", || {
        for n in (0..all.len()).rev() {
            if all[n].try_wait().unwrap().is_some() {
                losers.push(all.remove(n).wait_with_output().unwrap());
            }
        }
        losers.len() == 7
    });
    let winner = all.remove(0);
    for loser in &losers {
        assert_eq!(loser.status.code(), Some(3), "{}", said(loser));
        assert!(names.iter().any(|name| said(loser).contains(name)), "names the process: {}", said(loser));
    }
    place.let_go();
    let output = winner.wait_with_output().unwrap();
    assert_eq!(gave(&output), RESULT, "{}", said(&output));
    assert_eq!((place.lines("starts").len(), place.told("one", "stage_succeeded")), (1, 1));
}

#[test]
fn what_a_stopped_owner_says_after_a_takeover_is_refused() {
    let place = Place::new("writes");
    let first = place.begin();
    send(&first, Signal::STOP);
    let refused = place.resume();
    assert_eq!(refused.status.code(), Some(3), "a stopped owner owns: {}", said(&refused));
    let (second, heard) = place.goes_on(&["resume", "r1", "--takeover"]);
    place.let_go();
    assert_eq!(gave(&second.wait_with_output().unwrap()), RESULT);
    drop(heard);
    send(&first, Signal::CONT);
    let late = first.wait_with_output().unwrap();
    assert_eq!(late.status.code(), Some(3), "{}", said(&late));
    assert_eq!(place.status(), "succeeded");
    assert_eq!((place.told("one", "stage_succeeded"), place.told("two", "stage_succeeded")), (1, 1));
    assert_eq!((place.lines("starts").len(), place.lines("seconds").len()), (1, 1));
}

#[test]
fn a_program_taken_over_can_be_killed() {
    let place = Place::new("reads");
    let first = place.begin();
    send(&first, Signal::STOP);
    let (mut second, mut heard) = place.goes_on(&["resume", "r1", "--takeover"]);
    send(&second, Signal::INT);
    hear(&mut heard, "suspending");
    send(&second, Signal::INT);
    heard.for_each(drop);
    assert_eq!(second.wait().unwrap().code(), Some(130));
    assert!(!place.program_lives(), "its stopped owner does not keep it alive");
    send(&first, Signal::CONT);
    assert_eq!(first.wait_with_output().unwrap().status.code(), Some(3));
}

/// Every item notes its number: none runs again once its result is kept.
const MAP: &str = r#"
agent tool uses exec {
    stdin none
    action step(n: int) -> int {
        effects writes idempotent
        output json
        command ["sh", "-c", "echo $1 >> items; echo $1", "sh", "${n}"]
    }
}

workflow main() -> list<int> {
    stage all = for n in range(0, 40) up to 40 => tool.step(n) { parallel 2 }

    return all
}
"#;

#[test]
fn half_of_a_map_is_kept_and_the_results_stand_in_order() {
    let place = Place::with(MAP);
    let mut args = vec!["run", "gate.wf", "--id", "r1"];
    for kills in 0.. {
        let done = place.lines("items").len();
        let mut child = place.command(&args).spawn().unwrap();
        let mut ended = false;
        until("some items more, or the end", || {
            ended = child.try_wait().unwrap().is_some();
            ended || (kills < 6 && place.lines("items").len() >= done + 5)
        });
        if ended {
            let output = child.wait_with_output().unwrap();
            let wanted = format!("{:?}", (0..40).collect::<Vec<i64>>()).replace(' ', "");
            assert_eq!(gave(&output), (Some(0), wanted.as_str()), "{}", said(&output));
            // A supervisor outlives `wfc`: at most what was about to start when it died runs twice, two items at a time.
            assert!(place.lines("items").len() <= 40 + 2 * kills, "{kills} kills: {:?}", place.lines("items"));
            return;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        args = vec!["resume", "r1"];
    }
}

/// The first stage holds a lock.
fn locked() -> Place {
    let gate = GATE.replace("EFFECTS", "writes").replace("TRAP ", "");
    Place::with(&gate.replace("tool.first()", "tool.first() { lock \"gate\" }"))
}

#[test]
fn two_runs_with_one_lock_wait_for_each_other() {
    let place = locked();
    let first = place.begin();
    let mut second = place.command(&["run", "gate.wf", "--id", "r2", "-v"]).spawn().unwrap();
    let mut heard = ears(&mut second);
    hear(&mut heard, "one waits for lock `gate`: run r1 comes first");
    let shown = String::from_utf8(place.wfc(&["runs", "show", "r2"]).stdout).unwrap();
    assert!(shown.contains("waits for lock `gate`: run r1 comes first"), "{shown}");
    assert_eq!(place.lines("starts").len(), 1);
    place.let_go();
    assert_eq!(gave(&first.wait_with_output().unwrap()), RESULT);
    assert_eq!(gave(&second.wait_with_output().unwrap()), RESULT);
    let (starts, ends) = (place.lines("starts"), place.lines("ends"));
    assert_eq!((starts.len(), &starts), (2, &ends), "one after the other");
    drop(heard);
}

#[test]
fn a_lock_stays_held_when_wfc_is_killed_under_it() {
    let place = locked();
    let mut first = place.begin();
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(place.program_lives());
    let mut second = place.command(&["run", "gate.wf", "--id", "r2", "-v"]).spawn().unwrap();
    let mut heard = ears(&mut second);
    hear(&mut heard, "run r1 has it and stands still; `wfc resume r1` goes on");
    assert_eq!(place.lines("starts").len(), 1, "the program of the first still works under it");
    place.let_go();
    assert_eq!(gave(&place.resume()), RESULT);
    assert_eq!(gave(&second.wait_with_output().unwrap()), RESULT);
    assert_eq!(place.lines("starts").len(), 2);
    drop(heard);
}

/// Row 42: of those who answer at once one is heard, and the others are told who that was.
#[test]
fn of_eight_that_answer_at_once_one_is_heard() {
    let source = "workflow main() -> string {\n    stage asked = ask(\"Which?\") -> { word: string } { timeout 1d }\n\n    \
                  return asked.word\n}\n";
    let place = Place::with(source);
    assert_eq!(place.wfc(&["run", "gate.wf", "--id", "r1", "--no-wait"]).status.code(), Some(75));
    let answer =
        |n: usize| place.command(&["runs", "answer", "r1", "asked", &format!(r#"{{"word":"{n}"}}"#)]).spawn().unwrap();
    let all: Vec<Child> = (0..8).map(answer).collect();
    let outputs: Vec<Output> = all.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
    let heard: Vec<usize> = (0..8).filter(|n| outputs[*n].status.success()).collect();
    assert_eq!(heard.len(), 1, "{:?}", outputs.iter().map(said).collect::<Vec<_>>());
    for late in outputs.iter().filter(|output| !output.status.success()) {
        assert_eq!(late.status.code(), Some(1), "{}", said(late));
        assert!(said(late).contains("was answered already, by "), "{}", said(late));
    }
    assert_eq!(gave(&place.resume()), (Some(0), format!("\"{}\"", heard[0]).as_str()));
}

/// Row 46: a run goes on with the program that it began with.
#[test]
fn a_program_that_is_edited_changes_no_run_under_way() {
    let place = Place::new("writes");
    let mut first = place.begin();
    first.kill().unwrap();
    first.wait().unwrap();
    fs::write(place.path("gate.wf"), "workflow main() -> string {\n    return \"another\"\n}\n").unwrap();
    place.let_go();
    let resumed = place.resume();
    assert_eq!(gave(&resumed), RESULT);
    let told = said(&resumed);
    let line = told.lines().find(|line| line.starts_with("gate.wf has changed since the run began (plan "));
    let way_on = "; on the new text: wfc resume r1 --plan gate.wf";
    assert!(line.is_some_and(|line| line.ends_with(way_on)), "{told}");
    fs::remove_file(place.path("gate.wf")).unwrap();
    assert_eq!(place.status(), "succeeded");
}

/// Row 8: whenever the process that asks is killed, before the answer or just when it comes, the answer counts.
#[test]
fn killed_while_a_person_is_asked_the_answer_counts() {
    const ASKS: &str = r#"
agent tool uses exec {
    stdin none
    action second(x: string) -> string { effects writes  command ["sh", "-c", "echo 2 >> seconds; echo $1", "sh", x] }
}

workflow main() -> string {
    stage ok = ask("Which?") -> { which: string } { timeout 1d }
    stage two = tool.second(ok.which)

    return two
}
"#;
    for round in 0..16 {
        let place = Place::with(ASKS);
        let mut child = place.command(&["run", "gate.wf", "--id", "r1", "--wait"]).spawn().unwrap();
        hear(&mut ears(&mut child), "ok waits for a person");
        let answer =
            |place: &Place| place.command(&["runs", "answer", "r1", "ok", r#"{"which":"this"}"#]).spawn().unwrap();
        let mut early = (round % 2 == 0).then(|| answer(&place));
        std::thread::sleep(Duration::from_millis(3 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let told = early.take().unwrap_or_else(|| answer(&place)).wait_with_output().unwrap();
        assert!(told.status.success(), "{}", said(&told));
        let output = place.resume();
        let ended = place.wfc(&["run", "gate.wf", "--id", "r1"]);
        assert_eq!(gave(&ended), (Some(0), "\"this\""), "round {round}: {} {}", said(&output), said(&ended));
        assert_eq!(place.lines("seconds").len(), 1);
    }
}
