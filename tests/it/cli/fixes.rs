//! `wfc check --fix`.

use super::{folder, wfc};

fn read(folder: &tempfile::TempDir, path: &str) -> String {
    std::fs::read_to_string(folder.path().join(path)).unwrap()
}

#[test]
fn what_has_one_reading_is_fixed_and_said() {
    let folder = folder(&[("ship.wf", include_str!("ship.wf"))]);
    let said = wfc(folder.path(), &["check", "--fix", "--format", "short", "ship.wf"]);
    insta::assert_snapshot!(said, @r#"
    ship.wf:17:30: error[WF0102]: nothing here is called `comit`
    ship.wf:17:47: error[WF0201]: `timeout` takes a duration, not a number
    ship.wf:21:39: error[WF0401]: this retry could repeat a write
    ship.wf:22:22: error[WF0203]: this `match` has no arm for "medium"
    ship.wf:29:15: warning[WF0302]: stage `page` can never run
    ship.wf:31:29: error[WF0202]: `sign_off` may be absent here
    --- standard error
    fixed ship.wf:26:44 WF0301: remove `after news`
    5 errors, 1 warning in 1 file; more on one: wfc explain WF0401
    (exit 1)
    "#);
    assert!(read(&folder, "ship.wf").contains("stage smoke = shop.smoke(live)\n"));
    let again = wfc(folder.path(), &["check", "--fix", "--format", "short", "ship.wf"]);
    assert!(!again.contains("fixed "), "{again}");
}

#[test]
fn guesses_are_applied_where_they_are_asked_for() {
    let folder = folder(&[
        ("team.wf", "type Person = { name: string }\n"),
        ("a.wf", "import { Persn } from \"teem.wf\"\nworkflow main(who: Persn) -> string {\n    return who.nam\n}\n"),
    ]);
    insta::assert_snapshot!(wfc(folder.path(), &["check", "--fix=suggested", "a.wf"]), @r#"
    --- standard error
    fixed a.wf:1:23 WF0901: import `team.wf`
    fixed a.wf:1:10 WF0108: write `Person`
    fixed a.wf:2:20 WF0103: write `Person`
    fixed a.wf:3:16 WF0105: write `name`
    no problems in 2 files
    (exit 0)
    "#);
    assert_eq!(
        read(&folder, "a.wf"),
        "import { Person } from \"team.wf\"\nworkflow main(who: Person) -> string {\n    return who.name\n}\n"
    );
}

/// The mark at the start of a file, the ends of its lines and its permissions are not ours.
#[test]
fn a_file_keeps_all_that_is_not_fixed() {
    use std::os::unix::fs::PermissionsExt;
    let text = "\u{feff}workflow main() -> bool {\r\n    return 1 === 1;\r\n}\r\n";
    let folder = folder(&[("real/a.wf", text)]);
    let file = folder.path().join("real/a.wf");
    std::os::unix::fs::symlink("real/a.wf", folder.path().join("link.wf")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    wfc(folder.path(), &["check", "--fix", "link.wf"]);
    assert_eq!(read(&folder, "real/a.wf"), "\u{feff}workflow main() -> bool {\r\n    return 1 == 1\r\n}\r\n");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(folder.path().join("link.wf").is_symlink());
}

#[test]
fn a_file_that_may_only_be_read_is_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder(&[("a.wf", "workflow main() -> int {\n    return 1;\n}\n")]);
    let file = folder.path().join("a.wf");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o440)).unwrap();
    insta::assert_snapshot!(wfc(folder.path(), &["check", "--fix"]), @r#"
    --- standard error
    error: `a.wf` cannot be written: permission denied
    (exit 3)
    "#);
    assert!(read(&folder, "a.wf").contains("return 1;"));
}

#[test]
fn watching_and_fixing_do_not_go_together() {
    let folder = folder(&[("a.wf", "type T = int\n")]);
    let said = wfc(folder.path(), &["check", "--fix", "--watch"]);
    assert!(said.contains("'--fix[=<WHICH>]' cannot be used with '--watch'") && said.ends_with("(exit 2)\n"), "{said}");
}
