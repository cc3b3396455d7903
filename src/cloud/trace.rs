//! `--trace-api`: one line of JSON for each request that leaves the program.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::time::Instant;

use super::rest;
use super::whole::body_of;

tokio::task_local! {
    /// Which try of a call is under way; `call` counts, for the SDK's own retries are off.
    pub(super) static ATTEMPT: u32;
}

/// A client that writes down what passes through it.
#[derive(Debug, Clone)]
pub struct Traced {
    inner: SharedHttpClient,
    log: Arc<Log>,
}

#[derive(Debug)]
struct Log {
    file: Mutex<File>,
    start: Instant,
}

/// One request. Its line is written when this is dropped: an answer that is given up on leaves one too.
struct Line {
    log: Arc<Log>,
    sent: Instant,
    service: String,
    operation: String,
    attempt: u32,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
}

impl Drop for Line {
    fn drop(&mut self) {
        // The fields are part of the command line contract.
        let line = serde_json::json!({
            "t_ms": self.sent.duration_since(self.log.start).as_millis(),
            "service": self.service,
            "operation": self.operation,
            "attempt": self.attempt,
            "status": self.status,
            "code": self.code,
            "request_id": self.request_id,
            "duration_ms": self.sent.elapsed().as_millis(),
        });
        self.log.write(&line);
    }
}

impl Traced {
    /// Wraps a client; appends to the file.
    ///
    /// # Errors
    /// Where the file can't be opened.
    pub fn client(inner: SharedHttpClient, path: &Path) -> std::io::Result<SharedHttpClient> {
        let file = File::options().create(true).append(true).open(path)?;
        Ok(SharedHttpClient::new(Self { inner, log: Arc::new(Log { file: Mutex::new(file), start: Instant::now() }) }))
    }
}

impl HttpClient for Traced {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(TracedConnector { inner, log: self.log.clone() })
    }
}

#[derive(Debug)]
struct TracedConnector {
    inner: SharedHttpConnector,
    log: Arc<Log>,
}

impl HttpConnector for TracedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (service, operation) = name(&request);
        let attempt = ATTEMPT.try_with(|attempt| *attempt).unwrap_or(1);
        let (log, sent) = (self.log.clone(), Instant::now());
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let mut line = Line { log, sent, service, operation, attempt, status: None, code: None, request_id: None };
            let mut answer = answer.await;
            if let Ok(response) = &mut answer {
                line.status = Some(response.status().as_u16());
                line.request_id = ["x-amzn-requestid", "x-amz-request-id"]
                    .iter()
                    .find_map(|name| response.headers().get(*name))
                    .map(str::to_owned);
                if !response.status().is_success() {
                    line.code = error_code(response).await;
                }
            }
            answer
        })
    }
}

impl Log {
    /// A trace that can't be written must not stop an apply.
    fn write(&self, line: &serde_json::Value) {
        let text = format!("{line}\n");
        let _ = self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes());
    }
}

/// Service and operation of a request, read off the wire: the query protocols name the action in the body, the JSON
/// ones in a header, and others by method and path.
pub(super) fn name(request: &HttpRequest) -> (String, String) {
    let signed_for = request.headers().get("authorization").and_then(|line| line.split('/').nth(3)).map(str::to_owned);
    if let Some(target) = request.headers().get("x-amz-target") {
        let (service, operation) = target.split_once('.').unwrap_or(("", target));
        return (signed_for.unwrap_or_else(|| service.to_lowercase()), operation.to_owned());
    }
    let path = path_of(request.uri());
    if let Some(action) = signed_for.as_deref().and_then(|service| rest::action(service, request.method(), path)) {
        return (signed_for.unwrap_or_default(), action.to_owned());
    }
    let body = request.body().bytes().unwrap_or_default();
    let operation = std::str::from_utf8(body)
        .ok()
        .and_then(|body| body.split('&').find_map(|pair| pair.strip_prefix("Action=")))
        .map_or_else(|| format!("{} {path}", request.method()), str::to_owned);
    (signed_for.unwrap_or_else(|| "http".to_owned()), operation)
}

fn path_of(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    rest.find('/').map_or("/", |at| &rest[at..]).split('?').next().unwrap_or("/")
}

/// The code of an error: in a header, or in the body, which is read whole and put back.
async fn error_code(response: &mut HttpResponse) -> Option<String> {
    if let Some(code) = response.headers().get("x-amzn-errortype") {
        return Some(code.split(':').next().unwrap_or(code).to_owned());
    }
    let text = String::from_utf8_lossy(&body_of(response).await.ok()?).into_owned();
    if let Some((_, rest)) = text.split_once("<Code>") {
        return rest.split_once("</Code>").map(|(code, _)| code.to_owned());
    }
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    let code = json.get("__type").or_else(|| json.get("code"))?.as_str()?;
    Some(code.rsplit('#').next().unwrap_or(code).to_owned())
}
