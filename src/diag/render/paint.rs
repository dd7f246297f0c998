//! The colours of a drawn diagnostic, as ANSI sequences.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use codespan_reporting::diagnostic::{LabelStyle, Severity};
use codespan_reporting::term::WriteStyle;

/// A buffer that takes the styles of codespan-reporting; without `colour` it drops them.
pub struct Canvas {
    text: Vec<u8>,
    colour: bool,
}

impl Canvas {
    /// An empty buffer.
    pub fn new(colour: bool) -> Self {
        Self { text: Vec::new(), colour }
    }

    /// What was drawn.
    pub fn into_string(self) -> String {
        String::from_utf8(self.text).expect("only whole strings are written")
    }

    fn style(&mut self, style: Style) -> io::Result<()> {
        if self.colour { write!(self.text, "{}", style.render()) } else { Ok(()) }
    }
}

impl Write for Canvas {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WriteStyle for Canvas {
    fn set_header(&mut self, severity: Severity) -> io::Result<()> {
        self.style(colour(severity).bold())
    }

    fn set_header_message(&mut self) -> io::Result<()> {
        self.reset()?;
        self.style(Style::new().bold())
    }

    fn set_line_number(&mut self) -> io::Result<()> {
        self.style(frame())
    }

    fn set_note_bullet(&mut self) -> io::Result<()> {
        self.style(frame())
    }

    fn set_source_border(&mut self) -> io::Result<()> {
        self.style(frame())
    }

    fn set_label(&mut self, severity: Severity, style: LabelStyle) -> io::Result<()> {
        match style {
            LabelStyle::Primary => self.style(colour(severity)),
            LabelStyle::Secondary => self.style(frame()),
        }
    }

    fn reset(&mut self) -> io::Result<()> {
        if self.colour { write!(self.text, "{}", anstyle::Reset.render()) } else { Ok(()) }
    }
}

fn colour(severity: Severity) -> Style {
    let colour = if severity >= Severity::Error { AnsiColor::Red } else { AnsiColor::Yellow };
    colour.on_default()
}

fn frame() -> Style {
    AnsiColor::Blue.on_default()
}
