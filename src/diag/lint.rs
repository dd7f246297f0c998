//! Lints: the diagnostics that are warnings by themselves. A project raises or lowers them, a comment silences one; errors of the
//! language are neither.

use std::collections::BTreeMap;

use super::{Code, Diagnostic, Severity};

/// Every lint with its name.
const LINTS: &[(Code, &str)] = &[
    (Code::WF0018, "invisible_text"),
    (Code::WF0112, "unusual_name"),
    (Code::WF0113, "unused_name"),
    (Code::WF0130, "similar_names"),
    (Code::WF0212, "constant_condition"),
    (Code::WF0213, "needless_guard"),
    (Code::WF0302, "unreachable_stage"),
    (Code::WF0303, "unused_stage"),
    (Code::WF0305, "write_race"),
    (Code::WF0309, "unnoticed_failure"),
    (Code::WF0410, "unused_handler"),
    (Code::WF0417, "lock_across_wait"),
    (Code::WF0516, "unexpanded_word"),
    (Code::WF0607, "unapproved_effect"),
    (Code::WF0906, "allow_without_reason"),
    (Code::WF0907, "unused_allow"),
];

/// What becomes of a lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It is not said.
    Allow,
    /// It is a warning.
    Warn,
    /// It is an error.
    Deny,
}

impl Level {
    /// The level of a word of `wf.toml`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "allow" => Some(Self::Allow),
            "warn" => Some(Self::Warn),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }
}

/// What a word names where a lint is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A lint.
    Lint(Code),
    /// A code that is an error of the language.
    Error(Code),
    /// Nothing.
    Nothing,
}

/// Finds a lint by its name or its code.
pub fn named(word: &str) -> Named {
    if let Some((code, _)) = LINTS.iter().find(|(_, name)| *name == word) {
        return Named::Lint(*code);
    }
    match Code::parse(word).filter(|code| code.as_str() == word) {
        Some(code) if is_lint(code) => Named::Lint(code),
        Some(code) => Named::Error(code),
        None => Named::Nothing,
    }
}

/// The names of all lints.
pub fn names() -> impl Iterator<Item = &'static str> {
    LINTS.iter().map(|(_, name)| *name)
}

/// The name of a code, if it is a lint.
pub fn name(code: Code) -> Option<&'static str> {
    LINTS.iter().find(|(lint, _)| *lint == code).map(|(_, name)| *name)
}

/// Whether a code is a lint.
pub fn is_lint(code: Code) -> bool {
    code.severity() == Severity::Warning
}

/// The lints that a project has raised or lowered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lints {
    levels: BTreeMap<Code, Level>,
}

impl Lints {
    /// Gives a lint another level. Gives whether it had none yet.
    pub fn set(&mut self, lint: Code, level: Level) -> bool {
        debug_assert!(is_lint(lint), "errors of the language keep their severity");
        self.levels.insert(lint, level).is_none()
    }

    /// The diagnostic with the severity that the project wants; `None` where it is not to be said.
    pub fn judge(&self, diagnostic: Diagnostic) -> Option<Diagnostic> {
        let severity = match self.levels.get(&diagnostic.code) {
            None => diagnostic.severity,
            Some(Level::Allow) => return None,
            Some(Level::Warn) => Severity::Warning,
            Some(Level::Deny) => Severity::Error,
        };
        Some(Diagnostic { severity, ..diagnostic })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_warning_has_one_name() {
        let warnings: BTreeSet<Code> = Code::ALL.iter().copied().filter(|code| is_lint(*code)).collect();
        let lints: BTreeSet<Code> = LINTS.iter().map(|(code, _)| *code).collect();
        assert_eq!(lints, warnings, "give each warning a name in `LINTS`");
        let distinct: BTreeSet<&str> = names().collect();
        assert_eq!(distinct.len(), LINTS.len());
    }

    #[test]
    fn a_lint_is_found_by_name_and_code() {
        assert_eq!(named("unused_stage"), Named::Lint(Code::WF0303));
        assert_eq!(named("WF0303"), Named::Lint(Code::WF0303));
        assert_eq!(named("WF0102"), Named::Error(Code::WF0102));
        assert_eq!((named("0303"), named("wf0303"), named("")), (Named::Nothing, Named::Nothing, Named::Nothing));
    }
}
