//! Writes a small crate from a specification, and mends it by what the quality gate says of it.
//!
//! It knows several ways to carry out most rules and begins with the plainest. A failing test names its rule, and the next way
//! is tried; an unformatted file is formatted. When it knows no other way it leaves the crate as it is, and the loop ends.

use std::path::Path;
use std::process::ExitCode;

use example_agents::rule::{Kind, Rule};
use example_agents::spec::{Case, Spec};
use example_agents::{Answer, cargo, serve, work_folder, write};
use serde::{Deserialize, Serialize};

fn main() -> ExitCode {
    serve(|request: Request| build(&request))
}

#[derive(Deserialize)]
struct Request {
    spec: Spec,
    feedback: Vec<String>,
}

#[derive(Serialize)]
struct Change {
    folder: String,
    files: Vec<String>,
    tried: Vec<String>,
}

/// What was decided so far; kept in the crate, so that a round goes on from the last.
#[derive(Default, Serialize, Deserialize)]
struct Notes {
    /// For each rule the way that is used.
    ways: Vec<usize>,
    /// Whether the formatter is run.
    format: bool,
    /// The call that wrote this: the same call again changes nothing.
    key: String,
}

fn build(request: &Request) -> Answer<Change> {
    let spec = &request.spec;
    let folder = work_folder(&spec.id)?;
    let notes_file = folder.join("notes.json");
    let key = std::env::var("WFC_IDEMPOTENCY_KEY").unwrap_or_default();
    let old = std::fs::read_to_string(&notes_file).ok().and_then(|text| serde_json::from_str::<Notes>(&text).ok());
    let notes = match old {
        Some(notes) if notes.key == key && !key.is_empty() => notes,
        Some(notes) if !request.feedback.is_empty() => mend(notes, request, key),
        _ => Notes { ways: vec![0; spec.rules.len()], format: false, key },
    };
    let files = write_crate(&folder, spec, &notes)?;
    if notes.format && !cargo::format(&folder)? {
        eprintln!("rustfmt is not installed: nothing was formatted");
    }
    write(&notes_file, &serde_json::to_string(&notes).unwrap_or_default())?;
    let tried =
        spec.rules.iter().zip(&notes.ways).map(|(rule, way)| format!("{}: {}", rule.sentence, ways(rule.kind)[*way]));
    Ok(Change { folder: folder.display().to_string(), files, tried: tried.collect() })
}

/// Takes the next way for every rule of which a test failed.
fn mend(mut notes: Notes, request: &Request, key: String) -> Notes {
    notes.ways.resize(request.spec.rules.len(), 0);
    for (index, rule) in request.spec.rules.iter().enumerate() {
        let tests: Vec<&Case> = request.spec.cases.iter().filter(|case| case.rule as usize == index).collect();
        let failed =
            request.feedback.iter().any(|said| tests.iter().any(|case| said.contains(&format!("test {}:", case.name))));
        if failed && notes.ways[index] + 1 < ways(rule.kind).len() {
            notes.ways[index] += 1;
            eprintln!("{}: now {}", rule.sentence, ways(rule.kind)[notes.ways[index]]);
        }
    }
    notes.format |= request.feedback.iter().any(|said| said.starts_with("format:"));
    Notes { key, ..notes }
}

/// The ways to carry out a rule, the plainest first: the condition under which an entry is refused.
fn ways(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::MinLength => &["entry.FIELD.len() < VALUE", "entry.FIELD.chars().count() < VALUE"],
        Kind::MaxLength => &["entry.FIELD.len() > VALUE", "entry.FIELD.chars().count() > VALUE"],
        Kind::Contains => &["!entry.FIELD.contains(TEXT)"],
        Kind::NotEmpty => &["entry.FIELD.is_empty()", "entry.FIELD.trim().is_empty()"],
        Kind::Unique => &[
            "self.entries.iter().any(|other| other.FIELD == entry.FIELD)",
            "self.entries.iter().any(|other| other.FIELD.to_lowercase() == entry.FIELD.to_lowercase())",
        ],
        Kind::Limit => &["self.entries.len() >= VALUE"],
    }
}

fn write_crate(folder: &Path, spec: &Spec, notes: &Notes) -> Answer<Vec<String>> {
    let manifest = format!(
        "[package]\nname = \"{}\"\nversion = \"0.1.0\"\nedition = \"2021\"\npublish = false\n\n[workspace]\n",
        spec.id
    );
    let files =
        [("Cargo.toml", manifest), ("src/lib.rs", library(spec, notes)), ("tests/acceptance.rs", acceptance(spec))];
    for (name, text) in &files {
        write(&folder.join(name), text)?;
    }
    Ok(files.iter().map(|(name, _)| (*name).to_owned()).collect())
}

fn library(spec: &Spec, notes: &Notes) -> String {
    let entity = &spec.entity;
    let mut text = format!("//! {}.\n\n", spec.summary.replace('\n', " "));
    text += &format!(
        "/// One entry of {}.\n#[derive(Debug, Clone, PartialEq, Eq)]\npub struct {entity} {{\n",
        spec.feature
    );
    for field in &spec.fields {
        text += &format!("    /// The {}.\n    pub {}: String,\n", field.name.replace('_', " "), field.name);
    }
    text += "}\n\n/// Why an entry is refused.\n#[derive(Debug, Clone, Copy, PartialEq, Eq)]\npub enum Refusal {\n";
    for (index, rule) in spec.rules.iter().enumerate() {
        text += &format!("    /// {}.\n    {},\n", rule.sentence.trim_end_matches('.'), variant(rule, index));
    }
    text += &format!(
        "}}\n\n/// All entries, each of which keeps the rules.\n#[derive(Debug, Default)]\npub struct {entity}s {{\n    entries: Vec<{entity}>,\n}}\n\n"
    );
    text += &format!(
        "impl {entity}s {{\n    /// Takes an entry, or says why not.\n    pub fn add(&mut self, entry: {entity}) -> Result<(), Refusal> {{\n"
    );
    for (index, rule) in spec.rules.iter().enumerate() {
        let way = notes.ways.get(index).copied().unwrap_or(0);
        text += &format!("        if {} {{ return Err(Refusal::{}); }}\n", condition(rule, way), variant(rule, index));
    }
    text += "        self.entries.push(entry);\n        Ok(())\n    }\n\n    /// How many there are.\n    pub fn len(&self) -> usize {\n        self.entries.len()\n    }\n\n    /// Whether there is none.\n    pub fn is_empty(&self) -> bool {\n        self.entries.is_empty()\n    }\n}\n";
    text
}

fn condition(rule: &Rule, way: usize) -> String {
    let text = ways(rule.kind)[way].replace("FIELD", &rule.subject);
    text.replace("VALUE", &rule.value.to_string()).replace("TEXT", &format!("{:?}", rule.text))
}

fn variant(rule: &Rule, index: usize) -> String {
    let kind = match rule.kind {
        Kind::MinLength => "TooShort",
        Kind::MaxLength => "TooLong",
        Kind::Contains => "Unmarked",
        Kind::NotEmpty => "Empty",
        Kind::Unique => "Taken",
        Kind::Limit => "Full",
    };
    format!("{}{kind}{}", example_agents::words::camel(&rule.subject), index + 1)
}

fn acceptance(spec: &Spec) -> String {
    let (krate, entity) = (&spec.id, &spec.entity);
    let mut text = format!("//! Acceptance tests of {}.\n\nuse {krate}::{{{entity}, {entity}s}};\n\n", spec.feature);
    text += &format!("fn good(number: u32) -> {entity} {{\n    {entity} {{\n");
    for field in &spec.fields {
        text += &format!("        {}: {},\n", field.name, good_value(&field.stem, field.width));
    }
    text += "    }\n}\n";
    for case in &spec.cases {
        text += &format!("\n#[test]\nfn {}() {{\n    let mut all = {entity}s::default();\n", case.name);
        if case.before > 0 {
            text += &format!(
                "    for number in 0..{} {{\n        all.add(good(number)).expect(\"a good entry is taken\");\n    }}\n",
                case.before
            );
        }
        let entry = format!("good({})", case.before);
        let entry = if case.field.is_empty() {
            entry
        } else {
            format!("{entity} {{ {}: {:?}.to_string(), ..{entry} }}", case.field, case.value)
        };
        text += &format!(
            "    let offered = all.add({entry});\n    assert_eq!(offered.is_ok(), {}, \"{{offered:?}}\");\n}}\n",
            case.accepted
        );
    }
    text
}

fn good_value(stem: &str, width: u32) -> String {
    let quoted = format!("{stem:?}");
    if width == 0 {
        return format!("{{ let _ = number; {quoted}.to_string() }}");
    }
    format!("format!(\"{{}}{{number:0{width}}}\", {quoted})")
}
