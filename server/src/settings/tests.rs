use clap::Parser;

use super::Settings;
use crate::command_line::Cli;

pub fn parsed(arguments: &[&str]) -> Result<Settings, String> {
    let all = ["tender"].iter().chain(arguments).chain(&["serve"]);
    Cli::try_parse_from(all)
        .map(|cli| cli.settings)
        .map_err(|error| crate::command_line::one_line(&error))
}

#[test]
fn a_wrong_value_is_one_line_that_names_it() {
    for (flag, value, named) in [
        ("--addr", "here", "TENDER_ADDR"),
        ("--database-url", "mysql://x", "DATABASE_URL"),
        (
            "--database-listen-url",
            "sqlite:a.db",
            "DATABASE_LISTEN_URL",
        ),
        ("--public-url", "shop.example", "TENDER_PUBLIC_URL"),
        ("--stripe-js-url", "stripe.js", "STRIPE_JS_URL"),
        ("--sandbox-addr", "4242", "TENDER_SANDBOX_ADDR"),
        ("--spent-refunds", "mercy", "TENDER_SPENT_REFUNDS"),
        ("--credits-low", "few", "TENDER_CREDITS_LOW"),
        ("--large-grant", "many", "TENDER_LARGE_GRANT"),
        ("--large-refund", "$100", "TENDER_LARGE_REFUND"),
        ("--mail-from", "the shop", "TENDER_MAIL_FROM"),
        (
            "--trusted-proxies",
            "10.0.0.1,proxy",
            "TENDER_TRUSTED_PROXIES",
        ),
    ] {
        let line = parsed(&[flag, value]).unwrap_err();
        assert!(line.contains(named) && !line.contains('\n'), "{line}");
    }
}
