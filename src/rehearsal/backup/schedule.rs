//! What is due by a plan's schedule: recovery points of all that its selections take in, copies of them, and their end.

use super::job::begin;
use super::plan::Plan;
use super::recovery_point::{self, Taking};
use super::selection::Selection;
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::volume::Volume;
use crate::rehearsal::wire::json::Members;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::collections::BTreeSet;

/// Milliseconds.
const MINUTE: u64 = 60_000;

/// `cron(minutes hours day month weekday year)`, in UTC. \[D\] `aws-backup/latest/devguide/creating-a-backup-plan`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    minutes: BTreeSet<i16>,
    hours: BTreeSet<i16>,
    days: BTreeSet<i16>,
    months: BTreeSet<i16>,
    /// 1 is Sunday.
    weekdays: BTreeSet<i16>,
    years: BTreeSet<i16>,
}

/// Whether a text has the form of a schedule: six fields, whatever is in them.
pub fn is_cron(text: &str) -> bool {
    let fields = text.strip_prefix("cron(").and_then(|text| text.strip_suffix(')'));
    fields.is_some_and(|fields| fields.split_ascii_whitespace().count() == 6)
}

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Schedule {
    /// Reads one; none where its form is more than numbers, names, lists, ranges and steps.
    pub fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.strip_prefix("cron(")?.strip_suffix(')')?.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays, years] = fields.as_slice() else { return None };
        Some(Self {
            minutes: field(minutes, 0, 59, &[])?,
            hours: field(hours, 0, 23, &[])?,
            days: field(days, 1, 31, &[])?,
            months: field(months, 1, 12, MONTHS)?,
            weekdays: field(weekdays, 1, 7, WEEKDAYS)?,
            years: field(years, 1970, 2199, &[])?,
        })
    }

    /// Whether it is due in the minute that begins then.
    fn is_due(&self, at: Moment) -> bool {
        let Ok(time) = Timestamp::from_millisecond(at.unix_ms()) else { return false };
        let time = time.to_zoned(TimeZone::UTC);
        self.minutes.contains(&i16::from(time.minute()))
            && self.hours.contains(&i16::from(time.hour()))
            && self.days.contains(&i16::from(time.day()))
            && self.months.contains(&i16::from(time.month()))
            && self.weekdays.contains(&i16::from(time.weekday().to_sunday_one_offset()))
            && self.years.contains(&time.year())
    }
}

fn field(text: &str, least: i16, most: i16, names: &[&str]) -> Option<BTreeSet<i16>> {
    let number = |word: &str| {
        let by_name = names.iter().position(|name| name.eq_ignore_ascii_case(word));
        let number =
            by_name.and_then(|at| i16::try_from(at).ok()).map(|at| at + least).or_else(|| word.parse().ok())?;
        (least..=most).contains(&number).then_some(number)
    };
    let mut all = BTreeSet::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match (range, range.split_once('-')) {
            ("*" | "?", _) => (least, most),
            (_, Some((from, to))) => (number(from)?, number(to)?),
            (one, None) => (number(one)?, if part.contains('/') { most } else { number(one)? }),
        };
        all.extend((from..=to).step_by(step));
    }
    Some(all)
}

/// Lets happen what was due since somebody last looked, in the order of its time.
pub fn follow(desk: &mut Desk) {
    let now = desk.now;
    let plans: Vec<Plan> = desk.truths::<Plan>().filter(|plan| plan.since < now).cloned().collect();
    for plan in plans {
        for rule in plan.rules() {
            let schedule = rule.text("ScheduleExpression").and_then(Schedule::parse);
            let Some(schedule) = schedule else { continue };
            for at in minutes(plan.since, now).filter(|at| schedule.is_due(*at)) {
                desk.now = at;
                recovery_point::expire(desk);
                run(desk, &plan, rule);
            }
        }
        if let Some(plan) = desk.truth_mut::<Plan>(&plan.id) {
            plan.since = now;
        }
    }
    desk.now = now;
    recovery_point::expire(desk);
}

/// The minutes that begin after one moment and not after another.
fn minutes(after: Moment, until: Moment) -> impl Iterator<Item = Moment> {
    let into_minute = u64::try_from(after.unix_ms()).unwrap_or(0) % MINUTE;
    let first = after.after(MINUTE - into_minute);
    std::iter::successors(Some(first), |at| Some(at.after(MINUTE))).take_while(move |at| *at <= until)
}

fn run(desk: &mut Desk, plan: &Plan, rule: &Value) {
    let selections: Vec<Selection> =
        desk.truths::<Selection>().filter(|selection| selection.plan == plan.id).cloned().collect();
    let keep_days = rule.get("Lifecycle").and_then(|lifecycle| lifecycle.number("DeleteAfterDays"));
    for selection in selections {
        let role = selection.document.text("IamRoleArn").unwrap_or_default().to_owned();
        let taken_in: Vec<String> = desk
            .truths::<Volume>()
            .filter(|volume| selection.takes(desk, volume))
            .map(|volume| volume.id.clone())
            .collect();
        for volume in taken_in {
            let resource = desk.arn("ec2", &format!("volume/{volume}"));
            let vault = rule.text("TargetBackupVaultName").unwrap_or_default().to_owned();
            let taking = Taking { volume, vault, role: role.clone(), plan: Some(plan.id.clone()), keep_days };
            if let Ok((_, point)) = begin(desk, &taking, resource).made {
                copies(desk, rule, &point);
            }
        }
    }
    let now = desk.now;
    if let Some(plan) = desk.truth_mut::<Plan>(&plan.id) {
        plan.ran = Some(now);
    }
}

/// Copies go on their way at once; how long they take is the snapshot's own matter.
fn copies(desk: &mut Desk, rule: &Value, point: &str) {
    for copy in rule.list("CopyActions") {
        let arn = copy.text("DestinationBackupVaultArn").unwrap_or_default();
        let keep_days = copy.get("Lifecycle").and_then(|lifecycle| lifecycle.number("DeleteAfterDays"));
        if let (Some(region), Some((_, vault))) = (arn.split(':').nth(3), arn.split_once(":backup-vault:")) {
            recovery_point::copy(desk, point, region, vault, keep_days);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_are_due_when_they_say() {
        // The rehearsal begins on a Monday, 2026-01-05T09:00Z.
        let due = |text: &str| {
            let schedule = Schedule::parse(text).expect(text);
            let all = minutes(Moment(0), Moment(7 * 24 * 60 * MINUTE)).filter(|at| schedule.is_due(*at));
            all.map(|at| at.iso()[..16].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(due("cron(0 2 * * ? *)").len(), 7);
        assert_eq!(due("cron(30 2 ? * WED *)"), ["2026-01-07T02:30"]);
        assert_eq!(due("cron(0 0/12 8 1 ? 2026)"), ["2026-01-08T00:00", "2026-01-08T12:00"]);
        assert_eq!(due("cron(15 10 ? * 2-3 *)"), ["2026-01-05T10:15", "2026-01-06T10:15"]);
        assert_eq!(Schedule::parse("cron(0 2 L * ? *)"), None);
        assert_eq!(Schedule::parse("rate(1 day)"), None);
    }
}
