//! One token left out of a program: whoever left it out hears of it once or twice, in words that are theirs.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use wfc::base::source::Sources;
use wfc::base::world::MemoryWorld;
use wfc::diag::Bag;
use wfc::diag::render::short;
use wfc::pipeline::{self, Checked};

use crate::program::{files_below, root, world};

/// Every so many tokens of a program are left out, one at a time; `MUTILATIONS=all` leaves out each.
const STEP: usize = 41;

/// One missing token gives at most so many messages, of the parser and the checker together.
const MESSAGES_MAX: usize = 3;

#[test]
fn one_missing_token_gives_few_messages() {
    let every = std::env::var("MUTILATIONS").is_ok_and(|rounds| rounds == "all");
    let projects = projects();
    let (first, second) = projects.split_at(projects.len() / 2);
    let look = |projects: &[Project]| -> Vec<Case> {
        projects.iter().flat_map(|project| project.cases(if every { 1 } else { STEP })).collect()
    };
    let cases: Vec<Case> = std::thread::scope(|scope| {
        let other = scope.spawn(|| look(second));
        [look(first), other.join().unwrap()].concat()
    });
    let single = cases.iter().filter(|case| case.whole <= 1).count();
    let many: Vec<&Case> = cases.iter().filter(|case| case.whole > MESSAGES_MAX).collect();
    println!("{single} of {} give one message or none, {} more than {MESSAGES_MAX}", cases.len(), many.len());
    assert!(many.is_empty(), "more than {MESSAGES_MAX} messages:\n{}", table(&many));
    assert!(single * 8 >= cases.len() * 7, "only {single} of {} are one message", cases.len());
}

fn table(cases: &[&Case]) -> String {
    cases.iter().fold(String::from("  syntax   whole\n"), |mut table, case| {
        let _ = writeln!(table, "{:>8}{:>8}  {}\n{}", case.syntax, case.whole, case.place, case.said);
        table
    })
}

/// A program without one of its tokens.
#[derive(Debug, Clone)]
struct Case {
    /// File, line and column of the token, and the token.
    place: String,
    /// How many messages the parser has, and how many there are in all.
    syntax: usize,
    whole: usize,
    /// The messages.
    said: String,
}

/// A folder with programs that are checked together.
struct Project {
    world: MemoryWorld,
    /// All programs of the folder, or one of a folder of programs that have nothing to do with each other.
    mains: Vec<String>,
    folder: String,
}

fn projects() -> Vec<Project> {
    let samples = files_below(&root().join("tests/samples"), "wf").into_iter().map(|path| Project::of(&[path]));
    let folders = ["examples", "templates"].iter().flat_map(|folder| folders_below(&root().join(folder)));
    samples.chain(folders.map(|folder| Project::of(&files_below(&folder, "wf")))).collect()
}

/// The folders in a folder that have programs.
fn folders_below(folder: &Path) -> BTreeSet<PathBuf> {
    files_below(folder, "wf").iter().filter_map(|path| path.parent().map(Path::to_owned)).collect()
}

impl Project {
    fn of(programs: &[PathBuf]) -> Self {
        let folder = programs[0].parent().unwrap();
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
        let mut files: Vec<(String, String)> = programs.iter().map(|path| (name(path), text(path))).collect();
        let settings = std::fs::read_to_string(folder.join("wf.toml")).ok();
        files.extend(settings.map(|text| ("wf.toml".to_owned(), text)));
        let world = world(&files);
        let folder = folder.strip_prefix(root()).unwrap().display().to_string();
        Self { world, mains: programs.iter().map(name).collect(), folder }
    }

    fn cases(&self, step: usize) -> Vec<Case> {
        let whole = pipeline::check(&self.world, &self.mains);
        assert!(whole.diagnostics.is_empty(), "{}", said(&whole));
        let mut cases = Vec::new();
        for main in &self.mains {
            let text = String::from_utf8(self.world.files[main].clone()).unwrap();
            let tokens = tokens(&text).into_iter().skip(main.len() % step).step_by(step);
            cases.extend(tokens.map(|token| self.case(main, &text, token)));
        }
        cases
    }

    fn case(&self, main: &str, text: &str, token: Range<usize>) -> Case {
        let mut broken = text.to_owned();
        broken.replace_range(token.clone(), "");
        let before = &text[..token.start];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let (line, column, token) = (before.matches('\n').count() + 1, token.start - start + 1, &text[token]);
        let file = format!("{}/{main}", self.folder);
        let place = format!("{file}:{line}:{column} without `{token}`");
        let checked = pipeline::check(&self.world.clone().with(main, &broken), &self.mains);
        let said = said(&checked);
        let internal = ["_here", "\u{1}", "Rule::", "`__"].iter().any(|word| said.contains(word));
        assert!(!internal, "{place}:\n{said}");
        Case { place, syntax: syntax(&broken), whole: checked.diagnostics.len(), said }
    }
}

fn said(checked: &Checked) -> String {
    short::render(&checked.sources, &checked.diagnostics)
}

/// How many messages the parser has.
fn syntax(text: &str) -> usize {
    let mut sources = Sources::default();
    let mut bag = Bag::default();
    wfc::syntax::parse(sources.add("main.wf", text), text, &mut bag);
    bag.into_sorted().len()
}

/// The places of words, numbers, signs, and of each piece of a string between its quotes and `${}`.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = match first {
            c if word(c) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' if rest.starts_with("\"\"\"") => 3,
            _ if ["=>", "->", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "..", "${"]
                .iter()
                .any(|sign| rest.starts_with(sign)) =>
            {
                2
            }
            c => c.len_utf8(),
        };
        if !first.is_whitespace() && !rest.starts_with("//") {
            tokens.push(at..at + length);
        }
        at += length;
    }
    tokens
}
