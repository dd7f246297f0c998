//! What a run costs at most is calculated three times: by the checker for budgets, by `wfc plan` as a formula, by the engine for what
//! it keeps back. On programs made by chance all three say the same.

use wfc::diag::render::short;
use wfc::pipeline::Checked;
use wfc::plan::bounds::bounds;
use wfc::plan::cost;
use wfc::plan::{Plan, WorkflowId};
use wfc::sema::hir;
use wfc::syntax::ast::{Item, Stmt};

use crate::generate::{OTHER_FILES, program};
use crate::program::{MAIN, check};

/// So many programs.
const PROGRAMS: u64 = 60;

/// So many workflows that cost something are among what they are made of, at least.
const COSTLY_MIN: usize = 15;

#[test]
fn checker_plan_and_engine_agree_on_the_worst_case() {
    let (mut costly, mut budgets) = (0, 0);
    for seed in 0..PROGRAMS {
        let text = program(&crate::generate::numbers(seed)).plain;
        let checked = checked(&text);
        for (index, workflow) in checked.program.workflows.iter().enumerate() {
            let free = workflow.agents.iter().all(|param| param.default.is_some());
            let (true, Some(plan)) = (free, checked.plan(hir::WorkflowId::new(index))) else { continue };
            let Some(worst) = agreed(&plan) else { continue };
            costly += usize::from(worst != cost::Cost::default());
            budgets += usize::from(!workflow.inline && is_the_least_budget(&text, &workflow.name, worst));
        }
    }
    println!("{costly} workflows cost something, {budgets} were given a budget");
    assert!(costly >= COSTLY_MIN, "only {costly} of the workflows cost anything");
    assert!(budgets >= COSTLY_MIN, "only {budgets} of the workflows could be given a budget");
}

/// The worst case of what the plan begins with, by its formula and by what the engine keeps back; nothing where it has no bound.
fn agreed(plan: &Plan) -> Option<cost::Cost> {
    let spent = &bounds(plan).workflows[0].spent;
    let (money, tokens) = (spent.money.number()?, spent.tokens.number()?);
    let worst = cost::of_workflow(plan, WorkflowId::new(0));
    let all = worst.way.and(worst.end);
    assert_eq!((all.money, all.tokens), (money, tokens), "{plan}");
    Some(all)
}

/// Whether the workflow could be given a budget: just enough is enough for the checker, and less is not.
fn is_the_least_budget(text: &str, name: &str, worst: cost::Cost) -> bool {
    let budgets = [(worst.tokens, 1, "tok"), (worst.money, 1_000_000, "usd")].map(|(most, unit, word)| {
        let budget = |most: i64| match unit {
            1 => format!("budget {most}{word} "),
            _ => format!("budget {}.{:06}{word} ", most / unit, most % unit),
        };
        // With less than the smallest amount nothing could be bought: that is told otherwise.
        let [enough, less] = [most, most - 1].map(|most| (most > 0).then(|| with_budget(text, name, &budget(most))));
        let Some(Some(enough)) = enough else { return false };
        assert_eq!(said(&enough), "", "{enough}");
        if let Some(Some(less)) = less {
            assert!(said(&less).contains("this may cost"), "{worst:?} is not the least:\n{less}");
        }
        true
    });
    budgets.contains(&true)
}

/// The program with a budget for one of its workflows, if that has none.
fn with_budget(text: &str, name: &str, budget: &str) -> Option<String> {
    let mut sources = wfc::base::source::Sources::default();
    let mut bag = wfc::diag::Bag::default();
    let tree = wfc::syntax::parse(sources.add(MAIN, text), text, &mut bag);
    let workflow = tree.items.iter().find_map(|item| match item {
        Item::Workflow(workflow) if workflow.name.text == name => Some(workflow),
        _ => None,
    })?;
    let first = start(workflow.body.first()?) as usize;
    let head = &text[workflow.span.start as usize..first];
    (!head.contains("budget")).then(|| [&text[..first], budget, &text[first..]].concat())
}

fn start(statement: &Stmt) -> u32 {
    match statement {
        Stmt::Let(one) => one.span.start,
        Stmt::Stage(one) => one.span.start,
        Stmt::When(one) => one.span.start,
        Stmt::Fail(one) => one.span.start,
        Stmt::Finally(one) => one.span.start,
        Stmt::Return(one) => one.span.start,
        Stmt::Broken(one) => one.span.start,
    }
}

fn said(text: &str) -> String {
    let checked = checked(text);
    short::render(&checked.sources, &checked.diagnostics)
}

fn checked(text: &str) -> Checked {
    let mut files = vec![(MAIN.to_owned(), text.to_owned())];
    files.extend(OTHER_FILES.map(|(path, text)| (path.to_owned(), text.to_owned())));
    check(&files)
}
