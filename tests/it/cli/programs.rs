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

/// Prepares, looks, and asks a person.
pub const PARKED: &str = r#"agent shell uses exec {
    stdin none
    action prepare() -> string {
        effects writes idempotent
        command ["sh", "-c", "echo prepared"]
    }
    action look(_at: string) -> string {
        effects reads
        command ["sh", "-c", "echo looked"]
    }
}

workflow ship() -> bool {
    stage prepared = shell.prepare()
    stage seen = shell.look(prepared)
    stage allowed = ask("Ship?") -> { ok: bool } { timeout 1d }
    stage last = shell.look("all of ${seen}")
    return allowed.ok && last != ""
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

/// A map of calls whose second stage fails once; what it labels stands in its lines.
pub const TRIAGE: &str = r##"agent items uses mock {
    action list() -> list<string> {
        returns ["a", "b"]
    }
    action kind(item: string) -> string {
        takes 2s
        returns "kind ${item}"
    }
    action label(item: string) -> string {
        fails rate_limited 1 times
        takes 1s
        returns "label ${item}"
    }
}

retry patient {
    attempts 4
    on rate_limited
    backoff fixed(3s)
}

workflow one(item: string) -> string {
    stage kind = items.kind(item)
    stage labelled = items.label(kind) { retry patient }
    return labelled
}

workflow main(strict: bool = false) -> list<string> {
    stage issues = items.list()
    when strict {
        fail "too strict"
    }
    stage triaged = for item in issues => one(item) { label "#${item}" }
    return triaged
}
"##;
