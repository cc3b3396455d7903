//! What looks like a secret: no string of a blueprint may, and no excerpt shows it.
//!
//! The formats are those that their issuers publish; what has no format is known by its randomness. What is long and
//! random but public (digests, UUIDs, ARNs, public keys, certificates) is left alone.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// Something that looks like a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it looks like, such as `an AWS access key`.
    pub what: &'static str,
    /// Where in the text, in bytes.
    pub range: Range<usize>,
}

/// What a text looks like where it looks like a secret, or has one in it.
pub fn looks_like_secret(text: &str) -> Option<&'static str> {
    find_secrets(text).into_iter().next().map(|finding| finding.what)
}

/// All that looks like a secret in a text, in order and without overlaps.
pub fn find_secrets(text: &str) -> Vec<Finding> {
    let public = PUBLIC.as_ref().map(|pattern| blank(text, pattern));
    let text = public.as_deref().unwrap_or(text);
    let mut found = Vec::new();
    for (what, pattern) in FORMATS.iter() {
        for captures in pattern.captures_iter(text) {
            // Where a part of the pattern is the secret, only that part counts.
            if let Some(part) = captures.name("secret").or_else(|| captures.get(0))
                && !is_placeholder(part.as_str())
            {
                found.push(Finding { what, range: part.range() });
            }
        }
    }
    for (what, pattern) in ASSIGNMENTS.iter() {
        for captures in pattern.captures_iter(text) {
            if let Some(part) = captures.name("secret")
                && !is_placeholder(part.as_str())
                && (captures.name("colon").is_none() || part.as_str().bytes().any(|b| b.is_ascii_digit()))
            {
                found.push(Finding { what, range: part.range() });
            }
        }
    }
    for word in WORDS.iter().flat_map(|words| words.find_iter(text)) {
        if is_random(word.as_str()) {
            found.push(Finding { what: "a random key or token", range: word.range() });
        }
    }
    found.sort_by_key(|finding| (finding.range.start, std::cmp::Reverse(finding.range.end)));
    let mut end = 0;
    found.retain(|finding| {
        let apart = finding.range.start >= end;
        if apart {
            end = finding.range.end;
        }
        apart
    });
    found
}

/// The patterns are fixed and tested, so none of them is left out.
fn compile(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

/// Long and random, but meant to be seen. Packed user data is a gzip archive, which begins with `H4sI` in base64; what is
/// in it was looked at before it was packed.
static PUBLIC: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(
        r#"(?xs)
        \barn:aws[a-z-]*:[^\s"'\\]+
        | \bsha(?:1|224|256|384|512)[:-][0-9A-Za-z+/=]+
        | \b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b
        | \b(?:ssh-[a-z0-9]+|ecdsa-[a-z0-9-]+)\ [A-Za-z0-9+/=]+
        | \bH4sI[A-Za-z0-9+/]{100,}={0,2}
        | -----BEGIN\ (?:CERTIFICATE|PUBLIC\ KEY)-----.*?-----END\ (?:CERTIFICATE|PUBLIC\ KEY)-----
        "#,
    )
});

static FORMATS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    [
        // docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, "Understanding unique ID prefixes".
        ("an AWS access key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
        (
            "a private key",
            r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----.*?(?:-----END [A-Z ]*PRIVATE KEY( BLOCK)?-----|\z)",
        ),
        // github.blog/2021-04-05-behind-githubs-new-authentication-token-formats
        ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})"),
        ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20,}"),
        // docs.slack.dev/authentication/tokens
        ("a Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
        ("a Slack webhook", r"https://hooks\.slack\.com/services/(?P<secret>[A-Za-z0-9/]{20,})"),
        // RFC 7519: two JSON objects and a signature, each as base64url.
        ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
        ("a password in an address", r"\b[a-z][a-z0-9+.-]*://[^\s:/@]+:(?P<secret>[^\s:/@]{3,})@"),
    ]
    .into_iter()
    .filter_map(|(what, pattern)| Some((what, compile(pattern)?)))
    .collect()
});

static ASSIGNMENTS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    [(
        "a password or key",
        r#"(?xi)
        (?:password|passwd|passphrase|pwd|secret|token|api_?-?key|access_?-?key|private_?-?key|client_?-?secret|credential)s?
        ["']? \s* (?: = | (?P<colon>:) ) \s* ["']?
        (?P<secret>[^\s"'&;,]{5,})"#,
    )]
    .into_iter()
    .filter_map(|(what, pattern)| Some((what, compile(pattern)?)))
    .collect()
});

/// Runs of characters that encoded bytes are made of.
static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| compile(r"[A-Za-z0-9+/_=-]{32,}"));

/// Replaces what matches by spaces, so that places stay what they are.
fn blank(text: &str, pattern: &Regex) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut end = 0;
    for found in pattern.find_iter(text) {
        blanked.push_str(&text[end..found.start()]);
        blanked.extend(std::iter::repeat_n(' ', found.len()));
        end = found.end();
    }
    blanked.push_str(&text[end..]);
    blanked
}

/// Names of secrets and gaps to be filled, where a secret would stand.
fn is_placeholder(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'', ',', ')', ']', '}']);
    let lower = text.to_lowercase();
    text.starts_with(['$', '{', '<', '%', '(', '[', '/', '*'])
        || ["var.", "local.", "env.", "secrets.", "file(", "templatefile(", "aws:", "arn:"]
            .iter()
            .any(|start| lower.starts_with(start))
        || [
            "true",
            "false",
            "null",
            "none",
            "required",
            "optional",
            "changeme",
            "example",
            "redacted",
            "hidden",
            "(sensitive)",
        ]
        .contains(&lower.as_str())
        || text.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.' | '-' | '_'))
        || is_cmdlet(text)
}

/// Whether it is what fetches a secret in PowerShell, such as `Get-Secret`, and not one itself.
fn is_cmdlet(text: &str) -> bool {
    let noun =
        ["ConvertTo-", "Get-", "Import-", "Invoke-", "New-", "Read-"].iter().find_map(|verb| text.strip_prefix(verb));
    noun.is_some_and(|noun| noun.chars().all(|c| c.is_ascii_alphabetic()))
}

/// Whether a run of letters and digits is too random to be words or a path.
fn is_random(word: &str) -> bool {
    let word = word.trim_end_matches('=');
    let has = |test: fn(&u8) -> bool| word.bytes().any(|byte| test(&byte));
    let (upper, lower, digit) = (has(u8::is_ascii_uppercase), has(u8::is_ascii_lowercase), has(u8::is_ascii_digit));
    if !digit || !(upper || lower) || word.len() < 32 {
        return false;
    }
    let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let entropy = entropy(word);
    if is_hex {
        // 32 random hexadecimal digits have 3.6 bits each on average; 3 leaves out counting and repetition.
        return entropy > 3.0;
    }
    // 32 random characters of base64 have about 4.6 bits each; words and paths change far less between kinds of letters.
    let mixed = upper && lower && entropy > 4.2 && changes(word) * 100 > word.len() * 38;
    let single_case = is_plain && entropy > 4.0 && changes(word) * 100 > word.len() * 25;
    // A secret access key of AWS has exactly 40 characters, so it takes less to know one.
    let aws = word.len() == 40 && upper && lower && entropy > 4.3 && changes(word) * 100 > word.len() * 25;
    mixed || single_case || aws
}

/// Bits for each character, by how often each occurs.
fn entropy(word: &str) -> f64 {
    let mut counts = [0u32; 256];
    for byte in word.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = f64::from(u32::try_from(word.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

/// How often upper case, lower case and digits take turns.
fn changes(word: &str) -> usize {
    let kinds: Vec<u8> = word
        .bytes()
        .filter_map(|byte| match byte {
            b'A'..=b'Z' => Some(0),
            b'a'..=b'z' => Some(1),
            b'0'..=b'9' => Some(2),
            _ => None,
        })
        .collect();
    kinds.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Put together here, so that no scanner finds this file.
    fn joined(parts: &[&str]) -> String {
        parts.concat()
    }

    #[test]
    fn secrets_are_found() {
        for (text, what) in [
            (joined(&["AKIA", "IOSFODNN7EXAMPLE"]), "an AWS access key"),
            (joined(&["key ", "ASIA", "IOSFODNN7EXAMPLE", "."]), "an AWS access key"),
            (joined(&["wJalrXUtnFEMI/K7MDENG/", "bPxRfiCYEXAMPLEKEY"]), "a random key or token"),
            (joined(&["-----BEGIN RSA ", "PRIVATE KEY-----\nMIIE\n"]), "a private key"),
            (joined(&["-----BEGIN ", "PRIVATE KEY-----"]), "a private key"),
            (joined(&["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"]), "a GitHub token"),
            (joined(&["xoxb-", "123456789012-abcdefghijkl"]), "a Slack token"),
            (
                joined(&["eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0NTY3ODkwIn0", ".dozjgNryP4J3jVmNHl0w5N"]),
                "a JSON web token",
            ),
            (joined(&["password", "=hunter22"]), "a password or key"),
            (joined(&["db: {\"password\"", ": \"hunter22\"}"]), "a password or key"),
            (joined(&["API_KEY", "=abcdef"]), "a password or key"),
            (joined(&["postgres://root:", "hunter2@db.internal/assets"]), "a password in an address"),
            (joined(&["d41d8cd98f00b204", "e9800998ecf8427e"]), "a random key or token"),
            (joined(&["k3j9x0q7w2e5r8t1", "y4u6i0o9p2a5s8d7"]), "a random key or token"),
        ] {
            assert_eq!(looks_like_secret(&text), Some(what), "{text}");
        }
    }

    #[test]
    fn what_is_public_is_left_alone() {
        for text in [
            "ami-0123456789abcdef0",
            "arn:aws:secretsmanager:us-west-2:123456789012:secret:ad-join-AbCdEf",
            "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "10.40.0.0/16",
            "fd00:fd12:3456:7890::/56",
            "subnet-0ab12cd34ef56ab78",
            "The identity provider asks for FIDO2 on every sign-in.",
            "security@lighthouse.example",
            "password = var.password",
            "$password = Get-Secret 'arn:aws:ssm:us-west-2:123456789012:parameter/ad/join'",
            "password=${local.password}",
            "token: {{ vault_token }}",
            "the password: required before the session begins",
            "tokens=none",
            "/vfx/ami/nuke/rocky-9/2027-01-15/approved-by-security",
            "workstation-pool-comp-houdini-20-5-nuke-15-1-rocky-9",
            "Production_Lighthouse-VFX_Nebula2027_Delivery_Template",
            "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types",
            "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop",
            "00000000000000000000000000000000000000a1",
            "cron(0 2 * * ? *)",
            "",
        ] {
            assert_eq!(looks_like_secret(text), None, "{text}");
        }
    }

    #[test]
    fn an_archive_is_no_key_and_a_key_is_no_archive() {
        let archive = format!("H4sI{}==", "Ab3/x9K+".repeat(40));
        assert_eq!(looks_like_secret(&archive), None);
        assert_eq!(
            looks_like_secret(&joined(&["H4sI", "k3j9x0q7w2e5r8t1y4u6i0o9p2a5s8d7"])),
            Some("a random key or token")
        );
    }

    #[test]
    fn places_are_those_of_the_secret_alone() {
        let text = joined(&["héllo password", "=hunter22 and more"]);
        let found = find_secrets(&text);
        assert_eq!(found.len(), 1);
        assert_eq!(&text[found[0].range.clone()], "hunter22");
    }

    #[test]
    fn every_pattern_compiles() {
        assert!(PUBLIC.is_some() && WORDS.is_some());
        assert_eq!((FORMATS.len(), ASSIGNMENTS.len()), (8, 1));
    }
}
