//! The same production in another region: what a floor is built from where its own region is gone.

use super::{Blueprint, Region, Zone};

impl Blueprint {
    /// The blueprint with its region changed, and each zone taken for the one with the same letter there; copies into that
    /// region are left out, for they would be copies into its own. None where a zone has no name there.
    pub fn in_region(&self, region: &Region) -> Option<Self> {
        let mut moved = self.clone();
        let home = self.production.region.as_str();
        let there = |zone: &Zone| {
            let letter = zone.as_str().strip_prefix(home)?;
            Zone::parse(&format!("{region}{letter}"))
        };
        moved.production.region.value = region.clone();
        for network in &mut moved.networks {
            for zone in &mut network.zones {
                zone.value = there(&zone.value)?;
            }
            for subnet in network.segments.iter_mut().flat_map(|segment| &mut segment.subnets) {
                subnet.zone = there(&subnet.zone)?;
            }
        }
        for backup in &mut moved.backups {
            backup.copies.retain(|copy| copy.region.value != *region);
        }
        Some(moved)
    }
}
