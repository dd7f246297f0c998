//! `uses exec`: a process.

use crate::sema::agent::{action, common, place, report_other, report_unused, signatures};
use crate::sema::context::Context;
use crate::sema::errors::{agents as errors, not_yet};
use crate::sema::expr::{Body, Secrets, Want};
use crate::sema::hir;
use crate::sema::signature::Signature;
use crate::syntax::ast::{self, ExprKind, RecordEntry, Setting, SettingValue};
use crate::value::expr::Expr;
use crate::value::settings::{Exec, Output, Stdin, Word};
use crate::value::types::{Kind, Type};

const SETTINGS: [&str; 11] =
    ["command", "stdin", "output", "cwd", "env", "pass", "timeout", "retry", "effects", "raises", "parallel"];

/// What the settings of an agent or action say; what they do not say is taken from around.
#[derive(Debug, Clone, Default)]
struct Settings {
    command: Option<Vec<Word>>,
    stdin: Option<Stdin>,
    output: Option<(Output, crate::base::span::Span)>,
    cwd: Option<Expr>,
    env: Vec<(String, Expr)>,
    pass: Vec<String>,
}

/// Checks an agent of this kind.
pub(super) fn check(ctx: &mut Context<'_>, module: usize, index: usize, agent: &ast::Agent) -> Vec<hir::Action> {
    let shared = settings(ctx, module, None, &agent.settings, true);
    let mut actions = Vec::new();
    for (written, signature) in signatures(ctx, index) {
        let exec = of_action(ctx, module, written, &signature, &shared);
        actions.push(action(written, &signature, hir::ActionKind::Exec(exec)));
    }
    actions
}

fn of_action(
    ctx: &mut Context<'_>,
    module: usize,
    written: &ast::Action,
    signature: &Signature,
    shared: &Settings,
) -> Exec {
    let own = settings(ctx, module, Some((signature, shared)), &written.settings, false);
    let command = own.command.or_else(|| shared.command.clone());
    if command.is_none() {
        ctx.report(errors::setting_missing("command", &written.name.text, written.name.span));
    }
    let output = own.output.or_else(|| shared.output.clone());
    if let Some((output, span)) = &output {
        check_output(ctx, output, *span, signature);
    }
    let mut env = shared.env.clone();
    env.retain(|(name, _)| !own.env.iter().any(|(own, _)| own == name));
    env.extend(own.env);
    let mut pass = shared.pass.clone();
    pass.extend(own.pass.into_iter().filter(|name| !shared.pass.contains(name)));
    Exec {
        command: command.unwrap_or_default(),
        stdin: own.stdin.or_else(|| shared.stdin.clone()).unwrap_or(Stdin::Json),
        output: output.map_or_else(|| usual_output(&signature.result), |(output, _)| output),
        cwd: own.cwd.or_else(|| shared.cwd.clone()),
        env,
        pass,
    }
}

fn usual_output(result: &Type) -> Output {
    match result.without_null().kind {
        Kind::String => Output::Text,
        Kind::Never => Output::Nothing,
        _ => Output::Json(None),
    }
}

fn settings(
    ctx: &mut Context<'_>,
    module: usize,
    of: Option<(&Signature, &Settings)>,
    written: &[Setting],
    of_agent: bool,
) -> Settings {
    let mut found = Settings::default();
    for setting in written {
        if !common(setting, of_agent) && !is_known(setting) {
            report_other(ctx, module, "exec", setting, &SETTINGS);
        }
    }
    let mut body = place(ctx, module, of.map(|(signature, _)| signature));
    for setting in written {
        found.add(&mut body, setting);
    }
    let stdin = found.stdin.as_ref().or_else(|| of.and_then(|(_, shared)| shared.stdin.as_ref()));
    if stdin.is_some_and(|stdin| !matches!(stdin, Stdin::Json)) {
        report_unused(&mut body);
    }
    found
}

fn is_known(setting: &Setting) -> bool {
    match &setting.value {
        SettingValue::Output(_) | SettingValue::StdinWord(_) | SettingValue::Pass(_) => true,
        SettingValue::Expr(_) => matches!(setting.name.text.as_str(), "command" | "stdin" | "cwd" | "env"),
        _ => false,
    }
}

impl Settings {
    fn add(&mut self, body: &mut Body<'_, '_>, setting: &Setting) {
        match (&setting.value, setting.name.text.as_str()) {
            (SettingValue::Expr(value), "command") => self.command = Some(command(body, value)),
            (SettingValue::Expr(value), "stdin") => {
                let want = Want::new(Type::string(), "`stdin`");
                let text = body.with_secrets(Secrets::Allowed, |body| body.check(value, &want));
                self.stdin = Some(Stdin::Text(text));
            }
            (SettingValue::StdinWord(word), _) => {
                self.stdin = Some(if word.text == "none" { Stdin::None } else { Stdin::Json });
            }
            (SettingValue::Expr(value), "cwd") => {
                let want = Want::new(Type::string(), "`cwd`");
                let secrets = Secrets::Forbidden("a working folder");
                self.cwd = Some(body.with_secrets(secrets, |body| body.check(value, &want)));
            }
            (SettingValue::Expr(value), "env") => self.env = env(body, value),
            (SettingValue::Output(output), _) => self.add_output(body, output, setting),
            (SettingValue::Pass(names), _) => {
                for name in names {
                    match is_variable(&name.value) {
                        true => self.pass.push(name.value.clone()),
                        false => body.report(errors::not_a_variable(&name.value, name.span)),
                    }
                }
            }
            _ => {}
        }
    }

    fn add_output(&mut self, body: &mut Body<'_, '_>, output: &ast::Output, setting: &Setting) {
        let found = match output {
            ast::Output::Json(at) => Output::Json(at.as_ref().map(|at| at.value.clone())),
            ast::Output::Text => Output::Text,
            ast::Output::Lines => Output::Lines,
            ast::Output::Status => Output::Status,
            ast::Output::Response => return body.report(errors::output_of_http(setting.span)),
        };
        self.output = Some((found, setting.span));
    }
}

/// The words of a command: strings, and lists of strings that are spliced.
fn command(body: &mut Body<'_, '_>, written: &ast::Expr) -> Vec<Word> {
    if let ExprKind::String(_) = &written.kind {
        body.with_secrets(Secrets::Forbidden("a command"), |body| body.infer(written));
        body.report(errors::command_in_one(written.span));
        return Vec::new();
    }
    let ExprKind::List(items) = &written.kind else {
        let want = Want::new(Type::list(Type::string()), "`command`");
        let value = body.with_secrets(Secrets::Forbidden("a command"), |body| body.check(written, &want));
        return vec![Word { value, splice: true }];
    };
    if items.is_empty() {
        body.report(errors::empty_command(written.span));
    }
    items.iter().map(|item| body.with_secrets(Secrets::Forbidden("a command"), |body| word(body, item))).collect()
}

fn word(body: &mut Body<'_, '_>, written: &ast::Expr) -> Word {
    if matches!(&written.kind, ExprKind::Name(name) if name == "result_schema" && body.find(name).is_none()) {
        let value = body.wrong(not_yet("result_schema", written.span), written.span).expr;
        return Word { value, splice: false };
    }
    let found = body.infer(written);
    let splice = matches!(found.ty.without_null().kind, Kind::List(_));
    let ty = if splice { Type::list(Type::string()) } else { Type::string() };
    let value = body.coerce(found, written, &Want::new(ty, "a word of a command"));
    Word { value, splice }
}

fn env(body: &mut Body<'_, '_>, written: &ast::Expr) -> Vec<(String, Expr)> {
    let ExprKind::Record(entries) = &written.kind else {
        body.report(errors::env_form(written.span));
        return Vec::new();
    };
    let mut found: Vec<(String, Expr)> = Vec::new();
    for entry in entries {
        let (name, value) = match entry {
            RecordEntry::Field(name, value) => (name, value.clone()),
            RecordEntry::Short(name) => (name, ast::Expr { kind: ExprKind::Name(name.text.clone()), span: name.span }),
            RecordEntry::Spread(value) => {
                body.report(errors::env_form(value.span));
                continue;
            }
        };
        if !is_variable(&name.text) {
            body.report(errors::not_a_variable(&name.text, name.span));
        }
        let want = Want::new(Type::string().optional(), format!("the variable `{}`", name.text));
        let value = body.with_secrets(Secrets::Allowed, |body| body.check(&value, &want));
        found.retain(|(other, _)| *other != name.text);
        found.push((name.text.clone(), value));
    }
    found
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

fn check_output(ctx: &mut Context<'_>, output: &Output, at: crate::base::span::Span, signature: &Signature) {
    let result = &signature.result;
    let given = match output {
        Output::Text if result.without_null().fits(&Type::string()) => return,
        Output::Text => Type::string(),
        Output::Lines => Type::list(Type::string()),
        Output::Status => Type::int(),
        _ => return,
    };
    if !given.fits(result) {
        let declared = signature.result_span.unwrap_or(signature.span);
        ctx.report(errors::output_does_not_fit(&given.to_string(), at, &result.to_string(), declared));
    }
}
