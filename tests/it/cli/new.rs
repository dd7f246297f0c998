//! `wfc new`: what it makes checks and runs at once, without a key and without the network.

use std::path::Path;

use super::{folder, steady, wfc};
use crate::program::{files_below, root};

/// Each with the result of its first run.
const TEMPLATES: [(&str, &str); 5] = [
    ("hello", r#"{"greetings":["Hello, world!","Bonjour world !","Hallo, world!"],"words":7}"#),
    ("feature_development", r#"{"change":"work/user_authentication.md","risk":"low","criteria":3}"#),
    (
        "bug_fix",
        r#"{"failure":"an_order_of_10000_is_reduced: expected 9000, found 10000","line":"6","folder":"work/line_6","tried":2}"#,
    ),
    (
        "research",
        r#"{"text":"The sky is blue because air scatters short waves of light more than long ones. Where the sea is deep it looks blue: water takes the red out of the light.","sources":["sources/sky.md","sources/sea.md"],"complete":true,"remarks":[]}"#,
    ),
    ("release", r#"{"version":"1.0.0","environment":"staging","replaced":""}"#),
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
        for path in ["wf", "toml", "sh", "md", "html"]
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

#[test]
fn template_and_folder_are_named_in_either_order() {
    let folder = folder(&[]);
    for (words, file) in [
        (&["research", "a"][..], "a/research.wf"),
        (&["b", "release"], "b/release.wf"),
        (&["bug_fix"], "bug_fix/bug_fix.wf"),
        (&["c"], "c/hello.wf"),
        (&[], "hello/hello.wf"),
    ] {
        let said = wfc(folder.path(), &[&["new"], words].concat());
        assert!(said.ends_with("(exit 0)\n") && folder.path().join(file).is_file(), "{said}");
    }
}

#[test]
fn words_of_which_nobody_knows_what_they_are_make_nothing() {
    let folder = folder(&[]);
    insta::assert_snapshot!(wfc(folder.path(), &["new", "reserch"]), @r#"
    --- standard error
    error: `reserch` is nearly the template `research`: is it one, or a folder?
    help: wfc new research, or wfc new hello reserch
    (exit 2)
    "#);
    insta::assert_snapshot!(wfc(folder.path(), &["new", "relaese", "shop"]), @r#"
    --- standard error
    error: there is no template `relaese`; did you mean `release`?
    help: write the template and then the folder: wfc new hello shop
    (exit 2)
    "#);
    insta::assert_snapshot!(wfc(folder.path(), &["new", "hello", "shop", "--template", "release"]), @r#"
    --- standard error
    error: `hello` and `shop` cannot both be the folder
    help: `--template release` says what it begins with: wfc new release shop
    (exit 2)
    "#);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_a_person_allows_goes_to_production() {
    let folder = folder(&[]);
    wfc(folder.path(), &["new", "release", "shop"]);
    let shop = folder.path().join("shop");
    let parked = wfc(&shop, &["run", ".", "-i", "production=true", "-i", "version=2.0.0"]);
    assert!(parked.contains("Release 2.0.0 to production?") && parked.ends_with("(exit 75)\n"), "{parked}");
    let answered = wfc(&shop, &["runs", "answer", "@latest", "allowed", "--approve"]);
    assert!(answered.ends_with("(exit 0)\n"), "{answered}");
    let ended = wfc(&shop, &["resume", "@latest"]);
    assert!(ended.starts_with(r#"{"version":"2.0.0","environment":"production","replaced":""}"#), "{ended}");
    assert!(std::fs::read_to_string(shop.join("work/production/index.html")).unwrap().contains("Version 2.0.0<"));
}

#[test]
fn a_release_that_does_not_work_is_taken_back() {
    let folder = folder(&[]);
    wfc(folder.path(), &["new", "release", "shop"]);
    let shop = folder.path().join("shop");
    wfc(&shop, &["run", "."]);
    let failed = wfc(&shop, &["run", ".", "-i", "version=1.1.0", "-i", "broken=true"]);
    assert!(failed.contains("does not show version 1.1.0") && failed.ends_with("(exit 1)\n"), "{failed}");
    assert!(std::fs::read_to_string(shop.join("work/staging/index.html")).unwrap().contains("Version 1.0.0<"));
}

#[test]
fn a_question_that_the_sources_do_not_answer_fails() {
    let folder = folder(&[]);
    wfc(folder.path(), &["new", "research", "desk"]);
    let desk = folder.path().join("desk");
    let failed = wfc(&desk, &["run", ".", "-i", "question=Who stole \"it\"?"]);
    assert!(failed.contains("The sources say nothing about it.") && failed.ends_with("(exit 1)\n"), "{failed}");
    let salt = wfc(&desk, &["run", ".", "-i", "question=Why is the sea salt?"]);
    assert!(salt.contains(r#""sources":["sources/sea.md"]"#), "{salt}");
}
