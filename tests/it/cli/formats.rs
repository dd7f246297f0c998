//! `wfc check --format`: what other programs are given.

use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

use super::{folder, wfc};

const CIRCLE: &str = "agent tool uses mock {
    action run(x: string) -> string { returns x }
}
workflow w(x: string) -> string {
    stage a = tool.run(b) { after b }
    stage b = tool.run(a)
    return a
}
";

fn sarif(folder: &Path, arguments: &[&str]) -> Json {
    let said = wfc(folder, &[&["check", "--format", "sarif"], arguments].concat());
    let (text, _) = said.rsplit_once("(exit ").unwrap();
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// The objects of the published schema that are written, each with the members that it requires and all that are written of it.
/// The schema allows no others.
const SHAPE: &[(&str, &[&str], &[&str])] = &[
    ("log", &["version", "runs"], &["$schema"]),
    ("run", &["tool"], &["columnKind", "newlineSequences", "invocations", "results", "automationDetails"]),
    ("tool", &["driver"], &[]),
    ("driver", &["name"], &["version", "semanticVersion", "informationUri", "rules"]),
    (
        "rule",
        &["id"],
        &["shortDescription", "fullDescription", "help", "helpUri", "defaultConfiguration", "properties"],
    ),
    ("help", &["text"], &["markdown"]),
    ("message", &["text"], &[]),
    ("configuration", &[], &["level"]),
    ("invocation", &["executionSuccessful"], &[]),
    ("automationDetails", &[], &["id"]),
    (
        "result",
        &["message"],
        &["ruleId", "ruleIndex", "level", "locations", "relatedLocations", "codeFlows", "fixes", "partialFingerprints"],
    ),
    ("location", &[], &["id", "physicalLocation", "message"]),
    ("physicalLocation", &["artifactLocation"], &["region"]),
    ("artifactLocation", &["uri"], &["uriBaseId"]),
    ("region", &["startLine"], &["startColumn", "endLine", "endColumn"]),
    ("codeFlow", &["threadFlows"], &[]),
    ("threadFlow", &["locations"], &[]),
    ("threadFlowLocation", &[], &["location"]),
    ("fix", &["artifactChanges"], &["description"]),
    ("artifactChange", &["artifactLocation", "replacements"], &[]),
    ("replacement", &["deletedRegion"], &["insertedContent"]),
    ("artifactContent", &[], &["text"]),
];

/// Which object stands under a member.
fn kind_of(member: &str, parent: &str) -> Option<&'static str> {
    Some(match (parent, member) {
        (_, "runs") => "run",
        (_, "tool") => "tool",
        (_, "driver") => "driver",
        (_, "rules") => "rule",
        (_, "help") => "help",
        (_, "shortDescription" | "fullDescription" | "message" | "description") => "message",
        (_, "defaultConfiguration") => "configuration",
        (_, "invocations") => "invocation",
        (_, "automationDetails") => "automationDetails",
        (_, "results") => "result",
        ("threadFlow", "locations") => "threadFlowLocation",
        (_, "locations" | "relatedLocations" | "location") => "location",
        (_, "physicalLocation") => "physicalLocation",
        (_, "artifactLocation") => "artifactLocation",
        (_, "region" | "deletedRegion") => "region",
        (_, "codeFlows") => "codeFlow",
        (_, "threadFlows") => "threadFlow",
        (_, "fixes") => "fix",
        (_, "artifactChanges") => "artifactChange",
        (_, "replacements") => "replacement",
        (_, "insertedContent") => "artifactContent",
        _ => return None,
    })
}

fn check_shape(kind: &str, value: &Json) {
    let Some((_, required, optional)) = SHAPE.iter().find(|(name, _, _)| *name == kind) else {
        panic!("`{kind}` is in no schema");
    };
    let object = value.as_object().unwrap_or_else(|| panic!("`{kind}` is no object: {value}"));
    for member in *required {
        assert!(object.contains_key(*member), "`{kind}` has no `{member}`: {value}");
    }
    for (member, value) in object {
        assert!(required.contains(&member.as_str()) || optional.contains(&member.as_str()), "`{kind}`: `{member}`");
        let Some(inner) = kind_of(member, kind) else { continue };
        match value.as_array() {
            Some(list) => list.iter().for_each(|one| check_shape(inner, one)),
            None => check_shape(inner, value),
        }
    }
    if kind == "region" {
        let number = |member: &str| value[member].as_u64().filter(|number| *number > 0).expect(member);
        assert!((number("startLine"), number("startColumn")) <= (number("endLine"), number("endColumn")), "{value}");
    }
}

/// What GitHub asks for beyond the schema.
fn check_host(log: &Json) {
    let run = &log["runs"][0];
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        for text in ["shortDescription", "fullDescription", "help"] {
            let text = rule[text]["text"].as_str().unwrap();
            assert!(!text.is_empty() && text.chars().count() <= 30_000, "{rule}");
        }
        assert!(rule["fullDescription"]["text"].as_str().unwrap().chars().count() <= 1_024, "{rule}");
    }
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.starts_with('/') && !uri.contains([' ', '\\']), "{uri}");
    }
}

#[test]
fn sarif_has_the_shape_of_its_schema() {
    let folder = folder(&[
        ("wf.toml", "[project]\nname = \"shop\"\nsorce = \"x\"\n"),
        ("ship.wf", include_str!("ship.wf")),
        ("flows/a circle.wf", CIRCLE),
        ("flows/é.wf", "workflow main() -> string {\n    return \"😀\" + missing\n}\n"),
        ("empty.wf", ""),
        ("wide.wf", "\u{0}"),
    ]);
    let log = sarif(folder.path(), &["."]);
    check_shape("log", &log);
    check_host(&log);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["automationDetails"]["id"], "wfc/shop");
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let of = |uri: &str| -> Vec<&Json> {
        let results = run["results"].as_array().unwrap().iter();
        results.filter(|one| one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri).collect()
    };
    assert_eq!(
        of("flows/a%20circle.wf")[1]["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap().len(),
        2
    );
    assert_eq!(of("flows/%C3%A9.wf")[0]["locations"][0]["physicalLocation"]["region"]["startColumn"], 18);
    assert_eq!(of("ship.wf").len(), 7);
    assert!(of("ship.wf").iter().any(|one| one["fixes"][0]["artifactChanges"][0]["replacements"].is_array()));
    let prints: std::collections::BTreeSet<&str> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["partialFingerprints"]["wfcLine/v1"].as_str().unwrap())
        .collect();
    assert_eq!(prints.len(), run["results"].as_array().unwrap().len(), "each result can be told from the others");
}

#[test]
fn sarif_without_findings_is_a_log_too() {
    let folder = folder(&[("a.wf", "type T = int\n")]);
    let log = sarif(folder.path(), &["a.wf"]);
    check_shape("log", &log);
    assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
    let log = sarif(folder.path(), &["missing.wf"]);
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

/// Runs `wfc check` as a step of GitHub Actions in a folder of the repository at `root`.
fn step(root: &Path, folder: &str, summary: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_wfc"))
        .arg("check")
        .current_dir(root.join(folder))
        .env_clear()
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_WORKSPACE", root)
        .env("GITHUB_STEP_SUMMARY", summary)
        .output()
        .unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[test]
fn in_a_step_of_github_notes_stand_beside_the_lines() {
    let folder = folder(&[("flows/ship.wf", include_str!("ship.wf"))]);
    let summary = folder.path().join("summary.md");
    insta::assert_snapshot!(step(folder.path(), "flows", &summary), @r#"
    ::error file=flows/ship.wf,line=17,col=30,endLine=17,endColumn=35,title=WF0102::nothing here is called `comit`%0Ahelp: did you mean `commit`?
    ::error file=flows/ship.wf,line=17,col=47,endLine=17,endColumn=49,title=WF0201::`timeout` takes a duration, not a number%0Ahelp: write the unit: `ms`, `s`, `m`, `h` or `d`
    ::error file=flows/ship.wf,line=21,col=39,endLine=21,endColumn=52,title=WF0401::this retry could repeat a write%0Ahelp: retry only what surely did nothing, or declare `effects writes idempotent` if it is safe to repeat
    ::error file=flows/ship.wf,line=22,col=22,endLine=22,endColumn=32,title=WF0203::this `match` has no arm for "medium"%0Ahelp: add the arm, or `_ =>` for all the rest
    ::error file=flows/ship.wf,line=26,col=44,endLine=26,endColumn=48,title=WF0301::stages wait in a circle: smoke -> news -> smoke%0Ahelp: cut the edge that carries no data, `after news`
    ::error file=flows/ship.wf,line=31,col=29,endLine=31,endColumn=37,title=WF0202::`sign_off` may be absent here%0Ahelp: say what holds without it
    ::warning file=flows/ship.wf,line=29,col=15,endLine=29,endColumn=19,title=WF0302::stage `page` can never run%0Ahelp: remove the stage, or make `dry_run` a parameter of the workflow
    6 errors, 1 warning in 1 file; more on one: wfc explain WF0301
    "#);
    assert!(!summary.exists(), "all of it is shown");
}

#[test]
fn what_a_step_cannot_show_goes_into_its_summary() {
    let lines: String = (0..12).map(|n| format!("let a{n} = missing{n}\n")).collect();
    let folder = folder(&[("a.wf", &lines)]);
    let summary = folder.path().join("summary.md");
    let said = step(folder.path(), ".", &summary);
    assert_eq!(said.matches("::error ").count(), 12, "{said}");
    insta::assert_snapshot!(std::fs::read_to_string(summary).unwrap(), @r#"
    ### wfc check

    2 more, which are no notes of this step (more on one: `wfc explain WF0102`):

    - `a.wf:11:11` error WF0102: nothing here is called `missing10`
    - `a.wf:12:11` error WF0102: nothing here is called `missing11`
    "#);
}
