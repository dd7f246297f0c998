//! Blocks under `when failed(s)` that neither end the run nor replace what failed (rulings 4).

use std::collections::HashMap;

use crate::base::span::Span;
use crate::sema::errors::graph as errors;
use crate::sema::expr::Body;
use crate::sema::facts::Lit;
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
            let Some((lit, binding)) = block.lits.iter().find_map(|lit| Some((lit, observed.of(lit)?))) else {
                continue;
            };
            if !ends_or_replaces(outline, block, &mentions) {
                self.report_if_open(stages, binding, lit.atom.span);
            }
        }
        self.report_swallowed_by_clauses(outline, stages, &observed, &mentions);
    }

    /// The same of stages that run only `when failed(s)`.
    fn report_swallowed_by_clauses(
        &mut self,
        outline: &Outline<'a>,
        stages: &[Option<Stage>],
        observed: &Observed,
        mentions: &Mentions<'_>,
    ) {
        for node in outline.nodes.iter().filter(|node| !outline.blocks[node.block].finally) {
            let NodeKind::Stage(written, id) = node.kind else { continue };
            let stage = stages[id.index()].as_ref();
            let base = self.frame().condition_base;
            let own = |stage: &Stage| stage.guard.last().and_then(|term| term.condition.index().checked_sub(base));
            let Some(clause) = stage.and_then(own) else { continue };
            let Some(condition) = self.frame().conditions.get(clause).map(|condition| condition.value.clone()) else {
                continue;
            };
            let lits = self.literals(&condition, true);
            let Some((lit, binding)) = lits.iter().find_map(|lit| Some((lit, observed.of(lit)?))) else { continue };
            let read = mentions
                .get(written.name.text.as_str())
                .is_some_and(|&(first, last)| first != node.at || last != node.at);
            if !read {
                self.report_if_open(stages, binding, lit.atom.span);
            }
        }
    }

    fn report_if_open(&mut self, stages: &[Option<Stage>], binding: usize, at: Span) {
        let binding = &self.frame().bindings[binding];
        let Some(Var::Stage(stage)) = binding.var else { return };
        if stages[stage as usize].as_ref().is_none_or(has_handler) {
            return;
        }
        let found = errors::swallowed(&binding.name, at, binding.span);
        self.report(found);
    }

    /// The stages whose failure is observed, by what that is as a condition.
    fn observed_failures(&self) -> Observed {
        let frame = self.frames.len() - 1;
        let mut found = Observed::default();
        for (index, binding) in self.frame().bindings.iter().enumerate().filter(|(_, binding)| binding.observed) {
            if let Some(Var::Stage(stage)) = binding.var {
                found.failed.insert(self.observation_key(Observe::Failed, frame, stage), index);
                found.errors.insert(self.observation_key(Observe::Error, frame, stage), index);
            }
        }
        found
    }
}

/// Bindings of stages whose failure is observed, by the key of `failed(s)` and of `error(s)`.
#[derive(Default)]
struct Observed {
    failed: HashMap<String, usize>,
    errors: HashMap<String, usize>,
}

impl Observed {
    fn is_empty(&self) -> bool {
        self.failed.is_empty()
    }

    /// The stage that has failed where this holds: `failed(s)`, `error(s) != null`, `error(s)?.class == "…"` and the like.
    fn of(&self, lit: &Lit) -> Option<usize> {
        let key = lit.atom.key.as_str();
        if let Some(found) = self.failed.get(key).filter(|_| lit.holds) {
            return Some(*found);
        }
        let (operator, rest) = key.strip_prefix('(')?.split_once(' ')?;
        let (observed, rest) = rest.split_at(rest.find(';')? + 1);
        let is_null = operator == "Equal" && rest == " Null)";
        let of_class = operator == "Equal" && rest.starts_with(".class ") && rest != ".class Null)";
        let found = self.errors.get(observed)?;
        ((is_null && !lit.holds) || (of_class && lit.holds)).then_some(*found)
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
