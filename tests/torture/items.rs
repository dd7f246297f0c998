//! A map of many items, killed again and again: each program runs once, and the results stand in the order of the items.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::chance::Chance;
use crate::machine::Machine;
use crate::process::{PATIENCE, within};
use crate::tally::Tally;

/// The shortest that a process lives before it is killed, milliseconds: so that it comes to do something.
const LIFE_MS: u64 = 30;

/// Runs a map of so many items, killed so many times while it has not ended.
pub fn run(machine: &Machine, seed: u64, items: u64, kills: u64) -> std::io::Result<Tally> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("items.wf"), include_str!("items.wf"))?;
    fs::create_dir(folder.path().join("marks"))?;
    let (mut tally, mut chance) = (Tally::default(), Chance::new(seed));
    let count = format!("count={items}");
    let wfc = |args: &[&str]| {
        let mut command = Command::new(&machine.wfc);
        command.args(args).current_dir(folder.path()).stdin(Stdio::null()).stderr(Stdio::null());
        command
    };
    let begin = ["run", "items.wf", "-i", &count, "--id", "map", "--parallel", "4", "-q"];
    for _ in 0..kills {
        let mut child = wfc(&begin).stdout(Stdio::null()).spawn()?;
        let life = Duration::from_millis(LIFE_MS + chance.below(1 + 2 * items / kills));
        if within(&mut child, life)?.is_some() {
            break;
        }
        child.kill()?;
        child.wait()?;
        tally.count("kills");
        tally.count("kills_in_map");
    }
    let path = folder.path().join("result");
    let mut last = wfc(&begin).stdout(File::create(&path)?).spawn()?;
    if within(&mut last, PATIENCE * 4)?.is_none() {
        tally.wrong("stuck", format!("seed {seed}: the map does not end"));
        last.kill()?;
        last.wait()?;
    }
    let result: Json = serde_json::from_slice(&fs::read(&path)?).unwrap_or_default();
    if result != json!((0..items).collect::<Vec<_>>()) {
        tally.wrong("wrong_end", format!("seed {seed}: the map gave {result}"));
    }
    judge(&mut tally, seed, folder.path(), items);
    Ok(tally)
}

/// Each item has left one mark.
fn judge(tally: &mut Tally, seed: u64, folder: &Path, items: u64) {
    for item in 0..items {
        let marks = fs::read_to_string(folder.join(format!("marks/{item}"))).unwrap_or_default();
        match marks.lines().count() {
            1 => tally.count("items"),
            0 => tally.wrong("lost", format!("seed {seed}: item {item} never ran")),
            times => tally.wrong("repeated", format!("seed {seed}: item {item} ran {times} times")),
        }
    }
}
