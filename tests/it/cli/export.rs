//! `wfc runs export`: one file says all of a run, and no secret.

use std::fs;

use wfc::store::export::{Export, Outcome};

use super::programs::{ASKS, BROKEN};
use super::{folder, wfc};

/// Prints a secret in each form that people pass it on in, then fails with it in its message.
const LEAKS: &str = r#"secret token from file "token"

agent tool uses exec {
    stdin none
    action show(value: string) -> string {
        effects reads
        command ["sh", "-c", "printf %s \"$TOKEN\" | tee /dev/stderr | base64 >&2; printf %s \"$TOKEN\" | od -An -tx1 | tr -d ' \n' >&2; echo >&2; echo \"{\\\"error\\\": {\\\"class\\\": \\\"failed\\\", \\\"message\\\": \\\"not with $TOKEN\\\"}}\"; exit 1"]
        env { TOKEN: token }
    }
}

workflow main(note: string) -> string {
    stage go = ask("Go on?") -> { why: string } { timeout 1d }
    stage shown = tool.show("${note}, ${go.why}") { on failure use "nothing" }
    return shown
}
"#;

const TOKEN: &str = "s3cr3t-va1ue/+?";

#[test]
fn a_run_is_one_file_that_reads_back() {
    let folder = folder(&[("ship.wf", BROKEN), ("release.wf", ASKS)]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    run(&["run", "ship.wf", "--id", "bad"]);
    assert_eq!(
        run(&["runs", "export", "bad", "-o", "bad.json"]),
        "--- standard error\nrun bad is in bad.json\n(exit 0)\n"
    );
    let text = fs::read_to_string(folder.path().join("bad.json")).unwrap();
    assert_eq!(run(&["runs", "export", "ba"]), format!("{text}(exit 0)\n"), "on standard output the same");
    let export = Export::decode(&text).unwrap();
    let ends: Vec<_> = export.calls.iter().map(|call| (call.call.as_str(), call.outcome.as_ref())).collect();
    assert!(
        matches!(
            ends[..],
            [("shell.prepare", Some(Outcome::Succeeded { .. })), ("shell.build", Some(Outcome::Failed { .. }))]
        ),
        "{ends:?}"
    );
    assert_eq!(export.calls[1].arguments["_from"], "prepared");
    let lines: Vec<_> = export.logs.iter().map(|line| line.line.as_str()).collect();
    assert_eq!(lines, ["compiling", "no such field"]);
}

#[test]
fn what_stands_in_the_way_is_said() {
    let folder = folder(&[("ship.wf", BROKEN)]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    run(&["run", "ship.wf", "--id", "bad"]);
    insta::assert_snapshot!(run(&["runs", "export", "bad", "-o", "none/bad.json"]), @r"
    --- standard error
    error: `none/bad.json` cannot be written: its folder is not there
    (exit 3)
    ");
    insta::assert_snapshot!(run(&["runs", "export", "bat"]), @r"
    --- standard error
    error: there is no run `bat`
    help: did you mean `bad`?
    (exit 2)
    ");
}

#[test]
fn no_secret_is_in_it_in_any_form() {
    let folder = folder(&[("s.wf", LEAKS), ("token", TOKEN)]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    // A person writes it where nobody looks for it.
    run(&["run", "s.wf", "--id", "r1", "-i", &format!("note=use {TOKEN}")]);
    run(&["runs", "answer", "r1", "go", &format!("{{ \"why\": \"it is {TOKEN}\" }}")]);
    assert!(run(&["resume", "r1", "-q"]).ends_with("(exit 0)\n"));
    let text = run(&["runs", "export", "r1"]);
    let hex: String = TOKEN.bytes().map(|byte| format!("{byte:02x}")).collect();
    for form in [TOKEN, &hex, "czNjcjN0LXZhMXVlLys", "s3cr3t", "va1ue"] {
        assert!(!text.contains(form), "{form} in {text}");
    }
    let export = Export::decode(text.strip_suffix("(exit 0)\n").unwrap()).unwrap();
    assert!(
        matches!(&export.calls[0].outcome, Some(Outcome::Failed { message, .. }) if message.contains("[REDACTED]"))
    );
    let lines: Vec<_> = export.logs.iter().map(|line| line.line.as_str()).collect();
    assert_eq!(lines, ["[REDACTED][REDACTED]", "[REDACTED]"], "as it is, in base 64 right after it, in hexadecimal");
    assert_eq!(export.run.inputs["note"], "use [REDACTED]");
}
