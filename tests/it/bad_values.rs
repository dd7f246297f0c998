//! Values, names and conditions that cannot be: each mistake is told once, in words of its own.

use std::collections::BTreeSet;

use wfc::base::world::MemoryWorld;
use wfc::diag::{Diagnostic, Severity};
use wfc::pipeline;

use crate::program::MAIN;

const TOOL: &str = "agent tool uses mock {\n    action run(x: string) -> string { returns x }\n}\n";

fn found(text: &str) -> Vec<Diagnostic> {
    pipeline::check(&MemoryWorld::default().with(MAIN, text), &[MAIN.to_owned()]).diagnostics
}

fn codes(text: &str) -> Vec<&'static str> {
    found(text).iter().map(|one| one.code.as_str()).collect()
}

fn workflow(params: &str, body: &str) -> String {
    format!("{TOOL}workflow main({params}) -> string {{\n{body}\n}}\n")
}

fn with_clause(clause: &str) -> String {
    workflow("", &format!("    stage a = tool.run(\"x\") {{ {clause} }}\n    return a"))
}

/// Each text has one mistake, and no two are told in the same words.
fn each_in_its_own_words(cases: &[(String, &str)]) {
    let mut told = BTreeSet::new();
    for (text, code) in cases {
        let found = found(text);
        let codes: Vec<_> = found.iter().map(|one| one.code.as_str()).collect();
        assert_eq!(codes, [*code], "{}\n{found:?}", text.chars().take(300).collect::<String>());
        assert!(told.insert((found[0].message.clone(), found[0].primary.message.clone())), "told twice: {found:?}");
    }
}

#[test]
fn a_file_without_a_workflow_says_so() {
    for text in ["", "// only\n/// doc\n", " \n\t\n"] {
        assert_eq!(codes(text), ["WF0904"], "{text:?}");
    }
}

#[test]
fn a_nul_is_named_with_its_offset() {
    for (text, at) in [("let a = \"x\0y\"\n", 10), ("let a\0 = 1\n", 5)] {
        let found = found(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains(&format!("byte {at} is NUL")), "{}", found[0].message);
    }
}

#[test]
fn a_letter_that_looks_like_another_is_named_and_replaced() {
    let found = found(&workflow("", "    stage аdmin = tool.run(\"x\")\n    return admin"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains("looks like `a`"), "{}", found[0].message);
    assert_eq!(found[0].fix.as_ref().map(|fix| fix.edits[0].text.as_str()), Some("admin"));
}

/// An accent is one mistake, whether it is a character of its own or not.
#[test]
fn composed_and_decomposed_letters_are_refused_alike() {
    for name in ["caf\u{e9}", "cafe\u{301}"] {
        let found = found(&workflow("", &format!("    stage {name} = tool.run(\"x\")\n    return {name}")));
        let at: Vec<_> = found.iter().map(|one| (one.code.as_str(), one.message.contains(name))).collect();
        assert_eq!(at, [("WF0001", true), ("WF0001", true)], "{name:?}");
    }
}

#[test]
fn keys_that_are_composed_in_two_ways_are_one_key() {
    let (one, two) = ("caf\u{e9}", "cafe\u{301}");
    let twice = |a: &str, b: &str| {
        let body = format!("    let r = {{ \"{a}\": 1, \"{b}\": 2 }}\n    return to_json(r)");
        let ty = format!("type R = {{ \"{a}\": int, \"{b}\": int }}\n");
        [codes(&workflow("", &body)), codes(&format!("{ty}{}", workflow("r: R", "    return to_json(r)")))]
    };
    assert_eq!(twice(one, two), [["WF0110"], ["WF0110"]]);
    assert_eq!(twice("e\\u{301}", "\u{e9}"), [["WF0110"], ["WF0110"]], "written as an escape");
    assert_eq!(twice(one, "cafe"), [[""; 0], [""; 0]]);
    let found = found(&workflow("", &format!("    return to_json({{ \"{one}\": 1, \"{two}\": 2 }})")));
    assert!(found[0].notes.iter().any(|note| note.contains("nobody sees a difference")), "{found:?}");
}

/// The signs that turn the direction of what follows, and show a program that is not the one that is read.
const TURNING: [char; 9] =
    ['\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'];

#[test]
fn what_turns_the_direction_of_text_is_refused_wherever_it_stands() {
    for sign in TURNING {
        let number = format!("{:04X}", u32::from(sign));
        for text in [
            format!("let a = {sign}1\n"),
            format!("// a {sign} comment\nlet a = 1\n"),
            format!("/// a {sign} comment\nlet a = 1\n"),
            format!("let a = \"x{sign}y\"\n"),
            format!("let a = r\"x{sign}y\"\n"),
            format!("let a = \"\"\"\n    x{sign}y\n    \"\"\"\n"),
        ] {
            let found = found(&text);
            let told: Vec<_> = found.iter().filter(|one| one.message.contains(&number)).collect();
            assert_eq!(told.len(), 1, "{text:?}: {found:?}");
            assert!(!found.iter().any(|one| one.message.contains(sign)), "it is shown: {found:?}");
        }
        assert!(codes(&format!("let a = \"x\\u{{{number}}}y\"\n")).is_empty(), "written out it is seen");
    }
}

/// They smuggle words to a model past the eyes of whoever reads the program.
#[test]
fn what_nobody_sees_in_a_string_is_a_warning() {
    for sign in ['\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}', '\u{e0041}', '\u{e007f}'] {
        let found = found(&format!("let a = \"x{sign}y\"\n"));
        let told: Vec<_> = found.iter().map(|one| one.code.severity()).collect();
        assert_eq!(told, [Severity::Warning], "{sign:?}: {found:?}");
    }
}

#[test]
fn each_escape_that_is_none_is_one_mistake() {
    for escape in
        ["\\u{110000}", "\\u{D800}", "\\u{}", "\\u{1234567}", "\\u{zz}", "\\u12", "\\x80", "\\0", "\\'", "\\e", "\\ "]
    {
        assert_eq!(codes(&format!("let a = \"x{escape}y\"\n")), ["WF0004"], "{escape}");
        assert_eq!(codes(&format!("let a = \"\"\"\n    x{escape}y\n    \"\"\"\n")), ["WF0004"], "{escape}");
    }
}

/// Each pair has one name twice, and is told once, at the second with the first beside it; another case is a warning.
#[test]
fn whatever_is_declared_twice_shows_both_places() {
    let kinds = [
        "type NAME = int\n",
        "let NAME = 1\n",
        "agent NAME uses mock { action run() -> int { returns 1 } }\n",
        "interface NAME { action run() -> int }\n",
        "retry NAME { attempts 2 }\n",
        "secret NAME from env \"A\"\n",
        "workflow NAME() -> int { return 1 }\n",
        "test \"NAME\" { run w() expect result == 1 }\n",
    ];
    let other = "workflow w() -> int { return 1 }\n";
    for kind in kinds {
        let named = |name: &str| kind.replace("NAME", name);
        let found = found(&format!("{}{}{other}", named("thing"), named("thing")));
        let twice: Vec<_> = found.iter().filter(|one| one.code.as_str() == "WF0101").collect();
        assert!(twice.len() == 1 && twice[0].related.len() == 1, "{kind}: {found:?}");
        assert!(twice[0].related[0].span.start < twice[0].primary.span.start, "{kind}: the second is the mistake");
    }
    let inside = [
        ("x: string, x: string", "    return x"),
        ("", "    stage a = tool.run(\"x\")\n    stage a = tool.run(\"y\")\n    return a"),
        ("", "    let a = \"x\"\n    let a = \"y\"\n    return a"),
        ("a: string", "    stage a = tool.run(a)\n    return a"),
    ];
    for (params, body) in inside {
        let found = found(&workflow(params, body));
        let twice: Vec<_> = found.iter().filter(|one| one.code.as_str() == "WF0101").collect();
        assert!(twice.len() == 1 && twice[0].related.len() == 1, "{body}: {found:?}");
    }
    let cases = workflow("", "    stage ab = tool.run(\"x\")\n    stage aB = tool.run(\"y\")\n    return ab + aB");
    let alike: Vec<_> = found(&cases).into_iter().filter(|one| !one.related.is_empty()).collect();
    assert_eq!(alike.len(), 1, "{:?}", found(&cases));
}

/// Each says what may be written instead; a word that only begins something is a name elsewhere.
#[test]
fn a_word_of_the_language_is_no_name() {
    let reserved = [
        "let", "stage", "when", "fail", "finally", "return", "match", "if", "then", "else", "for", "in", "as", "true",
        "false", "null", "_", "run", "result", "outcome",
    ];
    for word in reserved {
        let found = found(&workflow("", &format!("    stage {word} = tool.run(\"x\")\n    return \"y\"")));
        assert!((1..=2).contains(&found.len()), "{word}: {found:?}");
        assert!(found[0].message.contains(word) && found[0].help.is_some(), "{word}: {found:?}");
    }
    for word in ["import", "type", "interface", "agent", "pool", "secret", "workflow", "schedule", "test", "retry"] {
        let found = found(&workflow("", &format!("    stage {word} = tool.run(\"x\")\n    return {word}")));
        assert!(found.is_empty(), "{word}: {found:?}");
    }
    for (item, word) in [("agent", "len"), ("workflow", "join"), ("workflow", "ask"), ("agent", "event")] {
        let rest = if item == "agent" { " uses mock { action run() -> int { returns 1 } }" } else { "() { }" };
        let found = found(&format!("{item} {word}{rest}\n"));
        let told: Vec<_> = found.iter().filter(|one| one.message.contains(word)).collect();
        assert!(told.len() == 1 && told[0].help.is_some(), "{item} {word}: {found:?}");
    }
}

/// Digits, or a word that is used as a number.
fn is_name(number: &str) -> bool {
    number.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

#[test]
fn each_number_that_cannot_be_read_has_its_own_words() {
    // So many digits take no time by their square.
    let digits = "9".repeat(1_000_000);
    let hexadecimal = format!("0x{}", "f".repeat(1_000_000));
    let (fraction, other_fraction) = (format!("8{digits}.5"), format!("0.{digits}e9"));
    let numbers = [
        digits.as_str(),
        hexadecimal.as_str(),
        other_fraction.as_str(),
        "1e999",
        "00012",
        "1_000_",
        "_1",
        "NaN",
        "Infinity",
        fraction.as_str(),
        ".5",
        "5.",
        "-9223372036854775808",
        "0b101",
    ];
    let cases: Vec<_> =
        numbers.iter().map(|n| (format!("let a = {n}\n"), if is_name(n) { "WF0102" } else { "WF0005" })).collect();
    // Where a point is missing a digit, the sentence is the same on both sides of it.
    let (before, after): (Vec<_>, Vec<_>) = cases.into_iter().partition(|(text, _)| !text.contains("= 5."));
    each_in_its_own_words(&before);
    each_in_its_own_words(&after);
    assert!(codes("let a = -0\n").is_empty());
}

#[test]
fn each_time_that_cannot_be_has_its_own_words() {
    let times = [
        ("999999999999h", "WF0408"),
        ("-5s", "WF0408"),
        ("1.5s", "WF0006"),
        ("5", "WF0201"),
        ("5 parsecs", "WF0006"),
        ("1h1h", "WF0006"),
        ("30m1h", "WF0006"),
        ("\"5m\"", "WF0201"),
    ];
    let cases = times.map(|(time, code)| (with_clause(&format!("timeout {time}")), code));
    each_in_its_own_words(&cases);
}

#[test]
fn each_bound_that_is_none_has_its_own_words() {
    let bounds = [
        ("repeat up to 0 until result == \"x\"", "WF0403"),
        ("repeat up to -1 until result == \"x\"", "WF0005"),
        ("repeat up to 18446744073709551616 until result == \"x\"", "WF0005"),
        ("repeat until result == \"x\"", "WF0001"),
        ("repeat up to n until result == \"x\"", "WF0005"),
        ("repeat up to 3", "WF0001"),
        ("retry { attempts 1000000000000000000 }", "WF0403"),
        ("retry { attempts -1 }", "WF0005"),
        ("retry { attempts 3 backoff exponential(1s, factor: 1000000) }", "WF0409"),
        ("retry { attempts 3 backoff exponential(1s, jitter: 3.0) }", "WF0201"),
    ];
    each_in_its_own_words(&bounds.map(|(clause, code)| (with_clause(clause), code)));
    assert_eq!(codes(&with_clause("repeat 4 times until result == \"x\"")), ["WF0001"]);
}

#[test]
fn what_stands_inside_a_map_is_not_seen_from_outside() {
    let map = "    stage m = for f in [\"a\"] => {\n        stage inner = tool.run(f)\n        return inner\n    }\n";
    for after in ["tool.run(inner)", "tool.run(\"y\") { after inner }"] {
        let body = format!("{map}    stage b = {after}\n    return b + join(m)");
        assert_eq!(codes(&workflow("", &body)), ["WF0116"], "{after}");
    }
}

#[test]
fn conditions_that_contradict_themselves_are_seen() {
    let conditions = ["x && !x", "!(x || !x)", "n > 3 && n <= 3", "false", "y == \"a\" && y != \"a\""];
    for condition in conditions {
        let body = format!("    when {condition} {{\n        stage a = tool.run(\"x\")\n    }}\n    return y");
        let codes = codes(&workflow("x: bool, n: int, y: string", &body));
        assert!(codes.contains(&"WF0302"), "{condition}: {codes:?}");
    }
    let always = "    when x || !x {\n        stage a = tool.run(\"x\")\n    }\n    return \"x\"";
    assert!(codes(&workflow("x: bool", always)).contains(&"WF0212"));
}

#[test]
fn types_that_contain_themselves_are_refused_once() {
    let types =
        ["type A = { a: A }\n", "type A = { b: list<B> }\ntype B = { a: A? }\n", "type A = list<A>\n", "type A = A\n"];
    for text in types {
        assert_eq!(codes(text), ["WF0208"], "{text}");
    }
}

/// Fifty stages read what one mistake has made unknown.
#[test]
fn one_mistake_has_no_train_of_others() {
    let read = |value: &str| -> String { (0..50).map(|n| format!("    stage s{n} = tool.run({value})\n")).collect() };
    let names: Vec<String> = (0..50).map(|n| format!("s{n}")).collect();
    let end = format!("    return join([{}], \"\")", names.join(", "));
    let chain: String = (1..50).map(|n| format!("    stage s{n} = tool.run(s{})\n", n - 1)).collect();
    let programs = [
        workflow("", &format!("    stage a = nobody.run(\"x\")\n{}{end}", read("a.f"))),
        workflow("", &format!("    stage a tool.run(\"x\")\n{}{end}", read("a"))),
        workflow("", &format!("    stage s0 = tool.run(1)\n{chain}    return s49")),
        format!("type A = {{ f: Strin }}\n{}", workflow("a: A", &format!("{}{end}", read("a.f")))),
        workflow("", &format!("    let a = missing\n{}{end}", read("a.b.c"))),
    ];
    for text in programs {
        let codes = codes(&text);
        assert!((1..=3).contains(&codes.len()), "{codes:?} in\n{text}");
    }
}

#[test]
fn types_and_values_of_a_hundred_thousand_parts_are_judged() {
    let fields: String = (0..100_000).map(|n| format!("f{n}: int, ")).collect();
    assert_eq!(codes(&format!("type R = {{ {fields} }}\n")), ["WF0208"]);
    let names: String = (0..100_000).map(|n| format!("\"v{n}\" | ")).collect();
    assert_eq!(codes(&format!("type E = {names}\"last\"\n")), ["WF0208"]);
    let values: String = (0..100_000).map(|n| format!("f{n}: {n}, ")).collect();
    assert_eq!(codes(&format!("let r = {{ {values} }}\n")), Vec::<&str>::new());
}

/// What is put into a text when it is read cannot become a part of the program.
#[test]
fn nothing_is_put_into_the_program_itself() {
    let texts = [
        ("type A = \"${x}\"\n", "WF0016"),
        ("agent a${x} uses exec { }\n", "WF0017"),
        ("secret a from env \"A${x}\"\n", "WF0016"),
        ("let f = { \"k${x}\": 1 }\n", "WF0016"),
    ];
    for (text, code) in texts {
        assert_eq!(codes(text).first(), Some(&code), "{text}");
    }
    let command = "agent sh uses exec {\n    action go(x: string) -> string { command \"echo ${x}\" }\n}\n";
    assert!(codes(command).contains(&"WF0504"), "a command is never one line for a shell");
}

/// Slips of people who come from other tools, in one of the samples: each is told once, with what to write instead.
#[test]
fn slips_in_a_sample_are_told_once() {
    let sample = include_str!("../samples/ci.wf");
    let clean: BTreeSet<String> = found(sample).into_iter().map(|one| one.message).collect();
    let slips = [
        ("stage source = git", "stage source = await git"),
        ("for target in targets up to 3", "for (target in targets) up to 3"),
        ("secret registry_token from env \"REGISTRY_TOKEN\"", "secret registry_token = env.REGISTRY_TOKEN"),
        ("targets: list<Target> =", "targets: List[Target] ="),
        ("targets: list<Target> =", "targets: Target[] ="),
        (
            "git.checkout(url, ref) {\n        retry flaky\n        timeout 10m\n    }",
            "git.checkout(url, ref) retry flaky timeout 10m",
        ),
        ("\"./ci/checkout\", \"--json\"]", "\"./ci/checkout, \"--json\"]"),
        ("when ref == \"main\" {", "if (ref == \"main\") {"),
        (") -> { commit: string, published", "): { commit: string, published"),
        ("        timeout 10m\n    }\n", "        timeout 10m\n"),
        ("let red = [c.suite for c in checks if !c.passed]", "let red = [c.suite for c in checks if not c.passed];"),
        ("commit: source.commit, published:", "commit = source.commit published:"),
    ];
    for (right, wrong) in slips {
        assert!(sample.contains(right), "{right}");
        let found: Vec<_> =
            found(&sample.replacen(right, wrong, 1)).into_iter().filter(|one| !clean.contains(&one.message)).collect();
        let most = 1 + usize::from(wrong.ends_with(';') || wrong.contains(" = source.commit "));
        let messages: Vec<_> = found.iter().map(|one| one.message.as_str()).collect();
        assert!((1..=most).contains(&found.len()), "{wrong}: {messages:#?}");
    }
}

#[test]
fn no_text_reaches_a_shell_as_a_part_of_a_script() {
    let shell = |command: &str| {
        format!(
            "agent sh uses shell {{\n    action go(x: string, xs: list<string> = []) -> string {{ {command} }}\n}}\n"
        )
    };
    let scripts = [
        ("command \"echo ${x}\"", "WF0506"),
        ("command \"\"\"\n        echo '${x}'\n        \"\"\"", "WF0506"),
        ("command \"echo \" + x", "WF0506"),
        ("command x", "WF0506"),
        ("command join(xs, \" \")", "WF0506"),
        ("command if x == \"\" then \"ls\" else x", "WF0506"),
    ];
    for (script, code) in scripts {
        assert!(codes(&shell(script)).contains(&code), "{script}: {:?}", codes(&shell(script)));
    }
    let handed = "command r\"echo ${x} $X\" env { X: \"${x} ${join(xs, \" \")}\" }";
    assert!(
        !codes(&shell(handed)).contains(&"WF0506"),
        "what a shell expands itself is text: {:?}",
        codes(&shell(handed))
    );
}

#[test]
fn no_stranger_writes_what_a_shell_or_an_interpreter_runs() {
    let run = |command: &str| {
        let agent = format!(
            "agent ex uses exec {{\n    action go(x: string, xs: list<string>) -> null {{ command {command} }}\n}}\n"
        );
        codes(&format!("{agent}workflow main(u: untrusted string) {{\n    stage a = ex.go(u, [u])\n}}\n"))
    };
    let refused = [
        "[\"sh\", \"-c\", \"echo ${x}\"]",
        "[\"/bin/bash\", x]",
        "[\"bash\", \"-lc\", join(xs, \" \")]",
        "[\"env\", \"sh\", \"-lc\", x]",
        "[\"python3\", \"-c\", \"print('${x}')\"]",
        "[\"perl\", \"-ne\", x]",
        "[\"node\", \"--eval\", x]",
        "[\"psql\", \"-c\", x]",
        "[\"./${x}\"]",
        "[xs, \"--help\"]",
        "[upper(trim(x)), \"--help\"]",
    ];
    for command in refused {
        assert!(run(command).contains(&"WF0604"), "{command}: {:?}", run(command));
    }
    for command in ["[\"git\", \"log\", x, xs]", "[\"./tool\", \"-x\", x]", "[\"grep\", \"--\", \"${x}\"]"] {
        assert!(!run(command).contains(&"WF0604"), "{command}: {:?}", run(command));
    }
}
