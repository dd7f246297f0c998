//! Models and the actions that they may call: whoever wrote what a model reads may be the one who calls.

use std::collections::BTreeSet;

use crate::diag::Code;
use crate::sema::hir::{Action, ActionKind, Program};
use crate::sema::labels::action::{Sink, sinks};
use crate::sema::labels::flow::Flows;
use crate::sema::labels::instance::Caller;
use crate::sema::labels::lattice::is_dirty;
use crate::sema::labels::report::{self, ByModel};
use crate::sema::labels::trace::Cursor;
use crate::sema::labels::value::Scope;
use crate::value::policy::Effects;
use crate::value::settings::Tool;
use crate::value::types::{Labels, Type};

/// Models, by the place of their action, whose tools answer with untrusted data: what such a model answers, and what it gives to
/// its tools, is untrusted whatever it was given itself.
pub fn dirty_models(program: &Program) -> BTreeSet<*const Action> {
    let mut found = BTreeSet::new();
    // A model may be the tool of another: at most one round for each of them.
    loop {
        let before = found.len();
        for action in program.agents.iter().flat_map(|agent| &agent.actions) {
            let mut tools = tools(program, action);
            if tools.any(|tool| is_dirty(&tool.result) || found.contains(&std::ptr::from_ref(tool))) {
                found.insert(std::ptr::from_ref(action));
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

fn tools<'a>(program: &'a Program, action: &'a Action) -> impl Iterator<Item = &'a Action> {
    named(program, action).map(|(_, tool)| tool)
}

/// The tools of an action, with the names of their agents.
fn named<'a>(program: &'a Program, action: &'a Action) -> impl Iterator<Item = (&'a str, &'a Action)> {
    let tools: &[Tool] = match &action.kind {
        ActionKind::Llm(llm) => &llm.tools,
        _ => &[],
    };
    tools.iter().filter_map(|tool| {
        let agent = program.agents.get(tool.agent as usize)?;
        Some((agent.name.as_str(), agent.actions.get(tool.action as usize)?))
    })
}

impl<'a> Flows<'a> {
    /// Judges what a model may do with what it reads.
    pub fn tools(&mut self, caller: Caller<'a>, action: &'a Action, args: &[Type]) {
        let place = args.iter().position(is_dirty);
        if place.is_none() && !self.dirty_models.contains(&std::ptr::from_ref(action)) {
            return;
        }
        let Some(harm) = self.harm(action) else { return };
        let written = place.and_then(|place| caller.call.args.get(place));
        let code = if matches!(harm, ByModel::Runs { .. }) { Code::WF0606 } else { Code::WF0604 };
        if self.is_reported(code, written.map_or(action.span, |written| written.span)) {
            return;
        }
        let name = self.called(caller.call);
        let from = written.map(|written| Cursor::new(caller.instance, written).of_stage(caller.stage));
        let found = report::by_model(self, from.as_ref(), &name, action, &harm);
        self.report(found);
    }

    /// The first thing that a model may do, through its tools and theirs, which untrusted data must not decide.
    fn harm(&self, model: &'a Action) -> Option<ByModel<'a>> {
        let mut seen = BTreeSet::new();
        let mut open = vec![model];
        while let Some(action) = open.pop().filter(|action| seen.insert(std::ptr::from_ref::<Action>(action))) {
            for (agent, tool) in named(self.program, action) {
                let name = format!("{agent}.{}", tool.name);
                if let Some(param) = tool.params.iter().find(|param| param.ty.labels.trusted) {
                    return Some(ByModel::Parameter { tool: name, param });
                }
                if let Some((what, at)) = used(tool) {
                    return Some(ByModel::Setting { tool: name, what, at });
                }
                if tool.effects == Effects::Irreversible {
                    return Some(ByModel::Runs { tool: name, at: tool.span });
                }
                open.push(tool);
            }
        }
        None
    }
}

/// A place in the settings of a tool that its arguments decide.
fn used(tool: &Action) -> Option<(&'static str, crate::base::span::Span)> {
    let params: Vec<Type> = tool.params.iter().map(|param| param.ty.with_labels(Labels::UNTRUSTED)).collect();
    let mut scope = Scope { params: &params, ..Scope::default() };
    sinks(tool).into_iter().find_map(|sink: Sink<'_>| Some((sink.what, sink.dirty(&mut scope)?.span)))
}
