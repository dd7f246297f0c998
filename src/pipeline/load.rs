//! Reads files and follows their imports. Knows nothing of what the items mean.

use std::collections::BTreeMap;

use super::imports::resolve;
use super::{errors, library};
use crate::base::nearest::nearest;
use crate::base::source::Sources;
use crate::base::span::{FileId, Span};
use crate::base::world::{ReadError, World};
use crate::diag::{Bag, Diagnostic};
use crate::sema::Module;
use crate::syntax::decode::decode;
use crate::syntax::{self, ast};

/// Longest chain of imports.
const DEPTH_MAX: usize = 64;

/// All files of a program, parsed.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Their texts.
    pub sources: Sources,
    /// Those that could be read, with what their imports lead to.
    pub modules: Vec<Module>,
    /// The files that were asked for.
    pub mains: Vec<FileId>,
    /// Whether one of those could not be read.
    pub unreadable: bool,
}

/// Reads the files at `paths` and all that they import, each once.
pub fn load(world: &dyn World, paths: &[String], bag: &mut Bag) -> Loaded {
    let mut loader =
        Loader { world, bag, loaded: Loaded::default(), known: BTreeMap::new(), open: Vec::new(), bytes: 0 };
    for path in paths {
        loader.load_main(path);
    }
    loader.loaded
}

struct Loader<'a> {
    world: &'a dyn World,
    bag: &'a mut Bag,
    loaded: Loaded,
    /// Path to module; `None` for a file that cannot be read.
    known: BTreeMap<String, Option<usize>>,
    /// The files whose imports are being followed, outermost first, each with the place of the import that led to it.
    open: Vec<(String, Option<Span>)>,
    bytes: u64,
}

impl Loader<'_> {
    fn load_main(&mut self, path: &str) {
        let shown = self.world.shown(path);
        if let Some(&known) = self.known.get(path) {
            // An import has met it before; each file is reported once.
            self.loaded.mains.extend(known.map(|index| self.loaded.modules[index].file));
            return;
        }
        match self.world.read(path) {
            Ok(bytes) => {
                let index = self.add(path, &bytes, None);
                let file = self.loaded.modules[index].file;
                self.loaded.mains.push(file);
                let empty = self.loaded.modules[index].ast.items.is_empty();
                if empty && !self.bag.has_errors_in(file) {
                    self.bag.push(errors::empty_file(&shown, Span::start_of(file)));
                }
            }
            Err(error) => {
                let file = self.loaded.sources.add(shown.clone(), "");
                self.known.insert(path.to_owned(), None);
                self.loaded.unreadable = true;
                self.bag.push(errors::unreadable(&shown, &error, Span::start_of(file)));
            }
        }
    }

    /// Adds a file that was read, and all that it imports.
    fn add(&mut self, path: &str, bytes: &[u8], imported_at: Option<Span>) -> usize {
        self.bytes += bytes.len() as u64;
        // The library has one name wherever somebody stands.
        let of_library = imported_at.is_some() && library::text(path).is_some();
        let shown = if of_library { path.to_owned() } else { self.world.shown(path) };
        let (file, tree) = parse(&mut self.loaded.sources, &shown, bytes, self.bag);
        let index = self.loaded.modules.len();
        self.loaded.modules.push(Module { file, path: path.to_owned(), ast: tree, imports: Vec::new() });
        self.known.insert(path.to_owned(), Some(index));
        self.open.push((path.to_owned(), imported_at));
        let written: Vec<_> = self.loaded.modules[index].ast.items.iter().filter_map(import_path).collect();
        let imports = written.into_iter().map(|written| self.follow(path, &written)).collect();
        self.open.pop();
        self.loaded.modules[index].imports = imports;
        index
    }

    /// The module that an import of the file at `from` names; reports why there is none.
    fn follow(&mut self, from: &str, written: &ast::Spanned<String>) -> Option<usize> {
        let path = match resolve(from, &written.value) {
            Ok(path) => path,
            Err(why) => return self.refuse(errors::bad_path(&written.value, why, written.span)),
        };
        if let Some(at) = self.open.iter().position(|(open, _)| *open == path) {
            let circle = self.circle(at, written.span, &path);
            return self.refuse(circle);
        }
        if let Some(known) = self.known.get(&path) {
            return *known;
        }
        if self.open.len() >= DEPTH_MAX {
            return self.refuse(errors::imports_too_deep(DEPTH_MAX, written.span));
        }
        let bytes = self.read_import(&path, written)?;
        Some(self.add(&path, &bytes, Some(written.span)))
    }

    fn read_import(&mut self, path: &str, written: &ast::Spanned<String>) -> Option<Vec<u8>> {
        let read = match library::text(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None if path.starts_with("std/") => Err(ReadError::NotFound),
            None => self.world.read(path),
        };
        let bytes = match read {
            Ok(bytes) if self.bytes + bytes.len() as u64 <= self.world.limits().program() => return Some(bytes),
            Ok(_) => Err(errors::program_too_large(path, self.world.limits().program() >> 20, written.span)),
            Err(ReadError::NotFound) => Err(self.missing(path, written)),
            Err(error) => Err(errors::unreadable_import(&written.value, &error, written.span)),
        };
        self.known.insert(path.to_owned(), None);
        bytes.map_err(|diagnostic| self.bag.push(diagnostic)).ok()
    }

    fn missing(&self, path: &str, written: &ast::Spanned<String>) -> Diagnostic {
        if path.starts_with("std/") {
            return errors::missing_library_file(path, library::paths(), written.span);
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut names = self.world.names(folder);
        // A file that is being read cannot be meant: that would be a circle.
        names.retain(|name| {
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            self.open.iter().all(|(open, _)| *open != path)
        });
        let sources: Vec<&str> = names.iter().map(String::as_str).filter(|name| name.ends_with(".wf")).collect();
        let with_ending = format!("{name}.wf");
        let near = sources.iter().copied().find(|source| *source == with_ending).or_else(|| nearest(name, &sources));
        let near = near.map(|near| match written.value.rsplit_once('/') {
            Some((before, _)) => format!("{before}/{near}"),
            None => near.to_owned(),
        });
        errors::missing_import(&written.value, near.as_deref(), written.span)
    }

    /// The way from the open file at `first` to itself, closed by the import at `last`.
    fn circle(&self, first: usize, last: Span, path: &str) -> Diagnostic {
        let shown = |path: &str| self.world.shown(path);
        let inner = self.open[first + 1..].iter().filter_map(|(file, at)| at.map(|at| (at, shown(file))));
        let steps: Vec<(Span, String)> = inner.chain([(last, shown(path))]).collect();
        errors::import_circle(&shown(path), &steps)
    }

    fn refuse(&mut self, diagnostic: Diagnostic) -> Option<usize> {
        self.bag.push(diagnostic);
        None
    }
}

fn import_path(item: &ast::Item) -> Option<ast::Spanned<String>> {
    match item {
        ast::Item::Import(import) => Some(import.path.clone()),
        _ => None,
    }
}

fn parse(sources: &mut Sources, shown: &str, bytes: &[u8], bag: &mut Bag) -> (FileId, ast::File) {
    match decode(bytes) {
        Ok(text) => {
            let file = sources.add(shown, text);
            (file, syntax::parse(file, &sources.get(file).text, bag))
        }
        Err(problem) => {
            let file = sources.add(shown, problem.text.clone());
            bag.push(problem.diagnostic(file));
            (file, ast::File::default())
        }
    }
}
