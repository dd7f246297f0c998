//! Which part of an address says whom it goes to.

use crate::sema::labels::lattice::is_dirty;
use crate::sema::labels::value::Scope;
use crate::value::Value;
use crate::value::expr::{BinaryOp, Expr, ExprKind, Part};

/// What is known of scheme and host after some more of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan {
    /// They end further on.
    Open,
    /// They have ended, and nothing in them was untrusted.
    Complete,
    /// Untrusted data is part of them.
    Dirty,
}

/// Goes on with an address. `text` is what is known of it so far, with a letter for each part that only a run knows.
pub fn scan(scope: &mut Scope<'_>, expr: &Expr, text: &mut String) -> Scan {
    match &expr.kind {
        ExprKind::Literal(Value::String(more)) => add(text, more),
        ExprKind::Interpolate(parts) => {
            for part in parts {
                let found = match part {
                    Part::Text(more) => add(text, more),
                    Part::Value(value) => unknown(scope, value, text),
                };
                if found != Scan::Open {
                    return found;
                }
            }
            Scan::Open
        }
        ExprKind::Binary(BinaryOp::Add, left, right) => match scan(scope, left, text) {
            Scan::Open => scan(scope, right, text),
            ended => ended,
        },
        _ => unknown(scope, expr, text),
    }
}

fn unknown(scope: &mut Scope<'_>, value: &Expr, text: &mut String) -> Scan {
    if is_dirty(&scope.of(value)) {
        return Scan::Dirty;
    }
    text.push('x');
    Scan::Open
}

fn add(text: &mut String, more: &str) -> Scan {
    text.push_str(more);
    let host = text.split_once("://").map(|(_, host)| host);
    if host.is_some_and(|host| host.contains(['/', '?', '#'])) { Scan::Complete } else { Scan::Open }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_ends_at_the_first_slash_behind_it() {
        let mut text = String::new();
        assert_eq!(add(&mut text, "https://api.example.org"), Scan::Open);
        assert_eq!(add(&mut text, "/repositories/"), Scan::Complete);
        assert_eq!(add(&mut String::new(), "https:/"), Scan::Open);
    }
}
