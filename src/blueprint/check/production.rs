//! The production and its keys.

use crate::blueprint::data::regions;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::Findings;
use crate::blueprint::model::{Blueprint, ContentClass, Profile, Region};
use crate::blueprint::nearest::did_you_mean;
use crate::blueprint::source::Spanned;

pub fn check(blueprint: &Blueprint, findings: &Findings) {
    known_region(&blueprint.production.region, findings);
    starts_before_it_wraps(blueprint, findings);
    profile_fits_the_content(blueprint, findings);
    administrators_are_of_the_account(blueprint, findings);
    boundary_is_a_policy(blueprint, findings);
}

/// The region exists.
pub fn known_region(region: &Spanned<Region>, findings: &Findings) {
    if !regions::is_known(region.as_str()) {
        let help = did_you_mean(region.as_str(), regions::REGIONS.iter().copied());
        findings.push(
            Diagnostic::error("unknown-region", format!("AWS has no region \"{region}\""))
                .at(region.span)
                .help(help.unwrap_or_else(|| "write one such as us-west-2".to_owned())),
        );
    }
}

fn starts_before_it_wraps(blueprint: &Blueprint, findings: &Findings) {
    let production = &blueprint.production;
    if production.wraps_on.value < production.starts_on.value {
        findings.push(
            Diagnostic::error("dates", "the production wraps before it starts")
                .at(production.wraps_on.span)
                .also(production.starts_on.span, format!("starts on {}", production.starts_on))
                .help("`wraps_on` is the last day of work: give it a later one"),
        );
    }
}

fn profile_fits_the_content(blueprint: &Blueprint, findings: &Findings) {
    let production = &blueprint.production;
    let high = production.content_class.value == ContentClass::HighSecurity;
    if high && production.controls.value != Profile::HighSecurity {
        findings.push(
            Diagnostic::error("profile", "high-security content needs the controls of that name")
                .at(production.content_class.span)
                .also(production.controls.span, format!("the controls are {}", production.controls))
                .help("write controls = \"high-security\""),
        );
    }
}

/// A boundary is a managed policy; a role would be refused only when the first role is made.
fn boundary_is_a_policy(blueprint: &Blueprint, findings: &Findings) {
    let Some(boundary) = &blueprint.production.boundary else { return };
    if boundary.service() != "iam" || !boundary.as_str().contains(":policy/") {
        findings.push(
            Diagnostic::error("boundary", "this is no IAM policy")
                .at(boundary.span)
                .help("write its ARN, such as arn:aws:iam::123456789012:policy/StudioBoundary"),
        );
    }
}

/// A policy that names a role of another account as a key's administrator gives the key away.
fn administrators_are_of_the_account(blueprint: &Blueprint, findings: &Findings) {
    let Some(account) = &blueprint.production.account else { return };
    for administrator in blueprint.keys.iter().flat_map(|key| &key.administrators) {
        let of = administrator.account();
        if administrator.service() != "iam" {
            findings.push(
                Diagnostic::error("administrator", "a key's administrator is an IAM role or user")
                    .at(administrator.span)
                    .help("write an ARN such as arn:aws:iam::123456789012:role/KeyAdmin"),
            );
        } else if of != account.as_str() {
            findings.push(
                Diagnostic::warning("administrator", format!("this administrator is of the account {of}"))
                    .at(administrator.span)
                    .also(account.span, "the production's account")
                    .help("make sure that another account shall manage the key"),
            );
        }
    }
}
