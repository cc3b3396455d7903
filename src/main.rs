use std::process::ExitCode;

use closedset::cli::{self, Exit};

fn main() -> ExitCode {
    // One thread: all work is waiting for answers.
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(cli::run(std::env::args_os())).into(),
        Err(_) => Exit::Error.into(),
    }
}
