//! `wfc test`: recorded runs that were stopped, or went on after their end.

use super::test::timeless;
use super::{folder, wfc};

/// Fails as often as it has lines in `failures`, each time with the next one.
const PUT: &str = r#"#!/bin/sh
line=$(head -n 1 failures)
[ -z "$line" ] && echo done && exit 0
sed -i 1d failures
echo "$line" >&2
exit 3
"#;

const PROGRAM: &str = r#"
agent tool uses exec {
    action check(name: string) -> int { effects reads  command ["sh", "-c", "echo 7"]  stdin none }
    action put(n: int) -> string { effects writes  command ["sh", "put.sh"] }
}

workflow main() -> string {
    stage found = tool.check("a")
    stage sure = ask("Put ${to_string(found)}?") -> { yes: bool } { timeout 30d }
    stage stored = tool.put(if sure.yes then found else 0)
    return stored
}

test "as it was" {
    run main()
    replay "recorded.json"
    expect result == "done"
    expect attempts(stored) == 3 && len(calls(tool.put)) == 3 && len(calls(tool.check)) == 1
    crash everywhere
}
"#;

/// Runs these commands in a folder, and its tests on what run `x` then is.
fn replayed(files: &[(&str, &str)], commands: &[&[&str]]) -> (tempfile::TempDir, String) {
    let folder = folder(files);
    for command in commands {
        wfc(folder.path(), command);
    }
    std::fs::remove_file(folder.path().join("recorded.json")).unwrap();
    wfc(folder.path(), &["runs", "export", "x", "-o", "recorded.json"]);
    let said = wfc(folder.path(), &["test"]);
    (folder, said)
}

#[test]
fn a_run_that_was_parked_and_retried_is_followed_to_its_real_end() {
    let _timeless = timeless();
    let files = [
        ("a.wf", PROGRAM),
        ("put.sh", PUT),
        ("failures", "the disk is full\nit is full again\n"),
        ("recorded.json", ""),
    ];
    let (folder, said) = replayed(
        &files,
        &[
            &["run", "a.wf", "--id", "x"],
            &["runs", "answer", "x", "sure", r#"{"yes": true}"#],
            &["resume", "x"],
            &["runs", "retry", "x"],
            &["runs", "retry", "x"],
        ],
    );
    insta::assert_snapshot!(said, @r#"
    ok    as it was  (crashed at 9 points)
    --- standard error
    1 test passed in [s]
    (exit 0)
    "#);
    // What a recorded failure said is said again.
    let path = folder.path().join("a.wf");
    let other = std::fs::read_to_string(&path).unwrap().replace("attempts(stored) == 3", "attempts(stored) == 4");
    std::fs::write(path, other).unwrap();
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r" +(\d+s)?\d+m?s  ", "  [time]  ");
    let _bound = settings.bind_to_scope();
    insta::assert_snapshot!(wfc(folder.path(), &["test"]), @r#"
    FAIL  as it was

    error[WF0820]: this expectation does not hold
       ┌─ a.wf:18:12
       │
    18 │     expect attempts(stored) == 4 && len(calls(tool.put)) == 3 && len(calls…
       │            ^^^^^^^^^^^^^^^^^^^^^ false
       │
       = `attempts(stored)` is 3, expected 4

    the run, with the time since its start:
      [time]  found calls tool.check
      [time]  found gave 7
      [time]  sure waits for a person
      [time]  the run goes on
      [time]  sure gave {"yes":true}
      [time]  stored calls tool.put
      [time]  stored failed: the program of `put` ended with status 3
      [time]  the run failed: the program of `put` ended with status 3
      [time]  the run goes on
      [time]  stored calls tool.put, attempt 2
      [time]  stored failed: the program of `put` ended with status 3
      [time]  the run failed: the program of `put` ended with status 3
      [time]  the run goes on
      [time]  stored calls tool.put, attempt 3
      [time]  stored gave "done"
      [time]  the run succeeded: "done"

    --- standard error
    1 of 1 test failed in [s]; again: wfc test --filter "as it was"
    (exit 1)
    "#);
}

#[test]
fn what_a_recorded_run_did_not_know_is_answered_as_people_did() {
    let _timeless = timeless();
    // The program kills the `wfc` that supervises it, and the one that drives the run.
    let program = PROGRAM.replace(r#"["sh", "put.sh"]"#, r#"["sh", "die.sh"]"#).replace("== 3", "== 1");
    let die = "kill -9 $(cat driver) $PPID\n";
    let files = [("a.wf", program.as_str()), ("die.sh", die), ("recorded.json", "")];
    let folder = folder(&files);
    let path = folder.path();
    let run = |arguments: &str| wfc(path, &arguments.split(' ').collect::<Vec<_>>());
    run("run a.wf --id x");
    run(r#"runs answer x sure {"yes":true}"#);
    let wfc_path = env!("CARGO_BIN_EXE_wfc");
    let died = std::process::Command::new("sh")
        .args(["-c", &format!("echo $$ > driver; exec {wfc_path} resume x")])
        .current_dir(path)
        .output()
        .unwrap();
    assert_eq!(died.status.code(), None);
    run("resume x");
    run(r#"runs answer x stored --happened "done""#);
    run("resume x");
    std::fs::remove_file(path.join("recorded.json")).unwrap();
    run("runs export x -o recorded.json");
    insta::assert_snapshot!(run("test"), @r#"
    ok    as it was  (crashed at 6 points)
    --- standard error
    1 test passed in [s]
    (exit 0)
    "#);
}

const TWICE: &str = r#"
agent tool uses exec {
    action look(n: int) -> int { effects reads  command ["sh", "look.sh"]  stdin none }
}

workflow inner() -> int {
    stage i = tool.look(7)
    return i
}

workflow called() -> int {
    stage s = inner() { on failure ask { timeout 1h } }
    return s
}

workflow main() -> int {
    stage s = tool.look(7) { on failure ask { timeout 1h } }
    return s
}
"#;

#[test]
fn a_person_who_is_asked_twice_about_one_stage_answers_twice_wherever_it_dies() {
    let _timeless = timeless();
    let test = |name: &str, of: &str, expected: &str, mocks: &str| {
        format!("test \"{name}\" {{\n    run {of}()\n{mocks}    crash everywhere\n    expect {expected}\n}}\n")
    };
    let fails = "    mock tool.look fails failed twice, then returns 4\n";
    let now = format!("{fails}    mock s retries\n");
    let later = format!("{fails}    mock s takes 30m retries, then takes 10m retries\n");
    let tests = [
        test("now", "main", "attempts(s) == 3 && result == 4", &now),
        test("later", "main", "elapsed == 40m && result == 4", &later),
        test("called", "called", "result == 4", &now),
    ];
    let folder = folder(&[("a.wf", &format!("{TWICE}{}", tests.concat()))]);
    let said = wfc(folder.path(), &["test"]);
    assert!(said.contains("3 tests passed"), "{said}");
}

/// What came too late, or twice, or answered nothing, does so again: it is not kept for the next question.
#[test]
fn words_that_did_not_count_do_not_count_in_a_replay() {
    let _timeless = timeless();
    let test = "test \"as it was\" {\n    run main()\n    replay \"recorded.json\"\n    crash everywhere\n    expect result == 5\n}\n";
    let program = format!("{TWICE}{test}");
    let look = "echo x >> looked; exit 1\n";
    let files = [("a.wf", program.as_str()), ("look.sh", look), ("recorded.json", "")];
    let commands: [&[&str]; 6] = [
        &["run", "a.wf", "main", "--id", "x"],
        &["runs", "answer", "x", "s", "--retry"],
        &["runs", "answer", "x", "s", "--retry"],
        &["resume", "x"],
        &["runs", "answer", "x", "s", "--value", "5"],
        &["resume", "x"],
    ];
    let (folder, said) = replayed(&files, &commands);
    assert!(said.contains("1 test passed"), "{said}");
    assert_eq!(std::fs::read_to_string(folder.path().join("looked")).unwrap().lines().count(), 2);

    let program = "workflow main() -> list<int> {\n    stage a = event(\"e\", key: \"k\") -> int { timeout 1h }\n    \
                   stage b = event(\"e\", key: \"k\") -> int { timeout 1h  after a }\n    return [a, b]\n}\n\n";
    let program = format!("{program}{}", test.replace("== 5", "== [1, 2]"));
    let files = [("a.wf", program.as_str()), ("recorded.json", "")];
    let send = |id: &'static str, value: &'static str| ["runs", "send", "e", "--key", "k", "--id", id, value];
    let sent = [send("i1", "1"), send("i1", "9"), send("i2", "2")];
    let commands: [&[&str]; 5] = [&["run", "a.wf", "--id", "x"], &sent[0], &sent[1], &sent[2], &["resume", "x"]];
    let (_folder, said) = replayed(&files, &commands);
    assert!(said.contains("1 test passed"), "{said}");
}
