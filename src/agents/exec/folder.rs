//! The folder of one attempt: the lock of its supervisor, the mark that it has started, the record of its end.
//!
//! Beside the lock there is one file, which tells by its name how far the attempt is: [`PART`], [`STARTED`], [`END`].
//!
//! Invariant: a program is started only by the holder of the lock, only where there is no mark, and after the mark is written.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, FlockOperation, flock};
use rustix::io::Errno;

use crate::agents::exec::end::End;

/// The file that a supervisor locks. Which process its program is stands in it.
const LOCK: &str = "lock";

/// Room for the record of the end. As long as it has this name no program was started.
const PART: &str = "end.part";

/// The same once a program is started, or about to be: the mark.
const STARTED: &str = "started";

/// The same once the record is whole.
const END: &str = "end";

/// Bytes that are set aside for that record: it holds the program's standard output too.
pub const RESERVED: u64 = 16 << 10;

/// Where the system can, they lie beyond the end of the file: nothing has to be cut off then, and given back, for each record.
#[cfg(target_os = "linux")]
const SET_ASIDE: FallocateFlags = FallocateFlags::KEEP_SIZE;
#[cfg(not(target_os = "linux"))]
const SET_ASIDE: FallocateFlags = FallocateFlags::empty();

/// Ends the name of a folder that is no attempt's any more; the number of the process that took it away follows.
pub const GONE: &str = ".gone.";

/// Says that the record waits for room: it is as long as that, and takes none.
const FULL: &str = "full";

/// A folder, there or not.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

/// What a folder tells of its attempt.
#[derive(Debug)]
pub enum State {
    /// No program was started, and none will be.
    NotStarted,
    /// Its supervisor is at work.
    Running,
    /// It has ended.
    Ended(End),
    /// A program was started; how it ended nobody knows.
    Lost,
}

/// The lock of a supervisor. It is free when the supervisor is gone.
#[derive(Debug)]
pub struct Claim {
    file: File,
}

impl Folder {
    /// The folder at `path`, which should be absolute.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// That in which it is, with those of the other attempts of its run.
    pub fn parent(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Makes it, for its owner alone, with room for the record of an end. It is safe from power loss once a program is marked as
    /// started that must not start twice, and not before: without that mark a folder means what none means.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::AlreadyExists`] where there is one. Where the disk is full nothing is left.
    pub fn create(&self) -> io::Result<()> {
        let make = || DirBuilder::new().mode(0o700).create(&self.path);
        match make() {
            // It is the first of its run.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(self.parent())?;
                make()?;
            }
            made => made?,
        }
        // The lock too: from here on no supervisor needs anything more of the disk before it starts.
        let made = reserve(&self.path.join(PART)).and_then(|()| open(&self.path.join(LOCK)).map(drop));
        made.inspect_err(|_| self.remove())
    }

    /// Makes it of one that is as good as new, at one stroke.
    ///
    /// # Errors
    /// What the system says: also where there is one, and where it cannot be done so.
    #[cfg(target_os = "linux")]
    pub fn create_of(&self, spare: &Self) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        Ok(renameat_with(CWD, &spare.path, CWD, &self.path, RenameFlags::NOREPLACE)?)
    }

    /// Elsewhere none is made so: an empty folder that another is making would be replaced.
    #[cfg(not(target_os = "linux"))]
    pub fn create_of(&self, _spare: &Self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Takes its name away, as [`remove`](Self::remove) does, but makes it as good as new under another. `None` where there is more to
    /// it than an attempt that has ended: it is to be removed then.
    pub fn lay_by(&self) -> Option<Self> {
        // Whoever has the lock may still write.
        let _claim = self.holds_only_an_end().then(|| self.claim().ok().flatten())??;
        let spare = Self { path: self.gone() };
        fs::rename(&self.path, &spare.path).ok()?;
        let renewed = reserve(&spare.path.join(END)).and_then(|()| spare.rename(END, PART));
        renewed.inspect_err(|_| spare.discard()).ok().map(|()| spare)
    }

    /// Whether there is nothing in it but a lock and a record of usual size.
    fn holds_only_an_end(&self) -> bool {
        let Ok(mut entries) = fs::read_dir(&self.path) else { return false };
        let is_usual = fs::metadata(self.path.join(END)).is_ok_and(|end| end.len() <= RESERVED);
        is_usual
            && entries.all(|entry| entry.is_ok_and(|entry| [LOCK, END].iter().any(|name| entry.file_name() == *name)))
    }

    /// Removes one that was laid by.
    pub fn discard(&self) {
        fs::remove_dir_all(&self.path).ok();
    }

    /// Takes the lock; `None` where another has it, or the folder was removed meanwhile.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::NotFound`] where there is no folder.
    pub fn claim(&self) -> io::Result<Option<Claim>> {
        let path = self.path.join(LOCK);
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let (locked, named) = (file.metadata()?, fs::metadata(&path)?);
        let same = (locked.dev(), locked.ino()) == (named.dev(), named.ino());
        Ok(same.then_some(Claim { file }))
    }

    /// Marks that a program is about to start; with `durable` the mark survives power loss, with all that leads to it.
    ///
    /// # Errors
    /// What the system says: the program must not be started then; also where the mark is there already.
    pub fn mark_started(&self, _claim: &Claim, durable: bool) -> io::Result<()> {
        // Once: after that there is nothing left to be renamed.
        self.rename(PART, STARTED)?;
        if durable {
            File::open(self.path.join(STARTED))?.sync_all()?;
            // The mark in the folder, the folder in that of its run, that one among those of all runs. One after the other: the
            // first takes most file systems to commit all of them, and the others then have nothing left to do.
            self.path.ancestors().take(3).try_for_each(sync_folder)?;
        }
        Ok(())
    }

    /// Whether a program was, or is about to be, started.
    pub fn is_started(&self) -> bool {
        [STARTED, END].iter().any(|name| self.path.join(name).exists())
    }

    /// Writes down which process the program is, so that it can be ended should its supervisor die.
    pub fn name_program(&self, claim: &Claim, process: &str) {
        // Only a help for a later clean-up: without it the program is left alone. What stands behind it is older.
        (&claim.file).write_all(format!("{process}\n").as_bytes()).ok();
    }

    /// What [`name_program`](Self::name_program) wrote. Where it did not come to that, nothing, or a process that is gone.
    pub fn program(&self) -> Option<String> {
        let text = fs::read_to_string(self.path.join(LOCK)).ok()?;
        text.lines().next().map(str::to_owned)
    }

    /// Records how the program ended: whole or not at all, with `durable` also past power loss.
    ///
    /// # Errors
    /// What the system says: on a disk that is full only where there is more to be written than room was set aside for.
    pub fn record(&self, _claim: &Claim, end: &End, durable: bool) -> io::Result<()> {
        let bytes = end.to_bytes(&self.name());
        // Not emptied first: that would give up the room that is set aside.
        let mut file = open(&self.path.join(STARTED))?;
        if let Err(error) = file.write_all(&bytes) {
            // Others need what is left meanwhile.
            let written = file.metadata()?.len();
            file.set_len(written.min(RESERVED))?;
            return Err(error);
        }
        self.want_room(0);
        if file.metadata()?.len() > bytes.len() as u64 {
            file.set_len(bytes.len() as u64)?;
        }
        if durable {
            file.sync_all()?;
        }
        self.rename(STARTED, END)?;
        if durable { sync_folder(&self.path) } else { Ok(()) }
    }

    /// Says to whoever looks that the record waits for room for so many bytes; of none, that it waits no more.
    pub fn want_room(&self, bytes: u64) {
        let path = self.path.join(FULL);
        match bytes {
            0 => _ = fs::remove_file(path),
            // On some full disks it cannot be said.
            _ => _ = open(&path).and_then(|file| file.set_len(bytes)),
        }
    }

    /// The bytes for which the record waits for room, if it does.
    pub fn wanted_room(&self) -> Option<u64> {
        let waits = fs::metadata(self.path.join(FULL)).ok()?;
        (!self.path.join(END).exists()).then_some(waits.len())
    }

    /// The record, where there is a whole one.
    ///
    /// # Errors
    /// The system has no free file to read it.
    pub fn end(&self) -> io::Result<Option<End>> {
        match fs::read(self.path.join(END)) {
            Ok(bytes) => Ok(End::from_bytes(&bytes, &self.name())),
            Err(error) if is_scarce(&error) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// What is known now. Where no program was started the folder is removed, so that no supervisor that is late starts one.
    ///
    /// # Errors
    /// The system has no free file to look with.
    pub fn state(&self) -> io::Result<State> {
        if let Some(end) = self.end()? {
            return Ok(State::Ended(end));
        }
        Ok(match self.claim() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => State::NotStarted,
            Err(error) if is_scarce(&error) => return Err(error),
            Err(_) => State::Lost,
            Ok(None) => State::Running,
            // The record may have been written while the lock was waited for.
            Ok(Some(_claim)) => match self.end()? {
                Some(end) => State::Ended(end),
                None if self.is_started() => State::Lost,
                None => {
                    self.remove();
                    State::NotStarted
                }
            },
        })
    }

    /// Takes the folder away from a supervisor that was told of it and has not begun, so that it never does. Gives whether that is so.
    pub fn withdraw(&self) -> bool {
        match self.claim() {
            Ok(Some(_claim)) if !self.is_started() => {
                self.remove();
                true
            }
            _ => false,
        }
    }

    /// Asks the supervisor to end the program, from another process than the one that started it.
    pub fn ask_to_cancel(&self) {
        fs::write(self.path.join("cancel"), "").ok();
    }

    /// Whether another process has asked for that.
    pub fn is_asked_to_cancel(&self) -> bool {
        self.path.join("cancel").exists()
    }

    /// The file of lines that `wfc` was not there to take.
    pub fn lines(&self) -> PathBuf {
        self.path.join("lines")
    }

    /// The file of the JSON Schema of the result.
    pub fn schema(&self) -> PathBuf {
        self.path.join("result-schema.json")
    }

    /// Removes it with all that is in it, and the folder of its run if it was the last.
    pub fn remove(&self) {
        // At one stroke: a supervisor that is late must not find it half empty, its lock free and its mark gone.
        let gone = self.gone();
        if fs::rename(&self.path, &gone).is_ok() {
            fs::remove_dir_all(&gone).ok();
        }
        if let Some(parent) = self.path.parent() {
            fs::remove_dir(parent).ok();
        }
    }

    /// Its name once it is no attempt's any more.
    fn gone(&self) -> PathBuf {
        let mut gone = self.path.clone().into_os_string();
        gone.push(format!("{GONE}{}", std::process::id()));
        gone.into()
    }

    fn name(&self) -> Cow<'_, str> {
        self.path.file_name().map(OsStr::to_string_lossy).unwrap_or_default()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }
}

/// The bytes for which records of attempts wait for room whose folders are in `dir`.
pub fn wanted_room(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| Folder::at(&entry.path()).wanted_room()).sum()
}

/// Whether there is no room for what was to be written.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Whether the system has no file or process to give: others end meanwhile.
pub fn is_scarce(error: &io::Error) -> bool {
    let scarce = [Errno::MFILE, Errno::NFILE, Errno::AGAIN].map(Errno::raw_os_error);
    error.raw_os_error().is_some_and(|code| scarce.contains(&code))
}

/// Sets room aside for the record of the end: on a disk that is full by then, what was started can still say how it ended.
fn reserve(path: &Path) -> io::Result<()> {
    match rustix::fs::fallocate(&open(path)?, SET_ASIDE, 0, RESERVED) {
        Err(error @ (Errno::NOSPC | Errno::DQUOT)) => Err(error.into()),
        // Not every file system can.
        _ => Ok(()),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_states_follow_each_other() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = Folder::at(&parent.path().join("run/attempt"));
        assert!(matches!(folder.state().expect("looked"), State::NotStarted));
        folder.create().expect("made");
        assert!(folder.create().is_err(), "it is there");
        let claim = folder.claim().expect("a folder").expect("free");
        assert!(matches!(folder.state().expect("looked"), State::Running));
        folder.mark_started(&claim, true).expect("marked");
        assert!(folder.mark_started(&claim, true).is_err(), "once");
        drop(claim);
        assert!(matches!(folder.state().expect("looked"), State::Lost));
        let claim = folder.claim().expect("a folder").expect("free");
        folder.record(&claim, &End { code: Some(0), ..End::default() }, true).expect("recorded");
        assert!(matches!(folder.state().expect("looked"), State::Ended(End { code: Some(0), .. })));
        folder.remove();
        assert!(!parent.path().join("run").exists());
    }

    #[test]
    fn a_supervisor_that_is_late_starts_nothing() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = Folder::at(&parent.path().join("run/attempt"));
        folder.create().expect("made");
        assert!(matches!(folder.state().expect("looked"), State::NotStarted));
        assert!(folder.claim().is_err(), "the folder is gone");
    }

    #[test]
    fn what_is_removed_is_gone_at_one_stroke() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = Folder::at(&parent.path().join("run/attempt"));
        folder.create().expect("made");
        // A supervisor that holds the folder itself open finds nothing where it looks for its lock.
        let claim = folder.claim().expect("a folder").expect("free");
        folder.remove();
        assert!(folder.mark_started(&claim, false).is_err(), "a program must not start any more");
        assert!(folder.claim().is_err());
        assert!(!parent.path().join("run").exists(), "nothing is left");
    }

    #[test]
    fn there_is_room_for_a_record_from_the_start() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = Folder::at(&parent.path().join("run/attempt"));
        folder.create().expect("made");
        let part = parent.path().join("run/attempt").join(PART);
        assert!(fs::metadata(&part).expect("it is there").blocks() * 512 >= RESERVED, "it has room of its own");
        let claim = folder.claim().expect("a folder").expect("free");
        folder.mark_started(&claim, false).expect("marked");
        assert_eq!(folder.end().expect("read"), None, "room is no record");
        let end = End { code: Some(0), stdout: b"short".to_vec(), ..End::default() };
        folder.record(&claim, &end, false).expect("recorded");
        assert_eq!(folder.end().expect("read"), Some(end), "what was set aside and not needed is cut off");
    }

    #[test]
    fn a_torn_record_is_none() {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = Folder::at(&parent.path().join("run/attempt"));
        folder.create().expect("made");
        let claim = folder.claim().expect("a folder").expect("free");
        folder.mark_started(&claim, false).expect("marked");
        fs::write(parent.path().join("run/attempt/end"), "{\"sum\":").expect("written");
        drop(claim);
        assert!(matches!(folder.state().expect("looked"), State::Lost));
    }
}
