//! What an artist may do on which seat, on a day.

use super::lockdown::{Compiled, PERMISSIONS_FILE, compile};
use super::permissions::{Actor, NoImports, Permissions, Problem};
use crate::blueprint::model::{Artist, Blueprint, Date, Display, Lockdown, Name, WorkstationPool};
use crate::blueprint::nearest::did_you_mean;
use crate::resource::count;

/// Whether somebody may sit there at all, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Access<'b> {
    Open,
    /// The artist's first day is still to come.
    NotYet,
    /// The artist's last day is over.
    Over,
    /// The artist works in other pools.
    OtherPool,
    /// The artist has a seat of one's own, and this is another.
    HasOwnSeat(u32),
    /// The seat is the own of another artist.
    SeatOf(&'b Artist),
}

/// A seat, or all seats of a pool that are open to everyone who works there.
#[derive(Debug, Clone)]
pub struct Place<'b> {
    pub pool: &'b WorkstationPool,
    /// None: any seat of the pool that is nobody's own.
    pub seat: Option<u32>,
    pub access: Access<'b>,
    pub lockdown: &'b Lockdown,
    pub display: &'b Display,
    /// What its streaming server is told.
    pub compiled: Compiled,
    /// The permission file of that, understood again: the answers come from what the server reads.
    pub permissions: Permissions,
}

impl Place<'_> {
    /// The artist as that seat's server sees one: the owner of the session.
    pub fn actor(&self, artist: &Artist) -> Actor {
        Actor::owner(artist.name.as_str())
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    #[error("there is no artist \"{name}\" in the blueprint")]
    NoArtist { name: String, help: Option<String> },
    #[error("`{0}` names no seat")]
    NotASeat(String),
    #[error("there is no pool \"{name}\" in the blueprint")]
    NoPool { name: String, help: Option<String> },
    #[error("\"{pool}\" has {}, and {seat} is not one of them", count(usize::try_from(*seats).unwrap_or(usize::MAX), ("seat", "seats")))]
    NoSeat { pool: String, seats: u32, seat: u32 },
    #[error("{artist} works in several pools: of which is seat {seat}?")]
    WhichPool { artist: String, seat: u32 },
    /// What was compiled can't be read again.
    #[error("{}", .0.first().map_or_else(String::new, ToString::to_string))]
    Unreadable(Vec<Problem>),
}

/// The artist of that name, and where one may sit: the seat that is asked for, else the own one, else each pool.
///
/// `seat` is `workstation_pool.comp[007]`, `comp[7]`, or `7` where the artist works in one pool.
///
/// # Errors
///
/// An artist or a seat that isn't there.
pub fn places<'b>(
    blueprint: &'b Blueprint,
    artist: &str,
    seat: Option<&str>,
    today: Date,
) -> Result<(&'b Artist, Vec<Place<'b>>), NoAnswer> {
    let artist = blueprint.artists.iter().find(|one| one.name.as_str() == artist).ok_or_else(|| {
        let names = blueprint.artists.iter().map(|one| one.name.as_str());
        NoAnswer::NoArtist { name: artist.to_owned(), help: did_you_mean(artist, names) }
    })?;
    let wanted: Vec<(Name<WorkstationPool>, Option<u32>)> = match seat {
        Some(text) => {
            let (pool, number) = seat_named(blueprint, artist, text)?;
            vec![(pool.name.value.clone(), Some(number))]
        }
        None => {
            let own = artist.seat.as_ref().map(|seat| seat.value);
            artist.pools.iter().map(|pool| (pool.value.clone(), own)).collect()
        }
    };
    let mut places = Vec::new();
    for (name, seat) in wanted {
        let Some(pool) = blueprint.get(&name) else { continue };
        let (Some(lockdown), Some(display)) = (blueprint.get(&pool.lockdown), blueprint.get(&pool.display)) else {
            continue;
        };
        let compiled = compile(lockdown, display);
        let text = compiled.permissions();
        let permissions =
            Permissions::read(PERMISSIONS_FILE, text.as_bytes(), &NoImports).map_err(NoAnswer::Unreadable)?;
        let access = access(blueprint, artist, pool, seat, today);
        places.push(Place { pool, seat, access, lockdown, display, compiled, permissions });
    }
    Ok((artist, places))
}

fn access<'b>(
    blueprint: &'b Blueprint,
    artist: &Artist,
    pool: &WorkstationPool,
    seat: Option<u32>,
    today: Date,
) -> Access<'b> {
    let works_in = |one: &Artist| one.pools.iter().any(|name| name.value == pool.name.value);
    if !works_in(artist) {
        return Access::OtherPool;
    }
    if let Some(seat) = seat {
        let own = |one: &Artist| one.seat.as_ref().map(|seat| seat.value);
        if let Some(mine) = own(artist).filter(|mine| *mine != seat) {
            return Access::HasOwnSeat(mine);
        }
        let others = blueprint.artists.iter().filter(|one| one.name.value != artist.name.value);
        if let Some(other) = others.into_iter().find(|one| works_in(one) && own(one) == Some(seat)) {
            return Access::SeatOf(other);
        }
    }
    if today < artist.from.value {
        return Access::NotYet;
    }
    if artist.is_active_on(today) { Access::Open } else { Access::Over }
}

/// The seat that a text names.
fn seat_named<'b>(
    blueprint: &'b Blueprint,
    artist: &Artist,
    text: &str,
) -> Result<(&'b WorkstationPool, u32), NoAnswer> {
    let wrong = || NoAnswer::NotASeat(text.to_owned());
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|_| plain).ok_or_else(wrong)
    };
    let bare = text.strip_prefix("workstation_pool.").unwrap_or(text);
    let (pool, seat) = match bare.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        Some((pool, digits)) => {
            let seat = number(digits)?;
            let found = blueprint.pools.iter().find(|one| one.name.as_str() == pool).ok_or_else(|| {
                let names = blueprint.pools.iter().map(|one| one.name.as_str());
                NoAnswer::NoPool { name: pool.to_owned(), help: did_you_mean(pool, names) }
            })?;
            (found, seat)
        }
        None => {
            let seat = number(text)?;
            match artist.pools.as_slice() {
                [only] => (blueprint.get(only).ok_or_else(wrong)?, seat),
                _ => return Err(NoAnswer::WhichPool { artist: artist.name.as_str().to_owned(), seat }),
            }
        }
    };
    let seats = pool.seats.value;
    if seat == 0 || seat > seats {
        return Err(NoAnswer::NoSeat { pool: pool.name.as_str().to_owned(), seats, seat });
    }
    Ok((pool, seat))
}
