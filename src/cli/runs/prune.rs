//! `wfc runs prune`: makes room in a store.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::agents::exec::begun::{self, PROGRAMS};
use crate::agents::exec::folder::{Folder, State};
use crate::cli::args::{Global, PruneArgs};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::report::Problem;
use crate::cli::run::start::{attempts_dir, now};
use crate::cli::runs::list::{parse_moment, word};
use crate::cli::table::table;
use crate::cli::{ids, place, words};
use crate::store::sqlite::SqliteStore;
use crate::store::sqlite::prune::Unused;
use crate::store::{RunFilter, RunInfo, Store, StoreError};

/// Removes ended runs that are meant, then all that nothing refers to; says what.
pub fn prune(args: &PruneArgs, global: &Global, console: &Console) -> Result<Exit, Problem> {
    let dir = place::existing_store(global)?;
    let now = now();
    let before = args.older_than.as_deref().map(|text| parse_moment("--older-than", text, now)).transpose()?;
    let store = match args.dry_run {
        true => SqliteStore::open_to_read(&dir)?,
        false => SqliteStore::open(&dir)?,
    };
    let done = super::wait(async {
        let runs = store.runs(&RunFilter::default()).await?;
        let meant = meant(&runs, args, before);
        let names: Vec<String> = runs.iter().map(|run| run.id.clone()).collect();
        let pruning = Pruning { store: &store, dir: &dir, dry: args.dry_run, now };
        pruning.prune(&runs, meant, ids::short_all(&names)).await
    })?;
    if args.json {
        console.out_json(&format!("{}\n", done.json(args.dry_run)));
    } else {
        console.out(&done.removed());
        console.say(&done.summary(args.dry_run));
        console.say(&older(&store));
    }
    Ok(Exit::Good)
}

/// What is kept of this store in older formats. It is left: whoever goes back to an older version needs it.
fn older(store: &SqliteStore) -> String {
    let told = |(copy, size): &(PathBuf, u64)| {
        let (name, size) = (place::from_here(copy), words::size(*size));
        format!("{} is this store before its format was changed ({size}): it may be removed\n", name.display())
    };
    store.older_copies().iter().map(told).collect()
}

/// The ended runs that are to go, of all (newest first). Without a word on runs none is.
fn meant<'a>(runs: &'a [RunInfo], args: &PruneArgs, before: Option<i64>) -> Vec<&'a RunInfo> {
    if args.status.is_empty() && before.is_none() && args.keep.is_none() {
        return Vec::new();
    }
    let fits = |run: &&RunInfo| {
        let ended = run.ended.filter(|_| run.status.ended());
        let status = args.status.is_empty() || args.status.iter().any(|status| status == run.status.as_str());
        status && ended.is_some_and(|ended| before.is_none_or(|before| ended < before))
    };
    runs.iter().filter(fits).skip(args.keep.unwrap_or(0)).collect()
}

struct Pruning<'a> {
    store: &'a SqliteStore,
    dir: &'a Path,
    dry: bool,
    now: i64,
}

/// What was removed, or would be.
struct Done {
    runs: Vec<(String, RunInfo)>,
    /// Runs that were left alone, and why.
    left: Vec<(String, String)>,
    /// Nothing where another process has the store open.
    unused: Option<Unused>,
    folders: Vec<PathBuf>,
    /// About how many bytes all of it took.
    bytes: u64,
}

impl Pruning<'_> {
    async fn prune(&self, runs: &[RunInfo], meant: Vec<&RunInfo>, shorts: Vec<String>) -> Result<Done, Problem> {
        let (mut gone, mut left, mut bytes) = (Vec::new(), Vec::new(), 0);
        for run in meant {
            let short = runs.iter().position(|one| one.id == run.id).map_or(&run.id, |at| &shorts[at]).clone();
            let weight = self.store.weight(&run.id)?;
            match self.remove(&run.id).await? {
                None => {
                    bytes += weight;
                    gone.push((short, run.clone()));
                }
                Some(why) => left.push((short, why)),
            }
        }
        let ids: BTreeSet<String> = gone.iter().map(|(_, run)| run.id.clone()).collect();
        let unused = match self.dry {
            true => Some(self.store.unused(&ids, self.now)?),
            false => self.store.remove_unused(self.now).await?,
        };
        let (folders, of_folders) = self.folders(runs, &ids).await?;
        bytes += unused.as_ref().map_or(0, Unused::bytes) + of_folders;
        Ok(Done { runs: gone, left, unused, folders, bytes })
    }

    /// Removes a run; gives why it is left alone if it is.
    async fn remove(&self, run: &str) -> Result<Option<String>, Problem> {
        if self.dry {
            return Ok(self.store.is_driven(run).then(|| "a process drives it".to_owned()));
        }
        let lease = match self.store.lease(run, false).await {
            Ok(lease) => lease,
            Err(StoreError::Busy { pid, .. }) => return Ok(Some(format!("process {pid} drives it"))),
            Err(error) => return Err(error.into()),
        };
        match self.store.remove_run(&lease).await {
            Ok(()) => Ok(None),
            Err(StoreError::Fenced { .. }) => Ok(Some("it goes on".to_owned())),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the folders of attempts that nobody asks after any more: their run has ended or is gone, and so is their process.
    async fn folders(&self, runs: &[RunInfo], gone: &BTreeSet<String>) -> Result<(Vec<PathBuf>, u64), Problem> {
        let (mut removed, mut bytes) = (Vec::new(), 0);
        for of_run in entries(&attempts_dir(self.dir)) {
            let Some(id) = of_run.file_name().and_then(|name| name.to_str()) else { continue };
            let open = runs.iter().any(|run| run.id == id && !run.status.ended());
            let known = !gone.contains(id) && runs.iter().any(|run| run.id == id);
            // A run that is here and not in the list has begun meanwhile.
            let new = !known && !gone.contains(id) && self.store.find(id).await.is_ok_and(|run| run.id == id);
            if open || new || (known && self.store.is_driven(id)) {
                continue;
            }
            if !self.dry {
                begun::remove(&of_run);
            }
            for path in entries(&of_run).into_iter().filter(|path| !path.ends_with(PROGRAMS)) {
                let size = size_of(&path);
                if self.dry || remove_folder(&path) {
                    bytes += size;
                    removed.push(path);
                }
            }
        }
        Ok((removed, bytes))
    }
}

/// Removes the folder of an attempt, unless its process runs, or may run for all that can be seen.
fn remove_folder(path: &Path) -> bool {
    let folder = Folder::at(path);
    if matches!(folder.state(), Ok(State::Running) | Err(_)) {
        return false;
    }
    folder.remove();
    true
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Bytes of all files in a folder, links not followed.
fn size_of(folder: &Path) -> u64 {
    let (mut open, mut bytes) = (vec![folder.to_owned()], 0);
    while let Some(path) = open.pop() {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_dir() => open.extend(entries(&path)),
            Ok(metadata) => bytes += metadata.len(),
            Err(_) => {}
        }
    }
    bytes
}

impl Done {
    /// The runs, as a table.
    fn removed(&self) -> String {
        if self.runs.is_empty() {
            return String::new();
        }
        let mut rows = vec![["RUN", "WORKFLOW", "STATE", "ENDED"].map(str::to_owned).to_vec()];
        rows.extend(self.runs.iter().map(|(short, run)| {
            let ended = words::minute(run.ended.unwrap_or(run.started));
            vec![short.clone(), run.workflow.clone(), word(run.status).to_owned(), ended]
        }));
        table(&rows)
    }

    fn summary(&self, dry: bool) -> String {
        let left = self.left.iter().map(|(run, why)| format!("run {run} is left: {why}\n"));
        let mut text: String = left.collect();
        let things = self.things();
        let size = words::size(self.bytes);
        text += &match (things.is_empty(), dry) {
            (true, _) => "nothing is there to be removed\n".to_owned(),
            (false, true) => format!("would remove {}: about {size}\n", things.join(", ")),
            (false, false) => format!("removed {}: about {size}\n", things.join(", ")),
        };
        if self.unused.is_none() {
            text += "another process has the store open: what no run needs any more is left; again when it has ended\n";
        }
        text
    }

    fn things(&self) -> Vec<String> {
        let none = Unused::default();
        let unused = self.unused.as_ref().unwrap_or(&none);
        let things = [
            (self.runs.len() as u64, "run", "runs"),
            (unused.blobs.len() as u64, "long result or file", "long results or files"),
            (unused.plans.len() as u64, "plan", "plans"),
            (unused.cached.len() as u64, "cached result", "cached results"),
            (unused.events, "event", "events"),
            (self.folders.len() as u64, "folder of an attempt", "folders of attempts"),
        ];
        let things = things.into_iter().filter(|(count, ..)| *count > 0);
        things.map(|(count, one, many)| words::count(count, one, many)).collect()
    }

    fn json(&self, dry: bool) -> Json {
        let run = |run: &RunInfo| json!({ "run": run.id, "workflow": run.workflow, "status": run.status, "ended": run.ended.map(words::rfc3339) });
        let none = Unused::default();
        let unused = self.unused.as_ref().unwrap_or(&none);
        json!({
            "dry_run": dry,
            "runs": self.runs.iter().map(|(_, info)| run(info)).collect::<Vec<_>>(),
            "left": self.left.iter().map(|(run, why)| json!({ "run": run, "because": why })).collect::<Vec<_>>(),
            "in_use": self.unused.is_none(),
            "blobs": unused.blobs.len(),
            "plans": unused.plans.len(),
            "cached": unused.cached.len(),
            "events": unused.events,
            "attempts": self.folders.len(),
            "bytes": self.bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Status;

    fn run(id: &str, status: Status, ended: Option<i64>) -> RunInfo {
        RunInfo {
            id: id.into(),
            key: String::new(),
            workflow: "w".into(),
            plan: String::new(),
            inputs: Json::Null,
            status,
            started: 0,
            ended,
            because: None,
            result: None,
            requester: String::new(),
            root: String::new(),
            file: String::new(),
            call_dir: String::new(),
        }
    }

    #[test]
    fn only_ended_runs_are_meant_and_only_if_some_are_named() {
        let runs = [
            run("waits", Status::Waiting, None),
            run("new", Status::Succeeded, Some(90)),
            run("bad", Status::Failed, Some(50)),
            run("old", Status::Succeeded, Some(10)),
        ];
        let none = PruneArgs { status: Vec::new(), older_than: None, keep: None, dry_run: false, json: false };
        let chosen = |args: &PruneArgs, before: Option<i64>| -> Vec<String> {
            meant(&runs, args, before).iter().map(|run| run.id.clone()).collect()
        };
        assert!(chosen(&none, None).is_empty());
        assert_eq!(chosen(&PruneArgs { keep: Some(0), ..none.clone() }, None), ["new", "bad", "old"]);
        assert_eq!(chosen(&PruneArgs { keep: Some(1), ..none.clone() }, None), ["bad", "old"]);
        assert_eq!(chosen(&none, Some(50)), ["old"]);
        let good = PruneArgs { status: vec!["succeeded".into()], ..none };
        assert_eq!(chosen(&good, None), ["new", "old"]);
        assert_eq!(chosen(&PruneArgs { keep: Some(1), ..good }, None), ["old"]);
    }
}
