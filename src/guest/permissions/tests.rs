//! Permission files, and what they mean for whom.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// Files by name; a path means the file of that name.
struct Shelf(BTreeMap<&'static str, String>);

impl Imports for Shelf {
    fn read(&self, _: &str, path: &str) -> Result<Imported, String> {
        let text = self.0.get(path).ok_or("there is no such file")?;
        Ok(Imported { name: path.to_owned(), bytes: text.clone().into_bytes() })
    }
}

fn read(text: &str) -> Permissions {
    Permissions::read("default.perm", text.as_bytes(), &NoImports).unwrap_or_else(|found| panic!("{found:?}"))
}

fn problems(text: &str) -> Vec<String> {
    let found = Permissions::read("default.perm", text.as_bytes(), &NoImports).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

fn actor(text: &str) -> Actor {
    Actor::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

/// `allowed by line 3`, for one feature.
fn says(permissions: &Permissions, who: &str, feature: Feature) -> String {
    let decision = permissions.decide(&actor(who), feature);
    let line = decision.by.map(|statement| format!(" by line {}", statement.place.line));
    format!("{:?}{}", decision.outcome, line.unwrap_or_default()).to_lowercase()
}

/// The guide's own example, in other words: observers hear nothing, guests of the system have the clipboard.
const STUDIO: &str = "\
; Review room.
[groups]
leads=maya, user:tom
observers=LIGHTHOUSE\\ana, group:leads, osgroup:guests

[aliases]
clipboard=clipboard-copy, clipboard-paste
transfer=file-upload, file-download, clipboard

[permissions]
%any% allow display
%owner% allow builtin
group:observers deny audio-in audio-out
tom allow audio-in
osgroup:guests allow clipboard
maya disallow transfer
maya allow file-upload
";

#[test]
fn the_last_line_decides_and_a_denial_decides_for_good() {
    let file = read(STUDIO);
    assert_eq!(says(&file, "%any%", Feature::Display), "allowed by line 11");
    assert_eq!(says(&file, "%any%", Feature::Keyboard), "unnamed");
    assert_eq!(says(&file, "%owner%", Feature::Usb), "allowed by line 12");
    // Tom is among the leads, and they are among the observers: line 14 comes too late.
    assert_eq!(says(&file, "tom", Feature::AudioIn), "denied by line 13");
    assert_eq!(says(&file, "LIGHTHOUSE\\ana", Feature::AudioOut), "denied by line 13");
    assert_eq!(says(&file, "jo,osgroup:guests", Feature::ClipboardCopy), "allowed by line 15");
    assert_eq!(says(&file, "jo,osgroup:guests", Feature::AudioOut), "denied by line 13");
    assert_eq!(says(&file, "group:leads", Feature::AudioOut), "denied by line 13");
    // An alias within an alias.
    assert_eq!(says(&file, "maya", Feature::ClipboardPaste), "disallowed by line 16");
    assert_eq!(says(&file, "maya", Feature::FileUpload), "allowed by line 17");
    // The owner by name: both lines are about her, and the later one counts.
    assert_eq!(says(&file, "maya,%owner%", Feature::FileDownload), "disallowed by line 16");
}

#[test]
fn the_effective_set_names_every_feature() {
    let file = read(STUDIO);
    let owner = file.effective(&Actor::owner("zoe"));
    assert_eq!(owner.len(), Feature::ALL.len());
    assert!(owner.values().all(Decision::is_allowed));
    let nobody = file.effective(&Actor::anyone());
    let allowed: Vec<_> = nobody.iter().filter(|(_, decision)| decision.is_allowed()).map(|(one, _)| *one).collect();
    assert_eq!(allowed, [Feature::Display]);
    assert!(nobody[&Feature::Usb].can_be_undone());
}

#[test]
fn imports_count_where_they_stand() {
    let shelf = Shelf(BTreeMap::from([
        ("base.perm", "[aliases]\nout=clipboard-copy, file-download\n[permissions]\n%any% disallow out\n".to_owned()),
        ("strict.perm", "#import base.perm\n[permissions]\n%any% deny printer\n".to_owned()),
    ]));
    let text = "#import strict.perm\n#import base.perm\n[permissions]\n%owner% allow out printer\n";
    let file = Permissions::read("own.perm", text.as_bytes(), &shelf).unwrap_or_else(|found| panic!("{found:?}"));
    let decision = file.decide(&Actor::owner("zoe"), Feature::ClipboardCopy);
    assert_eq!(decision.outcome, Outcome::Allowed);
    let decision = file.decide(&Actor::owner("zoe"), Feature::Printer);
    let place = decision.by.map(|statement| statement.place.to_string());
    assert_eq!((decision.outcome, place.as_deref()), (Outcome::Denied, Some("strict.perm:3:1")));
    assert_eq!(decision.by.map(|statement| statement.text.as_str()), Some("%any% deny printer"));
}

#[test]
fn what_imports_itself_or_is_not_there_is_an_error() {
    let shelf = Shelf(BTreeMap::from([
        ("a.perm", "#import b.perm\n".to_owned()),
        ("b.perm", "\n  #import a.perm\n".to_owned()),
        ("wide.perm", "#import leaf.perm\n".repeat(300)),
        ("leaf.perm", String::new()),
    ]));
    let said = |text: &str| -> Vec<String> {
        let found = Permissions::read("own.perm", text.as_bytes(), &shelf).err().unwrap_or_default();
        found.iter().map(ToString::to_string).collect()
    };
    assert_eq!(said("#import a.perm"), ["b.perm:2:11: a.perm imports itself"]);
    assert_eq!(said("#import c.perm"), ["own.perm:1:9: c.perm can't be imported: there is no such file"]);
    assert_eq!(said("#import"), ["own.perm:1:1: an import without a file"]);
    assert_eq!(said("#import wide.perm"), ["wide.perm:256:9: more than 256 imports in all"]);
}

#[test]
fn every_error_has_its_place() {
    let text = "\
display
[group]
[permissions]
%owner% permit display
%owner%
jane allow
group:leeds allow display
nobody: allow display
%owner% allow clipbord-copy ; all of it
[groups]
leads=maya,,tom
leads=maya
leads=tom
inner=group:outer, %any%
outer=group:inner
[aliases]
usb=display
a=b
b=a
";
    assert_eq!(
        problems(text),
        [
            "default.perm:1:1: a line outside of every section",
            "default.perm:2:1: `[group]` is no section",
            "default.perm:4:9: `permit` is no rule",
            "default.perm:5:1: a permission without a rule",
            "default.perm:6:1: a permission without features",
            "default.perm:7:1: the group `leeds` is not defined",
            "default.perm:8:1: `nobody:` names no actor",
            "default.perm:9:15: `clipbord-copy` is no feature and no alias",
            "default.perm:9:29: `;` is no feature and no alias",
            "default.perm:9:31: `all` is no feature and no alias",
            "default.perm:9:35: `of` is no feature and no alias",
            "default.perm:9:38: `it` is no feature and no alias",
            "default.perm:11:12: `leads` has an empty member",
            "default.perm:13:1: `leads` is defined twice",
            "default.perm:14:1: the group `inner` is made of itself",
            "default.perm:14:20: `%any%` can't be in a group",
            "default.perm:15:1: the group `outer` is made of itself",
            "default.perm:17:1: `usb` is DCV's own name",
            "default.perm:18:1: the alias `a` is made of itself",
            "default.perm:19:1: the alias `b` is made of itself",
        ]
    );
    let found = Permissions::read("x", b"[permissions]\n%any% allow clipbord-copy\n", &NoImports);
    let help = found.err().and_then(|found| found.into_iter().next()).and_then(|problem| problem.help);
    assert_eq!(help.as_deref(), Some("did you mean `clipboard-copy`?"));
}

#[test]
fn editors_leave_their_marks_and_bytes_that_are_no_text_are_found() {
    let file = read("\u{feff}[permissions]\r\n%owner%\tallow  builtin \r\n# a comment\r\n");
    assert_eq!(says(&file, "%owner%", Feature::Touch), "allowed by line 2");
    let found = Permissions::read("x", b"[permissions]\n%any% allow \xff\n", &NoImports).err().unwrap_or_default();
    assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), ["x:2:1: this line is not valid UTF-8"]);
}

#[test]
fn actors_are_read_from_words() {
    let both = actor("jane, osgroup:vfx,%owner%");
    assert_eq!((both.user.as_deref(), both.is_owner), (Some("jane"), true));
    assert!(both.os_groups.contains("vfx"));
    for wrong in ["", "jane,", "jane,tom", "a b", "group:", "domain:jane"] {
        assert_eq!(Actor::parse(wrong), Err(NotAnActor(wrong.to_owned())), "{wrong}");
    }
}

#[test]
fn long_chains_of_names_are_followed() {
    let chain: String = (0..20_000).map(|n| format!("a{n}=a{}\n", n + 1)).collect();
    let file = read(&format!("[aliases]\n{chain}a20000=usb\n[permissions]\n%any% allow a0\n"));
    assert_eq!(says(&file, "%any%", Feature::Usb), "allowed by line 20004");
    let chain: String = (0..20_000).map(|n| format!("g{n}=group:g{}\n", n + 1)).collect();
    let file = read(&format!("[groups]\n{chain}g20000=jane\n[permissions]\ngroup:g0 allow usb\n"));
    assert_eq!(says(&file, "jane", Feature::Usb), "allowed by line 20004");
}

/// Lines that make sense, almost make sense, or make none.
fn line() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "%owner%",
        "%any%",
        "group:a",
        "osgroup:b",
        "jane",
        "allow",
        "disallow",
        "deny",
        "usb",
        "display",
        "builtin",
        "x",
        "=",
        ",",
        "a=",
        "a=jane,group:b",
        "b=group:a",
        "x=usb,y",
        "y=x",
        "[groups]",
        "[aliases]",
        "[permissions]",
        "#import",
        "self",
        ";",
        "é",
        "\u{feff}",
        "%",
        ":",
    ]);
    prop::collection::vec(word, 0..6).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(file) = Permissions::read("x", &bytes, &NoImports) {
            prop_assert_eq!(file.effective(&Actor::owner("jane")).len(), Feature::ALL.len());
        }
    }

    #[test]
    fn any_lines_are_answered_with_places_within_the_file(lines in prop::collection::vec(line(), 0..30)) {
        let text = lines.join("\n");
        let shelf = Shelf(BTreeMap::from([("self", text.clone())]));
        match Permissions::read("x", text.as_bytes(), &shelf) {
            Ok(file) => {
                for decision in file.effective(&Actor::parse("jane,osgroup:b,group:a").unwrap_or_default()).values() {
                    prop_assert_eq!(decision.by.is_none(), decision.outcome == Outcome::Unnamed);
                }
            }
            Err(found) => {
                prop_assert!(!found.is_empty());
                for problem in found {
                    let place = &problem.place;
                    let line = text.split('\n').nth(place.line - 1);
                    prop_assert!(line.is_some_and(|line| place.column <= line.chars().count() + 1), "{}", problem);
                }
            }
        }
    }

    /// Whatever a file says before and after it: where a denial stands for everybody, nobody has the feature.
    #[test]
    fn a_denial_cannot_be_undone(before in 0usize..4, after in 0usize..4) {
        let allow = "%any% allow builtin\n%owner% allow usb\njane allow usb\n";
        let text = format!("[permissions]\n{}%any% deny usb\n{}", allow.repeat(before), allow.repeat(after));
        let decision = says(&read(&text), "jane,%owner%", Feature::Usb);
        prop_assert_eq!(decision, format!("denied by line {}", 2 + 3 * before));
    }
}
