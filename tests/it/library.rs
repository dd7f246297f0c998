//! The library that ships with `wfc`: without a finding, in the one layout, and documented.

use wfc::base::source::Sources;
use wfc::base::world::MemoryWorld;
use wfc::diag::Bag;
use wfc::syntax::ast::{Doc, Item};
use wfc::{fmt, pipeline, syntax};

use crate::program::{files_below, root};

/// Names and texts of its files.
fn files() -> Vec<(String, String)> {
    let files = files_below(&root().join("std"), "wf").into_iter().map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(path).unwrap())
    });
    files.collect()
}

#[test]
fn every_file_is_without_a_finding() {
    for (name, text) in files() {
        let world = MemoryWorld::default().with(&name, &text);
        let checked = pipeline::check(&world, std::slice::from_ref(&name));
        assert!(checked.diagnostics.is_empty(), "{name}: {:#?}", checked.diagnostics);
    }
}

#[test]
fn every_file_is_in_the_binary_under_its_name() {
    for (name, _) in files() {
        let text = format!("import \"std/{name}\" as _it\nworkflow main() -> string {{ return \"x\" }}\n");
        let world = MemoryWorld::default().with("main.wf", &text);
        let checked = pipeline::check(&world, &["main.wf".to_owned()]);
        assert!(checked.diagnostics.is_empty(), "{name}: {:#?}", checked.diagnostics);
        let shown: Vec<&str> = checked.sources.iter().map(|(_, source)| source.path.as_str()).collect();
        assert_eq!(shown, ["main.wf", &format!("std/{name}")]);
    }
}

#[test]
fn every_file_is_in_the_one_layout() {
    for (name, text) in files() {
        let mut sources = Sources::default();
        let file = sources.add(name.as_str(), text.as_str());
        let mut bag = Bag::default();
        assert_eq!(fmt::format(file, &text, &mut bag), text, "{name}");
    }
}

#[test]
fn every_item_is_documented() {
    for (name, text) in files() {
        let mut sources = Sources::default();
        let file = sources.add(name.as_str(), text.as_str());
        for item in syntax::parse(file, &text, &mut Bag::default()).items {
            let (of, doc): (&str, &Doc) = match &item {
                Item::Type(item) => (&item.name.text, &item.doc),
                Item::Interface(item) => (&item.name.text, &item.doc),
                Item::Agent(item) => (&item.name.text, &item.doc),
                Item::Workflow(item) => (&item.name.text, &item.doc),
                _ => continue,
            };
            assert!(doc.as_ref().is_some_and(|doc| !doc.trim().is_empty()), "{name}: `{of}` says nothing of itself");
        }
    }
}
