//! What the kinds of EC2 have in common: filters, pages, client tokens, and how long to look for what was just made.

use std::future::Future;
use std::time::Duration;

use aws_sdk_ec2::types::Filter;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::identity::{ADDRESS, DIGEST, PRODUCTION};
use super::{Call, Cloud, ErrorClass, Gone, Identity, Result, Scope};

/// What most lists give at a time, at most.
pub(super) const PAGE: i32 = 1000;

/// How many values one filter takes.
pub(super) const FILTER_VALUES: usize = 200;

/// How long a network interface may keep what it uses from being deleted: those of ended instances and of deleted
/// endpoints linger for minutes.
pub(super) const LINGERING: Duration = Duration::from_secs(600);

/// Waits between looks for something made a moment ago: half a minute in all, far longer than any list was seen to lag.
const VISIBLE_WAITS: [u64; 12] = [1, 1, 1, 2, 2, 3, 3, 3, 3, 3, 4, 4];

/// How many spent tokens are passed over before giving up.
const EPOCHS: u32 = 16;

/// A filter by any of these values.
pub(super) fn filter(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(Into::into).collect())).build()
}

/// The filter that every list has: what bears the production's mark.
pub(super) fn of_production(scope: &Scope) -> Filter {
    filter(&format!("tag:{PRODUCTION}"), [&scope.production])
}

/// Filters for what an earlier run, or a call whose answer was lost, made for this very identity. The digest keeps apart
/// what is being replaced.
pub(super) fn made_for(identity: &Identity) -> Vec<Filter> {
    vec![
        filter(&format!("tag:{PRODUCTION}"), [&identity.production]),
        filter(&format!("tag:{ADDRESS}"), [identity.address.as_str()]),
        filter(&format!("tag:{DIGEST}"), [&identity.digest]),
    ]
}

/// All pages of a list, one after the other: a page's token is in the answer before it.
pub(super) async fn pages<T, F>(page: impl Fn(Option<String>) -> F) -> Result<Vec<T>>
where
    F: Future<Output = Result<(Option<Vec<T>>, Option<String>)>>,
{
    let mut all = Vec::new();
    let mut token = None;
    loop {
        let (items, next) = page(token).await?;
        all.extend(items.unwrap_or_default());
        token = next.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(all);
        }
    }
}

/// The id in the answer of a call that made something.
pub(super) fn made(call: Call, id: Option<String>) -> Result<String> {
    id.filter(|id| !id.is_empty()).ok_or_else(|| call.error(ErrorClass::Uncertain, "the answer names nothing"))
}

/// A deletion's outcome: what isn't there is gone.
pub(super) fn gone<T>(outcome: Result<T>) -> Result<Gone> {
    match outcome {
        Err(error) if !error.is(ErrorClass::NotFound) => Err(error),
        _ => Ok(Gone::Gone),
    }
}

/// The outcome of a call that undoes something: what isn't there needs no undoing.
pub(super) fn undone<T>(outcome: Result<T>) -> Result<()> {
    gone(outcome).map(|_| ())
}

/// Looks for something made a moment ago until it is seen; none if it isn't within half a minute.
pub(super) async fn until_visible<T, F>(look: impl Fn() -> F) -> Result<Option<T>>
where
    F: Future<Output = Result<Option<T>>>,
{
    for wait in VISIBLE_WAITS {
        if let Some(seen) = look().await? {
            return Ok(Some(seen));
        }
        tokio::time::sleep(Duration::from_secs(wait)).await;
    }
    look().await
}

/// Repeats a call about something made a moment ago for as long as it isn't found, within half a minute.
pub(super) async fn once_visible<T, F>(attempt: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for wait in VISIBLE_WAITS {
        match attempt().await {
            Err(error) if error.is(ErrorClass::NotFound) => tokio::time::sleep(Duration::from_secs(wait)).await,
            outcome => return outcome,
        }
    }
    attempt().await
}

/// The outcome of revoking rules: those that aren't there need no revoking. A group that isn't found is another matter,
/// for it may not be known everywhere yet.
pub(super) fn revoked<T>(outcome: Result<T>) -> Result<()> {
    match outcome {
        Err(error) if error.code.as_deref() == Some("InvalidPermission.NotFound") => Ok(()),
        outcome => outcome.map(|_| ()),
    }
}

/// What a look at the id that a token stands for says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Alive,
    /// On its way out, or gone.
    Over,
}

impl Cloud {
    /// Creates something by a client token, and returns its id.
    ///
    /// A token whose parameters differ from those it was used with is passed over, and so is one that stands for
    /// something that has been deleted since: EC2 would go on answering with the dead id.
    ///
    /// # Errors
    /// The service's refusal; that all tokens are spent.
    pub(super) async fn create_by_token<E, F, L>(
        &self,
        call: Call,
        identity: &Identity,
        parts: &[&str],
        send: impl Fn(String) -> F,
        look: impl Fn(String) -> L,
    ) -> Result<String>
    where
        F: Future<Output = std::result::Result<Option<String>, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
        L: Future<Output = Result<Option<Life>>>,
    {
        let mut spent = call.error(ErrorClass::TokenSpent, "all client tokens of this resource have been used");
        for epoch in 0..EPOCHS {
            let token = identity.token(epoch, parts);
            match self.call(call, || send(token.clone())).await {
                Ok(id) => {
                    let id = made(call, id)?;
                    if until_visible(|| look(id.clone())).await? == Some(Life::Alive) {
                        return Ok(id);
                    }
                }
                Err(error) if error.is(ErrorClass::TokenSpent) => spent = error,
                Err(error) => return Err(error),
            }
        }
        Err(spent)
    }
}
