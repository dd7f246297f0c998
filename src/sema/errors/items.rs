//! 01xx, 05xx: interfaces and who implements them, agents as arguments, pools.

use crate::base::nearest;
use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::sema::errors::{shown, suggest};
use crate::sema::signature::{Parameter, Signature};
use crate::value::policy::Effects;
use crate::value::types::Type;

pub(crate) fn interface_as_type(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0102, at, format!("`{name}` is an interface, not a type"))
        .label("no value is of this type")
        .related(declared, "declared here")
        .help(format!("an agent is a whole parameter of a workflow, and only there: `workflow …(agent: {name})`"))
}

/// Actions of the interface that the agent does not have.
pub(crate) fn actions_missing(
    agent: &str,
    at: Span,
    interface: &str,
    missing: &[(&str, Span)],
    own: &[&str],
) -> Diagnostic {
    let names: Vec<String> = missing.iter().map(|(name, _)| format!("`{name}`")).collect();
    let message = format!("`{agent}` is a `{interface}` without {}", nearest::listed(&names));
    let found = Diagnostic::new(Code::WF0530, at, message).label("not all actions are here");
    let found =
        missing.iter().fold(found, |found, (name, span)| found.related(*span, format!("`{name}` is declared here")));
    match missing {
        [(name, _)] if nearest::nearest(name, own).is_some() => {
            let near = nearest::nearest(name, own).unwrap_or_default();
            found.help(format!("is it `{near}` that should be called `{name}`?"))
        }
        [(name, _), ..] => {
            found.help(format!("add `action {name} {{ … }}`: parameters and result come from `{interface}`"))
        }
        [] => found,
    }
}

/// A parameter that the interface gives and the action does not take.
pub(crate) fn parameter_missing(own: &Signature, at: Span, name: &str, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0531, at, format!("`{}` does not take `{name}`, which its interface gives", own.name))
        .label(format!("no parameter `{name}`"))
        .related(declared, "given by every caller")
        .help("take it too, or leave the parameters out: they come from the interface then")
}

/// A parameter that its interface calls otherwise.
pub(crate) fn parameter_renamed(own: &Signature, param: &Parameter, given: &Parameter) -> Diagnostic {
    let (name, right) = (&param.name, &given.name);
    Diagnostic::new(
        Code::WF0531,
        param.span,
        format!("`{}` calls `{name}` what its interface calls `{right}`", own.name),
    )
    .label("another name here")
    .related(given.span, "callers give it by this name")
    .help(format!("call it `{right}`, here and where it is used"))
}

/// A parameter that nobody who knows the interface gives.
pub(crate) fn parameter_wanted(own: &Signature, name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0531, at, format!("`{}` needs `{name}`, which its interface does not give", own.name))
        .label("nobody gives it")
        .related(declared, "the interface has no such parameter")
        .help(format!("give it a default: `{name}: … = …`"))
}

/// What the interface gives does not fit the parameter.
pub(crate) fn parameter_stricter(name: &str, takes: &Type, at: Span, given: &Type, declared: Span) -> Diagnostic {
    let message = format!("`{name}` takes `{}`, the interface gives `{}`", shown(takes), shown(given));
    Diagnostic::new(Code::WF0531, at, message)
        .label(format!("expected `{}` or wider", shown(given)))
        .related(declared, "what callers may give")
}

/// A label on a parameter that callers of the interface know nothing of.
pub(crate) fn parameter_labelled(name: &str, label: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0531, at, format!("`{name}` is `{label}` here, and not in the interface"))
        .label(format!("wants what is `{label}`"))
        .related(declared, format!("callers may give what is not `{label}`"))
        .help(format!("declare it `{label}` in the interface too, or nowhere"))
}

/// The interface promises that a parameter stays secret.
pub(crate) fn parameter_not_secret(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0531, at, format!("`{name}` is a secret in the interface, and none here"))
        .label("not declared `secret`")
        .related(declared, "callers may give a secret")
        .help("declare it `secret` here too")
}

/// The result is not what the interface promises.
pub(crate) fn result_other(own: &Signature, at: Span, promised: &Type, declared: Span) -> Diagnostic {
    let message =
        format!("`{}` gives `{}`, its interface promises `{}`", own.name, shown(&own.result), shown(promised));
    Diagnostic::new(Code::WF0531, at, message)
        .label(format!("expected `{}`", shown(promised)))
        .related(declared, "what callers rely on")
        .help("leave the result out: it comes from the interface then")
}

/// The result may not be believed, and callers do not know.
pub(crate) fn result_dirtier(own: &Signature, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(
        Code::WF0531,
        at,
        format!("the result of `{}` is `untrusted`, that of its interface is not", own.name),
    )
    .label("may not be believed")
    .related(declared, "callers believe it")
    .help("declare the result `untrusted` in the interface too")
}

/// The action does more to the world than the interface allows.
pub(crate) fn effects_stronger(own: &Signature, at: Span, allowed: &Signature) -> Diagnostic {
    let (does, may) = (own.effects.as_str(), allowed.effects.as_str());
    let found = Diagnostic::new(
        Code::WF0532,
        at,
        format!("`{}` {}, its interface allows `{may}`", own.name, in_words(own.effects)),
    )
    .label(format!("`{does}`"))
    .related(allowed.effects_span.unwrap_or(allowed.span), format!("at most `{may}`"));
    found.help(format!("state `effects {does}` in the interface if callers are to reckon with it"))
}

fn in_words(effects: Effects) -> String {
    match effects {
        Effects::Irreversible => "does what cannot be taken back".to_owned(),
        other => format!("has the effects `{}`", other.as_str()),
    }
}

/// Something that is no agent where an agent is wanted.
pub(crate) fn agent_wanted(at: Span, interface: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0533, at, format!("an agent that is a `{interface}` is wanted here"))
        .label("not the name of an agent")
        .help("agents are bound before anything runs: name one, no expression chooses it")
}

/// An agent without any interface, or with another one.
pub(crate) fn not_implemented(agent: &Named<'_>, at: Span, interface: &Named<'_>, has: Option<&str>) -> Diagnostic {
    let message = match has {
        Some(other) => format!("`{}` is a `{other}`, not a `{}`", agent.name, interface.name),
        None => format!("`{}` does not say that it is a `{}`", agent.name, interface.name),
    };
    let found = Diagnostic::new(Code::WF0533, at, message)
        .label(format!("a `{}` is wanted", interface.name))
        .related(agent.span, "declared here")
        .related(interface.span, "the interface");
    match has {
        None => {
            let written = format!(": {}", interface.name);
            found.help(format!("declare it: `agent {}{written} uses …`", agent.name)).fix_suggested(
                format!("make `{}` a `{}`", agent.name, interface.name),
                agent.span.after(),
                written,
            )
        }
        Some(_) => found.help(format!("name an agent that is declared `: {}`", interface.name)),
    }
}

/// A name with the place where it is declared.
pub(crate) struct Named<'a> {
    /// The name.
    pub name: &'a str,
    /// The place.
    pub span: Span,
}

/// A pool without members.
pub(crate) fn pool_empty(pool: &str, at: Span, interface: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0534, at, format!("the pool `{pool}` has no members"))
        .label("nobody to pick")
        .help(format!("name agents that are a `{interface}`: `members a, b`"))
}

/// A member that stands twice.
pub(crate) fn member_twice(name: &str, again: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0534, again, format!("`{name}` is a member twice"))
        .label("again here")
        .related(first, "first here")
        .help("remove one of the two: a pool weighs its members by what they have to do")
}

/// A pool as a member of a pool.
pub(crate) fn pool_in_pool(name: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0534, at, format!("`{name}` is a pool, and pools have agents as members"))
        .label("not an agent")
        .related(declared, "declared here")
        .help("name its members instead")
}

/// A capability that nobody has who could be a member.
pub(crate) fn capability_of_nobody(
    capability: &str,
    at: Span,
    interface: &str,
    other: Option<&Named<'_>>,
    legal: &[&str],
) -> Diagnostic {
    let message = format!("no agent that is a `{interface}` has the capability \"{}\"", capability.escape_debug());
    let found = Diagnostic::new(Code::WF0535, at, message).label("nobody has it");
    match other {
        Some(other) => found
            .related(other.span, format!("`{}` has it, and is no `{interface}`", other.name))
            .help(format!("declare that agent a `{interface}`, or state the capability on one that is")),
        None if nearest::nearest(capability, legal).is_some() => {
            let near = nearest::nearest(capability, legal).unwrap_or_default();
            found.help(format!("did you mean \"{near}\"?")).fix_suggested(
                format!("write \"{near}\""),
                at,
                format!("\"{near}\""),
            )
        }
        None => found.help(format!("state it on an agent: `capabilities \"{}\"`", capability.escape_debug())),
    }
}

/// An agent parameter in `with`.
pub(crate) fn rebound(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0406, at, format!("`{name}` stands for an agent, the same one in all rounds"))
        .label("bound before anything runs")
        .help("give it once, with the arguments of the call")
}

/// A setting that an interface has no use for.
pub(crate) fn setting_of_interface(name: &str, at: Span) -> Diagnostic {
    let found = Diagnostic::new(Code::WF0502, at, format!("an action of an interface has no `{name}`"))
        .label("belongs to an agent");
    suggest(found, name, at, &["effects", "raises", "endorses"])
}
