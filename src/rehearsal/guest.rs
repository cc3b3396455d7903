//! What instances say from inside: they play the part of the script in their user data, as far as it can be seen from
//! outside.

use super::clock::Moment;
use super::desk::Desk;
use super::ec2::endpoint::Endpoint;
use super::ec2::instance::{Instance, InstanceState};
use super::inside::{Files, set_by};
use super::physics::times;
use super::random::of_text;
use serde::{Deserialize, Serialize};

/// How the guests of an image fare. Those of all others become ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Guest {
    /// They never say anything: the image lacks what it takes.
    Silent,
    /// A step fails, with these words.
    Fails(String),
}

/// What an instance said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// `preparing`, `ready` or `failed`.
    pub state: &'static str,
    /// Which step failed, and why; the name otherwise.
    pub words: String,
    /// When.
    pub at: Moment,
    /// What is set in it, by the words of the inventory's row.
    pub files: Files,
}

/// How often an instance that is ready says so again, in milliseconds.
const AGAIN: u64 = 15 * 60 * 1000;

/// What an instance said by now; none where it said nothing, or nothing that could be heard.
///
/// Times are drawn from the instance's id and not from the dice: asking changes nothing.
pub fn said(desk: &Desk, instance: &Instance) -> Option<Said> {
    let running = instance.running_since.filter(|_| instance.state == InstanceState::Running)?;
    if instance.user_data.is_none() || instance.profile.is_none() || !reaches_systems_manager(desk, instance) {
        return None;
    }
    let fate = desk.settings.guests.get(&instance.image);
    if fate == Some(&Guest::Silent) {
        return None;
    }
    let (boot, setup) = if instance.windows {
        (times::GUEST_BOOTING_WINDOWS, times::GUEST_SETTING_UP_WINDOWS)
    } else {
        (times::GUEST_BOOTING, times::GUEST_SETTING_UP)
    };
    let began = running.after(drawn(boot, desk.settings.seed, &instance.id));
    let ended = began.after(drawn(setup, desk.settings.seed.wrapping_add(1), &instance.id));
    let name = instance.tags.get("Name").cloned();
    let files = || {
        let mut files = instance.user_data.as_deref().and_then(set_by).unwrap_or_default();
        files.extend(instance.changed_inside.clone());
        files
    };
    let said = |state, words: &str, at| Some(Said { state, words: words.to_owned(), at, files: files() });
    let last = |since: Moment| since.after(desk.now.since(since) / AGAIN * AGAIN);
    match (fate, name) {
        _ if desk.now < began => None,
        (Some(Guest::Fails(words)), _) if desk.now >= ended => said("failed", words, ended),
        // Without its name it waits for it.
        (None, Some(name)) if desk.now >= ended => said("ready", &name, last(ended)),
        _ => said("preparing", "", began),
    }
}

fn drawn(span: times::Span, seed: u64, id: &str) -> u64 {
    span.from + of_text(seed, id) % (span.to - span.from + 1)
}

/// Workstations have no way to the Internet: only an endpoint leads to a service.
fn reaches_systems_manager(desk: &Desk, instance: &Instance) -> bool {
    desk.truths::<Endpoint>().any(|endpoint| {
        endpoint.vpc == instance.vpc && endpoint.service.ends_with(".ssm") && endpoint.state == "available"
    })
}
