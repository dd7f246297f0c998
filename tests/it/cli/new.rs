//! `wfc new`: what it makes checks and runs at once, without a key and without the network.

use std::path::Path;

use super::{folder, steady, wfc};
use crate::program::{files_below, root};

/// Each with the result of its first run.
const TEMPLATES: [(&str, &str); 3] = [
    ("hello", r#"{"greetings":["Hello, world!","Bonjour world !","Hallo, world!"],"words":7}"#),
    ("feature_development", r#"{"change":"work/user_authentication.md","risk":"low","criteria":3}"#),
    (
        "bug_fix",
        r#"{"failure":"an_order_of_10000_is_reduced: expected 9000, found 10000","line":"6","folder":"work/line_6","tried":2}"#,
    ),
];

#[test]
fn every_template_is_sound_and_runs_at_once() {
    for (template, result) in TEMPLATES {
        let folder = folder(&[]);
        let made = wfc(folder.path(), &["new", "shop", "--template", template]);
        assert!(made.ends_with("(exit 0)\n"), "{made}");
        let project = folder.path().join("shop");
        let checked = wfc(&project, &["check"]);
        assert!(checked.contains("no problems in"), "{template}: {checked}");
        let said = wfc(&project, &["run", "."]);
        assert!(said.starts_with(&format!("{result}\n")) && said.ends_with("(exit 0)\n"), "{said}");
        // A second time as well: what the first has made is in no way.
        assert!(wfc(&project, &["run", "."]).ends_with("(exit 0)\n"));
        let config = std::fs::read_to_string(project.join("wf.toml")).unwrap();
        assert!(config.contains("name = \"shop\""), "{config}");
    }
}

#[test]
fn what_is_made_is_what_lies_in_the_folder_of_templates() {
    for (template, _) in TEMPLATES {
        let folder = folder(&[]);
        wfc(folder.path(), &["new", "PROJECT", "--template", template]);
        let made = folder.path().join("PROJECT");
        let source = root().join("templates").join(template);
        let name = |path: &Path| path.to_string_lossy().replace("gitignore", ".gitignore");
        for path in ["wf", "toml", "sh"]
            .iter()
            .flat_map(|ending| files_below(&source, ending))
            .chain([source.join("gitignore")])
        {
            let inner = name(path.strip_prefix(&source).unwrap());
            let (written, kept) = (std::fs::read_to_string(made.join(&inner)), std::fs::read_to_string(&path).unwrap());
            assert_eq!(written.ok(), Some(kept), "{template}: {inner}");
        }
    }
}

#[test]
fn what_is_made_is_formatted() {
    let files = files_below(&root().join("templates"), "wf");
    assert!(files.len() > TEMPLATES.len());
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(crate::fmt::formatted(&text), (text, false), "{}", path.display());
    }
}

#[test]
fn a_person_is_asked_where_the_risk_is_high() {
    let folder = folder(&[]);
    wfc(folder.path(), &["new", "shop", "--template", "feature_development"]);
    let parked = wfc(&folder.path().join("shop"), &["run", ".", "-i", "feature=payments"]);
    assert!(parked.contains("Build payments? Its risk is high.") && parked.ends_with("(exit 75)\n"), "{parked}");
}

#[test]
fn it_says_what_comes_next() {
    let folder = folder(&[]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["new", "bot"]), @r#"
        --- standard error
        made bot: hello.wf, wf.toml, .gitignore

          cd bot
          wfc run .          runs it: greets the world in three languages
          wfc test           tests it, offline
          wfc check --watch  checks it while you edit
          wfc graph          draws it
        (exit 0)
        "#);
    });
}

#[test]
fn what_is_there_is_never_written_over() {
    let folder = folder(&[("bot/mine.txt", "mine"), ("file", "")]);
    insta::assert_snapshot!(wfc(folder.path(), &["new", "bot"]), @r#"
    --- standard error
    error: `bot` is there already: nothing was written
    help: name another folder
    (exit 1)
    "#);
    assert_eq!(std::fs::read_dir(folder.path().join("bot")).unwrap().count(), 1);
    assert!(wfc(folder.path(), &["new", "file"]).contains("`file` is there already"));
    std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
    assert!(wfc(folder.path(), &["new", "link"]).contains("`link` is there already"));
    insta::assert_snapshot!(wfc(folder.path(), &["new", "file/bot"]), @r#"
    --- standard error
    error: `file/bot` cannot be made: not a directory
    (exit 3)
    "#);
}

#[test]
fn an_empty_folder_is_taken() {
    let folder = folder(&[]);
    let empty = folder.path().join("bot");
    std::fs::create_dir(&empty).unwrap();
    assert!(wfc(&empty, &["new", "."]).ends_with("(exit 0)\n"));
    assert!(empty.join("hello.wf").is_file());
}

#[test]
fn a_name_that_would_need_quotes_is_refused() {
    let folder = folder(&[]);
    for name in ["a b", "-x", "\"", "é", "a\nb"] {
        let said = wfc(folder.path(), &["new", "--", name]);
        assert!(said.ends_with("(exit 2)\n"), "{said}");
    }
    insta::assert_snapshot!(wfc(folder.path(), &["new", "a b"]), @r#"
    --- standard error
    error: `a b` cannot be the name of a project
    help: begin with a letter or digit, and go on with letters, digits, `-` and `_`
    (exit 2)
    "#);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
