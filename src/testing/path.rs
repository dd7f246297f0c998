//! Paths of stages: as a test writes them, as a run tells them.

use crate::sema::hir;
use crate::sema::hir::path::StagePath;

/// A path of a test, by names: `sub.stage`, `loads[7].loaded`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted(Vec<(String, Option<u32>)>);

/// A path that a run tells: `a.b[3]#2`, `race.tag`, `a.undo`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    name: String,
    item: Option<u32>,
}

impl Wanted {
    /// The names of a path that was checked.
    pub fn of(program: &hir::Program, path: &StagePath) -> Self {
        let name = |&(workflow, stage): &(hir::WorkflowId, hir::StageId)| {
            program.workflows[workflow.index()].stages[stage.index()].name.clone()
        };
        let steps = path.steps.iter().map(|step| (step.stages.first().map(name).unwrap_or_default(), step.item));
        Self(steps.collect())
    }

    /// With the tag of an alternative behind it.
    pub fn tagged(mut self, tag: &str) -> Self {
        self.0.push((tag.to_owned(), None));
        self
    }

    /// Whether the stage itself is told of; of a map, unless an item is meant, not its items.
    pub fn is(&self, told: &Told) -> bool {
        let last = |(wanted, told): (&(String, Option<u32>), &Part)| wanted.1 == told.item;
        self.calls(told) && self.0.last().zip(told.0.last()).is_some_and(last)
    }

    /// Whether a call of the stage is told of: of a map that of any item.
    pub fn calls(&self, told: &Told) -> bool {
        self.0.len() == told.0.len() && self.leads_to(told)
    }

    /// Whether the stage or anything inside it is told of.
    pub fn leads_to(&self, told: &Told) -> bool {
        let fits = |((name, item), part): (&(String, Option<u32>), &Part)| {
            *name == part.name && item.is_none_or(|item| part.item == Some(item))
        };
        self.0.len() <= told.0.len() && self.0.iter().zip(&told.0).all(fits)
    }

    /// How many stages it goes through.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (name, item)) in self.0.iter().enumerate() {
            let dot = if index > 0 { "." } else { "" };
            write!(f, "{dot}{name}")?;
            item.map_or(Ok(()), |item| write!(f, "[{item}]"))?;
        }
        Ok(())
    }
}

impl Told {
    /// Reads a path as a run tells it.
    pub fn parse(path: &str) -> Self {
        Self(path.split('.').map(part).collect())
    }

    /// Whether it ends in `.undo`.
    pub fn is_undo(&self) -> bool {
        self.0.len() > 1 && self.0.last().is_some_and(|last| last.name == "undo")
    }

    /// How many stages it goes through.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

fn part(text: &str) -> Part {
    let text = text.split('#').next().unwrap_or_default();
    match text.split_once('[') {
        Some((name, item)) => Part { name: name.to_owned(), item: item.trim_end_matches(']').parse().ok() },
        None => Part { name: text.to_owned(), item: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(steps: &[(&str, Option<u32>)]) -> Wanted {
        Wanted(steps.iter().map(|(name, item)| ((*name).to_owned(), *item)).collect())
    }

    #[test]
    fn a_path_means_its_stage_whatever_the_round() {
        let inner = wanted(&[("delivery", None), ("drafted", None)]);
        assert!(inner.is(&Told::parse("delivery#2.drafted")));
        assert!(inner.is(&Told::parse("delivery.drafted#3")));
        assert!(!inner.is(&Told::parse("delivery")));
        assert!(wanted(&[("delivery", None)]).leads_to(&Told::parse("delivery#2.drafted")));
    }

    #[test]
    fn a_map_is_not_its_items() {
        let map = wanted(&[("loads", None)]);
        let third = wanted(&[("loads", Some(3))]);
        let (whole, item) = (Told::parse("loads"), Told::parse("loads[3]#2"));
        assert!(map.is(&whole) && !map.is(&item) && map.calls(&item));
        assert!(third.is(&item) && !third.is(&whole) && !third.calls(&Told::parse("loads[4]")));
        assert!(third.leads_to(&Told::parse("loads[3].loaded")));
        assert_eq!(third.to_string(), "loads[3]");
    }

    #[test]
    fn undoing_is_inside() {
        let told = Told::parse("booked[1].undo");
        assert!(told.is_undo() && !Told::parse("undo").is_undo());
        assert!(wanted(&[("booked", None)]).leads_to(&told));
    }
}
