//! How a run stands, told while it runs and afterwards: failures, waits, the process that drives it.

use std::process::Stdio;

use super::{Process, folder, steady, steady_columns, wfc};

/// What failed is told in the words of the end of the run, also later; what was handled in one line.
#[test]
fn a_failure_is_told_again() {
    let friday = r#"agent items uses mock {
    action kind(item: string) -> string {
        fails rate_limited 9 times
        returns item
    }
}

workflow main(friday: bool) -> string {
    stage guess = items.kind("a") { on failure use "none" }
    when friday && guess == "none" {
        fail "root refused: not on a Friday, and no other day on which nobody is there to look"
    }
    return guess
}
"#;
    let folder = folder(&[("friday.wf", friday)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "friday.wf", "--id", "r1", "-i", "friday=true"]), @r#"
        --- standard error
        [time] run r1 started: main, plan [hash]
        [time] guess failed: rate_limited: the mock fails with `rate_limited`, as it was told; handled
        [time] guess succeeded
        [time] fail failed: root refused: not on a Friday, and no other day on which nobody is there to look
        [time] run r1 failed after [s]: fail, failed
        error[WF0801]: `fail` failed: root refused: not on a Friday, and no other
            day on which nobody is there to look
           ┌─ friday.wf:11:9
           │
        11 │ …   fail "root refused: not on a Friday, and no other day o…
           │     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ class `failed`

          kept: guess    effects so far: none
          go on:         wfc runs retry r1 --again guess
          with changes:  wfc runs retry r1 --plan friday.wf
        (exit 1)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["runs", "show", "r1"]), @r#"
        run r1  main  failed, [s]: fail: failed
        started [minute] by [account]: friday true
        plan [hash], from friday.wf
          ✓ guess                    [s]
          x fail                     [s]  failed
        error[WF0801]: `fail` failed: root refused: not on a Friday, and no other
            day on which nobody is there to look
           ┌─ friday.wf:11:9
           │
        11 │ …   fail "root refused: not on a Friday, and no other day o…
           │     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ class `failed`

        effects so far: none
        go on: wfc runs retry r1 --again guess
        (exit 0)
        "#);
    });
}

/// Holds a lock while a person is asked; others want the same one.
const LOCKS: &str = r#"agent tool uses mock {
    action one() -> int {
        returns 1
    }
}

workflow ship() -> bool {
    lock "release"
    stage allowed = ask("Go?") -> { ok: bool } { timeout 1d }
    return allowed.ok
}

workflow patch() -> int {
    stage built = tool.one() { lock "release" }
    return built
}
"#;

/// A run that has no name of its own is told as it is typed, also in what was written down with another.
#[test]
fn a_run_that_has_a_lock_is_told_by_its_short_id() {
    let folder = folder(&[("ship.wf", LOCKS)]);
    let path = folder.path();
    wfc(path, &["run", "ship.wf", "ship", "--id", "k7q2aaaaaa"]);
    let mut waits = Process::start(path, &["run", "ship.wf", "patch", "--id", "second", "-q"], Stdio::piped());
    waits.hear("wfc resume k7q2\n");
    for command in [["runs", "list"].as_slice(), &["runs", "show", "second"]] {
        let told = wfc(path, command);
        assert!(told.contains("run k7q2 has it and stands still; `wfc resume k7q2` goes on"), "{told}");
    }
    waits.signal("-TERM");
    waits.end();
}

/// Who waits for a lock says which, who has it, and what to do about that: at once, even with `-q`, and afterwards.
#[test]
fn a_wait_for_a_lock_names_it_and_who_has_it() {
    let folder = folder(&[("ship.wf", LOCKS)]);
    let path = folder.path();
    wfc(path, &["run", "ship.wf", "ship", "--id", "first"]);
    let mut whole = Process::start(path, &["run", "ship.wf", "ship", "--id", "second", "-q"], Stdio::piped());
    whole.hear("wfc resume first\n");
    let mut stage = Process::start(path, &["run", "ship.wf", "patch", "--id", "third"], Stdio::piped());
    stage.hear("wfc resume first\n");
    steady_columns().bind(|| {
        insta::assert_snapshot!(whole.told, @"[time] run second waits for lock `release`: run first has it and stands still; go on with it: wfc resume first");
        insta::assert_snapshot!(stage.told, @r#"
        1 warning: wfc check ship.wf
        [time] run third started: patch, plan [hash]
        [time] built waits for lock `release`: run first has it and stands still; go on with it: wfc resume first
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "list"]), @r#"
        RUN     WORKFLOW  STATE  STARTED           TOOK  BECAUSE
        third   patch     running (process [pid])  [minute]  [s]  built: waits for lock `release`: run first has it and stands still; `wfc resume first` goes on
        second  ship      running (process [pid])  [minute]  [s]  waits for lock `release`: run first has it and stands still; `wfc resume first` goes on
        first   ship      waiting  [minute]  [s]  allowed: waits for a person
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "second"]), @r#"
        run second  ship  running (process [pid]), [s]: waits for lock `release`: run first has it and stands still; `wfc resume first` goes on
        started [minute] by [account]
        plan [hash], from ship.wf
          ○ allowed
        effects so far: none
        waited for:
          the run waits for lock `release`: run first has it and stands still
            go on with it: wfc resume first
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "third"]), @r#"
        run third  patch  running (process [pid]), [s]: built: waits for lock `release`: run first has it and stands still; `wfc resume first` goes on
        started [minute] by [account]
        plan [hash], from ship.wf
          ○ built                    [s]  waits for lock `release`: run first has it and stands still
        effects so far: none
        waited for:
          built waits for lock `release`: run first has it and stands still
            go on with it: wfc resume first
        (exit 0)
        "#);
        wfc(path, &["runs", "answer", "first", "allowed", r#"{"ok":true}"#]);
        wfc(path, &["resume", "first"]);
        whole.hear("wfc runs answer second allowed JSON");
    });
}

/// Who comes first may stand still only later: that is told then.
#[test]
fn a_run_with_the_lock_that_is_left_is_told_to_who_waits() {
    let held = LOCKS.replace(
        "ask(\"Go?\") -> { ok: bool } { timeout 1d }",
        "event(\"go\", key: \"k\") -> { ok: bool } { timeout 1d }",
    );
    let folder = folder(&[("ship.wf", &held)]);
    let mut first =
        Process::start(folder.path(), &["run", "ship.wf", "ship", "--id", "first", "--wait"], Stdio::piped());
    first.hear("allowed waits for event");
    let mut second = Process::start(folder.path(), &["run", "ship.wf", "patch", "--id", "second"], Stdio::piped());
    second.hear("run first comes first\n");
    first.signal("-KILL");
    first.end();
    second.hear("run first has it and stands still; go on with it: wfc resume first\n");
}

/// An event has a name, a key, a deadline and a command that sends it; a timer a time.
#[test]
fn waits_for_events_and_timers_say_what_comes_next() {
    let waits = r#"workflow paid(key: string) -> string {
    stage payment = event("paid", key: key) -> { by: string } { timeout 1h }
    return payment.by
}

workflow later() -> int {
    stage pause = wait(3d)
    return 1
}
"#;
    let folder = folder(&[("waits.wf", waits)]);
    let path = folder.path();
    let mut later = Process::start(path, &["run", "waits.wf", "later", "--id", "later", "-v"], Stdio::piped());
    later.hear("pause waits");
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["run", "waits.wf", "paid", "--id", "r1", "-i", "key=a b"]), @r#"
        --- standard error
        [time] run r1 started: paid, plan [hash]
        [time] payment waits for event `paid`, key `a b`, until [minute]: wfc runs send paid --key 'a b' JSON
        [time] run r1 waits for an event
          payment waits for event `paid`, key `a b`, until [minute]
            wfc runs send paid --key 'a b' JSON   (JSON: { by: string })
        then go on: wfc resume r1
        (exit 75)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "r1"]), @r#"
        run r1  paid  waiting, [s]: payment: waits for an event
        started [minute] by [account]: key "a b"
        plan [hash], from waits.wf
          ○ payment                  [s]  waits for event `paid`, key `a b`, until [minute]
        effects so far: none
        waited for:
          payment waits for event `paid`, key `a b`, until [minute]
            wfc runs send paid --key 'a b' JSON   (JSON: { by: string })
        then go on: wfc resume r1
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "r1", "--json"]), @r#"
        {"run":"r1","workflow":"paid","status":"waiting","process":null,"started":"[time]","ended":null,"because":"payment: waits for an event","plan":"[hash]","inputs":{"key":"a b"},"result":null,"requester":"[account]","file":"waits.wf","questions":[],"stages":[{"stage":"payment","state":"waiting","attempt":0,"ready":"[time]","because":"until [time]","until":"[time]","awaited":{"name":"paid","key":"a b"}}]}
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "later"]), @r#"
        run later  later  running (process [pid]), [s]
        started [minute] by [account]
        plan [hash], from waits.wf
          ○ pause                    [s]  waits until [minute]
        effects so far: none
        (exit 0)
        "#);
    });
}

/// Whoever comes second is told a command that exists, whatever they called.
#[test]
fn where_another_process_drives_a_run_the_command_that_takes_it_is_named() {
    let program = "workflow later() -> int {
    stage pause = wait(1h)
    return 1
}
";
    let folder = folder(&[("a.wf", program)]);
    let path = folder.path();
    let run = ["run", "a.wf", "--id", "r1", "--wait"];
    let mut first = Process::start(path, &run, Stdio::null());
    first.hear("started");
    let help = "or take the run from it: wfc resume r1 --takeover\n(exit 3)\n";
    for again in [run.as_slice(), &["run", "a.wf", "--id", "r1", "--json"], &["resume", "r1"]] {
        let told = wfc(path, again);
        assert!(told.ends_with(help), "{told}");
    }
}

/// Of a file that is gone, is no program any more, or gives the same plan, nothing is said.
#[test]
fn a_run_whose_file_gives_another_plan_by_now_says_so() {
    let program = |text: &str| {
        format!(
            "workflow main() -> bool {{
    stage ok = ask(\"{text}\") -> bool {{ timeout 1d }}
    return ok
}}
"
        )
    };
    let folder = folder(&[("flows/a.wf", &program("Ship?"))]);
    let (path, file) = (folder.path(), folder.path().join("flows/a.wf"));
    wfc(path, &["run", "flows/a.wf", "--id", "r1"]);
    let resumed = |arguments: &[&str]| wfc(path, &[&["resume", "r1", "--store", "flows/.wfc"], arguments].concat());
    let silent = || assert!(!resumed(&[]).contains("has changed"), "{}", resumed(&[]));
    silent();
    std::fs::write(&file, format!("// The same.\n{}", program("Ship?"))).unwrap();
    silent();
    std::fs::write(&file, "workflow main(").unwrap();
    silent();
    std::fs::write(&file, program("Really?")).unwrap();
    assert!(!resumed(&["--json"]).contains("has changed"));
    steady().bind(|| {
        insta::assert_snapshot!(resumed(&[]), @r#"
        --- standard error
        flows/a.wf has changed since the run began (plan [hash], now [hash]), which keeps [hash]; on the new text: wfc resume r1 --plan flows/a.wf --store flows/.wfc
          ? ok                       a person is asked
        [time] run r1 goes on: main, plan [hash]
        [time] ok waits for a person until [minute]: Ship?
        [time] run r1 waits for a person
          ? ok  until [minute]
            Ship?
            answer  wfc runs answer r1 ok JSON --store flows/.wfc   (JSON: bool)
        then go on: wfc resume r1 --store flows/.wfc
        (exit 75)
        "#);
        insta::assert_snapshot!(wfc(path, &["run", "flows/a.wf", "--id", "r1"]), @r#"
        --- standard error
        error: there is a run `r1` already, with another plan: [hash], not [hash]
        help: take another name; go on with that one: `wfc resume r1 --store flows/.wfc`, or with it on this plan: `wfc resume r1 --plan flows/a.wf --store flows/.wfc`
        (exit 1)
        "#);
    });
    std::fs::remove_file(&file).unwrap();
    silent();
}
