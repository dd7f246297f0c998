//! `wfc completions`, and the help that goes with commands.

use super::{folder, wfc};

#[test]
fn every_shell_gets_the_commands_that_people_type() {
    let folder = folder(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = wfc(folder.path(), &["completions", shell]);
        assert!(script.ends_with("(exit 0)\n"), "{script}");
        for word in ["check", "resume", "takeover", "suggested"] {
            assert!(script.contains(word), "{shell} does not know `{word}`");
        }
    }
}

#[test]
fn a_shell_takes_the_script() {
    let folder = folder(&[]);
    let script = wfc(folder.path(), &["completions", "bash"]);
    let (script, _) = script.rsplit_once("(exit").unwrap();
    std::fs::write(folder.path().join("wfc.bash"), script).unwrap();
    let asked = "source ./wfc.bash; COMP_WORDS=(wfc che); COMP_CWORD=1; _wfc wfc che wfc; echo ${COMPREPLY[@]}";
    let Ok(output) =
        std::process::Command::new("bash").args(["--norc", "-c", asked]).current_dir(folder.path()).output()
    else {
        println!("there is no bash here: only the text of the script is looked at");
        return;
    };
    assert_eq!(String::from_utf8_lossy(&output.stdout), "check\n", "{}", String::from_utf8_lossy(&output.stderr));
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
