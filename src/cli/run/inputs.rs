//! The inputs of a run: gathered from `--inputs` and `-i`, each checked against the type of its parameter.

use indexmap::IndexMap;
use serde_json::Value as Json;

use crate::base::nearest::suggestion;
use crate::cli::report::Problem;
use crate::cli::run::given_files::GivenFiles;
use crate::cli::run::input_file::{read_fields, read_text};
use crate::cli::table::table;
use crate::diag::Code;
use crate::plan::{Param, Plan};
use crate::value::Value;
use crate::value::eval;
use crate::value::expr::{Observe, Var};
use crate::value::input::parse_input;
use crate::value::json::{decode, encode, holds_file, parse_strict};
use crate::value::types::{Kind, Type};

/// The inputs of a run that is to start.
pub struct Inputs {
    /// Their values as plain JSON, in the order of the parameters.
    pub values: Json,
    /// The files among them.
    pub files: GivenFiles,
}

/// The values of all inputs of a plan.
///
/// # Errors
/// All that is wrong with them, not only the first.
pub fn gather(plan: &Plan, words: &[String], file: Option<&str>) -> Result<Inputs, Problem> {
    let none = || Json::Object(serde_json::Map::new());
    let Some(workflow) = plan.workflows.first() else {
        return Ok(Inputs { values: none(), files: Default::default() });
    };
    must_be_open(plan, &workflow.params)?;
    let mut given = Given::new(plan, &workflow.params);
    if let Some(file) = file {
        given.file(file)?;
    }
    given.words(words);
    let files = std::mem::take(&mut given.files);
    Ok(Inputs { values: given.finish()?, files })
}

/// The inputs of a run for another plan than it had.
///
/// # Errors
/// All that does not fit the other plan.
pub fn again(plan: &Plan, inputs: &Json) -> Result<Json, Problem> {
    let Some(workflow) = plan.workflows.first() else { return Ok(inputs.clone()) };
    let mut given = Given::new(plan, &workflow.params);
    given.fields(inputs.as_object().unwrap_or(&serde_json::Map::new()));
    given.finish()
}

/// Inputs that fit a plan as values, in the order of its parameters.
pub fn values(plan: &Plan, inputs: &Json) -> Vec<Value> {
    let params = plan.workflows.first().map_or(&[][..], |workflow| &workflow.params);
    let value = |param: &Param| inputs.get(&param.name).and_then(|json| decode(json, &param.ty).ok());
    params.iter().map(|param| value(param).unwrap_or(Value::Null)).collect()
}

/// What nobody outside can give: an approval, a secret by its name.
fn must_be_open(plan: &Plan, params: &[Param]) -> Result<(), Problem> {
    let Some((param, label)) = params.iter().find_map(|param| match &param.ty {
        ty if ty.has_approved() => Some((param, "approved")),
        ty if ty.has_secret() => Some((param, "secret")),
        _ => None,
    }) else {
        return Ok(());
    };
    let (of, name) = (&plan.name, &param.name);
    let help = match label {
        "approved" => "start a workflow that asks a person with `ask(…) approves …`, and calls this one",
        _ => "start a workflow that calls this one and names the secret",
    };
    Err(problem(format!("`{of}` cannot be started from outside: its parameter `{name}` is `{label}`")).help(help))
}

struct Given<'a> {
    plan: &'a Plan,
    params: &'a [Param],
    values: IndexMap<&'a str, Value>,
    /// Parameters whose value was refused: they are not missing.
    refused: Vec<&'a str>,
    wrong: Vec<Problem>,
    files: GivenFiles,
}

impl<'a> Given<'a> {
    fn new(plan: &'a Plan, params: &'a [Param]) -> Self {
        let (values, refused, wrong, files) = Default::default();
        Self { plan, params, values, refused, wrong, files }
    }

    fn file(&mut self, path: &str) -> Result<(), Problem> {
        let mut fields = read_fields(path)?;
        for (name, json) in &mut fields {
            let Some(param) = self.params.iter().find(|param| param.name == *name) else { continue };
            if let Err(error) = self.files.take(json, &param.ty) {
                self.refuse(param, &error.to_string());
            }
        }
        fields.retain(|name, _| !self.refused.contains(&name.as_str()));
        self.fields(&fields);
        Ok(())
    }

    /// A value of the command line: the path of a file, JSON with paths, or what its type says.
    fn word(&mut self, text: &str, ty: &Type) -> Result<Value, String> {
        if !holds_file(ty) {
            return text_of(text).and_then(|text| parse_input(&text, ty));
        }
        let mut json = match &ty.without_null().kind {
            Kind::File if path_of(text).is_empty() => return Err("no file is named".into()),
            Kind::File => Json::from(path_of(text)),
            _ => parse_strict(text_of(text)?.as_bytes()).map_err(|error| format!("it is not JSON: {error}"))?,
        };
        self.files.take(&mut json, ty).map_err(|error| error.to_string())?;
        decode(&json, ty).map_err(|error| error.to_string())
    }

    fn fields(&mut self, fields: &serde_json::Map<String, Json>) {
        for (name, json) in fields {
            let Some(param) = self.param(name) else { continue };
            match decode(json, &param.ty) {
                Ok(value) => drop(self.values.insert(&param.name, value)),
                Err(error) => self.refuse(param, &error.to_string()),
            }
        }
    }

    /// Those of the command line win over those of a file.
    fn words(&mut self, words: &[String]) {
        let mut seen: Vec<&str> = Vec::new();
        for word in words {
            let Some((name, text)) = word.split_once('=') else {
                self.wrong
                    .push(problem(format!("the input `{word}` has no value")).help(format!("write `-i {word}=VALUE`")));
                continue;
            };
            if seen.contains(&name) {
                self.wrong.push(problem(format!("the input `{name}` is given twice")));
                continue;
            }
            seen.push(name);
            let Some(param) = self.param(name) else { continue };
            match self.word(text, &param.ty) {
                Ok(value) => drop(self.values.insert(&param.name, value)),
                Err(error) => self.refuse(param, &error),
            }
        }
    }

    fn refuse(&mut self, param: &'a Param, why: &str) {
        self.refused.push(&param.name);
        self.wrong.push(misfit(param, why));
    }

    fn param(&mut self, name: &str) -> Option<&'a Param> {
        let found = self.params.iter().find(|param| param.name == name);
        if found.is_none() {
            let near = suggestion(name, self.params.iter().map(|param| param.name.as_str()));
            self.wrong.push(problem(format!("`{}` has no input `{name}`{near}", self.plan.name)));
        }
        found
    }

    fn finish(mut self) -> Result<Json, Problem> {
        let mut inputs = serde_json::Map::new();
        for param in self.params {
            match (self.values.get(param.name.as_str()), default(param)) {
                (Some(value), _) => drop(inputs.insert(param.name.clone(), encode(value))),
                (None, Some(value)) => drop(inputs.insert(param.name.clone(), encode(&value?))),
                (None, None) if self.refused.contains(&param.name.as_str()) => {}
                (None, None) => self.wrong.push(missing(param)),
            }
        }
        Problem::all(self.wrong).map_or(Ok(Json::Object(inputs)), Err)
    }
}

/// The default of a parameter; of one that may be absent it is `null`.
fn default(param: &Param) -> Option<Result<Value, Problem>> {
    match &param.default {
        Some(default) => {
            let value = eval::eval(default, &NoNames);
            Some(value.map_err(|error| misfit(param, &error.to_string())))
        }
        None => param.ty.is_optional().then_some(Ok(Value::Null)),
    }
}

/// Defaults are expressions without variables.
struct NoNames;

impl eval::Scope for NoNames {
    fn get(&self, _var: Var) -> Value {
        Value::Null
    }

    fn observe(&self, _what: Observe, _stage: u32) -> Value {
        Value::Null
    }
}

/// A file is given by its path, with or without the `@` with which files are read elsewhere.
fn path_of(text: &str) -> &str {
    text.strip_prefix('@').unwrap_or(text)
}

/// `@FILE` is the content of a file, `@@` a literal `@`.
fn text_of(text: &str) -> Result<String, String> {
    match text.strip_prefix('@') {
        None => Ok(text.to_owned()),
        Some(rest) if rest.starts_with('@') => Ok(rest.to_owned()),
        Some("") => Err("no file is named after `@`".into()),
        Some(path) => read_text(path),
    }
}

fn misfit(param: &Param, why: &str) -> Problem {
    problem(format!("the input `{}` does not fit: {why}", param.name)).help(described(param))
}

fn missing(param: &Param) -> Problem {
    problem(format!("the input `{}` is missing", param.name)).help(format!(
        "write `-i {}=VALUE`; {}",
        param.name,
        described(param)
    ))
}

/// The inputs of a workflow, for `wfc run FILE --help`.
pub fn help(plan: &Plan, path: &str) -> String {
    let Some(workflow) = plan.workflows.first() else { return String::new() };
    let doc = workflow.doc.as_deref().map(|doc| format!("{}\n\n", doc.trim())).unwrap_or_default();
    let usage = format!("Usage: wfc run {} [OPTIONS]\n", crate::cli::commands::quoted(path));
    let rows: Vec<Vec<String>> = workflow.params.iter().map(row).collect();
    let inputs = if rows.is_empty() { "It has no inputs.\n".to_owned() } else { format!("Inputs:\n{}", table(&rows)) };
    format!("{doc}{usage}\n{inputs}\nOptions: wfc run --help\n")
}

fn row(param: &Param) -> Vec<String> {
    let default = default(param).and_then(Result::ok).map(|value| format!("[default: {}]", encode(&value)));
    let doc = param.doc.as_deref().map(|doc| doc.lines().collect::<Vec<_>>().join(" "));
    let words: Vec<String> = doc.into_iter().chain(default).collect();
    vec![format!("  -i {}=", param.name), param.ty.to_string(), words.join("  ")]
}

/// `it is a string, who owns the repository`.
pub fn described(param: &Param) -> String {
    let doc = param.doc.as_deref().map(str::trim).filter(|doc| !doc.is_empty());
    let doc = doc.map(|doc| format!(", {}", doc.lines().collect::<Vec<_>>().join(" "))).unwrap_or_default();
    let ty = param.ty.to_string();
    let article = if ty.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("it is {article} `{ty}`{doc}")
}

/// Something is wrong with the inputs: wrong use.
pub fn problem(message: impl Into<String>) -> Problem {
    Problem::usage(message).code(Code::WF0802)
}
