//! Unions: what may stand in one, and by which field the records of one are told apart.

use std::collections::HashSet;
use std::sync::Arc;

use crate::value::types::{Kind, Type};

/// Why types make no union. Indexes count the members as they were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnionError {
    /// A member that is neither a string literal nor a record (nor a union of such, nor `null`).
    NotAMember(usize),
    /// Literals and records in one union; the first of the second sort.
    Mixed(usize),
    /// A literal that is there already.
    Repeated(usize),
    /// Records that no literal field tells apart.
    NotToldApart,
}

impl Type {
    /// The union of types: two or more string literals, or records told apart by one literal field. Unions inside are taken
    /// apart; `null` or `T?` among them makes the whole optional. One member is itself.
    ///
    /// # Errors
    /// What no `match` could tell apart.
    pub fn union(members: Vec<Type>) -> Result<Type, UnionError> {
        let mut flat: Vec<(usize, Type)> = Vec::new();
        let mut optional = false;
        for (index, member) in members.into_iter().enumerate() {
            optional |= member.is_optional();
            let member = member.without_null();
            match &member.kind {
                Kind::Unknown => return Ok(member),
                Kind::Never => {}
                Kind::Union(inner) => flat.extend(inner.iter().map(|part| (index, part.clone()))),
                Kind::Literal(_) | Kind::Record(_) => flat.push((index, member)),
                _ => return Err(UnionError::NotAMember(index)),
            }
        }
        check(&flat)?;
        let union = Type::of_members(flat.into_iter().map(|(_, member)| member).collect());
        Ok(if optional { union.optional() } else { union })
    }

    /// The union of members that are known to be told apart; one is itself, none has no values.
    pub(crate) fn of_members(mut members: Vec<Type>) -> Type {
        match members.len() {
            0 => Type::never(),
            1 => members.remove(0),
            _ => Type::of(Kind::Union(Arc::new(members))),
        }
    }

    /// The field by which the records of this union are told apart.
    pub fn discriminant(&self) -> Option<Arc<str>> {
        match &self.kind {
            Kind::Union(members) => discriminant(members),
            _ => None,
        }
    }
}

fn check(members: &[(usize, Type)]) -> Result<(), UnionError> {
    let Some((_, first)) = members.first() else { return Ok(()) };
    let literal = matches!(first.kind, Kind::Literal(_));
    if let Some((index, _)) = members.iter().find(|(_, member)| matches!(member.kind, Kind::Literal(_)) != literal) {
        return Err(UnionError::Mixed(*index));
    }
    if literal {
        let mut seen = HashSet::new();
        let repeated = members.iter().find(|(_, member)| !seen.insert(member.as_literal()));
        return repeated.map_or(Ok(()), |(index, _)| Err(UnionError::Repeated(*index)));
    }
    let records: Vec<Type> = members.iter().map(|(_, member)| member.clone()).collect();
    let told_apart = records.len() < 2 || discriminant(&records).is_some();
    if told_apart { Ok(()) } else { Err(UnionError::NotToldApart) }
}

/// The first field that every record has, always, with literals that no other record has there.
pub(crate) fn discriminant(records: &[Type]) -> Option<Arc<str>> {
    let Kind::Record(fields) = &records.first()?.kind else { return None };
    fields.keys().find(|name| tells_apart(records, name)).cloned()
}

/// The member of a union of records that a record of which `text` reads the fields is meant to be.
pub(crate) fn meant(members: &[Type], text: impl Fn(&str) -> Option<String>) -> Option<&Type> {
    let tag = discriminant(members)?;
    let literal = text(&tag)?;
    let has = |member: &&Type| {
        let literals = member.field(&tag).and_then(|ty| ty.as_literals());
        literals.is_some_and(|literals| literals.iter().any(|own| **own == *literal))
    };
    members.iter().find(has)
}

fn tells_apart(records: &[Type], name: &str) -> bool {
    let mut seen = HashSet::new();
    records.iter().all(|record| {
        let Kind::Record(fields) = &record.kind else { return false };
        let Some(field) = fields.get(name).filter(|field| !field.optional) else { return false };
        field.ty.as_literals().is_some_and(|literals| literals.into_iter().all(|literal| seen.insert(literal)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::types::Field;

    fn tagged(kind: &str, extra: &str) -> Type {
        Type::record([("kind", Field::required(Type::literal(kind))), (extra, Field::required(Type::int()))])
    }

    #[test]
    fn members_are_literals_or_records_told_apart() {
        let union = Type::union(vec![tagged("ok", "value"), tagged("err", "code")]).expect("told apart by kind");
        assert_eq!(union.discriminant().as_deref(), Some("kind"));
        assert_eq!(Type::union(vec![tagged("ok", "a"), tagged("ok", "b")]), Err(UnionError::NotToldApart));
        assert_eq!(Type::union(vec![Type::literal("a"), Type::string()]), Err(UnionError::NotAMember(1)));
        assert_eq!(Type::union(vec![Type::literal("a"), tagged("ok", "b")]), Err(UnionError::Mixed(1)));
        assert_eq!(Type::union(vec![Type::literal("a"), Type::literal("a")]), Err(UnionError::Repeated(1)));
    }

    #[test]
    fn null_among_the_members_makes_the_whole_optional() {
        let union = Type::union(vec![Type::literal("a"), Type::null(), Type::literal("b")]).expect("literals");
        assert_eq!(union.to_string(), r#"("a" | "b")?"#);
    }
}
