//! Settings that are names with values: variables, headers, the query.

use crate::sema::agent::table::find;
use crate::sema::agent::unexpanded;
use crate::sema::errors::{agents as errors, kinds};
use crate::sema::expr::{Body, Secrets, Want};
use crate::syntax::ast::{self, ExprKind, RecordEntry, Setting, SettingValue};
use crate::value::expr::Expr;
use crate::value::types::{Kind, Type};

/// What the names are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// The environment of a process.
    Variables,
    /// A request: capitals make no difference.
    Headers,
    /// What follows the `?` of an address.
    Query,
}

impl Names {
    fn secrets(self) -> Secrets {
        match self {
            Self::Variables | Self::Headers => Secrets::Allowed,
            Self::Query => Secrets::Forbidden("an address, which is logged"),
        }
    }

    fn what(self, name: &str) -> String {
        match self {
            Self::Variables => format!("the variable `{name}`"),
            Self::Headers => format!("the header `{name}`"),
            Self::Query => format!("`{name}` of the query"),
        }
    }

    /// Whether two names mean the same.
    pub fn same(self, a: &str, b: &str) -> bool {
        if self == Self::Headers { a.eq_ignore_ascii_case(b) } else { a == b }
    }
}

/// The names and values of a setting; each is text, and may be absent.
pub(super) fn read(body: &mut Body<'_, '_>, setting: &Setting, names: Names) -> Vec<(String, Expr)> {
    let SettingValue::Expr(written) = &setting.value else { return Vec::new() };
    let word = setting.name.text.as_str();
    let ExprKind::Record(entries) = &written.kind else {
        body.report(errors::record_form(word, written.span));
        return Vec::new();
    };
    let mut found: Vec<(String, Expr)> = Vec::new();
    for entry in entries {
        let (name, value) = match entry {
            RecordEntry::Field(name, value) => (name, value.clone()),
            RecordEntry::Short(name) => (name, ast::Expr { kind: ExprKind::Name(name.text.clone()), span: name.span }),
            RecordEntry::Spread(value) => {
                body.report(errors::record_form(word, value.span));
                continue;
            }
        };
        check_name(body, name, names);
        let want = Want::new(Type::string().optional(), names.what(&name.text));
        if names == Names::Variables {
            unexpanded::in_a_variable(body, &value);
        }
        let before = body.ctx.bag.len();
        let found_value = body.with_secrets(names.secrets(), |body| body.infer(&value));
        let file = names == Names::Variables && found_value.ty.without_null().kind == Kind::File;
        let value = body.coerce(found_value, &value, &want);
        if file {
            body.ctx.bag.after(before).iter_mut().for_each(kinds::told_of_a_file);
        }
        found.retain(|(other, _)| !names.same(other, &name.text));
        found.push((name.text.clone(), value));
    }
    found
}

/// Those of an action, and of its agent what they do not name.
pub(super) fn merged(
    body: &mut Body<'_, '_>,
    settings: &[Setting],
    word: &str,
    names: Names,
    agent: &[(String, Expr)],
) -> Vec<(String, Expr)> {
    let own = find(settings, word).map_or_else(Vec::new, |setting| read(body, setting, names));
    let mut found: Vec<(String, Expr)> = agent.to_vec();
    found.retain(|(name, _)| !own.iter().any(|(own, _)| names.same(own, name)));
    found.extend(own);
    found
}

fn check_name(body: &mut Body<'_, '_>, name: &ast::Name, names: Names) {
    match names {
        Names::Variables if !is_variable(&name.text) => body.report(errors::not_a_variable(&name.text, name.span)),
        Names::Headers if !is_header(&name.text) => body.report(kinds::not_a_header(&name.text, name.span)),
        _ => {}
    }
}

/// Whether a variable of the environment can be called so.
pub(super) fn is_variable(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

/// Whether a header can be called so (RFC 9110, `token`).
fn is_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
