//! The one integration binary: it links once.

mod agents;
mod bad_input;
mod cli;
mod docs;
mod pages;
mod program;
mod suite;
mod tidy;
