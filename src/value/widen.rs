//! Values in a wider type, where they look different there.

use std::sync::Arc;

use crate::value::types::{Kind, Type, meant};
use crate::value::{Fields, Value};

/// The value with whole numbers made floats wherever the type wants floats, at any depth.
pub fn widen(value: &Value, ty: &Type) -> Value {
    match (value, &ty.kind) {
        (Value::Int(n), Kind::Float) => Value::Float(*n as f64),
        (_, Kind::Optional(inner)) => widen(value, inner),
        (Value::List(items), Kind::List(element)) if has_float(element) => {
            Value::list(items.iter().map(|item| widen(&item, element)).collect())
        }
        (Value::Record(fields), Kind::Map(element)) if has_float(element) => widen_fields(fields, |_| Some(element)),
        (Value::Record(fields), Kind::Record(types)) if has_float(ty) => {
            widen_fields(fields, |name| types.get(name).map(|field| &field.ty))
        }
        (Value::Record(_), Kind::Union(members)) if has_float(ty) => {
            let tag = |name: &str| value.field(name).and_then(Value::as_str).map(str::to_owned);
            meant(members, tag).map_or_else(|| value.clone(), |member| widen(value, member))
        }
        _ => value.clone(),
    }
}

fn widen_fields<'a>(fields: &Fields, ty: impl Fn(&str) -> Option<&'a Type>) -> Value {
    let widened = fields.iter().map(|(name, value)| {
        let value = ty(name).map_or_else(|| value.clone(), |ty| widen(value, ty));
        (name.clone(), value)
    });
    Value::Record(Arc::new(widened.collect()))
}

fn has_float(ty: &Type) -> bool {
    ty.any_part(&mut |part| part.kind == Kind::Float)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::types::Field;

    #[test]
    fn whole_numbers_become_floats_at_any_depth() {
        let ty = Type::list(Type::record([("x", Field::optional(Type::float())), ("n", Field::required(Type::int()))]));
        let value = Value::list(vec![Value::record([("x", Value::Int(1)), ("n", Value::Int(2))])]);
        let wide = Value::list(vec![Value::record([("x", Value::Float(1.0)), ("n", Value::Int(2))])]);
        assert_eq!(widen(&value, &ty), wide);
        assert_eq!(widen(&Value::Null, &Type::float().optional()), Value::Null);
    }

    #[test]
    fn the_tag_says_which_member_is_meant() {
        let member =
            |tag: &str, x| Type::record([("kind", Field::required(Type::literal(tag))), ("x", Field::required(x))]);
        let ty = Type::union(vec![member("whole", Type::int()), member("part", Type::float())]).expect("told apart");
        let value = |tag: &str| Value::record([("kind", Value::text(tag)), ("x", Value::Int(1))]);
        assert_eq!(widen(&value("whole"), &ty).field("x"), Some(&Value::Int(1)));
        assert_eq!(widen(&value("part"), &ty).field("x"), Some(&Value::Float(1.0)));
    }
}
