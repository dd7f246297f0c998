//! Asks people at the terminal while a run goes on, one question after another; answers go through the store as messages.

use std::collections::VecDeque;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;

use crate::cli::ask::form::{Form, Step};
use crate::cli::commands::Commands;
use crate::cli::console::Console;
use crate::cli::render::Renderer;
use crate::cli::render::marks::Mark;
use crate::cli::render::model::{Ended, Model};
use crate::cli::render::row::{Look, Row};
use crate::cli::roles::Roles;
use crate::cli::run::screen::Message;
use crate::cli::run::waits;
use crate::cli::words;
use crate::engine::Control;
use crate::engine::report::{Event, Question, Report, WaitReason};
use crate::store::{Decision, MessageBody, Store};
use crate::value::types::Type;

/// Asks, and sends what is answered.
pub struct Asker {
    /// How it is drawn.
    pub console: Console,
    /// Where answers are left.
    pub store: Arc<dyn Store>,
    /// On which they are written.
    pub runtime: Handle,
    /// Who is told that there is one.
    pub control: UnboundedSender<Control>,
    /// Whole id of the run.
    pub run: String,
    /// The account that answers.
    pub by: String,
    /// Whom it may stand for.
    pub roles: Roles,
    /// The run waits for people elsewhere too (`--wait`).
    pub waits: bool,
    /// Commands for whoever leaves a question.
    pub commands: Commands,
    /// What is being asked, and what is to be asked after it.
    pub queue: Queue,
}

/// Questions: the first is being asked.
#[derive(Default)]
pub struct Queue {
    waiting: VecDeque<Asked>,
    current: Option<(String, Form)>,
    /// A thread reads what is typed.
    listening: bool,
    /// Nobody answers here any more.
    left: bool,
}

struct Asked {
    stage: String,
    question: Question,
    answer: Type,
    until: Option<i64>,
}

impl Asker {
    /// Looks whether a report asks something, or settles what is being asked.
    pub fn report(
        &mut self,
        report: &Report,
        ended: Option<&Ended>,
        model: &Model,
        renderer: &mut dyn Renderer,
        lines: &SyncSender<Message>,
        now: i64,
    ) {
        if let Some(ended) = ended {
            self.settled(&ended.stage, renderer);
        }
        if let (Event::StageWaiting { reason: WaitReason::Person, until, question: Some(question), .. }, Some(stage)) =
            (&report.event, &report.stage)
        {
            let call = model.atlas().find(stage).and_then(|found| found.call);
            let answer = call.map_or_else(Type::json, |call| call.result.clone());
            let until = until.as_deref().map(words::parse_time);
            let question = question.clone();
            self.queue.waiting.push_back(Asked { stage: stage.clone(), question, answer, until });
        }
        self.next(renderer, lines, now);
    }

    /// Takes what a person typed.
    pub fn line(&mut self, line: Option<&str>, renderer: &mut dyn Renderer, lines: &SyncSender<Message>, now: i64) {
        let Some((stage, form)) = &mut self.queue.current else { return };
        match form.line(line) {
            Step::Again(complaint) => {
                let complaint = complaint.map(|text| format!("    {text}\n")).unwrap_or_default();
                renderer.prompt(&format!("{complaint}    {}", form.prompt()));
                return;
            }
            Step::Leave => {
                let later = waits::forms(form.question()).into_iter();
                let later: Vec<String> = later.map(|(_, words, _)| self.commands.answer(stage, words)).collect();
                renderer.prompt(&format!("    left; later: {}\n", later.join("\n           or: ")));
                self.queue.left = line.is_none();
                self.park();
            }
            Step::Done(decision) => {
                let stage = stage.clone();
                self.send(&stage, decision, renderer);
            }
        }
        self.queue.current = None;
        renderer.pause(false);
        self.next(renderer, lines, now);
    }

    /// The run stands still: nothing is asked any more.
    pub fn stop(&mut self, renderer: &mut dyn Renderer) {
        if self.queue.current.take().is_some() {
            // What is typed there is read by nobody any more.
            renderer.prompt(if self.console.draws() { "\r\u{1b}[2K" } else { "\n" });
        }
        renderer.pause(false);
    }

    /// Nobody answers here: the run need not wait for that, unless it was told to.
    fn park(&self) {
        if !self.waits {
            let _ = self.control.send(Control::Park);
        }
    }

    fn settled(&mut self, stage: &str, renderer: &mut dyn Renderer) {
        self.queue.waiting.retain(|asked| asked.stage != stage);
        if self.queue.current.as_ref().is_some_and(|(current, _)| current == stage) {
            renderer.prompt("\n    settled elsewhere\n");
            self.queue.current = None;
            renderer.pause(false);
        }
    }

    fn next(&mut self, renderer: &mut dyn Renderer, lines: &SyncSender<Message>, now: i64) {
        if self.queue.current.is_some() || self.queue.left {
            return;
        }
        let Some(asked) = self.queue.waiting.pop_front() else { return };
        if let Err(why) = self.roles.admit(asked.question.role.as_deref(), &self.by) {
            renderer.say(&format!("  ? {}: {why}\n", asked.stage));
            self.park();
            return self.next(renderer, lines, now);
        }
        renderer.pause(true);
        let head = head(&asked, &self.roles, &self.console, now);
        let form = Form::new(asked.question, asked.answer);
        let body: String = form.head().iter().map(|line| format!("    {line}\n")).collect();
        renderer.prompt(&format!("{head}{body}    {}", form.prompt()));
        self.queue.current = Some((asked.stage, form));
        self.listen(lines);
    }

    /// One thread reads for all questions: a line that is awaited cannot be taken back.
    fn listen(&mut self, lines: &SyncSender<Message>) {
        if std::mem::replace(&mut self.queue.listening, true) {
            return;
        }
        let lines = lines.clone();
        let listen = move || {
            for line in std::io::stdin().lock().lines() {
                if lines.send(Message::Line(line.ok())).is_err() {
                    return;
                }
            }
            let _ = lines.send(Message::Line(None));
        };
        // Without the thread nothing can be typed: as if the input had ended.
        if std::thread::Builder::new().name("input".into()).spawn(listen).is_err() {
            self.queue.left = true;
        }
    }

    fn send(&mut self, stage: &str, decision: Decision, renderer: &mut dyn Renderer) {
        let body = MessageBody::Answer { stage: stage.to_owned(), decision };
        match self.runtime.block_on(self.store.send(&self.run, &self.by, body)) {
            Ok(_) => drop(self.control.send(Control::Look)),
            Err(error) => renderer.prompt(&format!("    not answered: {error}\n")),
        }
    }
}

/// `  ? delivery.spec            role product_owner, until Mon 14:02`.
fn head(asked: &Asked, roles: &Roles, console: &Console, now: i64) -> String {
    let look = Look { unicode: console.unicode(), colour: console.colours_err() };
    let role = asked.question.role.as_deref().map(|role| roles.told(role));
    let until = asked.until.map(|until| format!("until {}", words::near(until, now)));
    let facts: Vec<String> = role.into_iter().chain(until).collect();
    let row = Row::stage(Mark::Asks, &asked.stage, None, look);
    let row = if facts.is_empty() { row } else { row.fact(facts.join(", ")) };
    format!("{}\n", row.whole(look))
}
