//! How large a value may be, and how much one evaluation may do: what keeps a short program from filling the memory.

use crate::value::eval::Made;
use crate::value::json::DEPTH_MAX;
use crate::value::list::List;
use crate::value::{Fields, Value};

/// Text in one value, all strings and keys together, in bytes.
pub const TEXT_BYTES_MAX: usize = 64 << 20;
/// Elements of one list.
pub const LIST_ELEMENTS_MAX: usize = 1_000_000;
/// Elements and fields of one value, on all levels together.
pub const VALUE_PARTS_MAX: usize = 4_000_000;
/// How deep expressions may nest. The parser stops far below; this guards the stack against trees from elsewhere.
pub const NESTING_MAX: usize = 1_000;

/// Steps of one evaluation: a node, an element that is looked at, 64 bytes of text.
const STEPS_MAX: u64 = 200_000_000;
/// Text that one evaluation may make, with what it drops again.
const TEXT_MADE_MAX: usize = 4 * TEXT_BYTES_MAX;
/// Elements and fields that one evaluation may make, with what it drops again.
const PARTS_MADE_MAX: usize = 10_000_000;

/// What one evaluation has left.
#[derive(Debug)]
pub(super) struct Limits {
    steps: u64,
    text: usize,
    parts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: STEPS_MAX, text: TEXT_MADE_MAX, parts: PARTS_MADE_MAX }
    }
}

impl Limits {
    /// Accounts for steps before they are made.
    pub(super) fn work(&mut self, steps: usize) -> Result<(), String> {
        let left = u64::try_from(steps).ok().and_then(|steps| self.steps.checked_sub(steps));
        self.steps = left.ok_or("the calculation takes more than 200,000,000 steps")?;
        Ok(())
    }

    /// Accounts for looking at text.
    pub(super) fn read(&mut self, bytes: usize) -> Result<(), String> {
        self.work(bytes / 64)
    }

    /// Whether a text of this length may be made.
    pub(super) fn fits_text(&self, bytes: usize) -> Result<(), String> {
        if bytes > TEXT_BYTES_MAX { Err("the text is longer than 64 MiB".into()) } else { Ok(()) }
    }

    /// Accounts for a text of this length before it is made.
    pub(super) fn text_of(&mut self, bytes: usize) -> Result<(), String> {
        self.fits_text(bytes)?;
        self.read(bytes)?;
        self.text = self.text.checked_sub(bytes).ok_or("the calculation makes more than 256 MiB of text")?;
        Ok(())
    }

    /// A text that is made.
    pub(super) fn text(&mut self, text: impl AsRef<str>) -> Made {
        self.text_of(text.as_ref().len())?;
        Ok(Value::text(text.as_ref()))
    }

    /// Accounts for elements or fields.
    pub(super) fn parts(&mut self, count: usize) -> Result<(), String> {
        self.work(count)?;
        self.parts = self.parts.checked_sub(count).ok_or("the calculation makes more than 10,000,000 elements")?;
        Ok(())
    }

    /// Accounts for a list of this length before it is made.
    pub(super) fn list_of(&mut self, count: usize) -> Result<(), String> {
        if count > LIST_ELEMENTS_MAX {
            return Err("the list has more than 1,000,000 elements".into());
        }
        self.parts(count)
    }

    /// A list that is made of the elements of another.
    pub(super) fn whole(&mut self, items: List) -> Made {
        self.list_of(items.len())?;
        Ok(Value::List(items))
    }

    /// A list that is made.
    pub(super) fn list(&mut self, items: Vec<Value>) -> Made {
        self.list_of(items.len())?;
        Ok(Value::list(items))
    }

    /// Goes through a whole value, and fails if it is too large: parts that values share count each time, as they are written each time.
    pub(super) fn measure(&mut self, value: &Value) -> Result<(), String> {
        let mut size = Size { text: TEXT_BYTES_MAX, parts: VALUE_PARTS_MAX };
        let measured = size.take(value, DEPTH_MAX);
        self.work(VALUE_PARTS_MAX - size.parts)?;
        self.read(TEXT_BYTES_MAX - size.text)?;
        measured.map_err(str::to_owned)
    }
}

/// What a value may still hold.
struct Size {
    text: usize,
    parts: usize,
}

impl Size {
    fn take(&mut self, value: &Value, depth: usize) -> Result<(), &'static str> {
        match value {
            Value::String(text) => self.take_text(text),
            Value::List(items) => {
                let deeper = self.enter(items.len(), depth)?;
                items.iter().try_for_each(|item| self.take(&item, deeper))
            }
            Value::Record(fields) => self.take_fields(fields, depth),
            _ => Ok(()),
        }
    }

    fn take_fields(&mut self, fields: &Fields, depth: usize) -> Result<(), &'static str> {
        let deeper = self.enter(fields.len(), depth)?;
        fields.iter().try_for_each(|(name, value)| {
            self.take_text(name)?;
            self.take(value, deeper)
        })
    }

    fn take_text(&mut self, text: &str) -> Result<(), &'static str> {
        self.text = self.text.checked_sub(text.len()).ok_or("the value holds more than 64 MiB of text")?;
        Ok(())
    }

    fn enter(&mut self, parts: usize, depth: usize) -> Result<usize, &'static str> {
        self.parts = self.parts.checked_sub(parts).ok_or("the value holds more than 4,000,000 elements")?;
        depth.checked_sub(1).ok_or("the value nests deeper than 100 levels")
    }
}
