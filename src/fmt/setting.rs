//! Actions and settings of agents.

use crate::fmt::walk::Walk;
use crate::syntax::ast::{Action, Effects, Name, Output, Setting, SettingValue, Spanned};

impl Walk<'_> {
    pub(super) fn action(&mut self, action: &Action) {
        self.open();
        self.head("action", &action.name);
        if let Some(params) = &action.params {
            self.list_of_group(["(", ")"], "", params, |walk, param| walk.param(param));
        }
        if action.result.is_some() {
            self.result();
        }
        self.close();
        if self.sees("{") {
            self.space();
            self.settings(&action.settings);
        }
    }

    fn settings(&mut self, settings: &[Setting]) {
        self.block(settings, |walk, setting| walk.setting(setting));
    }

    pub(super) fn setting(&mut self, setting: &Setting) {
        self.name(&setting.name);
        if !matches!(setting.value, SettingValue::Endorses) {
            self.space();
        }
        match &setting.value {
            SettingValue::Effects(effects) => self.effects(*effects),
            SettingValue::Rate(count, per) => {
                self.token(count.span);
                self.space();
                self.word("per");
                self.space();
                self.token(per.span);
            }
            SettingValue::Retry(retry) => self.retry_use(retry),
            SettingValue::Raises(names) => self.names(names),
            SettingValue::Capabilities(texts) | SettingValue::Pass(texts) => {
                self.open_list(texts, |walk, text| walk.token(text.span));
            }
            SettingValue::Endorses => {}
            SettingValue::MaxTurns(count) => {
                self.word("turns");
                self.space();
                self.token(count.span);
            }
            SettingValue::Output(output) => self.output(output),
            SettingValue::StdinWord(name) | SettingValue::Method(name) => self.name(name),
            SettingValue::Probe(path) => self.path(path),
            SettingValue::ProbeInline(settings) => self.settings(settings),
            SettingValue::Tools(paths) => self.list(["[", "]"], "", paths, |walk, path| walk.path(path)),
            SettingValue::Fails(class, times) => self.class_and_times(class, times.as_ref()),
            SettingValue::Expr(value) => self.expr(value),
        }
    }

    fn effects(&mut self, effects: Effects) {
        self.word(match effects {
            Effects::None => "none",
            Effects::Reads => "reads",
            Effects::WritesIdempotent | Effects::Writes => "writes",
            Effects::Irreversible => "irreversible",
        });
        if effects == Effects::WritesIdempotent {
            self.space();
            self.word("idempotent");
        }
    }

    fn output(&mut self, output: &Output) {
        self.word(match output {
            Output::Json(_) => "json",
            Output::Text => "text",
            Output::Lines => "lines",
            Output::Status => "status",
            Output::Response => "response",
        });
        if let Output::Json(Some(field)) = output {
            self.space();
            self.word("at");
            self.space();
            self.token(field.span);
        }
    }

    /// `CLASS [once | twice | N times]`.
    pub(super) fn class_and_times(&mut self, class: &Name, times: Option<&Spanned<i64>>) {
        self.name(class);
        let Some(times) = times else { return };
        self.space();
        if self.text[times.span.range()].starts_with(|c: char| c.is_ascii_digit()) {
            self.number();
            self.space();
            self.word("times");
        } else {
            self.token(times.span);
        }
    }
}
