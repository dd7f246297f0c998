//! `uses mcp`: tools of a server, a process or elsewhere.

use crate::base::span::Span;
use crate::sema::agent::process::{self, Around};
use crate::sema::agent::record::{self, Names};
use crate::sema::agent::table::find;
use crate::sema::agent::{Written, place, url};
use crate::sema::context::Context;
use crate::sema::errors::kinds as errors;
use crate::sema::expr::{Secrets, Typed, Want};
use crate::sema::hir::ActionKind;
use crate::sema::signature::Signature;
use crate::syntax::ast::{self, Setting, SettingValue};
use crate::value::Value;
use crate::value::settings::{Mcp, Output, Remote, Server, Stdio};
use crate::value::types::Type;

/// What the settings of an agent say.
#[derive(Debug)]
pub(super) struct Shared {
    server: Server,
    output: Option<(Output, Span)>,
}

impl Shared {
    /// Reads them.
    pub fn new(ctx: &mut Context<'_>, module: usize, agent: &ast::Agent) -> Self {
        let settings = &agent.settings;
        let (command, address) = (find(settings, "command"), find(settings, "url"));
        match (command, address) {
            (None, None) => ctx.report(errors::server_missing(&agent.name.text, agent.kind.span)),
            (Some(command), Some(url)) => ctx.report(errors::two_servers(url.span, command.span)),
            (Some(_), None) => of_other_server(ctx, settings, "headers", "command"),
            (None, Some(_)) => {
                for word in ["cwd", "env", "pass"] {
                    of_other_server(ctx, settings, word, "url");
                }
            }
        }
        let mut body = place(ctx, module, None);
        let around = Around::read(&mut body, settings);
        let output = around.output.filter(|(output, at)| {
            let legal = *output != Output::Status;
            if !legal {
                body.report(errors::status_of_process(*at));
            }
            legal
        });
        let headers = record::merged(&mut body, settings, "headers", Names::Headers, &[]);
        let url = address.and_then(|setting| url::base(&mut body, setting));
        let server = match command {
            Some(setting) => Server::Stdio(Stdio {
                command: process::command(&mut body, setting, false),
                cwd: around.cwd,
                env: around.env,
                pass: around.pass,
            }),
            None => Server::Http(Remote { url: url.unwrap_or_else(|| Typed::unknown(agent.kind.span).expr), headers }),
        };
        Self { server, output }
    }

    /// An action of an agent.
    pub fn action(&self, ctx: &mut Context<'_>, written: &Written<'_>, signature: &Signature) -> ActionKind {
        let tool = find(written.settings, "tool");
        if tool.is_none() && written.lacks("mcp", "tool") {
            ctx.report(errors::tool_missing(written.name, written.span));
        }
        let mut body = place(ctx, written.module, Some(signature));
        let tool = tool.and_then(|setting| {
            let SettingValue::Expr(name) = &setting.value else { return None };
            let want = Want::new(Type::string(), "`tool`");
            let found = body.with_secrets(Secrets::Forbidden("the name of a tool"), |body| body.check(name, &want));
            match crate::sema::constant::value_of(&found) {
                Some(Value::String(text)) if text.is_empty() => body.report(errors::empty_tool(name.span)),
                Some(Value::String(text)) => return Some(text.to_string()),
                _ => body.report_open(name, &found, "tool"),
            }
            None
        });
        let output = find(written.settings, "output").and_then(|_| {
            let around = Around::read(&mut body, written.settings);
            around.output.filter(|(output, at)| {
                let legal = *output != Output::Status;
                if !legal {
                    body.report(errors::status_of_process(*at));
                }
                legal
            })
        });
        process::no_file(ctx, "mcp", signature);
        let output = process::output_of(ctx, output.or_else(|| self.output.clone()), signature);
        ActionKind::Mcp(Mcp { server: self.server.clone(), tool: tool.unwrap_or_default(), output })
    }
}

fn of_other_server(ctx: &mut Context<'_>, settings: &[Setting], word: &str, server: &str) {
    if let Some(setting) = find(settings, word) {
        ctx.report(errors::of_other_server(word, server, setting.span));
    }
}
