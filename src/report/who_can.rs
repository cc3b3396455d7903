//! What somebody may do on a seat: the answers with the lines that decide them, for people and for programs.

use serde::Serialize;

use crate::blueprint::model::{Artist, Blueprint, Date, Display, Lockdown};
use crate::blueprint::{Sources, Span};
use crate::guest::lockdown::Cause;
use crate::guest::permissions::{Actor, Outcome, Permissions, Statement};
use crate::guest::{Access, Place, Verdict, verdicts};

/// The version of both JSON documents: raised when a reader would have to change.
pub const FORMAT_VERSION: u32 = 1;

/// What `who-can ARTIST --json` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArtistRights {
    pub format_version: u32,
    pub production: String,
    pub artist: String,
    /// The day that is asked about, UTC.
    pub today: String,
    /// The artist's first and last day.
    pub from: String,
    pub until: String,
    /// By pool, in the order in which the artist's block names them.
    pub seats: Vec<SeatRights>,
}

/// What the artist may do on a seat, or on any seat of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeatRights {
    /// The pool's label.
    pub pool: String,
    /// The seat's address; none: any seat of the pool that is nobody's own.
    pub seat: Option<String>,
    /// The seat's computer name.
    pub computer: Option<String>,
    pub lockdown: String,
    /// Where its block begins.
    pub lockdown_at: LineOf,
    /// Whether the artist may sit there on that day.
    pub access: bool,
    /// The same in words, without a period.
    pub access_words: String,
    /// The line that decides it.
    pub access_because: LineOf,
    /// Whether a pen's pressure and tilt are passed on, as input and without a USB device.
    pub pen: bool,
    pub capabilities: Vec<Answer>,
}

/// What `who-can --file F --actor A --json` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileRights {
    pub format_version: u32,
    pub file: String,
    /// As it was asked for.
    pub actor: String,
    pub capabilities: Vec<Answer>,
    /// Every feature of the streaming server.
    pub features: Vec<FeatureAnswer>,
}

/// How one capability stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Such as `clipboard_out`.
    pub capability: &'static str,
    /// Such as `clipboard out`.
    #[serde(skip)]
    pub label: &'static str,
    pub allowed: bool,
    /// A sentence without a period.
    pub words: String,
    /// What the sentence leaves open or adds.
    pub note: Option<&'static str>,
    /// The blueprint's line; none where only a permission file was asked.
    pub because: Option<LineOf>,
    /// The line of the permission file; none where no line names it.
    pub permission: Option<LineOf>,
    /// Whether a permission file that a session brings with it could turn this no into a yes.
    pub can_be_undone: bool,
}

/// How one feature stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeatureAnswer {
    pub feature: &'static str,
    /// `allowed`, `disallowed`, `denied` or `unnamed`.
    pub outcome: &'static str,
    pub permission: Option<LineOf>,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LineOf {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// What it says there: for a blueprint, the attribute with the value that it came to.
    pub text: String,
}

/// The rights of an artist, from where one may sit.
pub fn artist_rights(
    blueprint: &Blueprint,
    sources: &Sources,
    artist: &Artist,
    places: &[Place<'_>],
    today: Date,
) -> ArtistRights {
    ArtistRights {
        format_version: FORMAT_VERSION,
        production: blueprint.production.alias.as_str().to_owned(),
        artist: artist.name.as_str().to_owned(),
        today: today.to_string(),
        from: artist.from.to_string(),
        until: artist.until.to_string(),
        seats: places.iter().map(|place| seat_rights(blueprint, sources, artist, place)).collect(),
    }
}

fn seat_rights(blueprint: &Blueprint, sources: &Sources, artist: &Artist, place: &Place<'_>) -> SeatRights {
    let pool = place.pool.name.as_str();
    let access = place.access == Access::Open;
    let (access_words, access_because) = access_words(sources, artist, place);
    let who = artist.name.as_str();
    let answer = |verdict: &Verdict<'_>| {
        let because = if access {
            cause_line(sources, place.lockdown, place.display, verdict.capability.cause())
        } else {
            access_because.clone()
        };
        let note = (verdict.kept_out_by_devices).then_some("not on its list of USB devices");
        Answer { allowed: verdict.allowed && access, because: Some(because), note, ..plain(who, verdict, access) }
    };
    SeatRights {
        pool: pool.to_owned(),
        seat: place.seat.map(|seat| format!("workstation_pool.{pool}[{seat:03}]")),
        computer: place.seat.map(|seat| blueprint.computer_name(place.pool, seat)),
        lockdown: place.lockdown.name.as_str().to_owned(),
        lockdown_at: line_of(sources, place.lockdown.name.span, format!("lockdown \"{}\"", place.lockdown.name)),
        access,
        access_words,
        pen: access && place.display.tablet.value,
        capabilities: verdicts(&place.permissions, &place.actor(artist), Some(&place.compiled))
            .iter()
            .map(answer)
            .collect(),
        access_because,
    }
}

/// The rights that a permission file gives somebody.
pub fn file_rights(file: &str, actor: &str, who: &Actor, permissions: &Permissions) -> FileRights {
    let answer = |verdict: &Verdict<'_>| {
        let devices = verdict.allowed && verdict.capability.cause() == Cause::Usb;
        let note = devices.then_some("as far as usb-devices.conf lists the device");
        Answer { note, ..plain(actor, verdict, true) }
    };
    FileRights {
        format_version: FORMAT_VERSION,
        file: file.to_owned(),
        actor: actor.to_owned(),
        capabilities: verdicts(permissions, who, None).iter().map(answer).collect(),
        features: permissions
            .effective(who)
            .iter()
            .map(|(feature, decision)| FeatureAnswer {
                feature: feature.as_str(),
                outcome: match decision.outcome {
                    Outcome::Allowed => "allowed",
                    Outcome::Disallowed => "disallowed",
                    Outcome::Denied => "denied",
                    Outcome::Unnamed => "unnamed",
                },
                permission: decision.by.map(statement_line),
            })
            .collect(),
    }
}

fn plain(who: &str, verdict: &Verdict<'_>, access: bool) -> Answer {
    let allowed = verdict.allowed && access;
    Answer {
        capability: verdict.capability.name(),
        label: verdict.capability.words(),
        allowed,
        words: format!("{who} may {}{}", if allowed { "" } else { "not " }, verdict.capability.deed()),
        note: None,
        because: None,
        permission: verdict.decision.by.map(statement_line),
        can_be_undone: verdict.decision.can_be_undone(),
    }
}

fn statement_line(statement: &Statement) -> LineOf {
    LineOf { file: statement.place.file.clone(), line: statement.place.line, text: statement.text.clone() }
}

fn line_of(sources: &Sources, span: Span, text: String) -> LineOf {
    LineOf { file: sources.get(span.source).name.clone(), line: sources.position(span).0, text }
}

/// Whether the artist may sit there, in words, and the line that says so.
fn access_words(sources: &Sources, artist: &Artist, place: &Place<'_>) -> (String, LineOf) {
    let who = artist.name.as_str();
    let pool = place.pool.name.as_str();
    let where_to = match place.seat {
        Some(seat) => format!("{pool}[{seat:03}]"),
        None => format!("any seat of {pool} that is nobody's own"),
    };
    let line = |span, text| line_of(sources, span, text);
    match place.access {
        Access::Open => (
            format!("{who} may use {where_to} until {}", artist.until),
            line(artist.until.span, format!("until = \"{}\"", artist.until)),
        ),
        // Without a day of its own, the block's first line is all there is to show.
        Access::NotYet if sources.position(artist.from.span).0 == sources.position(artist.name.span).0 => (
            format!("{who} may not use {where_to} before {}, the day on which the production starts", artist.from),
            line(artist.name.span, format!("artist \"{who}\"")),
        ),
        Access::NotYet => (
            format!("{who} may not use {where_to} before {}", artist.from),
            line(artist.from.span, format!("from = \"{}\"", artist.from)),
        ),
        Access::Over => (
            format!("{who} may no longer use {where_to}: the last day was {}", artist.until),
            line(artist.until.span, format!("until = \"{}\"", artist.until)),
        ),
        Access::OtherPool => (
            format!("{who} may not use {where_to}: {who} doesn't work in {pool}"),
            line(artist.name.span, format!("artist \"{who}\"")),
        ),
        Access::HasOwnSeat(own) => {
            let span = artist.seat.as_ref().map_or(artist.name.span, |seat| seat.span);
            (format!("{who} may not use {where_to}, but {pool}[{own:03}]"), line(span, format!("seat = {own}")))
        }
        Access::SeatOf(other) => {
            let span = other.seat.as_ref().map_or(other.name.span, |seat| seat.span);
            (
                format!("{who} may not use {where_to}: it is the own seat of {}", other.name),
                line(span, format!("artist \"{}\"", other.name)),
            )
        }
    }
}

/// The line of the blueprint that a line of the permission file comes from.
fn cause_line(sources: &Sources, lockdown: &Lockdown, display: &Display, cause: Cause) -> LineOf {
    let quoted = |word: &str| format!("\"{word}\"");
    let (attribute, value, span) = match cause {
        Cause::Clipboard => ("clipboard", quoted(lockdown.clipboard.as_str()), lockdown.clipboard.span),
        Cause::FileTransfer => ("file_transfer", quoted(lockdown.file_transfer.as_str()), lockdown.file_transfer.span),
        Cause::Usb => ("usb", quoted(lockdown.usb.as_str()), lockdown.usb.span),
        Cause::Printing => ("printing", lockdown.printing.to_string(), lockdown.printing.span),
        Cause::Screenshots => ("screenshots", lockdown.screenshots.to_string(), lockdown.screenshots.span),
        Cause::Microphone => ("microphone", lockdown.microphone.to_string(), lockdown.microphone.span),
        Cause::Webcam => ("webcam", lockdown.webcam.to_string(), lockdown.webcam.span),
        Cause::Smartcard => ("smartcard", lockdown.smartcard.to_string(), lockdown.smartcard.span),
        Cause::Tablet => ("tablet", display.tablet.to_string(), display.tablet.span),
        Cause::Always => ("lockdown", quoted(lockdown.name.as_str()), lockdown.name.span),
    };
    // What took its default bears the place of its block's label.
    let defaulted = span == lockdown.name.span || span == display.name.span;
    let ending = if defaulted && cause != Cause::Always { " (default)" } else { "" };
    line_of(sources, span, format!("{attribute} = {value}{ending}"))
}
