//! `lock`: claimed when a stage is ready or a workflow is called, held until that has ended, and once more while it is undone.

use crate::agent::Stream;
use crate::base::unit::format_duration;
use crate::engine::locks::{self, Ahead, Claimed, Holder};
use crate::engine::report::Event;
use crate::engine::state::{InstanceId, Phase, Reversal, StageError, Stop, Timer, Work};
use crate::engine::step::notice::rfc3339;
use crate::engine::step::stage::Over;
use crate::engine::step::{Core, Effect};
use crate::plan::{Body, Lock};

/// Longest wait for a lock that no deadline bounds.
const WAIT_MS_MAX: i64 = 24 * 60 * 60 * 1_000;

impl Core<'_> {
    /// Lays claim to a lock. What comes after goes on when it is granted.
    pub(super) fn claim(&mut self, lock: &Lock, holder: Holder) {
        if self.claim_again(lock, holder) {
            return;
        }
        let deadline = match holder {
            Holder::Stage(id, index) => self.run.deadlines.get(&(id, index)).copied(),
            _ => None,
        };
        let limit = deadline.map_or(WAIT_MS_MAX, |(due, _)| due.saturating_sub(self.run.at));
        let timer = self.set_timer(limit, Timer::Lock(holder));
        let claimed = Claimed { lock: lock.name.clone(), holder, held: false, behind: None, timer };
        let id = self.next_id();
        self.effects.push(Effect::Claim(crate::store::locks::Claim { id, lock: lock.name.clone() }));
        if self.run.locks.wants(&lock.name) {
            self.report_locked_out(&claimed);
        }
        self.run.locks.insert(id, claimed);
    }

    /// Gives up what was claimed, if anything was.
    pub(super) fn unlock(&mut self, holder: Holder) {
        if let Some((id, claimed)) = self.run.locks.remove(holder) {
            self.run.timers.remove(&claimed.timer);
            self.effects.push(Effect::GiveUp(id));
        }
    }

    /// Whether a lock is held that was claimed, or is claimed now.
    pub(super) fn holds(&mut self, lock: &Lock, holder: Holder) -> bool {
        if let Some(claimed) = self.run.locks.of(holder) {
            return claimed.held;
        }
        self.claim(lock, holder);
        self.run.locks.of(holder).is_some_and(|claimed| claimed.held)
    }

    /// Takes over the claim that was there before the run moved to this plan. Gives whether there was one.
    fn claim_again(&mut self, lock: &Lock, holder: Holder) -> bool {
        if self.run.claims_before.is_empty() {
            return false;
        }
        let place = (locks::path(self.plan, self.run, holder), lock.name.clone());
        let Some((id, before)) = self.run.claims_before.remove(&place) else { return false };
        let claimed = Claimed { holder, ..before };
        if !claimed.held {
            self.run.timers.insert(claimed.timer, Timer::Lock(holder));
            self.report_locked_out(&claimed);
        }
        self.run.locks.insert(id, claimed);
        true
    }

    /// Gives up what was claimed before the run moved to this plan and nothing has taken over.
    pub(super) fn give_up_claims_before(&mut self) {
        let claims = std::mem::take(&mut self.run.claims_before);
        self.effects.extend(claims.into_values().map(|(id, _)| Effect::GiveUp(id)));
    }

    /// Whether a lock was claimed and has not been granted.
    pub(super) fn waits_for_lock(&self, holder: Holder) -> bool {
        self.run.locks.of(holder).is_some_and(|claimed| !claimed.held)
    }

    /// A claim holds from here on.
    pub(super) fn locked(&mut self, id: u64) {
        let Some(claimed) = self.run.locks.grant(id) else {
            return self.mismatch(format!("lock {id} is granted unasked"));
        };
        let (timer, holder) = (claimed.timer, claimed.holder);
        self.run.timers.remove(&timer);
        match holder {
            Holder::Stage(instance, stage) => self.begin_body(instance, stage),
            Holder::Instance(instance) => self.open_instance(instance),
            Holder::Undoing(instance) | Holder::Reopened(instance) => self.run.work.push_back(Work::Undo(instance)),
        }
    }

    /// Another run comes first.
    pub(super) fn behind(&mut self, id: u64, by: &str, driven: bool) {
        let ahead = Ahead { run: by.to_owned(), driven };
        let Some(claimed) = self.run.locks.put_behind(id, ahead).cloned() else {
            return self.mismatch(format!("lock {id} is awaited by nobody"));
        };
        self.report_locked_out(&claimed);
    }

    fn report_locked_out(&mut self, claimed: &Claimed) {
        let path = Some(locks::path(self.plan, self.run, claimed.holder)).filter(|path| !path.is_empty());
        let (lock, until) = (claimed.awaited(), Some(rfc3339(claimed.timer.0)));
        let line = lock.told();
        self.report(path.clone(), || Event::locked_out(lock, until));
        self.report(path, || Event::Log { attempt: 0, stream: Stream::Runtime, line });
    }

    /// A lock was waited for as long as it may be.
    pub(super) fn lock_overdue(&mut self, holder: Holder) {
        let Some(claimed) = self.run.locks.of(holder) else { return };
        let wait = format_duration(WAIT_MS_MAX);
        let behind =
            claimed.behind.as_ref().map(|ahead| format!(": run {} comes first", ahead.run)).unwrap_or_default();
        let message = format!("lock `{}` did not become free within {wait}{behind}", claimed.lock);
        self.no_lock(holder, StageError::new("timeout", message));
    }

    /// What wanted a lock does not get it.
    fn no_lock(&mut self, holder: Holder, error: StageError) {
        match holder {
            Holder::Stage(instance, stage) => self.stage_without_lock(instance, stage, Over::Failed(error)),
            Holder::Instance(instance) => {
                let mut error = error;
                let path = self.instance_path(instance);
                if !path.is_empty() {
                    error.place(path, self.workflow(instance).span);
                }
                self.kill_instance(instance, error);
            }
            Holder::Undoing(instance) => self.cannot_undo(instance, &error),
            Holder::Reopened(instance) => {
                while !self.run.instances[instance].undo.is_empty() {
                    self.cannot_undo(instance, &error);
                }
            }
        }
    }

    /// A stage comes to this before its body has begun.
    pub(super) fn stage_without_lock(&mut self, id: InstanceId, index: u32, over: Over) {
        self.unlock(Holder::Stage(id, index));
        // The handlers of a map are for its items.
        match (&self.stage(id, index).body, over) {
            (Body::Map(_), over) | (_, over @ Over::Cancelled) => self.end_stage(id, index, over),
            (_, over) => self.stage_over(id, index, over),
        }
    }

    /// Ends the wait of a stage for its lock. Gives whether it did wait.
    pub(super) fn stop_locking(&mut self, id: InstanceId, index: u32, stop: Stop) -> bool {
        let waits = self.waits_for_lock(Holder::Stage(id, index));
        if waits {
            let over = match stop {
                Stop::Deadline => {
                    Over::Failed(StageError::new("timeout", "it did not get its lock within its deadline"))
                }
                Stop::Drain | Stop::Cancel => Over::Cancelled,
            };
            self.stage_without_lock(id, index, over);
        }
        waits
    }

    /// Whether the next success of an instance may be undone now: under the locks under which it came about.
    pub(super) fn holds_to_undo(&mut self, id: InstanceId) -> bool {
        let instance = &self.run.instances[id];
        let Some(stage) = instance.undo.last().map(|undoable| undoable.stage) else { return true };
        let own = self.workflow(id).lock.as_ref().filter(|_| instance.phase == Phase::Ended);
        if own.is_some_and(|lock| !self.holds(lock, Holder::Reopened(id))) {
            return false;
        }
        let lock = self.stage(id, stage).lock.as_ref();
        lock.is_none_or(|lock| self.holds(lock, Holder::Undoing(id)))
    }

    /// The next success of an instance cannot be undone.
    fn cannot_undo(&mut self, id: InstanceId, error: &StageError) {
        let path = locks::path(self.plan, self.run, Holder::Undoing(id));
        let Some(undoable) = self.run.instances[id].undo.pop() else { return };
        self.note_incomplete(id, &undoable, &path, error);
        self.mark(id, undoable.stage, undoable.item, Reversal::Failed);
        self.unlock(Holder::Undoing(id));
        self.run.graveyard.extend(undoable.inner);
        self.leave_what_stands(id);
        self.run.work.push_back(Work::Undo(id));
    }
}
