//! What a blueprint declares: one attribute is weakened, and the control that watches it says so.

use super::*;
use crate::blueprint::Spanned;
use crate::blueprint::model::{AccountId, Audit, ImageSource, Name, Schedule, Transfer, Usb};

/// A weakening of the blueprint, the control that reacts, and what it says.
struct Case {
    weaken: fn(&mut Blueprint),
    reacts: &'static str,
    says: &'static str,
}

fn set<T>(value: &mut Spanned<T>, to: T) {
    value.value = to;
}

const CASES: &[Case] = &[
    Case {
        weaken: |it| set(&mut it.lockdowns[0].clipboard, Transfer::Both),
        reacts: "VDI-STR-01",
        says: "lockdown.artist opens the clipboard outwards",
    },
    Case {
        weaken: |it| set(&mut it.lockdowns[0].file_transfer, Transfer::Out),
        reacts: "VDI-STR-02",
        says: "lockdown.artist lets files out",
    },
    Case {
        weaken: |it| set(&mut it.lockdowns[0].usb, Usb::All),
        reacts: "VDI-STR-03",
        says: "lockdown.artist passes every USB device through",
    },
    Case {
        weaken: |it| set(&mut it.lockdowns[0].printing, true),
        reacts: "VDI-STR-03",
        says: "lockdown.artist lets the artist print at home",
    },
    Case {
        weaken: |it| set(&mut it.lockdowns[0].screenshots, true),
        reacts: "VDI-STR-04",
        says: "lockdown.artist lets the client capture the screen",
    },
    Case {
        weaken: |it| set(&mut it.lockdowns[0].idle_minutes, 43_200),
        reacts: "VDI-STR-06",
        says: "lockdown.artist lets a session idle for 43200 minutes",
    },
    Case {
        weaken: |it| set(&mut it.lockdowns[0].max_hours, 24),
        reacts: "VDI-STR-06",
        says: "lockdown.artist lets a session go on for 24 hours",
    },
    Case {
        weaken: |it| set(&mut it.lockdowns[0].audit, Audit::None),
        reacts: "VDI-STR-09",
        says: "lockdown.artist doesn't record all transfers",
    },
    Case {
        weaken: |it| set(&mut it.artists[1].name, Name::new("artist-07")),
        reacts: "VDI-IAM-04",
        says: "artist.artist-07 names nobody",
    },
    Case {
        weaken: |it| {
            let (pool, seat) = (it.artists[0].pools.clone(), it.artists[0].seat.clone());
            (it.artists[1].pools, it.artists[1].seat) = (pool, seat);
        },
        reacts: "VDI-IAM-04",
        says: "artist.bela shares a seat with ana",
    },
    Case {
        weaken: |it| set(&mut it.artists[0].until, jiff::civil::date(2028, 1, 1)),
        reacts: "VDI-IAM-05",
        says: "artist.ana keeps access until 2028-01-01, after the wrap",
    },
    Case {
        weaken: |it| set(&mut it.production.destroy_within_days, 90),
        reacts: "VDI-DAT-02",
        says: "production.nebula promises to destroy within 90 days of the wrap",
    },
    Case {
        weaken: |it| {
            let account = AccountId::parse("210987654321").expect("an account");
            it.production.account = Some(Spanned::new(account, it.production.alias.span));
        },
        reacts: "VDI-INV-05",
        says: "production.nebula is in account 123456789012",
    },
    Case {
        weaken: |it| it.production.contacts.content_owner = None,
        reacts: "VDI-RSP-01",
        says: "production.nebula names nobody to call at the content's owner",
    },
    Case {
        weaken: |it| {
            it.images[0].source.value =
                ImageSource::Lookup { owners: vec!["acme-images".to_owned()], name: "nuke-*".to_owned() };
        },
        reacts: "VDI-HST-01",
        says: "image.nuke is looked up among images of acme-images",
    },
    Case {
        weaken: |it| {
            it.images[0].source.value = ImageSource::Lookup { owners: vec!["self".to_owned()], name: "*".to_owned() };
        },
        reacts: "VDI-HST-01",
        says: "image.nuke takes whatever image is the newest",
    },
    Case {
        weaken: |it| it.backups[0].of.truncate(1),
        reacts: "VDI-REC-01",
        says: "workstation_pool.lighting has volumes with backup = true, and no backup block names it",
    },
    Case {
        weaken: |it| {
            let weekly = Schedule::parse("cron(0 9 ? * SUN *)").expect("a schedule");
            set(&mut it.backups[0].schedule, weekly);
        },
        reacts: "VDI-REC-01",
        says: "backup.nightly runs every 168 hours and promises to lose at most 24",
    },
    Case {
        weaken: |it| it.backups[0].lock = None,
        reacts: "VDI-REC-02",
        says: "backup.nightly can be deleted by whoever may delete backups",
    },
    Case {
        weaken: |it| it.backups[0].copies.clear(),
        reacts: "VDI-REC-03",
        says: "backup.nightly lies in one region only",
    },
];

#[test]
fn the_control_that_watches_an_attribute_says_what_is_wrong_with_it() {
    let good = blueprint(&[]);
    let desired = compiled(&good);
    let mut reacted = BTreeSet::new();
    for case in CASES {
        let mut weak = good.clone();
        (case.weaken)(&mut weak);
        let posture = examine(&planned(&weak, &desired));
        assert_eq!(failing(&posture), BTreeSet::from([case.reacts]), "{}", case.says);
        assert_eq!(sentences(&posture, case.reacts), [case.says]);
        reacted.insert(case.reacts);
    }
    // All that reads the blueprint is in the table, but for exceptions, which have tests of their own.
    let declared: BTreeSet<&str> = crate::controls::checked()
        .iter()
        .filter(|check| check.declared.is_some() && check.control != "VDI-INV-06")
        .map(|check| check.control)
        .collect();
    assert_eq!(reacted, declared);
}

#[test]
fn the_strictest_profile_closes_what_others_leave_open() {
    let profile = ("\"mpa-5.3.1-gold-star\"", "\"high-security\"");
    let class = ("\"pre-release\"", "\"high-security\"");
    let blueprint = blueprint(&[profile, class]);
    let desired = compiled(&blueprint);
    let posture = examine(&planned(&blueprint, &desired));
    assert_eq!(failing(&posture), BTreeSet::from(["VDI-IAM-03", "VDI-STR-01"]));
    assert_eq!(
        sentences(&posture, "VDI-STR-01"),
        ["lockdown.artist opens the clipboard inwards, and the profile closes it"]
    );
}

#[test]
fn an_older_version_allows_a_longer_idle() {
    let with = |profile: &str| {
        let profile = ("\"mpa-5.3.1-gold-star\"", profile);
        blueprint(&[profile, ("idle_minutes  = 15", "idle_minutes  = 15")])
    };
    for (profile, fails) in [("\"mpa-5.3\"", false), ("\"mpa-5.3.1\"", true)] {
        let mut blueprint = with(profile);
        set(&mut blueprint.lockdowns[0].idle_minutes, 30);
        let desired = compiled(&blueprint);
        let posture = examine(&planned(&blueprint, &desired));
        assert_eq!(failing(&posture).contains("VDI-STR-06"), fails, "{profile}");
    }
}
