//! `wfc run`: results, inputs, failures, names.

use super::programs::{ASKS, BROKEN, HELLO};
use super::{folder, steady, wfc};

#[test]
fn the_result_is_all_that_standard_output_gets() {
    let folder = folder(&[("hello.wf", HELLO)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "hello.wf", "--id", "r1", "-i", "name=Ada"]), @"");
        insta::assert_snapshot!(wfc(folder.path(), &["run", ".", "-q", "-i", "name=Ada", "-i", "times=3"]), @"");
    });
}

#[test]
fn everything_wrong_with_the_inputs_is_said_at_once() {
    let folder = folder(&[("hello.wf", HELLO)]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "hello.wf", "-i", "nam=Ada", "-i", "times=x", "-i", "y"]), @"");
    assert!(!folder.path().join(".wfc").exists(), "nothing has started");
}

#[test]
fn inputs_come_from_files_too() {
    let folder = folder(&[
        ("hello.wf", HELLO),
        ("inputs.json", r#"{ "name": "from JSON", "times": 2 }"#),
        ("inputs.toml", "name = \"from TOML\"\n"),
        ("name.txt", "from a file"),
    ]);
    let run = |arguments: &[&str]| {
        let all: Vec<&str> = ["run", "hello.wf", "-q"].iter().chain(arguments).copied().collect();
        wfc(folder.path(), &all)
    };
    insta::assert_snapshot!(run(&["--inputs", "inputs.json"]), @"");
    insta::assert_snapshot!(run(&["--inputs", "inputs.json", "-i", "name=typed"]), @"");
    insta::assert_snapshot!(run(&["--inputs", "inputs.toml"]), @"");
    insta::assert_snapshot!(run(&["-i", "name=@name.txt"]), @"");
    insta::assert_snapshot!(run(&["-i", "name=@@home"]), @"");
    insta::assert_snapshot!(run(&["--inputs", "nothing.json"]), @"");
}

#[test]
fn the_inputs_of_a_workflow_are_listed() {
    let folder = folder(&[("hello.wf", HELLO)]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "hello.wf", "--help"]), @"");
}

#[test]
fn events_are_json_lines() {
    let folder = folder(&[("hello.wf", HELLO)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "hello.wf", "--json", "--id", "r1", "-i", "name=Ada"]), @"");
    });
}

#[test]
fn a_failure_points_into_the_file_and_says_how_to_go_on() {
    let folder = folder(&[("ship.wf", BROKEN)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "ship.wf", "--id", "r1"]), @"");
    });
}

#[test]
fn a_program_with_mistakes_is_not_run() {
    let folder = folder(&[("bad.wf", &HELLO.replace("greeter.greet(name)", "greeter.greet(nam)"))]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "bad.wf", "-i", "name=Ada"]), @"");
    assert!(!folder.path().join(".wfc").exists(), "nothing has started");
}

#[test]
fn a_named_run_is_made_once() {
    let folder = folder(&[("hello.wf", HELLO), ("ship.wf", BROKEN)]);
    let run = |file: &str, name: &str| wfc(folder.path(), &["run", file, "--id", "r1", "-i", &format!("name={name}")]);
    run("hello.wf", "Ada");
    steady().bind(|| {
        insta::assert_snapshot!(run("hello.wf", "Ada"), @"");
        insta::assert_snapshot!(run("hello.wf", "Bob"), @"");
        insta::assert_snapshot!(wfc(folder.path(), &["run", "ship.wf", "--id", "r1"]), @"");
        insta::assert_snapshot!(wfc(folder.path(), &["run", "ship.wf", "--id", "-r"]), @"");
    });
}

#[test]
fn a_missing_secret_is_reported_before_anything_starts() {
    let program = HELLO.replace("uses mock", "uses exec").replace(
        "        returns \"Hello ${name}!\"\n",
        "        effects reads\n        command [\"true\"]\n        output text\n        env { TOKEN: token }\n",
    );
    let folder = folder(&[("s.wf", &format!("secret token from env \"NO_SUCH_TOKEN\"\n\n{program}"))]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "s.wf", "-i", "name=Ada"]), @"");
    assert!(!folder.path().join(".wfc").exists(), "nothing has started");
}

#[test]
fn several_workflows_need_a_name() {
    let two = "workflow one() -> int {\n    return 1\n}\n\nworkflow two() -> int {\n    return 2\n}\n";
    let folder = folder(&[("two.wf", two)]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "two.wf"]), @"");
    insta::assert_snapshot!(wfc(folder.path(), &["run", "two.wf", "tow", "-q"]), @"");
    insta::assert_snapshot!(wfc(folder.path(), &["run", "two.wf", "two", "-q"]), @"");
}

#[test]
fn without_a_terminal_a_run_that_waits_for_a_person_parks() {
    let folder = folder(&[("release.wf", ASKS)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "release.wf", "--id", "r1"]), @"");
    });
}

#[test]
fn a_store_elsewhere_stands_in_the_commands() {
    let folder = folder(&[("inner/release.wf", ASKS)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "inner/release.wf", "--id", "r1", "-q"]), @"");
    });
}

#[test]
fn an_unknown_command_is_wrong_use() {
    let folder = folder(&[]);
    insta::assert_snapshot!(wfc(folder.path(), &["chekc"]), @"");
    insta::assert_snapshot!(wfc(folder.path(), &["runs", "lst"]), @"");
    insta::assert_snapshot!(wfc(folder.path(), &["runs", "list"]), @"");
}
