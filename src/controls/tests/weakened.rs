//! One field of a good floor is weakened: exactly the controls that should react do, in the plan's state and in the live
//! one alike, and each has said beforehand that it watches that field.

use serde_json::{Value, json};

use super::unprotected::BACKUPS;
use super::*;
use crate::controls::Record;
use crate::controls::checks::{Watch, checked};
use crate::plan::Endangered;
use crate::resource::{Direction, Document, Peer, Rule, Tags, fields_of};

/// A weakening, the controls that react, and what the first of them says.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) weaken: fn(&mut Floor<'_>),
    pub(super) reacts: &'static [&'static str],
    pub(super) says: &'static str,
}

const WORKSTATIONS: &str = "network.main.workstations";

fn rule(direction: Direction, protocol: &str, ports: Option<(u16, u16)>, peer: Peer, flow: Option<&str>) -> Rule {
    let (protocol, flow) = (protocol.to_owned(), flow.map(str::to_owned));
    Rule { direction, protocol, ports, peer, description: "Opened for a test.".to_owned(), flow }
}

fn open(floor: &mut Floor<'_>, at: &str, rule: Rule) {
    group(floor, at, |group| group.rules.push(rule));
}

fn range(text: &str) -> Peer {
    Peer::Cidr(text.to_owned())
}

fn segment(name: &str) -> Peer {
    Peer::Group(Address::new(format!("network.main.{name}")))
}

fn policy(statement: Value) -> Document {
    Document::new(&json!({ "Version": "2012-10-17", "Statement": [statement] }))
}

/// Adds a statement to a key's policy.
fn add(document: &Document, statement: Value) -> Document {
    let mut policy = document.value();
    if let Some(Value::Array(all)) = policy.get_mut("Statement") {
        all.push(statement);
    }
    Document::new(&policy)
}

const SEAT: &str = "workstation_pool.comp[001]";

const CASES: &[Case] = &[
    Case {
        name: "a resource that bears the mark without an address",
        weaken: |floor| {
            let one = floor.resources[&Address::new("workstation_pool.comp[001].cache")].clone();
            floor.resources.insert(Address::new("stray.vol-0ab1"), one);
        },
        reacts: &["VDI-INV-03"],
        says: "stray.vol-0ab1 bears the production's mark, but no address",
    },
    Case {
        name: "an edge that hands out public addresses",
        weaken: |floor| subnet(floor, "network.main.edge/us-west-2a", |subnet| subnet.public_addresses = true),
        reacts: &["VDI-INV-03"],
        says: "network.main.edge/us-west-2a gives a public address to whatever starts in it",
    },
    Case {
        name: "a resource of another production",
        weaken: |floor| vpc(floor, "network.main", |vpc| drop(vpc.tags.insert("production".into(), "other".into()))),
        reacts: &["VDI-INV-01"],
        says: "network.main says that it belongs to production other",
    },
    Case {
        name: "a seat in somebody else's subnet",
        weaken: |floor| seat(floor, SEAT, |seat| seat.subnets = BTreeSet::from([Address::new("subnet-0ab1")])),
        reacts: &["VDI-INV-05"],
        says: "workstation_pool.comp[001] stands in subnet-0ab1, which is not of this production",
    },
    Case {
        name: "a role that may do all with one bucket",
        weaken: |floor| {
            role(floor, "workstation_pool.comp.role", |role| {
                let all = json!({ "Sid": "All", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*" });
                role.policies.insert("more".to_owned(), policy(all));
            });
        },
        reacts: &["VDI-IAM-03"],
        says: "workstation_pool.comp.role has the policy \"more\", whose statement \"All\" grants s3:*",
    },
    Case {
        name: "a role that may pass roles",
        weaken: |floor| {
            role(floor, "workstation_pool.comp.role", |role| {
                let pass = json!({
                    "Sid": "Pass", "Effect": "Allow", "Action": "iam:PassRole",
                    "Resource": "arn:aws:iam::123456789012:role/x",
                });
                role.policies.insert("more".to_owned(), policy(pass));
            });
        },
        reacts: &["VDI-IAM-03"],
        says: "workstation_pool.comp.role has the policy \"more\", whose statement \"Pass\" grants iam:PassRole",
    },
    Case {
        name: "a role that may use any key",
        weaken: |floor| {
            role(floor, "workstation_pool.comp.role", |role| {
                let any = json!({ "Sid": "Any", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*" });
                role.policies.insert("more".to_owned(), policy(any));
            });
        },
        reacts: &["VDI-IAM-07", "VDI-IAM-03"],
        says: "workstation_pool.comp.role has a policy whose statement \"Any\" lets it use any key",
    },
    Case {
        name: "a managed policy",
        weaken: |floor| {
            role(floor, "workstation_pool.comp.role", |role| {
                role.managed.insert("arn:aws:iam::aws:policy/AmazonEC2FullAccess".to_owned());
            });
        },
        reacts: &["VDI-IAM-03"],
        says: "workstation_pool.comp.role has arn:aws:iam::aws:policy/AmazonEC2FullAccess attached, whose text is \
               somebody else's",
    },
    Case {
        name: "a seat of somebody whom nobody declared",
        weaken: |floor| seat(floor, SEAT, |seat| drop(seat.tags.insert("artist".into(), "mallory".into()))),
        reacts: &["VDI-IAM-04"],
        says: "workstation_pool.comp[001] belongs to mallory, whom no artist block names",
    },
    Case {
        name: "a key that everyone may read with",
        weaken: |floor| {
            key(floor, "key.content", |key| {
                let open = json!({
                    "Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*",
                });
                key.policy = add(&key.policy, open);
            });
        },
        // The account that keeps the key is part of everyone.
        reacts: &["VDI-IAM-06", "VDI-IAM-07"],
        says: "key.content is open: statement \"Open\" lets everyone in",
    },
    Case {
        name: "a key that another account may read with",
        weaken: |floor| {
            key(floor, "key.content", |key| {
                let guest = json!({
                    "Sid": "Guest", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::210987654321:root" },
                    "Action": "kms:Decrypt", "Resource": "*",
                });
                key.policy = add(&key.policy, guest);
            });
        },
        reacts: &["VDI-IAM-06"],
        says: "key.content is open: statement \"Guest\" lets arn:aws:iam::210987654321:root in, which is not of this \
               account",
    },
    Case {
        name: "a key that is kept and used by the same",
        weaken: |floor| {
            key(floor, "key.content", |key| {
                let all = json!({
                    "Sid": "All", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::123456789012:root" },
                    "Action": "kms:*", "Resource": "*",
                });
                key.policy = add(&key.policy, all);
            });
        },
        reacts: &["VDI-IAM-07"],
        says: "key.content is both kept and used by arn:aws:iam::123456789012:root",
    },
    Case {
        name: "a role that anyone may take",
        weaken: |floor| {
            role(floor, "workstation_pool.comp.role", |role| {
                let all =
                    json!({ "Sid": "All", "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "sts:AssumeRole" });
                role.trust = policy(all);
            });
        },
        reacts: &["VDI-IAM-06"],
        says: "workstation_pool.comp.role is open: statement \"All\" lets everyone in",
    },
    Case {
        name: "an endpoint with the policy that AWS gives it",
        weaken: |floor| {
            endpoint(floor, "network.main.endpoint/s3", |endpoint| {
                let all = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
                endpoint.policy = policy(all);
            });
        },
        reacts: &["VDI-NET-08", "VDI-IAM-06"],
        says: "network.main.endpoint/s3 has a policy whose statement \"without a name\" reaches resources of any account",
    },
    Case {
        name: "an endpoint without its private name",
        weaken: |floor| endpoint(floor, "network.main.endpoint/ssm", |endpoint| endpoint.private_dns = false),
        reacts: &["VDI-NET-08"],
        says: "network.main.endpoint/ssm has no private name, so that programs look for the public one",
    },
    Case {
        name: "user data with a password",
        weaken: |floor| {
            floor.user_data.insert("bad".to_owned(), "#!/bin/sh\nexport PASSWORD=correct-horse\n".to_owned());
            seat(floor, SEAT, |seat| seat.user_data = Some("bad".to_owned()));
        },
        reacts: &["VDI-IAM-08"],
        says: "workstation_pool.comp[001] shows what looks like a password or key in its user data",
    },
    Case {
        name: "a rule's description with a password",
        weaken: |floor| {
            group(floor, WORKSTATIONS, |group| group.rules[0].description = "password=correct-horse".to_owned());
        },
        reacts: &["VDI-IAM-08"],
        says: "network.main.workstations shows what looks like a password or key in the description of a rule",
    },
    Case {
        name: "a seat with a public address",
        weaken: |floor| seat(floor, SEAT, |seat| seat.public_address = true),
        reacts: &["VDI-NET-01"],
        says: "workstation_pool.comp[001] has a public address",
    },
    Case {
        name: "workstations that are handed public addresses",
        weaken: |floor| subnet(floor, "network.main.workstations/us-west-2a", |subnet| subnet.public_addresses = true),
        reacts: &["VDI-NET-01"],
        says: "network.main.workstations/us-west-2a gives a public address to whatever starts in it",
    },
    Case {
        name: "a way from content to the internet",
        weaken: |floor| {
            routes(floor, "network.main.routes/content", |table| {
                table.routes.insert("0.0.0.0/0".to_owned(), Address::new("network.main.igw"));
            });
        },
        reacts: &["VDI-NET-02", "VDI-NET-09"],
        says: "network.main.routes/content leads 0.0.0.0/0 to network.main.igw, and content follows it",
    },
    Case {
        name: "a way from services to the internet behind a translator",
        weaken: |floor| {
            routes(floor, "network.main.routes/service", |table| {
                table.routes.insert("::/0".to_owned(), Address::new("nat-0ab1"));
            });
        },
        reacts: &["VDI-NET-02", "VDI-NET-09"],
        says: "network.main.routes/service leads ::/0 to nat-0ab1, and content follows it",
    },
    Case {
        name: "a link to the office's network",
        weaken: |floor| {
            routes(floor, "network.main.routes/content", |table| {
                table.routes.insert("10.0.0.0/16".to_owned(), Address::new("pcx-0ab1"));
            });
        },
        reacts: &["VDI-NET-07"],
        says: "network.main.routes/content leads 10.0.0.0/16 to pcx-0ab1, out of the production's network",
    },
    Case {
        name: "a subnet that follows nobody's routes",
        weaken: |floor| {
            routes(floor, "network.main.routes/content", |table| {
                table.subnets.remove(&Address::new("network.main.workstations/us-west-2b"));
            });
        },
        reacts: &["VDI-NET-02"],
        says: "network.main.workstations/us-west-2b follows the network's main route table, which nobody declares",
    },
    Case {
        name: "one port out to everyone",
        weaken: |floor| {
            open(
                floor,
                WORKSTATIONS,
                rule(Direction::Egress, "tcp", Some((443, 443)), range("0.0.0.0/0"), Some("web")),
            );
        },
        reacts: &["VDI-NET-03"],
        says: "network.main.workstations lets tcp/443 out to 0.0.0.0/0, which is too much of the internet",
    },
    Case {
        name: "the same in pieces",
        weaken: |floor| {
            for piece in ["3.0.0.0/8", "4.0.0.0/8"] {
                open(floor, WORKSTATIONS, rule(Direction::Egress, "tcp", Some((443, 443)), range(piece), Some("web")));
            }
        },
        reacts: &["VDI-NET-03"],
        says: "network.main.workstations lets tcp/443 out to 4.0.0.0/8, which is too much of the internet",
    },
    Case {
        name: "a way out that no flow declares",
        weaken: |floor| {
            open(floor, WORKSTATIONS, rule(Direction::Egress, "tcp", Some((443, 443)), range("192.0.2.7/32"), None));
        },
        reacts: &["VDI-NET-03"],
        says: "network.main.workstations lets tcp/443 out to 192.0.2.7/32, which no flow declares",
    },
    Case {
        name: "a way in past the gateway",
        weaken: |floor| {
            let office = Peer::PrefixList(Address::new("prefix_list.offices"));
            open(floor, WORKSTATIONS, rule(Direction::Ingress, "tcp", Some((8443, 8443)), office, Some("direct")));
        },
        reacts: &["VDI-NET-04"],
        says: "network.main.workstations lets tcp/8443 in from prefix_list.offices, past the gateway",
    },
    Case {
        name: "a way in that no flow declares",
        weaken: |floor| {
            open(
                floor,
                "network.main.edge",
                rule(Direction::Ingress, "udp", Some((8443, 8443)), range("192.0.2.0/24"), None),
            );
        },
        reacts: &["VDI-NET-04"],
        says: "network.main.edge lets udp/8443 in from 192.0.2.0/24, which no flow declares",
    },
    Case {
        name: "the gateway on a port that no display has",
        weaken: |floor| {
            open(
                floor,
                WORKSTATIONS,
                rule(Direction::Ingress, "tcp", Some((8080, 8080)), segment("edge"), Some("more")),
            );
        },
        reacts: &["VDI-NET-04"],
        says: "network.main.workstations lets tcp/8080 in from network.main.edge, which is no display's port",
    },
    Case {
        name: "an open prefix list",
        weaken: |floor| {
            list(floor, "prefix_list.offices", |list| drop(list.entries.insert("0.0.0.0/0".into(), "Home".into())));
        },
        reacts: &["VDI-NET-04"],
        says: "network.main.edge lets tcp/8443 in from prefix_list.offices, which is too much of the internet",
    },
    Case {
        name: "offices as wide as a registry",
        weaken: |floor| {
            list(floor, "prefix_list.offices", |list| drop(list.entries.insert("4.0.0.0/6".into(), "Offices".into())));
        },
        reacts: &["VDI-NET-04"],
        says: "network.main.edge lets tcp/8443 in from prefix_list.offices, which is too much of the internet",
    },
    Case {
        name: "an open prefix list on the way out",
        weaken: |floor| {
            list(floor, "prefix_list.offices", |list| drop(list.entries.insert("0.0.0.0/0".into(), "Home".into())));
            let office = Peer::PrefixList(Address::new("prefix_list.offices"));
            open(floor, "network.main.services", rule(Direction::Egress, "tcp", Some((443, 443)), office, Some("out")));
        },
        reacts: &["VDI-NET-03", "VDI-NET-04"],
        says: "network.main.services lets tcp/443 out to prefix_list.offices, which is too much of the internet",
    },
    Case {
        name: "a default group with rules",
        weaken: |floor| vpc(floor, "network.main", |vpc| vpc.default_group_empty = false),
        reacts: &["VDI-NET-05"],
        says: "network.main has rules in its default group",
    },
    Case {
        name: "a protocol in clear",
        weaken: |floor| {
            open(
                floor,
                "network.main.storage",
                rule(Direction::Ingress, "tcp", Some((20, 30)), segment("services"), Some("old")),
            );
        },
        // The range holds port 22 too.
        reacts: &["VDI-NET-05", "VDI-NET-12"],
        says: "network.main.storage lets tcp/20-30 in from network.main.services, which opens FTP (port 20), in clear",
    },
    Case {
        name: "workstations that reach each other",
        weaken: |floor| {
            open(
                floor,
                WORKSTATIONS,
                rule(Direction::Ingress, "tcp", Some((445, 445)), segment("workstations"), Some("share")),
            );
        },
        reacts: &["VDI-NET-06"],
        says: "network.main.workstations lets tcp/445 in from network.main.workstations, which is itself",
    },
    Case {
        name: "workstations that reach each other by a range that holds them all",
        weaken: |floor| {
            for direction in [Direction::Ingress, Direction::Egress] {
                open(floor, WORKSTATIONS, rule(direction, "tcp", Some((445, 445)), range("10.0.0.0/8"), Some("share")));
            }
        },
        reacts: &["VDI-NET-06", "VDI-NET-04"],
        says: "network.main.workstations reaches workstations of network.main.workstations by tcp/445: \
               network.main.workstations lets tcp/445 in from 10.0.0.0/8 (flow share); \
               network.main.workstations lets tcp/445 out to 10.0.0.0/8 (flow share)",
    },
    Case {
        name: "the same by a list",
        weaken: |floor| {
            let name = "prefix_list.offices";
            list(floor, name, |list| drop(list.entries.insert("10.0.0.0/8".into(), "Offices".into())));
            for direction in [Direction::Ingress, Direction::Egress] {
                let offices = Peer::PrefixList(Address::new(name));
                open(floor, WORKSTATIONS, rule(direction, "tcp", Some((445, 445)), offices, Some("share")));
            }
        },
        reacts: &["VDI-NET-06", "VDI-NET-04"],
        says: "network.main.workstations reaches workstations of network.main.workstations by tcp/445: \
               network.main.workstations lets tcp/445 in from prefix_list.offices (flow share); \
               network.main.workstations lets tcp/445 out to prefix_list.offices (flow share)",
    },
    Case {
        name: "a rule for somebody else's group",
        weaken: |floor| {
            let foreign = Peer::Group(Address::new("sg-0ab1"));
            open(
                floor,
                "network.main.storage",
                rule(Direction::Ingress, "tcp", Some((2049, 2049)), foreign, Some("farm")),
            );
        },
        reacts: &["VDI-NET-07"],
        says: "network.main.storage lets tcp/2049 in from sg-0ab1, which is no group of the production",
    },
    Case {
        name: "a seat behind one more group",
        weaken: |floor| seat(floor, SEAT, |seat| seat.segments.extend([Address::new("sg-0ab1")])),
        reacts: &["VDI-NET-07"],
        says: "workstation_pool.comp[001] bears the group sg-0ab1",
    },
    Case {
        name: "a remote shell",
        weaken: |floor| {
            open(
                floor,
                "network.main.services",
                rule(Direction::Ingress, "tcp", Some((22, 22)), segment("edge"), Some("ssh")),
            );
        },
        reacts: &["VDI-NET-12"],
        says: "network.main.services lets tcp/22 in from network.main.edge, which opens SSH (port 22)",
    },
    Case {
        name: "a key pair",
        weaken: |floor| seat(floor, SEAT, |seat| seat.key_pair = Some("emergency".to_owned())),
        reacts: &["VDI-NET-12"],
        says: "workstation_pool.comp[001] takes whoever holds the key pair emergency",
    },
    Case {
        name: "serial consoles",
        weaken: |floor| switch(floor, "account.serial_console", |switch| switch.setting = "on".to_owned()),
        reacts: &["VDI-NET-12"],
        says: "account.serial_console lets serial consoles be reached",
    },
    Case {
        name: "a volume in clear",
        weaken: |floor| {
            volume(floor, "workstation_pool.comp[001].cache", |volume| {
                (volume.encrypted, volume.key) = (false, None);
            });
        },
        reacts: &["VDI-ENC-01"],
        says: "workstation_pool.comp[001].cache isn't encrypted",
    },
    Case {
        name: "a volume under AWS's own key",
        weaken: |floor| {
            let foreign = Address::new("arn:aws:kms:us-west-2:123456789012:key/aws-ebs");
            volume(floor, "workstation_pool.comp[001].root", |volume| volume.key = Some(foreign));
        },
        reacts: &["VDI-ENC-01"],
        says: "workstation_pool.comp[001].root is encrypted with arn:aws:kms:us-west-2:123456789012:key/aws-ebs",
    },
    Case {
        name: "new volumes in clear",
        weaken: |floor| switch(floor, "account.ebs_encryption_by_default", |switch| switch.setting = "off".to_owned()),
        reacts: &["VDI-ENC-01"],
        says: "account.ebs_encryption_by_default leaves new volumes of the account in clear",
    },
    Case {
        name: "new volumes under another key",
        weaken: |floor| switch(floor, "account.ebs_default_key", |switch| switch.setting = "alias/aws/ebs".to_owned()),
        reacts: &["VDI-ENC-01"],
        says: "account.ebs_default_key isn't the production's key, so that a volume without a key gets another",
    },
    Case {
        name: "a key that is never rotated",
        weaken: |floor| key(floor, "key.content", |key| key.rotation_days = None),
        reacts: &["VDI-ENC-02"],
        says: "key.content is never rotated",
    },
    Case {
        name: "a key that is seldom rotated",
        weaken: |floor| key(floor, "key.content", |key| key.rotation_days = Some(730)),
        reacts: &["VDI-ENC-02"],
        says: "key.content is rotated every 730 days",
    },
    Case {
        name: "a key that is about to go",
        weaken: |floor| key(floor, "key.content", |key| key.state = "pending_deletion".to_owned()),
        reacts: &["VDI-ENC-02"],
        says: "key.content is pending deletion",
    },
    Case {
        name: "a key under another's alias",
        weaken: |floor| key(floor, "key.content", |key| key.alias = Some("alias/closedset/other/content".to_owned())),
        reacts: &["VDI-ENC-02"],
        says: "key.content doesn't bear the production's alias",
    },
    Case {
        name: "public snapshots",
        weaken: |floor| switch(floor, "account.snapshot_public_access", |switch| switch.setting = "allowed".to_owned()),
        reacts: &["VDI-ENC-06"],
        says: "account.snapshot_public_access lets snapshots be shared with everyone",
    },
    Case {
        name: "public images",
        weaken: |floor| switch(floor, "account.image_public_access", |switch| switch.setting = "allowed".to_owned()),
        reacts: &["VDI-ENC-06"],
        says: "account.image_public_access lets images be shared with everyone",
    },
    Case {
        name: "a type whose disks nobody vouches for",
        weaken: |floor| seat(floor, SEAT, |seat| seat.instance_types = vec!["i2.xlarge".to_owned()]),
        reacts: &["VDI-ENC-07"],
        says: "workstation_pool.comp[001] may be a i2.xlarge, whose own disks nobody vouches for",
    },
    Case {
        name: "metadata without a token",
        weaken: |floor| seat(floor, SEAT, |seat| seat.metadata_token_required = false),
        reacts: &["VDI-HST-02"],
        says: "workstation_pool.comp[001] gives its role's credentials to requests without a token",
    },
    Case {
        name: "metadata that travels",
        weaken: |floor| seat(floor, SEAT, |seat| seat.metadata_hop_limit = 2),
        reacts: &["VDI-HST-02"],
        says: "workstation_pool.comp[001] lets metadata travel 2 hops",
    },
    Case {
        name: "loose defaults for metadata",
        weaken: |floor| switch(floor, "account.metadata_defaults", |switch| switch.setting = "none".to_owned()),
        reacts: &["VDI-HST-02"],
        says: "account.metadata_defaults lets new instances of the account answer without a token",
    },
    Case {
        name: "a volume that is kept",
        weaken: |floor| volume(floor, "workstation_pool.comp[001].cache", |volume| volume.keep = true),
        reacts: &["VDI-DAT-01"],
        says: "workstation_pool.comp[001].cache outlives its instance",
    },
    Case {
        name: "no record of traffic",
        weaken: |floor| drop(floor.resources.remove(&Address::new("network.main.flow_log"))),
        reacts: &["VDI-LOG-02"],
        says: "network.main has no record of its traffic",
    },
    Case {
        name: "the record of another network",
        weaken: |floor| flow_log(floor, "network.main.flow_log", |log| log.vpc = Address::new("vpc-0ab1")),
        reacts: &["VDI-LOG-02"],
        says: "network.main has no record of its traffic",
    },
    Case {
        name: "a record of what was refused only",
        weaken: |floor| flow_log(floor, "network.main.flow_log", |log| log.traffic = "REJECT".to_owned()),
        reacts: &["VDI-LOG-02"],
        says: "network.main has only REJECT traffic recorded",
    },
    Case {
        name: "a record that is dropped after a month",
        weaken: |floor| log_group(floor, "network.main.log_group", |group| group.retention_days = Some(30)),
        reacts: &["VDI-LOG-03"],
        says: "network.main.log_group is kept for 30 days",
    },
    Case {
        name: "a record under AWS's own key",
        weaken: |floor| log_group(floor, "network.main.log_group", |group| group.key = None),
        reacts: &["VDI-LOG-03"],
        says: "network.main.log_group is encrypted with AWS's own key",
    },
];

/// What differs of the resources of two floors: the fields of each, or none where one is there only once.
fn differences(before: &Floor<'_>, after: &Floor<'_>) -> Vec<(Kind, Address, Option<String>)> {
    let mut found = Vec::new();
    let addresses: BTreeSet<&Address> = before.resources.keys().chain(after.resources.keys()).collect();
    for address in addresses {
        match (before.resources.get(address), after.resources.get(address)) {
            (Some(before), Some(after)) => {
                let kind = before.kind();
                let (before, after) = (fields_of(before), fields_of(after));
                let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
                let changed = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
                found.extend(changed.map(|path| (kind, address.clone(), Some(path.clone()))));
            }
            (one, other) => found.extend(one.or(other).map(|one| (one.kind(), address.clone(), None))),
        }
    }
    found
}

fn reads(watch: &Watch, (kind, address, path): &(Kind, Address, Option<String>)) -> bool {
    watch.covers(*kind, address) && path.as_ref().is_none_or(|path| watch.reads(path))
}

/// Weakens a floor and holds the reaction against what is expected. Returns the watches that saw it.
fn weaken(
    floor: &mut Floor<'_>,
    weaken: &dyn Fn(&mut Floor<'_>),
    name: &str,
    reacts: &[&str],
) -> (Posture, BTreeSet<(&'static str, String)>) {
    let before = floor.clone();
    weaken(floor);
    let posture = examine(floor);
    assert_eq!(failing(&posture), reacts.iter().copied().collect(), "{name}, {}", floor.phase.as_str());
    let differences = differences(&before, floor);
    assert!(!differences.is_empty(), "{name} changes nothing");
    let mut seen = BTreeSet::new();
    for control in reacts {
        let check = checked().iter().find(|check| check.control == *control).expect("it is checked");
        let watching: Vec<&Watch> =
            check.watches.iter().filter(|watch| differences.iter().any(|one| reads(watch, one))).collect();
        // Whatever bears the production's mark is examined for strays, of any kind.
        assert!(!watching.is_empty() || *control == "VDI-INV-03", "{control} reacts to what it doesn't watch: {name}");
        seen.extend(watching.into_iter().map(|watch| (check.control, format!("{watch:?}"))));
    }
    (posture, seen)
}

#[test]
fn exactly_the_controls_that_should_react_do() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut seen = BTreeSet::new();
    for case in CASES.iter().chain(BACKUPS) {
        for mut floor in [planned(&blueprint, &desired), live(&blueprint, &desired)] {
            let (posture, watches) = weaken(&mut floor, &case.weaken, case.name, case.reacts);
            let said = sentences(&posture, case.reacts[0]);
            assert!(said.contains(&case.says), "{}: {said:#?}", case.name);
            seen.extend(watches);
        }
    }
    // Every kind's tags.
    let kinds: BTreeMap<Kind, Address> = desired
        .resources
        .iter()
        .filter(|(_, resource)| resource.tags().is_some())
        .map(|(address, resource)| (resource.kind(), address.clone()))
        .collect();
    assert_eq!(kinds.len(), 15);
    let tagged = |address: &Address, change: fn(&mut Tags, &str), tag: &'static str| {
        let address = address.clone();
        move |floor: &mut Floor<'_>| {
            let tags = floor.resources.get_mut(&address).and_then(Resource::tags_mut).expect("it has tags");
            change(tags, tag);
        }
    };
    for address in kinds.values() {
        for tag in ["production", "owner", "content_class", "wraps_on"] {
            let lose = tagged(address, |tags, tag| drop(tags.remove(tag)), tag);
            let mut floor = planned(&blueprint, &desired);
            let (posture, watches) = weaken(&mut floor, &lose, tag, &["VDI-INV-01"]);
            assert_eq!(sentences(&posture, "VDI-INV-01"), [format!("{address} lacks the tags {tag}")]);
            seen.extend(watches);
        }
        let leak = tagged(address, |tags, tag| drop(tags.insert(tag.into(), "password=correct-horse".into())), "note");
        let mut floor = planned(&blueprint, &desired);
        let (posture, watches) = weaken(&mut floor, &leak, "a secret in a tag", &["VDI-IAM-08"]);
        let says = format!("{address} shows what looks like a password or key in its tag note");
        assert_eq!(sentences(&posture, "VDI-IAM-08"), [says]);
        seen.extend(watches);
    }
    // What a control says it watches has made it react, but for what is only watched to be there, and for what these
    // profiles don't ask for or only the cloud can tell.
    let elsewhere = ["boundary", "image"];
    let idle: Vec<String> = checked()
        .iter()
        .flat_map(|check| check.watches.iter().map(move |watch| (check.control, watch)))
        .filter(|(_, watch)| !watch.field.is_empty() && !elsewhere.contains(&watch.field))
        .filter(|(control, watch)| !seen.contains(&(*control, format!("{watch:?}"))))
        .map(|(control, watch)| format!("{control} {watch:?}"))
        .collect();
    assert_eq!(idle, Vec::<String>::new());
}

#[test]
fn a_boundary_is_asked_for_where_the_blueprint_names_one() {
    let boundary = "arn:aws:iam::123456789012:policy/studio";
    let line = format!("key                 = key.content\n  boundary            = \"{boundary}\"");
    let blueprint = blueprint(&[("key                 = key.content", &line)]);
    let desired = compiled(&blueprint);
    let mut floor = planned(&blueprint, &desired);
    assert_eq!(failing(&examine(&floor)), BTreeSet::new());
    let none = |floor: &mut Floor<'_>| role(floor, "network.main.flow_log_role", |role| role.boundary = None);
    let (posture, _) = weaken(&mut floor, &none, "no boundary", &["VDI-IAM-03"]);
    assert_eq!(
        sentences(&posture, "VDI-IAM-03"),
        ["network.main.flow_log_role isn't held by the permissions boundary"]
    );
}

#[test]
fn drift_and_overdue_wraps_are_found_in_the_live_state() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut floor = live(&blueprint, &desired);
    floor.drifted.insert(Address::new(WORKSTATIONS));
    let posture = examine(&floor);
    assert_eq!(failing(&posture), BTreeSet::from(["VDI-DET-03"]));
    assert_eq!(
        sentences(&posture, "VDI-DET-03"),
        ["network.main.workstations was changed in the cloud since the last apply"]
    );
    let late = Floor { today: jiff::civil::date(2027, 8, 1), ..live(&blueprint, &desired) };
    let posture = examine(&late);
    assert_eq!(failing(&posture), BTreeSet::from(["VDI-DAT-02"]));
    assert!(sentences(&posture, "VDI-DAT-02").contains(&"key.content is still there after 2027-07-30"));
}

#[test]
fn a_ledger_that_was_changed_is_found() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut floor = live(&blueprint, &desired);
    floor.record.evaluation = Some("sha256:00".to_owned());
    floor.record.catalogue = Some("2026.11".to_owned());
    floor.record.checked_again = true;
    floor.record.approver = Some("arn:aws:iam::123456789012:user/bo".to_owned());
    floor.record.chain = Some(Ok(7));
    let posture = examine(&floor);
    assert_eq!(posture.verdict("VDI-CHG-02").map(|one| one.status), Some(Status::Pass));
    assert_eq!(posture.verdict("VDI-CHG-03").map(|one| one.status), Some(Status::Pass));
    let unseen = Floor { record: Record { checked_again: false, ..floor.record.clone() }, ..floor.clone() };
    assert_eq!(examine(&unseen).verdict("VDI-CHG-02").map(|one| one.status), Some(Status::Undetermined));
    floor.record.chain = Some(Err("line 4 was changed".to_owned()));
    let posture = examine(&floor);
    assert_eq!(failing(&posture), BTreeSet::from(["VDI-CHG-03"]));
    assert_eq!(
        sentences(&posture, "VDI-CHG-03"),
        ["production.nebula has a ledger that was changed: line 4 was changed"]
    );
}

#[test]
fn a_change_that_nobody_else_approved_is_found_where_the_profile_asks_for_that() {
    let of = |changes: &[(&str, &str)]| {
        let blueprint = blueprint(changes);
        let desired = compiled(&blueprint);
        let mut floor = live(&blueprint, &desired);
        floor.record.evaluation = Some("sha256:00".to_owned());
        let posture = examine(&floor);
        floor.record.approver = Some("arn:aws:iam::123456789012:user/bo".to_owned());
        let status = |posture: &Posture| posture.verdict("VDI-CHG-01").map(|one| one.status);
        (status(&posture), status(&examine(&floor)))
    };
    assert_eq!(of(&[]), (Some(Status::Fail), Some(Status::Pass)));
    // There is something to be said for it where nobody asks.
    let open = ("\"mpa-5.3.1-gold-star\"", "\"mpa-5.3.1\"");
    assert_eq!(of(&[open]), (Some(Status::NotAssessed), Some(Status::Pass)));
}

#[test]
fn content_that_goes_without_a_fresh_recovery_point_is_found() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut floor = planned(&blueprint, &desired);
    let volume = Address::new("workstation_pool.comp[001].cache");
    let endangered = |age_hours| vec![Endangered { volume: volume.clone(), age_hours, within_hours: 24 }];
    floor.record.endangered = endangered(Some(23.9));
    assert_eq!(examine(&floor).verdict("VDI-CHG-03").map(|one| one.status), Some(Status::Pass));
    floor.record.endangered = endangered(Some(30.0));
    let posture = examine(&floor);
    assert_eq!(failing(&posture), BTreeSet::from(["VDI-CHG-03"]));
    assert_eq!(
        sentences(&posture, "VDI-CHG-03"),
        ["workstation_pool.comp[001].cache would be lost, and its newest recovery point is 30 hours old"]
    );
    floor.record.endangered = endangered(None);
    assert!(sentences(&examine(&floor), "VDI-CHG-03")[0].ends_with("no recovery point of it is known"));
}
