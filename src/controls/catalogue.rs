//! The catalogue: one data file a family, read once.

use std::sync::LazyLock;

use serde::Deserialize;

use super::control::Control;
use crate::blueprint::nearest::did_you_mean;

/// The catalogue's own version; recorded with every evaluation. Raised with any change of a control.
pub const VERSION: &str = "2026.11";

/// The families in the order in which they are listed, with their names and files.
const FAMILIES: &[(&str, &str, &str)] = &[
    ("INV", "Inventory", include_str!("catalogue/inventory.json")),
    ("IAM", "Identity and access", include_str!("catalogue/identity.json")),
    ("NET", "Network", include_str!("catalogue/network.json")),
    ("ENC", "Encryption", include_str!("catalogue/encryption.json")),
    ("STR", "Streaming", include_str!("catalogue/streaming.json")),
    ("HST", "Hosts", include_str!("catalogue/host.json")),
    ("DAT", "Data", include_str!("catalogue/data.json")),
    ("REC", "Recovery", include_str!("catalogue/recovery.json")),
    ("LOG", "Logging", include_str!("catalogue/logging.json")),
    ("DET", "Detection", include_str!("catalogue/detection.json")),
    ("RSP", "Response", include_str!("catalogue/response.json")),
    ("CHG", "Change", include_str!("catalogue/change.json")),
];

#[derive(Deserialize)]
struct Family {
    controls: Vec<Control>,
}

/// The files are part of the program, and a test reads them all, so that none is left out here.
static CONTROLS: LazyLock<Vec<Control>> = LazyLock::new(|| {
    FAMILIES
        .iter()
        .filter_map(|(_, _, text)| serde_json::from_str::<Family>(text).ok())
        .flat_map(|family| family.controls)
        .collect()
});

/// Every control, by family.
pub fn all() -> &'static [Control] {
    &CONTROLS
}

/// Every family: the part of its ids, and its name.
pub fn families() -> impl Iterator<Item = (&'static str, &'static str)> {
    FAMILIES.iter().map(|(part, name, _)| (*part, *name))
}

/// The control of that id, in upper or lower case, with or without `VDI-`.
///
/// # Errors
/// Where there is none: what to do instead, with the nearest id.
pub fn control(id: &str) -> Result<&'static Control, String> {
    let upper = id.to_uppercase();
    let whole = if upper.starts_with("VDI-") { upper } else { format!("VDI-{upper}") };
    all().iter().find(|control| control.id == whole).ok_or_else(|| {
        did_you_mean(&whole, all().iter().map(|control| control.id.as_str()))
            .unwrap_or_else(|| "closedset controls list shows all".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blueprint::data::controls;

    #[test]
    fn every_file_can_be_read() {
        for (part, _, text) in FAMILIES {
            let family: Family = serde_json::from_str(text).unwrap_or_else(|error| panic!("{part}: {error}"));
            assert!(family.controls.iter().all(|control| control.family() == *part), "{part}");
        }
        assert_eq!(all().len(), 70);
    }

    #[test]
    fn the_language_knows_the_same_controls() {
        let known: Vec<_> = controls::all().map(|(id, severity)| (id.to_owned(), severity)).collect();
        let here: Vec<_> = all().iter().map(|control| (control.id.clone(), control.severity)).collect();
        assert_eq!(here, known);
        let fixed: Vec<_> =
            all().iter().filter(|control| !control.waivable).map(|control| control.id.as_str()).collect();
        let mut never = controls::NEVER_WAIVED.to_vec();
        never.sort_by_key(|id| here.iter().position(|(known, _)| known == id));
        assert_eq!(fixed, never);
    }

    #[test]
    fn a_control_is_found_as_people_write_it() {
        assert_eq!(control("net-03").map(|control| control.id.as_str()), Ok("VDI-NET-03"));
        assert_eq!(control("VDI-NET-33"), Err("did you mean `VDI-NET-03`?".to_owned()));
        assert_eq!(control("backups"), Err("closedset controls list shows all".to_owned()));
    }
}
