//! One HTTP request and one HTTP response, as plain data.

/// An HTTP request as a client sent it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The host, without a port's meaning: it is looked at only where the signature names no service.
    pub host: String,
    /// The path, with the query string if there is one.
    pub path: String,
    /// Header names (any case) and values, in the order sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// An HTTP response for the transport to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Where a request is addressed: which service, in which Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The signing name of the service, such as `ec2`.
    pub service: String,
    /// The Region, such as `us-west-2`; none if neither signature nor host says.
    pub region: Option<String>,
}

impl Request {
    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Service and Region from the Signature Version 4 credential scope
    /// (`Credential=AKID/20260105/us-west-2/ec2/aws4_request`), which holds whatever the endpoint is;
    /// failing that, from the host name. None if neither tells.
    pub fn scope(&self) -> Option<Scope> {
        self.signed_scope().or_else(|| self.host_scope())
    }

    fn signed_scope(&self) -> Option<Scope> {
        let authorization = self.header("authorization")?;
        let credential = authorization.split("Credential=").nth(1)?.split([',', ' ']).next()?;
        // An access key id may not hold a slash, so that the parts can be counted from the right.
        let mut parts = credential.rsplit('/');
        let _terminator = parts.next()?;
        let service = parts.next()?.to_owned();
        let region = parts.next()?.to_owned();
        (!service.is_empty() && !region.is_empty()).then_some(Scope { service, region: Some(region) })
    }

    fn host_scope(&self) -> Option<Scope> {
        let host = self.host.split(':').next()?;
        let mut labels = host.strip_suffix(".amazonaws.com")?.split('.');
        let service = labels.next()?.to_owned();
        Some(Scope { service, region: labels.next().map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_names_service_and_region_whatever_the_host() {
        let request = Request {
            host: "127.0.0.1:4000".into(),
            headers: vec![(
                "Authorization".into(),
                "AWS4-HMAC-SHA256 Credential=AKID/20260105/us-west-2/ec2/aws4_request, SignedHeaders=host, Signature=0"
                    .into(),
            )],
            ..Request::default()
        };
        assert_eq!(request.scope(), Some(Scope { service: "ec2".into(), region: Some("us-west-2".into()) }));
    }

    #[test]
    fn an_unsigned_request_is_placed_by_its_host() {
        let request = Request { host: "kms.eu-west-1.amazonaws.com".into(), ..Request::default() };
        assert_eq!(request.scope(), Some(Scope { service: "kms".into(), region: Some("eu-west-1".into()) }));
        assert_eq!(Request::default().scope(), None);
    }
}
