//! What every Linux seat runs at its first start, made from the blueprint: the project's own script, with the studio's
//! bootstrap as one of its steps.

use minijinja::Value;
use minijinja::value::Serde;
use serde_json::json;

use super::context::Context;
use super::lockdown::compile;
use super::pack::{TooLong, packed};
use super::render::{NotRendered, engine, failed};
use crate::blueprint::data::gpu::{Driver, FAMILIES};
use crate::blueprint::model::{Port, Transport};

/// The template of the script.
const TEMPLATE: &str = include_str!("../../templates/seat.sh.j2");
const NAME: &str = "seat.sh.j2";

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
    /// The studio's own bootstrap, rendered; it begins with `#!`.
    pub site: Option<String>,
}

/// Why there is no script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoScript {
    #[error(transparent)]
    NotRendered(#[from] NotRendered),
    #[error("a bootstrap for Linux is a script, and begins with `#!`")]
    NotAScript,
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
        let site = match &self.site {
            Some(text) if !text.starts_with("#!") => return Err(NoScript::NotAScript),
            Some(text) => Some(json!({ "text": ended(text), "end": unused_in(text) })),
            None => None,
        };
        // The studio's variables are its own template's.
        let none = std::collections::BTreeMap::new();
        let mut values = Context { vars: &none, ..self.context.clone() }.values().map_err(NotRendered::Hidden)?;
        let compiled = compile(&self.context.lockdown, &self.context.display);
        let inbound: Vec<_> = self.inbound.iter().filter_map(nft).collect();
        let logs: Vec<_> = LOGS.iter().map(|(path, name)| json!({ "path": path, "name": name })).collect();
        if let Some(names) = values.as_object_mut() {
            let dcv = json!({
                "conf": compiled.dcv_conf(),
                "permissions": compiled.permissions(),
                "usb_devices": compiled.usb_devices(),
                "storage_root": compiled.storage_root,
            });
            names.insert("dcv".to_owned(), dcv);
            names.insert("inbound".to_owned(), inbound.into());
            names.insert("families".to_owned(), families().into());
            names.insert("logs".to_owned(), logs.into());
            names.insert("log_group".to_owned(), self.log_group.clone().into());
            names.insert("site".to_owned(), site.into());
        }
        let engine = engine().map_err(|error| failed(NAME, &error))?;
        let text = engine
            .render_named_str(NAME, TEMPLATE, Value::from(Serde(&values)))
            .map_err(|error| failed(NAME, &error))?;
        Ok(text)
    }

    /// The script as user data: as it is where that is short enough for `most` bytes, else packed into a script that
    /// unpacks and runs it.
    ///
    /// # Errors
    ///
    /// As [`Self::text`]; and a script that is too long even so.
    pub fn user_data(&self, most: usize) -> Result<String, NoScript> {
        Ok(packed(self.text()?, most)?)
    }
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

/// A port as a rule of nftables writes it; `icmp` has a rule of its own.
fn nft(port: &Port) -> Option<serde_json::Value> {
    let transport = match port.transport {
        Transport::Tcp | Transport::Udp => port.transport.as_str(),
        Transport::Icmp => return None,
    };
    let range = if port.from == port.to { port.from.to_string() } else { format!("{}-{}", port.from, port.to) };
    Some(json!({ "transport": transport, "range": range }))
}

/// Which driver makes the GPU of each family.
fn families() -> Vec<serde_json::Value> {
    let driver = |drivers: &[Driver]| if drivers.contains(&Driver::Amd) { "amd" } else { "nvidia" };
    FAMILIES.iter().map(|family| json!({ "name": family.name, "driver": driver(family.drivers) })).collect()
}
