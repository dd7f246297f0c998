//! The one integration binary: it links once.

mod agents;
mod cli;
mod docs;
mod pages;
mod program;
mod suite;
mod tidy;
