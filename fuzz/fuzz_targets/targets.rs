//! What the targets do with their bytes. The tests of the project replay the corpus through the same functions.
#![allow(dead_code, reason = "each target uses one of them")]

use wfc::base::source::Sources;
use wfc::base::world::MemoryWorld;
use wfc::diag::Bag;
use wfc::diag::render::{Look, human, json};
use wfc::plan::{Plan, bounds, canonical, draw, verify};
use wfc::syntax::decode::decode;

#[path = "../../tests/it/fmt/shape.rs"]
pub mod shape;

/// Any bytes are a text with a tree and diagnostics, or no text.
pub fn parse(bytes: &[u8]) {
    let Ok(text) = decode(bytes) else { return };
    let mut sources = Sources::default();
    let file = sources.add("main.wf", text.as_str());
    let mut bag = Bag::default();
    wfc::syntax::parse(file, &text, &mut bag);
    for problem in bag.into_sorted() {
        assert!(text.get(problem.primary.span.range()).is_some(), "{problem:?}");
        // The names of rules are nothing for people; `_here` may be a part of the text itself.
        assert!(text.contains("_here") || !problem.message.contains("_here"), "{}", problem.message);
    }
}

/// Any text can be checked, and what is found can be drawn.
pub fn check(bytes: &[u8]) {
    let mut world = MemoryWorld::default();
    world.files.insert("main.wf".to_owned(), bytes.to_vec());
    let checked = wfc::pipeline::check(&world, &["main.wf".to_owned()]);
    human::render(&checked.sources, &checked.diagnostics, &Look::default());
    json::render([(&checked.sources, checked.diagnostics.as_slice())].into_iter(), 1);
}

/// What is formatted means what it meant, and formatting it again changes nothing.
pub fn fmt(bytes: &[u8]) {
    let Ok(text) = decode(bytes) else { return };
    let format = |text: &str| {
        let mut sources = Sources::default();
        wfc::fmt::format(sources.add("main.wf", text), text, &mut Bag::default())
    };
    let out = format(&text);
    if let Some(meaning) = shape::meaning(&text) {
        assert_eq!(shape::meaning(&out), Some(meaning), "{out}");
        assert_eq!(shape::comments(&out), shape::comments(&text), "{out}");
        assert_eq!(format(&out), out);
    }
}

/// Any bytes are a plan that is sound, or are refused. What is sound can be printed, drawn, weighed and written.
pub fn plan(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(plan) = Plan::from_json(text) {
        sound(&plan);
    }
    // The same under the right hash, as whoever means harm would give it.
    if let Ok(mut plan) = serde_json::from_str::<Plan>(text) {
        plan.hash = canonical::hash(&plan);
        if let Ok(plan) = Plan::from_json(&plan.to_json()) {
            sound(&plan);
        }
    }
}

fn sound(plan: &Plan) {
    assert_eq!(verify::verify(plan), Ok(()));
    assert!(Plan::from_json(&plan.to_json()).is_ok_and(|again| again.hash == plan.hash));
    let _ = plan.to_string();
    for draw in [draw::text, draw::dot, draw::mermaid, draw::svg, draw::json] {
        draw(plan);
    }
    bounds::bounds(plan);
    wfc::engine::unsupported(plan);
}
