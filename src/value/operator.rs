//! The typing of operators and of interpolation. `None` says that an operator does not take these types.
//!
//! Whoever builds the tree widens both sides to their [`join`] where [`needs_widening`] says so: of lists and of what `??` gives.

use std::sync::Arc;

use crate::value::expr::BinaryOp;
use crate::value::types::{Kind, Labels, Type, join};

/// A unary operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `!`.
    Not,
    /// `-`.
    Negate,
}

/// The type of `op x`.
pub fn unary_result(op: UnaryOp, ty: &Type) -> Option<Type> {
    let shape = match op {
        UnaryOp::Not => ty.fits(&Type::bool()).then(Type::bool)?,
        UnaryOp::Negate if is_unsure(ty) => Type::unknown(),
        UnaryOp::Negate => amount(ty)?,
    };
    Some(shape.with_labels(ty.carried()))
}

/// The type of `left op right`.
pub fn binary_result(op: BinaryOp, left: &Type, right: &Type) -> Option<Type> {
    let shape = match op {
        BinaryOp::And | BinaryOp::Or => (left.fits(&Type::bool()) && right.fits(&Type::bool())).then(Type::bool)?,
        BinaryOp::Equal | BinaryOp::NotEqual => overlap(left, right).then(Type::bool)?,
        BinaryOp::Less | BinaryOp::LessOrEqual | BinaryOp::Greater | BinaryOp::GreaterOrEqual => {
            (is_ordered(left) && is_ordered(right) && same_order(left, right)).then(Type::bool)?
        }
        BinaryOp::In => is_in(left, right).then(Type::bool)?,
        BinaryOp::Coalesce => return coalesce(left, right),
        _ if is_unsure(left) || is_unsure(right) => Type::unknown(),
        BinaryOp::Add => add(left, right)?,
        BinaryOp::Subtract => same_amount(left, right)?,
        BinaryOp::Multiply => multiply(left, right)?,
        BinaryOp::Divide => divide(left, right)?,
        BinaryOp::Remainder => number(left, right)?,
    };
    Some(shape.without_approved().with_labels(left.carried().or(right.carried())))
}

/// Whether a value has text of its own: what `${}` and `to_string` take. A prompt also takes a `file`.
pub fn has_text(ty: &Type) -> bool {
    is_unsure(ty) || ty.fits(&Type::string()) || ty.fits(&Type::bool()) || amount(ty).is_some()
}

/// Whether values can be ordered: numbers, units and strings.
pub fn is_ordered(ty: &Type) -> bool {
    is_unsure(ty) || ty.fits(&Type::string()) || amount(ty).is_some()
}

/// Whether a value of the one type can equal one of the other. Where it cannot, a comparison is a mistake.
pub fn overlap(a: &Type, b: &Type) -> bool {
    if is_unsure(a) || is_unsure(b) || a.kind == Kind::Null || b.kind == Kind::Null {
        return true;
    }
    let (a, b) = (a.without_null(), b.without_null());
    match (&a.kind, &b.kind) {
        (Kind::Union(members), _) => members.iter().any(|member| overlap(member, &b)),
        (_, Kind::Union(members)) => members.iter().any(|member| overlap(&a, member)),
        (Kind::Literal(a), Kind::Literal(b)) => a == b,
        (Kind::List(a), Kind::List(b)) | (Kind::Map(a), Kind::Map(b)) => overlap(a, b),
        (Kind::Record(a_fields), Kind::Record(b_fields)) => {
            let missing = |fields: &indexmap::IndexMap<Arc<str>, _>, name| !fields.contains_key(name);
            !a_fields.iter().any(|(name, field)| missing(b_fields, name) && !field.may_be_absent())
                && !b_fields.iter().any(|(name, field)| missing(a_fields, name) && !field.may_be_absent())
                && a_fields
                    .iter()
                    .all(|(name, field)| b_fields.get(name).is_none_or(|other| overlap(&field.read(), &other.read())))
        }
        _ => a.fits(&b) || b.fits(&a),
    }
}

/// Whether a value of a type that fits a wider one looks different there: an `int` where a `float` is wanted, at any depth.
pub fn needs_widening(from: &Type, to: &Type) -> bool {
    let (from, to) = (from.without_null(), to.without_null());
    match (&from.kind, &to.kind) {
        (Kind::Int, Kind::Float) => true,
        (Kind::List(from), Kind::List(to)) | (Kind::Map(from), Kind::Map(to)) => needs_widening(from, to),
        (Kind::Record(from), Kind::Record(to)) => {
            from.iter().any(|(name, field)| to.get(name).is_some_and(|wide| needs_widening(&field.ty, &wide.ty)))
        }
        (Kind::Union(members), _) => members.iter().any(|member| needs_widening(member, &to)),
        // One that fits several members fits the one that looks like it as well.
        (_, Kind::Union(members)) => {
            members.iter().filter(|member| from.fits(member)).all(|member| needs_widening(&from, member))
        }
        _ => false,
    }
}

/// Already reported, or without values: nothing more can be said of it.
fn is_unsure(ty: &Type) -> bool {
    matches!(ty.kind, Kind::Unknown | Kind::Never)
}

/// The bare type of a number or unit.
fn amount(ty: &Type) -> Option<Type> {
    let amount = matches!(ty.kind, Kind::Int | Kind::Float) || is_unit(ty);
    amount.then(|| Type::of(ty.kind.clone()))
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty.kind, Kind::Duration | Kind::Money | Kind::Tokens | Kind::Size)
}

/// `int` of two, `float` of a `float` and another number.
fn number(left: &Type, right: &Type) -> Option<Type> {
    match (&left.kind, &right.kind) {
        (Kind::Int, Kind::Int) => Some(Type::int()),
        (Kind::Int | Kind::Float, Kind::Int | Kind::Float) => Some(Type::float()),
        _ => None,
    }
}

fn same_amount(left: &Type, right: &Type) -> Option<Type> {
    number(left, right).or_else(|| (is_unit(left) && left.kind == right.kind).then(|| Type::of(left.kind.clone())))
}

fn add(left: &Type, right: &Type) -> Option<Type> {
    if left.fits(&Type::string()) && right.fits(&Type::string()) {
        return Some(Type::string());
    }
    match (left.element(), right.element()) {
        (Some(a), Some(b)) => join(a, b).map(Type::list),
        _ => same_amount(left, right),
    }
}

fn multiply(left: &Type, right: &Type) -> Option<Type> {
    let is_number = |ty: &Type| matches!(ty.kind, Kind::Int | Kind::Float);
    match () {
        () if is_unit(left) && is_number(right) => amount(left),
        () if is_number(left) && is_unit(right) => amount(right),
        () => number(left, right),
    }
}

fn divide(left: &Type, right: &Type) -> Option<Type> {
    match () {
        () if is_unit(left) && left.kind == right.kind => Some(Type::float()),
        () if is_unit(left) && matches!(right.kind, Kind::Int | Kind::Float) => amount(left),
        () => number(left, right),
    }
}

/// Whether both stand in one order: two numbers, two strings, two amounts of one unit.
fn same_order(left: &Type, right: &Type) -> bool {
    let both_text = left.fits(&Type::string()) && right.fits(&Type::string());
    is_unsure(left) || is_unsure(right) || both_text || same_amount(left, right).is_some()
}

fn is_in(part: &Type, whole: &Type) -> bool {
    match &whole.kind {
        Kind::Unknown | Kind::Never => true,
        // What may be absent is then in no list, which is an answer as well.
        Kind::List(element) => overlap(element, part) && (element.is_optional() || part.kind != Kind::Null),
        _ => whole.fits(&Type::string()) && part.fits(&Type::string()),
    }
}

/// `T?` and `U` give what both fit. A left side that is never `null` is a mistake.
fn coalesce(left: &Type, right: &Type) -> Option<Type> {
    if is_unsure(left) {
        return Some(Type::unknown());
    }
    if !left.is_optional() {
        return None;
    }
    let joined = join(&left.without_null(), right)?;
    // Which side it is, is read from the left one.
    let secret = Labels { secret: left.labels.secret, ..Labels::NONE };
    Some(joined.with_labels(secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::types::Field;

    fn binary(op: BinaryOp, left: &Type, right: &Type) -> String {
        binary_result(op, left, right).map_or("none".into(), |ty| ty.to_string())
    }

    #[test]
    fn arithmetic_of_numbers_and_units() {
        use BinaryOp::{Add, Divide, Multiply, Remainder, Subtract};
        let (int, float, time) = (&Type::int(), &Type::float(), &Type::duration());
        assert_eq!(binary(Add, int, int), "int");
        assert_eq!(binary(Add, int, float), "float");
        assert_eq!(binary(Remainder, int, int), "int");
        assert_eq!(binary(Subtract, time, time), "duration");
        assert_eq!(binary(Multiply, time, float), "duration");
        assert_eq!(binary(Multiply, int, time), "duration");
        assert_eq!(binary(Divide, time, int), "duration");
        assert_eq!(binary(Divide, time, time), "float");
        assert_eq!(binary(Divide, int, time), "none");
        assert_eq!(binary(Multiply, time, time), "none");
        assert_eq!(binary(Remainder, time, time), "none");
        assert_eq!(binary(Add, time, &Type::money()), "none");
        assert_eq!(binary(Add, &Type::int().optional(), int), "none");
        assert_eq!(unary_result(UnaryOp::Negate, time), Some(Type::duration()));
        assert_eq!(unary_result(UnaryOp::Negate, &Type::string()), None);
    }

    #[test]
    fn plus_joins_strings_and_lists() {
        use BinaryOp::Add;
        let empty = Type::list(Type::never());
        assert_eq!(binary(Add, &Type::literal("a"), &Type::string()), "string");
        assert_eq!(binary(Add, &empty, &Type::list(Type::int())), "list<int>");
        assert_eq!(binary(Add, &Type::list(Type::float()), &Type::list(Type::int())), "list<float>");
        assert_eq!(binary(Add, &Type::list(Type::string()), &Type::list(Type::int())), "none");
        assert_eq!(binary(Add, &Type::string(), &Type::int()), "none");
    }

    #[test]
    fn comparisons_are_of_one_type() {
        use BinaryOp::{Equal, Less};
        let risk = Type::union(vec![Type::literal("low"), Type::literal("high")]).expect("literals");
        assert_eq!(binary(Equal, &risk, &Type::literal("low")), "bool");
        assert_eq!(binary(Equal, &risk, &Type::literal("critical")), "none");
        assert_eq!(binary(Equal, &risk.clone().optional(), &Type::string()), "bool");
        assert_eq!(binary(Equal, &Type::int().optional(), &Type::null()), "bool");
        assert_eq!(binary(Equal, &Type::int(), &Type::float()), "bool");
        assert_eq!(binary(Equal, &Type::int(), &Type::string()), "none");
        assert_eq!(binary(Less, &risk, &Type::string()), "bool");
        assert_eq!(binary(Less, &Type::size(), &Type::size()), "bool");
        assert_eq!(binary(Less, &Type::size(), &Type::int()), "none");
        assert_eq!(binary(Less, &Type::bool(), &Type::bool()), "none");
        let tagged = |tag: &str| Type::record([("kind", Field::required(Type::literal(tag)))]);
        assert_eq!(binary(Equal, &tagged("a"), &tagged("a")), "bool");
        assert_eq!(binary(Equal, &tagged("a"), &tagged("b")), "none");
    }

    #[test]
    fn other_operators() {
        use BinaryOp::{And, Coalesce, In};
        assert_eq!(binary(And, &Type::bool(), &Type::bool()), "bool");
        assert_eq!(binary(And, &Type::bool(), &Type::bool().optional()), "none");
        assert_eq!(binary(In, &Type::literal("a"), &Type::list(Type::string())), "bool");
        assert_eq!(binary(In, &Type::string(), &Type::string()), "bool");
        assert_eq!(binary(In, &Type::int(), &Type::list(Type::string())), "none");
        assert_eq!(binary(Coalesce, &Type::int().optional(), &Type::float()), "float");
        assert_eq!(binary(Coalesce, &Type::int().optional(), &Type::int().optional()), "int?");
        assert_eq!(binary(Coalesce, &Type::null(), &Type::string()), "string");
        assert_eq!(binary(Coalesce, &Type::int(), &Type::int()), "none");
        assert_eq!(binary(Coalesce, &Type::int().optional(), &Type::string()), "none");
    }

    #[test]
    fn results_carry_labels_but_bools_do_not_carry_untrusted() {
        let dirty = Type::string().with_labels(Labels::UNTRUSTED);
        assert_eq!(binary(BinaryOp::Add, &dirty, &Type::literal("!")), "untrusted string");
        assert_eq!(binary(BinaryOp::Equal, &dirty, &Type::literal("!")), "bool");
        let secret = Type::string().with_labels(Labels::SECRET);
        assert_eq!(binary(BinaryOp::Equal, &secret, &Type::literal("!")), "secret bool");
        let approved = Type::list(Type::int().with_labels(Labels::APPROVED));
        assert_eq!(binary(BinaryOp::Add, &approved, &approved), "list<int>");
    }

    #[test]
    fn what_is_already_reported_gives_nothing_new() {
        for op in [BinaryOp::Add, BinaryOp::Multiply, BinaryOp::Equal, BinaryOp::Coalesce, BinaryOp::And] {
            assert!(binary_result(op, &Type::unknown(), &Type::bool()).is_some(), "{op:?}");
        }
        assert!(has_text(&Type::unknown()) && has_text(&Type::tokens()) && !has_text(&Type::list(Type::int())));
        assert!(!has_text(&Type::json()) && !has_text(&Type::string().optional()) && !has_text(&Type::file()));
    }

    #[test]
    fn only_whole_numbers_look_different_in_a_wider_type() {
        let (ints, floats) = (Type::list(Type::int()), Type::list(Type::float()));
        assert!(needs_widening(&ints, &floats) && !needs_widening(&floats, &floats));
        assert!(needs_widening(&Type::int(), &Type::float().optional()));
        assert!(!needs_widening(&Type::literal("a"), &Type::string()));
        let field = |ty| Type::record([("x", Field::optional(ty))]);
        assert!(needs_widening(&field(Type::int()), &field(Type::float())));
    }
}
