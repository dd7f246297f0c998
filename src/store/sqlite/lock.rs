//! The lock of a run: held by the operating system for a process, gone with it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use crate::store::StoreError;
use crate::store::sqlite::folder::{cause, open_error};

/// How often a lock that is taken is tried again: somebody may only be looking whether it is.
const LOOKS: u32 = 3;
/// How long such a look may take.
const LOOK: Duration = Duration::from_millis(2);

/// A lock that is held. Dropping it sets the run free.
pub struct Lock {
    path: PathBuf,
    file: Arc<File>,
}

/// Looks whether a lock is still what keeps others out.
pub struct Look {
    path: PathBuf,
    file: Weak<File>,
}

impl Lock {
    /// Outlives the lock.
    pub fn look(&self) -> Look {
        Look { path: self.path.clone(), file: Arc::downgrade(&self.file) }
    }
}

impl Look {
    /// Whether it is held and nobody has set it aside: who takes a run over does that first.
    pub fn is_valid(&self) -> bool {
        self.file.upgrade().is_some_and(|file| same(&self.path, &file))
    }

    /// Whether it is held, set aside or not.
    pub fn is_held(&self) -> bool {
        self.file.strong_count() > 0
    }
}

/// Takes the lock of `run` in the store folder `dir`.
///
/// With `takeover` a lock that another process holds is set aside: only the fencing number keeps that process out then.
///
/// # Errors
/// [`StoreError::Busy`] names the holder.
pub fn take(dir: &Path, run: &str, takeover: bool) -> Result<Lock, StoreError> {
    let path = file_of(dir, run);
    let failed = |error: io::Error| open_error(&path, &cause(&error));
    let mut looks = LOOKS;
    loop {
        let mut file = open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) if takeover => {
                // The holder keeps its lock on a file that has no name any more.
                remove(&path, &file).map_err(failed)?;
                continue;
            }
            Err(rustix::io::Errno::WOULDBLOCK) if looks > 0 => {
                looks -= 1;
                std::thread::sleep(LOOK);
                continue;
            }
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(busy(run, &mut file)),
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(failed(error.into())),
        }
        // Who held it before may have removed it between the opening and the locking.
        if same(&path, &file) {
            say_who(&mut file).map_err(failed)?;
            return Ok(Lock { path, file: Arc::new(file) });
        }
    }
}

/// Whether a process drives the run now. Looking takes the lock for a moment, beside others who look.
pub fn is_driven(dir: &Path, run: &str) -> bool {
    let Ok(file) = File::open(file_of(dir, run)) else { return false };
    flock(&file, FlockOperation::NonBlockingLockShared) == Err(rustix::io::Errno::WOULDBLOCK)
}

/// The process that drives the run now; 0 where it has not said yet who it is.
pub fn driver(dir: &Path, run: &str) -> Option<u32> {
    is_driven(dir, run).then(|| {
        let holder = File::open(file_of(dir, run)).ok().and_then(|mut file| holder(&mut file));
        holder.map_or(0, |(pid, _)| pid)
    })
}

fn file_of(dir: &Path, run: &str) -> PathBuf {
    dir.join("locks").join(format!("{run}.lock"))
}

fn open(path: &Path) -> io::Result<File> {
    // The standard library opens with `O_CLOEXEC`: no program that is started inherits the lock.
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Whether the file at `path` is the one that is open.
fn same(path: &Path, file: &File) -> bool {
    match (fs::metadata(path), file.metadata()) {
        (Ok(named), Ok(open)) => (named.dev(), named.ino()) == (open.dev(), open.ino()),
        _ => false,
    }
}

fn remove(path: &Path, file: &File) -> io::Result<()> {
    if !same(path, file) {
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes process and time into the lock, for those who find it taken.
fn say_who(file: &mut File) -> io::Result<()> {
    let since = jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(format!("{} {since}\n", std::process::id()).as_bytes())
}

fn busy(run: &str, file: &mut File) -> StoreError {
    // The holder writes its name right after it has locked: a moment later it stands there.
    for _ in 0..20 {
        if let Some((pid, since)) = holder(file) {
            return StoreError::Busy { run: run.to_owned(), pid, since };
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    StoreError::Busy { run: run.to_owned(), pid: 0, since: "a moment ago".to_owned() }
}

/// What the holder of a lock says of itself: its process, and since when.
fn holder(file: &mut File) -> Option<(u32, String)> {
    let mut text = String::new();
    file.rewind().and_then(|()| file.read_to_string(&mut text)).ok()?;
    let (pid, since) = text.strip_suffix('\n')?.split_once(' ')?;
    Some((pid.parse().ok()?, since.to_owned()))
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is still locked: who waits for the name finds another file and tries again.
        remove(&self.path, &self.file).ok();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    /// Row 38: whoever opens the file by its name has a lock of its own, in this process as in another.
    #[test]
    fn of_eight_that_want_a_lock_two_thousand_times_one_gets_it_each_time() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::create_dir(dir.path().join("locks")).expect("a folder");
        let (begin, end) = (Barrier::new(8), Barrier::new(8));
        let race = || -> Vec<bool> {
            let round = |_| {
                begin.wait();
                let lock = take(dir.path(), "r", false);
                end.wait();
                lock.is_ok()
            };
            (0..2_000).map(round).collect()
        };
        let won: Vec<Vec<bool>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(race)).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        for round in 0..2_000 {
            assert_eq!(won.iter().filter(|of| of[round]).count(), 1, "round {round}");
        }
    }
}
