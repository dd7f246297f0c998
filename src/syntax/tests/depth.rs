//! Programs that nest deeply, on a small stack.

use super::parsed;

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
        ("!", body("!".repeat(5_000) + "a"), "WF0007"),
        ("-", body("-".repeat(5_000) + "a"), "WF0007"),
        ("??", body("a ?? ".repeat(5_000) + "a"), "WF0007"),
        ("+", body("a + ".repeat(10_000) + "a"), "WF0007"),
        (".", body("a".to_owned() + &".a".repeat(5_000)), "WF0007"),
        ("as", body("a".to_owned() + &" as int".repeat(5_000)), "WF0007"),
        ("if", body("if a then a else ".repeat(3_000) + "a"), "WF0007"),
        ("if if", body("if ".repeat(5_000) + "a" + &" then a else a".repeat(5_000)), "WF0007"),
        ("${", body("\"${".repeat(5_000) + "a" + &"}\"".repeat(5_000)), "WF0007"),
        ("when", body(format!("a\n{}{}", "when a {\n".repeat(20_000), "}\n".repeat(20_000))), "WF0007"),
        ("else when", body(format!("a\n when a {{ }} {}", "else when a { }\n".repeat(5_000))), "WF0007"),
        ("list<", format!("type T = {}int{}", "list<".repeat(5_000), ">".repeat(5_000)), "WF0007"),
        ("type (", format!("type T = {}int{}", "(".repeat(20_000), ")".repeat(20_000)), "WF0007"),
        ("unclosed", body("(".repeat(12 << 10)), "WF0002"),
        ("unclosed {", format!("workflow w() {{\n{}", "when a {\n".repeat(12 << 10)), "WF0002"),
    ];
    for (name, text, code) in deep {
        let (found, took) = small_stack(text);
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
