//! Probes: actions that find out whether another one happened (rulings 20, 42).

use crate::sema::agent::table::find;
use crate::sema::clause::{constant_duration, quiet_duration, timeout_setting};
use crate::sema::context::Context;
use crate::sema::errors::kinds as errors;
use crate::sema::items::AgentItem;
use crate::sema::signature::{Parameter, Signature};
use crate::syntax::ast::{self, Path, SettingValue};
use crate::value::policy::Effects;
use crate::value::types::{Field, Type};

/// The parameter of a probe that no other action has.
const KEY: &str = "key";

/// What a probe of an action answers: `{ kind: "done", result: T } | { kind: "not_done" } | { kind: "unknown" }`.
pub(super) fn answer(result: &Type) -> Type {
    let kind = |name: &str| ("kind", Field::required(Type::literal(name)));
    let done = Type::record([kind("done"), ("result", Field::required(result.without_labels()))]);
    let all = vec![done, Type::record([kind("not_done")]), Type::record([kind("unknown")])];
    Type::union(all).unwrap_or_else(|_| Type::unknown())
}

/// The position of a named probe among the actions of its agent, if it is one.
pub(super) fn named(ctx: &mut Context<'_>, agent: usize, of: &Signature, path: &Path) -> Option<usize> {
    let [name] = path.parts.as_slice() else {
        ctx.report(errors::probe_elsewhere(path.span));
        return None;
    };
    let signatures = ctx.agents[agent].as_ref()?;
    let Some((position, _, probe)) = signatures.actions.get_full(&name.text) else {
        let legal: Vec<&str> = signatures.actions.keys().map(String::as_str).collect();
        let (owner, declared) = (signatures.name.clone(), signatures.span);
        let found = crate::sema::errors::names::unknown_action(&owner, &name.text, name.span, declared, &legal);
        ctx.report(found);
        return None;
    };
    let probe = probe.clone();
    if let Some(problem) = problem(of, &probe) {
        ctx.report(errors::no_probe(&problem, name.span, probe.span));
        return None;
    }
    Some(position)
}

fn problem(of: &Signature, probe: &Signature) -> Option<String> {
    if probe.effects > Effects::Reads {
        return Some(format!("it has effects `{}`, a probe `reads` at most", probe.effects.as_str()));
    }
    let wanted: Vec<&str> = of.params.iter().map(|param| param.name.as_str()).chain([KEY]).collect();
    let found: Vec<&str> = probe.params.iter().map(|param| param.name.as_str()).collect();
    if wanted != found {
        return Some(format!("it takes ({}), a probe of this action ({})", found.join(", "), wanted.join(", ")));
    }
    let narrower = of.params.iter().zip(&probe.params).find(|(param, other)| !param.ty.fits(&other.ty));
    if let Some((param, other)) = narrower {
        return Some(format!("its `{}` is `{}`, that of the action `{}`", param.name, other.ty, param.ty));
    }
    let is_text = probe.params.last().is_some_and(|key| Type::string().fits(&key.ty));
    if !is_text {
        return Some(format!("its `{KEY}` is no `string`"));
    }
    let answer = answer(&of.result);
    let fits = probe.result.has_unknown() || probe.result.without_labels().fits(&answer);
    (!fits).then(|| format!("it answers `{}`, a probe of this action `{answer}`", probe.result))
}

/// The signature of an unnamed probe: parameters, key and answer are implied.
pub(super) fn unnamed(
    ctx: &mut Context<'_>,
    item: AgentItem<'_>,
    module: usize,
    of: &Signature,
    setting: &ast::Setting,
) -> Option<Signature> {
    let SettingValue::ProbeInline(settings) = &setting.value else { return None };
    if let Some(param) = of.params.iter().find(|param| param.name == KEY) {
        ctx.report(errors::key_of_probe(param.span, setting.name.span));
        return None;
    }
    let stated = find(settings, "effects").map(|setting| match setting.value {
        SettingValue::Effects(effects) => (crate::sema::clause::effects(effects), setting.span),
        _ => (Effects::Writes, setting.span),
    });
    let effects = stated.map_or_else(|| super::usual_effects(item, settings), |(effects, _)| effects);
    if effects > Effects::Reads {
        let at = stated.map_or(setting.name.span, |(_, at)| at);
        ctx.report(errors::probe_writes(effects, at, stated.is_none().then_some(setting.span)));
    }
    let around = item.settings().iter().find_map(timeout_setting).cloned();
    let around = around.and_then(|written| quiet_duration(ctx, module, &written));
    let key = Parameter {
        name: KEY.to_owned(),
        doc: None,
        ty: Type::string(),
        default: None,
        span: setting.name.span,
        interface: None,
        agent: None,
    };
    Some(Signature {
        name: format!("{}.probe", of.name),
        params: of.params.iter().cloned().chain([key]).collect(),
        result: answer(&of.result),
        effects,
        effects_span: stated.map(|(_, at)| at),
        raises: Vec::new(),
        probe: false,
        timeout: stated_timeout(ctx, module, settings).or(around),
        ..of.clone()
    })
}

fn stated_timeout(ctx: &mut Context<'_>, module: usize, settings: &[ast::Setting]) -> Option<i64> {
    constant_duration(ctx, module, settings.iter().find_map(timeout_setting)?, "timeout")
}
