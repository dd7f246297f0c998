//! Names what is lost with a call that begins anew.

use std::collections::{BTreeMap, HashSet};

use crate::engine::retry::decide::{Decider, Pair, not_kept};
use crate::engine::retry::memory;
use crate::engine::retry::reach::strongest;
use crate::engine::retry::{Fate, StageDecision};
use crate::engine::state::{BodyRef, CallId, InstanceId, MapId, StageSlot, StageState};
use crate::plan::Stage;
use crate::value::policy::Effects;

impl<'a> Decider<'a> {
    /// Names what wrote inside a call that begins anew, and what may have.
    pub fn lose(&mut self, id: InstanceId, prefix: &str) {
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
                    BodyRef::Call(call) => self.lose_calls(call, path, &mut open),
                    // What races does not write.
                    BodyRef::Race(_) => {}
                    BodyRef::Map(map) => self.lose_items(map, stage, &path, &mut open),
                }
            }
        }
    }

    fn lose_items(&mut self, map: MapId, stage: &Stage, path: &str, open: &mut Vec<(InstanceId, String)>) {
        let map = &self.old.maps[map];
        if map.succeeded > 0 && strongest(self.old_plan, stage) > Effects::Reads {
            self.tell_again(path.to_owned(), true, "what it was called with changed");
        }
        for (item, call) in &map.live {
            self.lose_calls(*call, format!("{path}[{item}]"), open);
        }
    }

    /// A call, and those that handle its failure.
    fn lose_calls(&mut self, first: CallId, path: String, open: &mut Vec<(InstanceId, String)>) {
        let mut next = Some(first);
        while let Some(call) = next.and_then(|id| self.old.calls.get(id)) {
            open.extend(call.inner.map(|inner| (inner, format!("{path}."))));
            if self.moves && call.unsettled.is_some() {
                self.tell_unsettled(path.clone());
            }
            next = call.handler;
        }
    }

    /// Stages that have no successor. Their numbers are kept: one of the same name may come later.
    pub fn gone(&mut self, pair: &Pair<'a>, memories: &mut BTreeMap<String, memory::Stage>) {
        let news: HashSet<&str> = pair.new.stages.iter().map(|stage| stage.name.as_str()).collect();
        for (index, stage) in pair.old.stages.iter().enumerate() {
            if !stage.finally && !news.contains(stage.name.as_str()) {
                self.tell_gone(pair.id, index, stage, format!("{}{}", pair.prefix, stage.name));
                let undone = self.highest_undone(&self.old.instances[pair.id].stages[index]) + 1;
                memories.insert(stage.name.clone(), memory::Stage { undone, ..memory::Stage::default() });
            }
        }
        let earlier = self.old.instances[pair.id].memory.iter().flat_map(|earlier| &earlier.stages);
        for (name, earlier) in earlier.filter(|(name, _)| !news.contains(name.as_str())) {
            let mine = memories.entry(name.clone()).or_default();
            mine.undone = mine.undone.max(not_kept(earlier).undone);
        }
    }

    fn highest_undone(&self, slot: &StageSlot) -> u32 {
        let calls: Vec<CallId> = match slot.body {
            BodyRef::None => Vec::new(),
            BodyRef::Call(call) => vec![call],
            BodyRef::Race(race) => self.old.races[race].calls.clone(),
            BodyRef::Map(map) => {
                let map = &self.old.maps[map];
                map.live.values().chain(map.failed.values()).copied().collect()
            }
        };
        let undone = calls.into_iter().filter_map(|call| self.old.calls.get(call)).map(|call| call.undone);
        undone.max().unwrap_or(0).max(slot.undone)
    }

    fn tell_gone(&mut self, id: InstanceId, index: usize, stage: &Stage, path: String) {
        let slot = &self.old.instances[id].stages[index];
        let from = self.decisions.len();
        match slot.body {
            BodyRef::Call(call) if slot.state == StageState::Active => {
                let mut open = Vec::new();
                self.lose_calls(call, path.clone(), &mut open);
                open.into_iter().for_each(|(inner, prefix)| self.lose(inner, &prefix));
            }
            BodyRef::Map(map) if slot.state == StageState::Active => {
                let mut open = Vec::new();
                self.lose_items(map, stage, &path, &mut open);
                open.into_iter().for_each(|(inner, prefix)| self.lose(inner, &prefix));
            }
            _ => {}
        }
        // What it wrote stays, and does not happen again: only what is open stands in the way.
        let open: Vec<StageDecision> = self.decisions.drain(from..).filter(|one| one.fate == Fate::Unsettled).collect();
        let wrote = slot.attempts > 0 && strongest(self.old_plan, stage) > Effects::Reads;
        let because = match slot.state {
            StageState::Succeeded if wrote => "not in the plan any more; what it wrote stays",
            StageState::Succeeded | StageState::Active => "not in the plan any more",
            _ => return,
        };
        self.tell(path, Fate::Gone, because);
        self.decisions.extend(open);
    }
}
