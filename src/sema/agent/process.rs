//! What kinds that start a process have in common: words, standard input and output, folder, variables.

use crate::base::span::Span;
use crate::sema::agent::record::{self, Names};
use crate::sema::agent::table::find;
use crate::sema::agent::unexpanded;
use crate::sema::context::Context;
use crate::sema::errors::{agents as errors, kinds};
use crate::sema::expr::{Body, Secrets, Typed, Want};
use crate::sema::signature::Signature;
use crate::syntax::ast::{self, ExprKind, Setting, SettingValue};
use crate::value::expr::{Expr, ExprKind as Resolved, Var};
use crate::value::settings::{Output, Stdin, Word};
use crate::value::types::{Kind, Type};

/// What the settings of an agent or action say; what they do not say is taken from around.
#[derive(Debug, Clone, Default)]
pub(super) struct Around {
    pub stdin: Option<Stdin>,
    pub output: Option<(Output, Span)>,
    pub cwd: Option<Expr>,
    pub env: Vec<(String, Expr)>,
    pub pass: Vec<String>,
}

impl Around {
    /// Reads them; those of another form are reported.
    pub fn read(body: &mut Body<'_, '_>, settings: &[Setting]) -> Self {
        Self {
            stdin: find(settings, "stdin").and_then(|setting| stdin(body, setting)),
            output: find(settings, "output").and_then(|setting| output(body, setting)),
            cwd: find(settings, "cwd").and_then(|setting| cwd(body, setting)),
            env: find(settings, "env").map_or_else(Vec::new, |setting| record::read(body, setting, Names::Variables)),
            pass: find(settings, "pass").map_or_else(Vec::new, |setting| pass(body, setting)),
        }
    }

    /// The same where what is missing is taken from the agent's.
    pub fn below(self, agent: &Self) -> Self {
        let mut env = agent.env.clone();
        env.retain(|(name, _)| !self.env.iter().any(|(own, _)| own == name));
        env.extend(self.env);
        let mut pass = agent.pass.clone();
        pass.extend(self.pass.into_iter().filter(|name| !agent.pass.contains(name)));
        Self {
            stdin: self.stdin.or_else(|| agent.stdin.clone()),
            output: self.output.or_else(|| agent.output.clone()),
            cwd: self.cwd.or_else(|| agent.cwd.clone()),
            env,
            pass,
        }
    }

    /// Whether the arguments arrive all together.
    pub fn takes_all(&self) -> bool {
        self.stdin.as_ref().is_none_or(|stdin| matches!(stdin, Stdin::Json))
    }
}

fn stdin(body: &mut Body<'_, '_>, setting: &Setting) -> Option<Stdin> {
    match &setting.value {
        SettingValue::StdinWord(word) => Some(if word.text == "none" { Stdin::None } else { Stdin::Json }),
        SettingValue::Expr(value) => {
            let want = Want::new(Type::string(), "`stdin`");
            Some(Stdin::Text(body.with_secrets(Secrets::Allowed, |body| body.check(value, &want))))
        }
        _ => None,
    }
}

fn cwd(body: &mut Body<'_, '_>, setting: &Setting) -> Option<Expr> {
    let SettingValue::Expr(value) = &setting.value else { return None };
    let want = Want::new(Type::string(), "`cwd`");
    Some(body.with_secrets(Secrets::Forbidden("a working folder"), |body| body.check(value, &want)))
}

fn pass(body: &mut Body<'_, '_>, setting: &Setting) -> Vec<String> {
    let SettingValue::Pass(names) = &setting.value else { return Vec::new() };
    let mut found = Vec::new();
    for name in names {
        match record::is_variable(&name.value) {
            true => found.push(name.value.clone()),
            false => body.report(errors::not_a_variable(&name.value, name.span)),
        }
    }
    found
}

fn output(body: &mut Body<'_, '_>, setting: &Setting) -> Option<(Output, Span)> {
    let SettingValue::Output(written) = &setting.value else { return None };
    let found = match written {
        ast::Output::Json(at) => Output::Json(at.as_ref().map(|at| at.value.clone())),
        ast::Output::Text => Output::Text,
        ast::Output::Lines => Output::Lines,
        ast::Output::Status => Output::Status,
        ast::Output::Response => {
            body.report(errors::output_of_http(setting.span));
            return None;
        }
    };
    Some((found, setting.span))
}

/// The words of a command: strings, and lists of strings that are spliced.
pub(super) fn command(body: &mut Body<'_, '_>, setting: &Setting, schema: bool) -> Vec<Word> {
    let SettingValue::Expr(written) = &setting.value else { return Vec::new() };
    body.with_secrets(Secrets::Forbidden("a command"), |body| {
        let before = std::mem::replace(&mut body.result_schema, schema);
        let words = words(body, written);
        body.result_schema = before;
        words
    })
}

fn words(body: &mut Body<'_, '_>, written: &ast::Expr) -> Vec<Word> {
    match &written.kind {
        ExprKind::String(_) => {
            body.infer(written);
            body.report(errors::command_in_one(written.span));
            Vec::new()
        }
        ExprKind::List(items) => {
            if items.is_empty() {
                body.report(errors::empty_command(written.span));
            }
            unexpanded::in_a_command(body, items);
            items.iter().map(|item| word(body, item)).collect()
        }
        _ => {
            let want = Want::new(Type::list(Type::string()), "`command`");
            vec![Word { value: body.check(written, &want), splice: true }]
        }
    }
}

fn word(body: &mut Body<'_, '_>, written: &ast::Expr) -> Word {
    let found = body.infer(written);
    let splice = matches!(found.ty.without_null().kind, Kind::List(_));
    let ty = if splice { Type::list(Type::string()) } else { Type::string() };
    let file = found.ty.without_null().kind == Kind::File;
    let before = body.ctx.bag.len();
    let value = body.coerce(found, written, &Want::new(ty, "a word of a command"));
    if file {
        body.ctx.bag.after(before).iter_mut().for_each(kinds::told_of_a_file);
    }
    Word { value, splice }
}

/// `result_schema`, where it stands for the path of the schema.
pub(in crate::sema) fn result_schema(span: Span) -> Typed {
    Typed { expr: Expr { kind: Resolved::Var(Var::ResultSchema), span }, ty: Type::string() }
}

/// How an answer becomes the result unless it is said.
pub(super) fn usual_output(result: &Type) -> Output {
    match result.without_null().kind {
        Kind::String => Output::Text,
        Kind::Never => Output::Nothing,
        _ => Output::Json(None),
    }
}

/// The output of an action; what does not fit its result is reported.
pub(super) fn output_of(ctx: &mut Context<'_>, written: Option<(Output, Span)>, signature: &Signature) -> Output {
    let Some((output, at)) = written else { return usual_output(&signature.result) };
    let result = &signature.result;
    let given = match output {
        Output::Text if result.without_null().fits(&Type::string()) => None,
        Output::Text => Some(Type::string()),
        Output::Lines => Some(Type::list(Type::string())),
        Output::Status => Some(Type::int()),
        _ => None,
    };
    if let Some(given) = given.filter(|given| !given.fits(result)) {
        let declared = signature.result_span.unwrap_or(signature.span);
        ctx.report(errors::output_does_not_fit(&given.to_string(), at, &result.to_string(), declared));
    }
    output
}

/// Reports a file in the result of a kind that cannot give one.
pub(super) fn no_file(ctx: &mut Context<'_>, kind: &str, signature: &Signature) {
    if signature.result.any_part(&mut |part| part.kind == Kind::File) {
        ctx.report(kinds::gives_no_file(kind, signature.result_span.unwrap_or(signature.span)));
    }
}
