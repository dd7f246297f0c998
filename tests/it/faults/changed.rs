//! Row 47: a program that is replaced while a run is under way is told of, by every attempt that starts another one.

use std::os::unix::fs::PermissionsExt;

use super::*;

/// Three calls of one program and of a script that an interpreter is handed.
const TWICE: &str = r#"
agent tool uses exec {
    stdin none
    action act() -> string { effects reads  command ["./tool.sh"] }
    action read() -> string { effects reads  command ["sh", "script.sh"] }
}

workflow main() -> string {
    stage one = tool.act() { retry { attempts 2  on temporary  backoff fixed(1ms) } }
    stage read = tool.read() { after one }
    stage two = tool.act() { after read }
    stage again = tool.read() { after two }

    return "${one} ${two}"
}
"#;

fn program(place: &Place, name: &str, content: &str) {
    fs::write(place.path(name), format!("#!/bin/sh\n{content}\n")).unwrap();
    fs::set_permissions(place.path(name), fs::Permissions::from_mode(0o755)).unwrap();
}

/// The warnings in the log of the run.
fn warnings(place: &Place) -> Vec<String> {
    let output = place.wfc(&["runs", "logs", "r1", "--json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let warnings = lines.filter(|line| line["stream"] == "runtime");
    warnings.map(|line| format!("{} {}: {}", line["stage"], line["attempt"], line["line"]).replace('"', "")).collect()
}

fn warning(stage: &str, attempt: u32, name: &str, first: &str, now: &str) -> String {
    let digits = |text: &str| blake3::hash(format!("#!/bin/sh\n{text}\n").as_bytes()).to_hex()[..12].to_owned();
    let (first, now) = (digits(first), digits(now));
    format!("{stage} {attempt}: {name} is not the program that this run began with (blake3 {first}… → blake3 {now}…)")
}

#[test]
fn a_program_that_is_replaced_between_two_attempts_is_told_of() {
    let place = Place::with(TWICE);
    // It replaces itself, as an installation would: by another file under its name.
    let (first, now) = ("mv new.sh tool.sh; exit 75", "echo now");
    program(&place, "tool.sh", first);
    program(&place, "new.sh", now);
    // The shell reads what it is handed to the end before it is overwritten.
    let (script, other) = ("{ cat other.sh > script.sh; exit 0; }", "echo other");
    program(&place, "script.sh", script);
    program(&place, "other.sh", other);
    let output = place.wfc(&["run", "gate.wf", "--id", "r1", "-v"]);
    assert_eq!(gave(&output), (Some(0), "\"now now\""), "{}", said(&output));
    let told = [
        warning("one", 2, "./tool.sh", first, now),
        warning("two", 1, "./tool.sh", first, now),
        warning("again", 1, "script.sh", script, other),
    ];
    assert_eq!(warnings(&place), told);
    assert_eq!(said(&output).matches("is not the program that this run began with").count(), 3, "{}", said(&output));
    assert!(!place.path(".wfc/attempts/r1").exists(), "nothing is left of a run that is over");
}

#[test]
fn a_program_that_is_replaced_before_a_run_goes_on_is_told_of() {
    let place = Place::with(TWICE);
    let (first, now) = ("touch started; while ! [ -e go ]; do sleep 0.02; done; echo first", "echo now");
    program(&place, "tool.sh", first);
    program(&place, "script.sh", "exit 0");
    let mut child = place.begin();
    child.kill().unwrap();
    child.wait().unwrap();
    program(&place, "new.sh", now);
    fs::rename(place.path("new.sh"), place.path("tool.sh")).unwrap();
    place.let_go();
    let output = place.resume();
    assert_eq!(gave(&output), (Some(0), "\"first now\""), "{}", said(&output));
    assert_eq!(warnings(&place), [warning("two", 1, "./tool.sh", first, now)]);
}

#[test]
fn a_program_that_is_mended_before_a_retry_is_no_other() {
    let place = Place::with(TWICE);
    program(&place, "tool.sh", "exit 1");
    program(&place, "script.sh", "exit 0");
    assert_eq!(place.wfc(&["run", "gate.wf", "--id", "r1"]).status.code(), Some(1));
    assert!(!place.path(".wfc/attempts/r1").exists(), "the run was over");
    program(&place, "tool.sh", "echo mended");
    let output = place.wfc(&["runs", "retry", "r1"]);
    assert_eq!(gave(&output), (Some(0), "\"mended mended\""), "{}", said(&output));
    assert_eq!(warnings(&place), Vec::<String>::new());
}

#[test]
fn what_a_killed_process_knew_of_its_programs_goes_with_the_run() {
    let place = Place::with(TWICE);
    program(&place, "tool.sh", "touch started; while ! [ -e go ]; do sleep 0.02; done");
    program(&place, "script.sh", "exit 0");
    let mut child = place.begin();
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = place.path(".wfc/attempts/r1/programs");
    assert!(fs::read_to_string(&kept).unwrap().contains("tool.sh"));
    place.wfc(&["runs", "prune"]);
    assert!(kept.exists(), "the run has not ended");
    place.let_go();
    assert!(place.wfc(&["runs", "cancel", "r1"]).status.success());
    // As a process leaves it that is killed after the end.
    fs::create_dir_all(kept.parent().unwrap()).unwrap();
    fs::write(&kept, "").unwrap();
    let output = place.wfc(&["runs", "prune"]);
    assert!(output.status.success() && !said(&output).contains("folder"), "{}", said(&output));
    assert!(!kept.parent().unwrap().exists());
}
