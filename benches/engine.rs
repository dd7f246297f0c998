//! Stages per second and peak memory per stage, next to bare tokio tasks and bare SQLite commits in the same run.
//!
//! `cargo bench --bench engine`, or `-- 1000 10000` for other sizes. Each case runs in a process of its own, so that peaks of
//! memory do not mix. Only Linux tells them.

use std::sync::Arc;
use std::time::Instant;

use wfc::agents::mock::MockAgent;
use wfc::base::span::{FileId, Span};
use wfc::engine::clock::{Clock, ClockSleep, SystemClock};
use wfc::engine::report::{Report, Reporter};
use wfc::engine::{Mode, Options, Outcome, Setup, run};
use wfc::plan::{
    Action, Agent, AgentId, Body, Call, FORMAT, Mock, Param, Plan, Settings, Stage, StageId, Target, Workflow,
};
use wfc::store::memory::MemoryStore;
use wfc::store::sqlite::SqliteStore;
use wfc::store::{RunInfo, Status, Store};
use wfc::value::Value;
use wfc::value::expr::{Expr, ExprKind, Var};
use wfc::value::types::{Kind, Type};

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
/// The best of so many is told: what else the machine does makes a case slower, never faster.
const TIMES: usize = 3;
const CASES: [&str; 8] = [
    "chain, in memory",
    "chain, durable",
    "chain, bare tokio tasks",
    "chain, bare SQLite commits",
    "fan-out, in memory",
    "fan-out, durable",
    "fan-out, bare tokio tasks",
    "fan-out, bare SQLite commits",
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [case, size] = arguments.as_slice()
        && CASES.contains(&case.as_str())
    {
        return one(case, size.parse().expect("a size is a number"));
    }
    let sizes: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    all(if sizes.is_empty() { &SIZES } else { &sizes });
}

/// Runs every case in every size and prints a table.
#[expect(clippy::print_stdout, reason = "a bench prints")]
fn all(sizes: &[usize]) {
    println!(
        "{:<28}{:>8}{:>12}{:>11}{:>15}{:>13}",
        "", "stages", "stages/s", "µs/stage", "CPU µs/stage", "bytes/stage"
    );
    for case in CASES {
        for size in sizes {
            let best = (0..TIMES).map(|_| apart(case, *size)).min_by(|a, b| a.seconds.total_cmp(&b.seconds));
            let best = best.expect("each case runs at least once");
            let each = |amount: f64| amount / *size as f64;
            let (rate, time, cpu) = (1.0 / each(best.seconds), each(best.seconds * 1e6), each(best.cpu_seconds * 1e6));
            println!("{case:<28}{size:>8}{rate:>12.0}{time:>11.1}{cpu:>15.1}{:>13.0}", each(best.bytes));
        }
    }
}

/// What a case takes.
struct Figures {
    seconds: f64,
    /// Of all threads. Hardly depends on what else the machine does.
    cpu_seconds: f64,
    /// At the peak, beyond what was there before.
    bytes: f64,
}

/// Runs a case in a process of its own.
fn apart(case: &str, size: usize) -> Figures {
    let program = std::env::current_exe().expect("a program knows its own path");
    let output = std::process::Command::new(program).args([case, &size.to_string()]).output();
    let output = output.expect("this program can be started again");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let figures: Vec<f64> = text.split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
    match figures.as_slice() {
        [seconds, cpu_seconds, bytes] => Figures { seconds: *seconds, cpu_seconds: *cpu_seconds, bytes: *bytes },
        _ => unreachable!("{case}: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// Runs one case and prints its figures.
#[expect(clippy::print_stdout, reason = "a bench prints")]
fn one(case: &str, size: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    let Figures { seconds, cpu_seconds, bytes } = runtime.block_on(async {
        let chain = case.starts_with("chain");
        match case.split(", ").nth(1) {
            Some("bare tokio tasks") => tasks(size, chain).await,
            Some("bare SQLite commits") => commits(size, chain).await,
            Some("durable") => {
                let folder = tempfile::tempdir().expect("a temporary folder can be made");
                let store = SqliteStore::open(folder.path()).expect("a store can be made");
                engine(size, chain, Arc::new(store)).await
            }
            _ => engine(size, chain, Arc::new(MemoryStore::new())).await,
        }
    });
    println!("{seconds} {cpu_seconds} {bytes}");
}

/// What `work` takes.
async fn measured(work: impl Future<Output = ()>) -> Figures {
    // Resets the peak.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let (before, cpu_before) = (status("VmRSS:"), cpu_seconds());
    let from = Instant::now();
    work.await;
    let seconds = from.elapsed().as_secs_f64();
    Figures { seconds, cpu_seconds: cpu_seconds() - cpu_before, bytes: (status("VmHWM:") - before).max(0.0) }
}

/// Bytes, as the system tells them.
fn status(field: &str) -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or_default() * 1024.0
}

/// What all threads of this process have used.
fn cpu_seconds() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let texts = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok());
    texts.filter_map(|text| text.split_whitespace().next()?.parse::<f64>().ok()).sum::<f64>() / 1e9
}

async fn engine(size: usize, chain: bool, store: Arc<dyn Store>) -> Figures {
    let plan = Arc::new(plan(size, chain));
    let info = info(&plan);
    // Written out stage by stage elsewhere; what is measured is the run.
    store.create(&info, "{}").await.expect("a run can be made");
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let (_sender, control) = tokio::sync::mpsc::unbounded_channel();
    let agent = MockAgent::new(plan.agents[0].clone(), Arc::new(ClockSleep(clock.clone())));
    let setup = Setup {
        plan,
        agents: vec![Arc::new(agent)],
        store,
        clock,
        random: Box::new(|| 1),
        redactor: Default::default(),
        reporter: Box::new(Nobody),
        control,
        options: Options::default(),
    };
    measured(async {
        let outcome = run(setup, Mode::Start { run: info.id.clone() }).await;
        assert!(matches!(outcome, Ok(Outcome::Succeeded(_))), "{outcome:?}");
    })
    .await
}

/// The same shape without an engine: a chain waits for each task, a fan-out for all.
async fn tasks(size: usize, chain: bool) -> Figures {
    measured(async {
        let one = |number: usize| tokio::spawn(async move { std::hint::black_box(number) });
        if chain {
            for number in 0..size {
                one(number).await.expect("it ends");
            }
        } else {
            let tasks: Vec<_> = (0..size).map(one).collect();
            for task in tasks {
                task.await.expect("it ends");
            }
        }
    })
    .await
}

/// The commits that the shape needs at least: one a stage for a chain; a fan-out of 64 at once needs one for 64.
async fn commits(size: usize, chain: bool) -> Figures {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut database = rusqlite::Connection::open(folder.path().join("bare.db")).expect("a database can be made");
    let set_up = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                  CREATE TABLE record (seq INTEGER PRIMARY KEY, body TEXT)";
    database.execute_batch(set_up).expect("a table can be made");
    let at_once = if chain { 1 } else { 64 };
    measured(async {
        for first in (0..size).step_by(at_once) {
            write(&mut database, first..(first + at_once).min(size)).expect("rows can be written");
        }
    })
    .await
}

/// Two rows a stage, intent and result, in one transaction.
fn write(database: &mut rusqlite::Connection, stages: std::ops::Range<usize>) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    let body = "x".repeat(100);
    for stage in stages {
        let seq = i64::try_from(stage).expect("a size fits") * 2;
        let mut insert = transaction.prepare_cached("INSERT INTO record VALUES (?, ?)")?;
        insert.execute((seq, &body))?;
        insert.execute((seq + 1, &body))?;
    }
    transaction.commit()
}

/// A chain, or one stage on which all others hang, of stages that a mock answers at once.
fn plan(size: usize, chain: bool) -> Plan {
    let stages = (0..size).map(|index| stage(index, chain)).collect();
    let workflow = Workflow {
        name: "bench".into(),
        doc: None,
        inline: false,
        params: Vec::new(),
        result: Type::of(Kind::Int),
        timeout: None,
        parallel: None,
        cancel_on_failure: false,
        lock: None,
        budget: None,
        conditions: Vec::new(),
        lets: Vec::new(),
        stages,
        returns: Some(of(ExprKind::Var(Var::Stage(u32::try_from(size - 1).expect("a size fits"))))),
        span: span(),
        definition: "bench".into(),
    };
    Plan {
        format: FORMAT,
        name: "bench".into(),
        workflows: vec![workflow],
        agents: vec![agent()],
        pools: Vec::new(),
        secrets: Vec::new(),
        sources: Vec::new(),
        files: Vec::new(),
        hash: "bench".into(),
    }
}

fn stage(index: usize, chain: bool) -> Stage {
    let read = if chain { index.checked_sub(1) } else { Some(0).filter(|_| index > 0) };
    let read = read.map(StageId::new);
    let argument = read.map_or(ExprKind::Literal(Value::Int(1)), |read| ExprKind::Var(Var::Stage(read.0)));
    let call = Call {
        target: Target::Action { agent: AgentId(0), action: 0 },
        args: vec![of(argument)],
        result: Type::of(Kind::Int),
        retry: None,
        timeout: None,
        deadline: None,
        repeat: None,
        cache: None,
        span: span(),
    };
    Stage {
        name: format!("stage_{index}"),
        doc: None,
        ty: Type::of(Kind::Int),
        guard: Vec::new(),
        exits: Vec::new(),
        needs: read.into_iter().collect(),
        reads: read.into_iter().collect(),
        finally: false,
        body: Body::Call(call),
        deadline: None,
        priority: 0,
        height: 1,
        label: None,
        handlers: Vec::new(),
        undo: None,
        lock: None,
        budget: None,
        observed: false,
        span: span(),
        definition: String::new(),
    }
}

fn agent() -> Agent {
    let param = Param { name: "x".into(), doc: None, ty: Type::of(Kind::Int), default: None };
    let returns = Some(of(ExprKind::Var(Var::Param(0))));
    let mock = Settings::Mock(Mock { takes: None, returns, fails: None, fails_times: None });
    let action = Action { params: vec![param], ..Action::new("act", Type::of(Kind::Int), mock, span()) };
    Agent { parallel: Some(64), ..Agent::new("mock", vec![action], span()) }
}

fn info(plan: &Plan) -> RunInfo {
    RunInfo {
        id: "bench".into(),
        key: "bench".into(),
        workflow: plan.name.clone(),
        plan: plan.hash.clone(),
        inputs: serde_json::json!({}),
        status: Status::Running,
        started: 0,
        ended: None,
        because: None,
        result: None,
        requester: String::new(),
        root: String::new(),
        file: String::new(),
        call_dir: String::new(),
    }
}

fn of(kind: ExprKind) -> Expr {
    Expr { kind, span: span() }
}

fn span() -> Span {
    Span::start_of(FileId(0))
}

struct Nobody;

impl Reporter for Nobody {
    fn report(&mut self, _report: &Report) {}
}
