//! From a name to what it stands for: variables, captured ones, constants, secrets.

use crate::base::nearest::nearest;
use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};
use crate::sema::context::Context;
use crate::sema::errors::names::{Elsewhere, Near};
use crate::sema::errors::{labels, names as errors};
use crate::sema::expr::{Body, Secrets, Typed};
use crate::sema::hir;
use crate::sema::items::{Def, Entry};
use crate::sema::scope::{Binding, FrameKind, Origin, Place, Root};
use crate::syntax::ast::{self, ImportWhat, Item};
use crate::value::expr::{Expr, ExprKind, Observe, Var};
use crate::value::types::{Kind, Labels, Type};

impl Body<'_, '_> {
    /// The value of a name.
    pub fn name(&mut self, name: &str, span: Span) -> Typed {
        if let Some((frame, place)) = self.find(name) {
            return self.read(frame, place, span);
        }
        match self.ctx.item(self.module, name) {
            Some(entry) => self.item_value(name, span, &entry),
            None if name == "result_schema" && self.result_schema => crate::sema::agent::result_schema(span),
            None => {
                self.report_unknown(name, span);
                Typed::unknown(span)
            }
        }
    }

    /// The binding that a name has here, frames from the inside out.
    pub fn find(&self, name: &str) -> Option<(usize, Place)> {
        self.frames.iter().enumerate().rev().find_map(|(index, frame)| frame.find(name).map(|place| (index, place)))
    }

    fn read(&mut self, frame: usize, place: Place, span: Span) -> Typed {
        let binding = self.frames[frame].binding_mut(place);
        binding.mention(span);
        if binding.agent.is_some() {
            let found = errors::agent_as_value(&binding.name, span);
            self.report(found);
            return Typed::unknown(span);
        }
        let Some(mut var) = binding.var else { return Typed::unknown(span) };
        let binding = self.frames[frame].binding(place);
        let mut ty = self.seen(frame, binding);
        if ty.labels.secret {
            let (name, declared) = (binding.name.clone(), binding.span);
            ty.labels.secret = self.check_secret(&name, span, declared);
        }
        if frame + 1 < self.frames.len() {
            let binding = self.frames[frame].binding(place).clone();
            var = self.reach(frame, var, &binding);
        }
        Typed { expr: Expr { kind: ExprKind::Var(var), span }, ty }
    }

    /// The variable of the innermost frame that holds a variable of frame `from`.
    fn reach(&mut self, from: usize, var: Var, binding: &Binding) -> Var {
        let origin = Origin::Variable(Root { frame: from, var });
        let mut ty = binding.ty.clone().unwrap_or_else(Type::unknown);
        let may_be_absent = !binding.guard.is_empty() || !binding.absences.is_empty() || binding.unsure_in_finally;
        if may_be_absent {
            ty = ty.optional();
        }
        self.capture(origin, from, var, &binding.name, &ty, binding.span)
    }

    fn capture(&mut self, origin: Origin, from: usize, var: Var, name: &str, ty: &Type, span: Span) -> Var {
        let mut var = var;
        for frame in &mut self.frames[from + 1..] {
            let index = match frame.captures.get(&origin) {
                Some(index) => *index,
                None => {
                    let index = u32::try_from(frame.params.len()).unwrap_or(u32::MAX);
                    let param = hir::Param { name: name.to_owned(), doc: None, ty: ty.clone(), default: None, span };
                    frame.params.push(param);
                    frame.origins.push(Some(origin));
                    frame.captures.insert(origin, index);
                    index
                }
            };
            var = Var::Param(index);
        }
        var
    }

    /// How a stage of a frame ended, as the innermost frame can ask it.
    pub fn observe(&mut self, what: Observe, frame: usize, stage: u32, name: &str, ty: &Type, span: Span) -> ExprKind {
        if frame + 1 == self.frames.len() {
            return ExprKind::Observe(what, stage);
        }
        let origin = Origin::Observed { frame, what, stage };
        let called = format!("{}({name})", format!("{what:?}").to_lowercase());
        ExprKind::Var(self.capture(origin, frame, Var::Stage(stage), &called, ty, span))
    }

    fn item_value(&mut self, name: &str, span: Span, entry: &Entry) -> Typed {
        match entry.def {
            Def::Constant(index) => self.constant(index, span),
            Def::Secret(index) => self.secret(index, name, span, entry.span),
            Def::Broken => Typed::unknown(span),
            Def::Agent(_) | Def::Pool(_) => self.wrong(errors::agent_as_value(name, span), span),
            Def::Workflow(_) => {
                self.wrong(errors::wrong_sort(name, span, "a workflow", Some(entry.span), "a value"), span)
            }
            other => self.wrong(errors::wrong_sort(name, span, other.noun(), Some(entry.span), "a value"), span),
        }
    }

    /// `file.name`, where `file` is an imported file.
    pub fn of_file(&mut self, module: usize, name: &str, span: Span) -> Typed {
        match self.ctx.item_of(module, name) {
            Some(entry) => self.item_value(name, span, &entry),
            None => {
                let legal: Vec<String> = self.ctx.items.scopes[module].keys().cloned().collect();
                let legal: Vec<&str> = legal.iter().map(String::as_str).collect();
                let path = self.ctx.modules[module].path.clone();
                self.wrong(errors::import_of_nothing(name, span, &path, &legal), span)
            }
        }
    }

    fn constant(&mut self, index: usize, span: Span) -> Typed {
        match &self.ctx.constants[index] {
            Some(constant) => Typed { expr: Expr { kind: constant.value.kind.clone(), span }, ty: constant.ty.clone() },
            None => Typed::unknown(span),
        }
    }

    fn secret(&mut self, index: usize, name: &str, span: Span, declared: Span) -> Typed {
        let secret = self.check_secret(name, span, declared);
        let ty = Type { kind: Kind::String, labels: Labels { secret, ..Labels::default() }, name: None };
        let var = Var::Secret(u32::try_from(index).unwrap_or(u32::MAX));
        Typed { expr: Expr { kind: ExprKind::Var(var), span }, ty }
    }

    /// Whether a secret may stand here. What was reported is no secret from here on.
    fn check_secret(&mut self, name: &str, span: Span, declared: Span) -> bool {
        match self.secrets {
            Secrets::Allowed => true,
            Secrets::Forbidden(place) => {
                self.report(labels::secret_in_wrong_place(name, span, declared, place));
                false
            }
        }
    }

    /// Reports a mistake; what it is made with is unknown from here on.
    pub fn wrong(&mut self, diagnostic: Diagnostic, span: Span) -> Typed {
        self.report(diagnostic);
        Typed::unknown(span)
    }

    fn report_unknown(&mut self, name: &str, span: Span) {
        let found = match name {
            _ if self.ctx.items.nameless[self.module].others => return,
            "result" => errors::only_there(name, span, "in the clauses of a `repeat`"),
            "outcome" => errors::only_there(name, span, "inside `finally`"),
            "result_schema" => errors::only_there(name, span, "in the `command` of an action"),
            "run" => errors::only_there(name, span, "`run.id`, `run.workflow`, `run.started`"),
            _ => self.unknown(name, span),
        };
        self.report(found);
    }

    fn unknown(&mut self, name: &str, span: Span) -> Diagnostic {
        let gone = self.frames.iter().rev().find_map(|frame| frame.gone.get(name));
        if let Some(gone) = gone {
            return errors::hidden(name, span, gone.span, gone.why.label(), gone.why.help());
        }
        if let Some(other) = elsewhere(self.ctx, self.module, name) {
            return errors::not_imported(Code::WF0102, name, span, other);
        }
        self.ctx.unknown += 1;
        let legal = if self.ctx.too_many_unknown() { Vec::new() } else { self.visible() };
        let found = errors::unknown(name, span, &legal);
        self.count_as_used(name, &legal);
        found
    }

    /// Reports a name in `after` that is nothing at all.
    pub fn unknown_stage(&mut self, name: &str, span: Span) {
        let found = self.unknown(name, span);
        self.report(found);
    }

    /// What was probably meant counts as used: otherwise one slip would give two messages.
    fn count_as_used(&mut self, typed: &str, legal: &[Near]) {
        let names: Vec<&str> = legal.iter().map(|near| near.name.as_str()).collect();
        let Some(near) = crate::base::nearest::nearest(typed, &names).map(str::to_owned) else { return };
        if let Some((frame, place)) = self.find(&near) {
            let binding = self.frames[frame].binding_mut(place);
            let span = binding.span;
            binding.mention(span);
        }
        self.ctx.item(self.module, &near);
    }

    /// The names of values that can be seen from here.
    fn visible(&self) -> Vec<Near> {
        let mut found = Vec::new();
        for frame in self.frames.iter().rev() {
            for binding in frame.scoped.iter().chain(&frame.bindings) {
                let noun = match binding.var {
                    Some(Var::Param(_)) => "a parameter",
                    Some(Var::Stage(_)) => "a stage",
                    Some(Var::Let(_)) => "a `let`",
                    Some(Var::Item | Var::Local(_)) => "an element",
                    _ => "something",
                };
                // What the language provides is declared nowhere.
                let span = (binding.span.start < binding.span.end).then_some(binding.span);
                found.push(Near { name: binding.name.clone(), span, noun });
            }
        }
        let settings = self.frames.iter().any(|frame| frame.kind == FrameKind::Settings);
        for (name, entry) in &self.ctx.items.scopes[self.module] {
            if matches!(entry.def, Def::Constant(_)) || (settings && matches!(entry.def, Def::Secret(_))) {
                found.push(Near { name: name.clone(), span: Some(entry.span), noun: entry.def.noun() });
            }
        }
        found
    }
}

impl Context<'_> {
    /// What a path leads to, a name of the file or `file.name`, with the place where it is declared; it counts as used. Reports
    /// a path that leads nowhere: `legal` says what could have been meant.
    pub fn item_at(&mut self, module: usize, path: &ast::Path, legal: fn(Def) -> bool) -> Option<(Def, Span)> {
        let (module, name) = match path.parts.as_slice() {
            [name] => (module, name),
            [file, name] => match self.item(module, &file.text).map(|entry| entry.def) {
                Some(Def::Module(other)) => return self.item_of_file(other, name),
                Some(Def::Broken) => return None,
                Some(def) => {
                    self.report(errors::wrong_sort(&file.text, file.span, def.noun(), None, "an imported file"));
                    return None;
                }
                None => (module, file),
            },
            _ => (module, path.parts.first()?),
        };
        match self.item(module, &name.text) {
            Some(entry) => Some((entry.def, entry.span)).filter(|(def, _)| *def != Def::Broken),
            None => {
                self.report_unknown_item(module, name, legal);
                None
            }
        }
    }

    fn item_of_file(&mut self, module: usize, name: &ast::Name) -> Option<(Def, Span)> {
        if let Some(entry) = self.item_of(module, &name.text) {
            return Some((entry.def, entry.span)).filter(|(def, _)| *def != Def::Broken);
        }
        let legal: Vec<String> = self.items.scopes[module].keys().cloned().collect();
        let legal: Vec<&str> = legal.iter().map(String::as_str).collect();
        let path = self.modules[module].path.clone();
        self.report(errors::import_of_nothing(&name.text, name.span, &path, &legal));
        None
    }

    /// Says that nothing has this name: whether another file declares it, or what has a near name.
    pub fn report_unknown_item(&mut self, module: usize, name: &ast::Name, legal: fn(Def) -> bool) {
        if let Some(other) = elsewhere(self, module, &name.text) {
            self.report(errors::not_imported(Code::WF0102, &name.text, name.span, other));
            return;
        }
        if self.items.nameless[module].others {
            return;
        }
        let scope = &self.items.scopes[module];
        let legal: Vec<Near> = scope
            .iter()
            .filter(|(_, entry)| legal(entry.def))
            .map(|(name, entry)| Near { name: name.clone(), span: Some(entry.span), noun: entry.def.noun() })
            .collect();
        let near: Vec<&str> = legal.iter().map(|near| near.name.as_str()).collect();
        let near = nearest(&name.text, &near).map(str::to_owned);
        self.report(errors::unknown(&name.text, name.span, &legal));
        // What was meant is not called unused as well.
        near.and_then(|near| self.item(module, &near));
    }
}

/// Where else a name is declared, if one other file of the program has it and it is not imported here.
pub(super) fn elsewhere(ctx: &Context<'_>, module: usize, name: &str) -> Option<Elsewhere> {
    let (other, entry) = ctx.items.scopes.iter().enumerate().find_map(|(other, scope)| {
        let entry = scope.get(name).filter(|entry| other != module && !entry.imported && entry.def != Def::Broken)?;
        Some((other, entry))
    })?;
    let here = &ctx.modules[module];
    let path = relative(&here.path, &ctx.modules[other].path);
    let edit = import_edit(ctx, module, other, name, &path);
    Some(Elsewhere { path, declared: entry.span, edit })
}

/// Adds to an import from that file, or makes one before everything else.
fn import_edit(ctx: &Context<'_>, module: usize, other: usize, name: &str, path: &str) -> (Span, String) {
    let here = &ctx.modules[module];
    let imports = here.ast.items.iter().filter_map(|item| match item {
        Item::Import(import) => Some(import),
        _ => None,
    });
    for (import, target) in imports.zip(&here.imports) {
        if let (ImportWhat::Names(names), true) = (&import.what, *target == Some(other))
            && let Some(last) = names.last()
        {
            return (last.span.after(), format!(", {name}"));
        }
    }
    (Span::start_of(here.file), format!("import {{ {name} }} from \"{path}\"\n"))
}

/// The path of a file as another file names it.
fn relative(from: &str, to: &str) -> String {
    if to.starts_with("std/") {
        return to.to_owned();
    }
    let from: Vec<&str> = from.split('/').collect();
    let to: Vec<&str> = to.split('/').collect();
    let folders = from.len() - 1;
    let shared = from[..folders].iter().zip(&to[..to.len() - 1]).take_while(|(a, b)| a == b).count();
    let ups = std::iter::repeat_n("..", folders - shared);
    ups.chain(to[shared..].iter().copied()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn paths_lead_from_file_to_file() {
        assert_eq!(relative("a/b.wf", "a/c.wf"), "c.wf");
        assert_eq!(relative("a/b.wf", "c.wf"), "../c.wf");
        assert_eq!(relative("b.wf", "x/y.wf"), "x/y.wf");
        assert_eq!(relative("b.wf", "std/x.wf"), "std/x.wf");
    }
}
