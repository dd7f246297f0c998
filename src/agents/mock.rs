//! The kind `mock`: sleeps and answers as told.
//!
//! It stands for something real: what a timeout or a crash leaves open is left open here too.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::agent::{Agent, Answer, Context, Failure, Reply, Request, Sleep, Usage};
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
        let settings = Settings::open(&request.arguments);
        let result = mock.returns.as_ref().map_or(Ok(Value::Null), |returns| settings.value(returns))?;
        Ok(Reply { result: Answer::Value(result), usage: Usage::default() })
    }
}
