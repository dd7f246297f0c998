//! Input made to break a compiler: it ends soon, says where, and says it once.

use wfc::base::world::MemoryWorld;
use wfc::diag::render::{Look, human, json, short};
use wfc::pipeline::{self, Checked};

use crate::program::MAIN;

/// Checks a text on a small stack, draws what was found in every form, and gives the codes with their places.
fn found(text: String) -> Vec<String> {
    let work = move || {
        let world = MemoryWorld::default().with(MAIN, &text);
        let checked = pipeline::check(&world, &[MAIN.to_owned()]);
        let drawn = human::render(&checked.sources, &checked.diagnostics, &Look::default());
        assert!(drawn.lines().all(|line| line.chars().count() <= 80), "wider than the screen:\n{drawn}");
        assert!(drawn.chars().all(|c| c == '\n' || !c.is_control()), "the screen is commanded:\n{drawn:?}");
        short::render(&checked.sources, &checked.diagnostics);
        json::render([(&checked.sources, checked.diagnostics.as_slice())].into_iter(), 1);
        places(&checked)
    };
    std::thread::Builder::new().stack_size(512 << 10).spawn(work).unwrap().join().unwrap()
}

fn places(checked: &Checked) -> Vec<String> {
    let place = |d: &wfc::diag::Diagnostic| checked.sources.get(d.primary.span.file).place(d.primary.span.start);
    checked.diagnostics.iter().map(|d| format!("{}:{} {}", place(d).line, place(d).column, d.code.as_str())).collect()
}

/// The bracket that is one too deep is named, and nothing else.
#[test]
fn deep_nesting_is_refused_in_every_kind_of_bracket() {
    let deep = 20_000;
    let nested = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(deep), close.repeat(deep));
    let values = [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{ a: ", "1", " }"),
        ("!", "true", ""),
        ("-", "1", ""),
        ("\"${", "1", "}\""),
        ("len(", "[1]", ")"),
        ("[1][", "0", "]"),
        ("[x for x in ", "[1]", "]"),
        ("match 1 { _ => ", "1", " }"),
        ("if true then 1 else ", "1", ""),
        ("if ", "true", " then true else false"),
        ("", "xs", ".a"),
        ("", "xs", "?.a"),
        ("", "xs", "[0]"),
        ("", "xs", "(1)"),
        ("", "xs", " as json"),
        ("", "xs", " ?? 1"),
    ];
    for (open, inner, close) in values {
        let found = found(format!("let a = {}\n", nested(open, inner, close)));
        assert_eq!(found.len(), 1, "{open}…{close}: {found:?}");
        assert!(found[0].ends_with("WF0007"), "{open}…{close}: {found:?}");
    }
    for (open, close) in [("list<", ">"), ("map<", ">"), ("{ a: ", " }"), ("(", ")"), ("{ a?: list<", ">? }")] {
        let found = found(format!("type A = {}\n", nested(open, "int", close)));
        assert!(found.len() == 1 && found[0].ends_with("WF0007"), "{open}: {found:?}");
    }
    for (open, close) in [("never (", ")"), ("(", ")"), ("!(", ")")] {
        let formula = nested(open, "a", close);
        let found = found(format!("workflow w() {{\n}}\nproperty \"p\" in w {{ {formula} }}\n"));
        assert!(found.len() == 1 && found[0].ends_with("WF0007"), "{open}: {found:?}");
    }
    let blocks = [
        ("when a {\n", "}\n"),
        ("stage s = for x in [1] => {\n", "}\n"),
        ("stage s = match a { true => {\n", "} _ => skip }\n"),
        ("when a { } else {\n", "}\n"),
        ("when a { }", " else when a { }\n"),
    ];
    for (open, close) in blocks {
        let mut found = found(format!("workflow w(a: bool) {{\n{}\n}}\n", nested(open, "", close)));
        // The same condition again inside its own block never changes: that is said, and is no matter of depth.
        found.retain(|one| !one.ends_with("WF0212"));
        assert!(found.len() == 1 && found[0].ends_with("WF0007"), "{open}: {found:?}");
    }
}

/// A row of signs that mean nothing is no program, and costs no more than a look at it.
#[test]
fn endless_rows_of_one_character_end() {
    for row in [
        ";", "#", "$", "@", "\\", "'", "`", "\"", "é", "а", "\u{202e}", "\u{200b}", "\0", ")", "]", "}", "(", "<", "?",
        "/*",
    ] {
        for text in [row.repeat(30_000), format!("let a = {}\n", row.repeat(30_000))] {
            let found = found(text);
            assert!(!found.is_empty() && found.len() <= 10_001, "{row}: {}", found.len());
        }
    }
}

#[test]
fn a_file_of_strange_characters_is_called_no_program() {
    let found = found("; ".repeat(20_000));
    assert_eq!(found.len(), 10_001);
    assert!(found[10_000].ends_with("WF0013"), "{:?}", found[10_000]);
}

#[test]
fn a_sum_of_a_hundred_thousand_terms_ends() {
    for (operator, operand) in [
        ("+", "1"),
        ("-", "1"),
        ("*", "1"),
        ("/", "1"),
        ("%", "1"),
        ("??", "a"),
        ("&&", "true"),
        ("||", "false"),
        ("==", "1"),
        ("<", "1"),
        ("in", "[1]"),
        ("as json", ""),
        (".a", ""),
        ("?.a", ""),
        ("[0]", ""),
        ("(1)", ""),
        ("+ \"x\" *", "2"),
    ] {
        for head in ["let b = 1", "type B = 1", "workflow w() -> int {\n    return 1"] {
            let text = format!("{head} {}\n", format!("{operator} {operand} ").repeat(100_000));
            let found = found(text);
            assert!(!found.is_empty() && found.len() <= 3, "{head} {operator}: {found:?}");
        }
    }
}

#[test]
fn brackets_that_are_never_closed_are_one_mistake() {
    for open in ["(", "[", "{", "{ a: ", "len(", "\"${", "if (", "[x for x in "] {
        let found = found(format!("let a = {}", open.repeat(12_000)));
        assert_eq!(found.len(), 1, "{open}: {found:?}");
    }
}

/// A grammar that tries alternatives again and again doubles its time with each level, and would not end here.
#[test]
fn deep_alternatives_are_tried_once() {
    let levels = 60;
    let item = format!("let _a = {}1{}\n", "(if true then (".repeat(levels), ") else 1)".repeat(levels));
    assert!(found(item).iter().all(|one| one.ends_with("WF0212")));
}

#[test]
fn a_string_that_is_never_closed_is_reported_where_it_opens() {
    assert_eq!(found("let a = \"abc\nlet b = 1\n".into()), ["1:9 WF0003"]);
    assert_eq!(found("let a = \"\"\"\nabc\nlet b = 1\n".into()), ["1:9 WF0003"]);
}

#[test]
fn the_last_line_needs_no_line_feed() {
    let found = found("workflow w() -> string {\n    return missing".into());
    assert!(found.iter().any(|one| one.ends_with("WF0002")), "{found:?}");
}

#[test]
fn two_mistakes_on_one_line_are_two_messages() {
    assert_eq!(
        found("workflow w() -> string {\n\treturn \"日本 😀\" + first_missing + second_missing\n}\n".into()),
        ["2:18 WF0102", "2:34 WF0102"]
    );
}

#[test]
fn every_kind_of_line_end_counts_lines_the_same() {
    let lines = ["workflow w() -> string {", "    return missing", "}", ""];
    for end in ["\n", "\r\n", "\r"] {
        assert_eq!(found(lines.join(end)), ["2:12 WF0102"], "{end:?}");
    }
}

#[test]
fn a_line_of_ten_megabytes_is_cut_around_the_mistake() {
    let text = format!("let a = \"{}\" + missing + \"{}\"\n", "x".repeat(5 << 20), "y".repeat(5 << 20));
    let found = found(text);
    assert_eq!(found, [format!("1:{} WF0102", 14 + (5 << 20))]);
}

#[test]
fn three_hundred_mistakes_in_a_megabyte_are_drawn_soon() {
    let item = |n: usize| format!("/// {}\nlet a{n} = missing{n}\n", "x".repeat(3_400));
    let found = found((0..300).map(item).collect());
    assert_eq!(found.len(), 300, "{:?}", &found[..3.min(found.len())]);
}

/// A hundred thousand legal names: the nearest is found without comparing each with each.
#[test]
fn near_names_are_found_among_a_hundred_thousand() {
    let mut text: String = (0..100_000).map(|n| format!("let name_number_{n} = {n}\n")).collect();
    text.push_str("workflow w() -> int {\n    return name_nunber_77\n}\n");
    let found = found(text);
    assert_eq!(found, ["100002:12 WF0102"]);
}

/// Each exit waits for the one before it, and each stage for the last: what is told of one is not told of all again.
#[test]
fn thousands_of_early_exits_cost_no_more_than_as_many_stages() {
    let exits = 3_000;
    let mut text =
        "agent tool uses mock {\n    action run(x: string) -> string { returns x }\n}\nworkflow w() -> string {\n"
            .to_owned();
    text.push_str("    stage s0 = tool.run(\"x\")\n");
    text.extend((1..exits).map(|n| {
        let before = n - 1;
        format!("    when s0 == \"{n}\" {{\n        fail \"no\"\n    }}\n    stage s{n} = tool.run(s{before})\n")
    }));
    text.push_str(&format!("    return s{}\n}}\n", exits - 1));
    let checked = pipeline::check(&MemoryWorld::default().with(MAIN, &text), &[MAIN.to_owned()]);
    assert!(checked.diagnostics.is_empty(), "{:?}", places(&checked));
    let most = checked.program.workflows[0].stages.iter().map(|stage| stage.exits.len()).max();
    assert_eq!(most, Some(1));
}

/// A chain, and two rows of stages each of which reads all of the row before it.
#[test]
fn many_stages_and_links_are_compiled() {
    let head =
        "agent tool uses mock {\n    action run(x: string) -> string { returns x }\n}\nworkflow w() -> string {\n";
    let row = |name: &str, count: usize, value: &str| -> String {
        (0..count).map(|n| format!("    stage {name}{n} = tool.run({value})\n")).collect()
    };
    let names = |name: &str| (0..100).map(|n| format!("{name}{n}")).collect::<Vec<_>>().join(", ");
    let (all, last) = (format!("join([{}])", names("a")), format!("join([{}])", names("b")));
    let rows = format!("{head}{}{}    return {last}\n}}\n", row("a", 100, "\"x\""), row("b", 100, &all));
    let links: String = (1..2_000).map(|n| format!("    stage s{n} = tool.run(s{})\n", n - 1)).collect();
    let chain = format!("{head}    stage s0 = tool.run(\"x\")\n{links}    return s1999\n}}\n");
    for (text, stages) in [(rows, 200), (chain, 2_000)] {
        let checked = pipeline::check(&MemoryWorld::default().with(MAIN, &text), &[MAIN.to_owned()]);
        assert!(checked.diagnostics.is_empty(), "{:?}", places(&checked));
        let plan = checked.plan(wfc::sema::hir::WorkflowId::new(0)).unwrap();
        assert_eq!(plan.workflows[0].stages.len(), stages);
    }
}

#[test]
fn a_circle_is_found_among_many_stages() {
    let stages = 5_000;
    let mut text =
        "agent tool uses mock {\n    action run(x: string) -> string { returns x }\n}\nworkflow w() -> string {\n"
            .to_owned();
    text.push_str("    stage s0 = tool.run(\"x\") { after s7 }\n");
    text.extend((1..stages).map(|n| format!("    stage s{n} = tool.run(s{})\n", n - 1)));
    text.push_str(&format!("    return s{}\n}}\n", stages - 1));
    let found = found(text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("WF0301"), "{found:?}");
}

#[test]
fn a_second_declaration_shows_the_first() {
    let text = "type A = { a: int }\ntype A = { a: int }\nworkflow w(x: A, x: A) -> A {\n    return x\n}\n";
    let checked = pipeline::check(&MemoryWorld::default().with(MAIN, text), &[MAIN.to_owned()]);
    let twice: Vec<_> = checked.diagnostics.iter().filter(|one| one.code.as_str() == "WF0101").collect();
    assert_eq!(twice.len(), 2, "{:?}", places(&checked));
    assert!(twice.iter().all(|one| !one.related.is_empty()), "both places are shown");
}

/// Neither a folder nor a pipe nor an endless device is read.
#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    use wfc::base::world::{DiskWorld, ReadError, SourceLimits, World, read_regular};
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.wf");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::create_dir(folder.path().join("folder.wf")).unwrap();
    let world = DiskWorld::new(folder.path());
    for name in ["pipe.wf", "folder.wf"] {
        assert_eq!(world.read(name), Err(ReadError::NotAFile), "{name}");
    }
    assert_eq!(read_regular("/dev/zero".as_ref(), SourceLimits::default()), Err(ReadError::NotAFile));
}
