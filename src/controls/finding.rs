//! What a check found at one place.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::floor::Phase;
use crate::blueprint::model::Date;
use crate::resource::hide;

/// What came of a check, at one place or of a control as a whole. The order is that of attention: what a person has to
/// look at first is first, and decides for the control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Fail,
    /// It could not be read.
    Error,
    /// Only an apply, or the cloud, will tell.
    Undetermined,
    /// It fails, and an exception that hasn't expired covers it.
    Waived,
    /// The cloud's provider answers for it.
    Inherited,
    /// A named person said so.
    Attested,
    Pass,
    /// There is nothing that it concerns; it says why.
    NotApplicable,
    /// Nobody looked.
    NotAssessed,
}

impl Status {
    /// All, in the order of attention.
    pub const ALL: &[Self] = &[
        Self::Fail,
        Self::Error,
        Self::Undetermined,
        Self::Waived,
        Self::Inherited,
        Self::Attested,
        Self::Pass,
        Self::NotApplicable,
        Self::NotAssessed,
    ];

    /// All, as they are counted for people: the good ones first.
    pub const COUNTED: &[Self] = &[
        Self::Pass,
        Self::Inherited,
        Self::Attested,
        Self::Waived,
        Self::Fail,
        Self::Error,
        Self::Undetermined,
        Self::NotApplicable,
        Self::NotAssessed,
    ];

    /// As JSON has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Undetermined => "undetermined",
            Self::Waived => "waived",
            Self::Inherited => "inherited",
            Self::Attested => "attested",
            Self::Pass => "pass",
            Self::NotApplicable => "not_applicable",
            Self::NotAssessed => "not_assessed",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Fail => "fails",
            Self::Error => "could not be read",
            Self::Undetermined => "undetermined",
            Self::Waived => "waived",
            Self::Inherited => "inherited",
            Self::Attested => "attested",
            Self::Pass => "holds",
            Self::NotApplicable => "not applicable",
            Self::NotAssessed => "not assessed",
        }
    }

    /// The same of so many controls: `1 holds`, `2 hold`.
    pub fn verb(self, count: usize) -> &'static str {
        match self {
            Self::Fail if count != 1 => "fail",
            Self::Pass if count != 1 => "hold",
            status => status.words(),
        }
    }
}

/// What a check found at one resource or block, other than that all is well there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub control: String,
    /// The address of a resource, or of a block of the blueprint.
    pub resource: String,
    pub phase: Phase,
    pub status: Status,
    pub expected: String,
    pub observed: String,
    /// A sentence for people, without a period.
    pub sentence: String,
    /// Whether a plan answers for it: not for what belongs to the whole account, nor for what the blueprint doesn't ask
    /// for.
    pub answered_for: bool,
    /// Where it is waived: the exceptions that cover it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<String>,
    /// Where it is waived: the last day of that.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "day")]
    pub until: Option<Date>,
}

impl Finding {
    /// Takes texts out of sight that came from sensitive variables.
    pub fn hide(&mut self, texts: &BTreeSet<String>) {
        for shown in [&mut self.expected, &mut self.observed, &mut self.sentence] {
            *shown = hide(shown, texts);
        }
    }
}

/// Days as text.
mod day {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::blueprint::model::Date;

    #[allow(clippy::ref_option, reason = "the signature is serde's")]
    pub fn serialize<S: Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
        match day {
            Some(day) => to.serialize_str(&day.to_string()),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
    }
}
