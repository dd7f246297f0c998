//! With which programs a run began: an attempt that starts another one says so.
//!
//! What each was at first stands in a file beside the attempts of the run, which the process that resumes the run finds.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::agents::exec::identity::{self, Stamp};
use crate::base::aside::aside;

/// The file, in the folder in which the attempts of a run have theirs. No attempt has this name.
pub const PROGRAMS: &str = "programs";

/// Of so many programs of a run it is known what they were: a run that makes its programs itself must not fill the memory.
const PROGRAMS_MAX: usize = 1_000;

/// Programs that attempts have started, by the folder of their run.
#[derive(Default)]
pub(super) struct Begun {
    // Held while a file is read: others that want the same one need not read it too.
    runs: Mutex<BTreeMap<PathBuf, OfRun>>,
}

#[derive(Default)]
struct OfRun {
    /// Their identities when the run began with them, by their paths.
    first: BTreeMap<String, String>,
    /// As they were seen last.
    seen: BTreeMap<String, (Stamp, String)>,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct Line {
    path: String,
    identity: String,
}

/// A file that an attempt is about to run.
pub(super) struct Program<'a> {
    /// As the command names it.
    pub word: &'a str,
    /// Where it is.
    pub path: String,
}

impl Begun {
    /// A sentence if `program` is not the one with which the run began whose attempts are in the folder `dir`.
    pub async fn warning(&self, dir: &Path, program: &Program<'_>) -> Option<String> {
        let stamp = Stamp::of(Path::new(&program.path))?;
        let mut runs = self.runs.lock().await;
        if !runs.contains_key(dir) {
            runs.insert(dir.to_owned(), OfRun::read(dir));
        }
        let of_run = runs.get_mut(dir)?;
        let now = of_run.identity(&program.path, stamp).await?;
        let first = of_run.first_or(dir, &program.path, &now);
        (first != now).then(|| {
            let (name, first, now) = (program.word.escape_debug(), identity::short(&first), identity::short(&now));
            format!("{name} is not the program that this run began with ({first} → {now})")
        })
    }

    /// The runs are over: what is begun after begins anew.
    pub async fn forget(&self) {
        for dir in std::mem::take(&mut *self.runs.lock().await).into_keys() {
            remove(&dir);
        }
    }
}

impl OfRun {
    fn read(dir: &Path) -> Self {
        let text = fs::read_to_string(dir.join(PROGRAMS)).unwrap_or_default();
        let mut first = BTreeMap::new();
        // A torn line is none, and its program one that nobody has seen yet.
        for line in text.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
            first.entry(line.path).or_insert(line.identity);
        }
        Self { first, ..Self::default() }
    }

    /// What the program is now; `None` of one too many.
    async fn identity(&mut self, path: &str, stamp: Stamp) -> Option<String> {
        match self.seen.get(path) {
            Some((seen, identity)) if *seen == stamp => return Some(identity.clone()),
            None if self.seen.len() >= PROGRAMS_MAX => return None,
            _ => {}
        }
        let file = PathBuf::from(path);
        let seen = match stamp.is_quick() {
            true => identity::look(&file, stamp),
            false => aside(move || identity::look(&file, stamp)).await.ok()?,
        };
        self.seen.insert(path.to_owned(), seen.clone());
        Some(seen.1)
    }

    /// What the program was at first; that is `now` where nobody has seen it before.
    fn first_or(&mut self, dir: &Path, path: &str, now: &str) -> String {
        if let Some(first) = self.first.get(path) {
            return first.clone();
        }
        let line = Line { path: path.to_owned(), identity: now.to_owned() };
        // On a disk that does not take it a change goes unnoticed by the next process: no reason to start nothing.
        append(dir, &line).ok();
        self.first.insert(line.path, line.identity);
        now.to_owned()
    }
}

/// Writes a line at one stroke, on a line of its own even where the one before it is torn.
fn append(dir: &Path, line: &Line) -> io::Result<()> {
    let open = || OpenOptions::new().append(true).create(true).mode(0o600).open(dir.join(PROGRAMS));
    let mut file = match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            open()?
        }
        opened => opened?,
    };
    file.write_all(format!("\n{}\n", serde_json::to_string(line)?).as_bytes())
}

/// Removes the file of the run whose attempts are in the folder `dir`, and the folder where nothing else is in it.
pub fn remove(dir: &Path) {
    fs::remove_file(dir.join(PROGRAMS)).ok();
    fs::remove_dir(dir).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn warning(begun: &Begun, dir: &Path, path: &Path) -> Option<String> {
        begun.warning(dir, &Program { word: "tool", path: path.to_str().expect("UTF-8").to_owned() }).await
    }

    #[tokio::test]
    async fn another_program_is_told_from_the_first_by_the_next_process_too() {
        let parent = tempfile::tempdir().expect("a folder");
        let (dir, path) = (parent.path().join("run"), parent.path().join("tool"));
        let write = |text: &str| fs::write(&path, text).expect("written");
        let begun = Begun::default();
        write("one");
        assert_eq!(warning(&begun, &dir, &path).await, None);
        // Torn, as a power loss may leave it.
        let mut file = OpenOptions::new().append(true).open(dir.join(PROGRAMS)).expect("it is there");
        file.write_all(br#"{"path": "half"#).expect("written");
        write("another");
        let hash = |text: &str| blake3::hash(text.as_bytes()).to_hex()[..12].to_owned();
        let (one, another) = (hash("one"), hash("another"));
        let told = format!("tool is not the program that this run began with (blake3 {one}… → blake3 {another}…)");
        assert_eq!(warning(&begun, &dir, &path).await.as_ref(), Some(&told));
        let next = Begun::default();
        assert_eq!(warning(&next, &dir, &path).await, Some(told));
        assert_eq!(warning(&next, &dir, &parent.path().join("run").join(PROGRAMS)).await, None, "its first time");
        write("one");
        assert_eq!(warning(&next, &dir, &path).await, None, "it is what it was");
        write("another");
        next.forget().await;
        assert!(!dir.exists());
        assert_eq!(warning(&next, &dir, &path).await, None, "the run is over: what comes begins anew");
    }

    #[tokio::test]
    async fn of_a_thousand_programs_it_is_known_what_they_were() {
        let parent = tempfile::tempdir().expect("a folder");
        let (dir, begun) = (parent.path().join("run"), Begun::default());
        for n in 0..=PROGRAMS_MAX {
            let path = parent.path().join(n.to_string());
            fs::write(&path, "one").expect("written");
            assert_eq!(warning(&begun, &dir, &path).await, None);
            fs::write(&path, "another").expect("written");
            assert_eq!(warning(&begun, &dir, &path).await.is_some(), n < PROGRAMS_MAX, "{n}");
        }
    }
}
