//! The values of a plan's secrets: from environment variables, files and programs.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::agent::secret::Secrets;
use crate::plan::Plan;
use crate::value::settings::SecretFrom;

/// Most bytes of a secret.
const BYTES_MAX: u64 = 64 << 10;

/// Gives the secrets of a plan: from variables and files afresh each time; a program is run once, since it may ask a person.
#[derive(Default)]
pub struct PlanSecrets {
    sources: BTreeMap<String, SecretFrom>,
    root: PathBuf,
    printed: Mutex<BTreeMap<String, SecretString>>,
}

impl PlanSecrets {
    /// Those of a plan; paths are relative to `root`, and programs run there.
    pub fn new(plan: &Plan, root: &Path) -> Self {
        let sources = plan.secrets.iter().map(|secret| (secret.name.clone(), secret.from.clone())).collect();
        Self { sources, root: root.to_owned(), printed: Mutex::default() }
    }

    fn printed(&self, name: &str, words: &[String]) -> Result<SecretString, String> {
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = printed.get(name) {
            return Ok(value.clone());
        }
        let value = print(words, &self.root).map_err(|why| format!("the secret `{name}` cannot be had: {why}"))?;
        printed.insert(name.to_owned(), value.clone());
        Ok(value)
    }
}

impl Secrets for PlanSecrets {
    fn get(&self, name: &str) -> Result<SecretString, String> {
        match self.sources.get(name) {
            None => Err(format!("the plan has no secret `{name}`")),
            Some(SecretFrom::Env(variable)) => from_variable(name, variable),
            Some(SecretFrom::File(path)) => from_file(&self.root.join(path))
                .map_err(|why| format!("the file `{path}` of the secret `{name}` cannot be used: {why}")),
            Some(SecretFrom::Command(words)) => self.printed(name, words),
        }
    }
}

fn from_variable(name: &str, variable: &str) -> Result<SecretString, String> {
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

fn from_file(path: &Path) -> Result<SecretString, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    match file.metadata() {
        Ok(metadata) if metadata.is_file() => read(file),
        Ok(_) => Err("it is not a regular file".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// What a program prints. It may use the terminal to ask for a passphrase.
fn print(words: &[String], root: &Path) -> Result<SecretString, String> {
    let Some((program, arguments)) = words.split_first() else { return Err("no program is named".into()) };
    let started = Command::new(program).args(arguments).current_dir(root).stdout(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| format!("`{program}` cannot be started: {error}"))?;
    let value = child.stdout.take().map_or_else(|| Err("it has no output".into()), read);
    if value.is_err() {
        // It is not heard to the end.
        child.kill().ok();
    }
    match (child.wait(), value) {
        (Ok(status), Ok(value)) if status.success() => Ok(value),
        (Ok(status), Ok(_)) => Err(format!("`{program}` failed ({status})")),
        (Ok(_), Err(why)) => Err(format!("what `{program}` prints cannot be used: {why}")),
        (Err(error), _) => Err(format!("`{program}` cannot be waited for: {error}")),
    }
}

/// All of it, one trailing newline removed.
fn read(from: impl Read) -> Result<SecretString, String> {
    let mut bytes = Zeroizing::new(Vec::new());
    from.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err("it is larger than 64KiB".into());
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if text.is_empty() { Err("it is empty".into()) } else { Ok(SecretString::from(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn secrets(root: &Path, from: SecretFrom) -> PlanSecrets {
        PlanSecrets { sources: [("token".to_owned(), from)].into(), root: root.to_owned(), ..PlanSecrets::default() }
    }

    fn told(root: &Path, from: SecretFrom) -> Result<String, String> {
        secrets(root, from).get("token").map(|value| value.expose_secret().to_owned())
    }

    fn command(words: &[&str]) -> SecretFrom {
        SecretFrom::Command(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn what_is_missing_names_the_variable() {
        let secrets = secrets(Path::new("."), SecretFrom::Env("WFC_NO_SUCH_VARIABLE".into()));
        let told = secrets.get("token").expect_err("not set");
        assert_eq!(told, "the environment variable `WFC_NO_SUCH_VARIABLE` of the secret `token` is not set");
        assert!(secrets.get("other").is_err());
    }

    #[test]
    fn a_file_is_read_without_its_last_newline() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("token"), "a\nb\r\n").expect("written");
        std::fs::write(folder.path().join("none"), "\n").expect("written");
        let of = |path: &str| told(folder.path(), SecretFrom::File(path.into()));
        assert_eq!(of("token").as_deref(), Ok("a\nb"));
        assert_eq!(of("none"), Err("the file `none` of the secret `token` cannot be used: it is empty".into()));
        assert!(of("nothing").is_err() && of(".").is_err());
    }

    #[test]
    fn a_program_prints_it_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let counted = secrets(folder.path(), command(&["sh", "-c", "echo x >> count; wc -l < count"]));
        for _ in 0..2 {
            assert_eq!(counted.get("token").expect("printed").expose_secret().trim(), "1");
        }
        let of = |words: &[&str]| told(folder.path(), command(words));
        let failed = "the secret `token` cannot be had: `sh` failed (exit status: 3)";
        assert_eq!(of(&["sh", "-c", "echo x; exit 3"]), Err(failed.into()));
        assert!(of(&["yes"]).expect_err("endless").ends_with("it is larger than 64KiB"));
        assert!(of(&["wfc-no-such-program"]).expect_err("not there").contains("cannot be started"));
    }
}
