//! Budgets of a run: what each allows, what is spent of it and what is reserved.

use std::collections::BTreeMap;

use crate::engine::limits::Entry;
use crate::engine::state::InstanceId;
use crate::engine::turns::Turns;
use crate::plan::Budget;
use crate::plan::cost::{Cost, Worst};

/// What has a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A stage, with its undoing.
    Stage(InstanceId, u32),
    /// An instance of a workflow.
    Instance(InstanceId),
}

/// The budgets of a run.
pub type Purses = BTreeMap<Scope, Purse>;

/// One budget.
#[derive(Debug, Clone)]
pub struct Purse {
    most: Cost,
    /// Kept back for undoing and `finally`.
    kept_back: Cost,
    spent: Cost,
    reserved: Cost,
    /// Those who wait until something that is reserved turns out not to be needed.
    pub parked: Turns,
    /// Something has changed since those who wait were looked at.
    pub stirred: bool,
}

/// Whether something fits into a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It does.
    Now,
    /// It may, when what is reserved has been settled.
    Later,
    /// It does not: so much is left for it.
    Never(Cost),
}

impl Purse {
    /// A budget of which this was spent before. `worst` is what may be spent under it: what is left over by its way is kept back
    /// for its end, so that the way always fits where the whole does.
    pub fn new(budget: Budget, worst: Worst, spent: Cost) -> Self {
        let limit = |most: Option<i64>| most.unwrap_or(i64::MAX);
        let most = Cost { money: limit(budget.money), tokens: limit(budget.tokens) };
        let kept_back = worst.end.at_most(most.less(worst.way));
        let reserved = Cost::default();
        Self { most, kept_back, spent, reserved, parked: Turns::default(), stirred: false }
    }

    /// Whether `need` fits. What belongs to the end may use what is kept back for it.
    pub fn fit(&self, need: Cost, at_the_end: bool) -> Fit {
        let usable = if at_the_end { self.most } else { self.most.less(self.kept_back) };
        let left = usable.less(self.spent);
        let free = left.less(self.reserved);
        let within = |limit: Cost| need.money <= limit.money && need.tokens <= limit.tokens;
        match (within(free), within(left)) {
            (true, _) => Fit::Now,
            (false, true) => Fit::Later,
            (false, false) => Fit::Never(left),
        }
    }

    /// Sets something aside.
    pub fn reserve(&mut self, need: Cost) {
        self.reserved = self.reserved.and(need);
        self.stirred = true;
    }

    /// What was set aside has become this.
    pub fn settle(&mut self, reserved: Cost, spent: Cost) {
        self.reserved = self.reserved.less(reserved);
        self.spent = self.spent.and(spent);
        self.stirred = true;
    }

    /// What is spent.
    pub fn spent(&self) -> Cost {
        self.spent
    }

    /// Takes out the first of those who wait, if there is something new for them. `valid` tells whether it is still wanted.
    pub fn pop(&mut self, valid: impl Fn(&Entry) -> bool) -> Option<Entry> {
        // Where nothing is reserved nothing can be waited for.
        if !self.stirred && self.reserved != Cost::default() {
            return None;
        }
        self.stirred = false;
        std::iter::from_fn(|| self.parked.pop()).find(valid)
    }
}
