//! Information flow: what each value carries, from where it comes to where it is used.
//!
//! `untrusted` travels with leaves, `approved` with whole values. A workflow is looked at once for each combination of the labels of
//! its arguments. Shapes are known to be right; secrets are judged where they are named, by the checker itself.

mod action;
mod call;
mod declared;
mod flow;
mod host;
mod instance;
mod lattice;
mod narrow;
mod needs;
mod reads;
mod report;
mod shown;
mod tools;
mod trace;
mod value;

use crate::diag::Bag;
use crate::sema::hir::Program;

/// Reports data that goes where its labels forbid.
pub fn check(program: &Program, bag: &mut Bag) {
    declared::check(program, bag);
    flow::Flows::new(program).check(bag);
}
