//! `budget`: an attempt sets its worst case aside before it starts, and leaves what it has spent when it has ended.

use crate::agent::Usage;
use crate::base::unit::{format_money, format_tokens};
use crate::engine::budget::{Fit, Purse, Scope};
use crate::engine::doubt::probe_of;
use crate::engine::limits::Startable;
use crate::engine::state::{CallId, InstanceId, Place, Site, StageError};
use crate::engine::step::{Core, is_wanted_in};
use crate::plan::cost::{self, Cost};

impl Core<'_> {
    /// Opens the budget of an instance, if it has one.
    pub(super) fn open_purse(&mut self, id: InstanceId) {
        let instance = &self.run.instances[id];
        let Some(budget) = self.workflow(id).budget else { return };
        let spent = instance.memory.as_ref().map(|memory| memory.spent).unwrap_or_default();
        let worst = cost::of_workflow(self.plan, instance.workflow);
        self.run.purses.insert(Scope::Instance(id), Purse::new(budget, worst, spent));
    }

    /// Opens the budget of a stage, if it has one.
    pub(super) fn open_stage_purse(&mut self, id: InstanceId, index: u32) {
        let stage = self.stage(id, index);
        let Some(budget) = &stage.budget else { return };
        let spent = self.memory_of(id, index).map(|memory| memory.spent).unwrap_or_default();
        let worst = cost::of_stage(self.plan, self.run.instances[id].workflow, stage);
        self.run.purses.insert(Scope::Stage(id, index), Purse::new(**budget, worst, spent));
    }

    /// Closes the budgets of an instance that is gone.
    pub(super) fn close_purses(&mut self, id: InstanceId) {
        if self.run.purses.is_empty() {
            return;
        }
        self.run.purses.remove(&Scope::Instance(id));
        let range = Scope::Stage(id, 0)..=Scope::Stage(id, u32::MAX);
        let gone: Vec<Scope> = self.run.purses.range(range).map(|(scope, _)| *scope).collect();
        gone.iter().for_each(|scope| _ = self.run.purses.remove(scope));
    }

    /// Sets the worst case of the next attempt of a call aside. Gives whether it may start: else it waits, or has failed, and
    /// its slots are free again.
    pub(super) fn reserve(&mut self, id: CallId) -> bool {
        let need = self.worst_of(id);
        let scopes = self.scopes(self.run.calls[id].place);
        let fits = scopes.iter().map(|(scope, end)| (*scope, self.run.purses[scope].fit(need, *end)));
        let fits: Vec<(Scope, Fit)> = fits.collect();
        if let Some((scope, left)) = fits.iter().find_map(|(scope, fit)| match fit {
            Fit::Never(left) => Some((*scope, *left)),
            _ => None,
        }) {
            self.release(id);
            self.unassign_unless_bound(id);
            self.over_budget(id, scope, need, left);
            return false;
        }
        if let Some((scope, _)) = fits.iter().find(|(_, fit)| *fit == Fit::Later) {
            self.release(id);
            self.unassign_unless_bound(id);
            let call = &self.run.calls[id];
            let entry = self.entry(call.place, Startable::Call(id), call.stamp);
            self.run.purses.entry(*scope).and_modify(|purse| purse.parked.push(entry));
            return false;
        }
        for (scope, _) in scopes {
            self.run.purses.entry(scope).and_modify(|purse| purse.reserve(need));
        }
        self.run.calls[id].reserved = need;
        true
    }

    fn over_budget(&mut self, id: CallId, scope: Scope, need: Cost, left: Cost) {
        let whose = match scope {
            Scope::Stage(instance, stage) => format!("`{}`", self.stage_path(instance, stage)),
            Scope::Instance(instance) => format!("`{}`", self.workflow(instance).name),
        };
        let (need, left) = match need.money > left.money {
            true => (format_money(need.money), format_money(left.money)),
            false => (format_tokens(need.tokens), format_tokens(left.tokens)),
        };
        self.run.purses.entry(scope).and_modify(|purse| purse.stirred = true);
        if self.run.calls[id].probes() {
            self.report_probe(id, "no budget allows it");
            // What it was to find out stays open, which says more than that nobody looked.
            return self.still_unknown(id);
        }
        let message = format!("an attempt may cost {need}, and of the budget of {whose} {left} is left");
        self.handle(id, StageError::new("budget", message));
    }

    /// What was set aside for an attempt has become this: what its agent says, or all of it where it says nothing.
    pub(super) fn settle_cost(&mut self, id: CallId, said: Usage) -> Usage {
        let reserved = std::mem::take(&mut self.run.calls[id].reserved);
        let spent = match said == Usage::default() {
            true => reserved,
            false => Cost { money: said.money, tokens: said.tokens },
        };
        self.close_reservation(id, reserved, spent);
        let usage = Usage { tokens: spent.tokens, money: spent.money };
        self.run.usage.tokens = self.run.usage.tokens.saturating_add(usage.tokens);
        self.run.usage.money = self.run.usage.money.saturating_add(usage.money);
        usage
    }

    /// Nothing has started: nothing is spent.
    pub(super) fn take_cost_back(&mut self, id: CallId) {
        let reserved = std::mem::take(&mut self.run.calls[id].reserved);
        self.close_reservation(id, reserved, Cost::default());
    }

    fn close_reservation(&mut self, id: CallId, reserved: Cost, spent: Cost) {
        for (scope, _) in self.scopes(self.run.calls[id].place) {
            self.run.purses.entry(scope).and_modify(|purse| purse.settle(reserved, spent));
        }
    }

    fn worst_of(&self, id: CallId) -> Cost {
        let call = &self.run.calls[id];
        let Some((agent, action)) = self.run.doer(self.plan, call) else { return Cost::default() };
        let action = match probe_of(self.plan, self.run, call).filter(|_| call.probes()) {
            Some((_, _, probe)) => probe,
            None => self.plan.action(agent, action),
        };
        cost::of_action(self.plan, action)
    }

    /// The budgets that an attempt at this place counts for, from the inside out, and whether it belongs to the end of what has
    /// them.
    fn scopes(&self, place: Place) -> Vec<(Scope, bool)> {
        let mut found = Vec::new();
        if self.run.purses.is_empty() {
            return found;
        }
        let (mut at, mut at_the_end) = (Some(place), false);
        while let Some(place) = at {
            let undoes = place.site == Site::Undo;
            found.push((Scope::Stage(place.instance, place.stage), at_the_end || undoes));
            at_the_end |= undoes || self.stage(place.instance, place.stage).finally;
            found.push((Scope::Instance(place.instance), at_the_end));
            let instance = &self.run.instances[place.instance];
            let undone = |(instance, stage, item)| Place { instance, stage, item, site: Site::Undo };
            let caller = instance.caller.and_then(|call| self.run.calls.get(call)).map(|call| call.place);
            at = instance.undone_for.map(undone).or(caller);
        }
        found.retain(|(scope, _)| self.run.purses.contains_key(scope));
        found
    }

    /// Lets one of those who wait for a budget try again. Gives whether there was one.
    pub(super) fn wake_purses(&mut self) -> bool {
        let crate::engine::state::Run { purses, calls, maps, queues, .. } = &mut *self.run;
        let woken = purses.values_mut().filter(|purse| !purse.parked.is_empty());
        let woken = woken.into_iter().find_map(|purse| purse.pop(|entry| is_wanted_in(calls, maps, entry)));
        woken.map(|entry| queues.push(entry, true)).is_some()
    }
}
