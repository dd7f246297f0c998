//! The content of files: what a value of type `file` says of it, and how it is written into plans.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::value::FileRef;
use crate::value::text::quoted;

/// Longest text of a file that `text(file)` reads, in bytes.
pub const TEXT_BYTES_MAX: usize = 1 << 20;
/// Longest name, in bytes: what file systems take.
const NAME_BYTES_MAX: usize = 255;

impl FileRef {
    /// A file of this content.
    ///
    /// # Errors
    /// What is wrong with the name: it is that of a file in a folder, without a way to it.
    pub fn of(name: &str, content: &[u8]) -> Result<Self, String> {
        let way = matches!(name, "" | "." | "..") || name.contains(['/', '\\', '\0']);
        if way || name.len() > NAME_BYTES_MAX {
            return Err(format!("{} is not the name of a file", quoted(name)));
        }
        let hash = blake3::hash(content).to_hex().to_string();
        Ok(Self { name: name.to_owned(), size: content.len() as u64, hash })
    }

    /// The text of its content, for `text(file)`.
    ///
    /// # Errors
    /// It is too long, or no UTF-8; the file is named.
    pub fn text(&self, content: &[u8]) -> Result<Arc<str>, String> {
        text(content).map_err(|why| format!("the file {} cannot be read as text: {why}", quoted(&self.name)))
    }
}

fn text(content: &[u8]) -> Result<Arc<str>, String> {
    if content.len() > TEXT_BYTES_MAX {
        return Err("its text is longer than 1MiB".to_owned());
    }
    std::str::from_utf8(content)
        .map(Arc::from)
        .map_err(|error| format!("it is no UTF-8 text: the byte at {} belongs to no character", error.valid_up_to()))
}

/// The bytes of a file. Cheap to clone; as JSON text in base 64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(pub Arc<[u8]>);

impl Content {
    /// The text, for `text(file)`.
    ///
    /// # Errors
    /// It is too long, or no UTF-8.
    pub fn text(&self) -> Result<Arc<str>, String> {
        text(&self.0)
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(|bytes| Self(bytes.into())).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_way() {
        let file = FileRef::of("a b.txt", b"abc").expect("a name");
        assert_eq!((file.name.as_str(), file.size), ("a b.txt", 3));
        assert_eq!(file.hash, blake3::hash(b"abc").to_hex().to_string());
        let long = "x".repeat(256);
        for name in ["", ".", "..", "a/b", "/etc/passwd", "..\\a", "a\0", &long] {
            assert!(FileRef::of(name, b"").is_err(), "{name}");
        }
    }

    #[test]
    fn bytes_read_back_and_texts_have_a_limit() {
        let bytes = Content((0..=255).collect());
        let json = serde_json::to_string(&bytes).expect("text");
        assert_eq!(serde_json::from_str::<Content>(&json).expect("reads back"), bytes);
        assert!(serde_json::from_str::<Content>("\"?\"").is_err());
        assert!(bytes.text().expect_err("no text").contains("the byte at 128"));
        assert_eq!(Content(b"abc".as_slice().into()).text().as_deref(), Ok("abc"));
        assert!(Content(vec![b'x'; TEXT_BYTES_MAX + 1].into()).text().is_err());
    }
}
