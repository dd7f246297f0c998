//! One line on a terminal: a mark, a stage in a column of its own, facts. Knows widths, not cursors.

use anstyle::Style;

use crate::base::text::char_width;
use crate::cli::render::marks::Mark;

/// Columns that the name of a stage takes, so that what follows stands in a column.
const NAME_COLUMNS: usize = 23;

/// Columns that a path takes where a label follows.
const PATH_COLUMNS: usize = 19;

/// Columns that a label takes.
const LABEL_COLUMNS: usize = 2;

/// How lines are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Whether there is more than ASCII.
    pub unicode: bool,
    /// Whether there is colour.
    pub colour: bool,
}

/// A line in pieces, each with a style.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    pieces: Vec<(Style, String)>,
}

impl Row {
    /// A line of plain text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::default().with(Style::new(), text)
    }

    /// `  ✓ name                   `: what all lines about stages start with.
    pub fn stage(mark: Mark, path: &str, label: Option<&str>, look: Look) -> Self {
        Self::inner_stage(0, mark, path, label, look)
    }

    /// The same, so many columns further in; what follows stands in the same column.
    pub fn inner_stage(indent: usize, mark: Mark, path: &str, label: Option<&str>, look: Look) -> Self {
        let sign = mark.text(look.unicode);
        let before = if sign.len() == 2 && !look.unicode { 1 } else { 2 };
        let name = match label {
            Some(label) => {
                let path = padded(path, PATH_COLUMNS.saturating_sub(indent));
                format!("{path}  {}", padded(label, LABEL_COLUMNS))
            }
            None => path.to_owned(),
        };
        let name = padded(&name, NAME_COLUMNS.saturating_sub(indent));
        Self::plain(" ".repeat(indent + before)).with(mark.style(), sign).with(Style::new(), format!(" {name}"))
    }

    /// Adds a piece.
    pub fn with(mut self, style: Style, text: impl Into<String>) -> Self {
        self.pieces.push((style, text.into()));
        self
    }

    /// Adds a fact, two columns after what is there.
    pub fn fact(self, text: impl AsRef<str>) -> Self {
        self.with(Style::new(), format!("  {}", text.as_ref()))
    }

    /// Adds a fact of little weight.
    pub fn aside(self, text: impl AsRef<str>) -> Self {
        self.with(Style::new().dimmed(), format!("  {}", text.as_ref()))
    }

    /// The line in at most so many columns, without an end of line.
    pub fn fit(&self, columns: usize, look: Look) -> Line {
        let mut line = Line::default();
        let total: usize = self.pieces.iter().map(|(_, text)| width(text)).sum();
        let more = if look.unicode { "…" } else { "..." };
        let room = if total <= columns { columns } else { columns.saturating_sub(width(more)) };
        for (style, text) in &self.pieces {
            let shown = head(text, room - line.width);
            line.push(*style, shown, look);
            if shown.len() < text.len() {
                break;
            }
        }
        if total > columns {
            line.push(Style::new(), head(more, columns - line.width), look);
        }
        line.text.truncate(line.text.trim_end_matches(' ').len());
        line
    }

    /// The whole line, however long.
    pub fn whole(&self, look: Look) -> String {
        self.fit(usize::MAX, look).text
    }
}

/// A line as it is sent to the terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// With escape sequences, if there is colour.
    pub text: String,
    /// Columns that it takes.
    pub width: usize,
}

impl Line {
    fn push(&mut self, style: Style, text: &str, look: Look) {
        if look.colour && style != Style::new() && !text.is_empty() {
            self.text.push_str(&format!("{style}{text}{style:#}"));
        } else {
            self.text.push_str(text);
        }
        self.width += width(text);
    }
}

fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The longest beginning that takes at most so many columns.
fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += columns_of(c);
        if used > columns {
            return &text[..at];
        }
    }
    text
}

/// Columns of a text, never too few: a cluster that a terminal draws as one is counted by its parts.
pub fn width(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

fn columns_of(c: char) -> usize {
    // The selector of the coloured form makes the character before it two columns wide.
    if c == '\u{fe0f}' { 1 } else { char_width(c) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Look = Look { unicode: true, colour: false };

    #[test]
    fn stages_stand_in_columns() {
        let line = |path: &str, label| Row::stage(Mark::Done, path, label, LOOK).fact("1.9s").whole(LOOK);
        assert_eq!(line("issues", None), "  ✓ issues                   1.9s");
        assert_eq!(line("triaged[0].labelled", Some("#6")), "  ✓ triaged[0].labelled  #6  1.9s");
        assert_eq!(
            line("a_name_that_is_longer_than_its_column", None),
            "  ✓ a_name_that_is_longer_than_its_column  1.9s"
        );
        let ascii = Look { unicode: false, colour: false };
        assert_eq!(Row::stage(Mark::Done, "a", None, ascii).whole(ascii), " ok a");
        assert_eq!(Row::stage(Mark::Running, "a", None, ascii).whole(ascii), "  * a");
    }

    #[test]
    fn lines_are_cut_by_columns() {
        let row = Row::plain("日本語のログ").fact("end");
        assert_eq!(row.fit(9, LOOK), Line { text: "日本語の…".into(), width: 9 });
        assert_eq!(row.fit(8, LOOK), Line { text: "日本語…".into(), width: 7 });
        assert_eq!(row.fit(1, LOOK).text, "…");
        assert_eq!(row.fit(0, LOOK).text, "");
        assert_eq!(row.fit(17, LOOK).text, "日本語のログ  end");
    }

    #[test]
    fn colour_takes_no_columns() {
        let look = Look { unicode: true, colour: true };
        let line = Row::plain("a").aside("bcdef").fit(6, look);
        assert_eq!((line.text.as_str(), line.width), ("a\u{1b}[2m  bc\u{1b}[0m…", 6));
    }
}
