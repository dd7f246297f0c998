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
    insta::assert_snapshot!(wfc(folder.path(), &["graph", "ship.wf"]), @r#"
    ship  7 stages, widest front 2
      1  build     shop.build
      2  sign_off  ask  <- build  when build.risk == "high"
      3  fail      fail "refused"  when build.risk == "high", when !sign_off.ok
      4  tried     for each of ["front", "back"]: { … }  <- build  below fail
      5  told      shop.post  <- build  below fail  when all(tried)
         warned    shop.post  <- build  below fail  unless all(tried)
      finally
      1  noted     shop.post

    tried { … }  1 stage
      1  smoke  shop.smoke
    (exit 0)
    "#);
}

#[test]
fn a_graph_is_a_mermaid_flow_chart() {
    let folder = folder(&[("ship.wf", PROGRAM)]);
    insta::assert_snapshot!(wfc(folder.path(), &["graph", "ship.wf", "ship", "--format", "mermaid"]), @r#"
    flowchart TD
        subgraph w0 ["ship"]
            w0s0["build<br/>shop.build"]
            w0s1(["sign_off<br/>ask"])
            w0s2>"fail<br/>#34;refused#34;"]
            w0s3[/"tried<br/>for each of [#34;front#34;, #34;back#34;]: { … }"/]
            w0s4["told<br/>shop.post"]
            w0s5["warned<br/>shop.post"]
            w0s6["noted<br/>shop.post<br/>finally"]
            w0c0{"build.risk == #34;high#34;"}
            w0c1{"!sign_off.ok"}
            w0c2{"all(tried)"}
            w0s0 --> w0s1
            w0s0 --> w0s3
            w0s0 --> w0s4
            w0s0 --> w0s5
            w0s0 --> w0c0
            w0s1 --> w0c1
            w0s2 -.->|else| w0s3
            w0s3 --> w0c2
            w0c0 -->|yes| w0s1
            w0c0 -->|yes| w0c1
            w0c1 -->|yes| w0s2
            w0c2 -->|yes| w0s4
            w0c2 -->|no| w0s5
        end
        subgraph w1 ["tried"]
            w1s0["smoke<br/>shop.smoke"]
        end
        w0s3 -. calls .-> w1
    (exit 0)
    "#);
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
    insta::assert_snapshot!(wfc(folder.path(), &["build", "ship.wf", "-o", "no/plan.json"]), @r#"
    --- standard error
    error: `no/plan.json` cannot be written: its folder is not there
    (exit 3)
    "#);
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
            + &wfc(folder.path(), &["graph", "two.wf", "b"]), @r#"
    --- standard error
    error[WF0905]: `two.wf` has several workflows: `a`, `b`
    help: say which, after the file; or call one `main`
    (exit 2)
    --- standard error
    error: `two.wf` has no workflow `c`; there are `a` and `b`
    (exit 2)
    b  0 stages
    (exit 0)
    "#);
}

#[test]
fn a_workflow_that_takes_agents_does_not_start_by_itself() {
    let interface = "interface Gate {\n    action check() -> bool\n}\n";
    let agent = "agent strict: Gate uses mock {\n    action check { returns true }\n}\n";
    let template = "workflow checked(gate: Gate, other: Gate) -> bool {\n    stage a = gate.check()\n    stage b = \
        other.check() { after a }\n    return a && b\n}\n";
    let caller = "workflow nightly() -> bool {\n    stage all = checked(strict, other: strict)\n    return all\n}\n";
    let folder = folder(&[
        ("alone.wf", &format!("{interface}{template}")),
        ("called.wf", &format!("{interface}{agent}{template}{caller}")),
    ]);
    insta::assert_snapshot!(
        wfc(folder.path(), &["graph", "alone.wf"])
            + &wfc(folder.path(), &["graph", "called.wf", "checked"])
            + &wfc(folder.path(), &["graph", "called.wf"]), @r#"
    --- standard error
    error: `checked` cannot start by itself: it takes the agents `gate: Gate`, `other: Gate`
    help: call it from a workflow that names them: `stage … = checked(gate: …, other: …)`; or give them defaults
    (exit 2)
    --- standard error
    error: `checked` cannot start by itself: it takes the agents `gate: Gate`, `other: Gate`
    help: call it from a workflow that names them: `stage … = checked(gate: …, other: …)`; or give them defaults
    (exit 2)
    nightly  1 stage
      1  all  checked[strict, strict]

    checked[strict, strict]  2 stages
      1  a  strict.check
      2  b  strict.check  after a
    (exit 0)
    "#);
}

#[test]
fn a_graph_is_a_picture_that_stands_alone() {
    let folder = folder(&[("ship.wf", PROGRAM)]);
    let svg = wfc(folder.path(), &["graph", "ship.wf", "--format", "svg"]);
    assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n(exit 0)\n"), "{svg}");
    assert!(svg.contains("<title>condition: build.risk == &quot;high&quot;</title>"), "{svg}");
}
