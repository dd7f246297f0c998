//! The forms of a plan, tried on one that holds everything.

mod draw;
mod hostile;
mod schema;

use super::sample::rich;
use super::stored::LoadError;
use super::verify::verify;
use super::*;

#[test]
fn the_rich_plan_is_sound_and_reads_back() {
    let plan = rich();
    assert_eq!(verify(&plan), Ok(()));
    let mut pretty = Vec::new();
    plan.write_pretty(&mut pretty).expect("written");
    for text in [plan.to_json(), String::from_utf8(pretty).expect("text")] {
        assert_eq!(Plan::from_json(&text).expect("it reads back"), plan);
    }
}

#[test]
fn a_plan_prints_one_line_for_each_thing() {
    insta::assert_snapshot!(rich(), @r#"
    plan main
    secret token_0 from env TOKEN
    secret token_1 from file "/run/token"
    secret token_2 from command ["pass", "show"]
    agent tool uses exec | parallel 2 | rate 60 per 1m | capabilities "work"
      full(x: string, rest: list<string>) -> json | effects writes idempotent | raises quota | probe full.probe | command ["run", ..rest, result_schema] | stdin x | output json at "result" | cwd "work" | env TOKEN: token_0 | pass CARGO_HOME
      text(x: string, rest: list<string>) -> json | effects writes | raises quota | command ["run"] | stdin none | output text
      lines(x: string, rest: list<string>) -> json | effects reads | raises quota | command ["run"] | output lines
      status(x: string, rest: list<string>) -> json | effects irreversible | raises quota | command ["run"] | output status
      nothing(x: string, rest: list<string>) -> json | effects none | raises quota | command ["run"] | output nothing
      json(x: string, rest: list<string>) -> json | effects none | raises quota | command ["run"] | output json
      full.probe(x: string, rest: list<string>, key: string) -> json | effects reads | raises quota | endorses | cache 1s | cost 1usd | retry 2 fixed 1ms on nothing | command ["run"] | output json
    agent fake uses mock
      answer() -> json | effects none | takes 5ms | returns "x" | fails timeout 2 times
    agent script uses shell
      echo(x: string) -> json | effects none | command "echo \"$NAME\"" | stdin none | output text | cwd "work" | env NAME: x | pass HOME
    agent web uses http
      f0() -> json | effects none | POST "https://example.com" | path "/a" | headers Authorization: token_1 | query q: "x" | output response
      f1() -> json | effects none | POST "https://example.com" | path "/a" | headers Authorization: token_1 | query q: "x" | body "x" | output file
      f2() -> json | effects none | POST "https://example.com" | path "/a" | headers Authorization: token_1 | query q: "x" | body text "x" | output text
      f3() -> json | effects none | POST "https://example.com" | path "/a" | headers Authorization: token_1 | query q: "x" | body file null | output nothing
    agent model uses llm
      work() -> json | effects none | openai m | url http://localhost:8080 | api_key token_2 | system "Short." | prompt "Well?" | temperature 0.5 | max_input 1000 | max_output 100 | price 0.25usd 2usd | tools [model.ask, near.find] | max turns 8
      ask() -> json | effects none | anthropic m | url http://localhost:8080 | api_key token_2 | system "Short." | prompt "Well?" | temperature 0.5 | max_input 1000 | max_output 100 | price 0.25usd 2usd
    agent near uses mcp
      find() -> json | effects none | command ["serve"] | cwd "work" | env A: "x" | pass HOME | tool "find" | output json
    agent far uses mcp
      find() -> json | effects none | url "https://example.com" | headers A: "x" | tool "find" | output json
    agent office uses team
      improve(x: string) -> json | effects none
    pool both | strategy round_robin
      any(x: string, rest: list<string>) -> json | effects writes | by tool.full(0, 1), fake.answer()
    workflow main(input: json = "x") -> json | timeout 2h | parallel 8 | on failure cancel | lock "database" | budget 200000tok, 5usd
      condition 0 = first | needs first
      let through: json = error(called) | when 0 | needs first, called
      stage first: list<json> = tool.full([[null, true, -1, 0.5, "x", 1s, 1usd, 5tok, 1KiB, file "a.txt", { a: 1 }, { $a: 1 }], input.a, input?.a, input[1], !true, -1, 1 + 1, if true then 1 else 1, match 1 { 1 | true => 1 "a" | _ => 1 }, [x0 for x0 in input if x0], [x1 for x1 in input], { ..input, a: 1 }, "a ${run.id}", len(run.workflow), run.started as string, 1], "y") | height 4
      stage called: json = tool.text(first, "y") | retry 3 exponential 1s x2 to 1m jitter on timeout | timeout 1s | repeat up to 3 every 1s until result with 0: result stop when previous | cache 1s | when 0 | reads first | deadline 1m | priority 10 | label first | on failure of timeout use result | on failure of crashed use both.any("x", "y") | on failure use tool.lines("x", "y") | on failure ask 1s | on failure skip | on failure fail | undo tool.status(result, "y") | lock "database" | budget 200000tok, 5usd | observed | height 2
      stage mapped: json = for item: json in first up to 50 => each(item) | retry 2 linear 1ms to 5ms on nothing | parallel 4 | need 80% | reads first | after called | label item index | height 1
      stage matched: json = match input { "a" => tool.status("x", "y") | retry 2 fixed 1ms on nothing | deadline 1s "b" => use "x" _ => skip } | below fail | height 2
      stage fail: json = fail "stopped" | when !0 | height 3
      stage asked: json = ask("Go on?", show: "this") approves input quorum 2 not requester to role "release" | timeout 1d | below fail | after matched | height 1
      stage last: json = for item: json in outcome => tool.nothing(item, "y") | need 1 | finally | height 1
      stage first_of: json = first of { tool.lines("x", "y") event("paid", key: "k") -> json wait(5ms) } | height 1
      stage tagged: json = first of { done: tool.lines("x", "y") paid: event("paid", key: "k") -> json late: wait(5ms) } | height 1
      stage any_of: json = any 2 of { tool.lines("x", "y") event("paid", key: "k") -> json wait(5ms) } | height 1
      return through
    body each(file: { f0: unknown, f1: never, f2: null, f3?: bool, f4: int, f5: float, f6: secret untrusted trusted approved string, f7: duration, f8: money, f9: tokens, f10: size, f11: file, f12: json, f13: "a" | "b", f14: map<int>, f15: int? }) -> json
      stage inner: json = fake.answer() | height 1
      return inner
    "#);
}

#[test]
fn a_newer_form_is_refused_by_its_number() {
    let text = rich().to_json().replacen("\"format\":1", "\"format\":2", 1);
    assert!(matches!(Plan::from_json(&text), Err(LoadError::Newer(2))));
}

#[test]
fn a_cut_or_deep_file_is_refused() {
    let text = rich().to_json();
    for end in (0..text.len()).step_by(997) {
        assert!(Plan::from_json(text.get(..end).unwrap_or_default()).is_err());
    }
    let deep = "[".repeat(1_000_000);
    assert!(matches!(Plan::from_json(&deep), Err(LoadError::Depth)));
}

#[test]
fn a_changed_plan_is_refused() {
    let text = rich().to_json().replace("Go on?", "Go off?");
    assert!(matches!(Plan::from_json(&text), Err(LoadError::Changed)));
}

/// What verification says of the rich plan after a change.
fn problem(change: impl Fn(&mut Plan)) -> String {
    let mut plan = rich();
    change(&mut plan);
    verify(&plan).expect_err("it is not sound").to_string()
}

#[test]
fn what_leads_nowhere_is_refused_with_its_place() {
    let main = |change: fn(&mut Workflow)| problem(|plan| change(&mut plan.workflows[0]));
    insta::assert_snapshot!(
        [
            main(|w| w.stages[0].needs = vec![StageId(99)]),
            main(|w| w.stages[0].exits = vec![StageId(1)]),
            main(|w| w.stages[3].guard = vec![Term { condition: 7, holds: true }]),
            main(|w| w.stages[1].needs.clear()),
            main(|w| w.stages[1].reads.clear()),
            main(|w| w.conditions[0].needs.clear()),
            main(|w| w.lets[0].needs.clear()),
            main(|w| w.stages[0].needs = vec![StageId(2)]),
            main(|w| w.stages[3].needs = vec![StageId(6)]),
            main(|w| w.stages[0].height = 1),
            main(|w| w.stages[1].name = "first".into()),
            main(|w| w.stages[1].name = "../up".into()),
            main(|w| w.stages[1].span = Span::new(crate::base::span::FileId(0), 0, 999)),
            main(|w| w.timeout = Some(-1)),
            problem(|plan| plan.workflows.clear()),
            problem(|plan| plan.agents.clear()),
            problem(|plan| plan.pools.clear()),
            problem(|plan| plan.pools[0].members.clear()),
            problem(|plan| drop(plan.pools[0].actions[0].members.pop())),
            problem(|plan| plan.pools[0].actions[0].members[0].args[1] = None),
            problem(|plan| plan.pools[0].actions[0].effects = Effects::None),
            problem(|plan| plan.agents[0].kind = "mock".into()),
            problem(|plan| plan.secrets.clear()),
            problem(|plan| drop(plan.workflows.pop())),
            problem(|plan| {
                let argument = plan.workflows[0].params[0].default.take();
                if let Body::Call(call) = &mut plan.workflows[1].stages[0].body {
                    (call.target, call.args) = (Target::Workflow(WorkflowId(0)), Vec::from_iter(argument));
                }
            }),
        ]
        .join("\n"), @r#"
    workflow `main`, stage `first`: it waits for a stage that is not there
    workflow `main`, stage `first`: it waits for a `fail` that is not there
    workflow `main`, stage `matched`: it is guarded by a condition that is not there
    workflow `main`: stage `called` reads a stage that it does not wait for
    workflow `main`: stage `called` reads a stage that it does not wait for
    workflow `main`: condition 0 reads a stage that it does not wait for
    workflow `main`: let `through` reads a stage that it does not wait for
    workflow `main`: its stages wait in a circle
    workflow `main`, stage `matched`: it waits for a stage of `finally`
    workflow `main`: a height is wrong
    workflow `main`, stage `first`: its name stands twice
    workflow `main`, stage `../up`: it is not a name
    workflow `main`, stage `called`: bytes 0 to 999 of source 0 are not there
    workflow `main`: its timeout is out of range
    it holds no workflow
    pool `both`: a member is not there
    workflow `main`, stage `called`: it calls an action of a pool that is not there
    pool `both`: it has no member
    pool `both`, action `any`: not every member has an action for it
    pool `both`, action `any`: `tool` is given an argument that is not there
    pool `both`, action `any`: the action of `tool` is another
    agent `tool`, action `full`: settings of kind `exec` on an agent of kind `mock`
    agent `tool`, action `full`: Secret(0) does not exist where it is used
    workflow `main`, stage `mapped`: it calls a workflow that is not there
    workflow `main` calls itself, perhaps through others
    "#);
}

#[test]
fn the_definition_of_a_stage_keeps_out_what_keeps_a_result() {
    let plain = rich();
    let mut changed = rich();
    let stage = &mut changed.workflows[0].stages[1];
    (stage.priority, stage.label, stage.deadline, stage.doc) = (0, None, None, Some("new".into()));
    if let Body::Call(call) = &mut stage.body {
        (call.retry, call.timeout, call.span) = (None, None, Span::start_of(crate::base::span::FileId(0)));
    }
    changed.define();
    assert_eq!(plain.workflows[0].stages[1].definition, changed.workflows[0].stages[1].definition);
    assert_ne!(plain.hash, changed.hash);
}

#[test]
fn the_definition_of_a_stage_follows_what_it_calls_and_reads() {
    let definitions = |plan: &Plan| -> Vec<String> {
        plan.workflows[0].stages.iter().map(|stage| stage.definition.clone()).collect()
    };
    let changed_by = |change: fn(&mut Plan)| -> Vec<usize> {
        let (plain, mut plan) = (rich(), rich());
        change(&mut plan);
        plan.define();
        let pairs = definitions(&plain).into_iter().zip(definitions(&plan)).enumerate();
        pairs.filter(|(_, (a, b))| a != b).map(|(at, _)| at).collect()
    };
    assert_eq!(changed_by(|plan| plan.agents[0].actions[1].effects = Effects::None), [1]);
    assert_eq!(changed_by(|plan| plan.agents[1].actions[0].effects = Effects::Writes), [1, 2], "through pool and body");
    assert_eq!(changed_by(|plan| plan.secrets[0].name = "other".into()), [0, 1]);
    assert_eq!(changed_by(|plan| plan.workflows[0].stages[0].name = "other".into()), [1, 2, 4], "read, or its guard");
}
