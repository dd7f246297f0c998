//! A long workflow is parsed in pieces: nothing but the cost may tell.

use super::parsed;
use crate::syntax::ast::Item;

const STATEMENTS: &str = r#"
    /// What is done first.
    stage first = tool.run(topic) { retry patient  timeout 5m }   // and why
    let text = "of ${first} ${if true then "x" else "y"}"
    let record = { stage: 1, let: 2, when: first.when, return: first?.return }
    when len(text) > 3 && !failed(first) {
        fail "no ${text}"
    } else when first.stage == "x" {
        stage inner = for x in [1, 2] up to 5 => { stage a = tool.run("${x}") return a } { parallel 2 }
    } else {
        stage other = match text { "a" => tool.run("a") { timeout 1m } _ => use "b" }
    }
    stage raced = first of [tool.run("a"), tool.run("b")]
    stage asked = ask("Go?", show: text) -> { ok: bool } {
        when first == "x"
        timeout 1d
    }
"#;

fn program(times: usize, end: &str) -> String {
    let statements = STATEMENTS.repeat(times);
    format!("/// Doc.\nworkflow w(topic: string) -> {{ a: string }} | \"b\" {{\n    timeout 1h\n{statements}{end}}}\n")
}

/// The statements of a workflow, printed without places.
fn statements(text: &str) -> (Vec<String>, usize, usize) {
    let (tree, found, _) = parsed(text);
    let Some(Item::Workflow(workflow)) = tree.items.first() else { panic!("no workflow in:\n{text}") };
    assert_eq!(workflow.span.range(), text.find("workflow").expect("it is there")..text.trim_end().len());
    assert_eq!((workflow.doc.as_deref(), workflow.clauses.len()), (Some("Doc."), 1));
    let printed = |text: String| {
        let mut parts = text.split("Span {");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| all + part.split_once('}').map_or("", |(_, rest)| rest))
    };
    (workflow.body.iter().map(|one| printed(format!("{one:?}"))).collect(), workflow.body.len(), found.len())
}

#[test]
fn pieces_make_the_same_tree_as_the_whole() {
    let (once, count, found) = statements(&program(1, ""));
    assert_eq!((count, found), (6, 0));
    let (all, ..) = statements(&program(200, ""));
    assert_eq!(all.len(), 1_200);
    assert!(all.chunks(6).all(|chunk| chunk == once));
}

#[test]
fn places_of_a_piece_are_those_of_the_file() {
    let text = program(200, "");
    let (tree, ..) = parsed(&text);
    let Some(Item::Workflow(workflow)) = tree.items.first() else { panic!("no workflow") };
    let shown = |at: usize| format!("{:?}", workflow.body[at]);
    for at in (0..1_200).step_by(6) {
        let crate::syntax::ast::Stmt::Stage(stage) = &workflow.body[at] else { panic!("{}", shown(at)) };
        assert_eq!(&text[stage.name.span.range()], "first");
        assert!(text[stage.span.range()].starts_with("stage first") && text[stage.span.range()].ends_with("5m }"));
        assert_eq!(stage.doc.as_deref(), Some("What is done first."));
    }
}

#[test]
fn what_is_wrong_with_the_whole_is_still_said() {
    let codes = |end: &str| -> Vec<&str> {
        let (_, found, _) = parsed(&program(200, end));
        found.iter().map(|problem| problem.code.as_str()).collect()
    };
    assert_eq!(codes("    return 1\n    return 2\n"), ["WF0009"]);
    assert_eq!(codes("    return 1\n    let a = 2\n"), ["WF0009"]);
    assert_eq!(codes("    parallel 3\n"), ["WF0012"]);
    assert_eq!(codes("    stage a tool.run(1)\n    let b = = 1\n").len(), 2);
}
