//! `uses mock`: an answer as told.

use crate::sema::agent::table::find;
use crate::sema::agent::{Written, check_class, place};
use crate::sema::context::Context;
use crate::sema::errors::agents as errors;
use crate::sema::expr::Want;
use crate::sema::hir::{ActionKind, Mock};
use crate::sema::signature::Signature;
use crate::syntax::ast::{self, Setting, SettingValue, Spanned};
use crate::value::types::Type;

/// Failures before the first answer at most.
const TIMES_MAX: i64 = 1_000_000;

/// An action of an agent.
pub(super) fn action(ctx: &mut Context<'_>, written: &Written<'_>, signature: &Signature) -> ActionKind {
    let mut body = place(ctx, written.module, Some(signature));
    let value = |word: &str| match find(written.settings, word) {
        Some(Setting { value: SettingValue::Expr(value), .. }) => Some(value),
        _ => None,
    };
    let takes = value("takes").map(|value| body.check(value, &Want::new(Type::duration(), "`takes`")));
    let returns = value("returns").map(|value| {
        let want = Want::new(signature.result.clone(), "the result");
        let want = match signature.result_span {
            Some(span) => want.declared(span, "declared here"),
            None => want.declared(signature.span, "declares no result"),
        };
        body.check(value, &want)
    });
    let fails = match find(written.settings, "fails").map(|setting| &setting.value) {
        Some(SettingValue::Fails(class, times)) => Some(fails(ctx, written.module, class, times.as_ref(), signature)),
        _ => None,
    };
    let always_fails = matches!(fails, Some((_, None)));
    if returns.is_none()
        && written.lacks("mock", "returns")
        && !always_fails
        && !signature.result.is_optional()
        && !signature.result.is_unknown()
    {
        ctx.report(errors::setting_missing("returns", written.name, written.span));
    }
    ActionKind::Mock(Mock { takes, returns, fails })
}

fn fails(
    ctx: &mut Context<'_>,
    module: usize,
    class: &ast::Name,
    times: Option<&Spanned<i64>>,
    signature: &Signature,
) -> (String, Option<u32>) {
    check_class(ctx, class, signature);
    let count = times.map(|times| {
        let count = place(ctx, module, None).count(times, "fails", 1, TIMES_MAX);
        count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1)
    });
    (class.text.clone(), count)
}
