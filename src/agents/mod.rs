//! The shipped kinds of agents, one file or folder each: `exec`, `mock`.
