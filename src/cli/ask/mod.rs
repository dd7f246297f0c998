//! Questions to people at a terminal.

pub mod form;
