//! Head comments, leftovers and sizes. What is too long already may shrink, never grow.

use super::rust_files;

const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 80;

/// Files that are longer, with their length when they were last looked at.
const LONG_FILES: &[(&str, usize)] = &[];

/// Functions that are longer: file, name, length.
const LONG_FUNCTIONS: &[(&str, &str, usize)] = &[];

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<String> = all().into_iter().filter(|f| !f.text.starts_with("//! ")).map(|f| f.path).collect();
    assert!(silent.is_empty(), "no head comment: {silent:?}");
}

#[test]
fn nothing_is_left_over() {
    // Put together here, so that this file does not find itself.
    let words =
        [["db", "g!("].concat(), ["tod", "o!("].concat(), ["unimplemente", "d!("].concat(), ["#[igno", "re"].concat()];
    let mut found = Vec::new();
    for file in all() {
        for (index, line) in file.text.lines().enumerate() {
            found.extend(
                words.iter().filter(|w| line.contains(*w)).map(|w| format!("{}:{}: {w}", file.path, index + 1)),
            );
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn files_do_not_grow_beyond_a_few_screens() {
    let mut wrong = Vec::new();
    for file in all() {
        let lines = file.text.lines().count();
        let known = LONG_FILES.iter().find(|(path, _)| *path == file.path).map(|(_, lines)| *lines);
        wrong.extend(judge(&file.path, lines, FILE_LINES_MAX, known));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn functions_fit_on_a_screen() {
    let mut wrong = Vec::new();
    // A test that holds a whole answer of a command is as long as the answer.
    for file in all().into_iter().filter(|file| file.path.starts_with("src/")) {
        for (name, lines) in functions(&file.text) {
            let known = LONG_FUNCTIONS.iter().find(|(path, other, _)| *path == file.path && *other == name);
            wrong.extend(judge(
                &format!("{} `{name}`", file.path),
                lines,
                FUNCTION_LINES_MAX,
                known.map(|known| known.2),
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A complaint, if something is longer than it may be, or shorter than its entry in the list of exceptions says.
fn judge(what: &str, lines: usize, max: usize, known: Option<usize>) -> Option<String> {
    match known {
        Some(known) if lines > known => Some(format!("{what} has grown from {known} to {lines} lines")),
        Some(known) if lines <= max || lines + 20 < known => {
            Some(format!("{what} has shrunk from {known} to {lines} lines: say so in the list"))
        }
        None if lines > max => Some(format!("{what} has {lines} lines, more than {max}")),
        _ => None,
    }
}

fn all() -> Vec<super::RustFile> {
    ["src", "tests", "benches"]
        .into_iter()
        .filter(|f| crate::program::root().join(f).exists())
        .flat_map(rust_files)
        .collect()
}

/// Name and length of each function; the code is formatted, so a function ends with the `}` of its own indentation.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indentation = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indentation}}}");
        let length = lines[index..].iter().position(|line| *line == end).map_or(1, |at| at + 1);
        let one_line = line.ends_with('}') || line.ends_with(';');
        found.push((name, if one_line { 1 } else { length }));
    }
    found
}

fn function_name(line: &str) -> Option<String> {
    let mut words = line
        .trim_start()
        .split(' ')
        .skip_while(|word| ["pub", "async", "const", "unsafe"].contains(word) || word.starts_with("pub("));
    (words.next() == Some("fn")).then(|| words.next())??.split(['(', '<']).next().map(str::to_owned)
}

#[test]
fn functions_are_measured() {
    let text = "pub fn a() {\n    b();\n}\n\nimpl X {\n    fn c(&self) -> u8 { 1 }\n    async fn d<T>(\n        x: T,\n    ) {\n    }\n}\n";
    assert_eq!(functions(text), [("a".into(), 3), ("c".into(), 1), ("d".into(), 4)]);
}
