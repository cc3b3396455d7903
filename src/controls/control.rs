//! What the catalogue says of a control.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::blueprint::model::Severity;

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// Ours: `VDI-NET-03`.
    pub id: String,
    pub title: String,
    #[serde(serialize_with = "severity_word", deserialize_with = "severity")]
    pub severity: Severity,
    /// The step of a security plan that it serves.
    pub function: Function,
    /// Where it can be shown.
    pub phases: Vec<Stage>,
    /// Whether an exception can waive it.
    pub waivable: bool,
    /// Names of the profile's constants that it is held against.
    pub parameters: Vec<String>,
    pub rationale: String,
    /// What to do where it fails.
    pub remediation: String,
    /// Why the program doesn't check it; none where it does. An attestation can speak for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_assessed: Option<String>,
    /// What the cloud's provider answers for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inherited: Option<Inherited>,
    pub references: Vec<Reference>,
}

impl Control {
    /// The part of the id that names its family: `NET`.
    pub fn family(&self) -> &str {
        self.id.split('-').nth(1).unwrap_or_default()
    }
}

/// The five steps of the ECPP framework for a security plan, which bear the names of the functions of NIST CSF 1.1.
/// Source: S. Stephens (MovieLabs) at IBC, "Keeping content secure in the cloud". Which control serves which step is
/// this catalogue's own choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    Identify,
    Protect,
    Detect,
    Respond,
    Recover,
}

impl Function {
    /// All, in the order of the framework.
    pub const ALL: &[Self] = &[Self::Identify, Self::Protect, Self::Detect, Self::Respond, Self::Recover];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Protect => "protect",
            Self::Detect => "detect",
            Self::Respond => "respond",
            Self::Recover => "recover",
        }
    }
}

/// Where a control can be shown to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Blueprint,
    Plan,
    Live,
    /// Inside the workstation.
    Guest,
    /// Outside of all that the program sees.
    External,
}

impl Stage {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blueprint => "blueprint",
            Self::Plan => "plan",
            Self::Live => "live",
            Self::Guest => "guest",
            Self::External => "external",
        }
    }
}

/// What the cloud's provider answers for, and the report in which an assessor finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inherited {
    pub provider: String,
    pub report: String,
    pub what: String,
}

/// Where somebody else asks for something like it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    pub framework: Framework,
    pub version: String,
    /// That framework's own id; of the ECPP the section, for no public source numbers its practices.
    pub id: String,
    /// Which part of an MPA practice asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    pub relation: Relation,
    pub status: Verification,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Framework {
    NistCsf,
    Ecpp,
    Mpa,
    CisAws,
    SecurityHub,
    ControlTower,
}

impl fmt::Display for Framework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NistCsf => "NIST CSF",
            Self::Ecpp => "MovieLabs ECPP",
            Self::Mpa => "MPA",
            Self::CisAws => "CIS AWS Foundations",
            Self::SecurityHub => "AWS Security Hub",
            Self::ControlTower => "AWS Control Tower",
        })
    }
}

/// The two parts of an MPA practice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    BestPractice,
    /// An additional recommendation, which counts for Gold Star only.
    Additional,
}

/// How much of the other's statement a control covers, as set theory mappings (NIST IR 8477) say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    Equal,
    Subset,
    Superset,
    Intersects,
}

impl Relation {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Subset => "subset",
            Self::Superset => "superset",
            Self::Intersects => "intersects",
        }
    }
}

/// Whether a person read the reference in its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    Verified,
    Unverified,
}

/// Severities bear the words of the blueprint's language.
pub(super) fn severity_word<S: Serializer>(severity: &Severity, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(severity.as_str())
}

pub(super) fn severity<'de, D: Deserializer<'de>>(from: D) -> Result<Severity, D::Error> {
    let word = String::deserialize(from)?;
    Severity::parse(&word).ok_or_else(|| serde::de::Error::custom(format!("`{word}` is no severity")))
}
