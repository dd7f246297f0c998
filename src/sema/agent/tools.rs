//! What models may call: which actions, what that makes of their effects, what it costs (rulings 13, 22).

use std::rc::Rc;

use crate::base::span::Span;
use crate::sema::agent::place;
use crate::sema::agent::table::find;
use crate::sema::context::Context;
use crate::sema::errors::kinds as errors;
use crate::sema::hir::{self, ActionKind, Cost, Target};
use crate::sema::items::AgentItem;
use crate::sema::order::order;
use crate::sema::signature::Signature;
use crate::syntax::ast::{self, Path, Setting, SettingValue};
use crate::value::policy::Effects;
use crate::value::settings::{Llm, Tool};

/// The tools that settings name; nothing where they name none. What cannot be one is reported.
pub(super) fn read(ctx: &mut Context<'_>, module: usize, settings: &[Setting]) -> Option<Vec<Tool>> {
    let SettingValue::Tools(paths) = &find(settings, "tools")?.value else { return None };
    let mut found: Vec<Tool> = Vec::new();
    for path in paths {
        let Some((tool, signature)) = tool(ctx, module, path) else { continue };
        if found.contains(&tool) {
            ctx.report(errors::tool_twice(&signature.name, path.span));
            continue;
        }
        let shut = signature.params.iter().find(|param| param.ty.labels.approved || param.ty.labels.secret);
        if let Some(param) = shut {
            let label = if param.ty.labels.secret { "secret" } else { "approved" };
            ctx.report(errors::tool_of_people(&signature.name, &param.name, label, path.span, param.span));
        }
        found.push(tool);
    }
    Some(found)
}

fn tool(ctx: &mut Context<'_>, module: usize, path: &Path) -> Option<(Tool, Rc<Signature>)> {
    let callee = place(ctx, module, None).callee(path)?;
    match callee.target {
        Target::Action(agent, action) if is_agent(ctx, agent.index()) => {
            let action = u32::try_from(action).unwrap_or(u32::MAX);
            Some((Tool { agent: agent.0, action }, callee.signature))
        }
        _ => {
            ctx.report(errors::no_tool(&callee.signature.name, path.span));
            None
        }
    }
}

fn is_agent(ctx: &Context<'_>, index: usize) -> bool {
    matches!(ctx.items.agents.get(index), Some((_, AgentItem::Agent(_))))
}

/// An action of a model that has tools.
struct Model<'a> {
    module: usize,
    agent: usize,
    action: usize,
    written: &'a ast::Action,
    settings: &'a Setting,
}

/// Gives models at least the effects of their tools, and reports tools that lead back to their model.
pub(in crate::sema) fn settle(ctx: &mut Context<'_>) {
    let models = models(ctx);
    let tools: Vec<Vec<(Tool, Span)>> = models.iter().map(|model| quietly(ctx, model)).collect();
    let position = |tool: &Tool| {
        models.iter().position(|model| (model.agent, model.action) == (tool.agent as usize, tool.action as usize))
    };
    let needs: Vec<Vec<usize>> =
        tools.iter().map(|tools| tools.iter().filter_map(|(tool, _)| position(tool)).collect()).collect();
    let found = order(models.len(), &needs);
    for (from, to) in found.circles {
        let at = tools[from].iter().find(|(tool, _)| position(tool) == Some(to)).map(|(_, span)| *span);
        let of = |model: &Model<'_>| signature(ctx, model.agent, model.action).map(|signature| signature.name.clone());
        let names = of(&models[to]).zip(of(&models[from]));
        if let (Some(at), Some((back, from_name))) = (at, names) {
            ctx.report(errors::tools_in_a_circle(&from_name, &back, at, models[to].written.name.span));
        }
    }
    for index in found.sequence {
        strengthen(ctx, &models[index], &tools[index]);
    }
}

fn models<'a>(ctx: &Context<'a>) -> Vec<Model<'a>> {
    let mut found = Vec::new();
    for (agent, (module, item)) in ctx.items.agents.iter().enumerate() {
        let AgentItem::Agent(of) = item else { continue };
        let Some(signatures) = ctx.agents[agent].as_ref().filter(|_| of.kind.text == "llm") else { continue };
        for (action, written) in signatures.written.iter().copied().enumerate() {
            if let Some(settings) = find(&written.settings, "tools").or_else(|| find(&of.settings, "tools")) {
                found.push(Model { module: *module, agent, action, written, settings });
            }
        }
    }
    found
}

/// The tools of a model where somebody else says what is wrong with them.
fn quietly(ctx: &mut Context<'_>, model: &Model<'_>) -> Vec<(Tool, Span)> {
    let SettingValue::Tools(paths) = &model.settings.value else { return Vec::new() };
    let before = std::mem::replace(&mut ctx.muted, true);
    let found = paths.iter().filter_map(|path| Some((tool(ctx, model.module, path)?.0, path.span))).collect();
    ctx.muted = before;
    found
}

fn signature<'c>(ctx: &'c Context<'_>, agent: usize, action: usize) -> Option<&'c Rc<Signature>> {
    ctx.agents.get(agent)?.as_ref()?.actions.get_index(action).map(|(_, signature)| signature)
}

fn strengthen(ctx: &mut Context<'_>, model: &Model<'_>, tools: &[(Tool, Span)]) {
    let effects = |tool: &Tool| {
        signature(ctx, tool.agent as usize, tool.action as usize).map_or(Effects::None, |tool| tool.effects)
    };
    let Some((strongest, at)) = tools.iter().map(|(tool, at)| (effects(tool), *at)).max_by_key(|(it, _)| *it) else {
        return;
    };
    let Some(own) = signature(ctx, model.agent, model.action).cloned() else { return };
    if strongest <= own.effects {
        return;
    }
    if let Some(stated) = own.effects_span {
        ctx.report(errors::weaker_than_tools(own.effects, stated, strongest, at));
    }
    let actions = ctx.agents[model.agent].as_mut().map(|agent| &mut agent.actions);
    if let Some((_, own)) = actions.and_then(|actions| actions.get_index_mut(model.action)) {
        Rc::make_mut(own).effects = strongest;
    }
}

/// Fills in what one attempt of each model can cost at most: every turn and one repair, and its tools.
pub(super) fn price(ctx: &mut Context<'_>) {
    let places: Vec<(usize, usize)> = ctx
        .checked_agents
        .iter()
        .enumerate()
        .flat_map(|(agent, of)| (0..of.actions.len()).map(move |action| (agent, action)))
        .collect();
    let positions: std::collections::HashMap<(usize, usize), usize> =
        places.iter().enumerate().map(|(index, place)| (*place, index)).collect();
    let needs: Vec<Vec<usize>> = places
        .iter()
        .map(|(agent, action)| match &ctx.checked_agents[*agent].actions[*action].kind {
            ActionKind::Llm(llm) => {
                let tools = llm.tools.iter().map(|tool| (tool.agent as usize, tool.action as usize));
                tools.filter_map(|place| positions.get(&place).copied()).collect()
            }
            _ => Vec::new(),
        })
        .collect();
    for index in order(places.len(), &needs).sequence {
        let (agent, action) = places[index];
        let ActionKind::Llm(llm) = &ctx.checked_agents[agent].actions[action].kind else { continue };
        ctx.checked_agents[agent].actions[action].cost = cost(&ctx.checked_agents, llm);
    }
}

fn cost(agents: &[hir::Agent], llm: &Llm) -> Cost {
    let turns = if llm.tools.is_empty() { 1 } else { i64::from(llm.max_turns) };
    let calls = turns + 1;
    let tokens = llm.max_input.saturating_add(llm.max_output).saturating_mul(calls);
    let price = llm.price.map(|price| price.of(llm.max_input, llm.max_output, calls));
    let used = llm.tools.iter().filter_map(|tool| {
        let action = agents.get(tool.agent as usize)?.actions.get(tool.action as usize)?;
        Some((action.cost, action.retry.as_ref().map_or(1, |retry| i64::from(retry.attempts))))
    });
    // Any of the calls of tools may be of the dearest.
    let by_tools = used.clone().map(|(cost, attempts)| cost.tokens.saturating_mul(attempts)).max().unwrap_or(0);
    let spent = used.map(|(cost, attempts)| Some(cost.money?.saturating_mul(attempts)));
    let spent: Option<Vec<i64>> = spent.collect();
    let dearest = spent.map(|spent| spent.into_iter().max().unwrap_or(0));
    let whole = |own: i64, tools: i64| own.saturating_add(tools.saturating_mul(turns));
    Cost { money: price.zip(dearest).map(|(own, tools)| whole(own, tools)), tokens: whole(tokens, by_tools) }
}
