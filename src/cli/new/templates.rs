//! What `wfc new` writes: the files of `templates/`, carried in the binary.

/// Stands in the files for the name of the project.
pub const PROJECT: &str = "PROJECT";

/// A project to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Template {
    /// Two agents, one result that flows into another.
    #[default]
    Hello,
    /// From a feature request to a tested change.
    FeatureDevelopment,
    /// From a failing test to a proven fix.
    BugFix,
}

macro_rules! files {
    ($folder:literal: $($path:literal from $file:literal),*) => {
        &[$(($path, include_str!(concat!("../../../templates/", $folder, "/", $file)))),*]
    };
}

impl Template {
    /// Its files: paths from the root of the project, and texts.
    pub fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Hello => files!("hello":
                "hello.wf" from "hello.wf",
                "wf.toml" from "wf.toml",
                ".gitignore" from "gitignore"
            ),
            Self::FeatureDevelopment => files!("feature_development":
                "feature_development.wf" from "feature_development.wf",
                "team.wf" from "team.wf",
                "agents/implement.sh" from "agents/implement.sh",
                "agents/verify.sh" from "agents/verify.sh",
                "wf.toml" from "wf.toml",
                ".gitignore" from "gitignore"
            ),
            Self::BugFix => files!("bug_fix":
                "bug_fix.wf" from "bug_fix.wf",
                "agents/suspects.sh" from "agents/suspects.sh",
                "agents/patch.sh" from "agents/patch.sh",
                "program/price.sh" from "program/price.sh",
                "program/test.sh" from "program/test.sh",
                "wf.toml" from "wf.toml",
                ".gitignore" from "gitignore"
            ),
        }
    }

    /// What its first run does.
    pub fn runs(self) -> &'static str {
        match self {
            Self::Hello => "greets the world in three languages",
            Self::FeatureDevelopment => "specifies, builds and verifies a page, until nothing is missing",
            Self::BugFix => "finds the line with the bug, and proves the fix",
        }
    }
}
