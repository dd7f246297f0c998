//! The canonical form in pieces: the outermost structs and lists are never in memory as one text.
//!
//! Keys must be in order, and structs name theirs in any order. So a struct is looked at once for its keys, then asked for
//! one after the other; values that are not asked for cost nothing.

use serde::ser::{self, Impossible, Serialize};

use super::{Refused, Writer, left_out};

/// Levels of structs and lists that are taken apart: a plan, its workflows, one of them, its stages.
const LEVELS: usize = 4;

/// Gives the canonical form of a value to `sink`, piece by piece.
pub fn pour<T: Serialize + ?Sized>(value: &T, sink: &mut dyn FnMut(&[u8])) -> Result<(), Refused> {
    Pour { sink, piece: Vec::new() }.value(value, LEVELS)
}

struct Pour<'a> {
    sink: &'a mut dyn FnMut(&[u8]),
    /// What is written at the moment.
    piece: Vec<u8>,
}

impl Pour<'_> {
    fn value<T: Serialize + ?Sized>(&mut self, value: &T, levels: usize) -> Result<(), Refused> {
        match shape(value, levels) {
            Shape::Struct(mut keys) => {
                keys.sort_unstable();
                (self.sink)(b"{");
                for (index, key) in keys.into_iter().enumerate() {
                    self.text(&format!("{}\"{key}\":", if index == 0 { "" } else { "," }));
                    value.serialize(Look::Field(key, self, levels - 1))?;
                }
                (self.sink)(b"}");
            }
            Shape::List => {
                (self.sink)(b"[");
                value.serialize(Look::Items(self, levels - 1))?;
                (self.sink)(b"]");
            }
            Shape::Other => {
                self.piece.clear();
                value.serialize(Writer { out: &mut self.piece })?;
                (self.sink)(&self.piece);
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        (self.sink)(text.as_bytes());
    }
}

fn shape<T: Serialize + ?Sized>(value: &T, levels: usize) -> Shape {
    let mut shape = Shape::Other;
    match levels > 0 && value.serialize(Look::Shape(&mut shape)).is_ok() {
        true => shape,
        false => Shape::Other,
    }
}

/// What a value is on the outside.
enum Shape {
    /// A struct with these fields, without those that are left out of the form.
    Struct(Vec<&'static str>),
    /// A list of any length.
    List,
    /// Anything that is written whole.
    Other,
}

/// What is wanted of a value.
enum Look<'a, 'b> {
    Shape(&'a mut Shape),
    /// The value of one field.
    Field(&'static str, &'a mut Pour<'b>, usize),
    /// All items, with commas between them.
    Items(&'a mut Pour<'b>, usize),
}

/// Whatever is neither a struct nor a list is not looked into.
fn whole<T>() -> Result<T, Refused> {
    Err(Refused("neither a struct nor a list".into()))
}

macro_rules! wholes {
    ($($method:ident($($ty:ty),*) -> $gives:ty;)*) => {
        $(fn $method(self, $(_: $ty),*) -> Result<$gives, Refused> {
            whole()
        })*
    };
}

type Never = Impossible<(), Refused>;

impl<'a, 'b> ser::Serializer for Look<'a, 'b> {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Items<'a, 'b>;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Fields<'a, 'b>;
    type SerializeStructVariant = Never;

    wholes! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_tuple(usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_map(Option<usize>) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _value: &T) -> Result<(), Refused> {
        whole()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, _value: &T) -> Result<(), Refused> {
        whole()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), Refused> {
        whole()
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<Items<'a, 'b>, Refused> {
        match self {
            Self::Shape(shape) => *shape = Shape::List,
            Self::Items(pour, levels) => return Ok(Items { pour: Some((pour, levels)), first: true }),
            Self::Field(..) => {}
        }
        Ok(Items { pour: None, first: true })
    }

    fn serialize_struct(self, name: &'static str, _len: usize) -> Result<Fields<'a, 'b>, Refused> {
        if let Self::Shape(shape) = self {
            *shape = Shape::Struct(Vec::new());
            return Ok(Fields { of: name, look: Self::Shape(shape) });
        }
        Ok(Fields { of: name, look: self })
    }
}

struct Items<'a, 'b> {
    /// Where the items go, if they are wanted.
    pour: Option<(&'a mut Pour<'b>, usize)>,
    first: bool,
}

impl ser::SerializeSeq for Items<'_, '_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        let Some((pour, levels)) = &mut self.pour else { return Ok(()) };
        if !std::mem::take(&mut self.first) {
            pour.text(",");
        }
        pour.value(value, *levels)
    }

    fn end(self) -> Result<(), Refused> {
        Ok(())
    }
}

struct Fields<'a, 'b> {
    /// The name of the struct.
    of: &'static str,
    look: Look<'a, 'b>,
}

impl ser::SerializeStruct for Fields<'_, '_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Refused> {
        match &mut self.look {
            Look::Shape(Shape::Struct(keys)) if !left_out(self.of, key) => keys.push(key),
            Look::Field(wanted, pour, levels) if *wanted == key => return pour.value(value, *levels),
            _ => {}
        }
        Ok(())
    }

    fn end(self) -> Result<(), Refused> {
        Ok(())
    }
}
