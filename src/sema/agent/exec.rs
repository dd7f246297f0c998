//! `uses exec`: a process; `uses shell`: a script for `sh`.

use crate::base::span::Span;
use crate::sema::agent::process::{self, Around};
use crate::sema::agent::table::find;
use crate::sema::agent::{Written, place};
use crate::sema::context::Context;
use crate::sema::errors::{agents as errors, kinds};
use crate::sema::expr::{Body, Secrets, Want};
use crate::sema::hir::ActionKind;
use crate::sema::signature::Signature;
use crate::syntax::ast::{self, Setting, SettingValue};
use crate::value::Value;
use crate::value::expr::ExprKind;
use crate::value::settings::{Exec, Shell, Stdin, Word};
use crate::value::types::Type;

/// What the settings of an agent say.
#[derive(Debug, Default)]
pub(super) struct Shared {
    around: Around,
    command: Option<Vec<Word>>,
    script: Option<String>,
}

impl Shared {
    /// Reads them.
    pub fn new(ctx: &mut Context<'_>, module: usize, settings: &[Setting], shell: bool) -> Self {
        let mut body = place(ctx, module, None);
        let command = find(settings, "command");
        Self {
            command: command.filter(|_| !shell).map(|setting| process::command(&mut body, setting, true)),
            script: command.filter(|_| shell).map(|setting| script(&mut body, setting)),
            around: Around::read(&mut body, settings),
        }
    }

    /// An action of a process.
    pub fn exec(&self, ctx: &mut Context<'_>, written: &Written<'_>, signature: &Signature) -> ActionKind {
        let mut body = place(ctx, written.module, Some(signature));
        let own = find(written.settings, "command").map(|setting| process::command(&mut body, setting, true));
        let around = self.around(&mut body, written);
        let command = own.or_else(|| self.command.clone());
        if command.is_none() && written.lacks("exec", "command") {
            ctx.report(errors::setting_missing("command", written.name, written.span));
        }
        ActionKind::Exec(Exec {
            command: command.unwrap_or_default(),
            output: process::output_of(ctx, around.output, signature),
            stdin: around.stdin.unwrap_or(Stdin::Json),
            cwd: around.cwd,
            env: around.env,
            pass: around.pass,
        })
    }

    /// An action of a script.
    pub fn shell(&self, ctx: &mut Context<'_>, written: &Written<'_>, signature: &Signature) -> ActionKind {
        let mut body = place(ctx, written.module, Some(signature));
        let own = find(written.settings, "command").map(|setting| script(&mut body, setting));
        let around = self.around(&mut body, written);
        let script = own.or_else(|| self.script.clone());
        if script.is_none() && written.lacks("shell", "command") {
            ctx.report(kinds::script_missing(written.name, written.span));
        }
        process::no_file(ctx, "shell", signature);
        ActionKind::Shell(Shell {
            script: script.unwrap_or_default(),
            output: process::output_of(ctx, around.output, signature),
            stdin: around.stdin.unwrap_or(Stdin::Json),
            cwd: around.cwd,
            env: around.env,
            pass: around.pass,
        })
    }

    fn around(&self, body: &mut Body<'_, '_>, written: &Written<'_>) -> Around {
        let around = Around::read(body, written.settings).below(&self.around);
        if !around.takes_all() {
            written.report_unused(body);
        }
        around
    }
}

/// The numbers that alone stand between `${` and `}`.
fn numbers_in(written: &ast::Expr) -> Vec<(i64, Span)> {
    let ast::ExprKind::String(parts) = &written.kind else { return Vec::new() };
    let number = |part: &ast::StringPart| match part {
        ast::StringPart::Expr(ast::Expr { kind: ast::ExprKind::Int(number), span }) => Some((*number, *span)),
        _ => None,
    };
    parts.iter().filter_map(number).collect()
}

/// The text of a script: nothing of a call is ever a part of it.
fn script(body: &mut Body<'_, '_>, setting: &Setting) -> String {
    let SettingValue::Expr(written) = &setting.value else { return String::new() };
    if matches!(written.kind, ast::ExprKind::List(_)) {
        body.with_secrets(Secrets::Forbidden("a script"), |body| body.infer(written));
        body.report(kinds::script_in_words(written.span));
        return String::new();
    }
    let want = Want::new(Type::string(), "`command`");
    let before = body.ctx.bag.len();
    let found = body.with_secrets(Secrets::Forbidden("a script"), |body| body.check(written, &want));
    body.ctx.bag.after(before).iter_mut().for_each(kinds::told_of_a_script);
    for (number, at) in numbers_in(written) {
        body.report(kinds::number_in_script(number, at));
    }
    let mut params = Vec::new();
    found.walk(|part| {
        if let ExprKind::Var(crate::value::expr::Var::Param(index)) = part.kind {
            params.push((index as usize, part.span));
        }
    });
    if let Some(&(index, at)) = params.first() {
        let name = body.frame().bindings.get(index).map_or_else(String::new, |binding| binding.name.clone());
        body.report(kinds::text_in_script(&name, at));
    }
    match crate::sema::constant::value_of(&found) {
        Some(Value::String(text)) => text.to_string(),
        _ => String::new(),
    }
}
