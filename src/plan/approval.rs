//! An approval: what somebody else than a plan's author says of exactly this plan. Who really said so is the signature's to
//! show, which is checked where keys are.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::resource::principal;

/// What marks a file as an approval.
pub const APPROVAL_MARK: &str = "closedset approval";

/// The version of the document: raised when a reader would have to change.
pub const APPROVAL_VERSION: u32 = 1;

/// The document that is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Always [`APPROVAL_MARK`].
    pub file: String,
    pub format_version: u32,
    pub production: String,
    /// Twelve digits.
    pub account: String,
    pub region: String,
    /// SHA-256 of the plan file's bytes: `sha256:…`.
    pub plan: String,
    /// The digest of the plan as the controls assessed it, which the ledger records of its apply.
    pub evaluation: String,
    /// The version of the catalogue that it was assessed with.
    pub catalogue: String,
    /// Who made the plan: an ARN, by the plan file.
    pub author: String,
    /// Who approved it: the ARN of whose credentials `approve` ran with.
    pub approver: String,
    /// When: UTC, RFC 3339.
    pub at: String,
    /// The ticket that it belongs to, as whoever approved wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// The plan that is about to be applied, as an approval has to fit it.
#[derive(Debug, Clone, Copy)]
pub struct Approved<'a> {
    /// SHA-256 of the plan file's bytes: `sha256:…`.
    pub plan: &'a str,
    pub author: &'a str,
    /// The catalogue of this program.
    pub catalogue: &'a str,
    /// Who applies: an ARN.
    pub applier: &'a str,
}

/// Why an approval isn't one of the plan that is about to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// It is of another file, or of this one before it was edited.
    OtherPlan,
    /// It names another author than the plan does: an ARN, and the plan's or nothing.
    OtherAuthor { named: String, of_plan: String },
    /// The plan doesn't say who made it.
    NoAuthor,
    /// Whoever approved made the plan: an ARN.
    ByAuthor(String),
    /// Whoever approved applies it: an ARN.
    ByApplier(String),
    /// It was assessed with another catalogue: that one, and this program's.
    OtherCatalogue { its: String, ours: String },
}

impl fmt::Display for Objection {
    /// What is wrong, without a period.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherPlan => f.write_str("it is of another plan, or the plan was changed since"),
            Self::OtherAuthor { named, of_plan } => {
                let of_plan = if of_plan.is_empty() { "nobody" } else { of_plan };
                write!(f, "it names {named} as the author, and the plan {of_plan}")
            }
            Self::NoAuthor => f.write_str("the plan doesn't say who made it"),
            Self::ByAuthor(approver) => write!(f, "{approver} made the plan and approved it"),
            Self::ByApplier(approver) => write!(f, "{approver} approved it and applies it"),
            Self::OtherCatalogue { its, ours } => {
                write!(f, "it was assessed with the catalogue {its}, and this program has {ours}")
            }
        }
    }
}

impl Approval {
    /// Why this approval isn't one of that plan; empty where it is.
    ///
    /// The approver is neither the author nor who applies. The plan file alone says who made it; the approver is shown by a
    /// signature, and who applies by the cloud: so that two principals stand behind every change for certain.
    pub fn objections(&self, to: &Approved<'_>) -> Vec<Objection> {
        let mut objections = Vec::new();
        if self.plan != to.plan {
            objections.push(Objection::OtherPlan);
        }
        if self.author != to.author {
            objections.push(Objection::OtherAuthor { named: self.author.clone(), of_plan: to.author.to_owned() });
        }
        if to.author.is_empty() {
            objections.push(Objection::NoAuthor);
        }
        if principal(&self.approver) == principal(to.author) {
            objections.push(Objection::ByAuthor(self.approver.clone()));
        }
        if principal(&self.approver) == principal(to.applier) {
            objections.push(Objection::ByApplier(self.approver.clone()));
        }
        if self.catalogue != to.catalogue {
            objections.push(Objection::OtherCatalogue { its: self.catalogue.clone(), ours: to.catalogue.to_owned() });
        }
        objections
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: &str = "arn:aws:iam::123456789012:user/ana";
    const BO: &str = "arn:aws:iam::123456789012:user/bo";

    fn approval() -> Approval {
        Approval {
            file: APPROVAL_MARK.to_owned(),
            format_version: APPROVAL_VERSION,
            production: "nebula".to_owned(),
            account: "123456789012".to_owned(),
            region: "us-west-2".to_owned(),
            plan: "sha256:1".to_owned(),
            evaluation: "sha256:2".to_owned(),
            catalogue: "2026.11".to_owned(),
            author: ANA.to_owned(),
            approver: BO.to_owned(),
            at: "2026-12-01T09:00:00Z".to_owned(),
            ticket: None,
        }
    }

    fn of() -> Approved<'static> {
        Approved { plan: "sha256:1", author: ANA, catalogue: "2026.11", applier: ANA }
    }

    #[test]
    fn an_approval_is_of_one_plan_by_somebody_who_neither_made_nor_applies_it() {
        assert_eq!(approval().objections(&of()), []);
        let wrong = |approval: Approval, of: Approved<'_>| {
            let objections = approval.objections(&of);
            objections.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        assert!(wrong(approval(), Approved { plan: "sha256:9", ..of() }).contains("another plan"));
        assert!(wrong(approval(), Approved { applier: BO, ..of() }).contains("approved it and applies it"));
        assert!(wrong(approval(), Approved { catalogue: "2027.01", ..of() }).contains("2027.01"));
        assert!(wrong(approval(), Approved { author: "", ..of() }).contains("doesn't say who made it"));
        let own = Approval { approver: ANA.to_owned(), ..approval() };
        assert!(wrong(own, of()).contains("made the plan and approved it"));
        let role = |session| format!("arn:aws:sts::123456789012:assumed-role/Deploy/{session}");
        let (author, approver) = (role("one"), role("two"));
        let one_role = Approval { author: author.clone(), approver, ..approval() };
        assert!(
            wrong(one_role, Approved { author: &author, ..of() }).contains("made the plan"),
            "sessions of one role"
        );
    }
}
