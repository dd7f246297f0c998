//! Stage by stage: what a retry keeps, what runs again, and why.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::budget::{Purse, Scope};
use crate::engine::retry::inside::Inside;
use crate::engine::retry::memory;
use crate::engine::retry::reach::strongest;
use crate::engine::retry::same::{guard_params, params_read};
use crate::engine::retry::{Fate, StageDecision};
use crate::engine::state::{BodyRef, InstanceId, NONE, Phase, Residue, Reversal, Run, StageSlot, StageState, Undoable};
use crate::plan::cost::Cost;
use crate::plan::{Plan, Stage, Workflow, WorkflowId};
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
    /// The run has not ended: what is under way goes on where it can.
    pub moves: bool,
    /// The format of the journal whose rules count.
    pub journal: u32,
    pub decisions: Vec<StageDecision>,
}

/// One workflow of the old run beside its successor in the new plan.
pub(super) struct Pair<'a> {
    pub id: InstanceId,
    pub old: &'a Workflow,
    pub new: &'a Workflow,
    pub prefix: String,
    /// Parameters whose values differ.
    pub changed: BTreeSet<String>,
    /// Old positions by name.
    pub names: BTreeMap<&'a str, usize>,
    /// Old stages that something which wrote has relied on.
    pub relied_on: BTreeSet<usize>,
    /// What may be undone of each old stage.
    pub undo: BTreeMap<u32, Vec<&'a Undoable>>,
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
        let mut undo: BTreeMap<u32, Vec<&Undoable>> = BTreeMap::new();
        for undoable in instance.undo.iter().chain(&instance.left) {
            undo.entry(undoable.stage).or_default().push(undoable);
        }
        let relied_on = if self.moves { BTreeSet::new() } else { self.relied_on(id, old, &prefix) };
        let pair = Pair { id, old, new, prefix, changed, names, relied_on, undo };
        let args = new.params.iter().map(|param| param.name.clone()).zip(args.iter().cloned()).collect();
        let since = (self.moves && instance.phase == Phase::Running).then_some(instance.since);
        memory::Instance { args, stages: self.stages(&pair), spent: self.spent(Scope::Instance(id)), since }
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
            if let Some(mut memory) = memory {
                if let Some(before) = pair.names.get(name.as_str()) {
                    memory.spent = self.spent(Scope::Stage(pair.id, *before as u32));
                }
                memories.insert(name.clone(), memory);
            }
            decisions[index] = self.decisions.split_off(from);
        }
        // Told in the order of the file, not in that of the data.
        self.decisions.extend(decisions.into_iter().flatten());
        self.gone(pair, &mut memories);
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
            return (Stays::Not, self.earlier(pair, stage).map(not_kept));
        };
        let slot = &self.old.instances[pair.id].stages[index];
        let why = self.why_not(pair, stage, index, stays);
        match (slot.state, why) {
            (StageState::Succeeded, _) if slot.reversal != Reversal::None => self.reversed(slot, path),
            (StageState::Succeeded, _) if self.is_not_undone(pair.id, index) => {
                self.again(pair, stage, slot, path, "something in it could not be undone")
            }
            (StageState::Succeeded, None) if self.again.contains(&path) => {
                self.again(pair, stage, slot, path, "it is to run again")
            }
            (StageState::Succeeded, None) => self.keep(pair, stage, slot, index, path),
            (StageState::Succeeded, Some(why)) => self.again(pair, stage, slot, path, &why),
            (StageState::Handled, None) if self.keeps_failure(pair, stage, index, &path) => {
                self.keep_handled(pair, stage, slot, index, path)
            }
            (StageState::Skipped, _) if self.has_same_guard(pair, stage, index, stays) => {
                (Stays::Same, self.earlier(pair, stage).map(not_kept))
            }
            (StageState::Skipped | StageState::Pending, why) => {
                let (same, memory) = self.not_begun(pair, stage, path, why);
                (if same { Stays::Same } else { Stays::Not }, memory)
            }
            (state, why) => {
                let same_reads = self.why_reads_differ(pair, stage, stays).is_none();
                let because = match (state, &why) {
                    (StageState::Cancelled, _) => "it was cancelled",
                    (StageState::Active, Some(why)) => why.as_str(),
                    (StageState::Active, None) => "it was under way",
                    _ => "it failed",
                };
                let goes_on = state == StageState::Active && why.is_none();
                let inside = Inside { pair, stage, path, same: why.is_none(), same_reads, goes_on, because };
                (Stays::Not, Some(self.unfinished(&inside, slot)))
            }
        }
    }

    /// Whether a failure that was handled stays one. Of a run that has not ended it does. A retry tries it again, unless the
    /// workflow does without it (`on failure skip`) and something that wrote has gone on so: that does not happen again.
    /// Runs whose journal has the first format tried it again in any case.
    fn keeps_failure(&self, pair: &Pair<'a>, stage: &Stage, index: usize, path: &str) -> bool {
        let may_keep = self.journal > 1;
        self.moves || (may_keep && !stage.observed && pair.relied_on.contains(&index) && !self.is_named(path))
    }

    /// Stages of an instance that something which wrote has read, or something that it has read has.
    fn relied_on(&self, id: InstanceId, workflow: &Workflow, prefix: &str) -> BTreeSet<usize> {
        let slots = &self.old.instances[id].stages;
        let mut found = BTreeSet::new();
        for index in data_order(workflow).into_iter().rev() {
            let stage = &workflow.stages[index];
            let stands = match self.journal {
                ..=2 => self.was_begun(stage, &slots[index], &format!("{prefix}{}", stage.name)),
                _ => self.stands(id, index),
            };
            if stands || found.contains(&index) {
                found.extend(reads(workflow, stage));
            }
        }
        found
    }

    /// What counted as written while journals had their second format: any write that was begun.
    fn was_begun(&self, stage: &Stage, slot: &StageSlot, path: &str) -> bool {
        let begun = match slot.state {
            StageState::Succeeded => slot.attempts > 0 && slot.reversal == Reversal::None,
            _ => slot.body != BodyRef::None,
        };
        begun && !stage.finally && !self.is_named(path) && strongest(self.old_plan, stage) > Effects::Reads
    }

    /// Why what a stage depends on is not what it was.
    fn why_not(&self, pair: &Pair<'a>, stage: &Stage, index: usize, stays: &[Stays]) -> Option<String> {
        if stage.definition != pair.old.stages[index].definition {
            return Some("its definition changed".into());
        }
        self.why_reads_differ(pair, stage, stays)
    }

    /// Whether the guard comes out as before: a stage is skipped as soon as that is known, whatever else it reads.
    fn has_same_guard(&self, pair: &Pair<'a>, stage: &Stage, index: usize, stays: &[Stays]) -> bool {
        let mut conditions = stage.guard.iter().filter_map(|term| pair.new.conditions.get(term.condition as usize));
        stage.definition == pair.old.stages[index].definition
            && conditions.all(|condition| condition.needs.iter().all(|need| stays[need.index()] == Stays::Same))
            && !guard_params(pair.new, stage).iter().any(|param| pair.changed.contains(param))
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
        let kept = self.kept(pair, slot, index);
        let undo = self.undo_of(pair, index as u32);
        match self.comes_too_late(pair.old_stage(stage), stage, &undo) {
            true => self.tell_too_late(path),
            false => self.tell_kept(path),
        }
        let residues = self.residues(pair.id, index).map(|(item, residue)| (item, residue.clone())).collect();
        let memory =
            memory::Stage { kept: Some(kept), undone: slot.undone, undo, residues, ..memory::Stage::default() };
        (Stays::Same, Some(memory))
    }

    /// What is left open at a stage, by item.
    pub fn residues(&self, id: InstanceId, stage: usize) -> impl Iterator<Item = (u32, &'a Residue)> + use<'a> {
        let stage = stage as u32;
        self.old.instances[id].residues.range((stage, 0)..=(stage, NONE)).map(|((_, item), residue)| (*item, residue))
    }

    /// Whether a result came about over something that was to be undone and was not: that is to be settled first.
    fn is_not_undone(&self, id: InstanceId, stage: usize) -> bool {
        !self.moves && self.residues(id, stage).any(|(_, residue)| residue.undo_incomplete())
    }

    fn kept(&self, pair: &Pair<'a>, slot: &StageSlot, index: usize) -> memory::Kept {
        let errors = self.old.instances[pair.id].errors.get(&(index as u32)).cloned();
        memory::Kept { value: slot.value.clone(), attempts: slot.attempts, errors, handled: slot.error.clone() }
    }

    /// A failure that was handled: the run has gone on with it, so it stays one, with all that a later life may need.
    fn keep_handled(
        &mut self,
        pair: &Pair<'a>,
        stage: &'a Stage,
        slot: &StageSlot,
        index: usize,
        path: String,
    ) -> (Stays, Option<memory::Stage>) {
        let from = self.decisions.len();
        let inside =
            Inside { pair, stage, path: path.clone(), same: true, same_reads: true, goes_on: false, because: "" };
        let memory = self.unfinished(&inside, slot);
        self.decisions.truncate(from);
        self.tell_kept(path);
        (Stays::Same, Some(memory::Stage { kept: Some(self.kept(pair, slot, index)), ..memory }))
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

    /// A stage that runs again, if it may.
    pub fn tell_again(&mut self, path: String, wrote: bool, why: &str) {
        let allowed = self.again.contains(&path);
        let fate = if wrote && !allowed { Fate::Refused } else { Fate::Again };
        let because = match fate {
            Fate::Refused => format!("wrote and cannot be kept: {why}"),
            _ => why.to_owned(),
        };
        self.tell(path, fate, &because);
    }

    /// A stage whose latest attempt has to be settled before the run can go on on another plan.
    pub fn tell_unsettled(&mut self, path: String) {
        self.tell(path, Fate::Unsettled, "nobody knows whether it happened");
    }

    pub fn tell_kept(&mut self, path: String) {
        self.tell(path, Fate::Kept, "kept");
    }

    pub fn tell_too_late(&mut self, path: String) {
        self.tell(path, Fate::Kept, "kept; an `undo` that is new inside it cannot undo what it did before");
    }

    pub fn tell_new(&mut self, path: String) {
        self.tell(path, Fate::New, "not started before");
    }

    pub fn is_named(&self, path: &str) -> bool {
        self.again.contains(path)
    }

    pub fn tell(&mut self, path: String, fate: Fate, because: &str) {
        self.decisions.push(StageDecision { path, fate, because: because.to_owned() });
    }
}

impl<'a> Pair<'a> {
    pub fn old_stage(&self, stage: &Stage) -> &'a Stage {
        &self.old.stages[self.names[stage.name.as_str()]]
    }
}

/// What is kept of a stage that was skipped meanwhile: its numbers.
pub(super) fn not_kept(before: &memory::Stage) -> memory::Stage {
    let undone = before.undone + u32::from(before.kept.is_some());
    memory::Stage { kept: None, undo: Vec::new(), undone, ..before.clone() }
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
