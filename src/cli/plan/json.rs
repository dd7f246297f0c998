//! `wfc plan --json`: the same as one JSON object.

use serde_json::{Value, json};

use super::Outlook;
use super::needs::Need;
use crate::plan::bounds::{Amount, OfStage, Spent};
use crate::plan::{Stage, StageId};

/// One object and a newline.
pub(super) fn text(outlook: &Outlook<'_>) -> String {
    format!("{}\n", object(outlook))
}

fn object(outlook: &Outlook<'_>) -> Value {
    let (workflow, of) = (outlook.workflow(), &outlook.bounds.workflows[0]);
    let name = |id: &StageId| workflow.stages[id.index()].name.as_str();
    let fronts = workflow.fronts();
    let stages = workflow.stages.iter().zip(&of.stages).zip(&fronts);
    let needs = &outlook.needs;
    json!({
        "workflow": workflow.name,
        "plan": outlook.plan.hash,
        "stages": stages.map(|((stage, of), front)| row(outlook, stage, of, *front)).collect::<Vec<_>>(),
        "critical_path": { "stages": of.path.iter().map(name).collect::<Vec<_>>(), "time_ms": amount(outlook, &of.path_time) },
        "timeout_ms": workflow.timeout,
        "time_ms": amount(outlook, &of.time),
        "undo_time_ms": amount(outlook, &of.undo_time),
        "spent": spent(outlook, &of.spent),
        "sizes": sizes(outlook),
        "agents": needs.agents.iter().map(need).collect::<Vec<_>>(),
        "commands": needs.commands.iter().map(need).collect::<Vec<_>>(),
        "hosts": needs.hosts.iter().map(need).collect::<Vec<_>>(),
        "files": needs.files.iter().map(need).collect::<Vec<_>>(),
        "secrets": needs.secrets.iter().map(need).collect::<Vec<_>>(),
        "people": needs.people.iter().map(need).collect::<Vec<_>>(),
        "missing": needs.missing(),
    })
}

fn row(outlook: &Outlook<'_>, stage: &Stage, of: &OfStage, front: usize) -> Value {
    json!({
        "name": stage.name,
        "front": front,
        "finally": stage.finally,
        "what": outlook.plan.stage_text(outlook.workflow(), stage),
        "effects": of.effects,
        "items": of.items.as_ref().map(|items| amount(outlook, items)),
        "time_ms": amount(outlook, &of.time),
        "undo_time_ms": amount(outlook, &of.undo_time),
        "spent": spent(outlook, &of.spent),
    })
}

fn spent(outlook: &Outlook<'_>, spent: &Spent) -> Value {
    json!({
        "attempts": amount(outlook, &spent.attempts),
        "answers": amount(outlook, &spent.answers),
        "tokens": amount(outlook, &spent.tokens),
        "money_usd_millionths": amount(outlook, &spent.money),
    })
}

/// A number; a list of products; or what makes it endless.
fn amount(outlook: &Outlook<'_>, of: &Amount) -> Value {
    if let Some(number) = of.number() {
        return json!(number);
    }
    match of {
        Amount::Endless(cause) => json!({ "endless": cause.why, "at": outlook.sizes.place(cause.span) }),
        Amount::Sum(terms) => {
            let term = |(sizes, by): (&Vec<u32>, &i64)| {
                let sizes: Vec<&str> = sizes.iter().map(|size| outlook.sizes.name(*size)).collect();
                json!({ "by": by, "sizes": sizes })
            };
            json!({ "sum": terms.iter().map(term).collect::<Vec<_>>() })
        }
    }
}

fn sizes(outlook: &Outlook<'_>) -> Vec<Value> {
    let size = |(at, size): (usize, &crate::plan::bounds::Size)| {
        let workflow = &outlook.plan.workflows[size.workflow.index()];
        let after: Vec<&str> = size.after.iter().map(|id| workflow.stages[id.index()].name.as_str()).collect();
        let name = outlook.sizes.name(u32::try_from(at).unwrap_or(u32::MAX));
        json!({ "name": name, "at": outlook.sizes.place(size.span), "known_after": after })
    };
    outlook.bounds.sizes.iter().enumerate().map(size).collect()
}

fn need(need: &Need) -> Value {
    let (found, why) = match &need.found {
        None => (None, None),
        Some(Ok(())) => (Some(true), None),
        Some(Err(why)) => (Some(false), Some(why)),
    };
    json!({ "name": need.name, "by": need.by, "found": found, "why": why })
}
