//! Lints: `[lints]` in `wf.toml`, and comments that silence one.

use wfc::diag::lint;

use super::{folder, wfc};
use crate::program::root;

const UNUSED: &str = "workflow main(place: string) -> string {\n    return \"good\"\n}\n";

#[test]
fn a_project_raises_and_lowers_its_lints() {
    let folder = folder(&[("wf.toml", "[lints]\nunused_name = \"deny\"\n"), ("a.wf", UNUSED)]);
    insta::assert_snapshot!(wfc(folder.path(), &["check", "--format", "short"]), @r#"
    a.wf:1:15: error[WF0113]: the parameter `place` is never used
    --- standard error
    1 error in 1 file; more on one: wfc explain WF0113
    (exit 1)
    "#);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "-i", "place=here"]), @r#"
    --- standard error
    error[WF0113]: the parameter `place` is never used
      ┌─ a.wf:1:15
      │
    1 │ workflow main(place: string) -> string {
      │               ^^^^^ never used
      │
      = help: remove it, or call it `_place`

    (exit 1)
    "#);
    std::fs::write(folder.path().join("wf.toml"), "[lints]\nWF0113 = \"allow\"\n").unwrap();
    insta::assert_snapshot!(wfc(folder.path(), &["check"]), @r#"
    --- standard error
    no problems in 1 file
    (exit 0)
    "#);
}

#[test]
fn errors_of_the_language_cannot_be_lowered() {
    let folder = folder(&[("wf.toml", "[lints]\nWF0102 = \"allow\"\n"), ("a.wf", UNUSED)]);
    insta::assert_snapshot!(wfc(folder.path(), &["check", "--format", "short"]), @r#"
    wf.toml:2:1: error[WF0903]: WF0102 is an error of the language: it keeps its severity
    a.wf:1:15: warning[WF0113]: the parameter `place` is never used
    --- standard error
    1 error, 1 warning in 1 file; more on one: wfc explain WF0903
    (exit 1)
    "#);
}

/// A comment speaks of one place, so it is heeded also where the project has raised the lint.
#[test]
fn a_comment_with_a_reason_silences_what_the_project_denies() {
    let allowed = format!("// allow(unused_name): the callers still send it\n{UNUSED}");
    let folder =
        folder(&[("wf.toml", "[lints]\nunused_name = \"deny\"\nunused_allow = \"deny\"\n"), ("a.wf", &allowed)]);
    insta::assert_snapshot!(wfc(folder.path(), &["check"]), @r#"
    --- standard error
    no problems in 1 file
    (exit 0)
    "#);
    std::fs::write(folder.path().join("a.wf"), allowed.replace("place", "_place")).unwrap();
    insta::assert_snapshot!(wfc(folder.path(), &["check", "--format", "short"]), @r#"
    a.wf:1:1: error[WF0907]: there is no `unused_name` here to silence
    --- standard error
    1 error in 1 file; more on one: wfc explain WF0907
    (exit 1)
    "#);
}

#[test]
fn the_documentation_lists_every_lint() {
    let page = std::fs::read_to_string(root().join("docs/checking.md")).unwrap();
    for name in lint::names() {
        let lint::Named::Lint(code) = lint::named(name) else { panic!("`{name}` is no lint") };
        assert!(page.contains(&format!("| `{name}` | {} |", code.as_str())), "`{name}` ({}) is missing", code.as_str());
    }
}
