//! How one control stands: what the blueprint declares, what is live, and what both come to.

use serde::Serialize;

use crate::controls::{Control, Finding, Function, Inherited, Reference, Status, Verdict};

/// How one control stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    pub control: String,
    pub title: String,
    /// The name of its family.
    pub family: String,
    pub severity: String,
    pub function: Function,
    /// What all that is known comes to.
    pub status: Status,
    /// Of what the blueprint and its plan declare.
    pub declared: Status,
    /// Of what was read from the cloud; none where it wasn't asked.
    pub live: Option<Status>,
    /// Whether it holds as declared, and what is live of it was not measured, although the cloud was asked.
    pub declared_only: bool,
    /// How many places were examined: live ones where the cloud was asked and shows it, else declared ones.
    pub examined: usize,
    /// Why nobody looked, or there was nothing to look at; who says so, where it is attested or inherited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The places where it holds, sorted.
    pub holds: Vec<String>,
    /// All else, sorted by place.
    pub findings: Vec<Finding>,
    /// The calls to the cloud that the live status rests on; each answer's hash is in the envelope.
    pub calls: Vec<String>,
    pub rationale: String,
    pub remediation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inherited: Option<Inherited>,
    pub references: Vec<Reference>,
}

impl Standing {
    /// From the two verdicts on a control.
    pub fn new(
        control: &Control,
        family: &str,
        declared: &Verdict,
        live: Option<&Verdict>,
        calls: Vec<String>,
    ) -> Self {
        let status = combined(declared.status, live.map(|live| live.status));
        // What is live says more than what was meant to be, wherever it says anything.
        let told = live.filter(|live| says_something(live.status));
        let shown = told.unwrap_or(declared);
        let declared_only = live.is_some() && told.is_none() && status == Status::Pass;
        let why = match status {
            Status::Attested | Status::Inherited | Status::NotApplicable | Status::NotAssessed => {
                let of_status = [Some(shown), live, Some(declared)].into_iter().flatten();
                of_status.filter(|verdict| verdict.status == status).find_map(|verdict| verdict.why.clone())
            }
            _ => None,
        };
        Self {
            control: control.id.clone(),
            title: control.title.clone(),
            family: family.to_owned(),
            severity: control.severity.to_string(),
            function: control.function,
            status,
            declared: declared.status,
            live: live.map(|live| live.status),
            declared_only,
            examined: shown.examined,
            why,
            holds: shown.holds.clone(),
            findings: findings(declared, live),
            calls: if told.is_some() { calls } else { Vec::new() },
            rationale: control.rationale.clone(),
            remediation: control.remediation.clone(),
            inherited: control.inherited.clone().filter(|_| status == Status::Inherited),
            references: control.references.clone(),
        }
    }

    /// Whether somebody looked and saw it hold: in the live state where the cloud was asked, else in the plan.
    pub fn is_evidenced(&self) -> bool {
        self.status == Status::Pass && !self.declared_only
    }
}

fn says_something(status: Status) -> bool {
    !matches!(status, Status::NotAssessed | Status::NotApplicable | Status::Attested)
}

/// What a declared and a live status come to: what needs attention first decides, but that a live answer settles what a
/// plan alone can't know.
pub fn combined(declared: Status, live: Option<Status>) -> Status {
    match live {
        None => declared,
        Some(live) if declared == Status::Undetermined && says_something(live) => live,
        Some(live) => declared.min(live),
    }
}

/// The findings of both, those that say the same once.
fn findings(declared: &Verdict, live: Option<&Verdict>) -> Vec<Finding> {
    let Some(live) = live else { return declared.findings.clone() };
    let settled = says_something(live.status);
    let mut all = live.findings.clone();
    all.extend(
        declared
            .findings
            .iter()
            .filter(|finding| !(settled && finding.status == Status::Undetermined))
            .filter(|one| !live.findings.iter().any(|two| one.resource == two.resource && one.sentence == two.sentence))
            .cloned(),
    );
    all.sort_by(|a, b| (&a.resource, &a.sentence).cmp(&(&b.resource, &b.sentence)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_needs_attention_decides_and_a_live_answer_settles_what_a_plan_cannot_know() {
        use Status::{Attested, Fail, NotApplicable, NotAssessed, Pass, Undetermined, Waived};
        assert_eq!(combined(Pass, None), Pass);
        assert_eq!(combined(Pass, Some(Fail)), Fail);
        assert_eq!(combined(Fail, Some(Pass)), Fail);
        assert_eq!(combined(Undetermined, Some(Pass)), Pass);
        assert_eq!(combined(Undetermined, Some(NotApplicable)), Undetermined);
        assert_eq!(combined(Pass, Some(NotAssessed)), Pass);
        assert_eq!(combined(Waived, Some(Pass)), Waived);
        assert_eq!(combined(NotAssessed, Some(Attested)), Attested);
    }
}
