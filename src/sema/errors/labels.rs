//! 06xx: secrets.

use crate::base::span::Span;
use crate::diag::{Code, Diagnostic};

pub(crate) fn secret_in_wrong_place(name: &str, at: Span, declared: Span, place: &str) -> Diagnostic {
    Diagnostic::new(Code::WF0601, at, format!("the secret `{name}` cannot stand in {place}"))
        .label("would be seen here")
        .related(declared, "secret from here")
        .help("hand it to the agent: `env { NAME: … }` among its settings")
}

/// What is journalled is the name: neither a value nor what is made of a secret has one.
pub(crate) fn not_a_secret(param: &str, at: Span, declared: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0609, at, format!("`{param}` takes a secret by its name, and nothing else"))
        .label("not the name of a secret")
        .related(declared, "declared `secret` here")
        .help("declare it, `secret name from env \"NAME\"`, and hand in `name`; a text is made of it where the agent uses it")
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

pub(crate) fn trusted_type(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0602, at, "`trusted` stands on parameters only")
        .label("not a parameter")
        .help("it says what a parameter refuses: leave it out here")
}

pub(crate) fn trusted_part(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0602, at, "`trusted` stands in front of a whole parameter")
        .label("only a part")
        .help("write it in front of the type of the parameter, or make this part a parameter of its own")
}

pub(crate) fn untrusted_type(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0602, at, "`untrusted` says where data comes from, and this says only what it looks like")
        .label("only a shape")
        .help("leave the label out: it stands on parameters and results")
}

pub(crate) fn approved_type(at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0602, at, "`approved` stands on parameters and results of workflows only")
        .label("a person cannot have seen this")
        .help("leave the label out: a value becomes approved by `ask(…) approves value`")
}

pub(crate) fn contradicting(first: &str, second: &str, at: Span) -> Diagnostic {
    Diagnostic::new(Code::WF0602, at, format!("nothing is `{first}` and `{second}` at once"))
        .label("contradicts the label before")
        .help("leave one of the two out")
}

/// Where a new secret is declared.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SecretPlace {
    /// On the next line.
    Below(Span),
    /// With an empty line before it.
    Apart(Span),
    /// Before everything.
    First(Span),
}

/// `place` is where a secret can be declared that stands for the whole text, if it can.
pub(crate) fn credential(what: &str, variable: &str, at: Span, place: Option<SecretPlace>) -> Diagnostic {
    let name = variable.to_ascii_lowercase();
    let item = format!("secret {name} from env \"{variable}\"");
    let found = Diagnostic::new(Code::WF0603, at, format!("this looks like {what}"))
        .label("anyone who reads this has it")
        .help(format!("take it out, and declare it: `{item}`"))
        .note("whoever has seen the file has the key: have it replaced");
    let declared = match place {
        None => return found,
        Some(SecretPlace::Below(span)) => (span, format!("\n{item}")),
        Some(SecretPlace::Apart(span)) => (span, format!("\n\n{item}")),
        Some(SecretPlace::First(span)) => (span, format!("{item}\n\n")),
    };
    found
        .fix_safe(format!("read it from the environment variable `{variable}`"), at, name)
        .and_edit(declared.0, declared.1)
}
