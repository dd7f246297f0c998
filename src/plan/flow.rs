//! Who reads what in a workflow of a plan: directly, and through `let`s down to stages.
//!
//! The one place that knows what makes a stage wait: lowering fills the plan from it, verification compares.

use super::{Condition, Let, Stage, StageId, Workflow};
use crate::value::expr::{Expr, ExprKind, Var};

/// What expressions name directly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// Stages, ascending.
    pub stages: Vec<u32>,
    /// `let`s, ascending.
    pub lets: Vec<u32>,
}

impl Reads {
    /// Adds what `expr` names.
    pub fn add(&mut self, expr: &Expr) {
        expr.walk(|part| match part.kind {
            ExprKind::Var(Var::Let(index)) => self.lets.push(index),
            _ => self.stages.extend(part.stage()),
        });
    }

    fn sorted(mut self) -> Self {
        sort(&mut self.stages);
        sort(&mut self.lets);
        self
    }

    /// What a condition names.
    pub fn of_condition(condition: &Condition) -> Self {
        let mut reads = Self::default();
        reads.add(&condition.value);
        reads.sorted()
    }

    /// What the value of a `let` names; its guard is not in it.
    pub fn of_let(of: &Let) -> Self {
        let mut reads = Self::default();
        reads.add(&of.value);
        reads.sorted()
    }

    /// What a stage names in its body and clauses: first what its result depends on, then its label and what undoes it.
    pub fn of_stage(stage: &Stage) -> (Self, Self) {
        let (mut data, mut aside) = (Self::default(), Self::default());
        stage.exprs(&mut |place, expr| if place.aside { aside.add(expr) } else { data.add(expr) });
        (data.sorted(), aside.sorted())
    }
}

/// The stages that things read, also through `let`s.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flow {
    /// For each condition.
    pub conditions: Vec<Vec<StageId>>,
    /// For each `let`: of its value and its guard.
    pub lets: Vec<Vec<StageId>>,
    /// For each stage: what its result depends on.
    pub reads: Vec<Vec<StageId>>,
    /// For each stage: what its label and its `undo` read.
    pub asides: Vec<Vec<StageId>>,
}

/// How often the stages of one workflow may be read in all, `let`s gone through: a chain of `let`s that each add a stage reads
/// as many as its length squared.
pub const READS_MAX: usize = 2_000_000;

/// Why there is no flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoFlow {
    /// The `let` at this position reads itself.
    Circle(usize),
    /// More than [`READS_MAX`].
    TooMany,
}

/// Computes the flow of a workflow. Every index must be in range.
///
/// # Errors
/// As [`NoFlow`] says.
pub fn flow(workflow: &Workflow) -> Result<Flow, NoFlow> {
    let mut resolver = Resolver::new(workflow)?;
    let mut conditions = Vec::with_capacity(workflow.conditions.len());
    for condition in &workflow.conditions {
        conditions.push(resolver.stages(&Reads::of_condition(condition))?);
    }
    let (mut reads, mut asides) = (Vec::new(), Vec::new());
    for stage in &workflow.stages {
        let (data, aside) = Reads::of_stage(stage);
        reads.push(resolver.stages(&data)?);
        asides.push(resolver.stages(&aside)?);
    }
    Ok(Flow { conditions, lets: resolver.lets, reads, asides })
}

/// The order in which `let`s can be evaluated: each after those that its value and its guard read.
///
/// # Errors
/// The position of a `let` that reads itself.
pub fn let_order(workflow: &Workflow) -> Result<Vec<usize>, usize> {
    order(&direct(workflow))
}

/// For each `let` the stages and `let`s that its value and the conditions of its guard name.
fn direct(workflow: &Workflow) -> Vec<Reads> {
    let conditions: Vec<Reads> = workflow.conditions.iter().map(Reads::of_condition).collect();
    let of = |item: &Let| {
        let mut reads = Reads::of_let(item);
        for term in &item.guard {
            let guard = &conditions[term.condition as usize];
            reads.stages.extend(&guard.stages);
            reads.lets.extend(&guard.lets);
        }
        reads.sorted()
    };
    workflow.lets.iter().map(of).collect()
}

/// Depth first with a stack of its own: chains of `let`s may be long.
fn order(direct: &[Reads]) -> Result<Vec<usize>, usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut state = vec![State::New; direct.len()];
    let mut order = Vec::with_capacity(direct.len());
    for root in 0..direct.len() {
        let mut stack = vec![(root, 0)];
        while let Some((item, next)) = stack.pop() {
            if next == 0 && state[item] != State::New {
                continue;
            }
            state[item] = State::Open;
            match direct[item].lets.get(next) {
                Some(&inner) => {
                    let inner = inner as usize;
                    if state[inner] == State::Open {
                        return Err(inner);
                    }
                    stack.push((item, next + 1));
                    stack.push((inner, 0));
                }
                None => {
                    state[item] = State::Done;
                    order.push(item);
                }
            }
        }
    }
    Ok(order)
}

struct Resolver {
    lets: Vec<Vec<StageId>>,
    /// How many stages have been read so far.
    read: usize,
}

impl Resolver {
    fn new(workflow: &Workflow) -> Result<Self, NoFlow> {
        let direct = direct(workflow);
        let mut resolver = Self { lets: vec![Vec::new(); direct.len()], read: 0 };
        for item in order(&direct).map_err(NoFlow::Circle)? {
            resolver.lets[item] = resolver.stages(&direct[item])?;
        }
        Ok(resolver)
    }

    /// The stages of `reads`, those of its `let`s among them. Ascending.
    fn stages(&mut self, reads: &Reads) -> Result<Vec<StageId>, NoFlow> {
        let through = reads.lets.iter().map(|&item| self.lets[item as usize].as_slice());
        self.read = through.clone().map(<[StageId]>::len).fold(self.read + reads.stages.len(), usize::saturating_add);
        if self.read > READS_MAX {
            return Err(NoFlow::TooMany);
        }
        let direct = reads.stages.iter().map(|&stage| StageId(stage));
        let mut stages: Vec<StageId> = direct.chain(through.flatten().copied()).collect();
        sort(&mut stages);
        Ok(stages)
    }
}

fn sort<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}
