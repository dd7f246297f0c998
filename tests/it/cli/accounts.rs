//! Several people: approvals by accounts of their own. Only root can take another account on; elsewhere it says that it is skipped.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::{folder, wfc};

const SHIP: &str = r#"agent shop uses exec {
    action ship(version: approved string) -> string { effects reads command ["echo", version] stdin none }
}
workflow main(version: string) -> string {
    stage ok = ask("Ship?") approves version { quorum 2 not requester timeout 1d }
    stage done = shop.ship(ok)
    return done
}
"#;

/// Runs `wfc` as the account of this number.
fn as_account(folder: &Path, number: u32, arguments: &[&str]) -> Option<String> {
    let output = Command::new("setpriv")
        .args([&format!("--reuid={number}"), "--clear-groups", env!("CARGO_BIN_EXE_wfc")])
        .args(arguments)
        .current_dir(folder)
        .output()
        .ok()?;
    let exit = output.status.code()?;
    Some(format!("{}{}(exit {exit})", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

/// Lets every account write what is there.
fn open(path: &Path) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    if path.is_dir() {
        std::fs::read_dir(path).unwrap().for_each(|entry| open(&entry.unwrap().path()));
    }
}

#[test]
fn a_quorum_is_of_different_accounts_and_not_of_whoever_asks() {
    let folder = folder(&[("ship.wf", SHIP)]);
    let path = folder.path();
    open(path);
    if as_account(path, 4001, &["--version"]).is_none_or(|told| !told.ends_with("(exit 0)")) {
        eprintln!("skipped: `setpriv` is not here, or no other account can be taken on");
        return;
    }
    wfc(path, &["run", "ship.wf", "--id", "r1", "-i", "version=1"]);
    let answers = |number: u32| {
        open(path);
        as_account(path, number, &["runs", "answer", "r1", "ok", "--approve"]).unwrap()
    };
    let own = wfc(path, &["runs", "answer", "r1", "ok", "--approve"]);
    assert!(own.contains("who asks for it cannot allow it") && own.ends_with("(exit 1)\n"), "{own}");
    assert_eq!(answers(4001), "run r1 ok answered: 1 of 2 have allowed it; go on: wfc resume r1\n(exit 0)");
    let again = answers(4001);
    assert!(again.contains("`uid-4001` cannot allow it") && again.ends_with("(exit 1)"), "{again}");
    assert_eq!(answers(4002), "run r1 ok answered: 2 of 2 have allowed it; go on: wfc resume r1\n(exit 0)");
    let late = answers(4003);
    assert!(late.contains("was answered already, by uid-4002") && late.ends_with("(exit 1)"), "{late}");
    let done = wfc(path, &["resume", "r1"]);
    assert!(done.starts_with("\"1\"\n") && done.ends_with("(exit 0)\n"), "{done}");
}
