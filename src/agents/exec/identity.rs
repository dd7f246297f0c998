//! What a program is: so much of its file that another one can be told from it.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Files that are larger are told from others by their size and time: to read them would hold up what is to be started.
const HASHED_BYTES_MAX: u64 = 256 << 20;

/// Files that are larger are read beside what waits for them.
const QUICK_BYTES_MAX: u64 = 1 << 20;

/// Digits of a hash that are shown.
const DIGITS_SHOWN: usize = 12;

/// As long as this is the same, so is the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// That of the file at `path`, links followed; `None` where there is no regular file.
    pub fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().filter(Metadata::is_file).map(|metadata| Self::from(&metadata))
    }

    /// Whether to look at the content takes no time that anybody notices.
    pub fn is_quick(&self) -> bool {
        self.bytes <= QUICK_BYTES_MAX || self.bytes > HASHED_BYTES_MAX
    }

    /// Where the content is not looked at.
    fn identity(&self) -> String {
        format!("{} bytes of {}.{:09}", self.bytes, self.written.0, self.written.1)
    }
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            bytes: metadata.len(),
            written: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// The stamp and the identity of the file at `path`, of which `stamp` was seen: the BLAKE3 of its content, or its size and time
/// where it is too large or may not be read.
pub fn look(path: &Path, stamp: Stamp) -> (Stamp, String) {
    if stamp.bytes > HASHED_BYTES_MAX {
        return (stamp, stamp.identity());
    }
    hashed(path).unwrap_or_else(|_| (stamp, stamp.identity()))
}

/// The stamp is that of the file that is read, whatever stands at its path meanwhile.
fn hashed(path: &Path) -> io::Result<(Stamp, String)> {
    let file = File::open(path)?;
    let stamp = Stamp::from(&file.metadata()?);
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file.take(HASHED_BYTES_MAX))?;
    Ok((stamp, format!("blake3 {}", hasher.finalize().to_hex())))
}

/// An identity as people read it.
pub fn short(identity: &str) -> String {
    match identity.strip_prefix("blake3 ").and_then(|hash| hash.get(..DIGITS_SHOWN)) {
        Some(digits) => format!("blake3 {digits}…"),
        None => identity.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_content_and_a_huge_one_by_its_size() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("p");
        fs::write(&path, "one").expect("written");
        let identity = |path: &Path| look(path, Stamp::of(path).expect("a file")).1;
        let one = identity(&path);
        assert_eq!(one, format!("blake3 {}", blake3::hash(b"one").to_hex()));
        assert_eq!(short(&one), format!("blake3 {}…", &blake3::hash(b"one").to_hex()[..12]));
        fs::rename(&path, dir.path().join("q")).expect("renamed");
        assert_eq!(identity(&dir.path().join("q")), one, "wherever it lies");
        let huge = File::create(&path).expect("made");
        huge.set_len(HASHED_BYTES_MAX + 1).expect("it takes no room");
        let stamp = Stamp::of(&path).expect("a file");
        assert!(stamp.is_quick() && identity(&path).starts_with("268435457 bytes of "), "{}", identity(&path));
        assert_eq!(short(&identity(&path)), identity(&path));
        assert_eq!(Stamp::of(dir.path()), None, "a folder is none");
        assert_eq!(Stamp::of(Path::new("/dev/null")), None, "nor a device");
    }
}
