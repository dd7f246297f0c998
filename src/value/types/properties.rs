//! Laws of types, on random ones.

use proptest::prelude::*;

use crate::value::types::{Field, Labels, Type, join};

/// Any type that a program can write, small.
pub(crate) fn any_type() -> impl Strategy<Value = Type> {
    let scalar = prop_oneof![
        Just(Type::null()),
        Just(Type::bool()),
        Just(Type::int()),
        Just(Type::float()),
        Just(Type::string()),
        Just(Type::duration()),
        Just(Type::money()),
        Just(Type::tokens()),
        Just(Type::size()),
        Just(Type::json()),
        Just(Type::literal("a")),
        Just(Type::literal("b")),
        Just(Type::union(vec![Type::literal("a"), Type::literal("b")]).expect("literals")),
        Just(Type::string().with_labels(Labels::UNTRUSTED)),
    ];
    scalar.prop_recursive(3, 12, 3, |inner| {
        let field = (prop_oneof![Just("kind"), Just("x"), Just("y")], inner.clone(), any::<bool>());
        prop_oneof![
            inner.clone().prop_map(Type::optional),
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::map),
            prop::collection::vec(field, 0..3).prop_map(record),
            (inner.clone(), inner).prop_map(|(a, b)| tagged(a, b)),
        ]
    })
}

fn record(fields: Vec<(&'static str, Type, bool)>) -> Type {
    Type::record(
        fields.into_iter().map(|(name, ty, optional)| (name, Field { ty: without_null(ty, optional), optional })),
    )
}

fn without_null(ty: Type, optional: bool) -> Type {
    match optional && ty.is_optional() {
        true if matches!(ty.kind, crate::value::types::Kind::Null) => Type::int(),
        true => ty.without_null(),
        false => ty,
    }
}

fn tagged(a: Type, b: Type) -> Type {
    let member =
        |tag: &str, ty| Type::record([("kind", Field::required(Type::literal(tag))), ("x", Field::required(ty))]);
    Type::union(vec![member("a", a), member("b", b)]).expect("told apart by `kind`")
}

proptest! {
    #[test]
    fn every_type_fits_itself_and_its_own_optional(ty in any_type()) {
        prop_assert!(ty.fits(&ty));
        prop_assert!(ty.fits(&ty.clone().optional()));
        prop_assert_eq!(ty.fits_detail(&ty), None);
    }

    #[test]
    fn fitting_is_transitive(a in any_type(), b in any_type(), c in any_type()) {
        let joins = join(&a, &b).zip(join(&b, &c));
        if let Some((ab, top)) = joins.and_then(|(ab, bc)| join(&ab, &bc).map(|top| (ab, top))) {
            prop_assert!(a.fits(&ab) && ab.fits(&top) && a.fits(&top), "{} {} {}", a, ab, top);
        }
        if a.fits(&b) && b.fits(&c) {
            prop_assert!(a.fits(&c), "{} fits {} fits {}", a, b, c);
        }
    }

    #[test]
    fn a_join_is_an_upper_bound_that_keeps_the_labels(a in any_type(), b in any_type()) {
        if let Some(wide) = join(&a, &b) {
            prop_assert!(a.fits(&wide), "{} fits {}", a, wide);
            prop_assert!(b.fits(&wide), "{} fits {}", b, wide);
            prop_assert_eq!(wide.has_untrusted(), a.has_untrusted() || b.has_untrusted());
        }
        prop_assert_eq!(join(&a, &b).is_some(), join(&b, &a).is_some());
    }

    #[test]
    fn a_difference_is_found_exactly_where_types_do_not_fit(a in any_type(), b in any_type()) {
        prop_assert_eq!(a.fits_detail(&b).is_none(), a.fits(&b));
    }
}
