//! Who may answer: the accounts of a role, as `wf.toml` has them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::base::nearest::listed;
use crate::base::text::escape;
use crate::cli::project::Project;

/// The roles of a project; without a table of them everybody has every role.
#[derive(Debug, Clone, Default)]
pub struct Roles(Option<BTreeMap<String, Vec<String>>>);

impl Roles {
    /// Those of the project with this root. Where its `wf.toml` cannot be read any more, nobody has a role.
    pub fn of(root: &Path) -> Self {
        match Project::of(root) {
            Ok(project) if project.diagnostics.is_empty() => Self(project.config.roles),
            _ => Self(Some(BTreeMap::new())),
        }
    }

    /// A role in a question: without a table of them it keeps nobody out, and that is said.
    pub fn told(&self, role: &str) -> String {
        match self.0 {
            Some(_) => format!("role {}", escape(role)),
            None => format!("role {} (anybody: no [roles] in wf.toml)", escape(role)),
        }
    }

    /// The accounts that have a role; nothing where everybody has it.
    pub fn accounts(&self, role: &str) -> Option<BTreeSet<&str>> {
        let roles = self.0.as_ref()?;
        Some(roles.get(role).into_iter().flatten().map(String::as_str).collect())
    }

    /// Whether an account may answer a question to a role.
    ///
    /// # Errors
    /// Says who may.
    pub fn admit(&self, role: Option<&str>, account: &str) -> Result<(), String> {
        let (Some(roles), Some(role)) = (&self.0, role) else { return Ok(()) };
        let accounts = roles.get(role).map(Vec::as_slice).unwrap_or_default();
        match accounts.iter().any(|one| one == account) {
            true => Ok(()),
            false if accounts.is_empty() => Err(format!("nobody has the role `{role}`")),
            false => Err(format!("only {} of role `{role}` may answer, not `{account}`", listed(accounts))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_accounts_of_the_role_may_answer() {
        let roles = Roles(Some([("owner".to_owned(), vec!["alice".to_owned(), "bob".to_owned()])].into()));
        assert_eq!(roles.admit(Some("owner"), "bob"), Ok(()));
        assert_eq!(roles.admit(None, "eve"), Ok(()));
        assert_eq!(
            roles.admit(Some("owner"), "eve"),
            Err("only alice and bob of role `owner` may answer, not `eve`".to_owned())
        );
        assert_eq!(roles.admit(Some("lead"), "bob"), Err("nobody has the role `lead`".to_owned()));
        assert_eq!(Roles(None).admit(Some("owner"), "eve"), Ok(()));
    }
}
