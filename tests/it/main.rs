//! The one integration binary: it links once.

mod agents;
mod bad_input;
mod cli;
mod docs;
mod examples;
mod pages;
mod plans;
mod program;
mod recovery;
mod suite;
mod tidy;
