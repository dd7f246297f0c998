//! Secrets that are handed over as arguments: a plan and a journal have their names, and only the agent is told what they are.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::ExposeSecret;

use crate::agent::secret::Secrets;
use crate::agent::{Agent, Context, Failure, Lack, Recovery, Reply, Request};
use crate::plan;
use crate::value::Value;

/// The agent itself, or, where one of its actions takes a secret, one that is told it.
pub fn told(agent: Arc<dyn Agent>, of: &plan::Agent, secrets: &Arc<dyn Secrets>) -> Arc<dyn Agent> {
    let takes = |action: &plan::Action| action.params.iter().map(|param| param.ty.has_secret()).collect();
    let secret: Vec<Vec<bool>> = of.actions.iter().map(takes).collect();
    if secret.iter().flatten().any(|secret| *secret) {
        Arc::new(Told { agent, secret, secrets: secrets.clone() })
    } else {
        agent
    }
}

/// Those arguments of a call that are secrets.
pub fn secrets<'a>(of: &'a plan::Action, arguments: &'a [Value]) -> impl Iterator<Item = &'a str> {
    let secret = of.params.iter().zip(arguments).filter(|(param, _)| param.ty.has_secret());
    secret.filter_map(|(_, value)| match value {
        Value::String(text) => Some(&**text),
        _ => None,
    })
}

struct Told {
    agent: Arc<dyn Agent>,
    /// By action, by parameter, whether it is one.
    secret: Vec<Vec<bool>>,
    secrets: Arc<dyn Secrets>,
}

impl Told {
    fn fill_in(&self, request: &mut Request) -> Result<(), Failure> {
        let Some(secret) = self.secret.get(request.action) else { return Ok(()) };
        for (value, _) in request.arguments.iter_mut().zip(secret).filter(|(_, secret)| **secret) {
            if let Value::String(name) = value {
                let found = self.secrets.get(name).map_err(|missing| Failure::lacking(Lack::Secret, missing))?;
                *value = Value::text(found.expose_secret());
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Agent for Told {
    async fn call(&self, mut request: Request, context: &Context) -> Result<Reply, Failure> {
        self.fill_in(&mut request)?;
        self.agent.call(request, context).await
    }

    async fn recover(&self, request: Request, context: &Context) -> Recovery {
        // What was started has been told already: only its end is asked for.
        self.agent.recover(request, context).await
    }

    async fn forget(&self, context: &Context) {
        self.agent.forget(context).await;
    }

    fn keeps(&self) -> bool {
        self.agent.keeps()
    }
}
