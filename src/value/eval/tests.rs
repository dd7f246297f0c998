//! What expressions give, and with which words they fail.

use std::cell::Cell;

use super::*;
use crate::base::span::FileId;
use crate::value::builtin::Builtin;
use crate::value::types::Field;

pub(super) fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::start_of(FileId::new(0)) }
}

pub(super) fn lit(value: Value) -> Expr {
    expr(ExprKind::Literal(value))
}

pub(super) fn int(n: i64) -> Expr {
    lit(Value::Int(n))
}

pub(super) fn float(x: f64) -> Expr {
    lit(Value::Float(x))
}

pub(super) fn text(text: &str) -> Expr {
    lit(Value::text(text))
}

pub(super) fn ints(items: &[i64]) -> Expr {
    lit(Value::list(items.iter().copied().map(Value::Int).collect()))
}

pub(super) fn texts(items: &[&str]) -> Expr {
    lit(Value::list(items.iter().copied().map(Value::text).collect()))
}

pub(super) fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    expr(ExprKind::Binary(op, Box::new(left), Box::new(right)))
}

pub(super) fn call(builtin: Builtin, args: impl Into<Vec<Expr>>) -> Expr {
    expr(ExprKind::Call(builtin, args.into()))
}

pub(super) fn each(local: u32, source: Expr, condition: Option<Expr>, body: Expr) -> Expr {
    let (source, condition, body) = (Box::new(source), condition.map(Box::new), Box::new(body));
    expr(ExprKind::Comprehension { local, source, condition, body })
}

pub(super) fn local(local: u32) -> Expr {
    expr(ExprKind::Var(Var::Local(local)))
}

/// The value as JSON, or what failed.
fn shown(expr: Expr) -> String {
    match eval(&expr, &NoScope) {
        Ok(value) => json::canonical(&value),
        Err(error) => format!("error: {error}"),
    }
}

fn of(builtin: Builtin, args: impl Into<Vec<Expr>>) -> String {
    shown(call(builtin, args))
}

#[test]
fn whole_numbers_never_wrap() {
    use BinaryOp::{Add, Divide, Multiply, Remainder, Subtract};
    let calculated = |op, a, b| shown(binary(op, int(a), int(b)));
    assert_eq!(calculated(Divide, -7, 2), "-3");
    assert_eq!(calculated(Remainder, -7, 2), "-1");
    assert_eq!(calculated(Divide, 2, 0), "error: `2 / 0` divides by zero");
    assert_eq!(calculated(Remainder, 2, 0), "error: `2 % 0` divides by zero");
    assert_eq!(calculated(Add, i64::MAX, 1), "error: `9223372036854775807 + 1` does not fit `int`");
    assert_eq!(calculated(Subtract, -2, i64::MAX), "error: `(-2) - 9223372036854775807` does not fit `int`");
    assert_eq!(calculated(Multiply, i64::MAX, 2), "error: `9223372036854775807 * 2` does not fit `int`");
    assert_eq!(calculated(Divide, i64::MIN, -1), "error: `(-9223372036854775808) / (-1)` does not fit `int`");
    assert_eq!(calculated(Remainder, i64::MIN, -1), "0");
    assert_eq!(
        shown(expr(ExprKind::Negate(Box::new(int(i64::MIN))))),
        "error: `-(-9223372036854775808)` does not fit `int`"
    );
}

#[test]
fn floats_stay_finite() {
    use BinaryOp::{Add, Divide, Multiply, Remainder};
    assert_eq!(shown(binary(Add, int(1), float(0.5))), "1.5");
    assert_eq!(shown(binary(Divide, float(1.0), int(0))), "error: `1.0 / 0` divides by zero");
    assert_eq!(shown(binary(Remainder, float(1.0), float(-0.0))), "error: `1.0 % (-0.0)` divides by zero");
    assert!(shown(binary(Multiply, float(f64::MAX), float(2.0))).ends_with("* 2.0` does not fit `float`"));
    assert_eq!(shown(binary(Multiply, float(-1.0), float(0.0))), "0.0");
}

#[test]
fn units_calculate_in_their_smallest_step() {
    use BinaryOp::{Add, Divide, Multiply, Subtract};
    let minutes = |n: i64| lit(Value::Duration(n * 60_000));
    assert_eq!(shown(binary(Add, minutes(50), minutes(20))), r#""1h10m""#);
    assert_eq!(shown(binary(Subtract, minutes(1), minutes(2))), r#""-1m""#);
    assert_eq!(shown(binary(Multiply, minutes(1), float(1.5))), r#""1m30s""#);
    assert_eq!(shown(binary(Multiply, int(3), minutes(1))), r#""3m""#);
    assert_eq!(shown(binary(Divide, minutes(3), minutes(2))), "1.5");
    assert_eq!(shown(binary(Divide, minutes(3), minutes(0))), "error: `3m / 0s` divides by zero");
    assert_eq!(shown(binary(Divide, lit(Value::Tokens(2)), int(3))), r#""1tok""#);
    assert_eq!(shown(binary(Divide, lit(Value::Tokens(-1)), int(2))), r#""-1tok""#);
    assert_eq!(shown(binary(Divide, lit(Value::Tokens(1)), int(-3))), r#""0tok""#);
    assert_eq!(shown(binary(Multiply, lit(Value::Money(290_000)), int(100))), r#""29usd""#);
    let huge = lit(Value::Size(i64::MAX));
    assert_eq!(shown(binary(Multiply, huge, int(2))), "error: `9223372036854775807B * 2` does not fit `size`");
    assert_eq!(shown(binary(Add, minutes(1), int(1))), "error: `+` does not take 1m and 1");
}

#[test]
fn the_right_side_is_evaluated_only_if_it_matters() {
    let broken = || binary(BinaryOp::Divide, int(1), int(0));
    let bool = |b| lit(Value::Bool(b));
    assert_eq!(shown(binary(BinaryOp::And, bool(false), broken())), "false");
    assert_eq!(shown(binary(BinaryOp::Or, bool(true), broken())), "true");
    assert_eq!(shown(binary(BinaryOp::Coalesce, int(1), broken())), "1");
    assert_eq!(shown(binary(BinaryOp::Coalesce, lit(Value::Null), int(2))), "2");
    assert_eq!(shown(expr(ExprKind::If(Box::new(bool(true)), Box::new(int(1)), Box::new(broken())))), "1");
}

#[test]
fn comparisons() {
    use BinaryOp::{Equal, In, Less, NotEqual};
    assert_eq!(shown(binary(Less, text("a"), text("b"))), "true");
    assert_eq!(shown(binary(Equal, int(1), float(1.0))), "true");
    assert_eq!(shown(binary(NotEqual, lit(Value::Null), int(1))), "true");
    assert_eq!(shown(binary(In, int(2), ints(&[1, 2]))), "true");
    assert_eq!(shown(binary(In, text("b"), text("abc"))), "true");
}

#[test]
fn fields_and_places_that_are_not_there_are_null() {
    let record = || lit(Value::record([("a", Value::Int(1))]));
    let field = |name: &str| expr(ExprKind::Field(Box::new(record()), name.into()));
    let index = |whole, at| expr(ExprKind::Index(Box::new(whole), Box::new(at)));
    assert_eq!((shown(field("a")), shown(field("b"))), ("1".into(), "null".into()));
    assert_eq!(shown(expr(ExprKind::OptionalField(Box::new(lit(Value::Null)), "a".into()))), "null");
    assert_eq!(shown(expr(ExprKind::Field(Box::new(lit(Value::Null)), "a".into()))), "error: null has no field `a`");
    assert_eq!(shown(index(ints(&[7]), int(0))), "7");
    assert_eq!(shown(index(ints(&[7]), int(1))), "null");
    assert_eq!(shown(index(ints(&[7]), int(-1))), "null");
    assert_eq!(shown(index(record(), text("a"))), "1");
}

#[test]
fn comprehensions_nest_and_filter() {
    let even = binary(BinaryOp::Equal, binary(BinaryOp::Remainder, local(0), int(2)), int(0));
    let squares = each(0, call(Builtin::Range, [int(5)]), Some(even), binary(BinaryOp::Multiply, local(0), local(0)));
    assert_eq!(shown(squares), "[0,4,16]");
    let sums = each(1, ints(&[10, 20]), None, binary(BinaryOp::Add, local(0), local(1)));
    assert_eq!(shown(each(0, ints(&[1, 2]), None, sums)), "[[11,21],[12,22]]");
}

#[test]
fn records_spread_and_later_entries_win() {
    let whole = lit(Value::record([("a", Value::Int(1)), ("b", Value::Int(2))]));
    let entries = vec![Entry::Spread(whole), Entry::Field("a".into(), int(3)), Entry::Field("c".into(), int(4))];
    assert_eq!(shown(expr(ExprKind::Record(entries))), r#"{"a":3,"b":2,"c":4}"#);
}

#[test]
fn interpolation_writes_what_has_text() {
    let parts = |value| vec![Part::Text("it took ".into()), Part::Value(value)];
    assert_eq!(shown(expr(ExprKind::Interpolate(parts(lit(Value::Duration(90_000)))))), r#""it took 1m30s""#);
    assert_eq!(shown(expr(ExprKind::Interpolate(parts(float(3.0))))), r#""it took 3.0""#);
    assert_eq!(shown(expr(ExprKind::Interpolate(parts(ints(&[]))))), "error: a list has no text");
}

#[test]
fn as_says_where_a_value_does_not_fit() {
    let plan = Type::record([("steps", Field::required(Type::list(Type::string())))]);
    let cast = |json: &str| {
        let inner = call(Builtin::FromJson, [text(json)]);
        shown(expr(ExprKind::As(Box::new(inner), Box::new(plan.clone()))))
    };
    assert_eq!(cast(r#"{"steps": ["a"], "more": 1}"#), r#"{"steps":["a"]}"#);
    assert_eq!(cast(r#"{"steps": 3}"#), "error: at `steps`: expected `list<string>`, found 3");
    assert_eq!(cast(r#"{"steps": ["a", null]}"#), "error: at `steps[1]`: expected `string`, found null");
    assert_eq!(cast("{}"), "error: field `steps` is missing");
    assert_eq!(cast("Sure!"), r#"error: "Sure!" is no JSON: a value is expected, found `S` at byte 0"#);
}

#[test]
fn match_takes_the_first_arm() {
    let arm = |patterns: Vec<Pattern>, value| MatchArm { patterns, value: int(value) };
    let matched = |value| {
        let arms = vec![
            arm(vec![Pattern::String("a".into()), Pattern::Int(-1)], 1),
            arm(vec![Pattern::Bool(true)], 2),
            arm(vec![Pattern::Any], 3),
        ];
        shown(expr(ExprKind::Match(Box::new(lit(value)), arms)))
    };
    assert_eq!(matched(Value::text("a")), "1");
    assert_eq!(matched(Value::Int(-1)), "1");
    assert_eq!(matched(Value::Bool(true)), "2");
    assert_eq!(matched(Value::Null), "3");
    assert_eq!(shown(expr(ExprKind::Match(Box::new(int(5)), vec![]))), "error: no arm matches 5");
}

#[test]
fn built_ins_over_text() {
    use Builtin::*;
    assert_eq!(of(Len, [text("née😀")]), "4");
    assert_eq!(of(Join, [texts(&["a", "b"])]), r#""ab""#);
    assert_eq!(of(Join, [texts(&["a", "b"]), text("; ")]), r#""a; b""#);
    assert_eq!(of(Split, [text(",a,"), text(",")]), r#"["","a",""]"#);
    assert_eq!(of(Split, [text("a"), text("")]), "error: `split` has no separator: the text is empty");
    assert_eq!(of(Lines, [text("a\r\n\nb\n")]), r#"["a","","b"]"#);
    assert_eq!(of(Lines, [text("")]), "[]");
    assert_eq!(of(Trim, [text("\u{a0} a b\n")]), r#""a b""#);
    assert_eq!((of(Lower, [text("ÄB")]), of(Upper, [text("ß")])), (r#""äb""#.into(), r#""SS""#.into()));
    assert_eq!(of(Replace, [text("aXbX"), text("X"), text("--")]), r#""a--b--""#);
    assert!(of(Replace, [text("a"), text(""), text("b")]).starts_with("error: `replace` has nothing to look for"));
    assert_eq!(of(StartsWith, [text("abc"), text("ab")]), "true");
    assert_eq!(of(EndsWith, [text("abc"), text("ab")]), "false");
    assert_eq!(of(Contains, [text("abc"), text("b")]), "true");
    assert_eq!(of(Slice, [text("née😀!"), int(1), int(-1)]), r#""ée😀""#);
    assert_eq!(of(Slice, [text("abc"), int(-2)]), r#""bc""#);
    assert_eq!(of(Slice, [text("abc"), int(2), int(1)]), r#""""#);
    assert_eq!(of(Slice, [text("abc"), int(i64::MIN), int(i64::MAX)]), r#""abc""#);
}

#[test]
fn built_ins_over_lists_and_maps() {
    use Builtin::*;
    let map = || lit(Value::record([("b", Value::Int(1)), ("a", Value::Int(2))]));
    assert_eq!(of(Slice, [ints(&[1, 2, 3]), int(1)]), "[2,3]");
    assert_eq!(of(Chunk, [ints(&[1, 2, 3]), int(2)]), "[[1,2],[3]]");
    assert_eq!(of(Chunk, [ints(&[1]), int(0)]), "error: `chunk` makes pieces of at least 1 element, not 0");
    assert_eq!((of(Keys, [map()]), of(Values, [map()])), (r#"["a","b"]"#.into(), "[2,1]".into()));
    assert_eq!(of(Sort, [texts(&["b", "a"])]), r#"["a","b"]"#);
    assert_eq!(of(Unique, [ints(&[2, 1, 2])]), "[2,1]");
    assert_eq!(of(Reverse, [ints(&[1, 2])]), "[2,1]");
    assert_eq!(of(Flatten, [expr(ExprKind::List(vec![ints(&[1]), ints(&[]), ints(&[2, 3])]))]), "[1,2,3]");
    assert_eq!(of(Zip, [ints(&[1, 2]), texts(&["a"])]), r#"[{"left":1,"right":"a"}]"#);
    assert_eq!((of(Range, [int(3)]), of(Range, [int(2), int(4)])), ("[0,1,2]".into(), "[2,3]".into()));
    assert_eq!(of(Range, [int(5), int(1)]), "[]");
    assert_eq!((of(First, [ints(&[1, 2])]), of(Last, [ints(&[])])), ("1".into(), "null".into()));
    let bools = |items: &[bool]| lit(Value::list(items.iter().copied().map(Value::Bool).collect()));
    assert_eq!((of(Any, [bools(&[])]), of(All, [bools(&[])])), ("false".into(), "true".into()));
    assert_eq!((of(Any, [bools(&[false, true])]), of(All, [bools(&[false, true])])), ("true".into(), "false".into()));
}

#[test]
fn sort_is_stable_and_by_a_field() {
    let row = |key: i64, name: &str| Value::record([("key", Value::Int(key)), ("name", Value::text(name))]);
    let rows = lit(Value::list(vec![row(2, "a"), row(1, "b"), row(2, "c"), row(1, "d")]));
    let names = each(
        0,
        call(Builtin::Sort, [rows, text("key")]),
        None,
        expr(ExprKind::Field(Box::new(local(0)), "name".into())),
    );
    assert_eq!(shown(names), r#"["b","d","a","c"]"#);
}

#[test]
fn built_ins_over_numbers() {
    use Builtin::*;
    assert_eq!((of(Min, [ints(&[2, 1])]), of(Max, [ints(&[])])), ("1".into(), "null".into()));
    assert_eq!((of(Min, [int(1), float(2.0)]), of(Max, [text("a"), text("b")])), ("1.0".into(), r#""b""#.into()));
    assert_eq!((of(Sum, [ints(&[1, 2])]), of(Sum, [ints(&[])])), ("3".into(), "0".into()));
    assert_eq!(of(Sum, [ints(&[]), lit(Value::Money(0))]), r#""0usd""#);
    assert_eq!(of(Sum, [ints(&[i64::MAX, 1])]), "error: `9223372036854775807 + 1` does not fit `int`");
    assert_eq!((of(ToInt, [text("-42")]), of(ToInt, [text("4.2")])), ("-42".into(), "null".into()));
    assert_eq!(
        (of(ToInt, [float(-4.7)]), of(ToInt, [float(1e19)])),
        ("-4".into(), "error: 10000000000000000000.0 does not fit `int`".into())
    );
    assert_eq!((of(ToFloat, [text("1e3")]), of(ToFloat, [text("nan")])), ("1000.0".into(), "null".into()));
    assert_eq!((of(ToFloat, [text("1e999")]), of(ToFloat, [int(2)])), ("null".into(), "2.0".into()));
    let rounded = |x, digits| of(Round, [float(x), int(digits)]);
    assert_eq!((of(Round, [float(2.5)]), of(Round, [float(-2.5)])), ("3.0".into(), "-3.0".into()));
    assert_eq!((rounded(1.005, 2), rounded(9.995, 2), rounded(-0.04, 1)), ("1.01".into(), "10.0".into(), "0.0".into()));
    assert_eq!(
        (rounded(f64::MAX, 3), rounded(0.1, 20)),
        (json::encode(&Value::Float(f64::MAX)).to_string(), "error: `round` keeps 0 to 15 decimals, not 20".into())
    );
}

#[test]
fn built_ins_over_everything() {
    use Builtin::*;
    let record = || lit(Value::record([("b", Value::Float(1.0)), ("a", Value::Duration(1_000))]));
    assert_eq!(of(ToJson, [record()]), r#""{\"a\":\"1s\",\"b\":1.0}""#);
    assert_eq!(of(ToString, [lit(Value::Size(1024))]), r#""1KiB""#);
    assert_eq!(of(ToString, [record()]), "error: a record has no text");
    let hashed = blake3::hash(br#"{"a":"1s","b":1.0}"#).to_hex();
    assert_eq!(of(Hash, [record()]), format!("\"{hashed}\""));
    let file = FileRef { name: "a.txt".into(), size: 1, hash: "abc".into() };
    assert_eq!(of(Hash, [lit(Value::File(Arc::new(file.clone())))]), r#""abc""#);
    assert_eq!(
        of(Text, [lit(Value::File(Arc::new(file)))]),
        "error: the content of the file \"a.txt\" is not at hand here"
    );
}

#[test]
fn dates_are_those_of_the_text_moved() {
    let date = |time: &str, days: i64| of(Builtin::Date, [text(time), lit(Value::Duration(days * 86_400_000))]);
    assert_eq!(of(Builtin::Date, [text("2026-05-01T23:30:00-05:00")]), r#""2026-05-01""#);
    assert_eq!(date("2026-03-01T00:00:00Z", -1), r#""2026-02-28""#);
    assert_eq!(date("2024-02-28T12:00:00.5+02:00", 1), r#""2024-02-29""#);
    assert!(date("2026-05-01", 0).starts_with("error: \"2026-05-01\" is no time as in RFC 3339"));
    assert!(date("2026-13-01T00:00:00Z", 0).contains("is no time"));
    assert!(date("2026-05-01T00:00:00Z", 10_000_000).ends_with("is out of range"));
}

#[test]
fn large_results_fail_before_they_are_made() {
    use Builtin::*;
    let million = || call(Range, [int(1_000_000)]);
    assert_eq!(of(Range, [int(1_000_001)]), "error: `range` from 0 to 1000001 has more than 1,000,000 numbers");
    assert!(of(Range, [int(i64::MIN), int(i64::MAX)]).ends_with("has more than 1,000,000 numbers"));
    assert_eq!(shown(binary(BinaryOp::Add, million(), ints(&[1]))), "error: the list has more than 1,000,000 elements");
    let long = || lit(Value::text("x".repeat(1 << 20)));
    let doubled = |n: u32| {
        (0..n).fold(long(), |inner, name| {
            let twice = binary(BinaryOp::Add, local(name), local(name));
            call(First, [each(name, expr(ExprKind::List(vec![inner])), None, twice)])
        })
    };
    assert_eq!(shown(call(Len, [doubled(2)])), (4 << 20).to_string());
    assert_eq!(shown(doubled(7)), "error: the text is longer than 64 MiB");
    let thousands = call(Replace, [long(), text(&"x".repeat(1 << 10)), long()]);
    assert_eq!(shown(thousands), "error: the text is longer than 64 MiB");
    let joined = call(Join, [each(0, call(Range, [int(1_000)]), None, long())]);
    assert_eq!(shown(joined), "error: the text is longer than 64 MiB");
    let many = each(0, call(Range, [int(1_000)]), None, call(Trim, [long()]));
    assert_eq!(shown(many), "error: the calculation makes more than 256 MiB of text");
    let pairs = each(0, million(), None, million());
    assert_eq!(shown(pairs), "error: the calculation makes more than 10,000,000 elements");
    let searched = each(0, million(), None, binary(BinaryOp::In, text("no"), million()));
    assert!(shown(searched).starts_with("error: the calculation makes more than"));
}

#[test]
fn parts_that_values_share_count_each_time() {
    let doubled = |source, name| each(name, source, None, expr(ExprKind::List(vec![local(name), local(name)])));
    let bomb = (0..40).fold(texts(&["x"]), doubled);
    assert_eq!(shown(bomb.clone()), "error: the value holds more than 4,000,000 elements");
    assert_eq!(of(Builtin::ToJson, [bomb.clone()]), "error: the value holds more than 4,000,000 elements");
    assert_eq!(
        shown(binary(BinaryOp::Equal, bomb.clone(), bomb)),
        "error: the value holds more than 4,000,000 elements"
    );
    let deep = (0..101).fold(int(1), |inner, _| expr(ExprKind::List(vec![inner])));
    assert_eq!(shown(deep), "error: the value nests deeper than 100 levels");
}

#[test]
fn long_searches_end() {
    let items = || expr(ExprKind::Var(Var::Param(0)));
    struct Million(Value, Cell<u32>);
    impl Scope for Million {
        fn get(&self, _: Var) -> Value {
            self.1.set(self.1.get() + 1);
            self.0.clone()
        }
        fn observe(&self, _: Observe, _: u32) -> Value {
            Value::Null
        }
    }
    let scope = Million(Value::list((0..1_000_000).map(Value::Int).collect()), Cell::new(0));
    let searched = each(0, items(), Some(binary(BinaryOp::In, local(0), items())), int(1));
    let error = eval(&searched, &scope).expect_err("10^12 comparisons");
    assert_eq!(error.message, "the calculation takes more than 200,000,000 steps");
    assert!(scope.1.get() < 300, "it gave up early");
}

#[test]
fn deep_trees_fail_and_long_chains_do_not() {
    let on_small_stack = || {
        let nots = |n: usize| (0..n).fold(lit(Value::Bool(true)), |inner, _| expr(ExprKind::Not(Box::new(inner))));
        assert_eq!(shown(nots(900)), "true");
        assert_eq!(shown(nots(1_000)), "error: the expression nests too deeply");
        let records = (0..999).fold(int(1), |inner, _| {
            expr(ExprKind::Field(Box::new(expr(ExprKind::Record(vec![Entry::Field("a".into(), inner)]))), "a".into()))
        });
        assert_eq!(shown(records), "error: the expression nests too deeply");
        let calls = (0..990).fold(ints(&[1]), |inner, n| each(n, inner, None, call(Builtin::Sum, [ints(&[1])])));
        assert_eq!(shown(calls), "[1]");
        let chain = (0..5_000).fold(int(0), |left, _| binary(BinaryOp::Add, left, int(1)));
        assert_eq!(shown(chain), "5000");
    };
    // What a worker thread of the runtime has.
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(on_small_stack);
    thread.expect("a thread starts").join().expect("and ends well");
}
