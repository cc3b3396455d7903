//! Pools: what they refer to, how they are named, how they roll.

use super::networks::once;
use crate::blueprint::data::regions::is_known;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::Findings;
use crate::blueprint::model::{Blueprint, Tier, WorkstationPool};

pub fn check(blueprint: &Blueprint, findings: &Findings) {
    for pool in &blueprint.pools {
        once(&pool.instance_types, "instance type", findings);
        secrets_are_secrets(blueprint, pool, findings);
        stands_inside(blueprint, pool, findings);
        template_is_below_the_folder(pool, findings);
    }
}

/// What the instance role may read is a secret of this region.
fn secrets_are_secrets(blueprint: &Blueprint, pool: &WorkstationPool, findings: &Findings) {
    let region = &blueprint.production.region;
    for arn in pool.bootstrap.iter().flat_map(|bootstrap| bootstrap.secrets.values()) {
        let is_secret = arn.service() == "secretsmanager"
            || (arn.service() == "ssm" && arn.as_str().split(':').nth(5).is_some_and(|r| r.starts_with("parameter/")));
        if !is_secret {
            findings.push(
                Diagnostic::error("secret-reference", "this is no secret that a guest can fetch")
                    .at(arn.span)
                    .help("write the ARN of a Secrets Manager secret or of an SSM parameter"),
            );
        } else if arn.region() != region.as_str() && is_known(region.as_str()) {
            findings.push(
                Diagnostic::warning("secret-reference", format!("this secret is in {}", arn.region()))
                    .at(arn.span)
                    .also(region.span, "the production's region")
                    .help("endpoints are of one region: replicate the secret to the production's"),
            );
        }
    }
}

/// Seats in an edge segment have a route to the internet.
fn stands_inside(blueprint: &Blueprint, pool: &WorkstationPool, findings: &Findings) {
    let Some(segment) = blueprint.segment(&pool.segment) else { return };
    if segment.tier.value == Tier::Edge {
        findings.push(
            Diagnostic::warning("edge-seats", format!("the seats of \"{}\" have a route to the internet", pool.name))
                .at(pool.segment.span)
                .also(segment.tier.span, "the segment is an edge")
                .help("stand them in a content segment; only gateways belong to an edge"),
        );
    }
}

fn template_is_below_the_folder(pool: &WorkstationPool, findings: &Findings) {
    let Some(bootstrap) = &pool.bootstrap else { return };
    let template = &bootstrap.template;
    let leaves = template.starts_with('/')
        || template.contains('\\')
        || template.split('/').any(|part| part == ".." || part.is_empty());
    if leaves {
        findings.push(
            Diagnostic::error("template-path", format!("the template \"{template}\" is not below templates/"))
                .at(template.span)
                .help("write its path from there, such as site.sh.j2"),
        );
    }
}
