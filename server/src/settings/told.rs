//! Settings as staff see them: each with its value, where it is no secret, and where it came from.

use app::desk::Setting;
use clap::{ArgMatches, CommandFactory, parser::ValueSource};

use crate::command_line::Cli;

/// Every setting, in the order of `tender --help`.
pub fn told(matches: &ArgMatches) -> Vec<Setting> {
    let command = Cli::command();
    let settings = command.get_arguments().filter_map(|argument| {
        let name = argument.get_env()?.to_string_lossy().into_owned();
        let id = argument.get_id().as_str();
        let values = matches.try_get_raw(id).ok().flatten().map(|values| {
            let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
            values.join(",")
        });
        let values = values.filter(|value| !value.is_empty());
        let value = match argument.is_hide_env_values_set() {
            true => values.map(|_| "set".to_owned()),
            false => values,
        };
        let source = match (&value, matches.value_source(id)) {
            (None, _) | (_, None) => "",
            (_, Some(ValueSource::EnvVariable)) => "environment",
            (_, Some(ValueSource::CommandLine)) => "command line",
            _ => "default",
        };
        // As it stands in a sentence: help has marks for code, and no full stop.
        let about = argument
            .get_help()
            .map(|help| format!("{help}.").replace('`', ""));
        Some(Setting {
            name,
            about: about.unwrap_or_default(),
            value,
            source,
        })
    });
    settings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_told() {
        let arguments = [
            "tender",
            "--stripe-secret-key=sk_test_1",
            "--addr=127.0.0.1:80",
            "serve",
        ];
        let matches = Cli::command().try_get_matches_from(arguments).unwrap();
        let told = told(&matches);
        let of = |name: &str| told.iter().find(|setting| setting.name == name).unwrap();
        let secret = of("STRIPE_SECRET_KEY");
        assert_eq!(
            (secret.value.as_deref(), secret.source),
            (Some("set"), "command line")
        );
        assert_eq!(of("TENDER_ADDR").value.as_deref(), Some("127.0.0.1:80"));
        assert_eq!(of("TENDER_GRACE_DAYS").source, "default");
        assert_eq!(of("SMTP_URL").value, None);
        assert!(told.iter().all(|setting| !setting.about.is_empty()));
    }
}
