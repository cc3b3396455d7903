//! Regions and zones.

use super::filter::Filters;
use super::kind::Action;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::places::{self, PLACES};
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};

/// What reads places.
pub const ACTIONS: &[Action] = &[("DescribeAvailabilityZones", zones), ("DescribeRegions", regions)];

fn zones(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let filters = Filters::read(
        form,
        &["zone-name", "zone-id", "zone-type", "state", "region-name", "opt-in-status", "group-name"],
    )?;
    let (names, ids) = (form.texts("ZoneName"), form.texts("ZoneId"));
    let all = places::zones(&desk.region);
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        return Err(AwsError::refused(format!("Invalid availability zone: [{unknown}]")));
    }
    let chosen = all.into_iter().filter(|zone| {
        (names.is_empty() || names.contains(zone))
            && (ids.is_empty() || ids.contains(&places::zone_id(zone)))
            && filters.pass(&Tags::new(), |name| {
                vec![match name {
                    "zone-name" => zone.clone(),
                    "zone-id" => places::zone_id(zone),
                    "zone-type" => "availability-zone".to_owned(),
                    "state" => "available".to_owned(),
                    "region-name" => desk.region.clone(),
                    "opt-in-status" => "opt-in-not-required".to_owned(),
                    _ => format!("{}-zg-1", desk.region),
                }]
            })
    });
    x.list("availabilityZoneInfo", chosen, |x, zone| {
        x.leaf("zoneName", &zone)
            .leaf("zoneId", places::zone_id(&zone))
            .leaf("zoneType", "availability-zone")
            .leaf("zoneState", "available")
            .leaf("regionName", &desk.region)
            .leaf("groupName", format!("{}-zg-1", desk.region))
            .leaf("networkBorderGroup", &desk.region)
            .leaf("optInStatus", "opt-in-not-required");
    });
    Ok(())
}

fn regions(_: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let filters = Filters::read(form, &["region-name", "endpoint", "opt-in-status"])?;
    let names = form.texts("RegionName");
    if let Some(unknown) = names.iter().find(|name| places::find(name).is_none()) {
        return Err(AwsError::refused(format!("Invalid region provided: [{unknown}]")));
    }
    let endpoint = |region: &str| format!("ec2.{region}.amazonaws.com");
    let chosen = PLACES.iter().map(|place| place.region).filter(|region| {
        (names.is_empty() || names.iter().any(|name| name == region))
            && filters.pass(&Tags::new(), |name| {
                vec![match name {
                    "region-name" => (*region).to_owned(),
                    "endpoint" => endpoint(region),
                    _ => "opt-in-not-required".to_owned(),
                }]
            })
    });
    x.list("regionInfo", chosen, |x, region| {
        x.leaf("regionName", region)
            .leaf("regionEndpoint", endpoint(region))
            .leaf("optInStatus", "opt-in-not-required");
    });
    Ok(())
}
