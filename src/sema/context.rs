//! What all parts of the checker share: the items of all files and what is known of them so far.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::base::span::{FileId, Span};
use crate::base::world::World;
use crate::diag::{Bag, Diagnostic};
use crate::sema::constant::Constant;
use crate::sema::include::Files;
use crate::sema::items::{Def, Entry, Items};
use crate::sema::policy::{Deferred, Policy};
use crate::sema::signature::{AgentSignature, Signature};
use crate::sema::{Module, errors, hir};
use crate::value::types::Type;

/// The tables of a compilation. Those that a pass fills are empty before it.
pub(super) struct Context<'a> {
    /// The files.
    pub modules: &'a [Module],
    /// The door to the files that `include_text` and `include_file` name.
    pub world: &'a dyn World,
    /// Where mistakes go.
    pub bag: Bag,
    /// What was found before the checker began: what did not parse.
    pub before: &'a Bag,
    /// All items, and the names of each file.
    pub items: Items<'a>,
    /// What each alias stands for.
    pub types: Vec<Option<Type>>,
    /// Constants.
    pub constants: Vec<Option<Constant>>,
    /// Agents and interfaces with their actions.
    pub agents: Vec<Option<AgentSignature<'a>>>,
    /// Declared policies.
    pub policies: Vec<Policy>,
    /// How many unknown names there were.
    pub unknown: u32,
    /// Whether mistakes are kept to oneself for now.
    pub muted: bool,
    /// Workflows from outside.
    pub workflows: Vec<Rc<Signature>>,
    /// Retries of calls of workflows: judged when all effects are known.
    pub deferred: Vec<Deferred>,
    /// The result. Workflows of items come first, in their order; bodies in braces follow.
    pub bodies: Vec<Option<hir::Workflow>>,
    /// Stages whose result nobody reads: judged when all effects are known.
    pub unread: Vec<Unread>,
    /// Schedules of the result.
    pub schedules: Vec<hir::Schedule>,
    /// Agents of the result, in the order of the table.
    pub checked_agents: Vec<hir::Agent>,
    /// By workflow of `bodies`, its stages by name; filled for tests and properties.
    pub stages: Vec<HashMap<String, hir::StageId>>,
    /// The files in which something was wrong before tests were looked at.
    pub wrong: HashSet<FileId>,
    /// Secrets of the result, in the order of the table.
    pub secrets: Vec<hir::Secret>,
    /// Those that nobody declared: the usual keys of models.
    pub implied_secrets: Vec<hir::Secret>,
    /// Tests of the result.
    pub tests: Vec<hir::test::Test>,
    /// The files whose content is known.
    pub files: Files,
    /// Properties of the result.
    pub properties: Vec<hir::property::Property>,
}

impl<'a> Context<'a> {
    /// Nothing is known yet but the items.
    pub fn new(modules: &'a [Module], world: &'a dyn World, before: &'a Bag, bag: Bag, items: Items<'a>) -> Self {
        Self {
            modules,
            world,
            bag,
            before,
            types: vec![None; items.types.len()],
            constants: vec![None; items.constants.len()],
            agents: vec![None; items.agents.len()],
            policies: Vec::new(),
            unknown: 0,
            muted: false,
            workflows: Vec::new(),
            deferred: Vec::new(),
            bodies: vec![None; items.workflows.len()],
            unread: Vec::new(),
            schedules: Vec::new(),
            checked_agents: Vec::new(),
            stages: Vec::new(),
            wrong: HashSet::new(),
            secrets: Vec::new(),
            implied_secrets: Vec::new(),
            tests: Vec::new(),
            files: Files::default(),
            properties: Vec::new(),
            items,
        }
    }

    /// Reports a mistake.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        if !self.muted {
            self.bag.push(diagnostic);
        }
    }

    /// What a name of a file stands for; it counts as used.
    pub fn item(&mut self, module: usize, name: &str) -> Option<Entry> {
        let entry = self.items.scopes[module].get_mut(name)?;
        entry.used = true;
        Some(entry.clone())
    }

    /// What `alias.name` stands for, if `name` is declared in that file itself.
    pub fn item_of(&mut self, module: usize, name: &str) -> Option<Entry> {
        self.item(module, name).filter(|entry| !entry.imported)
    }

    /// Whether so many names are unknown that nobody reads suggestions, each of which costs a look at all that is known. What
    /// seems unused then may be what was meant.
    pub fn too_many_unknown(&self) -> bool {
        const SUGGESTED_MAX: u32 = 200;
        self.unknown > SUGGESTED_MAX
    }

    /// Where a constant of this name is declared or imported.
    pub fn constant_named(&self, module: usize, name: &str) -> Option<Span> {
        let entry = self.items.scopes[module].get(name)?;
        matches!(entry.def, Def::Constant(_)).then_some(entry.span)
    }

    /// Says of imports that nobody uses them.
    pub fn finish(mut self) -> (hir::Program, Bag) {
        for module in 0..self.modules.len() {
            self.report_unused_imports(module);
        }
        let mut secrets = self.secrets;
        secrets.extend(self.implied_secrets);
        tell_apart(&mut secrets, self.modules);
        let workflows = self.bodies.into_iter().flatten().collect();
        let (agents, schedules) = (self.checked_agents, self.schedules);
        let (tests, properties, files) = (self.tests, self.properties, self.files.into_contents());
        (hir::Program { agents, workflows, secrets, schedules, tests, properties, files }, self.bag)
    }

    fn report_unused_imports(&mut self, module: usize) {
        let unused: Vec<(String, Span)> = self.items.scopes[module]
            .iter()
            .filter(|(name, entry)| entry.imported && !entry.used && !name.starts_with('_') && entry.def != Def::Broken)
            .map(|(name, entry)| (name.clone(), entry.span))
            .collect();
        for (name, span) in unused {
            self.report(errors::names::never_used("the import", &name, span));
        }
    }
}

/// Secrets travel by their names: where two files call different ones alike, the later one is called after its file too.
fn tell_apart(secrets: &mut [hir::Secret], modules: &[Module]) {
    for index in 1..secrets.len() {
        let (before, after) = secrets.split_at_mut(index);
        let own = &mut after[0];
        if before.iter().any(|other| other.name == own.name && other.from != own.from) {
            let module = modules.iter().find(|module| module.file == own.span.file);
            own.name = format!("{} of {}", own.name, module.map_or("", |module| &module.path));
        }
    }
}

/// A stage that calls workflows and whose result nobody reads.
#[derive(Debug)]
pub(super) struct Unread {
    /// Its name.
    pub name: String,
    /// The place of its name.
    pub span: Span,
    /// The workflows that it calls.
    pub workflows: Vec<usize>,
}

/// The place of the word that a construct begins with.
pub(super) fn word(span: Span, word: &str) -> Span {
    let length = u32::try_from(word.len()).unwrap_or(0);
    Span { end: span.end.min(span.start.saturating_add(length)), ..span }
}
