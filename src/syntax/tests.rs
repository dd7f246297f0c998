//! Whole programs through the parser.

use crate::base::source::Sources;
use crate::diag::{Bag, Diagnostic};
use crate::syntax::{ast, parse};

/// The tree of a text and its diagnostics in order.
fn parsed(text: &str) -> (ast::File, Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let file = sources.add("test.wf", text);
    let mut bag = Bag::default();
    let tree = parse(file, text, &mut bag);
    (tree, bag.into_sorted(), sources)
}

/// Diagnostics as `code line:column-line:column message`.
fn report(text: &str) -> String {
    let (_, found, sources) = parsed(text);
    let mut out = String::new();
    for diagnostic in found {
        let source = sources.get(diagnostic.primary.span.file);
        let (from, to) = (source.place(diagnostic.primary.span.start), source.place(diagnostic.primary.span.end));
        let help = diagnostic.help.map(|help| format!(" ({help})")).unwrap_or_default();
        out += &format!(
            "{} {}:{}-{}:{} {}{help}\n",
            diagnostic.code.as_str(),
            from.line,
            from.column,
            to.line,
            to.column,
            diagnostic.message
        );
    }
    out
}

fn samples() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples");
    let mut samples: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of samples")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wf"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).expect("a readable sample"))
        })
        .collect();
    samples.sort();
    samples
}

#[test]
fn samples_parse_without_a_diagnostic() {
    let samples = samples();
    assert_eq!(samples.len(), 12);
    for (name, text) in samples {
        let report = report(&text);
        assert!(report.is_empty(), "{name}:\n{report}");
        let (tree, ..) = parsed(&text);
        let broken = tree.items.iter().filter(|item| matches!(item, ast::Item::Broken(_))).count();
        assert_eq!(broken, 0, "{name}");
    }
}

/// Leaving out one token: what is said must be little, and never nothing where the grammar needs the token.
#[test]
fn deletions() {
    if std::env::var("SCRATCH").is_err() {
        return;
    }
    let mut histogram = std::collections::BTreeMap::new();
    for (name, text) in samples() {
        for (index, token) in crate::syntax::scan::tokens(&text).into_iter().enumerate() {
            if index % 3 != 0 {
                continue;
            }
            let mut broken = text.clone();
            broken.replace_range(token.range(), "");
            let (_, found, _) = parsed(&broken);
            *histogram.entry(found.len()).or_insert(0) += 1;
            let line = text[..token.start as usize].matches('\n').count() + 1;
            let far = found.iter().any(|problem| {
                let at = broken[..problem.primary.span.start as usize].matches('\n').count() + 1;
                at.abs_diff(line) > 1
            });
            let open = found.iter().any(|problem| problem.code == crate::diag::Code::WF0002);
            if found.len() > 2 || (far && !open) {
                eprintln!("{name}:{line} without {}\n{}", &text[token.range()], report(&broken));
            }
        }
    }
    eprintln!("{histogram:?}");
}

/// Prints what is said about a file: for work on messages.
#[test]
fn scratch() {
    let Ok(path) = std::env::var("SCRATCH") else { return };
    let text = std::fs::read_to_string(path).expect("a file");
    for program in text.split("--- ").skip(1) {
        let (name, body) = program.split_once('\n').expect("a heading");
        eprintln!("--- {name}\n{}", report(body));
    }
}

/// What is said about a text that is parsed with a stack of 512 KiB, and how long that takes.
fn small_stack(text: String) -> (Vec<&'static str>, std::time::Duration) {
    let work = move || {
        let start = std::time::Instant::now();
        let (tree, found, _) = parsed(&text);
        drop(tree);
        (found.iter().map(|problem| problem.code.as_str()).collect(), start.elapsed())
    };
    let thread = std::thread::Builder::new().stack_size(512 << 10).spawn(work).expect("a thread");
    thread.join().expect("no overflow")
}

#[test]
fn depth_is_limited_and_never_overflows() {
    let body = |inside: String| format!("workflow w(a: int) {{\n    let x = {inside}\n    return x\n}}\n");
    let around = |open: &str, middle: &str, close: &str, times: usize| {
        body(format!("{}{middle}{}", open.repeat(times), close.repeat(times)))
    };
    let deep = [
        ("(", around("(", "a", ")", 20_000), "WF0007"),
        ("[", around("[", "a", "]", 20_000), "WF0007"),
        ("{", around("{ a: ", "a", " }", 20_000), "WF0007"),
        ("call", around("f(", "a", ")", 20_000), "WF0007"),
        ("index", around("a[", "a", "]", 20_000), "WF0007"),
        ("!", body("!".repeat(20_000) + "a"), "WF0007"),
        ("-", body("-".repeat(20_000) + "a"), "WF0007"),
        ("??", body("a ?? ".repeat(20_000) + "a"), "WF0007"),
        ("+", body("a + ".repeat(100_000) + "a"), "WF0007"),
        (".", body("a".to_owned() + &".a".repeat(20_000)), "WF0007"),
        ("as", body("a".to_owned() + &" as int".repeat(20_000)), "WF0007"),
        ("if", body("if a then a else ".repeat(10_000) + "a"), "WF0007"),
        ("if if", body("if ".repeat(5_000) + "a" + &" then a else a".repeat(5_000)), "WF0007"),
        ("${", body("\"${".repeat(5_000) + "a" + &"}\"".repeat(5_000)), "WF0007"),
        ("when", body(format!("a\n{}{}", "when a {\n".repeat(20_000), "}\n".repeat(20_000))), "WF0007"),
        ("else when", body(format!("a\n when a {{ }} {}", "else when a { }\n".repeat(20_000))), "WF0007"),
        ("list<", format!("type T = {}int{}", "list<".repeat(20_000), ">".repeat(20_000)), "WF0007"),
        ("type (", format!("type T = {}int{}", "(".repeat(20_000), ")".repeat(20_000)), "WF0007"),
        ("unclosed", body("(".repeat(12 << 10)), "WF0002"),
        ("unclosed {", format!("workflow w() {{\n{}", "when a {\n".repeat(12 << 10)), "WF0002"),
    ];
    for (name, text, code) in deep {
        let bytes = text.len();
        let (found, took) = small_stack(text);
        eprintln!("{name}: {bytes} bytes {took:?} {found:?}");
        assert_eq!(found, [code], "{name}");
        assert!(took.as_secs() < 20, "{name}: {took:?}");
    }
}

#[test]
fn long_but_sound_programs_parse() {
    let chain = "a + ".repeat(400) + "a";
    let nested = "(1 + ".repeat(250) + "1" + &")".repeat(250);
    for inside in [chain, nested] {
        let (found, _) = small_stack(format!("workflow w(a: int) {{\n    let x = {inside}\n    return x\n}}\n"));
        assert_eq!(found, Vec::<&str>::new());
    }
}
