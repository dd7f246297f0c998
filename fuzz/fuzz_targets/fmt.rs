//! What is formatted means what it meant, and formatting it again changes nothing.
#![no_main]

#[path = "targets.rs"]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::fmt(bytes));
