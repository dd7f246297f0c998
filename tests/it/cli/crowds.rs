//! Maps of many items: told as one, with the first of what goes wrong in them.

use super::{folder, steady, wfc};

const PROGRAM: &str = r#"agent maker uses mock {
    action made(n: int) -> int {
        returns 100 / (n % 20)
    }
}

workflow many(upto: int) -> int {
    stage made = for n in range(0, upto) up to 10_000 => maker.made(n) {
        parallel 1
        on failure use 0
    }
    return sum(made)
}
"#;

#[test]
fn a_map_of_many_items_is_told_as_one() {
    let folder = folder(&[("many.wf", PROGRAM)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "many.wf", "-i", "upto=5000", "--clock", "virtual", "--id", "r1"]), @r#"
        87250
        --- standard error
        [time] run r1 started: many, plan [hash]
        [time] made[0] failed: invalid_value: `100 / 0` divides by [account]; handled
        [time] made[20] failed: invalid_value: `100 / 0` divides by [account]; handled
        [time] made[40] failed: invalid_value: `100 / 0` divides by [account]; handled
        [time] made[60] failed: invalid_value: `100 / 0` divides by [account]; handled
        [time] made[80] failed: invalid_value: `100 / 0` divides by [account]; handled
        [time] made[100] failed: invalid_value: `100 / 0` divides by [account]; handled
        [time] made[120] failed: invalid_value: `100 / 0` divides by [account]; handled
        [time] made[140] failed: invalid_value: `100 / 0` divides by [account]; handled
        [time] made[160] failed: invalid_value: `100 / 0` divides by [account]; handled
        [time] made[180] failed: invalid_value: `100 / 0` divides by [account]; handled
        [time] made: more failures are only counted
        [time] made succeeded in [s]: 5_000 items, 250 failed
        [time] run r1 succeeded in [s]: 4_750 succeeded, 250 failed and handled
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["runs", "show", "r1"]).lines().take(8).collect::<Vec<_>>().join("\n"), @r#"
        run r1  many  succeeded, [s]
        started [minute] by [account]: upto 5000
        plan [hash], from many.wf
          ✓ made                     [s]
              5_000 items that succeeded: -v names them
        effects so far: none
        result: 87250
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["run", "many.wf", "-i", "upto=3", "--clock", "virtual", "--id", "r2"]), @r#"
        150
        --- standard error
        [time] run r2 started: many, plan [hash]
        [time] made[0] failed: invalid_value: `100 / 0` divides by [account]; handled
        [time] made[0] succeeded
        [time] made[1] succeeded in [s]
        [time] made[2] succeeded in [s]
        [time] run r2 succeeded in [s]: 2 succeeded, 1 failed and handled
        (exit 0)
        "#);
    });
}

/// Why the map failed is said of its item, how far it came of the map.
#[test]
fn a_map_of_many_items_that_fails_says_how_far_it_came() {
    let program = PROGRAM.replace("n % 20", "n - 70").replace("on failure use 0", "");
    let folder = folder(&[("many.wf", &program)]);
    steady().bind(|| {
        let told = wfc(folder.path(), &["run", "many.wf", "-i", "upto=100", "--clock", "virtual", "--id", "r1"]);
        insta::assert_snapshot!(told.lines().take(5).collect::<Vec<_>>().join("\n"), @r#"
        --- standard error
        [time] run r1 started: many, plan [hash]
        [time] made[70] failed: invalid_value: `100 / 0` divides by [account]
        [time] made failed in [s]: 100 items, 1 failed, 29 not started
        [time] run r1 failed after [s]: made[70], invalid_value
        "#);
        let shown = wfc(folder.path(), &["runs", "show", "r1"]);
        insta::assert_snapshot!(shown.lines().take(6).collect::<Vec<_>>().join("\n"), @r#"
        run r1  many  failed, [s]: made[70]: invalid_value
        started [minute] by [account]: upto 100
        plan [hash], from many.wf
          x made                     [s]  invalid_value
              70 items that succeeded: -v names them
            x made[70]               [s]  invalid_value
        "#);
    });
}

/// Whoever wants to know all is told all.
#[test]
fn with_v_each_item_has_its_line() {
    let folder = folder(&[("many.wf", PROGRAM)]);
    let told = wfc(folder.path(), &["run", "many.wf", "-i", "upto=60", "--clock", "virtual", "-v"]);
    assert_eq!(told.matches("] succeeded in ").count(), 57, "{told}");
    assert_eq!(told.matches("] failed: invalid_value").count(), 3, "{told}");
}
