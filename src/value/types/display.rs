//! Types as they are written in a program: `untrusted { ok: bool, steps?: list<string> }?`.

use std::fmt::{self, Display, Formatter, Write};
use std::sync::Arc;

use indexmap::IndexMap;

use crate::value::types::{Field, Kind, Labels, Type};

/// As it is written in a program. An alias wins over its shape; a label that all leaves share stands in front of the whole.
impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.write(f, Place::Free)
    }
}

/// Where a type is written: what would bind differently there needs parentheses.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Between brackets, after `:` or alone.
    Free,
    /// Before `?`: unions and labels reach over it.
    BeforeMark,
    /// Between two `|`.
    Member,
}

impl Type {
    fn write(&self, f: &mut Formatter<'_>, place: Place) -> fmt::Result {
        let labels = self.shown_labels();
        let bare = if labels.is_clean() { None } else { Some(self.bare_of(labels)) };
        let wrapped = place != Place::Free && (bare.is_some() || self.is_loose(place));
        if wrapped {
            f.write_char('(')?;
        }
        write_labels(f, labels)?;
        bare.as_ref().unwrap_or(self).write_bare(f)?;
        if wrapped { f.write_char(')') } else { Ok(()) }
    }

    /// The labels of the whole, and `untrusted` if every leaf that can carry it does.
    fn shown_labels(&self) -> Labels {
        let mut leaves = 0;
        let clean = self.any_part(&mut |part| {
            leaves += usize::from(part.is_leaf());
            part.is_leaf() && !part.labels.untrusted
        });
        Labels { untrusted: self.labels.untrusted || (leaves > 0 && !clean), ..self.labels }
    }

    fn bare_of(&self, shown: Labels) -> Type {
        let mut bare = if shown.untrusted { self.believed() } else { self.clone() };
        bare.labels = Labels::NONE;
        bare
    }

    fn believed(&self) -> Type {
        let mut bare = self.map_parts(&mut Type::believed);
        bare.labels.untrusted = false;
        bare
    }

    /// Whether a union shows at this place.
    fn is_loose(&self, place: Place) -> bool {
        self.name.is_none()
            && (matches!(self.kind, Kind::Union(_))
                || (place == Place::Member && matches!(self.kind, Kind::Optional(_))))
    }

    fn write_bare(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            return f.write_str(name);
        }
        match &self.kind {
            Kind::Literal(text) => write_literal(f, text),
            Kind::List(element) => write_generic(f, "list", element),
            Kind::Map(element) => write_generic(f, "map", element),
            Kind::Record(fields) => write_record(f, fields),
            Kind::Union(members) => write_union(f, members),
            Kind::Optional(inner) => {
                inner.write(f, Place::BeforeMark)?;
                f.write_char('?')
            }
            plain => f.write_str(plain.word()),
        }
    }
}

impl Kind {
    /// The word of a type that is one.
    fn word(&self) -> &'static str {
        match self {
            Kind::Unknown => "unknown",
            Kind::Never => "never",
            Kind::Null => "null",
            Kind::Bool => "bool",
            Kind::Int => "int",
            Kind::Float => "float",
            Kind::String | Kind::Literal(_) => "string",
            Kind::Duration => "duration",
            Kind::Money => "money",
            Kind::Tokens => "tokens",
            Kind::Size => "size",
            Kind::File => "file",
            Kind::Json => "json",
            Kind::List(_) => "list",
            Kind::Map(_) => "map",
            Kind::Record(_) | Kind::Optional(_) | Kind::Union(_) => "record",
        }
    }
}

fn write_labels(f: &mut Formatter<'_>, labels: Labels) -> fmt::Result {
    let words = [
        ("secret ", labels.secret),
        ("untrusted ", labels.untrusted),
        ("trusted ", labels.trusted),
        ("approved ", labels.approved),
    ];
    words.iter().filter(|(_, on)| *on).try_for_each(|(word, _)| f.write_str(word))
}

fn write_generic(f: &mut Formatter<'_>, word: &str, element: &Type) -> fmt::Result {
    f.write_str(word)?;
    if matches!(element.kind, Kind::Never) {
        // What `[]` holds: there is no spelling for it in a program.
        return Ok(());
    }
    f.write_char('<')?;
    element.write(f, Place::Free)?;
    f.write_char('>')
}

fn write_record(f: &mut Formatter<'_>, fields: &IndexMap<Arc<str>, Field>) -> fmt::Result {
    if fields.is_empty() {
        return f.write_str("{}");
    }
    for (index, (name, field)) in fields.iter().enumerate() {
        f.write_str(if index == 0 { "{ " } else { ", " })?;
        write_name(f, name)?;
        f.write_str(if field.optional { "?: " } else { ": " })?;
        field.ty.write(f, Place::Free)?;
    }
    f.write_str(" }")
}

fn write_union(f: &mut Formatter<'_>, members: &[Type]) -> fmt::Result {
    for (index, member) in members.iter().enumerate() {
        if index > 0 {
            f.write_str(" | ")?;
        }
        member.write(f, Place::Member)?;
    }
    Ok(())
}

/// A field's name: quoted where it is no word.
pub(crate) fn write_name(f: &mut dyn Write, name: &str) -> fmt::Result {
    let mut letters = name.chars();
    let word = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if word { f.write_str(name) } else { write_literal(f, name) }
}

/// A string literal, with the escapes of the language.
pub(crate) fn write_literal(f: &mut dyn Write, text: &str) -> fmt::Result {
    f.write_char('"')?;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            '\r' => f.write_str("\\r")?,
            '$' if letters.peek() == Some(&'{') => f.write_str("\\$")?,
            _ if letter.is_control() => write!(f, "\\u{{{:x}}}", u32::from(letter))?,
            _ => f.write_char(letter)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn low_high() -> Type {
        Type::union(vec![Type::literal("low"), Type::literal("high")]).expect("two literals")
    }

    #[test]
    fn types_read_as_they_are_written() {
        let record = Type::record([
            ("ok", Field::required(Type::bool())),
            ("steps", Field::optional(Type::list(Type::string()))),
            ("Content-Type", Field::required(low_high().optional())),
        ]);
        assert_eq!(record.to_string(), r#"{ ok: bool, steps?: list<string>, "Content-Type": ("low" | "high")? }"#);
        assert_eq!(Type::record::<&str>([]).to_string(), "{}");
        assert_eq!(Type::map(low_high()).to_string(), r#"map<"low" | "high">"#);
        assert_eq!(Type::list(Type::never()).to_string(), "list");
        assert_eq!(Type::list(Type::int().optional()).optional().to_string(), "list<int?>?");
        assert_eq!(Type::literal("a\"\n${x}").to_string(), r#""a\"\n\${x}""#);
    }

    #[test]
    fn an_alias_wins_and_labels_stand_in_front() {
        let spec = Type::record([("id", Field::required(Type::string()))]).named("Spec");
        assert_eq!(spec.to_string(), "Spec");
        assert_eq!(spec.clone().optional().to_string(), "Spec?");
        assert_eq!(spec.with_labels(Labels::APPROVED).to_string(), "approved Spec");
        assert_eq!(spec.with_labels(Labels::UNTRUSTED).to_string(), "untrusted Spec");
        assert_eq!(Type::string().with_labels(Labels::SECRET).optional().to_string(), "secret string?");
        assert_eq!(Type::string().with_labels(Labels::UNTRUSTED).optional().to_string(), "untrusted string?");
        assert_eq!(Type::list(Type::string().with_labels(Labels::SECRET)).to_string(), "list<secret string>");
        assert_eq!(low_high().named("Risk").optional().to_string(), "Risk?");
    }

    #[test]
    fn labels_of_single_leaves_stay_where_they_are() {
        let mixed = Type::record([
            ("title", Field::required(Type::string().with_labels(Labels::UNTRUSTED))),
            ("id", Field::required(Type::int())),
        ]);
        assert_eq!(mixed.to_string(), "{ title: untrusted string, id: int }");
    }
}
