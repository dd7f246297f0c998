//! What `wfc run` finds before it starts: the project, the workflow, and whether what it needs is there.

use super::{folder, steady, wfc};

const LACKS: &str = r#"agent tools uses exec {
    stdin none
    action first() -> string {
        effects reads
        command ["echo", "first"]
    }
    action second(_what: string) -> string {
        effects reads
        command ["wfc-no-such-program", "x"]
        env { TOKEN: token }
    }
    action built(_what: string) -> string {
        effects reads
        command ["./made/by/a/stage"]
    }
}

agent others uses exec {
    stdin none
    action maybe() -> string {
        effects reads
        command ["wfc-no-other-program"]
    }
}

secret token from env "WFC_TEST_TOKEN"

workflow lacks(often: bool = false) -> string {
    stage first = tools.first()
    stage second = tools.second(first)
    stage built = tools.built(second)
    when often {
        stage guarded = others.maybe()
    }
    stage handled = others.maybe() { on failure use "none" }
    return "${built}${handled}"
}
"#;

#[test]
fn what_is_missing_is_told_before_anything_starts() {
    let folder = folder(&[("lacks.wf", LACKS)]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "lacks.wf"]), @r#"
    --- standard error
    1 warning: wfc check lacks.wf
    error: there is no program `wfc-no-such-program` in PATH, and tools needs it
    error: the environment variable `WFC_TEST_TOKEN` of the secret `token` is not set
    (exit 3)
    "#);
    assert!(!folder.path().join(".wfc").exists(), "no run was made");
}

/// What only a guarded or handled stage needs may be missing: those say what then.
#[test]
fn what_a_run_can_do_without_is_not_asked_for() {
    let program =
        LACKS.replace("[\"wfc-no-such-program\", \"x\"]", "[\"echo\", \"x\"]").replace("env { TOKEN: token }", "");
    let program = program
        .replace("[\"./made/by/a/stage\"]", "[\"echo\", \"built\"]")
        .replace("secret token from env \"WFC_TEST_TOKEN\"", "");
    let folder = folder(&[("lacks.wf", &program)]);
    assert!(wfc(folder.path(), &["run", "lacks.wf", "-q"]).starts_with("\"builtnone\"\n"));
}

const HELLO: &str =
    "workflow hello() -> string {\n    return \"hello\"\n}\n\nworkflow bye() -> string {\n    return \"bye\"\n}\n";
const OTHER: &str = "workflow other() -> string {\n    return \"other\"\n}\n";

#[test]
fn the_project_is_found_from_below() {
    let config = "[project]\nmain = \"flows/hello.wf\"\n";
    let folder =
        folder(&[("wf.toml", config), ("flows/hello.wf", HELLO), ("flows/other.wf", OTHER), ("docs/a.md", "")]);
    for below in ["docs", "flows"] {
        let below = folder.path().join(below);
        for arguments in [&["run", "hello", "-q"][..], &["run", "-q", "bye"], &["run", "-q", "other"]] {
            let said = wfc(&below, arguments);
            let name = arguments.iter().find(|word| ["hello", "bye", "other"].contains(word)).unwrap();
            assert_eq!(said, format!("\"{name}\"\n(exit 0)\n"));
        }
    }
    let below = folder.path().join("docs");
    assert!(wfc(&below, &["plan", "bye"]).starts_with("bye  0 stages"), "{}", wfc(&below, &["plan", "bye"]));
    steady().bind(|| {
        insta::assert_snapshot!(wfc(&below, &["run"]), @r#"
        --- standard error
        error[WF0905]: `flows/hello.wf` has several workflows: `hello`, `bye`
        help: say which, after the file; or call one `main`
        (exit 2)
        "#);
        insta::assert_snapshot!(wfc(&below, &["run", "hullo"]), @r#"
        --- standard error
        error: there is no file `hullo`, and no workflow of that name here; did you mean `hello`?
        (exit 2)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["run", "bye", "--id", "r1"]), @r#"
        "bye"
        --- standard error
        [time] run r1 started: bye, plan [hash]
        [time] run r1 succeeded in [s]: nothing to do
        (exit 0)
        "#);
    });
    assert!(wfc(folder.path(), &["runs", "show", "r1"]).contains("from flows/hello.wf\n"));
}

#[test]
fn a_name_that_several_files_have_is_told() {
    let folder = folder(&[("wf.toml", ""), ("a.wf", OTHER), ("b.wf", OTHER)]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "other"]), @r#"
    --- standard error
    error: several files have a workflow `other`: a.wf, b.wf
    help: name one of them first: `wfc run a.wf other`
    (exit 2)
    "#);
}

#[test]
fn warnings_are_counted_and_errors_drawn() {
    let warned = "let unused = 3\n\nworkflow w(a: int = 1) -> int {\n    return 1\n}\n";
    let folder = folder(&[("w.wf", warned)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "w.wf", "--id", "r1"]), @r#"
    1
    --- standard error
    1 warning: wfc check w.wf
    [time] run r1 started: w, plan [hash]
    [time] run r1 succeeded in [s]: nothing to do
    (exit 0)
    "#)
    });
    assert_eq!(wfc(folder.path(), &["run", "w.wf", "-q"]), "1\n(exit 0)\n");
    std::fs::write(folder.path().join("w.wf"), warned.replace("return 1", "return b")).unwrap();
    let told = wfc(folder.path(), &["run", "w.wf"]);
    assert!(told.contains("error[WF0102]") && told.ends_with("(exit 1)\n"), "{told}");
}
