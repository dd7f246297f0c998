//! 02xx: types that do not fit, calls with the wrong arguments, `match`.

use std::sync::Arc;

use crate::base::nearest;
use crate::base::span::Span;
use crate::base::unit;
use crate::diag::{Code, Diagnostic};
use crate::sema::errors::{shown, suggest};
use crate::sema::expr::{Typed, Want};
use crate::sema::presence::written_name;
use crate::syntax::ast;
use crate::value::Value;
use crate::value::builtin::{Builtin, CallError};
use crate::value::expr::{BinaryOp, ExprKind};
use crate::value::types::{Kind, Reason, Type};

pub(crate) fn mismatch(found: &Typed, written: &ast::Expr, want: &Want) -> Diagnostic {
    let (wanted, given) = (&want.ty, &found.ty);
    let message = format!("{} takes {}, not {}", want.what, in_words(wanted), in_words(given));
    let mut problem =
        Diagnostic::new(Code::WF0201, written.span, message).label(format!("expected `{}`", shown(wanted)));
    if let Some((span, label)) = &want.declared {
        problem = problem.related(*span, label.clone());
    }
    if let Some(difference) = given.fits_detail(wanted)
        && !difference.path.is_empty()
    {
        problem = problem.note(match &difference.reason {
            Reason::Absent { .. } => format!("{difference}: it may be absent"),
            _ => difference.to_string(),
        });
    }
    repaired(problem, found, written, wanted)
}

/// "a duration", "a number"; other types as they are written.
fn in_words(ty: &Type) -> String {
    if ty.name.is_some() {
        return format!("`{}`", shown(ty));
    }
    match ty.kind {
        Kind::Duration => "a duration".into(),
        Kind::Money => "an amount of money".into(),
        Kind::Tokens => "a number of tokens".into(),
        Kind::Size => "a size".into(),
        Kind::Int | Kind::Float => "a number".into(),
        Kind::Bool => "`true` or `false`".into(),
        Kind::String => "a string".into(),
        _ => format!("`{}`", shown(ty)),
    }
}

/// What to write instead, where that is sure.
fn repaired(problem: Diagnostic, found: &Typed, written: &ast::Expr, wanted: &Type) -> Diagnostic {
    let span = written.span;
    let literal = match &found.expr.kind {
        ExprKind::Literal(value) => Some(value),
        _ => None,
    };
    match (&wanted.without_null().kind, literal) {
        (Kind::Duration, Some(Value::Int(number))) => problem
            .help("write the unit: `ms`, `s`, `m`, `h` or `d`")
            .fix_suggested("seconds are meant", span, format!("{number}s")),
        (Kind::Money, Some(Value::Int(number))) => {
            problem.help("write the unit: `usd`").fix_suggested("dollars are meant", span, format!("{number}usd"))
        }
        (Kind::Tokens, Some(Value::Int(number))) => {
            problem.help("write the unit: `tok`").fix_suggested("tokens are meant", span, format!("{number}tok"))
        }
        (Kind::Size, Some(Value::Int(number))) => problem
            .help("write the unit: `B`, `KiB`, `MiB` or `GiB`")
            .fix_suggested("bytes are meant", span, format!("{number}B")),
        (Kind::Duration, Some(Value::String(text))) if unit::parse_duration(text).is_ok() => {
            problem.help("a duration has no quotes").fix_suggested("remove the quotes", span, text.to_string())
        }
        (Kind::Int | Kind::Float, Some(Value::String(text))) if text.parse::<i64>().is_ok() => {
            problem.help("a number has no quotes").fix_suggested("remove the quotes", span, text.to_string())
        }
        (Kind::Union(_) | Kind::Literal(_), Some(Value::String(text))) => near_literal(problem, text, wanted, span),
        (Kind::File, Some(Value::String(text))) => problem.help(format!(
            "a file of the project is `include_file(\"{text}\")`, one of a text `file(\"name\", \"text\")`"
        )),
        (Kind::Bool, _) if found.ty.is_optional() && written_name(written).is_some() => problem
            .help("to ask whether it is there, compare with `null`")
            .fix_suggested("compare with `null`", span.after(), " != null"),
        (Kind::Null, _) if literal.is_none() => {
            problem.help(format!("declare what it gives: `-> {}`", shown(&found.ty)))
        }
        (Kind::String, _) if has_short_text(&found.ty) => problem.help("put it into a text: `\"${…}\"`"),
        (Kind::List(element), _) if holds_absent(&found.ty, element) => {
            let list = written_name(written).unwrap_or_else(|| "list".to_owned());
            problem.help(format!("leave the absent ones out: `[x for x in {list} if x != null]`"))
        }
        (Kind::List(element), _) if found.ty.fits(element) => problem.help("put it into brackets: `[…]`"),
        (Kind::Json, _) => problem.help("nothing becomes `json` by itself: write `… as json`"),
        (_, _) if found.ty.kind == Kind::Json => problem.help(format!("check it first: `… as {}`", shown(wanted))),
        _ => problem,
    }
}

/// Whether a list is wrong only in that its elements may be absent.
fn holds_absent(found: &Type, wanted: &Type) -> bool {
    matches!(&found.kind, Kind::List(element) if element.is_optional() && element.without_null().fits(wanted))
}

fn has_short_text(ty: &Type) -> bool {
    matches!(ty.kind, Kind::Int | Kind::Float | Kind::Bool | Kind::Duration | Kind::Money | Kind::Tokens | Kind::Size)
}

fn near_literal(problem: Diagnostic, text: &str, wanted: &Type, span: Span) -> Diagnostic {
    let legal = wanted.without_null().as_literals().unwrap_or_default();
    let names: Vec<&str> = legal.iter().map(|text| &**text).collect();
    match nearest::nearest(text, &names) {
        Some(near) => problem.help(format!("did you mean \"{near}\"?")).fix_suggested(
            format!("write \"{near}\""),
            span,
            format!("\"{near}\""),
        ),
        None if names.is_empty() => problem,
        None => problem.help(format!("it can be {}", either(&legal))),
    }
}

/// `"a", "b" or "c"`.
fn either(texts: &[Arc<str>]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("\"{text}\"")).collect();
    alternatives(&quoted)
}

fn alternatives(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

pub(crate) fn no_common_type(what: &str, first: (&Typed, &ast::Expr), other: (&Typed, &ast::Expr)) -> Diagnostic {
    let (a, b) = (shown(&first.0.ty), shown(&other.0.ty));
    Diagnostic::new(Code::WF0201, other.1.span, format!("{what} are of one type"))
        .label(format!("is `{b}`"))
        .related(first.1.span, format!("is `{a}`"))
        .help("make them the same")
}

pub(crate) fn arms_differ(first: (&Type, Span), other: (&Type, Span)) -> Diagnostic {
    Diagnostic::new(Code::WF0201, other.1, "the arms of a `match` are of one type")
        .label(format!("gives `{}`", shown(other.0)))
        .related(first.1, format!("gives `{}`", shown(first.0)))
        .help("make them the same, or let them give nothing")
}

pub(crate) fn call_not_widened(found: &Type, wanted: &Type, at: Span) -> Diagnostic {
    let (found, wanted) = (shown(found), shown(wanted));
    Diagnostic::new(Code::WF0201, at, format!("this arm gives `{found}`, the others `{wanted}`"))
        .label(format!("expected `{wanted}`"))
        .help(format!("let the action give `{wanted}`"))
}

pub(crate) fn contains_itself(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0208, at, format!("the type `{name}` contains itself"))
        .label("goes on without end")
        .related(declared, "the type")
        .help("write `json` here, and check what is inside with `as`")
}

pub(crate) fn too_large(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0208, at, format!("the type `{name}` is too large"))
        .label("too deep, or of too many parts")
        .help("write `json` for its inner parts, and check them with `as`")
}

pub(crate) fn not_a_member(ty: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0214, at, format!("`{ty}` cannot stand in a union"))
        .label("not a literal, not a record")
        .help("a union is of string literals, or of records with one literal field each; or write `json`")
}

/// `T | null`.
pub(crate) fn null_as_a_member(ty: &str, at: Span) -> Diagnostic {
    let instead = format!("{ty}?");
    Diagnostic::new(Code::WF0214, at, "`null` cannot stand in a union")
        .label("not a literal, not a record")
        .help(format!("what may be absent is spelled `{instead}`"))
        .fix_suggested(format!("write `{instead}`"), at, instead)
}

/// `low | high`.
pub(crate) fn texts_without_quotes(at: Span, texts: &[&str]) -> Diagnostic {
    let instead = texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(" | ");
    Diagnostic::new(Code::WF0103, at, format!("there are no types {}", nearest::listed(&quoted(texts))))
        .label("unknown types")
        .help(format!("texts stand in quotes: `{instead}`"))
        .fix_suggested("put them into quotes", at, instead)
}

fn quoted(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| format!("`{text}`")).collect()
}

pub(crate) fn mixed_union(at: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0214, at, "literals and records do not mix in a union")
        .label("of another sort")
        .related(first, "than this one")
        .help("make all of them literals, or all of them records")
}

pub(crate) fn repeated_member(ty: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0214, at, format!("{ty} stands twice in this union"))
        .label("again here")
        .help("remove one of the two")
}

pub(crate) fn not_told_apart(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0214, at, "the records of this union cannot be told apart")
        .label("no field tells which it is")
        .help("give each a literal field: `{ kind: \"ok\", … } | { kind: \"error\", … }`")
}

pub(crate) fn no_text(ty: &Type, written: &ast::Expr) -> Diagnostic {
    let called = written_name(written).unwrap_or_else(|| "…".to_owned());
    let found = Diagnostic::new(Code::WF0207, written.span, format!("`{}` has no text of its own", shown(ty)))
        .label("how should it be written?");
    match &ty.kind {
        Kind::List(element) if element.fits(&Type::string()) => {
            found.help(format!("say how: `join({called}, \", \")`, or `to_json({called})`"))
        }
        Kind::Record(_) => found.help(format!("name a field, or write `to_json({called})`")),
        Kind::File => found.help(format!("write `text({called})` for what is in it, `{called}.name` for its name")),
        _ => found.help(format!("write `to_json({called})`")),
    }
}

pub(crate) fn unary(op: &str, ty: &str, at: Span) -> Diagnostic {
    let wanted = if op == "!" { "`true` or `false`" } else { "a number" };
    Diagnostic::new(Code::WF0206, at, format!("`{op}` takes {wanted}, not `{ty}`")).label(format!("has type `{ty}`"))
}

pub(crate) fn operator(
    op: BinaryOp,
    a: &Typed,
    left: &ast::Expr,
    b: &Typed,
    right: &ast::Expr,
    at: Span,
) -> Diagnostic {
    let sign = op.as_str();
    let found =
        Diagnostic::new(Code::WF0206, at, format!("`{sign}` does not take `{}` and `{}`", shown(&a.ty), shown(&b.ty)))
            .label("not for these two")
            .related(left.span, format!("has type `{}`", shown(&a.ty)))
            .related(right.span, format!("has type `{}`", shown(&b.ty)));
    let text = |ty: &Type| ty.fits(&Type::string());
    if op == BinaryOp::Add && (text(&a.ty) || text(&b.ty)) {
        return found.help("put the other into a text: `\"${…}\"`");
    }
    match (&a.ty.kind, &b.ty.kind) {
        (Kind::Duration, Kind::Int | Kind::Float) | (Kind::Int | Kind::Float, Kind::Duration) => {
            found.help("write the unit: `ms`, `s`, `m`, `h` or `d`")
        }
        _ => found,
    }
}

pub(crate) fn never_equal(op: BinaryOp, a: (&Typed, &ast::Expr), b: (&Typed, &ast::Expr), whole: Span) -> Diagnostic {
    let never = if op == BinaryOp::Equal { "false" } else { "true" };
    for ((value, place), (other, _)) in [(a, b), (b, a)] {
        if let (ExprKind::Literal(Value::String(text)), Some(legal)) =
            (&value.expr.kind, other.ty.without_null().as_literals())
        {
            return outside(text, place.span, other, &legal, never);
        }
    }
    let found = Diagnostic::new(Code::WF0211, whole, format!("this comparison is always {never}"))
        .label(format!("always {never}"))
        .related(a.1.span, format!("has type `{}`", shown(&a.0.ty)))
        .related(b.1.span, format!("has type `{}`", shown(&b.0.ty)));
    match part_that_is_meant(&a.0.ty, &b.0.ty) {
        Some(help) => found.help(help),
        None => found,
    }
}

/// What of a value fits the other side: how many elements it has, or one of its fields.
fn part_that_is_meant(value: &Type, other: &Type) -> Option<String> {
    match &value.kind {
        Kind::List(_) | Kind::Map(_) if other.kind == Kind::Int => Some("count its elements with `len(…)`".to_owned()),
        Kind::Record(fields) => {
            let mut fitting = fields.iter().filter(|(_, field)| other.fits(&field.read()));
            let (name, _) = fitting.next().or_else(|| fields.iter().find(|(_, field)| alike(&field.read(), other)))?;
            Some(format!("compare a field of it: `.{name}`"))
        }
        _ => None,
    }
}

/// Whether both are texts, of which some are allowed.
fn alike(ty: &Type, other: &Type) -> bool {
    ty.as_literals().is_some() && matches!(other.kind, Kind::Literal(_))
}

fn outside(text: &str, at: Span, other: &Typed, legal: &[Arc<str>], never: &str) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0211, at, format!("this comparison is always {never}"))
        .label(format!("never \"{text}\""))
        .related(other.expr.span, format!("can be {}", either(legal)));
    let names: Vec<&str> = legal.iter().map(|text| &**text).collect();
    match nearest::nearest(text, &names) {
        Some(near) => found.help(format!("did you mean \"{near}\"?")).fix_suggested(
            format!("write \"{near}\""),
            at,
            format!("\"{near}\""),
        ),
        None => found.help(format!("compare with {}", either(legal))),
    }
}

pub(crate) fn never_in(a: &Typed, left: &ast::Expr, b: &Typed, right: &ast::Expr, at: Span) -> Diagnostic {
    if !matches!(b.ty.kind, Kind::List(_)) {
        return operator(BinaryOp::In, a, left, b, right, at);
    }
    Diagnostic::new(Code::WF0211, at, "this is never in the list")
        .label("always false")
        .related(left.span, format!("has type `{}`", shown(&a.ty)))
        .related(right.span, format!("has type `{}`", shown(&b.ty)))
}

pub(crate) fn impossible_cast(from: &str, at: Span, to: &str, wanted: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0210, at, format!("`{from}` can never be `{to}`"))
        .label(format!("has type `{from}`"))
        .related(wanted, "wanted here")
        .help("`as` is for `json`: it checks what is inside")
}

/// `index` is what stands behind the value; `field` the field of a record that is named there.
pub(crate) fn not_indexed(ty: &str, at: Span, field: Option<&str>, index: Span) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0206, at, format!("`{ty}` has no elements")).label("not a list, not a map");
    match field {
        Some(field) => found.help(format!("it has a field: write `.{field}`")).fix_suggested(
            format!("write `.{field}`"),
            index,
            format!(".{field}"),
        ),
        None => found.help("`[…]` takes a position in a list or a key of a map"),
    }
}

pub(crate) fn not_a_list(ty: &str, written: &ast::Expr) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0201, written.span, format!("`for` goes through a list, not through `{ty}`"))
        .label("expected a list");
    match written.kind {
        ast::ExprKind::Int(_) => found.help("for the numbers below it write `range(0, …)`"),
        _ if ty.starts_with("map<") => found.help("go through `keys(…)` or `values(…)`"),
        _ => found,
    }
}

pub(crate) fn not_spread(ty: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0201, at, format!("`..` takes a record, not `{ty}`")).label("expected a record")
}

pub(crate) fn field_not_wanted(name: &str, at: Span, shape: &Type, want: &Want, legal: &[&str]) -> Diagnostic {
    let mut found =
        Diagnostic::new(Code::WF0209, at, format!("`{}` has no field `{name}`", shown(shape))).label("not wanted here");
    if let Some((span, label)) = &want.declared {
        found = found.related(*span, label.clone());
    }
    suggest(found, name, at, legal)
}

pub(crate) fn fields_missing(missing: &[&str], at: Span, shape: &Type, want: &Want) -> Diagnostic {
    let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let noun = if missing.len() == 1 { "field" } else { "fields" };
    let mut found =
        Diagnostic::new(Code::WF0209, at, format!("{} lacks the {noun} {}", want.what, nearest::listed(&names)))
            .label(format!("not a whole `{}`", shown(shape)));
    if let Some((span, label)) = &want.declared {
        found = found.related(*span, label.clone());
    }
    found.help(format!("add {}", nearest::listed(&names)))
}

pub(crate) fn no_return(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0215, at, format!("`{name}` does not give its result"))
        .label("no `return`")
        .related(declared, "the result it declares")
        .help("end it with `return …`, or leave `-> …` out")
}

pub(crate) fn always_fails(message: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0216, at, "this calculation always fails").label("can never be evaluated").note(message)
}

/// Where and how a further arm would be written.
pub(crate) struct NewArm {
    /// After the last one.
    pub end: Span,
    /// What it could give.
    pub value: &'static str,
}

pub(crate) fn missing_arms(
    at: Span,
    missing: &[String],
    all: &[String],
    declared: Option<Span>,
    new: &NewArm,
) -> Diagnostic {
    let arm = if missing.len() == 1 { "arm" } else { "arms" };
    let mut found =
        Diagnostic::new(Code::WF0203, at, format!("this `match` has no {arm} for {}", alternatives(missing)))
            .label(format!("can be {}", alternatives(all)));
    if let Some(span) = declared {
        found = found.related(span, "declared here");
    }
    let arms: Vec<String> = missing.iter().map(|one| format!("\n{one} => {}", new.value)).collect();
    let help = if missing.len() == 1 {
        "add the arm, or `_ =>` for all the rest"
    } else {
        "add the arms, or `_ =>` for all the rest"
    };
    found.help(help).fix_suggested(help, new.end, arms.concat())
}

pub(crate) fn no_rest_arm(ty: &str, at: Span, new: &NewArm) -> Diagnostic {
    Diagnostic::new(Code::WF0203, at, format!("this `match` does not cover every `{ty}`"))
        .label("can be anything")
        .help("add `_ =>` for all the rest")
        .fix_suggested("add `_ =>`", new.end, format!("\n_ => {}", new.value))
}

pub(crate) fn not_matched(ty: &str, subject: &ast::Expr, tag: Option<&str>) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0201, subject.span, format!("`match` cannot tell values of `{ty}` apart"))
        .label("not a string, number or `bool`");
    match (tag, written_name(subject)) {
        (Some(tag), Some(name)) => found
            .help(format!("match on its literal field: `match {name}.{tag}`"))
            .fix_suggested(format!("match on `{tag}`"), subject.span.after(), format!(".{tag}")),
        _ => found,
    }
}

pub(crate) fn pattern_type(at: Span, ty: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0201, at, format!("this pattern is no `{ty}`")).label(format!("expected `{ty}`"))
}

/// `open` are the texts that no arm has: the one that is meant is among them.
pub(crate) fn pattern_never_matches(text: &str, at: Span, legal: &[Arc<str>], open: &[&Arc<str>]) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0204, at, format!("\"{text}\" never comes here"))
        .label(format!("can be {}", either(legal)));
    let names: Vec<&str> = legal.iter().map(|text| &**text).collect();
    let only = if let [only] = open { Some(&***only) } else { None };
    match nearest::nearest(text, &names).or(only) {
        Some(near) => found.help(format!("did you mean \"{near}\"?")).fix_suggested(
            format!("write \"{near}\""),
            at,
            format!("\"{near}\""),
        ),
        None => found.help("remove it"),
    }
}

pub(crate) fn arm_again(at: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0204, at, "this arm never matches")
        .label("comes too late")
        .related(first, "matches before it")
        .help("remove it, or move it up")
}

pub(crate) fn nothing_left(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0204, at, "this arm never matches: the others cover everything")
        .label("nothing is left for it")
        .help("remove it")
}

pub(crate) fn too_many_arguments(callee: &str, takes: usize, at: Span, declared: Span) -> Diagnostic {
    let takes = match takes {
        0 => "no arguments".to_owned(),
        1 => "one argument".to_owned(),
        many => format!("{many} arguments"),
    };
    Diagnostic::new(Code::WF0205, at, format!("`{callee}` takes {takes}"))
        .label("one too many")
        .related(declared, "declared here")
        .help("remove what is too much")
}

pub(crate) fn arguments_missing(callee: &str, missing: &[&str], at: Span, declared: Span) -> Diagnostic {
    let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let listed = nearest::listed(&names);
    Diagnostic::new(Code::WF0205, at, format!("`{callee}` also needs {listed}"))
        .label("not enough arguments")
        .related(declared, "declared here")
        .help(format!("add {listed}"))
}

pub(crate) fn argument_twice(name: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0205, again, format!("`{name}` is given twice"))
        .label("again here")
        .related(first, "first here")
        .help("remove one of the two")
}

pub(crate) fn argument_again(name: &str, again: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0205, again, format!("`{name}` is given twice"))
        .label("again here")
        .help("remove one of the two")
}

pub(crate) fn with_unnamed(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0205, at, "`with` names the arguments of the next round")
        .label("of which parameter?")
        .help("write `with name: value`")
}

pub(crate) fn too_many_questions(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0205, at, "`ask` takes one question")
        .label("one too many")
        .help("what is shown with it goes into `show: …`")
}

pub(crate) fn no_question(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0205, at, "`ask` needs its question")
        .label("what is asked?")
        .help("write it first: `ask(\"Go on?\")`")
}

pub(crate) fn builtin_count(builtin: Builtin, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0205, at, format!("`{}` is called otherwise", builtin.name()))
        .label("wrong number of arguments")
        .help(format!("it is `{}`", builtin.signature()))
}

pub(crate) fn builtin(
    builtin: Builtin,
    error: CallError,
    values: &[Typed],
    written: &[&ast::Expr],
    span: Span,
) -> Diagnostic {
    match error {
        CallError::Count(_) => builtin_count(builtin, span),
        CallError::Argument { index, expected, help } => {
            let at = written.get(index).map_or(span, |written| written.span);
            let given =
                values.get(index).map_or_else(|| "nothing".to_owned(), |value| format!("`{}`", shown(&value.ty)));
            let found =
                Diagnostic::new(Code::WF0201, at, format!("`{}` takes {expected}, not {given}", builtin.name()))
                    .label(format!("expected {expected}"));
            match help {
                Some(help) => found.help(help),
                None => found,
            }
        }
        CallError::Field { index, name, known } => {
            let at = written.get(index).map_or(span, |written| written.span);
            let legal: Vec<&str> = known.iter().map(|name| &**name).collect();
            let found =
                Diagnostic::new(Code::WF0105, at, format!("the records have no field `{name}`")).label("unknown field");
            match nearest::nearest(&name, &legal) {
                Some(near) => found.help(format!("did you mean \"{near}\"?")).fix_suggested(
                    format!("write \"{near}\""),
                    at,
                    format!("\"{near}\""),
                ),
                None => found,
            }
        }
    }
}

pub(crate) fn unchanged_of(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0205, at, "`unchanged` takes `result` or a field of it")
        .label("not of the round's result")
        .help("write `unchanged(result.…)`")
}

pub(crate) fn unchanged_elsewhere(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0116, at, "`unchanged` stands in `stop when` only")
        .label("no round before here")
        .help("write `repeat … stop when unchanged(result.…)`")
}

pub(crate) fn include_wants_path(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0201, at, format!("`{name}` takes the path of a file as a literal"))
        .label("expected a path in quotes")
        .help(format!("write `{name}(\"texts/spec.md\")`, a path from this file"))
}

pub(crate) fn include_outside(path: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0902, at, format!("\"{path}\" leads out of the project"))
        .label("outside the project")
        .help("name a file of the project, relative to this one")
}

pub(crate) fn include_unread(path: &str, why: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0901, at, format!("\"{path}\" cannot be read: {why}"))
        .label("cannot be read")
        .help("paths are relative to this file")
}
