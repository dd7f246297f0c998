//! The `let`s of a test: in any order, each once, none of them by itself.

use crate::sema::errors::{names as name_errors, testing as errors};
use crate::sema::expr::Body;
use crate::sema::hir::test::Let;
use crate::sema::names::Names;
use crate::sema::naming;
use crate::sema::order::order;
use crate::sema::scope::Binding;
use crate::syntax::ast;
use crate::value::expr::Var;
use crate::value::types::Type;

impl<'a> Body<'_, 'a> {
    /// Checks them in an order in which each comes after those that it reads.
    pub(super) fn test_lets(&mut self, lets: &[&'a ast::Let]) -> Vec<Let> {
        for (index, item) in (0..).zip(lets) {
            self.declare_test_let(item, index);
        }
        let needs: Vec<Vec<usize>> = lets.iter().map(|item| self.needs_of(item)).collect();
        let order = order(lets.len(), &needs);
        for (user, needed) in order.circles {
            let (user, needed) = (lets[user], lets[needed]);
            self.report(errors::let_needs_itself(&needed.name.text, needed.name.span, user.name.span));
        }
        order.sequence.into_iter().map(|index| self.test_let(lets[index], index)).collect()
    }

    fn declare_test_let(&mut self, item: &'a ast::Let, index: u32) {
        let name = &item.name;
        naming::local(name, &mut self.ctx.bag);
        let first = self.frame().names.get(&name.text).map(|&index| self.frame().bindings[index].span);
        let first = first.or_else(|| self.ctx.constant_named(self.module, &name.text));
        let mut binding = Binding::given(&name.text, name.span, Var::Let(index), Type::unknown());
        binding.ty = None;
        if let Some(first) = first {
            self.report(name_errors::duplicate(&name.text, name.span, first));
            binding.mention(name.span);
        }
        let frame = self.frame_mut();
        let position = frame.bindings.len();
        frame.bindings.push(binding);
        frame.names.entry(name.text.clone()).or_insert(position);
    }

    fn needs_of(&self, item: &'a ast::Let) -> Vec<usize> {
        let mut names = Names::default();
        names.expr(&item.value);
        names.found.iter().filter_map(|name| self.frame().names.get(*name).copied()).collect()
    }

    fn test_let(&mut self, item: &'a ast::Let, index: usize) -> Let {
        let value = self.infer(&item.value);
        self.frame_mut().bindings[index].ty = Some(value.ty);
        Let { name: item.name.text.clone(), index: u32::try_from(index).unwrap_or(u32::MAX), value: value.expr }
    }

    /// Says of the first bindings of the frame, which are the `let`s, which of them nobody uses.
    pub(super) fn report_unused_lets(&mut self, count: usize) {
        for index in 0..count {
            let binding = self.frame().bindings[index].clone();
            naming::snake_local(&binding, &mut self.ctx.bag);
            if binding.uses.is_empty() && !binding.name.starts_with('_') && !self.ctx.too_many_unknown() {
                self.report(name_errors::never_used("the `let`", &binding.name, binding.span));
            }
        }
    }
}
