//! Pools of workstations.

use super::labels;
use super::production::tags;
use super::reader::Reader;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::NOWHERE;
use crate::blueprint::model::{Bootstrap, Key, MaxUnavailable, Name, Volume, VolumeName, WorkstationPool};
use crate::blueprint::source::Spanned;

/// How much of a pool rolls at once where it has no `update` block; the table says the same of the attribute.
const DEFAULT_MAX_UNAVAILABLE: MaxUnavailable = MaxUnavailable::Share(20);

pub fn pool(reader: &Reader<'_, '_>, keys: &[Key]) -> WorkstationPool {
    WorkstationPool {
        name: labels::name(reader),
        seats: reader.get("seats"),
        image: reader.get("image"),
        segment: reader.get("segment"),
        key: key(reader, keys),
        instance_types: reader.filled_list("instance_types").unwrap_or_default(),
        lockdown: reader.get("lockdown"),
        display: reader.get("display"),
        name_prefix: reader.maybe("name_prefix"),
        protect: reader.get("protect"),
        idle_stop_minutes: reader.maybe("idle_stop_minutes"),
        tags: tags(reader),
        root_volume: root_volume(&reader.block("root_volume")),
        volumes: reader.blocks("volume").iter().map(volume).collect(),
        bootstrap: reader.maybe_block("bootstrap").map(|reader| bootstrap(&reader)),
        max_unavailable: match reader.maybe_block("update") {
            Some(update) => update.get("max_unavailable"),
            None => Spanned::new(DEFAULT_MAX_UNAVAILABLE, reader.head.span),
        },
    }
}

/// The key may be left out where there is but one.
fn key(reader: &Reader<'_, '_>, keys: &[Key]) -> Spanned<Name<Key>> {
    if let Some(key) = reader.maybe("key") {
        return key;
    }
    match keys {
        [only] => reader.here(only.name.clone()),
        [] => Spanned::new(Name::new(""), NOWHERE),
        [first, ..] => {
            reader.findings().push(
                Diagnostic::error("missing-attribute", format!("{} lacks `key`", reader.called()))
                    .at(reader.head.span)
                    .help(format!("there is more than one key: write key = key.{} or another", first.name)),
            );
            Spanned::new(Name::new(""), NOWHERE)
        }
    }
}

fn root_volume(reader: &Reader<'_, '_>) -> Volume {
    Volume {
        name: Spanned::new(VolumeName::Root, reader.head.span),
        size_gib: reader.get("size_gib"),
        kind: reader.get("type"),
        declared_iops: reader.maybe("iops"),
        declared_throughput_mibs: reader.maybe("throughput_mibs"),
        mount: None,
        keep: Spanned::new(false, reader.head.span),
        backup: reader.get("backup"),
        tags: tags(reader),
    }
}

fn volume(reader: &Reader<'_, '_>) -> Volume {
    let label: Spanned<Name<Volume>> = labels::name(reader);
    if label.as_str() == "root" {
        reader.findings().push(
            Diagnostic::error("wrong-label", "a volume can't be called \"root\"")
                .at(label.span)
                .help("what a seat starts from stands in `root_volume`: give this one another label"),
        );
    }
    Volume {
        name: label.map(|label| VolumeName::Data(label.to_string())),
        size_gib: reader.get("size_gib"),
        kind: reader.get("type"),
        declared_iops: reader.maybe("iops"),
        declared_throughput_mibs: reader.maybe("throughput_mibs"),
        mount: reader.maybe("mount"),
        keep: reader.get("keep"),
        backup: reader.get("backup"),
        tags: tags(reader),
    }
}

fn bootstrap(reader: &Reader<'_, '_>) -> Bootstrap {
    let vars = reader.map::<serde_json::Value>("vars");
    Bootstrap {
        template: reader.get("template"),
        vars: vars.into_iter().map(|(name, value)| (name, value.value)).collect(),
        secrets: reader.map("secrets"),
    }
}
