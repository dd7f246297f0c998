//! Agents and their actions: kind, limits, settings.

use std::fmt::{self, Formatter};

use super::{duration, flag, list, option, params, retried};
use crate::base::unit::{Price, format_duration, format_money};
use crate::plan::text::{Names, literal};
use crate::plan::{Action, Agent, Mock, Plan, Settings};
use crate::value::Value;
use crate::value::expr::Expr;
use crate::value::settings::{
    Exec, Http, HttpBody, Llm, Mcp, Output, Remote, SecretFrom, Server, Shell, Stdin, Stdio, Word,
};

pub(super) fn print(f: &mut Formatter<'_>, plan: &Plan, agent: &Agent) -> fmt::Result {
    write!(f, "agent {} uses {}", agent.name, agent.kind)?;
    option(f, "parallel", agent.parallel)?;
    option(f, "rate", agent.rate.map(|rate| format!("{} per {}", rate.count, format_duration(rate.per))))?;
    list(f, "capabilities", &agent.capabilities.iter().map(|text| quoted(text)).collect::<Vec<_>>())?;
    writeln!(f)?;
    for action in &agent.actions {
        Printer { plan, agent, names: Names::of_action(&action.params, &plan.secrets) }.action(f, action)?;
    }
    Ok(())
}

/// Where a secret comes from: `env TOKEN`.
pub(super) fn source(from: &SecretFrom) -> String {
    match from {
        SecretFrom::Env(name) => format!("env {name}"),
        SecretFrom::File(path) => format!("file {}", quoted(path)),
        SecretFrom::Command(words) => {
            format!("command [{}]", words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    literal(&Value::text(text))
}

struct Printer<'a> {
    plan: &'a Plan,
    agent: &'a Agent,
    names: Names<'a>,
}

impl Printer<'_> {
    fn action(&self, f: &mut Formatter<'_>, action: &Action) -> fmt::Result {
        let Action { name, result, effects, raises, .. } = action;
        write!(f, "  {name}{} -> {result} | effects {}", params(&action.params), effects.as_str())?;
        list(f, "raises", raises)?;
        flag(f, "endorses", action.endorses)?;
        let probe = action.probe.and_then(|probe| self.agent.actions.get(probe as usize));
        option(f, "probe", probe.map(|probe| &probe.name))?;
        duration(f, "cache", action.cache)?;
        option(f, "cost", action.cost.map(format_money))?;
        if let Some(retry) = &action.retry {
            write!(f, " | {}", retried(retry))?;
        }
        match &action.settings {
            Settings::Exec(exec) => self.exec(f, exec)?,
            Settings::Shell(shell) => self.shell(f, shell)?,
            Settings::Http(http) => self.http(f, http)?,
            Settings::Llm(llm) => self.llm(f, llm)?,
            Settings::Mcp(mcp) => self.mcp(f, mcp)?,
            Settings::Mock(mock) => self.mock(f, mock)?,
            Settings::Registered(_) => {}
        }
        writeln!(f)
    }

    fn exec(&self, f: &mut Formatter<'_>, exec: &Exec) -> fmt::Result {
        write!(f, " | command [{}]", self.words(&exec.command))?;
        self.stdin(f, &exec.stdin)?;
        output(f, &exec.output)?;
        self.around(f, exec.cwd.as_ref(), &exec.env, &exec.pass)
    }

    fn shell(&self, f: &mut Formatter<'_>, shell: &Shell) -> fmt::Result {
        write!(f, " | command {}", quoted(&shell.script))?;
        self.stdin(f, &shell.stdin)?;
        output(f, &shell.output)?;
        self.around(f, shell.cwd.as_ref(), &shell.env, &shell.pass)
    }

    fn http(&self, f: &mut Formatter<'_>, http: &Http) -> fmt::Result {
        write!(f, " | {} {}", http.method, self.names.expr(&http.url))?;
        option(f, "path", http.path.as_ref().map(|path| self.names.expr(path)))?;
        list(f, "headers", &self.named(&http.headers))?;
        list(f, "query", &self.named(&http.query))?;
        match &http.body {
            Some(HttpBody::Json(body)) => write!(f, " | body {}", self.names.expr(body))?,
            Some(HttpBody::Text(body)) => write!(f, " | body text {}", self.names.expr(body))?,
            Some(HttpBody::File(body)) => write!(f, " | body file {}", self.names.expr(body))?,
            None => {}
        }
        output(f, &http.output)
    }

    fn llm(&self, f: &mut Formatter<'_>, llm: &Llm) -> fmt::Result {
        write!(f, " | {} {}", llm.provider.as_str(), llm.model)?;
        option(f, "url", llm.url.as_ref())?;
        option(f, "api_key", llm.api_key.as_ref().map(|key| self.names.expr(key)))?;
        option(f, "system", llm.system.as_ref().map(|text| self.names.expr(text)))?;
        write!(f, " | prompt {}", self.names.expr(&llm.prompt))?;
        option(f, "temperature", llm.temperature)?;
        write!(f, " | max_input {} | max_output {}", llm.max_input, llm.max_output)?;
        if let Some(Price { input, output }) = llm.price {
            write!(f, " | price {} {}", format_money(input), format_money(output))?;
        }
        if !llm.tools.is_empty() {
            let tools: Vec<String> = llm.tools.iter().map(|tool| self.plan.tool_name(*tool)).collect();
            write!(f, " | tools [{}] | max turns {}", tools.join(", "), llm.max_turns)?;
        }
        Ok(())
    }

    fn mcp(&self, f: &mut Formatter<'_>, mcp: &Mcp) -> fmt::Result {
        match &mcp.server {
            Server::Stdio(Stdio { command, cwd, env, pass }) => {
                write!(f, " | command [{}]", self.words(command))?;
                self.around(f, cwd.as_ref(), env, pass)?;
            }
            Server::Http(Remote { url, headers }) => {
                write!(f, " | url {}", self.names.expr(url))?;
                list(f, "headers", &self.named(headers))?;
            }
        }
        write!(f, " | tool {}", quoted(&mcp.tool))?;
        output(f, &mcp.output)
    }

    fn mock(&self, f: &mut Formatter<'_>, mock: &Mock) -> fmt::Result {
        option(f, "takes", mock.takes.as_ref().map(|takes| self.names.expr(takes)))?;
        option(f, "returns", mock.returns.as_ref().map(|returns| self.names.expr(returns)))?;
        option(f, "fails", mock.fails.as_deref())?;
        match mock.fails_times {
            Some(times) => write!(f, " {times} times"),
            None => Ok(()),
        }
    }

    fn words(&self, words: &[Word]) -> String {
        let word = |word: &Word| format!("{}{}", if word.splice { ".." } else { "" }, self.names.expr(&word.value));
        words.iter().map(word).collect::<Vec<_>>().join(", ")
    }

    fn named(&self, list: &[(String, Expr)]) -> Vec<String> {
        list.iter().map(|(name, value)| format!("{name}: {}", self.names.expr(value))).collect()
    }

    fn stdin(&self, f: &mut Formatter<'_>, stdin: &Stdin) -> fmt::Result {
        match stdin {
            Stdin::Json => Ok(()),
            Stdin::None => f.write_str(" | stdin none"),
            Stdin::Text(text) => write!(f, " | stdin {}", self.names.expr(text)),
        }
    }

    fn around(
        &self,
        f: &mut Formatter<'_>,
        cwd: Option<&Expr>,
        env: &[(String, Expr)],
        pass: &[String],
    ) -> fmt::Result {
        option(f, "cwd", cwd.map(|cwd| self.names.expr(cwd)))?;
        list(f, "env", &self.named(env))?;
        list(f, "pass", pass)
    }
}

fn output(f: &mut Formatter<'_>, output: &Output) -> fmt::Result {
    match output {
        Output::Json(None) => f.write_str(" | output json"),
        Output::Json(Some(field)) => write!(f, " | output json at {}", quoted(field)),
        Output::Text => f.write_str(" | output text"),
        Output::Lines => f.write_str(" | output lines"),
        Output::Status => f.write_str(" | output status"),
        Output::Response => f.write_str(" | output response"),
        Output::File => f.write_str(" | output file"),
        Output::Nothing => f.write_str(" | output nothing"),
    }
}
