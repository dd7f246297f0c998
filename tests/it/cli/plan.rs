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

      1  worked  for each of often:  mock  none  1 × worked attempts  no bound
                 slow.work

      time           no bound: how long it takes depends on its arguments
                     (open.wf:2)
      attempts       at most 1 × worked
      sizes          worked: the length of its list (open.wf:4), known from the
                     inputs

      agents         mock: slow
    (exit 0)
    "#);
}
