//! From the settings of an action and the arguments of a call to the program that is started.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use secrecy::ExposeSecret;

use crate::agent::secret::Secrets;
use crate::agent::{Context, Failure};
use crate::agents::exec::files::{self, Given};
use crate::agents::exec::job::Job;
use crate::agents::exec::program;
use crate::agents::exec::watcher::attempt_folder;
use crate::agents::handed;
use crate::agents::settings::{Settings, spell};
use crate::plan::Action;
use crate::value::Value;
use crate::value::expr::{ExprKind, Var};
use crate::value::json::Plain;
use crate::value::schema::json_schema;
use crate::value::settings::{Exec, Output, Stdin};

/// Variables of `wfc`'s own environment that every program sees, with those that begin with `LC_`.
const PASSED: [&str; 6] = ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR"];

/// The variable of the number of the attempt.
pub const ATTEMPT: &str = "WFC_ATTEMPT";

/// The variable of the idempotency key.
pub const KEY: &str = "WFC_IDEMPOTENCY_KEY";

/// Prepares one attempt.
///
/// # Errors
/// A setting cannot be calculated, a secret is missing, the program or its folder is not there. Nothing has happened then.
pub fn job(
    action: &Action,
    exec: &Exec,
    arguments: &[Value],
    secrets: (&[String], &dyn Secrets),
    given: &Given,
    context: &Context,
) -> Result<Job, Failure> {
    let folder = attempt_folder(context);
    let schema = utf8(&folder.schema())?;
    let open = Settings::open(arguments).with_schema(&schema).with_contents(&given.contents);
    let hidden = Settings::with_secrets(arguments, secrets.0, secrets.1).with_contents(&given.contents);
    let cwd = working_folder(exec, &open, context)?;
    let words = words(exec, &open)?;
    let mut env = environment(exec, &hidden, context)?;
    if let Some(out) = given.out() {
        env.push((files::OUT.to_owned(), utf8(&out)?));
    }
    let path = env.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value.as_str());
    let stdin = stdin(action, exec, arguments, given, &hidden)?;
    let secrets = known_secrets(action, exec, arguments, &env, secrets, &hidden);
    if let Some(why) = arguments.iter().find_map(Value::failure) {
        return Err(Failure::new("failed", format!("what it is given cannot be read: {why}")));
    }
    let found = program::find(&words[0], path, &cwd).map_err(|why| Failure::new("failed", why))?;
    Ok(Job {
        attempt: utf8(Path::new(folder.path().file_name().unwrap_or_default()))?,
        program: utf8(&found)?,
        words,
        env,
        cwd: utf8(&cwd)?,
        stdin,
        secrets,
        timeout_ms: context.timeout.map(|timeout| u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX)),
        schema: names_schema(exec).then(|| json_schema(&action.result).to_string()),
        log_stdout: matches!(exec.output, Output::Status | Output::Nothing),
        durable: !action.effects.repeats_after_unknown(),
    })
}

/// The secrets that the program is given: by settings, as arguments, and in variables that are let through.
fn known_secrets(
    action: &Action,
    exec: &Exec,
    arguments: &[Value],
    env: &[(String, String)],
    (names, secrets): (&[String], &dyn Secrets),
    settings: &Settings<'_>,
) -> Vec<String> {
    let mut known: Vec<String> = settings.take_used().iter().map(|secret| secret.expose_secret().to_owned()).collect();
    known.extend(handed::secrets(action, arguments).map(str::to_owned));
    // One that is not there cannot be passed either.
    for secret in names.iter().filter(|_| !exec.pass.is_empty()).filter_map(|name| secrets.get(name).ok()) {
        let passed = env.iter().any(|(_, value)| value.contains(secret.expose_secret().trim()));
        known.extend(passed.then(|| secret.expose_secret().to_owned()));
    }
    known
}

/// Whether a word of the command is the path of the schema of the result.
fn names_schema(exec: &Exec) -> bool {
    let mut names = false;
    for word in &exec.command {
        word.value.walk(|part| names |= matches!(part.kind, ExprKind::Var(Var::ResultSchema)));
    }
    names
}

/// The words, lists spliced; at least one.
fn words(exec: &Exec, settings: &Settings<'_>) -> Result<Vec<String>, Failure> {
    let mut words = Vec::new();
    for word in &exec.command {
        match settings.value(&word.value)? {
            Value::List(items) if word.splice => {
                for item in items.iter() {
                    words.extend(spell(&item)?);
                }
            }
            value => words.extend(spell(&value)?),
        }
    }
    if words.is_empty() {
        return Err(Failure::new("invalid_input", "the command has no words"));
    }
    Ok(words)
}

fn working_folder(exec: &Exec, settings: &Settings<'_>, context: &Context) -> Result<PathBuf, Failure> {
    let root = std::path::absolute(&context.root).unwrap_or_else(|_| context.root.clone());
    let folder = match &exec.cwd {
        Some(cwd) => settings.text(cwd)?.map_or_else(|| root.clone(), |text| root.join(text)),
        None => root,
    };
    match std::fs::metadata(&folder) {
        Ok(metadata) if metadata.is_dir() => Ok(folder),
        Ok(_) => Err(Failure::new("failed", format!("the working folder `{}` is not a folder", folder.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Failure::new("failed", format!("there is no working folder `{}`", folder.display())))
        }
        Err(error) => {
            Err(Failure::new("failed", format!("the working folder `{}` cannot be used: {error}", folder.display())))
        }
    }
}

/// The whole environment; of two entries with one name the later wins.
fn environment(exec: &Exec, settings: &Settings<'_>, context: &Context) -> Result<Vec<(String, String)>, Failure> {
    let passes = |name: &str| PASSED.contains(&name) || name.starts_with("LC_") || exec.pass.iter().any(|p| p == name);
    let inherited =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut env: Vec<(String, String)> = inherited.filter(|(name, _)| passes(name)).collect();
    env.sort();
    for (name, value) in &exec.env {
        match settings.text(value)? {
            Some(text) => env.push((name.clone(), text)),
            // A `null` takes the variable away, also one that would have been let through.
            None => env.retain(|(other, _)| other != name),
        }
    }
    let own = [
        ("WFC_RUN", context.run.clone()),
        ("WFC_STAGE", context.stage.clone()),
        (ATTEMPT, context.attempt.to_string()),
        (KEY, context.key.clone()),
        ("WFC_CALL_DIR", utf8(&context.call_dir)?),
        ("TRACEPARENT", context.trace_parent.clone()),
    ];
    env.extend(own.map(|(name, value)| (name.to_owned(), value)));
    Ok(env)
}

fn stdin(
    action: &Action,
    exec: &Exec,
    arguments: &[Value],
    given: &Given,
    settings: &Settings<'_>,
) -> Result<String, Failure> {
    match &exec.stdin {
        Stdin::None => Ok(String::new()),
        Stdin::Text(text) => match settings.value(text)? {
            // Standard input may hold anything, a NUL too.
            Value::String(text) => Ok(text.to_string()),
            other => Ok(spell(&other)?.unwrap_or_default()),
        },
        Stdin::Json => {
            let fields = action.params.iter().zip(arguments);
            if given.is_empty() {
                // Written as it is: a long list is held once more, not twice.
                let object: IndexMap<&str, Plain> =
                    fields.map(|(param, value)| (param.name.as_str(), Plain::from(value))).collect();
                let unreadable = |why| Failure::new("failed", format!("what it is given cannot be read: {why}"));
                return serde_json::to_string(&object).map_err(unreadable);
            }
            let object = fields.map(|(param, value)| (param.name.clone(), given.encode(value)));
            Ok(serde_json::Value::Object(object.collect()).to_string())
        }
    }
}

fn utf8(path: &Path) -> Result<String, Failure> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Failure::new("failed", format!("the path `{}` is not UTF-8", path.display())))
}
