//! Which requests a step of an apply was carried out by: their ids are the service's own, and CloudTrail shows them too.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use serde::{Deserialize, Serialize};

use super::reads::{action, request_id};
use super::trace::name;
use super::whole::body_of;

tokio::task_local! {
    static NOTED: Arc<Mutex<Vec<Made>>>;
}

/// One request that was granted and may have changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Service and action: `ec2:CreateVpc`.
    pub call: String,
    /// The service's own name for the request.
    pub request_id: String,
}

/// Does this work, and tells by which requests: those that only read are left out. The work is kept on the heap: steps hold
/// whole calls of the SDK, which are too large to be moved about on a stack.
pub async fn noting<F: Future>(work: F) -> (F::Output, Vec<Made>) {
    let noted: Arc<Mutex<Vec<Made>>> = Arc::default();
    let done = NOTED.scope(noted.clone(), Box::pin(work)).await;
    let made = std::mem::take(&mut *noted.lock().unwrap_or_else(PoisonError::into_inner));
    (done, made)
}

/// A client that notes what passes through it.
#[derive(Debug)]
pub(super) struct Noting {
    inner: SharedHttpClient,
}

impl Noting {
    /// Wraps a client.
    pub(super) fn client(inner: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Self { inner })
    }
}

impl HttpClient for Noting {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(NotingConnector { inner: self.inner.http_connector(settings, components) })
    }
}

#[derive(Debug)]
struct NotingConnector {
    inner: SharedHttpConnector,
}

impl HttpConnector for NotingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Ok(noted) = NOTED.try_with(Clone::clone) else { return self.inner.call(request) };
        let (service, operation) = name(&request);
        let operation = action(&operation).to_owned();
        if ["Describe", "Get", "List", "Search"].iter().any(|reads| operation.starts_with(reads)) {
            return self.inner.call(request);
        }
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            if answer.status().is_success() {
                let body = body_of(&mut answer).await.map_err(|error| ConnectorError::io(error.into()))?;
                if let Some(request_id) = request_id(&answer, &body) {
                    let made = Made { call: format!("{service}:{operation}"), request_id };
                    noted.lock().unwrap_or_else(PoisonError::into_inner).push(made);
                }
            }
            Ok(answer)
        })
    }
}
