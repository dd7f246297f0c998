//! One line of source made ready for a screen: hidden characters written out, tabs as spaces, and what is far from every
//! label replaced by `…`.

use std::ops::Range;

use crate::base::text::{char_width, push_escaped, width};

const TAB_COLUMNS: usize = 4;

/// Bytes around a label that are looked at: more never fits a screen.
const NEAR_BYTES: usize = 1_000;

/// A part of a line that must be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Its bytes in the line.
    pub range: Range<usize>,
    /// Columns of the words that stand to the right of it.
    pub message_columns: usize,
}

/// A line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its text.
    pub text: String,
    /// Where each mark stands in it, in bytes.
    pub marks: Vec<Range<usize>>,
    /// The mark whose words have no room to its right: they stand below it.
    pub hanging: Option<usize>,
}

/// Cuts `line` around its `marks`, so that it and the words of each mark fit `columns` if they can.
///
/// The words of the last mark stand to its right, those of the others below them.
pub fn fit(line: &str, marks: &[Mark], columns: usize) -> Shown {
    let glyphs = Glyphs::near(line, marks);
    let roomy = |mark: &Mark| columns.saturating_sub(mark.message_columns + 8).max(4);
    let narrow = |_: &Mark| (columns / (marks.len() + 1)).saturating_sub(4).max(4);
    let whole = glyphs.lay_out(&glyphs.keep(marks, |_| columns), columns, columns);
    let whole = whole.fits(marks, columns, Words::Anywhere).then_some(whole.shown);
    let kept = [glyphs.keep(marks, roomy), glyphs.keep(marks, narrow)];
    let cut = || kept.iter().find_map(|kept| glyphs.widest(kept, marks, columns));
    whole.or_else(cut).unwrap_or_else(|| glyphs.lay_out(&kept[1], 0, 0).shown).hang(marks, columns)
}

/// Where the words of the last mark may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    ToTheRight,
    Anywhere,
}

impl Shown {
    fn hang(mut self, marks: &[Mark], columns: usize) -> Self {
        let last = (0..marks.len()).max_by_key(|&index| self.marks[index].end);
        self.hanging = last.filter(|&index| {
            let Range { start, end } = self.marks[index];
            // An empty mark is drawn as wide as a character.
            let end = if start == end { width(&self.text[..start]) + 1 } else { width(&self.text[..end]) };
            end + 1 + marks[index].message_columns > columns
        });
        self
    }
}

/// What of the line may be shown, character by character.
struct Glyphs {
    list: Vec<Glyph>,
    marks: Vec<Range<usize>>,
    line_end: usize,
}

struct Glyph {
    /// Its bytes in the line.
    start: usize,
    end: usize,
    text: String,
    columns: usize,
}

impl Glyphs {
    fn near(line: &str, marks: &[Mark]) -> Self {
        let mut list: Vec<Glyph> = Vec::new();
        let mut column = 0;
        for part in parts_near(line, marks) {
            for (at, c) in line[part.clone()].char_indices() {
                let glyph = Glyph::new(part.start + at, c, column);
                column += glyph.columns;
                list.push(glyph);
            }
        }
        let marks = marks.iter().map(|mark| mark.range.clone()).collect();
        Self { list, marks, line_end: line.len() }
    }

    /// The glyphs of each mark, at most as many columns as `cap` allows.
    fn keep(&self, marks: &[Mark], cap: impl Fn(&Mark) -> usize) -> Vec<Range<usize>> {
        marks
            .iter()
            .map(|mark| {
                let start = self.list.partition_point(|glyph| glyph.end <= mark.range.start);
                let mut columns = 0;
                let covered = self.list[start..].iter().take_while(|glyph| {
                    columns += glyph.columns;
                    glyph.start < mark.range.end && columns <= cap(mark)
                });
                start..start + covered.count()
            })
            .collect()
    }

    /// Shows the `kept` ranges with so many glyphs to the left and right of each; the start of the line without marks.
    fn lay_out(&self, kept: &[Range<usize>], left: usize, right: usize) -> Layout {
        let mut layout = Layout::new(self.marks.len());
        let mut end = 0;
        for range in self.ranges(kept, left, right) {
            for glyph in &self.list[range] {
                if glyph.start > end {
                    layout.skip(end..glyph.start, &self.marks);
                }
                layout.show(glyph, &self.marks);
                end = glyph.end;
            }
        }
        if end < self.line_end {
            layout.skip(end..self.line_end, &self.marks);
        }
        layout.finish(&self.marks, self.line_end);
        layout
    }

    /// The most context on both sides, first the same on both.
    fn widest(&self, kept: &[Range<usize>], marks: &[Mark], columns: usize) -> Option<Shown> {
        let fits = |left, right| self.lay_out(kept, left, right).fits(marks, columns, Words::ToTheRight);
        let both = (0..=columns).rev().find(|&context| fits(context, context))?;
        let left = (both..=columns).rev().find(|&left| fits(left, both)).unwrap_or(both);
        let right = (both..=columns).rev().find(|&right| fits(left, right)).unwrap_or(both);
        Some(self.lay_out(kept, left, right).shown)
    }

    fn ranges(&self, kept: &[Range<usize>], left: usize, right: usize) -> Vec<Range<usize>> {
        let mut wide: Vec<Range<usize>> = kept
            .iter()
            .map(|range| range.start.saturating_sub(left)..(range.end + right).min(self.list.len()))
            .collect();
        if wide.is_empty() {
            wide.push(0..right.min(self.list.len()));
        }
        wide.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in wide {
            match merged.last_mut() {
                // A gap of one is as wide as the `…` that would stand for it.
                Some(last) if range.start <= last.end + 1 => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        self.close_edges(&mut merged);
        merged
    }

    fn close_edges(&self, merged: &mut [Range<usize>]) {
        if let Some(first) = merged.first_mut().filter(|range| range.start == 1) {
            first.start = 0;
        }
        if let Some(last) = merged.last_mut().filter(|range| range.end + 1 == self.list.len()) {
            last.end += 1;
        }
    }
}

impl Glyph {
    fn new(start: usize, c: char, column: usize) -> Self {
        let mut text = String::new();
        if c == '\t' {
            text.extend(std::iter::repeat_n(' ', TAB_COLUMNS - column % TAB_COLUMNS));
        } else {
            push_escaped(&mut text, c);
        }
        let columns = text.chars().map(char_width).sum();
        Self { start, end: start + c.len_utf8(), text, columns }
    }
}

/// The whole line, or of a very long one the parts around its marks.
fn parts_near(line: &str, marks: &[Mark]) -> Vec<Range<usize>> {
    if line.len() <= 4 * NEAR_BYTES {
        return std::iter::once(0..line.len()).collect();
    }
    let near =
        |at: usize| line.floor_char_boundary(at.saturating_sub(NEAR_BYTES))..line.ceil_char_boundary(at + NEAR_BYTES);
    let mut parts: Vec<Range<usize>> = marks.iter().map(|mark| near(mark.range.start)).collect();
    if parts.is_empty() {
        parts.push(near(0));
    }
    parts.sort_by_key(|part| part.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for part in parts {
        match merged.last_mut() {
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => merged.push(part),
        }
    }
    merged
}

/// A line while it is put together.
struct Layout {
    shown: Shown,
    columns: usize,
    /// For each mark the column where it begins, and where it ends.
    starts: Vec<usize>,
    ends: Vec<usize>,
    begun: Vec<bool>,
}

impl Layout {
    fn new(marks: usize) -> Self {
        let shown = Shown { text: String::new(), marks: vec![0..0; marks], hanging: None };
        Self { shown, columns: 0, starts: vec![0; marks], ends: vec![0; marks], begun: vec![false; marks] }
    }

    fn show(&mut self, glyph: &Glyph, marks: &[Range<usize>]) {
        self.push(&glyph.text, glyph.columns, glyph.start..glyph.end, marks);
    }

    fn skip(&mut self, bytes: Range<usize>, marks: &[Range<usize>]) {
        self.push("…", 1, bytes, marks);
    }

    fn push(&mut self, text: &str, columns: usize, bytes: Range<usize>, marks: &[Range<usize>]) {
        let (at, column) = (self.shown.text.len(), self.columns);
        self.shown.text.push_str(text);
        self.columns += columns;
        for (index, mark) in marks.iter().enumerate() {
            let touches = mark.start < bytes.end && bytes.start < mark.end;
            let stands_before = mark.is_empty() && bytes.contains(&mark.start);
            if touches || stands_before {
                let start = if self.begun[index] { self.shown.marks[index].start } else { at };
                self.shown.marks[index] = start..if stands_before { at } else { self.shown.text.len() };
                if !self.begun[index] {
                    self.starts[index] = column;
                }
                self.ends[index] = self.columns;
                self.begun[index] = true;
            }
        }
    }

    /// Marks at the very end of the line, where nothing stands.
    fn finish(&mut self, marks: &[Range<usize>], line_end: usize) {
        let end = self.shown.text.len();
        for (index, mark) in marks.iter().enumerate() {
            if !self.begun[index] && mark.start >= line_end {
                self.shown.marks[index] = end..end;
                (self.starts[index], self.ends[index]) = (self.columns, self.columns + 1);
            }
        }
    }

    fn fits(&self, marks: &[Mark], columns: usize, words: Words) -> bool {
        let last = self.ends.iter().max();
        self.columns <= columns
            && marks.iter().enumerate().all(|(index, mark)| {
                let below = self.starts[index] + mark.message_columns;
                let right = self.ends[index] + 1 + mark.message_columns;
                let is_last = Some(&self.ends[index]) == last && words == Words::ToTheRight;
                mark.message_columns == 0 || if is_last { right <= columns } else { below <= columns }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, word: &str, message_columns: usize, columns: usize) -> (String, String) {
        let at = line.find(word).expect("the word is there");
        let result = fit(line, &[Mark { range: at..at + word.len(), message_columns }], columns);
        let mark = result.text[result.marks[0].clone()].to_owned();
        (result.text, mark)
    }

    #[test]
    fn a_line_that_fits_stays_as_it_is() {
        assert_eq!(shown("stage a = b.c(d)", "b.c", 10, 40), ("stage a = b.c(d)".into(), "b.c".into()));
    }

    #[test]
    fn a_long_line_is_cut_around_its_label() {
        let line = format!("{}needle{}", "a".repeat(100), "b".repeat(100));
        let (text, mark) = shown(&line, "needle", 0, 20);
        assert_eq!((text.as_str(), mark.as_str()), ("…aaaaaaneedlebbbbbb…", "needle"));
        let (text, _) = shown(&line, "needle", 8, 20);
        assert_eq!(text, "…aaaaneedlebbbbbbbb…");
    }

    #[test]
    fn a_label_wider_than_the_screen_ends_in_dots() {
        let (text, mark) = shown(&format!("x {}", "y".repeat(200)), &"y".repeat(200), 5, 30);
        assert!(text.starts_with("x yyy") && text.chars().count() <= 30 - 6, "{text}");
        assert!(mark.ends_with('…') && mark.starts_with('y'), "{mark}");
    }

    #[test]
    fn two_labels_far_apart_are_both_seen() {
        let line = format!("first{}second", "-".repeat(500));
        let marks = [Mark { range: 0..5, message_columns: 3 }, Mark { range: 505..511, message_columns: 3 }];
        let result = fit(&line, &marks, 40);
        assert_eq!(&result.text[result.marks[0].clone()], "first");
        assert_eq!(&result.text[result.marks[1].clone()], "second");
        assert!(result.text.contains('…') && result.text.chars().count() <= 40);
    }

    #[test]
    fn tabs_and_hidden_characters_keep_the_mark_on_its_text() {
        assert_eq!(shown("\ta\u{202e}b", "b", 0, 40), ("    a\\u{202e}b".into(), "b".into()));
    }

    #[test]
    fn a_line_of_ten_megabytes_costs_no_more_than_a_short_one() {
        let line = "é".repeat(5 << 20);
        let result = fit(&line, &[Mark { range: 4 << 20..(4 << 20) + 2, message_columns: 4 }], 80);
        assert!(result.text.starts_with('…') && result.text.ends_with('…'));
        assert_eq!(&result.text[result.marks[0].clone()], "é");
    }
}
