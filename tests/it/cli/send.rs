//! `wfc runs send`: who takes an event, what does not fit, what was sent before.

use std::process::Stdio;

use super::{Process, folder, steady, wfc};

/// Waits for a payment, then for a parcel; or for another kind of payment.
const SHOP: &str = r#"workflow order(key: string) -> string {
    stage payment = event("paid", key: key) -> { by: string } { timeout 1h }
    stage parcel = event("sent", key: key) -> { by: string } { timeout 1h after payment }
    return "${payment.by} ${parcel.by}"
}

workflow count(key: string) -> int {
    stage payment = event("paid", key: key) -> { n: int } { timeout 1h }
    return payment.n
}

workflow ask_only() -> bool {
    stage allowed = ask("Go?") -> { ok: bool } { timeout 1h }
    return allowed.ok
}
"#;

fn started(runs: &[(&str, &str, &str)]) -> tempfile::TempDir {
    let folder = folder(&[("shop.wf", SHOP)]);
    for (id, workflow, key) in runs {
        let given = format!("key={key}");
        let input: &[&str] = if key.is_empty() { &[] } else { &["-i", &given] };
        wfc(folder.path(), &[&["run", "shop.wf", workflow, "--id", id], input].concat());
    }
    folder
}

#[test]
fn who_takes_an_event_is_said() {
    let folder = started(&[("a1", "order", "A"), ("b1", "order", "B"), ("q1", "ask_only", "")]);
    let send = |arguments: &[&str]| wfc(folder.path(), &[&["runs", "send"], arguments].concat());
    let mut waits = Process::start(
        folder.path(),
        &["run", "shop.wf", "order", "--id", "live", "-i", "key=L", "--wait"],
        Stdio::piped(),
    );
    waits.hear("payment waits for event");
    steady().bind(|| {
        insta::assert_snapshot!(send(&["paid", "--key", "A", r#"{"by":"me"}"#]), @r#"
        --- standard error
        event paid sent; who takes it:
          run a1 at payment takes it when resumed: wfc resume a1
        (exit 0)
        "#);
        // The run has this one already: it waits for the next by now.
        insta::assert_snapshot!(send(&["paid", "--key", "A", r#"{"by":"me"}"#]), @r#"
        --- standard error
        event paid sent; no run waits for it with this key now, it is kept for one under way that will
        waited for now: paid with key L (run live), paid with key B (run b1), sent with key A (run a1)
        (exit 0)
        "#);
        insta::assert_snapshot!(send(&["sent", "--key", "A", r#"{"by":"me"}"#]), @r#"
        --- standard error
        event sent sent; who takes it:
          run a1 at parcel takes it when resumed: wfc resume a1
        (exit 0)
        "#);
        insta::assert_snapshot!(send(&["nope1", "--key", "K"]), @r#"
        --- standard error
        event nope1 sent; no run waits for it with this key now, it is kept for one under way that will
        waited for now: paid with key L (run live), paid with key B (run b1)
        (exit 0)
        "#);
        insta::assert_snapshot!(send(&["paid", "--key", "L", r#"{"by":"me"}"#]), @r#"
        --- standard error
        event paid sent; who takes it:
          run live at payment takes it now
        (exit 0)
        "#);
        insta::assert_snapshot!(send(&["paid", "--key", "B", "--id", "p1", r#"{"by":"me"}"#]), @r#"
        --- standard error
        event paid sent; who takes it:
          run b1 at payment takes it when resumed: wfc resume b1
        (exit 0)
        "#);
        insta::assert_snapshot!(send(&["paid", "--key", "B", "--id", "p1", r#"{"by":"me"}"#]), @r#"
        --- standard error
        event paid was sent before with this id, by [account] at [time]: a run takes the first only; no run waits for it with this key now, it is kept for one under way that will
        waited for now: sent with key L (run live), sent with key B (run b1)
        (exit 0)
        "#);
    });
}

#[test]
fn without_a_run_under_way_nobody_takes_an_event() {
    let folder = started(&[("a1", "order", "A")]);
    wfc(folder.path(), &["runs", "cancel", "a1"]);
    insta::assert_snapshot!(wfc(folder.path(), &["runs", "send", "paid", "--key", "A"]), @r#"
    --- standard error
    event paid sent; no run is under way, and one that starts later does not take it
    (exit 0)
    "#);
}

#[test]
fn an_event_that_fits_nobody_is_refused_and_one_that_fits_not_all_is_told() {
    let folder = started(&[("a1", "order", "A")]);
    let send = |arguments: &[&str]| wfc(folder.path(), &[&["runs", "send"], arguments].concat());
    insta::assert_snapshot!(send(&["paid", "--key", "A", r#"{"bx":"me"}"#]), @r#"
    --- standard error
    error: the event does not fit: field `by` is missing
    help: run a1 waits at `payment` for JSON of the type { by: string }
    (exit 2)
    "#);
    wfc(folder.path(), &["run", "shop.wf", "count", "--id", "c1", "-i", "key=A"]);
    insta::assert_snapshot!(send(&["paid", "--key", "A", r#"{"by":"me"}"#]), @r#"
    --- standard error
    event paid sent; who takes it:
      run c1 at payment takes it when resumed: wfc resume c1; it does not fit there: field `n` is missing
      run a1 at payment takes it when resumed: wfc resume a1
    (exit 0)
    "#);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["resume", "c1"]), @r#"
        --- standard error
        [time] run c1 goes on: count, plan [hash]
        [time] payment waits for event `paid`, key `A`, until [minute]: wfc runs send paid --key A JSON
        [time] payment failed: invalid_output: the event does not fit: field `n` is missing
        [time] run c1 failed after [s]: payment, invalid_output
        error[WF0803]: the event `paid` does not fit `{ n: int }`
          ┌─ shop.wf:8:21
          │
        8 │     stage payment = event("paid", key: key) -> { n: int } { timeout 1h }
          │                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ awaited here
          │
          = field `n` is missing

          effects so far: none
          go on:         wfc runs retry c1
          with changes:  wfc runs retry c1 --plan shop.wf
        (exit 1)
        "#);
    });
}
