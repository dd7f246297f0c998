//! Lowers a checked program to a plan. Knows both; nothing else does.
