//! What is set inside an instance by the script in its user data, as that script tells it afterwards: read from the very
//! text, so that what a seat tells is what its user data says.

use std::collections::BTreeMap;
use std::io::Read as _;

use data_encoding::BASE64;
use flate2::read::GzDecoder;

/// The words of an inventory row that tell it, each with its text.
pub type Files = BTreeMap<String, String>;

/// No script of user data unpacks to more: what does is no script.
const LARGEST: u64 = 1024 * 1024;

/// What a script sets; none where the user data is no such script.
pub fn set_by(user_data: &str) -> Option<Files> {
    let text = String::from_utf8(BASE64.decode(user_data.as_bytes()).ok()?).ok()?;
    let script = match between(&text, "base64 -d <<'END' | gzip", "\nEND\n") {
        Some(packed) => unpacked(packed.split_once('\n')?.1)?,
        None => match between(&text, "FromBase64String('", "'") {
            Some(packed) => unpacked(packed)?,
            None => text,
        },
    };
    if script.contains("Invoke-Step lockdown") { windows(&script) } else { linux(&script) }
}

fn unpacked(packed: &str) -> Option<String> {
    let mut text = String::new();
    let archive = BASE64.decode(packed.trim().as_bytes()).ok()?;
    GzDecoder::new(archive.as_slice()).take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    Some(text.split_once(from)?.1.split_once(to)?.0)
}

/// The number that follows these words.
fn number<'a>(text: &'a str, after: &str) -> Option<&'a str> {
    let rest = text.split_once(after)?.1;
    rest.split(|c: char| !c.is_ascii_digit()).next()
}

fn files(system: &str, streaming: String, permissions: &str, devices: &str, host: String) -> Files {
    let files = [
        ("System", system.to_owned()),
        ("Streaming", streaming),
        ("Permissions", permissions.to_owned()),
        ("Devices", devices.to_owned()),
        ("Host", host),
    ];
    files.map(|(word, text)| (word.to_owned(), text)).into()
}

/// What keeps the host closed, where nobody changed it.
fn host(lock: &str, certified: bool) -> String {
    let certificate = if certified { "given" } else { "self-signed" };
    format!(
        "firewall=set\ntime=169.254.169.123\nscreen-lock={lock}\ndefault-accounts=closed\nremote-login=off\n\
         artist-administrator=no\ncertificate={certificate}\n"
    )
}

fn linux(script: &str) -> Option<Files> {
    let file = |path: &str| between(script, &format!("{path} <<'END'\n"), "END\n");
    let host = host(number(script, "\nidle-delay=uint32 ")?, script.contains("put 600 /etc/dcv/dcv.pem"));
    Some(files(
        "linux",
        file("/etc/dcv/dcv.conf")?.to_owned(),
        file("/etc/dcv/default.perm")?,
        file("/etc/dcv/usb-devices.conf")?,
        format!("{host}screen-lock-fixed=yes\n"),
    ))
}

fn windows(script: &str) -> Option<Files> {
    let file = |name: &str| between(script, &format!("conf\\{name}\" @'\n"), "'@\n");
    let mut streaming = String::new();
    for line in script.lines().map(str::trim) {
        let Some((key, rest)) = line.strip_prefix("Set-Value 'Registry::").and_then(|rest| rest.split_once("' '"))
        else {
            continue;
        };
        let Some((section, (name, value))) = key.split_once("dcv\\").map(|(_, rest)| rest).zip(rest.split_once("' "))
        else {
            continue;
        };
        let value = value.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or(value);
        streaming += &format!("[{}]\n{name}={value}\n", section.replace('\\', "/"));
    }
    let host = host(number(script, "'InactivityTimeoutSecs' ")?, script.contains("\\dcv.pem\" (Get-Secret"));
    Some(files("windows", streaming, file("default.perm")?, file("usb-devices.conf")?, host))
}
