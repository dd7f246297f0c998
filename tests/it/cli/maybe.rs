//! Effects that may have happened, on the screen: asked about before anything repeats them, and told at the end.

use std::process::Stdio;

use super::{Process, folder, steady, wfc};

/// A write that is killed before it can answer, until the file `calm` is there.
const DIES: &str = r#"agent tool uses exec {
    stdin none
    action move() -> string {
        effects writes
        command ["sh", "-c", "echo moved >> moves; [ -e calm ] || kill -9 $$; echo there"]
    }
}

workflow main() -> string {
    stage moved = tool.move() { on failure ask { timeout 7d } }
    return moved
}
"#;

#[test]
fn a_write_that_may_have_happened_is_repeated_only_by_a_word_that_says_that_it_did_not() {
    let folder = folder(&[("main.wf", DIES)]);
    let path = folder.path();
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["run", "main.wf", "--id", "r1"]), @r#"
        --- standard error
        [time] run r1 started: main, plan [hash]
        [time] moved waits for a person until [minute]: `moved` failed: crashed, the program of `move` was ended by [account] 9 (SIGKILL); its effect may have happened all the same
        [time] run r1 waits for a person
          ? moved  until [minute]
            `moved` failed: crashed, the program of `move` was ended by [account] 9 (SIGKILL); its effect may have happened all the same
            its output    wfc runs logs r1 moved
            it happened   wfc runs answer r1 moved --happened JSON   (JSON: string)
            it did not    wfc runs answer r1 moved --did-not-happen  (runs again)
            take a value  wfc runs answer r1 moved --value JSON   (JSON: string)
            give up       wfc runs answer r1 moved --fail
        then go on: wfc resume r1
        (exit 75)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "moved", "--retry"]), @r#"
        --- standard error
        error: it may have happened all the same: whether it did is asked here
        help: write `--happened JSON` or `--did-not-happen` (it runs again), or else `--value JSON` or `--fail`
        (exit 2)
        "#);
        std::fs::write(path.join("calm"), "").unwrap();
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "moved", "--did-not-happen"]), @r#"
        --- standard error
        run r1 moved answered; go on: wfc resume r1
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["resume", "r1", "-q"]), @r#"
        "there"
        (exit 0)
        "#);
    });
    assert_eq!(std::fs::read_to_string(path.join("moves")).unwrap().lines().count(), 2);
}

/// `slow` is killed because `bad` fails, inside a call that would be tried again.
const KILLED: &str = r#"agent tool uses exec {
    stdin none
    action slow() -> string {
        effects writes
        command ["sh", "-c", "echo begun >> begun; sleep 60"]
    }
    action bad() -> string {
        effects reads
        command ["sh", "-c", "while ! [ -e begun ]; do sleep 0.01; done; exit 1"]
    }
}

workflow inner() -> string {
    on failure cancel
    stage slow = tool.slow() { undo tool.slow() }
    stage bad = tool.bad()
    return "${slow}${bad}"
}

workflow main() -> string {
    stage both = inner() { retry { attempts 3  backoff fixed(10ms)  on failed } }
    return both
}
"#;

#[test]
fn a_write_that_was_killed_is_told_and_the_call_around_it_is_not_tried_again() {
    let folder = folder(&[("main.wf", KILLED)]);
    let path = folder.path();
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["run", "main.wf", "main", "--id", "r1"]), @r#"
        --- standard error
        [time] run r1 started: main, plan [hash]
        [time] both.bad failed: the program of `bad` ended with status 1
        [time] both.slow cancelled; maybe happened
        [time] run r1 failed after [s]: both.bad, failed
        error[WF0805]: `tool.bad` ended with status 1
           ┌─ main.wf:16:17
           │
        16 │     stage bad = tool.bad()
           │                 ^^^^^^^^^^ class `failed`
           │
           = `both.slow` may have happened all the same
           = attempt 1 of 1: no `retry` stands here

          effects so far: both.slow (maybe happened)
          go on:         wfc runs retry r1
          with changes:  wfc runs retry r1 --plan main.wf
        (exit 1)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "r1"]), @r#"
        run r1  main  failed, [s]: both.bad: failed
        started [minute] by [account]
        plan [hash], from main.wf
          x both                     [s]  failed
            ○ slow                   [s]  cancelled; maybe happened
            x bad                    [s]  failed
        error[WF0805]: `tool.bad` ended with status 1
           ┌─ main.wf:16:17
           │
        16 │     stage bad = tool.bad()
           │                 ^^^^^^^^^^ class `failed`
           │
           = attempt 1 of 1: no `retry` stands here

        effects so far: both.slow (maybe happened)
        go on: wfc runs retry r1
        (exit 0)
        "#);
    });
    assert_eq!(std::fs::read_to_string(path.join("begun")).unwrap().lines().count(), 1);
}

/// A failure that the workflow handles leaves the same doubt.
#[test]
fn a_write_that_may_have_happened_is_told_though_its_failure_was_handled() {
    let handled = DIES.replace("on failure ask { timeout 7d }", "on failure use \"none\"");
    let folder = folder(&[("main.wf", &handled)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "main.wf", "--id", "r1"]), @r#"
        "none"
        --- standard error
        [time] run r1 started: main, plan [hash]
        [time] moved failed: crashed: the program of `move` was ended by [account] 9 (SIGKILL); maybe happened; handled
        [time] moved succeeded
        [time] run r1 succeeded in [s]: 1 failed and handled
          maybe happened: moved
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["runs", "show", "r1"]), @r#"
        run r1  main  succeeded, [s]
        started [minute] by [account]
        plan [hash], from main.wf
          ✓ moved                    [s]
        effects so far: moved (maybe happened)
        result: "none"
        (exit 0)
        "#);
    });
}

/// What is under way in a run that its process has left is no effect that is known, and none that is not there.
#[test]
fn a_write_under_way_in_a_run_that_is_interrupted_may_have_happened() {
    let waits = DIES.replace("echo moved >> moves;", "touch begun; while ! [ -e calm ]; do sleep 0.02; done;");
    let folder = folder(&[("main.wf", &waits)]);
    let path = folder.path();
    let mut first = Process::start(path, &["run", "main.wf", "--id", "r1", "-v"], Stdio::null());
    first.hear("attempt 1 started");
    while !path.join("begun").exists() {}
    drop(first);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["runs", "show", "r1"]), @r#"
        run r1  main  interrupted, [s]
        started [minute] by [account]
        plan [hash], from main.wf
          ! moved                    [s]  under way when wfc died
        effects so far: moved (maybe happened)
        go on: wfc resume r1
        (exit 0)
        "#);
    });
    std::fs::write(path.join("calm"), "").unwrap();
    assert!(wfc(path, &["resume", "r1", "-q"]).ends_with("(exit 0)\n"));
}
