//! How a plan is kept: compressed, since the plan of a large workflow is long and says much twice.
//!
//! Up to format 2 it was kept as text; such a text is read as it stands.

use std::borrow::Cow;

use rusqlite::types::ValueRef;

/// A text as it is kept.
pub fn pack(text: &str) -> Vec<u8> {
    lz4_flex::compress_prepend_size(text.as_bytes())
}

/// The text of what was kept; `None` where that is no text, packed or not. What it says of its length is believed, so
/// check its sum first.
pub fn unpack(kept: ValueRef<'_>) -> Option<Cow<'_, [u8]>> {
    match kept {
        ValueRef::Text(text) => Some(text.into()),
        ValueRef::Blob(packed) => lz4_flex::decompress_size_prepended(packed).ok().map(Cow::Owned),
        _ => None,
    }
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
    }
}
