//! What calls of workflows do to the world: the strongest effect inside decides what may be done with them.

use crate::sema::context::Context;
use crate::sema::errors::graph;
use crate::sema::errors::races::{self as errors, Inner};
use crate::sema::inside::{Inside, Strongest};
use crate::sema::policy::{Deferred, Judged};
use crate::value::policy::Effects;

/// Judges what had to wait until all effects are known.
pub(super) fn check(ctx: &mut Context<'_>, inside: &[Inside]) {
    for deferred in std::mem::take(&mut ctx.deferred) {
        judge(ctx, inside, &deferred);
    }
    for unread in std::mem::take(&mut ctx.unread) {
        // Whoever waits for people changes what happens, whatever becomes of the answer.
        let harmless = |inside: &Inside| {
            inside.waits.is_none() && inside.effects.as_ref().is_none_or(|inner| inner.effects <= Effects::Reads)
        };
        if unread.workflows.iter().all(|index| harmless(&inside[*index])) {
            ctx.report(graph::result_unused(&unread.name, unread.span));
        }
    }
}

fn judge(ctx: &mut Context<'_>, inside: &[Inside], deferred: &Deferred) {
    let at = deferred.at;
    let inner = |found: fn(&Inside) -> &Option<Strongest>| {
        let all = deferred.workflows.iter().filter_map(move |index| found(&inside[*index]).as_ref());
        all.max_by_key(|strongest| strongest.effects)
    };
    let above = |found: Option<&'_ Strongest>| found.filter(|strongest| strongest.effects > Effects::Reads).cloned();
    let strongest = inner(|inside| &inside.effects);
    let waits = deferred.workflows.iter().find_map(|index| inside[*index].waits.as_ref());
    let problem = match deferred.judged {
        Judged::Retry => {
            above(inner(|inside| &inside.not_undone)).map(|inner| errors::repeats_a_workflow(at, &shown(&inner)))
        }
        Judged::Race => above(strongest).map(|inner| errors::effect_inside_race(at, &shown(&inner))),
        Judged::Cache => match (above(strongest), waits) {
            (Some(inner), _) => Some(errors::cache_of_effects_inside(at, &shown(&inner))),
            (None, Some((stage, span))) => Some(errors::cache_of_waits_inside(at, stage, *span)),
            (None, None) => None,
        },
        Judged::Undo(known) => match strongest {
            Some(Strongest { effects: Effects::Irreversible, span, .. }) => {
                Some(errors::undo_of_irreversible(at, *span))
            }
            Some(strongest) if strongest.effects.max(known) > Effects::Reads => None,
            None if known > Effects::Reads => None,
            found => Some(errors::undo_of_nothing(at, found.map(|found| (found.span, found.effects.as_str())))),
        },
    };
    if let Some(problem) = problem {
        ctx.report(problem);
    }
}

fn shown(strongest: &Strongest) -> Inner<'_> {
    Inner::new(&strongest.stage, strongest.effects, strongest.span)
}
