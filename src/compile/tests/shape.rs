//! What a floor becomes.

use super::*;
use crate::resource::{Fields, Resource};

/// One line a resource: its address, its kind, and the fields that tell it from others of its kind.
fn outline(desired: &Desired) -> String {
    let mut lines = Vec::new();
    for (address, resource) in &desired.resources {
        let fields: Fields = resource
            .fields()
            .into_iter()
            .filter(|(path, _)| !path.starts_with("tags.") || path == "tags.Name" || path == "tags.artist")
            .filter(|(path, _)| !path.contains("policy") && !path.starts_with("policies") && path != "trust")
            .collect();
        lines.push(format!("{address} {}", resource.kind()));
        lines.extend(fields.into_iter().map(|(path, value)| format!("    {path} = {value}")));
    }
    lines.join("\n")
}

#[test]
fn a_floor_becomes_these_resources() {
    insta::assert_snapshot!(outline(&compiled(&[])));
}

#[test]
fn policies_read_like_this() {
    let desired = compiled(&[]);
    let all: Vec<_> = policies(&desired)
        .into_iter()
        .map(|(address, policy)| {
            format!("{address}\n{}", serde_json::to_string_pretty(&policy.value()).unwrap_or_default())
        })
        .collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn the_rest_of_the_desired_state() {
    let desired = compiled(&[]);
    assert_eq!((desired.production.as_str(), desired.account.as_str()), ("nebula", "123456789012"));
    let pool = &desired.pools["comp"];
    assert_eq!((pool.seats, pool.max_unavailable), (3, 1));
    assert_eq!(
        pool.subnets,
        ["network.main.workstations/us-west-2a", "network.main.workstations/us-west-2b"].map(Address::from)
    );
    assert_eq!(desired.key_deletion_windows[&Address::new("key.content")], 30);
    assert_eq!(desired.not_acted_on, ["artist.ana"]);
    assert!(desired.warnings.is_empty());
    assert_eq!(images(&floor(&[])), [ImageSource::Id("ami-0123456789abcdef0".to_owned())]);
}

#[test]
fn one_user_data_serves_a_pool() {
    let desired = compiled(&[("seats          = 3", "seats          = 9")]);
    assert_eq!(desired.user_data.len(), 1);
    let (digest, text) = desired.user_data.first_key_value().map(|(d, t)| (d.as_str(), t.as_str())).unwrap_or_default();
    assert!(text.starts_with("#!/bin/bash\n") && text.len() <= 16 * 1024, "{text}");
    for resource in desired.resources.values() {
        if let Resource::Seat(seat) = resource {
            assert_eq!(seat.user_data.as_deref(), Some(digest));
        }
    }
    let digests: std::collections::BTreeSet<_> =
        (1..=9).map(|slot| desired.digest_of(&Address::seat("comp", slot))).collect();
    assert_eq!(digests.len(), 1, "seats of a batch are marked alike");
}

#[test]
fn windows_seats_have_devices_of_their_own() {
    let desired = compiled(&[
        ("os          = \"rocky-9\"", "os          = \"windows-2022\""),
        ("mount           = \"/cache\"", "mount           = \"E:\""),
    ]);
    let Some(Resource::Volume(volume)) = desired.resources.get(&Address::volume("comp", 1, "cache")) else { panic!() };
    assert_eq!(volume.device.as_deref(), Some("xvdf"));
    let [(_, task)] = desired.user_data.iter().collect::<Vec<_>>()[..] else { panic!("{:?}", desired.user_data) };
    assert!(task.starts_with("version: 1.1\ntasks:\n- task: executeScript\n") && task.len() <= 16 * 1024, "{task}");
    let logs = Address::new("workstation_pool.comp.log_group");
    let Some(Resource::LogGroup(logs)) = desired.resources.get(&logs) else { panic!("no log group") };
    assert_eq!(logs.name, "/closedset/nebula/workstations/comp/guest");
}

#[test]
fn parameters_are_secrets_too_and_a_boundary_bounds_every_role() {
    let desired = compiled(&[
        (
            "arn:aws:secretsmanager:us-west-2:123456789012:secret:ad-join",
            "arn:aws:ssm:us-west-2:123456789012:parameter/ad/join",
        ),
        ("  tags = {", "  boundary = \"arn:aws:iam::123456789012:policy/StudioBoundary\"\n  tags = {"),
    ]);
    let roles: Vec<_> = desired
        .resources
        .values()
        .filter_map(|resource| if let Resource::IamRole(role) = resource { Some(role) } else { None })
        .collect();
    assert_eq!(roles.len(), 3);
    for role in &roles {
        assert_eq!(role.boundary.as_deref(), Some("arn:aws:iam::123456789012:policy/StudioBoundary"));
    }
    let secrets: Vec<_> = roles.iter().filter_map(|role| role.policies.get("secrets")).map(Document::as_str).collect();
    assert_eq!(
        secrets,
        [concat!(
            r#"{"Statement":[{"Action":"kms:Decrypt","Condition":{"StringEquals":{"kms:ViaService":"ssm.us-west-2.amazonaws.com"},"#,
            r#""StringLike":{"kms:EncryptionContext:PARAMETER_ARN":"arn:aws:ssm:us-west-2:123456789012:parameter/ad/join"}},"#,
            r#""Effect":"Allow","Resource":"arn:aws:kms:us-west-2:123456789012:key/*","Sid":"DecryptParameters"},"#,
            r#"{"Action":"ssm:GetParameter","Effect":"Allow","Resource":"arn:aws:ssm:us-west-2:123456789012:parameter/ad/join","#,
            r#""Sid":"Parameters"}],"Version":"2012-10-17"}"#,
        )]
    );
}

#[test]
fn a_disk_stays_at_its_device_wherever_its_block_stands() {
    let before = (
        "  volume \"cache\" {",
        "  volume \"scratch\" {\n    size_gib = 50\n    type     = \"gp3\"\n  }\n  volume \"cache\" {",
    );
    let device = |held: &[(&str, &str)]| -> Vec<String> {
        let held = held.iter().map(|(volume, device)| ((*volume).to_owned(), (*device).to_owned())).collect();
        let facts = Facts { devices: BTreeMap::from([("comp".to_owned(), held)]), ..facts() };
        let desired =
            compile(&floor(&[before]), &facts, &templates()).unwrap_or_else(|found| panic!("{:#?}", found.sorted()));
        let of = |name: &str| match &desired.resources[&Address::volume("comp", 1, name)] {
            Resource::Volume(volume) => format!("{name} {}", volume.device.as_deref().unwrap_or_default()),
            _ => panic!("a volume"),
        };
        ["cache", "scratch"].map(of).to_vec()
    };
    assert_eq!(device(&[]), ["cache /dev/sdg", "scratch /dev/sdf"]);
    assert_eq!(device(&[("cache", "/dev/sdf")]), ["cache /dev/sdf", "scratch /dev/sdg"]);
    assert_eq!(device(&[("cache", "/dev/sdk"), ("gone", "/dev/sdf")]), ["cache /dev/sdk", "scratch /dev/sdf"]);
    // What no system has, or two hold, is given out anew.
    assert_eq!(device(&[("cache", "/dev/xyz")]), ["cache /dev/sdg", "scratch /dev/sdf"]);
    assert_eq!(device(&[("cache", "/dev/sdh"), ("scratch", "/dev/sdh")]), ["cache /dev/sdf", "scratch /dev/sdh"]);
}
