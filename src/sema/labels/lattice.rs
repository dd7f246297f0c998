//! Labels of types side by side: laid over another shape, joined, compared, written as a key.

use std::sync::Arc;

use crate::value::types::{Field, Kind, Labels, Type};

/// A shape with the labels that a value of (perhaps) another shape brings along. Labels that the shape has itself stay.
pub fn laid_over(shape: &Type, found: &Type) -> Type {
    if !found.has_labels() {
        return shape.clone();
    }
    if matches!(shape.kind, Kind::Optional(_)) {
        return laid_over(&shape.without_null(), &found.without_null()).optional();
    }
    let found = found.without_null();
    let kind = match (&shape.kind, &found.kind) {
        (Kind::List(a), Kind::List(b)) => Kind::List(Arc::new(laid_over(a, b))),
        (Kind::Map(a), Kind::Map(b)) => Kind::Map(Arc::new(laid_over(a, b))),
        (Kind::Map(a), Kind::Record(fields)) => {
            Kind::Map(Arc::new(fields.values().fold((**a).clone(), |a, field| laid_over(&a, &field.ty))))
        }
        (Kind::Record(fields), Kind::Record(_) | Kind::Union(_)) => {
            let laid = fields.iter().map(|(name, field)| {
                let ty = with_field(&found, name).map_or_else(|| field.ty.clone(), |ty| laid_over(&field.ty, &ty));
                (name.clone(), Field { ty, optional: field.optional })
            });
            Kind::Record(Arc::new(laid.collect()))
        }
        (Kind::Union(members), Kind::Union(others))
            if members.len() == others.len() && members.iter().zip(others.iter()).all(|(a, b)| b.fits(a)) =>
        {
            let laid = members.iter().zip(others.iter()).map(|(a, b)| laid_over(a, b));
            Kind::Union(Arc::new(laid.collect()))
        }
        (Kind::Union(members), _) => Kind::Union(Arc::new(members.iter().map(|one| laid_over(one, &found)).collect())),
        (Kind::Unknown | Kind::Never | Kind::Null, _) => return shape.clone(),
        _ => shape.with_labels(found.carried().of_leaf()).kind,
    };
    let mut labels = shape.labels.or(found.labels.of_whole());
    let carries = match (&shape.kind, &found.kind) {
        // The length and the order of a list, the keys of a map.
        (Kind::List(_), Kind::List(_)) | (Kind::Map(_), Kind::Map(_)) => found.labels.untrusted,
        (Kind::Map(_), Kind::Record(_)) => false,
        _ => shape.is_leaf() && found.carried().untrusted,
    };
    labels.untrusted |= carries;
    Type { kind, labels, name: shape.name.clone() }
}

/// What a value has that may be either of two. `null` is as approved as what it stands beside.
pub fn either(a: &Type, b: &Type) -> Type {
    match (&a.kind, &b.kind) {
        (Kind::Never, _) => b.clone(),
        (_, Kind::Never) => a.clone(),
        (Kind::Null, _) => b.clone().optional(),
        (_, Kind::Null) => a.clone().optional(),
        // Nobody knows its shape: what the other carries stays.
        (Kind::Unknown, _) => b.without_approved(),
        (_, Kind::Unknown) => a.without_approved(),
        _ => Type::join_all(&[a.clone(), b.clone()]).unwrap_or_else(|| mixed(a.carried().or(b.carried()))),
    }
}

/// A value of whatever type that was made of others.
pub fn mixed(carried: Labels) -> Type {
    if carried.untrusted { Type::string().with_labels(Labels::UNTRUSTED) } else { Type::unknown() }
}

/// The field of a record, of a union, of what may be absent; joined over the members that have it.
pub fn with_field(ty: &Type, name: &str) -> Option<Type> {
    let ty = ty.without_null();
    if let Some(found) = ty.field(name) {
        return Some(found);
    }
    let Kind::Union(members) = &ty.kind else { return None };
    members.iter().filter_map(|member| member.field(name)).reduce(|a, b| either(&a, &b))
}

/// Marks the length and order of a list; anything else as a whole.
pub fn reordered(ty: &Type, by: bool) -> Type {
    let mut ty = ty.clone();
    match ty.kind {
        Kind::List(_) => {
            ty.labels.untrusted |= by;
            ty
        }
        _ if by => ty.with_labels(Labels::UNTRUSTED),
        _ => ty,
    }
}

/// Whether any leaf, the length of a list or a key of it is untrusted.
pub fn is_dirty(ty: &Type) -> bool {
    ty.has_untrusted()
}

/// The labels of all parts in order: two types of one shape are the same iff these are.
pub fn bits(ty: &Type, into: &mut Vec<u8>) {
    ty.any_part(&mut |part| {
        let Labels { secret, untrusted, trusted, approved } = part.labels;
        into.push(u8::from(secret) | u8::from(untrusted) << 1 | u8::from(trusted) << 2 | u8::from(approved) << 3);
        false
    });
}

/// The first part that is wanted approved and is not: the fields that lead to it.
pub fn not_approved(wanted: &Type, found: &Type) -> Option<Vec<Arc<str>>> {
    if matches!(found.kind, Kind::Null | Kind::Never | Kind::Unknown) || !wanted.has_approved() {
        return None;
    }
    let approved = found.labels.approved || found.without_null().labels.approved;
    let (wanted, found) = (wanted.without_null(), found.without_null());
    if wanted.labels.approved {
        return (!approved).then(Vec::new);
    }
    match (&wanted.kind, &found.kind) {
        (Kind::List(a), Kind::List(b)) | (Kind::Map(a), Kind::Map(b)) => not_approved(a, b),
        (Kind::Map(a), Kind::Record(fields)) => fields.values().find_map(|field| not_approved(a, &field.ty)),
        (Kind::Record(fields), _) => fields.iter().find_map(|(name, field)| {
            let mut path = not_approved(&field.ty, &with_field(&found, name)?)?;
            path.insert(0, name.clone());
            Some(path)
        }),
        (Kind::Union(members), _) => members.iter().find_map(|member| not_approved(member, &found)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue(body: Type) -> Type {
        Type::record([("id", Field::required(Type::string())), ("body", Field::required(body))])
    }

    #[test]
    fn labels_go_where_their_leaves_are() {
        let dirty = Type::string().with_labels(Labels::UNTRUSTED);
        let shape = issue(Type::string().optional());
        let laid = laid_over(&shape, &issue(dirty.clone()));
        assert!(with_field(&laid, "body").is_some_and(|ty| is_dirty(&ty)));
        assert!(with_field(&laid, "id").is_some_and(|ty| !is_dirty(&ty)));
        let spread = laid_over(&shape, &Type::json().with_labels(Labels::UNTRUSTED));
        assert!(with_field(&spread, "id").is_some_and(|ty| is_dirty(&ty)));
        assert!(!is_dirty(&laid_over(&Type::bool(), &dirty)));
    }

    #[test]
    fn approval_holds_only_where_all_branches_have_it() {
        let approved = issue(Type::string()).with_labels(Labels::APPROVED);
        assert!(either(&approved, &approved).labels.approved);
        assert!(!either(&approved, &issue(Type::string())).labels.approved);
        assert_eq!(not_approved(&approved, &either(&approved, &Type::null())), None);
        assert_eq!(not_approved(&approved, &issue(Type::string())), Some(Vec::new()));
    }

    #[test]
    fn the_order_of_a_list_has_a_label_of_its_own() {
        let list = reordered(&Type::list(Type::string()), true);
        assert!(is_dirty(&list) && !is_dirty(list.element().expect("a list")));
        assert!(is_dirty(&either(&list, &Type::list(Type::string()))));
        assert!(is_dirty(&laid_over(&Type::list(Type::string()), &list)));
    }
}
