//! The canonical form of plan data, which hashes are taken over: JSON without white space, keys of every object sorted,
//! fields that say nothing about what is carried out left out.

mod pour;

use serde::ser::{self, Serialize};

/// Fields of structs (never keys of a user's record) that do not belong to what a plan means: places and documentation
/// everywhere, and of the plan itself its sources, the hash, and the files whose hashes its values hold.
fn left_out(of: &str, field: &str) -> bool {
    matches!(field, "span" | "doc") || (of == "Plan" && matches!(field, "sources" | "files" | "hash"))
}

/// BLAKE3 of the canonical form, hexadecimal.
pub fn hash<T: Serialize + ?Sized>(value: &T) -> String {
    let mut hasher = blake3::Hasher::new();
    pour::pour(value, &mut |piece| _ = hasher.update(piece)).expect("plan data always serialises");
    hasher.finalize().to_hex().to_string()
}

/// The canonical form.
pub fn bytes<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    value.serialize(Writer { out: &mut out }).expect("plan data always serialises");
    out
}

/// Why something cannot be written. Plan data has no such thing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(String);

impl ser::Error for Refused {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn raw(self, text: &str) -> Result<(), Refused> {
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Scalars as JSON has them.
macro_rules! scalars {
    ($($method:ident($ty:ty))*) => {
        $(fn $method(self, value: $ty) -> Result<(), Refused> {
            serde_json::to_writer(self.out, &value).map_err(ser::Error::custom)
        })*
    };
}

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = List<'a>;
    type SerializeTuple = List<'a>;
    type SerializeTupleStruct = List<'a>;
    type SerializeTupleVariant = List<'a>;
    type SerializeMap = Object<'a>;
    type SerializeStruct = Object<'a>;
    type SerializeStructVariant = Object<'a>;

    scalars! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_u8(u8)
        serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_f32(f32) serialize_f64(f64)
        serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
    }

    fn serialize_none(self) -> Result<(), Refused> {
        self.raw("null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refused> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Refused> {
        self.raw("null")
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Refused> {
        self.raw("null")
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<(), Refused> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<(), Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Refused> {
        open_variant(self.out, variant);
        value.serialize(Writer { out: self.out })?;
        self.raw("}")
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<List<'a>, Refused> {
        Ok(List::new(self.out, "]"))
    }

    fn serialize_tuple(self, _len: usize) -> Result<List<'a>, Refused> {
        Ok(List::new(self.out, "]"))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<List<'a>, Refused> {
        Ok(List::new(self.out, "]"))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<List<'a>, Refused> {
        open_variant(self.out, variant);
        Ok(List::new(self.out, "]}"))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Object<'a>, Refused> {
        Ok(Object::new(self.out, "", "}"))
    }

    fn serialize_struct(self, name: &'static str, _len: usize) -> Result<Object<'a>, Refused> {
        Ok(Object::new(self.out, name, "}"))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Object<'a>, Refused> {
        open_variant(self.out, variant);
        Ok(Object::new(self.out, "", "}}"))
    }
}

fn open_variant(out: &mut Vec<u8>, variant: &str) {
    out.extend_from_slice(b"{\"");
    out.extend_from_slice(variant.as_bytes());
    out.extend_from_slice(b"\":");
}

struct List<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
    close: &'static str,
}

impl<'a> List<'a> {
    fn new(out: &'a mut Vec<u8>, close: &'static str) -> Self {
        out.push(b'[');
        Self { out, first: true, close }
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
        value.serialize(Writer { out: self.out })
    }

    fn finish(self) -> Result<(), Refused> {
        self.out.extend_from_slice(self.close.as_bytes());
        Ok(())
    }
}

/// The four list-like parts of serde's interface behave alike here.
macro_rules! list_like {
    ($($name:ident::$method:ident)*) => {
        $(impl ser::$name for List<'_> {
            type Ok = ();
            type Error = Refused;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                self.item(value)
            }

            fn end(self) -> Result<(), Refused> {
                self.finish()
            }
        })*
    };
}

list_like! {
    SerializeSeq::serialize_element SerializeTuple::serialize_element SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

/// An object: its entries are written one after the other and put in order at the end.
struct Object<'a> {
    out: &'a mut Vec<u8>,
    /// Where the entries start in `out`.
    start: usize,
    /// Key as text, and the range of the entry in `out`, from `start`.
    entries: Vec<(String, std::ops::Range<usize>)>,
    /// Name of the struct; empty for a map.
    of: &'static str,
    close: &'static str,
}

impl<'a> Object<'a> {
    fn new(out: &'a mut Vec<u8>, of: &'static str, close: &'static str) -> Self {
        out.push(b'{');
        let start = out.len();
        Self { out, start, entries: Vec::new(), of, close }
    }

    fn key(&mut self, key: &str) -> Result<(), Refused> {
        let at = self.out.len() - self.start;
        serde_json::to_writer(&mut *self.out, key).map_err(ser::Error::custom)?;
        self.out.push(b':');
        self.entries.push((key.to_owned(), at..at));
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        value.serialize(Writer { out: self.out })?;
        if let Some((_, range)) = self.entries.last_mut() {
            range.end = self.out.len() - self.start;
        }
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Refused> {
        if left_out(self.of, key) {
            return Ok(());
        }
        self.key(key)?;
        self.value(value)
    }

    fn finish(mut self) -> Result<(), Refused> {
        let written = self.out.split_off(self.start);
        self.entries.sort_by(|a, b| a.0.cmp(&b.0));
        for (index, (_, range)) in self.entries.into_iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(&written[range]);
        }
        self.out.extend_from_slice(self.close.as_bytes());
        Ok(())
    }
}

impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refused> {
        let mut text = Vec::new();
        key.serialize(Writer { out: &mut text })?;
        let key: String = serde_json::from_slice(&text).map_err(ser::Error::custom)?;
        self.key(&key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
        self.value(value)
    }

    fn end(self) -> Result<(), Refused> {
        self.finish()
    }
}

macro_rules! struct_like {
    ($($name:ident)*) => {
        $(impl ser::$name for Object<'_> {
            type Ok = ();
            type Error = Refused;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Refused> {
                self.field(key, value)
            }

            fn end(self) -> Result<(), Refused> {
                self.finish()
            }
        })*
    };
}

struct_like! { SerializeStruct SerializeStructVariant }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::span::{FileId, Span};
    use crate::value::Value;
    use crate::value::expr::{Expr, ExprKind};
    use crate::value::types::{Field, Kind, Type};
    use std::sync::Arc;

    fn text<T: Serialize>(value: &T) -> String {
        String::from_utf8(bytes(value)).expect("canonical JSON is text")
    }

    #[test]
    fn keys_are_sorted_and_places_left_out() {
        let span = Span::new(FileId(0), 3, 7);
        let value = Value::record([("b", Value::Int(1)), ("a", Value::text("x\n"))]);
        let expr = Expr { kind: ExprKind::Literal(value), span };
        assert_eq!(text(&expr), r#"{"kind":{"literal":{"a":"x\n","b":1}}}"#);
    }

    #[test]
    fn a_users_field_called_doc_counts() {
        let field = Field { ty: Type::of(Kind::String), optional: false };
        let record = Kind::Record(Arc::new([(Arc::from("doc"), field)].into_iter().collect()));
        assert_eq!(text(&Type::of(record)), r#"{"kind":{"record":{"doc":{"type":{"kind":"string"}}}}}"#);
    }

    #[test]
    fn a_hash_is_that_of_the_whole_form() {
        let plan = crate::plan::sample::rich();
        assert_eq!(hash(&plan), blake3::hash(&bytes(&plan)).to_hex().as_str());
        assert_eq!(hash("text"), blake3::hash(b"\"text\"").to_hex().as_str());
        assert_eq!(hash(&[0; 0]), blake3::hash(b"[]").to_hex().as_str());
        assert_eq!(hash(&vec![(1, Some("a")), (2, None)]), blake3::hash(b"[[1,\"a\"],[2,null]]").to_hex().as_str());
    }
}
