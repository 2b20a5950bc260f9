//! `tender staff …`

use std::process::ExitCode;

use anyhow::Context;
use billing::{
    people::{Role, SignUpError},
    staff::audit_log::Actor,
};
use clap::Subcommand;

use super::open;
use crate::settings::Settings;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add a member of staff, and print the password once. Exit 3 if the address is taken.
    Add {
        email: String,
        #[arg(long, value_name = "owner|admin|support|viewer")]
        role: Role,
    },
}

/// Exit code of `staff add` for an address that has an account.
const ALREADY_THERE: u8 = 3;

pub(super) async fn run(settings: &Settings, command: Command) -> anyhow::Result<ExitCode> {
    let Command::Add { email, role } = command;
    let billing = open(settings).await?;
    let password = uuid::Uuid::new_v4().simple().to_string();
    let added = billing
        .add_staff(&email, &password, role, Actor::command_line())
        .await;
    billing.stop().await;
    match added {
        Ok(person) => {
            println!(
                "Email:    {}\nPassword: {password}\nRole:     {role}",
                person.email
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(SignUpError::Taken) => {
            eprintln!("tender: {email} is already there");
            Ok(ExitCode::from(ALREADY_THERE))
        }
        Err(error) => Err(error).context(email),
    }
}
