//! The statements of a workflow or body, numbered: blocks, what each statement needs, what each early exit guards.
//!
//! Statements are numbered in the order of the text, those of `finally` after all others: what an early exit proves does not
//! hold there.

use crate::base::span::Span;
use crate::sema::context::word;
use crate::sema::errors::{graph as graph_errors, names as errors};
use crate::sema::expr::Body;
use crate::sema::facts::Lit;
use crate::sema::hir::{ConditionId, Guard, StageId, Term};
use crate::sema::names::Names;
use crate::sema::naming;
use crate::sema::scope::{Binding, Gone, GoneWhy};
use crate::syntax::ast::{self, ArmBody, MapBody, Name, StageBody, Stmt};
use crate::value::expr::Var;

/// The statements of a workflow or body.
#[derive(Default)]
pub(super) struct Outline<'a> {
    /// The first is the outermost.
    pub blocks: Vec<Block>,
    /// Statements that are checked by themselves.
    pub nodes: Vec<Node<'a>>,
    /// How many `let`s there are.
    pub lets: usize,
    /// How many stages there are, each `fail` among them.
    pub stages: usize,
    /// Of a binding of the frame, the node that declares it.
    pub node_of: Vec<Option<usize>>,
    conditions: usize,
    fails: usize,
    at: u32,
}

/// A block of statements.
pub(super) struct Block {
    /// The block around it.
    pub parent: Option<usize>,
    /// The node of its condition, and the truth that it must have.
    pub condition: Option<(usize, bool)>,
    /// Its condition and all around it.
    pub guard: Guard,
    /// Stands in `finally`.
    pub finally: bool,
    /// The first statement in it.
    pub from: u32,
    /// The last statement in it.
    pub to: u32,
    /// The last statement of the `when` that it is a branch of.
    pub when_to: u32,
    /// What its own condition says, once that is checked.
    pub lits: Vec<Lit>,
}

/// A statement.
pub(super) struct Node<'a> {
    /// What it is.
    pub kind: NodeKind<'a>,
    /// The block that it stands in.
    pub block: usize,
    /// Its number.
    pub at: u32,
    /// The binding of the frame that it declares.
    pub binding: Option<usize>,
    /// The last early exits that stand before it: they wait for those before them.
    pub exits: Vec<StageId>,
    /// The nodes of those.
    frontier: Vec<usize>,
    /// The names that it mentions.
    pub names: Names<'a>,
    /// Of a condition, the blocks that it decides.
    pub branches: Vec<usize>,
}

/// What a statement is.
#[derive(Clone, Copy)]
pub(super) enum NodeKind<'a> {
    /// `let`: its number.
    Let(&'a ast::Let, usize),
    /// `stage`: its number.
    Stage(&'a ast::Stage, StageId),
    /// `fail`: its number, and which `fail` it is, from 1.
    Fail(&'a ast::Fail, StageId, usize),
    /// The condition of a `when`.
    Condition(&'a ast::When, ConditionId),
    /// `return`.
    Return(&'a ast::Return),
}

/// Early exits that guard what follows.
#[derive(Clone, Default)]
struct Exits {
    /// How many there are, each a node.
    count: usize,
    /// The nodes of the last of them: all others are decided before those.
    frontier: Vec<usize>,
}

impl<'a> Outline<'a> {
    /// Numbers the statements of the innermost frame and declares their names there.
    pub fn of(body: &mut Body<'_, 'a>, statements: &'a [Stmt]) -> Self {
        let mut outline = Self { node_of: vec![None; body.frame().bindings.len()], ..Self::default() };
        let root = outline.open(None, None, false);
        let exits = outline.walk(body, statements, root, Exits::default());
        outline.returns(statements, root, &exits);
        outline.close(root);
        let mut finals = statements.iter().filter_map(|stmt| match stmt {
            Stmt::Finally(block) => Some(block),
            _ => None,
        });
        if let Some(block) = finals.next() {
            let index = outline.open(Some(root), None, true);
            outline.walk(body, &block.body, index, Exits::default());
            outline.close(index);
        }
        if let Some(again) = finals.next() {
            body.report(graph_errors::second_finally(word(again.span, "finally")));
        }
        outline
    }

    fn open(&mut self, parent: Option<usize>, condition: Option<(usize, bool)>, finally: bool) -> usize {
        let mut guard = parent.map_or_else(Guard::new, |parent| self.blocks[parent].guard.clone());
        if let Some((node, holds)) = condition
            && let NodeKind::Condition(_, condition) = self.nodes[node].kind
        {
            guard.push(Term { condition, holds });
        }
        let from = self.at + 1;
        self.blocks.push(Block { parent, condition, guard, finally, from, to: 0, when_to: 0, lits: Vec::new() });
        self.blocks.len() - 1
    }

    fn close(&mut self, block: usize) {
        self.blocks[block].to = self.at;
    }

    fn node(&mut self, kind: NodeKind<'a>, block: usize, exits: &Exits, names: Names<'a>) -> usize {
        self.at += 1;
        let frontier = exits.frontier.clone();
        let exits = frontier.iter().filter_map(|&node| match self.nodes[node].kind {
            NodeKind::Fail(_, id, _) => Some(id),
            _ => None,
        });
        let (at, exits) = (self.at, exits.collect());
        self.nodes.push(Node { kind, block, at, binding: None, exits, frontier, names, branches: Vec::new() });
        self.nodes.len() - 1
    }

    /// Numbers the statements of a block; gives the exits that guard what follows it.
    fn walk(&mut self, body: &mut Body<'_, 'a>, statements: &'a [Stmt], block: usize, mut exits: Exits) -> Exits {
        for stmt in statements {
            match stmt {
                Stmt::Let(item) => self.declare_let(body, item, block, &exits),
                Stmt::Stage(stage) => self.declare_stage(body, stage, block, &exits),
                Stmt::When(when) => exits = self.when(body, when, block, exits),
                Stmt::Fail(fail) => self.fail(body, fail, block, &mut exits),
                Stmt::Finally(inner) if block != 0 => {
                    body.report(graph_errors::misplaced(
                        "finally",
                        word(inner.span, "finally"),
                        "stands at the end of a workflow",
                    ));
                }
                Stmt::Broken(broken) => {
                    if let Some(name) = &broken.name {
                        self.bind(body, name, None, None, block);
                    }
                }
                Stmt::Finally(_) | Stmt::Return(_) => {}
            }
        }
        exits
    }

    fn declare_let(&mut self, body: &mut Body<'_, 'a>, item: &'a ast::Let, block: usize, exits: &Exits) {
        let mut names = Names::default();
        names.expr(&item.value);
        let number = self.lets;
        self.lets += 1;
        let node = self.node(NodeKind::Let(item, number), block, exits, names);
        naming::local(&item.name, &mut body.ctx.bag);
        let var = Var::Let(u32::try_from(number).unwrap_or(u32::MAX));
        self.bind(body, &item.name, Some(var), Some(node), block);
    }

    fn declare_stage(&mut self, body: &mut Body<'_, 'a>, stage: &'a ast::Stage, block: usize, exits: &Exits) {
        let mut names = Names::default();
        names.stage(stage);
        let id = StageId::new(self.stages);
        self.stages += 1;
        let node = self.node(NodeKind::Stage(stage, id), block, exits, names);
        naming::local(&stage.name, &mut body.ctx.bag);
        self.bind(body, &stage.name, Some(Var::Stage(id.0)), Some(node), block);
        hide_inner(body, &stage.body);
    }

    fn bind(&mut self, body: &mut Body<'_, 'a>, name: &Name, var: Option<Var>, node: Option<usize>, block: usize) {
        let in_block = block != 0;
        let first = taken(body, name);
        let twice = first.is_some();
        if let Some(first) = first {
            let found = match first {
                Taken::Here(first) if in_block => errors::duplicate_in_blocks(&name.text, name.span, first),
                Taken::Here(first) | Taken::Around(first) => errors::duplicate(&name.text, name.span, first),
            };
            body.report(found);
        }
        let mut binding = Binding::given(&name.text, name.span, Var::Item, crate::value::types::Type::unknown());
        binding.var = var;
        binding.ty = None;
        binding.finally = self.blocks[block].finally;
        binding.unsure_in_finally = matches!(var, Some(Var::Stage(_)));
        if twice {
            binding.mention(name.span);
        }
        let frame = body.frame_mut();
        let index = frame.bindings.len();
        frame.bindings.push(binding);
        match frame.names.get(&name.text) {
            Some(first) => frame.bindings[*first].twice = true,
            None => drop(frame.names.insert(name.text.clone(), index)),
        }
        self.node_of.push(node);
        if let Some(node) = node {
            self.nodes[node].binding = Some(index);
        }
    }

    fn when(&mut self, body: &mut Body<'_, 'a>, when: &'a ast::When, block: usize, exits: Exits) -> Exits {
        let mut names = Names::default();
        names.expr(&when.condition);
        let condition = ConditionId::new(self.conditions);
        self.conditions += 1;
        let node = self.node(NodeKind::Condition(when, condition), block, &exits, names);
        let finally = self.blocks[block].finally;
        let mut after = Exits { count: exits.count, frontier: Vec::new() };
        let mut branches = Vec::new();
        for (holds, inner) in [(true, Some(&when.then)), (false, when.otherwise.as_ref())] {
            let Some(inner) = inner else { continue };
            let index = self.open(Some(block), Some((node, holds)), finally);
            let left = self.walk(body, &inner.body, index, exits.clone());
            self.close(index);
            branches.push(index);
            if left.count > exits.count {
                after.count += left.count - exits.count;
                after.frontier.extend(&left.frontier);
            }
        }
        for &branch in &branches {
            self.blocks[branch].when_to = self.at;
        }
        self.nodes[node].branches = branches;
        if after.frontier.is_empty() { exits } else { after }
    }

    fn fail(&mut self, body: &mut Body<'_, 'a>, fail: &'a ast::Fail, block: usize, exits: &mut Exits) {
        if self.blocks[block].finally {
            body.report(graph_errors::misplaced("fail", fail.span, "cannot stand in `finally`"));
            return;
        }
        if block == 0 {
            body.report(graph_errors::fail_without_when(fail.span));
            return;
        }
        let mut names = Names::default();
        names.expr(&fail.message);
        let id = StageId::new(self.stages);
        self.stages += 1;
        self.fails += 1;
        let node = self.node(NodeKind::Fail(fail, id, self.fails), block, exits, names);
        *exits = Exits { count: exits.count + 1, frontier: vec![node] };
    }

    fn returns(&mut self, statements: &'a [Stmt], root: usize, exits: &Exits) {
        let found = statements.iter().find_map(|stmt| match stmt {
            Stmt::Return(value) => Some(value),
            _ => None,
        });
        if let Some(value) = found {
            let mut names = Names::default();
            names.expr(&value.value);
            self.node(NodeKind::Return(value), root, exits, names);
        }
    }

    /// A block and all around it, from the inside out.
    pub fn chain(&self, block: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(block), |&block| self.blocks[block].parent)
    }

    /// For each node, the nodes that are to be checked before it.
    pub fn needs(&self, body: &Body<'_, 'a>) -> Vec<Vec<usize>> {
        let frame = body.frame();
        let of = |node: &Node<'a>| {
            let mut needs: Vec<usize> = self.blocks[node.block].condition.iter().map(|(node, _)| *node).collect();
            needs.extend(&node.frontier);
            needs.extend(node.names.found.iter().filter_map(|name| self.node_of[*frame.names.get(*name)?]));
            needs
        };
        self.nodes.iter().map(of).collect()
    }

    /// The conditions around a block, once they are checked.
    pub fn lits(&self, block: usize) -> Vec<Lit> {
        let mut blocks: Vec<usize> = self.chain(block).collect();
        blocks.reverse();
        blocks.into_iter().flat_map(|block| self.blocks[block].lits.clone()).collect()
    }
}

enum Taken {
    Here(Span),
    Around(Span),
}

/// Where a name is bound already, in this workflow or around it.
fn taken(body: &Body<'_, '_>, name: &Name) -> Option<Taken> {
    let innermost = body.frames.len() - 1;
    match body.find(&name.text) {
        Some((frame, place)) => {
            let span = body.frames[frame].binding(place).span;
            Some(if frame == innermost { Taken::Here(span) } else { Taken::Around(span) })
        }
        None => body.ctx.constant_named(body.module, &name.text).map(Taken::Around),
    }
}

/// Remembers names that exist only further inside, for better messages.
fn hide_inner(body: &mut Body<'_, '_>, stage: &StageBody) {
    let mut hide = |name: &Name, why: GoneWhy| {
        body.frame_mut().gone.insert(name.text.clone(), Gone { span: name.span, why });
    };
    let mut blocks = Vec::new();
    match stage {
        StageBody::Map(map) => {
            hide(&map.item, GoneWhy::Element);
            if let MapBody::Inline(block) = &map.body {
                blocks.push(block);
            }
        }
        StageBody::Match(found) => blocks.extend(found.arms.iter().filter_map(|arm| match &arm.body {
            ArmBody::Inline(block) => Some(block),
            _ => None,
        })),
        _ => {}
    }
    let mut statements: Vec<&Stmt> = blocks.into_iter().flat_map(|block| &block.body).collect();
    while let Some(stmt) = statements.pop() {
        match stmt {
            Stmt::Let(item) => hide(&item.name, GoneWhy::Body),
            Stmt::Stage(stage) => hide(&stage.name, GoneWhy::Body),
            Stmt::When(when) => {
                statements.extend(&when.then.body);
                statements.extend(when.otherwise.iter().flat_map(|block| &block.body));
            }
            _ => {}
        }
    }
}
