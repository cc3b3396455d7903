//! `closedset rehearse serve`: the rehearsal cloud on loopback, for other programs.

use super::arguments::Serve;
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::signals::Listening;
use super::stage::Stage;
use crate::rehearsal::Settings;
use crate::rehearsal::serve::Server;

/// Runs the verb, until a signal ends it.
///
/// # Errors
/// A file that can't be used, a port that is taken.
pub async fn run(context: &Context<'_>, arguments: &Serve) -> Result<Exit, CliError> {
    let stage = match &arguments.file {
        Some(file) => Stage::kept_in(file, Settings::default())?,
        None => Stage::thrown_away(Settings::default()),
    };
    let refused = |error: std::io::Error| {
        CliError::usage(format!("cannot listen on port {}: {error}", arguments.port))
            .hint("--port takes another one; without it, one that is free is taken")
    };
    let listening = Listening::begin()
        .map_err(|error| CliError::usage(format!("cannot listen to the signals that end it: {error}")))?;
    let server = Server::bind(stage.cloud().clone(), arguments.port).await.map_err(refused)?;
    let url = format!("http://{}", server.address().map_err(refused)?);
    let Settings { seed, region, .. } = stage.cloud().settings();
    context.printer.result(&format!(
        "Listening on {url} (seed {seed}); Ctrl-C ends it.

  export AWS_ENDPOINT_URL={url} AWS_REGION={region}
  export AWS_ACCESS_KEY_ID=rehearsal AWS_SECRET_ACCESS_KEY=rehearsal

  aws ec2 describe-instances
  python3 -c 'import boto3; print(boto3.client(\"ec2\").describe_vpcs()[\"Vpcs\"])'
  closedset plan BLUEPRINT
"
    ));
    let mut signals = listening.signals();
    let ended = tokio::select! {
        ended = server.run() => ended.map_err(refused),
        _ = signals.changed() => Ok(()),
    };
    stage.keep()?;
    ended?;
    if let Some(file) = &arguments.file {
        context.printer.note(&format!("Saved to {}.\n", file.display()));
    }
    Ok(Exit::Done)
}
