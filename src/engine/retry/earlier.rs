//! What was kept before and has not been taken up since: a run that ends or moves once more keeps it on.

use std::sync::Arc;

use crate::engine::retry::decide::{Decider, Pair};
use crate::engine::retry::memory;
use crate::engine::retry::reach::strongest;
use crate::plan::Stage;
use crate::value::policy::Effects;

impl<'a> Decider<'a> {
    /// What the run that is left behind kept of a stage and had not come to.
    pub fn earlier(&self, pair: &Pair<'a>, stage: &Stage) -> Option<&'a memory::Stage> {
        self.old.instances[pair.id].memory.as_ref()?.stages.get(stage.name.as_str())
    }

    /// Adds what the stage that is left behind had not come to. `same` tells whether it is what it was.
    pub fn add_earlier(
        &mut self,
        pair: &Pair<'a>,
        stage: &'a Stage,
        memory: &mut memory::Stage,
        same: bool,
        path: &str,
    ) {
        let Some(before) = self.earlier(pair, stage) else { return };
        let begun = !memory.calls.is_empty() || memory.map.is_some();
        for (site, call) in &before.calls {
            if !memory.calls.contains_key(site) {
                memory.calls.insert(*site, if same { call.clone() } else { Arc::new(anew(call)) });
            }
        }
        if begun {
            return;
        }
        memory.undone = memory.undone.max(before.undone);
        memory.race.clone_from(&before.race);
        memory.in_hand.clone_from(&before.in_hand);
        memory.undo.clone_from(&before.undo);
        memory.residues.clone_from(&before.residues);
        match &before.map {
            Some(map) if same => memory.map = Some(map.clone()),
            map => {
                memory.undone += u32::from(map.is_some());
                let lost =
                    !same && before.holds_results() && strongest(self.old_plan, pair.old_stage(stage)) > Effects::Reads;
                if lost {
                    self.tell_again(path.to_owned(), true, "what it did before cannot be kept");
                }
            }
        }
    }

    /// A stage that has not begun in the run that is left behind, and of which something was kept all the same.
    pub fn not_begun(
        &mut self,
        pair: &Pair<'a>,
        stage: &'a Stage,
        path: String,
        why: Option<String>,
    ) -> (bool, Option<memory::Stage>) {
        let Some(before) = self.earlier(pair, stage) else {
            self.tell_new(path);
            return (false, None);
        };
        let Some(kept) = &before.kept else {
            let mut memory = memory::Stage { undone: before.undone, ..memory::Stage::default() };
            self.add_earlier(pair, stage, &mut memory, why.is_none(), &path);
            self.tell_new(path);
            return (false, Some(memory));
        };
        let why = why.or_else(|| self.is_named(&path).then(|| "it is to run again".to_owned()));
        match why {
            None => {
                match self.comes_too_late(pair.old_stage(stage), stage, &before.undo) {
                    true => self.tell_too_late(path),
                    false => self.tell_kept(path),
                }
                (true, Some(before.clone()))
            }
            Some(why) => {
                let wrote = kept.attempts > 0 && strongest(self.old_plan, pair.old_stage(stage)) > Effects::Reads;
                self.tell_again(path, wrote, &why);
                (false, Some(memory::Stage { undone: before.undone + 1, ..memory::Stage::default() }))
            }
        }
    }
}

/// A call that begins anew: its numbers must not be met again.
fn anew(call: &memory::Call) -> memory::Call {
    memory::Call { undone: call.undone + 1, rounds: None, inner: None, standing: None, ..call.clone() }
}

impl memory::Stage {
    /// Whether something in it stands, or may, where it writes.
    pub fn stands(&self) -> bool {
        let succeeded = self.kept.as_ref().is_some_and(|kept| kept.attempts > 0 && kept.handled.is_none());
        let in_map = self.map.iter().flat_map(|map| map.calls.values()).flat_map(|calls| calls.values());
        let open = |call: &Arc<memory::Call>| {
            call.unsettled.is_some() || call.error.as_ref().is_some_and(|error| error.maybe_happened)
        };
        succeeded || self.holds_results() || !self.residues.is_empty() || self.calls.values().chain(in_map).any(open)
    }

    /// Whether results are kept inside it.
    fn holds_results(&self) -> bool {
        let in_map = self.map.as_ref().is_some_and(|map| !map.results.is_empty());
        in_map || self.calls.values().any(|call| call.holds_results())
    }
}

impl memory::Call {
    fn holds_results(&self) -> bool {
        let rounds = self.rounds.as_ref().is_some_and(|rounds| rounds.round > 1 || rounds.result.is_some());
        let inner = self.inner.as_ref().is_some_and(|inner| {
            inner
                .stages
                .values()
                .any(|stage| stage.kept.as_ref().is_some_and(|kept| kept.attempts > 0) || stage.holds_results())
        });
        rounds || inner
    }
}
