//! The library that ships with the compiler: what `import … from "std/…"` reads.

/// Paths and texts of its files.
const FILES: &[(&str, &str)] = &[
    ("std/coding_agents.wf", include_str!("../../std/coding_agents.wf")),
    ("std/patterns.wf", include_str!("../../std/patterns.wf")),
    ("std/templates.wf", include_str!("../../std/templates.wf")),
];

/// The text of a shipped file.
pub fn text(path: &str) -> Option<&'static str> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, text)| *text)
}

/// The paths of all shipped files.
pub fn paths() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}
