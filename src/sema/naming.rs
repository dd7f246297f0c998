//! Names that are taken, and how names are usually spelled.

use std::borrow::Cow;
use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization;

use crate::base::span::Span;
use crate::diag::Bag;
use crate::sema::errors::names as errors;
use crate::sema::items::Def;
use crate::sema::scope::Binding;
use crate::sema::types::simple;
use crate::syntax::ast::Name;
use crate::value::builtin::{Builtin, FORMS};

/// Everything that is called by its bare name.
pub(super) fn functions() -> impl Iterator<Item = &'static str> {
    Builtin::names().chain(FORMS.iter().map(|form| form.name))
}

/// A name as it is compared: letters with marks in the form in which they are one character.
pub(super) fn composed(name: &str) -> Cow<'_, str> {
    if name.is_ascii() { Cow::Borrowed(name) } else { Cow::Owned(name.nfc().collect()) }
}

/// Checks the name of an item.
pub(super) fn item(name: &Name, def: Def, bag: &mut Bag) {
    let upper = matches!(def, Def::Type(_) | Def::Interface(_));
    let called = matches!(def, Def::Workflow(_) | Def::Agent(_) | Def::Pool(_));
    if called && is_function(&name.text) {
        bag.push(errors::taken(&name.text, name.span, "a built-in function is called so"));
    } else if upper && (simple(&name.text).is_some() || matches!(name.text.as_str(), "list" | "map")) {
        bag.push(errors::taken(&name.text, name.span, "a type of the language is called so"));
    } else if upper {
        upper_camel(name, bag);
    } else if def != Def::Broken {
        // Of what did not parse nobody knows what it was to be.
        snake(name, bag);
    }
}

/// Checks the name of a stage or `let`.
pub(super) fn local(name: &Name, bag: &mut Bag) {
    if matches!(name.text.as_str(), "run" | "result" | "outcome") {
        bag.push(errors::taken(&name.text, name.span, "it has a meaning of its own in workflows"));
    }
}

/// Whether something is called by this bare name.
fn is_function(name: &str) -> bool {
    matches!(name, "ask" | "wait" | "event") || functions().any(|function| function == name)
}

/// Reports each of some names that is the same as one before it but for capital letters.
pub(super) fn case_only<'n>(names: impl Iterator<Item = (&'n str, Span)> + Clone, bag: &mut Bag) {
    // One of two such names has capital letters, and few have.
    if !names.clone().any(|(name, _)| is_unusual(name)) {
        return;
    }
    let mut known: HashMap<String, (&str, Span)> = HashMap::new();
    for (name, span) in names.filter(|(name, _)| !name.starts_with('_')) {
        let (first, first_span) = *known.entry(name.to_ascii_lowercase()).or_insert((name, span));
        if first != name {
            bag.push(errors::differs_in_case(name, span, first, first_span));
        }
    }
}

/// A name of a value is written in `snake_case`.
pub(super) fn snake(name: &Name, bag: &mut Bag) {
    if is_unusual(&name.text) {
        bag.push(errors::unusual(&name.text, name.span, "`snake_case`", &to_snake(&name.text)));
    }
}

/// The same of a stage or `let`, all of whose uses are known: it can be renamed.
pub(super) fn snake_local(binding: &Binding, bag: &mut Bag) {
    if !is_unusual(&binding.name) {
        return;
    }
    let better = to_snake(&binding.name);
    let found = errors::unusual(&binding.name, binding.span, "`snake_case`", &better);
    bag.push(match binding.short {
        // `{ a }` would get another key.
        true => found,
        false => errors::renaming(found, binding.span, &binding.uses, &better),
    });
}

/// Whether a value is usually called otherwise.
pub(super) fn is_unusual(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_uppercase())
}

/// A name of a type is written in `UpperCamel`.
pub(super) fn upper_camel(name: &Name, bag: &mut Bag) {
    let usual = name.text.starts_with(|c: char| c.is_ascii_uppercase()) && !name.text.contains('_');
    if !usual && !name.text.starts_with('_') {
        let better = to_upper_camel(&name.text);
        bag.push(errors::unusual(&name.text, name.span, "`UpperCamel`", &better));
    }
}

fn to_snake(name: &str) -> String {
    let mut text = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && before != '_' && !before.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
        before = c;
    }
    text
}

fn to_upper_camel(name: &str) -> String {
    name.split('_')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (first, rest) = part.split_at(1);
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_mended() {
        assert_eq!(to_snake("qualityGate"), "quality_gate");
        assert_eq!(to_snake("HTTP_url"), "http_url");
        assert_eq!(to_upper_camel("spec_report"), "SpecReport");
        assert_eq!(to_upper_camel("spec"), "Spec");
    }
}
