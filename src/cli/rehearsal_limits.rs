//! What a rehearsal is measured against: the rehearsal cloud's own figures, as the plan and the report want them.

use std::collections::BTreeMap;

use crate::cloud::Waits;
use crate::plan::{Between, Limits, Rate};
use crate::rehearsal::CallRecord;
use crate::rehearsal::physics::throttle::{self, KMS_GRANTS};
use crate::rehearsal::physics::times::{self, Span};
use crate::report::rehearsal::{Calls, CallsOf};

/// The limits and times that the lower bound is made of.
pub fn limits() -> Limits {
    let request = |action: &str| rate(throttle::bucket("ec2", action, false).1);
    let resources = |action: &str| throttle::resource_rate(action).map_or_else(|| request(action), rate);
    Limits {
        launch_requests: request("RunInstances"),
        launched_instances: resources("RunInstances"),
        grants: rate(KMS_GRANTS),
        terminated_instances: resources("TerminateInstances"),
        change_s: 2.0 * typical(times::CHANGE_LEG),
        // There; the way back goes by while the instances are pending.
        launch_s: typical(times::LAUNCH_LEG),
        profile_known_s: typical(times::IAM_PROPAGATION),
        running: between(times::INSTANCE_PENDING),
        terminated: between(times::INSTANCE_TERMINATING),
        endpoint_gone: between(times::ENDPOINT_DELETING),
    }
}

fn rate(rate: throttle::Rate) -> Rate {
    Rate { capacity: rate.capacity, refill: rate.refill }
}

fn between(span: Span) -> Between {
    #[expect(clippy::cast_precision_loss, reason = "spans are minutes, in milliseconds")]
    let seconds = |milliseconds: u64| milliseconds as f64 / 1000.0;
    Between { from_s: seconds(span.from), to_s: seconds(span.to) }
}

/// The middle of its bounds, in seconds.
#[expect(clippy::cast_precision_loss, reason = "spans are minutes, in milliseconds")]
fn typical(span: Span) -> f64 {
    (span.from + span.to) as f64 / 2000.0
}

/// Calls by action, with their buckets and what waiting for those cost.
pub fn calls(records: &[CallRecord], waits: &BTreeMap<String, Waits>) -> Calls {
    let mut by_action: BTreeMap<String, CallsOf> = BTreeMap::new();
    for record in records {
        let rate = throttle::bucket(&record.service, &record.action, false).1;
        let of = by_action
            .entry(format!("{}:{}", record.service, record.action))
            .or_insert_with_key(|action| empty(action, rate));
        of.calls += 1;
        match (record.status, record.code.as_deref()) {
            (None, _) => of.lost += 1,
            (_, Some("RequestLimitExceeded" | "Throttling" | "ThrottlingException")) => of.throttled += 1,
            (_, None | Some("DryRunOperation")) => {}
            (_, Some(_)) => of.refused += 1,
        }
    }
    for (bucket, waits) in waits {
        let rate = match bucket.strip_suffix("/instances").and_then(|action| action.strip_prefix("ec2:")) {
            Some(action) => throttle::resource_rate(action),
            None if bucket == "kms:CreateGrant" => Some(KMS_GRANTS),
            None => None,
        };
        let of = match (by_action.get_mut(bucket), rate) {
            (Some(of), _) => of,
            (None, Some(rate)) => by_action.entry(bucket.clone()).or_insert_with_key(|action| empty(action, rate)),
            (None, None) => continue,
        };
        of.waited_s = rounded(waits.total.as_secs_f64());
        of.longest_wait_s = rounded(waits.longest.as_secs_f64());
    }
    let mut by_action: Vec<CallsOf> = by_action.into_values().collect();
    by_action.sort_by(|one, other| other.calls.cmp(&one.calls).then(one.action.cmp(&other.action)));
    let sum = |of: fn(&CallsOf) -> usize| by_action.iter().map(of).sum();
    Calls {
        total: records.len(),
        throttled: sum(|one| one.throttled),
        lost: sum(|one| one.lost),
        refused: sum(|one| one.refused),
        by_action,
    }
}

fn empty(action: &str, rate: throttle::Rate) -> CallsOf {
    CallsOf {
        action: action.to_owned(),
        calls: 0,
        capacity: rate.capacity,
        refill: rate.refill,
        waited_s: 0.0,
        longest_wait_s: 0.0,
        throttled: 0,
        lost: 0,
        refused: 0,
    }
}

/// How many round trips stand one after the other: each call stands behind those that were over when it was sent.
pub fn depth(records: &[CallRecord]) -> usize {
    let mut depths: Vec<(crate::rehearsal::Moment, usize)> = Vec::new();
    for record in records {
        let before = depths.iter().filter(|(ended, _)| *ended <= record.arrived).map(|(_, depth)| *depth).max();
        let ended = record.ended.unwrap_or(record.arrived);
        depths.push((ended, before.unwrap_or(0) + 1));
    }
    depths.into_iter().map(|(_, depth)| depth).max().unwrap_or(0)
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
