//! `tender staff …`

use std::process::ExitCode;

use anyhow::Context;
use billing::{
    Billing,
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
    /// Forget what somebody set up as their second factor, because they have lost it, and sign them
    /// out: after their next password they set up another.
    ResetSecondFactor {
        email: String,
        /// Why, for the audit log.
        #[arg(long, default_value = "reset at the command line")]
        reason: String,
    },
}

/// Exit code of `staff add` for an address that has an account.
const ALREADY_THERE: u8 = 3;

pub(super) async fn run(settings: &Settings, command: Command) -> anyhow::Result<ExitCode> {
    let billing = open(settings).await?;
    let done = match command {
        Command::Add { email, role } => add(&billing, &email, role).await,
        Command::ResetSecondFactor { email, reason } => reset(&billing, &email, &reason).await,
    };
    billing.stop().await;
    done
}

async fn add(billing: &Billing, email: &str, role: Role) -> anyhow::Result<ExitCode> {
    let password = uuid::Uuid::new_v4().simple().to_string();
    let added = billing
        .add_staff(email, &password, role, Actor::command_line())
        .await;
    match added {
        Ok(person) => {
            say!(
                "Email:    {}\nPassword: {password}\nRole:     {role}",
                person.email
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(SignUpError::Taken) => {
            say_aside!("tender: {email} is already there");
            Ok(ExitCode::from(ALREADY_THERE))
        }
        Err(error) => Err(error).context(email.to_owned()),
    }
}

async fn reset(billing: &Billing, email: &str, reason: &str) -> anyhow::Result<ExitCode> {
    let email = email.trim().to_lowercase();
    let staff = billing.staff().await?;
    let member = staff.iter().find(|member| member.email == email);
    let member = member.with_context(|| format!("EMAIL: nobody on the staff is {email}"))?;
    let by = Actor::command_line();
    billing
        .reset_second_factor(member.id, reason, &by)
        .await
        .context("REASON")?;
    say!("{email} sets up another second factor after the next password.");
    Ok(ExitCode::SUCCESS)
}
