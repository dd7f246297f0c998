//! `wfc completions`, and the help that goes with commands.

use super::{folder, wfc};

#[test]
fn every_shell_gets_a_script_that_asks_wfc() {
    let folder = folder(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = wfc(folder.path(), &["completions", shell]);
        assert!(script.ends_with("(exit 0)\n") && script.contains("COMPLETE"), "{script}");
    }
}

const ASKS: &str = r#"workflow asks() -> string {
    stage colour = ask("Which colour?") -> "red" | "light blue" | "it's" { timeout 1d }
    stage calm = ask("Calm?") -> bool { timeout 1d }
    return colour
}
"#;

/// What bash offers at the end of a line; `replaced` is what it would replace.
fn offered(folder: &std::path::Path, line: &str, replaced: &str) -> Option<Vec<String>> {
    let script = wfc(folder, &["completions", "bash"]);
    let (script, _) = script.rsplit_once("(exit").unwrap();
    std::fs::write(folder.join("wfc.bash"), script).unwrap();
    let asked = "source ./wfc.bash; COMP_TYPE=9; _wfc_complete wfc \"$REPLACED\" x; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let programs = std::path::Path::new(env!("CARGO_BIN_EXE_wfc")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    let bash = std::process::Command::new("bash")
        .args(["--norc", "-c", asked])
        .envs([("PATH", path.as_str()), ("COMP_LINE", line), ("REPLACED", replaced)])
        .env("COMP_POINT", line.chars().count().to_string())
        .current_dir(folder)
        .output();
    let Ok(output) = bash else {
        eprintln!("skipped: there is no bash here");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.lines().map(|line| line.trim().to_owned()).filter(|word| !word.is_empty()).collect())
}

/// Asserts what is offered, options left out.
fn assert_offered(folder: &std::path::Path, cases: &[(&str, &str, &[&str])]) {
    for (line, replaced, expected) in cases {
        let Some(mut offered) = offered(folder, line, replaced) else { return };
        offered.retain(|word| !word.starts_with('-'));
        assert_eq!(offered, *expected, "{line}");
    }
}

#[test]
fn bash_completes_what_only_wfc_knows() {
    let folder = folder(&[("asks.wf", ASKS)]);
    wfc(folder.path(), &["run", "asks.wf", "--id", "first"]);
    wfc(folder.path(), &["run", "asks.wf", "--id", "second"]);
    assert_offered(
        folder.path(),
        &[
            ("wfc che", "che", &["check"]),
            ("wfc resume ", "", &["second", "first", "@latest"]),
            ("wfc resume @la", "@la", &["@latest"]),
            ("wfc runs show f", "f", &["first"]),
            ("wfc runs retry ", "", &["@latest"]),
            ("wfc runs answer first ", "", &["colour", "calm"]),
            ("wfc runs answer first ca", "ca", &["calm"]),
            ("wfc run as", "as", &["asks", "asks.wf"]),
            ("wfc plan asks.wf ", "", &["asks"]),
        ],
    );
}

#[test]
fn bash_gets_answers_as_it_has_to_read_them() {
    let folder = folder(&[("asks.wf", ASKS)]);
    wfc(folder.path(), &["run", "asks.wf", "--id", "first"]);
    assert_offered(
        folder.path(),
        &[
            ("wfc runs answer first colour ", "", &["red", "light\\ blue", "it\\'s"]),
            ("wfc runs answer first 'colour' \"light b", "light b", &["light blue"]),
            ("wfc runs answer first colour light\\ b", "light\\ b", &["light\\ blue"]),
            ("wfc runs answer first colour 'i", "i", &["it'\\''s"]),
        ],
    );
    for (answer, exit) in [("green", "(exit 2)\n"), ("light blue", "(exit 0)\n")] {
        let said = wfc(folder.path(), &["runs", "answer", "first", "colour", answer]);
        assert!(said.ends_with(exit), "{said}");
    }
}

#[test]
fn bash_looks_into_the_store_that_was_typed() {
    let folder = folder(&[("asks.wf", ASKS)]);
    wfc(folder.path(), &["run", "asks.wf", "--id", "first", "--store", "else where"]);
    assert_offered(
        folder.path(),
        &[
            ("wfc --store 'else where' runs answer first ca", "ca", &["calm"]),
            ("wfc runs answer --store='else where' first ca", "ca", &["calm"]),
            ("wfc runs answer --color never --store=else\\ where fi", "fi", &["first"]),
            ("wfc resume --store=else", "else", &["else\\ where/"]),
            ("wfc runs answer first ca", "ca", &[]),
        ],
    );
}

#[test]
fn of_many_runs_those_are_offered_that_begin_as_was_typed() {
    let folder = folder(&[("one.wf", "workflow one() -> int { return 1 }\n")]);
    wfc(folder.path(), &["run", "one.wf", "--id", "a-first"]);
    for number in 0..51 {
        wfc(folder.path(), &["run", "one.wf", "--id", &format!("b-{number}")]);
    }
    assert_offered(
        folder.path(),
        &[("wfc runs show a", "a", &["a-first"]), ("wfc runs show a-fi", "a-fi", &["a-first"])],
    );
}

#[test]
fn the_long_help_leads_to_a_first_use() {
    let folder = folder(&[]);
    for (command, example) in
        [("new", "wfc new hello bot"), ("check", "wfc check --watch"), ("completions", "wfc completions fish")]
    {
        let long = wfc(folder.path(), &[command, "--help"]);
        assert!(long.contains("Examples:") && long.contains(example), "{long}");
        assert!(!wfc(folder.path(), &[command, "-h"]).contains("Examples:"));
    }
}
