//! A program that carries workflows out inside itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::json;
use wfc::agent::{Agent, Answer, Context, Failure, Reply, Request, Usage};
use wfc::embed::{Host, HostError};
use wfc::engine::Outcome;
use wfc::store::{Decision, MessageBody};

const SOURCE: &str = r#"
agent office uses team {
    effects none
    action improve(text: string) -> string
    action count(text: string) -> int
}
workflow main(text: string) -> int {
    stage improved = office.improve(text) { retry { attempts 2  backoff fixed(1ms) } }
    stage good = ask("Is this good?", show: improved) -> { ok: bool } { timeout 1h }
    stage length = office.count(if good.ok then improved else text)
    return length
}
"#;

#[derive(Clone, Default)]
struct Team(Arc<AtomicUsize>);

#[async_trait]
impl Agent for Team {
    async fn call(&self, request: Request, context: &Context) -> Result<Reply, Failure> {
        self.0.fetch_add(1, Ordering::Relaxed);
        let text = request.argument(0).as_str().unwrap_or_default().to_owned();
        let result = match (request.name.as_str(), context.attempt) {
            ("improve", 1) => return Err(Failure::new("temporary", "not now")),
            ("improve", _) => json!(text.trim()),
            _ => json!(text.len()),
        };
        Ok(Reply { result: Answer::Json(result), usage: Usage::default() })
    }
}

#[tokio::test]
async fn a_registered_kind_runs_waits_and_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let (team, told) = (Team::default(), Arc::new(Mutex::new(Vec::new())));
    let heard = told.clone();
    let host = Host::open(folder.path()).unwrap().kind("team", team.clone()).parallel(2);
    let host = host.on_report(move |report| heard.lock().unwrap().extend(report.stage.clone()));
    let plan = host.compile(SOURCE).unwrap();
    let ran = host.start(&plan, json!({ "text": " four" })).await.unwrap();
    assert!(matches!(&ran.outcome, Outcome::Waiting(waits) if waits[0].stage == "good"), "{ran:?}");

    let answer = MessageBody::Answer { stage: "good".into(), decision: Decision::Value(json!({ "ok": true })) };
    host.store().send(&ran.run, "alice", answer).await.unwrap();
    // Another process would open the same folder.
    drop(host);
    let host = Host::open(folder.path()).unwrap().kind("team", team.clone());
    assert_eq!(host.resume(&ran.run).await.unwrap().outcome, Outcome::Succeeded(json!(4)));
    assert_eq!(team.0.load(Ordering::Relaxed), 3, "two attempts at the one, one at the other");
    assert!(told.lock().unwrap().contains(&"improved".to_owned()));
}

#[tokio::test]
async fn what_is_wrong_is_said_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = Host::open(folder.path()).unwrap();
    let wrong = nobody.compile(SOURCE).unwrap_err();
    assert!(wrong.to_string().contains("there is no kind of agent `team`"), "{wrong}");

    let plan = nobody.clone().kind("team", Team::default()).compile(SOURCE).unwrap();
    assert!(matches!(nobody.start(&plan, json!({ "text": "x" })).await, Err(HostError::Unregistered(_))));
    let host = nobody.kind("team", Team::default());
    assert!(matches!(host.start(&plan, json!({ "text": 1 })).await, Err(HostError::Run(_))));
    assert!(matches!(host.compile_file("nothing.wf", None), Err(HostError::Mistakes(_))));
}

#[test]
fn wfc_refuses_a_kind_that_another_program_registers() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::open(folder.path()).unwrap().kind("team", Team::default());
    std::fs::write(folder.path().join("plan.json"), host.compile(SOURCE).unwrap().to_json()).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_wfc"))
        .args(["run", "plan.json", "-i", "text=x"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("agent `office` is of the kind `team`"), "{said}");
}
