//! Reading instances: DescribeInstances and DescribeInstanceStatus.

use super::launch::write_reservation;
use super::{Instance, InstanceState};
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::filter::Filters;
use crate::rehearsal::ec2::kind::Action;
use crate::rehearsal::ec2::read;
use crate::rehearsal::physics::places;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};

/// What reads.
pub const ACTIONS: &[Action] = &[("DescribeInstances", describe), ("DescribeInstanceStatus", status)];

/// The most ids that DescribeInstanceStatus takes. \[B\]
const STATUS_IDS: usize = 100;

fn describe(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let page = read::select::<Instance>(desk, form)?;
    // Instances of one launch stand together, in the order in which the page shows the first of each.
    let mut reservations: Vec<(&str, Vec<&Instance>)> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for instance in page.items {
        let place = *places.entry(instance.reservation.as_str()).or_insert_with(|| {
            reservations.push((instance.reservation.as_str(), Vec::new()));
            reservations.len() - 1
        });
        reservations[place].1.push(instance);
    }
    x.list("reservationSet", reservations, |x, (_, instances)| write_reservation(x, desk, &instances));
    x.leaf_if("nextToken", page.next);
    Ok(())
}

fn status(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let filters = Filters::read(
        form,
        &[
            "availability-zone",
            "availability-zone-id",
            "instance-state-code",
            "instance-state-name",
            "instance-status.status",
            "instance-status.reachability",
            "system-status.status",
            "system-status.reachability",
            "event.code",
        ],
    )?;
    let ids = form.texts("InstanceId");
    if ids.len() > STATUS_IDS {
        return Err(AwsError::refused(format!("At most {STATUS_IDS} instance IDs may be given")));
    }
    if !ids.is_empty() && form.has("MaxResults") {
        return Err(AwsError::combination("The parameter instancesSet cannot be used with the parameter maxResults"));
    }
    let all = form.flag("IncludeAllInstances")?.unwrap_or(false);
    let chosen: Vec<&Instance> =
        if ids.is_empty() { desk.seen::<Instance>().collect() } else { read::by_id(desk, &ids)? };
    let chosen: Vec<&Instance> = chosen
        .into_iter()
        .filter(|instance| all || instance.state == InstanceState::Running)
        .filter(|instance| {
            filters.pass(&instance.tags, |name| match name {
                "instance-status.status" | "system-status.status" => vec![checks(desk, instance).0.to_owned()],
                "instance-status.reachability" | "system-status.reachability" => {
                    vec![checks(desk, instance).1.to_owned()]
                }
                "event.code" => Vec::new(),
                other => crate::rehearsal::ec2::Kind::field(*instance, other),
            })
        })
        .collect();
    let page = read::page(desk, form, 1000, chosen, |instance| &instance.id)?;
    x.list("instanceStatusSet", page.items, |x, instance| {
        x.leaf("instanceId", &instance.id)
            .leaf("availabilityZone", &instance.zone)
            .leaf("availabilityZoneId", places::zone_id(&instance.zone));
        instance.state.write(x, "instanceState");
        let (status, reachability) = checks(desk, instance);
        for name in ["systemStatus", "instanceStatus"] {
            x.node(name, |x| {
                x.leaf("status", status).list("details", [reachability], |x, reachability| {
                    x.leaf("name", "reachability").leaf("status", reachability);
                });
            });
        }
    });
    x.leaf_if("nextToken", page.next);
    Ok(())
}

fn checks(desk: &Desk, instance: &Instance) -> (&'static str, &'static str) {
    match (instance.state, instance.running_since) {
        (InstanceState::Running, Some(since)) if desk.now >= since.after(instance.checks_after) => ("ok", "passed"),
        (InstanceState::Running, _) => ("initializing", "initializing"),
        _ => ("not-applicable", "insufficient-data"),
    }
}
