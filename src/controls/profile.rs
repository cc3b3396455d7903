//! Profiles: which controls a production is held against, and with which limits. The limits change from version to
//! version of the same framework, so they are data.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::control::{Control, Framework, Part};
use super::crosswalk::practice;
use crate::blueprint::model;
use crate::blueprint::nearest::did_you_mean;

/// A set of controls with its limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// As the blueprint writes it.
    pub name: String,
    pub title: String,
    pub selects: Selects,
    pub constants: Constants,
}

/// The references that bring a control into a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selects {
    pub framework: Framework,
    pub version: String,
    /// Of MPA practices.
    pub parts: Vec<Part>,
}

/// The limits. Where a version names none, the strictest of the others is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constants {
    /// Days between reviews of who has access; none: regularly, without a number.
    pub access_review_days: Option<u32>,
    /// Whether a change is applied only once somebody else has approved it: MPA TS-5.0 has that among its additional
    /// recommendations (the initiator isn't the approver), not among the best practices.
    pub approval_required: bool,
    /// Whether a backup without a lock fails.
    pub backup_lock_required: bool,
    /// Whether a role without a permissions boundary fails.
    pub boundary_required: bool,
    /// Whether the clipboard may be open towards the workstation.
    pub clipboard_in: bool,
    /// Hours until there is a plan for a critical misconfiguration.
    pub critical_misconfiguration_hours: u32,
    /// Days from the wrap to the end of all content.
    pub destruction_days: u32,
    /// Whether microphone, webcam and smart card may be passed through where a lockdown declares it.
    pub devices_declared: bool,
    /// Days that an exception holds at most.
    pub exception_days: u32,
    /// Failed sign-ins until an account is locked.
    pub failed_logons: u32,
    /// Whether files may be sent to the workstation.
    pub files_in: bool,
    /// Minutes without input until a session ends.
    pub idle_minutes: u32,
    /// Days between two rotations of a key.
    pub key_rotation_days: u32,
    /// Days that records are kept.
    pub log_retention_days: u32,
    /// Characters of a password, where there is one.
    pub password_length: u32,
    /// Minutes until the screen locks.
    pub screen_lock_minutes: u32,
    /// Hours until a session ends whatever happens in it.
    pub session_hours: u32,
    /// Hours that content stays on a transfer host.
    pub transfer_host_hours: u32,
}

#[derive(Deserialize)]
struct Profiles {
    profiles: Vec<Profile>,
}

/// The file is part of the program, and a test reads it.
static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    serde_json::from_str::<Profiles>(include_str!("catalogue/profiles.json"))
        .map(|file| file.profiles)
        .unwrap_or_default()
});

/// All of them, in the order of the language.
pub fn profiles() -> &'static [Profile] {
    &PROFILES
}

/// The profile of that name.
///
/// # Errors
/// Where there is none: what to do instead, with the nearest name.
pub fn profile(name: &str) -> Result<&'static Profile, String> {
    profiles().iter().find(|profile| profile.name == name).ok_or_else(|| {
        let names = || profiles().iter().map(|profile| profile.name.as_str());
        did_you_mean(name, names()).unwrap_or_else(|| format!("one of {}", names().collect::<Vec<_>>().join(", ")))
    })
}

impl Profile {
    /// The one that a blueprint's word names; the table has one for each word, which a test holds.
    pub fn of(word: model::Profile) -> &'static Self {
        profile(word.as_str()).unwrap_or(&PROFILES[0])
    }

    /// Whether a control belongs to it.
    pub fn holds(&self, control: &Control) -> bool {
        match self.selects.framework {
            Framework::Mpa => {
                practice(control, &self.selects.version).iter().any(|(_, part, _)| self.selects.parts.contains(part))
            }
            framework => control.references.iter().any(|reference| reference.framework == framework),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::all;
    use super::*;

    #[test]
    fn there_is_a_profile_for_each_word_of_the_language_with_its_idle_limit() {
        let words: Vec<_> = model::Profile::ALL.iter().map(|word| word.as_str()).collect();
        assert_eq!(profiles().iter().map(|profile| profile.name.as_str()).collect::<Vec<_>>(), words);
        for word in model::Profile::ALL {
            assert_eq!(Profile::of(*word).constants.idle_minutes, word.idle_limit_minutes(), "{word}");
        }
    }

    #[test]
    fn profiles_select_controls() {
        let count = |name| all().iter().filter(|control| profile(name).is_ok_and(|one| one.holds(control))).count();
        assert_eq!(count("ecpp"), 70);
        assert_eq!(count("mpa-5.3.1-gold-star"), 70);
        assert_eq!(count("high-security"), 70);
        let best = count("mpa-5.3.1");
        assert!((60..70).contains(&best), "{best}");
        assert_eq!(count("mpa-5.3"), best);
    }

    #[test]
    fn a_profile_that_is_none_is_answered_with_the_nearest() {
        assert_eq!(profile("mpa-5.31").map(|one| one.name.as_str()), Err("did you mean `mpa-5.3.1`?".to_owned()));
    }
}
