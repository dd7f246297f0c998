//! Programs that the tests of running use. Their agents are mocks, or `sh`.

/// One stage, one input without and one with a default.
pub const HELLO: &str = r#"agent greeter uses mock {
    action greet(name: string) -> string {
        returns "Hello ${name}!"
    }
}

/// Greets somebody.
workflow hello(name: string, times: int = 1) -> { text: string, times: int } {
    stage text = greeter.greet(name)
    return { text, times }
}
"#;

/// Fails at its second stage, with output, unless the file `fixed` is there.
pub const BROKEN: &str = r#"agent shell uses exec {
    stdin none
    action prepare() -> string {
        effects writes idempotent
        command ["sh", "-c", "echo prepared"]
    }
    action build(_from: string) -> string {
        effects reads
        command ["sh", "-c", "echo compiling >&2; echo 'no such field' >&2; test -e fixed || exit 3; echo built"]
    }
    action announce(_what: string) -> null {
        effects writes
        command ["sh", "-c", "true"]
    }
}

workflow ship() -> string {
    stage prepared = shell.prepare()
    stage built = shell.build(prepared)
    stage announced = shell.announce(built)
    return built
}
"#;

/// Asks a person.
pub const ASKS: &str = r#"agent drafter uses mock {
    action draft() -> { id: string, risk: "low" | "high" } {
        returns { id: "S1", risk: "high" }
    }
}

workflow release() -> bool {
    stage draft = drafter.draft()
    stage allowed = ask("Build ${draft.id}?", show: draft) -> { ok: bool, note?: string } {
        to role "owner"
        timeout 1d
    }
    return allowed.ok
}
"#;
