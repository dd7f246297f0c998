//! `wfc man`: a manual page for each command, made from what `--help` says.

use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory, ValueHint};
use clap_mangen::Man;

use crate::cli::args::Cli;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::project::shown_path;
use crate::cli::report::Problem;

/// `wfc man`.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// Write the pages of all commands into this folder, which is made if need be; without it the page of `wfc` goes to standard output
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
}

/// Prints one page, or writes all.
///
/// # Errors
/// A page cannot be written.
pub fn run(args: &ManArgs, console: &Console) -> Result<Exit, Problem> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let Some(folder) = &args.folder else {
        console.out(&page(&root)?.1);
        return Ok(Exit::Good);
    };
    std::fs::create_dir_all(folder).map_err(|error| not_written(folder, &error))?;
    let mut open = vec![&root];
    let mut count = 0;
    while let Some(command) = open.pop() {
        let (name, text) = page(command)?;
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| not_written(&path, &error))?;
        count += 1;
        open.extend(command.get_subcommands().filter(|inner| !inner.is_hide_set()));
    }
    console.say(&format!("{count} pages in {}: man -l {}\n", shown_path(folder), shown_path(&folder.join("wfc.1"))));
    Ok(Exit::Good)
}

/// The page of one command, and the name of its file: `wfc-runs-show.1`.
fn page(command: &Command) -> Result<(String, String), Problem> {
    // Pages are called after the whole command; the usage line keeps its spaces.
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let man = Man::new(command.clone()).source(concat!("wfc ", env!("CARGO_PKG_VERSION"))).manual("wfc");
    let mut text = Vec::new();
    let mut render = || {
        man.render_title(&mut text)?;
        man.render_name_section(&mut text)?;
        man.render_synopsis_section(&mut text)?;
        man.render_description_section(&mut text)?;
        man.render_options_section(&mut text)?;
        if command.has_subcommands() { man.render_subcommands_section(&mut text) } else { Ok(()) }
    };
    render().map_err(|error| Problem::environment(format!("the page cannot be made: {error}")))?;
    let help = command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string);
    let more = sections(&help.unwrap_or_default());
    Ok((format!("{name}.1"), plain(&(String::from_utf8_lossy(&text).into_owned() + &more))))
}

/// What stands below the options of a long help: examples stay as they are, the rest is filled.
fn sections(help: &str) -> String {
    let part = |text: &str| match (text.strip_prefix("Examples:\n"), text.strip_prefix("Exit codes: ")) {
        (Some(lines), _) => format!(".SH EXAMPLES\n.nf\n{}\n.fi\n", escaped(lines)),
        (_, Some(codes)) => format!(".SH \"EXIT STATUS\"\n{}\n", escaped(codes)),
        _ => format!(".PP\n{}\n", escaped(text)),
    };
    help.split("\n\n").filter(|text| !text.is_empty()).map(part).collect()
}

/// No line is a request, and hyphens are those that can be copied.
fn escaped(text: &str) -> String {
    let line = |line: &str| {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Only ASCII: not every reader of pages takes UTF-8.
fn plain(page: &str) -> String {
    let letter = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\[u{:04X}]", u32::from(c)) };
    page.chars().map(letter).collect()
}

fn not_written(path: &Path, error: &std::io::Error) -> Problem {
    Problem::environment(format!("`{}` cannot be written: {}", shown_path(path), error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_stay_as_they_are() {
        let help = "Examples:\n  wfc x --y   'z'\n  .\\\n\nMore.\n\nExit codes: 0 good.";
        let text = ".SH EXAMPLES\n.nf\n  wfc x \\-\\-y   'z'\n  .\\e\n.fi\n.PP\nMore.\n.SH \"EXIT STATUS\"\n0 good.\n";
        assert_eq!(sections(help), text);
        assert_eq!(escaped(".x\n'y"), "\\&.x\n\\&'y");
        assert_eq!(plain("…"), "\\[u2026]");
    }
}
