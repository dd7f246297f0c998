//! Laws of JSON and values, on random ones.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::value::compare::equal;
use crate::value::types::any_type;

/// A value of a type.
pub(crate) fn value_of(ty: &Type) -> BoxedStrategy<Value> {
    let amount = || prop_oneof![Just(0), Just(-1), Just(i64::MAX), Just(-i64::MAX), any::<i32>().prop_map(i64::from)];
    match &ty.kind {
        Kind::Null | Kind::Never | Kind::Unknown => Just(Value::Null).boxed(),
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Int => prop_oneof![any::<i64>(), Just(i64::MIN), Just(0)].prop_map(Value::Int).boxed(),
        Kind::Float => any_float().prop_map(Value::Float).boxed(),
        Kind::String => text().prop_map(Value::String).boxed(),
        Kind::Duration => amount().prop_map(Value::Duration).boxed(),
        Kind::Money => amount().prop_map(Value::Money).boxed(),
        Kind::Tokens => amount().prop_map(Value::Tokens).boxed(),
        Kind::Size => amount().prop_map(Value::Size).boxed(),
        Kind::File => ("[a-z]{1,5}", any::<u32>(), "[0-9a-f]{8}")
            .prop_map(|(name, size, hash)| Value::File(Arc::new(FileRef { name, size: size.into(), hash })))
            .boxed(),
        Kind::Json => json_value().boxed(),
        Kind::Literal(literal) => Just(Value::String(literal.clone())).boxed(),
        Kind::List(element) => prop::collection::vec(value_of(element), 0..4).prop_map(Value::list).boxed(),
        Kind::Map(element) => prop::collection::vec((text(), value_of(element)), 0..4).prop_map(Value::record).boxed(),
        Kind::Record(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, field)| {
                    let there = if field.optional { any::<bool>().boxed() } else { Just(true).boxed() };
                    let name = name.clone();
                    (there, value_of(&field.ty)).prop_map(move |(there, value)| there.then(|| (name.clone(), value)))
                })
                .collect();
            fields.prop_map(|fields| Value::record(fields.into_iter().flatten())).boxed()
        }
        Kind::Optional(inner) => prop_oneof![Just(Value::Null), value_of(inner)].boxed(),
        Kind::Union(members) => prop::strategy::Union::new(members.iter().map(value_of).collect::<Vec<_>>()).boxed(),
    }
}

fn any_float() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), any::<i32>().prop_map(f64::from)]
        .prop_filter_map("finite", |x| x.is_finite().then_some(x + 0.0))
}

fn text() -> impl Strategy<Value = Arc<str>> {
    prop_oneof!["[a-c$]{0,3}", "\\PC{0,4}", Just("\"\\\n\u{1}\u{1f600}".to_owned())].prop_map(Arc::from)
}

fn json_value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any_float().prop_map(Value::Float),
        text().prop_map(Value::String),
    ];
    scalar.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::list),
            prop::collection::vec((text(), inner), 0..3).prop_map(Value::record),
        ]
    })
}

pub(crate) fn typed_value() -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(|ty| (Just(ty.clone()), value_of(&ty)))
}

proptest! {
    #[test]
    fn values_read_back_by_their_type((ty, value) in typed_value()) {
        let plain = encode(&value).to_string();
        let json = parse_strict(plain.as_bytes()).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let back = decode(&json, &ty).map_err(|error| TestCaseError::fail(format!("{plain} as {ty}: {error}")))?;
        prop_assert!(equal(&back, &value), "{:?} is not {:?}", back, value);
        prop_assert_eq!(canonical(&back).len(), canonical(&decode(&encode(&back), &ty).expect("again")).len());
    }

    #[test]
    fn what_is_written_late_is_written_the_same((_, value) in typed_value()) {
        let late = serde_json::to_string(&Plain(value.clone())).expect("values are written");
        prop_assert_eq!(late, encode(&value).to_string());
    }

    #[test]
    fn values_read_back_from_the_tagged_form((_, value) in typed_value()) {
        let text = serde_json::to_string(&value).expect("values are written");
        prop_assert_eq!(serde_json::from_str::<Value>(&text).expect("and read"), value);
    }

    #[test]
    fn the_canonical_text_is_the_same_json((_, value) in typed_value()) {
        let canonical = canonical(&value);
        let back: Json = serde_json::from_str(&canonical).expect("it is JSON");
        prop_assert_eq!(back, encode(&value));
    }

    #[test]
    fn a_value_fits_every_wider_type((ty, value) in typed_value(), wider in any_type()) {
        if let Some(wide) = crate::value::types::join(&ty, &wider) {
            let widened = crate::value::widen::widen(&value, &wide);
            let back = decode(&encode(&widened), &wide).map_err(|error| TestCaseError::fail(format!("{wide}: {error}")))?;
            prop_assert!(equal(&back, &widened));
        }
    }

    #[test]
    fn whatever_is_taken_is_what_others_read(text in r#"[\[\]{}:,"a0-9.eE+\-\\u ]{0,24}"#) {
        let ours = parse_strict(text.as_bytes());
        let theirs: Result<Json, _> = serde_json::from_str(&text);
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => prop_assert!(equal(&decode_any(&ours).expect("fits"), &decode_any(&theirs).expect("fits"))),
            (Ok(_), Err(error)) => prop_assert!(false, "{} is refused: {}", text, error),
            (Err(error), Ok(_)) => prop_assert!(error.message.ends_with("stands twice"), "{}: {}", text, error),
            (Err(error), Err(_)) => prop_assert!(error.offset <= text.len()),
        }
    }

    #[test]
    fn nothing_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = parse_strict(&bytes);
    }
}
