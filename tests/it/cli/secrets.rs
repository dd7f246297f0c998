//! Secrets that come and go while a run is under way.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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

const TELLS: &str = r#"secret token from file "token"

agent tool uses exec {
    stdin none
    action tell() -> { said: string, written: file } {
        effects writes
        command ["sh", "-c", """
            touch started
            while ! test -e go; do sleep 0.02; done
            head -c 16380 /dev/zero | tr '\\0' x >&2
            echo "$TOKEN" >&2
            echo "$TOKEN" > "$WFC_OUT/kept"
            printf '{"said": "%s", "written": "kept"}' "$PRINTED"
            touch over
            """]
        env { TOKEN: token, PRINTED: "${token}" }
    }
}

workflow main() -> string {
    stage told = tool.tell()
    return told.said
}
"#;

/// What a program does while nobody is there to look is looked at by its supervisor: who takes it up may not have the secret.
#[test]
fn a_secret_stands_nowhere_whoever_takes_the_run_up() {
    for (printed, message) in [
        ("${token}", "a secret stands in the answer; nothing of it is kept"),
        ("nothing", "a secret stands in `kept`; nothing of it is kept"),
    ] {
        let program = TELLS.replace("PRINTED: \"${token}\"", &format!("PRINTED: \"{printed}\""));
        let folder = folder(&[("s.wf", &program), ("token", "SECRETVALUE1234567890")]);
        let until = |name: &str| {
            let limit = Instant::now() + Duration::from_secs(30);
            while !folder.path().join(name).exists() {
                assert!(Instant::now() < limit, "`{name}` never came");
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        let mut first = Command::new(env!("CARGO_BIN_EXE_wfc"))
            .args(["run", "s.wf", "-q", "--id", "r1"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until("started");
        first.kill().unwrap();
        first.wait().unwrap();
        fs::remove_file(folder.path().join("token")).unwrap();
        fs::write(folder.path().join("go"), "").unwrap();
        until("over");
        let said = wfc(folder.path(), &["resume", "r1", "-q"]);
        assert!(said.contains("(exit 1)"), "{said}");
        let events = wfc(folder.path(), &["runs", "events", "r1"]);
        assert!(events.contains(message), "{events}");
        let logs = wfc(folder.path(), &["runs", "logs", "r1"]);
        assert!(logs.contains("[REDACTED]") && !logs.contains("SECRET"), "{logs}");
        let kept = fs::read(folder.path().join(".wfc/runs.db")).unwrap();
        assert!(kept.windows(8).any(|window| window == b"REDACTED"), "the lines are in it");
        assert!(!kept.windows(6).any(|window| window == b"SECRET"));
    }
}

#[test]
fn an_answer_with_a_secret_in_it_is_said_to_be_one() {
    let program = GUARDED.replace("echo done", "echo $TOKEN").replace("tool.show(go)", "tool.show({ ok: true })");
    let folder = folder(&[("s.wf", &program), ("token", "one-time value")]);
    let said = wfc(folder.path(), &["run", "s.wf", "-q", "--no-wait"]);
    assert!(said.contains("error[WF0803]: a secret stands in the answer of `tool.show`;"), "{said}");
    assert!(!said.contains("one-time"), "{said}");
}

#[test]
fn a_secret_beside_the_answer_is_of_no_concern() {
    let program = r#"secret token from file "token"

agent tool uses exec {
    stdin none
    action show() -> string {
        effects reads
        command ["sh", "-c", "printf '{\"sent\": \"%s\", \"result\": \"done\"}' \"$TOKEN\""]
        output json at "result"
        env { TOKEN: token }
    }
}

workflow main() -> string {
    stage shown = tool.show()
    return shown
}
"#;
    let folder = folder(&[("s.wf", program), ("token", "one-time value")]);
    assert_eq!(wfc(folder.path(), &["run", "s.wf", "-q"]), "\"done\"\n(exit 0)\n");
}

#[test]
fn a_secret_is_found_in_what_programs_make_of_it() {
    let tells = "printf 'bob:%s' \\\"$TOKEN\\\" | base64 >&2; echo done";
    let program = GUARDED
        .replace("echo the token is $TOKEN >&2; echo done", tells)
        .replace("tool.show(go)", "tool.show({ ok: true })")
        .replace("tool.other(go)", "tool.other({ ok: true })");
    let folder = folder(&[("s.wf", &program), ("token", "pass12")]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    run(&["run", "s.wf", "-q", "--no-wait", "--id", "r1"]);
    let logs = run(&["runs", "logs", "r1"]);
    assert!(logs.contains("Ym9iO[REDACTED]\n"), "{logs}");
}

#[test]
fn a_secret_that_is_too_short_to_be_found_is_told() {
    let folder = folder(&[("s.wf", GUARDED), ("token", "1234\n")]);
    let said = wfc(folder.path(), &["run", "s.wf", "--no-wait"]);
    let warning = "warning: secret `token` is shorter than 6 bytes: it is not looked for in what programs print\n";
    assert!(said.contains(warning), "{said}");
}

/// Decision 0091: what a supervisor has read stays in its memory, where the next program could look for it.
#[test]
fn a_secret_that_was_an_argument_ends_its_supervisor_too() {
    let program = r#"secret token from file "token"

agent tool uses exec {
    action take(_t: secret string) -> string {
        effects reads
        command ["sh", "-c", "cat >/dev/null; echo $PPID"]
    }
    action take_nothing() -> string {
        effects reads
        command ["sh", "-c", "echo $PPID"]
    }
}

workflow main() -> list<bool> {
    stage a = tool.take_nothing()
    stage b = tool.take_nothing() { after a }
    stage c = tool.take(token) { after b }
    stage d = tool.take_nothing() { after c }
    return [a == b, c == d]
}
"#;
    let folder = folder(&[("s.wf", program), ("token", "one-time value")]);
    assert_eq!(wfc(folder.path(), &["run", "s.wf", "-q"]), "[true,false]\n(exit 0)\n");
}
