//! The plan as people read it. It is drawn from the same document that programs read, so the two can't disagree.

use std::collections::BTreeSet;

use super::controls_text;
use super::field_text;
use super::fold::{Entry, fold};
use super::palette::{BAD, CAUTION, DRIFT, FAINT, GOOD, STRONG, of_action};
use super::text::Line;
use super::words;
use crate::plan::{Action, Change, CutOff, Plan, Reason, Summary};
use crate::resource::{Kind, Unreadable};

/// Addresses are aligned up to this column; longer ones push what follows.
const WIDEST_ADDRESS: usize = 48;

/// The whole plan, kept within `width` columns.
pub fn plan_text(plan: &Plan, width: usize) -> String {
    let mut out = String::new();
    let what = if plan.wrap { "Wrap of production" } else { "Production" };
    Line::new(0)
        .plain(format!("{what} "))
        .styled(STRONG, &plan.production)
        .plain(format!(" in {}, {}", plan.region, account(&plan.account)))
        .write(width, &mut out);
    for section in sections(plan) {
        out.push('\n');
        let mut title = Line::new(0).styled(STRONG, &section.title);
        if section.entries.iter().all(|entry| entry.reason == Reason::AccountWide) {
            title = title.plain(" of the whole account, left as they are without --account-switches");
        }
        title.write(width, &mut out);
        let longest = section.entries.iter().map(|entry| entry.address.chars().count()).max().unwrap_or(0);
        let column = 4 + longest.min(WIDEST_ADDRESS).min(width / 2) + 2;
        for entry in &section.entries {
            self::entry(entry, column, width, &mut out);
        }
    }
    ceremony(plan, width, &mut out);
    remarks(plan, width, &mut out);
    controls_text::of_plan(plan, width, &mut out);
    out.push('\n');
    conclusion(plan, width, &mut out);
    out
}

/// The phases of a wrap, in their order.
fn ceremony(plan: &Plan, width: usize, out: &mut String) {
    if plan.phases.is_empty() || !plan.has_changes() && plan.phases.iter().all(|one| one.resources == 0) {
        return;
    }
    out.push('\n');
    Line::new(0).styled(STRONG, "In this order").write(width, out);
    for (number, one) in (1..).zip(&plan.phases) {
        Line::new(2)
            .hanging(5)
            .plain(format!("{number}. "))
            .styled(STRONG, one.phase.words())
            .plain(format!(": {}", one.what))
            .write(width, out);
    }
}

struct Section<'a> {
    title: String,
    entries: Vec<Entry<'a>>,
}

/// Changes by kind; seats and their volumes by pool.
fn sections(plan: &Plan) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut pools: Vec<Section<'_>> = Vec::new();
    // What is named below as unreadable is not listed twice.
    let told: BTreeSet<_> = plan.unreadable.iter().filter_map(|unreadable| unreadable.address.as_ref()).collect();
    let is_told = |change: &&Change| change.reason == Reason::Unreadable && told.contains(&change.address);
    for entry in fold(plan.changes.iter().filter(|change| !is_told(change))) {
        let (title, sections) = match &entry.of_pool {
            Some(of) => (format!("Seats of workstation_pool.{}", of.pool), &mut pools),
            None => (words::sentence(entry.kind.words().1), &mut sections),
        };
        match sections.iter_mut().find(|section| section.title == title) {
            Some(section) => section.entries.push(entry),
            None => sections.push(Section { title, entries: vec![entry] }),
        }
    }
    // The account's switches come last: they are mostly remarks.
    let switches = sections.iter().position(|s| s.entries.iter().any(|entry| entry.kind == Kind::AccountSwitch));
    let switches = switches.map(|at| sections.remove(at));
    sections.into_iter().chain(pools).chain(switches).collect()
}

fn entry(entry: &Entry<'_>, column: usize, width: usize, out: &mut String) {
    let style = of_action(entry.action);
    let mut line = Line::new(2)
        .hanging(6)
        .styled(style, entry.action.symbol())
        .plain(" ")
        .styled(STRONG, &entry.address)
        .to_column(column);
    // The heading has said what becomes of these, and why.
    if entry.reason == Reason::AccountWide {
        for field in &entry.fields {
            line = field_text::values(line, field);
        }
        line.write(width, out);
        return;
    }
    if is_drift(entry.reason) {
        line = line.styled(DRIFT, "drift: ");
    }
    line = line.styled(style, action_words(entry));
    // What isn't there is made: that needs no reason.
    if entry.reason != Reason::Absent {
        line = line.plain(format!(", because {}", reason_words(entry)));
    }
    line.write(width, out);
    field_text::write(entry, 6, width, out);
    for volumes in &entry.volumes {
        let name = volumes.of_pool.as_ref().and_then(|of| of.volume).unwrap_or("volume");
        Line::new(6).plain(format!("with volume {name}")).write(width, out);
        field_text::write(volumes, 8, width, out);
    }
    if let Some(note) = entry.note {
        Line::new(6).styled(CAUTION, note).write(width, out);
    }
    if !entry.controls.is_empty() {
        Line::new(6).styled(FAINT, format!("touches {}", words::list(entry.controls))).write(width, out);
    }
}

/// Whether someone changed it behind the program's back.
fn is_drift(reason: Reason) -> bool {
    matches!(reason, Reason::Drifted | Reason::EditedAndDrifted)
}

/// What is done, with how many there are where it is done to several.
fn action_words(entry: &Entry<'_>) -> String {
    // A key is only disabled: what it encrypted can be asked for until its deletion is ordered.
    if (entry.kind, entry.action) == (Kind::KmsKey, Action::Delete) {
        return "disable".to_owned();
    }
    if entry.count == 1 {
        return entry.action.words().to_owned();
    }
    let several = words::count_of(entry.count, entry.kind);
    match entry.action {
        Action::Update => format!("update {several} in place"),
        Action::None => format!("leave {several} as they are"),
        action => format!("{} {several}", action.words()),
    }
}

fn reason_words(entry: &Entry<'_>) -> &'static str {
    if entry.count == 1 { entry.reason.words() } else { entry.reason.words_of_many() }
}

/// What a person should know besides the changes.
fn remarks(plan: &Plan, width: usize, out: &mut String) {
    if !plan.warnings.is_empty() {
        out.push('\n');
        for warning in &plan.warnings {
            Line::new(0).styled(CAUTION, "warning: ").plain(warning).write(width, out);
        }
    }
    if !plan.unreadable.is_empty() {
        out.push('\n');
        for unreadable in &plan.unreadable {
            unreadable_line(unreadable).write(width, out);
        }
    }
    if !plan.not_acted_on.is_empty() {
        out.push('\n');
        Line::new(0)
            .styled(FAINT, format!("Checked, but not acted on by this version: {}", plan.not_acted_on.join(", ")))
            .write(width, out);
    }
}

/// A part of the live state that nothing is known about.
pub fn unreadable_line(unreadable: &Unreadable) -> Line {
    let what = match &unreadable.address {
        Some(address) => address.to_string(),
        None => unreadable.kind.words().1.to_owned(),
    };
    Line::new(0)
        .styled(CAUTION, "could not be read: ")
        .plain(format!("{}: {} ({what})", unreadable.call, unreadable.words))
}

fn conclusion(plan: &Plan, width: usize, out: &mut String) {
    let drifted = plan.changes.iter().filter(|change| is_drift(change.reason)).count();
    if drifted > 0 {
        Line::new(0)
            .styled(DRIFT, "Drift: ")
            .plain(format!(
                "{} changed in the cloud since the last apply",
                words::count(drifted, ("resource was", "resources were"))
            ))
            .write(width, out);
    }
    if plan.has_changes() {
        Line::new(0).styled(STRONG, "Plan: ").plain(summary_words(plan.summary)).write(width, out);
        if plan.forecast.operations > 0 {
            let forecast = format!(
                "{}, at least {} if no limit of the account is met",
                words::count(plan.forecast.operations, ("step", "steps")),
                words::seconds(plan.forecast.critical_path_s)
            );
            Line::new(0).styled(FAINT, forecast).write(width, out);
        }
        return;
    }
    let unknown: BTreeSet<Kind> =
        plan.changes.iter().filter(|c| c.reason == Reason::Unreadable).map(|c| c.kind).collect();
    let names: Vec<&str> = unknown.iter().map(|kind| kind.words().1).collect();
    match (plan.wrap, names.is_empty()) {
        // Recovery points and keys are no resources of the plan; the phases say what becomes of them.
        (true, _) if plan.phases.iter().any(|one| one.resources > 0) => return,
        (true, _) if plan.unreadable.is_empty() => {
            Line::new(0).styled(GOOD, "Nothing to do: nothing of the production is left that can go.")
        }
        (false, is_known) if CutOff::of(&plan.changes).is_some() => {
            let line = Line::new(0).styled(CAUTION, "A restore was cut off, and no apply finishes it: ");
            let line = line.plain("the same closedset restore again does.");
            if is_known { line } else { line.plain(format!(" Nothing is known of the {}.", words::list(&names))) }
        }
        (false, true) if plan.changes.is_empty() => {
            Line::new(0).styled(GOOD, "Nothing to do: the live state is as the blueprint says.")
        }
        (false, true) => {
            Line::new(0).styled(GOOD, "Nothing to do: all but what is left as it is stands as the blueprint says.")
        }
        (true, _) => Line::new(0).styled(BAD, "Nothing to do as far as could be read."),
        (false, false) => Line::new(0).styled(
            BAD,
            format!("Nothing to do as far as could be read; nothing is known of the {}.", words::list(&names)),
        ),
    }
    .write(width, out);
}

/// `12 to create, 3 to update`; what there is none of is left out.
pub fn summary_words(summary: Summary) -> String {
    let parts: Vec<String> = [
        (summary.create, "create"),
        (summary.update, "update"),
        (summary.restart, "restart"),
        (summary.replace, "replace"),
        (summary.delete, "delete"),
        (summary.adopt, "adopt"),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, verb)| format!("{count} to {verb}"))
    .collect();
    if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
}

/// Twelve noughts stand for the account that nobody asked for.
fn account(id: &str) -> String {
    match id.bytes().all(|digit| digit == b'0') {
        true => "an account that isn't known yet".to_owned(),
        false => format!("account {id}"),
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use insta::assert_snapshot;
    use serde_json::{Value, json};
    use unicode_width::UnicodeWidthStr;

    use super::super::sample;
    use super::*;
    use crate::resource::Effect;

    fn plain(plan: &Plan, width: usize) -> String {
        strip_str(&plan_text(plan, width)).to_string()
    }

    #[test]
    fn one_of_everything_at_80_columns() {
        assert_snapshot!(plain(&sample::plan(), 80), @r#"
        Production nebula in us-west-2, account 123456789012

        Keys
          ~ key.content  drift: update in place, because the blueprint was edited, and
              it was changed in the cloud
              policy:
                        "Sid": "Use",
                        "Effect": "Allow",
                -       "Action": "kms:Decrypt",
                +       "Action": "kms:Encrypt",
                        "Resource": "*"
                      }
              rotation_days: (not set) → 365
              touches VDI-ENC-01 and VDI-ENC-06

        Networks
          ~ network.main  drift: update in place, because it was changed in the cloud
              dns_support: false → true
          · network.old   leave as it is, because something protected stands on it

        Internet gateways
          = network.main.igw  adopt, because it bears no mark of an apply yet

        Prefix lists
          - prefix_list.offices  delete, because the blueprint no longer asks for it

        Security groups
          + network.main.workstations  create
              description "Segment workstations of nebula"
              rules.ingress.stream tcp/8443 from network.main.edge: "Pixel streaming
                from the gateway."

        Seats of workstation_pool.comp
          ± workstation_pool.comp[001-003]        replace 3 seats, because the blueprint
              was edited
              image: ami-0123456789abcdef0 → ami-0fedcba9876543210  (replaces)
              with volume root
          ↻ workstation_pool.comp[004]            drift: restart, because it was changed
              in the cloud
              ebs_optimized: false → true
          ~ workstation_pool.comp[005]            update in place, because the blueprint
              was edited
              tags.artist: ana → bo
              tags.unit: b → (removed)
          · workstation_pool.comp[001-003].cache  leave 3 volumes as they are, because
              they are kept when their seats go

        Account switches of the whole account, left as they are without
          --account-switches
          · account.ebs_encryption_by_default  off → on

        warning: image nuke is a Windows image, but its os is rocky-9

        could not be read: ec2:DescribeFlowLogs: UnauthorizedOperation: You are not
          authorized to perform this operation. (flow logs)

        Checked, but not acted on by this version: backup.nightly

        Drift: 3 resources were changed in the cloud since the last apply
        Plan: 1 to create, 3 to update, 1 to restart, 6 to replace, 1 to delete, 1 to
          adopt
        18 steps, at least 1 min 35 s if no limit of the account is met
        "#);
    }

    #[test]
    fn one_of_everything_at_200_columns() {
        assert_snapshot!(plain(&sample::plan(), 200), @r#"
        Production nebula in us-west-2, account 123456789012

        Keys
          ~ key.content  drift: update in place, because the blueprint was edited, and it was changed in the cloud
              policy:
                        "Sid": "Use",
                        "Effect": "Allow",
                -       "Action": "kms:Decrypt",
                +       "Action": "kms:Encrypt",
                        "Resource": "*"
                      }
              rotation_days: (not set) → 365
              touches VDI-ENC-01 and VDI-ENC-06

        Networks
          ~ network.main  drift: update in place, because it was changed in the cloud
              dns_support: false → true
          · network.old   leave as it is, because something protected stands on it

        Internet gateways
          = network.main.igw  adopt, because it bears no mark of an apply yet

        Prefix lists
          - prefix_list.offices  delete, because the blueprint no longer asks for it

        Security groups
          + network.main.workstations  create
              description "Segment workstations of nebula"
              rules.ingress.stream tcp/8443 from network.main.edge: "Pixel streaming from the gateway."

        Seats of workstation_pool.comp
          ± workstation_pool.comp[001-003]        replace 3 seats, because the blueprint was edited
              image: ami-0123456789abcdef0 → ami-0fedcba9876543210  (replaces)
              with volume root
          ↻ workstation_pool.comp[004]            drift: restart, because it was changed in the cloud
              ebs_optimized: false → true
          ~ workstation_pool.comp[005]            update in place, because the blueprint was edited
              tags.artist: ana → bo
              tags.unit: b → (removed)
          · workstation_pool.comp[001-003].cache  leave 3 volumes as they are, because they are kept when their seats go

        Account switches of the whole account, left as they are without --account-switches
          · account.ebs_encryption_by_default  off → on

        warning: image nuke is a Windows image, but its os is rocky-9

        could not be read: ec2:DescribeFlowLogs: UnauthorizedOperation: You are not authorized to perform this operation. (flow logs)

        Checked, but not acted on by this version: backup.nightly

        Drift: 3 resources were changed in the cloud since the last apply
        Plan: 1 to create, 3 to update, 1 to restart, 6 to replace, 1 to delete, 1 to adopt
        18 steps, at least 1 min 35 s if no limit of the account is met
        "#);
    }

    #[test]
    fn five_hundred_seats_are_one_entry() {
        assert_snapshot!(plain(&sample::floor(500), 80), @r"
        Production nebula in us-west-2, account 123456789012

        Networks
          + network.main  create
              cidr 10.40.0.0/16 · dns_support true

        Seats of workstation_pool.comp
          + workstation_pool.comp[001-500]  create 500 seats
              image ami-0123456789abcdef0 · instance_types g6.4xlarge, g5.4xlarge ·
              subnets network.main.workstations/us-west-2a (250),
              network.main.workstations/us-west-2b (250)
              with volume cache
                encrypted true · size_gib 1000 · type gp3
              with volume root
                encrypted true · size_gib 150 · type gp3

        Plan: 1501 to create
        1501 steps, at least 1 min 35 s if no limit of the account is met
        ");
    }

    #[test]
    fn nothing_to_do_is_said() {
        assert_snapshot!(plain(&sample::empty(), 80), @r"
        Production nebula in us-west-2, account 123456789012

        Nothing to do: the live state is as the blueprint says.
        ");
    }

    #[test]
    fn a_restore_that_was_cut_off_is_something_to_do() {
        let mut change =
            sample::change("workstation_pool.comp[001].work", Kind::Volume, (Action::None, Reason::Unfinished), vec![]);
        change.id = Some("vol-2".to_owned());
        assert_snapshot!(plain(&sample::plan_of(vec![change]), 80), @r"
        Production nebula in us-west-2, account 123456789012

        Seats of workstation_pool.comp
          · workstation_pool.comp[001].work  leave as it is, because an earlier run was
              interrupted

        A restore was cut off, and no apply finishes it: the same closedset restore
          again does.
        ");
    }

    #[test]
    fn what_is_unknown_is_never_taken_for_fine() {
        let mut change = sample::change("network.main", Kind::Vpc, (Action::None, Reason::Unreadable), vec![]);
        change.note = Some("ec2:DescribeVpcs: HTTP 500 with a body that is no AWS answer".to_owned());
        assert_snapshot!(plain(&sample::plan_of(vec![change]), 80), @r"
        Production nebula in us-west-2, account 123456789012

        Networks
          · network.main  leave as it is, because it could not be read
              ec2:DescribeVpcs: HTTP 500 with a body that is no AWS answer

        Nothing to do as far as could be read; nothing is known of the networks.
        ");
    }

    #[test]
    fn seats_that_differ_in_what_matters_are_told_apart() {
        let drifted = |slot, hops: u32| {
            let fields = vec![("metadata_hop_limit", json!(hops), json!(1), Effect::InPlace)];
            let address = crate::resource::Address::seat("comp", slot);
            sample::change(address.as_str(), Kind::Seat, (Action::Update, Reason::Drifted), fields)
        };
        let plan = sample::plan_of(vec![drifted(1, 2), drifted(2, 2), drifted(3, 64)]);
        assert_snapshot!(plain(&plan, 80), @r"
        Production nebula in us-west-2, account 123456789012

        Seats of workstation_pool.comp
          ~ workstation_pool.comp[001-002]  drift: update 2 seats in place, because they
              were changed in the cloud
              metadata_hop_limit: 2 → 1
          ~ workstation_pool.comp[003]      drift: update in place, because it was
              changed in the cloud
              metadata_hop_limit: 64 → 1

        Drift: 3 resources were changed in the cloud since the last apply
        Plan: 3 to update
        3 steps, at least 1 min 35 s if no limit of the account is met
        ");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let mut plan = sample::plan();
        plan.changes[0].fields[1].after = Value::String("x".repeat(300));
        for width in [40, 60, 80, 120, 200] {
            for line in plain(&plan, width).lines() {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn words_of_a_stranger_can_not_move_the_cursor() {
        let mut plan = sample::plan();
        plan.warnings = vec!["\u{1b}[2Jgone".to_owned()];
        assert!(plain(&plan, 80).contains("warning: \u{fffd}[2Jgone"));
    }
}
