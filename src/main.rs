//! The command `wfc`.

fn main() {}
