//! The secrets of a plan: looked for before anything starts.

use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;

use crate::agent::secret::{Redactor, Secrets, is_too_short};
use crate::agents::secrets::PlanSecrets;
use crate::cli::plan::needs::missing_programs;
use crate::cli::plan::people;
use crate::cli::report::Problem;
use crate::plan::Plan;
use crate::value::settings::SecretFrom;

/// The secrets of a plan.
pub struct Found {
    /// Gives them.
    pub secrets: Arc<dyn Secrets>,
    /// Keeps them out of what is stored and shown.
    pub redactor: Redactor,
    /// Names of those that are too short for that.
    short: Vec<String>,
}

impl Found {
    /// Looks for the secrets of a plan, and for the programs that it cannot do without; `root` is that of the project.
    ///
    /// # Errors
    /// Names everything that is missing.
    pub fn all(plan: &Plan, root: &Path) -> Result<Self, Problem> {
        let secrets = PlanSecrets::new(plan, root);
        let (mut values, mut short) = (Vec::new(), Vec::new());
        let mut missing: Vec<Problem> = people::impossible(plan, root).into_iter().map(Problem::refused).collect();
        missing.extend(missing_programs(plan, root).into_iter().map(Problem::environment));
        for secret in &plan.secrets {
            match secrets.get(&secret.name) {
                Ok(value) => {
                    short.extend(is_too_short(&value).then(|| secret.name.clone()));
                    values.push(value);
                }
                Err(why) => missing.push(Problem::environment(why)),
            }
        }
        match Problem::all(missing) {
            Some(problem) => Err(problem),
            None => Ok(Self { short, ..Self::of(secrets, &values) }),
        }
    }

    /// What to say of secrets that nobody looks for.
    pub fn warnings(&self) -> String {
        let warning = |name: &String| {
            format!("warning: secret `{name}` is shorter than 6 bytes: it is not looked for in what programs print\n")
        };
        self.short.iter().map(warning).collect()
    }

    /// Those secrets of a plan that are there. The others are looked for when an attempt needs them: it waits for them, and
    /// all else goes on.
    pub fn some(plan: &Plan, root: &Path) -> Self {
        let secrets = PlanSecrets::new(plan, root);
        let values: Vec<SecretString> =
            plan.secrets.iter().filter_map(|secret| secrets.get(&secret.name).ok()).collect();
        Self::of(secrets, &values)
    }

    /// What finds those secrets of a plan that can be had without starting a program.
    pub fn redactor(plan: &Plan, root: &Path) -> Redactor {
        let secrets = PlanSecrets::new(plan, root);
        let quiet = plan.secrets.iter().filter(|secret| !matches!(secret.from, SecretFrom::Command(_)));
        let values: Vec<SecretString> = quiet.filter_map(|secret| secrets.get(&secret.name).ok()).collect();
        Redactor::new(&values)
    }

    fn of(secrets: PlanSecrets, values: &[SecretString]) -> Self {
        let redactor = Redactor::new(values);
        Self { secrets: Arc::new(Watched { secrets, redactor: redactor.clone() }), redactor, short: Vec::new() }
    }
}

/// Tells the redactor of every value before anybody gets it: a secret may be another one by then, or there for the first time.
struct Watched {
    secrets: PlanSecrets,
    redactor: Redactor,
}

impl Secrets for Watched {
    fn get(&self, name: &str) -> Result<SecretString, String> {
        let value = self.secrets.get(name)?;
        self.redactor.learn(&value);
        Ok(value)
    }
}
