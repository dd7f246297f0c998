//! `wfc runs verify`: checks what a store holds against its checksums.

use serde_json::{Value as Json, json};

use crate::base::text::escape;
use crate::cli::args::Global;
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::{place, words};
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::verify::{Damage, Verified};

/// Names what is damaged, by run and record, or says what was checked.
///
/// # Errors
/// There is no store, or it cannot be read at all.
pub fn verify(as_json: bool, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let store = SqliteStore::open_to_read(&place::existing_store(global)?)?;
    let found = store.verify()?;
    if as_json {
        console.out_json(&format!("{}\n", json_of(&found)));
    } else {
        let lines = found.damage.iter().map(|damage| format!("{}\n", escape(&damage.what)));
        console.out(&lines.collect::<String>());
        console.say(&summary(&found));
    }
    Ok(if found.damage.is_empty() { Exit::Good } else { Exit::No })
}

fn summary(found: &Verified) -> String {
    let kinds = [
        ("runs", "run", "runs"),
        ("records", "record", "records"),
        ("messages", "message", "messages"),
        ("plans", "plan", "plans"),
        ("blobs", "long result or file", "long results or files"),
        ("lines", "line of output", "lines of output"),
        ("claims", "claim to a lock", "claims to locks"),
        ("cached", "cached result", "cached results"),
    ];
    let counted = kinds.iter().map(|(kind, one, many)| (found.counted(kind), *one, *many));
    let there: Vec<String> =
        counted.filter(|(count, ..)| *count > 0).map(|(count, one, many)| words::count(count, one, many)).collect();
    let there = if there.is_empty() { "nothing".to_owned() } else { there.join(", ") };
    match found.damage.len() as u64 {
        0 => format!("checked {there}: all is whole\n"),
        1 => format!("checked {there}: the above is damaged; all else is whole\n"),
        many => format!("checked {there}: {many} things are damaged; all else is whole\n"),
    }
}

fn json_of(found: &Verified) -> Json {
    let damage = |damage: &Damage| json!({ "run": damage.run, "record": damage.record, "what": damage.what });
    json!({
        "whole": found.damage.is_empty(),
        "checked": found.counts,
        "damage": found.damage.iter().map(damage).collect::<Vec<_>>(),
    })
}
