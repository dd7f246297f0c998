//! What can be wrong with files and imports.

use crate::base::nearest::nearest;
use crate::base::span::Span;
use crate::base::world::ReadError;
use crate::diag::{Code, Diagnostic, lint};
use crate::pipeline::imports::BadPath;

/// A file that was asked for cannot be read.
pub fn unreadable(path: &str, why: &ReadError, at: Span) -> Diagnostic {
    let code = if *why == ReadError::Outside { Code::WF0902 } else { Code::WF0901 };
    Diagnostic::new(code, at, format!("`{path}` cannot be read: {why}"))
}

/// An imported file cannot be read.
pub fn unreadable_import(path: &str, why: &ReadError, at: Span) -> Diagnostic {
    match why {
        ReadError::Outside => leaves_the_project(path, at),
        _ => Diagnostic::new(Code::WF0901, at, format!("`{path}` cannot be read: {why}")).label("imported here"),
    }
}

/// An imported file is not there; `near` is the path of one that may be meant, as the import would write it.
pub fn missing_import(path: &str, near: Option<&str>, at: Span) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::WF0901, at, format!("there is no file `{path}`")).label("imported here");
    match near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix_suggested(
            format!("import `{near}`"),
            at,
            format!("\"{near}\""),
        ),
        None => diagnostic.help("paths are relative to the file that imports"),
    }
}

/// `std/…` without such a file.
pub fn missing_library_file<'a>(path: &str, files: impl Iterator<Item = &'a str>, at: Span) -> Diagnostic {
    let files: Vec<&str> = files.collect();
    missing_import(path, nearest(path, &files), at).note("`std/` is the library that ships with `wfc`")
}

/// The path of an import leads nowhere.
pub fn bad_path(written: &str, why: BadPath, at: Span) -> Diagnostic {
    match why {
        BadPath::Address => Diagnostic::new(Code::WF0902, at, "an import cannot be a web address")
            .label("not a file of the project")
            .help("copy the file into the project and import it from there")
            .note("nothing is fetched when a program is checked: the same files give the same program"),
        BadPath::Backslash => Diagnostic::new(Code::WF0902, at, "an import has `/` between folders, on every system")
            .label("`\\` is no separator")
            .help("write `/`")
            .fix_safe("write `/`", at, format!("\"{}\"", written.replace('\\', "/"))),
        BadPath::Nothing => Diagnostic::new(Code::WF0901, at, "this import names no file")
            .label("no file name")
            .help("write the path of a `.wf` file, relative to this one"),
        BadPath::Absolute | BadPath::Leaves => leaves_the_project(written, at),
    }
}

fn leaves_the_project(path: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0902, at, format!("`{path}` leaves the project"))
        .label("outside the project")
        .help("move the file below the folder of `wf.toml` and import it by a relative path")
        .note("without a `wf.toml` the project is the folder of the file that is checked")
}

/// Files import each other in a circle. Each step is the place of an import and the file that it names; the last names the
/// first again.
pub fn import_circle(first: &str, steps: &[(Span, String)]) -> Diagnostic {
    let path: Vec<&str> = std::iter::once(first).chain(steps.iter().map(|(_, file)| file.as_str())).collect();
    let message = format!("imports go in a circle: {}", path.join(" -> "));
    let labels: Vec<(Span, String)> = match steps {
        [(span, file)] => vec![(*span, format!("`{file}` imports itself"))],
        steps => (1..).zip(steps).map(|(n, (span, file))| (*span, format!("{n}. imports `{file}`"))).collect(),
    };
    let help = match steps.len() {
        1 => "remove the import: a file sees its own names",
        _ => "move what both need into a third file",
    };
    let mut labels = labels.into_iter();
    let (at, label) = labels.next().expect("a circle has a step");
    let found = Diagnostic::new(Code::WF0109, at, message).label(label).help(help);
    labels.fold(found, |found, (span, label)| found.related(span, label))
}

/// A chain of imports without an end in sight.
pub fn imports_too_deep(max: usize, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0007, at, format!("imports go more than {max} files deep"))
        .label("not followed")
        .help("import what is needed directly")
}

/// All files together are too large.
pub fn program_too_large(path: &str, mebibytes: u64, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0901, at, format!("with `{path}` the program is larger than {mebibytes} MiB"))
}

/// A file without a single item.
pub fn empty_file(path: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0904, at, format!("`{path}` defines no workflow"))
        .help("begin with `workflow main() { … }`")
}

/// A comment that silences lints does not say why.
pub fn allow_without_reason(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0906, at, "this comment silences a warning and does not say why")
        .label("no reason")
        .help("write the reason after a colon: `// allow(unused_stage): it warms the cache`")
}

/// A comment silences what is not there; `cut` is what goes with it.
pub fn unused_allow(lints: &[Code], at: Span, cut: Span) -> Diagnostic {
    let names: Vec<&str> = lints.iter().filter_map(|code| lint::name(*code)).collect();
    let names = format!("`{}`", names.join("`, `"));
    Diagnostic::new(Code::WF0907, at, format!("there is no {names} here to silence"))
        .label("silences nothing")
        .help("remove it")
        .fix_safe("remove it", cut, "")
}

/// A comment that begins like one that silences lints, and has no list of them.
pub fn bad_allow(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0908, at, "this comment does not say what it allows")
        .label("lints are missing")
        .help("write `// allow(unused_stage): reason`, with lints between commas")
}

/// A comment wants to silence an error.
pub fn allow_of_error(code: Code, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0908, at, format!("{} is an error of the language: no comment silences it", code.as_str()))
        .label("no lint")
        .help("mend what it reports, and remove this")
}

/// A comment wants to silence what does not exist.
pub fn allow_of_nothing(word: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0908, at, format!("no lint is called `{word}`")).label("unknown lint").did_you_mean(
        word,
        at,
        lint::names().chain(codes(word)),
    )
}

/// The codes of lints, where a code was meant.
fn codes(word: &str) -> impl Iterator<Item = &'static str> {
    let meant = word.to_ascii_uppercase().starts_with("WF");
    Code::ALL.iter().filter(move |code| meant && lint::is_lint(**code)).map(|code| code.as_str())
}
