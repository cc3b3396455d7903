//! Exceptions by themselves; what they cover is the weaknesses' business.

use jiff::ToSpan as _;

use crate::blueprint::data::controls;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::{Findings, is_sound};
use crate::blueprint::model::{Blueprint, ControlId, Date, Exception};
use crate::blueprint::nearest::did_you_mean;
use crate::blueprint::source::Spanned;

/// So many days ahead an exception ends at the latest. Source: MPA best practices 5.3.1, OR-2.0, as the control VDI-INV-06
/// holds it.
pub const LONGEST_DAYS: i64 = 90;

pub fn check(blueprint: &Blueprint, today: Date, findings: &Findings) {
    for exception in &blueprint.exceptions {
        control_exists(&exception.control, findings);
        control_can_be_waived(exception, findings);
        approved_by_another(exception, findings);
        ends_in_time(exception, today, findings);
    }
}

/// The control is one of the catalogue.
pub fn control_exists(control: &Spanned<ControlId>, findings: &Findings) {
    if controls::severity(control.as_str()).is_none() {
        let ids = controls::all().map(|(id, _)| id);
        findings.push(
            Diagnostic::error("unknown-control", format!("there is no control {control}"))
                .at(control.span)
                .help(did_you_mean(control.as_str(), ids).unwrap_or_else(|| "`controls list` shows all".to_owned())),
        );
    }
}

fn control_can_be_waived(exception: &Exception, findings: &Findings) {
    if controls::NEVER_WAIVED.contains(&exception.control.as_str()) {
        findings.push(
            Diagnostic::error("exception", format!("the control {} can't be waived", exception.control))
                .at(exception.control.span)
                .help("mend what breaks it; no exception helps"),
        );
    }
}

fn approved_by_another(exception: &Exception, findings: &Findings) {
    let same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
    if same(&exception.owner, &exception.approver) {
        findings.push(
            Diagnostic::error("exception", format!("exception \"{}\" is approved by its owner", exception.name))
                .at(exception.approver.span)
                .also(exception.owner.span, "the owner")
                .help("somebody else has to approve it"),
        );
    }
}

fn ends_in_time(exception: &Exception, today: Date, findings: &Findings) {
    let expires = &exception.expires;
    if !is_sound(expires) {
        return;
    }
    if expires.value < today {
        findings.push(
            Diagnostic::error("exception", format!("exception \"{}\" has expired", exception.name))
                .at(expires.span)
                .label(format!("today is {today}"))
                .help("mend what it excused, or have it approved anew"),
        );
    } else if today.checked_add(LONGEST_DAYS.days()).is_ok_and(|latest| expires.value > latest) {
        findings.push(
            Diagnostic::error(
                "exception",
                format!("exception \"{}\" ends more than {LONGEST_DAYS} days ahead", exception.name),
            )
            .at(expires.span)
            .label(format!("today is {today}"))
            .help("give it an earlier end, and have it approved anew then"),
        );
    }
}
