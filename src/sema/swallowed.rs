//! Blocks under `when failed(s)` that neither end the run nor replace what failed (rulings 4).

use std::collections::HashMap;

use crate::sema::errors::graph as errors;
use crate::sema::expr::Body;
use crate::sema::hir::{HandlerAction, Stage};
use crate::sema::outline::{Block, NodeKind, Outline};
use crate::value::expr::{Observe, Var};

/// The first and the last statement that mentions a name.
type Mentions<'a> = HashMap<&'a str, (u32, u32)>;

impl<'a> Body<'_, 'a> {
    /// Reports failures that count as handled although nothing comes of them.
    pub(super) fn report_swallowed(&mut self, outline: &Outline<'a>, stages: &[Option<Stage>]) {
        let observed = self.observed_failures();
        if observed.is_empty() {
            return;
        }
        let mentions = mentions(outline);
        for block in outline.blocks.iter().filter(|block| !block.finally) {
            let found = block.lits.iter().filter(|lit| lit.holds);
            let Some((lit, &binding)) = found.filter_map(|lit| Some((lit, observed.get(&lit.atom.key)?))).next() else {
                continue;
            };
            let Some(Var::Stage(stage)) = self.frame().bindings[binding].var else { continue };
            let handled = stages[stage as usize].as_ref().is_none_or(has_handler);
            if !handled && !ends_or_replaces(outline, block, &mentions) {
                let binding = &self.frame().bindings[binding];
                let found = errors::swallowed(&binding.name, lit.atom.span, binding.span);
                self.report(found);
            }
        }
    }

    /// The stages whose failure is observed, by what `failed(s)` is as a condition.
    fn observed_failures(&self) -> HashMap<String, usize> {
        let frame = self.frames.len() - 1;
        let stages = self.frame().bindings.iter().enumerate().filter(|(_, binding)| binding.observed);
        let key = |(index, var)| match var {
            Some(Var::Stage(stage)) => Some((self.observation_key(Observe::Failed, frame, stage), index)),
            _ => None,
        };
        stages.map(|(index, binding)| (index, binding.var)).filter_map(key).collect()
    }
}

/// Where names are mentioned, `finally` apart: what stands there tells, and replaces nothing.
fn mentions<'a>(outline: &Outline<'a>) -> Mentions<'a> {
    let mut found = Mentions::new();
    for node in outline.nodes.iter().filter(|node| !outline.blocks[node.block].finally) {
        for name in &node.names.found {
            let (first, last) = found.entry(name).or_insert((node.at, node.at));
            (*first, *last) = ((*first).min(node.at), (*last).max(node.at));
        }
    }
    found
}

fn has_handler(stage: &Stage) -> bool {
    stage.handlers.iter().any(|handler| !matches!(handler.action, HandlerAction::Fail))
}

fn ends_or_replaces(outline: &Outline<'_>, block: &Block, mentions: &Mentions<'_>) -> bool {
    // Statements are numbered from 1 in the order of their nodes.
    let inside = outline.nodes.get(block.from as usize - 1..block.to as usize).unwrap_or_default();
    let outside = |name: &str| mentions.get(name).is_some_and(|&(first, last)| first < block.from || last > block.to);
    inside.iter().any(|node| match node.kind {
        NodeKind::Fail(_, _, _) => true,
        NodeKind::Let(item, _) => outside(&item.name.text),
        NodeKind::Stage(stage, _) => outside(&stage.name.text),
        NodeKind::Condition(_, _) | NodeKind::Return(_) => false,
    })
}
