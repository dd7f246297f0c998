//! Checks of one expression: every variable is one that can be seen where it stands.

use super::{Checked, ensure, verify_span};
use crate::plan::Plan;
use crate::value::expr::{Expr, ExprKind, Var};

/// What can be seen from where an expression stands: sizes of tables, and the variables of places.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sees {
    pub params: usize,
    pub lets: usize,
    pub stages: usize,
    pub secrets: usize,
    /// The item of a map.
    pub item: bool,
    /// The result of a round.
    pub result: bool,
    /// `outcome`.
    pub outcome: bool,
    /// Facts of the run.
    pub run: bool,
    /// The path of the result's schema.
    pub result_schema: bool,
}

/// Variables of comprehensions are numbered; the evaluator keeps a table of them.
const LOCALS_MAX: u32 = 1 << 16;

/// A variable of a comprehension and the scope around it, a position in the list of scopes.
struct Scope {
    local: u32,
    outer: Option<usize>,
}

pub(super) fn verify(plan: &Plan, expr: &Expr, sees: Sees) -> Checked {
    let mut scopes: Vec<Scope> = Vec::new();
    let mut stack: Vec<(&Expr, Option<usize>)> = vec![(expr, None)];
    let mut parts = Vec::new();
    while let Some((expr, scope)) = stack.pop() {
        verify_span(plan, expr.span)?;
        match &expr.kind {
            ExprKind::Var(Var::Local(local)) => {
                ensure(is_bound(&scopes, scope, *local), || format!("variable {local} is not bound"))?;
            }
            ExprKind::Var(var) => verify_var(*var, sees)?,
            ExprKind::Observe(_, stage) => verify_var(Var::Stage(*stage), sees)?,
            ExprKind::Comprehension { local, source, condition, body } => {
                ensure(*local < LOCALS_MAX, || format!("variable {local} is out of range"))?;
                scopes.push(Scope { local: *local, outer: scope });
                let inner = Some(scopes.len() - 1);
                stack.push((source, scope));
                stack.extend(condition.iter().map(|condition| (&**condition, inner)));
                stack.push((body, inner));
                continue;
            }
            _ => {}
        }
        expr.children(&mut parts);
        stack.extend(parts.drain(..).map(|part| (part, scope)));
    }
    Ok(())
}

fn is_bound(scopes: &[Scope], mut scope: Option<usize>, local: u32) -> bool {
    while let Some(index) = scope {
        if scopes[index].local == local {
            return true;
        }
        scope = scopes[index].outer;
    }
    false
}

fn verify_var(var: Var, sees: Sees) -> Checked {
    let within = |index: u32, size: usize| (index as usize) < size;
    let seen = match var {
        Var::Param(index) => within(index, sees.params),
        Var::Let(index) => within(index, sees.lets),
        Var::Stage(index) => within(index, sees.stages),
        Var::Secret(index) => within(index, sees.secrets),
        Var::Item | Var::ItemIndex => sees.item,
        Var::Result | Var::Previous => sees.result,
        Var::Outcome => sees.outcome,
        Var::RunId | Var::RunWorkflow | Var::RunStarted => sees.run,
        Var::ResultSchema => sees.result_schema,
        Var::Local(_) => false,
    };
    ensure(seen, || format!("{var:?} does not exist where it is used"))
}
