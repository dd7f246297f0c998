//! `wfc new`: a project that checks and runs at once, without a key or the network.

mod meant;
mod templates;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter};

use crate::cli::commands::quoted;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::project::{absolute, shown_path};
use crate::cli::report::Problem;

use templates::{PROJECT, Template};

/// `wfc new`.
#[derive(Debug, Clone, Args)]
pub struct NewArgs {
    /// What it begins with: a template, `hello` if none is named
    #[arg(value_name = "TEMPLATE", add = ArgValueCompleter::new(offered))]
    pub first: Option<PathBuf>,
    /// The folder that is made, called as the project: letters, digits, `-` and `_` [default: called as the template]
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub second: Option<PathBuf>,
    /// The template, where its name is to be that of the folder, too
    #[arg(long, value_enum, value_name = "TEMPLATE")]
    pub template: Option<Template>,
}

/// Makes the folder and says what comes next.
///
/// # Errors
/// When there is something of that name already, the name cannot be that of a project, or a file cannot be written.
pub fn run(args: &NewArgs, console: &Console) -> Result<Exit, Problem> {
    let meant = meant::meant(args)?;
    let folder = absolute(&meant.folder)?;
    let name = project_name(&folder, &meant.folder)?;
    let made = claim(&folder, &meant.folder)?;
    if let Err(problem) = write(&folder, meant.template, &name) {
        if made {
            // Nothing half made is left behind; what cannot be removed either is named by the problem.
            let _ = std::fs::remove_dir_all(&folder);
        }
        return Err(problem);
    }
    console.say(&next_steps(&meant.folder, meant.template));
    Ok(Exit::Good)
}

/// Templates, and folders that are there.
fn offered(current: &OsStr) -> Vec<CompletionCandidate> {
    let begins = |word: &String| current.to_str().is_some_and(|typed| word.starts_with(typed));
    let words = meant::words().into_iter().filter(begins).map(CompletionCandidate::new);
    words.chain(PathCompleter::dir().complete(current)).collect()
}

fn project_name(folder: &Path, typed: &Path) -> Result<String, Problem> {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(plain) {
        true => Ok(name.to_owned()),
        false => Err(Problem::usage(format!("`{}` cannot be the name of a project", shown_path(typed)))
            .help("begin with a letter or digit, and go on with letters, digits, `-` and `_`")),
    }
}

/// Makes the folder, or takes it as it is if it is empty. Gives whether it was made.
fn claim(folder: &Path, typed: &Path) -> Result<bool, Problem> {
    let taken = || Problem::refused(format!("`{}` is there already: nothing was written", shown_path(typed)));
    let failed = |error: std::io::Error| {
        Problem::environment(format!("`{}` cannot be made: {}", shown_path(typed), error.kind()))
    };
    if let Ok(mut entries) = std::fs::read_dir(folder) {
        return if entries.next().is_none() { Ok(false) } else { Err(taken().help("name another folder")) };
    }
    if folder.symlink_metadata().is_ok() {
        return Err(taken().help("name another folder"));
    }
    std::fs::create_dir_all(folder).map(|()| true).map_err(failed)
}

fn write(folder: &Path, template: Template, name: &str) -> Result<(), Problem> {
    for (path, text) in template.files() {
        let failed =
            |error: std::io::Error| Problem::environment(format!("`{path}` cannot be written: {}", error.kind()));
        let at = folder.join(path);
        at.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
        // A file that has come in the meantime is not ours.
        let mut file = std::fs::File::create_new(at).map_err(failed)?;
        file.write_all(text.replace(PROJECT, name).as_bytes()).map_err(failed)?;
    }
    Ok(())
}

fn next_steps(typed: &Path, template: Template) -> String {
    let files: Vec<&str> = template.files().iter().map(|(path, _)| *path).collect();
    let shown = typed.to_string_lossy();
    let enter = if shown == "." { String::new() } else { format!("  cd {}\n", quoted(&shown)) };
    format!(
        "made {}: {}\n\n{enter}  wfc run .          runs it: {}\n  wfc test           tests it, offline\n  wfc check --watch  checks it while you edit\n  wfc graph          draws it\n",
        shown_path(typed),
        files.join(", "),
        template.runs(),
    )
}
