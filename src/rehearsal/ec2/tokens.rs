//! Client tokens: the same token with the same request does nothing twice.

use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::{limits, times};
use crate::rehearsal::wire::{AwsError, Form, Outcome};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The tokens that were used, by action, place and token.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Tokens {
    used: BTreeMap<String, Use>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Use {
    digest: String,
    made: Vec<String>,
    at: Moment,
}

/// A token that was given with a call.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token itself.
    pub text: String,
    key: String,
    digest: String,
}

/// Looks a call's token up. `place` is the zone for RunInstances with a subnet, and empty elsewhere.
/// Answers the token, if one was given, and what was made with it before, if it was used.
///
/// # Errors
/// `IdempotentParameterMismatch` if it was used for something else; `InvalidParameterValue` if it is too long.
pub fn look_up(desk: &Desk, form: &Form, place: &str) -> Outcome<(Option<Token>, Option<Vec<String>>)> {
    let Some(text) = form.text("ClientToken").filter(|text| !text.is_empty()) else { return Ok((None, None)) };
    if text.len() > limits::TOKEN || !text.is_ascii() {
        return Err(AwsError::refused(format!("The client token is longer than {} ASCII characters", limits::TOKEN)));
    }
    let key = format!("{} {place} {text}", form.text("Action").unwrap_or_default());
    let token = Token { text: text.to_owned(), digest: form.digest(&["ClientToken", "DryRun"]), key };
    let used = desk.here().tokens.used.get(&token.key);
    match used.filter(|used| desk.now.since(used.at) < times::TOKEN_MEMORY_MS) {
        None => Ok((Some(token), None)),
        Some(used) if used.digest == token.digest => {
            let made = used.made.clone();
            Ok((Some(token), Some(made)))
        }
        Some(_) => Err(AwsError::new(
            "IdempotentParameterMismatch",
            format!(
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s) (client token {text})."
            ),
        )),
    }
}

/// Remembers what was made with a token.
pub fn remember(desk: &mut Desk, token: Option<Token>, made: Vec<String>) {
    if let Some(token) = token {
        let at = desk.now;
        desk.here_mut().tokens.used.insert(token.key, Use { digest: token.digest, made, at });
    }
}
