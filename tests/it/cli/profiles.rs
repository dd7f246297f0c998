//! `--profile NAME`: agents are rebound for one run, and stay what they are declared to be.

use super::{folder, steady, wfc};

const TRIAGE: &str = r#"type Label = { name: "bug" | "idea", sure: bool, words: list<string>, cost?: money }

agent judge uses llm {
    model "gpt-5"
    action label(text: string) -> Label {
        prompt "${text}"
        temperature 0.5
    }
}

agent tracker uses exec {
    action file(label: Label) -> { id: int, note: file } {
        effects writes
        command ["./track"]
    }
}

workflow main(text: string) -> { label: string, id: int, note: file } {
    stage label = judge.label(text) { timeout 1m }
    stage filed = tracker.file(label)
    return { label: join(label.words), id: filed.id, note: filed.note }
}
"#;

const PROFILES: &str = r#"[profiles.offline.agents.judge]
uses = "mock"

[profiles.offline.agents.tracker]
uses = "mock"
timeout = "5m"

[profiles.small.agents.judge]
model = "gpt-5-mini"
temperature = 0.1
max_output = "500tok"
"#;

#[test]
fn a_run_without_key_or_network_answers_with_what_fits_the_types() {
    let folder = folder(&[("triage.wf", TRIAGE), ("wf.toml", PROFILES)]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    steady().bind(|| {
        insta::assert_snapshot!(run(&["run", "triage.wf", "--profile", "offline", "-i", "text=x", "--id", "r1"]), @r#"
        {"label":"mock judge.label","id":0,"note":{"name":"mock.txt","size":17,"hash":"[hash]"}}
        --- standard error
        profile offline: made-up answers from judge, tracker
        [time] run r1 started: main, plan [hash]
        [time] label succeeded in [s]
        [time] filed succeeded in [s]
        [time] run r1 succeeded in [s]: 2 succeeded
        file result.note (17B): wfc runs file r1 result.note -o mock.txt
        (exit 0)
        "#);
        insta::assert_snapshot!(run(&["check", "--profile", "offline"]), @r#"
        --- standard error
        no problems in 1 file
        (exit 0)
        "#);
        insta::assert_snapshot!(run(&["plan", "triage.wf", "--profile", "offline"]), @r#"
        main  2 stages, nothing has been run

          1  label  judge.label   mock  none    1 attempt
          2  filed  tracker.file  mock  writes  1 attempt

          time           at most 0ms
          attempts       at most 2
          uncertain      tracker.file: without a `probe` a person says what became of an
                         attempt that was cut off

          agents         mock: judge, tracker
        (exit 0)
        "#);
        insta::assert_snapshot!(run(&["plan", "triage.wf", "--profile", "small"]), @r#"
        main  2 stages, nothing has been run

          1  label  judge.label   llm   none    1 attempt  at most 1m
          2  filed  tracker.file  exec  writes  1 attempt  at most 1h

          critical path  label, filed: 1h1m
          time           at most 1h1m
          attempts       at most 2; answers of models, repairs included: at most 2
          tokens         at most 401_000tok
          money          at most 0.11usd (no `budget` is set)
          prices         gpt-5-mini 0.25usd in, 2usd out, of 1,000,000 tokens: what
                         `[prices]` in wf.toml says, else what ships with wfc
          cost 0usd      tracker (no `cost` is stated)
          uncertain      tracker.file: without a `probe` a person says what became of an
                         attempt that was cut off

          agents         exec: tracker
                         llm: judge
          commands       ./track  NOT FOUND: tracker
          hosts          api.openai.com: judge
          secrets        OPENAI_API_KEY  NOT SET: judge
        --- standard error
        2 things that the run needs are not there
        (exit 1)
        "#);
    });
}

#[test]
fn the_plan_says_what_the_profile_said() {
    let folder = folder(&[("triage.wf", TRIAGE), ("wf.toml", PROFILES)]);
    let built = |profile: &[&str]| {
        let text = wfc(folder.path(), &[&["build", "triage.wf"], profile].concat());
        serde_json::from_str::<serde_json::Value>(text.strip_suffix("(exit 0)\n").unwrap()).unwrap()
    };
    let (plain, small, offline) = (built(&[]), built(&["--profile", "small"]), built(&["--profile", "offline"]));
    let hashes = [&plain, &small, &offline].map(|plan| plan["hash"].to_string());
    assert!(hashes[0] != hashes[1] && hashes[1] != hashes[2] && hashes[0] != hashes[2], "{hashes:?}");
    let settings = |plan: &serde_json::Value| plan["agents"][0]["actions"][0]["settings"]["llm"].clone();
    assert_eq!(
        (settings(&plain)["model"].as_str(), settings(&small)["model"].as_str()),
        (Some("gpt-5"), Some("gpt-5-mini"))
    );
    assert_eq!(
        (settings(&small)["temperature"].as_f64(), settings(&small)["max_output"].as_i64()),
        (Some(0.1), Some(500))
    );
    let tracker = |plan: &serde_json::Value| plan["agents"][1]["actions"][0].clone();
    assert_eq!(tracker(&offline)["effects"], "writes", "a mock of a write stays a write");
    assert_eq!(tracker(&offline)["timeout"], 300_000);
    assert_eq!(tracker(&offline)["result"], tracker(&plain)["result"]);
}

#[test]
fn mistakes_are_shown_in_their_places() {
    let config = "[profiles.a.agents.jugde]\nuses = \"mock\"\n[profiles.b.agents.judge]\nuses = \"exec\"\nmodle = \"x\"\n\
                  effects = \"none\"\n[profiles.c.agents.judge]\nuses = \"mock\"\nmodel = \"x\"\n[profiles.d]\nagent = 1\n\
                  [profiles.e.agents.judge]\ntimeout = \"soon\"\ntemperature = \"hot\"\n";
    let wrong = folder(&[("triage.wf", TRIAGE), ("wf.toml", config)]);
    insta::assert_snapshot!(wfc(wrong.path(), &["check"]), @r#"
    error[WF0903]: a profile can let an agent use `mock` and nothing else
      ┌─ wf.toml:4:8
      │
    4 │ uses = "exec"
      │        ^^^^^^ not another kind
      │
      = help: write `uses = "mock"`, or leave it out and state settings such as
        `model`

    error[WF0903]: `wf.toml` has no key `modle`
      ┌─ wf.toml:5:1
      │
    5 │ modle = "x"
      │ ^^^^^ unknown key
      │
      = help: did you mean `model`?
        5 | model = "x"

    error[WF0903]: a profile cannot change `effects`
      ┌─ wf.toml:6:1
      │
    6 │ effects = "none"
      │ ^^^^^^^ fixed by the declaration
      │
      = help: change it in the agent
      = what an agent may do holds in every profile: what was checked and approved
        stays true

    error[WF0903]: a mock has no `model`
      ┌─ wf.toml:9:1
      │
    9 │ model = "x"
      │ ^^^^^ does nothing
      │
      = help: remove it, or `uses = "mock"`

    error[WF0903]: `wf.toml` has no key `agent`
       ┌─ wf.toml:11:1
       │
    11 │ agent = 1
       │ ^^^^^ unknown key
       │
       = help: did you mean `agents`?
         11 | agents = 1

    error[WF0903]: `timeout` takes a duration, such as "30s"
       ┌─ wf.toml:13:11
       │
    13 │ timeout = "soon"
       │           ^^^^^^ this is text

    error[WF0903]: `temperature` takes a number
       ┌─ wf.toml:14:15
       │
    14 │ temperature = "hot"
       │               ^^^^^ this is text

    --- standard error
    7 errors in 1 file; more on one: wfc explain WF0903
    (exit 1)
    "#);
    let stranger = folder(&[("triage.wf", TRIAGE), ("wf.toml", "[profiles.a.agents.jugde]\nuses = \"mock\"\n")]);
    insta::assert_snapshot!(wfc(stranger.path(), &["run", "triage.wf", "--profile", "a", "-i", "text=x"]), @r#"
    --- standard error
    error[WF0903]: the profile `a` names no agent: `jugde`
      ┌─ wf.toml:1:20
      │
    1 │ [profiles.a.agents.jugde]
      │                    ^^^^^ unknown agent
      │
      = help: did you mean `judge`?
        1 | [profiles.a.agents.judge]

    (exit 1)
    "#);
    insta::assert_snapshot!(wfc(stranger.path(), &["run", "triage.wf", "--profile", "b", "-i", "text=x"]), @r#"
    --- standard error
    error: `wf.toml` has no profile `b`; there is `a`
    (exit 2)
    "#);
    let unfit = folder(&[
        ("triage.wf", TRIAGE),
        ("wf.toml", "[profiles.a.agents.tracker]\nmodel = \"x\"\n[profiles.hot.agents.judge]\ntemperature = 9\n"),
    ]);
    insta::assert_snapshot!(wfc(unfit.path(), &["check", "--profile", "a"]), @r#"
    error[WF0502]: `exec` has no setting `model` here
      ┌─ wf.toml[profiles.a.agents.tracker]:2:5
      │
    2 │     model "x"
      │     ^^^^^ unknown setting
      │
      = help: there are `command`, `stdin`, `output`, `cwd`, `env`, `pass`,
        `effects`, `raises`, `timeout`, `retry`, `cache`, `cost`, `endorses`,
        `parallel`, `rate` and `capabilities`

    --- standard error
    1 error in 1 file; more on one: wfc explain WF0502
    (exit 1)
    "#);
    insta::assert_snapshot!(wfc(unfit.path(), &["check", "--profile", "hot"]), @r#"
    error[WF0403]: `temperature` takes a number from 0 to 2
      ┌─ wf.toml[profiles.hot.agents.judge]:2:17
      │
    2 │     temperature 9
      │                 ^ out of range
      │
      = help: write 0 for the same answer as often as can be, 1 for the usual

    --- standard error
    1 error in 1 file; more on one: wfc explain WF0403
    (exit 1)
    "#);
}

#[test]
fn a_profile_speaks_of_all_files_of_the_project() {
    let other = "agent other uses mock {\n    action act() -> int { returns 1 }\n}\nworkflow main() -> int {\n    stage a = other.act()\n    return a\n}\n";
    let folder = folder(&[("a/triage.wf", TRIAGE), ("b/other.wf", other), ("wf.toml", PROFILES)]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    assert_eq!(run(&["run", "b/other.wf", "--profile", "offline", "-q"]), "1\n(exit 0)\n");
    run(&["build", "b/other.wf", "-o", "plan.json"]);
    insta::assert_snapshot!(run(&["run", "plan.json", "--profile", "offline"]), @r#"
    --- standard error
    error: a plan has its bindings already: `--profile` is for sources
    help: build it with the profile: `wfc build FILE --profile NAME`
    (exit 2)
    "#);
}
