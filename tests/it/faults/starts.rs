//! What may not start does not: where the store cannot be written, and where another has the run.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;

use super::*;

/// An account without rights of its own.
const NOBODY: u32 = 65_534;

/// Row 27: nothing is started where a result could not be kept.
#[test]
fn without_a_store_that_can_be_written_nothing_starts() {
    let place = Place::new("writes");
    fs::write(place.path(".wfc"), "in the way").unwrap();
    let output = place.wfc(&["run", "gate.wf"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(!Path::new(&place.path("starts")).exists());
}

/// Row 27: a store that is there and may only be read. Root may write all the same: then another account tries.
#[test]
fn in_a_store_that_may_only_be_read_nothing_starts() {
    let place = Place::new("writes");
    place.let_go();
    assert!(place.wfc(&["run", "gate.wf"]).status.success());
    let as_root = rustix::process::geteuid().is_root();
    let nobody = |args: &[&str]| {
        let mut command = place.command(args);
        if as_root {
            command.uid(NOBODY).gid(NOBODY).env("HOME", place.0.path());
        }
        command.output()
    };
    let allow =
        |name: &str, mode: u32| fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).unwrap();
    allow("", 0o755);
    if !nobody(&["--version"]).is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: root may write anything, and no other account can start wfc here");
        return;
    }
    let starts = place.lines("starts").len();
    for (folder, file) in [(0o555, 0o444), (0o555, 0o644), (0o755, 0o444), (0o000, 0o000)] {
        for entry in fs::read_dir(place.path(".wfc")).unwrap().flatten().filter(|entry| entry.path().is_file()) {
            fs::set_permissions(entry.path(), fs::Permissions::from_mode(file)).unwrap();
        }
        allow(".wfc", folder);
        let output = nobody(&["run", "gate.wf"]).unwrap();
        allow(".wfc", 0o755);
        assert_eq!(output.status.code(), Some(3), "{folder:o} {file:o}: {}", said(&output));
        assert!(said(&output).contains(".wfc"), "names the place: {}", said(&output));
        assert_eq!(place.lines("starts").len(), starts, "{folder:o} {file:o}");
    }
}

/// Row 39: of eight that start one name at once one drives it, the others are told who.
#[test]
fn of_eight_that_start_one_name_one_drives_it() {
    let place = Place::new("writes");
    let start = || place.command(&["run", "gate.wf", "--id", "r1"]).spawn().unwrap();
    let mut all: Vec<Child> = (0..8).map(|_| start()).collect();
    let names: Vec<String> = all.iter().map(|child| format!("process {} ", child.id())).collect();
    let mut others = Vec::new();
    until("seven have ended", || {
        for n in (0..all.len()).rev() {
            if all[n].try_wait().unwrap().is_some() {
                others.push(all.remove(n).wait_with_output().unwrap());
            }
        }
        others.len() == 7
    });
    for other in &others {
        assert_eq!(other.status.code(), Some(3), "{}", said(other));
        assert!(names.iter().any(|name| said(other).contains(name)), "names the process: {}", said(other));
    }
    place.let_go();
    let output = all.remove(0).wait_with_output().unwrap();
    assert_eq!(gave(&output), RESULT, "{}", said(&output));
    assert_eq!((place.lines("starts").len(), place.lines("seconds").len()), (1, 1), "each stage was started once");
    assert_eq!((place.told("one", "stage_succeeded"), place.told("two", "stage_succeeded")), (1, 1));
}

/// Row 26: a store that a program cuts while its run is under way ends the run, before anything is told that would be lost.
#[test]
fn a_store_that_is_cut_under_a_run_ends_it_and_is_named() {
    for file in ["runs.db-wal", "runs.db"] {
        let source = format!(
            "agent tool uses exec {{\n    action cut() {{ effects reads  command [\"sh\", \"-c\", \": > .wfc/{file}\"] }}\n}}\n\n\
             workflow main() {{\n    stage one = tool.cut()\n    stage two = tool.cut() {{ after one }}\n}}\n"
        );
        let place = Place::with(&source);
        let output = place.wfc(&["run", "gate.wf", "--id", "r1"]);
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        let told = format!("{file} cannot be used: it was cut short while it was open");
        assert!(said(&output).contains(&told), "{}", said(&output));
    }
}
