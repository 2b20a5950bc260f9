//! The `tender` command.

use std::process::ExitCode;

use server::command_line::{self, Cli};

fn main() -> ExitCode {
    // A missing .env is no trouble; one that cannot be read is told like any other setting.
    match dotenvy::dotenv() {
        Ok(_) => {}
        Err(error) if error.not_found() => {}
        Err(error) => {
            eprintln!("tender: .env: {error}");
            return ExitCode::from(2);
        }
    }
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            eprintln!("{}", command_line::one_line(&error));
            return ExitCode::from(2);
        }
        Err(help) => {
            // Whoever reads it may have read enough, and gone.
            let _ = help.print();
            return ExitCode::SUCCESS;
        }
    };
    command_line::run(cli)
}
