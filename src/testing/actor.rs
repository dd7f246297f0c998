//! Stands for every agent of a plan: answers as the mocks of the test say.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc::UnboundedSender;

use super::scope::Contents;
use super::script::{Call, NEVER, Reply, Said, World};
use crate::agent::{self, Agent, Context, Failure, Recovery, Request};
use crate::engine::Control;
use crate::engine::clock::Clock;
use crate::value::Value;

/// One agent.
pub(super) struct Actor {
    pub world: Arc<World>,
    /// Its place in the plan.
    pub agent: usize,
    pub clock: Arc<dyn Clock>,
    /// Ends the run where it is of no use any more.
    pub control: UnboundedSender<Control>,
}

#[async_trait]
impl Agent for Actor {
    async fn call(&self, request: Request, context: &Context) -> Result<agent::Reply, Failure> {
        let contents = fetch(&request.arguments, context).await?;
        let call = Call {
            agent: self.agent,
            action: request.action,
            arguments: request.arguments,
            key: context.key.clone(),
            attempt: context.attempt,
        };
        match self.world.called(call, &context.stage, self.clock.now_ms(), &contents) {
            Some(reply) => self.answer(reply, context).await,
            None => {
                // Whoever watches ends the run; a receiver that is gone has ended it.
                let _ = self.control.send(Control::Kill);
                context.cancel.cancelled().await;
                Err(Failure::new("cancelled", "no mock answers"))
            }
        }
    }

    /// The world goes on while nobody watches: what was begun comes to its end, what was not never began.
    async fn recover(&self, _request: Request, context: &Context) -> Recovery {
        match self.world.begun(&context.key, context.attempt) {
            Some(Reply { said: Said::Lost { after }, .. }) if self.world.life() >= after => Recovery::Unknown,
            Some(reply) => Recovery::Ended(self.answer(reply, context).await),
            None => Recovery::NotStarted,
        }
    }

    fn keeps(&self) -> bool {
        false
    }
}

impl Actor {
    async fn answer(&self, reply: Reply, context: &Context) -> Result<agent::Reply, Failure> {
        if let Err(ended) = self.sleep(reply.due, context).await {
            return Err(match reply.said {
                // In the recorded run it was ended too.
                Said::Ended(failure) if matches!(failure.class.as_str(), "timeout" | "cancelled") => failure,
                _ => ended,
            });
        }
        match reply.said {
            Said::Value(value, files) => {
                keep(&value, &files, context).await?;
                Ok(agent::Reply { result: agent::Answer::Value(value), usage: reply.usage })
            }
            Said::Ended(failure) => Err(failure),
            Said::Fails(class) => Err(Failure::new(&class, format!("the mock fails with `{class}`, as the test says"))),
            Said::Decides(_) | Said::Never | Said::Lost { .. } => Err(Failure::new("failed", "the mock never answers")),
        }
    }

    /// Sleeps until the answer is due, but no longer than the attempt may take.
    async fn sleep(&self, due: i64, context: &Context) -> Result<(), Failure> {
        let due = due.min(NEVER);
        tokio::select! {
            biased;
            () = context.cancel.cancelled() => Err(Failure::new("cancelled", "the attempt was cancelled")),
            () = self.clock.sleep_until(due) => Ok(()),
        }
    }
}

/// The content of the files among the arguments.
async fn fetch(arguments: &[Value], context: &Context) -> Result<Contents, Failure> {
    let mut files = Vec::new();
    arguments.iter().for_each(|value| value.files(&mut |file| files.push(file.clone())));
    let mut contents = Contents::new();
    for file in files {
        let content = context.files.read(&file).await.map_err(|why| Failure::new("failed", why))?;
        contents.insert(file.hash, content.into());
    }
    Ok(contents)
}

/// Keeps the files that an answer names and the mock has made.
async fn keep(value: &Value, made: &Contents, context: &Context) -> Result<(), Failure> {
    let mut files = Vec::new();
    value.files(&mut |file| files.push(file.clone()));
    for file in files {
        if let Some(content) = made.get(&file.hash) {
            let kept = context.files.keep(&file, content.to_vec()).await;
            kept.map_err(|why| Failure::new("invalid_output", why))?;
        }
    }
    Ok(())
}
