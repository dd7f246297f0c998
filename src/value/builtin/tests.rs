//! What built-ins take and give, by their types.

use super::*;
use crate::value::types::Field;

fn call(name: &str, args: &[Type]) -> Result<Type, CallError> {
    let args: Vec<Argument> = args.iter().map(|ty| Argument { ty, literal: None }).collect();
    Builtin::lookup(name).expect("a built-in").result(&args)
}

fn gives(name: &str, args: &[Type]) -> String {
    match call(name, args) {
        Ok(ty) => ty.to_string(),
        Err(CallError::Count(count)) => format!("wants {count}"),
        Err(CallError::Argument { index, expected, .. }) => format!("{index}: {expected}"),
        Err(CallError::Field { name, known, .. }) => format!("no {name} in {known:?}"),
    }
}

fn list(ty: Type) -> Type {
    Type::list(ty)
}

#[test]
fn every_built_in_has_a_row_and_only_its_last_parameter_may_be_left_out() {
    let names: std::collections::HashSet<&str> = Builtin::names().collect();
    assert_eq!(names.len(), Builtin::all().count(), "no name stands twice");
    for builtin in Builtin::all() {
        assert_eq!(Builtin::lookup(builtin.name()), Some(builtin));
        let (_, rest) = builtin.params().split_last().expect("all take something");
        assert!(rest.iter().all(|param| !param.optional), "{}", builtin.name());
        assert!(builtin.doc().ends_with('.'), "{}", builtin.name());
    }
    // The last variant: a new one has to be added here and to the table.
    assert_eq!(Builtin::File as usize + 1, Builtin::all().count());
    assert!(FORMS.iter().all(|form| Builtin::lookup(form.name).is_none() && form.signature.starts_with(form.name)));
}

#[test]
fn results_follow_the_arguments() {
    let (int, text) = (Type::int(), Type::string());
    assert_eq!(gives("len", &[Type::map(int.clone())]), "int");
    assert_eq!(gives("join", &[list(Type::literal("a"))]), "string");
    assert_eq!(gives("contains", &[list(Type::float()), int.clone()]), "bool");
    assert_eq!(gives("slice", &[list(int.clone()), int.clone()]), "list<int>");
    assert_eq!(gives("slice", &[Type::literal("abc"), int.clone(), int.clone()]), "string");
    assert_eq!(gives("chunk", &[list(text.clone()), int.clone()]), "list<list<string>>");
    assert_eq!(gives("values", &[Type::map(Type::bool())]), "list<bool>");
    assert_eq!(gives("flatten", &[list(list(text.clone()))]), "list<string>");
    assert_eq!(gives("zip", &[list(int.clone()), list(text.clone())]), "list<{ left: int, right: string }>");
    assert_eq!(gives("range", std::slice::from_ref(&int)), "list<int>");
    assert_eq!(gives("min", &[list(Type::money())]), "money?");
    assert_eq!(gives("max", &[int.clone(), Type::float()]), "float");
    assert_eq!(gives("sum", &[list(Type::size())]), "size");
    assert_eq!(gives("first", &[list(text.clone().optional())]), "string?");
    assert_eq!(gives("to_int", std::slice::from_ref(&text)), "int?");
    assert_eq!(gives("to_int", &[Type::float()]), "int");
    assert_eq!(gives("to_float", std::slice::from_ref(&int)), "float");
    assert_eq!(gives("date", &[text.clone(), Type::duration()]), "string");
    assert_eq!(gives("from_json", &[text]), "json");
}

#[test]
fn wrong_arguments_are_named() {
    let int = Type::int();
    assert_eq!(gives("len", std::slice::from_ref(&int)), "0: a string, a list or a map");
    assert_eq!(gives("len", &[]), "wants one argument");
    assert_eq!(gives("join", &[]), "wants one or two arguments");
    assert_eq!(gives("replace", &[]), "wants three arguments");
    assert_eq!(gives("trim", &[Type::string().optional()]), "0: `string`");
    assert_eq!(gives("contains", &[list(Type::string()), int.clone()]), "1: `string`");
    assert_eq!(gives("sum", &[list(Type::string())]), "0: a list of numbers or units");
    assert_eq!(gives("max", &[int.clone(), Type::duration()]), "1: `int`");
    assert_eq!(gives("min", &[int]), "0: a list of numbers, units or strings, or two of them");
    let help = call("to_string", &[list(Type::string())]);
    assert!(matches!(help, Err(CallError::Argument { help: Some(help), .. }) if help == "use `join` or `to_json`"));
}

#[test]
fn empty_lists_and_what_is_reported_go_through() {
    let empty = list(Type::never());
    for name in ["len", "join", "unique", "reverse", "flatten", "min", "sum", "any", "first", "sort", "to_json"] {
        assert!(call(name, std::slice::from_ref(&empty)).is_ok(), "{name}([])");
    }
    assert_eq!(gives("sum", std::slice::from_ref(&empty)), "int");
    assert_eq!(gives("first", &[empty]), "null");
    for builtin in Builtin::all() {
        let unknown = Type::unknown();
        let args: Vec<Argument> =
            builtin.params().iter().map(|_| Argument { ty: &unknown, literal: Some("x") }).collect();
        assert!(builtin.result(&args).is_ok(), "{}", builtin.name());
    }
}

#[test]
fn sort_by_names_an_ordered_field() {
    let records =
        list(Type::record([("age", Field::required(Type::int())), ("tags", Field::required(list(Type::string())))]));
    let by = |name| {
        let text = Type::string();
        Builtin::Sort.result(&[Argument { ty: &records, literal: None }, Argument { ty: &text, literal: name }])
    };
    assert_eq!(by(Some("age")), Ok(records.clone()));
    assert!(matches!(by(Some("agee")), Err(CallError::Field { known, .. }) if known.len() == 2));
    assert!(matches!(by(Some("tags")), Err(CallError::Argument { index: 1, .. })));
    assert!(matches!(by(None), Err(CallError::Argument { index: 1, .. })));
    assert!(matches!(call("sort", &[records]), Err(CallError::Argument { help: Some(_), .. })));
}

#[test]
fn labels_of_arguments_are_carried_and_approval_is_not() {
    let dirty = Type::string().with_labels(Labels::UNTRUSTED);
    assert_eq!(gives("len", std::slice::from_ref(&dirty)), "untrusted int");
    assert_eq!(gives("starts_with", &[dirty.clone(), Type::string()]), "bool");
    assert_eq!(gives("join", &[list(Type::string()), dirty]), "untrusted string");
    let approved = list(Type::int().with_labels(Labels::APPROVED));
    assert_eq!(gives("first", &[approved]), "int?");
}

#[test]
fn the_sum_of_nothing_is_the_zero_of_its_type() {
    let implied = |ty: Type| Builtin::Sum.implied(&[Argument { ty: &list(ty), literal: None }]);
    assert_eq!(implied(Type::money()), Some(Value::Money(0)));
    assert_eq!(implied(Type::never()), Some(Value::Int(0)));
    assert_eq!(Builtin::Len.implied(&[Argument { ty: &Type::string(), literal: None }]), None);
}

#[test]
fn the_documentation_has_one_row_for_each() {
    let text = table_markdown();
    assert_eq!(text.lines().count(), 2 + Builtin::all().count() + FORMS.len());
    assert!(text.contains("| `slice(value: string \\| list<T>, from: int, to: int = end) -> string \\| list<T>` |"));
    assert!(text.contains("`sort(list: list<O> \\| list<record>, by?: string literal) -> list`"));
}
