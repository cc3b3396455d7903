//! VDI-LOG: who talked to whom is written down, and kept.

use super::{Check, state, watch};
use crate::controls::examination::{Examination, Problem, unless};
use crate::resource::{Kind, days};

pub const CHECKS: &[Check] = &[
    state(
        "VDI-LOG-02",
        &[watch(Kind::FlowLog, "traffic"), watch(Kind::FlowLog, "vpc"), watch(Kind::Vpc, "")],
        all_traffic,
    ),
    state("VDI-LOG-03", &[watch(Kind::LogGroup, "retention_days"), watch(Kind::LogGroup, "key")], kept_long_enough),
];

fn all_traffic(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    if floor.unreadable.iter().any(|gap| gap.kind == Kind::FlowLog) {
        return;
    }
    for (address, _) in floor.vpcs() {
        let mut logs = floor.flow_logs().filter(|(_, log)| log.vpc == *address);
        let problem = match logs.next() {
            None => Some(Problem::new("has no record of its traffic", "a flow log", "none")),
            Some((_, first)) => unless(first.traffic == "ALL" || logs.any(|(_, log)| log.traffic == "ALL"), || {
                Problem::new(format!("has only {} traffic recorded", first.traffic), "ALL", &first.traffic)
            }),
        };
        to.look(address, problem.into_iter().collect());
    }
}

fn kept_long_enough(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let least = floor.profile.constants.log_retention_days;
    let blind = floor.unreadable.iter().any(|gap| gap.kind == Kind::KmsKey);
    for (address, group) in floor.log_groups() {
        let mut problems = Vec::new();
        // Without a retention, records are kept for ever.
        if let Some(days) = group.retention_days {
            problems.extend(unless(days >= least, || {
                let words = format!("is kept for {}", self::days(days));
                Problem::new(words, format!("at least {}", self::days(least)), self::days(days))
            }));
        }
        let own = |key: &_| blind || floor.keys().any(|(address, _)| address == key);
        problems.extend(unless(group.key.as_ref().is_some_and(own), || {
            let key = group.key.as_ref().map_or("AWS's own key", |key| key.as_str());
            Problem::new(format!("is encrypted with {key}"), "a key of the production", key)
        }));
        to.look(address, problems);
    }
}
