//! Where a type is written: types do not carry places, so they are looked for when a message wants one.

use std::sync::Arc;

use crate::base::span::Span;
use crate::sema::Module;
use crate::syntax::ast::{Action, Item, Type, TypeKind};

/// The place of one literal of a union of literals: the first union with exactly those, in the order of the files.
pub(super) fn literal_place(modules: &[Module], union: &[Arc<str>], wanted: &str) -> Option<Span> {
    let mut types: Vec<&Type> = modules.iter().flat_map(|module| &module.ast.items).flat_map(types_of).collect();
    types.reverse();
    while let Some(ty) = types.pop() {
        match &ty.kind {
            TypeKind::Union(members) => {
                if let Some(span) = literal_of(members, union, wanted) {
                    return Some(span);
                }
                types.extend(members.iter().rev());
            }
            TypeKind::Generic(_, inner) | TypeKind::Optional(inner) | TypeKind::Labelled(_, inner) => types.push(inner),
            TypeKind::Record(fields) => types.extend(fields.iter().rev().map(|field| &field.ty)),
            TypeKind::Path(_) | TypeKind::Literal(_) | TypeKind::Broken => {}
        }
    }
    None
}

fn literal_of(members: &[Type], union: &[Arc<str>], wanted: &str) -> Option<Span> {
    let text = |member: &'_ Type| match &member.kind {
        TypeKind::Literal(text) => Some(text.clone()),
        _ => None,
    };
    let same = members.len() == union.len()
        && members.iter().zip(union).all(|(member, literal)| text(member).is_some_and(|text| text == **literal));
    let found = members.iter().find(|member| text(member).is_some_and(|text| text == wanted))?;
    same.then_some(found.span)
}

fn types_of(item: &Item) -> Vec<&Type> {
    match item {
        Item::Type(item) => vec![&item.ty],
        Item::Agent(agent) => agent.actions.iter().flat_map(types_of_action).collect(),
        Item::Interface(interface) => interface.actions.iter().flat_map(types_of_action).collect(),
        Item::Workflow(workflow) => workflow.params.iter().map(|param| &param.ty).chain(&workflow.result).collect(),
        _ => Vec::new(),
    }
}

fn types_of_action(action: &Action) -> Vec<&Type> {
    action.params.iter().flatten().map(|param| &param.ty).chain(&action.result).collect()
}
