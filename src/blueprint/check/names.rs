//! Computer names and mounts, by what the operating system takes.

use std::collections::HashMap;

use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::Findings;
use crate::blueprint::model::{Blueprint, Mount, Platform, WorkstationPool};
use crate::blueprint::source::{Span, Spanned};

/// The longest computer name on Windows: NetBIOS has 15 characters. Source: Microsoft, "Naming conventions in Active
/// Directory".
const WINDOWS_NAME: usize = 15;
/// The longest label of a host name. Source: RFC 1123.
const HOST_NAME: usize = 63;

pub fn check(blueprint: &Blueprint, findings: &Findings) {
    for pool in &blueprint.pools {
        computer_names(blueprint, pool, findings);
        mounts_fit_the_system(blueprint, pool, findings);
        mounts_once(pool, findings);
    }
    names_apart(blueprint, findings);
}

fn platform<'a>(blueprint: &'a Blueprint, pool: &WorkstationPool) -> Option<Spanned<&'a crate::blueprint::model::Os>> {
    blueprint.get(&pool.image).map(|image| image.os.as_ref())
}

/// The name of the last seat fits the system.
fn computer_names(blueprint: &Blueprint, pool: &WorkstationPool, findings: &Findings) {
    let name = blueprint.computer_name(pool, pool.seats.value);
    let prefix = blueprint.name_prefix_of(pool);
    let at = pool.name_prefix.as_ref().map_or(pool.name.span, |prefix| prefix.span);
    let alias = &blueprint.production.alias;
    let problem = |problem: Diagnostic| {
        let problem = problem.at(at).also(pool.seats.span, format!("{} seats", pool.seats));
        // Without a prefix of its own the pool takes the production's alias.
        if pool.name_prefix.is_none() { problem.also(alias.span, "the name starts with the alias") } else { problem }
    };
    let plain = prefix.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !plain || prefix.starts_with('-') || prefix.ends_with('-') {
        findings.push(
            problem(Diagnostic::error("computer-name", format!("\"{prefix}\" can't start a computer name")))
                .help("write a name_prefix of letters, digits and - that neither starts nor ends with -"),
        );
        return;
    }
    let Some(os) = platform(blueprint, pool) else { return };
    let longest = match os.platform() {
        Platform::Windows => WINDOWS_NAME,
        Platform::Linux => HOST_NAME,
    };
    if name.len() > longest {
        let room = longest.saturating_sub(name.len() - prefix.len());
        findings.push(
            problem(Diagnostic::error(
                "computer-name",
                format!("the computer name {name} has {} characters, and {} takes {longest}", name.len(), os.value),
            ))
            .also(os.span, "the system is said here")
            .help(format!("write a name_prefix of at most {room} characters")),
        );
    }
}

/// No two pools give their computers the same names.
fn names_apart(blueprint: &Blueprint, findings: &Findings) {
    let mut seen: HashMap<String, Span> = HashMap::new();
    for pool in &blueprint.pools {
        let at = pool.name_prefix.as_ref().map_or(pool.name.span, |prefix| prefix.span);
        // Names are the same in any case.
        if let Some(first) = seen.insert(blueprint.name_prefix_of(pool).to_lowercase(), at) {
            findings.push(
                Diagnostic::error("computer-name", format!("the computers of \"{}\" have names that exist", pool.name))
                    .at(at)
                    .also(first, "the first pool with this prefix")
                    .help("write another name_prefix"),
            );
        }
    }
}

/// Folders of the system: a volume over one of them hides it.
const SYSTEM: &[&str] = &[
    "bin",
    "boot",
    "dev",
    "etc",
    "home",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "lost+found",
    "proc",
    "root",
    "run",
    "sbin",
    "sys",
    "tmp",
    "usr",
    "var",
];

/// Below these a volume is welcome all the same.
const WELCOME_BELOW: &[&str] = &["home", "var", "usr"];

fn mounts_fit_the_system(blueprint: &Blueprint, pool: &WorkstationPool, findings: &Findings) {
    let Some(os) = platform(blueprint, pool) else { return };
    for mount in pool.volumes.iter().filter_map(|volume| volume.mount.as_ref()) {
        let wrong = match (os.platform(), &mount.value) {
            (Platform::Linux, Mount::Drive(_)) => Some("Linux has no drives: write an absolute path such as /cache"),
            (Platform::Windows, Mount::Path(_)) => Some("on Windows write a drive such as \"E:\""),
            (Platform::Windows, Mount::Drive('A'..='C')) => {
                Some("C: is the system's own, A: and B: are not for volumes: take D: to Z:")
            }
            (Platform::Windows, Mount::Drive(_)) => None,
            (Platform::Linux, Mount::Path(path)) => {
                is_of_the_system(path).then_some("choose a path outside the system's own, such as /cache")
            }
        };
        if let Some(help) = wrong {
            findings.push(
                Diagnostic::error("mount", format!("a volume can't be mounted at {mount}"))
                    .at(mount.span)
                    .also(os.span, format!("the system is {}", os.value))
                    .help(help),
            );
        }
    }
}

fn is_of_the_system(path: &str) -> bool {
    let mut parts = path.trim_start_matches('/').split('/');
    let first = parts.next().unwrap_or_default();
    match parts.next() {
        None => SYSTEM.contains(&first),
        Some(second) => {
            let local = first != "usr" || second == "local";
            SYSTEM.contains(&first) && !(WELCOME_BELOW.contains(&first) && local)
        }
    }
}

fn mounts_once(pool: &WorkstationPool, findings: &Findings) {
    let mounts: Vec<_> = pool.volumes.iter().filter_map(|volume| volume.mount.clone()).collect();
    super::networks::once(&mounts, "mount", findings);
}
