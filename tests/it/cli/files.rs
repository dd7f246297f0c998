//! Files as inputs, among programs, and in results: their content lies in the store from the moment that they are named.

use std::fs;

use super::{folder, steady, wfc};

const PRESS: &str = r##"agent press uses exec {
    action render(page: file, title: string) -> { page: file, more: list<file> } {
        effects reads
        command ["python3", "-c", "import json, os, sys; given = json.load(sys.stdin); text = open(given['page']).read(); assert not os.access(given['page'], os.W_OK) or os.getuid() == 0; out = os.environ['WFC_OUT']; os.mkdir(out + '/sub'); open(out + '/page.html', 'w').write('<h1>' + given['title'] + '</h1>' + text); open(out + '/sub/b.txt', 'w').write('b'); print(json.dumps({'page': 'page.html', 'more': [out + '/sub/b.txt']}))"]
    }
    action count(page: file) -> int {
        effects reads
        command ["python3", "-c", "import json, sys; print(len(open(json.load(sys.stdin)['page']).read()))"]
    }
}

workflow main(page: file, parts: list<file> = []) -> { name: string, size: size, bytes: int, text: string, parts: list<string> } {
    stage go = ask("Go on?") -> { ok: bool } { timeout 1d }
    stage made = press.render(page, "T") { after go }
    stage bytes = press.count(made.page)
    return { name: made.page.name, size: made.page.size, bytes, text: "${text(page)} ${text(made.more[0] ?? page)}", parts: [text(part) for part in parts] }
}
"##;

#[test]
fn a_file_is_what_it_was_when_it_was_named() {
    let folder = folder(&[("press.wf", PRESS), ("in/page.txt", "as it was"), ("a", "A"), ("b", "B")]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    let started = run(&["run", "press.wf", "-q", "--id", "r1", "-i", "page=in/page.txt", "-i", "parts=[\"a\", \"b\"]"]);
    assert!(started.ends_with("(exit 75)\n"), "{started}");
    fs::write(folder.path().join("in/page.txt"), "another").unwrap();
    fs::remove_file(folder.path().join("a")).unwrap();
    run(&["runs", "answer", "r1", "go", "{ \"ok\": true }"]);
    let result =
        "{\"name\":\"page.html\",\"size\":\"19B\",\"bytes\":19,\"text\":\"as it was b\",\"parts\":[\"A\",\"B\"]}\n";
    assert_eq!(run(&["resume", "r1", "-q"]), format!("{result}(exit 0)\n"));
    assert!(run(&["runs", "show", "r1", "--json"]).contains("\"name\":\"page.txt\""));
    assert!(!folder.path().join(".wfc/attempts/r1").exists(), "its copies are gone");
}

#[test]
fn files_of_the_inputs_that_cannot_be_read_are_all_named() {
    let folder = folder(&[("press.wf", PRESS), ("inputs.json", r#"{ "parts": ["no/such"] }"#)]);
    insta::assert_snapshot!(wfc(folder.path(), &["run", "press.wf", "-q", "--inputs", "inputs.json", "-i", "page=@."]), @r#"
    --- standard error
    error[WF0802]: the input `parts` does not fit: at `[0]`: the file no/such cannot be read: No such file or directory (os error 2)
    help: it is a `list<file>`
    error[WF0802]: the input `page` does not fit: the file . is no regular file
    help: it is a `file`
    (exit 2)
    "#);
    assert!(!folder.path().join(".wfc").exists(), "nothing has started");
}

const MAKES: &str = r##"secret token from file "token"

agent maker uses exec {
    stdin none
    action make() -> file {
        effects reads
        command ["sh", "-c", "HOW"]
        env { TOKEN: token }
    }
}

workflow main() -> string {
    stage made = maker.make()
    return made.name
}
"##;

#[test]
fn what_a_program_says_it_made_is_looked_at() {
    let made = |how: &str| {
        let folder = folder(&[("m.wf", &MAKES.replace("HOW", how)), ("token", "s3cret value"), ("mine", "mine")]);
        wfc(folder.path(), &["run", "m.wf", "-q"])
    };
    assert_eq!(made("cd $WFC_OUT; echo x > y; echo '\\\"y\\\"'"), "\"y\"\n(exit 0)\n");
    let refused = [
        ("echo '\\\"y\\\"'", "`y`: No such file or directory"),
        ("echo '\\\"../../../../../mine\\\"'", "is not in the folder that `WFC_OUT` names"),
        ("echo '\\\"/etc/passwd\\\"'", "is not in the folder that `WFC_OUT` names"),
        ("echo '\\\".\\\"'", "is not in the folder that `WFC_OUT` names"),
        ("ln -s /etc/passwd $WFC_OUT/y; echo '\\\"y\\\"'", "`y` is a link"),
        ("ln -s /etc $WFC_OUT/y; echo '\\\"y/passwd\\\"'", "is a link, or leads through one"),
        ("mkfifo $WFC_OUT/y; echo '\\\"y\\\"'", "`y` is no regular file"),
        ("truncate -s 65M $WFC_OUT/y; echo '\\\"y\\\"'", "`y` is larger than 64 MiB"),
        ("echo '{\\\"name\\\": \\\"x\\\", \\\"size\\\": 1, \\\"hash\\\": \\\"00\\\"}'", "a path was expected"),
        ("echo $TOKEN > $WFC_OUT/y; echo '\\\"y\\\"'", "a secret stands in `y`; nothing of it is kept"),
    ];
    for (how, why) in refused {
        let seen = made(how).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(seen.contains("error[WF0803]") && seen.contains(why), "{how}: {seen}");
        assert!(!seen.contains("s3cret value"), "{seen}");
    }
}

#[test]
fn a_file_of_the_project_goes_with_the_plan() {
    const READS: &str = r##"agent reader uses exec {
    action count(page: file) -> int {
        effects reads
        command ["python3", "-c", "import json, sys; print(len(open(json.load(sys.stdin)['page']).read()))"]
    }
}

workflow main() -> { bytes: int, says: string } {
    let page = include_file("in/page.txt")
    stage go = ask("Go on?") -> { ok: bool } { timeout 1d }
    stage bytes = reader.count(page) { after go }
    return { bytes, says: text(page) }
}
"##;
    let folder = folder(&[("read.wf", READS), ("in/page.txt", "as it was")]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    let started = run(&["run", "read.wf", "-q", "--id", "r1"]);
    assert!(started.ends_with("(exit 75)\n"), "{started}");
    fs::remove_file(folder.path().join("in/page.txt")).unwrap();
    run(&["runs", "answer", "r1", "go", "{ \"ok\": true }"]);
    assert_eq!(run(&["resume", "r1", "-q"]), "{\"bytes\":9,\"says\":\"as it was\"}\n(exit 0)\n");
}

const REPORTS: &str = r##"secret token from file "token"

agent press uses exec {
    stdin none
    action make() -> { report: file, parts: list<file> } {
        effects reads
        command ["sh", "-c", "cd $WFC_OUT; printf 'a report' > report.txt; printf '\\000\\001' > b.bin; echo '{\"report\": \"report.txt\", \"parts\": [\"report.txt\", \"b.bin\"]}'"]
        env { TOKEN: token }
    }
}

workflow main(page: file) -> { report: file, parts: list<file>, text: string } {
    stage made = press.make()
    return { report: made.report, parts: made.parts, text: text(page) }
}
"##;

#[test]
fn the_files_of_a_run_are_told_and_had() {
    let folder = folder(&[("r.wf", REPORTS), ("token", "s3cret value"), ("page.txt", "a page")]);
    let path = folder.path();
    let run = |arguments: &[&str]| wfc(path, arguments);
    steady().bind(|| {
        insta::assert_snapshot!(run(&["run", "r.wf", "--id", "r1", "-i", "page=page.txt"]), @r#"
        {"report":{"name":"report.txt","size":8,"hash":"[hash]"},"parts":[{"name":"report.txt","size":8,"hash":"[hash]"},{"name":"b.bin","size":2,"hash":"[hash]"}],"text":"a page"}
        --- standard error
        [time] run r1 started: main, plan [hash]
        [time] made succeeded in [s]
        [time] run r1 succeeded in [s]: 1 succeeded
        file result.report (8B): wfc runs file r1 result.report -o report.txt
        file result.parts[0] (8B): wfc runs file r1 'result.parts[0]' -o report.txt
        file result.parts[1] (2B): wfc runs file r1 'result.parts[1]' -o b.bin
        (exit 0)
        "#);
        insta::assert_snapshot!(run(&["runs", "show", "r1"]), @r#"
        run r1  main  succeeded, [s]
        started [minute] by [account]: page {"name":"page.txt","size":6,"hash":"[hash]"}
        plan [hash], from r.wf
          ✓ made                     [s]
        effects so far: none
        result: {"report":{"name":"report.txt","size":8,"hash":"[hash]"},"parts":[{"name":"report.txt","size":8,"hash":"[hash]"},{"name":"b.bin","size":2,"hash":"[hash]"}],"text":"a page"}
        file result.report (8B): wfc runs file r1 result.report -o report.txt
        file result.parts[0] (8B): wfc runs file r1 'result.parts[0]' -o report.txt
        file result.parts[1] (2B): wfc runs file r1 'result.parts[1]' -o b.bin
        (exit 0)
        "#);
        insta::assert_snapshot!(run(&["runs", "file", "r1"]), @r#"
        PLACE            NAME        SIZE
        page             page.txt    6B
        made.report      report.txt  8B
        made.parts[0]    report.txt  8B
        made.parts[1]    b.bin       2B
        result.report    report.txt  8B
        result.parts[0]  report.txt  8B
        result.parts[1]  b.bin       2B
        (exit 0)
        "#);
        insta::assert_snapshot!(run(&["runs", "file", "r1", "result.report"]), @"a report(exit 0)");
        insta::assert_snapshot!(run(&["runs", "file", "r1", "result.parts[1]", "-o", "b"]), @r#"
        --- standard error
        result.parts[1] (b.bin, 2B) is in b
        (exit 0)
        "#);
        insta::assert_snapshot!(run(&["runs", "file", "r1", "page", "-q", "-o", "."]), @"(exit 0)");
        insta::assert_snapshot!(run(&["runs", "file", "r1", "made"]), @r#"
        --- standard error
        error: 3 files stand in `made`
        help: name one of them: made.report, made.parts[0], made.parts[1]
        (exit 2)
        "#);
        insta::assert_snapshot!(run(&["runs", "file", "r1", "result.text"]), @r#"
        --- standard error
        error: no file of the run stands at `result.text`
        help: its files: page, made.report, made.parts[0], made.parts[1], result.report, result.parts[0], result.parts[1]
        (exit 2)
        "#);
        insta::assert_snapshot!(run(&["runs", "file", "r1", "-o", "b"]), @r#"
        --- standard error
        error: which file is to be written is not said
        help: `wfc runs file RUN` lists them
        (exit 2)
        "#);
        insta::assert_snapshot!(run(&["runs", "file", "r1", "made.report", "-o", "no/such/folder"]), @r#"
        --- standard error
        error: `no/such/folder` cannot be written: its folder is not there
        (exit 3)
        "#);
    });
    assert_eq!(fs::read(path.join("b")).unwrap(), [0, 1]);
    assert_eq!(fs::read_to_string(path.join("page.txt")).unwrap(), "a page");
    assert_eq!(run(&["runs", "file", "r1", "result.report", "-o", "-"]), "a report(exit 0)\n");
}

#[test]
fn files_under_any_key_are_listed_and_had_by_the_command_that_is_told() {
    const KEYED: &str = r##"workflow main() -> { all: map<file>, odd: { "a b": file } } {
    let one = file("one.txt", "1")
    return { all: { "it's": one, "x]\n\"y": one, "é.z": one }, odd: { "a b": one } }
}
"##;
    let folder = folder(&[("keys.wf", KEYED)]);
    let told = wfc(folder.path(), &["run", "keys.wf", "--id", "r1"]);
    let commands: Vec<&str> =
        told.lines().filter_map(|line| line.split_once("): ").map(|(_, command)| command)).collect();
    assert_eq!(commands.len(), 4, "{told}");
    for (number, command) in commands.iter().enumerate() {
        let rest = command.strip_prefix("wfc ").unwrap().replace("-o one.txt", &format!("-o {number}"));
        let line = format!("{} {rest}", env!("CARGO_BIN_EXE_wfc"));
        let done = std::process::Command::new("sh").args(["-c", &line]).current_dir(folder.path()).output().unwrap();
        assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(fs::read_to_string(folder.path().join(number.to_string())).unwrap(), "1");
    }
    insta::assert_snapshot!(wfc(folder.path(), &["runs", "file", "r1"]), @r#"
    PLACE                 NAME     SIZE
    result.all."it's"     one.txt  1B
    result.all."x]\n\"y"  one.txt  1B
    result.all."é.z"      one.txt  1B
    result.odd."a b"      one.txt  1B
    (exit 0)
    "#);
}

#[test]
fn a_file_in_which_a_secret_stands_by_now_is_not_written() {
    let folder = folder(&[("r.wf", REPORTS), ("token", "s3cret value"), ("page.txt", "a page")]);
    let run = |arguments: &[&str]| wfc(folder.path(), arguments);
    run(&["run", "r.wf", "-q", "--id", "r1", "-i", "page=page.txt"]);
    fs::write(folder.path().join("token"), "a report").unwrap();
    insta::assert_snapshot!(run(&["runs", "file", "r1", "made.report", "-o", "out"]), @r#"
    --- standard error
    error: a secret stands in made.report (report.txt, 8B); it is not written
    (exit 1)
    "#);
    assert!(!folder.path().join("out").exists());
    assert_eq!(run(&["runs", "file", "r1", "made.parts[1]", "-q", "-o", "out"]), "(exit 0)\n");
}

/// More than is held at once: what is not is read again.
#[test]
fn many_large_files_are_taken_in() {
    let makes = MAKES
        .replace("HOW", "cd $WFC_OUT; truncate -s 40M x y; echo z >> y; echo '[\\\"x\\\", \\\"y\\\"]'")
        .replace("make() -> file", "make() -> list<file>")
        .replace("main() -> string", "main() -> list<file>")
        .replace("return made.name", "return made");
    let folder = folder(&[("m.wf", &makes), ("token", "s3cret value")]);
    let seen = wfc(folder.path(), &["run", "m.wf", "-q", "--id", "r1"]);
    assert!(seen.contains(r#""size":41943040"#) && seen.contains(r#""size":41943042"#), "{seen}");
    wfc(folder.path(), &["runs", "file", "r1", "result[1]", "-o", "copy"]);
    assert_eq!(std::fs::metadata(folder.path().join("copy")).unwrap().len(), 41_943_042);
}
