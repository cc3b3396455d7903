//! What an AWS cron expression may say. Source: Amazon EventBridge User Guide, "Cron expressions": six fields, their values
//! and wildcards.

/// A field's values: the least and the greatest, the names that stand for some of them, and the wildcards that it has
/// besides `*`, `,`, `-` and `/`.
struct Field {
    least: u32,
    greatest: u32,
    /// The first one stands for `least`.
    names: &'static [&'static str],
    wildcards: Wildcards,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wildcards {
    None,
    /// `?`, `L`, and `15W`: the workday nearest to it.
    DayOfMonth,
    /// `?`, `L`, `6L`: the month's last one, and `6#3`: its third.
    DayOfWeek,
}

const fn plain(least: u32, greatest: u32) -> Field {
    Field { least, greatest, names: &[], wildcards: Wildcards::None }
}

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Minutes, hours, day of the month, month, day of the week, year.
const FIELDS: [Field; 6] = [
    plain(0, 59),
    plain(0, 23),
    Field { wildcards: Wildcards::DayOfMonth, ..plain(1, 31) },
    Field { names: MONTHS, ..plain(1, 12) },
    Field { names: DAYS, wildcards: Wildcards::DayOfWeek, ..plain(1, 7) },
    plain(1970, 2199),
];

/// The most times that a day of the week comes in a month.
const MOST_WEEKS: u32 = 5;

/// Whether a text is a cron expression that AWS takes.
pub(super) fn is_schedule(text: &str) -> bool {
    let Some(fields) = text.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')')) else { return false };
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    let [_, _, day, _, weekday, _] = fields.as_slice() else { return false };
    // Exactly one of the two days is given.
    (*day == "?") != (*weekday == "?") && FIELDS.iter().zip(&fields).all(|(field, text)| field.takes(text))
}

impl Field {
    fn takes(&self, text: &str) -> bool {
        match (self.wildcards, text) {
            (_, "*") | (Wildcards::DayOfMonth | Wildcards::DayOfWeek, "?" | "L") => true,
            _ => text.split(',').all(|part| self.takes_part(part)),
        }
    }

    fn takes_part(&self, part: &str) -> bool {
        if let Some((range, step)) = part.split_once('/') {
            let steps = step.parse::<u32>().is_ok_and(|step| (1..=self.greatest).contains(&step));
            return steps && (range == "*" || self.takes_range(range));
        }
        match self.wildcards {
            Wildcards::DayOfMonth if part.strip_suffix('W').is_some_and(|day| self.value(day).is_some()) => true,
            Wildcards::DayOfWeek if part.strip_suffix('L').is_some_and(|day| self.value(day).is_some()) => true,
            Wildcards::DayOfWeek if part.contains('#') => part.split_once('#').is_some_and(|(day, week)| {
                self.value(day).is_some() && week.parse().is_ok_and(|week: u32| (1..=MOST_WEEKS).contains(&week))
            }),
            _ => self.takes_range(part),
        }
    }

    fn takes_range(&self, text: &str) -> bool {
        match text.split_once('-') {
            Some((from, to)) => matches!((self.value(from), self.value(to)), (Some(from), Some(to)) if from <= to),
            None => self.value(text).is_some(),
        }
    }

    fn value(&self, text: &str) -> Option<u32> {
        let names = (self.least..).zip(self.names);
        let named = names.into_iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(value, _)| value);
        let digits = || text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        named.or_else(digits).filter(|value| (self.least..=self.greatest).contains(value))
    }
}

#[cfg(test)]
mod tests {
    use super::is_schedule;

    #[test]
    fn what_aws_takes_is_taken() {
        for text in [
            "cron(0 2 * * ? *)",
            "cron(0/15 8-17 ? * MON-FRI *)",
            "cron(30 23 L * ? 2026-2027)",
            "cron(0 2 15W JAN,jul ? *)",
            "cron(0 2 ? * 6#3 *)",
            "cron(0 2 ? * 6L *)",
            "cron(*/5 * 1,15 * ? *)",
        ] {
            assert!(is_schedule(text), "{text}");
        }
    }

    #[test]
    fn what_it_refuses_is_refused() {
        for text in [
            "cron(99 2 * * ? *)",
            "cron(0 24 * * ? *)",
            "cron(0 2 0 * ? *)",
            "cron(0 2 * 13 ? *)",
            "cron(0 2 ? * 8 *)",
            "cron(0 2 ? * 6#6 *)",
            "cron(0 2 * * ? 1969)",
            "cron(0 2 * * * *)",
            "cron(0 2 ? * ? *)",
            "cron(0 2 * * ?)",
            "cron(0/0 2 * * ? *)",
            "cron(17-8 2 * * ? *)",
            "cron(0 2 L,W * ? *)",
            "cron(,0 2 * * ? *)",
            "cron(+5 2 * * ? *)",
            "rate(1 day)",
        ] {
            assert!(!is_schedule(text), "{text}");
        }
    }
}
