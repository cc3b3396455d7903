//! Whether somebody else approved a plan: the approval beside its file, its signature, and whose signatures count.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::approvers::Approvers;
use super::carry_out::warn;
use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::save::write_whole;
use super::signing::Key;
use super::sources;
use crate::controls::{APPROVED, Assessment, VERSION};
use crate::plan::{APPROVAL_MARK, APPROVAL_VERSION, Approval, Approved, Objection, Plan};

/// The environment variable that names the list of approvers.
const APPROVERS: &str = "CLOSEDSET_APPROVERS";

/// A saved plan that is to be applied, and who says whose approval of it counts.
#[derive(Debug)]
pub struct PlanFile<'a> {
    pub path: &'a Path,
    /// SHA-256 of its bytes: `sha256:…`.
    pub digest: String,
    /// Who made it, by itself.
    pub author: String,
    /// The list of approvers; none where the arguments name none.
    pub approvers: Option<&'a Path>,
}

/// The approval's file, beside the plan's.
pub fn beside(plan: &Path) -> PathBuf {
    with(plan, ".approval")
}

fn signature_of(approval: &Path) -> PathBuf {
    with(approval, ".minisig")
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name: OsString = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// Writes an approval and its signature beside the plan; the approval last, so that there is none without a signature.
///
/// # Errors
/// Where they can't be written, or the system has no random numbers.
pub fn write(plan: &Path, approval: &Approval, key: &Key) -> Result<PathBuf, CliError> {
    let path = beside(plan);
    let text = serde_json::to_string_pretty(approval)
        .map_err(|error| CliError::usage(format!("the approval can't be written as JSON: {error}")))?;
    let bytes = format!("{text}\n").into_bytes();
    let comment = format!("approval of {} by {} at {}", approval.plan, approval.approver, approval.at);
    let signature = key.sign(&bytes, &comment)?;
    for (path, bytes) in [(signature_of(&path), signature.as_bytes()), (path.clone(), bytes.as_slice())] {
        write_whole(&path, bytes).map_err(|error| CliError::file("write", &path, error))?;
    }
    Ok(path)
}

/// Whether the profile asks that somebody else approves a plan.
///
/// # Errors
/// An assessment that can't be read.
pub fn asks_for_approval(context: &Context<'_>, plan: &Plan) -> Result<bool, CliError> {
    let assessment = Assessment::of(plan)
        .map_err(|error| CliError::usage(format!("the plan's assessment can't be read: {error}")))?;
    Ok(assessment.is_some_and(|one| one.asks_for_approval(context.today())))
}

/// Refuses a plan that needs the approval of somebody else and hasn't it. Gives the approval that was found and holds.
///
/// # Errors
/// The refusal; a list of approvers that can't be used.
pub fn pass(
    context: &Context<'_>,
    plan: &Plan,
    file: Option<&PlanFile<'_>>,
    applier: &str,
) -> Result<Option<Approval>, CliError> {
    let is_asked = asks_for_approval(context, plan)?;
    let Some(file) = file else {
        return if is_asked { Err(Lack::NoPlanFile.refusal()) } else { Ok(None) };
    };
    let path = beside(file.path);
    if !path.exists() {
        return if is_asked { Err(Lack::NoApproval(file.path, &path).refusal()) } else { Ok(None) };
    }
    let from_environment = || std::env::var_os(APPROVERS).filter(|value| !value.is_empty()).map(PathBuf::from);
    let Some(list) = file.approvers.map(Path::to_owned).or_else(from_environment) else {
        if is_asked {
            return Err(Lack::NoList(&path).refusal());
        }
        let words = format!("{} isn't looked at: --approvers FILE says whose approval counts.", path.display());
        warn(context.printer, "note: ", &words);
        return Ok(None);
    };
    let to = Approved { plan: &file.digest, author: &file.author, catalogue: VERSION, applier };
    held(file.path, &path, &Approvers::read(&list)?, &to).map(Some)
}

/// Reads an approval and holds it against the plan.
fn held(plan: &Path, path: &Path, approvers: &Approvers, to: &Approved<'_>) -> Result<Approval, CliError> {
    let bytes = sources::bytes(path)?;
    let refused = |what: Wrong| Lack::Wrong { plan, approval: path, list: &approvers.path, what }.refusal();
    let approval: Approval =
        serde_json::from_slice(&bytes).map_err(|error| refused(Wrong::Unreadable(error.to_string())))?;
    if approval.file != APPROVAL_MARK || approval.format_version != APPROVAL_VERSION {
        return Err(refused(Wrong::Unknown));
    }
    let signature = signature_of(path);
    if !signature.exists() {
        return Err(refused(Wrong::Unsigned));
    }
    let signature = sources::bytes(&signature)?;
    if !approvers.has(&approval.approver) {
        return Err(refused(Wrong::Unlisted(approval.approver)));
    }
    if !approvers.signed(&approval.approver, &signature, &bytes) {
        return Err(refused(Wrong::SignedByAnother(approval.approver)));
    }
    match approval.objections(to) {
        objections if objections.is_empty() => Ok(approval),
        objections => Err(refused(Wrong::Unfit(objections))),
    }
}

/// What a plan lacks that somebody else has to approve.
#[derive(Debug)]
enum Lack<'a> {
    /// A blueprint is to be applied, and only a file can be approved.
    NoPlanFile,
    /// Nobody approved this plan: its file, and where the approval would be.
    NoApproval(&'a Path, &'a Path),
    /// There is an approval, and nobody says whose count.
    NoList(&'a Path),
    /// There is one that doesn't hold.
    Wrong { plan: &'a Path, approval: &'a Path, list: &'a Path, what: Wrong },
}

/// Why an approval doesn't hold.
#[derive(Debug)]
enum Wrong {
    Unreadable(String),
    /// Something else, or of another version.
    Unknown,
    Unsigned,
    /// The approver isn't in the list.
    Unlisted(String),
    /// The signature is by none of the approver's keys.
    SignedByAnother(String),
    Unfit(Vec<Objection>),
}

impl Lack<'_> {
    /// The refusal, with what to do in this very case.
    fn refusal(&self) -> CliError {
        let mut error = CliError::new(
            ErrorKind::Refused,
            format!("refused: {APPROVED} asks that somebody else approves a change before it is applied"),
        );
        error.details.push(self.words());
        error.hints = self.hints();
        error
    }

    fn words(&self) -> String {
        match self {
            Self::NoPlanFile => "by a blueprint nothing can be approved".to_owned(),
            Self::NoApproval(_, approval) => format!("{} isn't there: nobody approved it yet", approval.display()),
            Self::NoList(approval) => format!("nobody says whose signature of {} counts", approval.display()),
            Self::Wrong { approval, what, .. } => format!("{}: {}", approval.display(), what.words()),
        }
    }

    fn hints(&self) -> Vec<String> {
        let exception =
            || format!("or write down why not: an exception of {APPROVED} whose scope holds the production");
        match self {
            Self::NoPlanFile => vec![
                "closedset plan BLUEPRINT --out FILE; somebody else: closedset approve FILE --key KEYFILE; then closedset \
                 apply FILE --approvers LIST"
                    .to_owned(),
                exception(),
            ],
            Self::NoApproval(plan, _) => vec![
                format!("somebody else, by their own credentials: closedset approve {} --key KEYFILE", plan.display()),
                exception(),
            ],
            Self::NoList(_) => {
                vec![format!("--approvers LIST names the list of those whose approval counts, or {APPROVERS} does")]
            }
            Self::Wrong { plan, list, what, .. } => what.hints(plan, list),
        }
    }
}

impl Wrong {
    fn words(&self) -> String {
        match self {
            Self::Unreadable(error) => format!("it can't be read: {error}"),
            Self::Unknown => "it is no approval that this version knows".to_owned(),
            Self::Unsigned => "it isn't signed".to_owned(),
            Self::Unlisted(approver) => format!("{approver} is none of those whose approval counts"),
            Self::SignedByAnother(approver) => format!("its signature isn't that of {approver}"),
            Self::Unfit(objections) => objections.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        }
    }

    fn hints(&self, plan: &Path, list: &Path) -> Vec<String> {
        let (plan, list) = (plan.display(), list.display());
        let approve = format!("closedset approve {plan} --key KEYFILE");
        let (first, more) = match self {
            Self::Unreadable(_) | Self::Unknown | Self::Unsigned => (format!("approve it once more: {approve}"), None),
            Self::Unlisted(_) => (
                format!("somebody of {list} has to approve it: {approve}"),
                Some(format!(
                    "or whoever keeps {list} adds a line to it: the ARN, and the second line of their minisign.pub"
                )),
            ),
            Self::SignedByAnother(approver) => (
                format!("{approver} approves it with a key that {list} has beside that ARN: {approve}"),
                Some("what was written after it was signed isn't approved either".to_owned()),
            ),
            Self::Unfit(objections) => return objections.iter().map(|one| hint(one, &approve)).collect(),
        };
        std::iter::once(first).chain(more).collect()
    }
}

/// What to do about an objection.
pub fn hint(objection: &Objection, approve: &str) -> String {
    match objection {
        Objection::OtherPlan => {
            format!(
                "what was approved is another file, byte for byte: read this one, and approve it as it is: {approve}"
            )
        }
        Objection::OtherAuthor { .. } => format!("approve this very plan: {approve}"),
        Objection::NoAuthor => {
            "make a new plan, which says who made it: closedset plan BLUEPRINT --out FILE".to_owned()
        }
        Objection::ByAuthor(_) => format!(
            "whoever made the plan doesn't approve it: somebody else does, with credentials of their own (--profile NAME, or \
             AWS_PROFILE): {approve}"
        ),
        Objection::ByApplier(_) => {
            "whoever approved doesn't apply it: the author may, or CI, with credentials of their \
                                    own (--profile NAME, or AWS_PROFILE)"
                .to_owned()
        }
        Objection::OtherCatalogue { .. } => {
            "plan and approve with the version of closedset that applies: closedset plan BLUEPRINT --out FILE"
                .to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_hints_of_its_own() {
        let (plan, approval, list) =
            (Path::new("monday.plan"), Path::new("monday.plan.approval"), Path::new("approvers"));
        let bo = || "arn:aws:iam::123456789012:user/bo".to_owned();
        let of = |lack: Lack<'_>| lack.refusal().hints.join(" | ");
        let wrong = |what| of(Lack::Wrong { plan, approval, list, what });
        let unfit = |objection| wrong(Wrong::Unfit(vec![objection]));
        let all = [
            (of(Lack::NoPlanFile), "closedset plan BLUEPRINT --out FILE"),
            (of(Lack::NoApproval(plan, approval)), "somebody else, by their own credentials"),
            (of(Lack::NoList(approval)), "CLOSEDSET_APPROVERS"),
            (wrong(Wrong::Unsigned), "approve it once more"),
            (wrong(Wrong::Unlisted(bo())), "whoever keeps approvers adds a line"),
            (wrong(Wrong::SignedByAnother(bo())), "with a key that approvers has beside that ARN"),
            (unfit(Objection::OtherPlan), "byte for byte"),
            (unfit(Objection::ByAuthor(bo())), "whoever made the plan doesn't approve it"),
            (unfit(Objection::ByApplier(bo())), "whoever approved doesn't apply it"),
        ];
        for (hints, wanted) in &all {
            assert!(hints.contains(wanted), "{wanted}\n{hints}");
            assert_eq!(all.iter().filter(|(other, _)| other == hints).count(), 1, "{hints}");
        }
    }
}
