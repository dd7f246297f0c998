//! `wfc runs …` and `wfc resume`: the history, answers, cancelling, going on.

use super::programs::{ASKS, BROKEN, HELLO};
use super::{folder, steady, wfc};

#[test]
fn runs_are_listed_and_shown() {
    let folder = folder(&[("hello.wf", HELLO), ("ship.wf", BROKEN), ("release.wf", ASKS)]);
    let path = folder.path();
    wfc(path, &["run", "hello.wf", "--id", "good", "-i", "name=Ada"]);
    wfc(path, &["run", "ship.wf", "--id", "bad"]);
    wfc(path, &["run", "release.wf", "--id", "open"]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["runs", "list"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "list", "--status", "failed", "--limit", "5"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "list", "--workflow", "hello", "--since", "1h", "--json"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "list", "--since", "soon"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "show", "good"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "show", "bad"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "show", "@latest"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "show", "bda"]), @"");
    });
}

#[test]
fn output_and_events_can_be_read_afterwards() {
    let folder = folder(&[("ship.wf", BROKEN)]);
    let path = folder.path();
    wfc(path, &["run", "ship.wf", "--id", "r1"]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["runs", "logs", "r1"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "logs", "r1", "prepared"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "events", "r1"]), @"");
    });
}

#[test]
fn an_answer_is_checked_and_taken_up() {
    let folder = folder(&[("release.wf", ASKS)]);
    let path = folder.path();
    wfc(path, &["run", "release.wf", "--id", "r1"]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "allowed"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "allowed", r#"{"ok": 1}"#]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "allowed", "--happened", "1"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "draft", "1"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "allowed", r#"{"ok": true}"#]), @"");
        insta::assert_snapshot!(wfc(path, &["resume", "r1"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "answer", "r1", "allowed", r#"{"ok": true}"#]), @"");
        insta::assert_snapshot!(wfc(path, &["resume", "r1"]), @"");
    });
}

#[test]
fn a_parked_run_can_be_cancelled() {
    let folder = folder(&[("release.wf", ASKS)]);
    let path = folder.path();
    wfc(path, &["run", "release.wf", "--id", "r1"]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["runs", "cancel", "r1"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "cancel", "r1"]), @"");
    });
}

#[test]
fn a_failed_run_goes_on_where_it_failed() {
    let folder = folder(&[("ship.wf", BROKEN)]);
    let path = folder.path();
    wfc(path, &["run", "ship.wf", "--id", "r1"]);
    std::fs::write(path.join("fixed"), "").unwrap();
    steady().bind(|| {
        insta::assert_snapshot!(wfc(path, &["resume", "r1"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "retry", "r1"]), @"");
        insta::assert_snapshot!(wfc(path, &["runs", "retry", "r1"]), @"");
    });
}
