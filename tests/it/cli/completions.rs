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
    stage colour = ask("Which colour?") -> "red" | "blue" { timeout 1d }
    stage calm = ask("Calm?") -> bool { timeout 1d }
    return colour
}
"#;

/// What bash offers for the last of these words.
fn offered(folder: &std::path::Path, words: &[&str]) -> Option<Vec<String>> {
    let script = wfc(folder, &["completions", "bash"]);
    let (script, _) = script.rsplit_once("(exit").unwrap();
    std::fs::write(folder.join("wfc.bash"), script).unwrap();
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let asked = format!(
        "source ./wfc.bash; COMP_TYPE=9; COMP_WORDS=(wfc {}); COMP_CWORD={}; _clap_complete_wfc wfc {}; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" "),
        words.len(),
        quoted.last().unwrap(),
    );
    let programs = std::path::Path::new(env!("CARGO_BIN_EXE_wfc")).parent().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
    let bash = std::process::Command::new("bash")
        .args(["--norc", "-c", &asked])
        .env("PATH", path)
        .current_dir(folder)
        .output();
    let Ok(output) = bash else {
        println!("there is no bash here: only the text of the scripts is looked at");
        return None;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.lines().map(|line| line.trim().to_owned()).collect())
}

#[test]
fn bash_completes_what_only_wfc_knows() {
    let folder = folder(&[("asks.wf", ASKS)]);
    wfc(folder.path(), &["run", "asks.wf", "--id", "first"]);
    wfc(folder.path(), &["run", "asks.wf", "--id", "second"]);
    let cases: [(&[&str], &[&str]); 9] = [
        (&["che"], &["check"]),
        (&["resume", ""], &["second", "first", "@latest"]),
        (&["runs", "show", "f"], &["first"]),
        (&["runs", "retry", ""], &["@latest"]),
        (&["runs", "answer", "first", ""], &["colour", "calm"]),
        (&["runs", "answer", "first", "ca"], &["calm"]),
        (&["runs", "answer", "first", "colour", ""], &["\"red\"", "\"blue\""]),
        (&["run", "as"], &["asks", "asks.wf"]),
        (&["plan", "asks.wf", ""], &["asks"]),
    ];
    for (words, expected) in cases {
        let Some(mut offered) = offered(folder.path(), words) else { return };
        offered.retain(|word| !word.starts_with('-'));
        assert_eq!(offered, expected, "{words:?}");
    }
}

#[test]
fn the_long_help_leads_to_a_first_use() {
    let folder = folder(&[]);
    for (command, example) in
        [("new", "wfc new bot"), ("check", "wfc check --watch"), ("completions", "wfc completions fish")]
    {
        let long = wfc(folder.path(), &[command, "--help"]);
        assert!(long.contains("Examples:") && long.contains(example), "{long}");
        assert!(!wfc(folder.path(), &[command, "-h"]).contains("Examples:"));
    }
}
