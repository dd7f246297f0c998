//! `wfc test`: what passes, and how what fails is told.

use super::{folder, wfc};

pub(super) const SHOP: &str = r#"
agent till uses exec {
    action price(item: string) -> { cents: int, note: string } { effects reads  command ["./price", item]  output json }
    action charge(cents: int) -> string { effects writes  command ["./charge"]  output json }
}

workflow sell(item: string) -> string {
    stage price = till.price(item) { retry { attempts 3  backoff fixed(10s) } }
    when price.cents > 1_000 {
        stage allowed = ask("Sell ${item}?") approves price.cents { timeout 1d }
    }
    stage receipt = till.charge(price.cents) { after allowed }
    return receipt
}
"#;

pub(super) fn tested(tests: &str, args: &[&str]) -> String {
    let folder = folder(&[("sell.wf", &format!("{SHOP}{tests}"))]);
    let mut words = vec!["test", "sell.wf"];
    words.extend(args);
    wfc(folder.path(), &words)
}

/// Settings that make the same of every real time.
pub(super) fn timeless() -> insta::internals::SettingsBindDropGuard {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"in \d+\.\ds", "in [s]");
    settings.add_filter(r#""took_ms":\d+"#, r#""took_ms":[ms]"#);
    settings.add_filter(r#"time="[0-9.]+""#, r#"time="[s]""#);
    settings.bind_to_scope()
}

const GOOD: &str = r#"
test "a cheap thing is sold at once" {
    run sell("pen")
    mock till.price fails temporary twice, then returns { cents: 200, note: "" }
    mock till.charge takes 2s returns "paid ${cents}"
    expect result == "paid 200"
    expect attempts(price) == 3 && elapsed == 22s
    expect skipped(allowed)
    expect order(price, receipt)
}

test "a dear thing waits for a person" {
    run sell("car")
    mock till.price returns { cents: 2_000_000, note: "new" }
    mock allowed takes 3h approves
    mock till.charge(cents: 2_000_000) returns "paid"
    expect result == "paid" && elapsed == 3h
    expect calls(till.charge) == [{ cents: 2_000_000 }]
    crash everywhere
}
"#;

#[test]
fn tests_that_pass_are_named() {
    let _timeless = timeless();
    insta::assert_snapshot!(tested(GOOD, &[]), @r#"
    ok    a cheap thing is sold at once
    ok    a dear thing waits for a person  (crashed at 5 points)
    --- standard error
    2 tests passed in [s]
    (exit 0)
    "#);
    insta::assert_snapshot!(tested(GOOD, &["-v", "--filter", "cheap"]), @r#"
    ok    a cheap thing is sold at once

    the run, with the time since its start:
            0s  price calls till.price
            0s  price failed: temporary; again in 10s
           10s  price calls till.price, attempt 2
           10s  price failed: temporary; again in 10s
           20s  price calls till.price, attempt 3
           20s  price gave {"cents":200,"note":""}
           20s  allowed is skipped: price.cents > 1_000 is false
           20s  receipt calls till.charge
           22s  receipt gave "paid 200"
           22s  the run succeeded: "paid 200"

    --- standard error
    1 test passed in [s], 1 not chosen
    (exit 0)
    "#);
}

#[test]
fn a_filter_chooses_by_name() {
    let _timeless = timeless();
    insta::assert_snapshot!(tested(GOOD, &["--filter", "cheap", "--crash-everywhere"]), @r#"
    ok    a cheap thing is sold at once  (crashed at 8 points)
    --- standard error
    1 test passed in [s], 1 not chosen
    (exit 0)
    "#);
    insta::assert_snapshot!(tested(GOOD, &["--filter", "expensive"]), @r#"
    --- standard error
    error: no name of the 2 tests has `expensive` in it
    (exit 2)
    "#);
}

#[test]
fn an_expectation_that_does_not_hold_shows_both_sides() {
    let _timeless = timeless();
    let tests = r#"
test "two sides" {
    run sell("pen")
    mock till.price returns { cents: 200, note: "" }
    mock till.charge returns "paid ${cents}"
    expect result == "paid 300"
    expect calls(till.price) == [{ item: "pen" }] && attempts(price) > 1
    expect !succeeded(receipt)
}
"#;
    insta::assert_snapshot!(tested(tests, &[]), @r#"
    FAIL  two sides

    error[WF0820]: this expectation does not hold
       ┌─ sell.wf:20:12
       │
    20 │     expect result == "paid 300"
       │            ^^^^^^^^^^^^^^^^^^^^ false
       │
       = `result` is "paid 200", expected "paid 300"

    error[WF0820]: this expectation does not hold
       ┌─ sell.wf:21:54
       │
    21 │     expect calls(till.price) == [{ item: "pen" }] && attempts(price) > 1
       │                                                      ^^^^^^^^^^^^^^^^^^^
       │                                                      │
       │                                                      false
       │
       = `attempts(price)` is 1

    error[WF0820]: this expectation does not hold
       ┌─ sell.wf:22:12
       │
    22 │     expect !succeeded(receipt)
       │            ^^^^^^^^^^^^^^^^^^^ false
       │
       = `succeeded(receipt)` is true

    the run, with the time since its start:
            0s  price calls till.price
            0s  price gave {"cents":200,"note":""}
            0s  allowed is skipped: price.cents > 1_000 is false
            0s  receipt calls till.charge
            0s  receipt gave "paid 200"
            0s  the run succeeded: "paid 200"

    --- standard error
    1 of 1 test failed in [s]; again: wfc test sell.wf --filter "two sides"
    (exit 1)
    "#);
}

#[test]
fn a_run_that_fails_has_no_result() {
    let _timeless = timeless();
    let tests = r#"
test "no result" {
    run sell("car")
    mock till.price returns { cents: 2_000_000, note: "" }
    mock allowed fails denied
    expect result == "paid"
}
"#;
    insta::assert_snapshot!(tested(tests, &[]), @r#"
    FAIL  no result

    error[WF0820]: this expectation does not hold
       ┌─ sell.wf:20:12
       │
    20 │     expect result == "paid"
       │            ^^^^^^^^^^^^^^^^ there is no result
       │
       = the run failed at `allowed`: denied, person 1 refused

    the run, with the time since its start:
            0s  price calls till.price
            0s  price gave {"cents":2000000,"note":""}
            0s  allowed waits for a person
            0s  allowed failed: denied, person 1 refused
            0s  the run failed: denied, person 1 refused

    --- standard error
    1 of 1 test failed in [s]; again: wfc test sell.wf --filter "no result"
    (exit 1)
    "#);
}

#[test]
fn a_call_that_no_mock_answers_fails_by_name() {
    let _timeless = timeless();
    let tests = r#"
test "nobody charges" {
    run sell("pen")
    mock till.price returns { cents: 200, note: "" }
    expect result == "paid"
}

test "the arguments are others" {
    run sell("pen")
    mock till.price(item: "pencil") returns { cents: 200, note: "" }
    expect result == "paid"
}

test "nobody is asked" {
    run sell("car")
    mock till.price returns { cents: 2_000_000, note: "" }
    expect outcome.status == "failed"
}
"#;
    insta::assert_snapshot!(tested(tests, &[]), @r#"
    FAIL  nobody charges

    error[WF0821]: no mock answers `till.charge`, called by `receipt`
       ┌─ sell.wf:16:6
       │
    16 │ test "nobody charges" {
       │      ^^^^^^^^^^^^^^^^ in this test
       │
       = help: add `mock till.charge returns …`
       = it was called with cents: 200

    the run, with the time since its start:
            0s  price calls till.price
            0s  price gave {"cents":200,"note":""}
            0s  allowed is skipped: price.cents > 1_000 is false
            0s  receipt calls till.charge

    FAIL  the arguments are others

    error[WF0821]: no mock answers `till.price`, called by `price`
       ┌─ sell.wf:22:6
       │
    22 │ test "the arguments are others" {
       │      ^^^^^^^^^^^^^^^^^^^^^^^^^^ in this test
       │
       = help: add `mock till.price returns …`
       = it was called with item: "pen"

    the run, with the time since its start:
            0s  price calls till.price

    FAIL  nobody is asked

    error[WF0821]: `allowed` asks a person to allow something, and nobody
        answers
       ┌─ sell.wf:28:6
       │
    28 │ test "nobody is asked" {
       │      ^^^^^^^^^^^^^^^^^ in this test
       │
       = help: add `mock allowed approves`

    the run, with the time since its start:
            0s  price calls till.price
            0s  price gave {"cents":2000000,"note":""}
            0s  allowed waits for a person

    --- standard error
    3 of 3 tests failed in [s]; the first again: wfc test sell.wf --filter "nobody charges"
    (exit 1)
    "#);
}

#[test]
fn a_mock_that_has_too_few_answers_is_used_up() {
    let _timeless = timeless();
    let tests = r#"
test "too few" {
    run sell("pen")
    mock till.price fails temporary twice
    mock till.charge returns "paid"
    expect result == "paid"
}
"#;
    insta::assert_snapshot!(tested(tests, &[]), @r#"
    FAIL  too few

    error[WF0821]: no mock answers `till.price`, called by `price`
       ┌─ sell.wf:16:6
       │
    16 │ test "too few" {
       │      ^^^^^^^^^ in this test
    17 │     run sell("pen")
    18 │     mock till.price fails temporary twice
       │     ------------------------------------- this one is used up
       │
       = help: add a step with `, then`; the last one without a count answers every
         further call
       = it was called with item: "pen"

    the run, with the time since its start:
            0s  price calls till.price
            0s  price failed: temporary; again in 10s
           10s  price calls till.price, attempt 2
           10s  price failed: temporary; again in 10s
           20s  price calls till.price, attempt 3

    --- standard error
    1 of 1 test failed in [s]; again: wfc test sell.wf --filter "too few"
    (exit 1)
    "#);
}

#[test]
fn a_mock_of_the_wrong_type_is_found_before_anything_runs() {
    let _timeless = timeless();
    let tests = r#"
test "wrong type" {
    run sell("pen")
    mock till.price returns { cents: "200", note: "" }
    expect result == "paid"
}
"#;
    insta::assert_snapshot!(tested(tests, &[]), @r#"
    --- standard error
    error[WF0201]: `cents` takes a number, not `"200"`
       ┌─ sell.wf:18:38
       │
     3 │     action price(item: string) -> { cents: int, note: string } { effects r…
       │            ----- declared here
       ·
    18 │     mock till.price returns { cents: "200", note: "" }
       │                                      ^^^^^ expected `int`
       │
       = help: a number has no quotes
         18 |     mock till.price returns { cents: 200, note: "" }

    no test was run: there are mistakes in the program
    (exit 1)
    "#);
}

#[test]
fn a_mock_that_answers_nothing_fails_its_test() {
    let _timeless = timeless();
    let tests = r#"
test "never asked" {
    run sell("pen")
    mock till.price returns { cents: 200, note: "" }
    mock till.charge returns "paid"
    mock allowed approves
    expect result == "paid"
}
"#;
    insta::assert_snapshot!(tested(tests, &[]), @r#"
    FAIL  never asked

    error[WF0822]: nothing was asked of the mock of `allowed`
       ┌─ sell.wf:20:5
       │
    20 │     mock allowed approves
       │     ^^^^^^^^^^^^^^^^^^^^^ never matched
       │
       = help: take it out, or see why the run does not come there

    the run, with the time since its start:
            0s  price calls till.price
            0s  price gave {"cents":200,"note":""}
            0s  allowed is skipped: price.cents > 1_000 is false
            0s  receipt calls till.charge
            0s  receipt gave "paid"
            0s  the run succeeded: "paid"

    --- standard error
    1 of 1 test failed in [s]; again: wfc test sell.wf --filter "never asked"
    (exit 1)
    "#);
}

#[test]
fn a_write_whose_outcome_nobody_knows_is_probed_and_fails() {
    let _timeless = timeless();
    let program = r#"
agent till uses exec {
    action charge(cents: int) -> string {
        effects writes  command ["./charge"]
        probe { effects reads  command ["./charged"]  output json }
    }
}

workflow main() -> string {
    stage receipt = till.charge(5) { retry { attempts 2  backoff fixed(1s)  on crashed } }
    return receipt
}

test "nobody knows whether it was charged" {
    run main()
    mock till.charge fails crashed
    mock till.charge.probe returns { kind: "unknown" }
    expect outcome.status == "failed"
}
"#;
    let folder = folder(&[("main.wf", program)]);
    insta::assert_snapshot!(wfc(folder.path(), &["test"]), @r#"
    ok    nobody knows whether it was charged
    --- standard error
    1 test passed in [s]
    (exit 0)
    "#);
}

#[test]
fn programs_get_json_and_junit() {
    let _timeless = timeless();
    let tests = r#"
test "two sides" {
    run sell("pen")
    mock till.price returns { cents: 200, note: "" }
    mock till.charge returns "paid ${cents}"
    expect result == "paid 300"
}
"#;
    let all = format!("{GOOD}{tests}");
    insta::assert_snapshot!(tested(&all, &["--json"]), @r#"
    {"event":"test","name":"a cheap thing is sold at once","file":"sell.wf","line":16,"workflow":"sell","status":"passed","took_ms":[ms],"elapsed_ms":22000,"crashes":null,"problems":[],"trace":[]}
    {"event":"test","name":"a dear thing waits for a person","file":"sell.wf","line":26,"workflow":"sell","status":"passed","took_ms":[ms],"elapsed_ms":10800000,"crashes":5,"problems":[],"trace":[]}
    {"event":"test","name":"two sides","file":"sell.wf","line":36,"workflow":"sell","status":"failed","took_ms":[ms],"elapsed_ms":0,"crashes":null,"problems":[{"code":"WF0820","severity":"error","message":"this expectation does not hold","file":"sell.wf","span":{"start":{"offset":1390,"line":40,"column":12},"end":{"offset":1410,"line":40,"column":32}},"labels":[{"message":"false","file":"sell.wf","span":{"start":{"offset":1390,"line":40,"column":12},"end":{"offset":1410,"line":40,"column":32}}}],"help":null,"notes":["`result` is \"paid 200\", expected \"paid 300\""],"fixes":[],"url":null}],"trace":[{"at_ms":0,"text":"price calls till.price"},{"at_ms":0,"text":"price gave {\"cents\":200,\"note\":\"\"}"},{"at_ms":0,"text":"allowed is skipped: price.cents > 1_000 is false"},{"at_ms":0,"text":"receipt calls till.charge"},{"at_ms":0,"text":"receipt gave \"paid 200\""},{"at_ms":0,"text":"the run succeeded: \"paid 200\""}]}
    {"event":"summary","tests":3,"passed":2,"failed":1,"not_chosen":0,"took_ms":[ms]}
    (exit 1)
    "#);
    let folder = folder(&[("sell.wf", &format!("{SHOP}{all}"))]);
    wfc(folder.path(), &["test", "--junit", "results.xml"]);
    let written = std::fs::read_to_string(folder.path().join("results.xml")).unwrap();
    insta::assert_snapshot!(written, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="wfc test" tests="3" skipped="0" failures="1" errors="0">
        <testsuite name="sell.wf" tests="3" skipped="0" errors="0" failures="1">
            <testcase name="a cheap thing is sold at once" classname="sell" time="[s]"/>
            <testcase name="a dear thing waits for a person" classname="sell" time="[s]"/>
            <testcase name="two sides" classname="sell" time="[s]">
                <failure message="this expectation does not hold" type="WF0820">error[WF0820]: this expectation does not hold
       --&gt; sell.wf:40:12
       |
    40 |     expect result == &quot;paid 300&quot;
       |            ^^^^^^^^^^^^^^^^^^^^ false
       |
       = `result` is &quot;paid 200&quot;, expected &quot;paid 300&quot;

    </failure>
            </testcase>
        </testsuite>
    </testsuites>
    "#);
}

#[test]
fn without_tests_there_is_nothing_to_run() {
    let _timeless = timeless();
    insta::assert_snapshot!(tested("", &[]), @r#"
    --- standard error
    error: there are no tests
    help: write `test "…" { run …  mock …  expect … }` beside a workflow
    (exit 2)
    "#);
}
