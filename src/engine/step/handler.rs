//! `on failure`: what is done with a failure once nothing is tried again.

use crate::engine::marks::Mark;
use crate::engine::scope::{Fault, Local};
use crate::engine::state::{BodyRef, CallId, CallState, InstanceId, Place, Site, StageError};
use crate::engine::step::Core;
use crate::engine::step::stage::{Over, place};
use crate::plan::{Handler, HandlerAction};
use crate::value::Value;

impl<'a> Core<'a> {
    /// Applies the first handler that names the class of a call's failure.
    pub(super) fn handle(&mut self, id: CallId, mut error: StageError) {
        if self.run.calls[id].state == CallState::Over {
            return;
        }
        self.disarm_call(id);
        let call = &mut self.run.calls[id];
        error.attempts = error.attempts.max(call.attempt);
        call.error = Some(Box::new(error.clone()));
        let at = call.place;
        let span = self.planned(at).span;
        error.place(self.call_path(id), span);
        // A `use` that fails fails the stage: no later clause applies.
        let handler = self
            .handler(at, &error.class)
            .filter(|_| !matches!(at.site, Site::Handler(_) | Site::Alternative(_) | Site::Undo));
        self.note_handler(at, handler);
        match handler.map(|(number, handler)| (number, &handler.action)) {
            Some((_, HandlerAction::Skip)) => self.skip_failure(id, error),
            Some((_, HandlerAction::Use(value))) => self.use_value(id, error, value),
            Some((_, HandlerAction::Ask(limit))) if self.goes_on(at.instance) => self.ask_failure(id, &error, *limit),
            Some((number, HandlerAction::Call(_))) if self.goes_on(at.instance) => {
                // It was told when it failed, if it goes on from there.
                if self.run.calls[id].standing.take().is_none() {
                    self.report_call_failed(id, &error, true);
                }
                self.note_residue(id);
                self.run.calls[id].state = CallState::Over;
                self.begin_call(Place { site: Site::Handler(number), ..at }, self.run.calls[id].item.clone());
            }
            _ => self.call_over(id, Over::Failed(error)),
        }
    }

    /// Goes on with a failure of a whole stage that was in hand when the run moved to this plan.
    pub(super) fn take_in_hand(&mut self, id: InstanceId, index: u32, site: Site, error: Option<Box<StageError>>) {
        match (site, error) {
            (Site::Whole, Some(error)) => self.handle_without_call(id, index, *error),
            (site, _) => self.begin_call(place(id, index, site), Value::Null),
        }
    }

    /// The first that names the class. Those of a race are for the whole, not for its alternatives.
    fn handler(&self, at: Place, class: &str) -> Option<(u32, &'a Handler)> {
        let handlers = (0..).zip(&self.stage(at.instance, at.stage).handlers);
        let names = |handler: &Handler| handler.of.as_ref().is_none_or(|of| of.iter().any(|name| name == class));
        handlers.into_iter().find(|(_, handler)| names(handler))
    }

    fn note_handler(&mut self, at: Place, handler: Option<(u32, &Handler)>) {
        if let Some((number, _)) = handler {
            self.note(at.instance, |workflow| Mark::Handler(workflow, at.stage, number));
        }
    }

    pub(super) fn skip_failure(&mut self, id: CallId, error: StageError) {
        self.disarm_call(id);
        self.note_residue(id);
        self.report_call_failed(id, &error, true);
        let call = &mut self.run.calls[id];
        call.state = CallState::Over;
        let (at, attempt) = (call.place, call.attempt);
        let slot = &mut self.run.instances[at.instance].stages[at.stage as usize];
        match slot.body {
            BodyRef::Map(map) => self.item_skipped(map, at.item, error),
            _ => {
                slot.attempts = attempt;
                self.end_handled(at.instance, at.stage, error);
            }
        }
    }

    fn use_value(&mut self, id: CallId, error: StageError, value: &crate::value::expr::Expr) {
        let local = self.round_local(id);
        match self.evaluate(self.run.calls[id].place.instance, &local, value) {
            Ok(value) => {
                self.report_call_failed(id, &error, true);
                self.call_over(id, Over::Value(value));
            }
            Err(Fault::Own(error)) => {
                let error = self.calculation_error(self.call_path(id), &error);
                self.call_over(id, Over::Failed(error));
            }
            Err(Fault::Shared(_)) => self.call_over(id, Over::Cancelled),
        }
    }

    /// The same for a failure of a stage that has no call under way: the subject of its `match`, the value of an arm.
    pub(super) fn handle_without_call(&mut self, id: InstanceId, index: u32, mut error: StageError) {
        let at = place(id, index, Site::Main);
        error.place(self.stage_path(id, index), self.stage(id, index).span);
        let handler = self.handler(at, &error.class);
        self.note_handler(at, handler);
        match handler.map(|(number, handler)| (number, &handler.action)) {
            Some((_, HandlerAction::Skip)) => {
                self.report_stage_failed(id, index, &error, true);
                self.end_handled(id, index, error);
            }
            Some((_, HandlerAction::Use(value))) => {
                self.report_stage_failed(id, index, &error, true);
                let value = self.evaluate(id, &Local::default(), value);
                let over = self.over_of(id, index, value, Over::Value);
                self.end_stage(id, index, over);
            }
            Some((number, HandlerAction::Call(_))) if self.goes_on(id) => {
                self.report_stage_failed(id, index, &error, true);
                self.begin_call(place(id, index, Site::Handler(number)), Value::Null);
            }
            Some((_, HandlerAction::Ask(limit))) if self.goes_on(id) => {
                let call = self.make_call(place(id, index, Site::Whole), Value::Null);
                self.run.calls[call].attempt = error.attempts;
                self.run.calls[call].error = Some(Box::new(error.clone()));
                self.ask_failure(call, &error, *limit);
            }
            _ => self.end_stage(id, index, Over::Failed(error)),
        }
    }
}
