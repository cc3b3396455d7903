//! What was asked and answered, as evidence: each call with its request id, the time, and the hash of the answer.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::trace::name;
use super::whole::body_of;
use crate::resource::Kind;

tokio::task_local! {
    /// The kind of resource whose bulk read is under way.
    pub(super) static READING: Kind;
}

/// One call that was answered.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Read {
    /// Service and action: `ec2:DescribeVpcs`.
    pub call: String,
    /// The region that it was signed for, as CloudTrail has it: copies lie in others than the production.
    pub region: String,
    /// The kind of resource that it was made for; none where it was for something else, such as who is calling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// When the answer came: UTC, RFC 3339.
    pub at: String,
    /// Of HTTP: 200 where it was granted.
    pub status: u16,
    /// The service's own name for the request, which CloudTrail shows too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Of the answer's body, in hexadecimal digits. Answers name their request, so that two never have the same.
    pub sha256: String,
}

/// Collects the reads of a command. Requests for credentials are no part of it.
#[derive(Clone)]
pub struct Reads {
    /// Tells the time in UTC, as RFC 3339 writes it.
    clock: Arc<dyn Fn() -> String + Send + Sync>,
    noted: Arc<Mutex<Vec<Read>>>,
}

impl fmt::Debug for Reads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reads")
    }
}

impl Reads {
    /// None yet; `clock` tells the time in UTC, as RFC 3339 writes it.
    pub fn new(clock: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), noted: Arc::default() }
    }

    /// All so far, by call and time.
    pub fn all(&self) -> Vec<Read> {
        let mut all = self.noted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort();
        all
    }

    /// Wraps a client.
    pub(super) fn client(&self, inner: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Noted { inner, reads: self.clone() })
    }

    fn note(&self, read: Read) {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).push(read);
    }
}

#[derive(Debug)]
struct Noted {
    inner: SharedHttpClient,
    reads: Reads,
}

impl HttpClient for Noted {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(NotedConnector { inner, reads: self.reads.clone() })
    }
}

#[derive(Debug)]
struct NotedConnector {
    inner: SharedHttpConnector,
    reads: Reads,
}

impl HttpConnector for NotedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // Only calls to services are signed.
        let signed = request.headers().get("authorization").is_some_and(|value| value.starts_with("AWS4-"));
        if !signed {
            return self.inner.call(request);
        }
        let (service, operation) = name(&request);
        let region = region(&request).unwrap_or_default().to_owned();
        let kind = READING.try_with(|kind| *kind).ok();
        let (reads, answer) = (self.reads.clone(), self.inner.call(request));
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            let body = body_of(&mut answer).await.map_err(|error| ConnectorError::io(error.into()))?;
            reads.note(Read {
                call: format!("{service}:{}", action(&operation)),
                region,
                kind,
                at: (reads.clock)(),
                status: answer.status().as_u16(),
                request_id: request_id(&answer, &body),
                sha256: HEXLOWER.encode(&Sha256::digest(&body)),
            });
            Ok(answer)
        })
    }
}

/// The region in the scope of a signature: `Credential=AKID/20261207/us-west-2/ec2/aws4_request`.
fn region(request: &HttpRequest) -> Option<&str> {
    request.headers().get("authorization")?.split('/').nth(2)
}

/// `ListKeys` of `TrentService.ListKeys`, and as it is where there is no service before it.
pub(super) fn action(operation: &str) -> &str {
    operation.rsplit('.').next().unwrap_or(operation)
}

/// By the header that most services send; EC2 and the other Query services say it in the body.
pub(super) fn request_id(answer: &HttpResponse, body: &[u8]) -> Option<String> {
    let header = ["x-amzn-requestid", "x-amz-request-id"].iter().find_map(|name| answer.headers().get(*name));
    if let Some(id) = header {
        return Some(id.to_owned());
    }
    let text = std::str::from_utf8(body).ok()?;
    ["requestId", "RequestId", "RequestID"].iter().find_map(|name| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(id, _)| id.to_owned())
    })
}
