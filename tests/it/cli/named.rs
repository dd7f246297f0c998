//! What is named: stages by `--again`, the effects of a pool's members, the number of an attempt.

use super::{folder, steady, wfc};

const POOL: &str = r#"interface Writer { action go(n: int) -> string { effects writes } }
agent a: Writer uses mock { action go { returns "a" } }
agent b: Writer uses mock { action go { fails unavailable 9 times returns "b" } }
agent d uses mock {
    action no(of: string) -> string { effects reads fails denied 99 times returns of }
    action many(n: int) -> int { effects reads fails unavailable 3 times returns n }
}

pool p: Writer {
    members a, b
    strategy round_robin
}

workflow main() -> string {
    stage one = p.go(1)
    stage two = d.no(one) { retry { attempts 2 backoff fixed(1ms) on unavailable } }
    return two
}

workflow tried() -> int {
    stage n = d.many(1) { retry { attempts 2 backoff fixed(1ms) on unavailable } }
    return n
}
"#;

/// What a member of a pool has written is named like any other effect.
#[test]
fn a_write_of_a_pool_is_an_effect() {
    let folder = folder(&[("pool.wf", POOL)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "pool.wf", "main", "--id", "r1"]), @r#"
        --- standard error
        [time] run r1 started: main, plan [hash]
        [time] one succeeded in [s]
        [time] two failed: denied: the mock fails with `denied`, as it was told
        [time] run r1 failed after [s]: two, denied
        error[WF0801]: `two` failed: the mock fails with `denied`, as it was told
           ┌─ pool.wf:16:17
           │
        16 │     stage two = d.no(one) { retry { attempts 2 backoff fixed(1ms) on unava…
           │                 ^^^^^^^^^ class `denied`
           │
           = attempt 1 of 2; its `retry` does not take up `denied`

          kept: one    effects so far: one
          go on:         wfc runs retry r1
          with changes:  wfc runs retry r1 --plan pool.wf
        (exit 1)
        "#);
    });
}

/// A slip must not begin anything.
#[test]
fn a_stage_that_is_not_there_is_not_run_again() {
    let folder = folder(&[("pool.wf", POOL)]);
    steady().bind(|| {
        wfc(folder.path(), &["run", "pool.wf", "main", "--id", "r1", "-q"]);
        insta::assert_snapshot!(wfc(folder.path(), &["runs", "retry", "r1", "--again", "onr"]), @r#"
        --- standard error
        error: `--again onr`: there is no stage `onr`
        help: did you mean `one`?
        (exit 2)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["runs", "retry", "r1", "--again", "one[1]"]), @r#"
        --- standard error
        error: `--again one[1]`: `one[1]` is kept with all of `one`
        help: name the whole: `--again one`
        (exit 2)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["runs", "retry", "r1", "--plan", "pool.wf", "--again", "zzz"]), @r#"
        --- standard error
        error: `--again zzz`: there is no stage `zzz`
        help: its stages: `one` and `two`
        (exit 2)
        "#);
    });
}

/// The policy of a stage counts anew after a retry of the run, and its attempts go on.
#[test]
fn an_attempt_beyond_the_policy_is_told_by_its_number() {
    let folder = folder(&[("pool.wf", POOL)]);
    steady().bind(|| {
        wfc(folder.path(), &["run", "pool.wf", "tried", "--id", "r1", "-q"]);
        insta::assert_snapshot!(wfc(folder.path(), &["runs", "retry", "r1"]), @r#"
        1
        --- standard error
          + n                        again: it failed
        [time] run r1 goes on: tried, plan [hash]
        [time] n attempt 3 failed: unavailable: the mock fails with `unavailable`, as it was told; next in 1ms
        [time] n succeeded in [s]
        [time] run r1 succeeded in [s]: 1 succeeded
        (exit 0)
        "#);
    });
}
