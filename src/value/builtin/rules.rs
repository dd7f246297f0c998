//! The typing rules of built-ins: from the types of the arguments to that of the result.
//!
//! The number of arguments is already right here; labels are added by the caller.

use std::sync::Arc;

use crate::value::builtin::{Argument, CallError};
use crate::value::operator::{has_text, is_ordered, overlap};
use crate::value::types::{Field, Kind, Type, join as join_types};

type Args<'a, 'b> = &'a [Argument<'b>];
type Typed = Result<Type, CallError>;

const ORDERED: &str = "numbers, units or strings";

pub(super) fn len(args: Args) -> Typed {
    let ty = args[0].ty;
    let counted = fits(ty, &Type::string()) || matches!(ty.kind, Kind::List(_) | Kind::Map(_));
    if counted { Ok(Type::int()) } else { wrong(0, "a string, a list or a map") }
}

pub(super) fn join(args: Args) -> Typed {
    want(args, 0, &Type::list(Type::string()))?;
    want(args, 1, &Type::string())?;
    Ok(Type::string())
}

pub(super) fn texts_to_text(args: Args) -> Typed {
    texts(args).map(|()| Type::string())
}

pub(super) fn texts_to_bool(args: Args) -> Typed {
    texts(args).map(|()| Type::bool())
}

pub(super) fn texts_to_list(args: Args) -> Typed {
    texts(args).map(|()| Type::list(Type::string()))
}

pub(super) fn contains(args: Args) -> Typed {
    let (whole, part) = (args[0].ty, args[1].ty);
    if let Some(element) = whole.element() {
        let fitting = overlap(element, part) && (element.is_optional() || !part.is_optional());
        return if fitting { Ok(Type::bool()) } else { wrong(1, format!("`{element}`")) };
    }
    if !fits(whole, &Type::string()) {
        return wrong(0, "a string or a list");
    }
    want(args, 1, &if whole.is_unknown() { Type::unknown() } else { Type::string() })?;
    Ok(Type::bool())
}

pub(super) fn slice(args: Args) -> Typed {
    want(args, 1, &Type::int())?;
    want(args, 2, &Type::int())?;
    let ty = args[0].ty;
    match &ty.kind {
        Kind::List(_) | Kind::Unknown => Ok(ty.clone()),
        _ if fits(ty, &Type::string()) => Ok(Type::string()),
        _ => wrong(0, "a string or a list"),
    }
}

pub(super) fn chunk(args: Args) -> Typed {
    let element = list(args, 0)?;
    want(args, 1, &Type::int())?;
    Ok(Type::list(Type::list(element)))
}

pub(super) fn keys(args: Args) -> Typed {
    map(args).map(|_| Type::list(Type::string()))
}

pub(super) fn values(args: Args) -> Typed {
    map(args).map(Type::list)
}

pub(super) fn same_list(args: Args) -> Typed {
    list(args, 0).map(|_| args[0].ty.clone())
}

pub(super) fn sort(args: Args) -> Typed {
    let element = list(args, 0)?;
    match args.get(1) {
        Some(by) => sort_by(&element, by)?,
        None if is_ordered(&element) => {}
        None if !element.field_names().is_empty() => {
            let help = "name the field to sort by: `sort(…, by: \"field\")`";
            return wrong_help(0, format!("a list of {ORDERED}"), help);
        }
        None => return wrong(0, format!("a list of {ORDERED}")),
    }
    Ok(args[0].ty.clone())
}

fn sort_by(element: &Type, by: &Argument) -> Result<(), CallError> {
    let Some(name) = by.literal else { return wrong(1, "the name of a field, as a string literal") };
    let known = element.field_names();
    if known.is_empty() && !matches!(element.kind, Kind::Unknown | Kind::Never) {
        return wrong(0, "a list of records");
    }
    match element.field(name) {
        None => Err(CallError::Field { index: 1, name: Arc::from(name), known }),
        Some(field) if !is_ordered(&field) => wrong(1, format!("a field of {ORDERED}")),
        Some(_) => Ok(()),
    }
}

pub(super) fn flatten(args: Args) -> Typed {
    let element = list(args, 0)?;
    match &element.kind {
        Kind::List(inner) => Ok(Type::list((**inner).clone())),
        Kind::Never | Kind::Unknown => Ok(Type::list(element)),
        _ => wrong(0, "a list of lists"),
    }
}

pub(super) fn zip(args: Args) -> Typed {
    let (left, right) = (list(args, 0)?, list(args, 1)?);
    Ok(Type::list(Type::record([("left", Field::required(left)), ("right", Field::required(right))])))
}

pub(super) fn range(args: Args) -> Typed {
    want(args, 0, &Type::int())?;
    want(args, 1, &Type::int())?;
    Ok(Type::list(Type::int()))
}

pub(super) fn extreme(args: Args) -> Typed {
    if let Some(other) = args.get(1) {
        let both = [args[0].ty, other.ty];
        if let Some(index) = both.iter().position(|ty| !is_ordered(ty)) {
            return wrong(index, format!("one of two {ORDERED}"));
        }
        let joined = join_types(both[0], both[1]).filter(is_ordered);
        return joined.map_or_else(|| wrong(1, format!("`{}`", both[0])), Ok);
    }
    let element = list(args, 0).or_else(|_| wrong(0, format!("a list of {ORDERED}, or two of them")))?;
    if is_ordered(&element) { Ok(element.optional()) } else { wrong(0, format!("a list of {ORDERED}")) }
}

pub(super) fn sum(args: Args) -> Typed {
    let element = list(args, 0)?;
    match &element.kind {
        Kind::Never => Ok(Type::int()),
        Kind::Unknown => Ok(element),
        _ if is_ordered(&element) && !element.fits(&Type::string()) => Ok(element),
        _ => wrong(0, "a list of numbers or units"),
    }
}

pub(super) fn bools(args: Args) -> Typed {
    want(args, 0, &Type::list(Type::bool()))?;
    Ok(Type::bool())
}

pub(super) fn end_of_list(args: Args) -> Typed {
    list(args, 0).map(Type::optional)
}

pub(super) fn to_string(args: Args) -> Typed {
    let ty = args[0].ty;
    if has_text(ty) {
        return Ok(Type::string());
    }
    let expected = "a string, a number, a unit or a `bool`";
    match &ty.kind {
        Kind::List(element) if element.fits(&Type::string()) => wrong_help(0, expected, "use `join` or `to_json`"),
        Kind::List(_) | Kind::Map(_) | Kind::Record(_) | Kind::Union(_) | Kind::Json => {
            wrong_help(0, expected, "use `to_json`")
        }
        Kind::File => wrong_help(0, expected, "use `text` for its content, `.name` for its name"),
        _ => wrong(0, expected),
    }
}

pub(super) fn to_int(args: Args) -> Typed {
    from_text_or(args, &Type::float(), Type::int(), "`string` or `float`")
}

pub(super) fn to_float(args: Args) -> Typed {
    from_text_or(args, &Type::int(), Type::float(), "`string` or `int`")
}

fn from_text_or(args: Args, number: &Type, result: Type, expected: &str) -> Typed {
    let ty = args[0].ty;
    match () {
        () if fits(ty, number) => Ok(result),
        () if fits(ty, &Type::string()) => Ok(result.optional()),
        () => wrong(0, expected),
    }
}

pub(super) fn round(args: Args) -> Typed {
    want(args, 0, &Type::float())?;
    want(args, 1, &Type::int())?;
    Ok(Type::float())
}

pub(super) fn any_to_text(args: Args) -> Typed {
    if args[0].ty.is_optional() {
        return wrong(0, format!("`{}`", args[0].ty.without_null()));
    }
    Ok(Type::string())
}

pub(super) fn from_json(args: Args) -> Typed {
    texts(args).map(|()| Type::json())
}

pub(super) fn date(args: Args) -> Typed {
    want(args, 0, &Type::string())?;
    want(args, 1, &Type::duration())?;
    Ok(Type::string())
}

pub(super) fn text(args: Args) -> Typed {
    want(args, 0, &Type::file())?;
    Ok(Type::string())
}

pub(super) fn file(args: Args) -> Typed {
    texts(args).map(|()| Type::file())
}

fn fits(ty: &Type, wider: &Type) -> bool {
    ty.fits(wider)
}

/// The argument at `index`, if it is given, fits a type.
fn want(args: Args, index: usize, wider: &Type) -> Result<(), CallError> {
    match args.get(index) {
        Some(arg) if !fits(arg.ty, wider) => wrong(index, format!("`{wider}`")),
        _ => Ok(()),
    }
}

fn texts(args: Args) -> Result<(), CallError> {
    (0..args.len()).try_for_each(|index| want(args, index, &Type::string()))
}

/// The element of the list at `index`.
fn list(args: Args, index: usize) -> Typed {
    match &args[index].ty.kind {
        Kind::List(element) => Ok((**element).clone()),
        Kind::Unknown | Kind::Never => Ok(Type::unknown()),
        _ => wrong(index, "a list"),
    }
}

fn map(args: Args) -> Typed {
    match &args[0].ty.kind {
        Kind::Map(element) => Ok((**element).clone()),
        Kind::Unknown | Kind::Never => Ok(Type::unknown()),
        _ => wrong(0, "a map"),
    }
}

fn wrong<T>(index: usize, expected: impl Into<String>) -> Result<T, CallError> {
    Err(CallError::Argument { index, expected: expected.into(), help: None })
}

fn wrong_help<T>(index: usize, expected: impl Into<String>, help: &str) -> Result<T, CallError> {
    Err(CallError::Argument { index, expected: expected.into(), help: Some(help.to_owned()) })
}
