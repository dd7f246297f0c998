//! Agents of every kind, with every setting.

use super::*;
use crate::base::unit::Price;
use crate::value::settings::{HttpBody, Output, Provider, Remote, Server, Stdin, Stdio, Tool, Word};

/// One agent of each kind; of `mcp` one for each way to a server.
pub(super) fn all() -> Vec<Agent> {
    let processes = [exec_agent(), mock_agent(), shell_agent()];
    let servers = [http_agent(), llm_agent(), mcp_agent(false), mcp_agent(true), registered_agent()];
    processes.into_iter().chain(servers).collect()
}

/// Secrets of every source.
pub(super) fn secrets() -> Vec<Secret> {
    let command = SecretFrom::Command(vec!["pass".into(), "show".into()]);
    let all = [SecretFrom::Env("TOKEN".into()), SecretFrom::File("/run/token".into()), command];
    (0..).zip(all).map(|(index, from)| Secret { name: format!("token_{index}"), from }).collect()
}

fn action(name: &str, params: Vec<Param>, settings: Settings) -> Action {
    Action { params, ..Action::new(name, Type::json(), settings, span()) }
}

fn agent(name: &str, actions: Vec<Action>) -> Agent {
    Agent::new(name, actions, span())
}

fn shell_agent() -> Agent {
    let shell = Shell {
        script: "echo \"$NAME\"".into(),
        stdin: Stdin::None,
        output: Output::Text,
        cwd: Some(text("work")),
        env: vec![("NAME".into(), var(Var::Param(0)))],
        pass: vec!["HOME".into()],
    };
    agent("script", vec![action("echo", vec![param("x", Type::string(), None)], Settings::Shell(shell))])
}

fn http_agent() -> Agent {
    let get = |body, output| Http {
        method: "POST".into(),
        url: text("https://example.com"),
        path: Some(text("/a")),
        headers: vec![("Authorization".into(), var(Var::Secret(1)))],
        query: vec![("q".into(), text("x"))],
        body,
        output,
    };
    let file = HttpBody::File(value(Value::Null));
    let settings = [
        get(None, Output::Response),
        get(Some(HttpBody::Json(text("x"))), Output::File),
        get(Some(HttpBody::Text(text("x"))), Output::Text),
        get(Some(file), Output::Nothing),
    ];
    let actions = (0..).zip(settings).map(|(index, http)| action(&format!("f{index}"), vec![], Settings::Http(http)));
    agent("web", actions.collect())
}

fn llm_agent() -> Agent {
    let ask = |provider, tools| Llm {
        provider,
        url: Some("http://localhost:8080".into()),
        model: "m".into(),
        api_key: Some(var(Var::Secret(2))),
        system: Some(text("Short.")),
        prompt: text("Well?"),
        temperature: Some(0.5),
        max_input: 1_000,
        max_output: 100,
        price: Some(Price { input: 250_000, output: 2_000_000 }),
        tools,
        max_turns: 8,
    };
    let with_tools = ask(Provider::Openai, vec![Tool { agent: 4, action: 1 }, Tool { agent: 5, action: 0 }]);
    let plain = ask(Provider::Anthropic, Vec::new());
    agent("model", vec![action("work", vec![], Settings::Llm(with_tools)), action("ask", vec![], Settings::Llm(plain))])
}

fn mcp_agent(remote: bool) -> Agent {
    let stdio = Stdio {
        command: vec![Word { value: text("serve"), splice: false }],
        cwd: Some(text("work")),
        env: vec![("A".into(), text("x"))],
        pass: vec!["HOME".into()],
    };
    let http = Remote { url: text("https://example.com"), headers: vec![("A".into(), text("x"))] };
    let server = if remote { Server::Http(http) } else { Server::Stdio(stdio) };
    let mcp = Mcp { server, tool: "find".into(), output: Output::Json(None) };
    agent(if remote { "far" } else { "near" }, vec![action("find", vec![], Settings::Mcp(mcp))])
}

fn exec_agent() -> Agent {
    let word = |value: Expr, splice: bool| Word { value, splice };
    let param_of = |index| var(Var::Param(index));
    let full = Exec {
        command: vec![word(text("run"), false), word(param_of(1), true), word(var(Var::ResultSchema), false)],
        stdin: Stdin::Text(param_of(0)),
        output: Output::Json(Some("result".into())),
        cwd: Some(text("work")),
        env: vec![("TOKEN".into(), var(Var::Secret(0)))],
        pass: vec!["CARGO_HOME".into()],
    };
    let plain = |stdin, output| Exec {
        command: vec![word(text("run"), false)],
        stdin,
        output,
        cwd: None,
        env: Vec::new(),
        pass: Vec::new(),
    };
    let params = || vec![param("x", Type::string(), None), param("rest", Type::list(Type::string()), None)];
    let action = |name: &str, effects, exec| Action {
        effects,
        raises: vec!["quota".into()],
        ..action(name, params(), Settings::Exec(exec))
    };
    let backoff = Backoff::Fixed { delay: 1 };
    let looks = Action {
        params: params().into_iter().chain([param("key", Type::string(), None)]).collect(),
        timeout: Some(1_000),
        retry: Some(Retry { attempts: 2, backoff, on: Vec::new() }),
        cache: Some(1_000),
        cost: Some(1_000_000),
        endorses: true,
        ..action("full.probe", Effects::Reads, plain(Stdin::Json, Output::Json(None)))
    };
    let actions = vec![
        Action { probe: Some(6), ..action("full", Effects::WritesIdempotent, full) },
        action("text", Effects::Writes, plain(Stdin::None, Output::Text)),
        action("lines", Effects::Reads, plain(Stdin::Json, Output::Lines)),
        action("status", Effects::Irreversible, plain(Stdin::Json, Output::Status)),
        action("nothing", Effects::None, plain(Stdin::Json, Output::Nothing)),
        action("json", Effects::None, plain(Stdin::Json, Output::Json(None))),
        looks,
    ];
    Agent {
        doc: Some("A tool.".into()),
        parallel: Some(2),
        rate: Some(Rate { count: 60, per: 60_000 }),
        capabilities: vec!["work".into()],
        ..agent("tool", actions)
    }
}

fn mock_agent() -> Agent {
    let mock = Mock {
        takes: Some(value(Value::Duration(5))),
        returns: Some(text("x")),
        fails: Some("timeout".into()),
        fails_times: Some(2),
    };
    agent("fake", vec![action("answer", Vec::new(), Settings::Mock(mock))])
}

fn registered_agent() -> Agent {
    agent(
        "office",
        vec![action("improve", vec![param("x", Type::string(), None)], Settings::Registered("team".into()))],
    )
}
