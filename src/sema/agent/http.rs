//! `uses http`: a request.

use crate::base::span::Span;
use crate::sema::agent::process::usual_output;
use crate::sema::agent::record::{self, Names};
use crate::sema::agent::table::find;
use crate::sema::agent::{Written, place, url};
use crate::sema::context::Context;
use crate::sema::errors::{agents as errors, kinds};
use crate::sema::expr::{Body, Secrets, Typed, Want};
use crate::sema::hir::ActionKind;
use crate::sema::signature::Signature;
use crate::syntax::ast::{self, Setting, SettingValue};
use crate::value::expr::Expr;
use crate::value::policy::Effects;
use crate::value::settings::{Http, HttpBody, Output};
use crate::value::types::{Field, Kind, Type};

/// The methods that are known, those first that change nothing.
const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
/// How many of them change nothing.
const READING: usize = 3;

/// What the settings of an agent say.
#[derive(Debug, Default)]
pub(super) struct Shared {
    method: Option<String>,
    url: Option<Expr>,
    headers: Vec<(String, Expr)>,
    query: Vec<(String, Expr)>,
    output: Option<(Output, Span)>,
}

impl Shared {
    /// Reads them.
    pub fn new(ctx: &mut Context<'_>, module: usize, settings: &[Setting]) -> Self {
        let mut body = place(ctx, module, None);
        Self {
            method: find(settings, "method").map(|setting| method(&mut body, setting)),
            url: find(settings, "url").and_then(|setting| url::base(&mut body, setting)),
            headers: record::merged(&mut body, settings, "headers", Names::Headers, &[]),
            query: record::merged(&mut body, settings, "query", Names::Query, &[]),
            output: find(settings, "output").and_then(|setting| output(&mut body, setting)),
        }
    }

    /// An action of an agent.
    pub fn action(&self, ctx: &mut Context<'_>, written: &Written<'_>, signature: &Signature) -> ActionKind {
        let settings = written.settings;
        let mut body = place(ctx, written.module, Some(signature));
        let method = find(settings, "method").map(|setting| method(&mut body, setting));
        let url = find(settings, "url").and_then(|setting| url::base(&mut body, setting));
        let path = find(settings, "path").and_then(|setting| url::path(&mut body, setting));
        let headers = record::merged(&mut body, settings, "headers", Names::Headers, &self.headers);
        let query = record::merged(&mut body, settings, "query", Names::Query, &self.query);
        let sent = find(settings, "body").and_then(|setting| sent(&mut body, setting));
        let output = find(settings, "output").and_then(|setting| output(&mut body, setting));
        written.report_unused(&mut body);
        let method = method.or_else(|| self.method.clone()).unwrap_or_else(|| METHODS[0].to_owned());
        if let Some(setting) = find(settings, "body").filter(|_| matches!(method.as_str(), "GET" | "HEAD")) {
            body.report(kinds::body_of_reading(&method, setting.span));
        }
        let url = url.or_else(|| self.url.clone());
        if url.is_none() && written.lacks("http", "url") {
            body.report(errors::setting_missing("url", written.name, written.span));
        }
        let output = output_of(ctx, output.or_else(|| self.output.clone()), signature);
        let url = url.unwrap_or_else(|| Typed::unknown(written.span).expr);
        ActionKind::Http(Http { method, url, path, headers, query, body: sent, output })
    }
}

/// What a request does to the world unless it is said.
pub(super) fn usual_effects(settings: [&[Setting]; 2]) -> Effects {
    let written = settings.into_iter().find_map(|settings| find(settings, "method"));
    let reads = written.is_none_or(|setting| match &setting.value {
        SettingValue::Method(name) => METHODS[..READING].contains(&name.text.to_ascii_uppercase().as_str()),
        _ => true,
    });
    if reads { Effects::Reads } else { Effects::Writes }
}

fn method(body: &mut Body<'_, '_>, setting: &Setting) -> String {
    let SettingValue::Method(name) = &setting.value else { return METHODS[0].to_owned() };
    let upper = name.text.to_ascii_uppercase();
    if !METHODS.contains(&upper.as_str()) || upper != name.text {
        body.report(kinds::unknown_method(&name.text, name.span, &METHODS));
    }
    upper
}

fn sent(body: &mut Body<'_, '_>, setting: &Setting) -> Option<HttpBody> {
    let SettingValue::Expr(written) = &setting.value else { return None };
    let secrets = Secrets::Forbidden("the body of a request, which is kept");
    let found = body.with_secrets(secrets, |body| body.infer_present(written));
    Some(match found.ty.kind {
        Kind::String | Kind::Literal(_) => HttpBody::Text(found.expr),
        Kind::File => HttpBody::File(found.expr),
        _ => HttpBody::Json(found.expr),
    })
}

fn output(body: &mut Body<'_, '_>, setting: &Setting) -> Option<(Output, Span)> {
    let SettingValue::Output(written) = &setting.value else { return None };
    let found = match written {
        ast::Output::Json(at) => Output::Json(at.as_ref().map(|at| at.value.clone())),
        ast::Output::Text => Output::Text,
        ast::Output::Lines => Output::Lines,
        ast::Output::Response => Output::Response,
        ast::Output::Status => {
            body.report(kinds::status_of_process(setting.span));
            return None;
        }
    };
    Some((found, setting.span))
}

fn output_of(ctx: &mut Context<'_>, written: Option<(Output, Span)>, signature: &Signature) -> Output {
    match written {
        None if signature.result.without_null().kind == Kind::File => Output::File,
        None => usual_output(&signature.result),
        Some((Output::Response, at)) => {
            check_response(ctx, at, signature);
            Output::Response
        }
        other => super::process::output_of(ctx, other, signature),
    }
}

/// A response has a status, headers and a body; the result may leave some of them out.
fn check_response(ctx: &mut Context<'_>, at: Span, signature: &Signature) {
    let body = signature.result.field("body").unwrap_or_else(Type::json);
    let all = [
        ("status", Field::required(Type::int())),
        ("headers", Field::required(Type::map(Type::string()))),
        ("body", Field::required(body)),
    ];
    let fits = match &signature.result.kind {
        Kind::Unknown => true,
        Kind::Record(fields) => fields.iter().all(|(name, field)| {
            let given = all.iter().find(|(known, _)| **known == **name);
            given.is_some_and(|(_, given)| given.ty.fits(&field.read()))
        }),
        _ => false,
    };
    if !fits {
        let declared = signature.result_span.unwrap_or(signature.span);
        let result = signature.result.to_string();
        let given = "{ status: int, headers: map<string>, body: T }";
        ctx.report(errors::output_does_not_fit(given, at, &result, declared));
    }
}

/// Wants text for a setting that is an address or a part of one.
pub(super) fn address(body: &mut Body<'_, '_>, written: &ast::Expr, word: &str) -> Expr {
    let want = Want::new(Type::string(), format!("`{word}`"));
    body.with_secrets(Secrets::Forbidden("an address, which is logged"), |body| body.check(written, &want))
}
