//! Secrets: where they come from, in a form that can be looked up.

use crate::sema::agent::record::is_variable;
use crate::sema::constant::value_of;
use crate::sema::context::Context;
use crate::sema::errors::{agents, kinds as errors};
use crate::sema::expr::{Body, Secrets, Want};
use crate::sema::hir;
use crate::sema::items::In;
use crate::sema::scope::{Frame, FrameKind};
use crate::syntax::ast;
use crate::value::Value;
use crate::value::settings::SecretFrom;
use crate::value::types::Type;

/// Checks one.
pub(in crate::sema) fn check(ctx: &mut Context<'_>, of: In<'_, ast::Secret>) -> hir::Secret {
    let from = match &of.item.from {
        ast::SecretFrom::Env(name) => {
            if !is_variable(&name.value) {
                ctx.report(agents::not_a_variable(&name.value, name.span));
            }
            SecretFrom::Env(name.value.clone())
        }
        ast::SecretFrom::File(path) => {
            if path.value.is_empty() || path.value.ends_with('/') || path.value.contains('\0') {
                ctx.report(errors::not_a_file(path.span));
            } else if path.value.starts_with('~') {
                ctx.report(errors::home_of_nobody(path.span));
            }
            SecretFrom::File(path.value.clone())
        }
        ast::SecretFrom::Command(words) => SecretFrom::Command(command(ctx, of.module, words)),
    };
    hir::Secret { name: of.item.name.text.clone(), from, span: of.item.name.span }
}

fn command(ctx: &mut Context<'_>, module: usize, written: &ast::Expr) -> Vec<String> {
    let mut body = Body::new(ctx, module, Frame::new(FrameKind::Constant));
    body.secrets = Secrets::Forbidden("a command");
    let found = body.check(written, &Want::new(Type::list(Type::string()), "`command`"));
    match value_of(&found) {
        Some(Value::List(words)) if words.is_empty() => {
            body.report(agents::empty_command(written.span));
            Vec::new()
        }
        Some(Value::List(words)) => words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}
