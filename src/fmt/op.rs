//! What a formatted text consists of, before it is known which lines are too long: texts, places where lines may break, and
//! groups of such places that break together.

use crate::syntax::string::BlockLine;

/// One step of the printer. Opened groups and indentations are closed again in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Op<'a> {
    /// A token.
    Text(&'a str),
    /// A string of several lines, set one level deeper than the line on which it begins.
    Block(Vec<BlockLine<'a>>),
    /// What is kept as it is, from the start of its line.
    Raw(&'a str),
    /// A space, if something follows on the line.
    Space,
    /// In a broken group a line break, else `flat`.
    Line {
        flat: &'static str,
        /// An empty line stood here.
        blank: bool,
    },
    /// A line break whatever the group.
    Hard {
        /// With an empty line.
        blank: bool,
    },
    /// Deeper by [`INDENT`].
    In,
    /// Back again.
    Out,
    /// A group: broken if it does not fit on the line.
    Open,
    /// A group of this flat width that should stay on the line: what stands before it breaks first.
    OpenLast(usize),
    /// The end of a group.
    Close,
    /// Only in a broken group.
    IfBroken(&'static str),
    /// A comment that ends its line.
    Trailing(&'a str),
    /// A comment on a line of its own.
    Own {
        text: &'a str,
        /// An empty line follows.
        blank: bool,
    },
}

/// Spaces of one level.
pub(super) const INDENT: usize = 4;

/// Columns of a line.
pub(super) const WIDTH: usize = 120;
