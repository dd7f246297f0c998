//! `wfc runs …` and `wfc resume`: the history, answers, cancelling, going on.

use super::programs::{ASKS, BROKEN, HELLO, PARKED};
use super::{folder, steady, wfc};

#[test]
fn runs_are_listed_and_shown() {
    let folder = folder(&[("hello.wf", HELLO), ("ship.wf", BROKEN), ("release.wf", ASKS)]);
    let path = folder.path();
    wfc(path, &["run", "hello.wf", "--id", "good", "-i", "name=Ada"]);
    wfc(path, &["run", "ship.wf", "--id", "bad"]);
    wfc(path, &["run", "release.wf", "--id", "open"]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["runs", "list"]), @r#"
        RUN   WORKFLOW  STATE      STARTED           TOOK  BECAUSE
        open  release   waiting    [minute]  [s]  allowed: waits for a person
        bad   ship      failed     [minute]  [s]  built: failed
        good  hello     succeeded  [minute]  [s]
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "list", "--status", "failed", "--limit", "5"]), @r#"
        RUN  WORKFLOW  STATE   STARTED           TOOK  BECAUSE
        bad  ship      failed  [minute]  [s]  built: failed
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "list", "--workflow", "hello", "--since", "1h", "--json"]), @r#"
        {"run":"good","workflow":"hello","status":"succeeded","process":null,"started":"[time]","ended":"[time]","because":null,"plan":"[hash]","inputs":{"name":"Ada","times":1},"result":{"text":"Hello Ada!","times":1},"requester":"[account]","file":"hello.wf"}
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "list", "--since", "soon"]), @r"
        --- standard error
        error: `--since soon` is no time
        help: write a duration like `2d`, or a date like `2026-11-22`
        (exit 2)
        ");
        insta::assert_snapshot!(wfc(path, &["runs", "show", "good"]), @r#"
        run good  hello  succeeded, [s]
        started [minute] by [account]: name "Ada", times 1
        plan [hash], from hello.wf
          ✓ text                     [s]
        effects so far: none
        result: {"text":"Hello Ada!","times":1}
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "bad"]), @r#"
        run bad  ship  failed, [s]: built: failed
        started [minute] by [account]
        plan [hash], from ship.wf
          ✓ prepared                 [s]
          x built                    [s]  failed
          ○ announced
        error[WF0805]: `shell.build` ended with status 3
           ┌─ ship.wf:19:19
           │
        19 │     stage built = shell.build(prepared)
           │                   ^^^^^^^^^^^^^^^^^^^^^ class `failed`
           │
           = its last output:
               compiling
               no such field
           = attempt 1 of 1: no `retry` stands here
           = what it printed: wfc runs logs bad built

        effects so far: prepared
        go on: wfc runs retry bad
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "@latest"]), @r#"
        run open  release  waiting, [s]: allowed: waits for a person
        started [minute] by [account]
        plan [hash], from release.wf
          ✓ draft                    [s]
          ? allowed                  [s]  waits for a person
        effects so far: none
        asked:
          ? allowed  role owner (anybody: no [roles] in wf.toml), until [minute]
            Build S1?
            {"id":"S1","risk":"high"}
            answer  wfc runs answer open allowed JSON   (JSON: { ok: bool, note?: string })
        then go on: wfc resume open
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "bda"]), @r"
        --- standard error
        error: there is no run `bda`
        help: did you mean `bad`?
        (exit 2)
        ");
    });
}

#[test]
fn output_and_events_can_be_read_afterwards() {
    let folder = folder(&[("ship.wf", BROKEN)]);
    let path = folder.path();
    wfc(path, &["run", "ship.wf", "--id", "r1"]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["runs", "logs", "r1"]), @r"
        [time] built 1 | compiling
        [time] built 1 | no such field
        (exit 0)
        ");
        insta::assert_snapshot!(wfc(path, &["runs", "logs", "r1", "prepared"]), @r"
        (exit 0)
        ");
        let events = wfc(path, &["runs", "events", "r1"]);
        assert_eq!(wfc(path, &["runs", "events", "r1", "--json"]), events, "they are JSON anyway");
        insta::assert_snapshot!(wfc(path, &["runs", "events", "r1"]), @r#"
        {"run":"r1","seq":0,"time":"[time]","event":"run_started","format":1,"workflow":"ship","plan":"[hash]","inputs":{},"resumed":false}
        {"run":"r1","seq":1,"time":"[time]","stage":"prepared","event":"stage_ready"}
        {"run":"r1","seq":2,"time":"[time]","stage":"prepared","event":"stage_started","attempt":1,"agent":"shell.prepare","key":"[key]/prepared/-/-/0/0"}
        {"run":"r1","seq":3,"time":"[time]","stage":"prepared","event":"stage_succeeded","attempt":1,"result":"prepared","kept":false,"usage":{"tokens":0,"money":0}}
        {"run":"r1","seq":4,"time":"[time]","stage":"built","event":"stage_ready"}
        {"run":"r1","seq":5,"time":"[time]","stage":"built","event":"stage_started","attempt":1,"agent":"shell.build","key":"[key]/built/-/-/0/0"}
        {"run":"r1","seq":6,"time":"[time]","stage":"built","event":"stage_failed","attempt":1,"error":{"class":"failed","message":"the program of `build` ended with status 3","attempts":1,"details":["compiling","no such field"]},"handled":false}
        {"run":"r1","seq":7,"time":"[time]","event":"run_failed","error":{"class":"failed","message":"the program of `build` ended with status 3","attempts":1,"stage":"built","details":["compiling","no such field"]}}
        (exit 0)
        "#);
    });
}

#[test]
fn an_answer_is_checked_and_taken_up() {
    let folder = folder(&[("release.wf", ASKS)]);
    let path = folder.path();
    wfc(path, &["run", "release.wf", "--id", "r1"]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "allowed"]), @r#"
        --- standard error
        error: what is the answer to `allowed`?
        help:
          ? allowed  role owner (anybody: no [roles] in wf.toml), until [minute]
            Build S1?
            {"id":"S1","risk":"high"}
            answer  wfc runs answer r1 allowed JSON   (JSON: { ok: bool, note?: string })
        (exit 2)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "allowed", r#"{"ok": 1}"#]), @r"
        --- standard error
        error: the answer does not fit: at `ok`: expected `bool`, found 1
        help: it is JSON of the type { ok: bool, note?: string }
        (exit 2)
        ");
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "allowed", "--happened", "1"]), @r"
        --- standard error
        error: a form is asked for here
        help: write the answer itself, without an option
        (exit 2)
        ");
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "draft", "1"]), @r"
        --- standard error
        error: `draft` of run r1 asks nothing
        help: a person is asked at `allowed`
        (exit 1)
        ");
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "allowed", r#"{"ok": true}"#]), @r"
        --- standard error
        run r1 allowed answered; go on: wfc resume r1
        (exit 0)
        ");
        insta::assert_snapshot!(wfc(path, &["resume", "r1"]), @r#"
        true
        --- standard error
          = draft                    kept
          = allowed                  answered
        [time] run r1 goes on: release, plan [hash]
        [time] allowed succeeded in [s]
        [time] run r1 succeeded in [s]: 1 kept, 1 succeeded
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "allowed", r#"{"ok": true}"#]), @r"
        --- standard error
        error: run r1 has succeeded: nothing is asked
        (exit 1)
        ");
        insta::assert_snapshot!(wfc(path, &["resume", "r1"]), @r"
        --- standard error
        error: run r1 has succeeded already
        help: its result: wfc runs show r1
        (exit 1)
        ");
    });
}

#[test]
fn a_parked_run_can_be_cancelled() {
    let folder = folder(&[("release.wf", ASKS)]);
    let path = folder.path();
    wfc(path, &["run", "release.wf", "--id", "r1"]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["runs", "cancel", "r1"]), @r#"
        --- standard error
        [time] run r1 is cancelled: release, plan [hash]
        [time] allowed waits for a person until [minute]: Build S1?
        [time] allowed cancelled
        [time] run r1 cancelled
          kept: draft    effects so far: none
          go on:         wfc runs retry r1
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "cancel", "r1"]), @r"
        --- standard error
        error: run r1 was cancelled already
        (exit 1)
        ");
    });
}

#[test]
fn a_failed_run_goes_on_where_it_failed() {
    let folder = folder(&[("ship.wf", BROKEN)]);
    let path = folder.path();
    wfc(path, &["run", "ship.wf", "--id", "r1"]);
    std::fs::write(path.join("fixed"), "").unwrap();
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["resume", "r1"]), @r"
        --- standard error
        error: run r1 has failed already
        help: go on: wfc runs retry r1
        (exit 1)
        ");
        insta::assert_snapshot!(wfc(path, &["runs", "retry", "r1"]), @r#"
        "built"
        --- standard error
          = prepared                 kept
          + built                    again: it failed
          + announced                not started before
        [time] run r1 goes on: ship, plan [hash]
        [time] built succeeded in [s]
        [time] announced succeeded in [s]
        [time] run r1 succeeded in [s]: 1 kept, 2 succeeded
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "retry", "r1"]), @r"
        --- standard error
        error: run r1 has succeeded already
        (exit 1)
        ");
    });
}

#[test]
fn what_was_skipped_before_a_run_went_on_has_not_been_left_out() {
    let folder = folder(&[(
        "ask.wf",
        r#"agent tool uses exec {
    action ok() -> string { effects reads command ["echo", "x"] stdin none }
    action bad() -> string { effects reads command ["false"] stdin none }
}
workflow main(deep: bool) -> string {
    stage passed = tool.ok() { when deep }
    stage doomed = tool.bad() { on failure skip }
    stage allowed = ask("Go on?") -> bool { timeout 1d }
    stage later = tool.ok() { when allowed }
    when !allowed {
        fail "no"
    }
    return passed ?? doomed ?? later ?? "-"
}
"#,
    )]);
    let path = folder.path();
    for (run, answer) in [("r1", "true"), ("r2", "false")] {
        wfc(path, &["run", "ask.wf", "--id", run, "-i", "deep=false"]);
        wfc(path, &["runs", "answer", run, "allowed", answer]);
    }
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["resume", "r1"]), @r#"
        "x"
        --- standard error
          = doomed                   kept
          = allowed                  answered
          + later                    not started before
        [time] run r1 goes on: main, plan [hash]
        [time] allowed succeeded in [s]
        [time] later succeeded in [s]
        [time] run r1 succeeded in [s]: 2 succeeded, 1 failed and handled, 1 skipped
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["resume", "r2"]), @r#"
        --- standard error
          = doomed                   kept
          = allowed                  answered
        [time] run r2 goes on: main, plan [hash]
        [time] allowed succeeded in [s]
        [time] fail failed: no
        [time] run r2 failed after [s]: fail, failed
        error[WF0801]: `fail` failed: no
           ┌─ ask.wf:11:9
           │
        11 │         fail "no"
           │         ^^^^^^^^^ class `failed`

          kept: allowed    not started: later    effects so far: none
          go on:         wfc runs retry r2 --again allowed
          with changes:  wfc runs retry r2 --plan ask.wf
        (exit 1)
        "#);
    });
}

#[test]
fn a_changed_plan_keeps_what_it_can() {
    let folder = folder(&[("ship.wf", BROKEN)]);
    let path = folder.path();
    wfc(path, &["run", "ship.wf", "--id", "r1"]);
    std::fs::write(path.join("fixed.wf"), BROKEN.replace("test -e fixed || exit 3; ", "")).unwrap();
    std::fs::write(path.join("other.wf"), BROKEN.replace("echo prepared", "echo ready")).unwrap();
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["runs", "retry", "r1", "--plan", "other.wf"]), @r"
        --- standard error
        error: run r1 is not retried: `prepared` wrote and cannot be kept: its definition changed
        help: to run it again all the same, add --again prepared
        (exit 1)
        ");
        insta::assert_snapshot!(wfc(path, &["runs", "retry", "r1", "--plan", "fixed.wf"]), @r#"
        "built"
        --- standard error
          = prepared                 kept
          + built                    again: it failed
          + announced                not started before
        [time] run r1 goes on: ship, plan [hash]
        [time] built succeeded in [s]
        [time] announced succeeded in [s]
        [time] run r1 succeeded in [s]: 1 kept, 2 succeeded
        (exit 0)
        "#);
        // What was kept has happened once.
        insta::assert_snapshot!(wfc(path, &["runs", "show", "r1"]), @r#"
        run r1  ship  succeeded, [s]
        started [minute] by [account]
        plan [hash], from fixed.wf
          = prepared                 [s]  kept
          ✓ built                    [s]  attempt 2
          ✓ announced                [s]
        effects so far: prepared, announced
        result: "built"
        (exit 0)
        "#);
    });
}

#[test]
fn a_run_keeps_the_agents_that_it_was_started_with() {
    let folder = folder(&[("release.wf", PARKED), ("ship.wf", BROKEN)]);
    wfc(folder.path(), &["run", "release.wf", "--id", "open"]);
    wfc(folder.path(), &["run", "ship.wf", "--id", "bad"]);
    insta::assert_snapshot!(wfc(folder.path(), &["resume", "open", "--profile", "small"]), @r#"
    --- standard error
    error: a run keeps the agents that it was started with: `--profile` does nothing to it
    help: leave it out, or bind the agents of a changed program: `--plan FILE --profile NAME`
    (exit 2)
    "#);
    insta::assert_snapshot!(wfc(folder.path(), &["runs", "retry", "bad", "--profile", "small"]), @r#"
    --- standard error
    error: a run keeps the agents that it was started with: `--profile` does nothing to it
    help: leave it out, or bind the agents of a changed program: `--plan FILE --profile NAME`
    (exit 2)
    "#);
    for command in [["resume", "open"].as_slice(), &["runs", "retry", "bad"]] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(wfc(folder.path(), &[command, &["--max-source", "32"]].concat()), @r#"
            --- standard error
            error: a run goes on on the plan that it has, and no source is read: `--max-source` does nothing to it
            help: leave it out, or read a changed program: `--plan FILE --max-source MIB`
            (exit 2)
            "#);
        }
    }
}

/// What a failure undoes is neither told as kept nor as an effect.
#[test]
fn an_undo_that_is_new_applies_to_what_was_kept() {
    let trip = r#"agent shop uses exec {
    stdin none
    effects writes
    action book() -> string { command ["sh", "-c", "echo b1"] }
    action drop(_id: string) -> string { command ["sh", "-c", "echo dropped"] }
    action pay(_id: string) -> string { command ["sh", "-c", "exit 3"] }
}

workflow trip() -> string {
    stage booked = shop.book()
    stage allowed = ask("Go?") -> { ok: bool } { timeout 1d }
    stage paid = shop.pay("${booked} ${allowed.ok}")
    return paid
}
"#;
    let next = trip.replace("shop.book()", "shop.book() { undo shop.drop(booked) }");
    let folder = folder(&[("trip.wf", trip), ("next.wf", &next)]);
    wfc(folder.path(), &["run", "trip.wf", "--id", "r1"]);
    wfc(folder.path(), &["resume", "r1", "--plan", "next.wf"]);
    wfc(folder.path(), &["runs", "answer", "r1", r#"{"ok":true}"#]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["resume", "r1"]), @r#"
        --- standard error
          = booked                   kept
          = allowed                  answered
          + paid                     not started before
        [time] run r1 goes on: trip, plan [hash]
        [time] allowed succeeded in [s]
        [time] paid failed: the program of `pay` ended with status 3
        [time] booked.undo succeeded in [s]
        [time] run r1 failed after [s]: paid, failed
        error[WF0805]: `shop.pay` ended with status 3
           ┌─ next.wf:12:18
           │
        12 │     stage paid = shop.pay("${booked} ${allowed.ok}")
           │                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ class `failed`
           │
           = attempt 1 of 1: no `retry` stands here

          kept: allowed    effects so far: none
          go on:         wfc runs retry r1
          with changes:  wfc runs retry r1 --plan next.wf
        (exit 1)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["runs", "show", "r1"]), @r#"
        run r1  trip  failed, [s]: paid: failed
        started [minute] by [account]
        plan [hash], from next.wf
          = booked                   [s]  kept
            ✓ undo                   [s]
          ✓ allowed                  [s]
          x paid                     [s]  failed
        error[WF0805]: `shop.pay` ended with status 3
           ┌─ next.wf:12:18
           │
        12 │     stage paid = shop.pay("${booked} ${allowed.ok}")
           │                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ class `failed`
           │
           = attempt 1 of 1: no `retry` stands here

        effects so far: none
        go on: wfc runs retry r1
        (exit 0)
        "#);
    });
}

#[test]
fn a_run_that_waits_goes_on_on_a_changed_plan() {
    let folder = folder(&[("ship.wf", PARKED), ("next.wf", &PARKED.replace("echo looked", "echo saw"))]);
    let path = folder.path();
    std::fs::write(path.join("other.wf"), PARKED.replace("echo prepared", "echo ready")).unwrap();
    wfc(path, &["run", "ship.wf", "--id", "r1"]);
    let resume = |more: &[&str]| wfc(path, &[&["resume", "r1"], more].concat());
    steady().bind(|| {
        insta::assert_snapshot!(resume(&["--check"]), @r#"
        --- standard error
        error: the following required arguments were not provided:
          --plan <FILE>

        Usage: wfc resume --plan <FILE> --check <RUN>

        For more information, try '--help'.
        (exit 2)
        "#);
        insta::assert_snapshot!(resume(&["--plan", "ship.wf", "--check"]), @r#"
        run r1 is on this plan already: nothing would change
          = prepared, seen, last     kept
          ? allowed                  a person is asked
        --- standard error
        go on: wfc resume r1
        (exit 0)
        "#);
        insta::assert_snapshot!(resume(&["--plan", "next.wf", "--check"]), @r#"
        run r1  ship  on plan [hash]
          = prepared                 kept
          + seen                     again: its definition changed
          ? allowed                  a person is asked
          + last                     again: its definition changed
        --- standard error
        nothing is changed yet; to go on so: wfc resume r1 --plan next.wf
        (exit 0)
        "#);
        insta::assert_snapshot!(resume(&["--plan", "other.wf", "--check", "--json"]), @r#"
        {"run":"r1","plan":"[hash]","possible":false,"because":"run r1 is not moved: `prepared` wrote and cannot be kept: its definition changed","stages":[{"stage":"prepared","fate":"refused","because":"wrote and cannot be kept: its definition changed"},{"stage":"seen","fate":"again","because":"it reads `prepared`"},{"stage":"allowed","fate":"waits","because":"a person is asked"},{"stage":"last","fate":"again","because":"it reads `seen`"}]}
        (exit 1)
        "#);
        insta::assert_snapshot!(resume(&["--plan", "other.wf"]), @r#"
        --- standard error
        error: run r1 is not moved: `prepared` wrote and cannot be kept: its definition changed
        help: to run it again all the same, add --again prepared
        (exit 1)
        "#);
        insta::assert_snapshot!(resume(&["--plan", "other.wf", "--check", "--again", "prepared"]), @r#"
        run r1  ship  on plan [hash]
          + prepared                 again: its definition changed
          + seen                     again: it reads `prepared`
          ? allowed                  a person is asked
          + last                     again: it reads `seen`
        --- standard error
        nothing is changed yet; to go on so: wfc resume r1 --plan other.wf --again prepared
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "list"]), @r#"
        RUN  WORKFLOW  STATE    STARTED           TOOK  BECAUSE
        r1   ship      waiting  [minute]  [s]  allowed: waits for a person
        (exit 0)
        "#);
        insta::assert_snapshot!(resume(&["--plan", "next.wf"]), @r#"
        --- standard error
          = prepared                 kept
          + seen                     again: its definition changed
          ? allowed                  a person is asked
          + last                     again: its definition changed
        [time] run r1 goes on: ship, plan [hash]
        [time] allowed waits for a person until [minute]: Ship?
        [time] seen succeeded in [s]
        [time] last succeeded in [s]
        [time] run r1 waits for a person
          ? allowed  until [minute]
            Ship?
            answer  wfc runs answer r1 allowed JSON   (JSON: { ok: bool })
        then go on: wfc resume r1
        (exit 75)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "allowed", r#"{"ok":true}"#]), @r#"
        --- standard error
        run r1 allowed answered; go on: wfc resume r1
        (exit 0)
        "#);
        insta::assert_snapshot!(resume(&["--plan", "next.wf", "--json"]), @r#"
        {"run":"r1","seq":0,"time":"[time]","event":"run_started","format":1,"workflow":"ship","plan":"[hash]","inputs":{},"resumed":true}
        {"run":"r1","seq":1,"time":"[time]","stage":"prepared","event":"stage_succeeded","attempt":1,"result":"prepared","kept":true,"usage":{"tokens":0,"money":0}}
        {"run":"r1","seq":2,"time":"[time]","stage":"seen","event":"stage_succeeded","attempt":1,"result":"saw","kept":true,"usage":{"tokens":0,"money":0}}
        {"run":"r1","seq":3,"time":"[time]","stage":"last","event":"stage_succeeded","attempt":1,"result":"saw","kept":true,"usage":{"tokens":0,"money":0}}
        {"run":"r1","seq":4,"time":"[time]","stage":"allowed","event":"stage_waiting","for":"person","until":"[time]","question":{"kind":"ask","text":"Ship?","answer":"{ ok: bool }","schema":{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false},"may_skip":false}}
        {"run":"r1","seq":5,"time":"[time]","stage":"allowed","event":"log","attempt":1,"stream":"runtime","line":"answered by [account]"}
        {"run":"r1","seq":6,"time":"[time]","stage":"allowed","event":"stage_succeeded","attempt":1,"result":{"ok":true},"kept":false,"usage":{"tokens":0,"money":0}}
        {"run":"r1","seq":7,"time":"[time]","event":"run_succeeded","result":true,"usage":{"tokens":0,"money":0}}
        (exit 0)
        "#);
    });
    let shown = wfc(path, &["runs", "show", "r1"]);
    assert!(shown.contains(", from next.wf\n"), "{shown}");
}

/// Of several who have to allow it each is told how many have; nobody counts twice, taken up or not.
#[test]
fn approvals_that_several_have_to_give_are_counted() {
    let program = "workflow r(version: string = \"1\") -> string {
    stage ok = ask(\"Ship?\") approves version { quorum 2 timeout 1d }
    return ok
}
";
    let folder = folder(&[("r.wf", program)]);
    let path = folder.path();
    wfc(path, &["run", "r.wf", "--id", "r1"]);
    let mut settings = steady();
    settings.add_filter(r"`[^` ]+` cannot allow it", "`[account]` cannot allow it");
    settings.bind(|| {
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "--approve"]), @r#"
        --- standard error
        run r1 ok answered: 1 of 2 have allowed it; go on: wfc resume r1
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "--approve"]), @r#"
        --- standard error
        error: `[account]` cannot allow it: they have allowed it already
        (exit 1)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "--approve", "--because", "x"]), @r#"
        --- standard error
        error: a reason goes with `--refuse`
        (exit 2)
        "#);
    });
}
