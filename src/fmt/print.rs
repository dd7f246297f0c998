//! Chooses the line breaks: a group stays on its line if it fits there with all that must follow it.
//!
//! One pass over the steps, and for each group a look ahead that ends with the line: the cost is linear, nothing recurses.

use crate::base::text::width;
use crate::fmt::op::{INDENT, Op, WIDTH};
use crate::syntax::string::BlockLine;

/// The text that the steps stand for.
pub(super) fn print(ops: &[Op<'_>], line_end: &str) -> String {
    let mut printer = Printer {
        ops,
        line_end,
        out: String::new(),
        indent: 0,
        column: 0,
        line_indent: 0,
        newline: None,
        space: false,
        comment: None,
        broken: Vec::new(),
    };
    for (index, op) in ops.iter().enumerate() {
        printer.step(index, op);
    }
    printer.finish()
}

/// A line break that is written when something follows.
#[derive(Debug, Clone, Copy)]
struct Newline {
    blank: bool,
    /// Beyond the indentation: in the middle of something that a comment has broken.
    extra: usize,
}

struct Printer<'o, 'a> {
    ops: &'o [Op<'a>],
    line_end: &'o str,
    out: String,
    indent: usize,
    column: usize,
    /// Where the line begins.
    line_indent: usize,
    newline: Option<Newline>,
    space: bool,
    /// The comment that ends this line: only a comma may still stand before it.
    comment: Option<&'a str>,
    /// For each open group.
    broken: Vec<bool>,
}

impl<'a> Printer<'_, 'a> {
    fn step(&mut self, index: usize, op: &Op<'a>) {
        match op {
            Op::Text(text) => self.text(text),
            Op::Block(lines) => self.block(lines),
            Op::Raw(text) => {
                self.begin();
                self.out.push_str(text);
            }
            Op::Space => self.space = self.newline.is_none(),
            Op::Line { blank, .. } if self.breaks() => self.line(*blank, 0),
            Op::Line { flat, .. } => self.space |= !flat.is_empty(),
            Op::Hard { blank } => self.line(*blank, 0),
            Op::In => self.indent += INDENT,
            Op::Out => self.indent -= INDENT,
            Op::Open | Op::OpenLast(_) => {
                let fits = !self.breaks() && !self.broken.is_empty() || self.fits(index);
                self.broken.push(!fits);
            }
            Op::Close => drop(self.broken.pop()),
            Op::IfBroken(text) if self.breaks() => self.text(text),
            Op::IfBroken(_) => {}
            Op::Trailing(text) if self.comment.is_some() => self.own(text, false),
            Op::Trailing(text) => self.comment = Some(text),
            Op::Own { text, blank } => self.own(text, *blank),
        }
    }

    fn breaks(&self) -> bool {
        self.broken.last().copied().unwrap_or(false)
    }

    fn text(&mut self, text: &str) {
        if self.comment.is_some() && text != "," {
            self.line(false, INDENT);
        }
        self.begin();
        self.out.push_str(text);
        self.column += width(text);
    }

    fn block(&mut self, lines: &[BlockLine<'_>]) {
        for (index, line) in lines.iter().enumerate() {
            if index == 0 {
                self.text(line.text);
                continue;
            }
            self.out.push_str(self.line_end);
            let indent = if line.margin { self.line_indent + INDENT } else { 0 };
            self.pad(indent);
            self.out.push_str(line.text);
            self.column = indent + width(line.text);
        }
    }

    fn own(&mut self, text: &str, blank: bool) {
        if self.newline.is_none() && !self.out.is_empty() {
            self.line(false, INDENT);
        }
        let extra = self.newline.map_or(0, |newline| newline.extra);
        self.begin();
        self.out.push_str(text);
        self.newline = Some(Newline { blank, extra });
    }

    fn line(&mut self, blank: bool, extra: usize) {
        if let Some(comment) = self.comment.take() {
            self.out.push(' ');
            self.out.push_str(comment);
        }
        self.space = false;
        self.newline = Some(Newline { blank: blank || self.newline.is_some_and(|before| before.blank), extra });
    }

    /// Gets to where the next token stands.
    fn begin(&mut self) {
        if let Some(newline) = self.newline.take().filter(|_| !self.out.is_empty()) {
            self.out.push_str(self.line_end);
            if newline.blank {
                self.out.push_str(self.line_end);
            }
            self.line_indent = self.indent + newline.extra;
            self.column = self.line_indent;
            self.pad(self.line_indent);
        } else if self.space {
            self.out.push(' ');
            self.column += 1;
        }
        self.space = false;
    }

    fn pad(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    fn finish(mut self) -> String {
        self.line(false, 0);
        if !self.out.is_empty() {
            self.out.push_str(self.line_end);
        }
        self.out
    }

    /// Whether the group that opens at `index` fits on the line.
    fn fits(&self, index: usize) -> bool {
        let fresh = match (self.newline, self.comment) {
            (Some(newline), _) => Some(self.indent + newline.extra),
            (None, Some(_)) => Some(self.indent + INDENT),
            (None, None) => None,
        };
        let column = fresh.unwrap_or(self.column + usize::from(self.space));
        let line_indent = fresh.unwrap_or(self.line_indent);
        let mut look = Look { column, line_indent, depth: 0, inside: true, comment: false, held: None };
        self.ops[index..].iter().find_map(|op| look.at(op)).unwrap_or(true)
    }
}

/// A look ahead along the line.
struct Look {
    column: usize,
    line_indent: usize,
    depth: usize,
    /// Still in the group itself; then comes what must follow on the same line.
    inside: bool,
    /// A comment inside has ended the line.
    comment: bool,
    /// In a group behind that stays on the line, if what is before it breaks: its depth.
    held: Option<usize>,
}

impl Look {
    /// Goes past a step; whether the group fits, once that is known.
    fn at(&mut self, op: &Op<'_>) -> Option<bool> {
        match op {
            Op::Text(text) => return self.text(width(text)),
            Op::Space => self.column += 1,
            Op::Block(lines) => return self.block(lines),
            Op::Line { flat, .. } if self.inside || self.held.is_some() => self.column += flat.len(),
            Op::Line { .. } => return Some(true),
            Op::Hard { .. } | Op::Own { .. } | Op::Raw(_) => return Some(!self.inside),
            Op::Open => self.depth += 1,
            Op::OpenLast(flat) => {
                self.depth += 1;
                let alone = self.line_indent + 2 + flat <= WIDTH;
                if !self.inside && self.held.is_none() && alone {
                    self.held = Some(self.depth);
                }
            }
            Op::Close => return self.close(),
            Op::Trailing(_) => self.comment = self.inside,
            Op::In | Op::Out | Op::IfBroken(_) => {}
        }
        None
    }

    fn text(&mut self, columns: usize) -> Option<bool> {
        self.column += columns;
        (self.column > WIDTH || self.comment && self.inside).then_some(false)
    }

    fn block(&mut self, lines: &[BlockLine<'_>]) -> Option<bool> {
        let first = lines.first().map_or(0, |line| width(line.text));
        if let Some(false) = self.text(first) {
            return Some(false);
        }
        if let Some(last) = lines.last().filter(|_| lines.len() > 1) {
            let indent = if last.margin { self.line_indent + INDENT } else { 0 };
            self.column = indent + width(last.text);
        }
        None
    }

    fn close(&mut self) -> Option<bool> {
        if self.held == Some(self.depth) {
            self.held = None;
        }
        // What is closed beyond the group itself was open, and is broken.
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 {
            self.inside = false;
        }
        None
    }
}
