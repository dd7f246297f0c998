//! What bounds the calls of an agent: how many at once and in a time, what they cost, how long an answer is kept.

use crate::base::unit::DURATION_MS_MAX;
use crate::sema::agent::table::find;
use crate::sema::constant::value_of;
use crate::sema::context::Context;
use crate::sema::errors::{agents as errors, kinds, policies};
use crate::sema::expr::{Body, Want};
use crate::sema::scope::{Frame, FrameKind};
use crate::sema::signature::Signature;
use crate::syntax::ast::{ExprKind, Setting, SettingValue, Spanned};
use crate::value::Value;
use crate::value::policy::Effects;
use crate::value::settings::Rate;
use crate::value::types::Type;

/// Calls at once at most.
pub(in crate::sema) const PARALLEL_MAX: i64 = 10_000;
/// Calls within a time at most.
const RATE_MAX: i64 = 1_000_000;

fn constant<'c, 'a>(ctx: &'c mut Context<'a>, module: usize) -> Body<'c, 'a> {
    Body::new(ctx, module, Frame::new(FrameKind::Constant))
}

/// `parallel N`.
pub(super) fn parallel(ctx: &mut Context<'_>, module: usize, settings: &[Setting]) -> Option<u32> {
    let SettingValue::Expr(value) = &find(settings, "parallel")?.value else { return None };
    let ExprKind::Int(number) = value.kind else {
        ctx.report(errors::not_a_number("parallel", value.span));
        return None;
    };
    let written = Spanned { value: number, span: value.span };
    let count = constant(ctx, module).count(&written, "parallel", 1, PARALLEL_MAX)?;
    u32::try_from(count).ok()
}

/// `rate N per D`.
pub(super) fn rate(ctx: &mut Context<'_>, module: usize, settings: &[Setting]) -> Option<Rate> {
    let SettingValue::Rate(count, per) = &find(settings, "rate")?.value else { return None };
    let found = constant(ctx, module).count(count, "rate", 1, RATE_MAX);
    if !(1..=DURATION_MS_MAX).contains(&per.value) {
        ctx.report(policies::duration_range("rate", per.span, per.value));
        return None;
    }
    Some(Rate { count: u32::try_from(found?).ok()?, per: per.value })
}

/// `cost M`: of one attempt, millionths of a dollar.
pub(super) fn cost(ctx: &mut Context<'_>, module: usize, setting: &Setting) -> Option<i64> {
    let SettingValue::Expr(written) = &setting.value else { return None };
    let mut body = constant(ctx, module);
    let found = body.check(written, &Want::new(Type::money(), "`cost`"));
    match value_of(&found) {
        Some(Value::Money(micros)) if micros >= 0 => Some(micros),
        Some(Value::Money(_)) => {
            body.report(kinds::cost_range(written.span));
            None
        }
        _ => {
            body.report_open(written, &found, "cost");
            None
        }
    }
}

/// `cache D` of an action: what writes is never answered from what was kept.
pub(super) fn cache(ctx: &mut Context<'_>, module: usize, setting: &Setting, of: &Signature) -> Option<i64> {
    let SettingValue::Expr(written) = &setting.value else { return None };
    if of.effects > Effects::Reads {
        ctx.report(kinds::cache_of_write(&of.name, of.effects, setting.span, of.effects_span.unwrap_or(of.span)));
        return None;
    }
    constant(ctx, module).duration(written, "cache")
}
