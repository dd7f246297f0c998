//! The content of files, as agents are given it and give it.

use async_trait::async_trait;

use crate::value::FileRef;

/// Bytes of one file at most: it is held whole.
pub const BYTES_MAX: u64 = 64 << 20;

/// Where the content of files is kept, by hash.
#[async_trait]
pub trait Files: Send + Sync {
    /// The content of a file.
    ///
    /// # Errors
    /// A sentence that names the file and says what is wrong.
    async fn read(&self, file: &FileRef) -> Result<Vec<u8>, String>;

    /// Keeps content: from here on everybody finds it by its hash.
    ///
    /// # Errors
    /// A sentence that says why it is not kept, as where a secret stands in it.
    async fn keep(&self, file: &FileRef, content: Vec<u8>) -> Result<(), String>;
}
