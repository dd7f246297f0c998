//! JSON from outside, read strictly: what agents print and people type.
//!
//! serde_json takes the last of two equal keys and has no byte offsets; here every doubt is an error with its place.

use std::fmt::{self, Display, Formatter};

use serde_json::{Map, Number, Value as Json};

use crate::value::text::quoted;

/// How deep JSON may nest. Values lie in records of the journal, whose reader stops at 128.
pub const DEPTH_MAX: usize = 100;
/// How many values one text may hold, all levels together.
pub const VALUES_MAX: usize = 4_000_000;

/// Why a text is not JSON that can be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// Where, in bytes from the start.
    pub offset: usize,
    /// What is wrong there, without the place.
    pub message: String,
}

impl std::error::Error for JsonError {}

impl Display for JsonError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.message, self.offset)
    }
}

/// Reads one JSON value that fills the whole text, white space around it apart. Refuses what is not UTF-8, keys that stand
/// twice, numbers out of range, what nests deeper than [`DEPTH_MAX`] or holds more than [`VALUES_MAX`] values.
///
/// # Errors
/// The first mistake, with its offset.
pub fn parse_strict(bytes: &[u8]) -> Result<Json, JsonError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| JsonError { offset: error.valid_up_to(), message: "there is no UTF-8".into() })?;
    let mut parser = Parser { text, at: 0, values_left: VALUES_MAX };
    parser.skip_space();
    if parser.at == text.len() {
        return Err(parser.error("there is no JSON, only the end of the text"));
    }
    let value = parser.value(0)?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.error(format!("there is {} after the JSON", parser.found()))),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    values_left: usize,
}

impl Parser<'_> {
    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.values_left =
            self.values_left.checked_sub(1).ok_or_else(|| self.error("there are more than 4,000,000 values"))?;
        match self.peek() {
            Some(b'{' | b'[') if depth == DEPTH_MAX => Err(self.error("the JSON nests deeper than 100 levels")),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => self.string().map(Json::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonError> {
        let mut fields = Map::new();
        self.at += 1;
        self.skip_space();
        if self.take(b'}') {
            return Ok(Json::Object(fields));
        }
        loop {
            self.skip_space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.error(format!("a key in double quotes is expected, found {}", self.found())));
            }
            let key = self.string()?;
            if fields.contains_key(&key) {
                return Err(JsonError { offset: start, message: format!("the key {} stands twice", quoted(&key)) });
            }
            self.skip_space();
            self.expect(b':', "`:` is expected after a key")?;
            self.skip_space();
            let value = self.value(depth)?;
            fields.insert(key, value);
            self.skip_space();
            if self.take(b'}') {
                return Ok(Json::Object(fields));
            }
            self.expect(b',', "`,` or `}` is expected")?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonError> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.take(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth)?);
            self.skip_space();
            if self.take(b']') {
                return Ok(Json::Array(items));
            }
            self.expect(b',', "`,` or `]` is expected")?;
        }
    }

    fn word(&mut self) -> Result<Json, JsonError> {
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
            let rest = &self.text[self.at..];
            let ends = |after: &str| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            if rest.strip_prefix(word).is_some_and(ends) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.error(format!("a value is expected, found {}", self.found())))
    }

    fn number(&mut self) -> Result<Json, JsonError> {
        let start = self.at;
        self.take(b'-');
        let whole = self.digits();
        let leading_zero = whole > 1 && self.text[start..].trim_start_matches('-').starts_with('0');
        let mut well_formed = whole > 0 && !leading_zero;
        let mut is_whole = true;
        if self.take(b'.') {
            is_whole = false;
            well_formed &= self.digits() > 0;
        }
        if self.take(b'e') || self.take(b'E') {
            is_whole = false;
            let _sign = self.take(b'+') || self.take(b'-');
            well_formed &= self.digits() > 0;
        }
        let text = &self.text[start..self.at];
        let fail = |why: &str| JsonError { offset: start, message: format!("{} {why}", shortened(text)) };
        if !well_formed {
            return Err(fail("is no number of JSON"));
        }
        if let Some(number) = text.parse::<i64>().ok().filter(|_| is_whole) {
            return Ok(Json::from(number));
        }
        // A whole number that no `int` can hold is how some languages print a large float.
        let number = text.parse::<f64>().ok().and_then(Number::from_f64);
        number.map(Json::Number).ok_or_else(|| fail("is out of range"))
    }

    fn string(&mut self) -> Result<String, JsonError> {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..=0x1f)) {
                self.at += 1;
            }
            text.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.error(format!("there is {} inside a string", self.found()))),
                None => return Err(JsonError { offset: open, message: "a string is never closed".into() }),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let start = self.at;
        self.at += 1;
        let letter = self.peek();
        self.at += 1;
        Ok(match letter {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(start),
            _ => return Err(JsonError { offset: start, message: "there is an unknown escape".into() }),
        })
    }

    /// The character after `\u`, which starts at `start`: one unit of UTF-16, or a pair.
    fn unicode(&mut self, start: usize) -> Result<char, JsonError> {
        let fail = |message: &str| JsonError { offset: start, message: message.into() };
        let first = self.hex().ok_or_else(|| fail("four hexadecimal digits are expected after `\\u`"))?;
        let mut units = vec![first];
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            units.push(self.hex().ok_or_else(|| fail("four hexadecimal digits are expected after `\\u`"))?);
        }
        let mut decoded = char::decode_utf16(units);
        match (decoded.next(), decoded.next()) {
            (Some(Ok(letter)), None) => Ok(letter),
            _ => Err(fail("half of a surrogate pair is no character")),
        }
    }

    fn hex(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.at += 4;
        u16::from_str_radix(digits, 16).ok().filter(|_| all_hex)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8, wanted: &str) -> Result<(), JsonError> {
        if self.take(byte) { Ok(()) } else { Err(self.error(format!("{wanted}, found {}", self.found()))) }
    }

    fn error(&self, message: impl Into<String>) -> JsonError {
        JsonError { offset: self.at, message: message.into() }
    }

    /// What stands here, in words.
    fn found(&self) -> String {
        match self.text[self.at..].chars().next() {
            None => "the end of the text".into(),
            Some('\0') => "a NUL byte".into(),
            Some('\u{feff}') => "a byte order mark".into(),
            Some(letter) if letter.is_control() => format!("the control character U+{:04X}", u32::from(letter)),
            Some(letter) => format!("`{letter}`"),
        }
    }
}

fn shortened(number: &str) -> String {
    const SHOWN: usize = 30;
    if number.len() <= SHOWN { format!("`{number}`") } else { format!("`{}…`", &number[..SHOWN]) }
}
