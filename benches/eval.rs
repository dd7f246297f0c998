//! How fast expressions are evaluated and answers are read: `cargo bench --bench eval`.

use divan::{Bencher, black_box};

use wfc::base::span::{FileId, Span};
use wfc::value::Value;
use wfc::value::builtin::Builtin;
use wfc::value::eval::{NoScope, eval};
use wfc::value::expr::{BinaryOp, Expr, ExprKind, Part, Var};
use wfc::value::json::{decode, encode, parse_strict};
use wfc::value::types::{Field, Type};

fn main() {
    divan::main();
}

/// `[x * x for x in range(n) if x % 2 == 0]`.
#[divan::bench(args = [100, 10_000, 1_000_000])]
fn comprehension(bencher: Bencher, n: i64) {
    let x = || of(ExprKind::Var(Var::Local(0)));
    let even = binary(BinaryOp::Equal, binary(BinaryOp::Remainder, x(), int(2)), int(0));
    let tree = of(ExprKind::Comprehension {
        local: 0,
        source: Box::new(of(ExprKind::Call(Builtin::Range, vec![int(n)]))),
        condition: Some(Box::new(even)),
        body: Box::new(binary(BinaryOp::Multiply, x(), x())),
    });
    bencher.bench(|| eval(black_box(&tree), &NoScope));
}

/// A guard such as most stages have: `record.risk == "high" && record.count > 3`.
#[divan::bench]
fn condition(bencher: Bencher) {
    let field = |name: &str| of(ExprKind::Field(Box::new(of(ExprKind::Literal(row(7)))), name.into()));
    let high = binary(BinaryOp::Equal, field("risk"), of(ExprKind::Literal(Value::text("high"))));
    let tree = binary(BinaryOp::And, high, binary(BinaryOp::Greater, field("count"), int(3)));
    bencher.bench(|| eval(black_box(&tree), &NoScope));
}

/// A prompt of 20 parts.
#[divan::bench]
fn interpolation(bencher: Bencher) {
    let parts = (0..20).map(|n| if n % 2 == 0 { Part::Text("some words ".into()) } else { Part::Value(int(n)) });
    let tree = of(ExprKind::Interpolate(parts.collect()));
    bencher.bench(|| eval(black_box(&tree), &NoScope));
}

/// An answer of n records, from bytes to values.
#[divan::bench(args = [10, 1_000, 100_000])]
fn answer(bencher: Bencher, n: i64) {
    let bytes = encode(&Value::list((0..n).map(row).collect())).to_string().into_bytes();
    let ty =
        Type::list(Type::record([("risk", Field::required(Type::string())), ("count", Field::required(Type::int()))]));
    bencher.counter(divan::counter::BytesCount::of_slice(&bytes)).bench(|| {
        let json = parse_strict(black_box(&bytes)).expect("it is JSON");
        decode(&json, &ty).expect("of this type")
    });
}

/// The same with serde_json alone: the floor.
#[divan::bench(args = [10, 1_000, 100_000])]
fn answer_by_serde_json(bencher: Bencher, n: i64) {
    let bytes = encode(&Value::list((0..n).map(row).collect())).to_string().into_bytes();
    bencher
        .counter(divan::counter::BytesCount::of_slice(&bytes))
        .bench(|| serde_json::from_slice::<serde_json::Value>(black_box(&bytes)));
}

fn row(n: i64) -> Value {
    Value::record([("risk", Value::text("high")), ("count", Value::Int(n))])
}

fn of(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::start_of(FileId::new(0)) }
}

fn int(n: i64) -> Expr {
    of(ExprKind::Literal(Value::Int(n)))
}

fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    of(ExprKind::Binary(op, Box::new(left), Box::new(right)))
}
