//! What was found, in the format that is asked for.

use crate::base::source::Sources;
use crate::cli::check::host::Host;
use crate::cli::check::{Format, Group};
use crate::cli::console::Console;
use crate::cli::findings::look_of_out;
use crate::diag::Diagnostic;
use crate::diag::render::{github, human, json, sarif, short};

/// All that was found, as text for standard output.
pub fn written(groups: &[Group], format: Format, host: &Host, console: &Console) -> String {
    match format {
        Format::Human => {
            let look = look_of_out(console);
            groups.iter().map(|group| human::render(&group.sources, &group.diagnostics, &look)).collect()
        }
        Format::Short => groups.iter().map(|group| short::render(&group.sources, &group.diagnostics)).collect(),
        Format::Json => json::render(found(groups), groups.iter().map(|group| group.files).sum()),
        Format::Sarif => sarif::render(
            found(groups),
            &sarif::Log {
                file_name: &|path| host.file_name(path),
                complete: !groups.iter().any(|group| group.unreadable),
                project: only_name(groups),
            },
        ),
        Format::Github => github::render(found(groups), &|path| host.file_name(path)),
    }
}

/// The groups as the formats take them.
pub fn found(groups: &[Group]) -> impl Iterator<Item = (&Sources, &[Diagnostic])> {
    groups.iter().map(|group| (&group.sources, group.diagnostics.as_slice()))
}

/// The name of the project, where there is one.
fn only_name(groups: &[Group]) -> Option<&str> {
    let mut names: Vec<&str> = groups.iter().filter_map(|group| group.project.as_deref()).collect();
    names.dedup();
    match names.as_slice() {
        [name] => Some(name),
        _ => None,
    }
}
