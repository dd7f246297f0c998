//! The kind `mock`: sleeps and answers as told.
//!
//! It stands for something real: what a timeout or a crash leaves open is left open here too.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::agent::{Agent, Answer, Context, Failure, Reply, Request, Sleep, Usage};
use crate::agents::contents::Contents;
use crate::agents::settings::Settings;
use crate::plan::{self, Mock};
use crate::value::Value;

/// An agent that only pretends.
pub struct MockAgent {
    agent: plan::Agent,
    sleep: Arc<dyn Sleep>,
}

impl MockAgent {
    /// Pretends to be `agent`.
    pub fn new(agent: plan::Agent, sleep: Arc<dyn Sleep>) -> Self {
        Self { agent, sleep }
    }

    fn settings(&self, action: usize) -> Result<&Mock, Failure> {
        match self.agent.actions.get(action).map(|action| &action.settings) {
            Some(plan::Settings::Mock(mock)) => Ok(mock),
            _ => Err(Failure::new("failed", format!("agent `{}` has no mock action {action}", self.agent.name))),
        }
    }

    /// Sleeps as long as the action takes, but no longer than it may.
    async fn take(&self, time: Duration, context: &Context) -> Result<(), Failure> {
        let late = context.timeout.filter(|timeout| *timeout < time);
        tokio::select! {
            biased;
            () = context.cancel.cancelled() => {
                return Err(Failure::new("cancelled", "the attempt was cancelled"));
            }
            () = self.sleep.sleep(late.unwrap_or(time)) => {}
        }
        match late {
            Some(_) => Err(Failure::new("timeout", "it took longer than it may")),
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Agent for MockAgent {
    async fn call(&self, request: Request, context: &Context) -> Result<Reply, Failure> {
        let mock = self.settings(request.action)?;
        if let Some(takes) = &mock.takes {
            let value = Settings::open(&request.arguments).value(takes)?;
            let Value::Duration(ms) = value else {
                return Err(Failure::new("invalid_value", "`takes` is not a duration"));
            };
            self.take(Duration::from_millis(u64::try_from(ms).unwrap_or(0)), context).await?;
        }
        if let Some(class) = &mock.fails
            && mock.fails_times.is_none_or(|times| context.attempt <= times)
        {
            return Err(Failure::new(class, format!("the mock fails with `{class}`, as it was told")));
        }
        let contents = Contents::fetch(&request.arguments, context).await?;
        let (result, made) = {
            let settings = Settings::open(&request.arguments).with_contents(&contents);
            let result = mock.returns.as_ref().map_or(Ok(Value::Null), |returns| settings.value(returns))?;
            (result, settings.take_made())
        };
        for (file, content) in made {
            context.files.keep(&file, content).await.map_err(|why| Failure::new("invalid_output", why))?;
        }
        Ok(Reply { result: Answer::Value(result), usage: Usage::default() })
    }

    fn keeps(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::agent::{Log, Stream};
    use crate::base::span::{FileId, Span};
    use crate::plan::Action;
    use crate::value::expr::{Expr, ExprKind, Var};
    use crate::value::types::{Kind, Type};

    /// Takes no time, and remembers how much it should have taken.
    #[derive(Default)]
    struct Slept(Mutex<Vec<Duration>>);

    #[async_trait]
    impl Sleep for Slept {
        async fn sleep(&self, duration: Duration) {
            self.0.lock().expect("times").push(duration);
        }
    }

    struct NoFiles;

    #[async_trait]
    impl crate::agent::files::Files for NoFiles {
        async fn read(&self, file: &crate::value::FileRef) -> Result<Vec<u8>, String> {
            Err(format!("no `{}` here", file.name))
        }

        async fn keep(&self, file: &crate::value::FileRef, _content: Vec<u8>) -> Result<(), String> {
            Err(format!("no room for `{}`", file.name))
        }
    }

    struct NoLog;

    impl Log for NoLog {
        fn line(&self, _stream: Stream, _line: &str) {}
    }

    fn expr(kind: ExprKind) -> Option<Expr> {
        Some(Expr { kind, span: Span::start_of(FileId::new(0)) })
    }

    fn agent(mock: Mock) -> (MockAgent, Arc<Slept>) {
        let span = Span::start_of(FileId::new(0));
        let action = Action::new("act", Type::of(Kind::String), plan::Settings::Mock(mock), span);
        let agent = plan::Agent::new("x", vec![action], span);
        let slept = Arc::new(Slept::default());
        (MockAgent::new(agent, slept.clone()), slept)
    }

    async fn call(agent: &MockAgent, attempt: u32, timeout: Option<Duration>) -> Result<Value, String> {
        let context = Context {
            run: String::new(),
            stage: String::new(),
            attempt,
            key: String::new(),
            timeout,
            cancel: tokio_util::sync::CancellationToken::new(),
            log: Arc::new(NoLog),
            trace_parent: String::new(),
            attempt_dir: "none".into(),
            root: "/".into(),
            call_dir: "/".into(),
            files: Arc::new(NoFiles),
            hold: Arc::new(crate::agent::Undisputed),
        };
        let request = Request {
            action: 0,
            name: "act".into(),
            arguments: vec![Value::text("a")],
            result: Type::of(Kind::String),
        };
        match agent.call(request, &context).await {
            Ok(Reply { result: Answer::Value(value), .. }) => Ok(value),
            Ok(reply) => Err(format!("{reply:?}")),
            Err(failure) => Err(failure.class),
        }
    }

    #[tokio::test]
    async fn it_answers_with_what_it_is_told() {
        let (agent, slept) = agent(Mock {
            takes: expr(ExprKind::Literal(Value::Duration(90_000))),
            returns: expr(ExprKind::Var(Var::Param(0))),
            fails: None,
            fails_times: None,
        });
        assert_eq!(call(&agent, 1, None).await, Ok(Value::text("a")));
        assert_eq!(call(&agent, 1, Some(Duration::from_secs(5))).await, Err("timeout".into()));
        assert_eq!(*slept.0.lock().expect("times"), [Duration::from_secs(90), Duration::from_secs(5)]);
    }

    #[tokio::test]
    async fn it_fails_the_first_attempts() {
        let fails = Some("unavailable".to_owned());
        let (twice, slept) = agent(Mock { takes: None, returns: None, fails: fails.clone(), fails_times: Some(2) });
        for attempt in [1, 2] {
            assert_eq!(call(&twice, attempt, None).await, Err("unavailable".into()));
        }
        assert_eq!(call(&twice, 3, None).await, Ok(Value::Null));
        assert!(slept.0.lock().expect("times").is_empty(), "at once");
        let (always, _) = agent(Mock { takes: None, returns: None, fails, fails_times: None });
        assert_eq!(call(&always, 9, None).await, Err("unavailable".into()));
    }
}
