//! `wfc resume --plan`: moves a run that has not ended to a changed workflow, or says what that would keep.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use crate::cli::args::ResumeArgs;
use crate::cli::atlas::Atlas;
use crate::cli::commands::{Commands, quoted};
use crate::cli::console::Console;
use crate::cli::exit::Exit;
use crate::cli::project::{absolute, shown_path};
use crate::cli::render::row::Look;
use crate::cli::report::Problem;
use crate::cli::run::{goon, inputs, start};
use crate::cli::runs::{Opened, again};
use crate::engine::Mode;
use crate::engine::outlook::{Said, foreseen, foreseen_lost};
use crate::engine::retry::{Fate, Going, StageDecision, moving};
use crate::engine::state::Run;
use crate::plan::Plan;
use crate::store::{EVERY_RUN, RunInfo};

/// A run that is to go on on another plan.
pub struct Move<'a> {
    /// Where it is kept.
    pub opened: &'a Opened,
    /// Commands about it.
    pub commands: Commands,
    /// What was asked for.
    pub args: &'a ResumeArgs,
    /// Where the plan comes from.
    pub path: &'a Path,
    /// Where things are shown.
    pub console: &'a Console,
}

/// What the other plan does to a run.
struct Verdict {
    decisions: Vec<StageDecision>,
    /// What stands in the way of any plan.
    obstacle: Option<String>,
}

/// A path as it is called where the run began: as it was typed, if that is here.
fn from_call_dir(path: &Path, call_dir: &str) -> String {
    let here = std::env::current_dir().is_ok_and(|here| here == Path::new(call_dir));
    let away = || absolute(path).map_or_else(|_| shown_path(path), |path| shown_path(&path));
    if here { shown_path(path) } else { away() }
}

impl Move<'_> {
    /// Moves it, or says what would come of that.
    ///
    /// # Errors
    /// It cannot be moved, and all that keeps a run from going on.
    pub fn onto(&self, plan: Arc<Plan>, mut info: RunInfo) -> Result<Exit, Problem> {
        let given = inputs::again(&plan, &info.inputs)?;
        again::are_there(&self.args.again, &Atlas::new(plan.clone()))?;
        let same = plan.hash == info.plan && given == info.inputs;
        let (run, old_plan) = self.opened.replay(&info)?;
        let is_open = run.attempts().any(|attempt| run.is_running(attempt));
        let store = &self.opened.world.store;
        let to_it = &self.opened.world.wait(store.messages(&info.id, run.taken))?;
        let to_all = &self.opened.world.wait(store.messages(EVERY_RUN, 0))?;
        let run = foreseen(&old_plan, &run, Said { to_it, to_all, since: info.started }, start::now());
        let run = foreseen_lost(&old_plan, &run);
        let verdict = self.verdict(&old_plan, &run, &plan, &given);
        again::are_heeded(&self.args.again, &verdict.decisions)?;
        if self.args.check {
            return self.check(&verdict, &run, &plan, same);
        }
        if same {
            let mode = Mode::Resume { run: info.id.clone(), takeover: self.args.takeover };
            return self.opened.drive(info, mode, &self.args.drive);
        }
        // What is known already is said before anything is written.
        let known = self.problem(&verdict, &run).filter(|_| !is_open && run.end.is_none());
        known.map_or(Ok(()), Err)?;
        self.opened.settle(info.clone(), self.args.takeover, &self.args.drive)?;
        let (run, old_plan) = self.opened.replay(&info)?;
        self.problem(&self.verdict(&old_plan, &run, &plan, &given), &run).map_or(Ok(()), Err)?;
        info.inputs = given;
        info.file = from_call_dir(self.path, &info.call_dir);
        let mode = Mode::Move { run: info.id.clone(), again: self.args.again.clone() };
        self.opened.drive_on(plan, info, mode, &self.args.drive)
    }

    fn verdict(&self, old_plan: &Plan, run: &Run, plan: &Plan, inputs: &serde_json::Value) -> Verdict {
        let inputs = &inputs::values(plan, inputs);
        let going = Going { old_plan, plan, inputs, again: &self.args.again, moves: true };
        Verdict { decisions: going.decisions(run), obstacle: moving::obstacle(run) }
    }

    /// What keeps the run from being moved, with what to do about it.
    fn problem(&self, verdict: &Verdict, run: &Run) -> Option<Problem> {
        let id = self.commands.run();
        if run.end.is_some() && self.args.check {
            let problem = Problem::refused(format!("run {id} ends as soon as it goes on: nothing is left to be moved"));
            return Some(problem.help(format!("let it end: {}", self.commands.resume())));
        }
        if run.end.is_some() {
            let problem = Problem::refused(format!("run {id} has ended: nothing is left to be moved"));
            return Some(problem.help(format!("how it ended: {}", self.commands.show())));
        }
        if let Some(because) = &verdict.obstacle {
            let problem = Problem::refused(format!("run {id} cannot be moved now: {because}"));
            return Some(problem.help(format!(
                "let it end: {}\nthen go on on the other plan: {}",
                self.commands.resume(),
                self.commands.retry_changed(&self.path.display().to_string())
            )));
        }
        let prevents: Vec<&StageDecision> = verdict.decisions.iter().filter(|one| one.fate.prevents()).collect();
        let open = prevents.iter().find(|one| one.fate == Fate::Unsettled);
        if let Some(open) = open {
            let what = "nobody knows whether its latest attempt happened, and the plan changes it";
            let problem = Problem::refused(format!("run {id} is not moved: `{}`: {what}", open.path));
            return Some(problem.help(self.settling(&open.path)));
        }
        let named = prevents.iter().map(|one| format!("`{}` {}", one.path, one.because)).collect::<Vec<_>>().join(", ");
        let again = prevents.iter().map(|one| format!("--again {}", quoted(&one.path))).collect::<Vec<_>>().join(" ");
        (!prevents.is_empty()).then(|| {
            let problem = Problem::refused(format!("run {id} is not moved: {named}"));
            problem.help(format!("to run it again all the same, add {again}"))
        })
    }

    /// How a person settles what nobody knows.
    fn settling(&self, stage: &str) -> String {
        let say = |form| self.commands.answer(stage, form);
        format!(
            "it happened:  {}\nit did not:   {}\nto ask its probe, if it has one: {}",
            say("--happened JSON"),
            say("--did-not-happen"),
            self.commands.resume()
        )
    }

    fn check(&self, verdict: &Verdict, run: &Run, plan: &Plan, same: bool) -> Result<Exit, Problem> {
        let problem = self.problem(verdict, run).filter(|_| !same || run.end.is_some());
        // Of a run that no plan can be moved under there is nothing to decide.
        let decisions = if run.end.is_some() || verdict.obstacle.is_some() { &[] } else { &*verdict.decisions };
        if self.args.drive.json {
            self.console.out_json(&format!("{}\n", self.as_json(decisions, problem.as_ref(), plan)));
            return Ok(if problem.is_none() { Exit::Good } else { Exit::No });
        }
        let look = Look { unicode: self.console.unicode(), colour: self.console.colours_out() };
        let file = self.path.display().to_string();
        let head = match same && problem.is_none() {
            true => format!("run {} is on this plan already: nothing would change", self.commands.run()),
            false => goon::would(self.commands.run(), plan),
        };
        self.console.out(&format!("{head}\n"));
        for row in goon::rows(decisions, look) {
            self.console.out(&format!("{}\n", row.whole(look)));
        }
        match problem {
            Some(problem) => Err(problem),
            None if same => {
                self.console.say(&format!("go on: {}\n", self.commands.resume()));
                Ok(Exit::Good)
            }
            None => {
                let again: String = self.args.again.iter().map(|stage| format!(" --again {}", quoted(stage))).collect();
                self.console.say(&format!(
                    "nothing is changed yet; to go on so: {}\n",
                    self.commands.resume_changed(&file, &again)
                ));
                Ok(Exit::Good)
            }
        }
    }

    fn as_json(&self, decisions: &[StageDecision], problem: Option<&Problem>, plan: &Plan) -> serde_json::Value {
        let stages = decisions.iter();
        let stages = stages.map(|one| json!({ "stage": one.path, "fate": word(one.fate), "because": one.because }));
        json!({
            "run": self.commands.run(),
            "plan": plan.hash,
            "possible": problem.is_none(),
            "because": problem.map(|problem| problem.message.clone()),
            "stages": stages.collect::<Vec<_>>(),
        })
    }
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Kept => "kept",
        Fate::Again => "again",
        Fate::New => "new",
        Fate::Asks => "waits",
        Fate::Gone => "gone",
        Fate::Refused => "refused",
        Fate::Unsettled => "unsettled",
    }
}
