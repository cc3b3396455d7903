//! Plans made by hand, for the tests of this room: every action, drift, whole pools.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::plan::{Action, Change, FORMAT_VERSION, Forecast, Plan, Reason, Summary};
use crate::resource::{Address, Effect, FieldChange, Kind, Slot, Unreadable};

/// A change with these fields: path, before, after, effect.
pub fn change(
    address: &str,
    kind: Kind,
    (action, reason): (Action, Reason),
    fields: Vec<(&str, Value, Value, Effect)>,
) -> Change {
    Change {
        address: Address::new(address),
        kind,
        action,
        reason,
        id: None,
        fields: fields
            .into_iter()
            .map(|(path, before, after, effect)| FieldChange::new(path, before, after, effect))
            .collect(),
        controls: Vec::new(),
        note: None,
    }
}

/// A plan of these changes, in the order of real ones.
pub fn plan_of(mut changes: Vec<Change>) -> Plan {
    changes.sort_by(|a, b| (a.kind, &a.address, &a.id).cmp(&(b.kind, &b.address, &b.id)));
    Plan {
        format_version: FORMAT_VERSION,
        production: "nebula".to_owned(),
        account: "123456789012".to_owned(),
        region: "us-west-2".to_owned(),
        wrap: false,
        summary: Summary::of(&changes),
        forecast: Forecast { operations: changes.len(), critical_path_s: 95.0 },
        changes,
        unreadable: Vec::new(),
        not_acted_on: Vec::new(),
        warnings: Vec::new(),
        assessment: BTreeMap::new(),
        phases: Vec::new(),
    }
}

/// Nothing differs.
pub fn empty() -> Plan {
    Plan { forecast: Forecast::default(), ..plan_of(Vec::new()) }
}

/// A new floor of this many seats.
pub fn floor(seats: Slot) -> Plan {
    let mut changes = vec![change(
        "network.main",
        Kind::Vpc,
        (Action::Create, Reason::Absent),
        vec![
            ("cidr", Value::Null, json!("10.40.0.0/16"), Effect::InPlace),
            ("dns_support", Value::Null, json!(true), Effect::InPlace),
            ("tags.cost_center", Value::Null, json!("4711"), Effect::InPlace),
        ],
    )];
    for slot in 1..=seats {
        changes.extend(new_seat(slot));
    }
    plan_of(changes)
}

fn new_seat(slot: Slot) -> [Change; 3] {
    let made = (Action::Create, Reason::Absent);
    let seat = Address::seat("comp", slot);
    let zone = if slot % 2 == 1 { "us-west-2a" } else { "us-west-2b" };
    let set = |path, value: Value| (path, Value::Null, value, Effect::InPlace);
    let volume = |name: &str, size: u32| {
        change(
            Address::volume("comp", slot, name).as_str(),
            Kind::Volume,
            made,
            vec![
                set("encrypted", json!(true)),
                set("seat", json!(seat)),
                set("size_gib", json!(size)),
                set("type", json!("gp3")),
            ],
        )
    };
    [
        change(
            seat.as_str(),
            Kind::Seat,
            made,
            vec![
                set("image", json!("ami-0123456789abcdef0")),
                set("instance_types", json!(["g6.4xlarge", "g5.4xlarge"])),
                set("subnets", json!([format!("network.main.workstations/{zone}")])),
                set("tags.Name", json!(format!("neb-comp-{slot:03}"))),
            ],
        ),
        volume("cache", 1000),
        volume("root", 150),
    ]
}

/// One of everything.
pub fn plan() -> Plan {
    let policy = |action: &str| {
        json!({
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "Administration", "Effect": "Allow", "Action": "kms:*", "Resource": "*"},
                {"Sid": "Use", "Effect": "Allow", "Action": action, "Resource": "*"},
            ],
        })
        .to_string()
    };
    let in_place = Effect::InPlace;
    let mut changes = vec![
        change(
            "key.content",
            Kind::KmsKey,
            (Action::Update, Reason::EditedAndDrifted),
            vec![
                ("policy", json!(policy("kms:Decrypt")), json!(policy("kms:Encrypt")), in_place),
                ("rotation_days", Value::Null, json!(365), in_place),
            ],
        ),
        change(
            "network.main",
            Kind::Vpc,
            (Action::Update, Reason::Drifted),
            vec![("dns_support", json!(false), json!(true), in_place)],
        ),
        change("network.main.igw", Kind::InternetGateway, (Action::Adopt, Reason::Unmarked), vec![]),
        change("prefix_list.offices", Kind::PrefixList, (Action::Delete, Reason::Removed), vec![]),
        change(
            "network.main.workstations",
            Kind::SecurityGroup,
            (Action::Create, Reason::Absent),
            vec![
                ("description", Value::Null, json!("Segment workstations of nebula"), in_place),
                (
                    "rules.ingress.stream tcp/8443 from network.main.edge",
                    Value::Null,
                    json!("Pixel streaming from the gateway."),
                    in_place,
                ),
            ],
        ),
        change("network.old", Kind::Vpc, (Action::None, Reason::NeededByProtected), vec![]),
        change(
            "account.ebs_encryption_by_default",
            Kind::AccountSwitch,
            (Action::None, Reason::AccountWide),
            vec![("setting", json!("off"), json!("on"), in_place)],
        ),
    ];
    for slot in 1..=3 {
        changes.push(change(
            Address::seat("comp", slot).as_str(),
            Kind::Seat,
            (Action::Replace, Reason::Edited),
            vec![("image", json!("ami-0123456789abcdef0"), json!("ami-0fedcba9876543210"), Effect::Replace)],
        ));
        changes.push(change(
            Address::volume("comp", slot, "root").as_str(),
            Kind::Volume,
            (Action::Replace, Reason::DependencyReplaced),
            vec![],
        ));
        changes.push(change(
            Address::volume("comp", slot, "cache").as_str(),
            Kind::Volume,
            (Action::None, Reason::Kept),
            vec![],
        ));
    }
    changes.push(change(
        "workstation_pool.comp[004]",
        Kind::Seat,
        (Action::Restart, Reason::Drifted),
        vec![("ebs_optimized", json!(false), json!(true), Effect::Restart)],
    ));
    changes.push(change(
        "workstation_pool.comp[005]",
        Kind::Seat,
        (Action::Update, Reason::Edited),
        vec![("tags.artist", json!("ana"), json!("bo"), in_place), ("tags.unit", json!("b"), Value::Null, in_place)],
    ));
    let mut plan = plan_of(changes);
    plan.changes[0].controls = vec!["VDI-ENC-01".to_owned(), "VDI-ENC-06".to_owned()];
    plan.unreadable.push(Unreadable {
        kind: Kind::FlowLog,
        address: None,
        call: "ec2:DescribeFlowLogs".to_owned(),
        words: "UnauthorizedOperation: You are not authorized to perform this operation.".to_owned(),
    });
    plan.not_acted_on = vec!["backup.nightly".to_owned()];
    plan.warnings = vec!["image nuke is a Windows image, but its os is rocky-9".to_owned()];
    plan
}
