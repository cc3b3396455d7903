//! Weak defaults seen in other products for cloud workstations, as far as they concern the network and the instance: each
//! is refused here.

use serde_json::json;

use super::*;
use crate::controls::gate::refusals;
use crate::resource::{Direction, Document, Peer, Rule};

/// Holds that a floor with this on it would be refused for that control.
fn refused(what: &str, control: &str, weaken: impl Fn(&mut Floor<'_>)) {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut floor = planned(&blueprint, &desired);
    weaken(&mut floor);
    let refusals = refusals(&examine(&floor));
    assert!(refusals.iter().any(|one| one.control == control && !one.remedy.is_empty()), "{what}: {refusals:#?}");
}

fn rule(direction: Direction, protocol: &str, ports: Option<(u16, u16)>, peer: Peer) -> Rule {
    let flow = Some("default".to_owned());
    Rule { direction, protocol: protocol.to_owned(), ports, peer, description: String::new(), flow }
}

const WORKSTATIONS: &str = "network.main.workstations";
const SEAT: &str = "workstation_pool.comp[001]";

#[test]
fn thirty_days_of_idling_are_refused() {
    let mut blueprint = blueprint(&[]);
    blueprint.lockdowns[0].idle_minutes.value = 43_200;
    let desired = compiled(&blueprint);
    let refusals = refusals(&examine(&planned(&blueprint, &desired)));
    assert_eq!(refusals.iter().map(|one| one.control.as_str()).collect::<Vec<_>>(), ["VDI-STR-06"]);
}

#[test]
fn a_way_in_from_anywhere_is_refused() {
    for (range, port) in [("0.0.0.0/0", 8443), ("::/0", 8443), ("0.0.0.0/0", 4172), ("0.0.0.0/0", 8445)] {
        refused(range, "VDI-NET-04", |floor| {
            let anywhere = Peer::Cidr(range.to_owned());
            let rule = rule(Direction::Ingress, "tcp", Some((port, port)), anywhere);
            group(floor, WORKSTATIONS, |group| group.rules.push(rule));
        });
    }
}

#[test]
fn remote_desktops_beside_the_stream_are_refused() {
    refused("RDP from the office", "VDI-NET-12", |floor| {
        let office = Peer::PrefixList(Address::new("prefix_list.offices"));
        group(floor, WORKSTATIONS, |group| {
            group.rules.push(rule(Direction::Ingress, "tcp", Some((3389, 3389)), office));
        });
    });
}

#[test]
fn a_group_that_talks_to_itself_about_everything_is_refused() {
    refused("allow-internal", "VDI-NET-06", |floor| {
        let own = Peer::Group(Address::new(WORKSTATIONS));
        group(floor, WORKSTATIONS, |group| group.rules.push(rule(Direction::Ingress, "-1", None, own)));
    });
}

#[test]
fn open_egress_is_refused() {
    refused("the rule that AWS gives every new group", "VDI-NET-03", |floor| {
        let all = rule(Direction::Egress, "-1", None, Peer::Cidr("0.0.0.0/0".to_owned()));
        group(floor, WORKSTATIONS, |group| group.rules.push(all));
    });
}

#[test]
fn root_volumes_in_clear_are_refused() {
    refused("no `encrypted`", "VDI-ENC-01", |floor| {
        volume(floor, "workstation_pool.comp[001].root", |volume| {
            (volume.encrypted, volume.key) = (false, None);
        });
    });
}

#[test]
fn metadata_without_tokens_is_refused() {
    refused("IMDSv1", "VDI-HST-02", |floor| seat(floor, SEAT, |seat| seat.metadata_token_required = false));
}

#[test]
fn emergency_key_pairs_are_refused() {
    refused("a key in state", "VDI-NET-12", |floor| {
        seat(floor, SEAT, |seat| seat.key_pair = Some("emergency".to_owned()));
    });
}

#[test]
fn public_workstations_are_refused() {
    refused("a public address", "VDI-NET-01", |floor| seat(floor, SEAT, |seat| seat.public_address = true));
}

#[test]
fn administrator_roles_are_refused() {
    for name in ["AdministratorAccess", "IAMFullAccess", "AmazonEC2FullAccess"] {
        refused(name, "VDI-IAM-03", |floor| {
            role(floor, "workstation_pool.comp.role", |role| {
                role.managed.insert(format!("arn:aws:iam::aws:policy/{name}"));
            });
        });
    }
    refused("inline", "VDI-IAM-03", |floor| {
        role(floor, "workstation_pool.comp.role", |role| {
            let all = json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
            role.policies.insert("all".to_owned(), Document::new(&all));
        });
    });
}

#[test]
fn keys_in_user_data_are_refused() {
    refused("an access key", "VDI-IAM-08", |floor| {
        let text = format!("export AWS_ACCESS_KEY_ID={}{}\n", "AKIA", "IOSFODNN7EXAMPLE");
        floor.user_data.insert("bad".to_owned(), text);
        seat(floor, SEAT, |seat| seat.user_data = Some("bad".to_owned()));
    });
}

#[test]
fn volumes_without_tags_of_their_own_are_found() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut floor = planned(&blueprint, &desired);
    volume(&mut floor, "workstation_pool.comp[001].cache", |volume| volume.tags.clear());
    // It weighs medium: it is told, and refuses nothing.
    let posture = examine(&floor);
    assert_eq!(failing(&posture), BTreeSet::from(["VDI-INV-01"]));
    assert!(refusals(&posture).is_empty());
}
