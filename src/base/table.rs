//! Tables by name.

use indexmap::IndexMap;

/// What has a name, in the order in which it was added. Every name of a program is looked up in several of them, so the hash is
/// a fast one; its seed differs from run to run, so that nobody can write a program whose names all collide.
pub type Table<T> = IndexMap<String, T, foldhash::fast::RandomState>;
