//! Stage by stage: what a retry keeps, what runs again, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::engine::budget::{Purse, Scope};
use crate::engine::doubt::{Unsettled, probe_of};
use crate::engine::key::key;
use crate::engine::retry::memory;
use crate::engine::retry::same::{params_read, same_arguments};
use crate::engine::retry::{Fate, StageDecision};
use crate::engine::state::{BodyRef, Call, CallId, InstanceId, MapState, Reversal, Run, Site, StageSlot, StageState};
use crate::engine::step::call::plan_call;
use crate::plan::cost::Cost;
use crate::plan::{self, Ask, Body, Plan, Stage, Target, Workflow, WorkflowId};
use crate::value::Value;
use crate::value::policy::Effects;

/// What stays of a stage for those that read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stays {
    /// It ends as before, with the same value.
    Same,
    /// It runs again, or for the first time.
    Not,
}

/// Decides for a whole run.
pub(super) struct Decider<'a> {
    pub old_plan: &'a Plan,
    pub old: &'a Run,
    pub new_plan: &'a Plan,
    pub again: &'a BTreeSet<String>,
    pub decisions: Vec<StageDecision>,
}

/// One workflow of the old run beside its successor in the new plan.
struct Pair<'a> {
    id: InstanceId,
    old: &'a Workflow,
    new: &'a Workflow,
    prefix: String,
    /// Parameters whose values differ.
    changed: BTreeSet<String>,
    /// Old positions by name.
    names: BTreeMap<&'a str, usize>,
}

impl<'a> Decider<'a> {
    /// What is kept of an instance whose successor gets these arguments.
    pub fn instance(&mut self, id: InstanceId, new: WorkflowId, args: &[Value], prefix: String) -> memory::Instance {
        let instance = &self.old.instances[id];
        let old = &self.old_plan.workflows[instance.workflow.index()];
        let new = &self.new_plan.workflows[new.index()];
        let before: BTreeMap<&str, &Value> = old.params.iter().map(|p| p.name.as_str()).zip(&instance.args).collect();
        let after = new.params.iter().map(|param| param.name.as_str()).zip(args);
        let changed = after.filter(|(name, value)| before.get(name).is_some_and(|before| before != value));
        let changed = changed.map(|(name, _)| name.to_owned()).collect();
        let names = old.stages.iter().enumerate().map(|(index, stage)| (stage.name.as_str(), index)).collect();
        let pair = Pair { id, old, new, prefix, changed, names };
        let args = new.params.iter().map(|param| param.name.clone()).zip(args.iter().cloned()).collect();
        memory::Instance { args, stages: self.stages(&pair), spent: self.spent(Scope::Instance(id)) }
    }

    fn stages(&mut self, pair: &Pair<'a>) -> BTreeMap<String, memory::Stage> {
        let mut stays = vec![Stays::Not; pair.new.stages.len()];
        let mut memories = BTreeMap::new();
        let mut decisions: Vec<Vec<StageDecision>> = vec![Vec::new(); pair.new.stages.len()];
        for index in data_order(pair.new) {
            let from = self.decisions.len();
            let (stay, memory) = self.stage(pair, &pair.new.stages[index], &stays);
            stays[index] = stay;
            let name = &pair.new.stages[index].name;
            if let (Some(mut memory), Some(before)) = (memory, pair.names.get(name.as_str())) {
                memory.spent = self.spent(Scope::Stage(pair.id, *before as u32));
                memories.insert(name.clone(), memory);
            }
            decisions[index] = self.decisions.split_off(from);
        }
        // Told in the order of the file, not in that of the data.
        self.decisions.extend(decisions.into_iter().flatten());
        memories
    }

    fn spent(&self, scope: Scope) -> Cost {
        self.old.purses.get(&scope).map(Purse::spent).unwrap_or_default()
    }

    fn stage(&mut self, pair: &Pair<'a>, stage: &'a Stage, stays: &[Stays]) -> (Stays, Option<memory::Stage>) {
        let path = format!("{}{}", pair.prefix, stage.name);
        let before = pair.names.get(stage.name.as_str()).copied();
        let Some(index) = before.filter(|index| !stage.finally && !pair.old.stages[*index].finally) else {
            self.tell(path, Fate::New, if stage.finally { "runs at the end" } else { "not in the plan before" });
            return (Stays::Not, None);
        };
        let slot = &self.old.instances[pair.id].stages[index];
        let why = self.why_not(pair, stage, index, stays);
        match (slot.state, why) {
            (StageState::Succeeded, _) if slot.reversal != Reversal::None => self.reversed(slot, path),
            (StageState::Succeeded, None) if self.again.contains(&path) => {
                self.again(pair, stage, slot, path, "it is to run again")
            }
            (StageState::Succeeded, None) => self.keep(pair, stage, slot, index, path),
            (StageState::Succeeded, Some(why)) => self.again(pair, stage, slot, path, &why),
            (StageState::Skipped, None) => (Stays::Same, None),
            (StageState::Skipped | StageState::Pending, _) => {
                self.tell(path, Fate::New, "not started before");
                (Stays::Not, None)
            }
            (state, why) => {
                let same_reads = self.why_reads_differ(pair, stage, stays).is_none();
                let because = if state == StageState::Cancelled { "it was cancelled" } else { "it failed" };
                let inside = Inside { pair, stage, path, same: why.is_none(), same_reads, because };
                (Stays::Not, Some(self.unfinished(&inside, slot)))
            }
        }
    }

    /// Why what a stage depends on is not what it was.
    fn why_not(&self, pair: &Pair<'a>, stage: &Stage, index: usize, stays: &[Stays]) -> Option<String> {
        if stage.definition != pair.old.stages[index].definition {
            return Some("its definition changed".into());
        }
        self.why_reads_differ(pair, stage, stays)
    }

    fn why_reads_differ(&self, pair: &Pair<'a>, stage: &Stage, stays: &[Stays]) -> Option<String> {
        let read = reads(pair.new, stage).find(|read| stays[*read] == Stays::Not);
        if let Some(read) = read {
            return Some(format!("it reads `{}`", pair.new.stages[read].name));
        }
        if pair.changed.is_empty() {
            return None;
        }
        let params = params_read(pair.new, stage);
        pair.changed.iter().find(|name| params.contains(*name)).map(|name| format!("input `{name}` changed"))
    }

    fn keep(
        &mut self,
        pair: &Pair<'a>,
        stage: &Stage,
        slot: &StageSlot,
        index: usize,
        path: String,
    ) -> (Stays, Option<memory::Stage>) {
        self.tell(path, Fate::Kept, "kept");
        let errors = self.old.instances[pair.id].errors.get(&(index as u32)).cloned();
        let kept = memory::Kept { value: slot.value.clone(), attempts: slot.attempts, errors };
        let undo = self.undo_of(pair.id, index as u32, stage);
        let memory = memory::Stage { kept: Some(kept), undone: slot.undone, undo, ..memory::Stage::default() };
        (Stays::Same, Some(memory))
    }

    /// A result that is not kept: its keys must not be met again.
    fn again(
        &mut self,
        pair: &Pair<'a>,
        stage: &Stage,
        slot: &StageSlot,
        path: String,
        why: &str,
    ) -> (Stays, Option<memory::Stage>) {
        let wrote = slot.attempts > 0 && strongest(self.old_plan, pair.old_stage(stage)) > Effects::Reads;
        self.tell_again(path, wrote, why);
        (Stays::Not, Some(memory::Stage { undone: slot.undone + 1, ..memory::Stage::default() }))
    }

    /// A result whose effects were undone, or were to be: it is not kept.
    fn reversed(&mut self, slot: &StageSlot, path: String) -> (Stays, Option<memory::Stage>) {
        match slot.reversal {
            Reversal::Failed => self.tell_again(path, true, "it could not be undone"),
            Reversal::None | Reversal::Done => self.tell(path, Fate::Again, "it was undone"),
        }
        (Stays::Not, Some(memory::Stage { undone: slot.undone + 1, ..memory::Stage::default() }))
    }

    /// A stage that failed or was cancelled: what succeeded inside it is kept as far as it can be.
    fn unfinished(&mut self, inside: &Inside<'_, 'a>, slot: &StageSlot) -> memory::Stage {
        let index = inside.pair.names[inside.stage.name.as_str()] as u32;
        let undo = self.undo_of(inside.pair.id, index, inside.stage);
        let mut memory = memory::Stage { undone: slot.undone, undo, ..memory::Stage::default() };
        match slot.body {
            BodyRef::None => self.tell(inside.path.clone(), Fate::Again, inside.because),
            BodyRef::Call(call) => memory.calls = self.calls(inside, call),
            BodyRef::Race(race) => {
                let race = &self.old.races[race];
                let from = self.decisions.len();
                memory.calls = race.calls.iter().chain(&race.handler).flat_map(|id| self.calls(inside, *id)).collect();
                // Its alternatives are told as one: what becomes of each is not for people to weigh.
                self.decisions.truncate(from + 1);
            }
            BodyRef::Map(map) => {
                self.tell(inside.path.clone(), Fate::Again, inside.because);
                let (map, lost) = self.map(inside, &self.old.maps[map]);
                memory.undone += u32::from(lost);
                memory.map = Some(Arc::new(map));
            }
        }
        memory
    }

    fn calls(&mut self, inside: &Inside<'_, 'a>, first: CallId) -> BTreeMap<Site, Arc<memory::Call>> {
        let mut calls = BTreeMap::new();
        let mut next = Some(first);
        while let Some(call) = next.and_then(|id| self.old.calls.get(id)) {
            calls.insert(call.place.site, Arc::new(self.call(inside, call, inside.path.clone())));
            next = call.handler;
        }
        calls
    }

    fn call(&mut self, inside: &Inside<'_, 'a>, call: &'a Call, path: String) -> memory::Call {
        let old_call = plan_call(self.old_plan, self.old, call.place);
        let successor = planned(inside.stage, call.place.site);
        let same_args = inside.same_reads
            && successor.is_some_and(|new| same_arguments(inside.pair.old, old_call, inside.pair.new, new));
        let unsettled = self.unsettled(inside, call, old_call, successor);
        match &unsettled {
            Some(unsettled) if !unsettled.for_person => {
                self.tell(path.clone(), Fate::Again, "unknown outcome: its probe is asked first");
            }
            Some(_) => self.tell(path.clone(), Fate::Asks, "nobody knows whether it happened"),
            None if matches!(call.place.site, Site::Handler(_)) => {}
            None => self.tell(path.clone(), Fate::Again, inside.because),
        }
        let mut memory = memory::Call {
            attempt: call.attempt,
            known: call.known,
            undone: call.undone + u32::from(!inside.same),
            // Only the very same idempotent call repeats past an unknown outcome.
            unsettled,
            member: call.member,
            error: call.error.as_deref().cloned(),
            rounds: None,
            inner: None,
        };
        self.rounds(inside, &mut memory, call, old_call, successor.filter(|_| same_args), &path);
        let inner_path = format!("{}.", with_round(path, call.round));
        match (call.inner, successor.map(|new| &new.target)) {
            (Some(inner), Some(Target::Workflow(new))) if same_args => {
                let args = call.args.clone();
                memory.undone = call.undone;
                memory.inner = Some(Arc::new(self.instance(inner, *new, &args, inner_path)));
            }
            (Some(inner), _) => self.lose(inner, &inner_path),
            (None, _) => {}
        }
        memory
    }

    /// An attempt of a call that has to be settled before anything of it starts. Its probe can tell only of the same action.
    fn unsettled(
        &self,
        inside: &Inside<'_, 'a>,
        call: &'a Call,
        old: &plan::Call,
        new: Option<&plan::Call>,
    ) -> Option<Unsettled> {
        let maybe = call.error.as_ref().filter(|error| error.maybe_happened && !inside.same && is_action(old));
        let doubted = |class: &String| Unsettled {
            class: class.clone(),
            args: call.args.clone(),
            key: key(self.old_plan, self.old, call),
            probes: 0,
            for_person: false,
        };
        let unsettled = call.unsettled.clone().or_else(|| maybe.map(|error| doubted(&error.class)))?;
        let probe =
            new.filter(|new| self.same_target(&old.target, &new.target) && probe_of(self.new_plan, new).is_some());
        Some(Unsettled { for_person: probe.is_none(), ..unsettled })
    }

    /// Rounds that have ended are kept if the next ones follow from them as before.
    fn rounds(
        &mut self,
        inside: &Inside<'_, 'a>,
        memory: &mut memory::Call,
        call: &Call,
        old_call: &plan::Call,
        successor: Option<&plan::Call>,
        path: &str,
    ) {
        if call.round == 0 {
            return;
        }
        let class = call.error.as_ref().map_or("", |error| error.class.as_str());
        let reversed = self.reversal(inside, call);
        let goes_on = successor.and_then(|new| new.repeat.as_ref()).is_some_and(|repeat| match class {
            "stalled" => false,
            // As many again, or as many more as there are now.
            "exhausted" => true,
            _ => repeat.up_to >= call.round - call.spent,
        });
        let goes_on = goes_on
            && reversed == Reversal::None
            && successor.is_some_and(|new| self.same_target(&old_call.target, &new.target));
        if goes_on {
            let (previous, result, args) = (call.previous.clone(), call.result.clone(), call.args.clone());
            let used_up = successor
                .and_then(|new| new.repeat.as_ref())
                .is_some_and(|repeat| class == "exhausted" && repeat.up_to <= call.round - call.spent);
            let spent = if used_up { call.round } else { call.spent };
            memory.rounds = Some(memory::Rounds { round: call.round, spent, args, previous, result });
            return;
        }
        let ended = call.round > 1 || call.result.is_some();
        let wrote = ended && of_call(self.old_plan, old_call) > Effects::Reads;
        match reversed {
            Reversal::None if wrote => self.tell_again(path.to_owned(), true, "its rounds begin anew"),
            Reversal::Failed => self.tell_again(path.to_owned(), true, "it could not be undone"),
            Reversal::None | Reversal::Done => {}
        }
        (memory.attempt, memory.known, memory.undone) = (0, 0, call.undone + 1);
    }

    /// Whether rounds of a call that did not succeed were undone.
    fn reversal(&self, inside: &Inside<'_, 'a>, call: &Call) -> Reversal {
        let slot = &self.old.instances[inside.pair.id].stages[inside.pair.names[inside.stage.name.as_str()]];
        match slot.body {
            BodyRef::Map(map) => self.old.maps[map].reversed.get(&call.place.item).copied().unwrap_or(Reversal::None),
            _ => slot.reversal,
        }
    }

    /// Items that succeeded are kept by index and value. Gives also whether some were lost.
    fn map(&mut self, inside: &Inside<'_, 'a>, map: &'a MapState) -> (memory::Map, bool) {
        let old_stage = inside.pair.old_stage(inside.stage);
        let (Body::Map(old), Body::Map(new)) = (&old_stage.body, &inside.stage.body) else {
            return (memory::Map::default(), true);
        };
        let same_call = inside.same_reads
            && same_arguments(inside.pair.old, &old.call, inside.pair.new, &new.call)
            && self.same_target(&old.call.target, &new.call.target);
        let succeeded = (0..map.next).filter(|index| !map.failed.contains_key(index) && !map.live.contains_key(index));
        let results: BTreeMap<u32, Value> =
            succeeded.map(|index| (index, map.results[index as usize].clone())).collect();
        let all_kept = same_call && inside.same && map.reversed.is_empty();
        let lost = !results.is_empty() && !all_kept;
        if lost && !(same_call && inside.same) && of_call(self.old_plan, &old.call) > Effects::Reads {
            self.tell_again(inside.path.clone(), true, "its items may not be the same");
        }
        for (item, _) in map.reversed.iter().filter(|(_, reversal)| **reversal == Reversal::Failed) {
            self.tell_again(format!("{}[{item}]", inside.path), true, "it could not be undone");
        }
        let calls = map.failed.iter().filter_map(|(index, id)| Some((*index, self.old.calls.get(*id)?)));
        let calls: Vec<(u32, &Call)> = calls.collect();
        let calls = calls
            .into_iter()
            .map(|(index, call)| (index, Arc::new(self.call(inside, call, format!("{}[{index}]", inside.path)))));
        let calls = calls.collect();
        let mut results = if same_call { results } else { BTreeMap::new() };
        results.retain(|item, _| !map.reversed.contains_key(item));
        for index in results.keys() {
            self.tell(format!("{}[{index}]", inside.path), Fate::Kept, "kept");
        }
        (memory::Map { items: map.items.clone(), results, calls }, lost)
    }

    /// Whether two targets are the same: the action, or the workflow with all that it calls.
    fn same_target(&self, old: &Target, new: &Target) -> bool {
        match (old, new) {
            (Target::Action { agent: a, action: b }, Target::Action { agent: c, action: d }) => {
                let old = &self.old_plan.agents[a.index()].actions[*b as usize];
                old.definition == self.new_plan.agents[c.index()].actions[*d as usize].definition
            }
            (Target::Pool { pool: a, action: b }, Target::Pool { pool: c, action: d }) => {
                let old = &self.old_plan.pools[a.index()].actions[*b as usize];
                old.definition == self.new_plan.pools[c.index()].actions[*d as usize].definition
            }
            (Target::Workflow(old), Target::Workflow(new)) => {
                let old = &self.old_plan.workflows[old.index()];
                old.definition == self.new_plan.workflows[new.index()].definition
            }
            (Target::Ask(old), Target::Ask(new)) => {
                let who = |ask: &Ask| ask.approves.as_ref().map(|approval| (approval.quorum, approval.not_requester));
                old.role == new.role && who(old) == who(new)
            }
            (Target::Event(old), Target::Event(new)) => old.name == new.name,
            (Target::Wait(_), Target::Wait(_)) => true,
            _ => false,
        }
    }

    /// Names what wrote inside a call that begins anew.
    fn lose(&mut self, id: InstanceId, prefix: &str) {
        let mut open = vec![(id, prefix.to_owned())];
        while let Some((id, prefix)) = open.pop() {
            let instance = &self.old.instances[id];
            let workflow = &self.old_plan.workflows[instance.workflow.index()];
            for (stage, slot) in workflow.stages.iter().zip(&instance.stages) {
                let path = format!("{prefix}{}", stage.name);
                let wrote = slot.state == StageState::Succeeded
                    && slot.attempts > 0
                    && !stage.finally
                    && strongest(self.old_plan, stage) > Effects::Reads;
                if wrote {
                    self.tell_again(path.clone(), true, "what it was called with changed");
                }
                match slot.body {
                    BodyRef::None => {}
                    BodyRef::Call(call) => {
                        let inner = self.old.calls.get(call).and_then(|call| call.inner);
                        open.extend(inner.map(|inner| (inner, format!("{path}."))));
                    }
                    // What races does not write.
                    BodyRef::Race(_) => {}
                    BodyRef::Map(map) => {
                        if self.old.maps[map].succeeded > 0 && strongest(self.old_plan, stage) > Effects::Reads {
                            self.tell_again(path, true, "what it was called with changed");
                        }
                    }
                }
            }
        }
    }

    fn tell_again(&mut self, path: String, wrote: bool, why: &str) {
        let allowed = self.again.contains(&path);
        let fate = if wrote && !allowed { Fate::Refused } else { Fate::Again };
        let because = match fate {
            Fate::Refused => format!("wrote and cannot be kept: {why}"),
            _ => why.to_owned(),
        };
        self.tell(path, fate, &because);
    }

    fn tell(&mut self, path: String, fate: Fate, because: &str) {
        self.decisions.push(StageDecision { path, fate, because: because.to_owned() });
    }
}

/// A stage whose inside is gone through.
struct Inside<'p, 'a> {
    pair: &'p Pair<'a>,
    stage: &'a Stage,
    path: String,
    /// Neither its definition nor what it reads changed.
    same: bool,
    /// What it reads did not change.
    same_reads: bool,
    /// Why it runs again.
    because: &'static str,
}

impl<'a> Pair<'a> {
    fn old_stage(&self, stage: &Stage) -> &'a Stage {
        &self.old.stages[self.names[stage.name.as_str()]]
    }
}

/// The stages whose data a stage depends on, those that its guard reads included.
fn reads<'a>(workflow: &'a Workflow, stage: &'a Stage) -> impl Iterator<Item = usize> + 'a {
    let conditions = stage.guard.iter().filter_map(|term| workflow.conditions.get(term.condition as usize));
    let guard = conditions.flat_map(|condition| &condition.needs);
    stage.reads.iter().chain(guard).map(|id| id.index())
}

/// Positions of the stages, each after those that it reads.
fn data_order(workflow: &Workflow) -> Vec<usize> {
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); workflow.stages.len()];
    let mut left: Vec<usize> = Vec::with_capacity(workflow.stages.len());
    for (index, stage) in workflow.stages.iter().enumerate() {
        let mut count = 0;
        for read in reads(workflow, stage) {
            readers[read].push(index);
            count += 1;
        }
        left.push(count);
    }
    let mut order: Vec<usize> = (0..left.len()).filter(|index| left[*index] == 0).collect();
    let mut next = 0;
    while let Some(index) = order.get(next).copied() {
        next += 1;
        for reader in &readers[index] {
            left[*reader] -= 1;
            if left[*reader] == 0 {
                order.push(*reader);
            }
        }
    }
    order
}

/// The call of a stage at this site.
fn planned(stage: &Stage, site: Site) -> Option<&plan::Call> {
    match (site, &stage.body) {
        (Site::Main, Body::Call(call)) => Some(call),
        (Site::Main, Body::Map(map)) => Some(&map.call),
        (Site::Arm(arm), Body::Match(branches)) => match &branches.arms.get(arm as usize)?.body {
            plan::ArmBody::Call(call) => Some(call),
            _ => None,
        },
        (Site::Alternative(number), Body::Race(race)) => Some(&race.alternatives.get(number as usize)?.call),
        (Site::Undo, _) => stage.undo.as_deref(),
        (Site::Handler(handler), _) => match &stage.handlers.get(handler as usize)?.action {
            plan::HandlerAction::Call(call) => Some(call),
            _ => None,
        },
        _ => None,
    }
}

/// The strongest effects of a stage's calls.
fn strongest(plan: &Plan, stage: &Stage) -> Effects {
    let mut strongest = Effects::None;
    stage.calls(&mut |call| strongest = strongest.max(of_call(plan, call)));
    strongest
}

/// The strongest effects of a call, those inside the workflow that it calls included.
fn of_call(plan: &Plan, call: &plan::Call) -> Effects {
    let mut strongest = Effects::None;
    let mut seen = BTreeSet::new();
    let mut open = vec![call];
    while let Some(call) = open.pop() {
        match call.target {
            Target::Action { agent, action } => {
                strongest = strongest.max(plan.agents[agent.index()].actions[action as usize].effects);
            }
            Target::Pool { pool, action } => {
                strongest = strongest.max(plan.pools[pool.index()].actions[action as usize].effects);
            }
            Target::Workflow(id) if seen.insert(id) => {
                plan.workflows[id.index()].stages.iter().for_each(|stage| stage.calls(&mut |call| open.push(call)));
            }
            Target::Workflow(_) | Target::Ask(_) | Target::Wait(_) | Target::Event(_) => {}
        }
    }
    strongest
}

fn is_action(call: &plan::Call) -> bool {
    matches!(call.target, Target::Action { .. } | Target::Pool { .. })
}

fn with_round(path: String, round: u32) -> String {
    if round == 0 { path } else { format!("{path}#{round}") }
}
