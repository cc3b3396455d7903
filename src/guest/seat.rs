//! What every seat runs, made from the blueprint: the project's own script, with the studio's bootstrap as one of its
//! steps. A Linux seat runs it at its first start, a Windows seat at each.

use minijinja::Value;
use minijinja::value::Serde;
use serde_json::json;

use super::context::Context;
use super::inside::screen_lock_seconds;
use super::lockdown::{Compiled, REGISTRY_ROOT, RegistryData, compile};
use super::pack::{TooLong, packed, packed_for_windows};
use super::quote::powershell_string;
use super::render::{NotRendered, engine, failed};
use super::windows_logs::agent;
use crate::blueprint::data::gpu::{Driver, FAMILIES};
use crate::blueprint::model::{Os, Platform, Port, Transport};

/// The templates of the script.
const LINUX: (&str, &str) = ("seat.sh.j2", include_str!("../../templates/seat.sh.j2"));
const WINDOWS: (&str, &str) = ("seat.ps1.j2", include_str!("../../templates/seat.ps1.j2"));

/// Files that are shipped, and the stream of each: who signed in from where and what came of it, what passed between
/// client and seat, what the server and the bootstrap did. A file that a system doesn't have is none to the agent.
/// Sources: MPA Content Security Best Practices 5.3.1, TS-1.5 (fields); CloudWatch user guide, "Manually create or edit
/// the CloudWatch agent configuration file".
const LOGS: &[(&str, &str)] = &[
    ("/var/log/audit/audit.log", "audit"),
    ("/var/log/auth.log", "auth"),
    ("/var/log/closedset/bootstrap.log", "bootstrap"),
    ("/var/log/dcv/*.csv", "transfers"),
    ("/var/log/dcv/server.log", "streaming"),
    ("/var/log/secure", "secure"),
];

/// What a seat's script needs, beside what a template is told.
#[derive(Debug, Clone)]
pub struct SeatScript<'a> {
    pub context: Context<'a>,
    /// Ports that flows of the blueprint bring to the seat; `icmp` is open on every seat.
    pub inbound: Vec<Port>,
    /// The log group that the seat writes to.
    pub log_group: String,
    /// Minutes without connection and work after which the seat stops itself; none: never.
    pub idle_stop_minutes: Option<u32>,
    /// The studio's own bootstrap, rendered. On Linux it begins with `#!`; on Windows it is PowerShell, with or without
    /// the marks that user data has around it.
    pub site: Option<String>,
}

/// Why there is no script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoScript {
    #[error(transparent)]
    NotRendered(#[from] NotRendered),
    #[error("a bootstrap for Linux is a script, and begins with `#!`")]
    NotAScript,
    #[error("a bootstrap for Windows is PowerShell alone, without batch files, tasks or settings of EC2Launch")]
    NotPowerShell,
    #[error(transparent)]
    TooLong(#[from] TooLong),
}

impl SeatScript<'_> {
    /// The script, as people read it.
    ///
    /// # Errors
    ///
    /// A studio's bootstrap that is no script.
    pub fn text(&self) -> Result<String, NoScript> {
        let os = self.context.os;
        let (name, template) = if os.platform() == Platform::Windows { WINDOWS } else { LINUX };
        let site = self.site.as_deref().map(|text| site(os, text)).transpose()?;
        // The studio's variables are its own template's.
        let none = std::collections::BTreeMap::new();
        let mut values = Context { vars: &none, ..self.context.clone() }.values().map_err(NotRendered::Hidden)?;
        let compiled = compile(&self.context.lockdown, &self.context.display);
        let inbound: Vec<_> = self.inbound.iter().filter_map(rule).collect();
        let logs: Vec<_> = LOGS.iter().map(|(path, name)| json!({ "path": path, "name": name })).collect();
        if let Some(names) = values.as_object_mut() {
            names.insert("dcv".to_owned(), dcv(&compiled));
            names.insert("inbound".to_owned(), inbound.into());
            names.insert("families".to_owned(), families(os).into());
            names.insert("logs".to_owned(), logs.into());
            names.insert("agent".to_owned(), agent(&self.context.region, &self.log_group));
            names.insert("log_group".to_owned(), self.log_group.clone().into());
            names.insert("idle_stop_minutes".to_owned(), self.idle_stop_minutes.into());
            names.insert("screen_lock_seconds".to_owned(), screen_lock_seconds(&self.context.lockdown).into());
            names.insert("site".to_owned(), site.into());
        }
        let engine = engine().map_err(|error| failed(name, &error))?;
        let text = engine
            .render_named_str(name, template, Value::from(Serde(&values)))
            .map_err(|error| failed(name, &error))?;
        Ok(text)
    }

    /// The script as user data. On Linux as it is where that is short enough for `most` bytes, else packed into a script
    /// that unpacks and runs it; on Windows always packed, into a task for EC2Launch.
    ///
    /// # Errors
    ///
    /// As [`Self::text`]; and a script that is too long even so.
    pub fn user_data(&self, most: usize) -> Result<String, NoScript> {
        let text = self.text()?;
        Ok(match self.context.os.platform() {
            Platform::Windows => packed_for_windows(&text, most)?,
            Platform::Linux => packed(text, most)?,
        })
    }
}

/// What the streaming server is told, in both forms.
fn dcv(compiled: &Compiled) -> serde_json::Value {
    let registry: Vec<_> = compiled
        .registry()
        .into_iter()
        .map(|value| {
            let data = match value.data {
                RegistryData::Dword(number) => json!(number),
                RegistryData::Text(text) => json!(text),
            };
            json!({ "key": value.key, "name": value.name, "data": data })
        })
        .collect();
    json!({
        "conf": compiled.dcv_conf(),
        "registry": registry,
        "registry_root": REGISTRY_ROOT,
        "permissions": compiled.permissions(),
        "usb_devices": compiled.usb_devices(),
        "storage_root": compiled.storage_root,
    })
}

/// The studio's bootstrap, as the script writes it down.
fn site(os: Os, text: &str) -> Result<serde_json::Value, NoScript> {
    match os.platform() {
        Platform::Linux if !text.starts_with("#!") => Err(NoScript::NotAScript),
        Platform::Linux => Ok(json!({ "text": ended(text), "end": unused_in(text) })),
        Platform::Windows => {
            let text = without_marks(text).ok_or(NoScript::NotPowerShell)?;
            Ok(json!({ "quoted": powershell_string(&ended(text)) }))
        }
    }
}

/// PowerShell without the marks that user data has around it; none where it is something else, or more than that.
/// Source: EC2 user guide, "Run commands when you launch an EC2 instance".
fn without_marks(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let inner = match text.strip_prefix("<powershell>") {
        Some(rest) => rest.trim_end().strip_suffix("</powershell>")?.trim_start_matches('\n'),
        None => text,
    };
    let foreign = ["<powershell", "</powershell", "<script", "<persist>", "version: 1."];
    (!foreign.iter().any(|mark| inner.starts_with(mark)) && !inner.contains("</powershell>")).then_some(inner)
}

/// A text whose last line has its end.
fn ended(text: &str) -> String {
    if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// A word that no line of the text is.
fn unused_in(text: &str) -> String {
    let mut word = "END_OF_SITE".to_owned();
    while text.lines().any(|line| line == word) {
        word.push('_');
    }
    word
}

/// A port as firewalls write it; `icmp` has a rule of its own.
fn rule(port: &Port) -> Option<serde_json::Value> {
    let transport = match port.transport {
        Transport::Tcp | Transport::Udp => port.transport.as_str(),
        Transport::Icmp => return None,
    };
    let range = if port.from == port.to { port.from.to_string() } else { format!("{}-{}", port.from, port.to) };
    Some(json!({ "transport": transport, "range": range }))
}

/// Which driver makes the GPU of each family work, and the oldest branch of it that knows the GPU; 0: any. Families that
/// the system has no driver for are left out.
fn families(os: Os) -> Vec<serde_json::Value> {
    let driver = |drivers: &[Driver]| if drivers.contains(&Driver::Amd) { "amd" } else { "nvidia" };
    FAMILIES
        .iter()
        .filter(|family| family.runs(os))
        .map(|family| {
            let least = family.oldest_branch().unwrap_or(0);
            json!({ "name": family.name, "driver": driver(family.drivers), "least": least })
        })
        .collect()
}
