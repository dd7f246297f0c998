//! `wfc check --fix`: fixes are tried in memory, and what is better for them is written, each file whole.

use std::path::{Path, PathBuf};

use crate::base::text::escape;
use crate::base::world::{SourceLimits, read_regular};
use crate::cli::check::files::Program;
use crate::cli::check::{Group, groups};
use crate::cli::commands::quoted;
use crate::cli::console::Console;
use crate::cli::files;
use crate::cli::report::Problem;
use crate::diag::{Applicability, Fix};
use crate::pipeline::fix::{Applied, Changed, fix as apply};

/// Applies the fixes in the files of a program, says which, and gives what is left.
///
/// # Errors
/// When a file cannot be written, or has changed in the meantime. Files before it in order of their paths are written.
pub fn fix(program: &Program, level: Applicability, console: &Console) -> Result<Vec<Group>, Problem> {
    let project = &program.project;
    let files: Vec<String> = program.files.iter().cloned().collect();
    let fixed = apply(&project.world(), &files, &project.config.lints, level);
    for (path, changed) in &fixed.changed {
        write(&project.root.join(path), changed, &project.shown(path), project.limits)?;
    }
    console.say(&said(&fixed.applied));
    Ok(groups(program, fixed.checked))
}

/// A file that is not as it was read belongs to somebody who works on it.
fn write(path: &Path, changed: &Changed, shown: &str, limits: SourceLimits) -> Result<(), Problem> {
    let failed = |why: &dyn std::fmt::Display| Problem::environment(format!("`{shown}` cannot be written: {why}"));
    let there = read_regular(path, limits).map_err(|error| failed(&error))?;
    let mark: &[u8] = if there.starts_with(MARK) { MARK } else { b"" };
    if there[mark.len()..] != *changed.before.as_bytes() {
        return Err(failed(&"it has changed while it was checked").help("run the command again"));
    }
    let whole = [mark, changed.after.as_bytes()].concat();
    let path = path.canonicalize().map_err(|error| failed(&error))?;
    files::replace(&path, &whole).map_err(|error| failed(&error.kind()))
}

/// The byte-order mark of UTF-8: a file that begins with one goes on doing so.
const MARK: &[u8] = b"\xEF\xBB\xBF";

fn said(applied: &[Applied]) -> String {
    let line = |one: &Applied| {
        let (file, place, title) = (escape(&one.file), one.place, escape(&one.title));
        format!("fixed {file}:{}:{} {}: {title}\n", place.line, place.column, one.code.as_str())
    };
    applied.iter().map(line).collect()
}

/// Which fixes there are, and how to apply them.
pub fn offer(groups: &[Group], paths: &[PathBuf]) -> Option<String> {
    let fixes = || groups.iter().flat_map(|group| &group.diagnostics).filter_map(|one| one.fix.as_ref());
    let of = |level| fixes().filter(|fix: &&Fix| fix.applicability == level).count();
    let (safe, guesses) = (of(Applicability::Safe), of(Applicability::Suggested));
    if safe == 0 {
        return None;
    }
    let paths: String = paths.iter().map(|path| format!(" {}", quoted(&path.to_string_lossy()))).collect();
    let have = if safe == 1 { "1 fix has".to_owned() } else { format!("{safe} fixes have") };
    let first = format!("{have} one reading: wfc check --fix{paths}");
    Some(match guesses {
        0 => first + "\n",
        1 => format!("{first}; 1 is a guess: --fix=suggested\n"),
        _ => format!("{first}; {guesses} are guesses: --fix=suggested\n"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_has_changed_in_the_meantime_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wf");
        let changed = Changed { before: "before".into(), after: "after".into() };
        std::fs::write(&path, "somebody's").unwrap();
        let problem = write(&path, &changed, "a.wf", SourceLimits::default()).unwrap_err();
        assert_eq!(problem.message, "`a.wf` cannot be written: it has changed while it was checked");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "somebody's");
        std::fs::write(&path, "\u{feff}before").unwrap();
        write(&path, &changed, "a.wf", SourceLimits::default()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "\u{feff}after");
    }

    #[test]
    fn what_can_be_fixed_is_offered_with_the_command() {
        let mut sources = crate::base::source::Sources::default();
        let at = crate::base::span::Span::start_of(sources.add("a.wf", ""));
        let one = crate::diag::Diagnostic::new(crate::diag::Code::WF0001, at, "wrong");
        let offered = |safe: usize, guesses: usize| {
            let safe = vec![one.clone().fix_safe("remove it", at, ""); safe];
            let guesses = vec![one.clone().fix_suggested("write `x`", at, "x"); guesses];
            let group = Group { diagnostics: [safe, guesses].concat(), ..Group::default() };
            offer(&[group], &["a b.wf".into()]).unwrap_or_default()
        };
        assert_eq!(offered(0, 3), "");
        assert_eq!(offered(1, 0), "1 fix has one reading: wfc check --fix 'a b.wf'\n");
        assert_eq!(
            offered(2, 1),
            "2 fixes have one reading: wfc check --fix 'a b.wf'; 1 is a guess: --fix=suggested\n"
        );
    }
}
