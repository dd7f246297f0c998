//! What is read of a program: how much of its source, and with which profile.

use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use crate::base::world::SourceLimits;
use crate::cli::candidates;

/// What every command takes that reads sources.
#[derive(Debug, Clone, Copy, Args)]
pub struct SourceArgs {
    /// Largest .wf file that is read, in MiB; a program may have four times as much [default: 16]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=i64::from(SourceLimits::MIB_MAX)))]
    pub max_source: Option<u32>,
}

impl SourceArgs {
    /// What that means.
    pub fn limits(self) -> SourceLimits {
        self.max_source.map_or_else(SourceLimits::default, SourceLimits::of_mib)
    }
}

/// What every command takes that compiles programs.
#[derive(Debug, Clone, Args)]
pub struct ProgramArgs {
    /// Let this profile of `wf.toml` rebind agents: `[profiles.NAME.agents.AGENT]`
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(candidates::profiles))]
    pub profile: Option<String>,
    /// How much is read.
    #[command(flatten)]
    pub sources: SourceArgs,
}
