//! Calls inside expressions: built-ins, and what is called alike.

use std::sync::Arc;

use crate::base::span::Span;
use crate::diag::Diagnostic;
use crate::sema::errors::{names, types as errors};
use crate::sema::expr::observe::observation;
use crate::sema::expr::{Body, Secrets, Typed, literal, literal_text, widened};
use crate::sema::presence::written_name;
use crate::sema::{include, naming};
use crate::syntax::ast::{self, Arg};
use crate::value::Value;
use crate::value::builtin::{Argument, Builtin, CallError};
use crate::value::expr::{BinaryOp, Expr, ExprKind, Var};
use crate::value::operator::has_text;
use crate::value::types::{Kind, Type};

impl Body<'_, '_> {
    /// `callee(args)`.
    pub(super) fn function(&mut self, callee: &ast::Expr, args: &[Arg], span: Span) -> Typed {
        let ast::ExprKind::Name(name) = &callee.kind else { return self.not_a_function(callee, args, span) };
        if let Some(what) = observation(name) {
            return self.observed(name, what, args, span);
        }
        match name.as_str() {
            "unchanged" => self.unchanged(args, span),
            "include_text" => self.include_text(args, span),
            "include_file" => self.include_file(args, span),
            _ => match Builtin::lookup(name) {
                Some(builtin) => self.builtin(builtin, args, span),
                None => self.not_a_function(callee, args, span),
            },
        }
    }

    /// Names what stands there: something that only a stage can call, or nothing that is known.
    fn not_a_function(&mut self, callee: &ast::Expr, args: &[Arg], span: Span) -> Typed {
        self.touch_args(args);
        let first = match &callee.kind {
            ast::ExprKind::Name(name) => name.clone(),
            _ => written_name(callee).and_then(|path| path.split('.').next().map(str::to_owned)).unwrap_or_default(),
        };
        let dotted = !matches!(callee.kind, ast::ExprKind::Name(_));
        let known = self.find(&first).is_some() || self.ctx.item(self.module, &first).is_some();
        let called = written_name(callee).unwrap_or_else(|| "this".to_owned());
        if let ast::ExprKind::Field(base, name) = &callee.kind {
            // What stands before the point is used, whatever was to be done with it.
            let mut used = crate::sema::names::Names::default();
            used.expr(base);
            self.touch(&used.found);
            if first.is_empty() {
                let found = self.method_of_a_value(base, &name.text, args, span);
                return self.wrong(found, span);
            }
        }
        let found = match known || dotted {
            true if !known => {
                self.name(&first, callee.span);
                return Typed::unknown(span);
            }
            true => match method(callee).filter(|_| self.find(&first).is_some()) {
                Some((value, name)) => names::function_as_method(&value, &name, span, args.is_empty()),
                None => match &callee.kind {
                    ast::ExprKind::Field(base, name) if self.find(&first).is_some() => {
                        let value = written_name(base).unwrap_or_else(|| first.clone());
                        names::no_methods(&value, &name.text, span)
                    }
                    _ => names::call_in_expression(&called, span),
                },
            },
            false if matches!(first.as_str(), "ask" | "wait" | "event") => names::call_in_expression(&called, span),
            false => {
                let legal: Vec<&str> = naming::functions().collect();
                names::unknown_function(&first, callee.span, &legal)
            }
        };
        self.wrong(found, span)
    }

    /// `"a".strip()`, `len(x).to_string()`.
    fn method_of_a_value(&mut self, base: &ast::Expr, name: &str, args: &[Arg], span: Span) -> Diagnostic {
        let here = other_name(name).unwrap_or(name);
        let ty = self.infer(base).ty;
        match (short(base), Builtin::lookup(here).is_some()) {
            (Some(value), true) => names::function_as_method(&value, here, span, args.is_empty()),
            (Some(value), false) => names::no_methods(&value, name, span),
            (None, function) => names::method_of_a_kind(&ty, name, function.then_some(here), span),
        }
    }

    fn touch_args(&mut self, args: &[Arg]) {
        let mut names = crate::sema::names::Names::default();
        names.args(args);
        self.touch(&names.found);
    }

    /// Counts names as used without looking at what they stand for.
    pub fn touch(&mut self, names: &[&str]) {
        for name in names {
            if let Some((frame, place)) = self.find(name) {
                let binding = self.frames[frame].binding_mut(place);
                let span = binding.span;
                binding.mention(span);
            }
            self.ctx.item(self.module, name);
        }
    }

    fn builtin(&mut self, builtin: Builtin, args: &[Arg], span: Span) -> Typed {
        let secrets = Secrets::Forbidden("a calculation");
        let values = self.with_secrets(secrets, |body| {
            body.loosely(|body| args.iter().map(|arg| body.infer(&arg.value)).collect::<Vec<_>>())
        });
        let Some(order) = self.places(builtin, args, span) else { return Typed::unknown(span) };
        let mut values: Vec<Option<Typed>> = values.into_iter().map(Some).collect();
        let mut sorted: Vec<Typed> = order.iter().filter_map(|&index| values[index].take()).collect();
        let written: Vec<&ast::Expr> = order.iter().map(|&index| &args[index].value).collect();
        if builtin == Builtin::ToString && !self.check_text(&sorted, &written) {
            return Typed { expr: Typed::unknown(span).expr, ty: Type::string() };
        }
        loop {
            match builtin.result(&arguments(&sorted)) {
                Ok(ty) => return finished(builtin, sorted, ty, span),
                Err(CallError::Argument { index, .. }) if self.was_absent(builtin, &mut sorted, index, &written) => {}
                Err(error) => return self.wrong(errors::builtin(builtin, error, &sorted, &written, span), span),
            }
        }
    }

    /// Which argument stands for which parameter; nothing if that cannot be told.
    fn places(&mut self, builtin: Builtin, args: &[Arg], span: Span) -> Option<Vec<usize>> {
        // A positional argument behind a named one is reported already: nobody knows which is meant.
        if args.iter().skip_while(|arg| arg.name.is_none()).any(|arg| arg.name.is_none()) {
            return None;
        }
        let params = builtin.params();
        let mut given: Vec<Option<usize>> = vec![None; params.len()];
        for (index, arg) in args.iter().enumerate() {
            let place = match &arg.name {
                None => index,
                Some(name) => match params.iter().position(|param| param.name == name.text) {
                    Some(place) => place,
                    None => {
                        let legal: Vec<&str> = params.iter().map(|param| param.name).collect();
                        let found = names::unknown_argument_of_builtin(builtin.name(), &name.text, name.span, &legal);
                        self.report(found);
                        return None;
                    }
                },
            };
            match given.get_mut(place) {
                Some(slot @ None) => *slot = Some(index),
                Some(Some(_)) => {
                    self.report(errors::argument_again(params[place].name, arg.span));
                    return None;
                }
                None => {
                    self.report(errors::builtin_count(builtin, span));
                    return None;
                }
            }
        }
        let filled = given.iter().take_while(|slot| slot.is_some()).count();
        if given[filled..].iter().any(Option::is_some) || params[filled..].iter().any(|param| !param.optional) {
            self.report(errors::builtin_count(builtin, span));
            return None;
        }
        Some(given.into_iter().flatten().collect())
    }

    fn check_text(&mut self, values: &[Typed], written: &[&ast::Expr]) -> bool {
        let ([value], [written]) = (values, written) else { return true };
        if value.ty.is_optional() || has_text(&value.ty) {
            return true;
        }
        self.report(errors::no_text(&value.ty, written));
        false
    }

    /// Whether an argument is wrong only in that it may be absent: then that is reported, and it counts as there.
    fn was_absent(&mut self, builtin: Builtin, values: &mut [Typed], index: usize, written: &[&ast::Expr]) -> bool {
        if !values[index].ty.is_optional() || values[index].ty.kind == Kind::Null {
            return false;
        }
        let before = values[index].clone();
        let present = before.ty.without_null();
        values[index].ty = present.clone();
        let fits = match builtin.result(&arguments(values)) {
            Err(CallError::Argument { index: other, .. }) => other != index,
            _ => true,
        };
        if !fits {
            values[index] = before;
            return false;
        }
        self.report_absent(&before, written[index], &present, crate::sema::presence::WayOut::Default);
        true
    }

    /// `unchanged(result.x)`: `result.x` is what it was after the round before.
    fn unchanged(&mut self, args: &[Arg], span: Span) -> Typed {
        let [Arg { value, name: None, .. }] = args else {
            return self.wrong(errors::unchanged_of(span), span);
        };
        if !self.in_stop_when {
            self.touch_args(args);
            return self.wrong(errors::unchanged_elsewhere(span), span);
        }
        let found = self.infer(value);
        if found.ty.is_unknown() {
            return Typed { ty: Type::bool(), ..found };
        }
        let Some(before) = in_round_before(&found.expr) else {
            return self.wrong(errors::unchanged_of(value.span), span);
        };
        let kind = ExprKind::Binary(BinaryOp::Equal, Box::new(found.expr), Box::new(before));
        Typed { expr: Expr { kind, span }, ty: Type::bool() }
    }

    fn include_text(&mut self, args: &[Arg], span: Span) -> Typed {
        let (path, at) = match path_literal("include_text", args, span) {
            Ok(found) => found,
            Err(found) => return self.wrong(*found, span),
        };
        match include::text(self.ctx, self.module, path, at) {
            Ok(text) => Typed::value(Value::text(text), Type::string(), span),
            Err(found) => Typed { ty: Type::string(), ..self.wrong(*found, span) },
        }
    }

    fn include_file(&mut self, args: &[Arg], span: Span) -> Typed {
        let (path, at) = match path_literal("include_file", args, span) {
            Ok(found) => found,
            Err(found) => return self.wrong(*found, span),
        };
        match include::file(self.ctx, self.module, path, at) {
            Ok(file) => Typed::value(Value::File(Arc::new(file)), Type::file(), span),
            Err(found) => Typed { ty: Type::file(), ..self.wrong(*found, span) },
        }
    }
}

/// The path that stands there as a literal, and its place.
fn path_literal<'a>(name: &str, args: &'a [Arg], span: Span) -> Result<(&'a str, Span), Box<Diagnostic>> {
    let wants_path = |at| Err(Box::new(errors::include_wants_path(name, at)));
    let [Arg { value, name: None, .. }] = args else { return wants_path(span) };
    match &value.kind {
        ast::ExprKind::String(parts) => match parts.as_slice() {
            [ast::StringPart::Text(path)] => Ok((path, value.span)),
            _ => wants_path(value.span),
        },
        _ => wants_path(value.span),
    }
}

fn arguments(values: &[Typed]) -> Vec<Argument<'_>> {
    values
        .iter()
        .map(|value| Argument { ty: &value.ty, literal: literal_text(&value.expr).map(|text| &**text) })
        .collect()
}

fn finished(builtin: Builtin, values: Vec<Typed>, ty: Type, span: Span) -> Typed {
    let implied = builtin.implied(&arguments(&values));
    let mut args: Vec<Expr> = match builtin {
        // The larger of a whole number and another is another.
        Builtin::Min | Builtin::Max if values.len() == 2 => {
            values.into_iter().map(|value| widened(value, &ty)).collect()
        }
        _ => values.into_iter().map(|value| value.expr).collect(),
    };
    args.extend(implied.map(|value| literal(value, span)));
    args.shrink_to_fit();
    Typed { expr: Expr { kind: ExprKind::Call(builtin, args), span }, ty }
}

/// The same path in the round before.
fn in_round_before(expr: &Expr) -> Option<Expr> {
    let kind = match &expr.kind {
        ExprKind::Var(Var::Result) => ExprKind::Var(Var::Previous),
        ExprKind::Field(base, name) => ExprKind::Field(Box::new(in_round_before(base)?), Arc::clone(name)),
        ExprKind::OptionalField(base, name) => {
            ExprKind::OptionalField(Box::new(in_round_before(base)?), Arc::clone(name))
        }
        _ => return None,
    };
    Some(Expr { kind, span: expr.span })
}

/// The value and the built-in of `value.function`.
fn method(callee: &ast::Expr) -> Option<(String, String)> {
    let ast::ExprKind::Field(base, name) = &callee.kind else { return None };
    let value = written_name(base)?;
    let name = other_name(&name.text).unwrap_or(&name.text);
    Builtin::lookup(name).map(|_| (value, name.to_owned()))
}

/// A value as it is written, if that is short and has one reading.
fn short(expr: &ast::Expr) -> Option<String> {
    const TEXT_MAX: usize = 30;
    match &expr.kind {
        ast::ExprKind::Int(number) => Some(number.to_string()),
        ast::ExprKind::Bool(value) => Some(value.to_string()),
        ast::ExprKind::String(parts) => match parts.as_slice() {
            [ast::StringPart::Text(text)]
                if text.len() <= TEXT_MAX
                    && !text.contains(['"', '\\', '`', '$'])
                    && !text.contains(char::is_control) =>
            {
                Some(format!("\"{text}\""))
            }
            _ => None,
        },
        ast::ExprKind::Call(callee, args) => {
            let ast::ExprKind::Name(function) = &callee.kind else { return None };
            let args: Option<Vec<String>> =
                args.iter().map(|arg| short(&arg.value).filter(|_| arg.name.is_none())).collect();
            Some(format!("{function}({})", args?.join(", ")))
        }
        _ => written_name(expr),
    }
}

/// What a built-in is called elsewhere.
fn other_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "strip" => "trim",
        "toUpperCase" | "to_upper" | "uppercase" => "upper",
        "toLowerCase" | "to_lower" | "lowercase" => "lower",
        "length" | "size" | "count" => "len",
        "includes" | "has" => "contains",
        "startsWith" | "startswith" | "has_prefix" => "starts_with",
        "endsWith" | "endswith" | "has_suffix" => "ends_with",
        "replaceAll" | "replace_all" | "gsub" => "replace",
        "toString" | "str" => "to_string",
        "splitlines" => "lines",
        "reversed" => "reverse",
        "sorted" => "sort",
        _ => return None,
    })
}
