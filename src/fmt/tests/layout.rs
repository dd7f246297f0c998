//! How a text is laid out: each case is what somebody wrote and what becomes of it.

use super::formatted;

#[track_caller]
fn becomes(written: &str, laid_out: &str) {
    let (out, kept) = formatted(written);
    assert!(!kept, "it does not parse:\n{written}");
    assert!(out == laid_out, "\n{out}\n--- instead of\n{laid_out}");
    let again = formatted(&out).0;
    assert!(again == out, "the second time:\n{again}\n--- after\n{out}");
}

/// Statements of a workflow, without the lines around them.
#[track_caller]
fn statements(written: &str, laid_out: &str) {
    let inside: String =
        laid_out.lines().map(|line| if line.is_empty() { "\n".into() } else { format!("    {line}\n") }).collect();
    becomes(&format!("workflow w() {{ {written}\n}}"), &format!("workflow w() {{\n{inside}}}\n"));
}

#[test]
fn one_clause_stays_on_the_line_and_several_are_sorted() {
    statements("stage a=b.c( d ){\nretry patient\n}", "stage a = b.c(d) { retry patient }");
    statements(
        "stage a = ask(\"Go?\") approves d { timeout 1d not requester lock \"x\" quorum 2 to role \"r\" after z }",
        "stage a = ask(\"Go?\") approves d {\n    to role \"r\"\n    quorum 2\n    not requester\n    after z\n    timeout 1d\n    lock \"x\"\n}",
    );
    statements(
        "stage a = b.c() { need 80% on failure of timeout skip parallel 2 on failure fail }",
        "stage a = b.c() {\n    parallel 2\n    on failure of timeout skip\n    on failure fail\n    need 80%\n}",
    );
    statements("stage a = b.c() { retry { attempts 3 } }", "stage a = b.c() { retry { attempts 3 } }");
    statements(
        "stage a = b.c() { retry { attempts 3 on timeout,crashed } }",
        "stage a = b.c() {\n    retry {\n        attempts 3\n        on timeout, crashed\n    }\n}",
    );
    statements(
        "stage a = b.c(1) { repeat up to 3 every 1m until result.ok with x: 1, y: 2 stop when unchanged(result.f) }",
        "stage a = b.c(1) {\n    repeat up to 3 every 1m until result.ok\n        with x: 1, y: 2\n        stop when unchanged(result.f)\n}",
    );
    statements("stage a = b.c() { }", "stage a = b.c() {}");
}

#[test]
fn the_head_of_a_workflow_is_sorted_too() {
    becomes(
        "workflow w() { on failure cancel lock \"x\" budget 5usd,10tok timeout 1h\n\nlet a=1 }",
        "workflow w() {\n    timeout 1h\n    budget 5usd, 10tok\n    lock \"x\"\n    on failure cancel\n\n    let a = 1\n}\n",
    );
    becomes(
        "schedule s = w() { missed once cron \"0 2 * * *\" }",
        "schedule s = w() {\n    cron \"0 2 * * *\"\n    missed once\n}\n",
    );
}

#[test]
fn brackets_break_only_when_they_are_too_long() {
    let long =
        "a_rather_long_name_of_a_value, another_rather_long_name_of_a_value, a_third_rather_long_name_of_a_value";
    let lines = |indent: &str| long.split(", ").map(|name| format!("{indent}{name},\n")).collect::<String>();
    becomes("let a = [1,\n2,\n]", "let a = [1, 2]\n");
    becomes(&format!("let abcdefgh = [{long}, x]"), &format!("let abcdefgh = [\n{}    x,\n]\n", lines("    ")));
    becomes(&format!("let a = {{ b: f({long}, x) }}"), &format!("let a = {{\n    b: f({long}, x),\n}}\n"));
    becomes(
        &format!(
            "workflow w(a: string, {}) -> {{ b: int }} {{ return {{b:1}} }}",
            long.replace(',', ": string,") + ": int"
        ),
        &format!(
            "workflow w(\n    a: string,\n    {}\n) -> {{ b: int }} {{\n    return {{ b: 1 }}\n}}\n",
            (long.replace(", ", ": string,\n    ") + ": int,")
        ),
    );
    becomes("type A = {}\nlet b = {}\nlet c = []", "type A = {}\nlet b = {}\nlet c = []\n");
}

#[test]
fn what_stands_before_a_clause_breaks_first() {
    let written = "stage answer = first of { paid: event(\"payment.received\", key: order.id) -> Payment, late: wait(30m) } { after first_page }";
    statements(
        written,
        "stage answer = first of {\n    paid: event(\"payment.received\", key: order.id) -> Payment,\n    late: wait(30m),\n} { after first_page }",
    );
}

#[test]
fn long_chains_break_before_their_operators() {
    let long =
        "a_rather_long_name_of_a_value && another_rather_long_name_of_a_value && a_third_rather_long_name || d == e";
    becomes(
        &format!("let a = {long} || fffff"),
        "let a = a_rather_long_name_of_a_value && another_rather_long_name_of_a_value && a_third_rather_long_name\n    || d == e\n    || fffff\n",
    );
    becomes(
        "let a = if some_condition_that_is_long == 1 then \"the first of three values\" else if other == 2 then \"the second value\" else \"the third\"",
        "let a = if some_condition_that_is_long == 1 then \"the first of three values\"\n    else if other == 2 then \"the second value\"\n    else \"the third\"\n",
    );
    becomes(
        "type Kind = \"a_rather_long_literal_number_one\" | \"a_rather_long_literal_number_two\" | \"a_rather_long_literal_number_three\"",
        "type Kind = \"a_rather_long_literal_number_one\"\n    | \"a_rather_long_literal_number_two\"\n    | \"a_rather_long_literal_number_three\"\n",
    );
}

#[test]
fn settings_arms_and_statements_always_break() {
    becomes(
        "agent a : B uses exec { parallel 2 action c(x:int=1)->T? { effects   writes idempotent rate 60 per 1m } }",
        "agent a: B uses exec {\n    parallel 2\n    action c(x: int = 1) -> T? {\n        effects writes idempotent\n        rate 60 per 1m\n    }\n}\n",
    );
    statements(
        "when a { let b = 1 } else when c { fail \"x\" } else { }",
        "when a {\n    let b = 1\n} else when c {\n    fail \"x\"\n} else {}",
    );
    statements(
        "stage a = match b { \"x\"|\"y\" => c.d() { timeout 1m } (-1) => skip _ => { return 1 } }",
        "stage a = match b {\n    \"x\" | \"y\" => c.d() { timeout 1m }\n    (-1) => skip\n    _ => {\n        return 1\n    }\n}",
    );
    becomes(
        "retry r { on timeout attempts 2 }\npool p: R { strategy least_busy members a,b }\nimport{a,b}from \"x.wf\"",
        "retry r {\n    on timeout\n    attempts 2\n}\npool p: R {\n    strategy least_busy\n    members a, b\n}\nimport { a, b } from \"x.wf\"\n",
    );
    becomes(
        "test \"t\" { run w(a : 1) mock a.b returns {x:1},then fails timeout  2 times,then never answers crash everywhere }",
        "test \"t\" {\n    run w(a: 1)\n    mock a.b returns { x: 1 }, then fails timeout 2 times, then never answers\n    crash everywhere\n}\n",
    );
    becomes("property \"p\" in w{a   leads to b}", "property \"p\" in w { a leads to b }\n");
}

#[test]
fn types_keep_their_parentheses() {
    becomes(
        "type A = secret (list < B . C ? > | \"x\")? | { a ? : int, \"b c\": (untrusted string) }",
        "type A = secret (list<B.C?> | \"x\")? | { a?: int, \"b c\": (untrusted string) }\n",
    );
    becomes("let a = b as (C | D) ?? e as list<F>", "let a = b as (C | D) ?? e as list<F>\n");
    becomes("workflow w(a: list<int>= []) { }", "workflow w(a: list<int> = []) {}\n");
}

#[test]
fn expressions_keep_their_spelling() {
    becomes(
        "let a = - 200_000 + ! b ?. c [ 0 ] . d( e , f : 1h30m ) * ( 2.50 ) in `in`",
        "let a = -200_000 + !b?.c[0].d(e, f: 1h30m) * (2.50) in `in`\n",
    );
    becomes(
        "let a = [ x * 2 for x in xs if x > 1 ]\nlet b = { ..c , \"d e\" : r\"\\n\" , f }",
        "let a = [x * 2 for x in xs if x > 1]\nlet b = { ..c, \"d e\": r\"\\n\", f }\n",
    );
    becomes("let a = match b{1|2=>c(d) (-3)=>e}", "let a = match b {\n    1 | 2 => c(d)\n    (-3) => e\n}\n");
}

#[test]
fn block_strings_move_with_what_they_belong_to() {
    becomes(
        "agent a uses llm {\naction b() {\nprompt \"\"\"\n  One ${\n x }\n\n    two\n  \"\"\"\n}\n}",
        "agent a uses llm {\n    action b() {\n        prompt \"\"\"\n            One ${\n x }\n\n              two\n            \"\"\"\n    }\n}\n",
    );
    becomes("let a = f(\"\"\"\nx\n\"\"\", b)", "let a = f(\"\"\"\n    x\n    \"\"\", b)\n");
    becomes("let a = \"\"\"one\n  two\"\"\"", "let a = \"\"\"one\n    two\"\"\"\n");
    // The blanks of the second line belong to the text.
    becomes("let a = \"\"\"\nx\n  \ny\"\"\"", "let a = \"\"\"\nx\n  \ny\"\"\"\n");
}

#[test]
fn comments_stay_with_what_they_belong_to() {
    becomes(
        "// top\n\n\n// next\ntype A = int // end\n/// doc\ntype B = { // why\n a: int, // the a\n\n // alone\n b: int\n // last\n}\n// bottom",
        "// top\n\n// next\ntype A = int // end\n/// doc\ntype B = { // why\n    a: int, // the a\n\n    // alone\n    b: int,\n    // last\n}\n// bottom\n",
    );
    statements(
        "\n// first\nstage a = b.c() { // open\n lock \"x\" // the lock\n // about retry\n retry p // the retry\n // rest\n}\n\n// end",
        "// first\nstage a = b.c() { // open\n    // about retry\n    retry p // the retry\n    lock \"x\" // the lock\n    // rest\n}\n\n// end",
    );
    statements("stage a = b.c() { retry p // why\n}", "stage a = b.c() {\n    retry p // why\n}");
    statements(
        "when a {\n} // yes\n// no\nelse {\n// nothing\n}",
        "when a {} // yes\n// no\nelse {\n    // nothing\n}",
    );
    becomes(
        "let a = b && // first\n c && // second\n d // third",
        "let a = b // first\n    && c // second\n    && d // third\n",
    );
    becomes("let a = b // one\n+ // two\nc", "let a = b // one\n    // two\n    + c\n");
    becomes("let a = [1 // one\n, // comma\n 2]", "let a = [\n    1, // one\n    // comma\n    2,\n]\n");
    becomes("let // odd\n a = 1", "let // odd\n    a = 1\n");
    becomes("// only", "// only\n");
    becomes("", "");
}

#[test]
fn documentation_documents_the_same() {
    becomes("type A = { a: int, /// of b\n b: int }", "type A = {\n    a: int,\n    /// of b\n    b: int,\n}\n");
    becomes(
        "type A = { a: int /// of nothing\n, b: int }",
        "type A = {\n    a: int,\n    /// of nothing\n\n    b: int,\n}\n",
    );
    becomes("type A = int /// of nothing\n\ntype B = int", "type A = int /// of nothing\n\ntype B = int\n");
}

#[test]
fn empty_lines_are_kept_one_by_one() {
    statements("\n\n\nlet a = 1\n\n\n\nlet b = 2\nlet c = 3\n\n", "let a = 1\n\nlet b = 2\nlet c = 3");
    becomes("\n\ntype A = int\n\n\n\ntype B = int type C = int\n\n", "type A = int\n\ntype B = int\ntype C = int\n");
}

#[test]
fn line_ends_are_those_of_the_first_line() {
    becomes("type A=int\r\ntype B=int", "type A = int\r\ntype B = int\r\n");
    becomes("let a = \"\"\"\r\n x\r\n \"\"\"\r\n", "let a = \"\"\"\r\n    x\r\n    \"\"\"\r\n");
}

#[test]
fn what_does_not_parse_stays_as_it_is() {
    let written = "type  A=int\n\n  agent b uses {   x\n     y  }\n\ntype  C=int // c\n";
    let (out, kept) = formatted(written);
    assert!(kept);
    assert_eq!(out, "type A = int\n\n  agent b uses {   x\n     y  }\n\ntype C = int // c\n");
    let merge = "<<<<<<< a\ntype  A=int\n=======\n";
    assert_eq!(formatted(merge).0, merge);
}
