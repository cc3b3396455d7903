//! What a production ever had, each resource with its beginning and its end, as far as the ledger tells.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::apply::Entry;
use crate::resource::{Address, Kind, Observed, Resource, Snapshot};

/// What the ledger calls the lines that say what was there when a wrap began.
pub const INVENTORY: &str = "inventory";

/// The kind of snapshots, which are no kind of resource.
pub const SNAPSHOT: &str = "snapshot";

/// One resource, from its beginning to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Record {
    pub address: String,
    /// The kind's name in JSON, such as `security_group`; empty where nobody told it.
    pub kind: String,
    pub id: String,
    /// GiB; of volumes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_gib: Option<u32>,
    /// None where neither the ledger nor the cloud told it.
    pub created: Option<Moment>,
    /// None where it is still there, or its end isn't in the ledger.
    pub destroyed: Option<Moment>,
    /// Whether it outlives its seat.
    #[serde(skip)]
    pub keep: bool,
}

/// When something was done, by whom, and by which requests.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Moment {
    /// UTC, RFC 3339.
    pub at: String,
    /// An ARN; none where the cloud told the time and nobody the principal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The service's names for the requests; CloudTrail shows them too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub requests: Vec<String>,
}

/// What a ledger says of a production's whole life.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// By kind and id: a role and its profile bear one name.
    pub all: BTreeMap<(String, String), Record>,
    /// The regions of all runs, sorted.
    pub regions: Vec<String>,
    by_address: BTreeMap<String, (String, String)>,
}

/// The lines that say what is there, a kind each: what a certificate has to tell of what is gone after this run.
pub fn inventory(observed: &Observed) -> Vec<Value> {
    let mut kinds: BTreeMap<Kind, Map<String, Value>> = BTreeMap::new();
    for found in observed.all().filter(|found| found.resource.kind() != Kind::AccountSwitch) {
        let fact = |name: &str| found.facts.get(name).cloned();
        let mut about = Map::from_iter([("address".to_owned(), json!(found.address))]);
        if let Some(created) = fact("created").or_else(|| fact("launched")) {
            about.insert("created".to_owned(), json!(created));
        }
        if let Resource::Volume(volume) = &found.resource {
            about.insert("size_gib".to_owned(), json!(volume.size_gib));
            if volume.keep {
                about.insert("keep".to_owned(), json!(true));
            }
        }
        kinds.entry(found.resource.kind()).or_default().insert(found.id.clone(), Value::Object(about));
    }
    kinds.into_iter().map(|(kind, resources)| json!({"kind": kind, "resources": resources})).collect()
}

/// The line that says which snapshots of recovery points are there; none where there are none.
pub fn inventory_of_points(snapshots: &[Snapshot]) -> Option<Value> {
    let about = |one: &Snapshot| json!({"address": format!("{}.{}", one.seat, one.volume), "created": one.taken, "size_gib": one.size_gib});
    let resources: Map<String, Value> = snapshots.iter().map(|one| (one.id.clone(), about(one))).collect();
    (!resources.is_empty()).then(|| json!({"kind": SNAPSHOT, "resources": resources}))
}

impl Records {
    /// Reads a ledger, oldest line first.
    pub fn of(entries: &[Entry]) -> Self {
        let mut records = Self::default();
        let mut caller = None;
        for entry in entries {
            let text = |name: &str| entry.details.get(name).and_then(Value::as_str).map(str::to_owned);
            let now = || Moment {
                at: entry.time.clone(),
                by: caller.clone(),
                requests: strings(entry.details.get("requests")),
            };
            match entry.what.as_str() {
                "began" => {
                    caller = text("caller");
                    records.regions.extend(text("region"));
                }
                INVENTORY => records.list(entry),
                "created" => {
                    if let (Some(address), Some(id)) = (text("address"), text("id")) {
                        records.begin(&address, &id, &text("kind").unwrap_or_default(), now());
                    }
                }
                "launched" => records.begin_all(entry.details.get("seats"), Kind::Seat, &now()),
                "running" => records.begin_all(entry.details.get("volumes"), Kind::Volume, &now()),
                "snapshotted" | "copied" => {
                    for id in text("id").iter().flat_map(|ids| ids.split(',')) {
                        records.begin(&text("address").unwrap_or_default(), id, SNAPSHOT, now());
                    }
                }
                "deleted" if text("id").is_some_and(|ids| ids.starts_with("snap-")) => {
                    for id in text("id").iter().flat_map(|ids| ids.split(',')) {
                        records.end(SNAPSHOT, id, &text("address").unwrap_or_default(), now());
                    }
                }
                "deleted" => match text("id") {
                    Some(id) => {
                        let kind = text("kind").unwrap_or_default();
                        records.end(&kind, &id, &text("address").unwrap_or_default(), now());
                    }
                    None => records.end_seats(&strings(entry.details.get("seats")), &now()),
                },
                "gone" => records.gone(&strings(entry.details.get("seats")), &entry.time),
                _ => {}
            }
        }
        records.regions.sort();
        records.regions.dedup();
        records
    }

    fn begin(&mut self, address: &str, id: &str, kind: &str, at: Moment) {
        let record = self.record(kind, id);
        address.clone_into(&mut record.address);
        // It is there: what was said of its end was said too early.
        record.destroyed = None;
        if record.created.is_none() {
            record.created = Some(at);
        }
        // A snapshot stands at no address of its own.
        if kind != SNAPSHOT {
            self.by_address.insert(address.to_owned(), (kind.to_owned(), id.to_owned()));
        }
    }

    fn record(&mut self, kind: &str, id: &str) -> &mut Record {
        let record = self.all.entry((kind.to_owned(), id.to_owned())).or_default();
        id.clone_into(&mut record.id);
        kind.clone_into(&mut record.kind);
        record
    }

    fn begin_all(&mut self, ids: Option<&Value>, kind: Kind, at: &Moment) {
        for (address, id) in ids.and_then(Value::as_object).into_iter().flatten() {
            if let Some(id) = id.as_str() {
                self.begin(address, id, kind.name(), at.clone());
            }
        }
    }

    /// What was there: a resource whose beginning the ledger missed has the cloud's own time of it.
    fn list(&mut self, entry: &Entry) {
        let kind = entry.details.get("kind").and_then(Value::as_str).unwrap_or_default();
        for (id, about) in entry.details.get("resources").and_then(Value::as_object).into_iter().flatten() {
            let text = |name: &str| about.get(name).and_then(Value::as_str).map(str::to_owned);
            let address = text("address").unwrap_or_default();
            let record = self.record(kind, id);
            record.address.clone_from(&address);
            record.destroyed = None;
            record.size_gib = about.get("size_gib").and_then(Value::as_u64).and_then(|size| u32::try_from(size).ok());
            record.keep = about.get("keep").and_then(Value::as_bool).unwrap_or(false);
            if record.created.is_none() {
                record.created = text("created").map(|at| Moment { at, ..Moment::default() });
            }
            if kind != SNAPSHOT {
                self.by_address.insert(address, (kind.to_owned(), id.clone()));
            }
        }
    }

    fn end(&mut self, kind: &str, id: &str, address: &str, at: Moment) {
        let record = self.record(kind, id);
        if record.address.is_empty() {
            address.clone_into(&mut record.address);
        }
        record.destroyed = Some(at);
    }

    /// Seats take their volumes along, but for those that outlive them.
    fn end_seats(&mut self, seats: &[String], at: &Moment) {
        let ids = |records: &Self| -> Vec<(String, String)> {
            let of = |seat: &String| {
                let volumes = records.by_address.iter().filter(move |(address, _)| {
                    Address::new(address.as_str()).owning_seat().is_some_and(|one| one.as_str() == seat)
                });
                volumes.map(|(_, id)| id.clone()).chain(records.by_address.get(seat).cloned()).collect::<Vec<_>>()
            };
            seats.iter().flat_map(of).collect()
        };
        for id in ids(self) {
            if let Some(record) = self.all.get_mut(&id)
                && !record.keep
                && record.destroyed.is_none()
            {
                record.destroyed = Some(at.clone());
            }
        }
    }

    /// From the order to the end: a seat is gone once it was seen to be.
    fn gone(&mut self, seats: &[String], time: &str) {
        for record in self.all.values_mut() {
            let seat = Address::new(record.address.as_str()).owning_seat();
            let seat = seat.map_or_else(|| record.address.clone(), |seat| seat.to_string());
            if let Some(destroyed) = record.destroyed.as_mut().filter(|_| seats.contains(&seat) && !record.keep)
                && destroyed.at.as_str() < time
            {
                time.clone_into(&mut destroyed.at);
            }
        }
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(time: &str, what: &str, details: &Value) -> Entry {
        Entry {
            number: 1,
            time: format!("2027-07-01T09:00:{time}Z"),
            what: what.to_owned(),
            details: details.as_object().cloned().unwrap_or_default(),
            previous: String::new(),
            hash: String::new(),
        }
    }

    fn told(record: &Record) -> String {
        let moment = |one: &Option<Moment>| match one {
            None => "unknown".to_owned(),
            Some(one) => format!("{} {} {:?}", &one.at[17..19], one.by.as_deref().unwrap_or("nobody"), one.requests),
        };
        format!("{} {} from {} to {}", record.kind, record.address, moment(&record.created), moment(&record.destroyed))
    }

    #[test]
    fn a_life_is_put_together_from_the_lines_of_several_runs() {
        let seat = "workstation_pool.comp[001]";
        let entries = [
            line("01", "began", &json!({"verb": "apply", "caller": "ana", "region": "us-west-2"})),
            line(
                "02",
                "created",
                &json!({"address": "network.main", "kind": "vpc", "id": "vpc-1", "requests": ["r1"]}),
            ),
            line("03", "launched", &json!({"seats": {seat: "i-1"}, "requests": ["r2"]})),
            line(
                "04",
                "running",
                &json!({"volumes": {format!("{seat}.root"): "vol-1", format!("{seat}.work"): "vol-2"}}),
            ),
            line(
                "05",
                "inventory",
                &json!({"kind": "volume", "resources": {
                    "vol-1": {"address": format!("{seat}.root"), "size_gib": 150},
                    "vol-2": {"address": format!("{seat}.work"), "size_gib": 50, "keep": true},
                    "vol-3": {"address": "stray.volume/vol-3", "size_gib": 8, "created": "2027-06-01T00:00:00Z"},
                }}),
            ),
            line("06", "began", &json!({"verb": "wrap", "caller": "bo", "region": "us-west-2"})),
            line("07", "deleted", &json!({"address": "workstation_pool.comp", "seats": [seat], "requests": ["r3"]})),
            line("08", "gone", &json!({"address": "workstation_pool.comp", "seats": [seat]})),
            line(
                "09",
                "deleted",
                &json!({"address": format!("{seat}.work"), "kind": "volume", "id": "vol-2", "requests": ["r4"]}),
            ),
            line(
                "10",
                "deleted",
                &json!({"address": "network.main", "kind": "vpc", "id": "vpc-1", "requests": ["r5"]}),
            ),
        ];
        let records = Records::of(&entries);
        assert_eq!(records.regions, ["us-west-2"]);
        let lives: Vec<String> = records.all.values().map(told).collect();
        assert_eq!(
            lives,
            [
                format!(r#"seat {seat} from 03 ana ["r2"] to 08 bo ["r3"]"#),
                format!(r#"volume {seat}.root from 04 ana [] to 08 bo ["r3"]"#),
                format!(r#"volume {seat}.work from 04 ana [] to 09 bo ["r4"]"#),
                r#"volume stray.volume/vol-3 from 00 nobody [] to unknown"#.to_owned(),
                r#"vpc network.main from 02 ana ["r1"] to 10 bo ["r5"]"#.to_owned(),
            ]
        );
    }
}
