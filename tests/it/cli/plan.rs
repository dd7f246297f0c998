//! `wfc plan`.

use std::os::unix::fs::PermissionsExt;

use super::{folder, wfc};

const PROGRAM: &str = r#"
secret token from env "SHOP_TOKEN"
secret seal from file "keys/seal"

agent shop uses exec {
    cwd "tools"
    action build(commit: string) -> { url: string, risk: "low" | "high" } {
        effects none  timeout 2m  command ["./build", commit]  output json
    }
    action smoke(url: string) -> bool { effects none  timeout 30s  command ["sh", "smoke.sh", url]  output json }
    action publish(url: string) { timeout 5m  command ["./publish", url]  env { TOKEN: token, SEAL: seal } }
    action withdraw(url: string) { effects writes idempotent  timeout 4m  command ["./withdraw", url] }
}

agent writer uses llm {
    model "gpt-5-mini"
    parallel 2
    action note(url: string) -> string { prompt "Say that ${url} is out."  max_input 10_000tok  max_output 1_000tok }
}

workflow ship(commit: string, parts: list<string>) -> string {
    timeout 2d
    stage build = shop.build(commit) { retry { attempts 3  backoff fixed(10s) } }
    when build.risk == "high" {
        stage sign_off = ask("Release ${commit}?", show: build) -> { ok: bool } { timeout 1d }
        when !sign_off.ok {
            fail "refused"
        }
    }
    stage tried = for part in parts => {
        stage smoke = shop.smoke("${build.url}/${part}") { retry { attempts 2  backoff fixed(1s) } }
        return smoke
    } { parallel 4 }
    stage fixed = for part in ["front", "back"] => shop.smoke("${build.url}/${part}")
    when all(tried) && all(fixed) {
        stage out = shop.publish(build.url) { undo shop.withdraw(build.url) }
        stage _noted = writer.note(build.url) { after out  retry { attempts 3  backoff fixed(1s) } }
    }
    return build.url
}
"#;

#[test]
fn a_plan_says_what_a_run_takes_and_what_it_lacks() {
    let folder = folder(&[("ship.wf", PROGRAM), ("tools/build", "#!/bin/sh\n"), ("keys/seal", "x")]);
    let build = folder.path().join("tools/build");
    std::fs::set_permissions(build, std::fs::Permissions::from_mode(0o755)).unwrap();
    insta::assert_snapshot!(wfc(folder.path(), &["plan", "ship.wf"]), @r#"
    ship  7 stages, widest front 2, nothing has been run

      1  build     shop.build
             exec      none    3 attempts          at most 6m20s
      2  sign_off  ask
             person                                at most 1d
      3  fail      fail "refused"
      4  tried     for each of parts: { … }
             workflow  none    2 × tried attempts  at most 1m1s + 16s × tried
         fixed     for each of ["front", "back"]: shop.smoke
             exec      none    2 attempts          at most 30s
      5  out       shop.publish
             exec      writes  2 attempts          at most 5m
      6  _noted    writer.note
             llm       none    3 attempts          at most 30m2s

      only           when build.risk == "high": sign_off
                     when build.risk == "high", when !sign_off.ok: fail
                     when all(tried) && all(fixed): out, _noted
      critical path  build, sign_off, tried, out, _noted: 1d1h + 16s × tried
      time           at most 2d, by `timeout 2d`
      undo           at most 4m more, after a failure
      attempts       at most 10 + 2 × tried; answers of models, repairs included: at
                     most 6
      tokens         at most 66_000tok
      money          at most 0.03usd (no `budget` is set)
      prices         gpt-5-mini 0.25usd in, 2usd out, of 1,000,000 tokens: what
                     `[prices]` in wf.toml says, else what ships with wfc
      sizes          tried: the length of its list (ship.wf:30), known from the
                     inputs
      not counted    waiting for a free slot of shop (one for each core), a free
                     slot of writer (2 at once)
      cost 0usd      shop (no `cost` is stated)
      uncertain      shop.publish: without a `probe` a person says what became of an
                     attempt that was cut off

      agents         exec: shop
                     llm: writer
      commands       ./build  found: shop
                     ./publish  NOT FOUND: shop
                     ./withdraw  NOT FOUND: shop
                     sh  found: shop
      hosts          api.openai.com: writer
      files          keys/seal  found: secret seal
                     tools  found: shop
      secrets        SHOP_TOKEN  NOT SET: shop
                     seal from file `keys/seal`  found: shop
                     OPENAI_API_KEY  NOT SET: writer
    --- standard error
    4 things that the run needs are not there
    (exit 1)
    "#);
}

#[test]
fn a_plan_that_lacks_nothing_is_good_and_says_so_to_programs() {
    let folder = folder(&[(
        "tick.wf",
        r#"
        agent clock uses mock { action tick(n: int) -> int { takes 2s  returns n } }
        workflow tick(n: int) -> int {
            stage first_tick = clock.tick(n) { repeat up to 3 every 1m until result > 2 }
            stage _either = first of [clock.tick(first_tick), wait(1s)]
            return first_tick
        }
        "#,
    )]);
    insta::assert_snapshot!(wfc(folder.path(), &["plan", "tick.wf"]), @r#"
    tick  2 stages, nothing has been run

      1  first_tick  clock.tick                 mock  none  3 attempts  at most 2m6s
      2  _either     first of clock.tick, wait  race  none  1 attempt   at most 1s
                     1s

      critical path  first_tick, _either: 2m7s
      time           at most 2m7s
      attempts       at most 4

      agents         mock: clock
    (exit 0)
    "#);
    let json = wfc(folder.path(), &["plan", "tick.wf", "--json"]);
    let (object, end) = json.split_once('\n').unwrap();
    assert_eq!(end, "(exit 0)\n");
    let object: serde_json::Value = serde_json::from_str(object).unwrap();
    assert_eq!((&object["time_ms"], &object["spent"]["attempts"]), (&127_000.into(), &4.into()));
    assert_eq!(object["missing"], 0);
}

#[test]
fn what_has_no_bound_says_why() {
    let folder = folder(&[(
        "open.wf",
        r#"
        agent slow uses mock { action work(for_: duration) -> int { takes for_  returns 1 } }
        workflow open(often: list<duration>) -> list<int> {
            stage worked = for each in often => slow.work(each)
            return worked
        }
        "#,
    )]);
    insta::assert_snapshot!(wfc(folder.path(), &["plan", "open.wf"]), @r#"
    open  1 stage, nothing has been run

      1  worked  for each of often: slow.work  mock  none  worked attempts  no bound

      time           no bound: how long it takes depends on its arguments
                     (open.wf:2)
      attempts       at most worked
      sizes          worked: the length of its list (open.wf:4), known from the
                     inputs

      agents         mock: slow
    (exit 0)
    "#);
}

/// What is planned of a workflow: the times and more of `--json`.
fn planned(program: &str, workflow: &str) -> serde_json::Value {
    let folder = folder(&[("it.wf", program)]);
    let said = wfc(folder.path(), &["plan", "it.wf", workflow, "--json"]);
    serde_json::from_str(said.lines().next().unwrap()).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// What stands behind a word of a plan.
fn line(program: &str, workflow: &str, word: &str) -> String {
    let folder = folder(&[("it.wf", program)]);
    let said = wfc(folder.path(), &["plan", "it.wf", workflow]);
    let line = said.lines().find_map(|line| line.trim_start().strip_prefix(word));
    line.unwrap_or_else(|| panic!("no `{word}`: {said}")).trim().to_owned()
}

const LATE: &str = r#"
agent m uses exec {
    action slow(n: int) -> string { effects reads  command ["sleep", "4"]  stdin none }
    action q(n: int) -> string { effects reads  command ["sleep", "8"]  stdin none  timeout 20s }
    action w(n: int) -> string { effects writes  command ["true"]  stdin none  timeout 10s }
    action u(n: int) { effects writes  command ["true"]  stdin none  timeout 7s }
    action p(n: int) -> string {
        effects writes  command ["true"]  stdin none
        probe { effects reads  timeout 30s  command ["true"]  stdin none }
    }
}
workflow inner(n: int) -> string {
    stage a = m.slow(n)
    finally { stage f = m.q(n) }
    return a
}
workflow undone(n: int) -> string {
    stage w = m.w(n) { undo m.u(n) }
    stage a = m.slow(n)
    finally { stage f = m.q(n) }
    return "${w}${a}"
}
workflow call() -> string {
    stage t = inner(1) { timeout 2s  deadline 3s  on failure use "late" }
    return t
}
workflow whole() -> string {
    timeout 2s
    stage t = inner(1)
    return t
}
workflow survived() -> string {
    stage t = undone(1) { timeout 2s  on failure use "late" }
    return t
}
workflow each() -> list<string> {
    stage t = for n in [1, 2, 3] => inner(n) { parallel 1  timeout 2s }
    return t
}
workflow race() -> string {
    stage t = first of { a: inner(1), b: wait(1s) }
    return t.won
}
workflow handler() -> string {
    stage a = m.slow(1) { deadline 2s  on failure of timeout use m.q(1) }
    return a
}
workflow probed() -> string {
    stage a = m.p(1) { deadline 2s }
    return a
}
workflow person() -> string {
    stage a = m.slow(1) { deadline 2s  on failure of timeout ask { timeout 4h } }
    return a
}
"#;

#[test]
fn no_limit_cuts_what_tidies_up_or_handles_a_failure() {
    let time = |workflow| planned(LATE, workflow)["time_ms"].as_i64().unwrap();
    assert_eq!((time("call"), time("whole"), time("survived")), (22_000, 22_000, 29_000));
    assert_eq!((time("each"), time("race")), (66_000, 21_000));
    assert_eq!((time("handler"), time("probed")), (22_000, 32_000));
    assert_eq!(time("person"), 4 * 3_600_000 + 2_000);
    assert_eq!(line(LATE, "whole", "time"), "at most 22s, by `timeout 2s` and what tidies up after it");
}

const SIZES: &str = r#"
agent m uses mock {
    action f(n: int) -> int { takes 10s  cost 1usd  returns n }
    action g(n: int) -> int { takes 1m  returns n }
}
workflow path(xs: list<int>, n: int) -> int {
    stage z = m.g(n)
    stage a = for x in xs => m.f(x) { after z  parallel 1 }
    stage b = m.g(z) { repeat up to 9 until result > 3 }
    return len(a) + b
}
workflow written(n: int) -> list<int> {
    budget 100usd
    stage a = for x in range(10) => m.f(x) { parallel 1 }
    stage b = for x in a => m.f(x)
    let more = b + [1, 2]
    stage c = for x in [y for y in more if y > 3] => m.f(x)
    return c
}
workflow limited(xs: list<int>) -> list<int> {
    stage a = for x in xs up to 3 => m.f(x) { budget 3usd }
    return a
}
workflow one(n: int) -> int { lock "one"  stage a = m.g(n)  return a }
workflow locked(xs: list<int>) -> list<int> {
    stage a = for x in xs up to 10 => one(x) { parallel 5 }
    return a
}
"#;

#[test]
fn lists_of_constants_and_of_results_have_known_lengths() {
    let plan = planned(SIZES, "written");
    assert_eq!((&plan["spent"]["attempts"], &plan["sizes"]), (&32.into(), &serde_json::json!([])));
    assert_eq!(plan["stages"][0]["time_ms"], 100_000);
}

#[test]
fn a_critical_path_takes_what_its_stages_take() {
    assert_eq!(line(SIZES, "path", "critical path"), "z, a: 1m + 10s × a");
    assert_eq!(line(SIZES, "path", "time"), "at most 10m + 10s × a");
    assert_eq!(line(SIZES, "path", "attempts"), "at most 10 + a");
}

#[test]
fn items_that_take_the_same_lock_wait_for_each_other() {
    assert_eq!(planned(SIZES, "locked")["time_ms"], 600_000);
}

#[test]
fn of_money_is_said_what_is_limited_and_what_costs_nothing() {
    assert_eq!(line(SIZES, "limited", "money"), "at most 3.00usd (no `budget` is set for all of it)");
    assert_eq!(line(SIZES, "path", "cost 0usd"), "m.g (no `cost` is stated)");
}

#[test]
fn programs_and_folders_of_constants_are_looked_for() {
    let program = r#"
        let tool = "no-such-tool"
        let words = ["no-such-word", "-r"]
        agent a uses exec { action f(x: string) -> string { command ["${tool}", x]  stdin none  effects reads } }
        agent b uses exec { action f(x: string) -> string { command [words[0] ?? "sh", x]  stdin none  effects reads } }
        agent c uses exec {
            cwd "${tool}/sub"
            action f(x: string) -> string { command ["./${tool}", x]  stdin none  effects reads }
        }
        agent d uses http { url "https://${tool}.org"  action get(n: string) -> string { path "/x" } }
        workflow it(x: string) -> string {
            stage s = a.f(x)
            stage t = b.f(s)
            stage u = c.f(t)
            stage v = d.get(u)
            return v
        }
    "#;
    let plan = planned(program, "it");
    let names = |of: &str| plan[of].as_array().unwrap().iter().map(|need| need["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names("commands"), ["./no-such-tool", "no-such-tool", "no-such-word"]);
    assert_eq!((names("files"), names("hosts")), (vec!["no-such-tool/sub".into()], vec!["no-such-tool.org".into()]));
    assert_eq!(plan["missing"], 4);
}
