//! The gate: a plan with its posture before and after, and what refuses it.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::catalogue;
use super::control::{severity, severity_word};
use super::finding::Status;
use super::floor::{Floor, Record};
use super::posture::{Posture, examine};
use super::resulting::resulting;
use super::touches::touches;
use crate::blueprint::Blueprint;
use crate::blueprint::model::{Date, Severity};
use crate::plan::{Options, Plan, Reason};
use crate::resource::{Address, Desired, Observed};

/// What the controls say of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The catalogue's version.
    pub catalogue: String,
    /// The profile's name.
    pub profile: String,
    /// The live state; none where no cloud was asked.
    pub before: Option<Posture>,
    /// The state that the plan leads to.
    pub after: Posture,
    /// What `apply` refuses the plan for; empty where it doesn't.
    pub refusals: Vec<Refusal>,
}

/// The control that asks for somebody else's approval.
pub const APPROVED: &str = "VDI-CHG-01";

/// The control that asks for recovery points as fresh as was promised.
pub const KEPT_SAFE: &str = "VDI-REC-01";

/// The control that asks for a fresh recovery point before content is done away with.
pub const RECOVERABLE: &str = "VDI-CHG-03";

/// One reason to refuse a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub control: String,
    #[serde(serialize_with = "severity_word", deserialize_with = "severity")]
    pub severity: Severity,
    pub resource: String,
    /// What is wrong, without a period.
    pub sentence: String,
    /// What to do.
    pub remedy: String,
}

/// What a plan is assessed with, besides itself.
#[derive(Debug)]
pub struct Ground<'a> {
    pub blueprint: &'a Blueprint,
    pub desired: &'a Desired,
    pub observed: &'a Observed,
    pub options: &'a Options,
    pub today: Date,
    /// What the ledger says; none where no cloud was asked, so that the observed state is nobody's answer.
    pub record: Option<Record>,
}

/// Assesses a plan: names on each change the controls that it touches, and puts the posture before and after into the
/// plan.
///
/// # Errors
/// None that a plan could cause: an assessment that can't be written as JSON.
pub fn assess(plan: &mut Plan, ground: Ground<'_>) -> serde_json::Result<()> {
    let Ground { blueprint, desired, observed, options, today, record } = ground;
    let mut after = resulting(blueprint, desired, observed, plan, options, today);
    after.unasked = record.is_none();
    after.answered_for.extend(record.iter().flat_map(|record| &record.endangered).map(|one| one.volume.clone()));
    after.record.endangered = record.as_ref().map(|record| record.endangered.clone()).unwrap_or_default();
    for change in &mut plan.changes {
        change.controls = touches(change, after.profile);
    }
    let before = record.map(|record| examine_live(blueprint, desired, observed, plan, record, today));
    let after_posture = examine(&after);
    let assessment = Assessment {
        catalogue: catalogue::VERSION.to_owned(),
        profile: after.profile.name.clone(),
        before,
        refusals: refusals(&after_posture),
        after: after_posture,
    };
    if let Value::Object(map) = serde_json::to_value(&assessment)? {
        plan.assessment = map.into_iter().collect();
    }
    Ok(())
}

/// What was changed in the cloud since the last apply, by a plan.
fn drifted(plan: &Plan) -> BTreeSet<Address> {
    let is_drift = |reason| matches!(reason, Reason::Drifted | Reason::EditedAndDrifted);
    plan.changes.iter().filter(|change| is_drift(change.reason)).map(|change| change.address.clone()).collect()
}

/// What refuses a posture: failures that weigh critical or high, which no exception waives, of what a plan answers for.
pub fn refusals(posture: &Posture) -> Vec<Refusal> {
    posture
        .findings(Status::Fail)
        .into_iter()
        .filter(|(verdict, finding)| verdict.severity >= Severity::High && finding.answered_for)
        .map(|(verdict, finding)| Refusal {
            control: verdict.control.clone(),
            severity: verdict.severity,
            resource: finding.resource.clone(),
            sentence: finding.sentence.clone(),
            remedy: catalogue::control(&verdict.control).map(|control| control.remediation.clone()).unwrap_or_default(),
        })
        .collect()
}

impl Assessment {
    /// What a plan's document holds; none where its controls weren't assessed, as in a wrap's.
    ///
    /// # Errors
    /// Where the document was written by another version, or by hand.
    pub fn of(plan: &Plan) -> serde_json::Result<Option<Self>> {
        if plan.assessment.is_empty() {
            return Ok(None);
        }
        let map = plan.assessment.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        serde_json::from_value(Value::Object(map)).map(Some)
    }

    /// Whether the plan is to be applied only once somebody else has approved it, on that day: the profile asks for it, and
    /// no exception waives it.
    pub fn asks_for_approval(&self, today: Date) -> bool {
        let findings = self.after.verdict(APPROVED).map(|verdict| verdict.findings.as_slice()).unwrap_or_default();
        findings.iter().any(|finding| match finding.status {
            Status::Waived => finding.until.is_none_or(|until| until < today),
            _ => true,
        })
    }

    /// Whether an exception lets content go without a fresh recovery point, on that day; by the volume's address.
    pub fn lets_go(&self, volume: &Address, today: Date) -> bool {
        let findings = self.after.verdict(RECOVERABLE).map(|verdict| verdict.findings.as_slice()).unwrap_or_default();
        findings.iter().any(|finding| {
            finding.resource == volume.as_str()
                && finding.status == Status::Waived
                && finding.until.is_some_and(|until| until >= today)
        })
    }

    /// What refuses the plan on that day: what refused it when it was made, and what exceptions have waived since then
    /// and no longer do.
    pub fn refusals_on(&self, today: Date) -> Vec<Refusal> {
        let mut later = self.after.clone();
        for verdict in &mut later.verdicts {
            for finding in &mut verdict.findings {
                let is_over = finding.status == Status::Waived && finding.until.is_none_or(|until| until < today);
                // That an approval is wanted is for the apply to see to.
                if is_over && verdict.control != APPROVED {
                    finding.status = Status::Fail;
                }
            }
        }
        refusals(&later)
    }
}

/// The digest of an evaluated plan with its assessment and of what it is to make: what the ledger records, and what a
/// saved plan is held against before it is applied. The forecast is left out: its figures are no decisions.
///
/// # Errors
/// None that a plan could cause: a plan that can't be written as JSON.
pub fn evaluation(plan: &Plan, desired: &Desired) -> serde_json::Result<String> {
    let mut document = serde_json::to_value(plan)?;
    if let Value::Object(map) = &mut document {
        map.shift_remove("forecast");
    }
    let mut hash = Sha256::new();
    hash.update(serde_json::to_vec(&document)?);
    hash.update([0]);
    hash.update(serde_json::to_vec(desired)?);
    Ok(format!("sha256:{}", HEXLOWER.encode(&hash.finalize())))
}

/// The posture of what is live, with what the ledger says.
pub fn examine_live(
    blueprint: &Blueprint,
    desired: &Desired,
    observed: &Observed,
    plan: &Plan,
    record: Record,
    today: Date,
) -> Posture {
    let mut floor = Floor::live(blueprint, desired, observed, today);
    floor.drifted = drifted(plan);
    floor.record = record;
    examine(&floor)
}
