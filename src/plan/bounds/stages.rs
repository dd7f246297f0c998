//! What stages and whole workflows come to at most.

use std::collections::BTreeMap;

use super::call::{Worst, waited};
use super::path::{Path, longest};
use super::{Amount, OfStage, OfWorkflow, Reader, Spent};
use crate::base::span::Span;
use crate::plan::{
    Alternative, ArmBody, Body, Call, Handler, HandlerAction, Map, Race, RaceKind, Stage, StageId, Target,
};
use crate::value::policy::Effects;

impl Reader<'_> {
    /// The whole workflow.
    pub(super) fn workflow(&mut self) -> OfWorkflow {
        let workflow = self.of();
        let stages: Vec<OfStage> =
            workflow.stages.iter().enumerate().map(|(index, stage)| self.stage(StageId::new(index), stage)).collect();
        let Path { all: body_time, time: path_time, stages: path } = longest(workflow, &stages, false);
        let finally = longest(workflow, &stages, true).all;
        let body = workflow.stages.iter().zip(&stages).filter(|(stage, _)| !stage.finally);
        let late = body.fold(Amount::NOTHING, |late, (_, of)| late.or(&of.late, workflow.span));
        let undo_time = stages.iter().fold(Amount::NOTHING, |sum, stage| sum.and(&stage.undo_time, workflow.span));
        let all: Vec<(&Stage, &Spent)> =
            workflow.stages.iter().zip(&stages).map(|(stage, of)| (stage, &of.spent)).collect();
        OfWorkflow {
            time: body_time.clone().cut(workflow.timeout, &late, workflow.span).and(&finally, workflow.span),
            late: late.and(&finally, workflow.span),
            undo_time,
            body_time,
            path_time,
            path,
            spent: spent(&all, 0, workflow.span),
            effects: stages.iter().filter_map(|stage| stage.effects).max(),
            stages,
        }
    }

    fn stage(&mut self, id: StageId, stage: &Stage) -> OfStage {
        let (body, items) = match &stage.body {
            Body::Map(map) => {
                let items = self.items(id, map);
                // Each item has its own handler, and the deadline ends them all.
                let item = self.settled(stage, self.call(&map.call));
                (repeated(item, self.lanes(map), map, &items).cut(stage.deadline, stage.span), Some(items))
            }
            other => (self.settled(stage, self.body(stage, other).cut(stage.deadline, stage.span)), None),
        };
        let undo = self.undo(stage, items.as_ref());
        OfStage {
            time: body.time,
            late: body.late,
            undo_time: undo.time,
            spent: body.spent.and(&undo.spent, stage.span),
            items,
            effects: self.effects(stage),
        }
    }

    fn body(&self, stage: &Stage, body: &Body) -> Worst {
        match body {
            Body::Call(call) => self.call(call),
            Body::Match(matched) => {
                let arms = matched.arms.iter().filter_map(|arm| arm_call(&arm.body)).map(|call| self.call(call));
                arms.reduce(|worst, arm| worst.or(&arm, stage.span)).unwrap_or_default()
            }
            Body::Race(race) => self.race(race),
            Body::Map(_) | Body::Fail(_) => Worst::default(),
        }
    }

    /// What follows a failure as well: a workflow that fails, or loses a race, undoes what it did, whatever becomes of the one
    /// that called it. Handlers begin after that; no deadline of the stage ends them.
    fn settled(&self, stage: &Stage, body: Worst) -> Worst {
        let undone = match outlives_failures(stage) {
            true => self.inner_undo_time(stage),
            false => Amount::NOTHING,
        };
        let late = body.late.and(&undone, stage.span);
        let body = Worst { time: body.time.and(&undone, stage.span), late, spent: body.spent };
        body.then(&self.handlers(stage), stage.span)
    }

    fn inner_undo_time(&self, stage: &Stage) -> Amount {
        let mut most = Amount::NOTHING;
        stage.calls(&mut |call| most = std::mem::take(&mut most).or(&self.undo_time(call), stage.span));
        most
    }

    /// How many items of a map run side by side: a lock that each of them takes lets one through at a time.
    fn lanes(&self, map: &Map) -> Option<u32> {
        match map.call.target {
            Target::Workflow(id) if self.plan.workflows[id.index()].lock.is_some() => Some(1),
            _ => map.parallel,
        }
    }

    fn effects(&self, stage: &Stage) -> Option<Effects> {
        let mut most = None;
        stage.all_calls(&mut |call| {
            let of = match &call.target {
                Target::Action { agent, action } => {
                    Some(self.plan.agents[agent.index()].actions[*action as usize].effects)
                }
                Target::Pool { pool, action } => Some(self.plan.pools[pool.index()].actions[*action as usize].effects),
                Target::Workflow(id) => self.found.workflows[id.index()].effects,
                Target::Ask(_) | Target::Wait(_) | Target::Event(_) => None,
            };
            most = most.max(of);
        });
        most
    }

    /// One handler at most; a person has so long to decide.
    fn handlers(&self, stage: &Stage) -> Worst {
        let each = stage.handlers.iter().filter_map(|handler: &Handler| match &handler.action {
            HandlerAction::Call(call) => Some(self.call(call)),
            HandlerAction::Ask(ms) => Some(Worst { time: Amount::from(*ms), ..Worst::default() }),
            HandlerAction::Fail | HandlerAction::Skip | HandlerAction::Use(_) => None,
        });
        each.reduce(|worst, one| worst.or(&one, stage.span)).unwrap_or_default()
    }

    /// All alternatives begin. The first that ends well ends a race for one, so a timer among them bounds it.
    fn race(&self, race: &Race) -> Worst {
        let each: Vec<Worst> = race.alternatives.iter().map(|one| self.call(&one.call)).collect();
        let longest = each.iter().fold(Amount::NOTHING, |time, one| time.or(&one.time, race.span));
        let late = each.iter().fold(Amount::NOTHING, |late, one| late.or(&one.late, race.span));
        let timer = |one: &Alternative| match &one.call.target {
            Target::Wait(duration) => waited(duration).number(),
            _ => None,
        };
        let bound = match race.kind {
            RaceKind::First | RaceKind::Tagged => race.alternatives.iter().filter_map(timer).min(),
            RaceKind::Any(_) => None,
        };
        let spent = each.iter().fold(Spent::default(), |sum, one| sum.and(&one.spent, race.span));
        Worst { time: longest, late, spent }.cut(bound, race.span)
    }

    /// What undoes each success of a stage: its own `undo`, or those inside the workflows that it calls, whose spending is counted there.
    fn undo(&self, stage: &Stage, items: Option<&Amount>) -> Worst {
        let mut once = Worst::default();
        match &stage.undo {
            Some(undo) => once = self.call(undo).times(rounds(stage)),
            None => stage.calls(&mut |call| {
                let time = self.undo_time(call).times(call.repeat.as_ref().map_or(1, |repeat| i64::from(repeat.up_to)));
                once.time = std::mem::take(&mut once.time).and(&time, stage.span);
            }),
        }
        match items {
            Some(items) => {
                Worst { time: product(&once.time, items), spent: of_items(&once.spent, items), ..Worst::default() }
            }
            None => once,
        }
    }
}

/// Whether the run may go on after a failure of something in the stage, or that failure is undone otherwise than its success.
fn outlives_failures(stage: &Stage) -> bool {
    !stage.handlers.is_empty() || stage.observed || stage.undo.is_some() || matches!(stage.body, Body::Race(_))
}

fn rounds(stage: &Stage) -> i64 {
    match &stage.body {
        Body::Call(call) => call.repeat.as_ref().map_or(1, |repeat| i64::from(repeat.up_to)),
        Body::Map(map) => map.call.repeat.as_ref().map_or(1, |repeat| i64::from(repeat.up_to)),
        Body::Match(_) | Body::Race(_) | Body::Fail(_) => 1,
    }
}

fn arm_call(body: &ArmBody) -> Option<&Call> {
    match body {
        ArmBody::Call(call) => Some(call),
        ArmBody::Use(_) | ArmBody::Skip => None,
    }
}

/// All items, in so many lanes.
fn repeated(item: Worst, lanes: Option<u32>, map: &Map, items: &Amount) -> Worst {
    let spent = of_items(&item.spent, items);
    let time = match (lanes, items.number()) {
        (None, Some(0)) => Amount::NOTHING,
        (None, _) => item.time,
        (Some(lanes), Some(count)) => {
            let lanes = i64::from(lanes).max(1);
            item.time.times(count / lanes + i64::from(count % lanes > 0))
        }
        (Some(0 | 1), None) => product(&item.time, items),
        // The last lanes are not full.
        (Some(lanes), None) => product(&item.time, items).over(i64::from(lanes)).and(&item.time, map.source.span),
    };
    Worst { time, late: item.late, spent }
}

fn of_items(spent: &Spent, items: &Amount) -> Spent {
    spent.clone().each(|amount| product(&amount, items))
}

/// `items` is one number or one size.
fn product(amount: &Amount, items: &Amount) -> Amount {
    match items {
        Amount::Endless(_) => items.clone(),
        Amount::Sum(terms) => match (items.number(), terms.keys().next().and_then(|sizes| sizes.first())) {
            (Some(count), _) => amount.clone().times(count),
            (None, Some(size)) => amount.clone().times_size(*size),
            (None, None) => Amount::NOTHING,
        },
    }
}

/// Stages under the same first `depth` conditions. Of the two sides of a further condition only one is run.
fn spent(stages: &[(&Stage, &Spent)], depth: usize, at: Span) -> Spent {
    let mut total = Spent::default();
    let mut sides: BTreeMap<u32, [Vec<(&Stage, &Spent)>; 2]> = BTreeMap::new();
    for &(stage, of) in stages {
        match stage.guard.get(depth) {
            Some(term) => sides.entry(term.condition).or_default()[usize::from(term.holds)].push((stage, of)),
            None => total = total.and(of, at),
        }
    }
    for [otherwise, then] in sides.values() {
        let then = spent(then, depth + 1, at);
        total = total.and(&then.or(&spent(otherwise, depth + 1, at), at), at);
    }
    total
}
