//! Files of one attempt: copies of those that a program is given, and a folder for those that it makes.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::agent::files::BYTES_MAX;
use crate::agent::secret::Redactor;
use crate::agent::{Answer, Context, Failure, Reply};
use crate::agents::contents::{self, Contents};
use crate::agents::exec::end::End;
use crate::agents::exec::folder::Folder;
use crate::agents::exec::watcher::attempt_folder;
use crate::value::json::{self, holds_file, put_files};
use crate::value::types::Type;
use crate::value::{FileRef, Value};

/// The variable with the path of the folder for files that a program makes.
pub const OUT: &str = "WFC_OUT";

/// Files that a program made are held until all of them are known to be good, up to so many bytes; what is more is read again.
const HELD_BYTES_MAX: usize = 64 << 20;

/// Files that a program is given, and where.
pub struct Given {
    folder: PathBuf,
    files: Vec<FileRef>,
    /// Their content.
    pub contents: Contents,
    /// Whether the program may make files.
    makes: bool,
}

impl Given {
    /// Fetches the files among the arguments of a call.
    ///
    /// # Errors
    /// One cannot be had: nothing has happened then.
    pub async fn fetch(arguments: &[Value], result: &Type, context: &Context) -> Result<Self, Failure> {
        let contents = Contents::fetch(arguments, context).await?;
        let folder = attempt_folder(context).path().to_owned();
        Ok(Self { folder, files: contents::files(arguments), contents, makes: holds_file(result) })
    }

    /// Whether it is given none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// A value as JSON in which each file is the path of its copy.
    pub fn encode(&self, value: &Value) -> Json {
        match value {
            Value::File(file) => self.path(file).display().to_string().into(),
            Value::List(items) => items.iter().map(|item| self.encode(&item)).collect(),
            Value::Record(fields) => {
                Json::Object(fields.iter().map(|(name, field)| (name.to_string(), self.encode(field))).collect())
            }
            other => json::encode(other),
        }
    }

    /// The folder for what the program makes, where it may make files.
    pub fn out(&self) -> Option<PathBuf> {
        self.makes.then(|| out(&self.folder))
    }

    /// Writes the copies, so that they can only be read, and makes the folder.
    ///
    /// # Errors
    /// What the system says.
    pub fn place(&self) -> io::Result<()> {
        let folder = |path: &Path| DirBuilder::new().recursive(true).mode(0o700).create(path);
        for (file, content) in self.files.iter().filter_map(|file| Some((file, self.contents.of(file)?))) {
            let path = self.path(file);
            path.parent().map_or(Ok(()), folder)?;
            match OpenOptions::new().write(true).create_new(true).mode(0o400).open(path) {
                Ok(mut copy) => copy.write_all(content)?,
                // It is given twice.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        self.out().as_deref().map_or(Ok(()), folder)
    }

    /// Files of one content and name are one; others of that name lie elsewhere.
    fn path(&self, file: &FileRef) -> PathBuf {
        let name = if is_plain(&file.name) { file.name.as_str() } else { "file" };
        self.folder.join("in").join(file.hash.get(..16).unwrap_or(&file.hash)).join(name)
    }
}

/// Takes in the files that a program made: its answer has paths in their places.
///
/// # Errors
/// One is not there, or is none that can be taken: the program has run all the same.
pub async fn take_in(reply: Reply, end: &End, result: &Type, context: &Context) -> Result<Reply, Failure> {
    let Answer::Json(mut answer) = reply.result else { return Ok(reply) };
    if !holds_file(result) {
        return Ok(Reply { result: Answer::Json(answer), ..reply });
    }
    let out = out(attempt_folder(context).path());
    let mut made: Vec<(FileRef, Json, Option<Vec<u8>>)> = Vec::new();
    let mut held = 0;
    let mut put = |place: &Json| {
        let (file, content) = read_made(&out, place)?;
        if place.as_str().is_some_and(|place| end.leaked_files.iter().any(|leaked| out.join(place) == out.join(leaked)))
        {
            return Err(format!("a secret stands in `{}`; nothing of it is kept", file.name));
        }
        let taken = json::encode(&Value::File(Arc::new(file.clone())));
        held += content.len();
        made.push((file, place.clone(), Some(content).filter(|_| held <= HELD_BYTES_MAX)));
        Ok(taken)
    };
    let unfit = |why: String| Failure::new("invalid_output", "a file of the answer cannot be taken").detail(why);
    put_files(&mut answer, result, &mut put).map_err(|error| unfit(error.to_string()))?;
    for (file, place, content) in made {
        let content = content.map_or_else(|| read_again(&out, &place, &file), Ok).map_err(unfit)?;
        context.files.keep(&file, content).await.map_err(unfit)?;
    }
    Ok(Reply { result: Answer::Json(answer), ..reply })
}

/// The files that a program made, and could answer with, in which a secret stands: paths in their folder.
pub fn leaked(folder: &Folder, redactor: &Redactor) -> Vec<String> {
    let out = out(folder.path());
    let (mut found, mut left) = (Vec::new(), vec![out.clone()]);
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => left.push(entry.path()),
                Ok(kind) if kind.is_file() && read(&entry.path()).is_ok_and(|bytes| redactor.finds_in(&bytes)) => {
                    let path = entry.path();
                    found.extend(path.strip_prefix(&out).ok().and_then(Path::to_str).map(str::to_owned));
                }
                _ => {}
            }
        }
    }
    found
}

fn out(folder: &Path) -> PathBuf {
    folder.join("out")
}

/// A file in the folder, named by its path, from there or from the root. Nothing on the way is a link.
fn read_made(out: &Path, place: &Json) -> Result<(FileRef, Vec<u8>), String> {
    let Some(text) = place.as_str() else { return Err(format!("a path was expected, found {place}")) };
    let outside = || format!("`{text}` is not in the folder that `{OUT}` names");
    let path = out.join(text);
    let inside = path.strip_prefix(out).map_err(|_| outside())?;
    if inside.components().next().is_none() || !inside.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(outside());
    }
    let mut walked = out.to_owned();
    for part in inside.components() {
        walked.push(part);
        let found = fs::symlink_metadata(&walked).map_err(|error| format!("`{text}`: {error}"))?;
        if found.is_symlink() {
            return Err(format!("`{text}` is a link, or leads through one"));
        }
    }
    let content = read(&path).map_err(|why| format!("`{text}` {why}"))?;
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| format!("`{text}` is not UTF-8"))?;
    Ok((FileRef::of(name, &content)?, content))
}

/// The content of a file that was looked at and not held.
fn read_again(out: &Path, place: &Json, file: &FileRef) -> Result<Vec<u8>, String> {
    let (found, content) = read_made(out, place)?;
    if found == *file { Ok(content) } else { Err(format!("{place} was changed while it was taken in")) }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    // A link that was put in its place meanwhile is not followed, and a pipe not waited for.
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path);
    let file = opened.map_err(|error| format!("cannot be read: {error}"))?;
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Err("is no regular file".into());
    }
    let mut content = Vec::new();
    file.take(BYTES_MAX + 1).read_to_end(&mut content).map_err(|error| format!("cannot be read: {error}"))?;
    if content.len() as u64 > BYTES_MAX { Err("is larger than 64 MiB".into()) } else { Ok(content) }
}

/// Whether a name can be that of a file in a folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.len() <= 200 && !name.contains(['/', '\0']) && name != "." && name != ".."
}
