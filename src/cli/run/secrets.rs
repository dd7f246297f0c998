//! The secrets of a plan: looked for before anything starts.

use std::path::Path;
use std::sync::Arc;

use crate::agent::secret::{Redactor, Secrets};
use crate::agents::secrets::PlanSecrets;
use crate::cli::report::Problem;
use crate::plan::Plan;

/// All secrets of a plan are there.
pub struct Found {
    /// Gives them.
    pub secrets: Arc<dyn Secrets>,
    /// Keeps them out of what is stored and shown.
    pub redactor: Redactor,
}

impl Found {
    /// Looks for the secrets of a plan; `root` is that of the project.
    ///
    /// # Errors
    /// Names every one that is missing.
    pub fn all(plan: &Plan, root: &Path) -> Result<Self, Problem> {
        let secrets = PlanSecrets::new(plan, root);
        let mut values = Vec::new();
        let mut missing = Vec::new();
        for secret in &plan.secrets {
            match secrets.get(&secret.name) {
                Ok(value) => values.push(value),
                Err(why) => missing.push(Problem::environment(why)),
            }
        }
        match Problem::all(missing) {
            Some(problem) => Err(problem),
            None => Ok(Self { secrets: Arc::new(secrets), redactor: Redactor::new(&values) }),
        }
    }
}
