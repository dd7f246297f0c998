//! Results for equal calls, a file each: the sum of what follows, when it was kept, until when it may be wanted, the result.
//!
//! Nothing depends on them: whatever is wrong with one, it is as if it were not there.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::store::Kept;

/// The largest file that is read.
const BYTES_MAX: u64 = 64 << 20;

/// How the name of a file ends that is being written.
const PART: &str = ".part";

/// The results that a store keeps.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// Those of the store in this folder.
    pub fn of(store: &Path) -> Self {
        Self { dir: store.join("cache") }
    }

    /// What is kept under a key, if it is whole.
    pub fn read(&self, key: &str) -> Option<Kept> {
        let mut bytes = Vec::new();
        File::open(self.file(key)).ok()?.take(BYTES_MAX).read_to_end(&mut bytes).ok()?;
        let (sum, rest) = split(&bytes)?;
        if blake3::hash(rest).to_hex().as_bytes() != sum {
            return None;
        }
        let (at, rest) = split(rest)?;
        let (until, body) = split(rest)?;
        Some(Kept { at: number(at)?, until: number(until)?, body: body.to_vec() })
    }

    /// Keeps a result, whole or not at all.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, key: &str, kept: &Kept) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        let mut rest = format!("{}\n{}\n", kept.at, kept.until).into_bytes();
        rest.extend(&kept.body);
        let part = self.dir.join(format!("{key}.{}{PART}", std::process::id()));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        let written = writeln!(file, "{}", blake3::hash(&rest).to_hex()).and_then(|()| file.write_all(&rest));
        let kept = written.and_then(|()| fs::rename(&part, self.file(key)));
        if kept.is_err() {
            // Half of it helps nobody.
            fs::remove_file(&part).ok();
        }
        kept
    }

    /// Removes what nobody may want any more.
    pub fn sweep(&self, now: i64) {
        let Ok(files) = fs::read_dir(&self.dir) else { return };
        for path in files.flatten().map(|file| file.path()) {
            if wanted_until(&path).is_some_and(|until| until < now) {
                fs::remove_file(path).ok();
            }
        }
    }

    /// All that there are: name, until when it may be wanted, size.
    pub fn all(&self) -> Vec<(String, i64, u64)> {
        let files = fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let whole = files.filter_map(|file| {
            let name = file.file_name().into_string().ok().filter(|name| !name.ends_with(PART))?;
            Some((name, wanted_until(&file.path()).unwrap_or(i64::MIN), file.metadata().ok()?.len()))
        });
        whole.collect()
    }

    /// Removes the result under a key.
    pub fn remove(&self, key: &str) {
        fs::remove_file(self.file(key)).ok();
    }

    /// Removes what processes were writing when they died. Nobody may be writing.
    pub fn remove_halves(&self) {
        let files = fs::read_dir(&self.dir).into_iter().flatten().flatten().map(|file| file.path());
        for half in files.filter(|path| path.to_str().is_some_and(|path| path.ends_with(PART))) {
            fs::remove_file(half).ok();
        }
    }

    /// Their folder, for messages.
    pub fn path(&self) -> String {
        self.dir.display().to_string()
    }

    fn file(&self, key: &str) -> PathBuf {
        self.dir.join(key)
    }
}

/// Read from the beginning of a file alone: the result may be long.
fn wanted_until(path: &Path) -> Option<i64> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(128).read_to_end(&mut head).ok()?;
    number(head.split(|byte| *byte == b'\n').nth(2)?)
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

fn number(bytes: &[u8]) -> Option<i64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(until: i64, body: &str) -> Kept {
        Kept { at: 5, until, body: body.into() }
    }

    #[test]
    fn an_entry_that_is_not_whole_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::of(folder.path());
        assert_eq!(cache.read("k"), None);
        cache.write("k", &kept(9, "a\nb")).unwrap();
        assert_eq!(cache.read("k"), Some(kept(9, "a\nb")));
        let whole = fs::read(cache.file("k")).unwrap();
        for at in 0..whole.len() {
            fs::write(cache.file("k"), &whole[..at]).unwrap();
            assert_eq!(cache.read("k"), None, "cut at {at}");
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            fs::write(cache.file("k"), flipped).unwrap();
            assert_eq!(cache.read("k"), None, "byte {at}");
        }
    }

    #[test]
    fn what_nobody_wants_any_more_is_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::of(folder.path());
        cache.write("old", &kept(9, &"x".repeat(1_000))).unwrap();
        cache.write("new", &kept(11, "y")).unwrap();
        cache.sweep(10);
        assert_eq!((cache.read("old"), cache.read("new")), (None, Some(kept(11, "y"))));
    }
}
