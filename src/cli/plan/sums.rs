//! What the whole run comes to at most, and what that rests on.

use std::collections::{BTreeMap, BTreeSet};

use super::Outlook;
use super::amounts::Unit;
use crate::base::unit::{Price, format_money};
use crate::cli::words::at_most;
use crate::plan::bounds::{OfWorkflow, Size};
use crate::plan::graph::widest;
use crate::plan::{Action, Agent, Body, Plan, Settings, Stage, Target, Workflow};

type Lines = Vec<(&'static str, String)>;

/// Most names in a list before it is cut.
const NAMED_MAX: usize = 12;

/// The lines, each with its word.
pub(super) fn lines(outlook: &Outlook<'_>) -> Lines {
    let (workflow, of) = (outlook.workflow(), &outlook.bounds.workflows[0]);
    let mut lines = guards(outlook);
    if of.path.len() > 1 {
        let names: Vec<&str> = of.path.iter().map(|id| workflow.stages[id.index()].name.as_str()).collect();
        let time = outlook.sizes.formula(&of.path_time, Unit::Time);
        lines.push((
            "critical path",
            format!("{}{}", named(&names), time.map_or_else(String::new, |time| format!(": {time}"))),
        ));
    }
    lines.push(("time", time(outlook, workflow, of)));
    if !of.undo_time.is_nothing() {
        lines.push(("undo", format!("{} more, after a failure", outlook.sizes.bound(&of.undo_time, Unit::Time))));
    }
    lines.push(("attempts", attempts(outlook, of)));
    lines.extend(money(outlook, workflow, of));
    lines.extend(prices(outlook));
    lines.extend(sizes(outlook));
    lines.extend(locks(outlook));
    lines.extend(waits(outlook));
    lines.extend(free(outlook));
    lines.extend(uncertain(outlook));
    lines
}

/// Stages that run under conditions only, by what they hang on.
fn guards(outlook: &Outlook<'_>) -> Lines {
    let workflow = outlook.workflow();
    let mut order: Vec<String> = Vec::new();
    let mut below: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for stage in workflow.stages.iter().filter(|stage| !stage.guard.is_empty()) {
        let term = |term: &crate::plan::Term| {
            let word = if term.holds { "when" } else { "unless" };
            format!("{word} {}", outlook.plan.condition_text(workflow, term.condition))
        };
        let guard = stage.guard.iter().map(term).collect::<Vec<_>>().join(", ");
        if !below.contains_key(&guard) {
            order.push(guard.clone());
        }
        below.entry(guard).or_default().push(&stage.name);
    }
    let line = |(at, guard): (usize, &String)| {
        (if at == 0 { "only" } else { "" }, format!("{guard}: {}", named(&below[guard])))
    };
    order.iter().enumerate().map(line).collect()
}

fn time(outlook: &Outlook<'_>, workflow: &Workflow, of: &OfWorkflow) -> String {
    let bound = outlook.sizes.bound(&of.time, Unit::Time);
    match workflow.timeout {
        Some(limit) if of.body_time.clone().within(Some(limit)) != of.body_time => {
            let after = if of.late.is_nothing() { "" } else { " and what tidies up after it" };
            format!("{bound}, by `timeout {}`{after}", at_most(limit))
        }
        _ => bound,
    }
}

fn attempts(outlook: &Outlook<'_>, of: &OfWorkflow) -> String {
    let attempts = outlook.sizes.bound(&of.spent.attempts, Unit::Count);
    match of.spent.answers.is_nothing() {
        true => attempts,
        false => {
            let answers = outlook.sizes.bound(&of.spent.answers, Unit::Count);
            format!("{attempts}; answers of models, repairs included: {answers}")
        }
    }
}

fn money(outlook: &Outlook<'_>, workflow: &Workflow, of: &OfWorkflow) -> Lines {
    let mut lines = Lines::new();
    if !of.spent.tokens.is_nothing() {
        lines.push(("tokens", outlook.sizes.bound(&of.spent.tokens, Unit::Tokens)));
    }
    if !of.spent.money.is_nothing() {
        let unlimited = match workflow.budget {
            Some(_) => "",
            None if has_budgets(outlook.plan) => " (no `budget` is set for all of it)",
            None => " (no `budget` is set)",
        };
        lines.push(("money", format!("{}{unlimited}", outlook.sizes.bound(&of.spent.money, Unit::Money))));
    }
    lines
}

/// Whether some part has a budget of its own.
fn has_budgets(plan: &Plan) -> bool {
    let of = |workflow: &Workflow| workflow.budget.is_some() || workflow.stages.iter().any(|one| one.budget.is_some());
    plan.workflows.iter().any(of)
}

/// What the models cost, for somebody to compare with what their providers ask.
fn prices(outlook: &Outlook<'_>) -> Lines {
    let actions = outlook.plan.agents.iter().flat_map(|agent| &agent.actions);
    let models: BTreeMap<&str, Price> = actions
        .filter_map(|action| match &action.settings {
            Settings::Llm(llm) => Some((llm.model.as_str(), llm.price?)),
            _ => None,
        })
        .collect();
    let shown = |(model, price): (&&str, &Price)| {
        format!("{model} {} in, {} out", format_money(price.input), format_money(price.output))
    };
    let all: Vec<String> = models.iter().map(shown).collect();
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    match names.is_empty() {
        true => Lines::new(),
        false => vec![(
            "prices",
            format!(
                "{}, of 1,000,000 tokens: what `[prices]` in wf.toml says, else what ships with wfc",
                named(&names)
            ),
        )],
    }
}

/// The lists whose sizes stand in formulas, and when they are known.
fn sizes(outlook: &Outlook<'_>) -> Lines {
    let line = |(at, size): (usize, &Size)| {
        let workflow = &outlook.plan.workflows[size.workflow.index()];
        let after: Vec<&str> = size.after.iter().map(|id| workflow.stages[id.index()].name.as_str()).collect();
        let known = match &*after {
            [] if size.workflow.index() == 0 => "known from the inputs".to_owned(),
            [] => format!("known when `{}` is called", workflow.name),
            after => format!("known after {}", named(after)),
        };
        let name = outlook.sizes.name(u32::try_from(at).unwrap_or(u32::MAX));
        let place = outlook.sizes.place(size.span);
        (if at == 0 { "sizes" } else { "" }, format!("{name}: the length of its list ({place}), {known}"))
    };
    outlook.bounds.sizes.iter().enumerate().map(line).take(NAMED_MAX).collect()
}

/// What locks mean for the items of maps: one of the map is held for all of them at once, one of what is called for each makes
/// them wait for each other.
fn locks(outlook: &Outlook<'_>) -> Lines {
    let plan = outlook.plan;
    let told = |stage: &Stage| {
        let Body::Map(map) = &stage.body else { return Vec::new() };
        let name = &stage.name;
        let whole = stage.lock.as_ref().map(|lock| {
            format!("`{}` is held once for all items of {name}, which run side by side under it", lock.name)
        });
        let inner = match map.call.target {
            Target::Workflow(id) => plan.workflows[id.index()].lock.as_ref(),
            _ => None,
        };
        let each = inner.map(|lock| format!("`{}` is held by one item of {name} at a time", lock.name));
        whole.into_iter().chain(each).collect()
    };
    let all = plan.workflows.iter().flat_map(|workflow| &workflow.stages).flat_map(told);
    all.enumerate().map(|(at, line)| (if at == 0 { "locks" } else { "" }, line)).collect()
}

/// What a run may have to wait for, nobody knows how long.
fn waits(outlook: &Outlook<'_>) -> Lines {
    let plan = outlook.plan;
    let stage_locks =
        plan.workflows.iter().flat_map(|workflow| workflow.stages.iter().filter_map(|stage| stage.lock.as_deref()));
    let locks: BTreeSet<&str> = plan
        .workflows
        .iter()
        .filter_map(|workflow| workflow.lock.as_ref())
        .chain(stage_locks)
        .map(|lock| lock.name.as_str())
        .collect();
    let wide = plan.workflows.iter().any(is_wide);
    let mut waits: Vec<String> = locks.iter().map(|lock| format!("lock `{lock}`")).collect();
    for agent in &plan.agents {
        waits.extend(slots(agent, wide).map(|slots| format!("a free slot of {} ({slots})", agent.name)));
        waits.extend(
            agent.rate.map(|rate| format!("the rate of {} ({} in {})", agent.name, rate.count, at_most(rate.per))),
        );
    }
    let names: Vec<&str> = waits.iter().map(String::as_str).collect();
    if names.is_empty() { Lines::new() } else { vec![("not counted", format!("waiting for {}", named(&names)))] }
}

/// How many calls an agent has room for, where more may be ready.
fn slots(agent: &Agent, wide: bool) -> Option<String> {
    match agent.parallel {
        Some(parallel) => Some(format!("{parallel} at once")),
        None => (wide && agent.runs_processes()).then(|| "one for each core".into()),
    }
}

/// Whether more stages may be ready at once than a small machine has cores.
fn is_wide(workflow: &Workflow) -> bool {
    let many = |stage: &Stage| matches!(stage.body, Body::Map(_) | Body::Race(_));
    workflow.stages.iter().any(many) || widest(&workflow.fronts()) > 2
}

/// Agents, or some of their actions, of which nobody says what they cost, where money is spoken of at all.
fn free(outlook: &Outlook<'_>) -> Lines {
    let priced = |action: &Action| action.cost.is_some() || matches!(action.settings, Settings::Llm(_));
    let agents = &outlook.plan.agents;
    if !agents.iter().flat_map(|agent| &agent.actions).any(priced) {
        return Lines::new();
    }
    let free = |agent: &Agent| {
        let free: Vec<&Action> = agent.actions.iter().filter(|action| !priced(action)).collect();
        match free.len() == agent.actions.len() {
            true if free.is_empty() => Vec::new(),
            true => vec![agent.name.clone()],
            false => free.iter().map(|action| format!("{}.{}", agent.name, action.name)).collect(),
        }
    };
    let free: BTreeSet<String> = agents.iter().flat_map(free).collect();
    let names: Vec<&str> = free.iter().map(String::as_str).collect();
    if names.is_empty() {
        Lines::new()
    } else {
        vec![("cost 0usd", format!("{} (no `cost` is stated)", named(&names)))]
    }
}

/// Where a person has to say what became of an attempt that was cut off.
fn uncertain(outlook: &Outlook<'_>) -> Lines {
    let uncertain = |agent: &Agent, action: &Action| {
        (!action.effects.repeats_after_unknown() && action.probe.is_none())
            .then(|| format!("{}.{}", agent.name, action.name))
    };
    let all: Vec<String> = outlook
        .plan
        .agents
        .iter()
        .flat_map(|agent| agent.actions.iter().filter_map(|action| uncertain(agent, action)))
        .collect();
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    match names.is_empty() {
        true => Lines::new(),
        false => vec![(
            "uncertain",
            format!("{}: without a `probe` a person says what became of an attempt that was cut off", named(&names)),
        )],
    }
}

/// Names in a row, the last ones counted.
fn named(names: &[&str]) -> String {
    match names.get(NAMED_MAX..).filter(|rest| !rest.is_empty()) {
        Some(rest) => format!("{} and {} more", names[..NAMED_MAX].join(", "), rest.len()),
        None => names.join(", "),
    }
}
