//! The corpus of the fuzz targets, replayed: what was found once stays mended where nobody fuzzes.

#[path = "../../fuzz/fuzz_targets/targets.rs"]
pub mod targets;

use crate::program::root;

type Target = fn(&[u8]);

#[test]
fn the_corpus_is_survived() {
    let targets = [
        ("parse", targets::parse as Target),
        ("check", targets::check),
        ("fmt", targets::fmt),
        ("plan", targets::plan),
    ];
    for (name, target) in targets {
        let folder = root().join("fuzz/corpus").join(name);
        let mut count = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            target(&std::fs::read(path).unwrap());
            count += 1;
        }
        assert!(count > 1, "{name} has no corpus");
    }
}
