//! `cache`: what equal calls share, over runs of one project.

use std::fs;

use super::{folder, steady, wfc};

const LOOKS: &str = r#"agent tool uses exec {
    stdin none
    action look(id: string) -> string {
        effects reads
        command ["sh", "-c", "echo $1 >> asked; cat fact", "sh", id]
    }
}

workflow main(id: string) -> string {
    stage fact = tool.look(id) { cache 1h }
    return fact
}
"#;

#[test]
fn an_equal_call_is_answered_without_being_made() {
    let folder = folder(&[("look.wf", LOOKS), ("fact", "one")]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    let asked = || fs::read_to_string(folder.path().join("asked")).unwrap().lines().count();
    assert_eq!(run(&["run", "look.wf", "-q", "-i", "id=a"]), "\"one\"\n(exit 0)\n");
    fs::write(folder.path().join("fact"), "two").unwrap();
    steady().bind(|| {
        insta::assert_snapshot!(run(&["run", "look.wf", "--id", "r2", "-i", "id=a"]), @r#"
        "one"
        --- standard error
        [time] run r2 started: main, plan [hash]
        [time] fact cached
        [time] run r2 succeeded in [s]: 1 cached
        (exit 0)
        "#);
        insta::assert_snapshot!(run(&["runs", "show", "r2"]), @r#"
        run r2  main  succeeded, [s]
        started [minute] by [account]: id "a"
        plan [hash], from look.wf
          = fact                     cached [hash]
        effects so far: none
        result: "one"
        (exit 0)
        "#);
    });
    assert!(run(&["runs", "events", "r2"]).contains(r#""kept":true,"cache":""#), "{}", run(&["runs", "events", "r2"]));
    assert_eq!(asked(), 1);
    assert_eq!(run(&["run", "look.wf", "-q", "-i", "id=b"]), "\"two\"\n(exit 0)\n", "another argument");
    assert_eq!(asked(), 2);
}

#[test]
fn a_damaged_result_is_as_if_it_were_not_there() {
    let folder = folder(&[("look.wf", LOOKS), ("fact", "one")]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    run(&["run", "look.wf", "-q", "-i", "id=a"]);
    fs::write(folder.path().join("fact"), "two").unwrap();
    for file in fs::read_dir(folder.path().join(".wfc/cache")).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap().replace("one", "ten");
        fs::write(path, text).unwrap();
    }
    assert_eq!(run(&["run", "look.wf", "-q", "-i", "id=a"]), "\"two\"\n(exit 0)\n");
    assert_eq!(run(&["run", "look.wf", "-q", "-i", "id=a"]), "\"two\"\n(exit 0)\n", "it is whole again");
    assert_eq!(fs::read_to_string(folder.path().join("asked")).unwrap().lines().count(), 2);
}
