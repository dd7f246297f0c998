//! Texts and what they become.

mod layout;

use crate::base::source::Sources;
use crate::diag::Bag;
use crate::fmt::format;

/// The formatted text, and whether something in it was left as it was.
fn formatted(text: &str) -> (String, bool) {
    let mut sources = Sources::default();
    let file = sources.add("test.wf", text);
    let mut bag = Bag::default();
    let out = format(file, text, &mut bag);
    (out, bag.has_errors())
}
