//! The labels of a value: the type of an expression, with what each part of it carries.
//!
//! Shapes have been checked; where this cannot tell one, what is untrusted stays untrusted and nothing is approved.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::sema::expr::outcome_type;
use crate::sema::labels::lattice::{either, is_dirty, laid_over, mixed, reordered, with_field};
use crate::sema::labels::narrow::Fact;
use crate::value::Value;
use crate::value::builtin::{Argument, Builtin};
use crate::value::expr::{BinaryOp, Entry, Expr, ExprKind, Observe, Part, Var};
use crate::value::operator::{UnaryOp, binary_result, unary_result};
use crate::value::types::{Field, Kind, Labels, Type};

/// What the names in an expression stand for.
#[derive(Clone, Default)]
pub struct Scope<'s> {
    /// By parameter.
    pub params: &'s [Type],
    /// By `let`.
    pub lets: &'s [Type],
    /// By stage, what it gives.
    pub stages: &'s [Type],
    /// By stage that is a map, an element of what it goes through.
    pub items: &'s [Type],
    /// The element of the map that stands around.
    pub item: Option<Type>,
    /// `result`.
    pub result: Option<Type>,
    /// Variables of comprehensions around.
    pub locals: Vec<(u32, Type)>,
    /// What conditions around say.
    pub facts: Vec<Fact>,
    /// By parameter, whether it was decided by untrusted data although it carries none itself (a `bool`).
    pub decided_params: &'s [bool],
    /// The same by `let`.
    pub decided_lets: &'s [bool],
}

impl Scope<'_> {
    /// The type of an expression, labels included.
    pub fn of(&mut self, expr: &Expr) -> Type {
        if let Some(known) = self.known(expr) {
            return known;
        }
        match &expr.kind {
            ExprKind::Literal(value) => literal(value),
            ExprKind::Var(var) => self.var(*var),
            ExprKind::Field(base, name) | ExprKind::OptionalField(base, name) => {
                let base = self.of(base);
                with_field(&base, name).unwrap_or_else(|| mixed(base.carried()))
            }
            ExprKind::Index(base, index) => {
                let (base, index) = (self.of(base), self.of(index));
                element(&base, is_dirty(&index))
            }
            ExprKind::Not(_) => Type::bool(),
            ExprKind::Negate(inner) => {
                let inner = self.of(inner).without_null();
                unary_result(UnaryOp::Negate, &inner).unwrap_or_else(|| mixed(inner.carried()))
            }
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right),
            ExprKind::If(condition, then, otherwise) => {
                let then = self.where_holds(condition, true, |scope| scope.of(then));
                let otherwise = self.where_holds(condition, false, |scope| scope.of(otherwise));
                either(&then, &otherwise)
            }
            ExprKind::Match(subject, arms) => {
                let picked = self.of(subject).carried().of_leaf();
                let before = self.facts.len();
                let mut given = Type::never();
                for (index, arm) in arms.iter().enumerate() {
                    self.assume_arm(subject, arms[..index].iter().map(|arm| &*arm.patterns), &arm.patterns);
                    given = either(&given, &self.of(&arm.value));
                    self.facts.truncate(before);
                }
                given.with_labels(picked)
            }
            ExprKind::List(items) => {
                let element = items.iter().map(|item| self.of(item)).reduce(|a, b| either(&a, &b));
                Type::list(element.unwrap_or_else(Type::never))
            }
            ExprKind::Comprehension { local, source, condition, body } => {
                let source = self.of(source);
                self.with_local(*local, &source, |scope| {
                    let filtered = condition.as_ref().is_some_and(|condition| scope.reads(condition).is_some());
                    let before = scope.facts.len();
                    condition.iter().for_each(|condition| scope.assume(condition, true));
                    let body = scope.of(body);
                    scope.facts.truncate(before);
                    reordered(&Type::list(body), filtered || source.labels.untrusted)
                })
            }
            ExprKind::Record(entries) => self.record(entries),
            ExprKind::Interpolate(parts) => {
                let carried = parts.iter().fold(Labels::NONE, |carried, part| match part {
                    Part::Value(value) => carried.or(self.of(value).carried()),
                    Part::Text(_) => carried,
                });
                Type::string().with_labels(carried)
            }
            ExprKind::Call(builtin, args) => self.call(*builtin, args),
            ExprKind::As(inner, ty) => ty.with_labels(self.of(inner).carried()),
            ExprKind::Widen(inner, ty) => {
                let inner = self.of(inner);
                laid_over(&ty.without_labels(), &inner)
            }
            ExprKind::Observe(what, stage) => self.observed(*what, *stage),
        }
    }

    /// Binds the variable of a comprehension while something inside is looked at.
    pub fn with_local<T>(&mut self, local: u32, source: &Type, inside: impl FnOnce(&mut Self) -> T) -> T {
        let element = source.without_null().element().cloned().unwrap_or_else(|| mixed(source.carried()));
        self.locals.push((local, element));
        let found = inside(self);
        self.locals.pop();
        found
    }

    fn var(&self, var: Var) -> Type {
        let at = |table: &[Type], index: u32| table.get(index as usize).cloned().unwrap_or_else(Type::unknown);
        match var {
            Var::Param(index) => at(self.params, index),
            Var::Let(index) => at(self.lets, index),
            Var::Stage(index) => at(self.stages, index),
            Var::Local(local) => {
                let bound = self.locals.iter().rev().find(|(bound, _)| *bound == local);
                bound.map_or_else(Type::unknown, |(_, ty)| ty.clone())
            }
            Var::Item => self.item.clone().unwrap_or_else(Type::unknown),
            Var::ItemIndex => Type::int(),
            Var::Result | Var::Previous => self.result.clone().unwrap_or_else(Type::unknown),
            Var::Outcome => outcome(),
            Var::RunId | Var::RunWorkflow | Var::RunStarted | Var::ResultSchema => Type::string(),
            Var::Secret(_) => Type::string().with_labels(Labels::SECRET),
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Type {
        use BinaryOp::{Add, Divide, Multiply, Remainder, Subtract};
        let sides = |scope: &mut Self| (scope.of(left).without_null(), scope.of(right));
        match op {
            BinaryOp::Coalesce => {
                let (left, right) = sides(self);
                either(&left, &right)
            }
            Add | Subtract | Multiply | Divide | Remainder => {
                let (left, right) = sides(self);
                if let (Kind::List(a), Kind::List(b)) = (&left.kind, &right.kind) {
                    let order = left.labels.untrusted || right.labels.untrusted;
                    return reordered(&Type::list(either(a, b)), order);
                }
                let right = right.without_null();
                let carried = left.carried().or(right.carried());
                binary_result(op, &left, &right).unwrap_or_else(|| mixed(carried))
            }
            _ => Type::bool(),
        }
    }

    fn record(&mut self, entries: &[Entry]) -> Type {
        let mut fields: IndexMap<Arc<str>, Field> = IndexMap::new();
        let mut rest = Labels::NONE;
        for entry in entries {
            match entry {
                Entry::Field(name, value) => drop(fields.insert(name.clone(), Field::required(self.of(value)))),
                Entry::Spread(value) => {
                    let value = self.of(value).without_null();
                    match &value.kind {
                        Kind::Record(more) => {
                            fields.extend(more.iter().map(|(name, field)| (name.clone(), field.clone())))
                        }
                        Kind::Union(_) => {
                            let names = member_fields(&value);
                            let read = |name: Arc<str>| with_field(&value, &name).map(|ty| (name, Field::optional(ty)));
                            fields.extend(names.into_iter().filter_map(read));
                        }
                        _ => rest = rest.or(value.carried()),
                    }
                }
            }
        }
        Type::record(fields).with_labels(rest)
    }

    fn call(&mut self, builtin: Builtin, args: &[Expr]) -> Type {
        use Builtin::{Chunk, First, Flatten, Keys, Last, Reverse, Slice, Sort, Unique, Values, Zip};
        let mut types: Vec<Type> = args.iter().map(|arg| self.of(arg).without_null()).collect();
        let carried = types.iter().fold(Labels::NONE, |carried, ty| carried.or(ty.carried()));
        if let Some(last) = types.last()
            && matches!(builtin, Builtin::Sum)
            && types.len() == 2
            && !is_dirty(last)
        {
            // The zero that the checker has added.
            types.pop();
        }
        // Those that only pick and arrange keep what each part carries.
        let list = types.first().filter(|ty| matches!(ty.kind, Kind::List(_) | Kind::Map(_)));
        if let (Chunk | First | Flatten | Keys | Last | Reverse | Slice | Sort | Unique | Values | Zip, Some(list)) =
            (builtin, list)
        {
            let arranged = types[1..].iter().any(is_dirty) || by_content(builtin, list, args);
            return arrange(builtin, list, &types, arranged).without_approved();
        }
        let arguments: Vec<Argument<'_>> =
            types.iter().zip(args).map(|(ty, arg)| Argument { ty, literal: text_of(arg) }).collect();
        builtin.result(&arguments).unwrap_or_else(|_| mixed(carried))
    }

    fn observed(&self, what: Observe, stage: u32) -> Type {
        let dirty = Type::string().with_labels(Labels::UNTRUSTED);
        let field = |name: &'static str, ty: Type| (name, Field::required(ty));
        match what {
            Observe::Succeeded | Observe::Failed | Observe::Skipped => Type::bool(),
            Observe::Error => {
                Type::record([field("class", Type::string()), field("message", dirty), field("attempts", Type::int())])
                    .optional()
            }
            Observe::Errors => {
                let item = self.items.get(stage as usize).cloned().unwrap_or_else(Type::unknown);
                Type::list(Type::record([
                    field("index", Type::int()),
                    field("item", item),
                    field("class", Type::string()),
                    field("message", dirty),
                ]))
            }
        }
    }
}

/// `outcome`: what is said of an error may come from anywhere.
fn outcome() -> Type {
    let shape = outcome_type();
    let Kind::Record(fields) = &shape.kind else { return shape };
    let labelled = fields.iter().map(|(name, field)| {
        let labels = if &**name == "error" { Labels::UNTRUSTED } else { Labels::NONE };
        (name.clone(), Field { ty: field.ty.with_labels(labels), optional: field.optional })
    });
    Type::record(labelled)
}

/// An element that a position picks.
fn element(of: &Type, picked: bool) -> Type {
    let of = of.without_null();
    let (element, arranged) = match &of.kind {
        Kind::List(element) => ((**element).clone(), of.labels.untrusted),
        Kind::Map(element) => ((**element).clone(), false),
        _ => (mixed(of.carried()), false),
    };
    let labels = if picked || arranged { Labels::UNTRUSTED } else { Labels::NONE };
    element.with_labels(labels).optional()
}

/// Whether what the elements say decides which of them come where.
fn by_content(builtin: Builtin, list: &Type, args: &[Expr]) -> bool {
    let Some(element) = list.element() else { return false };
    match (builtin, args.get(1).and_then(text_of)) {
        (Builtin::Unique, _) | (Builtin::Sort, None) => is_dirty(element),
        (Builtin::Sort, Some(by)) => with_field(element, by).is_some_and(|ty| is_dirty(&ty)),
        _ => false,
    }
}

/// What a built-in that only picks and arranges gives.
fn arrange(builtin: Builtin, list: &Type, types: &[Type], arranged: bool) -> Type {
    let order = arranged || list.labels.untrusted;
    let inner = list.parts().next().cloned().unwrap_or_else(Type::never);
    match builtin {
        Builtin::First | Builtin::Last => element(list, arranged),
        Builtin::Chunk => reordered(&Type::list(reordered(&Type::list(inner), order)), order),
        Builtin::Flatten => reordered(&inner, order),
        Builtin::Keys => Type::list(Type::string().with_labels(list.labels.of_leaf())),
        Builtin::Values => reordered(&Type::list(inner), list.labels.untrusted),
        Builtin::Zip => {
            let other = types.get(1).and_then(Type::element).cloned().unwrap_or_else(Type::unknown);
            let both = Type::record([("left", Field::required(inner)), ("right", Field::required(other))]);
            let order = order || types.get(1).is_some_and(|ty| ty.labels.untrusted);
            reordered(&Type::list(both), order)
        }
        _ => reordered(&Type::list(inner), order),
    }
}

fn member_fields(union: &Type) -> Vec<Arc<str>> {
    let mut names: Vec<Arc<str>> = union.parts().flat_map(Type::field_names).collect();
    names.sort();
    names.dedup();
    names
}

fn text_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// The type of a constant. It carries no label, but what it is joined with may.
fn literal(value: &Value) -> Type {
    match value {
        Value::Null => Type::null(),
        Value::Bool(_) => Type::bool(),
        Value::Int(_) => Type::int(),
        Value::Float(_) => Type::float(),
        Value::String(text) => Type::literal(text.clone()),
        Value::Duration(_) => Type::duration(),
        Value::Money(_) => Type::money(),
        Value::Tokens(_) => Type::tokens(),
        Value::Size(_) => Type::size(),
        Value::File(_) => Type::file(),
        Value::List(items) => {
            let element = items.iter().map(|item| literal(&item)).reduce(|a, b| either(&a, &b));
            Type::list(element.unwrap_or_else(Type::never))
        }
        Value::Record(fields) => {
            Type::record(fields.iter().map(|(name, value)| (name.clone(), Field::required(literal(value)))))
        }
    }
}
