//! The two streams of the process and what they can show: colour, width, characters.
//!
//! A stream that is broken (a closed pipe, a terminal that is gone) is written to in vain, never an error.

use std::io::{BufWriter, IsTerminal, Write};

use crate::base::text::escape_json;

/// When colour is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On terminals, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How much is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Loudness {
    /// `-q`: failures and questions only.
    Quiet,
    /// What a reader wants to know.
    #[default]
    Usual,
    /// `-v`: also starts, skips and lines of output.
    Verbose,
}

/// Size of the terminal in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Characters in a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

/// What is assumed where there is no terminal.
const SIZE_DEFAULT: Size = Size { columns: 80, rows: 24 };

/// The streams of this process.
#[derive(Debug, Clone)]
pub struct Console {
    out_terminal: bool,
    err_terminal: bool,
    colour_out: bool,
    colour_err: bool,
    draws: bool,
    asks: bool,
    unicode: bool,
    /// How much is said.
    pub loudness: Loudness,
}

impl Console {
    /// Looks at the streams and the environment.
    pub fn open(choice: ColorChoice, loudness: Loudness) -> Self {
        let err = std::io::stderr().is_terminal();
        let dumb = variable("TERM").as_deref() == Some("dumb");
        let out = std::io::stdout().is_terminal();
        Self {
            out_terminal: out,
            err_terminal: err,
            colour_out: coloured(choice, out, dumb),
            colour_err: coloured(choice, err, dumb),
            draws: err && !dumb,
            asks: err && std::io::stdin().is_terminal(),
            unicode: unicode(),
            loudness,
        }
    }

    /// Whether standard output is a terminal.
    pub fn out_terminal(&self) -> bool {
        self.out_terminal
    }

    /// Whether standard error is a terminal.
    pub fn err_terminal(&self) -> bool {
        self.err_terminal
    }

    /// Whether standard output takes colour.
    pub fn colours_out(&self) -> bool {
        self.colour_out
    }

    /// Whether standard error takes colour.
    pub fn colours_err(&self) -> bool {
        self.colour_err
    }

    /// Whether standard error is a terminal on which the cursor can be moved.
    pub fn draws(&self) -> bool {
        self.draws
    }

    /// Whether a person can be asked: standard input and error are a terminal.
    pub fn asks(&self) -> bool {
        self.asks
    }

    /// Whether the locale has more than ASCII.
    pub fn unicode(&self) -> bool {
        self.unicode
    }

    /// The size of the terminal of standard error, as it is now.
    pub fn size(&self) -> Size {
        match rustix::termios::tcgetwinsize(std::io::stderr()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Size { columns: size.ws_col, rows: size.ws_row },
            _ => SIZE_DEFAULT,
        }
    }

    /// Writes to standard output. Gives whether somebody still reads it.
    pub fn out(&self, text: &str) -> bool {
        let mut stream = std::io::stdout().lock();
        stream.write_all(text.as_bytes()).and_then(|()| stream.flush()).is_ok()
    }

    /// Writes JSON to standard output, so that on a terminal nothing in it is taken for a command. Gives whether somebody still
    /// reads it.
    pub fn out_json(&self, json: &str) -> bool {
        if self.out_terminal { self.out(&escape_json(json)) } else { self.out(json) }
    }

    /// As [`Self::out_json`], for JSON that is long: it is written as it is made, unless it goes to a terminal.
    pub fn out_json_by(&self, write: impl FnOnce(&mut (dyn Write + Send)) -> std::io::Result<()>) -> bool {
        if !self.out_terminal {
            let mut stream = BufWriter::new(std::io::stdout());
            return write(&mut stream).and_then(|()| stream.flush()).is_ok();
        }
        let mut text = Vec::new();
        write(&mut text).is_ok() && self.out_json(&String::from_utf8_lossy(&text))
    }

    /// Writes to standard error, come what may.
    pub fn err(&self, text: &str) {
        let mut stream = std::io::stderr().lock();
        let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    }

    /// Writes to standard error unless `-q` was given.
    pub fn say(&self, text: &str) {
        if self.loudness > Loudness::Quiet {
            self.err(text);
        }
    }
}

fn coloured(choice: ColorChoice, terminal: bool, dumb: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if variable("NO_COLOR").is_some() => false,
        ColorChoice::Auto if forced() => true,
        ColorChoice::Auto => terminal && !dumb,
    }
}

fn forced() -> bool {
    ["CLICOLOR_FORCE", "FORCE_COLOR"].iter().any(|name| variable(name).is_some_and(|value| value != "0"))
}

/// As the C library decides it: the first of these that is set and not empty.
fn unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| variable(name)).unwrap_or_default();
    let locale = locale.to_ascii_uppercase();
    locale.contains("UTF-8") || locale.contains("UTF8")
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
