//! How a run stands, told while it runs and afterwards: failures, waits, the process that drives it.

use super::{folder, steady, wfc};

/// What failed is told in the words of the end of the run, also later; what was handled in one line.
#[test]
fn a_failure_is_told_again() {
    let friday = r#"agent items uses mock {
    action kind(item: string) -> string {
        fails rate_limited 9 times
        returns item
    }
}

workflow main(friday: bool) -> string {
    stage guess = items.kind("a") { on failure use "none" }
    when friday && guess == "none" {
        fail "root refused: not on a Friday, and no other day on which nobody is there to look"
    }
    return guess
}
"#;
    let folder = folder(&[("friday.wf", friday)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "friday.wf", "--id", "r1", "-i", "friday=true"]), @r#"
        --- standard error
        [time] run r1 started: main, plan [hash]
        [time] fail failed: failed: root refused: not on a Friday, and no other day o…
        [time] guess cancelled
        [time] run r1 failed after [s]: fail, failed
        error[WF0801]: `fail` failed: root refused: not on a Friday, and no other
            day on which nobody is there to look
           ┌─ friday.wf:11:9
           │
        11 │ …   fail "root refused: not on a Friday, and no other day o…
           │     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ class `failed`

          effects so far: none
          go on:         wfc runs retry r1
          with changes:  wfc runs retry r1 --plan friday.wf
        (exit 1)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["runs", "show", "r1"]), @r#"
        run r1  main  failed, [s]: fail: failed
        started [minute] by [account]: friday true
        plan [hash], from friday.wf
          ○ guess                    [s]  cancelled
          x fail                     [s]  failed
        error[WF0801]: `fail` failed: root refused: not on a Friday, and no other
            day on which nobody is there to look
           ┌─ friday.wf:11:9
           │
        11 │ …   fail "root refused: not on a Friday, and no other day o…
           │     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ class `failed`

        effects so far: none
        go on: wfc runs retry r1
        (exit 0)
        "#);
    });
}
