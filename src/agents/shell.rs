//! The kind `shell`: a script is a program, `sh`, whose words are known before the run. All else is as with `exec`.

use crate::base::span::Span;
use crate::plan::{Agent, Settings};
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind};
use crate::value::settings::{Exec, Shell, Word};

/// The same agent with its scripts as programs.
pub fn as_programs(mut agent: Agent) -> Agent {
    for action in &mut agent.actions {
        if let Settings::Shell(shell) = &action.settings {
            action.settings = Settings::Exec(program(shell.clone(), action.span));
        }
    }
    agent
}

fn program(shell: Shell, span: Span) -> Exec {
    let Shell { script, stdin, output, cwd, env, pass } = shell;
    let word = |text: &str| Word { value: Expr { kind: ExprKind::Literal(Value::text(text)), span }, splice: false };
    // After `--` a script that begins with a dash is a script too.
    let command = ["sh", "-c", "--", &script].map(word).into();
    Exec { command, stdin, output, cwd, env, pass }
}
