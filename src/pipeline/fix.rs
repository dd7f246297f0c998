//! Applies the fixes of diagnostics to texts in memory, round by round, until nothing more applies. Writes nothing.
//!
//! Invariant: no round leaves the program worse than it found it; what would is left out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checked, check_with};
use crate::base::profile::Profile;
use crate::base::source::{Place, Sources};
use crate::base::span::{FileId, Span};
use crate::base::unit::Price;
use crate::base::world::{ReadError, SourceLimits, World};
use crate::diag::lint::Lints;
use crate::diag::{Applicability, Code, Diagnostic, Edit, Fix, Severity};

/// Most times that a program is checked for its fixes.
const CHECKS_MAX: usize = 64;

/// What became of a program.
#[derive(Debug)]
pub struct Fixed {
    /// What is found in it now.
    pub checked: Checked,
    /// The files that read differently, by their paths from the root.
    pub changed: BTreeMap<String, Changed>,
    /// What was applied, in order.
    pub applied: Vec<Applied>,
}

/// A file before and after, both without a byte-order mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// As it was read.
    pub before: String,
    /// As it should read.
    pub after: String,
}

/// A fix that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What it mends.
    pub code: Code,
    /// The file, as it is shown.
    pub file: String,
    /// Where it was found, in the text as it read then.
    pub place: Place,
    /// What it does.
    pub title: String,
}

/// Checks the files at `paths` and applies the fixes in them and in what they import: those that are safe, or with `Suggested`
/// the guesses too.
pub fn fix(world: &dyn World, paths: &[String], lints: &Lints, level: Applicability) -> Fixed {
    let mut now = check_with(world, paths, lints);
    let edited = Edited { world, texts: BTreeMap::new() };
    let seen = BTreeSet::from([edited.state()]);
    let mut rounds = Rounds { edited, refused: BTreeSet::new(), seen };
    let mut applied = Vec::new();
    let mut before: BTreeMap<String, String> = BTreeMap::new();
    let mut most = usize::MAX;
    for _ in 0..CHECKS_MAX {
        let picked = rounds.pick(&now, level, most);
        if picked.is_empty() {
            break;
        }
        let texts = apply(&now, &picked);
        let next = Edited { world, texts: rounds.edited.with(&texts) };
        let then = check_with(&next, paths, lints);
        if !rounds.seen.insert(next.state()) || badness(&then) > badness(&now) {
            // One of them is at fault: fewer are tried, until it stands alone.
            match picked.as_slice() {
                [(_, one)] => drop(rounds.refused.insert(key(&now.sources, one))),
                several => most = several.len() / 2,
            }
            continue;
        }
        applied.extend(picked.iter().map(|(found, fix)| applied_fix(&now.sources, found, fix)));
        for path in texts.keys() {
            before.entry(path.clone()).or_insert_with(|| text_at(&now, path));
        }
        (rounds.edited, now, most) = (next, then, usize::MAX);
    }
    let changed = before.into_iter().map(|(path, before)| {
        let after = rounds.edited.texts.get(&path).cloned().unwrap_or_default();
        (path, Changed { before, after })
    });
    Fixed { changed: changed.filter(|(_, file)| file.before != file.after).collect(), checked: now, applied }
}

/// A fix with the diagnostic that offers it.
type Picked<'a> = (&'a Diagnostic, &'a Fix);

struct Rounds<'a> {
    edited: Edited<'a>,
    /// Fixes that made it worse.
    refused: BTreeSet<String>,
    /// Every state of the texts so far: none is come back to.
    seen: BTreeSet<[u8; 32]>,
}

impl Rounds<'_> {
    /// The first fixes of that level that do not touch each other.
    fn pick<'c>(&self, now: &'c Checked, level: Applicability, most: usize) -> Vec<Picked<'c>> {
        let mut taken: BTreeMap<FileId, BTreeMap<u32, u32>> = BTreeMap::new();
        let mut picked = Vec::new();
        let fixes = now.diagnostics.iter().filter_map(|found| Some((found, found.fix.as_ref()?)));
        for (found, fix) in fixes.filter(|(_, fix)| fix.applicability <= level) {
            let mut spans: Vec<Span> = fix.edits.iter().map(|edit| edit.span).collect();
            spans.sort();
            let own = spans.iter().all(|span| now.path(span.file).is_some_and(|path| !path.starts_with("std/")));
            let apart = spans.windows(2).all(|pair| pair[0].file != pair[1].file || pair[0].end < pair[1].start);
            let free = spans.iter().all(|span| is_free(taken.entry(span.file).or_default(), *span));
            if own && apart && free && !self.refused.contains(&key(&now.sources, fix)) {
                for span in spans {
                    taken.entry(span.file).or_default().insert(span.start, span.end);
                }
                picked.push((found, fix));
            }
            if picked.len() == most {
                break;
            }
        }
        picked
    }
}

/// Whether an edit neither overlaps nor touches what is taken: then it does not matter which is made first.
fn is_free(taken: &BTreeMap<u32, u32>, span: Span) -> bool {
    taken.range(..=span.end).next_back().is_none_or(|(_, end)| *end < span.start)
}

/// What a fix would do, wherever it would do it.
fn key(sources: &Sources, fix: &Fix) -> String {
    let edit = |edit: &Edit| {
        let source = sources.get(edit.span.file);
        let line = source.line(source.place(edit.span.start).line);
        format!("{}\n{line}\n{}\n{}\n", source.path, sources.text(edit.span), edit.text)
    };
    fix.edits.iter().map(edit).collect()
}

/// Errors of syntax weigh most: while there are some, others are hidden. Warnings weigh nothing: a name that is found may be unused.
fn badness(checked: &Checked) -> (usize, usize) {
    let errors = || checked.diagnostics.iter().filter(|one| one.severity == Severity::Error);
    let syntax = errors().filter(|one| one.code < Code::WF0090).count();
    (syntax, errors().count())
}

/// The new texts of the files that the fixes change.
fn apply(now: &Checked, picked: &[Picked<'_>]) -> BTreeMap<String, String> {
    let mut edits: Vec<&Edit> = picked.iter().flat_map(|(_, fix)| &fix.edits).collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for edit in edits {
        let Some(path) = now.path(edit.span.file) else { continue };
        let text = texts.entry(path.to_owned()).or_insert_with(|| now.sources.get(edit.span.file).text.clone());
        // From the end to the beginning, so that no place moves before its edit is made.
        text.replace_range(edit.span.range(), &with_line_ends_of(&now.sources.get(edit.span.file).text, &edit.text));
    }
    texts
}

fn with_line_ends_of(text: &str, edit: &str) -> String {
    let returns = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
    if returns { edit.replace('\n', "\r\n") } else { edit.to_owned() }
}

fn applied_fix(sources: &Sources, found: &Diagnostic, fix: &Fix) -> Applied {
    let source = sources.get(found.primary.span.file);
    let place = source.place(found.primary.span.start);
    Applied { code: found.code, file: source.path.clone(), place, title: fix.title.clone() }
}

fn text_at(checked: &Checked, path: &str) -> String {
    let file = checked.files.iter().find(|(_, of)| *of == path).map(|(file, _)| file);
    file.map(|file| checked.sources.get(*file).text.clone()).unwrap_or_default()
}

/// A world in which some files read differently.
struct Edited<'a> {
    world: &'a dyn World,
    texts: BTreeMap<String, String>,
}

impl Edited<'_> {
    fn state(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        for (path, text) in &self.texts {
            hasher.update(path.as_bytes()).update(blake3::hash(text.as_bytes()).as_bytes());
        }
        *hasher.finalize().as_bytes()
    }

    fn with(&self, texts: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut all = self.texts.clone();
        all.extend(texts.iter().map(|(path, text)| (path.clone(), text.clone())));
        all
    }
}

impl World for Edited<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.texts.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => self.world.read(path),
        }
    }

    fn limits(&self) -> SourceLimits {
        self.world.limits()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.world.names(folder)
    }

    fn roles(&self) -> Option<Vec<String>> {
        self.world.roles()
    }

    fn kinds(&self) -> Vec<String> {
        self.world.kinds()
    }

    fn price(&self, model: &str) -> Option<Price> {
        self.world.price(model)
    }

    fn profile(&self) -> Option<&Profile> {
        self.world.profile()
    }

    fn shown(&self, path: &str) -> String {
        self.world.shown(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::world::MemoryWorld;

    fn fixed(text: &str, level: Applicability) -> (String, Vec<String>, usize) {
        let world = MemoryWorld::default().with("a.wf", text);
        let fixed = fix(&world, &["a.wf".into()], &Lints::default(), level);
        let after = fixed.changed.get("a.wf").map_or(text, |changed| &changed.after).to_owned();
        let applied = fixed.applied.iter().map(|one| format!("{}:{}", one.place.line, one.code.as_str()));
        (after, applied.collect(), fixed.checked.diagnostics.len())
    }

    #[test]
    fn what_has_one_reading_is_applied_until_nothing_is_left() {
        let text = "# a comment\nworkflow main(a: bool, b: bool) -> bool {\n    return a === b;\n}\n";
        let (after, applied, left) = fixed(text, Applicability::Safe);
        assert_eq!(after, "// a comment\nworkflow main(a: bool, b: bool) -> bool {\n    return a == b\n}\n");
        assert_eq!((applied.len(), left), (3, 0), "{applied:?}");
    }

    #[test]
    fn a_guess_is_applied_only_where_guesses_are_wanted() {
        let text = "workflow main(name: string) -> string {\n    return nane\n}\n";
        assert_eq!(fixed(text, Applicability::Safe).0, text);
        let (after, applied, left) = fixed(text, Applicability::Suggested);
        assert_eq!(after, text.replace("nane", "name"));
        assert_eq!((applied, left), (vec!["2:WF0102".to_owned()], 0));
    }

    #[test]
    fn a_key_is_read_from_the_environment() {
        // Put together here, so that no scanner takes this file for a leak.
        let key = ["ghp", "_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"].concat();
        let text = format!(
            "secret github_token from env \"A\" // mine\n\nagent a uses exec {{\n    env {{ A: \"{key}\", B: \"Bearer {key}\", C: github_token }}\n    \
             action b() {{ command [\"b\"] }}\n}}\n"
        );
        let (after, applied, left) = fixed(&text, Applicability::Safe);
        let item = "secret github_token_2 from env \"GITHUB_TOKEN_2\"";
        let fixed = text.replacen("// mine\n", &format!("// mine\n{item}\n"), 1);
        assert_eq!(after, fixed.replacen(&format!("\"{key}\""), "github_token_2", 1));
        assert_eq!((applied, left), (vec!["4:WF0603".to_owned()], 1), "a part of a text is left to people");
    }

    #[test]
    fn lines_end_as_they_did() {
        let text = "// allow(unused_name): gone\r\nworkflow main() -> int {\r\n    return 1;\r\n}\r\n";
        let (after, _, left) = fixed(text, Applicability::Safe);
        assert_eq!((after.as_str(), left), ("workflow main() -> int {\r\n    return 1\r\n}\r\n", 0));
        assert_eq!(with_line_ends_of(text, "a\nb"), "a\r\nb");
    }

    #[test]
    fn edits_that_touch_wait_for_the_next_round() {
        let mut taken = BTreeMap::from([(4, 6)]);
        let at = |start, end| Span::new(FileId::new(0), start, end);
        assert!(!is_free(&taken, at(6, 8)) && !is_free(&taken, at(2, 4)) && !is_free(&taken, at(5, 5)));
        assert!(is_free(&taken, at(7, 8)) && is_free(&taken, at(2, 3)));
        taken.insert(10, 10);
        assert!(!is_free(&taken, at(8, 12)) && is_free(&taken, at(8, 9)));
    }
}
