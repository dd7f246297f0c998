//! Kinds of agents, run by `wfc run`: what reaches them, and how their ends are told.

use super::{folder, steady, wfc};

const SCRIPTS: &str = r#"
let folder = "notes"

agent script uses shell {
    stdin none
    action count(word: string) -> int {
        effects reads
        command "cd ${folder} && grep -c -- \"$WORD\" *.txt"
        env { WORD: word }
        output json
    }
    action echo(a: string, b: list<int>) -> json {
        effects reads
        command "cat"
        stdin json
    }
    action stop(code: string) -> string {
        effects reads
        command "echo 'on the way' >&2; exit \"$CODE\""
        env { CODE: code }
    }
}

workflow main(word: string, code: string = "") -> json {
    stage count = script.count(word)
    stage all = script.echo("$(touch pwned)", [1, 2]) { after count }
    stage ended = script.stop(code) { after all when code != "" }
    return { count, all: all as json, ended: ended ?? "" } as json
}
"#;

fn place() -> tempfile::TempDir {
    folder(&[("s.wf", SCRIPTS), ("notes/a.txt", "one\n$(touch pwned)\ntwo `touch pwned` one\n")])
}

#[test]
fn a_script_gets_its_arguments_as_variables_and_never_as_text() {
    let place = place();
    for (word, count) in [("one", 2), ("$(touch pwned)", 1), ("`touch pwned`", 1), ("t", 2)] {
        let seen = wfc(place.path(), &["run", "s.wf", "-q", "-i", &format!("word={word}")]);
        assert_eq!(
            seen,
            format!(
                "{{\"count\":{count},\"all\":{{\"a\":\"$(touch pwned)\",\"b\":[1,2]}},\"ended\":\"\"}}\n(exit 0)\n"
            )
        );
    }
    assert!(!place.path().join("pwned").exists() && !place.path().join("notes/pwned").exists());
}

#[test]
fn how_a_script_ends_is_told_as_that_of_a_program() {
    let place = place();
    steady().bind(|| {
        insta::assert_snapshot!(wfc(place.path(), &["run", "s.wf", "--id", "r1", "-i", "word=one", "-i", "code=3"]), @r#"
        --- standard error
        [time] run r1 started: main, plan [hash]
        [time] count succeeded in [s]
        [time] all succeeded in [s]
        [time] ended failed: the program of `stop` ended with status 3
        [time] run r1 failed after [s]: ended, failed
        error[WF0805]: `script.stop` ended with status 3
           ┌─ s.wf:27:19
           │
        27 │     stage ended = script.stop(code) { after all when code != "" }
           │                   ^^^^^^^^^^^^^^^^^ class `failed`
           │
           = its last output:
               on the way
           = attempt 1 of 1: no `retry` stands here
           = what it printed: wfc runs logs r1 ended

          kept: count, all    effects so far: none
          go on:         wfc runs retry r1
          with changes:  wfc runs retry r1 --plan s.wf
        (exit 1)
        "#);
    });
}
