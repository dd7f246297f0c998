//! What waits for what in one workflow, with the place of each reason: what circles are looked for in.

use petgraph::graph::{DiGraph, NodeIndex};

use super::reads;
use crate::base::span::Span;
use crate::sema::hir;
use crate::value::expr::{Expr, ExprKind, Var};

/// Something that can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A stage.
    Stage(usize),
    /// A `let`.
    Let(usize),
    /// A condition.
    Condition(usize),
}

/// Why it waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It reads it.
    Reads,
    /// It comes after it.
    After,
    /// It is guarded by it.
    Guard,
    /// It comes below that `fail`.
    Exit,
}

/// An edge: why, and where that is written.
#[derive(Debug, Clone, Copy)]
pub struct Use {
    /// Why.
    pub reason: Reason,
    /// Where.
    pub span: Span,
}

/// Edges go from what waits to what it waits for.
pub type Dependencies = DiGraph<Item, Use>;

/// The dependencies of one workflow.
pub fn of(workflow: &hir::Workflow) -> Dependencies {
    let mut builder = Builder { graph: Dependencies::new(), stages: workflow.stages.len(), lets: workflow.lets.len() };
    builder.add_nodes(workflow.conditions.len());
    for (index, stage) in workflow.stages.iter().enumerate() {
        builder.add_stage(index, stage);
    }
    for (index, item) in workflow.lets.iter().enumerate() {
        let node = builder.item(index);
        builder.add_reads(node, &item.value);
        builder.add_guard(node, &item.guard, item.value.span);
    }
    for (index, condition) in workflow.conditions.iter().enumerate() {
        let node = builder.condition(index);
        builder.add_reads(node, &condition.value);
    }
    builder.graph
}

struct Builder {
    graph: Dependencies,
    stages: usize,
    lets: usize,
}

impl Builder {
    fn add_nodes(&mut self, conditions: usize) {
        let stages = (0..self.stages).map(Item::Stage);
        let lets = (0..self.lets).map(Item::Let);
        for item in stages.chain(lets).chain((0..conditions).map(Item::Condition)) {
            self.graph.add_node(item);
        }
    }

    fn item(&self, index: usize) -> NodeIndex {
        NodeIndex::new(self.stages + index)
    }

    fn condition(&self, index: usize) -> NodeIndex {
        NodeIndex::new(self.stages + self.lets + index)
    }

    fn add_stage(&mut self, index: usize, stage: &hir::Stage) {
        let node = NodeIndex::new(index);
        reads::exprs(stage, &mut |_, expr| self.add_reads(node, expr));
        for &(after, span) in &stage.after {
            self.graph.add_edge(node, NodeIndex::new(after.index()), Use { reason: Reason::After, span });
        }
        for exit in &stage.exits {
            let reason = Use { reason: Reason::Exit, span: stage.span };
            self.graph.add_edge(node, NodeIndex::new(exit.index()), reason);
        }
        self.add_guard(node, &stage.guard, stage.span);
    }

    fn add_guard(&mut self, node: NodeIndex, guard: &[hir::Term], span: Span) {
        for term in guard {
            let condition = self.condition(term.condition.index());
            self.graph.add_edge(node, condition, Use { reason: Reason::Guard, span });
        }
    }

    fn add_reads(&mut self, node: NodeIndex, expr: &Expr) {
        expr.walk(|part| {
            let awaited = match part.kind {
                ExprKind::Var(Var::Let(index)) => Some(self.item(index as usize)),
                _ => part.stage().map(|stage| NodeIndex::new(stage as usize)),
            };
            if let Some(awaited) = awaited {
                self.graph.add_edge(node, awaited, Use { reason: Reason::Reads, span: part.span });
            }
        });
    }
}
