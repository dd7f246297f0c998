//! `wfc fmt`: `.wf` files in the one layout that there is.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::Args;
use similar::TextDiff;

use crate::base::source::Sources;
use crate::base::text::escape;
use crate::base::world::World;
use crate::cli::check::files::{Program, find};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::files;
use crate::cli::findings::{counted, draw_on_err};
use crate::cli::project::shown_path;
use crate::cli::report::{self, Problem};
use crate::cli::sources::SourceArgs;
use crate::diag::Bag;
use crate::fmt::format;
use crate::syntax::decode::decode;

/// `wfc fmt`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "There are no options about the layout. What does not parse is left as it is written, and the exit code is 1."
)]
pub struct FmtArgs {
    /// .wf files and folders, or `-` for standard input [default: `source` of the project, else the current folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write nothing: list the files that would change, with exit code 1 if there are any
    #[arg(long)]
    pub check: bool,
    /// Write nothing: show what would change
    #[arg(long)]
    pub diff: bool,
    /// Format standard input, and call it by this path in messages
    #[arg(long, value_name = "PATH", conflicts_with = "paths")]
    pub stdin_path: Option<PathBuf>,
    /// How much is read.
    #[command(flatten)]
    pub sources: SourceArgs,
}

/// Formats files in place, or standard input to standard output.
///
/// # Errors
/// When a path leads to no file at all, or standard input cannot be read. A file that cannot be read or written is told, and the
/// others are formatted.
pub fn run(args: &FmtArgs, console: &Console) -> Result<Exit, Problem> {
    let dash = |path: &&PathBuf| path.as_os_str() == "-";
    match (&args.stdin_path, args.paths.iter().find(dash)) {
        (Some(path), _) => standard_input(&shown_path(path), args, console),
        (None, Some(_)) if args.paths.len() == 1 => standard_input("standard input", args, console),
        (None, Some(_)) => Err(Problem::usage("`-` stands for standard input and goes with no other path")),
        (None, None) => {
            let mut tally = Tally::default();
            for program in find(&args.paths, args.sources.limits())?.programs {
                for path in &program.files {
                    tally.files += 1;
                    if let Err(problem) = file(&program, path, args, console, &mut tally) {
                        console.err(&report::render(&problem, console));
                        tally.failed = true;
                    }
                }
            }
            console.say(&tally.summary(args));
            Ok(tally.exit(args))
        }
    }
}

/// What became of the files.
#[derive(Debug, Default)]
struct Tally {
    files: usize,
    changed: usize,
    broken: usize,
    failed: bool,
}

impl Tally {
    fn exit(&self, args: &FmtArgs) -> Exit {
        match self {
            Self { failed: true, .. } => Exit::Environment,
            _ if self.broken > 0 || (args.check && self.changed > 0) => Exit::No,
            _ => Exit::Good,
        }
    }

    fn summary(&self, args: &FmtArgs) -> String {
        let files = counted(self.files, "file");
        let changed = match (self.changed, args.check || args.diff) {
            (0, _) => format!("nothing to change in {files}"),
            (changed, true) => format!("{changed} of {files} would change"),
            (changed, false) => format!("{changed} of {files} changed"),
        };
        match self.broken {
            0 => format!("{changed}\n"),
            broken => format!("{changed}; what does not parse in {} was left as it is\n", counted(broken, "file")),
        }
    }
}

/// A text before and after.
struct Formatted {
    before: String,
    after: String,
    /// It begins with a byte-order mark, and goes on doing so.
    mark: bool,
    /// Something in it does not parse.
    broken: bool,
}

const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Formats a text, and draws what does not parse.
fn formatted(shown: &str, bytes: &[u8], console: &Console) -> Formatted {
    let mut sources = Sources::default();
    let mut bag = Bag::default();
    let (before, after) = match decode(bytes) {
        Ok(text) => {
            let file = sources.add(shown, text.as_str());
            let after = format(file, &text, &mut bag);
            (text, after)
        }
        Err(unreadable) => {
            let file = sources.add(shown, unreadable.text.as_str());
            bag.push(unreadable.diagnostic(file));
            (String::new(), String::new())
        }
    };
    let broken = bag.has_errors();
    draw_on_err(&sources, &bag.into_sorted(), console);
    Formatted { before, after, mark: bytes.starts_with(MARK), broken }
}

fn file(program: &Program, path: &str, args: &FmtArgs, console: &Console, tally: &mut Tally) -> Result<(), Problem> {
    let world = program.project.world();
    let shown = escape(&world.shown(path));
    let failed =
        |what: &str, why: &dyn std::fmt::Display| Problem::environment(format!("`{shown}` cannot be {what}: {why}"));
    let bytes = world.read(path).map_err(|error| failed("read", &error))?;
    let text = formatted(&shown, &bytes, console);
    tally.broken += usize::from(text.broken);
    if text.before == text.after {
        return Ok(());
    }
    if args.check || args.diff {
        tally.changed += 1;
        tell(&shown, &text, args, console);
        return Ok(());
    }
    let path = program.project.root.join(path).canonicalize().map_err(|error| failed("written", &error))?;
    let mark = if text.mark { MARK } else { b"" };
    files::replace(&path, &[mark, text.after.as_bytes()].concat()).map_err(|error| failed("written", &error.kind()))?;
    tally.changed += 1;
    console.say(&format!("formatted {shown}\n"));
    Ok(())
}

fn standard_input(shown: &str, args: &FmtArgs, console: &Console) -> Result<Exit, Problem> {
    let mut bytes = Vec::new();
    let failed = |why: &dyn std::fmt::Display| Problem::environment(format!("standard input cannot be read: {why}"));
    let limits = args.sources.limits();
    std::io::stdin().lock().take(limits.file() + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > limits.file() {
        return Err(failed(&limits.too_large()));
    }
    let text = formatted(shown, &bytes, console);
    let changed = text.before != text.after;
    if !args.check && !args.diff {
        console.out(&text.after);
    } else if changed {
        tell(shown, &text, args, console);
    }
    Ok(if text.broken || (args.check && changed) { Exit::No } else { Exit::Good })
}

/// Says of a file that it would change, and with `--diff` how.
fn tell(shown: &str, text: &Formatted, args: &FmtArgs, console: &Console) {
    if args.diff {
        console.out(&difference(shown, text, console));
    } else {
        console.out(&format!("{shown}\n"));
    }
}

/// After so long a comparison ends with what it has: it is right all the same, only longer.
const COMPARED_MAX: Duration = Duration::from_secs(2);

/// A unified diff. On a terminal it is coloured, and no text in it commands the terminal.
fn difference(shown: &str, text: &Formatted, console: &Console) -> String {
    let diff = TextDiff::configure().timeout(COMPARED_MAX).diff_lines(&text.before, &text.after);
    let plain = diff.unified_diff().header(shown, shown).to_string();
    if !console.out_terminal() && !console.colours_out() {
        return plain;
    }
    let line = |line: &str| {
        let style = if console.colours_out() { style(line) } else { Style::new() };
        let line = if console.out_terminal() { harmless(line) } else { line.to_owned() };
        format!("{style}{line}{style:#}\n")
    };
    plain.lines().map(line).collect()
}

/// A line without what commands a terminal.
fn harmless(line: &str) -> String {
    line.split('\t').map(escape).collect::<Vec<_>>().join("\t")
}

fn style(line: &str) -> Style {
    match line.as_bytes().first() {
        _ if line.starts_with("+++") || line.starts_with("---") => Style::new().bold(),
        Some(b'+') => AnsiColor::Green.on_default(),
        Some(b'-') => AnsiColor::Red.on_default(),
        Some(b'@') => AnsiColor::Cyan.on_default(),
        _ => Style::new(),
    }
}
