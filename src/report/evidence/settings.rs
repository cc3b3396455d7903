//! The remote-access settings of each pool, as its lockdown declares them, and who may sit there until when.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::blueprint::Blueprint;
use crate::blueprint::model::{Artist, Attestation, Date, Exception, Lockdown, Name, WorkstationPool};
use crate::resource::hide;

/// Texts in which what came from sensitive variables is taken out of sight.
pub trait Hide {
    fn hide(&mut self, texts: &BTreeSet<String>);
}

macro_rules! hidden_in {
    ($($type:ident { $($field:ident)* } [$($list:ident)*])*) => {$(
        impl Hide for $type {
            fn hide(&mut self, texts: &BTreeSet<String>) {
                $(self.$field = hide(&self.$field, texts);)*
                $(for one in &mut self.$list {
                    *one = hide(one, texts);
                })*
            }
        }
    )*};
}
pub(super) use hidden_in;

hidden_in! {
    Settings { pool segment } []
    Access { artist } [pools]
    Waiver { name reason compensating owner approver } [scope covers]
    Said { name statement by } []
}

/// What a pool's sessions allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    pub pool: String,
    pub seats: u32,
    pub segment: String,
    pub protocol: String,
    pub clipboard: String,
    pub files: String,
    pub usb: String,
    pub printing: bool,
    pub screenshots: bool,
    pub microphone: bool,
    pub webcam: bool,
    pub smartcard: bool,
    pub idle_minutes: u32,
    pub max_hours: u32,
    pub audit: String,
}

/// Of every pool, in the order of the blueprint.
pub fn settings(blueprint: &Blueprint) -> Vec<Settings> {
    let of_pool = |pool: &WorkstationPool| {
        let lockdown: &Lockdown = blueprint.get(&pool.lockdown.value)?;
        let display = blueprint.get(&pool.display.value)?;
        Some(Settings {
            pool: pool.name.to_string(),
            seats: pool.seats.value,
            segment: format!("network.{}.{}", pool.segment.network, pool.segment.segment),
            protocol: display.protocol.to_string(),
            clipboard: lockdown.clipboard.to_string(),
            files: lockdown.file_transfer.to_string(),
            usb: lockdown.usb.to_string(),
            printing: lockdown.printing.value,
            screenshots: lockdown.screenshots.value,
            microphone: lockdown.microphone.value,
            webcam: lockdown.webcam.value,
            smartcard: lockdown.smartcard.value,
            idle_minutes: lockdown.idle_minutes.value,
            max_hours: lockdown.max_hours.value,
            audit: lockdown.audit.to_string(),
        })
    };
    blueprint.pools.iter().filter_map(of_pool).collect()
}

/// Who has access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    pub artist: String,
    pub pools: Vec<String>,
    /// A seat of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<u32>,
    pub from: String,
    /// The last day.
    pub until: String,
    /// Whether the report's day is one of theirs.
    pub active: bool,
    /// Days from the report's day to the last one; negative where it is over.
    pub days_left: i64,
}

/// Everybody, by the day on which it ends.
pub fn access(blueprint: &Blueprint, today: Date) -> Vec<Access> {
    let of_artist = |artist: &Artist| Access {
        artist: artist.name.to_string(),
        pools: artist.pools.iter().map(|pool: &_| Name::as_str(pool).to_owned()).collect(),
        seat: artist.seat.as_ref().map(|seat| seat.value),
        from: artist.from.to_string(),
        until: artist.until.to_string(),
        active: artist.is_active_on(today),
        days_left: days_between(today, artist.until.value),
    };
    let mut all: Vec<Access> = blueprint.artists.iter().map(of_artist).collect();
    all.sort_by(|a, b| (&a.until, &a.artist).cmp(&(&b.until, &b.artist)));
    all
}

/// An exception as the report shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiver {
    pub name: String,
    pub control: String,
    pub scope: Vec<String>,
    pub reason: String,
    pub compensating: String,
    pub owner: String,
    pub approver: String,
    /// The last day on which it holds.
    pub expires: String,
    /// From the report's day to the last one; negative where it has expired.
    pub days_left: i64,
    /// The places that it waives a finding at.
    pub covers: Vec<String>,
}

/// All exceptions, by the day on which they end; what they cover is filled in by the dossier.
pub fn waivers(blueprint: &Blueprint, today: Date) -> Vec<Waiver> {
    let of_exception = |one: &Exception| Waiver {
        name: one.name.to_string(),
        control: one.control.to_string(),
        scope: one.scope.iter().map(ToString::to_string).collect(),
        reason: one.reason.value.clone(),
        compensating: one.compensating.value.clone(),
        owner: one.owner.value.clone(),
        approver: one.approver.value.clone(),
        expires: one.expires.to_string(),
        days_left: days_between(today, one.expires.value),
        covers: Vec::new(),
    };
    let mut all: Vec<Waiver> = blueprint.exceptions.iter().map(of_exception).collect();
    all.sort_by(|a, b| (&a.expires, &a.name).cmp(&(&b.expires, &b.name)));
    all
}

/// An attestation as the report shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    pub name: String,
    pub controls: Vec<String>,
    pub statement: String,
    pub by: String,
    pub on: String,
    /// The last day on which it holds.
    pub expires: String,
    pub days_left: i64,
    /// The digest of a document that goes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

/// All attestations, by the day on which they end.
pub fn attestations(blueprint: &Blueprint, today: Date) -> Vec<Said> {
    let of_attestation = |one: &Attestation| Said {
        name: one.name.to_string(),
        controls: one.controls.iter().map(ToString::to_string).collect(),
        statement: one.statement.value.clone(),
        by: one.by.value.clone(),
        on: one.on.to_string(),
        expires: one.expires.to_string(),
        days_left: days_between(today, one.expires.value),
        document: one.document.as_ref().map(|digest| digest.as_str().to_owned()),
    };
    let mut all: Vec<Said> = blueprint.attestations.iter().map(of_attestation).collect();
    all.sort_by(|a, b| (&a.expires, &a.name).cmp(&(&b.expires, &b.name)));
    all
}

fn days_between(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_hours() / 24
}
