//! The comments of a file by place, and the documentation that stands before something.

use crate::syntax::ast::{Comment, Doc};

/// All comments of a text, in order.
#[derive(Debug)]
pub(super) struct Comments<'a> {
    text: &'a str,
    list: Vec<Comment>,
}

impl<'a> Comments<'a> {
    pub fn new(text: &'a str, list: Vec<Comment>) -> Self {
        Self { text, list }
    }

    /// The text that they stand in.
    pub fn text(&self) -> &'a str {
        self.text
    }

    pub fn into_list(self) -> Vec<Comment> {
        self.list
    }

    /// The block of `///` comments that ends on the line before what begins at `start`.
    pub fn before(&self, start: u32) -> Doc {
        let after = self.list.partition_point(|comment| comment.span.end <= start);
        let mut lines = Vec::new();
        let mut below = start;
        for comment in self.list[..after].iter().rev() {
            if !comment.doc || !self.adjacent(comment.span.end, below) {
                break;
            }
            let line = &self.text[comment.span.range()][3..];
            lines.push(line.strip_prefix(' ').unwrap_or(line).trim_end());
            below = comment.span.start;
        }
        lines.reverse();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    /// Whether only white space without an empty line stands between.
    fn adjacent(&self, end: u32, start: u32) -> bool {
        let between = &self.text[end as usize..start.max(end) as usize];
        between.trim().is_empty() && between.replace("\r\n", "\n").matches(['\n', '\r']).count() <= 1
    }
}
