//! Artists and their seats.

use super::networks::once;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::Findings;
use crate::blueprint::model::{Artist, Blueprint};

pub fn check(blueprint: &Blueprint, findings: &Findings) {
    for artist in &blueprint.artists {
        once(&artist.pools, "pool", findings);
        own_seat(blueprint, artist, findings);
    }
    seats_once(blueprint, findings);
}

/// A seat of one's own is in the only pool, and in it.
fn own_seat(blueprint: &Blueprint, artist: &Artist, findings: &Findings) {
    let Some(seat) = &artist.seat else { return };
    match artist.pools.as_slice() {
        [pool] => {
            let Some(pool) = blueprint.get(pool) else { return };
            if seat.value > pool.seats.value {
                findings.push(
                    Diagnostic::error("seat", format!("artist \"{}\" has a seat that is not there", artist.name))
                        .at(seat.span)
                        .also(pool.seats.span, format!("\"{}\" has {} seats", pool.name, pool.seats))
                        .help("give the artist another seat, or the pool more of them"),
                );
            }
        }
        [] => {}
        [.., last] => findings.push(
            Diagnostic::error("seat", format!("artist \"{}\" has a seat and several pools", artist.name))
                .at(seat.span)
                .also(last.span, "of which pool is the seat?")
                .help("a seat of one's own needs exactly one pool"),
        ),
    }
}

/// No seat is two artists' own, not even one after the other: the name of a seat stands for one person.
fn seats_once(blueprint: &Blueprint, findings: &Findings) {
    let own = |artist: &Artist| match (&artist.seat, artist.pools.as_slice()) {
        (Some(seat), [pool]) => Some((pool.value.clone(), seat.value)),
        _ => None,
    };
    for (index, artist) in blueprint.artists.iter().enumerate() {
        let (Some(owned), Some(seat)) = (own(artist), &artist.seat) else { continue };
        let first = blueprint.artists[..index].iter().find(|earlier| own(earlier).as_ref() == Some(&owned));
        if let Some((first, at)) = first.and_then(|first| Some((first, first.seat.as_ref()?.span))) {
            findings.push(
                Diagnostic::error("seat", format!("seat {seat} is the own of two artists"))
                    .at(seat.span)
                    .also(at, format!("of \"{}\"", first.name))
                    .help("give one of them another seat"),
            );
        }
    }
}
