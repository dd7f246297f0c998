//! Expressions. Numbers and strings stay as they are spelled.

use std::ops::Range;

use crate::fmt::walk::Walk;
use crate::syntax::ast::{Arg, BinaryOp, Comprehension, Expr, ExprArm, ExprKind, RecordEntry, StringPart};

impl Walk<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Float(_)
            | ExprKind::Duration(_)
            | ExprKind::Money(_)
            | ExprKind::Tokens(_)
            | ExprKind::Size(_)
            | ExprKind::Name(_) => self.token(expr.span),
            ExprKind::String(parts) => match self.holes(expr, parts) {
                Some(holes) => self.literal(expr.span, &holes),
                None => self.lost = true,
            },
            ExprKind::Field(of, name) => {
                self.expr(of);
                self.word(".");
                self.name(name);
            }
            ExprKind::OptionalField(of, name) => {
                self.expr(of);
                self.word("?.");
                self.name(name);
            }
            ExprKind::Index(of, index) => {
                self.expr(of);
                self.bracketed(["[", "]"], index);
            }
            ExprKind::Call(callee, args) => {
                self.expr(callee);
                self.args(args);
            }
            ExprKind::Not(inner) => self.prefixed("!", inner),
            ExprKind::Negate(inner) => self.prefixed("-", inner),
            ExprKind::Binary(op, ..) => self.binary(expr, *op),
            ExprKind::If(..) => self.if_expr(expr),
            ExprKind::Match(subject, arms) => self.match_expr(subject, arms),
            ExprKind::List(items) => self.list(["[", "]"], "", items, |walk, item| walk.expr(item)),
            ExprKind::Comprehension(inner) => self.comprehension(inner),
            ExprKind::Record(entries) => self.list(["{", "}"], " ", entries, |walk, entry| walk.entry(entry)),
            ExprKind::As(inner, _) => {
                self.expr(inner);
                self.space();
                self.word("as");
                self.space();
                self.type_atom();
            }
            ExprKind::Paren(inner) => self.bracketed(["(", ")"], inner),
            ExprKind::Broken => self.lost = true,
        }
    }

    fn prefixed(&mut self, sign: &str, inner: &Expr) {
        self.word(sign);
        self.expr(inner);
    }

    fn bracketed(&mut self, [open, close]: [&str; 2], inner: &Expr) {
        self.open();
        self.word(open);
        self.indent();
        self.element(0, "");
        self.expr(inner);
        self.end_of_list(close, "");
        self.close();
    }

    /// A chain of operators of one strength breaks at all of them.
    fn binary(&mut self, expr: &Expr, op: BinaryOp) {
        self.open();
        let mut first = true;
        self.operands(expr, strength(op), &mut first);
        self.outdent();
        self.close();
    }

    fn operands(&mut self, expr: &Expr, chain: u8, first: &mut bool) {
        match &expr.kind {
            ExprKind::Binary(op, _, left, right) if strength(*op) == chain => {
                self.operands(left, chain, first);
                if std::mem::take(first) {
                    self.indent();
                }
                self.operator(op.as_str());
                self.operands(right, chain, first);
            }
            _ => self.expr(expr),
        }
    }

    /// `if a then b else if c then d else e`: breaks before each `else`, and where that is not enough before `then`.
    fn if_expr(&mut self, expr: &Expr) {
        self.open();
        let mut rest = expr;
        while let ExprKind::If(condition, then, otherwise) = &rest.kind {
            self.open();
            self.word("if");
            self.space();
            self.expr(condition);
            if std::ptr::eq(rest, expr) {
                self.indent();
            }
            self.operator("then");
            self.expr(then);
            self.close();
            self.operator("else");
            rest = otherwise;
        }
        self.expr(rest);
        self.outdent();
        self.close();
    }

    fn match_expr(&mut self, subject: &Expr, arms: &[ExprArm]) {
        self.word("match");
        self.space();
        self.expr(subject);
        self.space();
        self.block(arms, |walk, arm| {
            walk.patterns(&arm.patterns);
            walk.expr(&arm.value);
        });
    }

    fn comprehension(&mut self, comprehension: &Comprehension) {
        self.open();
        self.word("[");
        self.indent();
        self.element(0, "");
        self.expr(&comprehension.body);
        self.line(" ");
        self.head("for", &comprehension.item);
        self.space();
        self.word("in");
        self.space();
        self.expr(&comprehension.source);
        if let Some(condition) = &comprehension.condition {
            self.line(" ");
            self.word("if");
            self.space();
            self.expr(condition);
        }
        self.end_of_list("]", "");
        self.close();
    }

    fn entry(&mut self, entry: &RecordEntry) {
        match entry {
            RecordEntry::Field(name, value) => {
                self.name(name);
                self.word(":");
                self.space();
                self.expr(value);
            }
            RecordEntry::Short(name) => self.name(name),
            RecordEntry::Spread(value) => self.prefixed("..", value),
        }
    }

    pub(super) fn arg(&mut self, arg: &Arg) {
        if let Some(name) = &arg.name {
            self.name(name);
            self.word(":");
            self.space();
        }
        self.expr(&arg.value);
    }

    /// Where the `${…}` of a string stand; `None` if they are not where the tree has them.
    fn holes(&self, expr: &Expr, parts: &[StringPart]) -> Option<Vec<Range<usize>>> {
        let mut at = expr.span.start as usize;
        let mut holes = Vec::new();
        for part in parts {
            let StringPart::Expr(inner) = part else { continue };
            let start = hole_start(self.text, at)?;
            let end = self.ahead_of(inner.span.end as usize);
            at = end + 1;
            if !self.text[end..].starts_with('}') || inner.span.start as usize <= start {
                return None;
            }
            holes.push(start..at);
        }
        Some(holes)
    }
}

/// The first `${` from `at` on that is not escaped.
fn hole_start(text: &str, mut at: usize) -> Option<usize> {
    loop {
        let found = at + text[at..].find(['$', '\\'])?;
        if text[found..].starts_with("${") {
            return Some(found);
        }
        let escaped = if text[found..].starts_with('\\') { text[found + 1..].chars().next() } else { None };
        at = found + 1 + escaped.map_or(0, char::len_utf8);
    }
}

/// Operators of one strength make a chain.
fn strength(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => 0,
        BinaryOp::Add | BinaryOp::Subtract => 1,
        BinaryOp::Coalesce => 2,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessOrEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterOrEqual
        | BinaryOp::In => 3,
        BinaryOp::And => 4,
        BinaryOp::Or => 5,
    }
}
