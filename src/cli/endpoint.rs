//! Which cloud a command talks to.

use super::arguments::{CloudChoice, Global};
use super::error::CliError;
use crate::cloud::Endpoint;

/// The endpoint that the arguments choose.
///
/// # Errors
/// Where the chosen cloud can't be set up.
pub fn endpoint(arguments: &Global) -> Result<Endpoint, CliError> {
    match arguments.cloud.clone().unwrap_or_default() {
        CloudChoice::Aws => {
            Ok(Endpoint::Aws { profile: arguments.profile.clone(), url: arguments.endpoint_url.clone() })
        }
    }
}
