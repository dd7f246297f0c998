//! What can be called: actions and workflows, with their parameters, results and effects.

use std::collections::HashMap;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::base::span::Span;
use crate::sema::context::Context;
use crate::sema::errors::{agents as agent_errors, labels, names};
use crate::sema::expr::{Body, Secrets, Want};
use crate::sema::hir;
use crate::sema::items::{AgentItem, Def};
use crate::sema::scope::{Frame, FrameKind};
use crate::sema::types::{Place, resolve};
use crate::sema::{clause, naming};
use crate::syntax::ast::{self, Setting, SettingValue};
use crate::value::expr::Expr;
use crate::value::policy::{CLASSES, Effects};
use crate::value::types::Type;

/// An action or workflow as its callers see it.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    /// As it is called: `agent.action`, `workflow`.
    pub name: String,
    /// Its parameters.
    pub params: Vec<Parameter>,
    /// Its result.
    pub result: Type,
    /// The result as written.
    pub result_span: Option<Span>,
    /// Its name's place.
    pub span: Span,
    /// What it does to the world; of a workflow unknown before all are checked.
    pub effects: Effects,
    /// Where that is said, if it is.
    pub effects_span: Option<Span>,
    /// Classes of its own.
    pub raises: Vec<String>,
    /// Whether it can be found out what became of an attempt. Of a pool, whoever made it: there also what may be repeated counts.
    pub probe: bool,
    /// Settings that hold for each call unless the call says otherwise: the action's, then the agent's.
    pub timeout: Option<i64>,
    /// The same for the policy, with the module that it is written in.
    pub retry: Option<(usize, ast::RetryUse)>,
}

impl Signature {
    /// The position of a parameter among those that are values.
    pub fn value_position(&self, param: usize) -> usize {
        self.params[..param].iter().filter(|param| param.interface.is_none()).count()
    }

    /// Whether a call may begin again although nobody knows what became of an attempt: a probe finds it out first.
    pub fn repeats_after_unknown(&self) -> bool {
        self.probe || self.effects.repeats_after_unknown()
    }

    /// That of a body in braces: what matters of it is judged when all effects are known.
    pub fn of_body(span: Span) -> Self {
        Self {
            name: "the body".into(),
            params: Vec::new(),
            result: Type::unknown(),
            result_span: None,
            span,
            effects: Effects::None,
            effects_span: None,
            raises: Vec::new(),
            probe: false,
            timeout: None,
            retry: None,
        }
    }
}

/// A parameter.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    /// Its name.
    pub name: String,
    /// Documentation.
    pub doc: Option<String>,
    /// Its type.
    pub ty: Type,
    /// Its default.
    pub default: Option<Expr>,
    /// Its name's place.
    pub span: Span,
    /// The interface that an agent given for it has.
    pub interface: Option<usize>,
    /// The agent that stands for it where none is given.
    pub agent: Option<usize>,
}

/// An agent or interface as its callers see it.
#[derive(Debug, Clone)]
pub(super) struct AgentSignature<'a> {
    /// Its name.
    pub name: String,
    /// Its name's place.
    pub span: Span,
    /// Its actions by name.
    pub actions: IndexMap<String, Rc<Signature>>,
    /// The actions as written, with the file.
    pub written: Vec<&'a ast::Action>,
    /// The interface that it implements; of a pool that of its members.
    pub interface: Option<usize>,
}

/// Finds the signature of everything that can be called.
pub(super) fn collect_all(ctx: &mut Context<'_>) {
    for interfaces in [true, false] {
        for index in 0..ctx.items.agents.len() {
            if ctx.items.agents[index].1.is_interface() == interfaces {
                ctx.agents[index] = agent(ctx, index);
            }
        }
    }
    crate::sema::agent::settle(ctx);
    crate::sema::pool::settle(ctx);
    for index in 0..ctx.items.workflows.len() {
        let found = workflow(ctx, index);
        ctx.workflows.push(Rc::new(found));
    }
}

/// The actions of an agent; `None` where it implements something that nobody knows: it may have any.
fn agent<'a>(ctx: &mut Context<'a>, index: usize) -> Option<AgentSignature<'a>> {
    let (module, item) = ctx.items.agents[index];
    let name = item.name();
    let interface = implemented(ctx, module, item);
    if interface.is_none() && implements(item).is_some() {
        return None;
    }
    if let AgentItem::Pool(_) = item {
        return Some(of_pool(ctx, name, interface));
    }
    let written = item.actions();
    let mut actions: IndexMap<String, Rc<Signature>> = IndexMap::new();
    let mut kept = Vec::new();
    for action in written {
        if let Some(first) = actions.get(&action.name.text) {
            let found = names::duplicate(&action.name.text, action.name.span, first.span);
            ctx.report(found);
            continue;
        }
        let model = interface.and_then(|index| ctx.agents[index].as_ref()?.actions.get(&action.name.text).cloned());
        let signature = self::action(ctx, module, item, action, model.as_deref());
        actions.insert(action.name.text.clone(), Rc::new(signature));
        kept.push(action);
    }
    Some(AgentSignature { name: name.text.clone(), span: name.span, actions, written: kept, interface })
}

/// A pool has the actions of its interface.
fn of_pool<'a>(ctx: &Context<'a>, name: &ast::Name, interface: Option<usize>) -> AgentSignature<'a> {
    let (mut actions, mut written) = (IndexMap::new(), Vec::new());
    if let Some(model) = interface.and_then(|index| ctx.agents[index].as_ref()) {
        written.clone_from(&model.written);
        for (action, signature) in &model.actions {
            let called = format!("{}.{action}", name.text);
            actions.insert(action.clone(), Rc::new(Signature { name: called, ..(**signature).clone() }));
        }
    }
    AgentSignature { name: name.text.clone(), span: name.span, actions, written, interface }
}

/// What is written where the interface of an agent, or of the members of a pool, stands.
fn implements(item: AgentItem<'_>) -> Option<&ast::Path> {
    match item {
        AgentItem::Agent(agent) => agent.interface.as_ref(),
        AgentItem::Pool(pool) => Some(&pool.interface),
        AgentItem::Interface(_) => None,
    }
}

/// The interface that an agent, or the members of a pool, implement.
fn implemented(ctx: &mut Context<'_>, module: usize, item: AgentItem<'_>) -> Option<usize> {
    let path = implements(item)?;
    match ctx.item_at(module, path, |def| matches!(def, Def::Interface(_)))? {
        (Def::Interface(index), _) => Some(index),
        (def, declared) => {
            let name = path.parts.last()?;
            ctx.report(names::wrong_sort(&name.text, name.span, def.noun(), Some(declared), "an interface"));
            None
        }
    }
}

fn action(
    ctx: &mut Context<'_>,
    module: usize,
    item: AgentItem<'_>,
    action: &ast::Action,
    model: Option<&Signature>,
) -> Signature {
    let params = match (&action.params, model) {
        (Some(params), _) => parameters(ctx, module, params, Of::Action),
        (None, Some(model)) => model.params.clone(),
        (None, None) => Vec::new(),
    };
    let (result, result_span) = match (&action.result, model) {
        (Some(ty), _) => (resolve(ctx, module, ty, Place::ActionResult), Some(ty.span)),
        (None, Some(model)) => (model.result.clone(), model.result_span),
        (None, None) => (Type::null(), None),
    };
    let agent_settings = item.settings();
    let settings = || action.settings.iter().chain(agent_settings);
    let effects = settings().find_map(|setting| match setting.value {
        SettingValue::Effects(effects) => Some((clause::effects(effects), setting.span)),
        _ => None,
    });
    let retry = settings().find_map(|setting| match &setting.value {
        SettingValue::Retry(retry) => Some((module, retry.clone())),
        _ => None,
    });
    let default = crate::sema::agent::usual_effects(item, &action.settings);
    Signature {
        name: format!("{}.{}", item.name().text, action.name.text),
        params,
        result,
        result_span,
        span: action.name.span,
        effects: effects.map_or_else(|| model.map_or(default, |model| model.effects), |(effects, _)| effects),
        effects_span: effects.map(|(_, span)| span),
        raises: raises(ctx, settings()),
        probe: action.settings.iter().any(|setting| setting.name.text == "probe"),
        timeout: timeout(ctx, module, action, agent_settings),
        retry,
    }
}

fn raises<'s>(ctx: &mut Context<'_>, settings: impl Iterator<Item = &'s Setting>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for setting in settings {
        let SettingValue::Raises(classes) = &setting.value else { continue };
        for class in classes {
            if CLASSES.contains(&class.text.as_str()) {
                ctx.report(agent_errors::raises_standard(&class.text, class.span));
            } else if !found.contains(&class.text) {
                found.push(class.text.clone());
            }
        }
    }
    found
}

/// The action's own limit, else that of its agent. That of the agent is reported with the agent.
fn timeout(ctx: &mut Context<'_>, module: usize, action: &ast::Action, agent: &[Setting]) -> Option<i64> {
    let find = |settings: &[Setting]| settings.iter().find_map(clause::timeout_setting).cloned();
    if let Some(written) = find(&action.settings) {
        return clause::constant_duration(ctx, module, &written, "timeout");
    }
    let written = find(agent)?;
    clause::quiet_duration(ctx, module, &written)
}

/// Whose parameters: only workflows take agents.
#[derive(PartialEq)]
enum Of {
    Action,
    Workflow,
}

/// The parameters of an action or workflow. Two of one name are one too many.
fn parameters(ctx: &mut Context<'_>, module: usize, written: &[ast::Param], of: Of) -> Vec<Parameter> {
    let mut found: Vec<Parameter> = Vec::new();
    let mut names_so_far: HashMap<&str, Span> = HashMap::new();
    for param in written {
        if let Some(first) = names_so_far.get(param.name.text.as_str()) {
            ctx.report(names::duplicate(&param.name.text, param.name.span, *first));
            continue;
        }
        names_so_far.insert(&param.name.text, param.name.span);
        if let Some(first) = ctx.constant_named(module, &param.name.text) {
            ctx.report(names::duplicate(&param.name.text, param.name.span, first));
        }
        let agent = if of == Of::Workflow { agent_parameter(ctx, module, param) } else { None };
        let made = agent.unwrap_or_else(|| parameter(ctx, module, param));
        found.push(made);
    }
    found
}

fn parameter(ctx: &mut Context<'_>, module: usize, param: &ast::Param) -> Parameter {
    naming::snake(&param.name, &mut ctx.bag);
    let ty = resolve(ctx, module, &param.ty, Place::Parameter);
    let default = param.default.as_ref().map(|written| {
        let want = Want::new(ty.clone(), format!("`{}`", param.name.text)).declared(param.ty.span, "its type");
        if ty.labels.secret {
            ctx.report(labels::secret_default(written.span));
        }
        constant_against(ctx, module, written, &want)
    });
    Parameter {
        name: param.name.text.clone(),
        doc: param.doc.clone(),
        ty,
        default,
        span: param.name.span,
        interface: None,
        agent: None,
    }
}

/// A parameter of a workflow whose type is an interface: an agent.
fn agent_parameter(ctx: &mut Context<'_>, module: usize, param: &ast::Param) -> Option<Parameter> {
    let interface = interface_of(ctx, module, &param.ty)?;
    naming::snake(&param.name, &mut ctx.bag);
    let agent = param.default.as_ref().and_then(|written| {
        let mut body = Body::new(ctx, module, Frame::new(FrameKind::Constant));
        match body.agent_argument(interface, written)? {
            hir::AgentArg::Agent(agent) => Some(agent.index()),
            hir::AgentArg::Param(_) => None,
        }
    });
    Some(Parameter {
        name: param.name.text.clone(),
        doc: param.doc.clone(),
        ty: Type::unknown(),
        default: None,
        span: param.name.span,
        interface: Some(interface),
        agent,
    })
}

/// The interface that is written where the type of a parameter stands.
fn interface_of(ctx: &mut Context<'_>, module: usize, ty: &ast::Type) -> Option<usize> {
    let ast::TypeKind::Path(path) = &ty.kind else { return None };
    let def = match path.parts.as_slice() {
        [name] => ctx.items.scopes[module].get(&name.text)?.def,
        [file, name] => match ctx.items.scopes[module].get(&file.text)?.def {
            Def::Module(other) => ctx.items.scopes[other].get(&name.text)?.def,
            _ => return None,
        },
        _ => return None,
    };
    let Def::Interface(index) = def else { return None };
    ctx.item_at(module, path, |_| true);
    Some(index)
}

/// An expression that may name constants only.
pub(super) fn constant_against(ctx: &mut Context<'_>, module: usize, written: &ast::Expr, want: &Want) -> Expr {
    let mut body = Body::new(ctx, module, Frame::new(FrameKind::Constant));
    body.secrets = Secrets::Forbidden("a default");
    body.check(written, want)
}

fn workflow(ctx: &mut Context<'_>, index: usize) -> Signature {
    let of = ctx.items.workflows[index];
    let params = parameters(ctx, of.module, &of.item.params, Of::Workflow);
    let written = of.item.result.as_ref();
    let result = written.map_or_else(Type::null, |ty| resolve(ctx, of.module, ty, Place::WorkflowResult));
    Signature {
        name: of.item.name.text.clone(),
        params,
        result,
        result_span: of.item.result.as_ref().map(|ty| ty.span),
        span: of.item.name.span,
        effects: Effects::None,
        effects_span: None,
        raises: Vec::new(),
        probe: false,
        timeout: None,
        retry: None,
    }
}

/// Agent parameters as the result has them.
pub(super) fn agent_params(of: &Signature) -> Vec<hir::AgentParam> {
    let one = |param: &Parameter| {
        Some(hir::AgentParam {
            name: param.name.clone(),
            interface: hir::AgentId::new(param.interface?),
            default: param.agent.map(hir::AgentId::new),
            span: param.span,
        })
    };
    of.params.iter().filter_map(one).collect()
}

/// Parameters as the result has them, without those that are agents.
pub(super) fn params(of: &Signature) -> Vec<hir::Param> {
    let one = |param: &Parameter| hir::Param {
        name: param.name.clone(),
        doc: param.doc.clone(),
        ty: param.ty.clone(),
        default: param.default.clone(),
        span: param.span,
    };
    of.params.iter().filter(|param| param.interface.is_none()).map(one).collect()
}
