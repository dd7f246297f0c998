//! Labels: where they sit, how they spread over a type, what is carried into a calculation.

use crate::value::types::{Kind, Labels, Type};

impl Labels {
    /// Only `untrusted`.
    pub const UNTRUSTED: Labels = Labels { untrusted: true, ..Labels::NONE };
    /// Only `secret`.
    pub const SECRET: Labels = Labels { secret: true, ..Labels::NONE };
    /// Only `approved`.
    pub const APPROVED: Labels = Labels { approved: true, ..Labels::NONE };
    /// Only `trusted`.
    pub const TRUSTED: Labels = Labels { trusted: true, ..Labels::NONE };
    /// None.
    pub const NONE: Labels = Labels { secret: false, untrusted: false, trusted: false, approved: false };

    /// All labels of both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            secret: self.secret || other.secret,
            untrusted: self.untrusted || other.untrusted,
            trusted: self.trusted || other.trusted,
            approved: self.approved || other.approved,
        }
    }

    /// What a value has that may be either of two: it is secret or untrusted if one is, approved only if both are.
    #[must_use]
    pub fn either(self, other: Self) -> Self {
        Self { trusted: self.trusted && other.trusted, approved: self.approved && other.approved, ..self.or(other) }
    }

    /// The labels that sit on the whole value.
    #[must_use]
    pub fn of_whole(self) -> Self {
        Self { untrusted: false, ..self }
    }

    /// The label that sits on leaves.
    #[must_use]
    pub fn of_leaf(self) -> Self {
        Self { untrusted: self.untrusted, ..Self::NONE }
    }
}

impl Type {
    /// The type under more labels: `untrusted` goes down to every leaf that can carry it (text, `json`, files, numbers, keys of
    /// maps; never literals, `bool`, `null`), the others stay on the whole.
    #[must_use]
    pub fn with_labels(&self, labels: Labels) -> Type {
        if labels.is_clean() {
            return self.clone();
        }
        let mut labelled = if labels.untrusted { self.untrusted() } else { self.clone() };
        labelled.labels = labelled.labels.or(labels.of_whole());
        labelled
    }

    /// What of this value goes on into anything calculated from it: whether any part is secret or untrusted.
    pub fn carried(&self) -> Labels {
        let mut found = Labels::NONE;
        self.any_part(&mut |part| {
            found = found.or(part.labels);
            found.secret && found.untrusted
        });
        Labels { trusted: false, approved: false, ..found }
    }

    /// Whether this or any part of it is secret.
    pub fn has_secret(&self) -> bool {
        self.any_part(&mut |part| part.labels.secret)
    }

    /// Whether this or any part of it is untrusted.
    pub fn has_untrusted(&self) -> bool {
        self.any_part(&mut |part| part.labels.untrusted)
    }

    /// Whether this or any part of it is approved.
    pub fn has_approved(&self) -> bool {
        self.any_part(&mut |part| part.labels.approved)
    }

    /// Whether any label stands anywhere in it.
    pub fn has_labels(&self) -> bool {
        self.any_part(&mut |part| !part.labels.is_clean())
    }

    /// The type without `approved` in any part: what built-ins and operators make.
    #[must_use]
    pub fn without_approved(&self) -> Type {
        if !self.has_approved() {
            return self.clone();
        }
        let mut cleared = self.map_parts(&mut Type::without_approved);
        cleared.labels.approved = false;
        cleared
    }

    /// The bare shape: no labels in any part.
    #[must_use]
    pub fn without_labels(&self) -> Type {
        if !self.has_labels() {
            return self.clone();
        }
        let mut cleared = self.map_parts(&mut Type::without_labels);
        cleared.labels = Labels::NONE;
        cleared
    }

    fn untrusted(&self) -> Type {
        let mut marked = self.map_parts(&mut Type::untrusted);
        marked.labels.untrusted |= self.is_leaf();
        marked
    }

    /// Whether `untrusted` can sit on this very node.
    pub(crate) fn is_leaf(&self) -> bool {
        use Kind::{Duration, File, Float, Int, Json, Map, Money, Size, String, Tokens};
        matches!(self.kind, String | Json | File | Int | Float | Duration | Money | Tokens | Size | Map(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::types::Field;

    #[test]
    fn untrusted_sits_on_leaves_and_never_on_what_carries_no_text() {
        let record = Type::record([
            ("text", Field::required(Type::string())),
            ("ok", Field::required(Type::bool())),
            ("risk", Field::required(Type::literal("low"))),
        ]);
        let dirty = record.with_labels(Labels::UNTRUSTED);
        assert!(!dirty.labels.untrusted);
        assert!(dirty.field("text").is_some_and(|ty| ty.labels.untrusted));
        assert!(!dirty.field("ok").is_some_and(|ty| ty.has_labels()));
        assert!(!dirty.field("risk").is_some_and(|ty| ty.has_labels()));
        assert_eq!(dirty.without_labels(), record);
    }

    #[test]
    fn the_labels_of_the_whole_survive_the_question_mark() {
        let key = Type::string().with_labels(Labels::SECRET).optional();
        assert!(key.has_secret());
        assert!(key.without_null().labels.secret);
        let both = Type::string().with_labels(Labels::UNTRUSTED.or(Labels::SECRET)).optional();
        assert_eq!(both.carried(), Labels::UNTRUSTED.or(Labels::SECRET));
        assert!(both.without_null().labels.untrusted);
    }

    #[test]
    fn fields_of_a_secret_are_secret_and_fields_of_an_approved_value_are_not_approved() {
        let record = Type::record([("token", Field::required(Type::string()))]);
        assert!(record.with_labels(Labels::SECRET).field("token").is_some_and(|ty| ty.has_secret()));
        assert!(!record.with_labels(Labels::APPROVED).field("token").is_some_and(|ty| ty.has_approved()));
    }
}
