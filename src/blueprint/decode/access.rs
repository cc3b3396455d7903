//! Artists, exceptions and attestations.

use super::labels;
use super::reader::Reader;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::is_sound;
use crate::blueprint::model::{Artist, Attestation, Exception, Production};

/// An artist, whose days outside the production's are cut to them with a warning.
pub fn artist(reader: &Reader<'_, '_>, production: &Production) -> Artist {
    let mut artist = Artist {
        name: labels::artist(reader),
        pools: reader.filled_list("pools").unwrap_or_default(),
        seat: reader.maybe("seat"),
        from: reader.or("from", production.starts_on.clone()),
        until: reader.get("until"),
    };
    if artist.from.value > artist.until.value {
        reader.findings().push(
            Diagnostic::error("dates", format!("{} ends before it starts", reader.called()))
                .at(artist.until.span)
                .also(artist.from.span, format!("starts on {}", artist.from))
                .help("`until` is the last day: give it a later one"),
        );
        return artist;
    }
    let sound = is_sound(&production.starts_on) && is_sound(&production.wraps_on);
    if !sound || production.starts_on.value > production.wraps_on.value {
        return artist;
    }
    if artist.until.value < production.starts_on.value || artist.from.value > production.wraps_on.value {
        reader.findings().push(
            Diagnostic::warning("dates", format!("{} never has access", reader.called())).at(artist.until.span).help(
                format!(
                    "the production runs from {} to {}: choose days within",
                    production.starts_on, production.wraps_on
                ),
            ),
        );
        return artist;
    }
    if artist.from.value < production.starts_on.value {
        reader.findings().push(
            Diagnostic::warning("dates", format!("{} starts before the production", reader.called()))
                .at(artist.from.span)
                .help(format!("the access starts with the production on {}", production.starts_on)),
        );
        artist.from.value = production.starts_on.value;
    }
    if artist.until.value > production.wraps_on.value {
        reader.findings().push(
            Diagnostic::warning("dates", format!("{} ends after the production", reader.called()))
                .at(artist.until.span)
                .help(format!("the access ends with the production on {}", production.wraps_on)),
        );
        artist.until.value = production.wraps_on.value;
    }
    artist
}

pub fn exception(reader: &Reader<'_, '_>) -> Exception {
    Exception {
        name: labels::name(reader),
        control: reader.get("control"),
        scope: reader.filled_list("scope").unwrap_or_default(),
        reason: reader.get("reason"),
        compensating: reader.get("compensating"),
        owner: reader.get("owner"),
        approver: reader.get("approver"),
        expires: reader.get("expires"),
    }
}

pub fn attestation(reader: &Reader<'_, '_>) -> Attestation {
    Attestation {
        name: labels::name(reader),
        controls: reader.filled_list("controls").unwrap_or_default(),
        statement: reader.get("statement"),
        by: reader.get("by"),
        on: reader.get("on"),
        document: reader.maybe("document"),
        expires: reader.get("expires"),
    }
}
