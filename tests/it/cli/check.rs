//! `wfc check`.

use super::{folder, wfc};

const SOUND: &str = "/// Nothing is wrong here.\nworkflow main() -> string {\n    return \"good\"\n}\n";

#[test]
fn sound_files_give_one_line_on_standard_error() {
    let folder = folder(&[("a.wf", SOUND), ("sub/b.wf", SOUND), (".hidden/c.wf", "?"), ("target/d.wf", "?")]);
    insta::assert_snapshot!(wfc(folder.path(), &["check"]), @r#"
    --- standard error
    no problems in 2 files
    (exit 0)
    "#);
    insta::assert_snapshot!(wfc(folder.path(), &["check", "-q", "sub"]), @r#"(exit 0)"#);
}

#[test]
fn what_cannot_be_read_ends_with_3() {
    let folder = folder(&[("a.wf", SOUND)]);
    insta::assert_snapshot!(wfc(folder.path(), &["check", "a.wf", "b.wf", "/dev/zero"]), @r#"
    error[WF0901]: `b.wf` cannot be read: there is no such file

    error[WF0901]: `/dev/zero` cannot be read: it is not a regular file

    --- standard error
    2 errors in 3 files; more on one: wfc explain WF0901
    (exit 3)
    "#);
}

#[test]
fn a_folder_without_sources_is_wrong_use() {
    let folder = folder(&[("readme.md", "")]);
    insta::assert_snapshot!(wfc(folder.path(), &["check"]), @r#"
    --- standard error
    error: there is no .wf file in `.`
    (exit 2)
    "#);
}

#[test]
fn files_without_items_define_no_workflow() {
    let folder = folder(&[("empty.wf", ""), ("comment.wf", "// only this\n"), ("space.wf", " \n\n")]);
    insta::assert_snapshot!(wfc(folder.path(), &["check", "--format", "short"]), @r#"
    comment.wf:1:1: error[WF0904]: `comment.wf` defines no workflow
    empty.wf:1:1: error[WF0904]: `empty.wf` defines no workflow
    space.wf:1:1: error[WF0904]: `space.wf` defines no workflow
    --- standard error
    3 errors in 3 files; more on one: wfc explain WF0904
    (exit 1)
    "#);
}

#[test]
fn a_file_of_a_hundred_megabytes_is_refused_before_it_is_read() {
    let folder = folder(&[]);
    std::fs::File::create(folder.path().join("big.wf")).unwrap().set_len(100 << 20).unwrap();
    let begun = std::time::Instant::now();
    insta::assert_snapshot!(wfc(folder.path(), &["check", "big.wf"]), @r#"
    error[WF0901]: `big.wf` cannot be read: it is larger than 16 MiB

    --- standard error
    1 error in 1 file; more on one: wfc explain WF0901
    (exit 3)
    "#);
    assert!(begun.elapsed().as_millis() < 2_000, "it was read: {:?}", begun.elapsed());
}

#[test]
fn the_limit_of_a_file_can_be_raised() {
    let long = format!("// {}\n{SOUND}", "x".repeat(17 << 20));
    let folder = folder(&[("long.wf", &long)]);
    for command in [&["check"][..], &["build", "long.wf"], &["graph", "long.wf"], &["fmt", "--check"]] {
        let refused = wfc(folder.path(), command);
        assert!(refused.contains("`long.wf` cannot be read: it is larger than 16 MiB"), "{command:?}: {refused}");
    }
    let raised = ["check", "--max-source", "18"];
    insta::assert_snapshot!(wfc(folder.path(), &raised), @r#"
    --- standard error
    no problems in 1 file
    (exit 0)
    "#);
}

#[test]
fn a_program_may_have_four_of_the_largest_files() {
    let part = format!("// {}\n", "x".repeat(1_000_000));
    let imports: String = (0..5).map(|n| format!("import \"f{n}.wf\" as f{n}\n")).collect();
    let mut files = vec![("main.wf".to_owned(), imports)];
    files.extend((0..5).map(|n| (format!("f{n}.wf"), format!("{part}let a{n} = 1\n"))));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    let found = wfc(folder.path(), &["check", "main.wf", "--format", "short", "--max-source", "1"]);
    let large: Vec<&str> = found.lines().filter(|line| line.contains("error[WF0901]")).collect();
    assert_eq!(large, ["main.wf:5:8: error[WF0901]: with `f4.wf` the program is larger than 4 MiB"], "{found}");
    for wrong in ["0", "1025", "many"] {
        let found = wfc(folder.path(), &["check", "--max-source", wrong]);
        assert!(found.contains("--max-source <MIB>") && found.contains("(exit 2)"), "{found}");
    }
}

#[test]
fn a_mistake_in_wf_toml_is_shown_in_it() {
    let folder = folder(&[("wf.toml", "[project]\nsorce = \"flows\"\n"), ("flows/a.wf", SOUND)]);
    insta::assert_snapshot!(wfc(folder.path(), &["check"]), @r#"
    error[WF0903]: `wf.toml` has no key `sorce`
      ┌─ wf.toml:2:1
      │
    2 │ sorce = "flows"
      │ ^^^^^ unknown key
      │
      = help: did you mean `source`?
        2 | source = "flows"

    --- standard error
    1 error in 1 file; more on one: wfc explain WF0903
    (exit 1)
    "#);
}

#[test]
fn without_a_path_the_source_of_the_project_is_checked() {
    let folder = folder(&[("wf.toml", "[project]\nsource = \"flows\"\n"), ("flows/a.wf", SOUND), ("other.wf", "")]);
    insta::assert_snapshot!(wfc(&folder.path().join("flows"), &["check"]), @r#"
    --- standard error
    no problems in 1 file
    (exit 0)
    "#);
}

#[test]
fn the_json_form_has_its_fields_in_order() {
    let folder = folder(&[("a.wf", "import \"team.wf\" as b\n"), ("teams.wf", SOUND)]);
    insta::assert_snapshot!(wfc(folder.path(), &["check", "--format", "json", "a.wf"]), @r#"
    {
      "diagnostics": [
        {
          "code": "WF0901",
          "severity": "error",
          "message": "there is no file `team.wf`",
          "file": "a.wf",
          "span": {
            "start": {
              "offset": 7,
              "line": 1,
              "column": 8
            },
            "end": {
              "offset": 16,
              "line": 1,
              "column": 17
            }
          },
          "labels": [
            {
              "message": "imported here",
              "file": "a.wf",
              "span": {
                "start": {
                  "offset": 7,
                  "line": 1,
                  "column": 8
                },
                "end": {
                  "offset": 16,
                  "line": 1,
                  "column": 17
                }
              }
            }
          ],
          "help": "did you mean `teams.wf`?",
          "notes": [],
          "fixes": [
            {
              "title": "import `teams.wf`",
              "applicability": "suggested",
              "edits": [
                {
                  "file": "a.wf",
                  "span": {
                    "start": {
                      "offset": 7,
                      "line": 1,
                      "column": 8
                    },
                    "end": {
                      "offset": 16,
                      "line": 1,
                      "column": 17
                    }
                  },
                  "text": "\"teams.wf\""
                }
              ]
            }
          ],
          "url": null
        }
      ],
      "summary": {
        "errors": 1,
        "warnings": 0,
        "files": 1
      }
    }
    (exit 1)
    "#);
}

/// One mistake of each kind, each found, none twice, in the order of the file.
#[test]
fn a_program_with_seven_mistakes_gets_seven_messages() {
    let folder = folder(&[("ship.wf", include_str!("ship.wf"))]);
    insta::assert_snapshot!("ship", wfc(folder.path(), &["check", "ship.wf"]));
}

/// A price that nobody stated may be out of date: the message does not take it for more than it is.
#[test]
fn a_price_of_the_table_is_named_as_such() {
    let program = "agent model uses llm {\n    model \"gpt-5-mini\"\n    \
        action go(x: string) -> string { max_input 1000tok  max_output 1000tok  prompt \"${x}\" }\n}\n\
        workflow main(x: string) -> string {\n    budget 0.0001usd\n    stage a = model.go(x)\n    return a\n}\n";
    let stated = "[prices.\"gpt-5-mini\"]\ninput = \"1usd\"\noutput = \"2usd\"\n";
    let said = |files: &[(&str, &str)]| {
        let folder = folder(files);
        wfc(folder.path(), &["check", "a.wf"]).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let listed = said(&[("a.wf", program)]);
    assert!(listed.contains("counted with the price of `gpt-5-mini` that ships with `wfc`"), "{listed}");
    let own = said(&[("a.wf", program), ("wf.toml", stated)]);
    assert!(own.contains("error[WF0418]") && !own.contains("ships with"), "{own}");
}
