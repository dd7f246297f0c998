//! Row 48 of the faults: a run that an earlier version of `wfc` has parked goes on with this one.
//!
//! `tests/recovery/versions/run.sql` is the store of such a run as it was written then, in the second format; `format4.sql` one
//! with three runs in the fourth. They stay as they are: a version that reads them no longer says so.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::root;

/// The store of an earlier version, in a folder of its own.
fn store(format: i64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".wfc")).unwrap();
    let database = rusqlite::Connection::open(folder.path().join(".wfc/runs.db")).unwrap();
    let dump = if format == 4 { "format4.sql" } else { "run.sql" };
    let dump = std::fs::read_to_string(root().join("tests/recovery/versions").join(dump)).unwrap();
    database.execute_batch(&dump).unwrap();
    if format == 1 {
        database.execute_batch("DROP TABLE locks; PRAGMA user_version = 1;").unwrap();
    }
    folder
}

fn wfc(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wfc"));
    let output = command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_run_of_an_earlier_version_goes_on() {
    for format in [1, 2, 4] {
        let store = store(format);
        let folder = store.path();
        let (_, shown, _) = wfc(folder, &["runs", "show", "r1"]);
        assert!(shown.contains("trip  waiting") && shown.contains("? ok"), "{shown}");
        wfc(folder, &["runs", "answer", "r1", "ok", r#"{"ok":true}"#]);
        let (code, result, said) = wfc(folder, &["resume", "r1", "--json"]);
        assert_eq!(code, Some(0), "{said}");
        assert!(result.contains(r#""result":{"paid":"paid 10.5","ids":[4,4,3],"best":4.5,"twice":6}"#), "{result}");
        assert_eq!(result.matches(r#""event":"stage_started""#).count(), 2, "only what was left is done: {result}");
        let (_, _, said) = wfc(folder, &["runs", "prune"]);
        let told = format!(".wfc/runs.format{format}.db is this store before its format was changed (");
        assert!(said.contains(&told) && said.ends_with("): it may be removed\n"), "{said}");
    }
}

#[test]
fn a_run_of_an_earlier_version_is_undone() {
    let store = store(2);
    wfc(store.path(), &["runs", "answer", "r1", "ok", r#"{"ok":false}"#]);
    let (code, told, said) = wfc(store.path(), &["resume", "r1", "--json"]);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(told.matches(r#""agent":"shop.drop""#).count(), 3, "each booking is undone: {told}");
    let (code, ..) = wfc(store.path(), &["runs", "retry", "r1", "-q"]);
    assert_eq!(code, Some(75), "it can be tried again");
}
