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
        [time] paid waits for event `paid`, key `k1`, until [time]: wfc runs send paid --key k1 JSON
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

/// What settles a question lies in the store before anybody takes it up: nothing that comes later is taken for an answer.
#[test]
fn the_first_word_on_an_approval_counts() {
    let program = "workflow main(x: string = \"a\") -> { ok: string, n: int } {
    stage ok = ask(\"Ship?\") approves x { timeout 1d }
    stage n = ask(\"How many?\") -> int { timeout 1d }
    return { ok, n }
}
";
    let folder = folder(&[("a.wf", program)]);
    let path = folder.path();
    let answer = |run: &str, more: &[&str]| wfc(path, &[&["runs", "answer", run], more].concat());
    wfc(path, &["run", "a.wf", "--id", "r1"]);
    wfc(path, &["run", "a.wf", "--id", "r2"]);
    by_anybody().bind(|| {
        insta::assert_snapshot!(answer("r1", &["ok", "--refuse"]), @r#"
        --- standard error
        run r1 ok answered; go on: wfc resume r1
        (exit 0)
        "#);
        insta::assert_snapshot!(answer("r1", &["ok", "--approve"]), @r#"
        --- standard error
        error: `ok` of run r1 was answered already, by [account] at [time]
        help: the first answer counts
        (exit 1)
        "#);
        insta::assert_snapshot!(answer("r2", &["ok", "--approve"]), @r#"
        --- standard error
        run r2 ok answered; go on: wfc resume r2
        (exit 0)
        "#);
        insta::assert_snapshot!(answer("r2", &["ok", "--refuse"]), @r#"
        --- standard error
        error: `ok` of run r2 was answered already, by [account] at [time]
        help: the first answer counts
        (exit 1)
        "#);
        // The only question that is open still.
        insta::assert_snapshot!(answer("r2", &["3"]), @r#"
        --- standard error
        run r2 n answered; go on: wfc resume r2
        (exit 0)
        "#);
        insta::assert_snapshot!(answer("r2", &["3"]), @r#"
        --- standard error
        error: all that run r2 asks is answered
        help: go on: wfc resume r2
        (exit 1)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "list"]), @r#"
        RUN  WORKFLOW  STATE    STARTED           TOOK  BECAUSE
        r2   main      waiting  [minute]  [s]  answered; goes on when resumed
        r1   main      waiting  [minute]  [s]  answered; goes on when resumed
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "r2"]), @r#"
        run r2  main  waiting, [s]: answered; goes on when resumed
        started [minute] by [account]: x "a"
        plan [hash], from a.wf
          ? ok                       [s]  answered by [account]; not taken up yet
          ? n                        [s]  answered by [account]; not taken up yet
        effects so far: none
        go on: wfc resume r2
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["resume", "r2"]), @r#"
        {"ok":"a","n":3}
        --- standard error
          = ok                       answered
          = n                        answered
        [time] run r2 goes on: main, plan [hash]
        [time] ok succeeded in [s]
        [time] n succeeded in [s]
        [time] run r2 succeeded in [s]: 2 succeeded
        (exit 0)
        "#);
    });
}

/// Who may answer is known before a run, and so is that too few may.
#[test]
fn more_persons_than_have_the_role_can_never_allow_it() {
    let program = "workflow r(version: string = \"1\") -> string {
    stage ok = ask(\"Ship?\") approves version { to role \"release\" quorum 2 timeout 1d }
    return ok
}
";
    let roles = "[roles]\nrelease = [\"alice\", \"alice\"]\n";
    let alone = folder(&[("r.wf", program)]);
    let named = folder(&[("r.wf", program), ("wf.toml", roles)]);
    by_anybody().bind(|| {
        insta::assert_snapshot!(wfc(alone.path(), &["plan", "r.wf"]), @r#"
        r  1 stage, nothing has been run

          1  ok  ask  person      at most 1d

          time           at most 1d
          attempts       at most 0

          people         role release (anybody: no [roles] in wf.toml), 2 have to allow
                         it: ok
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(alone.path(), &["run", "r.wf", "--id", "r1"]), @r#"
        --- standard error
        [time] run r1 started: r, plan [hash]
        [time] ok waits for a person until [minute]: Ship?
        [time] run r1 waits for a person
          ? ok  role release (anybody: no [roles] in wf.toml), until [minute]
            Ship?
            to be allowed, as it stands here:
              "1"
            2 persons have to allow it
            allow it  wfc runs answer r1 ok --approve
            do not    wfc runs answer r1 ok --refuse  (and why: --because TEXT)
        then go on: wfc resume r1
        (exit 75)
        "#);
        insta::assert_snapshot!(wfc(named.path(), &["plan", "r.wf"]), @r#"
        r  1 stage, nothing has been run

          1  ok  ask  person      at most 1d

          time           at most 1d
          attempts       at most 0

          people         role release (alice), 2 have to allow it  NOT ENOUGH: 1 of 2:
                         ok
        --- standard error
        one thing that the run needs is not there
        (exit 1)
        "#);
        insta::assert_snapshot!(wfc(named.path(), &["run", "r.wf", "--id", "r1"]), @r#"
        --- standard error
        error: `ok` can never be allowed: role release (alice), 2 have to allow it; NOT ENOUGH: 1 of 2
        (exit 1)
        "#);
    });
}

/// Who starts the run is not counted where they may not allow what they ask for, and the question says who that is.
#[test]
fn who_asks_for_it_is_not_counted_where_they_may_not_allow_it() {
    let program = "workflow r(version: string = \"1\") -> string {
    stage ok = ask(\"Ship?\") approves version { to role \"release\" not requester timeout 1d }
    return ok
}
";
    let by = wfc_of_self();
    let alone = folder(&[("r.wf", program), ("wf.toml", &format!("[roles]\nrelease = [\"{by}\"]\n"))]);
    let two = folder(&[("r.wf", program), ("wf.toml", &format!("[roles]\nrelease = [\"{by}\", \"someone\"]\n"))]);
    let refused = wfc(alone.path(), &["run", "r.wf", "--id", "r1"]);
    let why =
        format!("`ok` can never be allowed: role release ({by}), not who starts the run ({by}); NOT ENOUGH: 0 of 1");
    assert!(refused.contains(&why) && refused.ends_with("(exit 1)\n"), "{refused}");
    let planned = wfc(alone.path(), &["plan", "r.wf"]);
    assert!(planned.contains("NOT ENOUGH:") && planned.ends_with("(exit 1)\n"), "{planned}");
    let asked = wfc(two.path(), &["run", "r.wf", "--id", "r1"]);
    assert!(asked.contains(&format!("not requester: who asks for it cannot allow it: not {by}\n")), "{asked}");
}

/// The account that starts the runs of this test, as a run that has been started has it.
fn wfc_of_self() -> String {
    let hello = folder(&[("h.wf", "workflow h() -> int { return 1 }")]);
    wfc(hello.path(), &["run", "h.wf", "--id", "r1"]);
    let shown = wfc(hello.path(), &["runs", "show", "r1", "--json"]);
    let after = shown.split("\"requester\":\"").nth(1).unwrap();
    after.split('"').next().unwrap().to_owned()
}

/// What is spent stays spent: only a larger budget helps.
#[test]
fn after_a_budget_only_a_larger_one_helps() {
    let program = "agent x uses exec {
    action ok() -> int { effects writes cost 1usd command [\"echo\", \"3\"] stdin none }
    action no() -> int { effects reads cost 1usd command [\"false\"] stdin none }
}
workflow main() -> int {
    budget 3usd
    stage a = x.ok()
    stage b = x.no() { after a retry { attempts 2 backoff fixed(1s) } }
    return b
}
";
    let folder = folder(&[("b.wf", program)]);
    wfc(folder.path(), &["run", "b.wf", "--id", "r1"]);
    wfc(folder.path(), &["runs", "retry", "r1"]);
    let told = wfc(folder.path(), &["runs", "retry", "r1"]);
    assert!(told.contains("class `budget`") && told.contains("`b` failed: an attempt may cost 1usd"), "{told}");
    assert!(!told.contains("does not take up") && !told.contains("go on:"), "{told}");
    assert!(told.contains("  larger budget: wfc runs retry r1 --plan b.wf\n"), "{told}");
}

/// What a `fail` looked at is kept: what it reads has to run again, or it fails alike.
#[test]
fn after_a_fail_what_its_condition_reads_is_to_run_again() {
    let program = "agent sh uses shell {
    action count() -> int { effects reads command \"cat n.txt\" stdin none output json }
}

workflow main(most: int = 3) -> int {
    stage n = sh.count()
    let many = n > most
    when many { fail \"too many: ${n}\" }
    return n
}
";
    let folder = folder(&[("c.wf", program), ("n.txt", "5")]);
    let path = folder.path();
    by_anybody().bind(|| {
        insta::assert_snapshot!(wfc(path, &["run", "c.wf", "--id", "r1"]), @r#"
        --- standard error
        [time] run r1 started: main, plan [hash]
        [time] n succeeded in [s]
        [time] fail failed: too many: 5
        [time] run r1 failed after [s]: fail, failed
        error[WF0801]: `fail` failed: too many: 5
          ┌─ c.wf:8:17
          │
        8 │     when many { fail "too many: ${n}" }
          │                 ^^^^^^^^^^^^^^^^^^^^^ class `failed`

          kept: n    effects so far: none
          go on:         wfc runs retry r1 --again n
          with changes:  wfc runs retry r1 --plan c.wf
        (exit 1)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "r1"]), @r#"
        run r1  main  failed, [s]: fail: failed
        started [minute] by [account]: most 3
        plan [hash], from c.wf
          ✓ n                        [s]
          x fail                     [s]  failed
        error[WF0801]: `fail` failed: too many: 5
          ┌─ c.wf:8:17
          │
        8 │     when many { fail "too many: ${n}" }
          │                 ^^^^^^^^^^^^^^^^^^^^^ class `failed`

        effects so far: none
        go on: wfc runs retry r1 --again n
        (exit 0)
        "#);
        std::fs::write(path.join("n.txt"), "2").unwrap();
        insta::assert_snapshot!(wfc(path, &["runs", "retry", "r1", "--again", "n"]), @r#"
        2
        --- standard error
          + n                        again: it is to run again
          + fail                     again: it failed
        [time] run r1 goes on: main, plan [hash]
        [time] n succeeded in [s]
        [time] run r1 succeeded in [s]: 1 succeeded
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "logs", "r1", "m"]), @r#"
        --- standard error
        error: run r1 has no stage `m`
        help: its stages: `n` and `fail`
        (exit 2)
        "#);
    });
}

/// A program's last words are told, however many came before.
#[test]
fn the_last_output_is_the_last() {
    let program = "agent sh uses shell {
    action loud() -> string {
        effects reads
        command \"seq 1 200000 >&2; echo 'THE REAL ERROR' >&2; exit 3\"
        stdin none
    }
}

workflow main() -> string {
    stage x = sh.loud()
    return x
}
";
    let folder = folder(&[("loud.wf", program)]);
    let told = wfc(folder.path(), &["run", "loud.wf", "--id", "r1"]);
    let shown = wfc(folder.path(), &["runs", "show", "r1"]);
    for text in [&told, &shown] {
        let last = text.split("its last output:").nth(1).unwrap_or_else(|| panic!("{text}"));
        let lines: Vec<&str> = last.lines().map(str::trim).filter(|line| !line.is_empty()).take(10).collect();
        assert_eq!((lines[8], lines[9]), ("200000", "THE REAL ERROR"), "{text}");
    }
}

#[test]
fn a_number_below_zero_is_an_answer_and_no_option() {
    let program =
        "workflow main() -> int {\n    stage low = ask(\"How cold?\") -> int { timeout 1d }\n    return low\n}\n";
    for answer in [&["low", "-5"][..], &["-5"]] {
        let folder = folder(&[("cold.wf", program)]);
        wfc(folder.path(), &["run", "cold.wf", "-q", "--id", "r1"]);
        let said = wfc(folder.path(), &[&["runs", "answer", "r1"], answer].concat());
        assert!(said.contains("(exit 0)"), "{said}");
        assert_eq!(wfc(folder.path(), &["resume", "r1", "-q"]), "-5\n(exit 0)\n");
    }
}

/// Whoever allows something by a command has read what whoever is asked at a terminal has.
#[test]
fn what_is_shown_with_a_question_is_on_every_screen() {
    let program = "workflow main(what: int = 7) -> int {
    stage go = ask(\"Ship it?\", show: { diff: \"-a\\n+b\", risk: \"low\" }) approves what { timeout 1d }
    stage name = ask(\"What name?\", show: \"one line\\nand another\") -> string { timeout 1d }
    return 1
}
";
    let folder = folder(&[("a.wf", program)]);
    let path = folder.path();
    by_anybody().bind(|| {
        insta::assert_snapshot!(wfc(path, &["run", "a.wf", "--id", "r1"]), @r#"
        --- standard error
        [time] run r1 started: main, plan [hash]
        [time] go waits for a person until [minute]: Ship it?
        [time] name waits for a person until [minute]: What name?
        [time] run r1 waits for a person
          ? go  until [minute]
            Ship it?
            {"diff":"-a\n+b","risk":"low"}
            to be allowed, as it stands here:
              7
            allow it  wfc runs answer r1 go --approve
            do not    wfc runs answer r1 go --refuse  (and why: --because TEXT)
          ? name  until [minute]
            What name?
            one line
            and another
            answer  wfc runs answer r1 name JSON   (JSON: string)
        then go on: wfc resume r1
        (exit 75)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "r1"]), @r#"
        run r1  main  waiting, [s]: go: waits for a person
        started [minute] by [account]: what 7
        plan [hash], from a.wf
          ? go                       [s]  waits for a person
          ? name                     [s]  waits for a person
        effects so far: none
        asked:
          ? go  until [minute]
            Ship it?
            {"diff":"-a\n+b","risk":"low"}
            to be allowed, as it stands here:
              7
            allow it  wfc runs answer r1 go --approve
            do not    wfc runs answer r1 go --refuse  (and why: --because TEXT)
          ? name  until [minute]
            What name?
            one line
            and another
            answer  wfc runs answer r1 name JSON   (JSON: string)
        then go on: wfc resume r1
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "go"]), @r#"
        --- standard error
        error: what is the answer to `go`?
        help:
          ? go  until [minute]
            Ship it?
            {"diff":"-a\n+b","risk":"low"}
            to be allowed, as it stands here:
              7
            allow it  wfc runs answer r1 go --approve
            do not    wfc runs answer r1 go --refuse  (and why: --because TEXT)
        (exit 2)
        "#);
        insta::assert_snapshot!(wfc(path, &["runs", "show", "r1", "--json"]), @r#"
        {"run":"r1","workflow":"main","status":"waiting","process":null,"started":"[time]","ended":null,"because":"go: waits for a person","plan":"[hash]","inputs":{"what":7},"result":null,"requester":"[account]","file":"a.wf","questions":[{"kind":"approval","text":"Ship it?","show":{"diff":"-a\n+b","risk":"low"},"answer":"bool","schema":{"type":"boolean"},"may_skip":false,"approval":{"value":7,"hash":"[hash]","quorum":1,"not_requester":false,"given":[]},"stage":"go","until":"[time]"},{"kind":"ask","text":"What name?","show":"one line\nand another","answer":"string","schema":{"type":"string"},"may_skip":false,"stage":"name","until":"[time]"}],"stages":[{"stage":"go","state":"asks","attempt":0,"ready":"[time]","because":"until [time]","until":"[time]"},{"stage":"name","state":"asks","attempt":0,"ready":"[time]","because":"until [time]","until":"[time]"}]}
        (exit 0)
        "#);
    });
}

/// A time that runs out is no answer.
#[test]
fn a_question_that_nobody_answered_in_time_is_told_so() {
    let program = "workflow main() -> bool {
    stage h = ask(\"Calm?\") -> bool { timeout 1s  on failure use false }
    return h
}
";
    let folder = folder(&[("a.wf", program)]);
    let path = folder.path();
    let parked = wfc(path, &["run", "a.wf", "--id", "r1"]);
    assert!(parked.ends_with("(exit 75)\n"), "{parked}");
    while !wfc(path, &["runs", "answer", "r1", "h"]).contains("was to be answered until") {}
    by_anybody().bind(|| {
        insta::assert_snapshot!(wfc(path, &["resume", "r1"]), @r#"
        false
        --- standard error
          = h                        nobody answered in time
        [time] run r1 goes on: main, plan [hash]
        [time] h failed: timeout: nobody answered in time; handled
        [time] h succeeded
        [time] run r1 succeeded in [s]: 1 failed and handled
        (exit 0)
        "#);
    });
}
