//! Programs as agents, with real processes: each way in which a program may misbehave.

mod bench;
mod reuse;
mod supervisor;
mod trees;

use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use wfc::agent::{Agent, Hold, Lack, Recovery};
use wfc::value::Value;
use wfc::value::expr::{ExprKind, Var};
use wfc::value::policy::Effects;
use wfc::value::settings::{Output, Stdin, Word};
use wfc::value::types::{Kind, Type};

use bench::*;

#[tokio::test]
async fn arguments_arrive_as_one_object() {
    let mut script = script("cat").output(Output::Json(None));
    script.exec.stdin = Stdin::Json;
    (script.params, script.arguments) = (vec!["name", "wait"], vec![Value::text("é\n\0"), Value::Duration(90_000)]);
    assert_eq!(run(script).await, Ok(json!({ "name": "é\n\u{0}", "wait": "1m30s" })));
}

#[tokio::test]
async fn lists_are_spliced_and_words_never_split() {
    let mut script = words(&["printf", "%s|"]);
    let list = expr(ExprKind::Var(Var::Param(0)));
    script.exec.command.push(Word { value: list, splice: true });
    script.arguments = vec![Value::list(vec![Value::text("a b"), Value::text(""), Value::text("$HOME;*")])];
    assert_eq!(run(script).await, Ok(json!("a b||$HOME;*|")));
}

#[tokio::test]
async fn the_environment_is_a_short_list() {
    let mut script =
        script("env | cut -d= -f1 | sort | tr '\\n' ' '; echo; echo $WFC_STAGE $WFC_ATTEMPT $A $CARGO_PKG_NAME");
    script.exec.env = vec![("A".into(), text("1 2")), ("B".into(), expr(ExprKind::Literal(Value::Null)))];
    script.exec.pass = vec!["CARGO_PKG_NAME".into()];
    let answer = run(script.output(Output::Lines)).await.expect("it succeeds");
    let shell = ["PWD", "OLDPWD", "SHLVL", "_", "HOME", "USER", "LANG", "TZ", "TMPDIR"];
    let names: Vec<&str> = answer[0].as_str().expect("names").split_whitespace().collect();
    let rest: Vec<&&str> = names.iter().filter(|name| !shell.contains(name) && !name.starts_with("LC_")).collect();
    let expected = [
        "A",
        "CARGO_PKG_NAME",
        "PATH",
        "TRACEPARENT",
        "WFC_ATTEMPT",
        "WFC_CALL_DIR",
        "WFC_IDEMPOTENCY_KEY",
        "WFC_RUN",
        "WFC_STAGE",
    ];
    assert_eq!(rest.into_iter().copied().collect::<Vec<_>>(), expected);
    assert_eq!(answer[1], "a.b[3] 2 1 2 wfc");
}

#[tokio::test]
async fn secrets_reach_the_environment_and_never_the_words() {
    let secret = |index| expr(ExprKind::Var(Var::Secret(index)));
    let mut told = script("echo ${#TOKEN}");
    told.exec.env = vec![("TOKEN".into(), secret(0))];
    assert_eq!(run(told).await, Ok(json!("7")));
    let mut missing = script("true");
    missing.exec.env = vec![("TOKEN".into(), secret(1))];
    assert_eq!(
        run(missing).await.map_err(|f| (f.class, f.message)),
        Err(("failed".into(), "`other` is not set".into()))
    );
    let mut seen = words(&["echo"]);
    seen.exec.command.push(Word { value: secret(0), splice: false });
    let failure = run(seen).await.expect_err("refused");
    assert!(failure.message.contains("where everybody can see it"), "{failure}");
}

#[tokio::test]
async fn a_program_that_never_reads_is_not_stuck() {
    let input = "x".repeat(1 << 20);
    assert_eq!(run(script("echo done").stdin(&input)).await, Ok(json!("done")));
    assert_eq!(run(script("exec 0<&-; echo done").stdin(&input)).await, Ok(json!("done")), "it closes its input");
    let bench = Bench::new();
    let script = script("touch there; sleep 60").stdin(&input);
    let cancelled = async {
        appears(&bench.path("there")).await;
        bench.cancel.cancel();
    };
    let (result, ()) = tokio::join!(bench.call(&script), cancelled);
    let failure = result.expect_err("cancelled");
    assert_eq!((failure.class.as_str(), failure.outcome_known), ("cancelled", false));
}

#[tokio::test]
async fn a_program_that_writes_before_it_reads_is_not_stuck() {
    let script = script("head -c 1000000 /dev/zero | tr '\\0' y; head -c 1000000 /dev/zero >&2; wc -c");
    let answer = run(script.stdin(&"x".repeat(1_000_000))).await.expect("it ends");
    let answer = answer.as_str().expect("text");
    assert_eq!((answer.len(), answer.trim_start_matches('y').trim()), (1_000_007, "1000000"));
}

#[tokio::test]
async fn a_program_is_told_the_schema_of_its_result() {
    let mut script = words(&["cat", "--"]).output(Output::Text);
    script.exec.command.push(Word { value: expr(ExprKind::Var(Var::ResultSchema)), splice: false });
    let printed = run(script).await.expect("a schema");
    let schema: serde_json::Value = serde_json::from_str(printed.as_str().expect("text")).expect("JSON");
    assert_eq!(schema["type"], json!("string"));
    assert_eq!(schema["$schema"], json!("https://json-schema.org/draft/2020-12/schema"));
}

#[tokio::test]
async fn endless_output_is_bounded() {
    for (source, stream) in [("yes", "standard output"), ("cat /dev/zero >&2", "standard error")] {
        let bench = Bench::new();
        let failure = bench.call(&script(source)).await.expect_err("too much");
        assert_eq!((failure.class.as_str(), failure.outcome_known), ("invalid_output", false));
        assert!(failure.message.ends_with(&format!("printed more than 16MiB on {stream}")), "{failure}");
    }
}

#[tokio::test]
async fn closing_an_output_early_is_no_end() {
    let script = script("echo sent; exec 1>&- 2>&-; sleep 0.05; exit 3");
    let failure = run(script).await.expect_err("it fails later");
    assert_eq!(
        (failure.class.as_str(), failure.message.as_str()),
        ("failed", "the program of `act` ended with status 3")
    );
}

#[tokio::test]
async fn output_that_cannot_be_read_is_told_with_its_place() {
    let depth = "[".repeat(100_000);
    let table: [(&str, &str); 14] = [
        ("", "printed nothing"),
        (" \\n", "printed nothing"),
        ("{", "not one JSON document"),
        ("{} {}", "not one JSON document"),
        ("{} x", "not one JSON document"),
        ("{\"a\":1,}", "not one JSON document"),
        ("'a'", "not one JSON document"),
        ("NaN", "not one JSON document"),
        ("1e999", "not one JSON document"),
        ("\"\\377\"", "not one JSON document"),
        ("\"a\\000b\"", "not one JSON document"),
        ("{\"a\":1,\"a\":2}", "not one JSON document"),
        ("\\357\\273", "not one JSON document"),
        (&depth, "not one JSON document"),
    ];
    for (output, wanted) in table {
        let failure = run(words(&["printf", output]).output(Output::Json(None))).await.expect_err(output);
        assert_eq!((failure.class.as_str(), failure.outcome_known), ("invalid_output", false), "{output}");
        assert!(failure.message.contains(wanted), "{failure}");
        assert!(
            failure.details.iter().all(|detail| detail.chars().count() <= 200 && !detail.contains(char::is_control))
        );
    }
    let failure = run(words(&["printf", "ab\\377\\033c"])).await.expect_err("no text");
    assert!(failure.message.ends_with("is not UTF-8 at byte 2"), "{failure}");
    assert_eq!(failure.details, ["it begins: ab\\xff\\x1bc"]);
}

#[tokio::test]
async fn outputs_are_read_as_told() {
    let json = |field: Option<&str>| Output::Json(field.map(str::to_owned));
    let print = |output: &str, how: Output| run(words(&["printf", output]).output(how));
    assert_eq!(print("a\\n\\n", Output::Text).await, Ok(json!("a\n")));
    assert_eq!(print("a\\r\\nb\\n", Output::Lines).await, Ok(json!(["a", "b"])));
    assert_eq!(print("", Output::Lines).await, Ok(json!([])));
    assert_eq!(print("ignored", Output::Nothing).await, Ok(json!(null)));
    assert_eq!(print(" [1.0] \\n", json(None)).await, Ok(json!([1.0])));
    assert_eq!(print("{\"result\":\"[1]\"}", json(Some("result"))).await, Ok(json!("[1]")), "a string is wanted");
    assert!(print("{}", json(Some("result"))).await.expect_err("none").message.contains("has no field `result`"));
    let mut list = words(&["printf", "{\"result\":\"[1]\"}"]).output(json(Some("result")));
    list.result = Kind::List(Arc::new(Type::of(Kind::Int)));
    assert_eq!(run(list).await, Ok(json!([1])), "a document in the envelope");
    assert_eq!(run(script("exit 7").output(Output::Status)).await, Ok(json!(7)));
    let bench = Bench::new();
    bench.call(&script("echo seen").output(Output::Nothing)).await.expect("it succeeds");
    assert_eq!(bench.lines(), ["seen"], "what is no result goes to the log");
}

#[tokio::test]
async fn a_program_that_ignores_term_is_killed() {
    let bench = Bench::new();
    let script =
        script("trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > inner; sleep 60' & sleep 60; sleep 60").timeout(150);
    let failure = bench.call(&script).await.expect_err("late");
    assert_eq!((failure.class.as_str(), failure.outcome_known), ("timeout", false));
    let inner = std::fs::read_to_string(bench.path("inner")).expect("it had started");
    assert!(!alive(&inner), "all of it is gone");
}

/// Row 60: a program that starts others without end, each in a session of its own and deaf to TERM, and one whose processes
/// live for a moment only: after its timeout nothing of it is left, and other attempts are served meanwhile.
#[tokio::test]
async fn a_program_that_multiplies_is_ended_and_others_are_served() {
    let (many, brief) = (Bench::new(), Bench::new());
    let bomb = "trap '' TERM; i=0; while [ $i -lt 100 ]; do i=$((i+1)); \
                setsid sh -c 'echo $$ >> pids; [ $1 -gt 3 ] && exec sleep 60; while :; do :; done' sh $i & done; wait";
    // In forty seconds it is over in any case. Each is a program of its own: a shell counts its calls through its children.
    let comet = "trap '' TERM; export end=$(($(date +%s) + 40)); \
                 export next='[ $(date +%s) -ge $end ] || { echo >> sparks; sh -c \"$next\" & }'; sh -c \"$next\"; sleep 60";
    let (bomb, comet) = (script(bomb).timeout(700), script(comet).timeout(700));
    let (bomb, comet, other) = tokio::join!(many.call(&bomb), brief.call(&comet), run(script("echo served")));
    for failure in [bomb, comet].map(|ended| ended.expect_err("late")) {
        assert_eq!((failure.class.as_str(), failure.details.len()), ("timeout", 0), "{failure} {:?}", failure.details);
    }
    assert_eq!(other, Ok(json!("served")));
    let pids = std::fs::read_to_string(many.path("pids")).expect("some had started");
    assert!(pids.lines().count() > 5 && !pids.lines().any(alive), "all of it is gone");
    let sparks = || std::fs::metadata(brief.path("sparks")).map_or(0, |file| file.len());
    let before = sparks();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(before > 5 && before == sparks(), "nobody goes on");
}

#[tokio::test]
async fn a_grandchild_that_holds_the_pipe_is_not_waited_for() {
    let started = Instant::now();
    assert_eq!(run(script("sleep 60 & echo hi")).await, Ok(json!("hi")));
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let bench = Bench::new();
    std::fs::write(bench.path("plain"), "#!/bin/sh\n").expect("written");
    let mut nowhere = words(&["sh"]);
    nowhere.exec.cwd = Some(text("no/such/folder"));
    let table = [
        (words(&["no-such-program"]), "there is no program `no-such-program` in PATH"),
        (words(&["./missing"]), "there is no program"),
        (words(&["./plain"]), "is not executable"),
        (nowhere, "there is no working folder"),
    ];
    for (script, wanted) in table {
        let failure = bench.call(&script).await.expect_err(wanted);
        assert!(failure.message.contains(wanted), "{failure}");
        assert_eq!((failure.class.as_str(), failure.outcome_known), ("failed", true));
    }
}

/// Somebody writes the program at the moment of its start: that is over soon, or it is said.
#[tokio::test]
async fn a_program_that_is_being_written_is_waited_for() {
    let (bench, script) = (Bench::new(), words(&["./busy", "in"]));
    std::fs::copy("/bin/echo", bench.path("busy")).expect("copied");
    let writer = || std::fs::OpenOptions::new().append(true).open(bench.path("busy")).expect("opened");
    let open = writer();
    let failure = bench.call(&script).await.expect_err("it is never closed");
    assert!(failure.message.contains("Text file busy"), "{failure}");
    assert_eq!((failure.class.as_str(), failure.outcome_known), ("failed", true));
    let closes = async {
        appears(&bench.context(&script).attempt_dir.join("started")).await;
        drop(open);
    };
    assert_eq!(tokio::join!(bench.call(&script), closes).0, Ok(json!("in")));
}

/// The run was taken over while this process was stopped: what is over and forgotten is not begun again.
#[tokio::test]
async fn an_attempt_that_another_process_has_forgotten_is_not_started_again() {
    let bench = Bench::new();
    let script = script("echo ran >> count; touch there; while [ ! -e go ]; do sleep 0.01; done");
    let folder = bench.context(&script).attempt_dir;
    let over = async {
        appears(&bench.path("there")).await;
        std::fs::remove_dir_all(&folder).expect("forgotten");
        std::fs::write(bench.path("go"), "").expect("written");
    };
    let (result, ()) = tokio::join!(bench.call(&script), over);
    assert_eq!(result.map_err(|failure| (failure.class, failure.outcome_known)), Err(("crashed".into(), false)));
    assert_eq!(std::fs::read_to_string(bench.path("count")).expect("it ran"), "ran\n");
}

#[tokio::test]
async fn exit_codes_and_signals_have_classes() {
    let table = [
        ("exit 1", "failed", "ended with status 1"),
        ("exit 64", "invalid_input", "status 64"),
        ("exit 65", "invalid_input", "status 65"),
        ("exit 69", "unavailable", "status 69"),
        ("exit 75", "temporary", "status 75"),
        ("exit 77", "denied", "status 77"),
        ("exit 126", "failed", "status 126 (cannot be executed)"),
        ("no-such-command", "failed", "status 127 (a command was not found)"),
        ("kill -9 $$", "crashed", "ended by signal 9 (SIGKILL)"),
        ("kill -SEGV $$", "crashed", "ended by signal 11 (SIGSEGV)"),
    ];
    for (source, class, wanted) in table {
        let failure = run(script(source)).await.expect_err(source);
        assert_eq!((failure.class.as_str(), failure.outcome_known), (class, class != "crashed"), "{source}");
        assert!(failure.message.contains(wanted), "{failure}");
    }
    let failure = run(script("echo one >&2; printf 't\\033wo' >&2; exit 1")).await.expect_err("it fails");
    assert_eq!(failure.details, ["one", "t\\u{1b}wo"]);
    let killed = run(script("kill -9 $$").output(Output::Status)).await.expect_err("no exit code");
    assert_eq!(killed.class, "crashed");
}

#[tokio::test]
async fn a_program_may_tell_its_own_failure() {
    let tell = |class: &str| {
        let mut script = script(&format!("echo '{{\"error\":{{\"class\":\"{class}\",\"message\":\"no\"}}}}'; exit 75"));
        script.raises = vec!["no_money".into()];
        run(script)
    };
    for (told, class) in
        [("rate_limited", "rate_limited"), ("no_money", "no_money"), ("other", "failed"), ("budget", "failed")]
    {
        let failure = tell(told).await.expect_err("it fails");
        assert_eq!((failure.class.as_str(), failure.message.as_str()), (class, "no"));
    }
    let good = run(script("echo '{\"error\":{\"class\":\"denied\"}}'")).await;
    assert!(good.is_ok(), "with status 0 it is an answer");
}

#[tokio::test]
async fn lines_of_standard_error_are_logged_as_they_come() {
    let bench = Bench::new();
    let script = script("echo first >&2; while [ ! -e go ]; do sleep 0.01; done; printf 'last' >&2");
    let seen = async {
        while bench.lines() != ["first"] {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        std::fs::write(bench.path("go"), "").expect("written");
    };
    let (result, ()) = tokio::join!(bench.call(&script), seen);
    assert_eq!(result, Ok(json!("")));
    assert_eq!(bench.lines(), ["first", "last"]);
}

#[tokio::test]
async fn output_after_the_last_look_counts_too() {
    // The end of the program is seen before the end of what it printed.
    let failure = run(script("head -c 17000000 /dev/zero")).await.expect_err("too much");
    assert!(failure.message.ends_with("printed more than 16MiB on standard output"), "{failure}");
    let answer = run(script("head -c 16777216 /dev/zero | tr '\\0' y")).await.expect("just enough");
    assert_eq!(answer.as_str().map(str::len), Some(16 << 20));
}

#[tokio::test]
async fn there_is_no_terminal_to_ask_on() {
    assert_eq!(run(script("(: < /dev/tty) 2>/dev/null && echo asked || echo none")).await, Ok(json!("none")));
}

#[tokio::test]
async fn no_file_of_ours_is_open_in_a_program() {
    let open = run(script("ls -l /proc/self/fd | grep -c -e runs.db -e lock -e pts || true")).await;
    assert_eq!(open, Ok(json!("0")));
}

/// Starts a call and gives it up once `file` is there: what the death of `wfc` looks like to a supervisor.
async fn die_when(bench: &Bench, script: &Script, file: &str) {
    let (agent, context, path) = (script.agent(), bench.context(script), bench.path(file));
    tokio::select! {
        _ = agent.call(script.request(), &context) => panic!("it has not ended yet"),
        () = appears(&path) => {}
    }
}

#[tokio::test]
async fn a_program_outlives_wfc_and_its_answer_is_kept() {
    let bench = Bench::new();
    let mut script =
        script("touch there; while [ ! -e go ]; do sleep 0.01; done; echo late >&2; echo ran >> count; echo answer");
    script.effects = Effects::Writes;
    die_when(&bench, &script, "there").await;
    let (agent, context) = (script.agent(), bench.context(&script));
    let go = async { std::fs::write(bench.path("go"), "").expect("written") };
    // One that adopts it while it runs, and one that comes when all is over.
    let (recovered, ()) = tokio::join!(agent.recover(script.request(), &context), go);
    let Recovery::Ended(Ok(reply)) = recovered else { panic!("{recovered:?}") };
    assert_eq!((plain(reply), bench.lines()), (json!("answer"), vec!["late".to_owned()]));
    let Recovery::Ended(Ok(reply)) = agent.recover(script.request(), &context).await else { panic!("it is recorded") };
    assert_eq!(plain(reply), json!("answer"));
    assert_eq!(std::fs::read_to_string(bench.path("count")).expect("it ran"), "ran\n", "once");
    agent.forget(&context).await;
    assert!(matches!(agent.recover(script.request(), &context).await, Recovery::NotStarted));
}

#[tokio::test]
async fn an_adopted_program_can_be_cancelled() {
    let bench = Bench::new();
    let script = script("echo $$ > pid; touch there; sleep 60");
    die_when(&bench, &script, "there").await;
    let (agent, context) = (script.agent(), bench.context(&script));
    bench.cancel.cancel();
    let recovered = agent.recover(script.request(), &context).await;
    assert!(matches!(&recovered, Recovery::Ended(Err(failure)) if failure.class == "cancelled"), "{recovered:?}");
    assert!(!alive(&std::fs::read_to_string(bench.path("pid")).expect("its number")));
}

/// It was killed because the run was suspended, and `wfc` died before it could write that down.
#[tokio::test]
async fn a_program_killed_on_demand_of_another_process_has_an_open_outcome() {
    let bench = Bench::new();
    let script = script("touch there; sleep 60");
    let (agent, mut context) = (script.agent(), bench.context(&script));
    let cancelled = async {
        appears(&bench.path("there")).await;
        bench.cancel.cancel();
    };
    let (result, ()) = tokio::join!(agent.call(script.request(), &context), cancelled);
    assert_eq!(result.expect_err("cancelled").class, "cancelled");
    context.cancel = CancellationToken::new();
    assert!(matches!(agent.recover(script.request(), &context).await, Recovery::Unknown));
}

#[tokio::test]
async fn the_supervisor_keeps_the_time_without_wfc() {
    let bench = Bench::new();
    let script = script("touch there; sleep 60").timeout(400);
    die_when(&bench, &script, "there").await;
    let recovered = script.agent().recover(script.request(), &bench.context(&script)).await;
    assert!(matches!(&recovered, Recovery::Ended(Err(failure)) if failure.class == "timeout"), "{recovered:?}");
}

#[tokio::test]
async fn a_program_whose_folder_is_gone_ends() {
    let bench = Bench::new();
    let script = script("echo $$ > pid; touch there; sleep 60");
    die_when(&bench, &script, "there").await;
    std::fs::remove_dir_all(bench.context(&script).attempt_dir).expect("it was there");
    dies(&std::fs::read_to_string(bench.path("pid")).expect("its number")).await;
}

#[tokio::test]
async fn a_killed_supervisor_leaves_the_outcome_open() {
    let bench = Bench::new();
    let script = script("echo $$ > pid; echo $PPID > parent; touch there; sleep 60");
    let killed = async {
        appears(&bench.path("there")).await;
        let parent = std::fs::read_to_string(bench.path("parent")).expect("its number");
        let parent = rustix::process::Pid::from_raw(parent.trim().parse().expect("a number")).expect("a process");
        rustix::process::kill_process(parent, rustix::process::Signal::KILL).expect("killed");
    };
    let (agent, context) = (script.agent(), bench.context(&script));
    let (result, ()) = tokio::join!(agent.call(script.request(), &context), killed);
    let failure = result.expect_err("nobody knows");
    assert_eq!((failure.class.as_str(), failure.outcome_known), ("crashed", false));
    dies(&std::fs::read_to_string(bench.path("pid")).expect("its number")).await;
    assert!(matches!(agent.recover(script.request(), &context).await, Recovery::Unknown));
}

/// Its supervisor had no time to write down which process it is, and a part of it has left for a session of its own.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_program_that_nobody_has_named_is_found_by_what_it_was_given() {
    let bench = Bench::new();
    let script = script(
        "setsid sh -c 'echo $$ > far; sleep 60' & while ! [ -s far ]; do sleep 0.01; done; echo $PPID > parent; \
         echo $$ > pid; touch there; sleep 60",
    );
    let folder = bench.context(&script).attempt_dir;
    let killed = async {
        appears(&bench.path("there")).await;
        let lock = folder.join("lock");
        assert_ne!(std::fs::read_to_string(&lock).expect("it is there"), "", "it was named");
        std::fs::write(&lock, "").expect("it is taken back");
        let parent = std::fs::read_to_string(bench.path("parent")).expect("its number");
        let parent = rustix::process::Pid::from_raw(parent.trim().parse().expect("a number")).expect("a process");
        rustix::process::kill_process(parent, rustix::process::Signal::KILL).expect("killed");
    };
    let (agent, context) = (script.agent(), bench.context(&script));
    let (result, ()) = tokio::join!(agent.call(script.request(), &context), killed);
    assert_eq!(result.expect_err("nobody knows").class, "crashed");
    for name in ["pid", "far"] {
        dies(&std::fs::read_to_string(bench.path(name)).expect("its number")).await;
    }
}

/// Who drives the run: nobody knows, or another process.
struct Told(Result<bool, String>);

#[async_trait::async_trait]
impl Hold for Told {
    async fn is_ours(&self) -> Result<bool, String> {
        self.0.clone()
    }
}

/// The run is ours, but a process that has lost it, and does not know it yet, takes the folder away before anything starts in it.
struct Late {
    folder: std::path::PathBuf,
    woken: std::sync::atomic::AtomicBool,
}

#[async_trait::async_trait]
impl Hold for Late {
    async fn is_ours(&self) -> Result<bool, String> {
        if !self.woken.swap(true, std::sync::atomic::Ordering::Relaxed) {
            std::fs::remove_dir_all(&self.folder).map_err(|error| error.to_string())?;
        }
        Ok(true)
    }
}

#[tokio::test]
async fn an_attempt_whose_folder_a_late_process_takes_away_starts_all_the_same() {
    let script = script("echo ran >> count");
    let bench = Bench::new();
    let folder = bench.context(&script).attempt_dir;
    let bench = Bench { hold: Arc::new(Late { folder, woken: false.into() }), ..bench };
    script.agent().call(script.request(), &bench.context(&script)).await.expect("it is ours");
    assert_eq!(std::fs::read_to_string(bench.path("count")).expect("it ran"), "ran\n", "once");
}

/// It was stopped between the intent and the start, and all is over and forgotten when it wakes.
#[tokio::test]
async fn a_process_that_has_lost_its_run_starts_nothing() {
    let script = script("echo ran >> count");
    for (told, lacking) in [(Ok(false), None), (Err("the store cannot be read".to_owned()), Some(Lack::Disk))] {
        let bench = Bench { hold: Arc::new(Told(told)), ..Bench::new() };
        let context = bench.context(&script);
        let failure = script.agent().call(script.request(), &context).await.expect_err("it is another's");
        assert_eq!(failure.lacking, lacking, "{failure}");
        assert!(!bench.path("count").exists());
        assert!(matches!(script.agent().recover(script.request(), &context).await, Recovery::NotStarted));
    }
}

#[tokio::test]
async fn an_attempt_is_never_started_twice() {
    let bench = Bench::new();
    let script = script("echo ran >> count; touch there; while [ ! -e go ]; do sleep 0.01; done");
    die_when(&bench, &script, "there").await;
    let (agent, context) = (script.agent(), bench.context(&script));
    let again = agent.call(script.request(), &context).await.expect_err("it runs");
    assert!(again.message.contains("started before"), "{again}");
    std::fs::write(bench.path("go"), "").expect("written");
    assert!(matches!(agent.recover(script.request(), &context).await, Recovery::Ended(Ok(_))));
    assert_eq!(std::fs::read_to_string(bench.path("count")).expect("it ran"), "ran\n");
}

fn doc(bench: &Bench, name: &str, content: &[u8]) -> Value {
    let file = wfc::value::FileRef::of(name, content).unwrap_or_else(|_| wfc::value::FileRef {
        name: name.into(),
        ..wfc::value::FileRef::of("x", content).expect("a name")
    });
    bench.files.0.lock().expect("files").insert(file.hash.clone(), content.to_vec());
    Value::File(file.into())
}

#[tokio::test]
async fn files_arrive_as_paths_of_copies() {
    let bench = Bench::new();
    let read = "import json, sys; given = json.load(sys.stdin); print(' '.join(open(path).read() for path in given['b']), given['a'].rsplit('/', 1)[1])";
    let mut script = words(&["python3", "-c", read]);
    script.exec.stdin = Stdin::Json;
    script.params = vec!["a", "b"];
    // One content under two names, one name with two contents, a name that is no name.
    let all = [("x.txt", "one"), ("y.txt", "one"), ("x.txt", "two"), ("../up", "three")];
    let all: Vec<Value> = all.iter().map(|(name, text)| doc(&bench, name, text.as_bytes())).collect();
    script.arguments = vec![all[1].clone(), Value::list(all)];
    assert_eq!(bench.call(&script).await, Ok(json!("one one two three y.txt")));
}

#[tokio::test]
async fn a_file_whose_content_is_gone_starts_nothing() {
    let bench = Bench::new();
    let mut script = script("touch ran");
    script.exec.stdin = Stdin::Json;
    script.params = vec!["a"];
    script.arguments = vec![doc(&bench, "x.txt", b"one")];
    bench.files.0.lock().expect("files").clear();
    let failure = bench.call(&script).await.expect_err("it is not there");
    assert_eq!((failure.message.as_str(), failure.outcome_known), ("`x.txt` is not there", true));
    assert!(!bench.path("ran").exists());
}

#[tokio::test]
async fn what_a_program_made_is_taken_in_also_by_the_next_process() {
    let bench = Bench::new();
    let mut script =
        script("echo made > $WFC_OUT/x.txt; touch there; while [ ! -e go ]; do sleep 0.01; done; echo '\"x.txt\"'")
            .output(Output::Json(None));
    script.result = Kind::File;
    die_when(&bench, &script, "there").await;
    std::fs::write(bench.path("go"), "").expect("written");
    let recovered = script.agent().recover(script.request(), &bench.context(&script)).await;
    let Recovery::Ended(Ok(reply)) = recovered else { panic!("{recovered:?}") };
    let made = wfc::value::FileRef::of("x.txt", b"made\n").expect("a name");
    assert_eq!(plain(reply), json!({ "name": "x.txt", "size": 5, "hash": made.hash }));
    assert_eq!(bench.files.0.lock().expect("files")[&made.hash], b"made\n");
}
