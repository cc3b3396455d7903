//! How the production stands: its seats one by one, what differs from the blueprint, what couldn't be read.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::recovery_text::folded;
use super::words;
use crate::cloud::CloudError;
use crate::plan::{Action, CutOff, Plan, Reason};
use crate::recovery::ended::Wrapped;
use crate::resource::{
    Address, Age, Desired, Found, Kind, Observed, Readiness, RecoveryAges, Resource, Slot, Status, Told, Unreadable,
};

/// The version of the JSON status: raised when a reader would have to change.
pub const FORMAT_VERSION: u32 = 1;

/// What `status --json` prints.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusReport {
    pub format_version: u32,
    pub production: String,
    pub account: String,
    pub region: String,
    /// By pool, then number.
    pub seats: Vec<SeatStatus>,
    pub totals: Totals,
    /// Addresses of everything that was changed in the cloud since the last apply, sorted.
    pub drifted: Vec<Address>,
    /// What of each of them differs now: the paths of its fields, sorted. Where the blueprint was edited too, the edit is
    /// among them.
    pub drift_fields: BTreeMap<Address, BTreeSet<String>>,
    /// Volumes that a restore left beside those in use when it was cut off, by id, with the address that
    /// both bear.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub cut_off_restore: BTreeMap<String, Address>,
    /// How many changes a plan would make.
    pub changes: usize,
    pub unreadable: Vec<Unreadable>,
    /// Why it could not be read which seats are ready; none where it could.
    pub readiness_unread: Option<String>,
    /// Whether a wrap was begun or is done; none where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrapped: Option<Wrapped>,
    /// What a person should know, such as a promise that comes due.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// One seat.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeatStatus {
    pub address: Address,
    pub pool: String,
    pub number: Slot,
    /// `running`, `pending`, `stopped`, …; `missing` where the blueprint asks for it and it isn't there, `unknown`
    /// where it couldn't be read.
    pub state: String,
    pub instance_id: Option<String>,
    pub private_address: Option<String>,
    pub instance_type: Option<String>,
    pub zone: Option<String>,
    /// Who it belongs to, by its tag.
    pub artist: Option<String>,
    /// AMI id.
    pub image: Option<String>,
    /// Whether it or a volume of it was changed in the cloud since the last apply.
    pub drift: bool,
    /// UTC, RFC 3339.
    pub launched_at: Option<String>,
    /// How far it is inside, of a seat that runs: `preparing`, `ready`, `failed`, `silent` where it said nothing yet, or
    /// `unheard` where it has no way to say it; none where it doesn't run, or could not be asked.
    pub readiness: Option<String>,
    /// The steps that failed, each with its reason.
    pub failed_steps: Option<String>,
    /// Its newest usable recovery point, against what was promised; none where nothing of it is to be kept safe, or
    /// nobody looked.
    pub recovery_point: Option<Age>,
    /// The same of its copies, by the region that they lie in; regions that could not be read are left out.
    pub copies: BTreeMap<String, Age>,
}

/// Seats by how they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// How many the blueprint asks for.
    pub wanted: usize,
    pub running: usize,
    /// Those of the running ones that say so.
    pub ready: usize,
    /// On their way up or down, stopped, or failed.
    pub other: usize,
    pub missing: usize,
    pub unknown: usize,
}

/// Gathers the status.
///
/// `told` is what seats told of themselves, by instance id; none where they could not be asked.
pub fn status(
    desired: &Desired,
    observed: &Observed,
    plan: &Plan,
    told: Option<&BTreeMap<String, Told>>,
) -> StatusReport {
    let drift_fields: BTreeMap<Address, BTreeSet<String>> = plan
        .changes
        .iter()
        .filter(|change| matches!(change.reason, Reason::Drifted | Reason::EditedAndDrifted))
        .map(|change| (change.address.clone(), change.fields.iter().map(|field| field.path.clone()).collect()))
        .collect();
    let drifted_seats: BTreeSet<Address> = drift_fields.keys().filter_map(Address::owning_seat).collect();
    let cut_off = CutOff::of(&plan.changes);
    let wanted: BTreeSet<&Address> = addresses_of_seats(desired).collect();
    let live = observed.found.values().filter(|found| found.resource.kind() == Kind::Seat);
    let all: BTreeSet<&Address> = live.map(|found| &found.address).chain(wanted.iter().copied()).collect();
    let mut seats: Vec<SeatStatus> = all
        .into_iter()
        .filter_map(|address| seat(address, desired, observed, told, drifted_seats.contains(address)))
        .collect();
    seats.sort_by(|a, b| (&a.pool, a.number).cmp(&(&b.pool, b.number)));
    let totals = totals(wanted.len(), &seats);
    StatusReport {
        format_version: FORMAT_VERSION,
        production: desired.production.clone(),
        account: observed.account.clone(),
        region: observed.region.clone(),
        seats,
        totals,
        drifted: drift_fields.keys().cloned().collect(),
        drift_fields,
        changes: plan.changes.iter().filter(|change| change.action != Action::None).count(),
        unreadable: plan.unreadable.clone(),
        readiness_unread: None,
        wrapped: Wrapped::by_marks(observed),
        warnings: unlooked_into(observed).into_iter().chain(cut_off.as_ref().map(CutOff::warning)).collect(),
        cut_off_restore: cut_off.map(|cut_off| cut_off.beside).unwrap_or_default(),
    }
}

/// Of which seats it isn't known how they are set, and why.
fn unlooked_into(observed: &Observed) -> Vec<String> {
    let mut alike: BTreeMap<&str, Vec<&Address>> = BTreeMap::new();
    for (seat, why) in &observed.insides.untold {
        alike.entry(why).or_default().push(seat);
    }
    let say = |(why, seats): (&str, Vec<&Address>)| {
        format!("what is set inside {} is not known: {why}", words::list(&folded(seats)))
    };
    alike.into_iter().map(say).collect()
}

impl StatusReport {
    /// Adds how old the newest recovery point of each seat is, here and in each region that copies go to; of a region that
    /// could not be read, a warning. That of the production's own is for [`StatusReport::set_recovery_points_unreadable`].
    pub fn set_recovery_ages(&mut self, ages: &RecoveryAges) {
        for seat in &mut self.seats {
            seat.recovery_point = ages.here.as_ref().ok().and_then(|here| here.get(&seat.address)).cloned();
            let copies = ages.copies.iter().filter_map(|(region, there)| Some((region, there.as_ref().ok()?)));
            seat.copies = copies
                .filter_map(|(region, there)| Some((region.clone(), there.get(&seat.address)?.clone())))
                .collect();
        }
        let unread = ages.copies.iter().filter_map(|(region, there)| Some((region, there.as_ref().err()?)));
        self.warnings
            .extend(unread.map(|(region, words)| format!("the copies in {region} could not be read: {words}")));
    }

    /// Adds that recovery points could not be read: whether a promise is kept is unknown then.
    pub fn set_recovery_points_unreadable(&mut self, error: &CloudError) {
        let call = format!("{}:{}", error.service, error.action);
        let gap = Unreadable { kind: Kind::Volume, address: None, call, words: error.message.clone() };
        self.unreadable.push(gap);
        self.unreadable.sort();
    }
}

fn addresses_of_seats(desired: &Desired) -> impl Iterator<Item = &Address> {
    desired.resources.iter().filter(|(_, resource)| resource.kind() == Kind::Seat).map(|(address, _)| address)
}

fn seat(
    address: &Address,
    desired: &Desired,
    observed: &Observed,
    told: Option<&BTreeMap<String, Told>>,
    drift: bool,
) -> Option<SeatStatus> {
    let (pool, number) = address.slot()?;
    let found = observed.found.get(address);
    let absent = if observed.is_unreadable(Kind::Seat, address).is_some() { "unknown" } else { "missing" };
    let fact = |name: &str| found.and_then(|found| found.facts.get(name)).cloned();
    let live = match found.map(|found| &found.resource) {
        Some(Resource::Seat(live)) => Some(live),
        _ => None,
    };
    let subnet = live.and_then(|live| live.subnets.first());
    let running = found.filter(|found| found.status == Status::Ready);
    let said = running.zip(told).map(|(found, told)| told.get(&found.id).map(|told| &told.readiness));
    let unsaid = if desired.can_be_heard(address) { "silent" } else { "unheard" };
    Some(SeatStatus {
        address: address.clone(),
        pool: pool.to_owned(),
        number,
        state: found.map_or_else(|| absent.to_owned(), state),
        instance_id: found.map(|found| found.id.clone()),
        private_address: fact("private_ip"),
        instance_type: fact("instance_type").or_else(|| live.and_then(|live| live.instance_types.first().cloned())),
        zone: fact("zone").or_else(|| subnet?.as_str().rsplit_once('/').map(|(_, zone)| zone.to_owned())),
        artist: live.and_then(|live| live.tags.get("artist").cloned()),
        image: live.map(|live| live.image.clone()),
        drift,
        launched_at: fact("launched"),
        readiness: said.map(|said| said.map_or(unsaid, Readiness::word).to_owned()),
        failed_steps: match said.flatten() {
            Some(Readiness::Failed(words)) => Some(words.clone()),
            _ => None,
        },
        recovery_point: None,
        copies: BTreeMap::new(),
    })
}

fn state(found: &Found) -> String {
    match &found.status {
        Status::Ready => "running".to_owned(),
        Status::Pending(word) | Status::Resting(word) | Status::Leaving(word) => word.clone(),
        Status::Failed(_) => "failed".to_owned(),
    }
}

fn totals(wanted: usize, seats: &[SeatStatus]) -> Totals {
    let mut by_state: BTreeMap<&str, usize> = BTreeMap::new();
    for seat in seats {
        *by_state.entry(seat.state.as_str()).or_default() += 1;
    }
    let mut take = |state: &str| by_state.remove(state).unwrap_or(0);
    let (running, missing, unknown) = (take("running"), take("missing"), take("unknown"));
    let ready = seats.iter().filter(|seat| seat.readiness.as_deref() == Some("ready")).count();
    Totals { wanted, running, ready, other: by_state.values().sum(), missing, unknown }
}
