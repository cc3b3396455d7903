//! What a workstation may do in the account: be managed, prove its licence, read the declared secrets, write its logs.
//!
//! The managed policy `AmazonSSMManagedInstanceCore` is not attached: it also lets a machine read every parameter of
//! the account, which is where secrets of other productions may lie. The inline policy `management` holds the same
//! actions without these two, `ssm:GetParameter` and `ssm:GetParameters`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::compiler::Compiler;
use super::place::Place;
use super::policy::{allow, document, trust};
use crate::blueprint::model::WorkstationPool;
use crate::resource::{Address, Document, IamRole, InstanceProfile};

/// What the agent of Systems Manager needs: registering, sessions, commands, inventory, patches. None of these actions
/// can be limited to a resource that is known beforehand. Source: AWS managed policy reference,
/// "AmazonSSMManagedInstanceCore".
const MANAGEMENT: &[&str] = &[
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
    "ssm:DescribeAssociation",
    "ssm:DescribeDocument",
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:GetDocument",
    "ssm:GetManifest",
    "ssm:ListAssociations",
    "ssm:ListInstanceAssociations",
    "ssm:PutComplianceItems",
    "ssm:PutConfigurePackageResult",
    "ssm:PutInventory",
    "ssm:UpdateAssociationStatus",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
];

/// Writing to a log group that is there.
const WRITE_LOGS: &[&str] = &["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];

/// The address of a pool's role.
pub(super) fn role_of(pool: &WorkstationPool) -> Address {
    Address::new(format!("workstation_pool.{}.role", pool.name))
}

/// The address of a pool's profile.
pub(super) fn profile_of(pool: &WorkstationPool) -> Address {
    Address::new(format!("workstation_pool.{}.profile", pool.name))
}

impl Compiler<'_> {
    pub(super) fn role_and_profile(&mut self, pool: &WorkstationPool) {
        let span = pool.name.span;
        let place = self.place();
        let name = place.role_name("pool", pool.name.as_str());
        let own = self.blueprint.tags_of(pool);
        let tags = self.tags(span, None, &own);
        let role = IamRole {
            name: name.clone(),
            path: place.iam_path(),
            trust: trust(&place.ec2(), Value::Null),
            policies: policies_of(pool, &place),
            managed: BTreeSet::new(),
            boundary: self.boundary(),
            tags: tags.clone(),
        };
        let profile = InstanceProfile { name, path: place.iam_path(), role: Some(role_of(pool)), tags };
        self.add(role_of(pool), span, role);
        self.add(profile_of(pool), span, profile);
    }
}

fn policies_of(pool: &WorkstationPool, place: &Place<'_>) -> BTreeMap<String, Document> {
    let here = json!({ "StringEquals": { "aws:RequestedRegion": place.region } });
    let licence = json!(place.objects_of(&format!("dcv-license.{}", place.region)));
    // Below a path of the pool's own: what a machine writes must not mingle with the network's record of it.
    let logs = json!(place.log_groups(&format!("{}workstations/{}/*", place.log_path(), pool.name)));
    let mut policies = BTreeMap::from([
        ("management".to_owned(), vec![allow("Agent", Value::Null, MANAGEMENT, json!("*"), here)]),
        ("dcv-licence".to_owned(), vec![allow("Licence", Value::Null, &["s3:GetObject"], licence, Value::Null)]),
        ("logs".to_owned(), vec![allow("Write", Value::Null, WRITE_LOGS, logs, Value::Null)]),
    ]);
    let secrets = secret_statements(pool, place);
    if !secrets.is_empty() {
        policies.insert("secrets".to_owned(), secrets);
    }
    policies.into_iter().map(|(name, statements)| (name, document(statements))).collect()
}

/// Where secrets lie: what reads them there, and what each service says to the key that encrypts them.
struct Store {
    service: &'static str,
    sid: &'static str,
    read: &'static [&'static str],
    /// The part of the encryption context that names the secret. Sources: Secrets Manager user guide, "Secret
    /// encryption and decryption"; Systems Manager user guide, "AWS KMS encryption for SecureString parameters".
    context: &'static str,
}

const STORES: &[Store] = &[
    Store {
        service: "secretsmanager",
        sid: "Secrets",
        read: &["secretsmanager:GetSecretValue"],
        context: "kms:EncryptionContext:SecretARN",
    },
    Store {
        service: "ssm",
        sid: "Parameters",
        read: &["ssm:GetParameter"],
        context: "kms:EncryptionContext:PARAMETER_ARN",
    },
];

/// What lets a seat read the declared secrets, and nothing else.
///
/// A secret under a key of its own is decrypted in the reader's name, through the service that keeps it: that much is
/// allowed for these secrets only, and works only where the key's policy agrees.
fn secret_statements(pool: &WorkstationPool, place: &Place<'_>) -> Vec<Value> {
    let mut statements = Vec::new();
    for store in STORES {
        let declared = pool.bootstrap.iter().flat_map(|bootstrap| bootstrap.secrets.values());
        let (mut secrets, mut services, mut keys) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for secret in declared.filter(|secret| secret.service() == store.service) {
            match store.service {
                "secretsmanager" => secrets.extend(secret_arns(secret.as_str())),
                _ => secrets.extend([secret.as_str().to_owned()]),
            }
            // Most secrets lie in the production's region; one may not, and its key lies where it does.
            let there = Place { region: secret.region(), ..*place };
            services.insert(there.regional_service(store.service));
            keys.insert(there.regional("kms", "key/*"));
        }
        if secrets.is_empty() {
            continue;
        }
        let for_these = json!({
            "StringEquals": { "kms:ViaService": services },
            "StringLike": { store.context: secrets },
        });
        statements.push(allow(store.sid, Value::Null, store.read, json!(secrets), Value::Null));
        let sid = format!("Decrypt{}", store.sid);
        statements.push(allow(&sid, Value::Null, &["kms:Decrypt"], json!(keys), for_these));
    }
    statements
}

/// A secret's ARN ends in six characters that Secrets Manager adds to its name. People write it with them or without;
/// six question marks stand for them. Whether a name that ends in six letters behind a hyphen has them already can't be
/// told, so both are named then. Source: Secrets Manager user guide, "Permissions policy examples".
fn secret_arns(arn: &str) -> Vec<String> {
    let without = format!("{arn}-??????");
    let has_suffix =
        arn.rsplit_once('-').is_some_and(|(_, end)| end.len() == 6 && end.bytes().all(|b| b.is_ascii_alphanumeric()));
    if has_suffix { vec![arn.to_owned(), without] } else { vec![without] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_with_and_without_their_suffix() {
        assert_eq!(secret_arns("a:secret:ad-join"), ["a:secret:ad-join-??????"]);
        assert_eq!(
            secret_arns("a:secret:ad-join-AbC123"),
            ["a:secret:ad-join-AbC123", "a:secret:ad-join-AbC123-??????"]
        );
    }
}
