//! Agents: settings by kind, checked and merged into their actions.

mod exec;
mod http;
mod limits;
mod llm;
mod mcp;
mod mock;
mod probe;
mod process;
mod record;
mod secret;
mod table;
mod tools;
pub(in crate::sema) mod unexpanded;
mod url;

use std::rc::Rc;

use crate::base::span::Span;
use crate::sema::clause::{constant_duration, timeout_setting};
use crate::sema::context::Context;
use crate::sema::errors::{agents as errors, names};
use crate::sema::expr::{Body, Secrets};
use crate::sema::hir::{self, ActionKind};
use crate::sema::items::AgentItem;
use crate::sema::names::Names;
use crate::sema::scope::{Binding, Frame, FrameKind};
use crate::sema::signature::{Signature, params};
use crate::syntax::ast::{self, Setting, SettingValue};
use crate::value::expr::Var;
use crate::value::policy::{CLASSES, Effects};
use table::find;

pub(super) use table::At;

pub(super) use limits::PARALLEL_MAX;
pub(super) use process::result_schema;
pub(super) use tools::settle;

/// The kinds of the language.
const KINDS: [&str; 6] = ["exec", "shell", "http", "llm", "mcp", "mock"];

/// Checks every agent and every secret.
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
    tools::price(ctx);
    for index in 0..ctx.items.secrets.len() {
        let found = secret::check(ctx, ctx.items.secrets[index]);
        ctx.secrets.push(found);
    }
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
        parallel: limits::parallel(ctx, module, item.settings()),
        rate: limits::rate(ctx, module, item.settings()),
        actions,
        span: item.name().span,
    }
}

/// An action as it is written, or an unnamed probe: what a kind needs of it.
struct Written<'s> {
    module: usize,
    name: &'s str,
    /// The name's place.
    span: Span,
    settings: &'s [Setting],
    /// Those of its agent.
    around: &'s [Setting],
    /// Its parameters are stated elsewhere: it need not mention them all.
    implied: bool,
}

impl Written<'_> {
    /// Reports parameters that nothing mentions.
    fn report_unused(&self, body: &mut Body<'_, '_>) {
        if !self.implied {
            report_unused(body);
        }
    }

    /// Whether a setting is nowhere, not even with a slip in its name.
    fn lacks(&self, kind: &str, name: &str) -> bool {
        let stated = |settings| find(settings, name).is_some() || table::is_misspelt(kind, settings, name);
        !stated(self.settings) && !stated(self.around)
    }
}

/// What the settings of an agent say, by kind.
enum Shared {
    Exec(exec::Shared),
    Shell(exec::Shared),
    Http(http::Shared),
    Llm(Box<llm::Said>),
    Mcp(Box<mcp::Shared>),
    Mock,
    Registered(String),
}

impl Shared {
    fn new(ctx: &mut Context<'_>, module: usize, agent: &ast::Agent) -> Self {
        let settings = &agent.settings;
        match agent.kind.text.as_str() {
            "exec" => Self::Exec(exec::Shared::new(ctx, module, settings, false)),
            "shell" => Self::Shell(exec::Shared::new(ctx, module, settings, true)),
            "http" => Self::Http(http::Shared::new(ctx, module, settings)),
            "llm" => {
                let tools = tools::read(ctx, module, settings);
                Self::Llm(Box::new(llm::Said::new(ctx, module, settings, tools)))
            }
            "mcp" => Self::Mcp(Box::new(mcp::Shared::new(ctx, module, agent))),
            "mock" => Self::Mock,
            registered => Self::Registered(registered.to_owned()),
        }
    }

    fn action(&self, ctx: &mut Context<'_>, written: &Written<'_>, signature: &Signature) -> ActionKind {
        match self {
            Self::Exec(shared) => shared.exec(ctx, written, signature),
            Self::Shell(shared) => shared.shell(ctx, written, signature),
            Self::Http(shared) => shared.action(ctx, written, signature),
            Self::Llm(said) => {
                let tools = tools::read(ctx, written.module, written.settings);
                said.action(ctx, written, signature, tools)
            }
            Self::Mcp(shared) => shared.action(ctx, written, signature),
            Self::Mock => mock::action(ctx, written, signature),
            // It is handed all its arguments by name.
            Self::Registered(kind) => ActionKind::Registered(kind.clone()),
        }
    }
}

fn check(ctx: &mut Context<'_>, module: usize, index: usize, agent: &ast::Agent) -> Vec<hir::Action> {
    check_common(ctx, module, agent);
    let kind = agent.kind.text.as_str();
    let registered = ctx.world.kinds();
    let legal: Vec<&str> = KINDS.into_iter().chain(registered.iter().map(String::as_str)).collect();
    if !legal.contains(&kind) {
        ctx.report(errors::unknown_kind(kind, agent.kind.span, &legal));
        return unsettled(ctx, module, index, AgentItem::Agent(agent));
    }
    table::check(ctx, kind, &agent.settings, At::Agent);
    let shared = Shared::new(ctx, module, agent);
    let mut actions: Vec<hir::Action> = Vec::new();
    let mut probes = Vec::new();
    for (written, signature) in signatures(ctx, index) {
        if written.params.is_none() && agent.interface.is_none() {
            ctx.report(errors::action_without_parameters(&written.name.text, written.name.span));
        }
        table::check(ctx, kind, &written.settings, At::Action);
        let of = Written {
            module,
            name: &written.name.text,
            span: written.name.span,
            settings: &written.settings,
            around: &agent.settings,
            implied: agent.interface.is_some(),
        };
        let carried_out = shared.action(ctx, &of, &signature);
        let mut found = action(ctx, &of, &signature, carried_out);
        found.doc = written.doc.clone();
        if let Some(setting) = find(&written.settings, "probe") {
            let unnamed = unnamed_probe(ctx, &shared, agent, &of, &signature, setting);
            found.probe = match &setting.value {
                SettingValue::Probe(path) => probe::named(ctx, index, &signature, path),
                _ => unnamed.is_some().then(|| signatures_len(ctx, index) + probes.len()),
            };
            probes.extend(unnamed);
        }
        actions.push(found);
    }
    actions.extend(probes);
    actions
}

fn unnamed_probe(
    ctx: &mut Context<'_>,
    shared: &Shared,
    agent: &ast::Agent,
    of: &Written<'_>,
    signature: &Signature,
    setting: &Setting,
) -> Option<hir::Action> {
    let SettingValue::ProbeInline(settings) = &setting.value else { return None };
    table::check(ctx, &agent.kind.text, settings, At::Probe);
    let implied = probe::unnamed(ctx, AgentItem::Agent(agent), of.module, signature, setting)?;
    let name = format!("{}.probe", of.name);
    let written = Written { name: &name, span: setting.name.span, settings, implied: true, ..*of };
    let kind = shared.action(ctx, &written, &implied);
    Some(action(ctx, &written, &implied, kind))
}

/// What all kinds have: limits, policies, what an action must say.
fn check_common(ctx: &mut Context<'_>, module: usize, agent: &ast::Agent) {
    if let Some(timeout) = agent.settings.iter().find_map(timeout_setting) {
        constant_duration(ctx, module, timeout, "timeout");
    }
}

/// The actions of an agent, as written and as their callers see them.
fn signatures<'a>(ctx: &Context<'a>, index: usize) -> Vec<(&'a ast::Action, Rc<Signature>)> {
    let Some(agent) = &ctx.agents[index] else { return Vec::new() };
    agent.written.iter().copied().zip(agent.actions.values().cloned()).collect()
}

fn signatures_len(ctx: &Context<'_>, index: usize) -> usize {
    ctx.agents[index].as_ref().map_or(0, |agent| agent.written.len())
}

/// What carries nothing out itself: its actions can be called, for what else is to be checked.
fn unsettled(ctx: &mut Context<'_>, module: usize, index: usize, item: AgentItem<'_>) -> Vec<hir::Action> {
    let mut actions = Vec::new();
    for (written, signature) in signatures(ctx, index) {
        touch(ctx, module, &written.settings);
        let (name, span) = (written.name.text.as_str(), written.name.span);
        let of = Written { module, name, span, settings: &written.settings, around: item.settings(), implied: true };
        let found = action(ctx, &of, &signature, ActionKind::Other);
        actions.push(hir::Action { doc: written.doc.clone(), ..found });
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

/// An action with what all kinds have.
fn action(ctx: &mut Context<'_>, written: &Written<'_>, signature: &Signature, kind: ActionKind) -> hir::Action {
    let either = |word: &str| find(written.settings, word).or_else(|| find(written.around, word));
    let cache = either("cache").and_then(|setting| limits::cache(ctx, written.module, setting, signature));
    let money = either("cost").and_then(|setting| limits::cost(ctx, written.module, setting));
    let retry = match either("retry") {
        Some(Setting { value: SettingValue::Retry(policy), span, .. }) => {
            let mut body = Body::new(ctx, written.module, Frame::new(FrameKind::Constant));
            body.retry(written.module, policy, *span, signature)
        }
        _ => None,
    };
    hir::Action {
        name: written.name.to_owned(),
        doc: None,
        params: params(signature),
        result: signature.result.clone(),
        effects: signature.effects,
        raises: signature.raises.clone(),
        endorses: either("endorses").is_some() && !matches!(kind, ActionKind::Llm(_)),
        probe: None,
        timeout: signature.timeout,
        retry,
        cache,
        cost: hir::Cost { money: money.or(Some(0)), ..hir::Cost::NOTHING },
        kind,
        span: written.span,
    }
}

/// What an action of an agent does to the world where nothing says it; tools of a model are not looked at.
pub(super) fn usual_effects(item: AgentItem<'_>, settings: &[Setting]) -> Effects {
    match item {
        AgentItem::Agent(agent) => match agent.kind.text.as_str() {
            "mock" | "llm" => Effects::None,
            "http" => http::usual_effects([settings, &agent.settings]),
            _ => Effects::Writes,
        },
        AgentItem::Interface(_) | AgentItem::Pool(_) => Effects::Writes,
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
