//! The least time that a plan can take, whoever carries it out: what the account's limits and the cloud's own times
//! leave no way around. A run is measured against it.
//!
//! The arithmetic: `k` calls through a bucket of capacity `C` and refill `R` take `max(0, (k − C) / R)` seconds, for
//! buckets start full. Launches have three such buckets: requests, instances, and the grants that EBS asks KMS for,
//! one an encrypted volume
//! (<https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>,
//! <https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html>). They run side by side, so the
//! slowest counts. Before the first launch stands a chain that nothing shortens (a role, its profile, and the time until
//! EC2 knows it), and behind the last one the time from *pending* to *running*.

use serde::Serialize;

use super::{Action, Plan};
use crate::resource::{Address, Desired, Kind, Resource};

/// A bucket: how many tokens it holds, and how many come back each second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub capacity: f64,
    pub refill: f64,
}

/// A time between two bounds, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Between {
    pub from_s: f64,
    pub to_s: f64,
}

impl Between {
    /// What the slowest of so many takes, on average: each is as likely to take any time between the bounds as any other.
    #[expect(clippy::cast_precision_loss, reason = "counts of resources are far below 2^52")]
    fn slowest_of(self, count: usize) -> f64 {
        let count = count as f64;
        self.from_s + (self.to_s - self.from_s) * count / (count + 1.0)
    }
}

/// What an account may do, and how long the cloud takes. Seconds are typical ones: a bound from the shortest times ever
/// seen would measure luck. A lucky run may beat them by a little.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    pub launch_requests: Rate,
    pub launched_instances: Rate,
    /// Encrypted volumes that may come into use.
    pub grants: Rate,
    pub terminated_instances: Rate,
    /// A call that changes something, there and back.
    pub change_s: f64,
    /// A launch call, until its instances are *pending*.
    pub launch_s: f64,
    /// Until EC2 knows a new profile with its role.
    pub profile_known_s: f64,
    /// From *pending* to *running*.
    pub running: Between,
    /// From *shutting-down* to *terminated*, with an orderly shutdown of the guest.
    pub terminated: Between,
    /// How long an interface endpoint takes to go, with its interfaces.
    pub endpoint_gone: Between,
}

/// One part of the bound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Term {
    /// What limits, for people: `KMS grants`.
    pub name: &'static str,
    pub seconds: f64,
    /// How it comes about: `2000 volumes, 50 at once and 50 a second`.
    pub because: String,
}

/// The least time, and what it is made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct LowerBound {
    /// One after the other: nothing of it can be left out.
    pub chain: Vec<Term>,
    /// Side by side, between the chain's parts; the longest counts.
    pub limits: Vec<Term>,
    pub seconds: f64,
}

impl LowerBound {
    fn new(chain: Vec<Term>, limits: Vec<Term>) -> Self {
        let longest = limits.iter().map(|term| term.seconds).fold(0.0, f64::max);
        let seconds = chain.iter().map(|term| term.seconds).sum::<f64>() + longest;
        Self { chain, limits, seconds }
    }

    /// The part that weighs most.
    pub fn bottleneck(&self) -> Option<&Term> {
        self.limits
            .iter()
            .chain(&self.chain)
            .filter(|term| term.seconds > 0.0)
            .reduce(|most, one| if one.seconds > most.seconds { one } else { most })
    }
}

/// AWS advises launches of a hundred: "five requests of 100 instead of one of 500" (EC2 user guide, troubleshooting
/// launches). A larger batch would save requests, not time: the grants are slower.
const LAUNCH: usize = 100;

/// The least time from the start of a plan until its last new seat runs; of a wrap, until everything is gone.
pub fn lower_bound(plan: &Plan, desired: &Desired, limits: &Limits) -> LowerBound {
    if plan.wrap { of_wrap(plan, limits) } else { of_apply(plan, desired, limits) }
}

fn of_apply(plan: &Plan, desired: &Desired, limits: &Limits) -> LowerBound {
    let seats: Vec<&Address> = plan
        .changes
        .iter()
        .filter(|change| change.kind == Kind::Seat && matches!(change.action, Action::Create | Action::Replace))
        .map(|change| &change.address)
        .collect();
    if seats.is_empty() {
        return LowerBound::default();
    }
    let encrypted: usize = seats
        .iter()
        .flat_map(|seat| desired.volumes_of(seat))
        .filter(|(_, resource)| matches!(resource, Resource::Volume(volume) if volume.encrypted))
        .count();
    let launches = seats.len().div_ceil(LAUNCH);
    let side_by_side = vec![
        through("launch requests", launches, "requests", limits.launch_requests),
        through("launched instances", seats.len(), "instances", limits.launched_instances),
        through("KMS grants", encrypted, "encrypted volumes", limits.grants),
    ];
    let mut chain = before_the_first_launch(plan, desired, &seats, limits);
    chain.push(term("launch", limits.launch_s, "the call, until its instances are pending"));
    chain.push(term(
        "pending to running",
        limits.running.slowest_of(seats.len()),
        &format!("the cloud's own time, for the slowest of {}", seats.len()),
    ));
    LowerBound::new(chain, side_by_side)
}

/// What has to be there before a seat can be launched: its profile, known to EC2, or else its subnet.
fn before_the_first_launch(plan: &Plan, desired: &Desired, seats: &[&Address], limits: &Limits) -> Vec<Term> {
    let made = |address: &Address| plan.change(address).is_some_and(|change| change.action == Action::Create);
    let profiled = seats.iter().all(|seat| {
        matches!(desired.resources.get(*seat), Some(Resource::Seat(seat)) if seat.profile.as_ref().is_some_and(made))
    });
    if profiled {
        return vec![
            term("role", limits.change_s, "one call"),
            term("profile", limits.change_s * 2.0, "two calls: the profile, and its role in it"),
            term("profile known to EC2", limits.profile_known_s, "IAM is eventually consistent"),
        ];
    }
    let grounded = plan.changes.iter().any(|change| change.kind == Kind::Subnet && change.action == Action::Create);
    if grounded {
        vec![term("network", limits.change_s * 2.0, "two calls: the network, and a subnet")]
    } else {
        Vec::new()
    }
}

fn of_wrap(plan: &Plan, limits: &Limits) -> LowerBound {
    let deleted = |kind: Kind| plan.changes.iter().filter(|c| c.kind == kind && c.action == Action::Delete).count();
    let mut chain = Vec::new();
    let mut side_by_side = Vec::new();
    let seats = deleted(Kind::Seat);
    if seats > 0 {
        let wait = through("", seats, "instances", limits.terminated_instances);
        let seconds = limits.change_s + wait.seconds + limits.terminated.slowest_of(seats);
        let because = format!("one call, {}, then shutting down", wait.because);
        side_by_side.push(Term { name: "termination", seconds, because });
    }
    let endpoints = plan
        .changes
        .iter()
        .filter(|change| change.kind == Kind::VpcEndpoint && change.action == Action::Delete)
        .filter(|change| !is_gateway(&change.address))
        .count();
    if endpoints > 0 {
        let seconds = limits.change_s + limits.endpoint_gone.slowest_of(endpoints);
        side_by_side.push(term(
            "endpoints",
            seconds,
            "one call, then the cloud's own time until their interfaces are gone",
        ));
    }
    if deleted(Kind::Subnet) > 0 {
        chain.push(term("subnets", limits.change_s, "one call, once nothing stands in them"));
    }
    if deleted(Kind::Vpc) > 0 {
        chain.push(term("network", limits.change_s, "one call, once it is empty"));
    }
    LowerBound::new(chain, side_by_side)
}

/// Gateways are gone at once; only these two services have them:
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>.
fn is_gateway(endpoint: &Address) -> bool {
    ["/s3", "/dynamodb"].iter().any(|service| endpoint.as_str().ends_with(service))
}

fn term(name: &'static str, seconds: f64, because: &str) -> Term {
    Term { name, seconds, because: because.to_owned() }
}

#[expect(clippy::cast_precision_loss, reason = "counts of resources are far below 2^52")]
fn through(name: &'static str, count: usize, what: &str, rate: Rate) -> Term {
    let over = (count as f64 - rate.capacity).max(0.0);
    let seconds = if over > 0.0 { over / rate.refill } else { 0.0 };
    let because = format!("{count} {what}, {} at once and {} a second", rate.capacity, rate.refill);
    Term { name, seconds, because }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        launch_requests: Rate { capacity: 5.0, refill: 2.0 },
        launched_instances: Rate { capacity: 1000.0, refill: 2.0 },
        grants: Rate { capacity: 50.0, refill: 50.0 },
        terminated_instances: Rate { capacity: 1000.0, refill: 20.0 },
        change_s: 0.2,
        launch_s: 1.0,
        profile_known_s: 9.0,
        running: Between { from_s: 16.0, to_s: 18.0 },
        terminated: Between { from_s: 30.0, to_s: 60.0 },
        endpoint_gone: Between { from_s: 60.0, to_s: 120.0 },
    };

    #[test]
    fn buckets_give_their_burst_for_nothing_and_the_rest_at_their_refill() {
        assert!(through("", 5, "requests", LIMITS.launch_requests).seconds.abs() < 1e-9);
        assert!((through("", 10, "requests", LIMITS.launch_requests).seconds - 2.5).abs() < 1e-9);
        assert!((through("", 5000, "instances", LIMITS.launched_instances).seconds - 2000.0).abs() < 1e-9);
    }

    #[test]
    fn the_slowest_of_many_comes_near_the_upper_bound() {
        let between = Between { from_s: 16.0, to_s: 18.0 };
        assert!((between.slowest_of(1) - 17.0).abs() < 1e-9);
        assert!(between.slowest_of(1000) > 17.99 && between.slowest_of(1000) < 18.0);
    }

    #[test]
    fn side_by_side_the_slowest_counts_and_one_after_the_other_all_do() {
        let bound = LowerBound::new(
            vec![term("launch", 1.0, ""), term("pending to running", 17.0, "")],
            vec![term("KMS grants", 39.0, ""), term("launch requests", 2.5, "")],
        );
        assert!((bound.seconds - 57.0).abs() < 1e-9);
        assert_eq!(bound.bottleneck().map(|term| term.name), Some("KMS grants"));
    }

    #[test]
    fn a_plan_without_new_seats_has_no_bound() {
        let plan = super::super::make(&Desired::default(), &crate::resource::Observed::default(), &Default::default());
        assert_eq!(lower_bound(&plan, &Desired::default(), &LIMITS), LowerBound::default());
    }
}
