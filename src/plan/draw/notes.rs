//! What is said of a stage beside what it does: rounds, what is done about a failure, what undoes it.

use super::TEXT_MAX;
use crate::base::text::cut;
use crate::plan::text::Names;
use crate::plan::{Call, Handler, HandlerAction, Plan, Repeat, Stage};
use crate::value::expr::Expr;

impl Plan {
    /// A line each: `repeat up to 3 until result.ok`, `on timeout skip`, `undo shop.refund`, `finally`.
    pub(super) fn notes(&self, names: &Names<'_>, stage: &Stage) -> Vec<String> {
        let mut notes = Vec::new();
        stage.calls(&mut |call| {
            if let Some(repeat) = &call.repeat {
                notes.push(self.repeat_note(names, repeat));
            }
        });
        notes.extend(stage.handlers.iter().map(|handler| self.handler_note(names, handler)));
        notes.extend(stage.undo.as_deref().map(|undo| self.undo_note(names, undo)));
        notes.extend(stage.finally.then(|| "finally".to_owned()));
        notes
    }

    fn repeat_note(&self, names: &Names<'_>, repeat: &Repeat) -> String {
        format!("repeat up to {} until {}", repeat.up_to, self.expr_drawn(names, &repeat.until))
    }

    fn handler_note(&self, names: &Names<'_>, handler: &Handler) -> String {
        let classes = handler.of.as_ref().map_or_else(|| "failure".to_owned(), |classes| classes.join(", "));
        let action = match &handler.action {
            HandlerAction::Fail => "fail".to_owned(),
            HandlerAction::Skip => "skip".to_owned(),
            HandlerAction::Ask(_) => "ask".to_owned(),
            HandlerAction::Use(value) => format!("use {}", self.expr_drawn(names, value)),
            HandlerAction::Call(call) => self.target_drawn(names, call),
        };
        format!("on {classes} {action}")
    }

    fn undo_note(&self, names: &Names<'_>, undo: &Call) -> String {
        format!("undo {}", self.target_drawn(names, undo))
    }

    /// As it is written, cut.
    fn expr_drawn(&self, names: &Names<'_>, expr: &Expr) -> String {
        self.source_text(expr.span).unwrap_or_else(|| cut(&names.expr(expr), TEXT_MAX))
    }
}
