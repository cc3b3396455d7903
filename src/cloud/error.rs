//! What a call can come back with, in classes that decide what happens next. Codes are matched as text: EC2's errors are
//! modelled by no SDK. Sources: the EC2 error code list, the eventual consistency and troubleshooting pages of the EC2
//! guide, and the KMS and IAM API references.

use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;
use serde::{Deserialize, Serialize};

use crate::resource::{Address, Kind, Unreadable};

/// The result of a call.
pub type Result<T> = std::result::Result<T, CloudError>;

/// What a failure means for the next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// Too many requests: slow down and repeat.
    Throttle,
    /// No room in this zone for this type: try the next.
    Capacity,
    /// A limit of the account: only a person can lift it.
    Quota,
    /// What was just made isn't known everywhere yet: repeat for a while.
    NotYetVisible,
    /// Something else has to finish first: repeat for a while.
    StateRace,
    /// A client token was used before, with other parameters or for an instance that is gone.
    TokenSpent,
    /// Not allowed. Never repeated.
    Denied,
    /// The credentials are missing, wrong or expired.
    Credentials,
    /// It isn't there.
    NotFound,
    /// It is there already.
    Exists,
    /// The request is wrong. Never repeated.
    Invalid,
    /// This service or action isn't offered here.
    Unsupported,
    /// The user asked to stop before it was sent.
    Interrupted,
    /// No answer, or none that can be read: the call may or may not have been carried out.
    Uncertain,
}

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CloudError {
    pub class: ErrorClass,
    /// `ec2`, `kms`, …
    pub service: &'static str,
    /// The API action, such as `RunInstances`.
    pub action: &'static str,
    /// The service's code, where it gave one.
    pub code: Option<String>,
    /// The service's words, or what happened to the connection.
    pub message: String,
    pub request_id: Option<String>,
}

impl fmt::Display for CloudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.action)?;
        if let Some(code) = &self.code {
            write!(f, " answered {code}")?;
        } else {
            f.write_str(" failed")?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

const THROTTLE: &[&str] = &[
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "TooManyRequestsException",
    "EC2ThrottledException",
    "SlowDown",
    "PriorRequestNotComplete",
    // A snapshot of a volume less than fifteen seconds after the last.
    "SnapshotCreationPerVolumeRateExceeded",
    "BandwidthLimitExceeded",
];

const CAPACITY: &[&str] = &[
    // HTTP 500, which every generic retry would take for a server error.
    "InsufficientInstanceCapacity",
    "InsufficientHostCapacity",
    "InsufficientReservedInstanceCapacity",
    "InsufficientVolumeCapacity",
    "InsufficientCapacity",
    "UnfulfillableCapacity",
    // The type isn't offered in this zone.
    "Unsupported",
    "InsufficientFreeAddressesInSubnet",
];

const QUOTA: &[&str] = &[
    "VcpuLimitExceeded",
    "InstanceLimitExceeded",
    "VolumeLimitExceeded",
    "MaxIOPSLimitExceeded",
    "SnapshotLimitExceeded",
    "ResourceLimitExceeded",
    "NetworkInterfaceLimitExceeded",
    "AddressLimitExceeded",
    "VpcLimitExceeded",
    "SubnetLimitExceeded",
    "RouteTableLimitExceeded",
    "InternetGatewayLimitExceeded",
    "SecurityGroupLimitExceeded",
    "VpcEndpointLimitExceeded",
    "RulesPerSecurityGroupLimitExceeded",
    "PrefixListMaxEntriesExceeded",
    "AttachmentLimitExceeded",
    "FlowLogsLimitExceeded",
    "TagLimitExceeded",
    // KMS and IAM use these for hard limits.
    "LimitExceededException",
    "LimitExceeded",
];

const STATE_RACE: &[&str] = &[
    "IncorrectState",
    "IncorrectInstanceState",
    "InvalidState",
    "VolumeInUse",
    "DependencyViolation",
    "InvalidSnapshot.InUse",
    "ConcurrentTagAccess",
    "ConcurrentModification",
    "ConcurrentModificationException",
    "OperationAbortedException",
    "ResourceInUse",
    "PrefixListVersionMismatch",
    "IncorrectModificationState",
    "DeleteConflict",
    "KMSInvalidStateException",
    // Five at a time of one volume: one of them has to finish first.
    "ConcurrentSnapshotLimitExceeded",
];

const TOKEN_SPENT: &[&str] = &["IdempotentParameterMismatch", "IdempotentInstanceTerminated"];

const DENIED: &[&str] = &[
    "UnauthorizedOperation",
    "AccessDenied",
    "AccessDeniedException",
    "NotAuthorized",
    "OperationNotPermitted",
    "OptInRequired",
    "DisabledException",
];

const CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "MissingAuthenticationToken",
    "IncompleteSignature",
    "InvalidAccessKeyId",
];

const EXISTS: &[&str] = &[
    "InvalidGroup.Duplicate",
    "InvalidPermission.Duplicate",
    "RouteAlreadyExists",
    "EntityAlreadyExists",
    "EntityAlreadyExistsException",
    "AlreadyExistsException",
    "ResourceAlreadyExistsException",
    "Resource.AlreadyAssociated",
    "InvalidSubnet.Conflict",
    "FlowLogAlreadyExists",
];

const NOT_FOUND: &[&str] = &[
    "NoSuchEntity",
    "NoSuchEntityException",
    "NotFoundException",
    "ResourceNotFoundException",
    "InvalidGroupId.Malformed",
];

const UNSUPPORTED: &[&str] =
    &["InvalidAction", "UnknownOperationException", "UnsupportedOperation", "NotImplemented", "NotYetImplemented"];

/// Parts of messages with which EC2, KMS and CloudWatch Logs refuse a role, profile, principal, key policy or
/// attachment that was made seconds ago.
const NOT_YET_VISIBLE_WORDS: &[&str] = &[
    "Invalid IAM Instance Profile",
    "has no associated IAM Roles",
    "invalid principal",
    "Invalid principal",
    "unable to assume",
    "Unable to assume",
    "Please check if the role",
    // AWS Backup, of a role made a moment ago.
    "cannot be assumed by AWS Backup",
    "Access denied for LogDestination",
    // CloudWatch Logs, of a key whose policy it doesn't know yet.
    "not allowed to be used with",
    // KMS, of a key made a moment ago, asked by another service.
    "is not allowed to use the key",
    // EC2, of a route to a gateway that was attached a moment ago.
    "belong to different networks",
];

/// The class of a service's code and words.
pub fn classify(code: &str, message: &str) -> ErrorClass {
    let is = |set: &[&str]| set.contains(&code);
    if NOT_YET_VISIBLE_WORDS.iter().any(|words| message.contains(words)) {
        ErrorClass::NotYetVisible
    } else if is(THROTTLE) {
        ErrorClass::Throttle
    } else if is(CAPACITY) {
        ErrorClass::Capacity
    } else if is(QUOTA) {
        ErrorClass::Quota
    } else if is(STATE_RACE) {
        ErrorClass::StateRace
    } else if is(TOKEN_SPENT) {
        ErrorClass::TokenSpent
    } else if is(CREDENTIALS) {
        ErrorClass::Credentials
    } else if is(DENIED) {
        ErrorClass::Denied
    } else if is(EXISTS) {
        ErrorClass::Exists
    } else if is(NOT_FOUND) || code.ends_with(".NotFound") || code.ends_with("NotFound") {
        ErrorClass::NotFound
    } else if is(UNSUPPORTED) {
        ErrorClass::Unsupported
    } else if matches!(
        code,
        "InternalError"
            | "InternalFailure"
            | "ServiceUnavailable"
            | "ServiceUnavailableException"
            | "Unavailable"
            | "ServiceFailure"
    ) {
        ErrorClass::Uncertain
    } else {
        ErrorClass::Invalid
    }
}

impl CloudError {
    /// An error of our own about a service's answer.
    pub fn new(class: ErrorClass, service: &'static str, action: &'static str, message: impl Into<String>) -> Self {
        Self { class, service, action, code: None, message: message.into(), request_id: None }
    }

    /// Reads what the SDK returned.
    pub fn from_sdk<E>(service: &'static str, action: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let request_id = error.request_id().map(str::to_owned);
        let status = error.raw_response().map(|response| response.status().as_u16());
        let (class, code, message) = match error {
            SdkError::ServiceError(_) => match error.code() {
                Some(code) => {
                    let message = error.message().unwrap_or("the service gave no reason").to_owned();
                    (classify(code, &message), Some(code.to_owned()), message)
                }
                // No code in the body: a page of HTML from a proxy or from a server that doesn't know the action.
                None => unreadable(status),
            },
            SdkError::ResponseError(_) => unreadable(status),
            SdkError::TimeoutError(_) => (ErrorClass::Uncertain, None, "no answer in time".to_owned()),
            SdkError::DispatchFailure(failure) => {
                let words =
                    failure.as_connector_error().map_or_else(|| "no connection".to_owned(), |error| innermost(error));
                if words.contains("credentials") || words.contains("identity") {
                    (ErrorClass::Credentials, None, words)
                } else {
                    (ErrorClass::Uncertain, None, words)
                }
            }
            SdkError::ConstructionFailure(_) => (ErrorClass::Invalid, None, innermost(error)),
            _ => (ErrorClass::Uncertain, None, innermost(error)),
        };
        Self { class, service, action, code, message, request_id }
    }

    pub fn is(&self, class: ErrorClass) -> bool {
        self.class == class
    }

    /// As a gap in an observation: one resource's, or a whole kind's.
    pub fn unreadable(&self, kind: Kind, address: Option<Address>) -> Unreadable {
        let words = match &self.code {
            Some(code) => format!("{code}: {}", self.message),
            None => self.message.clone(),
        };
        Unreadable { kind, address, call: format!("{}:{}", self.service, self.action), words }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        let (service, action) = (self.service, self.action);
        Some(match self.class {
            ErrorClass::Denied => format!("ask for the permission {service}:{action}, or use another profile"),
            ErrorClass::Credentials => {
                "sign in again (for SSO: aws sso login), or name another profile with --profile".to_owned()
            }
            ErrorClass::Quota => "ask AWS for a higher limit under Service Quotas, then run again".to_owned(),
            ErrorClass::Capacity => {
                "add instance types or zones to the pool, or run again later: what was made stays".to_owned()
            }
            ErrorClass::Uncertain => {
                "check the network and the endpoint, then run again: what was made is found again".to_owned()
            }
            ErrorClass::Throttle => "the account is busy: run again later".to_owned(),
            ErrorClass::Unsupported => format!("this endpoint doesn't offer {service}:{action}"),
            _ => return None,
        })
    }
}

/// An answer without a code: what the status alone says.
fn unreadable(status: Option<u16>) -> (ErrorClass, Option<String>, String) {
    match status {
        Some(status @ (404 | 405 | 501)) => {
            (ErrorClass::Unsupported, None, format!("HTTP {status} with a body that is no AWS answer"))
        }
        Some(status) => (ErrorClass::Uncertain, None, format!("HTTP {status} with a body that is no AWS answer")),
        None => (ErrorClass::Uncertain, None, "an answer that can't be read".to_owned()),
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    let mut words = error.to_string();
    while let Some(source) = error.source() {
        error = source;
        let inner = error.to_string();
        if !words.contains(&inner) {
            words = format!("{words}: {inner}");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_fall_into_their_classes() {
        assert_eq!(classify("InsufficientInstanceCapacity", ""), ErrorClass::Capacity);
        assert_eq!(classify("RequestLimitExceeded", ""), ErrorClass::Throttle);
        assert_eq!(classify("InvalidVpcID.NotFound", ""), ErrorClass::NotFound);
        assert_eq!(
            classify(
                "InvalidParameterValue",
                "Value (x) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
            ),
            ErrorClass::NotYetVisible
        );
        assert_eq!(classify("InvalidParameterValue", "no such thing"), ErrorClass::Invalid);
        assert_eq!(classify("IdempotentInstanceTerminated", ""), ErrorClass::TokenSpent);
    }
}
