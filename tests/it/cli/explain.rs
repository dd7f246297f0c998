//! `wfc explain`.

use super::{folder, wfc};

#[test]
fn a_page_is_printed_as_text() {
    let folder = folder(&[]);
    insta::assert_snapshot!(wfc(folder.path(), &["explain", "wf0109"]), @r#"
    WF0109: Imports go in a circle

    A file is read with all that it imports. If two files import each other, neither
    can be understood before the other one, and no order of reading is right. The
    message draws the way round: each step is one import. A file also needs no
    import to see its own names.

    Wrong:

        // file: team.wf
        import { Spec } from "main.wf"
        type Change = { spec: Spec, branch: string }
        // file: main.wf
        import { Change } from "team.wf"
        type Spec = { id: string }
        workflow main(change: Change) -> string {
            return change.branch
        }

    What both need goes into a third file, which imports neither:

    Right:

        // file: spec.wf
        type Spec = { id: string }
        // file: main.wf
        import { Spec } from "spec.wf"
        workflow main(spec: Spec) -> string {
            return spec.id
        }
    (exit 0)
    "#);
}

#[test]
fn all_codes_are_listed_with_their_titles() {
    let folder = folder(&[]);
    let list = wfc(folder.path(), &["explain"]);
    assert!(list.starts_with("WF0001  Something else is expected here\n"), "{list}");
    assert!(list.lines().count() > 80 && list.ends_with("(exit 0)\n"), "{list}");
}

#[test]
fn a_code_is_typed_in_short() {
    let folder = folder(&[]);
    let page = wfc(folder.path(), &["explain", "WF0102"]);
    assert!(page.starts_with("WF0102: Unknown name\n"), "{page}");
    for short in ["wf0102", "0102", "102", "wf102"] {
        assert_eq!(wfc(folder.path(), &["explain", short]), page, "{short}");
    }
    let none = wfc(folder.path(), &["explain", "0"]);
    assert!(none.ends_with("(exit 2)\n"), "{none}");
}

#[test]
fn an_unknown_code_is_wrong_use() {
    let folder = folder(&[]);
    insta::assert_snapshot!(wfc(folder.path(), &["explain", "WF3010"]), @r#"
    --- standard error
    error: no code `WF3010`
    help: did you mean `WF0010`? `wfc explain` lists all
    (exit 2)
    "#);
}
