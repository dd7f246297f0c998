//! The kind `exec`: a program that is started for each attempt, under a supervisor that outlives `wfc`.

mod answer;
pub mod begun;
mod command;
pub mod end;
mod files;
pub mod folder;
mod identity;
mod job;
pub mod pool;
pub mod program;
mod script;
mod spare;
pub mod supervisor;
mod watcher;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::agent::secret::Secrets;
use crate::agent::{Agent, Context, Failure, Recovery, Reply, Request, Stream};
use crate::agents::exec::answer::Reading;
use crate::agents::exec::begun::Program;
use crate::agents::exec::end::Stopped;
use crate::agents::exec::files::Given;
use crate::agents::exec::folder::State;
use crate::agents::exec::job::Job;
use crate::agents::exec::pool::Supervisors;
use crate::base::aside::aside;
use crate::plan::{self, Action};
use crate::value::settings::Exec;

/// The word with which `wfc` is called to supervise: `wfc supervise DIR`, with the folder in which those of a run's attempts are.
pub const SUPERVISE: &str = "supervise";

/// An agent whose actions are programs.
pub struct ExecAgent {
    agent: plan::Agent,
    secret_names: Arc<[String]>,
    secrets: Arc<dyn Secrets>,
    supervisors: Arc<Supervisors>,
}

impl ExecAgent {
    /// Carries out the actions of `agent`; `secret_names` are those of the plan's secrets, in order. The agents of a run may share
    /// their `supervisors`.
    pub fn new(
        agent: plan::Agent,
        secret_names: Arc<[String]>,
        secrets: Arc<dyn Secrets>,
        supervisors: Arc<Supervisors>,
    ) -> Self {
        Self { agent, secret_names, secrets, supervisors }
    }

    fn action(&self, request: &Request) -> Result<(&Action, &Exec), Failure> {
        match self.agent.actions.get(request.action) {
            Some(action) => match &action.settings {
                plan::Settings::Exec(exec) => Ok((action, exec)),
                _ => Err(self.not_exec(request)),
            },
            None => Err(self.not_exec(request)),
        }
    }

    fn not_exec(&self, request: &Request) -> Failure {
        Failure::new(
            "failed",
            format!("agent `{}` has no action {} that is a program", self.agent.name, request.action),
        )
    }

    fn reading<'a>(&'a self, request: &'a Request) -> Result<Reading<'a>, Failure> {
        let (action, exec) = self.action(request)?;
        Ok(Reading { action, exec, result: &request.result })
    }

    /// Says where what is about to be started is not what the run began with.
    async fn warn_of_others(&self, job: &Job, context: &Context) {
        let program = job.words.first().map(|word| Program { word, path: job.program.clone() });
        for program in program.into_iter().chain(script::of(&job.words, &job.cwd)) {
            let dir = watcher::attempt_folder(context);
            if let Some(warning) = self.supervisors.begun.warning(dir.parent(), &program).await {
                context.log.line(Stream::Runtime, &warning);
            }
        }
    }
}

#[async_trait]
impl Agent for ExecAgent {
    async fn call(&self, request: Request, context: &Context) -> Result<Reply, Failure> {
        let (action, exec) = self.action(&request)?;
        let secrets = (&*self.secret_names, &*self.secrets);
        let given = Given::fetch(&request.arguments, &request.result, context).await?;
        let job = command::job(action, exec, &request.arguments, secrets, &given, context)?;
        self.warn_of_others(&job, context).await;
        let end = watcher::run(&self.supervisors, &job, &given, context).await?;
        let reply = self.reading(&request)?.reply(&end)?;
        files::take_in(reply, &end, &request.result, context).await
    }

    async fn recover(&self, request: Request, context: &Context) -> Recovery {
        let reading = match self.reading(&request) {
            Ok(reading) => reading,
            Err(failure) => return Recovery::Ended(Err(failure)),
        };
        match watcher::adopt(context).await {
            State::NotStarted => Recovery::NotStarted,
            State::Ended(end) if end.scarce => {
                watcher::attempt_folder(context).remove();
                Recovery::NotStarted
            }
            // A process killed it and died before it could say why: that is no failure of the program.
            State::Ended(end) if end.stopped == Some(Stopped::Cancelled) && !context.cancel.is_cancelled() => {
                Recovery::Unknown
            }
            State::Ended(end) => Recovery::Ended(match reading.reply(&end) {
                Ok(reply) => files::take_in(reply, &end, &request.result, context).await,
                failed => failed,
            }),
            State::Running | State::Lost => Recovery::Unknown,
        }
    }

    async fn forget(&self, context: &Context) {
        let folder = watcher::attempt_folder(context);
        if !self.supervisors.spares.keep(&folder) {
            // Files are taken away, and on some disks that takes longer than the program took: it holds nobody up.
            aside(move || folder.remove()).await.ok();
        }
    }
}

/// How long a program has between TERM and KILL.
const GRACE: Duration = Duration::from_secs(2);

/// Bytes that a program may print on each of its outputs.
const OUTPUT_BYTES_MAX: usize = 16 << 20;
