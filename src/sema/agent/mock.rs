//! `uses mock`: an answer as told.

use crate::sema::agent::{action, check_class, common, place, report_other, signatures};
use crate::sema::context::Context;
use crate::sema::errors::agents as errors;
use crate::sema::expr::Want;
use crate::sema::hir;
use crate::sema::signature::Signature;
use crate::syntax::ast::{self, Setting, SettingValue};
use crate::value::types::Type;

const SETTINGS: [&str; 8] = ["takes", "returns", "fails", "timeout", "retry", "effects", "raises", "parallel"];
/// Failures before the first answer at most.
const TIMES_MAX: i64 = 1_000_000;

/// Checks an agent of this kind.
pub(super) fn check(ctx: &mut Context<'_>, module: usize, index: usize, agent: &ast::Agent) -> Vec<hir::Action> {
    for setting in agent.settings.iter().filter(|setting| !common(setting, true)) {
        report_other(ctx, module, "mock", setting, &SETTINGS);
    }
    let mut actions = Vec::new();
    for (written, signature) in signatures(ctx, index) {
        let mock = of_action(ctx, module, written, &signature);
        actions.push(action(written, &signature, hir::ActionKind::Mock(mock)));
    }
    actions
}

fn of_action(ctx: &mut Context<'_>, module: usize, written: &ast::Action, signature: &Signature) -> hir::Mock {
    let mut mock = hir::Mock { takes: None, returns: None, fails: None };
    let mut returns = false;
    for setting in &written.settings {
        returns |= setting.name.text == "returns";
        add(ctx, module, setting, signature, &mut mock);
    }
    let always_fails = matches!(mock.fails, Some((_, None)));
    if !returns && !always_fails && !signature.result.is_optional() && !signature.result.is_unknown() {
        ctx.report(errors::setting_missing("returns", &written.name.text, written.name.span));
    }
    mock
}

fn add(ctx: &mut Context<'_>, module: usize, setting: &Setting, signature: &Signature, mock: &mut hir::Mock) {
    match (&setting.value, setting.name.text.as_str()) {
        (SettingValue::Expr(value), "takes") => {
            let want = Want::new(Type::duration(), "`takes`");
            mock.takes = Some(place(ctx, module, Some(signature)).check(value, &want));
        }
        (SettingValue::Expr(value), "returns") => {
            let want = Want::new(signature.result.clone(), "the result");
            let want = match signature.result_span {
                Some(span) => want.declared(span, "declared here"),
                None => want.declared(signature.span, "declares no result"),
            };
            mock.returns = Some(place(ctx, module, Some(signature)).check(value, &want));
        }
        (SettingValue::Fails(class, times), _) => {
            check_class(ctx, class, signature);
            let count = times.as_ref().map(|times| {
                let mut body = place(ctx, module, None);
                body.count(times, "fails", 1, TIMES_MAX).and_then(|count| u32::try_from(count).ok()).unwrap_or(1)
            });
            mock.fails = Some((class.text.clone(), count));
        }
        _ if common(setting, false) => {}
        _ => report_other(ctx, module, "mock", setting, &SETTINGS),
    }
}
