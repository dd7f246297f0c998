//! Imports go down, and only along this list: the folders of `src` are the pipeline.

use super::rust_files;

/// Each module with what it may import. `cli` may import everything.
const LADDER: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("diag", &["base"]),
    ("value", &["base"]),
    ("syntax", &["base", "diag"]),
    ("fmt", &["base", "diag", "syntax"]),
    ("plan", &["base", "diag", "value"]),
    ("agent", &["base", "value"]),
    ("sema", &["base", "diag", "value", "syntax"]),
    ("agents", &["base", "value", "plan", "agent"]),
    ("store", &["base", "value", "plan"]),
    ("engine", &["base", "diag", "value", "plan", "agent", "store"]),
    ("lower", &["base", "diag", "value", "sema", "plan"]),
    ("pipeline", &["base", "diag", "value", "syntax", "sema", "lower", "plan"]),
    ("testing", &["base", "diag", "value", "sema", "plan", "agent", "store", "engine", "pipeline"]),
    ("embed", &["base", "diag", "value", "plan", "agent", "agents", "store", "engine", "pipeline"]),
];

#[test]
fn imports_go_down_the_ladder() {
    let mut wrong = Vec::new();
    for file in rust_files("src") {
        let module = module(&file.path);
        if ["lib", "main", "cli"].contains(&module.as_str()) {
            continue;
        }
        let Some((_, allowed)) = LADDER.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: `{module}` is not on the ladder", file.path));
            continue;
        };
        for (line, used) in crate_paths(&file.text) {
            // Macros live at the root of the crate.
            if used != module && used != "typed_id" && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}:{line}: `{module}` may not import `{used}`", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn module(path: &str) -> String {
    let inner = path.strip_prefix("src/").unwrap();
    inner.split('/').next().unwrap().trim_end_matches(".rs").to_owned()
}

/// The modules named by `crate::…` paths, with their lines; comments are left out.
fn crate_paths(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let code: Vec<&str> =
        text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line }).collect();
    for (index, line) in code.iter().enumerate() {
        for (at, _) in line.match_indices("crate::") {
            let rest = &line[at + "crate::".len()..];
            let names = match rest.strip_prefix('{') {
                Some(_) => group(&code[index..].join(" ")[at + "crate::{".len()..]),
                None => vec![first_word(rest)],
            };
            found.extend(names.into_iter().map(|name| (index + 1, name)));
        }
    }
    found
}

/// The first words of the elements of `a, b::{c, d}, e}`.
fn group(text: &str) -> Vec<String> {
    let (mut depth, mut names, mut begins) = (0, Vec::new(), true);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            c if begins && !c.is_whitespace() => {
                names.push(first_word(&text[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    names
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
}

#[test]
fn paths_are_found_in_every_spelling() {
    let text =
        "use crate::a::B;\n/// [`X`](crate::doc)\nuse crate::{\n    b,\n    c::{d, e},\n};\nfn f() -> crate::g::H {}\n";
    let found: Vec<String> = crate_paths(text).into_iter().map(|(line, name)| format!("{line} {name}")).collect();
    assert_eq!(found, ["1 a", "3 b", "3 c", "7 g"]);
}
