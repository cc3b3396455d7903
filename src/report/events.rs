//! What happens during an apply, for programs: an object for each event, with names that stay.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::steps;
use crate::apply::{Awaited, Event, Outcome};
use crate::cloud::CloudError;
use crate::controls::Posture;
use crate::plan::{Operation, Plan};
use crate::resource::Address;

/// An event, `at` after the start of the run. Every one has `type` and `t_ms`.
pub fn event(event: &Event<'_>, at: Duration) -> Value {
    let (name, fields) = match event {
        Event::Began { operations } => ("began", json!({"operations": operations.len()})),
        Event::Started { operation } => ("started", of(operation)),
        Event::Launched { operation, seats, instance_type, zone, .. } => {
            let seats: Map<String, Value> = seats.iter().map(|(seat, id)| (seat.to_string(), json!(id))).collect();
            ("launched", with(operation, json!({"seats": seats, "instance_type": instance_type, "zone": zone})))
        }
        Event::FellThrough { operation, instance_type, zone, error } => (
            "fell_through",
            with(operation, json!({"instance_type": instance_type, "zone": zone, "error": self::error(error)})),
        ),
        Event::Arrived { operation, seats, .. } => {
            let seats: Vec<&str> = seats.iter().map(Address::as_str).collect();
            ("arrived", with(operation, json!({"seats": seats})))
        }
        Event::Succeeded { operation, took, id, .. } => {
            ("succeeded", with(operation, json!({"took_ms": millis(*took), "id": id})))
        }
        Event::Failed { operation, error } => ("failed", with(operation, json!({"error": self::error(error)}))),
        Event::Skipped { operation, because } => ("skipped", with(operation, json!({"because": because}))),
        Event::Interrupted { times } => ("interrupted", json!({"times": times})),
        Event::Ended => ("ended", json!({})),
    };
    typed(name, at, fields)
}

/// The first event: what is about to be done.
pub fn planned(plan: &Plan) -> Value {
    typed("planned", Duration::ZERO, json!({"plan": plan}))
}

/// The posture of the live state after the run.
pub fn assessed(posture: &Posture, at: Duration) -> Value {
    typed("assessed", at, json!({"posture": posture}))
}

/// What a second look found after a saved plan: the resources of the plan that aren't as it has them; none where what was
/// assessed is what is live.
pub fn compared(differing: &[Address], at: Duration) -> Value {
    typed("compared", at, json!({"differing": differing}))
}

/// Whether the seats that a run brought up are ready.
pub fn readiness(awaited: &Awaited, at: Duration) -> Value {
    let fields = json!({
        "ready": awaited.ready,
        "failed": awaited.failed,
        "silent": awaited.silent,
        "late": awaited.late,
        "unheard": awaited.unheard,
        "unreadable": awaited.unreadable.as_ref().map(error),
    });
    typed("readiness", at, fields)
}

/// The last event: what came of it, and the exit code.
pub fn summary(outcome: &Outcome, at: Duration, exit_code: u8) -> Value {
    let step = |words| steps::name(words);
    let failed: Vec<Value> = outcome
        .failed
        .iter()
        .map(
            |one| json!({"address": one.address, "kind": one.kind, "step": step(one.step), "error": error(&one.error)}),
        )
        .collect();
    let skipped: Vec<Value> = outcome
        .skipped
        .iter()
        .map(|one| json!({"address": one.address, "kind": one.kind, "step": step(one.step), "because": one.because}))
        .collect();
    let fields = json!({
        "done": outcome.done,
        "failed": failed,
        "skipped": skipped,
        "interrupted": outcome.interrupted,
        "made": outcome.made,
        "exit_code": exit_code,
    });
    typed("summary", at, fields)
}

/// An error of a cloud's call.
pub fn error(error: &CloudError) -> Value {
    json!({
        "class": error.class,
        "call": format!("{}:{}", error.service, error.action),
        "code": error.code,
        "message": error.message,
        "request_id": error.request_id,
        "hint": error.hint(),
    })
}

fn typed(name: &str, at: Duration, fields: Value) -> Value {
    let mut event = Map::from_iter([("type".to_owned(), json!(name)), ("t_ms".to_owned(), json!(millis(at)))]);
    if let Value::Object(fields) = fields {
        event.extend(fields);
    }
    Value::Object(event)
}

fn of(operation: &Operation) -> Value {
    json!({
        "operation": operation.id,
        "address": operation.address,
        "kind": operation.kind,
        "step": steps::name(operation.step.word()),
    })
}

fn with(operation: &Operation, more: Value) -> Value {
    let mut fields = of(operation);
    if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
        fields.extend(more);
    }
    fields
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
