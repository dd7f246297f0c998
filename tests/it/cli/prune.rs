//! `wfc runs prune`: room is made, and nothing that is needed goes.

use std::fs;

use super::programs::{ASKS, BROKEN, HELLO};
use super::{folder, steady, wfc};

#[test]
fn ended_runs_that_are_meant_go_and_the_others_stay() {
    let folder = folder(&[("hello.wf", HELLO), ("ship.wf", BROKEN), ("release.wf", ASKS)]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    run(&["run", "release.wf", "--id", "open"]);
    run(&["run", "ship.wf", "--id", "bad"]);
    for id in ["g1", "g2", "g3"] {
        run(&["run", "hello.wf", "--id", id, "-i", "name=Ada"]);
    }
    let mut settings = steady();
    settings.add_filter(r"about \d+(\.\d)?(B|KiB)", "about [size]");
    settings.add_filter(r#""bytes":\d+"#, r#""bytes":[size]"#);
    settings.bind(|| {
        insta::assert_snapshot!(run(&["runs", "prune", "--status", "succeeded", "--keep", "1", "--dry-run"]), @r#"
        RUN  WORKFLOW  STATE      ENDED
        g2   hello     succeeded  [minute]
        g1   hello     succeeded  [minute]
        --- standard error
        would remove 2 runs: about [size]
        (exit 0)
        "#);
        insta::assert_snapshot!(run(&["runs", "prune", "--status", "succeeded", "--keep", "1"]), @r#"
        RUN  WORKFLOW  STATE      ENDED
        g2   hello     succeeded  [minute]
        g1   hello     succeeded  [minute]
        --- standard error
        removed 2 runs: about [size]
        (exit 0)
        "#);
        insta::assert_snapshot!(run(&["runs", "prune", "--older-than", "1d"]), @r#"
        --- standard error
        nothing is there to be removed
        (exit 0)
        "#);
        insta::assert_snapshot!(run(&["runs", "prune", "--keep", "0", "--json"]), @r#"
        {"dry_run":false,"runs":[{"run":"g3","workflow":"hello","status":"succeeded","ended":"[time]"},{"run":"bad","workflow":"ship","status":"failed","ended":"[time]"}],"left":[],"in_use":false,"blobs":0,"plans":2,"cached":0,"events":0,"attempts":0,"bytes":[size]}
        (exit 0)
        "#);
        insta::assert_snapshot!(run(&["runs", "prune", "--older-than", "soon"]), @r#"
        --- standard error
        error: `--older-than soon` is no time
        help: write a duration like `2d`, or a date like `2026-11-22`
        (exit 2)
        "#);
        insta::assert_snapshot!(run(&["runs", "prune", "--status", "waiting"]), @r#"
        --- standard error
        error: invalid value 'waiting' for '--status <STATE>'
          [possible values: succeeded, failed, cancelled]

        For more information, try '--help'.
        (exit 2)
        "#);
    });
    assert!(run(&["runs", "show", "open"]).ends_with("(exit 0)\n"));
    let listed = run(&["runs", "list", "--json"]);
    assert_eq!(listed.lines().count(), 2, "{listed}");
    run(&["runs", "answer", "open", "allowed", "{ \"ok\": true }"]);
    assert_eq!(run(&["resume", "open", "-q"]), "true\n(exit 0)\n", "its plan and result are there");
}

#[test]
fn what_no_run_needs_goes_without_a_word_on_runs() {
    let folder = folder(&[("hello.wf", HELLO)]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    run(&["run", "hello.wf", "--id", "good", "-i", "name=Ada"]);
    let store = folder.path().join(".wfc");
    fs::create_dir_all(store.join("attempts/gone/0-1")).unwrap();
    fs::write(store.join("attempts/gone/0-1/end"), "{}").unwrap();
    fs::create_dir_all(store.join("cache")).unwrap();
    fs::write(store.join("cache/old"), "sum\n1\n2\n\"x\"").unwrap();
    fs::write(store.join("cache/half.1.part"), "sum").unwrap();
    insta::assert_snapshot!(run(&["runs", "prune"]), @r#"
    --- standard error
    removed 1 cached result, 1 folder of an attempt: about 13B
    (exit 0)
    "#);
    assert!(!store.join("attempts/gone").exists());
    assert_eq!(fs::read_dir(store.join("cache")).unwrap().count(), 0);
    insta::assert_snapshot!(run(&["runs", "prune"]), @r#"
    --- standard error
    nothing is there to be removed
    (exit 0)
    "#);
    assert!(run(&["runs", "show", "good"]).contains("succeeded"));
}

#[test]
fn a_damaged_plan_is_named_with_its_run() {
    let folder = folder(&[("hello.wf", HELLO)]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    run(&["run", "hello.wf", "--id", "g1", "-i", "name=Ada"]);
    let damage = |how: &str| {
        let database = rusqlite::Connection::open(folder.path().join(".wfc/runs.db")).unwrap();
        database.execute(how, []).unwrap();
    };
    damage("UPDATE plans SET body = x'00'");
    for arguments in [["runs", "prune"].as_slice(), &["runs", "prune", "--dry-run"]] {
        let told = run(arguments);
        assert!(told.contains("of run `g1` does not match its checksum; what it refers to is not known"), "{told}");
        assert!(told.ends_with("(exit 3)\n") && !told.contains("column"), "{told}");
    }
    damage("UPDATE runs SET inputs = x'00'");
    let told = run(&["runs", "prune"]);
    assert!(!told.contains("Invalid column") && told.ends_with("(exit 3)\n"), "{told}");
}
