//! `wfc explain`: the page of a code, or the list of all codes.

use clap::Args;

use crate::base::nearest::nearest;
use crate::base::text::wrap;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::diag::Code;

/// `wfc explain`.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// A code like `WF0102`, also `102`; without one all are listed
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Columns of the prose.
const COLUMNS: usize = 80;

/// Prints the page of a code, or all codes with their titles.
///
/// # Errors
/// When there is no such code.
pub fn run(args: &ExplainArgs, console: &Console) -> Result<Exit, Problem> {
    let text = match &args.code {
        None => list(),
        Some(typed) => page(code(typed).ok_or_else(|| unknown(typed))?, console.colours_out()),
    };
    console.out(&text);
    Ok(Exit::Good)
}

fn list() -> String {
    Code::ALL.iter().map(|code| format!("{}  {}\n", code.as_str(), without_ticks(code.title()))).collect()
}

/// The code that somebody typed: in any case, and without what all codes have in common.
fn code(typed: &str) -> Option<Code> {
    let upper = typed.to_ascii_uppercase();
    Code::parse(&format!("{:0>4}", upper.strip_prefix("WF").unwrap_or(&upper)))
}

fn unknown(typed: &str) -> Problem {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let problem = Problem::usage(format!("no code `{typed}`"));
    match nearest(&typed.to_ascii_uppercase(), &codes) {
        Some(near) => problem.help(format!("did you mean `{near}`? `wfc explain` lists all")),
        None => problem.help("`wfc explain` lists all codes"),
    }
}

/// A page as text: its title with the code, its prose wrapped, its programs indented under a word that says what they are.
fn page(code: Code, colour: bool) -> String {
    let bold = if colour { anstyle::Style::new().bold() } else { anstyle::Style::new() };
    let mut out = format!("{bold}{}: {}{bold:#}\n", code.as_str(), without_ticks(code.title()));
    let mut paragraph = String::new();
    let mut in_block = false;
    for line in code.page().lines().skip(1).chain([""]) {
        let fence = line.strip_prefix("```");
        if in_block && fence.is_none() {
            out.push_str(&if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") });
            continue;
        }
        if line.is_empty() || fence.is_some() {
            out.extend(wrap(&std::mem::take(&mut paragraph), COLUMNS).into_iter().map(|line| line + "\n"));
        }
        match fence {
            Some(tag) if !in_block => out.push_str(block_title(tag)),
            Some(_) => {}
            None if line.is_empty() => out.push('\n'),
            None => {
                paragraph.push_str(if paragraph.is_empty() { "" } else { " " });
                paragraph.push_str(line);
            }
        }
        in_block ^= fence.is_some();
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

fn block_title(tag: &str) -> &'static str {
    match tag {
        "wf,emits" => "Wrong:\n\n",
        "wf,clean" => "Right:\n\n",
        _ => "",
    }
}

fn without_ticks(title: &str) -> String {
    title.replace('`', "")
}
