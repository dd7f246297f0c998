//! The one integration binary: it links once.

mod pages;
mod program;
mod suite;
mod tidy;
