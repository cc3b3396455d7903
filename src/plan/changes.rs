//! The plan: every resource that differs, with what is done and why.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ceremony::{Phased, Shredding, phases};
use super::estimate::Forecast;
use super::restored::comes_of_snapshot;
use super::{Action, CutOff, Reason, inside, keep, target, unknown};
use crate::resource::{
    Address, BackupVault, Desired, Effect, FieldChange, Found, Kind, Observed, Resource, Retired, Status, Unreadable,
    VaultState, compare, digest_of,
};

/// The version of the JSON plan: raised when a reader would have to change.
pub const FORMAT_VERSION: u32 = 1;

/// One resource and what happens to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub address: Address,
    pub kind: Kind,
    pub action: Action,
    pub reason: Reason,
    /// The live resource that is meant, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What differs, sorted by path.
    pub fields: Vec<FieldChange>,
    /// Ids of the security controls that this touches, sorted.
    pub controls: Vec<String>,
    /// Words that only concern this one, such as a service's refusal to be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub create: usize,
    pub update: usize,
    pub replace: usize,
    pub delete: usize,
    pub adopt: usize,
    pub restart: usize,
}

impl Summary {
    /// Counts a plan's changes.
    pub fn of(changes: &[Change]) -> Self {
        let count = |action| changes.iter().filter(|change| change.action == action).count();
        Self {
            create: count(Action::Create),
            update: count(Action::Update),
            replace: count(Action::Replace),
            delete: count(Action::Delete),
            adopt: count(Action::Adopt),
            restart: count(Action::Restart),
        }
    }

    pub fn total(self) -> usize {
        self.create + self.update + self.replace + self.delete + self.adopt + self.restart
    }
}

/// What would change. This is the JSON document; what people read is drawn from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub format_version: u32,
    pub production: String,
    pub account: String,
    pub region: String,
    /// Whether this plan takes the production down.
    #[serde(default)]
    pub wrap: bool,
    pub summary: Summary,
    /// Sorted by kind, then address.
    pub changes: Vec<Change>,
    /// What could not be read, in the services' words.
    pub unreadable: Vec<Unreadable>,
    /// Blocks that are checked but not acted on, as addresses.
    pub not_acted_on: Vec<String>,
    pub warnings: Vec<String>,
    /// The posture before and after; empty where controls aren't assessed, as in a wrap's plan.
    pub assessment: BTreeMap<String, serde_json::Value>,
    pub forecast: Forecast,
    /// A wrap's phases, in their order; a plan that wraps nothing has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<Phased>,
}

impl Plan {
    /// Whether anything is to be done.
    pub fn has_changes(&self) -> bool {
        self.summary.total() > 0
    }

    pub fn change(&self, address: &Address) -> Option<&Change> {
        self.changes.iter().find(|change| &change.address == address)
    }
}

/// A plan's field changes by address.
#[derive(Debug, Default)]
pub struct FieldIndex<'a> {
    fields: BTreeMap<&'a Address, &'a [FieldChange]>,
}

impl<'a> FieldIndex<'a> {
    pub fn of(plan: &'a Plan) -> Self {
        // A leftover bears the address of what serves in its place, and differs in nothing that matters.
        let serving = plan.changes.iter().filter(|change| change.reason != Reason::Duplicate);
        Self { fields: serving.map(|change| (&change.address, change.fields.as_slice())).collect() }
    }

    /// What differs of this resource; nothing where it isn't in the plan.
    pub fn of_address(&self, address: &Address) -> &'a [FieldChange] {
        self.fields.get(address).copied().unwrap_or_default()
    }
}

/// What a person may ask of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Only what is within these addresses, and what it needs.
    pub targets: Vec<String>,
    /// Whether the account's switches are changed too.
    pub account_switches: bool,
    /// Whether what no bulk read shows is read too, a call a seat, instead of believing what its mark says.
    pub deep: bool,
    /// Volumes that are made of their snapshot once more, though they came from it: what was written since goes.
    pub anew: BTreeSet<Address>,
    /// What runs made that were cut off before they were done with it: where it isn't as it should be, nobody changed it.
    pub unfinished: BTreeSet<Address>,
}

/// Holds the desired state against the live one.
pub fn make(desired: &Desired, observed: &Observed, options: &Options) -> Plan {
    let mut changes = BTreeMap::new();
    for (address, resource) in &desired.resources {
        if let Some(change) = of_desired(desired, observed, options, address, resource) {
            changes.insert(address.clone(), change);
        }
    }
    for found in observed.found.values().filter(|found| !desired.resources.contains_key(&found.address)) {
        if let Some(change) = of_undesired(desired, observed, found) {
            changes.insert(found.address.clone(), change);
        }
    }
    label_once(&mut changes);
    unknown::left_alone(desired, observed, &mut changes);
    carry_replacements(desired, observed, &mut changes);
    unknown::left_alone(desired, observed, &mut changes);
    keep::protected(desired, observed, &mut changes);
    finish(desired, observed, options, changes, false)
}

/// Takes everything down: all that is live and not protected goes; keys are disabled.
pub fn wrap(desired: &Desired, observed: &Observed) -> Plan {
    let mut changes = BTreeMap::new();
    for found in observed.found.values() {
        let gone = match (found.resource.kind(), &found.status) {
            (Kind::AccountSwitch, _) => continue,
            (Kind::KmsKey, Status::Resting(state)) if state != "disabled" || Retired::of(found).is_some() => continue,
            _ if is_held_by_unknown(found) => left_to_its_holder(found),
            _ if let_points_end(observed, found).is_some() => kept_for_points(observed, found),
            _ => change_of(found, Action::Delete, Reason::Wrapped),
        };
        changes.insert(found.address.clone(), gone);
    }
    let nothing = Desired { resources: BTreeMap::new(), ..desired.clone() };
    unknown::stands_on_anything(observed, &mut changes);
    keep::protected(&nothing, observed, &mut changes);
    let mut plan = finish(&nothing, observed, &Options::default(), changes, true);
    let steps = super::operations(&plan, &nothing, observed);
    tell_phases(&mut plan, &steps, None);
    plan
}

/// Tells the phases of a wrap anew by all of its steps, with the keys whose deletion is to be scheduled where that was asked
/// for.
pub fn tell_phases(plan: &mut Plan, operations: &super::Operations, shredding: Option<&[Shredding]>) {
    let steps: Vec<&super::Operation> = operations.iter().collect();
    plan.phases = phases(plan, &steps, shredding);
    plan.forecast = Forecast::of(operations);
}

/// A plan that changes no resource: what a run is about that only adds to them, such as a backup.
pub fn unchanged(desired: &Desired, observed: &Observed) -> Plan {
    Plan {
        format_version: FORMAT_VERSION,
        production: desired.production.clone(),
        account: observed.account.clone(),
        region: desired.region.clone(),
        wrap: false,
        summary: Summary::default(),
        changes: Vec::new(),
        unreadable: sorted(&observed.unreadable),
        not_acted_on: Vec::new(),
        warnings: Vec::new(),
        assessment: BTreeMap::new(),
        forecast: Forecast::default(),
        phases: Vec::new(),
    }
}

/// A seat and its volumes bear one mark, which follows whatever is done to any of them: what differs only in its mark is
/// listed where nothing else is done.
fn label_once(changes: &mut BTreeMap<Address, Change>) {
    let only_the_mark = |change: &Change| change.action == Action::Adopt && change.reason == Reason::Unfinished;
    let others: BTreeSet<Address> = changes
        .values()
        .filter(|change| !only_the_mark(change))
        .filter_map(|change| change.address.owning_seat())
        .collect();
    changes.retain(|address, change| {
        !only_the_mark(change) || address.owning_seat().is_none_or(|seat| !others.contains(&seat))
    });
}

fn finish(
    desired: &Desired,
    observed: &Observed,
    options: &Options,
    changes: BTreeMap<Address, Change>,
    wrap: bool,
) -> Plan {
    let mut changes = target::select(desired, observed, &options.targets, changes);
    if options.targets.is_empty() {
        let is_replaced = |found: &Found| {
            changes.iter().any(|change| change.address == found.address && change.action == Action::Replace)
        };
        // A list that an interrupted run made to take another's place is found by the next one's creation.
        let takes_over = |found: &Found| {
            found.resource.kind() == Kind::PrefixList
                && found.digest == desired.digest_of(&found.address)
                && is_replaced(found)
        };
        let leftovers = observed.duplicates.iter().filter(|found| !found.protected && !takes_over(found));
        let leftovers: Vec<Change> = leftovers
            .map(|found| match &found.resource {
                // Nobody knows on which of the two the work is.
                Resource::Volume(volume) if volume.keep && volume.seat.is_some() => {
                    change_of(found, Action::None, Reason::Kept)
                }
                // Only whoever asks for the restore again has said which of the two may go.
                _ if !wrap && is_of_cut_off_restore(desired, observed, found) => {
                    change_of(found, Action::None, Reason::Unfinished)
                }
                _ => change_of(found, Action::Delete, Reason::Duplicate),
            })
            .collect();
        changes.extend(leftovers);
    } else {
        changes.extend(left_by_restore(desired, observed));
    }
    for field in changes.iter_mut().flat_map(|change| &mut change.fields) {
        field.hide(&desired.hidden);
    }
    changes.sort_by(|a, b| (a.kind, &a.address, &a.id).cmp(&(b.kind, &b.address, &b.id)));
    let mut warnings = desired.warnings.clone();
    warnings.extend(CutOff::of(&changes).map(|cut_off| cut_off.warning()));
    let mut plan = Plan {
        format_version: FORMAT_VERSION,
        production: desired.production.clone(),
        account: observed.account.clone(),
        region: desired.region.clone(),
        wrap,
        summary: Summary::of(&changes),
        changes,
        unreadable: sorted(&observed.unreadable),
        not_acted_on: if wrap { Vec::new() } else { desired.not_acted_on.clone() },
        warnings: if wrap { Vec::new() } else { warnings },
        assessment: BTreeMap::new(),
        forecast: Forecast::default(),
        phases: Vec::new(),
    };
    let operations = super::operations(&plan, desired, observed);
    plan.forecast = Forecast::of(&operations);
    plan
}

/// Whether a volume is one of the two that a restore which was cut off left at one address, and no restore is asked for
/// now. A root volume always comes from a snapshot: its image's.
fn is_of_cut_off_restore(desired: &Desired, observed: &Observed, found: &Found) -> bool {
    let restored = |one: &Found| matches!(&one.resource, Resource::Volume(volume) if volume.from_snapshot.is_some());
    let asked = matches!(desired.resources.get(&found.address),
        Some(Resource::Volume(wanted)) if wanted.from_snapshot.is_some());
    let is_root = found.address.as_str().ends_with(".root");
    let is_idle = matches!(&found.resource, Resource::Volume(volume) if volume.seat.is_none());
    !asked && !is_root && is_idle && (restored(found) || observed.found.get(&found.address).is_some_and(restored))
}

/// What an interrupted restore took out of its place and didn't come to delete: the volume that serves is the restored
/// one.
fn left_by_restore(desired: &Desired, observed: &Observed) -> Vec<Change> {
    let serves = |address: &Address| match (desired.resources.get(address), observed.found.get(address)) {
        (Some(Resource::Volume(wanted)), Some(Found { resource: Resource::Volume(live), .. })) => {
            wanted.from_snapshot.is_some() && live.from_snapshot == wanted.from_snapshot && live.seat == wanted.seat
        }
        _ => false,
    };
    let idle = |found: &&Found| matches!(&found.resource, Resource::Volume(volume) if volume.seat.is_none());
    let leftovers = observed.duplicates.iter().filter(idle).filter(|found| serves(&found.address) && !found.protected);
    leftovers.map(|found| change_of(found, Action::Delete, Reason::Duplicate)).collect()
}

fn sorted(unreadable: &[Unreadable]) -> Vec<Unreadable> {
    unreadable.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

fn change_of(found: &Found, action: Action, reason: Reason) -> Change {
    Change {
        address: found.address.clone(),
        kind: found.resource.kind(),
        action,
        reason,
        id: Some(found.id.clone()),
        fields: Vec::new(),
        controls: Vec::new(),
        note: None,
    }
}

/// The change of a resource that the blueprint asks for; none where it is as it should be.
fn of_desired(
    desired: &Desired,
    observed: &Observed,
    options: &Options,
    address: &Address,
    resource: &Resource,
) -> Option<Change> {
    let kind = resource.kind();
    let mut change = Change {
        address: address.clone(),
        kind,
        action: Action::Create,
        reason: Reason::Absent,
        id: None,
        fields: Vec::new(),
        controls: Vec::new(),
        note: None,
    };
    let Some(found) = observed.found.get(address) else {
        if let Some(unreadable) = observed.is_unreadable(kind, address) {
            change.action = Action::None;
            change.reason = Reason::Unreadable;
            change.note = Some(format!("{}: {}", unreadable.call, unreadable.words));
        } else if comes_with_its_seat(observed, resource) {
            return None;
        } else {
            change.fields = all_fields(resource);
            if kind == Kind::AccountSwitch && !options.account_switches {
                change.action = Action::None;
                change.reason = Reason::AccountWide;
            }
        }
        return Some(change);
    };
    change.id = Some(found.id.clone());
    if let Some(unreadable) = observed.unreadable.iter().find(|gap| gap.address.as_ref() == Some(address)) {
        // It is there, but how it is isn't known.
        change.action = Action::None;
        change.reason = Reason::Unreadable;
        change.note = Some(format!("{}: {}", unreadable.call, unreadable.words));
        return Some(change);
    }
    match &found.status {
        Status::Leaving(_) => {
            change.reason = Reason::Unfinished;
            change.fields = all_fields(resource);
            return Some(change);
        }
        Status::Failed(words) => {
            change.action = Action::Replace;
            change.reason = Reason::Failed;
            change.note = Some(words.clone());
            return Some(change);
        }
        Status::Ready | Status::Pending(_) | Status::Resting(_) => {}
    }
    change.fields = compare(resource, &found.resource);
    if kind == Kind::Seat {
        inside::add(desired, observed, address, &mut change.fields);
        change.note = inside::note(&change.fields);
    }
    if options.anew.contains(address)
        && let Resource::Volume(volume) = resource
        && !change.fields.iter().any(|field| field.path == "from_snapshot")
    {
        let of = serde_json::Value::from(volume.from_snapshot.clone());
        change.fields.push(FieldChange::new("from_snapshot", of.clone(), of, Effect::Replace));
        change.fields.sort_by(|a, b| a.path.cmp(&b.path));
    }
    if change.fields.is_empty() {
        // The mark is put on last: where it is another than this, a run was cut off before it came to that.
        let marked = found.digest == desired.digest_of(address) || !bears_digest(kind);
        // And so does a key that serves and says of itself that it doesn't.
        let marked = marked && Retired::of(found).is_none();
        if is_cut_off_restart(found) {
            change.action = Action::Restart;
            change.reason = Reason::Unfinished;
            change.note = Some("a run was cut off between its stop and its start".to_owned());
            return Some(change);
        }
        let marked = marked && !found.facts.contains_key(RESTARTING);
        change.action = Action::Adopt;
        change.reason = if found.digest.is_none() { Reason::Unmarked } else { Reason::Unfinished };
        return (!marked).then_some(change);
    }
    change.action = action_of(kind, &change.fields);
    if change.action == Action::Update && is_cut_off_restart(found) {
        change.action = Action::Restart;
    }
    change.reason = why(desired, observed, found, &change.fields);
    if change.reason == Reason::Drifted && options.unfinished.contains(address) {
        change.reason = Reason::Unfinished;
    }
    if change.fields.iter().any(|field| field.path == "from_snapshot") {
        change.reason = Reason::Restored;
        return Some(change);
    }
    if change.reason == Reason::Retired {
        change.note = Retired::at_rest(found).map(|retired| retired.words());
    }
    if kind == Kind::AccountSwitch && !options.account_switches {
        change.action = Action::None;
        change.reason = Reason::AccountWide;
    }
    if let Some(note) = BackupVault::cannot(found, &change.fields) {
        change.action = Action::None;
        change.reason = Reason::Differs;
        change.note = Some(note);
    }
    if let (Resource::Volume(wanted), Resource::Volume(live)) = (resource, &found.resource)
        && let Some(note) = volume_cannot(wanted.keep || live.keep, wanted.size_gib, live.size_gib, change.action)
    {
        change.action = Action::None;
        change.reason = if wanted.size_gib < live.size_gib { Reason::Differs } else { Reason::Kept };
        change.note = Some(note);
    }
    Some(change)
}

/// The fact that says that a run had stopped a seat to start it again.
const RESTARTING: &str = "restarting";

/// Whether a run stopped this seat and never came to start it again.
fn is_cut_off_restart(found: &Found) -> bool {
    found.facts.contains_key(RESTARTING) && matches!(found.status, Status::Resting(_))
}

/// Whether this is a volume of a seat that is still on its way up: the two were launched in one call, and the volume is
/// shown later.
fn comes_with_its_seat(observed: &Observed, resource: &Resource) -> bool {
    let Resource::Volume(volume) = resource else { return false };
    if volume.from_snapshot.is_some() {
        return false;
    }
    let seat = volume.seat.as_ref().and_then(|seat| observed.found.get(seat));
    seat.is_some_and(|seat| matches!(seat.status, Status::Pending(_)))
}

/// Changes of a volume that AWS, or the promise to keep it, forbids.
fn volume_cannot(keep: bool, wanted_gib: u32, live_gib: u32, action: Action) -> Option<String> {
    if wanted_gib < live_gib {
        Some(format!(
            "a volume can't shrink from {live_gib} to {wanted_gib} GiB: declare another volume, copy, and remove this one"
        ))
    } else if keep && action == Action::Replace {
        Some("its key can't be changed without losing what is on it: copy it to a new volume".to_owned())
    } else {
        None
    }
}

/// Whether live resources of this kind can show what they were last applied with.
fn bears_digest(kind: Kind) -> bool {
    !matches!(kind, Kind::AccountSwitch | Kind::LogGroup | Kind::InstanceProfile)
}

fn action_of(kind: Kind, fields: &[FieldChange]) -> Action {
    let replaces = fields.iter().any(|field| field.replaces);
    if replaces {
        Action::Replace
    } else if kind == Kind::Seat && fields.iter().any(|field| field.restarts) {
        Action::Restart
    } else {
        Action::Update
    }
}

/// All fields of something that is made.
fn all_fields(resource: &Resource) -> Vec<FieldChange> {
    resource
        .fields()
        .into_iter()
        .map(|(path, value)| FieldChange::new(path, serde_json::Value::Null, value, Effect::InPlace))
        .collect()
}

/// Who changed it: the mark says what was last applied.
fn why(desired: &Desired, observed: &Observed, found: &Found, fields: &[FieldChange]) -> Reason {
    // Names and owners of seats follow the launch: without them it was interrupted.
    let unlabelled = found.facts.get("labelled").is_some_and(|labelled| labelled == "false");
    if unlabelled && fields.iter().all(|field| field.path.starts_with("tags.") || field.path == "backups") {
        return Reason::Unfinished;
    }
    let retired = Retired::at_rest(found).is_some();
    // A key that is to be deleted doesn't rotate either.
    if retired && fields.iter().all(|field| matches!(field.path.as_str(), "state" | "rotation_days")) {
        return Reason::Retired;
    }
    let Some(applied) = &found.digest else { return Reason::Differs };
    if desired.digest_of(&found.address).as_ref() == Some(applied) {
        // What the mark doesn't cover, such as a list that leaves room, may have been changed on either side.
        let told = fields.iter().any(|field| found.resource.is_marked(&field.path));
        return if told { Reason::Drifted } else { Reason::Differs };
    }
    let mut live = BTreeMap::from([(found.address.clone(), found.resource.clone())]);
    if let Some(seat) = found.address.owning_seat() {
        let parts = observed.found.range(seat.clone()..).take_while(|(one, _)| one.is_within(seat.as_str()));
        live.extend(parts.map(|(address, part)| (address.clone(), part.resource.clone())));
    }
    // Nor did anybody but this program put a retired key out of service.
    if let Some(Resource::KmsKey(key)) = live.get_mut(&found.address).filter(|_| retired) {
        "enabled".clone_into(&mut key.state);
    }
    // What a service doesn't report has not been changed by anybody.
    for (address, part) in &mut live {
        if let Some(wanted) = desired.resources.get(address) {
            Resource::settle(&mut wanted.clone(), part);
        }
    }
    if digest_of(&live, &found.address).as_ref() == Some(applied) { Reason::Edited } else { Reason::EditedAndDrifted }
}

/// The change of a live resource that the blueprint doesn't ask for.
fn of_undesired(desired: &Desired, observed: &Observed, found: &Found) -> Option<Change> {
    let kind = found.resource.kind();
    if matches!(found.status, Status::Leaving(_)) || kind == Kind::AccountSwitch {
        return None;
    }
    // It may serve copies of another run, a floor that was built again there, or what outlives its production: only a wrap
    // ends it.
    if kind == Kind::KmsKey && (found.resource.region().is_some() || found.address == Address::archive_key()) {
        return None;
    }
    // A key that no longer serves is disabled, and stays so: what was encrypted with it can still be asked for.
    if kind == Kind::KmsKey && matches!(found.status, Status::Resting(_)) {
        return None;
    }
    if let Resource::Volume(volume) = &found.resource
        && volume.keep
    {
        return Some(change_of(found, Action::None, Reason::Kept));
    }
    if let_points_end(observed, found).is_some() {
        return Some(kept_for_points(observed, found));
    }
    // Someone took its address away, so nobody knows what it is for: only a wrap, which takes everything, takes it.
    if found.address.is_stray() {
        return Some(change_of(found, Action::None, Reason::Stray));
    }
    let shrunk = found.address.slot().is_some_and(|(pool, _)| desired.pools.contains_key(pool));
    let reason = if shrunk && (kind == Kind::Seat || !desired.resources.contains_key(&seat_of(found))) {
        Reason::PoolShrunk
    } else {
        Reason::Removed
    };
    Some(change_of(found, Action::Delete, reason))
}

/// Whether this is a volume without an address that an instance holds. The instance may have been launched a moment ago
/// and not be seen yet, or be a stray that takes its volumes along when it ends.
fn is_held_by_unknown(found: &Found) -> bool {
    let held = matches!(&found.resource, Resource::Volume(volume) if volume.seat.is_some());
    held && found.address.is_stray()
}

/// Why this has to stay for the sake of recovery points: a vault that AWS would refuse to delete, or the role by which AWS
/// Backup ends what is in it. None of anything else.
fn let_points_end(observed: &Observed, found: &Found) -> Option<String> {
    let held = |vault: &Found| VaultState::of(vault).and_then(|state| state.kept_because());
    let Some(backup) = found.address.as_str().strip_suffix(".role").filter(|path| path.starts_with("backup.")) else {
        return held(found);
    };
    let prefix = format!("{backup}.vault");
    let vault = observed.all().find(|one| one.address.is_within(&prefix) && held(one).is_some())?;
    Some(format!("AWS Backup ends the recovery points in {} by it", vault.address))
}

fn kept_for_points(observed: &Observed, found: &Found) -> Change {
    Change { note: let_points_end(observed, found), ..change_of(found, Action::None, Reason::RecoveryPoints) }
}

fn left_to_its_holder(found: &Found) -> Change {
    let note = "an instance holds it that is no known seat: what becomes of it is seen with the instance".to_owned();
    Change { note: Some(note), ..change_of(found, Action::None, Reason::Unreadable) }
}

fn seat_of(found: &Found) -> Address {
    found.address.owning_seat().unwrap_or_else(|| found.address.clone())
}

/// Where something is replaced, what stands on it follows: replaced too, or pointed to the new one in place. A seat is
/// replaced with its volumes, and with any volume of it that has to be.
fn carry_replacements(desired: &Desired, observed: &Observed, changes: &mut BTreeMap<Address, Change>) {
    loop {
        let replaced: BTreeSet<Address> = changes
            .values()
            .filter(|change| change.action == Action::Replace)
            .map(|change| change.address.clone())
            .collect();
        let mut more = Vec::new();
        for (address, resource) in &desired.resources {
            let Some(found) = observed.found.get(address) else { continue };
            let present = changes.get(address).map_or(Action::None, |change| change.action);
            if matches!(present, Action::Create | Action::Replace) {
                continue;
            }
            let links = resource.links();
            let hit = links.iter().filter(|link| replaced.contains(&link.to));
            let strongest = hit.map(|link| link.if_replaced).max();
            let by_volume = resource.kind() == Kind::Seat
                && (desired
                    .volumes_of(address)
                    .any(|(volume, _)| replaced.contains(volume) && !comes_of_snapshot(desired, volume))
                    || loses_a_volume(address, changes));
            let with_seat = match resource {
                Resource::Volume(volume) => {
                    !volume.keep && volume.seat.as_ref().is_some_and(|seat| replaced.contains(seat))
                }
                _ => false,
            };
            let effect = if by_volume || with_seat { Some(Effect::Replace) } else { strongest };
            let action = match effect {
                Some(Effect::Replace) => Action::Replace,
                // A kept volume moves to the seat's next instance.
                Some(_) if resource.kind() == Kind::Volume => continue,
                Some(_) if present == Action::None => Action::Update,
                _ => continue,
            };
            if kept(resource) && action == Action::Replace {
                continue;
            }
            let fields = changes.remove(address).map(|change| change.fields).unwrap_or_default();
            more.push(Change { fields, ..change_of(found, action, Reason::DependencyReplaced) });
        }
        if more.is_empty() {
            return;
        }
        changes.extend(more.into_iter().map(|change| (change.address.clone(), change)));
    }
}

/// Whether a disk of a seat that stays is deleted: it is mounted, and can't be pulled out.
fn loses_a_volume(seat: &Address, changes: &BTreeMap<Address, Change>) -> bool {
    let restarts = changes.get(seat).is_some_and(|change| change.action == Action::Restart);
    let parts = changes.range(seat.clone()..).take_while(|(one, _)| one.is_within(seat.as_str()));
    restarts && parts.into_iter().any(|(_, change)| change.kind == Kind::Volume && change.action == Action::Delete)
}

fn kept(resource: &Resource) -> bool {
    matches!(resource, Resource::Volume(volume) if volume.keep)
}
