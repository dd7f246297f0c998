//! Small programs with the diagnostics that they must give written into them: the format of `tests/suite`.
//!
//! ```text
//! --- stage-declared-twice          a heading, unique in the whole suite, begins a program
//! workflow w() {
//!     stage a = tool.run()
//!     stage a = tool.run()
//!     //    ^ WF0101                carets under the place in the line above, as it is drawn: of several lines the first
//! --- file other.wf                 begins a further file of the same program; the first is `main.wf`; `wf.toml` states roles and prices
//! ?
//! //@ 1..2 WF0001                   columns (the end is not included), for places that carets cannot reach
//! //@ 7:1..2 WF0001                 the same with a line of the file
//! ```

use std::fmt::{self, Display, Write};
use std::path::{Path, PathBuf};

use wfc::base::source::Sources;
use wfc::base::world::MemoryWorld;
use wfc::diag::render::{Look, human};
use wfc::diag::{Bag, Diagnostic};
use wfc::pipeline::{self, Checked};

/// The file of a program that is checked.
pub const MAIN: &str = "main.wf";

/// A program and what checking it must find.
#[derive(Debug)]
pub struct Program {
    /// Unique in the suite.
    pub heading: String,
    /// Where the heading stands, from 1.
    pub line: usize,
    /// Paths and texts; the first is [`MAIN`].
    pub files: Vec<(String, String)>,
    /// In order.
    pub expected: Vec<Finding>,
}

/// A diagnostic, as far as a program states it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file of the program.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// First column in characters, from 1.
    pub start: usize,
    /// One past the last column on that line; at least one column wide.
    pub end: usize,
    /// `WF0101`.
    pub code: String,
}

impl Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}..{} {}", self.file, self.line, self.start, self.end, self.code)
    }
}

/// Splits a file of the suite into its programs.
pub fn parse(text: &str) -> Result<Vec<Program>, String> {
    let mut programs: Vec<Program> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let at = |message: &str| format!("line {}: {message}", index + 1);
        match line.strip_prefix("--- ").map(str::trim) {
            Some(heading) => match heading.strip_prefix("file ") {
                Some(path) => {
                    let program = programs.last_mut().ok_or_else(|| at("a file before the first program"))?;
                    program.files.push((path.to_owned(), String::new()));
                }
                None if !is_heading(heading) => return Err(at("a heading is small letters, digits and `-`")),
                None => programs.push(Program {
                    heading: heading.to_owned(),
                    line: index + 1,
                    files: vec![(MAIN.to_owned(), String::new())],
                    expected: Vec::new(),
                }),
            },
            None => {
                let Some(program) = programs.last_mut() else {
                    if line.is_empty() || line.starts_with("//") {
                        continue;
                    }
                    return Err(at("text before the first heading"));
                };
                let (_, text) = program.files.last_mut().expect("a program has its main file");
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    for program in &mut programs {
        program.expected = expectations(&program.files)
            .map_err(|message| format!("`{}` (line {}): {message}", program.heading, program.line))?;
    }
    Ok(programs)
}

fn is_heading(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn expectations(files: &[(String, String)]) -> Result<Vec<Finding>, String> {
    let mut all = Vec::new();
    for (file, text) in files {
        let mut above = 0;
        for (index, line) in text.lines().enumerate() {
            match marks(line)? {
                Some(marks) => all.extend(marks.into_iter().map(|mark| mark.finding(file, above))),
                None => above = index + 1,
            }
        }
    }
    all.sort();
    Ok(all)
}

struct Mark {
    line: Option<usize>,
    start: usize,
    end: usize,
    code: String,
}

impl Mark {
    fn finding(self, file: &str, above: usize) -> Finding {
        let Mark { line, start, end, code } = self;
        Finding { file: file.to_owned(), line: line.unwrap_or(above), start, end, code }
    }
}

/// The marks of a line, or `None` if it is not a line of marks.
fn marks(line: &str) -> Result<Option<Vec<Mark>>, String> {
    let trimmed = line.trim_start();
    if let Some(places) = trimmed.strip_prefix("//@") {
        return places_in_numbers(places).map(Some).ok_or_else(|| format!("cannot be read: `{trimmed}`"));
    }
    match trimmed.strip_prefix("//") {
        Some(rest) if rest.trim_start().starts_with('^') => {
            carets(line).map(Some).ok_or_else(|| format!("cannot be read: `{trimmed}`"))
        }
        _ => Ok(None),
    }
}

fn carets(line: &str) -> Option<Vec<Mark>> {
    let letters: Vec<char> = line.chars().collect();
    let mut marks = Vec::new();
    let mut at = letters.iter().position(|c| *c == '^')?;
    while at < letters.len() {
        let start = at;
        at += letters[at..].iter().take_while(|c| **c == '^').count();
        let end = at;
        let code: String = letters[at..].iter().skip(1).take_while(|c| c.is_ascii_alphanumeric()).collect();
        if start == end || letters.get(at) != Some(&' ') || !is_code(&code) {
            return None;
        }
        marks.push(Mark { line: None, start: start + 1, end: end + 1, code });
        at += 1 + "WF0000".len();
        at += letters[at..].iter().take_while(|c| c.is_whitespace()).count();
    }
    Some(marks)
}

fn places_in_numbers(text: &str) -> Option<Vec<Mark>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .chunks(2)
        .map(|pair| {
            let [place, code] = pair else { return None };
            let (line, columns) = match place.split_once(':') {
                Some((line, columns)) => (Some(line.parse().ok()?), columns),
                None => (None, *place),
            };
            let (start, end) = columns.split_once("..")?;
            let code = is_code(code).then(|| (*code).to_owned())?;
            Some(Mark { line, start: start.parse().ok()?, end: end.parse().ok()?, code })
        })
        .collect()
}

fn is_code(text: &str) -> bool {
    text.len() == 6 && text.starts_with("WF") && text[2..].bytes().all(|b| b.is_ascii_digit())
}

/// Checks the files as a project of their own; the first is the one that is checked.
pub fn check(files: &[(String, String)]) -> Checked {
    pipeline::check(&world(files), &[files[0].0.clone()])
}

/// The files as a project of their own. A `wf.toml` among them states roles and prices.
pub fn world(files: &[(String, String)]) -> MemoryWorld {
    let mut world = files.iter().fold(MemoryWorld::default(), |world, (path, text)| world.with(path, text));
    if let Some((path, text)) = files.iter().find(|(path, _)| path == "wf.toml") {
        let mut sources = Sources::default();
        let file = sources.add(path, text);
        let config = wfc::pipeline::config::read(&sources, file, &mut Bag::default());
        world.roles = config.roles.map(|roles| roles.into_keys().collect());
        world.prices = config.prices;
    }
    world
}

/// What was found, in the order of [`Finding`], each with its diagnostic.
pub fn findings(checked: &Checked) -> Vec<(Finding, &Diagnostic)> {
    let mut found: Vec<_> = checked.diagnostics.iter().map(|d| (finding(checked, d), d)).collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

fn finding(checked: &Checked, diagnostic: &Diagnostic) -> Finding {
    let span = diagnostic.primary.span;
    let source = checked.sources.get(span.file);
    let place = source.place(span.start);
    let first_line = source.line_range(place.line).start + source.line(place.line).len();
    let shown = source.text.get(span.start as usize..(span.end as usize).min(first_line)).unwrap_or("");
    let start = place.column as usize;
    Finding {
        file: source.path.clone(),
        line: place.line as usize,
        start,
        end: start + shown.chars().count().max(1),
        code: diagnostic.code.as_str().to_owned(),
    }
}

/// What differs between what a program states and what was found; empty if nothing does.
pub fn difference(expected: &[Finding], checked: &Checked) -> String {
    let found = findings(checked);
    let mut out = String::new();
    let mut left: Vec<&Finding> = expected.iter().collect();
    for (finding, diagnostic) in &found {
        match left.iter().position(|one| *one == finding) {
            Some(index) => drop(left.remove(index)),
            None => {
                let one = std::slice::from_ref(*diagnostic);
                let drawn = human::render(&checked.sources, one, &Look::default());
                let _ = write!(out, "  unexpected  {finding}\n{}", indented(&drawn));
            }
        }
    }
    for finding in left {
        let _ = writeln!(out, "  missing     {finding}");
    }
    out
}

fn indented(text: &str) -> String {
    text.lines().flat_map(|line| ["      ", line, "\n"]).collect()
}

/// All files below `folder` whose names end in `extension`, in order.
pub fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
