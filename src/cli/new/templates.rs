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
    /// From a question to a reviewed answer with its sources.
    Research,
    /// From a build to production, past a person, and back.
    Release,
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
            Self::Research => files!("research":
                "research.wf" from "research.wf",
                "desk.wf" from "desk.wf",
                "agents/search.sh" from "agents/search.sh",
                "sources/sky.md" from "sources/sky.md",
                "sources/sea.md" from "sources/sea.md",
                "wf.toml" from "wf.toml",
                ".gitignore" from "gitignore"
            ),
            Self::Release => files!("release":
                "release.wf" from "release.wf",
                "agents/build.sh" from "agents/build.sh",
                "agents/deploy.sh" from "agents/deploy.sh",
                "agents/find.sh" from "agents/find.sh",
                "agents/roll_back.sh" from "agents/roll_back.sh",
                "agents/smoke.sh" from "agents/smoke.sh",
                "site/index.html" from "site/index.html",
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
            Self::Research => "answers a question from the sources, until the reviewer is content",
            Self::Release => "brings a build to staging; `-i production=true` asks a person",
        }
    }
}
