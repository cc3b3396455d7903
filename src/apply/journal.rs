//! The ledger as a listener: each thing that is done to the cloud becomes a line, as it is done.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Event, Ledger, LedgerError, Listener};
use crate::cloud::{CloudError, Made};
use crate::plan::{Operation, OperationId, Step};
use crate::resource::{Address, Kind};

/// Writes what happens to a ledger. A ledger that can't be written stops nothing: its first error is kept for the end,
/// and nothing more is tried.
pub struct Journal<'a> {
    ledger: Ledger,
    /// Tells the time in UTC, as RFC 3339 writes it.
    clock: Box<dyn FnMut() -> String + 'a>,
    /// What the first line says of the run.
    about: Map<String, Value>,
    trouble: Option<LedgerError>,
    counts: Counts,
    /// The volumes of seats that came up, until all of their step are there.
    arrived: BTreeMap<OperationId, Vec<(Address, String)>>,
}

#[derive(Debug, Default)]
struct Counts {
    done: usize,
    failed: usize,
    skipped: usize,
    interrupted: bool,
}

impl<'a> Journal<'a> {
    /// Writes to this ledger; `about` goes into the first line.
    pub fn new(ledger: Ledger, clock: impl FnMut() -> String + 'a, about: Map<String, Value>) -> Self {
        Self {
            ledger,
            clock: Box::new(clock),
            about,
            trouble: None,
            counts: Counts::default(),
            arrived: BTreeMap::new(),
        }
    }

    /// Adds a line of another kind than those of an apply.
    pub fn note(&mut self, what: &str, details: Value) {
        if self.trouble.is_some() {
            return;
        }
        let details = match details {
            Value::Object(details) => details.into_iter().filter(|(_, value)| !value.is_null()).collect(),
            _ => Map::new(),
        };
        let time = (self.clock)();
        if let Err(error) = self.ledger.add(&time, what, details) {
            self.trouble = Some(error);
        }
    }

    /// How long the ledger is, and the hash of its last line.
    pub fn head(&self) -> (u64, &str) {
        (self.ledger.entries(), self.ledger.head())
    }

    /// Why lines are missing, if any are.
    pub fn trouble(&self) -> Option<&LedgerError> {
        self.trouble.as_ref()
    }
}

impl Listener for Journal<'_> {
    fn on_event(&mut self, event: &Event<'_>) {
        match event {
            Event::Began { operations } => {
                let mut about = self.about.clone();
                about.insert("steps".to_owned(), json!(operations.len()));
                self.note("began", Value::Object(about));
            }
            Event::Launched { operation, seats, instance_type, zone, requests } => {
                let seats: Map<String, Value> = seats.iter().map(|(seat, id)| (seat.to_string(), json!(id))).collect();
                let details = json!({"address": operation.address, "seats": seats, "instance_type": instance_type, "zone": zone, "requests": ids_of(requests)});
                self.note("launched", details);
            }
            Event::Arrived { operation, volumes, .. } => {
                self.arrived.entry(operation.id).or_default().extend(volumes.iter().cloned());
            }
            Event::Succeeded { operation, took, id, requests } => {
                self.counts.done += 1;
                if let Some(volumes) = self.arrived.remove(&operation.id) {
                    let volumes: Map<String, Value> =
                        volumes.iter().map(|(volume, id)| (volume.to_string(), json!(id))).collect();
                    self.note("running", json!({"address": operation.address, "volumes": volumes}));
                }
                if let Some(what) = past(operation) {
                    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                    let details = json!({"address": operation.address, "kind": operation.kind, "id": id, "seats": seats(&operation.step), "took_ms": took_ms, "requests": ids_of(requests)});
                    self.note(what, details);
                }
            }
            Event::Failed { operation, error } => {
                self.counts.failed += 1;
                self.note("failed", refused(operation, error));
            }
            Event::FellThrough { operation, instance_type, zone, error } => {
                let mut details = refused(operation, error);
                details["instance_type"] = json!(instance_type);
                details["zone"] = json!(zone);
                self.note("fell_through", details);
            }
            Event::Skipped { operation, because } => {
                self.counts.skipped += 1;
                // Tags that were not put on follow the seats that were not launched, by the hundred.
                if operation.step != Step::Label {
                    let step = operation.step.word();
                    self.note("skipped", json!({"address": operation.address, "step": step, "because": because}));
                }
            }
            Event::Interrupted { times } => {
                self.counts.interrupted = true;
                self.note("interrupted", json!({"times": times}));
            }
            Event::Ended => {
                let Counts { done, failed, skipped, interrupted } = self.counts;
                self.note(
                    "ended",
                    json!({"done": done, "failed": failed, "skipped": skipped, "interrupted": interrupted}),
                );
            }
            Event::Started { .. } => {}
        }
    }
}

/// What a step did to the cloud; none where it only waited, or where another line tells it.
fn past(operation: &Operation) -> Option<&'static str> {
    Some(match &operation.step {
        Step::Create => "created",
        Step::Finish | Step::Update => "updated",
        Step::Delete if operation.kind == Kind::KmsKey => "disabled",
        Step::Delete | Step::Discard(_) | Step::Terminate(_) => "deleted",
        Step::AwaitTerminated(_) => "gone",
        Step::Retire | Step::MarkBackups(_) => "marked",
        Step::Restart => "restarted",
        Step::Attach => "attached",
        Step::Snapshot(_) => "snapshotted",
        Step::Copy(_) => "copied",
        Step::AwaitSnapshots { .. } => "backed_up",
        Step::Prepare => "created",
        Step::Swap => "swapped",
        Step::Stop(_) => "stopped",
        Step::Start(_) => "started",
        Step::VerifySnapshots { .. } => "verified",
        Step::Keep { .. } => "kept",
        Step::Archive { .. } => "archived",
        Step::DropReplaced | Step::Expire(_) => "deleted",
        Step::Launch(_) | Step::Label | Step::Settle | Step::Release | Step::AwaitDetached | Step::AwaitRunning(_) => {
            return None;
        }
    })
}

fn seats(step: &Step) -> Value {
    match step {
        Step::Terminate(seats) | Step::AwaitTerminated(seats) => json!(seats),
        Step::Stop(seats) | Step::Start(seats) => json!(seats.keys().collect::<Vec<_>>()),
        _ => Value::Null,
    }
}

/// The requests' ids; null where there is none, so that the line says nothing of them.
fn ids_of(requests: &[Made]) -> Value {
    match requests {
        [] => Value::Null,
        some => some.iter().map(|one| one.request_id.as_str()).collect(),
    }
}

fn refused(operation: &Operation, error: &CloudError) -> Value {
    json!({
        "address": operation.address,
        "step": operation.step.word(),
        "call": format!("{}:{}", error.service, error.action),
        "code": error.code,
        "words": error.message,
        "request_id": error.request_id,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::apply::verify;
    use crate::cloud::ErrorClass;
    use crate::plan::Operations;

    fn step(address: &str, kind: Kind, step: Step) -> Operation {
        let (needs, follows) = (BTreeSet::new(), BTreeSet::new());
        Operation { id: 0, address: Address::new(address), kind, step, needs, follows, remaining_s: 1.0 }
    }

    #[test]
    fn a_run_can_be_read_back_line_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let about = Map::from_iter([("verb".to_owned(), json!("apply"))]);
        let mut journal = Journal::new(Ledger::open(&path).unwrap(), || "2026-12-01T00:00:00Z".to_owned(), about);

        let vpc = step("network.main", Kind::Vpc, Step::Create);
        let label = step("workstation_pool.comp[001]", Kind::Seat, Step::Label);
        let error = CloudError::new(ErrorClass::Denied, "kms", "CreateKey", "not allowed");
        let key = step("key.content", Kind::KmsKey, Step::Create);
        let granted = [Made { call: "ec2:CreateVpc".to_owned(), request_id: "11f2-33".to_owned() }];
        journal.on_event(&Event::Began { operations: &Operations::default() });
        journal.on_event(&Event::Succeeded {
            operation: &vpc,
            took: Duration::from_millis(7),
            id: Some("vpc-1"),
            requests: &granted,
        });
        journal.on_event(&Event::Succeeded { operation: &label, took: Duration::ZERO, id: None, requests: &[] });
        journal.on_event(&Event::Failed { operation: &key, error: &error });
        journal.on_event(&Event::Skipped { operation: &label, because: "key.content failed" });
        journal.on_event(&Event::Ended);

        assert!(journal.trouble().is_none());
        let (entries, _) = verify(&path).unwrap();
        let lines: Vec<String> =
            entries.iter().map(|entry| format!("{} {}", entry.what, Value::Object(entry.details.clone()))).collect();
        assert_eq!(
            lines,
            [
                r#"began {"verb":"apply","steps":0}"#,
                r#"created {"address":"network.main","kind":"vpc","id":"vpc-1","took_ms":7,"requests":["11f2-33"]}"#,
                r#"failed {"address":"key.content","step":"create","call":"kms:CreateKey","words":"not allowed"}"#,
                r#"ended {"done":2,"failed":1,"skipped":1,"interrupted":false}"#,
            ]
        );
    }
}
