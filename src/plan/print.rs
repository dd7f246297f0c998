//! The printed form of a plan: one line for each thing, stable, without hashes and places. Tests read it.

mod agent;

use std::fmt::{self, Display, Formatter, Write};

use super::text::{Names, patterns};
use super::{
    Approval, ArmBody, Body, Budget, Call, Handler, HandlerAction, Lock, Map, MemberAction, Need, Param, Plan, Pool,
    Race, RaceKind, Repeat, Stage, StageId, Target, Term, Workflow,
};
use crate::base::unit::{format_duration, format_money, format_tokens};
use crate::value::policy::{Backoff, Retry};
use crate::value::settings::Tool;

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "plan {}", self.name)?;
        for secret in &self.secrets {
            writeln!(f, "secret {} from {}", secret.name, agent::source(&secret.from))?;
        }
        for agent in &self.agents {
            agent::print(f, self, agent)?;
        }
        for pool in &self.pools {
            print_pool(f, self, pool)?;
        }
        for workflow in &self.workflows {
            Printer { plan: self, workflow, names: Names::of_workflow(workflow) }.print(f)?;
        }
        Ok(())
    }
}

fn print_pool(f: &mut Formatter<'_>, plan: &Plan, pool: &Pool) -> fmt::Result {
    writeln!(f, "pool {} | strategy {}", pool.name, pool.strategy.as_str())?;
    for action in &pool.actions {
        let effects = action.effects.as_str();
        write!(f, "  {}{} -> {} | effects {effects}", action.name, params(&action.params), action.result)?;
        let member = |(agent, member): (&super::AgentId, &MemberAction)| {
            let given = |arg: &Option<u32>| arg.map_or_else(|| "default".to_owned(), |arg| arg.to_string());
            let args: Vec<String> = member.args.iter().map(given).collect();
            let target = Target::Action { agent: *agent, action: member.action };
            format!("{}({})", plan.target_name(&target), args.join(", "))
        };
        list(f, "by", &pool.members.iter().zip(&action.members).map(member).collect::<Vec<_>>())?;
        writeln!(f)?;
    }
    Ok(())
}

fn params(params: &[Param]) -> String {
    let param = |param: &Param| {
        let default = param.default.as_ref().map(|default| format!(" = {}", Names::default().expr(default)));
        format!("{}: {}{}", param.name, param.ty, default.unwrap_or_default())
    };
    format!("({})", params.iter().map(param).collect::<Vec<_>>().join(", "))
}

/// Prints ` | word value` if there is a value.
fn option<T: Display>(f: &mut impl Write, word: &str, value: Option<T>) -> fmt::Result {
    value.map_or(Ok(()), |value| write!(f, " | {word} {value}"))
}

fn list(f: &mut impl Write, word: &str, items: &[String]) -> fmt::Result {
    if items.is_empty() { Ok(()) } else { write!(f, " | {word} {}", items.join(", ")) }
}

fn duration(f: &mut impl Write, word: &str, ms: Option<i64>) -> fmt::Result {
    option(f, word, ms.map(format_duration))
}

fn flag(f: &mut impl Write, word: &str, holds: bool) -> fmt::Result {
    if holds { write!(f, " | {word}") } else { Ok(()) }
}

fn limits(f: &mut impl Write, lock: Option<&Lock>, budget: Option<&Budget>) -> fmt::Result {
    option(f, "lock", lock.map(|lock| format!("{:?}", lock.name)))?;
    let Some(budget) = budget else { return Ok(()) };
    let money = budget.money.map(format_money);
    let tokens = budget.tokens.map(format_tokens);
    list(f, "budget", &tokens.into_iter().chain(money).collect::<Vec<_>>())
}

struct Printer<'a> {
    plan: &'a Plan,
    workflow: &'a Workflow,
    names: Names<'a>,
}

impl Printer<'_> {
    fn print(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Workflow { name, inline, params: inputs, result, .. } = self.workflow;
        write!(f, "{} {name}{} -> {result}", if *inline { "body" } else { "workflow" }, params(inputs))?;
        duration(f, "timeout", self.workflow.timeout)?;
        option(f, "parallel", self.workflow.parallel)?;
        flag(f, "on failure cancel", self.workflow.cancel_on_failure)?;
        limits(f, self.workflow.lock.as_ref(), self.workflow.budget.as_ref())?;
        writeln!(f)?;
        for (index, condition) in self.workflow.conditions.iter().enumerate() {
            write!(f, "  condition {index} = {}", self.names.expr(&condition.value))?;
            list(f, "needs", &self.stages(&condition.needs))?;
            writeln!(f)?;
        }
        for item in &self.workflow.lets {
            write!(f, "  let {}: {} = {}", item.name, item.ty, self.names.expr(&item.value))?;
            list(f, "when", &guard(&item.guard))?;
            list(f, "needs", &self.stages(&item.needs))?;
            writeln!(f)?;
        }
        for stage in &self.workflow.stages {
            self.print_stage(f, stage)?;
        }
        match &self.workflow.returns {
            Some(returns) => writeln!(f, "  return {}", self.names.expr(returns)),
            None => Ok(()),
        }
    }

    fn stages(&self, list: &[StageId]) -> Vec<String> {
        let name =
            |id: &StageId| self.workflow.stages.get(id.index()).map_or_else(|| id.0.to_string(), |s| s.name.clone());
        list.iter().map(name).collect()
    }

    fn print_stage(&self, f: &mut Formatter<'_>, stage: &Stage) -> fmt::Result {
        write!(f, "  stage {}: {} = {}", stage.name, stage.ty, self.body(&stage.body)?)?;
        list(f, "when", &guard(&stage.guard))?;
        list(f, "below", &self.stages(&stage.exits))?;
        list(f, "reads", &self.stages(&stage.reads))?;
        let order: Vec<StageId> =
            stage.needs.iter().filter(|need| stage.reads.binary_search(need).is_err()).copied().collect();
        list(f, "after", &self.stages(&order))?;
        duration(f, "deadline", stage.deadline)?;
        option(f, "priority", (stage.priority != 0).then_some(stage.priority))?;
        option(f, "label", stage.label.as_ref().map(|label| self.names.expr(label)))?;
        for handler in &stage.handlers {
            self.print_handler(f, handler)?;
        }
        if let Some(undo) = &stage.undo {
            write!(f, " | undo {}", self.call(undo)?)?;
        }
        limits(f, stage.lock.as_deref(), stage.budget.as_deref())?;
        flag(f, "observed", stage.observed)?;
        flag(f, "finally", stage.finally)?;
        writeln!(f, " | height {}", stage.height)
    }

    fn print_handler(&self, f: &mut Formatter<'_>, handler: &Handler) -> fmt::Result {
        f.write_str(" | on failure")?;
        if let Some(classes) = &handler.of {
            write!(f, " of {}", classes.join(", "))?;
        }
        match &handler.action {
            HandlerAction::Fail => f.write_str(" fail"),
            HandlerAction::Skip => f.write_str(" skip"),
            HandlerAction::Ask(wait) => write!(f, " ask {}", format_duration(*wait)),
            HandlerAction::Use(value) => write!(f, " use {}", self.names.expr(value)),
            HandlerAction::Call(call) => write!(f, " use {}", self.call(call)?),
        }
    }

    fn body(&self, body: &Body) -> Result<String, fmt::Error> {
        let mut text = String::new();
        match body {
            Body::Call(call) => text = self.call(call)?,
            Body::Fail(message) => write!(text, "fail {}", self.names.expr(message))?,
            Body::Match(matched) => {
                write!(text, "match {} {{", self.names.expr(&matched.subject))?;
                for arm in &matched.arms {
                    write!(text, " {} => {}", patterns(&arm.patterns), self.arm(&arm.body)?)?;
                }
                text.push_str(" }");
            }
            Body::Race(race) => self.print_race(&mut text, race)?,
            Body::Map(map) => {
                let Map { source, item, up_to, call, parallel, need } = &**map;
                write!(text, "for item: {item} in {}", self.names.expr(source))?;
                if let Some(up_to) = up_to {
                    write!(text, " up to {up_to}")?;
                }
                write!(text, " => {}", self.call(call)?)?;
                option(&mut text, "parallel", *parallel)?;
                match need {
                    Some(Need::Count(count)) => write!(text, " | need {count}")?,
                    Some(Need::Percent(percent)) => write!(text, " | need {percent}%")?,
                    None => {}
                }
            }
        }
        Ok(text)
    }

    fn print_race(&self, text: &mut String, race: &Race) -> fmt::Result {
        match race.kind {
            RaceKind::First | RaceKind::Tagged => text.push_str("first of {"),
            RaceKind::Any(count) => write!(text, "any {count} of {{")?,
        }
        for alternative in &race.alternatives {
            match &alternative.tag {
                Some(tag) => write!(text, " {tag}: {}", self.call(&alternative.call)?)?,
                None => write!(text, " {}", self.call(&alternative.call)?)?,
            }
        }
        text.push_str(" }");
        Ok(())
    }

    fn arm(&self, body: &ArmBody) -> Result<String, fmt::Error> {
        match body {
            ArmBody::Call(call) => self.call(call),
            ArmBody::Use(value) => Ok(format!("use {}", self.names.expr(value))),
            ArmBody::Skip => Ok("skip".into()),
        }
    }

    fn call(&self, call: &Call) -> Result<String, fmt::Error> {
        let args: Vec<String> = call.args.iter().map(|arg| self.names.expr(arg)).collect();
        let mut text = match &call.target {
            Target::Ask(ask) => {
                let show = ask.show.as_ref().map(|show| format!(", show: {}", self.names.expr(show)));
                let role = ask.role.as_ref().map(|role| format!(" to role \"{role}\""));
                let (show, role) = (show.unwrap_or_default(), role.unwrap_or_default());
                let answer = match &ask.approves {
                    Some(approval) => self.approval(approval),
                    None => format!("-> {}", call.result),
                };
                format!("ask({}{show}) {answer}{role}", self.names.expr(&ask.question))
            }
            Target::Wait(duration) => format!("wait({})", self.names.expr(duration)),
            Target::Event(event) => {
                format!("event({:?}, key: {}) -> {}", event.name, self.names.expr(&event.key), call.result)
            }
            target => format!("{}({})", self.plan.target_name(target), args.join(", ")),
        };
        if let Some(retry) = &call.retry {
            write!(text, " | {}", retried(retry))?;
        }
        duration(&mut text, "timeout", call.timeout)?;
        duration(&mut text, "deadline", call.deadline)?;
        if let Some(repeat) = &call.repeat {
            self.print_repeat(&mut text, repeat)?;
        }
        duration(&mut text, "cache", call.cache)?;
        Ok(text)
    }

    fn approval(&self, approval: &Approval) -> String {
        let quorum = if approval.quorum == 1 { String::new() } else { format!(" quorum {}", approval.quorum) };
        let requester = if approval.not_requester { " not requester" } else { "" };
        format!("approves {}{quorum}{requester}", self.names.expr(&approval.value))
    }

    fn print_repeat(&self, text: &mut String, repeat: &Repeat) -> fmt::Result {
        write!(text, " | repeat up to {}", repeat.up_to)?;
        if let Some(every) = repeat.every {
            write!(text, " every {}", format_duration(every))?;
        }
        write!(text, " until {}", self.names.expr(&repeat.until))?;
        let with = |(position, value): &(u32, _)| format!("{position}: {}", self.names.expr(value));
        if !repeat.with.is_empty() {
            write!(text, " with {}", repeat.with.iter().map(with).collect::<Vec<_>>().join(", "))?;
        }
        match &repeat.stop_when {
            Some(stop) => write!(text, " stop when {}", self.names.expr(stop)),
            None => Ok(()),
        }
    }
}

impl Plan {
    /// A tool: `agent.action`.
    pub fn tool_name(&self, tool: Tool) -> String {
        let agent = &self.agents[tool.agent as usize];
        format!("{}.{}", agent.name, agent.actions[tool.action as usize].name)
    }

    /// What is called: `agent.action`, the name of a workflow, `ask`.
    pub fn target_name(&self, target: &Target) -> String {
        match target {
            Target::Ask(_) => "ask".into(),
            Target::Wait(_) => "wait".into(),
            Target::Event(event) => format!("event {}", event.name),
            Target::Workflow(id) => self.workflows[id.index()].name.clone(),
            Target::Pool { pool, action } => {
                let pool = &self.pools[pool.index()];
                format!("{}.{}", pool.name, pool.actions[*action as usize].name)
            }
            Target::Action { agent, action } => {
                let agent = &self.agents[agent.index()];
                format!("{}.{}", agent.name, agent.actions[*action as usize].name)
            }
        }
    }
}

/// Conditions by number, `!` before those that must not hold.
fn guard(guard: &[Term]) -> Vec<String> {
    guard.iter().map(|term| format!("{}{}", if term.holds { "" } else { "!" }, term.condition)).collect()
}

fn retried(retry: &Retry) -> String {
    let backoff = match retry.backoff {
        Backoff::Fixed { delay } => format!("fixed {}", format_duration(delay)),
        Backoff::Linear { delay, max } => format!("linear {} to {}", format_duration(delay), format_duration(max)),
        Backoff::Exponential { delay, factor, max, jitter } => {
            let jitter = if jitter { " jitter" } else { "" };
            format!("exponential {} x{factor} to {}{jitter}", format_duration(delay), format_duration(max))
        }
    };
    let on = if retry.on.is_empty() { "nothing".to_owned() } else { retry.on.join(", ") };
    format!("retry {} {backoff} on {on}", retry.attempts)
}
