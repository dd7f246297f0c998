//! A made-up value of a type: always the same one, and it says that it is made up.

use crate::base::span::Span;
use crate::value::Value;
use crate::value::builtin::Builtin;
use crate::value::expr::{Entry, Expr, ExprKind};
use crate::value::types::{Kind, Type};

/// A value that fits a type, as an expression without names. Whatever is text says `text`.
///
/// Small and plain: `false`, zero, the first of several; but one element in each list, and nothing left out, so that what works on
/// it is tried.
pub fn example(ty: &Type, text: &str, span: Span) -> Expr {
    let inner = |ty: &Type| example(ty, text, span);
    let value = |value: Value| ExprKind::Literal(value);
    let kind = match &ty.kind {
        Kind::Unknown | Kind::Null | Kind::Never => value(Value::Null),
        Kind::Bool => value(Value::Bool(false)),
        Kind::Int => value(Value::Int(0)),
        Kind::Float => value(Value::Float(0.0)),
        Kind::String | Kind::Json => value(Value::text(text)),
        Kind::Duration => value(Value::Duration(0)),
        Kind::Money => value(Value::Money(0)),
        Kind::Tokens => value(Value::Tokens(0)),
        Kind::Size => value(Value::Size(0)),
        Kind::File => {
            let part = |text: &str| Expr { kind: value(Value::text(text)), span };
            ExprKind::Call(Builtin::File, vec![part("mock.txt"), part(text)])
        }
        Kind::Literal(literal) => value(Value::String(literal.clone())),
        Kind::List(element) => ExprKind::List(vec![inner(element)]),
        Kind::Map(element) => ExprKind::Record(vec![Entry::Field("mock".into(), inner(element))]),
        Kind::Record(fields) => {
            let field = |(name, field): (&std::sync::Arc<str>, &crate::value::types::Field)| {
                Entry::Field(name.clone(), inner(&field.ty))
            };
            ExprKind::Record(fields.iter().map(field).collect())
        }
        Kind::Optional(some) => return inner(some),
        Kind::Union(members) => match members.first() {
            Some(first) => return inner(first),
            None => value(Value::Null),
        },
    };
    Expr { kind, span }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::span::FileId;
    use crate::value::eval::{Scope, eval};
    use crate::value::expr::{Observe, Var};
    use crate::value::json;
    use crate::value::types::any_type;

    struct NoNames;

    impl Scope for NoNames {
        fn get(&self, _var: Var) -> Value {
            Value::Null
        }

        fn observe(&self, _what: Observe, _stage: u32) -> Value {
            Value::Null
        }
    }

    proptest! {
        #[test]
        fn it_fits_every_type(ty in any_type()) {
            let made = example(&ty, "mock a.b", Span::start_of(FileId(0)));
            let value = eval(&made, &NoNames).expect("it has no names");
            let plain = json::encode(&value);
            prop_assert_eq!(json::decode(&plain, &ty).map(|read| json::encode(&read)), Ok(plain));
        }
    }
}
