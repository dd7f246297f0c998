//! Supervisors that take one attempt after the other: when they do, what they carry over, what becomes of them.

use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use wfc::agent::{Agent, Context, Failure, Recovery};
use wfc::agents::exec::pool::Supervisors;
use wfc::value::expr::{ExprKind, Var};
use wfc::value::settings::Output;

use rustix::process::{Pid, Signal, kill_process};

use super::bench::*;

/// A bench on which all programs have the same supervisors.
struct Line {
    bench: Bench,
    supervisors: Arc<Supervisors>,
}

impl Line {
    fn new() -> Self {
        Self { bench: Bench::new(), supervisors: Supervisors::of(PathBuf::from(env!("CARGO_BIN_EXE_wfc"))) }
    }

    async fn in_folder(&self, script: &Script, name: &str) -> Result<Json, Failure> {
        let context = Context { attempt_dir: self.bench.path("attempts/run").join(name), ..self.bench.context(script) };
        let agent = script.agent_under(self.supervisors.clone());
        let result = agent.call(script.request(), &context).await;
        agent.forget(&context).await;
        result.map(plain)
    }

    async fn call(&self, script: &Script) -> Result<Json, Failure> {
        self.in_folder(script, "one").await
    }

    /// Which process supervises the next attempt.
    async fn supervisor(&self) -> String {
        let told = self.call(&script("echo $PPID")).await.expect("it succeeds");
        told.as_str().expect("a number").to_owned()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.bench.path(name)).unwrap_or_default()
    }
}

fn send(pid: &str, signal: Signal) {
    let pid = Pid::from_raw(pid.trim().parse().expect("a number")).expect("a process");
    kill_process(pid, signal).expect("it is there");
}

#[tokio::test]
async fn a_supervisor_takes_one_attempt_after_the_other() {
    let line = Line::new();
    let first = line.supervisor().await;
    for source in ["exit 3", "kill -9 $$", "echo told >&2; echo printed", "exec 1>&- 2>&-; exit 1", "cat"] {
        line.call(&script(source).stdin("given")).await.ok();
        assert_eq!(line.supervisor().await, first, "{source}");
    }
    assert_eq!(line.bench.lines(), ["told"], "each line is of its own attempt, and told once");
    // Two at once need another, and both are there for the next two.
    let waits = script("echo $PPID; echo >> both; while [ $(wc -l < both) -lt 2 ]; do sleep 0.01; done");
    let two = || async {
        std::fs::write(line.bench.path("both"), "").expect("written");
        let (one, other) = tokio::join!(line.in_folder(&waits, "one"), line.in_folder(&waits, "two"));
        let mut two = [one.expect("it succeeds").to_string(), other.expect("it succeeds").to_string()];
        two.sort();
        two
    };
    let pair = two().await;
    assert!(pair[0] != pair[1] && pair.contains(&json!(first).to_string()));
    assert_eq!(two().await, pair);
}

/// All that a program can see of where it is, but for the numbers of processes.
const CIRCUMSTANCES: &str = "env | sort; pwd; umask; nice; cat /proc/self/limits; ls /proc/self/fd; ls /proc/$PPID/fd; \
    readlink /proc/$PPID/cwd; tr '\\0' '\\n' < /proc/$PPID/environ; \
    grep -hE '^(SigPnd|SigBlk|SigIgn|SigCgt|ShdPnd|Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|Threads)' /proc/self/status /proc/$PPID/status";

#[tokio::test]
async fn nothing_of_an_attempt_reaches_the_next() {
    let line = Line::new();
    let look = script(CIRCUMSTANCES);
    let (before, supervisor) = (line.call(&look).await.expect("it succeeds"), line.supervisor().await);
    let mut mess = script(
        "ulimit -n 20; umask 077; trap '' TERM INT PIPE; cd /; exec 7</dev/null; echo left >&2; head -c 70000 /dev/zero >&2; \
         echo $LEFT; renice 5 $$ >/dev/null",
    );
    mess.exec.env = vec![("LEFT".into(), text("behind"))];
    mess.exec.cwd = Some(text("attempts"));
    let given = "not all of this is read".repeat(10_000);
    assert_eq!(line.call(&mess.stdin(&given)).await, Ok(json!("behind")));
    assert_eq!(line.call(&look).await.expect("it succeeds"), before);
    assert_eq!(line.supervisor().await, supervisor, "all of them are its attempts");
}

/// What does not end cleanly ends its supervisor with it.
#[tokio::test]
async fn after_an_end_that_is_not_clean_another_supervisor_comes() {
    let line = Line::new();
    let mut secret = script("echo ${#TOKEN}");
    secret.exec.env = vec![("TOKEN".into(), expr(ExprKind::Var(Var::Secret(0))))];
    let table = [
        ("it was given a secret", secret),
        ("it ran too long", script("sleep 60").timeout(100)),
        ("it left a process behind", script("sleep 60 & echo done")),
        ("it left one in a session of its own", script("setsid sleep 60 >/dev/null 2>&1 </dev/null & echo done")),
        ("it printed too much", script("yes")),
        ("it is no program", words(&["./text"])),
    ];
    std::fs::write(line.bench.path("text"), "not a program").expect("written");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(line.bench.path("text"), mode).expect("set");
    for (why, script) in table {
        let before = line.supervisor().await;
        line.call(&script).await.ok();
        dies(&before).await;
        assert_ne!(line.supervisor().await, before, "{why}");
    }
}

#[tokio::test]
async fn a_cancelled_attempt_ends_its_supervisor_and_not_the_next_attempt() {
    let mut line = Line::new();
    let before = line.supervisor().await;
    let sleeps = script("touch there; sleep 60");
    let cancelled = async {
        appears(&line.bench.path("there")).await;
        line.bench.cancel.cancel();
    };
    let (result, ()) = tokio::join!(line.call(&sleeps), cancelled);
    assert_eq!(result.expect_err("cancelled").class, "cancelled");
    dies(&before).await;
    line.bench.cancel = CancellationToken::new();
    assert_ne!(line.supervisor().await, before);
}

#[tokio::test]
async fn a_supervisor_that_died_while_it_waited_is_replaced() {
    let line = Line::new();
    let before = line.supervisor().await;
    send(&before, Signal::KILL);
    assert_eq!(line.call(&script("echo ran >> count; cat count")).await, Ok(json!("ran")), "once");
}

/// It was stopped while it waited: another does what it was told to.
#[tokio::test(start_paused = true)]
async fn a_supervisor_that_does_not_answer_is_replaced_and_starts_nothing() {
    let line = Line::new();
    for given in ["", &"more than a pipe holds".repeat(50_000)] {
        let before = line.supervisor().await;
        send(&before, Signal::STOP);
        let result = line.call(&script("echo ran >> count; echo $PPID").stdin(given)).await.expect("it succeeds");
        assert_ne!(result, json!(before));
        assert!(!alive(&before), "it cannot wake when the other has begun");
    }
    assert_eq!(line.read("count"), "ran\nran\n", "once each");
}

/// Only the attempt that it has is of unknown outcome.
#[tokio::test]
async fn a_supervisor_that_dies_takes_no_other_attempt_along() {
    let line = Line::new();
    let before = line.supervisor().await;
    let killed = script("kill -9 $PPID; sleep 60");
    let failure = line.call(&killed).await.expect_err("nobody knows");
    assert_eq!((failure.class.as_str(), failure.outcome_known), ("crashed", false));
    assert!(!alive(&before));
    assert_ne!(line.supervisor().await, before);
}

/// The engine is dropped while a program runs that is not the first of its supervisor.
#[tokio::test]
async fn a_supervisor_that_was_used_before_finishes_without_wfc_and_ends() {
    let line = Line::new();
    let before = line.supervisor().await;
    let script = script("touch there; while [ ! -e go ]; do sleep 0.01; done; echo ran >> count; echo $PPID");
    let (agent, context) = (script.agent_under(line.supervisors.clone()), line.bench.context(&script));
    let there = line.bench.path("there");
    tokio::select! {
        _ = agent.call(script.request(), &context) => panic!("it has not ended yet"),
        () = appears(&there) => {}
    }
    std::fs::write(line.bench.path("go"), "").expect("written");
    let Recovery::Ended(Ok(reply)) = agent.recover(script.request(), &context).await else { panic!("it is recorded") };
    assert_eq!((plain(reply), line.read("count").as_str()), (json!(before), "ran\n"));
    dies(&before).await;
}

#[tokio::test]
async fn those_that_wait_end_with_their_run() {
    let line = Line::new();
    let waiting = line.supervisor().await;
    assert!(alive(&waiting));
    line.supervisors.end(true).await;
    assert!(!alive(&waiting), "it is gone at once");
    let waiting = line.supervisor().await;
    drop(line);
    dies(&waiting).await;
}

/// Attempts give their folders to those that come after them, and nothing else with it; at the end of the run none is left.
#[tokio::test]
async fn attempts_follow_each_other_in_one_folder() {
    let line = Line::new();
    let counts = script("echo ran >> count; wc -l < count").output(Output::Json(None));
    for (number, name) in (1..=20).zip(["one", "two"].into_iter().cycle()) {
        assert_eq!(line.in_folder(&counts, name).await, Ok(json!(number)));
        assert!(!line.bench.path("attempts/run").join(name).exists(), "it is over");
        let left = std::fs::read_dir(line.bench.path("attempts/run")).expect("the folder of the run");
        assert_eq!(left.count(), 2, "one for the next, and what the programs were");
    }
    tokio::time::timeout(Duration::from_secs(20), line.supervisors.end(true)).await.expect("it ends");
    assert!(!line.bench.path("attempts/run").exists(), "nothing is left");
}
