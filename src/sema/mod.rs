//! Checks a program and gives a `hir` in which no name is left to look up.
//!
//! Always yields a value *and* diagnostics. Imports neither the plan nor the engine.

mod agent;
mod binding;
mod budget;
mod call;
mod clause;
mod condition;
mod constant;
mod context;
mod credential;
mod declared;
mod effects;
mod errors;
mod expr;
mod facts;
pub mod hir;
mod include;
mod inside;
mod interface;
mod interval;
mod items;
mod labels;
mod locks;
mod lookup;
mod names;
mod naming;
mod order;
mod outline;
mod pattern;
mod policy;
mod pool;
mod presence;
mod prices;
mod property;
mod schedule;
mod scope;
mod signature;
mod stage;
mod swallowed;
mod testing;
mod truth;
mod types;
mod workflow;

use crate::base::span::FileId;
use crate::base::world::World;
use crate::diag::Bag;
use crate::syntax::ast;

/// A parsed file with what its imports lead to.
#[derive(Debug, Clone)]
pub struct Module {
    /// The source.
    pub file: FileId,
    /// Its path from the project's root, or `std/…`.
    pub path: String,
    /// Its tree.
    pub ast: ast::File,
    /// For each `import` item in order: the module that it names, a position in the list handed to the checker; `None` where
    /// it could not be read (already reported).
    pub imports: Vec<Option<usize>>,
}

/// Checks all modules of a program. Mistakes go to `bag`; what is wrong has a place in the result all the same, with unknown
/// types, so that the graph can be checked too. `world` is asked for the files that `include_text` and `include_file` name, for
/// roles and for prices, and for nothing else.
pub fn check(modules: &[Module], world: &dyn World, bag: &mut Bag) -> hir::Program {
    let (program, found) = with_findings(modules, world, bag);
    bag.extend(found);
    program
}

/// `before` is what was found when the files were read.
fn with_findings(modules: &[Module], world: &dyn World, before: &Bag) -> (hir::Program, Bag) {
    let mut bag = Bag::default();
    let items = items::collect(modules, &mut bag);
    let mut ctx = context::Context::new(modules, world, before, bag, items);
    types::resolve_all(&mut ctx);
    constant::check_all(&mut ctx);
    signature::collect_all(&mut ctx);
    interface::check_all(&mut ctx);
    policy::check_items(&mut ctx);
    agent::check_all(&mut ctx);
    workflow::check_all(&mut ctx);
    let inside = inside::of_all(&ctx);
    effects::check(&mut ctx, &inside);
    locks::check(&mut ctx, &inside);
    budget::check(&mut ctx);
    ctx.schedules = schedule::check_all(&mut ctx);
    testing::check_all(&mut ctx);
    property::check_all(&mut ctx);
    let (program, mut bag) = ctx.finish();
    labels::check(&program, &mut bag);
    (program, bag)
}
