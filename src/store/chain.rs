//! Checksums of what is kept. Those of a run's records form a chain: none can be changed, left out or moved unseen.

use crate::store::Record;

/// A checksum: BLAKE3.
pub type Sum = [u8; 32];

/// What the chain of a run starts from: so records of one run do not fit another.
pub fn start(run: &str) -> Sum {
    sum(&[b"run", run.as_bytes()])
}

/// The checksum of a record that follows one with the checksum `before`.
pub fn next(before: &Sum, record: &Record) -> Sum {
    sum(&[before, &record.seq.to_le_bytes(), &record.at.to_le_bytes(), record.body.as_bytes()])
}

/// The checksum of several parts. Their lengths count, so that no two lists of parts look alike.
pub fn sum(parts: &[&[u8]]) -> Sum {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(seq: u64, body: &str) -> Record {
        Record { seq, at: 5, body: body.into() }
    }

    #[test]
    fn every_part_counts() {
        let first = next(&start("a"), &record(0, "x"));
        assert_ne!(first, next(&start("b"), &record(0, "x")));
        assert_ne!(first, next(&start("a"), &record(1, "x")));
        assert_ne!(first, next(&start("a"), &record(0, "y")));
        assert_ne!(first, next(&start("a"), &Record { at: 6, ..record(0, "x") }));
        assert_ne!(sum(&[b"ab", b"c"]), sum(&[b"a", b"bc"]));
    }
}
