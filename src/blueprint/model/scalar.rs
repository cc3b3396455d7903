//! Texts with a form: each newtype can only hold what its `parse` accepts.

use std::fmt;

macro_rules! scalar {
    ($(#[$doc:meta])* $name:ident, $form:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The form that a text must have, in words.
            pub const FORM: &'static str = $form;

            /// The value of that text; none where its form is wrong.
            pub fn parse(text: &str) -> Option<Self> {
                let accepts: fn(&str) -> bool = $accepts;
                accepts(text).then(|| Self(text.to_owned()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Stands in for a value that was reported; no blueprint that passed its checks holds one.
            pub(in crate::blueprint) fn nothing() -> Self {
                Self(String::new())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

scalar!(
    /// A number of an AWS account.
    AccountId,
    "12 digits",
    |text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
);

scalar!(
    /// An AWS region, such as `us-west-2`.
    Region,
    "the name of an AWS region, such as us-west-2",
    |text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
);

scalar!(
    /// An availability zone, such as `us-west-2a`.
    Zone,
    "the name of an availability zone, such as us-west-2a",
    |text| {
        text.as_bytes().last().is_some_and(u8::is_ascii_lowercase)
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    }
);

impl Zone {
    /// Whether the zone is one of that region's: its name is the region's with a letter.
    pub fn is_of(&self, region: &Region) -> bool {
        self.0.strip_prefix(region.as_str()).is_some_and(|rest| rest.len() == 1)
    }
}

scalar!(
    /// An EC2 instance type, such as `g6.4xlarge`.
    InstanceType,
    "a family and a size, such as g6.4xlarge",
    |text| text.split_once('.').is_some_and(|(family, size)| {
        let plain = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        plain(family) && plain(size)
    })
);

impl InstanceType {
    /// The part before the dot: `g6` of `g6.4xlarge`.
    pub fn family(&self) -> &str {
        self.0.split_once('.').map_or(self.as_str(), |(family, _)| family)
    }

    /// The part behind the dot: `4xlarge` of `g6.4xlarge`.
    pub fn size(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, size)| size)
    }
}

scalar!(
    /// An AWS service that is reached privately, as endpoints name it: `s3`, `ssm`, `ecr.api`.
    EndpointService,
    "the name of an AWS service, such as ssm or ecr.api",
    |text| {
        text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b))
    }
);

impl EndpointService {
    /// Whether it is reached through a gateway endpoint (a route, no address and no price): S3 and DynamoDB.
    /// All others are interface endpoints with an address in each zone.
    /// Source: AWS PrivateLink, "Gateway endpoints".
    pub fn is_gateway(&self) -> bool {
        matches!(self.as_str(), "s3" | "dynamodb")
    }
}

scalar!(
    /// The id of a control, such as `VDI-NET-04`.
    ControlId,
    "the id of a control, such as VDI-NET-04",
    |text| text.starts_with("VDI-") && text.is_ascii()
);

scalar!(
    /// An Amazon resource name.
    Arn,
    "an Amazon resource name, such as arn:aws:iam::123456789012:role/KeyAdmin",
    |text| {
        let mut parts = text.splitn(6, ':');
        parts.next() == Some("arn")
            && parts.next().is_some_and(|partition| partition.starts_with("aws"))
            && parts.next().is_some_and(|service| !service.is_empty())
            && parts.nth(2).is_some_and(|resource| !resource.is_empty())
            && !text.contains(char::is_whitespace)
    }
);

impl Arn {
    /// The service it belongs to: `secretsmanager`, `iam`.
    pub fn service(&self) -> &str {
        self.0.split(':').nth(2).unwrap_or_default()
    }

    /// The region it names; empty for global services.
    pub fn region(&self) -> &str {
        self.0.split(':').nth(3).unwrap_or_default()
    }

    /// The account it names; empty where it names none.
    pub fn account(&self) -> &str {
        self.0.split(':').nth(4).unwrap_or_default()
    }
}

scalar!(
    /// The digest of a document: `sha256:` and 64 hexadecimal digits.
    Digest,
    "sha256: and 64 lowercase hexadecimal digits",
    |text| text
        .strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
);

scalar!(
    /// When a backup runs: an AWS cron expression of six fields, in UTC.
    Schedule,
    "an AWS cron expression of six fields, such as cron(0 2 * * ? *)",
    super::schedule::is_schedule
);
