//! Going through the expressions of settings, shared or exclusive.

use super::{Exec, Http, HttpBody, Llm, Mcp, Remote, Server, Shell, Stdin, Stdio, Word};
use crate::value::expr::Expr;

macro_rules! visitors {
    ($exprs:ident $(, $mutable:tt)?) => {
        impl Exec {
            /// Calls `visit` with every expression.
            pub fn $exprs<'a>(&'a $($mutable)? self, visit: &mut dyn FnMut(&'a $($mutable)? Expr)) {
                let Self { command, stdin, cwd, env, .. } = self;
                for Word { value, .. } in command {
                    visit(value);
                }
                if let Stdin::Text(text) = stdin {
                    visit(text);
                }
                if let Some(cwd) = cwd {
                    visit(cwd);
                }
                for (_, value) in env {
                    visit(value);
                }
            }
        }

        impl Shell {
            /// Calls `visit` with every expression.
            pub fn $exprs<'a>(&'a $($mutable)? self, visit: &mut dyn FnMut(&'a $($mutable)? Expr)) {
                let Self { stdin, cwd, env, .. } = self;
                if let Stdin::Text(text) = stdin {
                    visit(text);
                }
                if let Some(cwd) = cwd {
                    visit(cwd);
                }
                for (_, value) in env {
                    visit(value);
                }
            }
        }

        impl Http {
            /// Calls `visit` with every expression.
            pub fn $exprs<'a>(&'a $($mutable)? self, visit: &mut dyn FnMut(&'a $($mutable)? Expr)) {
                let Self { url, path, headers, query, body, .. } = self;
                visit(url);
                if let Some(path) = path {
                    visit(path);
                }
                for (_, value) in headers {
                    visit(value);
                }
                for (_, value) in query {
                    visit(value);
                }
                if let Some(HttpBody::Json(body) | HttpBody::Text(body) | HttpBody::File(body)) = body {
                    visit(body);
                }
            }
        }

        impl Llm {
            /// Calls `visit` with every expression.
            pub fn $exprs<'a>(&'a $($mutable)? self, visit: &mut dyn FnMut(&'a $($mutable)? Expr)) {
                let Self { api_key, system, prompt, .. } = self;
                if let Some(api_key) = api_key {
                    visit(api_key);
                }
                if let Some(system) = system {
                    visit(system);
                }
                visit(prompt);
            }
        }

        impl Mcp {
            /// Calls `visit` with every expression.
            pub fn $exprs<'a>(&'a $($mutable)? self, visit: &mut dyn FnMut(&'a $($mutable)? Expr)) {
                match &$($mutable)? self.server {
                    Server::Stdio(Stdio { command, cwd, env, .. }) => {
                        for Word { value, .. } in command {
                            visit(value);
                        }
                        if let Some(cwd) = cwd {
                            visit(cwd);
                        }
                        for (_, value) in env {
                            visit(value);
                        }
                    }
                    Server::Http(Remote { url, headers }) => {
                        visit(url);
                        for (_, value) in headers {
                            visit(value);
                        }
                    }
                }
            }
        }
    };
}

visitors!(exprs);
visitors!(exprs_mut, mut);
