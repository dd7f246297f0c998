//! Settings of actions by kind: what checker, plan and agents share.
//!
//! Expressions see the parameters of the action, and secrets where that is said. Settings of the agent are merged in.

mod visit;

use serde::{Deserialize, Serialize};

use crate::base::unit::Price;
use crate::value::expr::Expr;

/// Where a secret comes from, never what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretFrom {
    /// An environment variable.
    Env(String),
    /// A file: its content, one trailing newline removed. Relative to the project's root.
    File(String),
    /// A program and its arguments: what it prints, one trailing newline removed.
    Command(Vec<String>),
}

/// At most so many calls begin within a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// So many calls.
    pub count: u32,
    /// Within so many milliseconds.
    pub per: i64,
}

/// Settings of an `exec` action: a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exec {
    /// The words.
    pub command: Vec<Word>,
    /// What arrives on standard input.
    pub stdin: Stdin,
    /// How standard output becomes the result.
    pub output: Output,
    /// The working folder; relative to the project's root, which is the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<Expr>,
    /// Variables that are set; a `null` is left out. Secrets may stand here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<(String, Expr)>,
    /// Variables that are let through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pass: Vec<String>,
}

/// Settings of a `shell` action: a script for `sh`. What it works on reaches it through variables and standard input, never
/// as a part of its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shell {
    /// The script.
    pub script: String,
    /// What arrives on standard input.
    pub stdin: Stdin,
    /// How standard output becomes the result.
    pub output: Output,
    /// The working folder; relative to the project's root, which is the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<Expr>,
    /// Variables that are set; a `null` is left out. Secrets may stand here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<(String, Expr)>,
    /// Variables that are let through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pass: Vec<String>,
}

/// A word of a command: a string, or a list of strings that is spliced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// Its value.
    pub value: Expr,
    /// Whether it is a list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub splice: bool,
}

/// What arrives on standard input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stdin {
    /// The arguments as one JSON object.
    Json,
    /// Nothing.
    None,
    /// Text. Secrets may stand here.
    Text(Expr),
}

/// How an answer becomes the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// One JSON document; with a name, that field of it.
    Json(Option<String>),
    /// Text; of a process one trailing newline removed.
    Text,
    /// Its lines.
    Lines,
    /// The exit code of a process.
    Status,
    /// `{ status, headers, body }` of an `http` action, which then fails on no status.
    Response,
    /// The content as a file, of an `http` action.
    File,
    /// Nothing: the result is `null`.
    Nothing,
}

/// Settings of an `http` action: one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Http {
    /// In capitals.
    pub method: String,
    /// The address, up to `path`. What is interpolated in it is percent-encoded as one segment; any other expression is the
    /// address itself.
    pub url: Expr,
    /// What follows it, interpolated in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Expr>,
    /// Names, each once whatever its case, with their values; a `null` is left out. Secrets may stand here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, Expr)>,
    /// The same of the query, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, Expr)>,
    /// What is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<HttpBody>,
    /// How the body of the answer becomes the result.
    pub output: Output,
}

/// What an `http` action sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpBody {
    /// A value as JSON.
    Json(Expr),
    /// A string as it is.
    Text(Expr),
    /// The content of a file.
    File(Expr),
}

/// Settings of an `llm` action: a model's answer, in the form of the result type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Llm {
    /// Which protocol is spoken.
    pub provider: Provider,
    /// Where the server is; without it the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The model.
    pub model: String,
    /// The key; without it none is sent. Secrets may stand here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<Expr>,
    /// What the model is told to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<Expr>,
    /// What it is asked. A file that is interpolated is attached at its place.
    pub prompt: Expr,
    /// From 0 to 2; without it the model's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Tokens of what is sent at most.
    pub max_input: i64,
    /// Tokens of the answer at most.
    pub max_output: i64,
    /// What it costs, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// What it may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Answers at most, and calls of tools in all.
    pub max_turns: u32,
}

/// The protocol of a model's server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Chat as OpenAI and all that is compatible with it.
    Openai,
    /// Messages as Anthropic.
    Anthropic,
}

impl Provider {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Openai, Self::Anthropic];

    /// As it is written: `openai`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Openai => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// The server that is asked where a program names none.
    pub fn usual_host(self) -> &'static str {
        match self {
            Self::Openai => "api.openai.com",
            Self::Anthropic => "api.anthropic.com",
        }
    }

    /// The environment variable in which its key usually is.
    pub fn usual_variable(self) -> &'static str {
        match self {
            Self::Openai => "OPENAI_API_KEY",
            Self::Anthropic => "ANTHROPIC_API_KEY",
        }
    }
}

/// An action that a model may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tool {
    /// Position of its agent.
    pub agent: u32,
    /// Position among that agent's actions.
    pub action: u32,
}

/// Settings of an `mcp` action: a tool of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mcp {
    /// The server: the same for all actions of an agent.
    pub server: Server,
    /// The tool, as the server calls it. It is given the arguments by name.
    pub tool: String,
    /// How its answer becomes the result.
    pub output: Output,
}

/// How an MCP server is reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Server {
    /// A process that is spoken to on its standard input and output.
    Stdio(Stdio),
    /// Streamable HTTP.
    Http(Remote),
}

/// An MCP server that is a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stdio {
    /// The words.
    pub command: Vec<Word>,
    /// The working folder; relative to the project's root, which is the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<Expr>,
    /// Variables that are set; a `null` is left out. Secrets may stand here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<(String, Expr)>,
    /// Variables that are let through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pass: Vec<String>,
}

/// An MCP server elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remote {
    /// Its address.
    pub url: Expr,
    /// Names with their values; a `null` is left out. Secrets may stand here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, Expr)>,
}
