//! The gate: a plan with its posture before and after, and what refuses it.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::catalogue;
use super::control::{severity, severity_word};
use super::finding::{Finding, Status};
use super::floor::{Floor, Record};
use super::posture::{Posture, Verdict, examine};
use super::resulting::resulting;
use super::touches::touches;
use crate::blueprint::Blueprint;
use crate::blueprint::model::{Date, Severity};
use crate::plan::{Options, Plan, Reason};
use crate::resource::{Desired, Observed};

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

/// A finding that an exception waives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waived<'a> {
    pub verdict: &'a Verdict,
    pub finding: &'a Finding,
}

/// Assesses a plan: names on each change the controls that it touches, and puts the posture before and after into the
/// plan. `asked` says whether the observed state is a cloud's answer.
///
/// # Errors
/// None that a plan could cause: an assessment that can't be written as JSON.
pub fn assess(
    plan: &mut Plan,
    blueprint: &Blueprint,
    desired: &Desired,
    observed: &Observed,
    options: &Options,
    today: Date,
    asked: bool,
) -> serde_json::Result<()> {
    let mut after = resulting(blueprint, desired, observed, plan, options, today);
    after.unasked = !asked;
    let mut before = Floor::live(blueprint, desired, observed, today);
    before.drifted = drifted(plan);
    for change in &mut plan.changes {
        change.controls = touches(change, after.profile);
    }
    let after_posture = examine(&after);
    let assessment = Assessment {
        catalogue: catalogue::VERSION.to_owned(),
        profile: after.profile.name.clone(),
        before: asked.then(|| examine(&before)),
        refusals: refusals(&after_posture),
        after: after_posture,
    };
    if let Value::Object(map) = serde_json::to_value(&assessment)? {
        plan.assessment = map.into_iter().collect();
    }
    Ok(())
}

/// What was changed in the cloud since the last apply, by a plan.
fn drifted(plan: &Plan) -> std::collections::BTreeSet<crate::resource::Address> {
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

    /// What refuses the plan on that day: what refused it when it was made, and what exceptions have waived since then
    /// and no longer do.
    pub fn refusals_on(&self, today: Date) -> Vec<Refusal> {
        let mut later = self.after.clone();
        for verdict in &mut later.verdicts {
            for finding in &mut verdict.findings {
                if finding.status == Status::Waived && finding.until.is_none_or(|until| until < today) {
                    finding.status = Status::Fail;
                }
            }
        }
        refusals(&later)
    }

    /// What is waived after the plan.
    pub fn waived(&self) -> Vec<Waived<'_>> {
        let waived = self.after.findings(Status::Waived);
        waived.into_iter().map(|(verdict, finding)| Waived { verdict, finding }).collect()
    }
}

/// The digest of an evaluated plan, assessment and all: what the ledger records, and what a saved plan is held against
/// before it is applied.
///
/// # Errors
/// None that a plan could cause: a plan that can't be written as JSON.
pub fn evaluation(plan: &Plan) -> serde_json::Result<String> {
    Ok(format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(serde_json::to_vec(plan)?))))
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
