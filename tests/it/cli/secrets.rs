//! Secrets that come and go while a run is under way.

use std::fs;

use super::{folder, steady, wfc};

const GUARDED: &str = r#"secret token from file "token"

agent tool uses exec {
    stdin none
    action show(_go: { ok: bool }) -> string {
        effects writes
        command ["sh", "-c", "echo the token is $TOKEN >&2; echo done"]
        env { TOKEN: token }
    }
    action other(_go: { ok: bool }) -> string {
        effects writes
        command ["sh", "-c", "echo x >> others; echo other"]
    }
}

workflow main() -> string {
    stage go = ask("Go on?") -> { ok: bool } { timeout 1d }
    stage shown = tool.show(go) { retry { attempts 3  on unavailable } }
    stage other = tool.other(go)
    return "${shown}, ${other}"
}
"#;

/// Row 50 of the faults.
#[test]
fn a_secret_that_is_gone_parks_the_run_until_it_is_there() {
    let folder = folder(&[("s.wf", GUARDED), ("token", "one-time value")]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    assert!(run(&["run", "s.wf", "-q", "--id", "r1"]).ends_with("(exit 75)\n"));
    fs::remove_file(folder.path().join("token")).unwrap();
    run(&["runs", "answer", "r1", "go", "{ \"ok\": true }"]);
    steady().bind(|| {
        insta::assert_snapshot!(run(&["resume", "r1", "-q"]), @r#"
        --- standard error
          shown waits for a secret
            the file `token` of the secret `token` cannot be used: No such file or directory (os error 2)
        then go on: wfc resume r1
        (exit 75)
        "#);
    });
    assert!(run(&["runs", "list"]).contains("waits for a secret"), "{}", run(&["runs", "list"]));
    assert_eq!(fs::read_to_string(folder.path().join("others")).unwrap(), "x\n", "all else goes on");
    // It is another one by now, and stands nowhere all the same.
    fs::write(folder.path().join("token"), "another value").unwrap();
    assert_eq!(run(&["resume", "r1", "-q"]), "\"done, other\"\n(exit 0)\n");
    assert_eq!(fs::read_to_string(folder.path().join("others")).unwrap(), "x\n");
    assert!(run(&["runs", "logs", "r1"]).contains("the token is [REDACTED]"), "{}", run(&["runs", "logs", "r1"]));
}
