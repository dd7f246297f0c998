//! Lines that wait for their stream: of progress only the latest are kept, what somebody has to know stays.

use std::collections::VecDeque;

/// Lines of progress that are kept for a reader who stands still.
const PROGRESS_MAX: usize = 1_000;

/// Lines that somebody has to know; of more, none of which can be read by anybody, the first are kept.
const KEPT_MAX: usize = 10_000;

/// What a line is worth to a reader who comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// It goes on.
    Progress,
    /// A failure, a question, the end.
    Kept,
}

/// Lines in their order, oldest first.
#[derive(Debug, Default)]
pub struct Backlog {
    /// Each with its place in the order.
    progress: VecDeque<(u64, String)>,
    kept: VecDeque<(u64, String)>,
    next: u64,
    left_out: u64,
}

impl Backlog {
    /// Adds whole lines that belong together, with their ends.
    pub fn push(&mut self, worth: Worth, text: String) {
        let line = (self.next, text);
        self.next += 1;
        match worth {
            Worth::Kept if self.kept.len() >= KEPT_MAX => self.left_out += 1,
            Worth::Kept => self.kept.push_back(line),
            Worth::Progress => {
                if self.progress.len() >= PROGRESS_MAX {
                    self.progress.pop_front();
                    self.left_out += 1;
                }
                self.progress.push_back(line);
            }
        }
    }

    /// Takes all of it; what was left out is counted first, with the command that tells it.
    pub fn take(&mut self, command: &str) -> String {
        let mut text = match std::mem::take(&mut self.left_out) {
            0 => String::new(),
            1 => format!("1 line left out: {command}\n"),
            n => format!("{n} lines left out: {command}\n"),
        };
        let (mut progress, mut kept) = (std::mem::take(&mut self.progress), std::mem::take(&mut self.kept));
        while let Some((_, line)) = match (progress.front(), kept.front()) {
            (Some((a, _)), Some((b, _))) if a < b => progress.pop_front(),
            (_, Some(_)) => kept.pop_front(),
            _ => progress.pop_front(),
        } {
            text.push_str(&line);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_order_and_failures_outlive_progress() {
        let mut backlog = Backlog::default();
        backlog.push(Worth::Kept, "x a failed\n".into());
        (0..PROGRESS_MAX + 2).for_each(|n| backlog.push(Worth::Progress, format!("{n}\n")));
        backlog.push(Worth::Kept, "end\n".into());
        let text = backlog.take("wfc runs events m4xk");
        assert!(text.starts_with("2 lines left out: wfc runs events m4xk\nx a failed\n2\n3\n"), "{text}");
        assert!(text.ends_with(&format!("{}\nend\n", PROGRESS_MAX + 1)), "{text}");
        assert_eq!(backlog.take("unused"), "");
    }
}
