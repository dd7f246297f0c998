//! `wfc test`: recorded runs, and what no test reaches.

use super::test::{SHOP, tested, timeless};
use super::{folder, wfc};

/// A workflow of mock agents, so that it runs without a test too.
const SURVEY: &str = r#"
agent shop uses mock {
    action price(item: string) -> int { effects reads  takes 2s  returns len(item) * 100  fails unavailable 1 times }
}

workflow survey(items: list<string>) -> int {
    stage prices = for item in items => shop.price(item) { retry { attempts 2  backoff fixed(1s) }  parallel 1 }
    stage sure = ask("Is it ${to_string(sum(prices))}?") -> { yes: bool } { timeout 1d }
    return if sure.yes then sum(prices) else 0
}

test "as it was" {
    run survey(["pen", "car"])
    replay "recorded.json"
    expect result == 600
    expect attempts(prices) == 4
    crash everywhere
}
"#;

#[test]
fn a_recorded_run_answers_in_place_of_mocks() {
    let _timeless = timeless();
    let folder = folder(&[("survey.wf", SURVEY), ("recorded.json", "")]);
    let path = folder.path();
    wfc(
        path,
        &["run", "survey.wf", "-i", r#"items=["pen", "car"]"#, "--clock", "virtual", "--no-wait", "--id", "first"],
    );
    wfc(path, &["runs", "answer", "first", "sure", r#"{"yes": true}"#]);
    wfc(path, &["resume", "first"]);
    std::fs::remove_file(path.join("recorded.json")).unwrap();
    insta::assert_snapshot!(wfc(path, &["runs", "export", "first", "-o", "recorded.json"]), @r#"
    --- standard error
    run first is in recorded.json
    (exit 0)
    "#);
    insta::assert_snapshot!(wfc(path, &["test"]), @r#"
    ok    as it was  (crashed at 9 points)
    --- standard error
    1 test passed in [s]
    (exit 0)
    "#);
    // What is asked for now is not what was recorded.
    std::fs::write(path.join("survey.wf"), SURVEY.replace(r#"run survey(["pen", "car"])"#, r#"run survey(["house"])"#))
        .unwrap();
    insta::assert_snapshot!(wfc(path, &["test"]), @r#"
    FAIL  as it was

    error[WF0825]: the recorded run does not answer `shop.price`, called by
        `prices[0]`
       ┌─ survey.wf:12:6
       │
    12 │ test "as it was" {
       │      ^^^^^^^^^^^ in this test
       │
       = it has no such call with these arguments, or none that is left
       = it was called with item: "house"

    the run, with the time since its start:
            0s  prices[0] calls shop.price

    --- standard error
    1 of 1 test failed in [s]; again: wfc test --filter "as it was"
    (exit 1)
    "#);
    std::fs::write(path.join("recorded.json"), "{}").unwrap();
    insta::assert_snapshot!(wfc(path, &["test"]), @r#"
    FAIL  as it was

    error[WF0825]: the recorded run `recorded.json` cannot be used
       ┌─ survey.wf:13:9
       │
    13 │     run survey(["house"])
       │         ^^^^^^^^^^^^^^^^^ nothing was run
       │
       = help: write it with `wfc runs export RUN -o FILE`
       = this is not what `wfc runs export` writes: missing field `format` at line 1
         column 2


    --- standard error
    1 of 1 test failed in [s]; again: wfc test --filter "as it was"
    (exit 1)
    "#);
}

/// A test that takes one of the ways.
const CHEAP: &str = r#"
test "a cheap thing" {
    run sell("pen")
    mock till.price returns { cents: 200, note: "" }
    mock till.charge returns "paid"
    expect result == "paid"
}
"#;

#[test]
fn what_no_test_reaches_is_told() {
    let _timeless = timeless();
    insta::assert_snapshot!(tested(CHEAP, &["--coverage", "-q"]), @r#"

    coverage    stages    guards      arms  handlers  outcomes   all
    sell           2/3       1/2         -         -       1/3   50%

    no test reaches
      sell.wf:7  `sell` fails
      sell.wf:9  the condition is true: `price.cents > 1_000`
      sell.wf:10  `allowed` runs
      sell.wf:10  `allowed` fails

    covered: 4 of 8, 50%
    (exit 0)
    "#);
    insta::assert_snapshot!(tested(CHEAP, &["--min", "90%"]), @r#"
    ok    a cheap thing
    --- standard error
    error: tests reach 50% of 8, less than 90%
    1 test passed in [s]
    (exit 1)
    "#);
    insta::assert_snapshot!(tested(CHEAP, &["--min", "101"]), @r#"
    --- standard error
    error: invalid value '101' for '--min <PERCENT>': a number from 0 to 100 is expected

    For more information, try '--help'.
    (exit 2)
    "#);
    let folder = folder(&[("sell.wf", &format!("{SHOP}{CHEAP}"))]);
    insta::assert_snapshot!(wfc(folder.path(), &["test", "-q", "--json", "--coverage=html"]), @r#"
    {"event":"test","name":"a cheap thing","file":"sell.wf","line":16,"workflow":"sell","status":"passed","took_ms":[ms],"elapsed_ms":0,"crashes":null,"problems":[],"trace":[]}
    {"event":"coverage","reached":4,"all":8,"percent":50,"points":[{"file":"sell.wf","line":7,"workflow":"sell","kind":"outcome","what":"`sell` returns","reached":true},{"file":"sell.wf","line":7,"workflow":"sell","kind":"outcome","what":"`sell` fails","reached":false},{"file":"sell.wf","line":8,"workflow":"sell","kind":"stage","what":"`price` runs","reached":true},{"file":"sell.wf","line":9,"workflow":"sell","kind":"guard","what":"the condition is true","reached":false},{"file":"sell.wf","line":9,"workflow":"sell","kind":"guard","what":"the condition is false","reached":true},{"file":"sell.wf","line":10,"workflow":"sell","kind":"stage","what":"`allowed` runs","reached":false},{"file":"sell.wf","line":10,"workflow":"sell","kind":"outcome","what":"`allowed` fails","reached":false},{"file":"sell.wf","line":12,"workflow":"sell","kind":"stage","what":"`receipt` runs","reached":true}]}
    {"event":"summary","tests":1,"passed":1,"failed":0,"not_chosen":0,"took_ms":[ms]}
    (exit 0)
    "#);
    let page = std::fs::read_to_string(folder.path().join(".wfc/coverage/index.html")).unwrap();
    insta::assert_snapshot!(page, @r#"
    <!doctype html>
    <html lang="en"><meta charset="utf-8"><title>coverage</title><style>body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color:#222;background:#fff}pre{margin:0}table{border-collapse:collapse}td,th{padding:.1rem .8rem;text-align:right}td:first-child,th:first-child{text-align:left}.hit{background:#e2f5e2}.part{background:#fff4cf}.miss{background:#fbdcdc}.n{color:#888;padding-right:1rem;user-select:none}.why{color:#a40000;padding-left:2rem}@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}.hit{background:#16351c}.part{background:#4a3d0e}.miss{background:#4b1a1a}.why{color:#ff9b9b}}</style>
    <h1>50% of 8 reached</h1>
    <table><tr><th>workflow</th>
    <th>stages</th><th>guards</th><th>arms</th><th>handlers</th><th>outcomes</th><th>all</th></tr>
    <tr><td>sell</td><td>2/3</td><td>1/2</td><td>-</td><td>-</td><td>1/3</td><td>50%</td></tr>
    </table>
    <h2>sell.wf</h2>
    <pre>
    <div class=""><span class="n">   1</span></div>
    <div class=""><span class="n">   2</span>agent till uses exec {</div>
    <div class=""><span class="n">   3</span>    action price(item: string) -&gt; { cents: int, note: string } { effects reads  command [&quot;./price&quot;, item]  output json }</div>
    <div class=""><span class="n">   4</span>    action charge(cents: int) -&gt; string { effects writes  command [&quot;./charge&quot;]  output json }</div>
    <div class=""><span class="n">   5</span>}</div>
    <div class=""><span class="n">   6</span></div>
    <div class="part"><span class="n">   7</span>workflow sell(item: string) -&gt; string {<span class="why">not: `sell` fails</span></div>
    <div class="hit"><span class="n">   8</span>    stage price = till.price(item) { retry { attempts 3  backoff fixed(10s) } }</div>
    <div class="part"><span class="n">   9</span>    when price.cents &gt; 1_000 {<span class="why">not: the condition is true</span></div>
    <div class="miss"><span class="n">  10</span>        stage allowed = ask(&quot;Sell ${item}?&quot;) approves price.cents { timeout 1d }<span class="why">not: `allowed` runs; `allowed` fails</span></div>
    <div class=""><span class="n">  11</span>    }</div>
    <div class="hit"><span class="n">  12</span>    stage receipt = till.charge(price.cents) { after allowed }</div>
    <div class=""><span class="n">  13</span>    return receipt</div>
    <div class=""><span class="n">  14</span>}</div>
    <div class=""><span class="n">  15</span></div>
    <div class=""><span class="n">  16</span>test &quot;a cheap thing&quot; {</div>
    <div class=""><span class="n">  17</span>    run sell(&quot;pen&quot;)</div>
    <div class=""><span class="n">  18</span>    mock till.price returns { cents: 200, note: &quot;&quot; }</div>
    <div class=""><span class="n">  19</span>    mock till.charge returns &quot;paid&quot;</div>
    <div class=""><span class="n">  20</span>    expect result == &quot;paid&quot;</div>
    <div class=""><span class="n">  21</span>}</div>
    </pre>
    </html>
    "#);
}

#[test]
fn the_ways_through_a_workflow_are_listed_and_a_test_for_one_can_be_begun() {
    let _timeless = timeless();
    insta::assert_snapshot!(tested(CHEAP, &["--paths"]), @r#"
    ok    a cheap thing

    sell: 3 ways, 1 taken
           1  `price.cents > 1_000` is true; returns
           2  `price.cents > 1_000` is true; `allowed` is refused; fails
      ok   3  `price.cents > 1_000` is false; returns
              by "a cheap thing"
      to begin a test: wfc test --skeleton sell:1
    --- standard error
    1 test passed in [s]
    (exit 0)
    "#);
    insta::assert_snapshot!(tested(CHEAP, &["--paths", "--json", "-q"]), @r#"
    {"event":"test","name":"a cheap thing","file":"sell.wf","line":16,"workflow":"sell","status":"passed","took_ms":[ms],"elapsed_ms":0,"crashes":null,"problems":[],"trace":[]}
    {"event":"path","workflow":"sell","number":1,"path":"`price.cents > 1_000` is true; returns","test":null}
    {"event":"path","workflow":"sell","number":2,"path":"`price.cents > 1_000` is true; `allowed` is refused; fails","test":null}
    {"event":"path","workflow":"sell","number":3,"path":"`price.cents > 1_000` is false; returns","test":"a cheap thing"}
    {"event":"summary","tests":1,"passed":1,"failed":0,"not_chosen":0,"took_ms":[ms]}
    (exit 0)
    "#);
    let begun = tested(CHEAP, &["--skeleton", "sell:2"]);
    insta::assert_snapshot!(begun, @r#"
    test "sell, way 2" {
        // `price.cents > 1_000` is true; `allowed` is refused; fails
        run sell(item: "…")
        mock till.price returns { cents: 0, note: "…" }
        mock allowed fails denied
        expect outcome.status == "failed"
    }
    (exit 0)
    "#);
    // It checks as it is, and fails by what is to be filled in.
    let text = begun.trim_end_matches("(exit 0)\n");
    insta::assert_snapshot!(tested(text, &[]), @r#"
    FAIL  sell, way 2

    error[WF0821]: no mock answers `till.charge`, called by `receipt`
       ┌─ sell.wf:15:6
       │
    15 │ test "sell, way 2" {
       │      ^^^^^^^^^^^^^ in this test
       │
       = help: add `mock till.charge returns …`
       = it was called with cents: 0

    the run, with the time since its start:
            0s  price calls till.price
            0s  price gave {"cents":0,"note":"…"}
            0s  allowed is skipped: price.cents > 1_000 is false
            0s  receipt calls till.charge

    --- standard error
    1 of 1 test failed in [s]; again: wfc test sell.wf --filter "sell, way 2"
    (exit 1)
    "#);
    insta::assert_snapshot!(tested(CHEAP, &["--skeleton", "sell:7"]), @r#"
    --- standard error
    error: `sell` has 3 ways, and no way 7
    (exit 2)
    "#);
    insta::assert_snapshot!(tested(CHEAP, &["--skeleton", "shell"]), @r#"
    --- standard error
    error: there is no workflow `shell` that can be run by itself
    (exit 2)
    "#);
}

#[test]
fn tests_in_a_file_of_their_own_count_for_what_they_run() {
    let tests = r#"
import { sell, till } from "sell.wf"

workflow again() -> int { stage price = till.price("pen")  return price.cents }

test "a cheap thing" {
    run sell("pen")
    mock till.price returns { cents: 200, note: "" }
    mock till.charge returns "paid"
    expect result == "paid"
}
"#;
    let folder = folder(&[("sell.wf", SHOP), ("tests.wf", tests)]);
    let _timeless = timeless();
    insta::assert_snapshot!(wfc(folder.path(), &["test", "--coverage", "tests.wf"]), @r#"
    ok    a cheap thing

    coverage    stages    guards      arms  handlers  outcomes   all
    tests.wf
      again        0/1         -         -         -       0/2    0%
    sell.wf
      sell         2/3       1/2         -         -       1/3   50%

    no test reaches
      tests.wf:4  `again` returns
      tests.wf:4  `again` fails
      tests.wf:4  `price` runs
      sell.wf:7  `sell` fails
      sell.wf:9  the condition is true: `price.cents > 1_000`
      sell.wf:10  `allowed` runs
      sell.wf:10  `allowed` fails

    covered: 4 of 11, 36%
    --- standard error
    1 test passed in [s]
    (exit 0)
    "#);
}

#[test]
fn what_a_person_says_about_a_failure_makes_ways_of_its_own() {
    let _timeless = timeless();
    let program = r#"
agent tool uses exec { action load(key: string) -> int { effects reads  command ["./load"] } }

workflow main() -> int {
    stage loaded = tool.load("a") { on failure of timeout skip  on failure of crashed ask }
    return loaded ?? 0
}
"#;
    let folder = folder(&[("a.wf", program)]);
    let run = |args: &[&str]| wfc(folder.path(), args);
    insta::assert_snapshot!(run(&["test", "a.wf", "--paths", "--coverage"]), @r#"

    coverage    stages    guards      arms  handlers  outcomes   all
    main           0/1         -         -       0/5       0/2    0%

    no test reaches
      a.wf:4  `main` returns
      a.wf:4  `main` fails
      a.wf:5  `loaded` runs
      a.wf:5  `on failure of timeout` of `loaded` applies
      a.wf:5  `on failure of crashed ask` of `loaded`: a person has it tried again
      a.wf:5  `on failure of crashed ask` of `loaded`: a person does without it
      a.wf:5  `on failure of crashed ask` of `loaded`: a person gives a value
      a.wf:5  `on failure of crashed ask` of `loaded`: a person lets it fail

    covered: 0 of 8, 0%

    main: 6 ways, 0 taken
           1  returns
           2  `loaded` fails with timeout, which is handled; returns
           3  `loaded` fails with crashed, and a person has it tried again; returns
           4  `loaded` fails with crashed, and a person does without it; returns
           5  `loaded` fails with crashed, and a person gives a value; returns
           6  `loaded` fails with crashed, and a person lets it fail; fails
      to begin a test: wfc test --skeleton main:1
    --- standard error
    there is no test
    (exit 0)
    "#);
    let begun = (1..=7).map(|way| run(&["test", "a.wf", "--skeleton", &format!("main:{way}")]));
    let begun = begun.filter_map(|said| said.strip_suffix("(exit 0)\n").map(str::to_owned)).collect::<String>();
    std::fs::write(folder.path().join("a.wf"), format!("{program}{begun}")).unwrap();
    insta::assert_snapshot!(begun, @r#"
    test "main, way 1" {
        // returns
        run main()
        mock tool.load returns 0
        expect outcome.status == "succeeded"
    }
    test "main, way 2" {
        // `loaded` fails with timeout, which is handled; returns
        run main()
        mock tool.load fails timeout
        expect outcome.status == "succeeded"
    }
    test "main, way 3" {
        // `loaded` fails with crashed, and a person has it tried again; returns
        run main()
        mock tool.load fails crashed, then returns 0
        mock loaded retries
        expect outcome.status == "succeeded"
    }
    test "main, way 4" {
        // `loaded` fails with crashed, and a person does without it; returns
        run main()
        mock tool.load fails crashed
        mock loaded skips
        expect outcome.status == "succeeded"
    }
    test "main, way 5" {
        // `loaded` fails with crashed, and a person gives a value; returns
        run main()
        mock tool.load fails crashed
        mock loaded returns 0
        expect outcome.status == "succeeded"
    }
    test "main, way 6" {
        // `loaded` fails with crashed, and a person lets it fail; fails
        run main()
        mock tool.load fails crashed
        mock loaded fails failed
        expect outcome.status == "failed"
    }
    "#);
    insta::assert_snapshot!(run(&["test", "a.wf", "--paths", "--coverage"]), @r#"
    ok    main, way 1
    ok    main, way 2
    ok    main, way 3
    ok    main, way 4
    ok    main, way 5
    ok    main, way 6

    coverage    stages    guards      arms  handlers  outcomes   all
    main           1/1         -         -       5/5       2/2  100%

    covered: 8 of 8, 100%

    main: 6 ways, 6 taken
      ok   1  returns
              by "main, way 1"
      ok   2  `loaded` fails with timeout, which is handled; returns
              by "main, way 2"
      ok   3  `loaded` fails with crashed, and a person has it tried again; returns
              by "main, way 3"
      ok   4  `loaded` fails with crashed, and a person does without it; returns
              by "main, way 4"
      ok   5  `loaded` fails with crashed, and a person gives a value; returns
              by "main, way 5"
      ok   6  `loaded` fails with crashed, and a person lets it fail; fails
              by "main, way 6"
    --- standard error
    6 tests passed in [s]
    (exit 0)
    "#);
}
