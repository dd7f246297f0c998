//! `schedule` items: what they start, when, and where the clock hangs.

use std::ops::Range;

use jiff::tz::TimeZoneDatabase;

use crate::base::nearest::nearest;
use crate::base::span::Span;
use crate::sema::call::{Arguments, Callee};
use crate::sema::clause::priority;
use crate::sema::context::Context;
use crate::sema::errors::{names, schedules as errors};
use crate::sema::expr::Body;
use crate::sema::hir::{self, AgentArg, Target};
use crate::sema::scope::{Frame, FrameKind};
use crate::sema::signature::Parameter;
use crate::syntax::ast::{self, ScheduleClause, Spanned};
use crate::value::cron::Cron;
use crate::value::policy::{Missed, Overlap};

/// Checks every schedule. Without a mistake each is in the result.
pub(super) fn check_all(ctx: &mut Context<'_>) -> Vec<hir::Schedule> {
    let mut found = Vec::new();
    for index in 0..ctx.items.schedules.len() {
        let of = ctx.items.schedules[index];
        found.extend(check(ctx, of.module, of.item));
    }
    found
}

fn check(ctx: &mut Context<'_>, module: usize, item: &ast::Schedule) -> Option<hir::Schedule> {
    let started = started(ctx, module, item);
    let when = Clauses::of(&item.clauses);
    let cron = match when.cron {
        Some(written) => cron(ctx, written),
        None => {
            ctx.report(errors::no_cron(&item.name.text, item.name.span));
            None
        }
    };
    let timezone = when.timezone.map_or(Some("UTC".to_owned()), |written| timezone(ctx, written));
    let (workflow, args) = started?;
    let agent = |arg: &AgentArg| match arg {
        AgentArg::Agent(agent) => Some(*agent),
        AgentArg::Param(_) => None,
    };
    Some(hir::Schedule {
        name: item.name.text.clone(),
        doc: item.doc.clone(),
        workflow,
        agents: args.agents.iter().map(agent).collect::<Option<_>>()?,
        args: args.values,
        cron: cron?,
        timezone: timezone?,
        priority: when.priority.map_or(0, |written| priority(&written.value)),
        overlap: when.overlap,
        missed: when.missed,
        span: item.name.span,
    })
}

/// The workflow that it starts, with its arguments: constants.
fn started(ctx: &mut Context<'_>, module: usize, item: &ast::Schedule) -> Option<(hir::WorkflowId, Arguments)> {
    let call = &item.call;
    let mut body = Body::new(ctx, module, Frame::new(FrameKind::Constant));
    let Some(Callee { target, signature }) = body.callee(&call.path) else {
        body.arguments_of_nobody(&call.args);
        return None;
    };
    let Target::Workflow(workflow) = target else {
        body.arguments_of_nobody(&call.args);
        let found = names::wrong_sort(&signature.name, call.path.span, "an action", Some(signature.span), "a workflow");
        ctx.report(found.help("put the call into a workflow, and schedule that"));
        return None;
    };
    let inner = |param: &&Parameter| param.ty.labels.secret || param.ty.has_approved();
    if let Some(param) = signature.params.iter().find(inner) {
        body.arguments_of_nobody(&call.args);
        let label = if param.ty.labels.secret { "secret" } else { "approved" };
        ctx.report(errors::not_startable(&signature.name, call.path.span, &param.name, label, param.span));
        return None;
    }
    let args = body.arguments(&signature, &call.args, call.span);
    Some((workflow, args))
}

/// The clauses by what they say.
#[derive(Default)]
struct Clauses<'a> {
    cron: Option<&'a Spanned<String>>,
    timezone: Option<&'a Spanned<String>>,
    priority: Option<&'a Spanned<ast::Priority>>,
    overlap: Overlap,
    missed: Missed,
}

impl<'a> Clauses<'a> {
    fn of(written: &'a [ScheduleClause]) -> Self {
        let mut found = Self::default();
        for clause in written {
            match clause {
                ScheduleClause::Cron(text) => found.cron = Some(text),
                ScheduleClause::Timezone(text) => found.timezone = Some(text),
                ScheduleClause::Priority(priority) => found.priority = Some(priority),
                ScheduleClause::Overlap(word) => {
                    found.overlap = match word.text.as_str() {
                        "queue" => Overlap::Queue,
                        "allow" => Overlap::Allow,
                        _ => Overlap::Skip,
                    }
                }
                ScheduleClause::Missed(word) => {
                    found.missed = match word.text.as_str() {
                        "once" => Missed::Once,
                        "all" => Missed::All,
                        _ => Missed::Skip,
                    }
                }
            }
        }
        found
    }
}

fn cron(ctx: &mut Context<'_>, written: &Spanned<String>) -> Option<Cron> {
    match Cron::parse(&written.value) {
        Ok(cron) if cron.ever_ticks() => Some(cron),
        Ok(_) => {
            ctx.report(errors::never_ticks(written.span));
            None
        }
        Err(error) => {
            let at = inside(written, &error.at);
            ctx.report(errors::cron(&written.value, &error, at, written.span));
            None
        }
    }
}

/// The place of a part of a text, where the text stands as it is between its quotes.
fn inside(written: &Spanned<String>, part: &Range<usize>) -> Span {
    let Span { file, start, end } = written.span;
    let plain = (end - start) as usize == written.value.len() + 2 && !part.is_empty();
    let offset = |at: usize| u32::try_from(at).ok().and_then(|at| start.checked_add(1)?.checked_add(at));
    match (plain, offset(part.start), offset(part.end)) {
        (true, Some(from), Some(to)) => Span { file, start: from, end: to },
        _ => written.span,
    }
}

/// A time zone of the database, which is part of the program: the same file gets the same answer on every machine.
fn timezone(ctx: &mut Context<'_>, written: &Spanned<String>) -> Option<String> {
    let database = TimeZoneDatabase::bundled();
    let known: Vec<String> = database.available().map(|name| name.as_str().to_owned()).collect();
    if known.contains(&written.value) {
        return Some(written.value.clone());
    }
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let same = names.iter().copied().find(|name| name.eq_ignore_ascii_case(&written.value));
    let place = || names.iter().copied().find(|name| is_place(name, &written.value));
    let near = same.or_else(place).or_else(|| nearest(&written.value, &names));
    ctx.report(errors::unknown_timezone(&written.value, written.span, near));
    None
}

/// Whether a name ends in this place: `Berlin` is in `Europe/Berlin`.
fn is_place(name: &str, place: &str) -> bool {
    name.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&place.replace(' ', "_")))
}
