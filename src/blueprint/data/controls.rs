//! The ids of the controls and how much each weighs: all that a blueprint is held against. What they ask for is the
//! catalogue's business.

use crate::blueprint::model::Severity;

/// One line a control: `id,severity`, below a heading.
const TABLE: &str = include_str!("controls.csv");

/// Controls that no exception can waive: open resource policies, secrets in the open, volumes and images without
/// encryption or shared with the world, and a plan that nobody checked.
pub const NEVER_WAIVED: &[&str] = &["VDI-IAM-06", "VDI-IAM-08", "VDI-ENC-01", "VDI-ENC-06", "VDI-CHG-02"];

/// Every control with its severity, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = (&'static str, Severity)> {
    TABLE.lines().skip(1).filter_map(|line| {
        let (id, severity) = line.split_once(',')?;
        Some((id, Severity::parse(severity)?))
    })
}

/// How much that control weighs; none where there is no such control.
pub fn severity(id: &str) -> Option<Severity> {
    all().find(|(known, _)| *known == id).map(|(_, severity)| severity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(all().count(), 70);
        assert!(NEVER_WAIVED.iter().all(|id| severity(id).is_some()));
    }
}
