//! `wfc runs cancel`: leaves the word in the store; where nobody drives the run, carries it out.

use crate::cli::account;
use crate::cli::args::{DriveArgs, Global};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::runs::Opened;
use crate::engine::Mode;
use crate::store::{MessageBody, StoreError};

/// Cancels a run that has not ended.
pub fn cancel(run: &str, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let opened = Opened::to_write(global, console)?;
    let info = opened.find(run)?;
    let commands = opened.commands(&info)?;
    if info.status.ended() {
        let state = super::list::ended(info.status);
        return Err(Problem::refused(format!("run {} {state} already", commands.run())));
    }
    let world = &opened.world;
    world.wait(world.store.send(&info.id, &account::name(), MessageBody::Cancel))?;
    match world.wait(world.store.lease(&info.id, false)) {
        Ok(lease) => drop(lease),
        Err(StoreError::Busy { pid, .. }) => {
            console.say(&format!("run {} is being cancelled by process {pid}\n", commands.run()));
            return Ok(Exit::Good);
        }
        Err(error) => return Err(error.into()),
    }
    let args = DriveArgs { no_wait: true, ..DriveArgs::default() };
    let mode = Mode::Resume { run: info.id.clone(), takeover: false };
    match opened.drive(info, mode, &args)? {
        // That the run is cancelled is what was asked for.
        Exit::No => Ok(Exit::Good),
        exit => Ok(exit),
    }
}
