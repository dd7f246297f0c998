//! Why a stage failed.

use crate::base::span::Span;

/// A failure of a stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StageError {
    /// Its class.
    pub class: String,
    /// What happened.
    pub message: String,
    /// Facts below the message.
    pub details: Vec<String>,
    /// How many attempts there were.
    pub attempts: u32,
    /// Path of the innermost stage.
    pub stage: String,
    /// Whether an effect may have happened all the same.
    pub maybe_happened: bool,
    /// Something that was to be undone was not.
    pub undo_incomplete: bool,
    /// Where in the plan's sources.
    pub span: Option<Span>,
}

impl StageError {
    /// A failure whose place is not known yet.
    pub fn new(class: &str, message: impl Into<String>) -> Self {
        Self {
            class: class.to_owned(),
            message: message.into(),
            details: Vec::new(),
            attempts: 0,
            stage: String::new(),
            maybe_happened: false,
            undo_incomplete: false,
            span: None,
        }
    }

    /// The failure of what ends because something around it does.
    pub fn cancelled() -> Self {
        Self::new("cancelled", "it was cancelled")
    }

    /// Says where it happened, unless that is known from further inside.
    pub fn place(&mut self, stage: String, span: Span) {
        if self.stage.is_empty() {
            self.stage = stage;
        }
        self.span.get_or_insert(span);
    }
}
