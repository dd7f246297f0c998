//! Agents: settings by kind, checked and merged into their actions.

mod exec;
mod mock;

use crate::base::span::Span;
use crate::sema::clause::{constant_duration, timeout_setting};
use crate::sema::context::{Context, word};
use crate::sema::errors::{agents as errors, names, not_yet};
use crate::sema::expr::{Body, Secrets};
use crate::sema::hir;
use crate::sema::items::AgentItem;
use crate::sema::names::Names;
use crate::sema::scope::{Binding, Frame, FrameKind};
use crate::sema::signature::{Signature, params};
use crate::syntax::ast::{self, ExprKind, Setting, SettingValue, Spanned};
use crate::value::expr::Var;
use crate::value::policy::{CLASSES, Retry};
use crate::value::settings::SecretFrom;

/// The kinds of the language.
const KINDS: [&str; 6] = ["exec", "shell", "http", "llm", "mcp", "mock"];
/// Calls at once at most.
pub(super) const PARALLEL_MAX: i64 = 10_000;

/// Checks every agent.
pub(super) fn check_all(ctx: &mut Context<'_>) {
    for index in 0..ctx.items.agents.len() {
        let (module, item) = ctx.items.agents[index];
        let actions = match item {
            AgentItem::Agent(agent) => check(ctx, module, index, agent),
            AgentItem::Interface(_) | AgentItem::Pool(_) => unsettled(ctx, module, index, item),
        };
        let checked = whole(ctx, module, index, item, actions);
        ctx.checked_agents.push(checked);
    }
    for index in 0..ctx.items.secrets.len() {
        let item = ctx.items.secrets[index].item;
        match &item.from {
            ast::SecretFrom::Env(name) if name.value.is_empty() || name.value.contains(['=', '\0']) => {
                ctx.report(errors::not_a_variable(&name.value, name.span));
            }
            ast::SecretFrom::Env(_) => {}
            ast::SecretFrom::File(path) => ctx.report(not_yet("secret … from file", item.span.to(path.span))),
            ast::SecretFrom::Command(words) => ctx.report(not_yet("secret … from command", item.span.to(words.span))),
        }
    }
}

/// A secret of the result.
pub(super) fn secret(item: &ast::Secret) -> hir::Secret {
    let from = match &item.from {
        ast::SecretFrom::Env(name) => SecretFrom::Env(name.value.clone()),
        ast::SecretFrom::File(path) => SecretFrom::File(path.value.clone()),
        ast::SecretFrom::Command(_) => SecretFrom::Command(Vec::new()),
    };
    hir::Secret { name: item.name.text.clone(), from, span: item.name.span }
}

/// An agent with what all kinds have in common, around its actions.
fn whole(
    ctx: &mut Context<'_>,
    module: usize,
    index: usize,
    item: AgentItem<'_>,
    actions: Vec<hir::Action>,
) -> hir::Agent {
    let interface = ctx.agents[index].as_ref().and_then(|agent| agent.interface).map(hir::AgentId::new);
    let role = match item {
        AgentItem::Agent(_) => hir::Role::Agent(interface),
        AgentItem::Interface(_) => hir::Role::Interface,
        AgentItem::Pool(pool) => hir::Role::Pool(crate::sema::pool::check(ctx, module, pool, interface)),
    };
    hir::Agent {
        name: item.name().text.clone(),
        doc: item.doc().clone(),
        role,
        capabilities: item.capabilities().map(|capability| capability.value.clone()).collect(),
        parallel: parallel(ctx, module, item.settings()),
        rate: None,
        actions,
        span: item.name().span,
    }
}

fn check(ctx: &mut Context<'_>, module: usize, index: usize, agent: &ast::Agent) -> Vec<hir::Action> {
    let policies = check_common(ctx, module, index, agent);
    let mut actions = of_kind(ctx, module, index, agent);
    for (action, policy) in actions.iter_mut().zip(policies) {
        action.retry = policy;
    }
    actions
}

fn of_kind(ctx: &mut Context<'_>, module: usize, index: usize, agent: &ast::Agent) -> Vec<hir::Action> {
    match agent.kind.text.as_str() {
        "exec" => exec::check(ctx, module, index, agent),
        "mock" => mock::check(ctx, module, index, agent),
        other => {
            let found = match KINDS.contains(&other) {
                true => not_yet(other, agent.kind.span),
                false => errors::unknown_kind(other, agent.kind.span, &KINDS),
            };
            ctx.report(found);
            unsettled(ctx, module, index, AgentItem::Agent(agent))
        }
    }
}

/// What all kinds have: limits, policies, what an action must say. The policy of each action is given back.
fn check_common(ctx: &mut Context<'_>, module: usize, index: usize, agent: &ast::Agent) -> Vec<Option<Retry>> {
    if let Some(timeout) = agent.settings.iter().find_map(timeout_setting) {
        constant_duration(ctx, module, timeout, "timeout");
    }
    let mut policies = Vec::new();
    for (action, signature) in signatures(ctx, index) {
        if action.params.is_none() && agent.interface.is_none() {
            ctx.report(errors::action_without_parameters(&action.name.text, action.name.span));
        }
        let retry =
            action.settings.iter().chain(&agent.settings).find(|one| matches!(one.value, SettingValue::Retry(_)));
        policies.push(match retry {
            Some(Setting { value: SettingValue::Retry(written), span, .. }) => {
                let mut body = Body::new(ctx, module, Frame::new(FrameKind::Constant));
                body.retry(module, written, *span, &signature)
            }
            _ => None,
        });
    }
    policies
}

/// The actions of an agent, as written and as their callers see them.
fn signatures<'a>(ctx: &Context<'a>, index: usize) -> Vec<(&'a ast::Action, std::rc::Rc<Signature>)> {
    let Some(agent) = &ctx.agents[index] else { return Vec::new() };
    agent.written.iter().copied().zip(agent.actions.values().cloned()).collect()
}

/// An agent of a kind that nobody carries out yet: its actions can be called, for what else is to be checked.
fn unsettled(ctx: &mut Context<'_>, module: usize, index: usize, item: AgentItem<'_>) -> Vec<hir::Action> {
    let mut actions = Vec::new();
    for (written, signature) in signatures(ctx, index) {
        touch(ctx, module, &written.settings);
        actions.push(action(written, &signature, hir::ActionKind::Other));
    }
    touch(ctx, module, item.settings());
    actions
}

/// Counts as used what settings mention that nobody looks at.
fn touch(ctx: &mut Context<'_>, module: usize, settings: &[Setting]) {
    let mut names = Names::default();
    for setting in settings {
        match &setting.value {
            SettingValue::Expr(value) => names.expr(value),
            SettingValue::Tools(paths) => {
                names.found.extend(paths.iter().filter_map(|path| path.parts.first()).map(|name| name.text.as_str()));
            }
            _ => {}
        }
    }
    for name in names.found {
        ctx.item(module, name);
    }
}

fn action(written: &ast::Action, signature: &Signature, kind: hir::ActionKind) -> hir::Action {
    hir::Action {
        name: written.name.text.clone(),
        doc: written.doc.clone(),
        params: params(signature),
        result: signature.result.clone(),
        effects: signature.effects,
        raises: signature.raises.clone(),
        endorses: false,
        probe: None,
        timeout: signature.timeout,
        retry: None,
        cache: None,
        cost: hir::Cost::NOTHING,
        kind,
        span: written.name.span,
    }
}

/// A place that sees the parameters of an action and secrets.
fn place<'c, 'a>(ctx: &'c mut Context<'a>, module: usize, signature: Option<&Signature>) -> Body<'c, 'a> {
    let mut frame = Frame::new(FrameKind::Settings);
    for (index, param) in signature.iter().flat_map(|signature| &signature.params).enumerate() {
        let var = Var::Param(u32::try_from(index).unwrap_or(u32::MAX));
        frame.names.insert(param.name.clone(), frame.bindings.len());
        frame.bindings.push(Binding::given(&param.name, param.span, var, param.ty.clone()));
    }
    let mut body = Body::new(ctx, module, frame);
    body.secrets = Secrets::Forbidden("a setting");
    body
}

/// Settings that agents and actions of each kind have.
fn common(setting: &Setting, of_agent: bool) -> bool {
    match &setting.value {
        SettingValue::Effects(_) | SettingValue::Retry(_) | SettingValue::Raises(_) => true,
        SettingValue::Capabilities(_) => of_agent,
        SettingValue::Expr(_) => setting.name.text == "timeout" || (of_agent && setting.name.text == "parallel"),
        _ => false,
    }
}

/// What is not carried out yet, of whatever kind.
fn later(setting: &Setting) -> Option<&'static str> {
    Some(match (&setting.value, setting.name.text.as_str()) {
        (SettingValue::Rate(_, _), _) => "rate",
        (SettingValue::Endorses, _) => "endorses",
        (SettingValue::Probe(_) | SettingValue::ProbeInline(_), _) => "probe",
        (SettingValue::Expr(_), "cache") => "cache",
        (SettingValue::Expr(_), "cost") => "cost",
        _ => return None,
    })
}

/// Reports what is not carried out, and what no kind, or another kind, has.
fn report_other(ctx: &mut Context<'_>, module: usize, kind: &str, setting: &Setting, legal: &[&str]) {
    match later(setting) {
        Some(name) => {
            ctx.report(not_yet(name, word(setting.span, name)));
            touch(ctx, module, std::slice::from_ref(setting));
        }
        None => {
            // What is legal at the agent may not be at an action: then it is not offered.
            let name = setting.name.text.as_str();
            let legal: Vec<&str> = legal.iter().copied().filter(|legal| *legal != name).collect();
            ctx.report(errors::unknown_setting(kind, name, setting.name.span, &legal));
        }
    }
}

/// `parallel N` of an agent.
fn parallel(ctx: &mut Context<'_>, module: usize, settings: &[Setting]) -> Option<u32> {
    let setting = settings.iter().find(|setting| setting.name.text == "parallel")?;
    let SettingValue::Expr(value) = &setting.value else { return None };
    let ExprKind::Int(number) = value.kind else {
        ctx.report(errors::not_a_number("parallel", value.span));
        return None;
    };
    let mut body = Body::new(ctx, module, Frame::new(FrameKind::Constant));
    let count = body.count(&Spanned { value: number, span: value.span }, "parallel", 1, PARALLEL_MAX)?;
    u32::try_from(count).ok()
}

/// A class that an action can fail with; if not it is reported.
fn check_class(ctx: &mut Context<'_>, class: &ast::Name, signature: &Signature) {
    if class.text == "cancelled" {
        ctx.report(crate::sema::errors::policies::class_of_nobody(&class.text, class.span));
    } else if !CLASSES.contains(&class.text.as_str()) && !signature.raises.contains(&class.text) {
        ctx.report(crate::sema::policy::unknown_class(&class.text, class.span, &signature.raises));
    }
}

/// Parameters that nothing mentions.
fn report_unused(body: &mut Body<'_, '_>) {
    let unused: Vec<(String, Span)> = body
        .frame()
        .bindings
        .iter()
        .filter(|binding| binding.uses.is_empty() && !binding.name.starts_with('_'))
        .map(|binding| (binding.name.clone(), binding.span))
        .collect();
    for (name, span) in unused {
        body.report(names::never_used("the parameter", &name, span));
    }
}
