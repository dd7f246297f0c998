//! Secrets from environment variables.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::agent::secret::Secrets;
use crate::plan::Plan;

/// Reads each secret from the variable that the plan names, afresh each time.
#[derive(Debug, Clone, Default)]
pub struct EnvSecrets {
    variables: BTreeMap<String, String>,
}

impl EnvSecrets {
    /// Those of a plan.
    pub fn new(plan: &Plan) -> Self {
        let variables = plan.secrets.iter().map(|secret| (secret.name.clone(), secret.env.clone())).collect();
        Self { variables }
    }
}

impl Secrets for EnvSecrets {
    fn get(&self, name: &str) -> Result<SecretString, String> {
        let Some(variable) = self.variables.get(name) else {
            return Err(format!("the plan has no secret `{name}`"));
        };
        match std::env::var(variable) {
            Ok(value) if !value.is_empty() => Ok(SecretString::from(value)),
            Ok(_) => Err(format!("the environment variable `{variable}` of the secret `{name}` is empty")),
            Err(std::env::VarError::NotPresent) => {
                Err(format!("the environment variable `{variable}` of the secret `{name}` is not set"))
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(format!("the environment variable `{variable}` of the secret `{name}` is not UTF-8"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_names_the_variable() {
        let variables = [("token".to_owned(), "WFC_NO_SUCH_VARIABLE".to_owned())].into();
        let secrets = EnvSecrets { variables };
        let told = secrets.get("token").expect_err("not set");
        assert_eq!(told, "the environment variable `WFC_NO_SUCH_VARIABLE` of the secret `token` is not set");
        assert!(secrets.get("other").is_err());
    }
}
