//! What is told of a run before and after people decide: how many have allowed something, what is left to be done.

use super::programs::ASKS;
use super::{folder, steady, wfc};

/// Whoever runs the tests.
fn by_anybody() -> insta::Settings {
    let mut settings = steady();
    settings.add_filter(r"[a-z0-9-]+ (allowed it,|refused)", "[account] $1");
    settings
}

const LEAVE: &str = r#"
agent shell uses exec {
    stdin none
    effects writes idempotent
    action build() -> string { command ["sh", "-c", "echo b1"] }
    action tidy() -> string { command ["sh", "-c", "echo tidied"] }
}

workflow ship() -> string {
    stage built = shell.build()
    stage go = ask("Ship it?") approves built { quorum 2 timeout 1d }
    finally {
        stage tidied = shell.tidy()
    }
    return go
}
"#;

#[test]
fn the_first_of_two_who_have_to_allow_it_is_counted() {
    let folder = folder(&[("ship.wf", LEAVE)]);
    let path = folder.path();
    wfc(path, &["run", "ship.wf", "--id", "r1"]);
    by_anybody().bind(|| {
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "go", "--approve"]), @r#"
        --- standard error
        run r1 go answered: 1 of 2 have allowed it; go on: wfc resume r1
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["resume", "r1"]), @r#"
        --- standard error
          = built                    kept
          ? go                       a person is asked
          + tidied                   not started before
        [time] run r1 goes on: ship, plan [hash]
        [time] go waits for a person until [minute]: Ship it?
        [time] go waits for a person (1 of 2 have allowed it) until [minute]: Ship it?
        [time] run r1 waits for a person
          ? go  until [minute]
            Ship it?
            to be allowed, as it stands here:
              "b1"
            [account] allowed it, 1 more
            allow it  wfc runs answer r1 go --approve
            do not    wfc runs answer r1 go --refuse  (and why: --because TEXT)
        then go on: wfc resume r1
        (exit 75)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "list"]), @r#"
        RUN  WORKFLOW  STATE    STARTED           TOOK  BECAUSE
        r1   ship      waiting  [minute]  [s]  go: waits for a person, 1 of 2 have allowed it
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "r1"]), @r#"
        run r1  ship  waiting, [s]: go: waits for a person, 1 of 2 have allowed it
        started [minute] by [account]
        plan [hash], from ship.wf
          ✓ built                    [s]
          ? go                       [s]  waits for a person (1 of 2 have allowed it)
          ○ tidied
        effects so far: built
        asked:
          ? go  until [minute]
            Ship it?
            to be allowed, as it stands here:
              "b1"
            [account] allowed it, 1 more
            allow it  wfc runs answer r1 go --approve
            do not    wfc runs answer r1 go --refuse  (and why: --because TEXT)
        then go on: wfc resume r1
        (exit 0)
        "#);
    });
}

#[test]
fn what_is_done_at_the_end_is_not_kept() {
    let folder = folder(&[("ship.wf", LEAVE)]);
    let path = folder.path();
    wfc(path, &["run", "ship.wf", "--id", "r1"]);
    wfc(path, &["runs", "answer", "r1", "go", "--refuse"]);
    by_anybody().bind(|| {
        insta::assert_snapshot!(wfc(path, &["resume", "r1"]), @r#"
        --- standard error
          = built                    kept
          + tidied                   not started before
        [time] run r1 goes on: ship, plan [hash]
        [time] go waits for a person until [minute]: Ship it?
        [time] go failed: denied: [account] refused
        [time] tidied succeeded in [s]
        [time] run r1 failed after [s]: go, denied
        error[WF0801]: `go` failed: [account] refused
           ┌─ ship.wf:11:16
           │
        11 │     stage go = ask("Ship it?") approves built { quorum 2 timeout 1d }
           │                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ class `denied`

          kept: built    effects so far: built, tidied
          go on:         wfc runs retry r1
          with changes:  wfc runs retry r1 --plan ship.wf
        (exit 1)
        "#);
    });
}

#[test]
fn a_run_whose_last_answer_is_in_is_not_moved() {
    let over = ASKS.replace("Build ${", "Make ${");
    let folder = folder(&[("release.wf", ASKS), ("next.wf", &over)]);
    let path = folder.path();
    wfc(path, &["run", "release.wf", "--id", "r1"]);
    wfc(path, &["runs", "answer", "r1", "allowed", r#"{"ok": true}"#]);
    let resume = |more: &[&str]| wfc(path, &[&["resume", "r1"], more].concat());
    by_anybody().bind(|| {
        insta::assert_snapshot!(resume(&["--plan", "next.wf", "--check"]), @r#"
        run r1  release  on plan [hash]
        --- standard error
        error: run r1 ends as soon as it goes on: nothing is left to be moved
        help: let it end: wfc resume r1
        (exit 1)
        "#);
        insta::assert_snapshot!(resume(&["--plan", "next.wf", "--check", "--json"]), @r#"
        {"run":"r1","plan":"[hash]","possible":false,"because":"run r1 ends as soon as it goes on: nothing is left to be moved","stages":[]}
        (exit 1)
        "#);
        insta::assert_snapshot!(resume(&["--plan", "next.wf"]), @r#"
        --- standard error
        error: run r1 has ended: nothing is left to be moved
        help: how it ended: wfc runs show r1
        (exit 1)
        "#);
    });
}

#[test]
fn an_event_that_does_not_come_is_not_tried_again() {
    let waits = r#"
type Paid = { amount: int }

workflow order() -> int {
    stage paid = event("paid", key: "k1") -> Paid { timeout 10s }
    return paid.amount
}
"#;
    let folder = folder(&[("order.wf", waits)]);
    by_anybody().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "order.wf", "--clock", "virtual", "--id", "r1"]), @r#"
        --- standard error
        [time] run r1 started: order, plan [hash]
        [time] paid waits for event `paid`, key `k1`, until [minute]: wfc runs send paid --key k1 JSON
        [time] paid failed: timeout: no such event came in time
        [time] run r1 failed after [s]: paid, timeout
        error[WF0801]: `paid` failed: no such event came in time
          ┌─ order.wf:5:18
          │
        5 │     stage paid = event("paid", key: "k1") -> Paid { timeout 10s }
          │                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ class `timeout`

          effects so far: none
          go on:         wfc runs retry r1
          with changes:  wfc runs retry r1 --plan order.wf
        (exit 1)
        "#);
    });
}
