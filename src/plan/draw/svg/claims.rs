//! Which workflow is drawn inside which stage, and which are panels of their own.

use std::collections::VecDeque;

use super::picture_of;
use crate::plan::WorkflowId;
use crate::plan::draw::Picture;

/// Bodies inside bodies, at most: deeper ones are panels, so that no plan is drawn too deep.
const DEPTH_MAX: usize = 6;

/// Invariant: a workflow is a root or inside one stage, never both; from the roots every one is reached.
pub struct Claims {
    /// Panels of their own, in the order of the plan.
    pub roots: Vec<WorkflowId>,
    /// By workflow and stage: the bodies that are drawn inside.
    pub inside: Vec<Vec<Vec<WorkflowId>>>,
}

impl Claims {
    /// Bodies in braces go into the first stage that calls them.
    pub fn of(pictures: &[Picture<'_>]) -> Self {
        let inside = pictures.iter().map(|picture| vec![Vec::new(); picture.shapes.len()]).collect();
        let mut claims = Self { roots: Vec::new(), inside };
        let mut taken = vec![false; pictures.len()];
        let named = pictures.iter().filter(|picture| !picture.workflow.inline);
        // What is inline and called by nobody that was reached is a root too: only a plan made by hand has such.
        for picture in named.chain(pictures.iter().filter(|picture| picture.workflow.inline)) {
            if !std::mem::replace(&mut taken[picture.id.index()], true) {
                claims.roots.push(picture.id);
                claims.claim_below(pictures, &mut taken, picture.id);
            }
        }
        claims.roots.sort_unstable();
        claims
    }

    fn claim_below(&mut self, pictures: &[Picture<'_>], taken: &mut [bool], root: WorkflowId) {
        let mut open = VecDeque::from([(root, 0)]);
        while let Some((id, depth)) = open.pop_front() {
            for (stage, shape) in picture_of(pictures, id).shapes.iter().enumerate() {
                for &callee in &shape.calls {
                    let inline = picture_of(pictures, callee).workflow.inline;
                    if inline && depth < DEPTH_MAX && !std::mem::replace(&mut taken[callee.index()], true) {
                        self.inside[id.index()][stage].push(callee);
                        open.push_back((callee, depth + 1));
                    }
                }
            }
        }
    }
}
