//! What holds for every blueprint.

use std::collections::BTreeSet;

use serde_json::Value;

use super::shipped::shipped;
use super::*;
use crate::resource::{Direction, SecurityGroup};

/// Blueprints that differ in what could break a property.
const VARIANTS: &[&[(&str, &str)]] = &[
    &[],
    &[("  administrators       = [\"arn:aws:iam::123456789012:role/KeyAdmin\"]\n", "")],
    &[("[\"s3\", \"ssm\", \"ssmmessages\", \"kms\", \"logs\"]", "[]")],
    &[("[\"s3\", \"ssm\", \"ssmmessages\", \"kms\", \"logs\"]", "[\"s3\", \"dynamodb\"]")],
    &[(
        "  endpoints = ",
        "  flow \"again\" {\n    from   = network.main.edge\n    to     = network.main.workstations\n    \
         ports  = [\"tcp/8443\", \"icmp\"]\n    reason = \"The same door twice.\"\n  }\n  flow \"office\" {\n    \
         from   = prefix_list.offices\n    to     = network.main.edge\n    ports  = [\"tcp/443\"]\n    \
         reason = \"Artists arrive at the gateway.\"\n  }\n  endpoints = ",
    )],
    &[("tier    = \"content\"", "tier    = \"service\"")],
];

/// The variants, and the blueprints that come along.
fn all() -> Vec<Desired> {
    VARIANTS.iter().map(|changes| compiled(changes)).chain(shipped()).collect()
}

fn groups(desired: &Desired) -> impl Iterator<Item = (&Address, &SecurityGroup)> {
    desired.resources.iter().filter_map(|(address, resource)| match resource {
        Resource::SecurityGroup(group) => Some((address, group)),
        _ => None,
    })
}

#[test]
fn the_same_blueprint_gives_the_same_bytes() {
    for changes in VARIANTS {
        let bytes = |desired: &Desired| serde_json::to_string(desired).unwrap_or_default();
        assert_eq!(bytes(&compiled(changes)), bytes(&compiled(changes)));
    }
}

#[test]
fn every_reference_leads_somewhere() {
    for desired in all() {
        for (address, resource) in &desired.resources {
            for link in resource.links() {
                let to = link.to.as_str();
                assert!(
                    desired.resources.contains_key(&link.to) || to.starts_with("com.amazonaws."),
                    "{address}: {} leads to {to}",
                    link.field
                );
            }
        }
        for pool in desired.pools.values() {
            assert!(pool.subnets.iter().all(|subnet| desired.resources.contains_key(subnet)));
        }
    }
}

#[test]
fn rules_are_sorted_unique_few_and_explained() {
    for desired in all() {
        for (address, group) in groups(&desired) {
            let keys: Vec<_> = group.rules.iter().map(|rule| rule.key()).collect();
            let unique: BTreeSet<_> = keys.iter().collect();
            assert_eq!(unique.len(), keys.len(), "{address}");
            assert!(group.rules.is_sorted(), "{address}");
            for direction in [Direction::Ingress, Direction::Egress] {
                assert!(group.rules.iter().filter(|rule| rule.direction == direction).count() <= 60);
            }
            for rule in &group.rules {
                assert!(rule.flow.is_some() && !rule.description.is_empty() && rule.description.len() <= 255);
                assert_ne!(rule.protocol, "-1");
            }
        }
    }
}

/// Whether a principal stands for everyone.
fn is_everyone(principal: &Value) -> bool {
    match principal {
        Value::String(one) => one == "*",
        Value::Array(all) => all.iter().any(is_everyone),
        Value::Object(kinds) => kinds.values().any(is_everyone),
        _ => false,
    }
}

/// A gateway endpoint takes no other principal than `*`; there a condition on the account narrows it.
#[test]
fn no_policy_speaks_to_everyone() {
    for desired in all() {
        for (address, policy) in policies(&desired) {
            let policy = policy.value();
            for statement in policy["Statement"].as_array().into_iter().flatten() {
                if !is_everyone(&statement["Principal"]) {
                    continue;
                }
                let gateway = ["s3", "dynamodb"].iter().any(|one| address.as_str().ends_with(&format!("/{one}")));
                let ours = format!(r#""aws:PrincipalAccount":"{}""#, desired.account);
                let ours = statement["Condition"].to_string().contains(&ours);
                assert!(gateway && ours, "{address}: {statement}");
            }
        }
    }
}

#[test]
fn policies_fit_where_they_go() {
    for desired in all() {
        for (address, resource) in &desired.resources {
            match resource {
                // IAM counts all inline policies of a role together, without white space.
                Resource::IamRole(role) => {
                    let length: usize = role.policies.values().map(|policy| policy.as_str().len()).sum();
                    assert!(length <= 10_240 && role.trust.as_str().len() <= 2_048, "{address}: {length}");
                    assert!(role.name.len() <= 64);
                }
                Resource::KmsKey(key) => assert!(key.policy.as_str().len() <= 32_768),
                Resource::VpcEndpoint(endpoint) => assert!(endpoint.policy.as_str().len() <= 20_480),
                _ => {}
            }
        }
    }
}

/// A key is used through EC2, through the logs or through AWS Backup, and in no other way.
#[test]
fn nobody_uses_a_key_directly() {
    for desired in all() {
        for resource in desired.resources.values() {
            let Resource::KmsKey(key) = resource else { continue };
            let region = key.region.as_ref().unwrap_or(&desired.region);
            let through = [
                format!("ec2.{region}.amazonaws.com"),
                format!("backup.{region}.amazonaws.com"),
                format!("log-group:/closedset/{}/*", desired.production),
            ];
            for statement in key.policy.value()["Statement"].as_array().into_iter().flatten() {
                let uses = ["Decrypt", "Encrypt", "CreateGrant", "GenerateDataKey", "ReEncrypt"]
                    .iter()
                    .any(|action| statement["Action"].to_string().contains(&format!("kms:{action}")));
                if uses && statement["Effect"] == "Allow" {
                    let condition = statement["Condition"].to_string();
                    assert!(through.iter().any(|way| condition.contains(way)), "{statement}");
                }
            }
        }
    }
}

#[test]
fn everything_says_whose_it_is() {
    let desired = compiled(&[]);
    for (address, resource) in &desired.resources {
        let Some(tags) = resource.tags() else { continue };
        for (key, value) in [
            ("production", "nebula"),
            ("owner", "lighthouse-vfx"),
            ("content_class", "pre-release"),
            ("wraps_on", "2027-06-30"),
            ("cost_center", "4711"),
        ] {
            assert_eq!(tags.get(key).map(String::as_str), Some(value), "{address}");
        }
        assert!(tags.len() <= 40 && tags.keys().all(|key| !key.starts_with("closedset:")), "{address}");
    }
}
