//! 06xx: secrets.

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};

pub(crate) fn secret_in_wrong_place(name: &str, at: Span, declared: Span, place: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0601, at, format!("the secret `{name}` cannot stand in {place}"))
        .label("would be seen here")
        .related(declared, "secret from here")
        .help("hand it to the agent: `env { NAME: … }` among its settings")
}

/// Arguments are journalled: until they are kept apart there, none of them may be secret.
pub(crate) fn secret_argument(at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0090, at, "a secret as an argument is not carried out yet")
        .label("not yet")
        .related(declared, "declared `secret` here")
        .help("hand it to the agent: `env { NAME: … }` among its settings")
}

pub(crate) fn secret_default(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0601, at, "a secret parameter has no default")
        .label("would stand in the program")
        .help("leave the default out, and hand in a `secret … from env`")
}

pub(crate) fn secret_type(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0602, at, "`secret` stands on parameters only")
        .label("not a parameter")
        .help("results are never secret: leave the label out")
}

pub(crate) fn credential(kind: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0603, at, format!("this looks like {kind}"))
        .label("anyone who reads this has it")
        .help("take it out, and declare it: `secret key from env \"KEY\"`")
        .note("whoever has seen the file has the key: have it replaced")
}
