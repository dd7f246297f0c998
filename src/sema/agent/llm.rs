//! `uses llm`: a model's answer.

use crate::base::span::Span;
use crate::sema::agent::table::find;
use crate::sema::agent::{Written, place, process, url};
use crate::sema::constant::value_of;
use crate::sema::context::Context;
use crate::sema::credential;
use crate::sema::errors::{agents as errors, kinds};
use crate::sema::expr::{Body, Secrets, Typed, Want, literal_text};
use crate::sema::hir::{self, ActionKind};
use crate::sema::prices;
use crate::sema::signature::Signature;
use crate::syntax::ast::{self, ExprKind, Setting, SettingValue};
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind as Resolved, Var};
use crate::value::settings::{Llm, Provider, SecretFrom, Tool};
use crate::value::types::Type;

/// Answers at most where nothing says it.
const TURNS: u32 = 8;
const TURNS_MAX: i64 = 1_000;
/// Tokens at most, of whatever.
const TOKENS_MAX: i64 = 1_000_000_000;

/// What the settings of an agent or action say.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    model: Option<String>,
    provider: Option<Provider>,
    url: Option<String>,
    api_key: Option<Expr>,
    system: Option<Expr>,
    temperature: Option<f64>,
    max_input: Option<i64>,
    max_output: Option<i64>,
    tools: Option<Vec<Tool>>,
    max_turns: Option<u32>,
}

impl Said {
    /// Those of an agent.
    pub fn new(ctx: &mut Context<'_>, module: usize, settings: &[Setting], tools: Option<Vec<Tool>>) -> Self {
        Self { tools, ..Self::read(&mut place(ctx, module, None), settings) }
    }

    fn read(body: &mut Body<'_, '_>, settings: &[Setting]) -> Self {
        let value = |word: &str| match find(settings, word).map(|setting| &setting.value) {
            Some(SettingValue::Expr(value)) => Some(value),
            _ => None,
        };
        let max_turns = match find(settings, "max").map(|setting| &setting.value) {
            Some(SettingValue::MaxTurns(count)) => body.count(count, "max turns", 1, TURNS_MAX),
            _ => None,
        };
        Self {
            model: value("model").and_then(|value| known(body, value, "model")),
            provider: value("provider").and_then(|value| provider(body, value)),
            url: find(settings, "url").and_then(|setting| address(body, setting)),
            api_key: value("api_key").map(|value| api_key(body, value)),
            system: value("system").map(|value| text(body, value, "system")),
            temperature: value("temperature").and_then(|value| temperature(body, value)),
            max_input: value("max_input").and_then(|value| tokens(body, value, "max_input")),
            max_output: value("max_output").and_then(|value| tokens(body, value, "max_output")),
            tools: None,
            max_turns: max_turns.and_then(|count| u32::try_from(count).ok()),
        }
    }

    /// An action of an agent that says this.
    pub fn action(
        &self,
        ctx: &mut Context<'_>,
        written: &Written<'_>,
        signature: &Signature,
        tools: Option<Vec<Tool>>,
    ) -> ActionKind {
        let mut body = place(ctx, written.module, Some(signature));
        let own = Self { tools, ..Self::read(&mut body, written.settings) };
        let prompt = match find(written.settings, "prompt").map(|setting| &setting.value) {
            Some(SettingValue::Expr(value)) => Some(text(&mut body, value, "prompt")),
            _ => None,
        };
        if prompt.is_none() && written.lacks("llm", "prompt") {
            body.report(errors::setting_missing("prompt", written.name, written.span));
        } else if prompt.is_some() {
            written.report_unused(&mut body);
        }
        process::no_file(ctx, "llm", signature);
        let said = own.below(self);
        if said.model.is_none() && written.lacks("llm", "model") {
            ctx.report(errors::setting_missing("model", written.name, written.span));
        }
        ActionKind::Llm(said.settings(ctx, prompt, written.span))
    }

    fn below(self, agent: &Self) -> Self {
        Self {
            model: self.model.or_else(|| agent.model.clone()),
            provider: self.provider.or(agent.provider),
            url: self.url.or_else(|| agent.url.clone()),
            api_key: self.api_key.or_else(|| agent.api_key.clone()),
            system: self.system.or_else(|| agent.system.clone()),
            temperature: self.temperature.or(agent.temperature),
            max_input: self.max_input.or(agent.max_input),
            max_output: self.max_output.or(agent.max_output),
            tools: self.tools.or_else(|| agent.tools.clone()),
            max_turns: self.max_turns.or(agent.max_turns),
        }
    }

    fn settings(self, ctx: &mut Context<'_>, prompt: Option<Expr>, span: Span) -> Llm {
        let model = self.model.unwrap_or_default();
        let provider = self.provider.unwrap_or_else(|| prices::provider(&model));
        let limits = prices::limits(&model);
        let api_key = match (self.api_key, &self.url) {
            (Some(key), _) => Some(key),
            (None, None) => Some(usual_key(ctx, provider, span)),
            // The key of one provider is never sent to another.
            (None, Some(_)) => None,
        };
        Llm {
            provider,
            url: self.url,
            api_key,
            system: self.system,
            prompt: prompt.unwrap_or_else(|| Typed::unknown(span).expr),
            temperature: self.temperature,
            max_input: self.max_input.unwrap_or(limits.input),
            max_output: self.max_output.unwrap_or(limits.output),
            price: prices::price(ctx.world, &model),
            model,
            tools: self.tools.unwrap_or_default(),
            max_turns: self.max_turns.unwrap_or(TURNS),
        }
    }
}

/// A text that a model reads. A file that is interpolated is attached there.
fn text(body: &mut Body<'_, '_>, written: &ast::Expr, word: &str) -> Expr {
    let want = Want::new(Type::string(), format!("`{word}`"));
    let before = std::mem::replace(&mut body.attaches_files, true);
    let found = body.with_secrets(Secrets::Forbidden("a prompt"), |body| body.check(written, &want));
    body.attaches_files = before;
    found
}

/// A text that has to be known before the run.
fn known(body: &mut Body<'_, '_>, written: &ast::Expr, word: &str) -> Option<String> {
    let want = Want::new(Type::string(), format!("`{word}`"));
    let found = body.check(written, &want);
    match value_of(&found) {
        Some(Value::String(text)) if text.trim().is_empty() => {
            body.report(kinds::empty_text(word, written.span));
            None
        }
        Some(Value::String(text)) => Some(text.to_string()),
        _ => {
            body.report_open(written, &found, word);
            None
        }
    }
}

fn provider(body: &mut Body<'_, '_>, written: &ast::Expr) -> Option<Provider> {
    let name = known(body, written, "provider")?;
    let found = Provider::ALL.into_iter().find(|provider| provider.as_str() == name);
    if found.is_none() {
        body.report(kinds::unknown_provider(&name, written.span));
    }
    found
}

fn address(body: &mut Body<'_, '_>, setting: &Setting) -> Option<String> {
    let found = url::base(body, setting)?;
    match (value_of(&found), &setting.value) {
        (Some(Value::String(text)), _) => Some(text.to_string()),
        (_, SettingValue::Expr(written)) => {
            body.report_open(written, &found, "url");
            None
        }
        _ => None,
    }
}

/// A key is a secret: one that is written out is seen by everybody who reads the program.
fn api_key(body: &mut Body<'_, '_>, written: &ast::Expr) -> Expr {
    let want = Want::new(Type::string(), "`api_key`");
    let found = body.with_secrets(Secrets::Allowed, |body| body.check(written, &want));
    // What has the look of a key is reported wherever it stands.
    let plain = literal_text(&found).is_some_and(|text| credential::found_in(text).is_none());
    if plain && matches!(written.kind, ExprKind::String(_)) {
        body.report(kinds::key_written_out(written.span));
    }
    found
}

fn temperature(body: &mut Body<'_, '_>, written: &ast::Expr) -> Option<f64> {
    let found = body.check(written, &Want::new(Type::float(), "`temperature`"));
    match value_of(&found) {
        Some(Value::Float(degree)) if (0.0..=2.0).contains(&degree) => Some(degree),
        Some(Value::Float(_)) => {
            body.report(kinds::temperature_range(written.span));
            None
        }
        _ => {
            body.report_open(written, &found, "temperature");
            None
        }
    }
}

fn tokens(body: &mut Body<'_, '_>, written: &ast::Expr, word: &str) -> Option<i64> {
    let found = body.check(written, &Want::new(Type::tokens(), format!("`{word}`")));
    match value_of(&found) {
        Some(Value::Tokens(count)) if (1..=TOKENS_MAX).contains(&count) => Some(count),
        Some(Value::Tokens(_)) => {
            body.report(kinds::tokens_range(word, written.span));
            None
        }
        _ => {
            body.report_open(written, &found, word);
            None
        }
    }
}

/// The provider's usual variable, as a secret that nobody declared.
fn usual_key(ctx: &mut Context<'_>, provider: Provider, span: Span) -> Expr {
    let name = provider.usual_variable();
    let declared = ctx.items.secrets.len();
    let index = ctx.implied_secrets.iter().position(|secret| secret.name == name).unwrap_or_else(|| {
        let from = SecretFrom::Env(name.to_owned());
        ctx.implied_secrets.push(hir::Secret { name: name.to_owned(), from, span });
        ctx.implied_secrets.len() - 1
    });
    let var = Var::Secret(u32::try_from(declared + index).unwrap_or(u32::MAX));
    Expr { kind: Resolved::Var(var), span }
}
