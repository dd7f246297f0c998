//! `wfc build` and `wfc graph`.

use super::{folder, wfc};

const PROGRAM: &str = r#"
agent shop uses mock {
    action build(commit: string) -> { url: string, risk: "low" | "high" } { returns { url: commit, risk: "low" } }
    action smoke(url: string) -> bool { returns true }
    action post(text: string)
}

workflow ship(commit: string) -> string {
    stage build = shop.build(commit)
    when build.risk == "high" {
        stage sign_off = ask("Release ${commit}?", show: build) -> { ok: bool } { timeout 1d }
        when !sign_off.ok {
            fail "refused"
        }
    }
    stage tried = for part in ["front", "back"] => {
        stage smoke = shop.smoke("${build.url}/${part}")
        return smoke
    }
    when all(tried) {
        stage told = shop.post("${build.url} works.")
    } else {
        stage warned = shop.post("${build.url} does not work.")
    }
    finally {
        stage noted = shop.post(outcome.status)
    }
    return build.url
}
"#;

#[test]
fn a_graph_is_text_for_a_terminal() {
    let folder = folder(&[("ship.wf", PROGRAM)]);
    insta::assert_snapshot!(wfc(folder.path(), &["graph", "ship.wf"]));
}

#[test]
fn a_graph_is_a_mermaid_flow_chart() {
    let folder = folder(&[("ship.wf", PROGRAM)]);
    insta::assert_snapshot!(wfc(folder.path(), &["graph", "ship.wf", "ship", "--format", "mermaid"]));
}

#[test]
fn a_graph_is_a_graphviz_file() {
    let folder = folder(&[("ship.wf", PROGRAM)]);
    let dot = wfc(folder.path(), &["graph", "ship.wf", "--format", "dot"]);
    assert!(dot.starts_with("digraph \"ship\" {") && dot.ends_with("}\n(exit 0)\n"), "{dot}");
}

#[test]
fn a_plan_is_json_and_always_the_same() {
    let folder = folder(&[("ship.wf", PROGRAM)]);
    let printed = wfc(folder.path(), &["build", "ship.wf"]);
    let plan: serde_json::Value = serde_json::from_str(printed.trim_end_matches("(exit 0)\n")).unwrap();
    assert_eq!((&plan["format"], &plan["name"]), (&1.into(), &"ship".into()));
    assert_eq!(wfc(folder.path(), &["build", "ship.wf", "-o", "plan.json"]), "(exit 0)\n");
    let written = std::fs::read_to_string(folder.path().join("plan.json")).unwrap();
    assert_eq!(written + "(exit 0)\n", printed);
}

#[test]
fn a_plan_that_cannot_be_written_is_said() {
    let folder = folder(&[("ship.wf", PROGRAM)]);
    insta::assert_snapshot!(wfc(folder.path(), &["build", "ship.wf", "-o", "no/plan.json"]));
}

#[test]
fn a_program_with_errors_has_no_plan() {
    let folder = folder(&[("a.wf", "workflow a() -> int {\n    return b\n}\n")]);
    let answer = wfc(folder.path(), &["build", "a.wf"]);
    assert!(answer.starts_with("--- standard error\nerror[WF0102]") && answer.ends_with("(exit 1)\n"), "{answer}");
}

#[test]
fn of_several_workflows_one_is_named() {
    let text = "workflow a() -> int {\n    return 1\n}\nworkflow b() -> int {\n    return 2\n}\n";
    let folder = folder(&[("two.wf", text)]);
    insta::assert_snapshot!(
        wfc(folder.path(), &["graph", "two.wf"])
            + &wfc(folder.path(), &["graph", "two.wf", "c"])
            + &wfc(folder.path(), &["graph", "two.wf", "b"])
    );
}
