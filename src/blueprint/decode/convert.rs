//! Values to the model's types, one by one.

use ipnet::{IpNet, Ipv4Net};

use crate::blueprint::model::{
    AccountId, Arn, Audit, BlockKind, BlockRef, Color, ContentClass, ControlId, Date, Digest, EndpointService,
    InstanceType, Labelled, LockMode, MaxUnavailable, Mount, Name, Os, Peer, Port, Profile, Protocol, Region,
    Resolution, Schedule, SegmentRef, Tier, Transfer, Transport, Usb, VolumeType, Zone,
};
use crate::blueprint::nearest::did_you_mean;
use crate::blueprint::schema::Type;
use crate::blueprint::value::Value;

/// What can be read from a value of the language.
pub trait Decode: Sized {
    /// The value as one of this type; `of` is what the table says about it.
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong>;

    /// A harmless value that takes the place of one that was reported.
    fn stand_in() -> Self;
}

/// Why a value is not what its attribute takes.
pub struct Wrong {
    pub code: &'static str,
    /// Words after `expected`.
    pub expected: String,
    /// Words after `found`; none: the value itself.
    pub found: Option<String>,
    pub help: Option<String>,
}

impl Wrong {
    /// It is of another kind: a list where a number is expected.
    pub fn kind(expected: impl Into<String>) -> Self {
        Self { code: "wrong-type", expected: expected.into(), found: None, help: None }
    }

    /// It is of the right kind, but not one of those that will do.
    pub fn value(expected: impl Into<String>) -> Self {
        Self { code: "wrong-value", expected: expected.into(), found: None, help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The value of a literal of the table.
pub fn literal(json: &str) -> Option<Value> {
    Some(match serde_json::from_str(json).ok()? {
        serde_json::Value::Bool(value) => value.into(),
        serde_json::Value::Number(number) => number.as_i64()?.into(),
        serde_json::Value::String(text) => text.into(),
        serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
    })
}

fn text(value: &Value, of: Type) -> Result<String, Wrong> {
    let text = value.to_text().map_err(|_| Wrong::kind(of.words()))?;
    text.as_str().map(str::to_owned).ok_or_else(|| Wrong::kind(of.words()))
}

impl Decode for String {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        let text = text(value, of)?;
        if text.trim().is_empty() { Err(Wrong::value("a text that is not empty")) } else { Ok(text) }
    }

    fn stand_in() -> Self {
        Self::new()
    }
}

/// A text that may be empty, such as a tag's value.
pub struct AnyText(pub String);

impl Decode for AnyText {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        text(value, of).map(Self)
    }

    fn stand_in() -> Self {
        Self(String::new())
    }
}

impl Decode for serde_json::Value {
    fn decode(value: &Value, _: Type) -> Result<Self, Wrong> {
        Ok(value.to_json_revealed())
    }

    fn stand_in() -> Self {
        Self::Null
    }
}

impl Decode for bool {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        value.to_bool().ok().and_then(|value| value.as_bool()).ok_or_else(|| Wrong::kind(of.words()))
    }

    fn stand_in() -> Self {
        false
    }
}

fn whole<T: TryFrom<i64>>(value: &Value, of: Type) -> Result<T, Wrong> {
    let number = value.to_number().map_err(|_| Wrong::kind(of.words()))?;
    let number = number.as_integer().ok_or_else(|| Wrong::value(of.words()))?;
    let in_range = match of {
        Type::Integer(least, most) => (least..=most).contains(&number),
        _ => true,
    };
    T::try_from(number).ok().filter(|_| in_range).ok_or_else(|| Wrong::value(of.words()))
}

macro_rules! whole_numbers {
    ($($type:ty),*) => {$(
        impl Decode for $type {
            fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
                whole(value, of)
            }

            fn stand_in() -> Self {
                1
            }
        }
    )*};
}

whole_numbers!(u16, u32);

macro_rules! closed_words {
    ($($type:ty = $stand_in:expr),* $(,)?) => {$(
        impl Decode for $type {
            fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
                let word = text(value, of)?;
                Self::parse(&word).ok_or_else(|| Wrong {
                    code: "unknown-word",
                    expected: of.words(),
                    found: None,
                    help: did_you_mean(&word, Self::WORDS.iter().copied()),
                })
            }

            fn stand_in() -> Self {
                $stand_in
            }
        }
    )*};
}

closed_words! {
    ContentClass = Self::PreRelease,
    Profile = Self::Ecpp,
    Tier = Self::Content,
    Os = Self::Rocky9,
    Transfer = Self::None,
    Usb = Self::None,
    Audit = Self::All,
    Protocol = Self::Dcv,
    Color = Self::Yuv420,
    VolumeType = Self::Gp3,
    LockMode = Self::Governance,
}

macro_rules! scalars {
    ($($type:ty),* $(,)?) => {$(
        impl Decode for $type {
            fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
                Self::parse(&text(value, of)?).ok_or_else(|| Wrong::value(Self::FORM))
            }

            fn stand_in() -> Self {
                Self::nothing()
            }
        }
    )*};
}

scalars!(AccountId, Region, Zone, InstanceType, EndpointService, ControlId, Arn, Digest, Schedule);

impl Decode for Resolution {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        Self::parse(&text(value, of)?).ok_or_else(|| Wrong::value(Self::FORM))
    }

    fn stand_in() -> Self {
        Self { width: 1920, height: 1080 }
    }
}

impl Decode for Mount {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        Self::parse(&text(value, of)?).ok_or_else(|| Wrong::value(Self::FORM))
    }

    fn stand_in() -> Self {
        Self::Path(String::new())
    }
}

impl Decode for Date {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        let text = text(value, of)?;
        let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        match Date::strptime("%Y-%m-%d", &text) {
            Ok(date) if plain => Ok(date),
            _ => Err(Wrong::value(of.words())),
        }
    }

    fn stand_in() -> Self {
        jiff::civil::date(2000, 1, 1)
    }
}

impl Decode for Ipv4Net {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        let text = text(value, of)?;
        let net: Self = text.parse().map_err(|_| Wrong::value(of.words()))?;
        if net == net.trunc() {
            Ok(net)
        } else {
            Err(Wrong::value("a range that starts at its first address").help(format!("write \"{}\"", net.trunc())))
        }
    }

    fn stand_in() -> Self {
        Self::default()
    }
}

/// An address range of either family, as text.
pub fn address_range(text: &str) -> Result<IpNet, Wrong> {
    let net: IpNet = text.parse().map_err(|_| {
        let wrong = Wrong::value("a range of addresses, such as 203.0.113.0/24 or 2001:db8::/32");
        match text.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(address)) => wrong.help(format!("for this one address write \"{address}/32\"")),
            Ok(std::net::IpAddr::V6(address)) => wrong.help(format!("for this one address write \"{address}/128\"")),
            Err(_) => wrong,
        }
    })?;
    if net == net.trunc() {
        Ok(net)
    } else {
        Err(Wrong::value("a range that starts at its first address").help(format!("write \"{}\"", net.trunc())))
    }
}

/// The label of a reference to a block of that type.
fn referred(value: &Value, of: Type, kind: &str) -> Result<String, Wrong> {
    let found = value.as_reference().filter(|reference| reference.block_type.as_ref() == kind);
    match found.and_then(|reference| reference.labels.first()) {
        Some(label) => Ok(label.to_string()),
        None => Err(misreferred(value, of)),
    }
}

fn misreferred(value: &Value, of: Type) -> Wrong {
    let wrong = Wrong::kind(of.words());
    match value.as_str() {
        Some(text) if text.contains('.') => wrong.help(format!("write {text} without quotes")),
        _ => wrong,
    }
}

impl<T: Labelled> Decode for Name<T> {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        referred(value, of, T::KIND.as_str()).map(Self::new)
    }

    fn stand_in() -> Self {
        Self::new("")
    }
}

impl Decode for SegmentRef {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        let found = value.as_reference().filter(|reference| reference.block_type.as_ref() == "segment");
        match found.map(|reference| reference.labels.as_ref()) {
            Some([network, segment]) => {
                Ok(Self { network: Name::new(network.to_string()), segment: Name::new(segment.to_string()) })
            }
            _ => Err(misreferred(value, of)),
        }
    }

    fn stand_in() -> Self {
        Self { network: Name::new(""), segment: Name::new("") }
    }
}

impl Decode for BlockRef {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        let found = value.as_reference().ok_or_else(|| misreferred(value, of))?;
        match (found.block_type.as_ref(), found.labels.as_ref()) {
            ("segment", [network, segment]) => {
                Ok(Self::new(BlockKind::Network, network.to_string()).part(segment.to_string()))
            }
            (kind, [label, ..]) => match BlockKind::parse(kind) {
                Some(kind) => Ok(Self::new(kind, label.to_string())),
                None => Err(misreferred(value, of)),
            },
            (_, []) => Err(misreferred(value, of)),
        }
    }

    fn stand_in() -> Self {
        Self::new(BlockKind::Production, "")
    }
}

impl Decode for Peer {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        if value.as_reference().is_some() {
            return SegmentRef::decode(value, of).map(Self::Segment).or_else(|wrong| {
                referred(value, of, BlockKind::PrefixList.as_str())
                    .map(|label| Self::PrefixList(Name::new(label)))
                    .map_err(|_| wrong)
            });
        }
        if let Some(range) = value.as_str() {
            let wrong = Wrong::kind(of.words());
            let is_range = address_range(range).is_ok();
            return Err(if is_range { wrong.help(format!("write [\"{range}\"]")) } else { misreferred(value, of) });
        }
        let ranges = value.as_sequence().ok_or_else(|| Wrong::kind(of.words()))?;
        if ranges.is_empty() {
            return Err(Wrong::value("at least one address range"));
        }
        let ranges: Result<Vec<_>, _> = ranges
            .iter()
            .map(|range| match range.as_str() {
                Some(range) => address_range(range)
                    .map_err(|wrong| Wrong { found: Some(format!("\"{range}\" in the list")), ..wrong }),
                None => Err(Wrong::kind(of.words())),
            })
            .collect();
        let mut ranges = ranges?;
        ranges.sort_unstable();
        ranges.dedup();
        Ok(Self::Cidrs(ranges))
    }

    fn stand_in() -> Self {
        Self::Cidrs(Vec::new())
    }
}

impl Decode for Port {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        Self::parse(&text(value, of)?).map_err(Wrong::value)
    }

    fn stand_in() -> Self {
        Self { transport: Transport::Icmp, from: 0, to: 0 }
    }
}

impl Decode for MaxUnavailable {
    fn decode(value: &Value, of: Type) -> Result<Self, Wrong> {
        let share = value.as_str().and_then(|text| text.trim().strip_suffix('%'));
        if let Some(share) = share {
            return match share.trim_end().parse::<u32>() {
                Ok(percent @ 1..=100) if share.bytes().all(|b| b.is_ascii_digit()) => Ok(Self::Share(percent)),
                _ => Err(Wrong::value("a share from 1% to 100%")),
            };
        }
        whole(value, Type::Integer(1, 10_000)).map(Self::Seats).map_err(|wrong| Wrong { expected: of.words(), ..wrong })
    }

    fn stand_in() -> Self {
        Self::Seats(1)
    }
}
