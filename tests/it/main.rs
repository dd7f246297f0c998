//! The one integration binary: it links once.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that unwraps says clearly enough what went wrong"
)]

mod agents;
mod bad_input;
mod bad_values;
mod cli;
mod coverage;
#[cfg(target_os = "linux")]
mod disk;
mod docs;
mod embed;
mod examples;
mod faults;
mod files;
mod fmt;
mod fuzz;
mod generate;
mod grammar;
mod imports;
mod library;
mod missing;
mod mutilated;
mod pages;
mod plans;
mod program;
mod recovery;
mod rows;
mod samples;
mod suite;
mod tested;
mod tidy;
mod versions;
mod worst;
