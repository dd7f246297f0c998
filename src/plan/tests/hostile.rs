//! Whatever a file says, it is refused or it is sound.

use proptest::prelude::*;
use serde_json::Value as Json;

use crate::plan::sample::rich;
use crate::plan::verify::verify;
use crate::plan::{Plan, bounds, draw};

/// The place of the `n`-th value of a document, in some order.
fn nth<'a>(document: &'a mut Json, n: &mut usize) -> Option<&'a mut Json> {
    if *n == 0 {
        return Some(document);
    }
    *n -= 1;
    match document {
        Json::Array(items) => items.iter_mut().find_map(|item| nth(item, n)),
        Json::Object(fields) => fields.values_mut().find_map(|field| nth(field, n)),
        _ => None,
    }
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-2i64..8).prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "[a-z_]{0,6}".prop_map(Json::from),
        Just(serde_json::json!([])),
        Just(serde_json::json!({})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_file_never_panics(changes in proptest::collection::vec((0usize..3_000, scalar()), 1..4)) {
        let mut document: Json = serde_json::from_str(&rich().to_json()).expect("a plan is JSON");
        for (mut at, value) in changes {
            if let Some(place) = nth(&mut document, &mut at) {
                *place = value;
            }
        }
        let text = document.to_string();
        let _refused_or_not = Plan::from_json(&text);
        if let Ok(mut plan) = serde_json::from_str::<Plan>(&text)
            && verify(&plan).is_ok()
        {
            plan.define();
            let _printed = plan.to_string();
            let _weighed = bounds::bounds(&plan);
            let _drawn = (draw::text(&plan), draw::mermaid(&plan), draw::dot(&plan), draw::svg(&plan), draw::json(&plan));
            prop_assert_eq!(Plan::from_json(&plan.to_json()).expect("a sound plan reads back"), plan);
        }
    }
}
