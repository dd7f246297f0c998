//! A program that carries a workflow out inside itself, with an agent of its own: `cargo run --example embed`.

#![expect(clippy::print_stdout, reason = "an example talks to whoever tries it")]

use async_trait::async_trait;
use serde_json::json;
use wfc::agent::{Agent, Answer, Context, Failure, Reply, Request, Usage};
use wfc::embed::Host;

const SOURCE: &str = r#"
agent proofreader uses office { action improve(text: string) -> string { effects none } }

workflow main(drafts: list<string>) -> list<string> {
    stage improved = for draft in drafts up to 100 => proofreader.improve(draft) { retry { attempts 3 } }
    return improved
}
"#;

struct Office;

#[async_trait]
impl Agent for Office {
    async fn call(&self, request: Request, _context: &Context) -> Result<Reply, Failure> {
        let draft = request.argument(0);
        let text = draft.as_str().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| Failure::new("invalid_input", "there is nothing to improve"))?;
        Ok(Reply { result: Answer::Json(json!(text.trim())), usage: Usage::default() })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let host = Host::open(std::env::temp_dir().join("wfc-embed"))?.kind("office", Office);
    let plan = host.compile(SOURCE)?;
    let ran = host.start(&plan, json!({ "drafts": [" a word ", "another "] })).await?;
    // After a crash: `host.resume(&ran.run)` goes on and repeats nothing that has finished.
    println!("run {}: {:?}", ran.run, ran.outcome);
    Ok(())
}
