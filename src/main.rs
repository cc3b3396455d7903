use std::process::ExitCode;

use closedset::cli::{self, Exit};

fn main() -> ExitCode {
    match cli::runtime() {
        Ok(runtime) => runtime.block_on(cli::run(std::env::args_os())).into(),
        Err(_) => Exit::Error.into(),
    }
}
