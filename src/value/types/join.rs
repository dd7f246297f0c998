//! The least type that several fit: of a list's elements, of arms, of the branches of an `if`, of both sides of `??`.

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use crate::value::types::union::discriminant;
use crate::value::types::{Field, Kind, Type};

/// The least type that both fit, with the labels of either; `None` if there is none.
pub fn join(a: &Type, b: &Type) -> Option<Type> {
    Type::join_all(&[a.clone(), b.clone()])
}

impl Type {
    /// The least type that all fit, with the labels of any of them (`approved` only if all have it). Of none: [`Kind::Never`].
    /// Records with the same fields join field by field; others make a union if a literal field tells them apart.
    pub fn join_all(types: &[Type]) -> Option<Type> {
        if types.iter().any(Type::is_unknown) {
            return Some(Type::unknown());
        }
        let present: Vec<&Type> = types.iter().filter(|ty| !matches!(ty.kind, Kind::Never)).collect();
        let Some(first) = present.first() else { return Some(Type::never()) };
        let labels = present.iter().fold(first.labels, |labels, ty| labels.either(ty.labels));
        let mut joined = match widest(&present) {
            Some(widest) => widest.clone(),
            None => shape(&present)?,
        };
        if present.iter().any(|ty| ty.has_labels()) {
            for ty in &present {
                joined = joined.absorb(ty);
            }
            joined.labels = joined.labels.of_leaf().or(labels.of_whole());
        }
        Some(joined)
    }

    /// Takes over the labels of another type's parts: untrusted leaves, secret and not approved parts.
    fn absorb(&self, other: &Type) -> Type {
        if !other.has_labels() && !self.has_approved() {
            return self.clone();
        }
        let kind = match (&self.kind, &other.kind) {
            (Kind::Optional(a), Kind::Optional(b)) => Kind::Optional(Arc::new(a.absorb(b))),
            (Kind::Optional(a), Kind::Null) => Kind::Optional(a.clone()),
            (Kind::Optional(a), _) => Kind::Optional(Arc::new(a.absorb(other))),
            (Kind::List(a), Kind::List(b)) => Kind::List(Arc::new(a.absorb(b))),
            (Kind::Map(a), Kind::Map(b)) => Kind::Map(Arc::new(a.absorb(b))),
            (Kind::Record(a), Kind::Record(b)) => Kind::Record(Arc::new(absorb_fields(a, b))),
            _ if std::mem::discriminant(&self.kind) == std::mem::discriminant(&other.kind)
                && self.parts().count() == 0 =>
            {
                self.kind.clone()
            }
            // Shapes that differ: what is untrusted or secret in the one may be anywhere in the other.
            _ => {
                let mut spread = self.with_labels(other.carried());
                spread.labels = spread.labels.either(other.labels).or(other.carried().of_whole());
                return spread;
            }
        };
        let mut labels = self.labels.either(other.labels);
        // Of a list, its length and order.
        labels.untrusted &= self.is_leaf() || matches!(self.kind, Kind::List(_));
        Type { kind, labels, name: self.name.clone() }
    }
}

fn absorb_fields(a: &IndexMap<Arc<str>, Field>, b: &IndexMap<Arc<str>, Field>) -> IndexMap<Arc<str>, Field> {
    let absorbed = a.iter().map(|(name, field)| {
        let ty = b.get(name).map_or_else(|| field.ty.clone(), |other| field.ty.absorb(&other.ty));
        (name.clone(), Field { ty, optional: field.optional })
    });
    absorbed.collect()
}

/// The one among them that all fit, so that its alias lives on.
fn widest<'a>(types: &[&'a Type]) -> Option<&'a Type> {
    let (first, rest) = types.split_first()?;
    rest.iter().try_fold(*first, |widest, ty| match (ty.fits(widest), widest.fits(ty)) {
        (true, _) => Some(widest),
        (false, true) => Some(*ty),
        (false, false) => None,
    })
}

/// The shape of the least type that all fit, where none of them is it.
fn shape(types: &[&Type]) -> Option<Type> {
    if types.iter().any(|ty| ty.is_optional()) {
        let present: Vec<Type> = types.iter().map(|ty| ty.without_null()).collect();
        return Type::join_all(&present).map(Type::optional);
    }
    literals(types).or_else(|| numbers_or_text(types)).or_else(|| elements(types)).or_else(|| records(types))
}

fn literals(types: &[&Type]) -> Option<Type> {
    let mut all = IndexSet::new();
    for ty in types {
        all.extend(ty.as_literals()?);
    }
    Some(Type::of_members(all.into_iter().map(Type::literal).collect()))
}

fn numbers_or_text(types: &[&Type]) -> Option<Type> {
    [Type::float(), Type::string()].into_iter().find(|wide| types.iter().all(|ty| ty.fits(wide)))
}

fn elements(types: &[&Type]) -> Option<Type> {
    let all = |inner: fn(&Type) -> Option<&Type>| {
        let parts = types.iter().map(|ty| inner(ty).cloned()).collect::<Option<Vec<_>>>()?;
        Type::join_all(&parts)
    };
    let mapped = |ty: &Type| match &ty.kind {
        Kind::Map(_) => ty.parts().next().cloned(),
        _ => None,
    };
    all(Type::element).map(Type::list).or_else(|| {
        let parts = types.iter().map(|ty| mapped(ty)).collect::<Option<Vec<_>>>()?;
        Type::join_all(&parts).map(Type::map)
    })
}

fn records(types: &[&Type]) -> Option<Type> {
    let mut members: Vec<&Type> = Vec::new();
    for ty in types {
        match &ty.kind {
            Kind::Record(_) => members.push(ty),
            Kind::Union(inner) if inner.iter().all(|member| matches!(member.kind, Kind::Record(_))) => {
                members.extend(inner.iter())
            }
            _ => return None,
        }
    }
    same_fields(&members).or_else(|| told_apart(&members))
}

/// Field by field, if all have the same ones (those that may be left out apart).
fn same_fields(records: &[&Type]) -> Option<Type> {
    let mut columns: IndexMap<Arc<str>, (Vec<Type>, usize)> = IndexMap::new();
    let mut required: IndexSet<Arc<str>> = IndexSet::new();
    for record in records {
        let Kind::Record(fields) = &record.kind else { return None };
        for (name, field) in fields.iter() {
            let (column, always) = columns.entry(name.clone()).or_default();
            column.push(field.ty.clone());
            *always += usize::from(!field.optional);
            if !field.may_be_absent() {
                required.insert(name.clone());
            }
        }
    }
    let mut fields = Vec::new();
    for (name, (column, always)) in columns {
        if required.contains(&name) && column.len() < records.len() {
            return None;
        }
        fields.push((name, Field { ty: Type::join_all(&column)?, optional: always < records.len() }));
    }
    Some(Type::record(fields))
}

/// A union, if a literal field tells them apart; records with the same literals there join first.
fn told_apart(records: &[&Type]) -> Option<Type> {
    let mut members: Vec<Type> = Vec::new();
    for record in records {
        match members.iter().position(|member| record.fits(member) || member.fits(record)) {
            Some(at) if members[at].fits(record) => members[at] = (*record).clone(),
            Some(_) => {}
            None => members.push((*record).clone()),
        }
    }
    discriminant(&members)?;
    Some(Type::of_members(members))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::types::Labels;

    fn joined(a: &Type, b: &Type) -> String {
        join(a, b).map_or("none".into(), |ty| ty.to_string())
    }

    #[test]
    fn the_least_type_of_two() {
        let (a, b) = (Type::literal("a"), Type::literal("b"));
        assert_eq!(joined(&a, &b), r#""a" | "b""#);
        assert_eq!(joined(&a, &Type::string()), "string");
        assert_eq!(joined(&Type::int(), &Type::float()), "float");
        assert_eq!(joined(&Type::null(), &Type::int()), "int?");
        assert_eq!(joined(&Type::int().optional(), &Type::float()), "float?");
        assert_eq!(joined(&Type::list(Type::never()), &Type::list(Type::int())), "list<int>");
        assert_eq!(joined(&Type::list(a.clone()), &Type::list(b.clone())), r#"list<"a" | "b">"#);
        assert_eq!(joined(&Type::map(Type::int()), &Type::map(Type::null())), "map<int?>");
        assert_eq!(joined(&Type::int(), &Type::string()), "none");
        assert_eq!(joined(&Type::int(), &Type::duration()), "none");
        assert_eq!(joined(&Type::string().named("Name"), &a), "Name");
        assert_eq!(joined(&Type::unknown(), &a), "unknown");
    }

    #[test]
    fn records_join_field_by_field_or_make_a_union() {
        let record = |tag: &str, extra: Option<(&str, Type)>| {
            let tag = ("kind", Field::required(Type::literal(tag)));
            Type::record([tag].into_iter().chain(extra.map(|(name, ty)| (name, Field::required(ty)))))
        };
        let (a, b) = (record("a", Some(("n", Type::int()))), record("b", Some(("n", Type::float()))));
        assert_eq!(joined(&a, &b), r#"{ kind: "a" | "b", n: float }"#);
        let c = record("c", None);
        assert_eq!(joined(&a, &c), r#"{ kind: "a", n: int } | { kind: "c" }"#);
        assert_eq!(joined(&a, &record("a", None)), "none");
        let may = Type::record([("kind", Field::required(Type::string())), ("x", Field::optional(Type::int()))]);
        assert_eq!(joined(&c, &may), "{ kind: string, x?: int }");
    }

    #[test]
    fn labels_join_too() {
        let dirty = Type::string().with_labels(Labels::UNTRUSTED);
        assert_eq!(joined(&Type::literal("a"), &dirty), "untrusted string");
        assert_eq!(joined(&dirty, &Type::literal("a")), "untrusted string");
        let approved = Type::string().with_labels(Labels::APPROVED);
        assert_eq!(joined(&approved, &approved), "approved string");
        assert_eq!(joined(&approved, &Type::string()), "string");
        assert_eq!(joined(&Type::list(approved.clone()), &Type::list(Type::string())), "list<string>");
        let secret = Type::string().with_labels(Labels::SECRET);
        assert_eq!(joined(&Type::list(Type::string()), &Type::list(secret)), "list<secret string>");
        let floats = Type::list(Type::float());
        assert_eq!(joined(&floats, &Type::list(Type::int().with_labels(Labels::UNTRUSTED))), "untrusted list<float>");
    }
}
