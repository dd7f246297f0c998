//! Programs and the plans that they become, in the printed form.

use wfc::base::world::MemoryWorld;
use wfc::pipeline;
use wfc::plan::{Plan, verify};

/// The plan of the workflow `name` of a program without any diagnostic. It is sound and reads back from JSON.
fn plan_of(text: &str, name: &str) -> Plan {
    let world = MemoryWorld::default().with("main.wf", text);
    let checked = pipeline::check(&world, &["main.wf".to_owned()]);
    assert!(checked.diagnostics.is_empty(), "{:#?}", checked.diagnostics);
    let named = |workflow: &wfc::sema::hir::Workflow| workflow.name == name && !workflow.inline;
    let index = checked.program.workflows.iter().position(named).unwrap();
    let plan = checked.plan(wfc::sema::hir::WorkflowId::new(index)).unwrap();
    assert_eq!(verify::verify(&plan), Ok(()));
    assert_eq!(Plan::from_json(&plan.to_json()).unwrap().hash, plan.hash);
    plan
}

fn plan(text: &str) -> Plan {
    plan_of(text, "main")
}

const TOOL: &str = r#"
agent tool uses mock {
    action run(x: string) -> { ok: bool, text: string } { returns { ok: true, text: x } }
    action list(x: string) -> list<string> { returns [x] }
    action write(x: string) -> string { effects writes returns x }
}
"#;

fn with_tool(text: &str) -> String {
    format!("{TOOL}{text}")
}

#[test]
fn data_makes_the_order() {
    insta::assert_snapshot!(plan(&with_tool(
        r#"
workflow main(x: string = "a") -> string {
    stage last = tool.run("${both} ${first.text}")
    let both = "${first.text} ${second.text}"
    stage first = tool.run(x)
    stage second = tool.run(x) { after third }
    stage third = tool.write(x)
    return last.text
}
"#
    )), @r#"
    plan main
    agent tool uses mock
      run(x: string) -> { ok: bool, text: string } | effects none | returns { ok: true, text: x }
      write(x: string) -> string | effects writes | returns x
    workflow main(x: string = "a") -> string
      let both: string = "${first.text} ${second.text}" | needs first, second
      stage last: { ok: bool, text: string } = tool.run("${both} ${first.text}") | reads first, second | height 1
      stage first: { ok: bool, text: string } = tool.run(x) | height 2
      stage second: { ok: bool, text: string } = tool.run(x) | after third | height 2
      stage third: string = tool.write(x) | height 3
      return last.text
    "#);
}

#[test]
fn conditions_stand_beside_the_stages() {
    insta::assert_snapshot!(plan(&with_tool(
        r#"
workflow main(quiet: bool) -> string {
    stage first = tool.run("a")
    when first.ok {
        stage second = tool.run(first.text) { when !quiet }
        let text = second?.text ?? "none"
        stage third = tool.run(text)
    } else {
        stage other = tool.run("b")
    }
    return third?.text ?? other?.text ?? ""
}
"#
    )), @r#"
    plan main
    agent tool uses mock
      run(x: string) -> { ok: bool, text: string } | effects none | returns { ok: true, text: x }
    workflow main(quiet: bool) -> string
      condition 0 = first.ok | needs first
      condition 1 = !quiet
      let text: string = second?.text ?? "none" | when 0 | needs first, second
      stage first: { ok: bool, text: string } = tool.run("a") | height 3
      stage second: { ok: bool, text: string } = tool.run(first.text) | when 0, 1 | reads first | height 2
      stage third: { ok: bool, text: string } = tool.run(text) | when 0 | reads first, second | height 1
      stage other: { ok: bool, text: string } = tool.run("b") | when !0 | height 1
      return third?.text ?? (other?.text ?? "")
    "#);
}

#[test]
fn what_stands_below_a_fail_waits_for_it() {
    insta::assert_snapshot!(plan(&with_tool(
        r#"
workflow main() -> string {
    stage first = tool.run("a")
    when !first.ok {
        fail "it is not: ${first.text}"
    }
    stage second = tool.run("b")
    return second.text
}
"#
    )), @r#"
    plan main
    agent tool uses mock
      run(x: string) -> { ok: bool, text: string } | effects none | returns { ok: true, text: x }
    workflow main() -> string
      condition 0 = !first.ok | needs first
      stage first: { ok: bool, text: string } = tool.run("a") | height 3
      stage fail: null = fail "it is not: ${first.text}" | when 0 | reads first | height 2
      stage second: { ok: bool, text: string } = tool.run("b") | below fail | height 1
      return second.text
    "#);
}

#[test]
fn maps_call_their_bodies() {
    insta::assert_snapshot!(plan(&with_tool(
        r#"
workflow main(x: string) -> list<string?> {
    stage names = tool.list(x)
    stage plain = for name in names up to 10 => tool.run(name) { parallel 2 label "${name}" }
    let suffix = "${len(plain)}"
    stage all = for name in names => {
        stage one = tool.run("${name}${suffix}")
        stage two = tool.run(one.text)
        return two.text
    } {
        on failure skip
        need 80%
    }
    return all
}
"#
    )), @r#"
    plan main
    agent tool uses mock
      run(x: string) -> { ok: bool, text: string } | effects none | returns { ok: true, text: x }
      list(x: string) -> list<string> | effects none | returns [x]
    workflow main(x: string) -> list<string?>
      let suffix: string = "${len(plain)}" | needs plain
      stage names: list<string> = tool.list(x) | height 3
      stage plain: list<{ ok: bool, text: string }> = for item: string in names up to 10 => tool.run(item) | parallel 2 | reads names | label "${item}" | height 2
      stage all: list<string?> = for item: string in names => all(item, suffix) | need 80% | reads names, plain | on failure skip | height 1
      return all
    body all(name: string, suffix: string?) -> string
      stage one: { ok: bool, text: string } = tool.run("${name}${suffix}") | height 2
      stage two: { ok: bool, text: string } = tool.run(one.text) | reads one | height 1
      return two.text
    "#);
}

#[test]
fn arms_rounds_and_handlers() {
    insta::assert_snapshot!(plan(&with_tool(
        r#"
retry patient { attempts 3 backoff fixed(2s) on timeout }
workflow main(kind: "a" | "b" | "c") -> string {
    stage chosen = match kind {
        "a" => tool.run("x") { timeout 5s }
        "b" => ask("What?") -> { ok: bool, text: string } { to role "lead" timeout 2h }
        "c" => use { ok: true, text: "c" }
    } {
        deadline 1d
    }
    stage rounds = tool.run(chosen.text) {
        retry patient
        repeat up to 4 every 1m until result.ok with x: result.text
        on failure of exhausted use { ok: false, text: "no" }
    }
    return rounds.text
}
"#
    )), @r#"
    plan main
    agent tool uses mock
      run(x: string) -> { ok: bool, text: string } | effects none | returns { ok: true, text: x }
    workflow main(kind: "a" | "b" | "c") -> string
      stage chosen: { ok: bool, text: string } = match kind { "a" => tool.run("x") | timeout 5s "b" => ask("What?") -> { ok: bool, text: string } to role "lead" | timeout 2h "c" => use { ok: true, text: "c" } } | deadline 1d | height 2
      stage rounds: { ok: bool, text: string } = tool.run(chosen.text) | retry 3 fixed 2s on timeout | repeat up to 4 every 1m until result.ok with 0: result.text | reads chosen | on failure of exhausted use { ok: false, text: "no" } | height 1
      return rounds.text
    "#);
}

#[test]
fn races_timers_undo_and_bounds() {
    insta::assert_snapshot!(plan(&with_tool(
        r#"
workflow main(x: string) -> string {
    lock "x"
    budget 5usd, 200_000tok
    stage first = first of [tool.list(x), tool.list("y") { retry { attempts 2 } deadline 1m }]
    stage most = any 2 of [tool.list(x), tool.list("y"), tool.list("z")] { after first }
    stage pause = wait(10m) { deadline 1h after most }
    stage written = tool.write(join(first)) { undo tool.run("${written} of ${x}") { timeout 5m } lock "y" budget 1usd after pause }
    stage kept = tool.list(written) { cache 7d }
    return join(kept)
}
"#
    )), @r#"
    plan main
    agent tool uses mock
      run(x: string) -> { ok: bool, text: string } | effects none | returns { ok: true, text: x }
      list(x: string) -> list<string> | effects none | returns [x]
      write(x: string) -> string | effects writes | returns x
    workflow main(x: string) -> string | lock "x" | budget 200000tok, 5usd
      stage first: list<string> = first of { tool.list(x) tool.list("y") | retry 2 exponential 1s x2 to 1m jitter on timeout, unavailable, rate_limited, temporary | deadline 1m } | height 5
      stage most: list<list<string>> = any 2 of { tool.list(x) tool.list("y") tool.list("z") } | after first | height 4
      stage pause: null = wait(10m) | after most | deadline 1h | height 3
      stage written: string = tool.write(join(first)) | reads first | after pause | undo tool.run("${result} of ${x}") | timeout 5m | lock "y" | budget 1usd | height 2
      stage kept: list<string> = tool.list(written) | cache 7d | reads written | height 1
      return join(kept)
    "#);
}

#[test]
fn events_and_people() {
    insta::assert_snapshot!(plan(&with_tool(
        r#"
workflow main(x: string) -> string {
    stage paid = first of { paid: event("paid", key: x) -> { sum: int }, late: wait(3d) }
    stage good = ask("Good?", show: paid.won) approves x { to role "lead" quorum 2 not requester timeout 1d }
    return "${good}${paid.won}"
}
"#
    )), @r#"
    plan main
    workflow main(x: string) -> string
      stage paid: { won: "paid", value: { sum: int } } | { won: "late", value: null } = first of { paid: event("paid", key: x) -> { sum: int } late: wait(3d) } | height 2
      stage good: approved string = ask("Good?", show: paid.won) approves x quorum 2 not requester to role "lead" | timeout 1d | reads paid | height 1
      return "${good}${paid.won}"
    "#);
}

#[test]
fn default_timeouts_are_cut_to_what_is_around_them() {
    let plan = plan(
        r#"
agent tool uses exec { action run(x: string) -> string { effects reads command ["run", x] } }
workflow inner(x: string) -> string {
    timeout 20m
    stage a = tool.run(x)
    return a
}
workflow main(xs: list<string>) -> string {
    stage free = tool.run("a")
    stage bounded = tool.run("b") { deadline 30m }
    stage raced = first of { done: tool.run("c"), late: wait(10m) }
    stage called = inner("d")
    stage each = for x in xs => {
        stage one = tool.run(x)
        stage two = match one {
            "x" => {
                stage three = tool.run(x)
                return three
            }
            _ => use "y"
        } { deadline 2m }
        return two
    } { timeout 5m }
    return "${free}${bounded}${raced.won}${called}${join(each)}"
}
"#,
    );
    let mut timeouts = Vec::new();
    for stage in plan.workflows.iter().flat_map(|workflow| &workflow.stages) {
        stage.calls(&mut |call| timeouts.push((stage.name.clone(), call.timeout.map(|ms| ms / 60_000))));
    }
    let minutes =
        |name: &str| timeouts.iter().filter(|(stage, _)| stage == name).map(|(_, ms)| *ms).collect::<Vec<_>>();
    assert_eq!(minutes("free"), [Some(60)]);
    assert_eq!(minutes("bounded"), [Some(30)]);
    assert_eq!(minutes("raced"), [Some(10), None]);
    assert_eq!(minutes("called"), [None]);
    assert_eq!(minutes("a"), [Some(20)]);
    assert_eq!(minutes("each"), [Some(5)]);
    assert_eq!(minutes("one"), [Some(5)]);
    assert_eq!(minutes("three"), [Some(2)]);
}

#[test]
fn the_end_sees_how_it_ended() {
    insta::assert_snapshot!(plan(&with_tool(
        r#"
workflow main() {
    on failure cancel
    timeout 1h
    stage first = tool.write("a")
    stage second = tool.run("b") { on failure skip }
    when failed(second) {
        stage instead = tool.write("c") { after first }
    }
    finally {
        stage told = tool.write(outcome.status)
    }
}
"#
    )), @r#"
    plan main
    agent tool uses mock
      run(x: string) -> { ok: bool, text: string } | effects none | returns { ok: true, text: x }
      write(x: string) -> string | effects writes | returns x
    workflow main() -> null | timeout 1h | on failure cancel
      condition 0 = failed(second) | needs second
      stage first: string = tool.write("a") | height 2
      stage second: { ok: bool, text: string }? = tool.run("b") | on failure skip | observed | height 2
      stage instead: string = tool.write("c") | when 0 | after first | height 1
      stage told: string = tool.write(outcome.status) | finally | height 1
    "#);
}

#[test]
fn processes_secrets_and_called_workflows() {
    insta::assert_snapshot!(plan(
        r#"
secret unused from env "UNUSED"
secret token from env "TOKEN"
agent git uses exec {
    parallel 2
    action log(path: string, words: list<string> = []) -> list<string> {
        effects reads
        command ["git", "-C", path, "log", words]
        output lines
        stdin none
        env { TOKEN: token }
    }
    action unused() { command ["true"] }
}
workflow inner(path: string, count: int = 3) -> int {
    stage lines = git.log(path) { timeout 5m }
    return len(lines) + count
}
workflow main(path: string) -> int {
    stage a = inner(path)
    stage b = inner(path, count: a)
    stage c = git.log(path, ["-1"]) { deadline 20m }
    return a + b + len(c)
}
"#
    ), @r#"
    plan main
    secret token from env TOKEN
    agent git uses exec | parallel 2
      log(path: string, words: list<string> = []) -> list<string> | effects reads | command ["git", "-C", path, "log", ..words] | stdin none | output lines | env TOKEN: token
    workflow main(path: string) -> int
      stage a: int = inner(path, 3) | height 2
      stage b: int = inner(path, a) | reads a | height 1
      stage c: list<string> = git.log(path, ["-1"]) | timeout 20m | deadline 20m | height 1
      return (a + b) + len(c)
    workflow inner(path: string, count: int = 3) -> int
      stage lines: list<string> = git.log(path, []) | timeout 5m | height 1
      return len(lines) + count
    "#);
}

#[test]
fn two_workflows_of_a_file_share_nothing() {
    let text = with_tool(
        r#"
workflow one() -> string {
    stage a = tool.run("a")
    return a.text
}
workflow two() -> string {
    stage b = tool.write("b")
    return b
}
"#,
    );
    insta::assert_snapshot!(plan_of(&text, "two"), @r#"
    plan two
    agent tool uses mock
      write(x: string) -> string | effects writes | returns x
    workflow two() -> string
      stage b: string = tool.write("b") | height 1
      return b
    "#);
}

#[test]
fn comments_and_layout_do_not_change_the_hash() {
    let plain = "workflow main() -> string {\n    stage a = tool.run(\"a\")\n    return a.text\n}\n";
    let moved = "// why\n\n/// What.\nworkflow main() -> string {\n    /// It.\n    stage a = tool.run(\"a\") // so\n    return a.text }\n";
    let other = plain.replace("(\"a\")", "(\"b\")");
    let hash = |text: &str| plan(&with_tool(text)).hash;
    assert_eq!(hash(plain), hash(moved));
    assert_ne!(hash(plain), hash(&other));
}

const GATES: &str = r#"
interface Gate {
    action check(branch: string, share: int = 3) -> bool { effects reads }
    action open(branch: string) -> bool { effects reads }
}
agent strict: Gate uses mock {
    retry { attempts 2 on timeout }
    action open { returns branch == "main" }
    action check(share: float, branch: string, by: string = "me") -> bool { returns branch == by && share > 0.5 }
}
agent slow: Gate uses exec {
    timeout 5m
    command ["gate"]
    action check
    action open
}
pool gates: Gate { members slow, strict  strategy round_robin }
"#;

#[test]
fn templates_have_an_instance_for_each_combination_of_agents() {
    insta::assert_snapshot!(plan(&format!("{GATES}{}", r#"
workflow checked(branch: string, gate: Gate, again: Gate = slow) -> bool {
    stage first = gate.check(branch) { repeat up to 2 until result with share: 4 }
    stage second = again.check(branch) { timeout 1m }
    return first && second
}
workflow twice(branch: string, gate: Gate) -> bool {
    stage each = for name in [branch] => {
        stage inside = checked(name, gate)
        return inside
    }
    stage plain = checked(branch, gate: strict)
    return plain && all(each)
}
workflow main(branch: string, gate: Gate = strict) -> bool {
    stage a = twice(branch, gate)
    stage b = twice(branch, gate: gates)
    return a && b
}
"#)), @r#"
    plan main
    agent strict uses mock
      check(share: float, branch: string, by: string = "me") -> bool | effects reads | retry 2 exponential 1s x2 to 1m jitter on timeout | returns (branch == by) && (share > 0.5)
    agent slow uses exec
      check(branch: string, share: int = 3) -> bool | effects reads | command ["gate"] | output json
    pool gates | strategy round_robin
      check(branch: string, share: int = 3) -> bool | effects reads | by slow.check(0, 1), strict.check(1, 0, default)
    workflow main(branch: string) -> bool
      stage a: bool = twice[strict](branch) | height 1
      stage b: bool = twice[gates](branch) | height 1
      return a && b
    workflow twice[strict](branch: string) -> bool
      stage each: list<bool> = for item: string in [branch] => each(item) | height 1
      stage plain: bool = checked[strict, slow](branch) | height 1
      return plain && all(each)
    workflow twice[gates](branch: string) -> bool
      stage each: list<bool> = for item: string in [branch] => each(item) | height 1
      stage plain: bool = checked[strict, slow](branch) | height 1
      return plain && all(each)
    body each(name: string) -> bool
      stage inside: bool = checked[strict, slow](name) | height 1
      return inside
    workflow checked[strict, slow](branch: string) -> bool
      stage first: bool = strict.check(3, branch, "me") | retry 2 exponential 1s x2 to 1m jitter on timeout | repeat up to 2 until result with 0: 4 | height 1
      stage second: bool = slow.check(branch, 3) | timeout 1m | height 1
      return first && second
    body each(name: string) -> bool
      stage inside: bool = checked[gates, slow](name) | height 1
      return inside
    workflow checked[gates, slow](branch: string) -> bool
      stage first: bool = gates.check(branch, 3) | repeat up to 2 until result with 1: 4 | height 1
      stage second: bool = slow.check(branch, 3) | timeout 1m | height 1
      return first && second
    "#);
}

/// Each template calls the next with its agents swapped and with its agents turned: that many orders no plan holds.
#[test]
fn templates_do_not_multiply_without_a_bound() {
    let list = |of: &dyn Fn(usize) -> String| (0..8).map(of).collect::<Vec<_>>().join(", ");
    let mut text = "interface Gate { action check() -> bool { effects none } }\n".to_owned();
    for agent in 0..8 {
        text += &format!("agent a{agent}: Gate uses mock {{ action check {{ returns true }} }}\n");
    }
    for level in 0..24 {
        let (params, next) = (list(&|at| format!("p{at}: Gate")), level + 1);
        let swapped = list(&|at| format!("p{}", if at < 2 { 1 - at } else { at }));
        let turned = list(&|at| format!("p{}", (at + 1) % 8));
        text += &format!("workflow t{level}({params}) -> bool {{\n    stage x = t{next}({swapped})\n");
        text += &format!("    stage y = t{next}({turned})\n    return x && y\n}}\n");
    }
    let params = list(&|at| format!("{}p{at}: Gate", if at == 0 { "" } else { "_" }));
    text += &format!("workflow t24({params}) -> bool {{\n    stage x = p0.check()\n    return x\n}}\n");
    let agents = list(&|at| format!("a{at}"));
    text += &format!("workflow main() -> bool {{\n    stage x = t0({agents})\n    return x\n}}\n");
    let world = MemoryWorld::default().with("main.wf", &text);
    let checked = pipeline::check(&world, &["main.wf".to_owned()]);
    let found: Vec<&str> = checked.diagnostics.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(found, ["the agents of templates are bound in more than 10000 combinations"]);
}

/// The plan of `main` of a program of several files; the first is the one that is compiled.
fn plan_of_files(files: &[(&str, &str)]) -> Plan {
    let world = files.iter().fold(MemoryWorld::default(), |world, (path, text)| world.with(path, text));
    let checked = pipeline::check(&world, &[files[0].0.to_owned()]);
    assert!(checked.diagnostics.is_empty(), "{:#?}", checked.diagnostics);
    let index = checked.program.workflows.iter().position(|workflow| workflow.name == "main").unwrap();
    checked.plan(wfc::sema::hir::WorkflowId::new(index)).unwrap()
}

#[test]
fn secrets_of_one_name_in_two_files_are_told_apart() {
    let agent = |name: &str, from: &str| {
        format!(
            "secret token from env \"{from}\"\nagent {name} uses exec {{\n    env {{ TOKEN: token }}\n    \
             action run(key: secret string) -> string {{ command [\"run\"]  env {{ KEY: key }} }}\n}}\n\
             workflow {name}_of() -> string {{\n    stage a = {name}.run(token)\n    return a\n}}\n"
        )
    };
    let main = "import { one_of } from \"one.wf\"\nimport { two_of } from \"two.wf\"\nimport { same_of } from \"same.wf\"\n\
                workflow main() -> string {\n    stage a = one_of()\n    stage b = two_of() { after a }\n    \
                stage c = same_of() { after b }\n    return \"${a} ${b} ${c}\"\n}\n";
    let (one, two, same) = (agent("one", "ONE"), agent("two", "TWO"), agent("same", "ONE"));
    let plan = plan_of_files(&[("main.wf", main), ("one.wf", &one), ("two.wf", &two), ("same.wf", &same)]);
    let sources: std::collections::BTreeMap<&str, String> =
        plan.secrets.iter().map(|secret| (secret.name.as_str(), format!("{:?}", secret.from))).collect();
    let env = |name: &str| format!("Env({name:?})");
    assert_eq!(sources, [("token", env("ONE")), ("token of two.wf", env("TWO"))].into());
    let handed: Vec<String> =
        plan.workflows.iter().flat_map(|workflow| &workflow.stages).map(|stage| format!("{:?}", stage.body)).collect();
    assert!(handed.iter().any(|body| body.contains("\"token of two.wf\"")), "{handed:#?}");
}

#[test]
fn a_plan_holds_the_files_that_it_names() {
    let main = "let terms = file(\"terms.txt\", \"Pay.\")\nlet unused = include_file(\"b.pdf\")\n\
                workflow other() -> string {\n    return unused.name\n}\n\
                workflow main(doc: file = include_file(\"a.pdf\")) -> list<file> {\n    return [doc, terms]\n}\n";
    let with = |a: &str| plan_of_files(&[("main.wf", main), ("a.pdf", a), ("b.pdf", "b")]);
    let plan = with("a");
    let mut held: Vec<&[u8]> = plan.files.iter().map(|file| &*file.content.0).collect();
    held.sort();
    assert_eq!(held, [b"Pay.".as_slice(), b"a"]);
    assert_eq!(verify::verify(&plan), Ok(()));
    assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
    assert_ne!(with("another").hash, plan.hash, "another content is another plan");
    let mut broken = plan.clone();
    broken.files.pop();
    assert!(verify::verify(&broken).unwrap_err().to_string().contains("is not there"));
    let mut broken = plan;
    broken.files[0].hash = broken.files[1].hash.clone();
    assert!(verify::verify(&broken).unwrap_err().to_string().contains("is another"));
}

#[test]
fn a_call_keeps_answers_as_its_stage_says_else_as_its_action_does() {
    let plan = plan(
        "agent web uses http {\n    url \"https://example.com\"\n    cache 1h\n    action usual(x: string) -> string { path x }\n    \
         action own(x: string) -> string { path x  cache 2h }\n    action not(x: string) -> string { method POST  path x  effects none  cache 3h }\n}\n\
         workflow main(x: string) -> string {\n    stage a = web.usual(x)\n    stage b = web.own(a)\n    stage c = web.own(b) { cache 5m }\n    \
         stage d = for y in [c] => web.not(y) { cache 1m }\n    return join(d, \"\")\n}\n",
    );
    let mut times = Vec::new();
    plan.workflows[0].stages.iter().for_each(|stage| stage.calls(&mut |call| times.push(call.cache)));
    assert_eq!(times, [3_600_000, 7_200_000, 300_000, 60_000].map(Some));
}
