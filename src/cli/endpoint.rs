//! Which cloud a command talks to.

use super::arguments::CloudChoice;
use super::context::Context;
use super::error::CliError;
use crate::cloud::{Endpoint, rehearsed, rehearsed_as};

/// The endpoint that the arguments choose.
///
/// # Errors
/// Where the chosen cloud can't be set up.
pub fn endpoint(context: &Context<'_>) -> Result<Endpoint, CliError> {
    let global = &context.global;
    match context.stage()? {
        None => Ok(Endpoint::Aws { profile: global.profile.clone(), url: global.endpoint_url.clone() }),
        Some(_) if global.endpoint_url.is_some() => {
            Err(CliError::usage("--endpoint-url names a server, but --cloud rehearsal needs none")
                .hint("leave one of the two out"))
        }
        Some(stage) => Ok(Endpoint::InProcess(match &global.profile {
            Some(user) => rehearsed_as(stage.cloud().clone(), user),
            None => rehearsed(stage.cloud().clone()),
        })),
    }
}

impl CloudChoice {
    /// Whether it is a rehearsal cloud.
    pub fn is_rehearsal(&self) -> bool {
        matches!(self, Self::Rehearsal(_))
    }
}
