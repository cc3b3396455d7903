//! One call: paced, timed, repeated by the class of its failure. The SDK's own retries are off, for they would repeat
//! what must not be repeated (a lack of capacity answers HTTP 500) and take their waits from a random source.

use std::future::Future;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::error::operation::BuildError;
use tokio::time::Instant;

use super::error::classify;
use super::trace::ATTEMPT;
use super::{Cloud, CloudError, ErrorClass, Result};

/// What to do when it isn't known whether a call was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Saying it twice does it once: it reads, it bears a token, or it sets what it sets.
    Safe,
    /// The caller has to look first.
    LookFirst,
}

/// One API action.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    pub service: &'static str,
    pub action: &'static str,
    pub repeat: Repeat,
    /// How long a state that something else has to leave, or a thing that isn't visible yet, is waited for.
    pub patience: Duration,
    /// How long "it isn't there" may mean "it isn't known here yet".
    pub newness: Duration,
    /// How often it is said again where no answer came.
    pub uncertain_repeats: usize,
}

/// IAM changes are known everywhere within seconds, now and then a minute; a second more costs nothing against failing.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a thing made in the same run may stay unknown to the next call. Shorter than [`PATIENCE`], for it is also
/// how long a real absence, such as a misspelt policy, goes unreported.
const NEWNESS: Duration = Duration::from_secs(30);

/// Throttling is never a reason to give up early: the buckets refill.
const THROTTLE_PATIENCE: Duration = Duration::from_secs(300);

/// Waits before repeating a call whose outcome is unknown: a dead network is reported within about ten seconds.
const UNCERTAIN_WAITS: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(600), Duration::from_secs(2), Duration::from_secs(4)];

impl Call {
    /// A call that may be repeated.
    pub const fn new(service: &'static str, action: &'static str) -> Self {
        Self {
            service,
            action,
            repeat: Repeat::Safe,
            patience: PATIENCE,
            newness: Duration::ZERO,
            uncertain_repeats: UNCERTAIN_WAITS.len(),
        }
    }

    /// A call that makes something without a name or token.
    pub const fn look_first(service: &'static str, action: &'static str) -> Self {
        Self { repeat: Repeat::LookFirst, ..Self::new(service, action) }
    }

    /// The same with another patience; zero reports a state race at once.
    pub const fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The same about something that was made a moment ago: that it isn't there is taken for not yet known.
    pub const fn new_thing(self) -> Self {
        Self { newness: NEWNESS, ..self }
    }

    /// The same, said again at most so often where no answer came. For reads that a plan can do without.
    pub const fn uncertain_repeats(self, uncertain_repeats: usize) -> Self {
        Self { uncertain_repeats, ..self }
    }

    /// The bucket's name.
    pub fn bucket(&self) -> String {
        format!("{}:{}", self.service, self.action)
    }

    /// An error of our own about this call.
    pub fn error(&self, class: ErrorClass, message: impl Into<String>) -> CloudError {
        CloudError::new(class, self.service, self.action, message)
    }

    /// A failure that the service reports by code and words inside an answer of success.
    pub fn refusal(&self, code: &str, message: &str) -> CloudError {
        CloudError { code: Some(code.to_owned()), ..self.error(classify(code, message), message) }
    }

    /// A part of a request, built. The SDK refuses parts in which something required is missing.
    ///
    /// # Errors
    /// As an invalid request.
    pub fn built<T>(&self, part: std::result::Result<T, BuildError>) -> Result<T> {
        part.map_err(|error| self.error(ErrorClass::Invalid, error.to_string()))
    }
}

impl Cloud {
    /// Makes a call, and makes it again where its class of failure says so.
    ///
    /// # Errors
    /// The last failure, once patience has run out or the class forbids another try.
    pub async fn call<T, E, F>(&self, call: Call, send: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        self.call_checked(call, send, Ok).await
    }

    /// As [`Cloud::call`], for an action that reports failures inside an answer of success: `check` finds them, and they
    /// are repeated by their class like any other.
    ///
    /// # Errors
    /// As [`Cloud::call`]; and those that `check` finds.
    pub async fn call_checked<T, U, E, F>(
        &self,
        call: Call,
        send: impl Fn() -> F,
        check: impl Fn(T) -> Result<U>,
    ) -> Result<U>
    where
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let bucket = call.bucket();
        let start = Instant::now();
        let mut uncertain = 0;
        let mut round = 0_u32;
        loop {
            self.permit(call, &bucket, 1.0).await?;
            round += 1;
            let error = match ATTEMPT.scope(round, send()).await {
                Ok(answer) => {
                    self.pacer.succeeded(&bucket);
                    match check(answer) {
                        Ok(made) => return Ok(made),
                        Err(error) => error,
                    }
                }
                Err(error) => CloudError::from_sdk(call.service, call.action, &error),
            };
            let wait = match error.class {
                ErrorClass::Throttle if start.elapsed() < THROTTLE_PATIENCE => {
                    self.pacer.throttled(&bucket);
                    backoff(round, Duration::from_secs(8))
                }
                ErrorClass::NotYetVisible | ErrorClass::StateRace if start.elapsed() < call.patience => {
                    backoff(round, Duration::from_secs(3))
                }
                ErrorClass::NotFound if start.elapsed() < call.newness => backoff(round, Duration::from_secs(3)),
                ErrorClass::Uncertain
                    if call.repeat == Repeat::Safe && uncertain < call.uncertain_repeats.min(UNCERTAIN_WAITS.len()) =>
                {
                    uncertain += 1;
                    UNCERTAIN_WAITS[uncertain - 1]
                }
                _ => return Err(error),
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Makes something that has neither name nor token: after a lost answer it looks for what the call may have made
    /// before it makes another.
    ///
    /// # Errors
    /// As [`Cloud::call`]; and of the look-up.
    pub async fn call_once<T, E, F, L>(&self, call: Call, send: impl Fn() -> F, find: impl Fn() -> L) -> Result<T>
    where
        F: Future<Output = std::result::Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + 'static,
        L: Future<Output = Result<Option<T>>>,
    {
        let mut tries = 0;
        loop {
            match self.call(call, &send).await {
                Err(error) if error.is(ErrorClass::Uncertain) && tries < UNCERTAIN_WAITS.len() => {
                    // What was made a moment ago may not be listed yet: look more than once before making another.
                    for wait in [1, 2, 3] {
                        tokio::time::sleep(Duration::from_secs(wait)).await;
                        if let Some(found) = find().await? {
                            return Ok(found);
                        }
                    }
                    tries += 1;
                }
                done => return done,
            }
        }
    }
}

/// 0.25 s, doubled, up to the ceiling: quick at first, for most races last a moment.
fn backoff(round: u32, ceiling: Duration) -> Duration {
    Duration::from_millis(250).saturating_mul(2_u32.saturating_pow(round.saturating_sub(1).min(10))).min(ceiling)
}
