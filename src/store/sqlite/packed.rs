//! How a plan is kept: compressed, since the plan of a large workflow is long and says much twice.
//!
//! Up to format 2 it was kept as text; such a text is read as it stands.

use std::borrow::Cow;

use rusqlite::types::ValueRef;

use crate::store::chain;

/// A text as it is kept.
pub fn pack(text: &str) -> Vec<u8> {
    lz4_flex::compress_prepend_size(text.as_bytes())
}

/// The plan of this hash as it is in a row; `None` where that does not match its checksum.
pub fn plan<'a>(hash: &str, kept: ValueRef<'a>, sum: &[u8]) -> Option<Cow<'a, [u8]>> {
    let whole = kept.as_bytes().is_ok_and(|body| chain::sum(&[hash.as_bytes(), body]) == *sum);
    whole.then(|| unpack(kept)).flatten()
}

/// Bytes that one packed byte stands for at most.
const RATIO_MAX: usize = 255;

/// The text of what was kept; `None` where that is no text, packed or not.
fn unpack(kept: ValueRef<'_>) -> Option<Cow<'_, [u8]>> {
    match kept {
        ValueRef::Text(text) => Some(text.into()),
        ValueRef::Blob(packed) => unpack_bytes(packed).map(Cow::Owned),
        _ => None,
    }
}

/// Room is made for as much as the bytes say that they are: only for what they can be.
fn unpack_bytes(packed: &[u8]) -> Option<Vec<u8>> {
    let (size, body) = lz4_flex::block::uncompressed_size(packed).ok()?;
    let bounded = size <= body.len().saturating_mul(RATIO_MAX);
    bounded.then(|| lz4_flex::block::decompress(body, size).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_given_back() {
        for text in ["", "{}", &"[1,2]".repeat(10_000)] {
            let packed = pack(text);
            assert_eq!(unpack(ValueRef::Blob(&packed)).as_deref(), Some(text.as_bytes()));
            assert_eq!(unpack(ValueRef::Text(text.as_bytes())).as_deref(), Some(text.as_bytes()));
        }
        assert!(pack(&"[1,2]".repeat(10_000)).len() < 1_000);
        assert_eq!(unpack(ValueRef::Blob(b"ab")), None);
        assert_eq!(unpack(ValueRef::Null), None);
        let mut boasts = pack("[1,2]");
        boasts[..4].copy_from_slice(&[0xf0, 0xff, 0xff, 0xff]);
        assert_eq!(unpack(ValueRef::Blob(&boasts)), None, "no room is made for what cannot be");
    }
}
