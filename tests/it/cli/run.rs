//! `wfc run`: results, inputs, failures, names.

use super::programs::{ASKS, BROKEN, HELLO, TRIAGE};
use super::{folder, steady, wfc};

#[test]
fn the_result_is_all_that_standard_output_gets() {
    let folder = folder(&[("hello.wf", HELLO)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "hello.wf", "--id", "r1", "-i", "name=Ada"]), @r#"
        {"text":"Hello Ada!","times":1}
        --- standard error
        [time] run r1 started: hello, plan [hash]
        [time] text succeeded in [s]
        [time] run r1 succeeded in [s]: 1 succeeded
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["run", ".", "-q", "-i", "name=Ada", "-i", "times=3"]), @r#"
        {"text":"Hello Ada!","times":3}
        (exit 0)
        "#);
    });
}

#[test]
fn everything_wrong_with_the_inputs_is_said_at_once() {
    let folder = folder(&[("hello.wf", HELLO)]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "hello.wf", "-i", "nam=Ada", "-i", "times=x", "-i", "y"]), @r#"
    --- standard error
    error[WF0802]: `hello` has no input `nam`; did you mean `name`?
    error[WF0802]: the input `times` does not fit: expected a whole number, found "x"
    help: it is an `int`
    error[WF0802]: the input `y` has no value
    help: write `-i y=VALUE`
    error[WF0802]: the input `name` is missing
    help: write `-i name=VALUE`; it is a `string`
    (exit 2)
    "#);
    assert!(!folder.path().join(".wfc").exists(), "nothing has started");
}

#[test]
fn what_cannot_be_carried_out_yet_is_refused_before_anything_starts() {
    const TOOLS: &str = "\
agent tools uses mcp {
    command [\"server\"]
    action look(x: string) -> string { tool \"look\" effects reads }
}
workflow main(x: string) -> string {
    stage seen = tools.look(x)
    return seen
}
";
    let folder = folder(&[("tools.wf", TOOLS)]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "tools.wf", "-q", "-i", "x=a"]), @r#"
    --- standard error
    error[WF0090]: `uses mcp` is not carried out yet
      ┌─ tools.wf:1:7
      │
    1 │ agent tools uses mcp {
      │       ^^^^^ nothing was started
      │
      = help: `wfc check` and `wfc graph` understand it; this version cannot run it

    (exit 1)
    "#);
    assert!(!folder.path().join(".wfc").exists(), "nothing has started");
}

#[test]
fn a_rate_is_kept_to_and_what_a_run_cost_is_told() {
    const RATED: &str = "\
agent model uses mock {
    rate 2 per 1m
    action say(x: int) -> int { cost 0.25usd returns x }
}
workflow main() -> list<int> {
    budget 1.25usd
    stage said = for x in [1, 2, 3, 4, 5] up to 5 => model.say(x)
    return said
}
";
    let folder = folder(&[("rated.wf", RATED)]);
    let told = wfc(folder.path(), &["run", "rated.wf", "--clock", "virtual", "--json"]).to_string();
    let starts = told.lines().filter(|line| line.contains("stage_started"));
    let times: Vec<&str> = starts.filter_map(|line| line.split("\"time\":\"").nth(1)?.get(14..19)).collect();
    let minutes: Vec<u32> = times.iter().filter_map(|time| time.get(..2)?.parse().ok()).collect();
    let apart: Vec<u32> = minutes.iter().map(|minute| (minute + 60 - minutes[0]) % 60).collect();
    assert_eq!(apart, [0, 0, 1, 1, 2], "{told}");
    assert!(told.contains("\"usage\":{\"tokens\":0,\"money\":1250000}"), "{told}");
}

#[test]
fn inputs_come_from_files_too() {
    let folder = folder(&[
        ("hello.wf", HELLO),
        ("inputs.json", r#"{ "name": "from JSON", "times": 2 }"#),
        ("inputs.toml", "name = \"from TOML\"\n"),
        ("inputs.yaml", "name: from YAML # with a comment\ntimes: 3\n"),
        ("twice.yml", "name: a\nname: b\n"),
        ("name.txt", "from a file"),
    ]);
    let run = |arguments: &[&str]| {
        let all: Vec<&str> = ["run", "hello.wf", "-q"].iter().chain(arguments).copied().collect();
        wfc(folder.path(), &all)
    };
    insta::assert_snapshot!(run(&["--inputs", "inputs.json"]), @r#"
    {"text":"Hello from JSON!","times":2}
    (exit 0)
    "#);
    insta::assert_snapshot!(run(&["--inputs", "inputs.json", "-i", "name=typed"]), @r#"
    {"text":"Hello typed!","times":2}
    (exit 0)
    "#);
    insta::assert_snapshot!(run(&["--inputs", "inputs.toml"]), @r#"
    {"text":"Hello from TOML!","times":1}
    (exit 0)
    "#);
    insta::assert_snapshot!(run(&["--inputs", "inputs.yaml"]), @r#"
    {"text":"Hello from YAML!","times":3}
    (exit 0)
    "#);
    let twice = run(&["--inputs", "twice.yml"]);
    assert!(twice.contains("error[WF0802]: twice.yml: it is not YAML that can be taken: "), "{twice}");
    assert!(
        twice.contains("duplicate mapping key") && twice.contains("line 2") && !twice.contains("Options"),
        "{twice}"
    );
    assert!(twice.ends_with("(exit 2)\n"), "{twice}");
    insta::assert_snapshot!(run(&["-i", "name=@name.txt"]), @r#"
    {"text":"Hello from a file!","times":1}
    (exit 0)
    "#);
    insta::assert_snapshot!(run(&["-i", "name=@@home"]), @r#"
    {"text":"Hello @home!","times":1}
    (exit 0)
    "#);
    insta::assert_snapshot!(run(&["--inputs", "nothing.json"]), @r"
    --- standard error
    error: nothing.json cannot be read: No such file or directory (os error 2)
    (exit 3)
    ");
}

#[test]
fn a_dry_run_checks_and_starts_nothing() {
    let folder = folder(&[("hello.wf", HELLO), ("ship.wf", BROKEN)]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    insta::assert_snapshot!(run(&["run", "hello.wf", "--dry-run", "-i", "name=Ada"]), @r#"
    hello  1 stage, nothing has been run

      1  text  greeter.greet  mock  none  1 attempt

      time           at most 0ms
      attempts       at most 1

      agents         mock: greeter
    --- standard error
    inputs: name "Ada", times 1
    (exit 0)
    "#);
    insta::assert_snapshot!(run(&["run", "hello.wf", "--dry-run"]), @r#"
    --- standard error
    error[WF0802]: the input `name` is missing
    help: write `-i name=VALUE`; it is a `string`
    (exit 2)
    "#);
    assert!(run(&["run", "ship.wf", "--dry-run", "--json", "-q"]).starts_with("{"));
    assert!(!folder.path().join(".wfc").exists(), "there is not even a store");
}

#[test]
fn the_inputs_of_a_workflow_are_listed() {
    let folder = folder(&[("hello.wf", HELLO)]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "hello.wf", "--help"]), @r"
    Greets somebody.

    Usage: wfc run hello.wf [OPTIONS]

    Inputs:
      -i name=   string
      -i times=  int     [default: 1]

    Options: wfc run --help
    (exit 0)
    ");
}

#[test]
fn events_are_json_lines() {
    let folder = folder(&[("hello.wf", HELLO)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "hello.wf", "--json", "--id", "r1", "-i", "name=Ada"]), @r#"
        {"run":"r1","seq":0,"time":"[time]","event":"run_started","format":1,"workflow":"hello","plan":"[hash]","inputs":{"name":"Ada","times":1},"resumed":false}
        {"run":"r1","seq":1,"time":"[time]","stage":"text","event":"stage_ready"}
        {"run":"r1","seq":2,"time":"[time]","stage":"text","event":"stage_started","attempt":1,"agent":"greeter.greet","key":"[key]/text/-/-/0/0"}
        {"run":"r1","seq":3,"time":"[time]","stage":"text","event":"stage_succeeded","attempt":1,"result":"Hello Ada!","kept":false,"usage":{"tokens":0,"money":0}}
        {"run":"r1","seq":4,"time":"[time]","event":"run_succeeded","result":{"text":"Hello Ada!","times":1},"usage":{"tokens":0,"money":0}}
        (exit 0)
        "#);
    });
}

#[test]
fn a_failure_points_into_the_file_and_says_how_to_go_on() {
    let folder = folder(&[("ship.wf", BROKEN)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "ship.wf", "--id", "r1"]), @r#"
        --- standard error
        [time] run r1 started: ship, plan [hash]
        [time] prepared succeeded in [s]
        [time] built failed: the program of `build` ended with status 3
        [time] run r1 failed after [s]: built, failed
        error[WF0805]: `shell.build` ended with status 3
           ┌─ ship.wf:19:19
           │
        19 │     stage built = shell.build(prepared)
           │                   ^^^^^^^^^^^^^^^^^^^^^ class `failed`
           │
           = its last output:
               compiling
               no such field
           = attempt 1 of 1: no `retry` stands here
           = what it printed: wfc runs logs r1 built

          kept: prepared    not started: announced    effects so far: prepared
          go on:         wfc runs retry r1
          with changes:  wfc runs retry r1 --plan ship.wf
        (exit 1)
        "#);
    });
}

#[test]
fn a_program_with_mistakes_is_not_run() {
    let folder = folder(&[("bad.wf", &HELLO.replace("greeter.greet(name)", "greeter.greet(nam)"))]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "bad.wf", "-i", "name=Ada"]), @r"
    --- standard error
    error[WF0102]: nothing here is called `nam`
      ┌─ bad.wf:9:32
      │
    8 │ workflow hello(name: string, times: int = 1) -> { text: string, times: int …
      │                ---- a parameter with a near name
    9 │     stage text = greeter.greet(nam)
      │                                ^^^ unknown name
      │
      = help: did you mean `name`?
        9 |     stage text = greeter.greet(name)

    (exit 1)
    ");
    assert!(!folder.path().join(".wfc").exists(), "nothing has started");
}

#[test]
fn a_named_run_is_made_once() {
    let folder = folder(&[("hello.wf", HELLO), ("ship.wf", BROKEN)]);
    let run = |file: &str, name: &str| wfc(folder.path(), &["run", file, "--id", "r1", "-i", &format!("name={name}")]);
    run("hello.wf", "Ada");
    steady().bind(|| {
        insta::assert_snapshot!(run("hello.wf", "Ada"), @r#"
        {"text":"Hello Ada!","times":1}
        --- standard error
        run r1 has succeeded already
        (exit 0)
        "#);
        insta::assert_snapshot!(run("hello.wf", "Bob"), @r#"
        --- standard error
        error: there is a run `r1` already, with other inputs: name is "Ada" there, "Bob" here
        help: take another name; that one has succeeded: `wfc runs show r1`
        (exit 1)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["run", "ship.wf", "--id", "r1"]), @r#"
        --- standard error
        error: there is a run `r1` already, with another plan: [hash], not [hash]
        help: take another name; that one has succeeded: `wfc runs show r1`
        (exit 1)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["run", "ship.wf", "--id", "-r"]), @r#"
        --- standard error
        error: unexpected argument '-r' found

          tip: to pass '-r' as a value, use '-- -r'

        Usage: wfc run [OPTIONS] [FILE|FOLDER|WORKFLOW] [WORKFLOW]
        (exit 2)
        "#);
    });
}

#[test]
fn a_secret_is_handed_over_by_its_name_and_told_the_agent_alone() {
    const LOCALE: &str = "\
secret locale from env \"LC_ALL\"

agent tool uses exec {
    effects reads
    action length(key: secret string) -> int {
        command [\"sh\", \"-c\", \"printf %s \\\"$KEY\\\" | wc -c\"]
        env { KEY: key }
    }
    action lines(key: secret string) -> int { command [\"grep\", \"-c\", \"UTF-8\"] }
}

workflow inner(key: secret string) -> int {
    stage length = tool.length(key)
    return length
}

workflow main() -> list<int> {
    stage length = inner(locale)
    stage lines = for key_of in [1] => tool.lines(locale) { label \"${key_of}\" }
    return [length, lines[0] ?? 0]
}
";
    let folder = folder(&[("locale.wf", LOCALE)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "locale.wf", "main", "-q"]), @r"
        [7,1]
        (exit 0)
        ");
        insta::assert_snapshot!(wfc(folder.path(), &["run", "locale.wf", "inner", "-q", "-i", "key=abc"]), @r"
        --- standard error
        error[WF0802]: `inner` cannot be started from outside: its parameter `key` is `secret`
        help: start a workflow that calls this one and names the secret
        (exit 2)
        ");
    });
    for file in std::fs::read_dir(folder.path().join(".wfc")).unwrap().map(|file| file.unwrap().path()) {
        let kept = if file.is_file() { std::fs::read(&file).unwrap() } else { Vec::new() };
        assert!(!kept.windows(7).any(|part| part == b"C.UTF-8"), "{}", file.display());
    }
}

#[test]
fn nobody_outside_can_give_an_approval() {
    const SHIPS: &str = "\
agent shop uses mock { action ship(order: approved { id: string }) -> null {} }

workflow ships(order: approved { id: string }) {
    stage shipped = shop.ship(order)
}
";
    let folder = folder(&[("ships.wf", SHIPS)]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "ships.wf", "-q", "-i", "order={\"id\":\"a\"}"]), @r"
    --- standard error
    error[WF0802]: `ships` cannot be started from outside: its parameter `order` is `approved`
    help: start a workflow that asks a person with `ask(…) approves …`, and calls this one
    (exit 2)
    ");
    assert!(!folder.path().join(".wfc").exists(), "nothing has started");
}

#[test]
fn a_missing_secret_is_reported_before_anything_starts() {
    let program = HELLO.replace("uses mock", "uses exec").replace(
        "        returns \"Hello ${name}!\"\n",
        "        effects reads\n        command [\"true\"]\n        output text\n        env { TOKEN: token }\n",
    );
    let folder = folder(&[("s.wf", &format!("secret token from env \"NO_SUCH_TOKEN\"\n\n{program}"))]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "s.wf", "-i", "name=Ada"]), @r"
    --- standard error
    error: the environment variable `NO_SUCH_TOKEN` of the secret `token` is not set
    (exit 3)
    ");
    assert!(!folder.path().join(".wfc").exists(), "nothing has started");
}

#[test]
fn several_workflows_need_a_name() {
    let two = "workflow one() -> int {\n    return 1\n}\n\nworkflow two() -> int {\n    return 2\n}\n";
    let folder = folder(&[("two.wf", two)]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "two.wf"]), @r"
    --- standard error
    error[WF0905]: `two.wf` has several workflows: `one`, `two`
    help: say which, after the file; or call one `main`
    (exit 2)
    ");
    insta::assert_snapshot!(wfc(folder.path(), &["run", "two.wf", "tow", "-q"]), @r"
    --- standard error
    error: `two.wf` has no workflow `tow`; did you mean `two`?
    (exit 2)
    ");
    insta::assert_snapshot!(wfc(folder.path(), &["run", "two.wf", "two", "-q"]), @r"
    2
    (exit 0)
    ");
}

#[test]
fn without_a_terminal_a_run_that_waits_for_a_person_parks() {
    let folder = folder(&[("release.wf", ASKS)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "release.wf", "--id", "r1"]), @r#"
        --- standard error
        [time] run r1 started: release, plan [hash]
        [time] draft succeeded in [s]
        [time] allowed waits for a person until [minute]: Build S1?
        [time] run r1 waits for a person
          ? allowed  role owner (anybody: no [roles] in wf.toml), until [minute]
            Build S1?
            {"id":"S1","risk":"high"}
            answer  wfc runs answer r1 allowed JSON   (JSON: { ok: bool, note?: string })
        then go on: wfc resume r1
        (exit 75)
        "#);
    });
}

#[test]
fn a_store_elsewhere_stands_in_the_commands() {
    let folder = folder(&[("inner/release.wf", ASKS)]);
    steady().bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "inner/release.wf", "--id", "r1", "-q"]), @r#"
        --- standard error
          ? allowed  role owner (anybody: no [roles] in wf.toml), until [minute]
            Build S1?
            {"id":"S1","risk":"high"}
            answer  wfc runs answer r1 allowed JSON --store inner/.wfc   (JSON: { ok: bool, note?: string })
        then go on: wfc resume r1 --store inner/.wfc
        (exit 75)
        "#);
    });
}

#[test]
fn an_unknown_command_is_wrong_use() {
    let folder = folder(&[]);
    insta::assert_snapshot!(wfc(folder.path(), &["chekc"]), @r"
    --- standard error
    error: no command `chekc`; did you mean `check`?
    (exit 2)
    ");
    insta::assert_snapshot!(wfc(folder.path(), &["runs", "lst"]), @r"
    --- standard error
    error: no command `lst`; did you mean `list`?
    (exit 2)
    ");
    insta::assert_snapshot!(wfc(folder.path(), &["runs", "list"]), @r"
    --- standard error
    error: there is no store here: no `.wfc` in this folder or above
    help: go to the project's folder, or name the store with `--store PATH`
    (exit 3)
    ");
}

#[test]
fn under_a_virtual_clock_hours_pass_at_once_and_items_have_labels() {
    let folder = folder(&[("triage.wf", TRIAGE)]);
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d\d:\d\d:\d\d", "[time]");
    settings.add_filter(r"plan [0-9a-f]{8}\b", "plan [hash]");
    settings.add_filter(r"started \d.* by .*", "started [minute] by [account]");
    settings.bind(|| {
        insta::assert_snapshot!(wfc(folder.path(), &["run", "triage.wf", "--id", "r1", "--clock", "virtual"]), @r#"
        ["label kind a","label kind b"]
        --- standard error
        [time] run r1 started: main, plan [hash]
        [time] issues succeeded in 0.0s
        [time] triaged[0].kind (#a) succeeded in 2.0s
        [time] triaged[1].kind (#b) succeeded in 2.0s
        [time] triaged[0].labelled (#a) attempt 1 of 4 failed: rate_limited: the mock fails with `rate_limited`, as it was told; next in 3s
        [time] triaged[1].labelled (#b) attempt 1 of 4 failed: rate_limited: the mock fails with `rate_limited`, as it was told; next in 3s
        [time] triaged[0].labelled (#a) succeeded in 1.0s
        [time] triaged[1].labelled (#b) succeeded in 1.0s
        [time] run r1 succeeded in 7.0s: 5 succeeded
        (exit 0)
        "#);
        insta::assert_snapshot!(wfc(folder.path(), &["runs", "show", "r1"]), @r#"
        run r1  main  succeeded, 7.0s
        started [minute] by [account]
        plan [hash], from triage.wf
          ✓ issues                   0.0s
          ✓ triaged                  7.0s
            ✓ triaged[0]         #a  7.0s
              ✓ kind                 2.0s
              ✓ labelled             1.0s  attempt 2; 1: rate_limited
            ✓ triaged[1]         #b  7.0s
              ✓ kind                 2.0s
              ✓ labelled             1.0s  attempt 2; 1: rate_limited
        effects so far: none
        result: ["label kind a","label kind b"]
        (exit 0)
        "#);
    });
}

#[test]
fn what_is_asked_of_an_option_must_be_possible() {
    let folder = folder(&[("hello.wf", HELLO)]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "hello.wf", "--parallel", "0"]), @r"
    --- standard error
    error: invalid value '0' for '--parallel <N>': 0 is not in 1..=4294967295
    (exit 2)
    ");
    insta::assert_snapshot!(wfc(folder.path(), &["run", "none.wf"]), @r"
    --- standard error
    error[WF0901]: `none.wf` cannot be read: there is no such file

    (exit 3)
    ");
    insta::assert_snapshot!(wfc(folder.path(), &["run", "hello.json"]), @r"
    --- standard error
    error: `hello.json` cannot be read: No such file or directory (os error 2)
    (exit 3)
    ");
}
