//! `wfc runs export`: a run as one JSON file.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::cli::args::Global;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::files::write_whole;
use crate::cli::report::Problem;
use crate::cli::run::secrets::Found;
use crate::engine::export::{Unwritten, export as write_run};

/// Writes a run to a file, whole or not at all, or to standard output.
pub fn export(run: &str, output: Option<&Path>, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let store = super::open_to_read(global)?;
    let (info, plan) = super::wait(async {
        let info = store.find(run).await?;
        let plan = super::plan_of(store.as_ref(), &info).await?;
        Ok((info, plan))
    })?;
    let redactor = Found::redactor(&plan, Path::new(&info.root));
    // What the store says is told as it is, what the system says of the file with the name of the file.
    let mut refused = None;
    let mut write = |out: &mut (dyn Write + Send)| {
        let written = super::wait(async { Ok(write_run(store.as_ref(), &info, &plan, &redactor, out).await) });
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Unwritten::Out(error))) => Err(error),
            Ok(Err(Unwritten::Run(error))) => Err(keep(&mut refused, error.into())),
            Err(problem) => Err(keep(&mut refused, problem)),
        }
    };
    let written = match output {
        Some(path) => write_whole(path, write),
        None => to_standard_output(&mut write),
    };
    if let Some(problem) = refused {
        return Err(problem);
    }
    written?;
    if let Some(path) = output {
        console.say(&format!("run {} is in {}\n", info.id, crate::cli::project::shown_path(path)));
    }
    Ok(Exit::Good)
}

/// Remembers what is to be told.
fn keep(refused: &mut Option<Problem>, problem: Problem) -> io::Error {
    *refused = Some(problem);
    io::ErrorKind::Other.into()
}

fn to_standard_output(write: &mut dyn FnMut(&mut (dyn Write + Send)) -> io::Result<()>) -> Result<(), Problem> {
    let mut out = BufWriter::new(io::stdout());
    match write(&mut out).and_then(|()| out.flush()) {
        // Whoever read it has enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Problem::environment(format!("standard output cannot be written: {error}"))),
        Ok(()) => Ok(()),
    }
}
