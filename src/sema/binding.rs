//! Agents as arguments: which one stands for an agent parameter, and whether it implements the interface.

use crate::base::span::Span;
use crate::diag::Diagnostic;
use crate::sema::context::Context;
use crate::sema::errors::items::{self as errors, Named};
use crate::sema::errors::names;
use crate::sema::expr::Body;
use crate::sema::hir::{AgentArg, AgentId};
use crate::sema::items::Def;
use crate::syntax::ast::{self, ExprKind};

impl Body<'_, '_> {
    /// The agent that is given for an interface; nothing where something else is given, which is reported.
    pub fn agent_argument(&mut self, interface: usize, written: &ast::Expr) -> Option<AgentArg> {
        let (path, span) = match &written.kind {
            ExprKind::Paren(inner) => return self.agent_argument(interface, inner),
            ExprKind::Name(name) => {
                if self.find(name).is_some() {
                    return self.parameter_as_agent(interface, name, written.span);
                }
                (vec![ast::Name { text: name.clone(), span: written.span }], written.span)
            }
            ExprKind::Field(base, name) => match &base.kind {
                ExprKind::Name(file) if self.find(file).is_none() => {
                    (vec![ast::Name { text: file.clone(), span: base.span }, name.clone()], name.span)
                }
                _ => return self.no_agent(interface, written),
            },
            _ => return self.no_agent(interface, written),
        };
        let path = ast::Path { parts: path, span: written.span };
        let name = path.parts.last()?.text.clone();
        let legal = |def| matches!(def, Def::Agent(_) | Def::Pool(_));
        let (def, declared) = self.ctx.item_at(self.module, &path, legal)?;
        match def {
            Def::Agent(agent) | Def::Pool(agent) => {
                if let Some(found) = not_implemented(self.ctx, agent, interface, span) {
                    self.report(found);
                    return None;
                }
                Some(AgentArg::Agent(AgentId::new(agent)))
            }
            other => {
                self.report(names::wrong_sort(&name, span, other.noun(), Some(declared), "an agent"));
                None
            }
        }
    }

    /// A name of this workflow: one of its own agent parameters is passed on.
    fn parameter_as_agent(&mut self, interface: usize, name: &str, span: Span) -> Option<AgentArg> {
        if let Some(bound) = self.agent_parameter(name, span) {
            if bound.interface == interface {
                return Some(AgentArg::Param(bound.param));
            }
            let wanted = named(self.ctx, interface);
            let declared = self.find(name).map_or(span, |(frame, place)| self.frames[frame].binding(place).span);
            let has = named(self.ctx, bound.interface).0;
            let (own, wanted) = (Named { name, span: declared }, Named { name: &wanted.0, span: wanted.1 });
            self.report(errors::not_implemented(&own, span, &wanted, Some(&has)));
            return None;
        }
        let (frame, place) = self.find(name)?;
        let binding = self.frames[frame].binding_mut(place);
        binding.mention(span);
        let declared = binding.span;
        self.report(names::wrong_sort(name, span, "a value", Some(declared), "an agent"));
        None
    }

    fn no_agent(&mut self, interface: usize, written: &ast::Expr) -> Option<AgentArg> {
        let (name, _) = named(self.ctx, interface);
        self.report(errors::agent_wanted(written.span, &name));
        let mut mentioned = crate::sema::names::Names::default();
        mentioned.expr(written);
        self.touch(&mentioned.found);
        None
    }
}

/// What is wrong with an agent or pool where an interface is wanted.
pub(super) fn not_implemented(ctx: &Context<'_>, agent: usize, interface: usize, at: Span) -> Option<Diagnostic> {
    let (module, item) = ctx.items.agents[agent];
    let has = ctx.agents[agent].as_ref()?.interface;
    if has == Some(interface) {
        return None;
    }
    if has.is_none() && states_an_interface(item) {
        // It states one that is not known: already reported.
        return None;
    }
    let (wanted, wanted_at) = named(ctx, interface);
    // As the file of the agent would have to write it, if it knows it at all.
    let known = ctx.items.scopes[module].get(&wanted).is_some_and(|entry| entry.def == Def::Interface(interface));
    let own = Named { name: &item.name().text, span: item.name().span };
    let has = has.map(|has| named(ctx, has).0);
    let mut found = errors::not_implemented(&own, at, &Named { name: &wanted, span: wanted_at }, has.as_deref());
    if !known {
        found.fix = None;
    }
    Some(found)
}

fn states_an_interface(item: crate::sema::items::AgentItem<'_>) -> bool {
    match item {
        crate::sema::items::AgentItem::Agent(agent) => agent.interface.is_some(),
        _ => true,
    }
}

/// The name of an agent or interface and where it is declared.
pub(super) fn named(ctx: &Context<'_>, index: usize) -> (String, Span) {
    let name = ctx.items.agents[index].1.name();
    (name.text.clone(), name.span)
}
