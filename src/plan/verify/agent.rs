//! Checks of agents: limits, settings that fit their kind, tools and probes that lead somewhere.

use super::expr::{self, Sees};
use super::{Checked, ensure, invalid, verify_duration, verify_params, verify_retry, verify_span};
use crate::plan::{Action, Agent, Plan, Settings, definition};
use crate::value::policy::Effects;
use crate::value::settings::{Exec, Http, Llm, Mcp, Output, Rate, Server, Stdio, Tool};

pub(super) fn verify(plan: &Plan, agent: &Agent) -> Checked {
    verify_span(plan, agent.span)?;
    ensure(agent.parallel != Some(0), || "`parallel` is 0".into())?;
    if let Some(Rate { count, per }) = agent.rate {
        ensure(count > 0 && per > 0, || "its rate is 0".into())?;
        verify_duration("time of its rate", Some(per))?;
    }
    for action in &agent.actions {
        verify_action(plan, agent, action).map_err(|e| e.within(format!("action `{}`", action.name)))?;
    }
    Ok(())
}

fn verify_action(plan: &Plan, agent: &Agent, action: &Action) -> Checked {
    verify_span(plan, action.span)?;
    verify_settings(plan, agent, action)?;
    verify_params(plan, &action.params)?;
    verify_probe(agent, action)?;
    verify_duration("timeout", action.timeout)?;
    verify_duration("cache", action.cache)?;
    ensure(action.cache.is_none() || action.effects <= Effects::Reads, || "an answer that writes is kept".into())?;
    ensure(action.cost.is_none_or(|cost| cost >= 0), || "its cost is below zero".into())?;
    action.retry.as_ref().map_or(Ok(()), verify_retry)
}

fn verify_settings(plan: &Plan, agent: &Agent, action: &Action) -> Checked {
    let settings = &action.settings;
    let kind = settings.kind();
    ensure(agent.kind == kind, || format!("settings of kind `{kind}` on an agent of kind `{}`", agent.kind))?;
    match settings {
        Settings::Exec(exec) => verify_exec(exec)?,
        Settings::Shell(shell) => verify_output(&shell.output, of_process)?,
        Settings::Http(http) => verify_http(http)?,
        Settings::Llm(llm) => verify_llm(plan, llm)?,
        Settings::Mcp(mcp) => verify_mcp(mcp)?,
        Settings::Mock(_) => {}
        Settings::Registered(kind) => ensure(is_new(kind), || format!("the kind `{kind}` is a shipped one"))?,
    }
    let result_schema = matches!(settings, Settings::Exec(_));
    let sees = Sees { params: action.params.len(), secrets: plan.secrets.len(), result_schema, ..Sees::default() };
    let mut checked = Ok(());
    settings.exprs(&mut |expr| {
        if checked.is_ok() {
            checked = expr::verify(plan, expr, sees);
        }
    });
    checked
}

/// What is registered may not pass for a shipped kind.
fn is_new(kind: &str) -> bool {
    !kind.is_empty() && !["exec", "shell", "http", "llm", "mcp", "mock"].contains(&kind)
}

fn verify_exec(exec: &Exec) -> Checked {
    ensure(!exec.command.is_empty(), || "its command has no word".into())?;
    verify_output(&exec.output, of_process)
}

fn verify_http(http: &Http) -> Checked {
    let is_method = !http.method.is_empty() && http.method.bytes().all(|byte| byte.is_ascii_uppercase());
    ensure(is_method, || format!("`{}` is no method", http.method.escape_debug()))?;
    verify_output(&http.output, |output| *output != Output::Status)
}

fn verify_llm(plan: &Plan, llm: &Llm) -> Checked {
    ensure(llm.max_input > 0 && llm.max_output > 0, || "its model may read or write nothing".into())?;
    ensure(llm.max_turns > 0, || "it has 0 turns".into())?;
    ensure(llm.temperature.is_none_or(|it| (0.0..=2.0).contains(&it)), || "its temperature is out of range".into())?;
    ensure(llm.price.is_none_or(|price| price.input >= 0 && price.output >= 0), || "its price is below zero".into())?;
    let known = |tool: &Tool| {
        let agent = plan.agents.get(tool.agent as usize);
        agent.is_some_and(|agent| (tool.action as usize) < agent.actions.len())
    };
    ensure(llm.tools.iter().all(known), || "it has a tool that is not there".into())
}

fn verify_mcp(mcp: &Mcp) -> Checked {
    if let Server::Stdio(Stdio { command, .. }) = &mcp.server {
        ensure(!command.is_empty(), || "its command has no word".into())?;
    }
    ensure(!mcp.tool.is_empty(), || "it names no tool".into())?;
    verify_output(&mcp.output, |output| of_process(output) && *output != Output::Status)
}

fn of_process(output: &Output) -> bool {
    !matches!(output, Output::Response | Output::File)
}

fn verify_output(output: &Output, allowed: impl Fn(&Output) -> bool) -> Checked {
    ensure(allowed(output), || format!("its kind gives no output of the form {output:?}"))
}

fn verify_probe(agent: &Agent, action: &Action) -> Checked {
    let Some(probe) = action.probe else { return Ok(()) };
    let probe = agent.actions.get(probe as usize).ok_or_else(|| invalid("its probe is not there"))?;
    ensure(probe.effects <= Effects::Reads, || "its probe writes".into())?;
    ensure(probe.params.len() == action.params.len() + 1, || "its probe takes other arguments".into())
}

/// No action is a tool of itself, perhaps through others.
pub(super) fn verify_tools(plan: &Plan) -> Checked {
    let mut defined: Vec<Vec<bool>> = plan.agents.iter().map(|agent| vec![false; agent.actions.len()]).collect();
    for action in definition::tools_first(plan) {
        for tool in plan.tools(action) {
            let before = defined[tool.agent as usize][tool.action as usize];
            ensure(before, || format!("`{}` is a tool of itself, perhaps through others", plan.tool_name(*tool)))?;
        }
        defined[action.agent as usize][action.action as usize] = true;
    }
    Ok(())
}
