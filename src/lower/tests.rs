//! Programs built by hand: what lowering makes of them and what it says about them.

mod build;

use build::{Program, call, field, read, text};

use super::*;
use crate::base::span::{FileId, Span};
use crate::diag::Code;
use crate::plan::{Body, StageId, Target};
use crate::sema::hir::Term;
use crate::value::policy::Effects;

#[test]
fn needs_reads_and_heights_follow_from_what_is_read() {
    let mut program = Program::new();
    let agent = program.mock("m", Effects::None);
    let w = program.workflow("w");
    let a = program.stage(w, "a", call(agent, vec![text("x")]));
    let through = program.item(w, "through", field(read(a), "url"));
    let b = program.stage(w, "b", call(agent, vec![through]));
    let c = program.stage(w, "c", call(agent, vec![text("y")]));
    program.after(w, c, a);
    let plan = program.plan(w);
    let stages = &plan.workflows[0].stages;
    let ids = |list: &[u32]| list.iter().map(|&id| StageId(id)).collect::<Vec<_>>();
    assert_eq!((&stages[b].needs, &stages[b].reads), (&ids(&[0]), &ids(&[0])));
    assert_eq!((&stages[c].needs, &stages[c].reads), (&ids(&[0]), &ids(&[])));
    assert_eq!([stages[a].height, stages[b].height, stages[c].height], [2, 1, 1]);
    assert_eq!(plan.workflows[0].lets[0].needs, ids(&[0]));
}

#[test]
fn what_only_a_condition_reads_is_needed_by_the_condition() {
    let mut program = Program::new();
    let agent = program.mock("m", Effects::None);
    let w = program.workflow("w");
    let a = program.stage(w, "a", call(agent, vec![text("x")]));
    let condition = program.condition(w, field(read(a), "ok"));
    let b = program.stage(w, "b", call(agent, vec![text("y")]));
    program.program.workflows[w].stages[b].guard.push(Term { condition, holds: true });
    let plan = program.plan(w);
    let workflow = &plan.workflows[0];
    assert_eq!(workflow.conditions[0].needs, [StageId(0)]);
    assert!(workflow.stages[b].needs.is_empty());
    assert_eq!(workflow.stages[a].height, 2);
}

#[test]
fn a_plan_holds_what_is_called_and_nothing_else() {
    let mut program = Program::new();
    let _unused = program.mock("unused", Effects::None);
    let agent = program.mock("m", Effects::None);
    let _other = program.workflow("other");
    let inner = program.workflow("inner");
    let w = program.workflow("w");
    program.stage(inner, "deep", call(agent, vec![text("x")]));
    program.stage(w, "sub", build::sub(inner));
    let plan = program.plan(w);
    assert_eq!(plan.workflows.iter().map(|w| w.name.as_str()).collect::<Vec<_>>(), ["w", "inner"]);
    assert_eq!(plan.agents.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["m"]);
    let Body::Call(deep) = &plan.workflows[1].stages[0].body else { panic!("a call") };
    assert_eq!(deep.target, Target::Action { agent: crate::plan::AgentId(0), action: 0 });
    assert_eq!(crate::plan::verify::verify(&plan), Ok(()));
}

#[test]
fn stages_in_a_circle_are_drawn_as_their_path() {
    let mut program = Program::new();
    let agent = program.mock("m", Effects::None);
    let w = program.workflow("w");
    let smoke = program.stage(w, "smoke", call(agent, vec![text("x")]));
    let news = program.stage(w, "news", call(agent, vec![read(smoke)]));
    program.after(w, smoke, news);
    let found = program.found();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code, Code::WF0301);
    assert_eq!(found[0].message, "stages wait in a circle: smoke -> news -> smoke");
    assert_eq!(found[0].primary.message, "1. `smoke` awaits `news`");
    assert_eq!(found[0].related[0].message, "2. `news` reads `smoke`");
    assert_eq!(found[0].help.as_deref(), Some("cut the edge that carries no data, `after news`"));
}

#[test]
fn a_circle_through_a_condition_and_a_let_names_the_let() {
    let mut program = Program::new();
    let agent = program.mock("m", Effects::None);
    let w = program.workflow("w");
    let a = program.stage(w, "a", call(agent, vec![text("x")]));
    let value = program.item(w, "value", read(a));
    let condition = program.condition(w, value);
    program.program.workflows[w].stages[a].guard.push(Term { condition, holds: true });
    let found = program.found();
    assert_eq!(found[0].message, "stages wait in a circle: a -> value -> a");
    assert_eq!(found[0].primary.message, "1. the condition of `a` reads `value`");
    assert_eq!(found[0].related[0].message, "2. `value` reads `a`");
}

#[test]
fn a_stage_that_reads_itself_is_a_circle_of_one() {
    let mut program = Program::new();
    let agent = program.mock("m", Effects::None);
    let w = program.workflow("w");
    let a = program.stage(w, "a", call(agent, vec![text("x")]));
    program.after(w, a, a);
    assert_eq!(program.found()[0].message, "stage `a` waits for itself");
}

#[test]
fn workflows_that_call_each_other_are_reported() {
    let mut program = Program::new();
    let (a, b) = (program.workflow("a"), program.workflow("b"));
    program.stage(a, "x", build::sub(b));
    program.stage(b, "y", build::sub(a));
    let found = program.found();
    assert_eq!((found.len(), found[0].code), (1, Code::WF0304));
    assert_eq!(found[0].message, "workflows call each other in a circle: a -> b -> a");
}

#[test]
fn two_writes_in_no_order_race_and_two_in_order_do_not() {
    let mut program = Program::new();
    let agent = program.mock("m", Effects::Writes);
    let w = program.workflow("w");
    let a = program.stage(w, "a", call(agent, vec![text("x")]));
    let b = program.stage(w, "b", call(agent, vec![text("y")]));
    let found = program.found();
    assert_eq!((found.len(), found[0].code), (1, Code::WF0305));
    program.after(w, b, a);
    assert!(program.found().is_empty());
}

#[test]
fn writes_under_opposite_conditions_do_not_race() {
    let mut program = Program::new();
    let agent = program.mock("m", Effects::Writes);
    let w = program.workflow("w");
    let condition = program.condition(w, text("c"));
    for (name, holds) in [("a", true), ("b", false)] {
        let stage = program.stage(w, name, call(agent, vec![text("x")]));
        program.program.workflows[w].stages[stage].guard.push(Term { condition, holds });
    }
    assert!(program.found().is_empty());
}

/// The definitions of the stages of `w` after `edit`, by name.
fn definitions(edit: impl Fn(&mut Program, usize)) -> Vec<(String, String)> {
    let mut program = Program::new();
    let agent = program.mock("m", Effects::None);
    let w = program.workflow("w");
    edit(&mut program, w);
    let a = program.stage(w, "a", call(agent, vec![text("x")]));
    let through = program.item(w, "through", field(read(a), "url"));
    program.stage(w, "b", call(agent, vec![through]));
    let plan = program.plan(w);
    plan.workflows[0].stages.iter().map(|stage| (stage.name.clone(), stage.definition.clone())).collect()
}

#[test]
fn a_definition_does_not_change_with_what_stands_before_it() {
    let plain = definitions(|_, _| {});
    let shifted = definitions(|program, w| {
        let other = program.mock("other", Effects::None);
        program.stage(w, "new", call(other, vec![text("z")]));
        program.item(w, "unrelated", text("q"));
        program.condition(w, text("r"));
    });
    assert_eq!(plain[..], shifted[1..]);
}

#[test]
fn a_hash_does_not_depend_on_places_and_does_on_values() {
    let build = |value: &str, at: u32| {
        let mut program = Program::new();
        let agent = program.mock("m", Effects::None);
        let w = program.workflow("w");
        let mut argument = text(value);
        argument.span = Span::new(FileId(0), at, at + 1);
        program.stage(w, "a", call(agent, vec![argument]));
        program.plan(w).hash
    };
    assert_eq!(build("x", 1), build("x", 5));
    assert_ne!(build("x", 1), build("y", 1));
}

#[test]
fn the_deepest_plan_reads_back_as_it_was_written() {
    let mut program = Program::new();
    let agent = program.mock("m", Effects::None);
    let w = program.workflow("w");
    let a = program.stage(w, "a", call(agent, vec![text("x")]));
    let mut deep = read(a);
    for _ in 0..512 {
        deep = build::record("a", deep);
    }
    program.stage(w, "b", call(agent, vec![deep]));
    let plan = program.plan(w);
    let back = Plan::from_json(&plan.to_json()).expect("it reads back");
    assert_eq!(back, plan);
    assert_eq!(back.to_string(), plan.to_string());
}

#[test]
fn a_long_chain_needs_no_stack() {
    let mut program = Program::new();
    let agent = program.mock("m", Effects::None);
    let w = program.workflow("w");
    let mut last = program.stage(w, "s0", call(agent, vec![text("x")]));
    for index in 1..20_000 {
        let item = program.item(w, "through", read(last));
        last = program.stage(w, &format!("s{index}"), call(agent, vec![item]));
    }
    let plan = program.plan(w);
    assert_eq!(plan.workflows[0].stages[0].height, 20_000);
}
