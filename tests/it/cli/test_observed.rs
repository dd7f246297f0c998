//! `wfc test`: what expectations see of a run, and how a person, an event and time are played.

use super::test::timeless;
use super::{folder, wfc};

const YARD: &str = r#"
agent yard uses exec {
    action weigh(item: string) -> int { effects reads  cost 1usd  command ["./weigh"]  output json }
    action book(item: string) -> string { effects writes  cost 20usd  command ["./book"]  output json }
    action free(booking: string) -> null { effects writes idempotent  command ["./free"]  output json }
}

workflow ship(item: string, order: string) -> int {
    stage weight = yard.weigh(item) { timeout 10m  retry { attempts 5  backoff fixed(1m) } }
    stage booking = yard.book(item) { after weight  undo yard.free(booking) }
    stage paid = event("paid", key: order) -> { cents: int } { after booking  timeout 7d }
    when paid.cents < weight {
        fail "too little was paid"
    }
    return paid.cents
}
"#;

fn tested(tests: &str) -> String {
    let folder = folder(&[("yard.wf", &format!("{YARD}{tests}"))]);
    wfc(folder.path(), &["test", "yard.wf"])
}

const HOLDS: &str = r#"
test "what was paid is told" {
    run ship("piano", "A7")
    mock yard.weigh fails temporary 3 times, then takes 30s returns 300
    mock yard.book takes 1h returns "B1"
    mock paid takes 2d returns { cents: 500 }
    expect result == 500
    expect attempts(weight) == 4 && attempts(booking) == 1
    expect order(weight, booking) && order(booking, paid) && !order(paid, booking)
    expect elapsed == 2d1h3m30s
    expect spent.money == 24usd && spent.tokens == 0tok
    expect succeeded(paid) && !undone(booking) && calls(yard.free) == []
    crash everywhere
}

test "too little is given back" {
    run ship("piano", "A7")
    mock yard.weigh returns 300
    mock yard.book returns "B1"
    mock paid returns { cents: 5 }
    mock yard.free(booking: "B1") returns null
    expect outcome.status == "failed" && outcome.error?.message == "too little was paid"
    expect undone(booking) && len(calls(yard.free)) == 1
    crash everywhere
}

test "nobody pays" {
    run ship("piano", "A7")
    mock yard.weigh returns 300
    mock yard.book returns "B1"
    mock paid never answers
    mock yard.free returns null
    expect failed(paid) && undone(booking) && elapsed == 7d
    crash everywhere
}

test "nobody weighs it" {
    run ship("piano", "A7")
    mock yard.weigh never answers
    expect outcome.error?.class == "timeout" && failed(weight)
    expect attempts(weight) == 5 && elapsed == 54m
    expect !succeeded(booking) && attempts(booking) == 0 && spent.money == 5usd
}
"#;

#[test]
fn an_event_costs_undo_order_and_silence_are_played() {
    let _timeless = timeless();
    insta::assert_snapshot!(tested(HOLDS), @r#"
    ok    what was paid is told  (crashed at 11 points)
    ok    too little is given back  (crashed at 6 points)
    ok    nobody pays  (crashed at 6 points)
    ok    nobody weighs it
    --- standard error
    4 tests passed in [s]
    (exit 0)
    "#);
}

const FAILS: &str = r#"
test "all of this is wrong" {
    run ship("piano", "A7")
    mock yard.weigh fails temporary 2 times, then returns 300
    mock yard.book returns "B1"
    mock paid takes 2d returns { cents: 5 }
    mock yard.free returns null
    expect order(paid, booking)
    expect spent.money <= 22usd
    expect !undone(booking)
    expect attempts(weight) == 2
    expect elapsed < 2d
}
"#;

#[test]
fn each_observation_shows_what_was_seen() {
    let _timeless = timeless();
    insta::assert_snapshot!(tested(FAILS), @r#"
    FAIL  all of this is wrong

    error[WF0820]: this expectation does not hold
       ┌─ yard.wf:24:12
       │
    24 │     expect order(paid, booking)
       │            ^^^^^^^^^^^^^^^^^^^^ false
       │
       = the run failed: too little was paid

    error[WF0820]: this expectation does not hold
       ┌─ yard.wf:25:12
       │
    25 │     expect spent.money <= 22usd
       │            ^^^^^^^^^^^^^^^^^^^^ false
       │
       = `spent.money` is 23usd

    error[WF0820]: this expectation does not hold
       ┌─ yard.wf:26:12
       │
    26 │     expect !undone(booking)
       │            ^^^^^^^^^^^^^^^^ false
       │
       = `undone(booking)` is true

    error[WF0820]: this expectation does not hold
       ┌─ yard.wf:27:12
       │
    27 │     expect attempts(weight) == 2
       │            ^^^^^^^^^^^^^^^^^^^^^ false
       │
       = `attempts(weight)` is 3, expected 2

    error[WF0820]: this expectation does not hold
       ┌─ yard.wf:28:12
       │
    28 │     expect elapsed < 2d
       │            ^^^^^^^^^^^^ false
       │
       = `elapsed` is 2d2m

    the run, with the time since its start:
            0s  weight calls yard.weigh
            0s  weight failed: temporary; again in 1m
            1m  weight calls yard.weigh, attempt 2
            1m  weight failed: temporary; again in 1m
            2m  weight calls yard.weigh, attempt 3
            2m  weight gave 300
            2m  booking calls yard.book
            2m  booking gave "B1"
            2m  paid waits for an event
          2d2m  paid gave {"cents":5}
          2d2m  fail: too little was paid
          2d2m  booking.undo calls yard.free
          2d2m  booking.undo gave null
          2d2m  the run failed: too little was paid

    --- standard error
    1 of 1 test failed in [s]; again: wfc test yard.wf --filter "all of this is wrong"
    (exit 1)
    "#);
}

#[test]
fn an_event_that_no_mock_sends_is_told_by_name() {
    let _timeless = timeless();
    let tests = r#"
test "nobody pays" {
    run ship("piano", "A7")
    mock yard.weigh returns 300
    mock yard.book returns "B1"
    mock yard.free returns null
    expect outcome.status == "failed"
}
"#;
    insta::assert_snapshot!(tested(tests), @r#"
    FAIL  nobody pays

    error[WF0821]: `paid` waits for an event, and nobody answers
       ┌─ yard.wf:18:6
       │
    18 │ test "nobody pays" {
       │      ^^^^^^^^^^^^^ in this test
       │
       = help: add `mock paid returns …`

    the run, with the time since its start:
            0s  weight calls yard.weigh
            0s  weight gave 300
            0s  booking calls yard.book
            0s  booking gave "B1"
            0s  paid waits for an event

    --- standard error
    1 of 1 test failed in [s]; again: wfc test yard.wf --filter "nobody pays"
    (exit 1)
    "#);
}
