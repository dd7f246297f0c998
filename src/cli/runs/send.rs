//! `wfc runs send`: an event from outside, left in the store for every run that waits for it, now or later.

use crate::cli::account;
use crate::cli::args::{Global, SendArgs};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::runs::Opened;
use crate::store::{EVERY_RUN, MessageBody, RunFilter, Status};

/// Leaves an event. Runs that are parked take it up when they are resumed.
pub fn send(args: &SendArgs, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let payload = crate::value::json::parse_strict(args.payload.as_bytes()).map_err(|error| {
        Problem::usage(format!("the event is not JSON: {error}")).help("text stands in quotes: '\"…\"'")
    })?;
    let opened = Opened::to_write(global, console)?;
    let world = &opened.world;
    let (name, key, id) = (args.name.clone(), args.key.clone(), args.id.clone());
    world.wait(world.store.send(EVERY_RUN, &account::name(), MessageBody::Event { name, key, id, payload }))?;
    let parked = RunFilter { status: Some(Status::Waiting), ..RunFilter::default() };
    let parked = world.wait(world.store.runs(&parked))?.len();
    let note = match parked {
        0 => String::new(),
        1 => "; 1 run is parked and takes it when resumed".to_owned(),
        many => format!("; {many} runs are parked and take it when resumed"),
    };
    console.say(&format!("event {} sent{note}\n", crate::base::text::escape(&args.name)));
    Ok(Exit::Good)
}
