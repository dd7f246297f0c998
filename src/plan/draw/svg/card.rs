//! What stands on a box, line for line, and how large that is.
//!
//! Letters are those of a typewriter: every machine has some, and they are all about as wide.

use super::layers::Size;
use crate::base::text::{fold, width};
use crate::plan::draw::{Shape, ShapeKind};

/// Columns of a line on a box.
const COLUMNS: usize = 36;
/// Lines of one text on a box; what is left out stands in its description.
const LINES_MAX: usize = 6;
/// The width of a column: a little more than in any common typeface.
pub const COLUMN: f64 = 7.5;
/// The height of a line.
pub const LINE: f64 = 17.0;
/// Between text and border.
pub const PADDING: f64 = 12.0;

/// The lines of a box.
#[derive(Debug, Default)]
pub struct Card {
    /// In bold.
    pub name: Vec<String>,
    /// What kind of stage it is, small, beside the name.
    pub kind: &'static str,
    /// What it does.
    pub what: Vec<String>,
    /// What else is to be known.
    pub notes: Vec<String>,
}

impl Card {
    /// Of a stage.
    pub fn stage(name: &str, shape: &Shape) -> Self {
        let kind = if shape.kind == ShapeKind::Call { "" } else { shape.kind.word() };
        let what = if shape.what == kind { Vec::new() } else { lines(&shape.what) };
        let notes = shape.notes.iter().flat_map(|note| lines(note)).collect();
        Self { name: lines(name), kind, what, notes }
    }

    /// Of a condition.
    pub fn condition(text: &str) -> Self {
        Self { what: lines(text), ..Self::default() }
    }

    /// Where the first line under the text would stand, from the top.
    pub fn bottom(&self) -> f64 {
        let lines = self.name.len() + self.what.len() + self.notes.len();
        PADDING * 1.5 + lines as f64 * LINE
    }

    /// The size of the box with nothing but text in it.
    pub fn size(&self) -> Size {
        let kind = if self.kind.is_empty() { 0 } else { width(self.kind) + 2 };
        let head = self.name.first().map_or(0, |name| width(name) + width(name) / 8) + kind;
        let rest = self.name.iter().skip(1).chain(&self.what).chain(&self.notes).map(|line| width(line)).max();
        let columns = head.max(rest.unwrap_or(0)).max(8);
        Size { width: columns as f64 * COLUMN + 2.0 * PADDING, height: self.bottom() }
    }
}

fn lines(text: &str) -> Vec<String> {
    let plain: String = text.chars().map(|c| if crate::base::text::is_hidden(c) { ' ' } else { c }).collect();
    let mut lines = fold(plain.trim(), COLUMNS);
    if lines.len() > LINES_MAX {
        lines.truncate(LINES_MAX);
        lines[LINES_MAX - 1].push('…');
    }
    lines
}
