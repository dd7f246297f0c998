//! Who reads what in a workflow of a plan: directly, and through `let`s down to stages.
//!
//! The one place that knows what makes a stage wait: lowering fills the plan from it, verification compares.

use super::{Stage, StageId, Workflow};
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

    /// The same in order, each once.
    pub fn sorted(mut self) -> Self {
        sort(&mut self.stages);
        sort(&mut self.lets);
        self
    }

    /// What one expression names.
    pub fn of_expr(expr: &Expr) -> Self {
        let mut reads = Self::default();
        reads.add(expr);
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
    resolve(&Direct::of(workflow), workflow.stages.iter().map(Reads::of_stage))
}

/// Computes the flow from what is named directly; of each stage what [`Reads::of_stage`] gives. Every index must be in range.
///
/// # Errors
/// As [`NoFlow`] says.
pub fn resolve(direct: &Direct, stages: impl ExactSizeIterator<Item = (Reads, Reads)>) -> Result<Flow, NoFlow> {
    let mut resolver = Resolver::new(&direct.lets)?;
    let conditions = direct.conditions.iter().map(|condition| resolver.stages(condition)).collect::<Result<_, _>>()?;
    let (mut reads, mut asides) = (Vec::with_capacity(stages.len()), Vec::with_capacity(stages.len()));
    for (data, aside) in stages {
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
    order(&Direct::of(workflow).lets)
}

/// What conditions and `let`s name, one step far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Direct {
    /// Of each condition.
    pub conditions: Vec<Reads>,
    /// Of each `let` what its value and the conditions of its guard name.
    pub lets: Vec<Reads>,
}

impl Direct {
    /// What these conditions name, and `let`s of which the value and the guard are given.
    pub fn new<'a>(
        conditions: impl Iterator<Item = &'a Expr>,
        lets: impl Iterator<Item = (&'a Expr, impl Iterator<Item = usize>)>,
    ) -> Self {
        let conditions: Vec<Reads> = conditions.map(Reads::of_expr).collect();
        let of = |(value, guard): (&Expr, _)| {
            let mut reads = Reads::of_expr(value);
            for condition in guard {
                let condition: &Reads = &conditions[condition];
                reads.stages.extend(&condition.stages);
                reads.lets.extend(&condition.lets);
            }
            reads.sorted()
        };
        let lets = lets.map(of).collect();
        Self { conditions, lets }
    }

    fn of(workflow: &Workflow) -> Self {
        let lets = workflow.lets.iter();
        let lets = lets.map(|item| (&item.value, item.guard.iter().map(|term| term.condition as usize)));
        Self::new(workflow.conditions.iter().map(|condition| &condition.value), lets)
    }
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
    fn new(direct: &[Reads]) -> Result<Self, NoFlow> {
        let mut resolver = Self { lets: vec![Vec::new(); direct.len()], read: 0 };
        for item in order(direct).map_err(NoFlow::Circle)? {
            resolver.lets[item] = resolver.stages(&direct[item])?;
        }
        Ok(resolver)
    }

    /// The stages of `reads`, those of its `let`s among them. Ascending.
    fn stages(&mut self, reads: &Reads) -> Result<Vec<StageId>, NoFlow> {
        let through = reads.lets.iter().map(|&item| self.lets[item as usize].as_slice());
        let count = through.clone().map(<[StageId]>::len).fold(reads.stages.len(), usize::saturating_add);
        self.read = self.read.saturating_add(count);
        if self.read > READS_MAX {
            return Err(NoFlow::TooMany);
        }
        let mut stages = Vec::with_capacity(count);
        stages.extend(reads.stages.iter().map(|&stage| StageId(stage)));
        stages.extend(through.flatten().copied());
        sort(&mut stages);
        stages.shrink_to_fit();
        Ok(stages)
    }
}

fn sort<T: Ord>(list: &mut Vec<T>) {
    list.sort_unstable();
    list.dedup();
}
