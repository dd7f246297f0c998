//! Laws of the evaluator, on random trees.

use proptest::prelude::*;

use super::tests::{binary, call, each, expr, float, int, local, text, texts};
use super::*;
use crate::value::builtin::{Argument, Builtin};
use crate::value::operator::binary_result;

fn any_builtin() -> impl Strategy<Value = Builtin> {
    prop::sample::select(Builtin::all().collect::<Vec<_>>())
}

fn any_op() -> impl Strategy<Value = BinaryOp> {
    use BinaryOp::*;
    prop::sample::select(vec![
        Add,
        Subtract,
        Multiply,
        Divide,
        Remainder,
        Equal,
        NotEqual,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
        In,
        And,
        Or,
        Coalesce,
    ])
}

fn any_int() -> impl Strategy<Value = i64> {
    prop_oneof![-4i64..5, Just(i64::MAX), Just(i64::MIN), any::<i64>()]
}

fn leaf() -> impl Strategy<Value = Expr> {
    let amounts: [fn(i64) -> Value; 4] = [Value::Duration, Value::Money, Value::Tokens, Value::Size];
    let literal = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any_int().prop_map(Value::Int),
        prop_oneof![Just(0.0), Just(1.5), Just(f64::MAX), Just(-2.0)].prop_map(Value::Float),
        prop_oneof![Just(""), Just("a"), Just("a,é\r\n"), Just("2026-05-01T00:00:00Z"), Just("[1]")]
            .prop_map(Value::text),
        (prop::sample::select(amounts.to_vec()), any_int()).prop_map(|(unit, n)| unit(n.max(-i64::MAX))),
        Just(Value::list(vec![Value::Int(2), Value::Int(1)])),
        Just(Value::record([("a", Value::Int(1)), ("b", Value::text("x"))])),
    ];
    prop_oneof![
        6 => literal.prop_map(|value| expr(ExprKind::Literal(value))),
        1 => (0u32..3).prop_map(local),
        1 => (0u32..3).prop_map(|n| expr(ExprKind::Var(Var::Stage(n)))),
    ]
}

/// Any tree, most of which no checker would have made.
fn any_tree() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(5, 40, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let name = || prop_oneof![Just("a"), Just("b")].prop_map(Arc::<str>::from);
        let ty =
            || prop_oneof![Just(Type::float()), Just(Type::list(Type::string())), Just(Type::duration().optional())];
        prop_oneof![
            (any_op(), inner.clone(), inner.clone()).prop_map(|(op, a, b)| binary(op, a, b)),
            (any_builtin(), prop::collection::vec(inner.clone(), 0..4)).prop_map(|(builtin, args)| call(builtin, args)),
            (boxed(), name()).prop_map(|(whole, name)| expr(ExprKind::Field(whole, name))),
            (boxed(), name()).prop_map(|(whole, name)| expr(ExprKind::OptionalField(whole, name))),
            (boxed(), boxed()).prop_map(|(whole, at)| expr(ExprKind::Index(whole, at))),
            boxed().prop_map(|inner| expr(ExprKind::Not(inner))),
            boxed().prop_map(|inner| expr(ExprKind::Negate(inner))),
            (boxed(), boxed(), boxed()).prop_map(|(c, a, b)| expr(ExprKind::If(c, a, b))),
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| expr(ExprKind::List(items))),
            (0u32..3, inner.clone(), inner.clone()).prop_map(|(n, source, body)| each(n, source, None, body)),
            (name(), inner.clone(), inner.clone())
                .prop_map(|(n, a, b)| expr(ExprKind::Record(vec![Entry::Spread(a), Entry::Field(n, b)]))),
            inner
                .clone()
                .prop_map(|value| expr(ExprKind::Interpolate(vec![Part::Text("=".into()), Part::Value(value)]))),
            (boxed(), ty()).prop_map(|(inner, ty)| expr(ExprKind::As(inner, Box::new(ty)))),
            (boxed(), ty()).prop_map(|(inner, ty)| expr(ExprKind::Widen(inner, Box::new(ty)))),
            (boxed(), inner.clone()).prop_map(|(matched, value)| {
                expr(ExprKind::Match(matched, vec![MatchArm { patterns: vec![Pattern::Int(1), Pattern::Any], value }]))
            }),
        ]
    })
}

/// A tree of a type, as the checker makes them.
fn typed_tree() -> impl Strategy<Value = (Expr, Type)> {
    let leaf = prop_oneof![
        any_int().prop_map(|n| (int(n), Type::int())),
        prop_oneof![Just(0.5), Just(-3.0), Just(1e300)].prop_map(|x| (float(x), Type::float())),
        prop_oneof![Just("7"), Just("x y")].prop_map(|word| (text(word), Type::string())),
        Just((texts(&["b", "a", "b"]), Type::list(Type::string()))),
        any::<bool>().prop_map(|b| (expr(ExprKind::Literal(Value::Bool(b))), Type::bool())),
        any_int().prop_map(|n| (expr(ExprKind::Literal(Value::Duration(n.max(-i64::MAX)))), Type::duration())),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (any_op(), inner.clone(), inner.clone(), inner.clone()).prop_map(|(op, (a, ta), (b, tb), other)| {
                match binary_result(op, &ta, &tb) {
                    Some(ty) => (binary(op, widened(a, &ta, &ty, op), widened(b, &tb, &ty, op)), ty),
                    None => other,
                }
            }),
            (any_builtin(), prop::collection::vec(inner.clone(), 1..4), inner.clone()).prop_map(
                |(builtin, args, other)| {
                    let arguments: Vec<Argument> = args.iter().map(|(_, ty)| Argument { ty, literal: None }).collect();
                    match builtin.result(&arguments) {
                        Ok(ty) => {
                            let implied = builtin.implied(&arguments).map(|value| expr(ExprKind::Literal(value)));
                            (call(builtin, args.into_iter().map(|(arg, _)| arg).chain(implied).collect::<Vec<_>>()), ty)
                        }
                        Err(_) => other,
                    }
                }
            ),
            prop::collection::vec(inner, 0..3).prop_map(|items| {
                let types: Vec<Type> = items.iter().map(|(_, ty)| ty.clone()).collect();
                match Type::join_all(&types) {
                    Some(ty) => {
                        let items = items.into_iter().map(|(item, own)| widened(item, &own, &ty, BinaryOp::Coalesce));
                        (expr(ExprKind::List(items.collect())), Type::list(ty))
                    }
                    None => (expr(ExprKind::List(vec![])), Type::list(Type::never())),
                }
            }),
        ]
    })
}

/// As the checker does: lists and what `??` gives are widened to the common type.
fn widened(inner: Expr, from: &Type, to: &Type, op: BinaryOp) -> Expr {
    let concerned = op == BinaryOp::Coalesce || (op == BinaryOp::Add && from.element().is_some());
    match concerned && crate::value::operator::needs_widening(from, to) {
        true => expr(ExprKind::Widen(Box::new(inner), Box::new(to.clone()))),
        false => inner,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_tree_makes_it_panic(tree in any_tree()) {
        let _ = eval(&tree, &NoScope);
    }

    #[test]
    fn what_type_checks_has_a_value_of_its_type_or_fails_for_a_reason((tree, ty) in typed_tree()) {
        match eval(&tree, &NoScope) {
            Ok(value) => {
                let again = json::decode(&json::encode(&value), &ty);
                let same = again.as_ref().is_ok_and(|again| *again == value);
                prop_assert!(same, "{} gives {:?}", ty, value);
            }
            Err(error) => {
                let mistyped = ["expected a", "does not take", "has no text", "no order", "no length", "cannot be summed"];
                prop_assert!(!mistyped.iter().any(|words| error.message.contains(words)), "{}", error);
            }
        }
    }

    #[test]
    fn the_same_tree_gives_the_same((tree, _) in typed_tree()) {
        prop_assert_eq!(eval(&tree, &NoScope), eval(&tree, &NoScope));
    }
}
