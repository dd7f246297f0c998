//! Types as they are written: aliases found, shapes and labels checked.

use std::borrow::Cow;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::sema::context::Context;
use crate::sema::errors::{items, labels, names, shown, types as errors};
use crate::sema::items::{Def, In};
use crate::sema::lookup::elsewhere;
use crate::sema::naming::composed;
use crate::sema::order::order;
use crate::syntax::ast::{self, Label, Name, Path, RecordField, TypeItem, TypeKind};
use crate::value::types::{Field, Kind, Labels, Type, UnionError};

/// Finds what every alias stands for, those that others need first.
pub(super) fn resolve_all(ctx: &mut Context<'_>) {
    let needs: Vec<Vec<usize>> =
        (0..ctx.items.types.len()).map(|index| aliases_in(ctx, ctx.items.types[index])).collect();
    let found = order(needs.len(), &needs);
    for index in found.sequence {
        let In { module, item } = ctx.items.types[index];
        let mut ty = Resolver::at(ctx, module, Place::Alias).resolve(&item.ty);
        if ty.is_too_large() {
            ctx.report(errors::too_large(&item.name.text, item.name.span));
            ty = Type::unknown();
        }
        ctx.types[index] = Some(ty.named(item.name.text.as_str()));
    }
}

/// Where a type is written: which labels it may bear depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind `type Name =`: the label of data from outside belongs to its type.
    Alias,
    /// A parameter.
    Parameter,
    /// The result of an action.
    ActionResult,
    /// The result of a workflow.
    WorkflowResult,
    /// The answer of a person, behind `as`: nothing is said of where a value comes from.
    Shape,
}

/// The type that is written at a place.
pub(super) fn resolve(ctx: &mut Context<'_>, module: usize, ty: &ast::Type, place: Place) -> Type {
    let found = Resolver::at(ctx, module, place).resolve(ty);
    if place == Place::Shape { found.without_labels() } else { found }
}

/// The aliases that the definition of an alias mentions.
fn aliases_in(ctx: &Context<'_>, of: In<'_, TypeItem>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut stack = vec![&of.item.ty];
    while let Some(ty) = stack.pop() {
        match &ty.kind {
            TypeKind::Path(path) => found.extend(alias(ctx, of.module, path)),
            TypeKind::Generic(_, inner) | TypeKind::Optional(inner) | TypeKind::Labelled(_, inner) => stack.push(inner),
            TypeKind::Record(fields) => stack.extend(fields.iter().map(|field| &field.ty)),
            TypeKind::Union(members) => stack.extend(members),
            TypeKind::Literal(_) | TypeKind::Broken => {}
        }
    }
    found
}

fn alias(ctx: &Context<'_>, module: usize, path: &Path) -> Option<usize> {
    let scope = &ctx.items.scopes;
    let entry = match path.parts.as_slice() {
        [name] if simple(&name.text).is_some() => return None,
        [name] => scope[module].get(&name.text)?,
        [file, name] => match scope[module].get(&file.text)?.def {
            Def::Module(other) => scope[other].get(&name.text)?,
            _ => return None,
        },
        _ => return None,
    };
    match entry.def {
        Def::Type(index) => Some(index),
        _ => None,
    }
}

struct Resolver<'c, 'a> {
    ctx: &'c mut Context<'a>,
    module: usize,
    place: Place,
    /// Whether nothing stands around what comes next.
    outermost: bool,
}

impl<'c, 'a> Resolver<'c, 'a> {
    fn at(ctx: &'c mut Context<'a>, module: usize, place: Place) -> Self {
        Self { ctx, module, place, outermost: true }
    }

    fn resolve(&mut self, ty: &ast::Type) -> Type {
        let outermost = std::mem::take(&mut self.outermost);
        match &ty.kind {
            TypeKind::Path(path) => self.path(path),
            TypeKind::Literal(text) => Type::literal(text.as_str()),
            TypeKind::Generic(name, inner) => self.generic(name, inner),
            TypeKind::Record(fields) => self.record(fields),
            TypeKind::Optional(inner) => self.resolve(inner).optional(),
            TypeKind::Union(members) => self.union(members, ty.span),
            TypeKind::Labelled(written, inner) => self.labelled(written, inner, outermost),
            TypeKind::Broken => Type::unknown(),
        }
    }

    fn path(&mut self, path: &Path) -> Type {
        match path.parts.as_slice() {
            [name] => match simple(&name.text) {
                // Which of the two is meant nobody knows: the name itself has been told to be taken.
                Some(_) if self.is_taken(name) => Type::unknown(),
                Some(ty) => ty,
                None => self.named(name),
            },
            [file, name] => self.of_file(file, name),
            _ => self.unknown(&joined(path), path.span),
        }
    }

    /// Whether the file declares or imports something under the name of a type of the language.
    fn is_taken(&mut self, name: &ast::Name) -> bool {
        self.ctx.item(self.module, &name.text).is_some_and(|entry| matches!(entry.def, Def::Type(_)))
    }

    fn named(&mut self, name: &ast::Name) -> Type {
        let Some(entry) = self.ctx.item(self.module, &name.text) else { return self.unknown(&name.text, name.span) };
        self.stands_for(&name.text, name.span, entry.def, entry.span)
    }

    fn of_file(&mut self, file: &ast::Name, name: &ast::Name) -> Type {
        match self.ctx.item(self.module, &file.text).map(|entry| entry.def) {
            Some(Def::Module(other)) => match self.ctx.item_of(other, &name.text) {
                Some(entry) => self.stands_for(&name.text, name.span, entry.def, entry.span),
                None => {
                    let legal = self.aliases(other);
                    let legal: Vec<&str> = legal.iter().map(String::as_str).collect();
                    self.ctx.report(names::unknown_type(&name.text, name.span, &legal));
                    Type::unknown()
                }
            },
            Some(Def::Broken) => Type::unknown(),
            _ => self.unknown(&format!("{}.{}", file.text, name.text), file.span.to(name.span)),
        }
    }

    fn stands_for(&mut self, name: &str, at: Span, def: Def, declared: Span) -> Type {
        match def {
            Def::Type(index) => match self.ctx.types[index].clone() {
                Some(ty) => ty,
                None => {
                    self.ctx.report(errors::contains_itself(name, at, declared));
                    Type::unknown()
                }
            },
            Def::Broken => Type::unknown(),
            Def::Interface(_) => {
                self.ctx.report(items::interface_as_type(name, at, declared));
                Type::unknown()
            }
            other => {
                self.ctx.report(names::wrong_sort(name, at, other.noun(), Some(declared), "a type"));
                Type::unknown()
            }
        }
    }

    fn unknown(&mut self, name: &str, at: Span) -> Type {
        let found = match (foreign(name), elsewhere(self.ctx, self.module, name)) {
            (Some("list" | "map"), _) if matches!(name, "list" | "map") => names::bare_generic(name, at),
            (Some(ours), _) => names::foreign_type(name, at, ours),
            (None, Some(other)) => names::not_imported(Code::WF0103, name, at, other),
            (None, None) if self.ctx.items.nameless[self.module].types => return Type::unknown(),
            (None, None) => {
                let mut legal = self.aliases(self.module);
                legal.extend(SIMPLE.iter().map(|name| (*name).to_owned()));
                let legal: Vec<&str> = legal.iter().map(String::as_str).collect();
                names::unknown_type(name, at, &legal)
            }
        };
        self.ctx.report(found);
        Type::unknown()
    }

    fn aliases(&self, module: usize) -> Vec<String> {
        let scope = &self.ctx.items.scopes[module];
        scope.iter().filter(|(_, entry)| matches!(entry.def, Def::Type(_))).map(|(name, _)| name.clone()).collect()
    }

    fn generic(&mut self, name: &ast::Name, inner: &ast::Type) -> Type {
        let element = self.resolve(inner);
        match name.text.as_str() {
            "list" => Type::list(element),
            "map" => Type::map(element),
            other => {
                let found = match foreign(other) {
                    Some(ours @ ("list" | "map")) => names::foreign_type(other, name.span, ours),
                    _ if simple(other).is_some() || self.ctx.item(self.module, other).is_some() => {
                        names::not_generic(other, name.span)
                    }
                    _ if matches!(other, "Optional" | "Option" | "Maybe" | "Nullable" | "optional") => {
                        names::foreign_optional(other, name.span, &shown(&element))
                    }
                    _ => names::unknown_type(other, name.span, &["list", "map"]),
                };
                self.ctx.report(found);
                Type::unknown()
            }
        }
    }

    fn record(&mut self, written: &[RecordField]) -> Type {
        let mut seen: IndexMap<Cow<'_, str>, &Name> = IndexMap::new();
        let mut fields: IndexMap<Arc<str>, Field> = IndexMap::new();
        for field in written {
            let ty = self.resolve(&field.ty);
            if let Some(first) = seen.get(&composed(&field.name.text)) {
                self.ctx.report(names::field_twice(&field.name, first));
                continue;
            }
            seen.insert(composed(&field.name.text), &field.name);
            fields.insert(Arc::from(field.name.text.as_str()), made(ty, field.optional));
        }
        Type::of(Kind::Record(Arc::new(fields)))
    }

    fn union(&mut self, written: &[ast::Type], at: Span) -> Type {
        if let Some(texts) = written.iter().map(|member| self.bare_text(member)).collect::<Option<Vec<_>>>() {
            self.ctx.report(errors::texts_without_quotes(at, &texts));
            return Type::unknown();
        }
        let members: Vec<Type> = written.iter().map(|member| self.resolve(member)).collect();
        let place = |index: usize| written.get(index).map_or(at, |member| member.span);
        match Type::union(members.clone()) {
            Ok(ty) => ty,
            Err(error) => {
                self.ctx.report(match error {
                    UnionError::NotAMember(index) => match members.as_slice() {
                        [one, null] if null.kind == Kind::Null => errors::null_as_a_member(&shown(one), at),
                        _ => errors::not_a_member(&shown(&members[index]), place(index)),
                    },
                    UnionError::Mixed(index) => errors::mixed_union(place(index), place(0)),
                    UnionError::Repeated(index) => errors::repeated_member(&shown(&members[index]), place(index)),
                    UnionError::NotToldApart => errors::not_told_apart(at),
                });
                Type::unknown()
            }
        }
    }

    /// A small word that stands for no type: a text whose quotes were forgotten, if all of a union are.
    fn bare_text<'t>(&self, member: &'t ast::Type) -> Option<&'t str> {
        let TypeKind::Path(path) = &member.kind else { return None };
        let [name] = path.parts.as_slice() else { return None };
        let known = simple(&name.text).is_some()
            || foreign(&name.text).is_some()
            || self.ctx.items.scopes[self.module].contains_key(&name.text);
        let small = name.text.starts_with(|c: char| c.is_ascii_lowercase());
        (small && !known).then_some(name.text.as_str())
    }

    fn labelled(&mut self, written: &[ast::Spanned<Label>], inner: &ast::Type, outermost: bool) -> Type {
        let ty = self.resolve(inner);
        let mut found = Labels::NONE;
        for label in written {
            match self.misplaced(label, found, outermost) {
                Some(problem) => self.ctx.report(problem),
                None => found = found.or(meaning(label.value)),
            }
        }
        ty.with_labels(found)
    }

    /// What is wrong with a label here.
    fn misplaced(&self, label: &ast::Spanned<Label>, before: Labels, outermost: bool) -> Option<Diagnostic> {
        let at = label.span;
        let parameter = self.place == Place::Parameter;
        match label.value {
            Label::Secret if !parameter || !outermost => Some(labels::secret_type(at)),
            Label::Trusted if !parameter => Some(labels::trusted_type(at)),
            Label::Trusted if !outermost => Some(labels::trusted_part(at)),
            Label::Trusted if before.untrusted => Some(labels::contradicting("untrusted", "trusted", at)),
            Label::Untrusted if self.place == Place::Shape => Some(labels::untrusted_type(at)),
            Label::Untrusted if before.trusted => Some(labels::contradicting("trusted", "untrusted", at)),
            Label::Untrusted if before.approved => Some(labels::contradicting("approved", "untrusted", at)),
            Label::Approved if before.untrusted => Some(labels::contradicting("untrusted", "approved", at)),
            Label::Approved if !parameter && self.place != Place::WorkflowResult => Some(labels::approved_type(at)),
            _ => None,
        }
    }
}

fn meaning(label: Label) -> Labels {
    match label {
        Label::Secret => Labels::SECRET,
        Label::Untrusted => Labels::UNTRUSTED,
        Label::Trusted => Labels::TRUSTED,
        Label::Approved => Labels::APPROVED,
    }
}

/// The words for types.
const SIMPLE: [&str; 10] = ["string", "int", "float", "bool", "duration", "money", "tokens", "size", "json", "null"];

/// The type of a word of the language.
pub(super) fn simple(name: &str) -> Option<Type> {
    Some(match name {
        "string" => Type::string(),
        "int" => Type::int(),
        "float" => Type::float(),
        "bool" => Type::bool(),
        "duration" => Type::duration(),
        "money" => Type::money(),
        "tokens" => Type::tokens(),
        "size" => Type::size(),
        "file" => Type::file(),
        "json" => Type::json(),
        "null" => Type::null(),
        _ => return None,
    })
}

/// What another language's word for a type is called here.
fn foreign(name: &str) -> Option<&'static str> {
    Some(match name {
        "str" | "String" | "text" | "Text" | "char" | "date" | "Date" | "datetime" | "DateTime" | "timestamp"
        | "uuid" | "url" => "string",
        "bytes" | "Bytes" | "blob" => "file",
        "Duration" | "timedelta" => "duration",
        "integer" | "Integer" | "Int" | "i32" | "i64" | "u32" | "u64" | "long" => "int",
        "double" | "Float" | "f32" | "f64" | "number" | "Number" | "decimal" => "float",
        "boolean" | "Boolean" | "Bool" => "bool",
        "any" | "Any" | "object" | "Object" | "unknown" => "json",
        "list" | "array" | "Array" | "List" | "Vec" | "vec" => "list",
        "map" | "dict" | "Dict" | "Map" | "HashMap" => "map",
        "void" | "None" | "nil" | "Null" | "unit" => "null",
        _ => return None,
    })
}

fn made(ty: Type, optional: bool) -> Field {
    match (&ty.kind, optional) {
        (Kind::Optional(inner), true) => Field::optional((**inner).clone()),
        (_, true) => Field::optional(ty),
        (_, false) => Field::required(ty),
    }
}

fn joined(path: &Path) -> String {
    path.parts.iter().map(|part| part.text.as_str()).collect::<Vec<_>>().join(".")
}
