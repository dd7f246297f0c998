//! What an action does with its arguments: places in its settings that want trusted data, effects that want an approval.

use crate::diag::Code;
use crate::sema::hir::{Action, ActionKind, Param};
use crate::sema::labels::flow::Flows;
use crate::sema::labels::host::{self, Scan};
use crate::sema::labels::instance::Caller;
use crate::sema::labels::lattice::is_dirty;
use crate::sema::labels::report;
use crate::sema::labels::trace::Cursor;
use crate::sema::labels::value::Scope;
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind, Var};
use crate::value::policy::Effects;
use crate::value::settings::{Server, Word};
use crate::value::types::Type;

/// A place in the settings of an action that refuses untrusted data.
pub struct Sink<'a> {
    /// What stands there, one after the other.
    pub values: Vec<&'a Expr>,
    /// Whether only the scheme and host that it begins with count.
    pub host: bool,
    /// What it decides, as the object of a sentence.
    pub what: &'static str,
}

impl<'a> Sink<'a> {
    fn new(value: &'a Expr, what: &'static str) -> Self {
        Self { values: vec![value], host: false, what }
    }

    /// The part that brings untrusted data here.
    pub fn dirty(&self, scope: &mut Scope<'_>) -> Option<&'a Expr> {
        let mut text = String::new();
        for value in &self.values {
            match host::scan(scope, value, &mut text) {
                _ if !self.host && is_dirty(&scope.of(value)) => return Some(value),
                Scan::Dirty if self.host => return Some(value),
                Scan::Complete if self.host => return None,
                _ => {}
            }
        }
        None
    }
}

/// Programs that read their arguments as programs.
const SHELLS: [&str; 13] =
    ["sh", "bash", "zsh", "dash", "ksh", "ash", "csh", "tcsh", "fish", "cmd", "powershell", "pwsh", "nu"];

/// Words after which an interpreter reads a program.
const CODE_FOLLOWS: [&str; 10] = ["-c", "-e", "-lc", "-ic", "-lic", "-ne", "-pe", "-le", "--eval", "--command"];

impl<'a> Flows<'a> {
    /// Judges what becomes of the arguments of a call inside the action.
    /// `action` is what the call names, `own` what carries it out: its parameters may stand in another order.
    pub fn settings(&mut self, caller: Caller<'a>, action: &'a Action, own: &'a Action, args: &[Type]) {
        if !args.iter().any(is_dirty) {
            return;
        }
        let place = |name: &str| action.params.iter().position(|param| param.name == name);
        let given = |param: &Param| place(&param.name).and_then(|place| args.get(place)).unwrap_or(&param.ty).clone();
        let given: Vec<Type> = own.params.iter().map(given).collect();
        for sink in sinks(own) {
            let mut scope = Scope { params: &given, ..Scope::default() };
            let Some(value) = sink.dirty(&mut scope) else { continue };
            let Some(param) = dirty_parameter(&mut scope, value).and_then(|index| own.params.get(index)) else {
                continue;
            };
            let Some(written) = place(&param.name).and_then(|place| caller.call.args.get(place)) else { continue };
            if self.is_reported(Code::WF0604, written.span) {
                continue;
            }
            let from = Cursor::new(caller.instance, written).of_stage(caller.stage);
            let name = self.called(caller.call);
            let found = report::into_setting(self, &from, &name, param, sink.what, value.span);
            self.report(found);
        }
    }

    /// Reports what cannot be taken back and is decided by untrusted data.
    pub fn effects(&mut self, caller: Caller<'a>, action: &'a Action) {
        if action.effects != Effects::Irreversible {
            return;
        }
        let Some(decided) = self.under(caller) else { return };
        let name = self.called(caller.call);
        let stage = &self.instances[caller.instance].of.stages[caller.stage];
        if self.is_reported(Code::WF0606, stage.span) {
            return;
        }
        let found = report::irreversible(self, stage, &name, decided);
        self.report(found);
    }
}

/// The first parameter that brings untrusted data into a setting.
fn dirty_parameter(scope: &mut Scope<'_>, value: &Expr) -> Option<usize> {
    let mut found = None;
    value.walk(|part| {
        if let ExprKind::Var(Var::Param(index)) = part.kind
            && found.is_none()
            && is_dirty(&scope.of(part))
        {
            found = Some(index as usize);
        }
    });
    found
}

/// The places of an action that refuse untrusted data.
pub fn sinks(action: &Action) -> Vec<Sink<'_>> {
    match &action.kind {
        ActionKind::Exec(exec) => of_process(&exec.command, exec.cwd.as_ref()),
        ActionKind::Shell(shell) => of_process(&[], shell.cwd.as_ref()),
        ActionKind::Http(http) => vec![of_url([Some(&http.url), http.path.as_ref()])],
        ActionKind::Mcp(mcp) => match &mcp.server {
            Server::Stdio(server) => of_process(&server.command, server.cwd.as_ref()),
            Server::Http(server) => vec![of_url([Some(&server.url), None])],
        },
        ActionKind::Llm(_) | ActionKind::Mock(_) | ActionKind::Registered(_) | ActionKind::Other => Vec::new(),
    }
}

fn of_url<'a>(parts: [Option<&'a Expr>; 2]) -> Sink<'a> {
    Sink { values: parts.into_iter().flatten().collect(), host: true, what: "the host that is asked" }
}

/// The program, what a shell or an interpreter runs, the folder.
fn of_process<'a>(command: &'a [Word], cwd: Option<&'a Expr>) -> Vec<Sink<'a>> {
    let mut found = Vec::new();
    // Lists that may be empty stand before it: any word up to the first that is always there may be the program.
    let mut program = true;
    let mut code = false;
    let shell = command.first().and_then(|word| text(&word.value)).is_some_and(is_shell);
    for word in command {
        let what = match () {
            () if program => Some("the program that is started"),
            () if shell => Some("what a shell runs"),
            () if code => Some("what an interpreter runs"),
            () => None,
        };
        found.extend(what.map(|what| Sink::new(&word.value, what)));
        program &= word.splice;
        code = text(&word.value).is_some_and(|text| CODE_FOLLOWS.contains(&text)) || (code && word.splice);
    }
    found.extend(cwd.map(|value| Sink::new(value, "the working folder")));
    found
}

fn is_shell(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program).to_ascii_lowercase();
    SHELLS.contains(&name.strip_suffix(".exe").unwrap_or(&name))
}

fn text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Value::String(text)) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::is_shell;

    #[test]
    fn shells_are_known_by_any_path() {
        assert!(is_shell("bash") && is_shell("/usr/bin/zsh") && is_shell(r"C:\Windows\CMD.EXE"));
        assert!(!is_shell("git") && !is_shell("bashful"));
    }
}
