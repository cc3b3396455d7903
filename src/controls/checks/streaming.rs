//! VDI-STR: what may pass between an artist's own computer and the workstation.

use super::Check;
use super::inside::{self, told};
use crate::blueprint::model::{Audit, Labelled as _, Lockdown, Usb};
use crate::controls::examination::{Examination, Problem, unless};
use crate::controls::profile::Constants;

pub const CHECKS: &[Check] = &[
    told("VDI-STR-01", Some(|to| each(to, clipboard)), inside::clipboard),
    told("VDI-STR-02", Some(|to| each(to, files)), inside::files),
    told("VDI-STR-03", Some(|to| each(to, devices)), inside::devices),
    told("VDI-STR-04", Some(|to| each(to, screenshots)), inside::screenshots),
    told("VDI-STR-06", Some(|to| each(to, idle)), inside::idle),
    told("VDI-STR-07", None, inside::sign_in),
    told("VDI-STR-08", None, inside::suites),
    told("VDI-STR-09", Some(|to| each(to, audit)), inside::audit),
];

fn each(to: &mut Examination<'_, '_>, problems: fn(&Lockdown, &Constants) -> Vec<Problem>) {
    let floor = to.floor;
    for lockdown in &floor.blueprint.lockdowns {
        to.look(lockdown.reference(), problems(lockdown, &floor.profile.constants));
    }
}

fn clipboard(lockdown: &Lockdown, limits: &Constants) -> Vec<Problem> {
    let way = lockdown.clipboard.value;
    let expected = if limits.clipboard_in { "in or none" } else { "none" };
    if way.is_outward() {
        return vec![Problem::new("opens the clipboard outwards", expected, way)];
    }
    unless(limits.clipboard_in || !way.is_inward(), || {
        Problem::new("opens the clipboard inwards, and the profile closes it", expected, way)
    })
    .into_iter()
    .collect()
}

fn files(lockdown: &Lockdown, limits: &Constants) -> Vec<Problem> {
    let way = lockdown.file_transfer.value;
    let expected = if limits.files_in { "in or none" } else { "none" };
    if way.is_outward() {
        return vec![Problem::new("lets files out", expected, way)];
    }
    unless(limits.files_in || !way.is_inward(), || {
        Problem::new("lets files in, and the profile closes that", expected, way)
    })
    .into_iter()
    .collect()
}

fn devices(lockdown: &Lockdown, limits: &Constants) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(unless(lockdown.usb.value != Usb::All, || {
        Problem::new("passes every USB device through", "none or tablets", lockdown.usb.value)
    }));
    problems.extend(unless(!lockdown.printing.value, || Problem::new("lets the artist print at home", false, true)));
    let switches =
        [("microphone", &lockdown.microphone), ("webcam", &lockdown.webcam), ("smart card", &lockdown.smartcard)];
    for (name, _) in switches.iter().filter(|(_, on)| on.value && !limits.devices_declared) {
        problems.push(Problem::new(format!("passes the {name} through, and the profile closes it"), false, true));
    }
    problems
}

fn screenshots(lockdown: &Lockdown, _: &Constants) -> Vec<Problem> {
    unless(!lockdown.screenshots.value, || Problem::new("lets the client capture the screen", false, true))
        .into_iter()
        .collect()
}

fn idle(lockdown: &Lockdown, limits: &Constants) -> Vec<Problem> {
    let (minutes, hours) = (lockdown.idle_minutes.value, lockdown.max_hours.value);
    let mut problems = Vec::new();
    problems.extend(unless((1..=limits.idle_minutes).contains(&minutes), || {
        let words = format!("lets a session idle for {minutes} minutes");
        Problem::new(words, format!("at most {} minutes", limits.idle_minutes), format!("{minutes} minutes"))
    }));
    problems.extend(unless((1..=limits.session_hours).contains(&hours), || {
        let words = format!("lets a session go on for {hours} hours");
        Problem::new(words, format!("at most {} hours", limits.session_hours), format!("{hours} hours"))
    }));
    problems
}

fn audit(lockdown: &Lockdown, _: &Constants) -> Vec<Problem> {
    let records = lockdown.audit.value;
    unless(records == Audit::All, || Problem::new("doesn't record all transfers", Audit::All, records))
        .into_iter()
        .collect()
}
