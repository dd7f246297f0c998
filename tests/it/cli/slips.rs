//! Slips of people who are new here: what is said, and that the program is sound once it is followed.

use super::{folder, wfc};

/// What stands around a statement.
const HEAD: &str = "type Spec = { id: string, risk: \"low\" | \"high\" }
agent tool uses exec {
    action read(x: string) -> string {
        effects reads
        command [\"read\", x]
    }
    action none() -> string {
        effects reads
        command [\"none\"]
    }
}
retry patient { attempts 3 }
workflow main(x: string, xs: list<string>, spec: Spec) -> string {
";
const TAIL: &str = "    return x\n}\n";

/// Statements that make `a`, with what becomes of them.
const STATEMENTS: &[(&str, &str)] = &[
    ("stage a = tool.read x", "stage a = tool.read(x)"),
    ("stage a = tool.read x { timeout 1m }", "stage a = tool.read(x) { timeout 1m }"),
    ("stage a = tool.read \"a ${x} b\"", "stage a = tool.read(\"a ${x} b\")"),
    ("stage a = tool.none", "stage a = tool.none()"),
    ("stage a = tool.read(x) when x == \"b\"", "stage a = tool.read(x) { when x == \"b\" }"),
    ("stage a = for y of xs => tool.read(y)", "stage a = for y in xs => tool.read(y)"),
    ("stage a = for y in xs { tool.read(y) }", "stage a = for y in xs => tool.read(y)"),
    ("let a = for y in xs => len(y)", "let a = [len(y) for y in xs]"),
    ("stage a = first of tool.read(x), tool.none()", "stage a = first of [tool.read(x), tool.none()]"),
    ("stage a = first_of [tool.read(x), tool.none()]", "stage a = first of [tool.read(x), tool.none()]"),
    ("stage a = tool.read(x) { retries 3 }", "stage a = tool.read(x) { retry { attempts 3 } }"),
    ("stage a = tool.read(x) { retry }", "stage a = tool.read(x) { retry { attempts 3 } }"),
    ("stage a = tool.read(x) { timeout: 1m, retry: patient }", "stage a = tool.read(x) { timeout 1m retry patient }"),
    ("stage a = tool.read(x) { on error skip }", "stage a = tool.read(x) { on failure skip }"),
    ("stage a = tool.read(x) { on timeout skip }", "stage a = tool.read(x) { on failure of timeout skip }"),
    ("stage a = tool.read(x) { on failure: skip }", "stage a = tool.read(x) { on failure skip }"),
    ("stage a = tool.read(x) { lock db }", "stage a = tool.read(x) { lock \"db\" }"),
    ("stage a = tool.read(x) { label x }", "stage a = tool.read(x) { label \"${x}\" }"),
    (
        "stage a = ask(\"Which?\", show x) -> bool { timeout 1d }",
        "stage a = ask(\"Which?\", show: x) -> bool { timeout 1d }",
    ),
    ("stage my-a = tool.read(x)\n    let a = my_a", "stage my_a = tool.read(x)\n    let a = my_a"),
    ("let a = Spec { id: x }", "let a = { id: x }"),
    ("stage a = [tool.read(y) for y in xs]", "stage a = for y in xs => tool.read(y)"),
    ("stage a = scatter y in xs => tool.read(y)", "stage a = for y in xs => tool.read(y)"),
    ("let a = [for y in xs : len(y)]", "let a = [len(y) for y in xs]"),
    ("stage a = call tool.read(x)", "stage a = tool.read(x)"),
    ("stage a = run tool.read(x)", "stage a = tool.read(x)"),
    ("stage a = first of { tool.read(x), tool.none() }", "stage a = first of [tool.read(x), tool.none()]"),
    ("stage a = tool.read(x) { when: x == \"b\" }", "stage a = tool.read(x) { when x == \"b\" }"),
    ("stage a = tool.read(x) { timeout 1h 30m }", "stage a = tool.read(x) { timeout 1h30m }"),
    ("stage a = tool.read(x) { on failure { skip } }", "stage a = tool.read(x) { on failure skip }"),
    ("stage a = tool.read(x) { on failure continue }", "stage a = tool.read(x) { on failure skip }"),
    ("let a = $5", "let a = 5usd"),
    ("-- remark\n    let a = 1", "// remark\n    let a = 1"),
    ("when x == \"b\" then { fail \"a\" }", "when x == \"b\"  { fail \"a\" }"),
    ("let a = 1..10", "let a = range(1, 10)"),
    ("let a = xs[0] ?: \"b\"", "let a = xs[0] ?? \"b\""),
    ("let a = match x { b => 1 default => 2 }", "let a = match x { \"b\" => 1 _ => 2 }"),
    (
        "stage b = tool.read(x)\n    stage c = tool.read(b)\n    stage a = tool.none() { after b and c }",
        "stage b = tool.read(x)\n    stage c = tool.read(b)\n    stage a = tool.none() { after b , c }",
    ),
];

#[test]
fn a_slip_in_a_statement_has_one_message_whose_fix_makes_it_sound() {
    for (slip, right) in STATEMENTS {
        is_mended(&format!("{HEAD}    {slip}\n{TAIL}"), &format!("{HEAD}    {right}\n{TAIL}"));
    }
}

/// Items, with what becomes of them.
const ITEMS: &[(&str, &str)] = &[
    ("type T = \"low\" \"high\"", "type T = \"low\" | \"high\""),
    ("type T = enum { low, high }", "type T = \"low\" | \"high\""),
    ("type T = list(string)", "type T = list<string>"),
    ("enum T { low, high }", "type T = \"low\" | \"high\""),
    ("enum T { low = 1, high = 2 }", "type T = \"low\" | \"high\""),
    ("agent t: exec { pass \"LANG\" }", "agent t uses exec { pass \"LANG\" }"),
    (
        "agent t uses exec {\n    r() -> string { effects reads command [\"r\"] }\n}",
        "agent t uses exec {\n    action r() -> string { effects reads command [\"r\"] }\n}",
    ),
    ("interface I { r(x: string) -> string }", "interface I { action r(x: string) -> string }"),
    ("schedule s = w()", "schedule s = w() { cron \"0 2 * * *\" }"),
    (
        "agent t { action r() -> string { command [\"r\"] } }",
        "agent t uses exec { action r() -> string { command [\"r\"] } }",
    ),
    (
        "agent t uses exec { action r() -> string { effects idempotent writes command [\"r\"] } }",
        "agent t uses exec { action r() -> string { effects writes idempotent command [\"r\"] } }",
    ),
    (
        "agent t uses exec { action r() -> string { effects read_only command [\"r\"] } }",
        "agent t uses exec { action r() -> string { effects reads command [\"r\"] } }",
    ),
    (
        "agent t uses shell { action r(x: string) -> string { command \"echo ${X:-none}\" env { X: x } } }",
        "agent t uses shell { action r(x: string) -> string { command \"echo \\${X:-none}\" env { X: x } } }",
    ),
    ("type T = map<string, int>", "type T = map<int>"),
    ("retry p { attempts: 3, backoff: fixed(1s) }", "retry p { attempts 3 backoff fixed(1s) }"),
    ("retry p { attempts 3 on timeout or unavailable }", "retry p { attempts 3 on timeout , unavailable }"),
    ("secret s from \"TOKEN\"", "secret s from env \"TOKEN\""),
    ("secret s from env TOKEN", "secret s from env \"TOKEN\""),
    ("secret s from env(\"TOKEN\")", "secret s from env \"TOKEN\""),
    ("agent t uses exec { rate 10 per minute }", "agent t uses exec { rate 10 per 1m }"),
    ("agent t uses exec { pass LANG }", "agent t uses exec { pass \"LANG\" }"),
    ("agent t uses exec { cwd /tmp }", "agent t uses exec { cwd \"/tmp\" }"),
    ("schedule s = w() { every 1h }", "schedule s = w() { cron \"0 * * * *\" }"),
    ("import * from \"std/patterns.wf\"", "import \"std/patterns.wf\" as patterns"),
    ("import \"std/patterns.wf\"", "import \"std/patterns.wf\" as patterns"),
    ("import { vote } from std/patterns.wf", "import { vote } from \"std/patterns.wf\""),
];

#[test]
fn a_slip_in_an_item_has_one_message_whose_fix_makes_it_sound() {
    let rest = "\nworkflow w() -> int {\n    return 1\n}\n";
    for (slip, right) in ITEMS {
        is_mended(&format!("{slip}{rest}"), &format!("{right}{rest}"));
    }
}

/// Statements with a slip, and a part of what is said: the only error.
const SAID: &[(&str, &str)] = &[
    ("stage a = tool.own(x) { on failure of parse_error skip }", "did you mean `parse_err`?"),
    ("stage a = tool.own(x) { on failure of network skip }", "did you mean `networks`?"),
    ("stage a = tool.own(x) { on failure of panic skip }", "write `crashed`"),
    ("stage step = tool.read(x)\n    let a = steps", "did you mean `step`?"),
    ("let a = steps", "results are read by the names of their stages alone"),
    ("let a = xss", "did you mean `xs`?"),
    ("let a = None", "write `null`"),
    ("let a = \"b\".strip()", "write `trim(\"b\")`"),
    ("let a = \"b\".toUpperCase()", "write `upper(\"b\")`"),
    ("let a = len(x).to_string()", "write `to_string(len(x))`"),
    ("let a = [1].map(x)", "`list<int>` has no method `map`"),
    ("stage q = tool.read(x)\n    let a = q.toString()", "write `to_string(q)`"),
    ("stage a = tool.read(stage)", "choose another name, or write `` `stage` `` in back-quotes"),
    ("stage a = tool.", "expected an action after `tool.`"),
    ("stage a =", "expected a call after `=`"),
    ("stage a = {\n        tool.read(x)\n    }", "make the block a workflow of its own"),
    ("sleep(10s)", "`stage pause = wait(10s)`"),
    ("stage a = sleep(10s)", "`stage pause = wait(10s)`"),
    ("stage a = signal(x)", "waited for: `stage paid = event("),
    ("stage a = execute(x)", "programs are run by an action of an agent"),
    ("stage a = tool.read(secrets.X)", "a secret is an item of the file"),
    ("let a = now()", "when the run began is `run.started`"),
    ("stage a = tool.read(x, timeout: 3s)", "clauses stand in braces behind the call"),
    ("stage a = tool.read(x) { continue-on-error true }", "a failure is borne by `on failure skip`"),
    ("stage a = tool.read(x) { env { A: x } }", "variables are given by the agent"),
    ("continue", "what depends on a condition stands in `when x { … }`"),
    ("stage a = for i, y in xs => tool.read(y)", "`for i in range(0, len(xs))`"),
    ("stage a = for y in ys => tool.all(ys)", "`[x for x in ys if x != null]`"),
];

#[test]
fn a_slip_is_said_with_what_was_meant_and_adds_no_warning() {
    let head = "agent tool uses exec {
    action read(x: string) -> string { effects reads command [\"read\", x] }
    action own(x: string) -> string { effects reads raises parse_err, networks command [\"own\", x] }
    action all(xs: list<string>) -> string { effects reads command [\"all\", xs] }
}
workflow main(x: string, xs: list<string>, ys: list<string?>) -> string {\n";
    for (slip, said) in SAID {
        let text = format!(
            "{head}    {slip}\n    stage last = tool.read(x)\n    return \"${{x}}${{last}}${{len(xs)}}${{len(ys)}}\"\n}}\n"
        );
        let place = folder(&[("a.wf", &text)]);
        let found = wfc(place.path(), &["check", "a.wf"]);
        let flat = found.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(said), "{slip}\n{found}");
        assert_eq!(found.matches("error[").count(), 1, "{slip}\n{found}");
        assert!(!found.contains("never used") || slip.contains(" a = "), "{slip}\n{found}");
        assert!(!found.contains("nobody uses the result of stage `q`"), "{slip}\n{found}");
    }
}

/// Files with a slip, and a part of what is said.
const SAID_OF_FILES: &[(&str, &str)] = &[
    ("from . import coder", "`import \"coder.wf\" as coder`"),
    ("from agents import *", "`import \"agents.wf\" as agents`"),
    ("from agents import a as b", "`import \"agents.wf\" as agents`"),
    ("task build {\n    run \"make\"\n}", "what runs a program is an action"),
    ("agent t uses exec { action r() -> string { effects reads cmd [\"r\"] } }", "it is called `command`"),
    (
        "agent t uses exec { action r(f: file) -> string { effects reads command [\"r\", f] } }",
        "finds the path of the file in the JSON on its standard input",
    ),
    (
        "agent t uses exec { action r(f: file) -> string { effects reads command [\"r\"] env { F: f } } }",
        "finds the path of the file in the JSON on its standard input",
    ),
    (
        "agent t uses shell { action r(f: string) -> string { effects reads command [\"r\", f] } }",
        "is one text, not a list of words",
    ),
    (
        "let limit = 3\nagent t uses shell { action r() -> string { effects reads command \"echo ${limt}\" } }",
        "did you mean `limit`?",
    ),
    ("workflow v(day: string = run.started) -> string { return day }", "`day ?? run.started`"),
];

#[test]
fn a_slip_in_a_file_is_said_with_what_was_meant() {
    for (slip, said) in SAID_OF_FILES {
        let place = folder(&[("a.wf", &format!("{slip}\nworkflow w() -> int {{\n    return 1\n}}\n"))]);
        let found = wfc(place.path(), &["check", "a.wf"]);
        let flat = found.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(said), "{slip}\n{found}");
        assert_eq!(found.matches("error[").count(), 1, "{slip}\n{found}");
    }
}

fn is_mended(slip: &str, right: &str) {
    let place = folder(&[("a.wf", slip)]);
    let found = wfc(place.path(), &["check", "--format", "short", "a.wf"]);
    let errors: Vec<&str> = found.lines().filter(|line| line.contains(" error[")).collect();
    let of_others = |line: &&&str| !line.contains("WF0001") && !line.contains("WF0017");
    assert!(!errors.is_empty() && errors.iter().filter(of_others).count() == 0, "{slip}\n{found}");
    wfc(place.path(), &["check", "--fix=suggested", "-q", "a.wf"]);
    assert_eq!(std::fs::read_to_string(place.path().join("a.wf")).unwrap(), right, "{found}");
    let after = wfc(place.path(), &["check", "--format", "short", "a.wf"]);
    assert!(!after.contains(" error["), "{right}\n{after}");
}

/// What has no fix, or several readings.
const TOLD: &str = "\
secret key = \"0000\"
agent tool uses exec {
    action read(x: string) -> { kind: \"a\" | \"b\" } {
        effects reads
        command [\"read\", x]
        raises \"quota\"
    }
}
workflow main(x: string, y) -> json {
    stage tool.read(x)
    stage b = tool.read(x) { on failure retry { attempts 3 } }
    let c = Spec { id: x }
    stage d = match b {
        { kind: \"a\" } => tool.read(x)
        _ => skip
    }
    return if x == \"a\" then 1
}
test \"t\" {
    run main x
    assert result == 1
}
";

#[test]
fn a_slip_without_a_fix_says_what_to_write() {
    let place = folder(&[("a.wf", TOLD)]);
    insta::assert_snapshot!(wfc(place.path(), &["check", "a.wf"]), @r#"
    error[WF0017]: a secret is not written into the program: it says where it
        comes from
      ┌─ a.wf:1:12
      │
    1 │ secret key = "0000"
      │            ^^^^^^^^ everybody could read it
      │
      = help: write `from env "NAME"`, `from file "PATH"` or `from command
        ["program", "argument"]`

    error[WF0001]: expected a name, found a string
      ┌─ a.wf:6:16
      │
    6 │         raises "quota"
      │                ^^^^^^^ needs no quotes
      │
      = help: write `quota`
        6 |         raises quota

    error[WF0001]: expected `:` after `y`
      ┌─ a.wf:9:27
      │
    9 │ workflow main(x: string, y) -> json {
      │                           ^ missing here
      │
      = help: write `:` and what belongs behind it

    error[WF0001]: expected a name and `=` after `stage`
       ┌─ a.wf:10:10
       │
    10 │     stage tool.read(x)
       │          ^ missing here
       │
       = help: write `stage name = tool.read(…)`

    error[WF0001]: expected `of`, `ask`, `use`, `skip` or `fail`, found `retry`
       ┌─ a.wf:11:41
       │
    11 │     stage b = tool.read(x) { on failure retry { attempts 3 } }
       │                                         ^^^^^ not expected here
       │
       = help: a retry is a clause of its own: `retry { attempts 3 }`

    error[WF0017]: a record is written without the name of its type
       ┌─ a.wf:12:13
       │
    12 │     let c = Spec { id: x }
       │             ^^^^ not used here
       │
       = help: remove it: the fields tell the type
         12 |     let c = { id: x }

    error[WF0001]: a pattern is a single value, no record
       ┌─ a.wf:14:9
       │
    14 │         { kind: "a" } => tool.read(x)
       │         ^^^^^^^^^^^^^ not a literal
       │
       = help: match on the field that tells them apart: `match b.kind { "a" => …`

    error[WF0001]: expected `else` after `1`
       ┌─ a.wf:17:30
       │
    17 │     return if x == "a" then 1
       │                              ^ missing here
       │
       = help: write `else` and what belongs behind it

    error[WF0017]: the arguments of `main` stand in brackets
       ┌─ a.wf:20:14
       │
    20 │     run main x
       │              ^ needs brackets
       │
       = help: write `main(x)`
         20 |     run main(x)

    error[WF0017]: `assert` is spelled `expect`
       ┌─ a.wf:21:5
       │
    21 │     assert result == 1
       │     ^^^^^^ spelling of another language
       │
       = help: write `expect`
         21 |     expect result == 1

    --- standard error
    10 errors in 1 file; more on one: wfc explain WF0017
    3 fixes have one reading: wfc check --fix a.wf; 1 is a guess: --fix=suggested
    (exit 1)
    "#);
}
