//! A success is believed only where its answer is whole. Many actions answer nothing but that they were carried out; the SDK
//! then never looks at the body, and would take a proxy's page, or half of an error, for success.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::rest::speaks_rest;

/// A client that refuses torn answers.
#[derive(Debug, Clone)]
pub struct Whole {
    inner: SharedHttpClient,
}

/// How the answer to a request has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `<DescribeVpcsResponse …>…</DescribeVpcsResponse>`.
    Xml,
    /// A JSON value, or nothing.
    Json,
    /// Not a call to a service: credentials come from servers of many kinds.
    Any,
}

#[derive(Debug, thiserror::Error)]
#[error("HTTP {status} with a body that is no whole AWS answer")]
struct Torn {
    status: u16,
}

impl Whole {
    /// Wraps a client.
    pub fn client(inner: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Self { inner })
    }
}

impl HttpClient for Whole {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(WholeConnector { inner: self.inner.http_connector(settings, components) })
    }
}

#[derive(Debug)]
struct WholeConnector {
    inner: SharedHttpConnector,
}

impl HttpConnector for WholeConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let form = Form::of_answer_to(&request);
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            let status = answer.status();
            if form != Form::Any && status.is_success() {
                let body = body_of(&mut answer).await.map_err(|error| ConnectorError::io(error.into()))?;
                if !form.is_whole(&body) {
                    return Err(ConnectorError::other(Torn { status: status.as_u16() }.into(), None));
                }
            }
            Ok(answer)
        })
    }
}

impl Form {
    /// Only calls to services are signed.
    fn of_answer_to(request: &HttpRequest) -> Self {
        let headers = request.headers();
        let Some(signature) = headers.get("authorization").filter(|value| value.starts_with("AWS4-")) else {
            return Form::Any;
        };
        // `AWS4-HMAC-SHA256 Credential=AKID/20260105/us-west-2/backup/aws4_request, …`
        let rest = signature.split('/').nth(3).is_some_and(speaks_rest);
        if rest || headers.get("x-amz-target").is_some() { Form::Json } else { Form::Xml }
    }

    fn is_whole(self, body: &[u8]) -> bool {
        match self {
            Form::Any => true,
            Form::Json => body.is_empty() || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok(),
            Form::Xml => std::str::from_utf8(body).is_ok_and(is_response),
        }
    }
}

/// Whether this text ends with the end of an element whose name ends with `Response`, and holds its beginning.
fn is_response(text: &str) -> bool {
    let end = text.trim_end().strip_suffix('>').and_then(|text| text.rsplit_once("</"));
    end.is_some_and(|(before, name)| name.ends_with("Response") && before.contains(&format!("<{name}")))
}

/// The body, which is read whole and put back.
///
/// # Errors
/// Where the connection broke before its end.
pub(super) async fn body_of(
    response: &mut HttpResponse,
) -> Result<Vec<u8>, aws_smithy_types::byte_stream::error::Error> {
    let body = std::mem::replace(response.body_mut(), SdkBody::empty());
    let bytes = ByteStream::new(body).collect().await?.into_bytes();
    *response.body_mut() = SdkBody::from(bytes.clone());
    Ok(bytes.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_answer_and_a_page_of_a_proxy_are_none() {
        let whole =
            "<?xml version=\"1.0\"?>\n<DeleteVpcResponse xmlns=\"x\"><return>true</return></DeleteVpcResponse>\n";
        assert!(Form::Xml.is_whole(whole.as_bytes()));
        assert!(!Form::Xml.is_whole(&whole.as_bytes()[..60]));
        for other in ["", "<html><body>Sign in</body></html>", "</Response>", "<Response><Errors/></Response"] {
            assert!(!Form::Xml.is_whole(other.as_bytes()), "{other}");
        }
        assert!(Form::Json.is_whole(b"") && Form::Json.is_whole(b"{\"KeyId\": \"k\"}"));
        assert!(!Form::Json.is_whole(b"{\"KeyId\": ") && !Form::Json.is_whole(b"<html></html>"));
    }
}
