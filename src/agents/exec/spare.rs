//! Folders of attempts that are over, for those to come: to make a folder and its files, and to take them away again, costs more than all
//! else that `wfc` does for a short attempt.
//!
//! Invariant: a folder gets the name of an attempt, and loses it, at one stroke; between two of them it is nobody's.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use crate::agents::exec::folder::{Folder, GONE};

/// Folders that were laid by: at most as many as there were attempts at once. Dropped, it leaves nothing of them.
#[derive(Default)]
pub(super) struct Spares {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    folders: Vec<Folder>,
    /// In which they were.
    dirs: BTreeSet<PathBuf>,
}

impl Spares {
    /// One of those in the folder `dir`.
    pub fn take(&self, dir: &Path) -> Option<Folder> {
        let mut kept = self.lock();
        let found = kept.folders.iter().rposition(|folder| folder.parent() == dir)?;
        Some(kept.folders.swap_remove(found))
    }

    /// Lays by the folder of an attempt that is over. Gives whether it could: it is to be removed otherwise.
    pub fn keep(&self, folder: &Folder) -> bool {
        let spare = if cfg!(target_os = "linux") { folder.lay_by() } else { None };
        let mut kept = self.lock();
        if !kept.dirs.contains(folder.parent()) {
            kept.dirs.insert(folder.parent().to_owned());
        }
        let is_kept = spare.is_some();
        kept.folders.extend(spare);
        is_kept
    }

    /// Removes all of them, with those that processes left which were killed, and the folders in which nothing is left then.
    pub fn clear(&self) {
        let Kept { dirs, .. } = std::mem::take(&mut *self.lock());
        for dir in dirs {
            let entries = fs::read_dir(&dir).into_iter().flatten().flatten();
            for entry in entries.filter(|entry| entry.file_name().to_str().is_some_and(is_abandoned)) {
                Folder::at(&entry.path()).discard();
            }
            fs::remove_dir(dir).ok();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Spares {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Whether this is the name of a folder that this process took away from its attempt, or one that is no more.
fn is_abandoned(name: &str) -> bool {
    let Some((_, process)) = name.rsplit_once(GONE) else { return false };
    let Ok(number) = process.parse::<i32>() else { return false };
    let is_own = std::process::id().try_into() == Ok(number);
    is_own || Pid::from_raw(number).is_some_and(|pid| test_kill_process(pid) == Err(Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::exec::end::End;
    use crate::agents::exec::folder::State;

    fn ended(path: &Path, end: &End) -> Folder {
        let folder = Folder::at(path);
        folder.create().expect("made");
        go_through(&folder, end);
        folder
    }

    fn go_through(folder: &Folder, end: &End) {
        let claim = folder.claim().expect("a folder").expect("free");
        folder.mark_started(&claim, false).expect("marked");
        folder.name_program(&claim, "1 2 3");
        folder.record(&claim, end, false).expect("recorded");
    }

    #[test]
    fn a_folder_goes_from_one_attempt_to_the_next_and_nothing_with_it() {
        let parent = tempfile::tempdir().expect("a folder");
        let run = parent.path().join("run");
        let spares = Spares::default();
        let long = End { stdout: vec![b'x'; 5_000], ..End::default() };
        let one = ended(&run.join("one"), &long);
        assert!(spares.keep(&one));
        assert!(!one.path().exists() && matches!(one.state().expect("looked"), State::NotStarted), "at one stroke");
        assert!(spares.take(parent.path()).is_none(), "it stays among its own");
        let two = Folder::at(&run.join("two"));
        two.create_of(&spares.take(&run).expect("a spare one")).expect("it is free");
        assert!(!two.is_started() && two.end().expect("read").is_none());
        let short = End { code: Some(3), ..End::default() };
        go_through(&two, &short);
        assert_eq!(two.end().expect("read"), Some(short));
        assert!(spares.take(&run).is_none(), "it was the only one");
        two.remove();
        assert!(!run.exists());
    }

    #[test]
    fn a_record_that_is_older_than_its_name_is_none() {
        let parent = tempfile::tempdir().expect("a folder");
        let one = ended(&parent.path().join("run/one"), &End::default());
        // As a power loss may leave it.
        std::fs::rename(one.path(), parent.path().join("run/two")).expect("renamed");
        assert!(matches!(Folder::at(&parent.path().join("run/two")).state().expect("looked"), State::Lost));
    }

    #[test]
    fn one_that_somebody_holds_or_that_holds_more_is_not_laid_by() {
        let parent = tempfile::tempdir().expect("a folder");
        let spares = Spares::default();
        let one = ended(&parent.path().join("run/one"), &End::default());
        let claim = one.claim().expect("a folder").expect("free");
        assert!(!spares.keep(&one), "its supervisor is there");
        drop(claim);
        one.ask_to_cancel();
        assert!(!spares.keep(&one), "the next would be cancelled");
        let two = Folder::at(&parent.path().join("run/two"));
        two.create().expect("made");
        assert!(!spares.keep(&two), "it has not ended");
        let large = End { stdout: vec![b'x'; 1 << 20], ..End::default() };
        assert!(!spares.keep(&ended(&parent.path().join("run/three"), &large)), "it is large");
    }

    #[test]
    fn a_place_that_is_taken_stays_as_it_is() {
        let parent = tempfile::tempdir().expect("a folder");
        let run = parent.path().join("run");
        let spares = Spares::default();
        assert!(spares.keep(&ended(&run.join("one"), &End::default())));
        let two = ended(&run.join("two"), &End { code: Some(2), ..End::default() });
        assert!(two.create_of(&spares.take(&run).expect("a spare one")).is_err());
        assert_eq!(two.end().expect("read").and_then(|end| end.code), Some(2));
        let three = Folder::at(&run.join("three"));
        std::fs::create_dir(three.path()).expect("made");
        assert!(spares.keep(&two));
        assert!(three.create_of(&spares.take(&run).expect("a spare one")).is_err(), "nor one that is empty yet");
    }

    #[test]
    fn nothing_is_left_of_them_and_of_those_of_processes_that_were_killed() {
        let parent = tempfile::tempdir().expect("a folder");
        let run = parent.path().join("run");
        let spares = Spares::default();
        assert!(spares.keep(&ended(&run.join("one"), &End::default())));
        let left = |process: &str| std::fs::create_dir(run.join(format!("two{GONE}{process}"))).expect("made");
        left(&i32::MAX.to_string());
        spares.clear();
        assert!(!run.exists());
        assert!(spares.keep(&ended(&run.join("one"), &End::default())));
        left("1");
        drop(spares);
        assert_eq!(std::fs::read_dir(&run).expect("it is there").count(), 1, "a process that is there keeps its own");
    }
}
