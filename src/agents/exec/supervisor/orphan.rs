//! Processes as the system knows them: whose child each is, and which one a number stands for.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::agent::Context;
use crate::agents::exec::command::{ATTEMPT, KEY};
use crate::agents::exec::folder::Folder;

/// How often what an attempt has left is looked for.
const ROUNDS_MAX: usize = 16;

/// What the system tells of a process.
struct Stat {
    parent: i32,
    /// Not yet reaped, but ended.
    dead: bool,
    /// Ticks since the machine started.
    started: u64,
}

/// All living descendants of a process.
pub fn descendants(of: Pid) -> Vec<Pid> {
    let mut children: BTreeMap<i32, Vec<(i32, bool)>> = BTreeMap::new();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    for pid in entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()) {
        if let Some(stat) = stat(pid) {
            children.entry(stat.parent).or_default().push((pid, stat.dead));
        }
    }
    let mut found = Vec::new();
    let mut queue = vec![of.as_raw_nonzero().get()];
    while let Some(parent) = queue.pop() {
        for (pid, dead) in children.remove(&parent).unwrap_or_default() {
            queue.push(pid);
            found.extend(Pid::from_raw(pid).filter(|_| !dead));
        }
    }
    found
}

/// A process in words by which it is known again: its number may be another's later.
pub fn describe(pid: Pid) -> Option<String> {
    let pid = pid.as_raw_nonzero().get();
    Some(format!("{pid} {} {}", stat(pid)?.started, boot()?))
}

/// Ends the program of an attempt whose supervisor was killed, and all that it has started.
///
/// They are known by the variables that each of them was given; where the system does not show those, by what the supervisor
/// wrote down of the program.
pub fn end_program(folder: &Folder, context: &Context) {
    // One that is killed may have just started another.
    for _ in 0..ROUNDS_MAX {
        let left = marked(context);
        if left.is_empty() {
            break;
        }
        left.into_iter().for_each(|pid| _ = kill_process(pid, Signal::KILL));
    }
    end_named(folder);
}

/// The processes that have the key and the number of an attempt in their environment.
fn marked(context: &Context) -> Vec<Pid> {
    let variables = [format!("{KEY}={}", context.key), format!("{ATTEMPT}={}", context.attempt)];
    let is_marked = |pid: &i32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let has = |wanted: &String| environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes());
        variables.iter().all(has)
    };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter(is_marked).filter_map(Pid::from_raw).collect()
}

fn end_named(folder: &Folder) {
    let Some(description) = folder.program() else { return };
    let pid = description.split(' ').next().and_then(|word| word.parse().ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid.filter(|pid| describe(*pid).as_deref() == Some(&*description)) {
        kill_process_group(pid, Signal::KILL).ok();
    }
}

fn stat(pid: i32) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold anything, parentheses too.
    let (_, rest) = text.rsplit_once(") ")?;
    let words: Vec<&str> = rest.split(' ').collect();
    let dead = matches!(*words.first()?, "Z" | "X");
    Some(Stat { parent: words.get(1)?.parse().ok()?, dead, started: words.get(19)?.parse().ok()? })
}

/// Names the time since the machine started: it does not change while a process lives.
fn boot() -> Option<&'static str> {
    static BOOT: OnceLock<Option<String>> = OnceLock::new();
    let read = || Some(std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned());
    BOOT.get_or_init(read).as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_again() {
        let own = rustix::process::getpid();
        let description = describe(own).expect("the system tells");
        assert!(description.starts_with(&format!("{} ", own.as_raw_nonzero())));
        assert_eq!(describe(own), Some(description));
    }
}
