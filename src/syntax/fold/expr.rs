//! Expressions: a flat row of operands and operators becomes a tree by precedence.

use super::{Fold, child, children, fitted, presume};
use crate::base::span::Span;
use crate::syntax::ast::{
    Arg, BinaryOp, Comprehension, Expr, ExprArm, ExprKind, Name, PatternKind, RecordEntry, Spanned,
};
use crate::syntax::errors;
use crate::syntax::grammar::{PRECEDENCE, Pair, Pairs, Rule};

impl Fold<'_> {
    pub(super) fn expr(&self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let row = pair.into_inner();
        let tree = match row.peek() {
            Some(only) if row.len() == 1 => self.deeper(1, span, || self.primary(only)),
            _ => self.deeper(levels(row.clone()), span, || self.by_precedence(row)),
        };
        tree.unwrap_or(Expr { kind: ExprKind::Broken, span })
    }

    fn by_precedence(&self, row: Pairs<'_>) -> Expr {
        PRECEDENCE
            .map_primary(|pair| self.primary(pair))
            .map_prefix(|operator, inner| self.prefixed(&operator, inner))
            .map_postfix(|inner, operator| self.postfixed(inner, operator))
            .map_infix(|left, operator, right| self.binary(left, &operator, right))
            .parse(row)
    }

    /// An operand without operators.
    pub(super) fn primary(&self, pair: Pair<'_>) -> Expr {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::string => return self.string(pair),
            Rule::variable => ExprKind::Name(self.name(&pair).text),
            Rule::number => self.number(&pair),
            Rule::group => ExprKind::Paren(Box::new(self.expr(presume(&mut children(pair))))),
            Rule::list => self.list(pair),
            Rule::record => ExprKind::Record(self.entries(pair)),
            Rule::constant_word => match pair.as_str() {
                "true" => ExprKind::Bool(true),
                "false" => ExprKind::Bool(false),
                _ => ExprKind::Null,
            },
            Rule::if_expr => return self.if_expr(pair, span),
            Rule::match_expr => self.match_expr(pair),
            _ => ExprKind::Broken,
        };
        Expr { kind, span }
    }

    fn prefixed(&self, operator: &Pair<'_>, inner: Expr) -> Expr {
        let span = self.span(operator).to(inner.span);
        let kind = match operator.as_rule() {
            Rule::not => ExprKind::Not(Box::new(inner)),
            _ => ExprKind::Negate(Box::new(inner)),
        };
        Expr { kind, span }
    }

    fn postfixed(&self, inner: Expr, operator: Pair<'_>) -> Expr {
        let span = inner.span.to(self.span(&operator));
        let rule = operator.as_rule();
        let part = presume(&mut children(operator));
        let inner = Box::new(inner);
        let kind = match rule {
            Rule::field => ExprKind::Field(inner, self.name(&part)),
            Rule::opt_field => ExprKind::OptionalField(inner, self.name(&part)),
            Rule::index => ExprKind::Index(inner, Box::new(self.expr(part))),
            Rule::cast => ExprKind::As(inner, Box::new(self.type_atom(part))),
            _ => ExprKind::Call(inner, self.args(part)),
        };
        Expr { kind, span }
    }

    fn binary(&self, left: Expr, operator: &Pair<'_>, right: Expr) -> Expr {
        let place = self.span(operator);
        let span = left.span.to(right.span);
        let op = binary_op(operator.as_str());
        if !is_comparison(op) {
            return Expr { kind: ExprKind::Binary(op, place, Box::new(left), Box::new(right)), span };
        }
        // `a < b < c` goes on as what it means elsewhere: `a < b && b < c`.
        match chained(&left) {
            Some((first_place, middle)) => {
                self.report(errors::chained_comparison(place, first_place));
                let second = Expr { span: middle.span.to(right.span), kind: compare(op, place, middle, right) };
                Expr { kind: ExprKind::Binary(BinaryOp::And, place, Box::new(left), Box::new(second)), span }
            }
            None => Expr { kind: compare(op, place, left, right), span },
        }
    }

    /// `if a then b else if c then d else e`, which nests to the right.
    fn if_expr(&self, pair: Pair<'_>, span: Span) -> Expr {
        let parts: Vec<Pair<'_>> = children(pair).collect();
        let chain = u32::try_from(parts.len() / 2).unwrap_or(u32::MAX);
        let built = self.deeper(chain, span, || {
            let mut exprs: Vec<Expr> = parts.into_iter().map(|part| self.expr(part)).collect();
            let mut otherwise = exprs.pop()?;
            while let (Some(then), Some(condition)) = (exprs.pop(), exprs.pop()) {
                let span = Span { end: otherwise.span.end, ..condition.span };
                let kind = ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise));
                otherwise = Expr { kind, span };
            }
            Some(Expr { span, ..otherwise })
        });
        built.flatten().unwrap_or(Expr { kind: ExprKind::Broken, span })
    }

    fn match_expr(&self, pair: Pair<'_>) -> ExprKind {
        let mut parts = children(pair);
        let subject = self.expr(presume(&mut parts));
        ExprKind::Match(Box::new(subject), parts.map(|arm| self.expr_arm(arm)).collect())
    }

    fn expr_arm(&self, pair: Pair<'_>) -> ExprArm {
        let span = self.span(&pair);
        let mut patterns = Vec::new();
        let mut value = Expr { kind: ExprKind::Broken, span };
        for part in children(pair) {
            match part.as_rule() {
                Rule::pattern => patterns.push(self.pattern(part)),
                Rule::expr => value = self.expr(part),
                _ => patterns.push(Spanned { value: PatternKind::Any, span }),
            }
        }
        ExprArm { patterns, value, span }
    }

    fn list(&self, pair: Pair<'_>) -> ExprKind {
        let parts = children(pair);
        let mut items = Vec::with_capacity(parts.size_hint().1.unwrap_or(0));
        for part in parts {
            if part.as_rule() == Rule::comprehension {
                let Some(body) = items.pop() else { continue };
                return ExprKind::Comprehension(Box::new(self.comprehension(body, part)));
            }
            items.push(self.expr(part));
        }
        items.shrink_to_fit();
        ExprKind::List(items)
    }

    fn comprehension(&self, body: Expr, pair: Pair<'_>) -> Comprehension {
        let mut parts = children(pair);
        let item = self.name(&presume(&mut parts));
        let source = self.expr(presume(&mut parts));
        Comprehension { body, item, source, condition: parts.next().map(|condition| self.expr(condition)) }
    }

    fn entries(&self, pair: Pair<'_>) -> Vec<RecordEntry> {
        fitted(children(pair).filter_map(|entry| self.entry(entry)))
    }

    fn entry(&self, pair: Pair<'_>) -> Option<RecordEntry> {
        let mut parts = children(pair);
        let first = presume(&mut parts);
        match (first.as_rule(), parts.next()) {
            (Rule::expr, _) => Some(RecordEntry::Spread(self.expr(first))),
            (Rule::hole, _) => None,
            (_, Some(value)) => Some(RecordEntry::Field(self.key(&first)?, self.expr(value))),
            (rule, None) => {
                let name = self.key(&first)?;
                if rule == Rule::string || errors::is_reserved(first.as_str()) {
                    self.report(errors::key_without_value(name.span, &name.text));
                    let value = Expr { kind: ExprKind::Broken, span: name.span };
                    return Some(RecordEntry::Field(name, value));
                }
                Some(RecordEntry::Short(name))
            }
        }
    }

    /// A key of a record: any word, or a string without `${}`.
    pub(super) fn key(&self, pair: &Pair<'_>) -> Option<Name> {
        match pair.as_rule() {
            Rule::string => {
                let key = self.literal(pair, "a key");
                Some(Name { text: key.value, span: key.span })
            }
            Rule::any_name => Some(self.name(pair)),
            _ => None,
        }
    }

    /// The arguments in an `args` node.
    pub(super) fn args(&self, pair: Pair<'_>) -> Vec<Arg> {
        let parts = children(pair);
        let mut args: Vec<Arg> = Vec::with_capacity(parts.size_hint().1.unwrap_or(0));
        for part in parts {
            let arg = self.arg(part);
            if let (None, Some(named)) = (&arg.name, args.iter().rev().find_map(|before| before.name.as_ref())) {
                self.report(errors::positional_after_named(arg.span, named.span));
            }
            args.push(arg);
        }
        args.shrink_to_fit();
        args
    }

    pub(super) fn arg(&self, pair: Pair<'_>) -> Arg {
        let span = self.span(&pair);
        if pair.as_rule() == Rule::named {
            let mut parts = children(pair);
            let name = self.name(&presume(&mut parts));
            return Arg { name: Some(name), value: self.expr(presume(&mut parts)), span };
        }
        Arg { name: None, value: self.expr(pair), span }
    }

    /// The expression in a node that holds one.
    pub(super) fn only_expr(&self, pair: &Pair<'_>) -> Expr {
        match child(pair, Rule::expr) {
            Some(inner) => self.expr(inner),
            None => Expr { kind: ExprKind::Broken, span: self.span(pair) },
        }
    }
}

/// How many levels a row of operands and operators adds to the tree at most: one for each infix operator, and the prefixes
/// and suffixes of the operand that has most.
fn levels(row: Pairs<'_>) -> u32 {
    let (mut infix, mut operand, mut most) = (0, 0, 0);
    for part in row {
        match part.as_rule() {
            Rule::or | Rule::and | Rule::compare | Rule::coalesce | Rule::add | Rule::multiply => {
                infix += 1;
                operand = 0;
            }
            _ => operand += 1,
        }
        most = most.max(operand);
    }
    infix + most
}

fn compare(op: BinaryOp, place: Span, left: Expr, right: Expr) -> ExprKind {
    ExprKind::Binary(op, place, Box::new(left), Box::new(right))
}

/// Where the comparison at the end of `left` stands, and its right side. An `&&` on the left of a comparison can only come
/// from a chain that has been reported.
fn chained(left: &Expr) -> Option<(Span, Expr)> {
    match &left.kind {
        ExprKind::Binary(BinaryOp::And, _, _, right) => chained(right),
        ExprKind::Binary(op, place, _, right) if is_comparison(*op) => Some((*place, (**right).clone())),
        _ => None,
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp::{Equal, Greater, GreaterOrEqual, In, Less, LessOrEqual, NotEqual};
    matches!(op, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual | In)
}

fn binary_op(text: &str) -> BinaryOp {
    match text {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Subtract,
        "*" => BinaryOp::Multiply,
        "/" => BinaryOp::Divide,
        "%" => BinaryOp::Remainder,
        "==" => BinaryOp::Equal,
        "!=" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        "<=" => BinaryOp::LessOrEqual,
        ">" => BinaryOp::Greater,
        ">=" => BinaryOp::GreaterOrEqual,
        "&&" => BinaryOp::And,
        "||" => BinaryOp::Or,
        "??" => BinaryOp::Coalesce,
        _ => BinaryOp::In,
    }
}
