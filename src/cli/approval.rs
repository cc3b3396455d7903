//! Whether somebody else approved a plan: the approval beside its file, its signature, and whose signatures count.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::carry_out::warn;
use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::save::write_whole;
use super::signing::{self, Key};
use super::sources;
use crate::controls::{APPROVED, Assessment, VERSION};
use crate::plan::{APPROVAL_MARK, APPROVAL_VERSION, Approval, Approved, Plan};
use crate::resource::principal;

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

/// Somebody whose signature counts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Approver {
    /// As AWS names them: `aws sts get-caller-identity`.
    arn: String,
    /// minisign's, in base64.
    public_key: String,
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
        return if is_asked { Err(unapproved("by a blueprint nothing can be approved")) } else { Ok(None) };
    };
    let path = beside(file.path);
    if !path.exists() {
        return if is_asked { Err(unapproved(&format!("{} isn't there", path.display()))) } else { Ok(None) };
    }
    let from_environment = || std::env::var_os(APPROVERS).filter(|value| !value.is_empty()).map(PathBuf::from);
    let Some(list) = file.approvers.map(Path::to_owned).or_else(from_environment) else {
        if is_asked {
            return Err(unapproved(&format!("nobody says whose signature of {} counts", path.display())));
        }
        let words = format!("{} isn't looked at: --approvers FILE says whose approval counts.", path.display());
        warn(context.printer, "note: ", &words);
        return Ok(None);
    };
    let to = Approved { plan: &file.digest, author: &file.author, catalogue: VERSION, applier };
    held(&path, &approvers(&list)?, &to).map(Some)
}

/// Reads an approval and holds it against the plan.
fn held(path: &Path, approvers: &[Approver], to: &Approved<'_>) -> Result<Approval, CliError> {
    let bytes = sources::bytes(path)?;
    let refused = |words: &str| unapproved(&format!("{}: {words}", path.display()));
    let approval: Approval =
        serde_json::from_slice(&bytes).map_err(|error| refused(&format!("it can't be read: {error}")))?;
    if approval.file != APPROVAL_MARK || approval.format_version != APPROVAL_VERSION {
        return Err(refused("it is no approval that this version knows"));
    }
    let signature = signature_of(path);
    if !signature.exists() {
        return Err(refused("it isn't signed"));
    }
    let signature = sources::bytes(&signature)?;
    let mut of_approver =
        approvers.iter().filter(|one| principal(&one.arn) == principal(&approval.approver)).peekable();
    if of_approver.peek().is_none() {
        return Err(refused(&format!("{} is none of those whose approval counts", approval.approver)));
    }
    let mut is_signed = false;
    for one in of_approver {
        is_signed |= signing::check(&one.public_key, &signature, &bytes)?.is_ok();
    }
    if !is_signed {
        return Err(refused(&format!("its signature isn't that of {}", approval.approver)));
    }
    match approval.objections(to).as_slice() {
        [] => Ok(approval),
        objections => Err(refused(&objections.join("; "))),
    }
}

/// Reads the list: a line each, a principal's ARN and a public key of minisign's; `#` begins a comment.
fn approvers(path: &Path) -> Result<Vec<Approver>, CliError> {
    let text =
        String::from_utf8(sources::bytes(path)?).map_err(|_| CliError::file("read", path, "it is not valid UTF-8"))?;
    let mut approvers = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (None, ..) => {}
            (Some(arn), Some(public_key), None) if arn.starts_with("arn:") => {
                approvers.push(Approver { arn: arn.to_owned(), public_key: public_key.to_owned() });
            }
            _ => {
                return Err(CliError::new(
                    ErrorKind::File,
                    format!("line {number} of {} names no approver", path.display()),
                )
                .hint(
                    "an approver is an ARN, as aws sts get-caller-identity has it, and the second line of minisign.pub",
                ));
            }
        }
    }
    Ok(approvers)
}

fn unapproved(why: &str) -> CliError {
    let mut error = CliError::new(
        ErrorKind::Refused,
        format!("refused: {APPROVED} asks that somebody else approves a change before it is applied"),
    );
    error.details.push(why.to_owned());
    error
        .hint("closedset plan --out FILE; somebody else: closedset approve FILE --key KEYFILE; closedset apply FILE --approvers LIST")
        .hint(format!("or write down why not: an exception of {APPROVED} whose scope holds the production"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_approvers_is_read_line_by_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("approvers");
        let read = |text: &str| {
            std::fs::write(&path, text).expect("it is written");
            approvers(&path)
        };
        let bo = "arn:aws:iam::123456789012:user/bo";
        let list = read(&format!("# the studio's\n\n{bo}  RWQabc # since May\n")).expect("a list");
        assert_eq!(list, [Approver { arn: bo.to_owned(), public_key: "RWQabc".to_owned() }]);
        let error = read(&format!("{bo} RWQabc\nbo RWQabc\n")).expect_err("no ARN");
        assert!(error.message.starts_with("line 2 of "), "{}", error.message);
    }
}
