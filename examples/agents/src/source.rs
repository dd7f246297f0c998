//! Reading Rust source by its lines: enough to find a function and what it calls.

/// A function of a source file: its lines from the signature to the closing brace, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// First line.
    pub first: usize,
    /// Last line.
    pub last: usize,
}

/// The functions of a formatted source: each ends at the first line that is as little indented as its signature.
pub fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(name) = name_of(line) else { continue };
        let indent = line.len() - line.trim_start().len();
        let end = lines[index..].iter().position(|next| next.trim() == "}" && next.len() == indent + 1);
        let last = end.map_or(lines.len(), |offset| index + offset + 1);
        found.push(Function { name, first: index + 1, last });
    }
    found
}

fn name_of(line: &str) -> Option<String> {
    let rest = line.trim_start().trim_start_matches("pub ").strip_prefix("fn ")?;
    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// The functions that `start` calls, directly or through others, itself first, each once.
pub fn reached(text: &str, functions: &[Function], start: &[String]) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let mut reached: Vec<Function> = functions.iter().filter(|f| start.contains(&f.name)).cloned().collect();
    let mut next = 0;
    while let Some(function) = reached.get(next).cloned() {
        let body = lines.get(function.first..function.last).unwrap_or_default().join("\n");
        let called = functions.iter().filter(|f| calls(&body, &f.name) && !reached.contains(f)).cloned();
        let called: Vec<Function> = called.collect();
        reached.extend(called);
        next += 1;
    }
    reached
}

/// Whether a text calls a function of this name.
pub fn calls(text: &str, name: &str) -> bool {
    let call = format!("{name}(");
    text.match_indices(&call).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callees_are_found_through_others() {
        let text = "fn a() {\n    b()\n}\n\nfn b() {\n    c_b();\n}\n\nfn c_b() {\n}\n\nfn d() {\n}\n";
        let all = functions(text);
        assert_eq!(all[1], Function { name: "b".into(), first: 5, last: 7 });
        let names: Vec<String> = reached(text, &all, &["a".into()]).into_iter().map(|f| f.name).collect();
        assert_eq!(names, ["a", "b", "c_b"]);
    }
}
