//! VDI-ENC: what is encrypted, with which key.

use super::{Check, account_switch, state, switch, watch};
use crate::blueprint::data::gpu;
use crate::blueprint::model::InstanceType;
use crate::controls::examination::{Examination, Problem, unless};
use crate::resource::{Kind, days};

pub const CHECKS: &[Check] = &[
    state(
        "VDI-ENC-01",
        &[
            watch(Kind::Volume, "encrypted"),
            watch(Kind::Volume, "key"),
            watch(Kind::KmsKey, ""),
            switch("ebs_encryption_by_default"),
            switch("ebs_default_key"),
        ],
        volumes,
    ),
    state(
        "VDI-ENC-02",
        &[watch(Kind::KmsKey, "alias"), watch(Kind::KmsKey, "state"), watch(Kind::KmsKey, "rotation_days")],
        keys,
    ),
    state("VDI-ENC-06", &[switch("snapshot_public_access"), switch("image_public_access")], nothing_public),
    state("VDI-ENC-07", &[watch(Kind::Seat, "instance_types")], scratch),
];

fn volumes(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let blind = floor.unreadable.iter().any(|gap| gap.kind == Kind::KmsKey);
    for (address, volume) in floor.volumes() {
        let mut problems = Vec::new();
        problems.extend(unless(volume.encrypted, || Problem::new("isn't encrypted", "encrypted", "in clear")));
        if volume.encrypted && !blind {
            let own = |key: &_| floor.keys().any(|(address, _)| address == key);
            problems.extend(unless(volume.key.as_ref().is_some_and(own), || {
                let key = volume.key.as_ref().map_or("AWS's own key", |key| key.as_str());
                Problem::new(format!("is encrypted with {key}"), "a key of the production", key)
            }));
        }
        to.look(address, problems);
    }
    account_switch(to, "ebs_encryption_by_default", "on", "leaves new volumes of the account in clear");
    let key = format!("key.{}", floor.blueprint.production.key.value);
    account_switch(
        to,
        "ebs_default_key",
        &key,
        "isn't the production's key, so that a volume without a key gets another",
    );
}

fn keys(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let most = floor.profile.constants.key_rotation_days;
    let path = format!("alias/closedset/{}/", floor.production);
    for (address, key) in floor.keys() {
        let mut problems = Vec::new();
        problems.extend(unless(key.state == "enabled", || {
            Problem::new(format!("is {}", key.state.replace('_', " ")), "enabled", &key.state)
        }));
        problems.extend(unless(key.rotation_days.is_some_and(|days| days <= most), || match key.rotation_days {
            Some(days) => Problem::new(
                format!("is rotated every {}", self::days(days)),
                format!("at most {}", self::days(most)),
                days,
            ),
            None => Problem::new("is never rotated", format!("at most {}", self::days(most)), "never"),
        }));
        let own = key.alias.as_ref().is_some_and(|alias| alias.starts_with(&path));
        problems.extend(unless(own, || {
            let alias = key.alias.as_deref().unwrap_or("none");
            Problem::new("doesn't bear the production's alias", format!("{path}…"), alias)
        }));
        to.look(address, problems);
    }
}

fn nothing_public(to: &mut Examination<'_, '_>) {
    account_switch(to, "snapshot_public_access", "blocked", "lets snapshots be shared with everyone");
    account_switch(to, "image_public_access", "blocked", "lets images be shared with everyone");
}

/// Every family that the language knows encrypts its own disks in hardware, or has none. Source: EC2 user guide, "Data
/// encryption for instance store volumes".
fn scratch(to: &mut Examination<'_, '_>) {
    for (address, seat) in to.floor.seats() {
        let unknown = |one: &&String| InstanceType::parse(one).as_ref().and_then(gpu::family).is_none();
        match seat.instance_types.iter().find(unknown) {
            Some(one) => {
                let words = format!("may be a {one}, whose own disks nobody vouches for");
                to.look(address, vec![Problem::new(words, "a family with hardware encryption", one)]);
            }
            None => to.inherit(),
        }
    }
}
