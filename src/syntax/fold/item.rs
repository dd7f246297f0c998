//! Items: everything that stands at the top of a file.

use super::{Fold, child, children, presume};
use crate::base::span::Span;
use crate::syntax::ast::{
    Action, Agent, Effects, Import, ImportWhat, Interface, Item, Name, Output, Param, Pool, RetryItem, Schedule,
    ScheduleClause, Secret, SecretFrom, Setting, SettingValue, TypeItem, Workflow,
};
use crate::syntax::errors;
use crate::syntax::fold::clause::first_word;
use crate::syntax::fold::statement::Owner;
use crate::syntax::grammar::{Pair, Rule};

impl Fold<'_> {
    pub(super) fn item(&self, pair: Pair<'_>) -> Item {
        match pair.as_rule() {
            Rule::import => Item::Import(self.import(pair)),
            Rule::type_item => Item::Type(self.type_item(pair)),
            Rule::let_s => Item::Constant(self.let_s(pair)),
            Rule::interface => Item::Interface(self.interface(pair)),
            Rule::agent => Item::Agent(self.agent(pair)),
            Rule::pool => Item::Pool(self.pool(pair)),
            Rule::retry_item => Item::Retry(self.retry_item(pair)),
            Rule::secret => Item::Secret(self.secret(pair)),
            Rule::workflow => Item::Workflow(self.workflow(pair)),
            Rule::schedule => Item::Schedule(self.schedule(pair)),
            Rule::test => Item::Test(self.test(pair)),
            Rule::property => Item::Property(self.property(pair)),
            _ => Item::Broken(self.broken(&pair)),
        }
    }

    fn import(&self, pair: Pair<'_>) -> Import {
        let span = self.span(&pair);
        let mut parts = children(pair);
        let (first, second) = (presume(&mut parts), presume(&mut parts));
        let (what, path) = match first.as_rule() {
            Rule::import_names => (ImportWhat::Names(self.names(first)), second),
            _ => (ImportWhat::Alias(self.name(&second)), first),
        };
        Import { what, path: self.literal(&path, "an import path"), span }
    }

    fn type_item(&self, pair: Pair<'_>) -> TypeItem {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let name = self.name(&presume(&mut parts));
        TypeItem { doc, name, ty: self.ty(presume(&mut parts)), span }
    }

    fn interface(&self, pair: Pair<'_>) -> Interface {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let name = self.name(&presume(&mut parts));
        let actions = parts.filter(|part| part.as_rule() == Rule::action).map(|part| self.action(part)).collect();
        Interface { doc, name, actions, span }
    }

    fn agent(&self, pair: Pair<'_>) -> Agent {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair).peekable();
        let name = self.name(&presume(&mut parts));
        let interface = parts.next_if(|part| part.as_rule() == Rule::path).map(|path| self.path(path));
        let kind = self.name(&presume(&mut parts));
        let (mut settings, mut actions) = (Vec::new(), Vec::new());
        for part in parts {
            match part.as_rule() {
                Rule::action => actions.push(self.action(part)),
                _ => settings.extend(self.setting(part)),
            }
        }
        self.check_settings(&settings);
        Agent { doc, name, interface, kind, settings, actions, span }
    }

    fn action(&self, pair: Pair<'_>) -> Action {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let name = self.name(&presume(&mut parts));
        let mut action = Action { doc, name, params: None, result: None, settings: Vec::new(), span };
        for part in parts {
            match part.as_rule() {
                Rule::params => action.params = Some(self.params(part)),
                Rule::r#type => action.result = Some(self.ty(part)),
                _ => action.settings = self.settings(part),
            }
        }
        action
    }

    fn params(&self, pair: Pair<'_>) -> Vec<Param> {
        children(pair).filter_map(|param| self.param(param)).collect()
    }

    fn param(&self, pair: Pair<'_>) -> Option<Param> {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let first = parts.next().filter(|part| part.as_rule() == Rule::any_name)?;
        let ty = self.ty(presume(&mut parts));
        let default = parts.next().map(|value| self.expr(value));
        Some(Param { doc, name: self.name(&first), ty, default, span })
    }

    fn settings(&self, pair: Pair<'_>) -> Vec<Setting> {
        let settings: Vec<Setting> = children(pair).filter_map(|setting| self.setting(setting)).collect();
        self.check_settings(&settings);
        settings
    }

    /// Reports settings that stand twice.
    fn check_settings(&self, settings: &[Setting]) {
        for (index, setting) in settings.iter().enumerate() {
            if let Some(first) = settings[..index].iter().find(|before| before.name.text == setting.name.text) {
                self.twice(setting.span, first.span);
            }
        }
    }

    fn setting(&self, pair: Pair<'_>) -> Option<Setting> {
        let (span, start) = (self.span(&pair), pair.as_span().start());
        let word = first_word(pair.as_str());
        let name = Name { text: word.to_owned(), span: self.place(start, start + word.len()) };
        let form = presume(&mut children(pair));
        Some(Setting { name, value: self.setting_value(form)?, span })
    }

    fn setting_value(&self, pair: Pair<'_>) -> Option<SettingValue> {
        let first = children(pair.clone()).next();
        Some(match pair.as_rule() {
            Rule::s_effects => SettingValue::Effects(self.effects(&pair)),
            Rule::s_rate => {
                let mut parts = children(pair);
                SettingValue::Rate(self.whole(&presume(&mut parts)), self.duration(&presume(&mut parts)))
            }
            Rule::s_retry => SettingValue::Retry(self.retry_use(first?)),
            Rule::s_raises => SettingValue::Raises(self.names(first?)),
            Rule::s_capabilities => SettingValue::Capabilities(self.literals(pair, "a capability")),
            Rule::s_max => SettingValue::MaxTurns(self.whole(&first?)),
            Rule::s_output => SettingValue::Output(self.output(pair)),
            Rule::s_stdin if first.as_ref()?.as_rule() == Rule::stdin_word => {
                SettingValue::StdinWord(self.name(&first?))
            }
            Rule::s_method => SettingValue::Method(self.name(&first?)),
            Rule::s_probe => match first?.as_rule() {
                Rule::path => SettingValue::Probe(self.path(child(&pair, Rule::path)?)),
                _ => SettingValue::ProbeInline(self.settings(child(&pair, Rule::settings)?)),
            },
            Rule::s_tools => SettingValue::Tools(children(pair).map(|path| self.path(path)).collect()),
            Rule::s_pass => SettingValue::Pass(self.literals(pair, "the name of a variable")),
            Rule::s_fails => {
                let (class, times) = self.fails(pair);
                SettingValue::Fails(class, times)
            }
            Rule::s_endorses => SettingValue::Endorses,
            Rule::s_stdin | Rule::s_other => SettingValue::Expr(self.only_expr(&pair)),
            _ => return None,
        })
    }

    fn effects(&self, pair: &Pair<'_>) -> Effects {
        let idempotent = child(pair, Rule::k_idempotent);
        let effect = child(pair, Rule::effect);
        if let (Some(word), Some("none" | "reads" | "irreversible")) = (&idempotent, effect.as_ref().map(Pair::as_str))
        {
            self.report(errors::idempotent_without_writes(self.span(word)));
        }
        match effect.as_ref().map(Pair::as_str) {
            Some("none") => Effects::None,
            Some("reads") => Effects::Reads,
            Some("writes") if idempotent.is_some() => Effects::WritesIdempotent,
            Some("writes") => Effects::Writes,
            _ => Effects::Irreversible,
        }
    }

    fn output(&self, pair: Pair<'_>) -> Output {
        let mut parts = children(pair);
        let form = presume(&mut parts);
        let at = parts.next().map(|field| self.literal(&field, "the name of a field"));
        match form.as_str() {
            "json" => return Output::Json(at),
            _ if at.is_some() => self.report(errors::at_without_json(self.span(&form), form.as_str())),
            _ => {}
        }
        match form.as_str() {
            "text" => Output::Text,
            "lines" => Output::Lines,
            "status" => Output::Status,
            _ => Output::Response,
        }
    }

    fn pool(&self, pair: Pair<'_>) -> Pool {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let (name, interface) = (self.name(&presume(&mut parts)), self.path(presume(&mut parts)));
        let mut pool = Pool { doc, name, interface, members: Vec::new(), capability: None, strategy: None, span };
        let mut seen: Vec<(&str, Span)> = Vec::new();
        for part in parts {
            let word = first_word(part.as_str());
            if let Some((_, first)) = seen.iter().find(|(before, _)| *before == word && !word.is_empty()) {
                self.twice(self.span(&part), *first);
            }
            seen.push((word, self.span(&part)));
            let Some(value) = children(part.clone()).next() else { continue };
            match part.as_rule() {
                Rule::pool_capability => pool.capability = Some(self.literal(&value, "a capability")),
                Rule::pool_members => pool.members = self.names(value),
                _ => pool.strategy = Some(self.name(&value)),
            }
        }
        pool
    }

    fn retry_item(&self, pair: Pair<'_>) -> RetryItem {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let name = self.name(&presume(&mut parts));
        RetryItem { doc, name, body: self.retry_body(presume(&mut parts)), span }
    }

    fn secret(&self, pair: Pair<'_>) -> Secret {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let name = self.name(&presume(&mut parts));
        let source = presume(&mut parts);
        let rule = source.as_rule();
        let value = presume(&mut children(source));
        let from = match rule {
            Rule::from_env => SecretFrom::Env(self.literal(&value, "the name of a variable")),
            Rule::from_file => SecretFrom::File(self.literal(&value, "a path")),
            _ => SecretFrom::Command(self.primary(value)),
        };
        Secret { doc, name, from, span }
    }

    fn workflow(&self, pair: Pair<'_>) -> Workflow {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let name = self.name(&presume(&mut parts));
        let mut workflow =
            Workflow { doc, name, params: Vec::new(), result: None, clauses: Vec::new(), body: Vec::new(), span };
        for part in parts {
            match part.as_rule() {
                Rule::params => workflow.params = self.params(part),
                Rule::r#type => workflow.result = Some(self.ty(part)),
                _ => {
                    let (block, clauses) = self.body(part, Owner::Workflow);
                    workflow.body = block.body;
                    workflow.clauses = clauses;
                }
            }
        }
        workflow
    }

    fn schedule(&self, pair: Pair<'_>) -> Schedule {
        let (doc, span) = (self.doc(&pair), self.span(&pair));
        let mut parts = children(pair);
        let (name, call) = (self.name(&presume(&mut parts)), self.call(presume(&mut parts)));
        let mut clauses: Vec<(ScheduleClause, Span)> = Vec::new();
        for part in parts {
            let span = self.span(&part);
            let Some(clause) = self.schedule_clause(part) else { continue };
            let same =
                |before: &&(ScheduleClause, Span)| std::mem::discriminant(&before.0) == std::mem::discriminant(&clause);
            if let Some((_, first)) = clauses.iter().find(same) {
                self.twice(span, *first);
            }
            clauses.push((clause, span));
        }
        Schedule { doc, name, call, clauses: clauses.into_iter().map(|(clause, _)| clause).collect(), span }
    }

    fn schedule_clause(&self, pair: Pair<'_>) -> Option<ScheduleClause> {
        let form = presume(&mut children(pair));
        let rule = form.as_rule();
        if rule == Rule::c_priority {
            return Some(ScheduleClause::Priority(self.priority(&form)));
        }
        let value = children(form).next()?;
        Some(match rule {
            Rule::sc_cron => ScheduleClause::Cron(self.literal(&value, "`cron`")),
            Rule::sc_timezone => ScheduleClause::Timezone(self.literal(&value, "`timezone`")),
            Rule::sc_overlap => ScheduleClause::Overlap(self.name(&value)),
            Rule::sc_missed => ScheduleClause::Missed(self.name(&value)),
            _ => return None,
        })
    }
}
