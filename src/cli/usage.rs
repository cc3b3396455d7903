//! Arguments that can't be read: people are told in the words of the library that reads them, and programs that asked for
//! JSON as they are told of any other error.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::ErrorKind;

use super::arguments::{Answer, Arguments};
use super::error::CliError;

/// What the command would have written to stdout, as far as arguments that can't be read let it be seen.
pub fn answer(arguments: &[OsString]) -> Answer {
    let has = |name: &str| arguments.iter().take_while(|one| *one != "--").any(|one| one == name);
    if !has("--json") {
        return Answer::Text;
    }
    let command = Arguments::command();
    let takes_value = |argument: &str| {
        let name = argument.trim_start_matches('-');
        let mut known = command.get_arguments();
        known.any(|one| one.get_long() == Some(name) && one.get_action().takes_values())
    };
    let mut rest = arguments.iter().skip(1).map(|one| one.to_string_lossy());
    let mut verb = None;
    while let (None, Some(argument)) = (verb, rest.next()) {
        if argument.starts_with('-') && takes_value(&argument) {
            rest.next();
        }
        verb = command.find_subcommand(argument.as_ref()).map(clap::Command::get_name);
    }
    match verb {
        Some("apply" | "backup") => Answer::Events,
        Some("restore" | "drill" | "wrap") if !has("--plan") => Answer::Events,
        _ => Answer::Document,
    }
}

/// The same words as an error of this program.
pub fn error(words: &clap::Error) -> CliError {
    let text = words.render().to_string();
    let error = match words.kind() {
        // The words are the whole help then.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            return CliError::usage("the arguments name no verb").hint("closedset --help lists them");
        }
        _ => text.strip_prefix("error: ").unwrap_or(&text),
    };
    let mut lines = error.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut told = CliError::usage(lines.next().unwrap_or_default());
    for line in lines {
        match line.strip_prefix("tip: ") {
            Some(tip) => told.hints.push(tip.to_owned()),
            None if line.starts_with("Usage: ") => told.hints.push(line.to_owned()),
            None if line.starts_with("For more information") => {
                told.hints.push(line.trim_end_matches('.').to_owned());
            }
            None => told.details.push(line.to_owned()),
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn arguments(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn what_cannot_be_read_is_an_error_like_any_other() {
        let told = |line: &str| error(&Arguments::try_parse_from(arguments(line)).expect_err("it can't be read"));
        let bogus = told("closedset plan --bogus --json");
        assert_eq!(bogus.message, "unexpected argument '--bogus' found");
        assert!(bogus.hints.iter().any(|hint| hint.starts_with("Usage: closedset plan")), "{bogus:?}");
        assert_eq!(bogus.json()["error"]["kind"], "usage");
        let missing = told("closedset approve monday.plan --json");
        assert!(missing.message.starts_with("the following required arguments"), "{missing:?}");
        assert_eq!(missing.details, ["--key <KEYFILE>"]);
        let near = told("closedset plan --detailed-exit --json");
        assert!(near.hints.iter().any(|hint| hint.contains("--detailed-exitcode")), "{near:?}");
        assert_eq!(told("closedset backup").message, "the arguments name no verb");
    }

    #[test]
    fn a_stream_stays_a_stream_and_a_document_a_document() {
        let of = |line: &str| answer(&arguments(line));
        assert_eq!(of("closedset plan --bogus"), Answer::Text);
        assert_eq!(of("closedset --bogus --json"), Answer::Document);
        assert_eq!(of("closedset plan --bogus --json"), Answer::Document);
        assert_eq!(of("closedset --bogus apply --json film.hcl"), Answer::Events);
        assert_eq!(of("closedset backup now --json --bogus"), Answer::Events);
        assert_eq!(of("closedset wrap --json --bogus"), Answer::Events);
        assert_eq!(of("closedset wrap --plan --json --bogus"), Answer::Document);
        assert_eq!(of("closedset plan -- --json"), Answer::Text);
        assert_eq!(of("closedset --profile apply plan --bogus --json"), Answer::Document, "a profile of that name");
    }
}
