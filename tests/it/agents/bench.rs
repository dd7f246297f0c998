//! A program as an agent on a bench: its settings, its folders, what it logged.

use secrecy::SecretString;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use wfc::agent::files::Files;
use wfc::agent::secret::Secrets;
use wfc::agent::{Agent, Answer, Context, Failure, Hold, Log, Reply, Request, Stream, Undisputed};
use wfc::agents::exec::ExecAgent;
use wfc::agents::exec::pool::Supervisors;
use wfc::base::span::{FileId, Span};
use wfc::plan::{self, Action, Param, Settings};
use wfc::value::expr::{Expr, ExprKind};
use wfc::value::policy::Effects;
use wfc::value::settings::{Exec, Output, Stdin, Word};
use wfc::value::types::{Kind, Type};
use wfc::value::{FileRef, Value};

pub fn expr(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::start_of(FileId::new(0)) }
}

pub fn text(text: &str) -> Expr {
    expr(ExprKind::Literal(Value::text(text)))
}

/// A script of `sh` as an action.
pub struct Script {
    pub exec: Exec,
    pub params: Vec<&'static str>,
    pub arguments: Vec<Value>,
    pub raises: Vec<String>,
    pub result: Kind,
    pub effects: Effects,
    pub timeout: Option<Duration>,
}

/// The folders of one test, and the lines that it logged.
pub struct Bench {
    pub dir: tempfile::TempDir,
    pub lines: Arc<Mutex<Vec<(Stream, String)>>>,
    pub cancel: CancellationToken,
    pub files: Kept,
    /// Whether the run is still this process's.
    pub hold: Arc<dyn Hold>,
}

/// Content of files, by hash.
#[derive(Clone, Default)]
pub struct Kept(pub Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

#[async_trait::async_trait]
impl Files for Kept {
    async fn read(&self, file: &FileRef) -> Result<Vec<u8>, String> {
        self.0.lock().expect("files").get(&file.hash).cloned().ok_or_else(|| format!("`{}` is not there", file.name))
    }

    async fn keep(&self, file: &FileRef, content: Vec<u8>) -> Result<(), String> {
        self.0.lock().expect("files").insert(file.hash.clone(), content);
        Ok(())
    }
}

pub struct Lines(pub Arc<Mutex<Vec<(Stream, String)>>>);

impl Log for Lines {
    fn line(&self, stream: Stream, line: &str) {
        self.0.lock().expect("lines").push((stream, line.to_owned()));
    }
}

pub struct OneSecret;

impl Secrets for OneSecret {
    fn get(&self, name: &str) -> Result<SecretString, String> {
        if name == "token" { Ok(SecretString::from("hunter2".to_owned())) } else { Err(format!("`{name}` is not set")) }
    }
}

pub fn script(source: &str) -> Script {
    words(&["sh", "-c", source])
}

pub fn words(words: &[&str]) -> Script {
    let command = words.iter().map(|word| Word { value: text(word), splice: false }).collect();
    let (stdin, output) = (Stdin::None, Output::Text);
    let exec = Exec { command, stdin, output, cwd: None, env: vec![], pass: vec![] };
    Script {
        exec,
        params: vec![],
        arguments: vec![],
        raises: vec![],
        result: Kind::String,
        effects: Effects::None,
        timeout: None,
    }
}

impl Script {
    pub fn output(mut self, output: Output) -> Self {
        self.exec.output = output;
        self
    }

    pub fn stdin(mut self, stdin: &str) -> Self {
        self.exec.stdin = Stdin::Text(text(stdin));
        self
    }

    pub fn timeout(mut self, ms: u64) -> Self {
        self.timeout = Some(Duration::from_millis(ms));
        self
    }

    pub fn agent(&self) -> ExecAgent {
        self.agent_under(Supervisors::of(PathBuf::from(env!("CARGO_BIN_EXE_wfc"))))
    }

    pub fn agent_under(&self, supervisors: Arc<Supervisors>) -> ExecAgent {
        let param = |name: &&str| Param { name: (*name).into(), doc: None, ty: Type::of(Kind::String), default: None };
        let span = Span::start_of(FileId(0));
        let action = Action {
            params: self.params.iter().map(param).collect(),
            effects: self.effects,
            raises: self.raises.clone(),
            ..Action::new("act", Type::of(self.result.clone()), Settings::Exec(self.exec.clone()), span)
        };
        let agent = plan::Agent::new("tool", vec![action], span);
        let names = ["token".to_owned(), "other".to_owned()];
        ExecAgent::new(agent, names.into(), Arc::new(OneSecret), supervisors)
    }

    pub fn request(&self) -> Request {
        Request {
            action: 0,
            name: "act".into(),
            arguments: self.arguments.clone(),
            result: Type::of(self.result.clone()),
        }
    }
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        Self {
            dir,
            lines: Arc::default(),
            cancel: CancellationToken::new(),
            files: Kept::default(),
            hold: Arc::new(Undisputed),
        }
    }

    pub fn context(&self, script: &Script) -> Context {
        Context {
            run: "m4xk0aaaaa".into(),
            stage: "a.b[3]".into(),
            attempt: 2,
            // What is left of an attempt is found by its key: that of a test beside this one must not be the same.
            key: format!("key/{}", self.dir.path().display()),
            timeout: script.timeout,
            cancel: self.cancel.clone(),
            log: Arc::new(Lines(self.lines.clone())),
            trace_parent: "00-1-2-01".into(),
            attempt_dir: self.dir.path().join("attempts/run/one"),
            root: self.dir.path().to_owned(),
            call_dir: "/".into(),
            files: Arc::new(self.files.clone()),
            hold: self.hold.clone(),
        }
    }

    pub async fn call(&self, script: &Script) -> Result<serde_json::Value, Failure> {
        let (agent, context) = (script.agent(), self.context(script));
        let result = agent.call(script.request(), &context).await;
        agent.forget(&context).await;
        assert!(!context.attempt_dir.exists(), "nothing is left");
        result.map(plain)
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("lines").iter().map(|(_, line)| line.clone()).collect()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
}

pub fn plain(reply: Reply) -> serde_json::Value {
    match reply.result {
        Answer::Json(json) => json,
        Answer::Value(value) => wfc::value::json::encode(&value),
    }
}

pub async fn run(script: Script) -> Result<serde_json::Value, Failure> {
    Bench::new().call(&script).await
}

/// Waits until a file is there: something in another process has happened.
pub async fn appears(path: &Path) {
    let until = Instant::now() + Duration::from_secs(20);
    while !path.exists() {
        assert!(Instant::now() < until, "{} never appears", path.display());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub fn alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

pub async fn dies(pid: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    while alive(pid) {
        assert!(Instant::now() < until, "process {pid} lives on");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
