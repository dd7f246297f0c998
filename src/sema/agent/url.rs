//! Addresses: what is written out of them is checked, what is interpolated becomes one segment.

use crate::sema::agent::http::address;
use crate::sema::errors::kinds as errors;
use crate::sema::expr::Body;
use crate::syntax::ast::{Setting, SettingValue};
use crate::value::Value;
use crate::value::expr::{Expr, ExprKind, Part};

/// `url`: with scheme and host, up to `path`.
pub(super) fn base(body: &mut Body<'_, '_>, setting: &Setting) -> Option<Expr> {
    let SettingValue::Expr(written) = &setting.value else { return None };
    let found = address(body, written, "url");
    let problem = match &found.kind {
        ExprKind::Literal(Value::String(text)) => wrong_with(text, true),
        ExprKind::Interpolate(parts) => match parts.first() {
            Some(Part::Text(text)) => wrong_with(text, false),
            _ => Some("it begins with `http://` or `https://`, written out"),
        },
        _ => None,
    };
    if let Some(problem) = problem {
        body.report(errors::not_an_address(problem, written.span));
    }
    Some(found)
}

/// `path`: what follows it.
pub(super) fn path(body: &mut Body<'_, '_>, setting: &Setting) -> Option<Expr> {
    let SettingValue::Expr(written) = &setting.value else { return None };
    let found = address(body, written, "path");
    let first = match &found.kind {
        ExprKind::Literal(Value::String(text)) => Some(&**text),
        ExprKind::Interpolate(parts) => match parts.first() {
            Some(Part::Text(text)) => Some(&**text),
            _ => Some(""),
        },
        _ => None,
    };
    if first.is_some_and(|first| !first.starts_with('/')) {
        body.report(errors::path_without_slash(written.span));
    } else if texts(&found).any(|text| text.contains(['?', '#'])) {
        body.report(errors::query_in_path(written.span));
    }
    Some(found)
}

fn texts(expr: &Expr) -> impl Iterator<Item = &str> {
    let (one, many) = match &expr.kind {
        ExprKind::Literal(Value::String(text)) => (Some(&**text), None),
        ExprKind::Interpolate(parts) => (None, Some(parts)),
        _ => (None, None),
    };
    let texts = many.into_iter().flatten().filter_map(|part| match part {
        Part::Text(text) => Some(&**text),
        Part::Value(_) => None,
    });
    one.into_iter().chain(texts)
}

/// What is wrong with the beginning of an address; `whole` is all of it.
fn wrong_with(text: &str, whole: bool) -> Option<&'static str> {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return Some("it begins with `http://` or `https://`, written out");
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() && (whole || rest.len() > host.len()) {
        return Some("it has no host");
    }
    if host.contains('@') {
        return Some("a user and password in it would be seen by everybody: send them in `headers`");
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some("there is white space in it");
    }
    if text.contains('#') {
        return Some("what follows a `#` is never sent");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::wrong_with;

    #[test]
    fn addresses_have_scheme_and_host() {
        for good in ["https://a.example", "http://localhost:8080/v1", "https://[::1]/x?y=1"] {
            assert_eq!(wrong_with(good, true), None, "{good}");
        }
        for bad in
            ["", "a.example", "ftp://a.example", "https://", "https:///x", "https://u:p@a.example", "https://a b"]
        {
            assert!(wrong_with(bad, true).is_some(), "{bad}");
        }
        assert_eq!(wrong_with("https://", false), None);
        assert!(wrong_with("https:///", false).is_some());
    }
}
