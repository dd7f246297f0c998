//! What people have said to a run that no process has taken up: it lies in the store, and settles questions all the same.

use std::sync::Arc;

use crate::base::text::escape;
use crate::cli::run::start;
use crate::engine::outlook::{Said, foreseen};
use crate::engine::state::Run;
use crate::engine::step::ask::OpenQuestion;
use crate::engine::wait;
use crate::plan::Plan;
use crate::store::{Message, MessageBody, RunInfo, Store, StoreError};

/// A run with the words to it that it has not taken, oldest first.
pub struct Untaken {
    plan: Arc<Plan>,
    run: Run,
    words: Vec<Message>,
    since: i64,
}

/// What has become of a question since the run asked it.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// It is open, as it stands here: with all who have allowed it so far.
    Open(Box<OpenQuestion>),
    /// This word has settled it.
    Answered(Message),
    /// Nobody needs to answer it any more.
    Over,
}

impl Standing {
    /// The question, if it is open.
    pub fn open(&self) -> Option<&OpenQuestion> {
        if let Self::Open(open) = self { Some(open) } else { None }
    }

    /// What is told of a question that is open no more.
    pub fn told(&self) -> Option<String> {
        match self {
            Self::Open(_) => None,
            Self::Answered(word) => Some(format!("answered by {}; not taken up yet", escape(&word.by))),
            Self::Over => Some("asked no more".to_owned()),
        }
    }
}

impl Untaken {
    /// Looks for them in the store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn of(store: &dyn Store, info: &RunInfo, plan: Arc<Plan>, run: Run) -> Result<Self, StoreError> {
        let words = store.messages(&info.id, run.taken).await?;
        Ok(Self { plan, run, words, since: info.started })
    }

    /// The same with those that have come meanwhile.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn again(self, store: &dyn Store, info: &RunInfo) -> Result<Self, StoreError> {
        Self::of(store, info, self.plan, self.run).await
    }

    /// The run as it will stand once they are taken.
    pub fn heard(&self) -> Run {
        self.heard_first(self.words.len())
    }

    /// The same with those only that came before this one.
    pub fn before(mut self, message: u64) -> Self {
        self.words.retain(|word| word.id < message);
        self
    }

    /// What the run waits for once they are taken, in a line for the history; nothing where there are none.
    pub fn waits(&self) -> Option<String> {
        if self.words.is_empty() {
            return None;
        }
        let heard = self.heard();
        if heard.is_cancelled() {
            return Some("is cancelled when it goes on".to_owned());
        }
        let first = wait::waits(&self.plan, &heard, &heard.id).into_iter().next();
        Some(
            first
                .map_or_else(|| "answered; goes on when resumed".to_owned(), |first| wait::waiting_for(&heard, &first)),
        )
    }

    /// What the run has asked, with what has become of it.
    pub fn questions(&self) -> Vec<(OpenQuestion, Standing)> {
        let asked = self.run.questions(&self.plan);
        if self.words.is_empty() {
            return asked.into_iter().map(|asked| (asked.clone(), Standing::Open(Box::new(asked)))).collect();
        }
        let open = self.heard().questions(&self.plan);
        let standing = |asked: &OpenQuestion| match open.iter().find(|open| is_same(open, asked)) {
            Some(open) => Standing::Open(Box::new(open.clone())),
            None => self.settled(asked).map_or(Standing::Over, Standing::Answered),
        };
        asked.into_iter().map(|asked| (asked.clone(), standing(&asked))).collect()
    }

    /// The word after which a question is open no more, if that is an answer to it.
    fn settled(&self, asked: &OpenQuestion) -> Option<Message> {
        let is_open = |n: &usize| self.heard_first(*n).questions(&self.plan).iter().any(|open| is_same(open, asked));
        let last = (1..=self.words.len()).find(|n| !is_open(n))?;
        let word = &self.words[last - 1];
        let is_answer = matches!(&word.body, MessageBody::Answer { stage, .. } if *stage == asked.stage);
        is_answer.then(|| word.clone())
    }

    fn heard_first(&self, n: usize) -> Run {
        let said = Said { to_it: &self.words[..n], to_all: &[], since: self.since };
        foreseen(&self.plan, &self.run, said, start::now())
    }
}

/// A stage may ask something else later.
fn is_same(open: &OpenQuestion, asked: &OpenQuestion) -> bool {
    open.stage == asked.stage && open.question.kind == asked.question.kind && open.question.text == asked.question.text
}
