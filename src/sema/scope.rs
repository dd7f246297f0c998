//! Frames: what a workflow, a body in braces, the settings of an agent or a constant has names for.

use indexmap::IndexMap;

use crate::base::span::Span;
use crate::base::table::Table;
use crate::sema::facts::{Facts, Lit};
use crate::sema::hir;
use crate::sema::naming::is_unusual;
use crate::value::expr::{Observe, Var};
use crate::value::types::{Labels, Type};

/// What sort of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameKind {
    /// A workflow, or a body in braces.
    Workflow,
    /// Settings of an agent or action: its parameters, secrets, constants.
    Settings,
    /// A constant or a default: constants only.
    Constant,
    /// A test or a property.
    Test,
}

/// A variable as its own frame knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Root {
    /// The frame, from the outside.
    pub frame: usize,
    /// The variable there.
    pub var: Var,
}

/// Where the value of a captured parameter comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    /// A variable of a frame further out.
    Variable(Root),
    /// How a stage of a frame further out ended.
    Observed {
        /// That frame.
        frame: usize,
        /// What is asked.
        what: Observe,
        /// The stage.
        stage: u32,
    },
}

/// Why a stage or `let` may hold nothing although all conditions around it are true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// `on failure skip`, `_ => skip`, an observed failure: the place, in words.
    At(Span, &'static str),
}

/// What a name of a frame stands for.
#[derive(Debug, Clone)]
pub(super) struct Binding {
    /// The name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// Its variable; nothing for what did not parse.
    pub var: Option<Var>,
    /// The type of its value under its own conditions; nothing before it is checked.
    pub ty: Option<Type>,
    /// The conditions under which it holds a value.
    pub guard: Vec<Lit>,
    /// Why it may be absent even so.
    pub absences: Vec<Absence>,
    /// A failure that is observed, or skipped, and nothing else, makes it absent.
    pub only_failure: bool,
    /// Its failure is observed where that counts.
    pub observed: bool,
    /// Stands in `finally`.
    pub finally: bool,
    /// In `finally` it may be absent: a stage, or a `let` that depends on one.
    pub unsure_in_finally: bool,
    /// Where it is mentioned: the first place; every one if it may have to be renamed.
    pub uses: Vec<Span>,
    /// Whether one of them stands alone in a record: it is the key as well.
    pub short: bool,
    /// Of an agent parameter, which it is.
    pub agent: Option<Bound>,
    /// Something else of the same workflow bears its name, which has been reported: nobody knows which is meant.
    pub twice: bool,
}

/// An agent parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bound {
    /// Its position among the agent parameters of the workflow.
    pub param: usize,
    /// Its interface.
    pub interface: usize,
}

impl Binding {
    /// A value that is there from the start. Its type is judged by its shape alone, but for secrets: what else labels say of
    /// values is found once all is checked.
    pub fn given(name: &str, span: Span, var: Var, ty: Type) -> Self {
        let secret = Labels { secret: ty.labels.secret, ..Labels::NONE };
        let ty = ty.without_labels().with_labels(secret);
        Self {
            name: name.to_owned(),
            span,
            var: Some(var),
            ty: Some(ty),
            guard: Vec::new(),
            absences: Vec::new(),
            only_failure: false,
            observed: false,
            finally: false,
            unsure_in_finally: false,
            uses: Vec::new(),
            short: false,
            agent: None,
            twice: false,
        }
    }

    /// Counts a mention. Names that nobody would rename do not keep all of theirs: some have thousands.
    pub fn mention(&mut self, at: Span) {
        if self.uses.is_empty() || is_unusual(&self.name) {
            self.uses.push(at);
        }
    }
}

/// The names of one workflow, body or item, and its tables under construction.
pub(super) struct Frame {
    /// What sort of place it is.
    pub kind: FrameKind,
    /// The names that hold everywhere in it: positions in `bindings`.
    pub names: Table<usize>,
    /// What they stand for.
    pub bindings: Vec<Binding>,
    /// Names that hold only where they stand now: elements, `result`, `outcome`. The last wins.
    pub scoped: Vec<Binding>,
    /// Names that were scoped once, for a better message: with their places.
    pub gone: Table<Gone>,
    /// What is known where.
    pub facts: Facts,
    /// The position of the statement that is being checked.
    pub at: u32,
    /// Whether that statement stands in `finally`.
    pub in_finally: bool,
    /// The conditions around that statement.
    pub guard: Vec<Lit>,
    /// Parameters; of a body in braces what it captures.
    pub params: Vec<hir::Param>,
    /// Agent parameters of a workflow. Bodies in braces have those of the workflow around them.
    pub agents: Vec<hir::AgentParam>,
    /// Where captured parameters come from.
    pub captures: IndexMap<Origin, u32>,
    /// By parameter, where it comes from.
    pub origins: Vec<Option<Origin>>,
    /// Conditions of clauses; those of blocks come before them.
    pub conditions: Vec<hir::Condition>,
    /// How many conditions of blocks there are.
    pub condition_base: usize,
    /// The longest that all of it may take, with the place that says so.
    pub limit: Option<(i64, Span)>,
    /// Of stages that are maps, the type of what they go through.
    pub elements: IndexMap<u32, Type>,
}

impl Frame {
    /// An empty frame.
    pub fn new(kind: FrameKind) -> Self {
        Self {
            kind,
            names: Table::default(),
            bindings: Vec::new(),
            scoped: Vec::new(),
            gone: Table::default(),
            facts: Facts::default(),
            at: 0,
            in_finally: false,
            guard: Vec::new(),
            params: Vec::new(),
            agents: Vec::new(),
            captures: IndexMap::new(),
            origins: Vec::new(),
            conditions: Vec::new(),
            condition_base: 0,
            limit: None,
            elements: IndexMap::new(),
        }
    }

    /// The innermost binding of a name.
    pub fn find(&self, name: &str) -> Option<Place> {
        let scoped = self.scoped.iter().rposition(|binding| binding.name == name).map(Place::Scoped);
        scoped.or_else(|| self.names.get(name).copied().map(Place::Named))
    }

    /// The binding at a place.
    pub fn binding(&self, place: Place) -> &Binding {
        match place {
            Place::Scoped(index) => &self.scoped[index],
            Place::Named(index) => &self.bindings[index],
        }
    }

    /// The binding at a place, to be changed.
    pub fn binding_mut(&mut self, place: Place) -> &mut Binding {
        match place {
            Place::Scoped(index) => &mut self.scoped[index],
            Place::Named(index) => &mut self.bindings[index],
        }
    }

    /// Where a variable of this frame comes from: itself, unless it is captured.
    pub fn origin(&self, frame: usize, var: Var) -> Origin {
        let captured = match var {
            Var::Param(index) => self.origins.get(index as usize).copied().flatten(),
            _ => None,
        };
        captured.unwrap_or(Origin::Variable(Root { frame, var }))
    }

    /// Binds names that hold only for a while; [`Frame::close`] ends it.
    pub fn open(&mut self, binding: Binding) {
        self.scoped.push(binding);
    }

    /// Ends the innermost of those names.
    pub fn close(&mut self) -> Option<Binding> {
        let binding = self.scoped.pop()?;
        self.gone.insert(binding.name.clone(), Gone { span: binding.span, why: GoneWhy::Element });
        Some(binding)
    }
}

/// A name that exists further inside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gone {
    /// Where it is declared.
    pub span: Span,
    /// What hides it.
    pub why: GoneWhy,
}

/// What hides a name from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GoneWhy {
    /// It is the element of a map or of a comprehension.
    Element,
    /// It is declared in the braces of a map or an arm.
    Body,
}

impl GoneWhy {
    /// In a few words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Element => "only inside its own `for`",
            Self::Body => "only inside its braces",
        }
    }

    /// What to do.
    pub fn help(self) -> &'static str {
        match self {
            Self::Element => "what is made for each element stands behind the `=>`, or in the brackets",
            Self::Body => "give it back with `return`, and read it from the stage around the braces",
        }
    }
}

/// Where a binding of a frame is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// For a while.
    Scoped(usize),
    /// Everywhere.
    Named(usize),
}
