//! Types.

use super::{Fold, children, presume};
use crate::base::span::Span;
use crate::syntax::ast::{Label, RecordField, Spanned, Type, TypeKind};
use crate::syntax::grammar::{Pair, Rule};

impl Fold<'_> {
    pub(super) fn ty(&self, pair: Pair<'_>) -> Type {
        let span = self.span(&pair);
        self.deeper(1, span, || self.whole_type(pair, span)).unwrap_or(Type { kind: TypeKind::Broken, span })
    }

    fn whole_type(&self, pair: Pair<'_>, span: Span) -> Type {
        let mut labels = Vec::new();
        let mut members = Vec::new();
        for child in children(pair) {
            match child.as_rule() {
                Rule::label => labels.push(self.label(&child)),
                _ => members.push(self.suffixed(child)),
            }
        }
        let start = members.first().map_or(span.start, |first: &Type| first.span.start);
        let inner = match members.pop() {
            Some(only) if members.is_empty() => only,
            Some(last) => {
                members.push(last);
                Type { kind: TypeKind::Union(members), span: Span { start, ..span } }
            }
            None => Type { kind: TypeKind::Broken, span },
        };
        if labels.is_empty() { inner } else { Type { kind: TypeKind::Labelled(labels, Box::new(inner)), span } }
    }

    fn label(&self, pair: &Pair<'_>) -> Spanned<Label> {
        let value = match pair.as_str() {
            "secret" => Label::Secret,
            "untrusted" => Label::Untrusted,
            "trusted" => Label::Trusted,
            _ => Label::Approved,
        };
        Spanned { value, span: self.span(pair) }
    }

    fn suffixed(&self, pair: Pair<'_>) -> Type {
        let span = self.span(&pair);
        let mut parts = children(pair);
        let atom = self.type_atom(presume(&mut parts));
        match parts.next() {
            Some(_) => Type { kind: TypeKind::Optional(Box::new(atom)), span },
            None => atom,
        }
    }

    /// A type without suffix: a path, a literal, `list<T>`, a record, one in parentheses.
    pub(super) fn type_atom(&self, pair: Pair<'_>) -> Type {
        let span = self.span(&pair);
        let inner = presume(&mut children(pair));
        let kind = match inner.as_rule() {
            Rule::type_path => TypeKind::Path(self.path(inner)),
            Rule::string => TypeKind::Literal(self.literal(&inner, "a type").value),
            Rule::generic => self.generic(inner),
            Rule::rec_type => TypeKind::Record(self.record_fields(inner)),
            Rule::r#type => return self.ty(inner),
            _ => TypeKind::Broken,
        };
        Type { kind, span }
    }

    fn generic(&self, pair: Pair<'_>) -> TypeKind {
        let mut parts = children(pair);
        let name = self.name(&presume(&mut parts));
        TypeKind::Generic(name, Box::new(self.ty(presume(&mut parts))))
    }

    fn record_fields(&self, pair: Pair<'_>) -> Vec<RecordField> {
        children(pair).filter_map(|field| self.record_field(field)).collect()
    }

    fn record_field(&self, pair: Pair<'_>) -> Option<RecordField> {
        let doc = self.doc(&pair);
        let mut parts = children(pair);
        let name = self.key(&presume(&mut parts))?;
        let mut next = presume(&mut parts);
        let optional = next.as_rule() == Rule::rec_optional;
        if optional {
            next = presume(&mut parts);
        }
        Some(RecordField { doc, name, optional, ty: self.ty(next) })
    }
}
