//! What one attempt of an action comes to at most.

use super::{Amount, Cause, Spent};
use crate::plan::definition::tools_first;
use crate::plan::{Action, Mock, Plan, Settings};
use crate::value::Value;
use crate::value::expr::ExprKind;
use crate::value::policy::Retry;
use crate::value::settings::{Llm, Tool};

/// One attempt.
#[derive(Debug, Clone, Default)]
pub(super) struct Attempt {
    /// Milliseconds, where nothing limits it.
    pub time: Amount,
    /// What it spends, its probe included.
    pub spent: Spent,
    /// Of its probe, milliseconds.
    pub probe_time: Amount,
}

/// For each agent and action one attempt.
pub(super) fn attempts(plan: &Plan) -> Vec<Vec<Attempt>> {
    let mut found: Vec<Vec<Attempt>> =
        plan.agents.iter().map(|agent| vec![Attempt::default(); agent.actions.len()]).collect();
    for place in tools_first(plan) {
        found[place.agent as usize][place.action as usize] = attempt(plan, &found, place);
    }
    // A probe is an action of the same agent that has none itself.
    for (agent, of) in plan.agents.iter().enumerate() {
        for (index, action) in of.actions.iter().enumerate() {
            if let Some(probe) = action.probe {
                let (spent, time) = called(&of.actions[probe as usize], &found[agent][probe as usize]);
                let probed = &mut found[agent][index];
                probed.spent = std::mem::take(&mut probed.spent).and(&spent, action.span);
                probed.probe_time = time;
            }
        }
    }
    found
}

fn attempt(plan: &Plan, found: &[Vec<Attempt>], place: Tool) -> Attempt {
    let action = &plan.agents[place.agent as usize].actions[place.action as usize];
    let own = Spent { attempts: Amount::from(1), money: Amount::from(action.cost.unwrap_or(0)), ..Spent::default() };
    match &action.settings {
        Settings::Llm(llm) => {
            Attempt { time: endless(action), spent: answered(plan, found, action, llm), ..Attempt::default() }
        }
        Settings::Mock(mock) => Attempt { time: mocked(action, mock), spent: own, ..Attempt::default() },
        _ => Attempt { time: endless(action), spent: own, ..Attempt::default() },
    }
}

fn endless(action: &Action) -> Amount {
    Amount::Endless(Cause { span: action.span, why: "it has no `timeout`" })
}

/// A mock has no limit of time, but says how long it takes.
fn mocked(action: &Action, mock: &Mock) -> Amount {
    match mock.takes.as_ref().map(|takes| &takes.kind) {
        None => Amount::NOTHING,
        Some(ExprKind::Literal(Value::Duration(ms))) => Amount::from(*ms),
        Some(_) => Amount::Endless(Cause { span: action.span, why: "how long it takes depends on its arguments" }),
    }
}

/// Every turn and one repair, and in each turn but the repair a call of the dearest tool.
fn answered(plan: &Plan, found: &[Vec<Attempt>], action: &Action, llm: &Llm) -> Spent {
    let turns = if llm.tools.is_empty() { 1 } else { i64::from(llm.max_turns) };
    let answers = turns + 1;
    let money = match llm.price {
        Some(price) => Amount::from(price.of(llm.max_input, llm.max_output, answers)),
        None => Amount::Endless(Cause { span: action.span, why: "the price of its model is not known" }),
    };
    let tokens = llm.max_input.saturating_add(llm.max_output).saturating_mul(answers);
    let own = Spent { attempts: Amount::from(1), answers: Amount::from(answers), tokens: Amount::from(tokens), money };
    let tools = llm.tools.iter().map(|tool| {
        let of = &plan.agents[tool.agent as usize].actions[tool.action as usize];
        called(of, &found[tool.agent as usize][tool.action as usize]).0
    });
    let dearest = tools.fold(Spent::default(), |dearest, tool| dearest.or(&tool, action.span));
    own.and(&dearest.times(turns), action.span)
}

/// A call that no stage makes, of a tool or a probe: by the action's own policy.
fn called(action: &Action, attempt: &Attempt) -> (Spent, Amount) {
    let once = attempt.time.clone().within(action.timeout);
    (attempt.spent.clone().times(attempts_of(action.retry.as_ref())), repeated(once, action.retry.as_ref(), action))
}

fn repeated(once: Amount, retry: Option<&Retry>, action: &Action) -> Amount {
    once.times(attempts_of(retry)).and(&Amount::from(pauses(retry)), action.span)
}

/// Attempts in all.
pub(super) fn attempts_of(retry: Option<&Retry>) -> i64 {
    retry.map_or(1, |retry| i64::from(retry.attempts))
}

/// The pauses between the attempts of a call at their longest, milliseconds.
pub(super) fn pauses(retry: Option<&Retry>) -> i64 {
    /// So many are added up one by one; those after them are as long as the last.
    const SINGLE: u32 = 100;
    let Some(retry) = retry else { return 0 };
    let count = retry.attempts.saturating_sub(1);
    let pause = |failures: u32| retry.backoff.delay_ms(failures, u32::MAX);
    let single = (1..=count.min(SINGLE)).map(pause).fold(0, i64::saturating_add);
    single.saturating_add(pause(count).saturating_mul(i64::from(count.saturating_sub(SINGLE))))
}
