//! Source to plan and diagnostics: the compiler as one function.
