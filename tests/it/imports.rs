//! Files and their imports: each is read once, none outside the project, and every chain ends.

use std::collections::BTreeMap;
use std::sync::Mutex;

use wfc::base::world::{DiskWorld, MemoryWorld, ReadError, World};
use wfc::diag::Code;
use wfc::pipeline::{self, Checked};

/// A world that counts what is read of it.
struct Counting {
    world: MemoryWorld,
    reads: Mutex<BTreeMap<String, usize>>,
}

impl World for Counting {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        *self.reads.lock().unwrap().entry(path.to_owned()).or_default() += 1;
        self.world.read(path)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.world.names(folder)
    }
}

fn check(world: &dyn World, path: &str) -> Checked {
    pipeline::check(world, &[path.to_owned()])
}

fn codes(checked: &Checked) -> Vec<Code> {
    checked.diagnostics.iter().filter(|d| d.code < Code::WF0112 || d.code > Code::WF0113).map(|d| d.code).collect()
}

#[test]
fn files_that_are_reached_on_many_ways_are_read_once() {
    let levels = 20;
    let mut world = MemoryWorld::default();
    for level in 0..levels {
        for side in ["a", "b"] {
            let import = |to: &str| format!("import \"{to}{}.wf\" as next_{to}\n", level + 1);
            let text = if level + 1 < levels { import("a") + &import("b") } else { "type T = int\n".into() };
            world = world.with(&format!("{side}{level}.wf"), &text);
        }
    }
    let world = Counting { world, reads: Mutex::default() };
    let checked = check(&world, "a0.wf");
    assert_eq!(codes(&checked), []);
    assert_eq!(checked.sources.len(), 2 * levels - 1);
    let reads = world.reads.lock().unwrap();
    assert!(reads.values().all(|reads| *reads == 1), "{reads:?}");
}

#[test]
fn a_chain_of_imports_has_an_end() {
    let files = 10_000;
    let world = (0..files).fold(MemoryWorld::default(), |world, n| {
        world.with(&format!("f{n}.wf"), &format!("import \"f{}.wf\" as next\ntype T = int\n", n + 1))
    });
    let checked = check(&world, "f0.wf");
    assert_eq!(codes(&checked), [Code::WF0007]);
    assert_eq!(checked.sources.len(), 64);
}

#[test]
fn a_circle_is_drawn_as_its_way() {
    let world = MemoryWorld::default()
        .with("main.wf", "import \"a.wf\" as a\n")
        .with("a.wf", "import \"deep/b.wf\" as b\n")
        .with("deep/b.wf", "import \"../a.wf\" as a\n");
    let checked = check(&world, "main.wf");
    let circle = checked.diagnostics.iter().find(|d| d.code == Code::WF0109).expect("the circle is found");
    assert_eq!(circle.message, "imports go in a circle: a.wf -> deep/b.wf -> a.wf");
    let labels: Vec<&str> = circle.related.iter().map(|label| label.message.as_str()).collect();
    assert_eq!((circle.primary.message.as_str(), labels), ("1. imports `deep/b.wf`", vec!["2. imports `a.wf`"]));
}

#[cfg(unix)]
#[test]
fn no_link_no_pipe_and_no_folder_is_imported() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.wf"), "type Secret = int\n").unwrap();
    let project = tempfile::tempdir().unwrap();
    let at = |path: &str| project.path().join(path);
    std::os::unix::fs::symlink(outside.path().join("secret.wf"), at("link.wf")).unwrap();
    std::os::unix::fs::symlink(outside.path(), at("folder")).unwrap();
    std::fs::create_dir(at("dir.wf")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(at("pipe.wf")).status().unwrap().success());
    let imports = ["link.wf", "folder/secret.wf", "dir.wf", "pipe.wf"];
    let text: String = imports.iter().enumerate().map(|(n, path)| format!("import \"{path}\" as _i{n}\n")).collect();
    std::fs::write(at("main.wf"), text).unwrap();
    let checked = check(&DiskWorld::new(project.path()), "main.wf");
    assert_eq!(codes(&checked), [Code::WF0902, Code::WF0902, Code::WF0901, Code::WF0901]);
}
