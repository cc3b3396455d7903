//! Attestations.

use super::exceptions::control_exists;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::{Findings, is_sound};
use crate::blueprint::model::{Attestation, Blueprint, Date};

pub fn check(blueprint: &Blueprint, today: Date, findings: &Findings) {
    for attestation in &blueprint.attestations {
        for control in &attestation.controls {
            control_exists(control, findings);
        }
        super::networks::once(&attestation.controls, "control", findings);
        days(attestation, today, findings);
    }
}

fn days(attestation: &Attestation, today: Date, findings: &Findings) {
    let (on, expires) = (&attestation.on, &attestation.expires);
    if expires.value < on.value {
        findings.push(
            Diagnostic::error("dates", format!("attestation \"{}\" ends before it was said", attestation.name))
                .at(expires.span)
                .also(on.span, format!("said on {on}"))
                .help("`expires` is its last day: give it a later one"),
        );
    } else if is_sound(expires) && expires.value < today {
        findings.push(
            Diagnostic::warning("attestation", format!("attestation \"{}\" has expired", attestation.name))
                .at(expires.span)
                .label(format!("today is {today}"))
                .help("what it says counts no more: have it said anew"),
        );
    }
    if is_sound(on) && on.value > today {
        findings.push(
            Diagnostic::error("dates", format!("attestation \"{}\" is of a day to come", attestation.name))
                .at(on.span)
                .label(format!("today is {today}"))
                .help("write the day on which it was said"),
        );
    }
}
