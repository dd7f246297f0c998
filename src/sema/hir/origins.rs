//! Where the lists of a workflow come from.

use super::{Body, Race, RaceKind, Workflow};
use crate::value::expr::Var;
use crate::value::length::{Origin, Origins};

impl Origins for Workflow {
    fn origin(&self, var: Var) -> Option<Origin<'_>> {
        match var {
            Var::Let(index) => Some(Origin::Of(&self.lets.get(index as usize)?.value)),
            Var::Stage(index) => {
                let stage = self.stages.get(index as usize)?;
                match &stage.body {
                    Body::Map(map) => Some(Origin::Map(&map.source, map.up_to)),
                    // A handler may put any list in its place; of a map it stands for one item.
                    Body::Race(Race { kind: RaceKind::Any(count), .. }) if stage.handlers.is_empty() => {
                        Some(Origin::Count(u64::from(*count)))
                    }
                    Body::Call(_) | Body::Match(_) | Body::Race(_) | Body::Fail(_) => None,
                }
            }
            _ => None,
        }
    }
}
