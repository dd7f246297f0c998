//! What each file declares and imports: one table of names per file.

use crate::base::span::Span;
use crate::base::table::Table;
use crate::diag::Bag;
use crate::sema::errors::names as errors;
use crate::sema::{Module, naming};
use crate::syntax::ast::{self, Import, ImportWhat, Item, Name};

/// What a name of a file stands for: a position in the table of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Def {
    /// An alias of a type.
    Type(usize),
    /// A constant.
    Constant(usize),
    /// An agent.
    Agent(usize),
    /// An interface: a position in the table of agents.
    Interface(usize),
    /// A pool: a position in the table of agents.
    Pool(usize),
    /// A retry policy.
    Retry(usize),
    /// A secret.
    Secret(usize),
    /// A workflow.
    Workflow(usize),
    /// A schedule.
    Schedule(usize),
    /// `import "…" as name`: all names of a file.
    Module(usize),
    /// What did not parse, could not be read, or is not carried out yet: already reported.
    Broken,
}

impl Def {
    /// What it is, in the user's words.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Type(_) => "a type",
            Self::Constant(_) => "a constant",
            Self::Agent(_) => "an agent",
            Self::Interface(_) => "an interface",
            Self::Pool(_) => "a pool",
            Self::Retry(_) => "a retry policy",
            Self::Secret(_) => "a secret",
            Self::Workflow(_) => "a workflow",
            Self::Schedule(_) => "a schedule",
            Self::Module(_) => "a file",
            Self::Broken => "something that is not known",
        }
    }
}

/// A name of a file.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// What it stands for.
    pub def: Def,
    /// Where it is declared or imported.
    pub span: Span,
    /// Whether it comes from another file.
    pub imported: bool,
    /// Whether anything mentions it.
    pub used: bool,
}

/// The names of a file.
pub(super) type Scope = Table<Entry>;

/// An item with the file that it stands in.
#[derive(Debug)]
pub(super) struct In<'a, T> {
    /// Position of the file in the list of modules.
    pub module: usize,
    /// The item.
    pub item: &'a T,
}

impl<T> Clone for In<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for In<'_, T> {}

/// An agent, or what stands where one can.
#[derive(Debug, Clone, Copy)]
pub(super) enum AgentItem<'a> {
    /// `agent`.
    Agent(&'a ast::Agent),
    /// `interface`: something like an agent that nobody carries out.
    Interface(&'a ast::Interface),
    /// `pool`: several agents behind one name.
    Pool(&'a ast::Pool),
}

/// All items of all files, and the names of each file.
#[derive(Default)]
pub(super) struct Items<'a> {
    /// By module.
    pub scopes: Vec<Scope>,
    /// Aliases of types.
    pub types: Vec<In<'a, ast::TypeItem>>,
    /// Constants.
    pub constants: Vec<In<'a, ast::Let>>,
    /// Agents, interfaces and pools.
    pub agents: Vec<(usize, AgentItem<'a>)>,
    /// Policies.
    pub retries: Vec<In<'a, ast::RetryItem>>,
    /// Secrets.
    pub secrets: Vec<In<'a, ast::Secret>>,
    /// Workflows.
    pub workflows: Vec<In<'a, ast::Workflow>>,
    /// Schedules.
    pub schedules: Vec<In<'a, ast::Schedule>>,
    /// By module: what its items without a name may be.
    pub nameless: Vec<Nameless>,
}

/// What an unknown name of a file may stand for: an item whose name is missing, which is reported where it stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Nameless {
    /// One of them is a type.
    pub types: bool,
    /// One of them is something else.
    pub others: bool,
}

/// Gathers the items of all modules and binds the names of each.
pub(super) fn collect<'a>(modules: &'a [Module], bag: &mut Bag) -> Items<'a> {
    let mut items = Items::default();
    for (module, parsed) in modules.iter().enumerate() {
        items.scopes.push(Scope::default());
        items.nameless.push(Nameless::default());
        for item in &parsed.ast.items {
            items.declare(module, item, bag);
        }
    }
    (0..modules.len()).for_each(|module| items.check_case(module, bag));
    let own = items.scopes.clone();
    for (module, parsed) in modules.iter().enumerate() {
        let imports = parsed.ast.items.iter().filter_map(|item| match item {
            Item::Import(import) => Some(import),
            _ => None,
        });
        for (import, target) in imports.zip(&parsed.imports) {
            items.import(module, import, *target, &own, bag);
        }
    }
    items
}

impl<'a> Items<'a> {
    fn declare(&mut self, module: usize, item: &'a Item, bag: &mut Bag) {
        let Some((name, def)) = self.define(module, item) else { return };
        // A name that recovery put in has no place in the text.
        if name.span.start == name.span.end {
            let nameless = &mut self.nameless[module];
            nameless.types |= matches!(def, Def::Type(_));
            nameless.others |= !matches!(def, Def::Type(_));
            return;
        }
        // What did not parse may be of any kind: nothing is said about its name.
        if def != Def::Broken {
            naming::item(name, def, bag);
        }
        self.bind(module, name, Entry { def, span: name.span, imported: false, used: false }, bag);
    }

    /// Types and interfaces are told from values by their spelling: `Reviewer` and `reviewer` are often seen together.
    fn check_case(&self, module: usize, bag: &mut Bag) {
        for types in [true, false] {
            let is_type = |def: Def| match def {
                Def::Type(_) => true,
                Def::Agent(index) => self.agents[index].1.is_interface(),
                _ => false,
            };
            let names = self.scopes[module].iter().filter(|(_, entry)| is_type(entry.def) == types);
            naming::case_only(names.map(|(name, entry)| (name.as_str(), entry.span)), bag);
        }
    }

    /// Adds an item to the table of its kind. Nothing for what has no name that others could use.
    fn define(&mut self, module: usize, item: &'a Item) -> Option<(&'a Name, Def)> {
        let found = match item {
            Item::Import(_) | Item::Test(_) | Item::Property(_) => return None,
            Item::Type(item) => (&item.name, Def::Type(push(&mut self.types, In { module, item }))),
            Item::Constant(item) => (&item.name, Def::Constant(push(&mut self.constants, In { module, item }))),
            Item::Interface(item) => {
                (&item.name, Def::Interface(push(&mut self.agents, (module, AgentItem::Interface(item)))))
            }
            Item::Agent(item) => (&item.name, Def::Agent(push(&mut self.agents, (module, AgentItem::Agent(item))))),
            Item::Pool(item) => (&item.name, Def::Pool(push(&mut self.agents, (module, AgentItem::Pool(item))))),
            Item::Retry(item) => (&item.name, Def::Retry(push(&mut self.retries, In { module, item }))),
            Item::Secret(item) => (&item.name, Def::Secret(push(&mut self.secrets, In { module, item }))),
            Item::Workflow(item) => (&item.name, Def::Workflow(push(&mut self.workflows, In { module, item }))),
            Item::Schedule(item) => (&item.name, Def::Schedule(push(&mut self.schedules, In { module, item }))),
            Item::Broken(item) => (item.name.as_ref()?, Def::Broken),
        };
        Some(found)
    }

    fn import(&mut self, module: usize, import: &'a Import, target: Option<usize>, own: &[Scope], bag: &mut Bag) {
        match &import.what {
            ImportWhat::Alias(name) => {
                let def = target.map_or(Def::Broken, Def::Module);
                self.bind(module, name, Entry { def, span: name.span, imported: true, used: false }, bag);
            }
            ImportWhat::Names(names) => {
                // What an import that leads nowhere brings is not told apart from the file's own: it may be that file.
                let clear = |name: &&Name| target.is_some() || !own[module].contains_key(&name.text);
                for name in names.iter().filter(clear) {
                    let def = self.imported(name, target, own, &import.path.value, bag);
                    self.bind(module, name, Entry { def, span: name.span, imported: true, used: false }, bag);
                }
            }
        }
    }

    fn imported(&self, name: &Name, target: Option<usize>, own: &[Scope], path: &str, bag: &mut Bag) -> Def {
        let Some(target) = target else { return Def::Broken };
        match own[target].get(&name.text) {
            Some(entry) => entry.def,
            None => {
                let Nameless { types, others } = self.nameless[target];
                if !types && !others {
                    let legal: Vec<&str> = own[target].keys().map(String::as_str).collect();
                    bag.push(errors::import_of_nothing(&name.text, name.span, path, &legal));
                }
                Def::Broken
            }
        }
    }

    fn bind(&mut self, module: usize, name: &Name, entry: Entry, bag: &mut Bag) {
        match self.scopes[module].get_mut(&name.text) {
            Some(other) => {
                let (first, again) =
                    if other.span < name.span { (other.span, name.span) } else { (name.span, other.span) };
                bag.push(errors::duplicate(&name.text, again, first));
                other.used = true;
            }
            None => {
                self.scopes[module].insert(name.text.clone(), entry);
            }
        }
    }
}

fn push<T>(table: &mut Vec<T>, item: T) -> usize {
    table.push(item);
    table.len() - 1
}

impl<'a> AgentItem<'a> {
    /// Whether it is an interface.
    pub fn is_interface(self) -> bool {
        matches!(self, Self::Interface(_))
    }

    /// Its name.
    pub fn name(self) -> &'a Name {
        match self {
            Self::Agent(agent) => &agent.name,
            Self::Interface(interface) => &interface.name,
            Self::Pool(pool) => &pool.name,
        }
    }

    /// Documentation.
    pub fn doc(self) -> &'a ast::Doc {
        match self {
            Self::Agent(agent) => &agent.doc,
            Self::Interface(interface) => &interface.doc,
            Self::Pool(pool) => &pool.doc,
        }
    }

    /// What it says it can do.
    pub fn capabilities(self) -> impl Iterator<Item = &'a ast::Spanned<String>> {
        self.settings().iter().flat_map(|setting| match &setting.value {
            ast::SettingValue::Capabilities(capabilities) => capabilities.as_slice(),
            _ => &[],
        })
    }

    /// Its own actions: a pool has those of its interface.
    pub fn actions(self) -> &'a [ast::Action] {
        match self {
            Self::Agent(agent) => &agent.actions,
            Self::Interface(interface) => &interface.actions,
            Self::Pool(_) => &[],
        }
    }

    /// Its own settings.
    pub fn settings(self) -> &'a [ast::Setting] {
        match self {
            Self::Agent(agent) => &agent.settings,
            Self::Interface(_) | Self::Pool(_) => &[],
        }
    }
}
