//! The command `wfc`.

fn main() -> std::process::ExitCode {
    wfc::cli::main()
}
