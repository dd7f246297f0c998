//! Items.

use crate::fmt::walk::Walk;
use crate::syntax::ast::{
    Agent, Import, ImportWhat, Interface, Item, Name, Param, Pool, Schedule, ScheduleClause, Secret, SecretFrom,
    Workflow,
};

impl Walk<'_> {
    pub(super) fn item(&mut self, item: &Item) {
        match item {
            Item::Import(import) => self.import(import),
            Item::Type(item) => {
                self.head("type", &item.name);
                self.assign();
                self.ty();
            }
            Item::Constant(constant) => self.let_s(constant),
            Item::Interface(interface) => self.interface(interface),
            Item::Agent(agent) => self.agent(agent),
            Item::Pool(pool) => self.pool(pool),
            Item::Retry(retry) => {
                self.head("retry", &retry.name);
                self.space();
                self.retry_item(&retry.body);
            }
            Item::Secret(secret) => self.secret(secret),
            Item::Workflow(workflow) => self.workflow(workflow),
            Item::Schedule(schedule) => self.schedule(schedule),
            Item::Test(test) => self.test(test),
            Item::Property(property) => self.property(property),
            Item::Broken(_) => self.lost = true,
        }
    }

    /// `agent name`.
    pub(super) fn head(&mut self, keyword: &str, name: &Name) {
        self.word(keyword);
        self.space();
        self.name(name);
    }

    /// ` = `.
    pub(super) fn assign(&mut self) {
        self.space();
        self.word("=");
        self.space();
    }

    fn import(&mut self, import: &Import) {
        self.word("import");
        self.space();
        match &import.what {
            ImportWhat::Names(names) => {
                self.list(["{", "}"], " ", names, |walk, name| walk.name(name));
                self.space();
                self.word("from");
                self.space();
                self.token(import.path.span);
            }
            ImportWhat::Alias(name) => {
                self.token(import.path.span);
                self.space();
                self.word("as");
                self.space();
                self.name(name);
            }
        }
    }

    fn interface(&mut self, interface: &Interface) {
        self.head("interface", &interface.name);
        self.space();
        self.block(&interface.actions, |walk, action| walk.action(action));
    }

    fn agent(&mut self, agent: &Agent) {
        self.head("agent", &agent.name);
        if let Some(interface) = &agent.interface {
            self.word(":");
            self.space();
            self.path(interface);
        }
        self.space();
        self.word("uses");
        self.space();
        self.name(&agent.kind);
        self.space();
        let (mut settings, mut actions) = (agent.settings.iter().peekable(), agent.actions.iter().peekable());
        self.block_while(|walk, index| {
            let action = actions.next_if(|action| settings.peek().is_none_or(|next| action.span < next.span));
            let setting = if action.is_none() { settings.next() } else { None };
            if action.is_some() || setting.is_some() {
                walk.hard_element(index);
            }
            action.inspect(|action| walk.action(action));
            setting.inspect(|setting| walk.setting(setting));
            action.is_some() || setting.is_some()
        });
    }

    pub(super) fn param(&mut self, param: &Param) {
        self.name(&param.name);
        self.word(":");
        self.space();
        self.ty();
        if let Some(default) = &param.default {
            self.assign();
            self.expr(default);
        }
    }

    /// ` -> T`.
    pub(super) fn result(&mut self) {
        self.space();
        self.word("->");
        self.space();
        self.ty();
    }

    fn pool(&mut self, pool: &Pool) {
        self.head("pool", &pool.name);
        self.word(":");
        self.space();
        self.path(&pool.interface);
        self.space();
        self.block_while(|walk, index| {
            let more = !walk.sees("}");
            if more {
                walk.hard_element(index);
                walk.pool_part(pool);
            }
            more
        });
    }

    /// The part of a pool that comes next: the tree does not say in which order they stand.
    fn pool_part(&mut self, pool: &Pool) {
        if let (Some(strategy), true) = (&pool.strategy, self.sees("strategy")) {
            return self.head("strategy", strategy);
        }
        self.word("members");
        self.space();
        match &pool.capability {
            Some(capability) if self.sees("with") => {
                self.words(&["with", "capability"]);
                self.space();
                self.token(capability.span);
            }
            _ => self.names(&pool.members),
        }
    }

    fn secret(&mut self, secret: &Secret) {
        self.head("secret", &secret.name);
        self.space();
        match &secret.from {
            SecretFrom::Env(name) => {
                self.words(&["from", "env"]);
                self.space();
                self.token(name.span);
            }
            SecretFrom::File(path) => {
                self.words(&["from", "file"]);
                self.space();
                self.token(path.span);
            }
            SecretFrom::Command(words) => {
                self.words(&["from", "command"]);
                self.space();
                self.expr(words);
            }
        }
    }

    fn workflow(&mut self, workflow: &Workflow) {
        // The parameters belong to the group of the whole signature: they break first.
        self.open();
        self.head("workflow", &workflow.name);
        self.list_of_group(["(", ")"], "", &workflow.params, |walk, param| walk.param(param));
        if workflow.result.is_some() {
            self.result();
        }
        self.close();
        self.space();
        self.word("{");
        self.indent();
        self.workflow_clauses(&workflow.clauses);
        for (index, statement) in workflow.body.iter().enumerate() {
            self.hard_element(index + workflow.clauses.len());
            self.statement(statement);
        }
        self.end_of_block(workflow.clauses.is_empty() && workflow.body.is_empty());
    }

    fn schedule(&mut self, schedule: &Schedule) {
        self.head("schedule", &schedule.name);
        self.assign();
        self.call(&schedule.call);
        self.space();
        let rank = |clause: &ScheduleClause| match clause {
            ScheduleClause::Cron(_) => 0,
            ScheduleClause::Timezone(_) => 1,
            ScheduleClause::Priority(_) => 2,
            ScheduleClause::Overlap(_) => 3,
            ScheduleClause::Missed(_) => 4,
        };
        self.few(&schedule.clauses, rank, |walk, clause| {
            let (word, value) = match clause {
                ScheduleClause::Cron(text) => ("cron", text.span),
                ScheduleClause::Timezone(text) => ("timezone", text.span),
                ScheduleClause::Priority(priority) => ("priority", priority.span),
                ScheduleClause::Overlap(name) => ("overlap", name.span),
                ScheduleClause::Missed(name) => ("missed", name.span),
            };
            walk.word(word);
            walk.space();
            walk.token(value);
        });
    }
}
