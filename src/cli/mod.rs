//! The command line: the only place that knows clap, the terminal and exit codes.
