//! Interfaces: what they state, and whether agents that implement them keep it (rulings 18).

use std::rc::Rc;

use crate::base::span::Span;
use crate::sema::context::Context;
use crate::sema::errors::{agents as agent_errors, items as errors};
use crate::sema::items::AgentItem;
use crate::sema::signature::{Parameter, Signature};
use crate::syntax::ast::{self, SettingValue};
use crate::value::operator::needs_widening;
use crate::value::types::{Kind, Type};

/// Checks every interface, and every agent against the one that it implements.
pub(super) fn check_all(ctx: &mut Context<'_>) {
    for index in 0..ctx.items.agents.len() {
        match ctx.items.agents[index].1 {
            AgentItem::Interface(interface) => check(ctx, interface),
            AgentItem::Agent(agent) => check_agent(ctx, index, agent),
            AgentItem::Pool(_) => {}
        }
    }
}

fn check(ctx: &mut Context<'_>, interface: &ast::Interface) {
    for action in &interface.actions {
        if action.params.is_none() {
            ctx.report(agent_errors::action_without_parameters(&action.name.text, action.name.span));
        }
        for setting in &action.settings {
            let promise =
                matches!(setting.value, SettingValue::Effects(_) | SettingValue::Raises(_) | SettingValue::Endorses);
            if !promise {
                ctx.report(errors::setting_of_interface(&setting.name.text, setting.name.span));
            }
        }
    }
}

fn check_agent(ctx: &mut Context<'_>, index: usize, agent: &ast::Agent) {
    let Some(own) = &ctx.agents[index] else { return };
    let Some(model) = own.interface.and_then(|interface| ctx.agents[interface].as_ref()) else { return };
    let written: Vec<&ast::Action> = own.written.clone();
    let missing: Vec<(&str, Span)> = model
        .actions
        .iter()
        .filter(|(name, _)| !own.actions.contains_key(*name))
        .map(|(name, signature)| (name.as_str(), signature.span))
        .collect();
    let spare = own.actions.keys().filter(|name| !model.actions.contains_key(*name));
    let spare: Vec<&str> = spare.map(String::as_str).collect();
    let found = (!missing.is_empty())
        .then(|| errors::actions_missing(&agent.name.text, agent.name.span, &model.name, &missing, &spare));
    let pairs: Vec<(&ast::Action, Rc<Signature>, Rc<Signature>)> = written
        .into_iter()
        .zip(own.actions.values())
        .filter_map(|(action, own)| Some((action, own.clone(), model.actions.get(&action.name.text)?.clone())))
        .collect();
    if let Some(found) = found {
        ctx.report(found);
    }
    for (action, own, model) in pairs {
        check_action(ctx, action, &own, &model);
    }
}

fn check_action(ctx: &mut Context<'_>, action: &ast::Action, own: &Signature, model: &Signature) {
    if action.params.is_some() {
        check_parameters(ctx, action, own, model);
    }
    if let Some(written) = &action.result {
        check_result(ctx, own, model, written.span);
    }
    if own.effects > model.effects {
        let at = own.effects_span.unwrap_or(own.span);
        ctx.report(errors::effects_stronger(own, at, model));
    }
}

/// No stricter parameters: whatever callers of the interface give is taken.
fn check_parameters(ctx: &mut Context<'_>, action: &ast::Action, own: &Signature, model: &Signature) {
    if let Some((param, given)) = renamed(own, model) {
        return ctx.report(errors::parameter_renamed(own, param, given));
    }
    for given in &model.params {
        match own.params.iter().find(|param| param.name == given.name) {
            Some(param) => check_parameter(ctx, action, param, given),
            None => ctx.report(errors::parameter_missing(own, action.name.span, &given.name, given.span)),
        }
    }
    for param in &own.params {
        let given = model.params.iter().any(|given| given.name == param.name);
        if !given && param.default.is_none() && !param.ty.is_optional() && !param.ty.is_unknown() {
            ctx.report(errors::parameter_wanted(own, &param.name, param.span, model.span));
        }
    }
}

/// The one parameter that is called otherwise than in the interface, if all others are the same.
fn renamed<'s>(own: &'s Signature, model: &'s Signature) -> Option<(&'s Parameter, &'s Parameter)> {
    let unlike = |own: &'s Signature, model: &Signature| {
        let own = own.params.iter().filter(|param| model.params.iter().all(|other| other.name != param.name));
        own.collect::<Vec<_>>()
    };
    match (unlike(own, model).as_slice(), unlike(model, own).as_slice()) {
        ([own], [given]) if own.default.is_none() && given.ty.fits(&own.ty) => Some((own, given)),
        _ => None,
    }
}

fn check_parameter(ctx: &mut Context<'_>, action: &ast::Action, own: &Parameter, given: &Parameter) {
    let written = action.params.iter().flatten().find(|param| param.name.text == own.name);
    let at = written.map_or(own.span, |param| param.ty.span);
    let (takes, gives) = (&own.ty, &given.ty);
    if takes.has_unknown() || gives.has_unknown() {
        return;
    }
    if !gives.fits(takes) {
        ctx.report(errors::parameter_stricter(&own.name, takes, at, gives, given.span));
    } else if takes.labels.approved && !gives.labels.approved {
        ctx.report(errors::parameter_labelled(&own.name, "approved", at, given.span));
    } else if takes.labels.trusted && !gives.labels.trusted {
        ctx.report(errors::parameter_labelled(&own.name, "trusted", at, given.span));
    } else if gives.labels.secret && !takes.labels.secret {
        ctx.report(errors::parameter_not_secret(&own.name, at, given.span));
    }
}

fn check_result(ctx: &mut Context<'_>, own: &Signature, model: &Signature, at: Span) {
    let (gives, promised) = (&own.result, &model.result);
    if gives.has_unknown() || promised.has_unknown() {
        return;
    }
    let declared = model.result_span.unwrap_or(model.span);
    // A number that would have to change its form is another number: nobody stands between agent and caller to change it.
    if !gives.fits(promised) || needs_widening(gives, promised) {
        ctx.report(errors::result_other(own, at, promised, declared));
    } else if is_dirtier(gives, promised) {
        ctx.report(errors::result_dirtier(own, at, declared));
    }
}

/// Whether a leaf may not be believed where that of the promise may. Types are bounded in depth.
fn is_dirtier(gives: &Type, promised: &Type) -> bool {
    if gives.labels.untrusted && !promised.labels.untrusted {
        return true;
    }
    match (&gives.kind, &promised.kind) {
        (Kind::Optional(own), Kind::Optional(wide)) => is_dirtier(own, wide),
        (_, Kind::Optional(wide)) => is_dirtier(gives, wide),
        (Kind::List(own), Kind::List(wide)) | (Kind::Map(own), Kind::Map(wide)) => is_dirtier(own, wide),
        (Kind::Record(own), Kind::Record(wide)) => {
            own.iter().any(|(name, field)| wide.get(name).is_some_and(|wide| is_dirtier(&field.ty, &wide.ty)))
        }
        (Kind::Union(_), _) | (_, Kind::Union(_)) => gives.has_untrusted() && !promised.has_untrusted(),
        _ => false,
    }
}
