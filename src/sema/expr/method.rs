//! Functions written as other languages write them: `name.upper()`, `names.length`.

use crate::base::span::Span;
use crate::sema::errors::names;
use crate::sema::expr::{Body, Typed};
use crate::sema::items::Def;
use crate::sema::presence::written_name;
use crate::syntax::ast::{self, Arg, Name};
use crate::value::builtin::Builtin;

/// What others call it, and what it is called here.
const ELSEWHERE: [(&str, &str); 24] = [
    ("length", "len"),
    ("size", "len"),
    ("count", "len"),
    ("toUpperCase", "upper"),
    ("to_upper", "upper"),
    ("uppercase", "upper"),
    ("toLowerCase", "lower"),
    ("to_lower", "lower"),
    ("lowercase", "lower"),
    ("strip", "trim"),
    ("startsWith", "starts_with"),
    ("startswith", "starts_with"),
    ("endsWith", "ends_with"),
    ("endswith", "ends_with"),
    ("includes", "contains"),
    ("substring", "slice"),
    ("replaceAll", "replace"),
    ("sorted", "sort"),
    ("reversed", "reverse"),
    ("distinct", "unique"),
    ("flat", "flatten"),
    ("toString", "to_string"),
    ("stringify", "to_json"),
    ("parseInt", "to_int"),
];

/// The function that does what a method or property of this name does elsewhere.
pub(super) fn function_for(name: &str) -> Option<&'static str> {
    let known = Builtin::names().find(|known| *known == name);
    known.or_else(|| ELSEWHERE.iter().find(|(other, _)| *other == name).map(|(_, ours)| *ours))
}

impl Body<'_, '_> {
    /// `base.name(args)` on a value: says which function is meant. Nothing if `base` is no value.
    pub(super) fn method(&mut self, base: &ast::Expr, name: &Name, args: &[Arg], span: Span) -> Option<Typed> {
        let function = function_for(&name.text).filter(|_| self.is_value(base))?;
        self.infer(base);
        self.touch_args(args);
        let inside = args.first().map(|arg| arg.span);
        Some(self.wrong(names::method(function, name, base.span, inside, span), span))
    }

    fn is_value(&mut self, base: &ast::Expr) -> bool {
        let Some(path) = written_name(base) else { return true };
        let root = path.split('.').next().unwrap_or_default();
        match self.find(root) {
            Some((frame, place)) => self.frames[frame].binding(place).agent.is_none(),
            None => matches!(self.ctx.item(self.module, root).map(|entry| entry.def), Some(Def::Constant(_))),
        }
    }
}
