//! `wfc run`, and what it shares with `wfc resume` and `wfc runs retry`.

pub mod asker;
pub mod drive;
pub mod edited;
pub mod ending;
pub mod failure;
pub mod given_files;
pub mod goon;
pub mod input_file;
pub mod inputs;
pub mod last_words;
pub mod screen;
pub mod secrets;
pub mod signals;
pub mod start;
pub mod waits;
