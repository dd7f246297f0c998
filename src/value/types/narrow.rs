//! What is left of a type once a literal is known to be, or not to be, in a place.

use std::sync::Arc;

use crate::value::types::{Field, Kind, Type};

impl Type {
    /// What is left of `x` where `x.field == literal` holds (`keep`) or does not: members of a union go, a field that is a union
    /// of literals shrinks. [`Kind::Never`] if nothing is left. A `T?` loses its `null` where the literal is there.
    #[must_use]
    pub fn narrow_by_literal(&self, field: &str, literal: &str, keep: bool) -> Type {
        let narrowed = match &self.kind {
            Kind::Optional(inner) => {
                let left = inner.narrow_by_literal(field, literal, keep);
                if keep { left } else { left.optional() }
            }
            Kind::Null if keep => Type::never(),
            Kind::Union(members) => {
                let left = members.iter().map(|member| member.narrow_by_literal(field, literal, keep));
                Type::of_members(left.filter(|member| !matches!(member.kind, Kind::Never)).collect())
            }
            Kind::Record(fields) => match fields.get(field) {
                Some(one) => {
                    let read = one.read();
                    let left = read.narrow_literal(literal, keep);
                    if left == read {
                        return self.clone();
                    }
                    if matches!(left.kind, Kind::Never) {
                        return Type::never();
                    }
                    let mut fields = (**fields).clone();
                    fields.insert(Arc::from(field), Field::required(left));
                    Type::of(Kind::Record(Arc::new(fields)))
                }
                None => return self.clone(),
            },
            _ => return self.clone(),
        };
        self.narrowed_to(narrowed)
    }

    /// What is left of `x` where `x == literal` holds (`keep`) or does not. A plain `string` stays what it is.
    #[must_use]
    pub fn narrow_literal(&self, literal: &str, keep: bool) -> Type {
        let stays = |text: &str| (text == literal) == keep;
        let narrowed = match &self.kind {
            Kind::Literal(text) if stays(text) => return self.clone(),
            Kind::Literal(_) => Type::never(),
            Kind::Union(members) => {
                let left = members.iter().filter(|member| member.as_literal().is_none_or(|text| stays(&text)));
                Type::of_members(left.cloned().collect())
            }
            Kind::Optional(inner) => {
                let left = inner.narrow_literal(literal, keep);
                if keep { left } else { left.optional() }
            }
            Kind::Null if keep => Type::never(),
            _ => return self.clone(),
        };
        self.narrowed_to(narrowed)
    }

    /// Keeps the labels; the alias only if nothing has changed.
    fn narrowed_to(&self, mut narrowed: Type) -> Type {
        if narrowed.kind == self.kind {
            return self.clone();
        }
        narrowed.labels = narrowed.labels.or(self.labels);
        narrowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Type {
        let ok =
            Type::record([("kind", Field::required(Type::literal("ok"))), ("value", Field::required(Type::int()))]);
        let err = Type::record([("kind", Field::required(Type::literal("err")))]);
        Type::union(vec![ok, err]).expect("told apart").named("Outcome")
    }

    #[test]
    fn a_discriminant_picks_the_members() {
        let ok = outcome().narrow_by_literal("kind", "ok", true);
        assert_eq!(ok.to_string(), r#"{ kind: "ok", value: int }"#);
        assert_eq!(outcome().narrow_by_literal("kind", "ok", false).to_string(), r#"{ kind: "err" }"#);
        assert_eq!(outcome().narrow_by_literal("kind", "other", true).kind, Kind::Never);
        assert_eq!(outcome().narrow_by_literal("kind", "other", false).to_string(), "Outcome");
    }

    #[test]
    fn null_goes_where_the_literal_is_there() {
        let maybe = outcome().optional();
        assert!(!maybe.narrow_by_literal("kind", "ok", true).is_optional());
        assert!(maybe.narrow_by_literal("kind", "ok", false).is_optional());
    }

    #[test]
    fn literals_and_fields_of_literals_shrink() {
        let risk =
            Type::union(vec![Type::literal("low"), Type::literal("mid"), Type::literal("high")]).expect("literals");
        assert_eq!(risk.narrow_literal("low", false).to_string(), r#""mid" | "high""#);
        assert_eq!(risk.narrow_literal("low", true).to_string(), r#""low""#);
        assert_eq!(Type::string().narrow_literal("low", true), Type::string());
        let spec = Type::record([("risk", Field::required(risk))]);
        assert_eq!(spec.narrow_by_literal("risk", "low", true).to_string(), r#"{ risk: "low" }"#);
    }
}
