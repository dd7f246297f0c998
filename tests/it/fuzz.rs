//! The corpus of the fuzz targets, replayed: what was found once stays mended where nobody fuzzes.

#[path = "../../fuzz/fuzz_targets/targets.rs"]
mod targets;

use crate::program::root;

#[test]
fn the_corpus_is_survived() {
    let targets: [(&str, fn(&[u8])); 4] =
        [("parse", targets::parse), ("check", targets::check), ("fmt", targets::fmt), ("plan", targets::plan)];
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
