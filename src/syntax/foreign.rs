//! Files of other tools under the name of a program: told by how they begin, as long as nothing in them is an item.

/// What a text looks like that is none of our programs, and what to do.
pub(super) fn looks_like(text: &str) -> Option<(&'static str, &'static str)> {
    let mut lines = text.lines().map(str::trim_end).filter(|line| !is_remark(line));
    let first = lines.next()?;
    let what = match first {
        _ if first.starts_with("nextflow.") || text.starts_with("#!/usr/bin/env nextflow") => "a pipeline of Nextflow",
        _ if first.starts_with("version 1.") && text.contains("\ntask ") => "a workflow in WDL",
        _ if text.lines().any(is_item) => return None,
        _ if is_block_of_hcl(first) => "a configuration in HCL (Terraform)",
        _ if is_json(text) => "JSON",
        _ if is_python(first) => "a program in Python",
        _ if is_yaml(first) && text.lines().filter(|line| is_yaml(line)).count() > 1 => "YAML",
        _ => return None,
    };
    Some((what, "a program is made of `agent` and `workflow` items: begin with `wfc new hello`"))
}

fn is_remark(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#') || line.starts_with("//")
}

/// Whether a line begins something that only programs have.
fn is_item(line: &str) -> bool {
    let head = |word: &str| line.strip_prefix(word).is_some_and(|rest| rest.starts_with(' '));
    let words =
        ["workflow", "agent", "type", "interface", "pool", "secret", "schedule", "let", "retry", "test", "property"];
    words.into_iter().any(head)
        || line.starts_with("import {")
        || line.starts_with("import \"")
        || line.contains(" uses ")
}

/// `resource "a" "b" {`, `locals {`.
fn is_block_of_hcl(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let block = matches!(
        words.next(),
        Some("variable" | "resource" | "provider" | "terraform" | "module" | "data" | "locals" | "output")
    );
    let last = words.next_back();
    block && last == Some("{") && words.all(|name| name.starts_with('"') && name.ends_with('"'))
        || block && line.contains("{") && line.contains(" = ") && line.starts_with("locals ")
}

fn is_json(text: &str) -> bool {
    let inside = text.trim_start().strip_prefix('{').map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with('"') && inside.contains("\":"))
}

fn is_python(line: &str) -> bool {
    let defines = (line.starts_with("def ") || line.starts_with("class ") || line.starts_with("async def "))
        && line.ends_with(':');
    let module = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
    let imports = line.strip_prefix("import ").is_some_and(module)
        || line
            .strip_prefix("from ")
            .and_then(|rest| rest.split_once(" import "))
            .is_some_and(|(from, _)| module(from));
    defines || imports
}

/// `key:`, `key: value`, `- item`, at the edge.
fn is_yaml(line: &str) -> bool {
    let Some((key, rest)) = line.split_once(':') else { return line == "---" };
    let word = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'"'));
    word && (rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::looks_like;

    #[test]
    fn files_of_other_tools_are_known() {
        for (text, what) in [
            ("# ci\nname: ci\non: [push]\njobs:\n  build:\n", "YAML"),
            ("---\nsteps:\n  - run: make\nname: x\n", "YAML"),
            ("variable \"region\" {\n  type = string\n}\n", "a configuration in HCL (Terraform)"),
            ("locals { name = \"x\" }\n", "a configuration in HCL (Terraform)"),
            ("nextflow.enable.dsl=2\nprocess A {\n}\nworkflow {\n}\n", "a pipeline of Nextflow"),
            ("version 1.0\n\ntask a {\n}\nworkflow b {\n}\n", "a workflow in WDL"),
            ("import os\n\ndef main():\n    pass\n", "a program in Python"),
            ("from airflow import DAG\n", "a program in Python"),
            ("{\n  \"name\": 1\n}\n", "JSON"),
        ] {
            assert_eq!(looks_like(text).map(|(what, _)| what), Some(what), "{text}");
        }
    }

    #[test]
    fn programs_are_none_of_them_whatever_is_wrong_with_them() {
        for text in [
            "import json\nworkflow main() {\n}\n",
            "agent a uses exec:\n    x: 1\n    y: 2\n",
            "workflow main:\n    stage a = b.c()\n",
            "let a: int = 1\nlet b: int = 2\n",
            "type A = { a: int }\n",
            "name: ci\n",
            "{",
            "",
            "import a from \"b.wf\"\nworkflow w() {\n}\n",
        ] {
            assert_eq!(looks_like(text), None, "{text}");
        }
    }
}
