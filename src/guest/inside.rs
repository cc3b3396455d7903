//! What is set inside a seat, in one vocabulary: as its lockdown and display have it, and as the seat tells it.

use super::lockdown::{SettingValue, compile};
use super::permissions::{Actor, Feature, NoImports, Outcome, Permissions, Rule};
use crate::blueprint::model::{Display, Lockdown, Platform};
use crate::resource::{Inside, ToldSettings};

/// The paths of the streaming server's settings begin with this.
const STREAMING: &str = "streaming/";

/// How a feature stands where nobody can say it.
const NOT_UNDERSTOOD: &str = "not understood";

/// Seconds without input until the screen of a seat locks: the session's limit, and ten minutes at most. Sources: MPA Content
/// Security Best Practices 5.3.1, TS-1.1, and 5.3 (ten minutes).
pub(super) fn screen_lock_seconds(lockdown: &Lockdown) -> u32 {
    lockdown.idle_minutes.value.min(10) * 60
}

/// How everything in a seat is to be set. `certified`: whether the blueprint gives the streaming server a certificate.
pub fn wanted(lockdown: &Lockdown, display: &Display, platform: Platform, certified: bool) -> Inside {
    let compiled = compile(lockdown, display);
    let mut inside = Inside::new();
    for setting in &compiled.settings {
        inside.insert(path(setting.section, setting.key), word(&setting.value));
    }
    permissions(&compiled.permissions(), &mut inside);
    inside.insert("devices".to_owned(), devices(&compiled.usb_devices()));
    let host = [
        ("firewall", "set".to_owned()),
        ("time", "169.254.169.123".to_owned()),
        ("screen-lock", screen_lock_seconds(lockdown).to_string()),
        ("default-accounts", "closed".to_owned()),
        ("remote-login", "off".to_owned()),
        ("artist-administrator", "no".to_owned()),
        ("certificate", if certified { "given" } else { "self-signed" }.to_owned()),
    ];
    // A Windows policy is nobody's to change but an administrator's.
    let fixed = (platform == Platform::Linux).then(|| ("screen-lock-fixed", "yes".to_owned()));
    inside.extend(host.into_iter().chain(fixed).map(|(what, how)| (format!("host/{what}"), how)));
    inside
}

/// How everything in a seat is set, as it tells it, in the forms of what is `wanted`.
pub fn told(settings: &ToldSettings, wanted: &Inside) -> Inside {
    let mut inside = Inside::new();
    let mut section = "";
    for line in settings.streaming.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        } else if let Some((key, value)) = line.split_once('=') {
            let (key, value) = (key.trim(), value.trim());
            let path = path(section, key);
            let wanted = wanted.get(&path);
            // The server keeps values of its own in the registry; on Linux the whole file is this program's.
            if !settings.windows || wanted.is_some() || section == "security" {
                inside.insert(path, same_form(wanted, value));
            }
        }
    }
    permissions(&settings.permissions, &mut inside);
    inside.insert("devices".to_owned(), devices(&settings.devices));
    for (what, how) in settings.host.lines().filter_map(|line| line.split_once('=')) {
        inside.insert(format!("host/{}", what.trim()), how.trim().to_owned());
    }
    inside
}

fn path(section: &str, key: &str) -> String {
    format!("{STREAMING}{section}/{key}")
}

fn word(value: &SettingValue) -> String {
    match value {
        SettingValue::Switch(on) => on.to_string(),
        SettingValue::Number(number) => number.to_string(),
        SettingValue::Text(text) => text.clone(),
        SettingValue::Size(width, height) => format!("({width}, {height})"),
    }
}

/// A value of a file or of the registry in the form of [`word`]: texts without their quotes, switches by their names.
fn same_form(wanted: Option<&String>, value: &str) -> String {
    let is_switch = wanted.is_some_and(|wanted| wanted == "true" || wanted == "false");
    match value {
        "1" if is_switch => "true".to_owned(),
        "0" if is_switch => "false".to_owned(),
        _ => {
            let quoted = |mark: char| value.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
            quoted('"').or_else(|| quoted('\'')).unwrap_or(value).to_owned()
        }
    }
}

/// How every feature stands for the session's owner and for everybody else; and what somebody gets by name.
fn permissions(text: &str, into: &mut Inside) {
    let read = Permissions::read("default.perm", text.as_bytes(), &NoImports);
    let owner = Actor { is_owner: true, ..Actor::default() };
    for (who, actor) in [("owner", owner), ("anyone", Actor::anyone())] {
        for feature in Feature::ALL {
            let how = match &read {
                Ok(permissions) => match permissions.decide(&actor, *feature).outcome {
                    Outcome::Allowed => "allowed",
                    Outcome::Disallowed => "disallowed",
                    Outcome::Denied => "denied",
                    Outcome::Unnamed => "unnamed",
                },
                Err(_) => NOT_UNDERSTOOD,
            };
            into.insert(format!("permissions/{who}/{feature}"), how.to_owned());
        }
    }
    let named = match &read {
        Ok(permissions) => {
            let gives = permissions.statements().iter().filter(|one| one.rule == Rule::Allow && one.names_somebody());
            let mut lines: Vec<&str> = gives.map(|one| one.text.trim()).collect();
            lines.sort_unstable();
            if lines.is_empty() { "nobody".to_owned() } else { lines.join("; ") }
        }
        Err(problems) => {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            format!("{NOT_UNDERSTOOD}: {first}")
        }
    };
    into.insert("permissions/by-name".to_owned(), named);
}

/// The filters of devices, sorted; `none` where there are none.
fn devices(text: &str) -> String {
    let mut filters: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    filters.sort_unstable();
    if filters.is_empty() { "none".to_owned() } else { filters.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::lockdown::{Compiled, RegistryData};
    use crate::guest::samples::{display, lockdown};

    const HOST: &str = "firewall=set\ntime=169.254.169.123\nscreen-lock=600\ndefault-accounts=closed\nremote-login=off\n\
                        artist-administrator=no\ncertificate=given\n";

    fn told_by(compiled: &Compiled, windows: bool) -> ToldSettings {
        let registry = || {
            let values = compiled.registry().into_iter().map(|value| {
                let section = value.key.split("dcv\\").nth(1).unwrap_or_default().replace('\\', "/");
                let data = match value.data {
                    RegistryData::Dword(number) => number.to_string(),
                    RegistryData::Text(text) => text,
                };
                format!("[{section}]\n{}={data}\n", value.name)
            });
            values.collect::<String>() + "[display]\nown-state=7\n"
        };
        ToldSettings {
            windows,
            streaming: if windows { registry() } else { compiled.dcv_conf() },
            permissions: compiled.permissions(),
            devices: compiled.usb_devices(),
            host: if windows { HOST.to_owned() } else { format!("{HOST}screen-lock-fixed=yes\n") },
        }
    }

    #[test]
    fn what_a_seat_tells_is_what_was_wanted_on_both_systems() {
        let compiled = compile(&lockdown(), &display());
        for (platform, windows) in [(Platform::Linux, false), (Platform::Windows, true)] {
            let wanted = wanted(&lockdown(), &display(), platform, true);
            assert_eq!(told(&told_by(&compiled, windows), &wanted), wanted);
        }
    }

    #[test]
    fn each_thing_that_is_changed_inside_is_seen() {
        let compiled = compile(&lockdown(), &display());
        let wanted = wanted(&lockdown(), &display(), Platform::Linux, true);
        let differs = |settings: ToldSettings| -> Vec<String> {
            let told = told(&settings, &wanted);
            let paths = wanted.keys().chain(told.keys().filter(|path| !wanted.contains_key(*path)));
            let differs = paths.filter(|path| wanted.get(*path) != told.get(*path));
            differs.map(|path| format!("{path}: {}", told.get(path).map_or("-", String::as_str))).collect()
        };
        let plain = told_by(&compiled, false);
        let streaming = plain.streaming.replace("idle-timeout=15", "idle-timeout=0") + "[recording]\nenabled=true\n";
        assert_eq!(
            differs(ToldSettings { streaming, ..plain.clone() }),
            ["streaming/connectivity/idle-timeout: 0", "streaming/recording/enabled: true"]
        );
        let permissions = plain.permissions.replace("%any% deny clipboard-copy", "%owner% disallow clipboard-copy");
        assert_eq!(
            differs(ToldSettings { permissions, ..plain.clone() }),
            ["permissions/anyone/clipboard-copy: unnamed", "permissions/owner/clipboard-copy: disallowed"]
        );
        let permissions = format!("{}eve allow clipboard-paste\n", plain.permissions);
        assert_eq!(
            differs(ToldSettings { permissions, ..plain.clone() }),
            ["permissions/by-name: eve allow clipboard-paste"]
        );
        let permissions = "#import other.perm\n".to_owned();
        let all = differs(ToldSettings { permissions, ..plain.clone() });
        assert_eq!(all.len(), 2 * Feature::ALL.len() + 1, "what isn't understood holds nothing: {all:?}");
        let devices = "Disks, 8, *, *, *, *, 0, 0\n".to_owned();
        assert_eq!(differs(ToldSettings { devices, ..plain.clone() }), ["devices: Disks, 8, *, *, *, *, 0, 0"]);
        let host = plain.host.replace("firewall=set", "firewall=changed");
        assert_eq!(differs(ToldSettings { host, ..plain }), ["host/firewall: changed"]);
    }
}
