//! `wfc`: a compiler and durable runtime for `.wf`, a language in which people write down which agents do what, on which
//! data, in which order, under which conditions, and what happens when something goes wrong.
//!
//! The folders are the pipeline: see `docs/architecture.md`.

pub mod agent;
pub mod agents;
pub mod base;
pub mod cli;
pub mod diag;
pub mod embed;
pub mod engine;
pub mod fmt;
pub mod lower;
pub mod pipeline;
pub mod plan;
pub mod sema;
pub mod store;
pub mod syntax;
pub mod testing;
pub mod value;
