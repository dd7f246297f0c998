//! One attempt: the call of the agent, its answer checked and cleaned of secrets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use crate::agent::secret::{LEAKED, Redactor};
use crate::agent::{Agent, Answer, Context, Failure, Log, Recovery, Reply, Request, Stream, Usage};
use crate::engine::clock;
use crate::engine::state::AttemptId;
use crate::store::{LogLine, Store};
use crate::value::types::Type;
use crate::value::{Value, json};

/// How an attempt ended.
#[derive(Debug)]
pub enum Done {
    /// With this result.
    Succeeded(Value, Usage),
    /// With this failure.
    Failed(Failure),
    /// It never started.
    NotStarted,
    /// Nobody knows.
    Unknown,
}

/// An attempt to be carried out by a task of its own.
pub struct Worker {
    /// Its number.
    pub id: AttemptId,
    /// Who does it.
    pub agent: Arc<dyn Agent>,
    /// What is wanted.
    pub request: Request,
    /// Its circumstances.
    pub context: Arc<Context>,
    /// Keeps secrets out of what comes back.
    pub redactor: Redactor,
    /// Whether another process began it: then it is asked what became of it.
    pub recover: bool,
    /// Takes its end.
    pub done: mpsc::UnboundedSender<(AttemptId, Done)>,
}

impl Worker {
    /// Carries the attempt out and says how it ended, also where it panics.
    ///
    /// A block rather than an `async fn`, whose future would hold the worker twice: there is one of them for each attempt.
    #[expect(clippy::manual_async_fn, reason = "the worker would be held twice")]
    pub fn run(self) -> impl Future<Output = ()> + Send {
        async move {
            let mut report = Report { id: self.id, done: self.done, how: None };
            let result = self.request.result.clone();
            let recovery = clock::within(self.id, async {
                if self.recover {
                    self.agent.recover(self.request, &self.context).await
                } else {
                    Recovery::Ended(self.agent.call(self.request, &self.context).await)
                }
            });
            report.how = Some(match recovery.await {
                Recovery::Ended(Ok(reply)) => check(reply, &result, &self.redactor),
                Recovery::Ended(Err(failure)) => Done::Failed(clean(failure, &self.redactor)),
                Recovery::NotStarted => Done::NotStarted,
                Recovery::Unknown => Done::Unknown,
            });
        }
    }
}

/// Tells the runner when it is dropped, so that it is told of a panic too.
struct Report {
    id: AttemptId,
    done: mpsc::UnboundedSender<(AttemptId, Done)>,
    how: Option<Done>,
}

impl Drop for Report {
    fn drop(&mut self) {
        let crashed = || Done::Failed(Failure::new("crashed", "the agent did not come to an end"));
        // A runner that has stopped takes no ends any more.
        let _ = self.done.send((self.id, self.how.take().unwrap_or_else(crashed)));
    }
}

fn check(reply: Reply, result: &Type, redactor: &Redactor) -> Done {
    let leaks = !redactor.is_empty()
        && match &reply.result {
            Answer::Json(json) => redactor.finds(&json.to_string()),
            Answer::Value(value) => redactor.finds(&json::encode(value).to_string()),
        };
    if leaks {
        return Done::Failed(Failure::new("invalid_output", LEAKED));
    }
    match reply.result {
        Answer::Value(value) => Done::Succeeded(value, reply.usage),
        Answer::Json(json) => match json::decode(&json, result) {
            Ok(value) => Done::Succeeded(value, reply.usage),
            Err(mismatch) => {
                let message = format!("the answer does not fit `{result}`");
                Done::Failed(clean(Failure::new("invalid_output", message).detail(mismatch.to_string()), redactor))
            }
        },
    }
}

/// A failure without secrets, of a class that an agent may have.
fn clean(mut failure: Failure, redactor: &Redactor) -> Failure {
    if matches!(failure.class.as_str(), "cancelled" | "budget") {
        failure.class = "failed".into();
    }
    failure.message = redactor.redact(&failure.message).into_owned();
    for detail in &mut failure.details {
        *detail = redactor.redact(detail).into_owned();
    }
    failure
}

/// Takes the lines of all attempts of a run: to the store, and to whoever watches as long as they keep up.
pub struct RunLog {
    /// Keeps them.
    pub store: Arc<dyn Store>,
    /// Cleans them.
    pub redactor: Redactor,
    /// The run.
    pub run: String,
    /// Shows them.
    pub shown: mpsc::Sender<Line>,
    /// How many could not be shown.
    pub dropped: Arc<AtomicU64>,
    /// The time.
    pub clock: Arc<dyn clock::Clock>,
}

/// Takes the lines of one attempt.
pub struct AttemptLog {
    /// Where they go.
    pub of: Arc<RunLog>,
    /// Path of the stage.
    pub stage: String,
    /// The attempt.
    pub attempt: u32,
}

/// A line to be shown.
#[derive(Debug)]
pub struct Line {
    /// Path of the stage.
    pub stage: String,
    /// The attempt.
    pub attempt: u32,
    /// Where it comes from.
    pub stream: Stream,
    /// The line.
    pub line: String,
}

impl Log for AttemptLog {
    fn line(&self, stream: Stream, line: &str) {
        let of = &*self.of;
        let line = of.redactor.redact(line).into_owned();
        let name = match stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
            Stream::Runtime => "runtime",
        };
        let kept = LogLine {
            at: of.clock.now_ms(),
            stage: self.stage.clone(),
            attempt: self.attempt,
            stream: name.into(),
            line: line.clone(),
        };
        of.store.log(&of.run, kept);
        let shown = Line { stage: self.stage.clone(), attempt: self.attempt, stream, line };
        if of.shown.try_send(shown).is_err() {
            of.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}
