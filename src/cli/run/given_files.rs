//! Files that are given as inputs: read when the run is started, whatever becomes of them later.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value as Json;

use crate::agent::files::BYTES_MAX;
use crate::value::json::{Mismatch, encode, put_files};
use crate::value::types::Type;
use crate::value::{FileRef, Value};

/// Files that were read, with their content: to be kept before the run is made.
#[derive(Default)]
pub struct GivenFiles(pub Vec<(FileRef, Vec<u8>)>);

impl GivenFiles {
    /// Reads a file in each place where a type wants one and JSON has a path.
    ///
    /// # Errors
    /// The first that cannot be read, with its place.
    pub fn take(&mut self, json: &mut Json, ty: &Type) -> Result<(), Mismatch> {
        put_files(json, ty, &mut |place| {
            let path = place.as_str().ok_or_else(|| format!("a file is given by its path, not by {place}"))?;
            let (file, content) = read(Path::new(path)).map_err(|why| format!("the file {path} {why}"))?;
            let taken = encode(&Value::File(file.clone().into()));
            self.0.push((file, content));
            Ok(taken)
        })
    }
}

fn read(path: &Path) -> Result<(FileRef, Vec<u8>), String> {
    // A pipe would be waited for.
    let is_file = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?.is_file();
    if !is_file {
        return Err("is no regular file".into());
    }
    let mut content = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut content));
    read.map_err(|error| format!("cannot be read: {error}"))?;
    if content.len() as u64 > BYTES_MAX {
        return Err("is larger than 64 MiB".into());
    }
    let name = path.file_name().and_then(|name| name.to_str()).ok_or("has a name that is not UTF-8")?;
    Ok((FileRef::of(name, &content)?, content))
}
