//! The rehearsal cloud as the SDK's HTTP client: everything above it runs unchanged and unaware.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use crate::rehearsal::{Broken, RehearsalCloud, Request, USER_HEADER};

/// A client whose every request is answered by the rehearsal cloud.
#[derive(Clone)]
struct Rehearsed {
    cloud: Arc<RehearsalCloud>,
    /// Who calls; none for the one who is there by itself.
    user: Option<String>,
}

impl std::fmt::Debug for Rehearsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rehearsed")
    }
}

/// Wraps a rehearsal cloud for [`Endpoint::InProcess`](super::Endpoint::InProcess).
pub fn rehearsed(cloud: Arc<RehearsalCloud>) -> SharedHttpClient {
    SharedHttpClient::new(Rehearsed { cloud, user: None })
}

/// The same, called by a user of this name: a rehearsal knows everybody who says who they are.
pub fn rehearsed_as(cloud: Arc<RehearsalCloud>, user: &str) -> SharedHttpClient {
    SharedHttpClient::new(Rehearsed { cloud, user: Some(user.to_owned()) })
}

impl HttpClient for Rehearsed {
    fn http_connector(&self, _settings: &HttpConnectorSettings, _parts: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Rehearsed {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let cloud = self.cloud.clone();
        let mut plain = plain(&request);
        plain.headers.extend(self.user.iter().map(|user| (USER_HEADER.to_owned(), user.clone())));
        HttpConnectorFuture::new(async move {
            match cloud.answer(plain).await {
                Ok(response) => {
                    let status = StatusCode::try_from(response.status)
                        .map_err(|error| ConnectorError::other(error.into(), None))?;
                    let mut answer = HttpResponse::new(status, SdkBody::from(response.body));
                    for (name, value) in response.headers {
                        answer.headers_mut().insert(name, value);
                    }
                    Ok(answer)
                }
                Err(broken @ Broken::NoAnswer) => Err(ConnectorError::timeout(broken.into())),
                Err(broken) => Err(ConnectorError::io(broken.into())),
            }
        })
    }
}

fn plain(request: &HttpRequest) -> Request {
    let uri = request.uri();
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    Request {
        method: request.method().to_owned(),
        host: host.to_owned(),
        path: path.to_owned(),
        headers: request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: request.body().bytes().unwrap_or_default().to_vec(),
    }
}
