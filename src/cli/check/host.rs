//! The machine of a continuous integration that runs `wfc`, as its environment tells: GitHub Actions, so far.

use std::path::{Component, Path, PathBuf};

use crate::cli::check::output::found;
use crate::cli::check::{Format, Group};
use crate::cli::project::absolute;
use crate::cli::report::Problem;
use crate::diag::render::github;

/// What the environment says.
#[derive(Debug, Clone, Default)]
pub struct Host {
    /// Whether this is a step of GitHub Actions.
    actions: bool,
    /// The root of the repository there.
    root: Option<PathBuf>,
    /// The file that takes the summary of the step.
    summary: Option<PathBuf>,
}

impl Host {
    /// Looks at the environment.
    pub fn of_environment() -> Self {
        let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            actions: path("GITHUB_ACTIONS").is_some_and(|value| value.as_os_str() == "true"),
            root: path("GITHUB_WORKSPACE"),
            summary: path("GITHUB_STEP_SUMMARY"),
        }
    }

    /// The format where none is asked for.
    pub fn format(&self) -> Format {
        if self.actions { Format::Github } else { Format::Human }
    }

    /// How the host calls a file that people see as `shown`: relative to the root of the repository.
    pub fn file_name(&self, shown: &str) -> String {
        let root = self.root.as_deref().filter(|_| self.actions);
        let inner = root.and_then(|root| absolute(Path::new(shown)).ok()?.strip_prefix(root).map(slashed).ok());
        inner.unwrap_or_else(|| shown.to_owned())
    }

    /// Adds what a step does not show to its summary.
    ///
    /// # Errors
    /// The file of the summary cannot be written.
    pub fn summarise(&self, groups: &[Group]) -> Result<(), Problem> {
        use std::io::Write;
        let Some(path) = &self.summary else { return Ok(()) };
        let Some(text) = github::summary(found(groups), &|shown| self.file_name(shown)) else { return Ok(()) };
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| Problem::environment(format!("the summary of the step cannot be written: {error}")))
    }
}

fn slashed(path: &Path) -> String {
    let part = |part: Component<'_>| part.as_os_str().to_string_lossy().into_owned();
    path.components().map(part).collect::<Vec<_>>().join("/")
}
