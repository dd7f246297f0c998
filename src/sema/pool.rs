//! Pools: several agents of one interface behind one name.

use std::rc::Rc;

use crate::base::span::Span;
use crate::diag::Diagnostic;
use crate::sema::binding::{named, not_implemented};
use crate::sema::context::Context;
use crate::sema::errors::items::{self as errors, Named};
use crate::sema::errors::names;
use crate::sema::hir::{self, AgentId};
use crate::sema::items::{AgentItem, Def};
use crate::syntax::ast::{Name, Pool, Spanned};
use crate::value::policy::Strategy;

/// Checks a pool. Without an interface, which is reported, nothing can be said of its members.
pub(super) fn check(ctx: &mut Context<'_>, module: usize, pool: &Pool, interface: Option<AgentId>) -> hir::Pool {
    let members = match (&pool.capability, interface) {
        (Some(capability), Some(interface)) => by_capability(ctx, module, capability, interface.index()),
        (Some(_), None) => Vec::new(),
        (None, _) => by_name(ctx, module, &pool.members, interface),
    };
    if pool.capability.is_none() && pool.members.is_empty() {
        let interface = pool.interface.parts.last().map_or("", |name| name.text.as_str());
        ctx.report(errors::pool_empty(&pool.name.text, pool.name.span, interface));
    }
    // Where there is none the name stands for nobody in particular.
    let interface = interface.unwrap_or(AgentId::new(0));
    hir::Pool { interface, members, strategy: strategy(pool.strategy.as_ref()) }
}

/// Notes of every action of a pool whether what became of an attempt can be found out, or does not matter, whoever made it.
pub(super) fn settle(ctx: &mut Context<'_>) {
    for index in 0..ctx.items.agents.len() {
        let (module, AgentItem::Pool(pool)) = ctx.items.agents[index] else { continue };
        let Some(interface) = ctx.agents[index].as_ref().and_then(|pool| pool.interface) else { continue };
        let members = members(ctx, module, pool, interface);
        let repeats = |action: &str| {
            let own = |member: &usize| ctx.agents[*member].as_ref()?.actions.get(action);
            !members.is_empty()
                && members.iter().all(|member| own(member).is_some_and(|own| own.repeats_after_unknown()))
        };
        let settled: Vec<bool> =
            ctx.agents[index].iter().flat_map(|pool| pool.actions.keys().map(|name| repeats(name))).collect();
        for (action, probe) in ctx.agents[index].iter_mut().flat_map(|pool| pool.actions.values_mut()).zip(settled) {
            Rc::make_mut(action).probe = probe;
        }
    }
}

/// The members that are there and fit, without a word on others.
fn members(ctx: &Context<'_>, module: usize, pool: &Pool, interface: usize) -> Vec<usize> {
    let implements =
        |agent: &usize| ctx.agents[*agent].as_ref().is_some_and(|agent| agent.interface == Some(interface));
    let named = |name: &Name| match ctx.items.scopes[module].get(&name.text)?.def {
        Def::Agent(agent) => Some(agent),
        _ => None,
    };
    match &pool.capability {
        Some(wanted) => {
            let able = |agent: &usize| ctx.items.agents[*agent].1.capabilities().any(|one| one.value == wanted.value);
            let visible = visible_agents(ctx, module).into_iter().map(|visible| visible.agent);
            visible.filter(|agent| able(agent) && implements(agent)).collect()
        }
        None => pool.members.iter().filter_map(named).filter(implements).collect(),
    }
}

fn strategy(written: Option<&Name>) -> Strategy {
    match written.map(|name| name.text.as_str()) {
        Some("round_robin") => Strategy::RoundRobin,
        Some("first_available") => Strategy::FirstAvailable,
        _ => Strategy::LeastBusy,
    }
}

fn by_name(ctx: &mut Context<'_>, module: usize, written: &[Name], interface: Option<AgentId>) -> Vec<AgentId> {
    let mut members: Vec<(AgentId, Span)> = Vec::new();
    for name in written {
        let Some(entry) = ctx.item(module, &name.text) else {
            ctx.report_unknown_item(module, name, |def| matches!(def, Def::Agent(_)));
            continue;
        };
        let Some(agent) = member(ctx, name, entry.def, entry.span, interface) else { continue };
        match members.iter().find(|(other, _)| *other == agent) {
            Some((_, first)) => {
                let first = *first;
                ctx.report(errors::member_twice(&name.text, name.span, first));
            }
            None => members.push((agent, name.span)),
        }
    }
    members.into_iter().map(|(agent, _)| agent).collect()
}

fn member(ctx: &mut Context<'_>, name: &Name, def: Def, declared: Span, interface: Option<AgentId>) -> Option<AgentId> {
    let found = match def {
        Def::Agent(agent) => match interface.and_then(|i| not_implemented(ctx, agent, i.index(), name.span)) {
            Some(found) => found,
            None => return Some(AgentId::new(agent)),
        },
        Def::Broken => return None,
        Def::Pool(_) => errors::pool_in_pool(&name.text, name.span, declared),
        other => names::wrong_sort(&name.text, name.span, other.noun(), Some(declared), "an agent"),
    };
    ctx.report(found);
    None
}

/// An agent that a file can name, and the entries that name it there: those of an imported file after the one that imports it.
struct Visible {
    agent: usize,
    entries: Vec<(usize, String)>,
}

/// Every agent that the file can name and that has the capability, in the order of the file: what else is checked beside it
/// makes no difference.
fn by_capability(ctx: &mut Context<'_>, module: usize, wanted: &Spanned<String>, interface: usize) -> Vec<AgentId> {
    let visible = visible_agents(ctx, module);
    let able = |agent: usize| ctx.items.agents[agent].1.capabilities().any(|one| one.value == wanted.value);
    let implements = |agent: usize| ctx.agents[agent].as_ref().is_some_and(|agent| agent.interface == Some(interface));
    let (members, others): (Vec<&Visible>, Vec<&Visible>) =
        visible.iter().filter(|visible| able(visible.agent)).partition(|visible| implements(visible.agent));
    if members.is_empty() {
        let found = nobody(ctx, wanted, interface, others.first().map(|visible| visible.agent), &visible);
        ctx.report(found);
        return Vec::new();
    }
    for (module, name) in members.iter().flat_map(|visible| &visible.entries) {
        ctx.item(*module, name);
    }
    members.into_iter().map(|visible| AgentId::new(visible.agent)).collect()
}

/// The agents of a file, those that it imports by name and those of files that it imports whole, each once.
fn visible_agents(ctx: &Context<'_>, module: usize) -> Vec<Visible> {
    let mut found: Vec<Visible> = Vec::new();
    let scopes = &ctx.items.scopes;
    for (name, entry) in &scopes[module] {
        let here = (module, name.clone());
        match entry.def {
            Def::Agent(agent) => found.push(Visible { agent, entries: vec![here] }),
            Def::Module(other) => found.extend(scopes[other].iter().filter_map(|(name, entry)| match entry.def {
                Def::Agent(agent) if !entry.imported => {
                    Some(Visible { agent, entries: vec![here.clone(), (other, name.clone())] })
                }
                _ => None,
            })),
            _ => {}
        }
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|visible| seen.insert(visible.agent));
    found
}

fn nobody(
    ctx: &Context<'_>,
    wanted: &Spanned<String>,
    interface: usize,
    other: Option<usize>,
    visible: &[Visible],
) -> Diagnostic {
    let (interface, _) = named(ctx, interface);
    let other = other.map(|agent| named(ctx, agent));
    let other = other.as_ref().map(|(name, span)| Named { name, span: *span });
    let legal: Vec<&str> = visible
        .iter()
        .flat_map(|visible| ctx.items.agents[visible.agent].1.capabilities())
        .map(|capability| capability.value.as_str())
        .collect();
    errors::capability_of_nobody(&wanted.value, wanted.span, &interface, other.as_ref(), &legal)
}
