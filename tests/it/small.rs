//! A small floor whose every part can be varied: what the proof suites apply, change and wrap.

use std::fmt::Write;

/// A blueprint in numbers. [`Floor::text`] writes it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Floor {
    pub production: &'static str,
    /// The second number of the network's addresses.
    pub network: u8,
    pub seats: u32,
    /// How many zones the network spans.
    pub zones: usize,
    pub image: &'static str,
    pub instance_types: Vec<&'static str>,
    /// GiB of the volume that goes with its seat; none where there is none.
    pub cache_gib: Option<u32>,
    /// GiB of the volume that outlives its seat; none where there is none.
    pub kept_gib: Option<u32>,
    /// Whether those volumes are kept safe.
    pub backup: bool,
    /// Whether the root volume is.
    pub root_backup: bool,
    /// Ports of the flow from the edge to the workstations.
    pub ports: Vec<&'static str>,
    pub endpoints: Vec<&'static str>,
    /// The last-but-one number of each office's addresses.
    pub offices: Vec<u8>,
    /// Whether those addresses are IPv6.
    pub offices_in_ipv6: bool,
    /// Tags of the pool.
    pub tags: Vec<(&'static str, &'static str)>,
    /// How many seats may be away at once.
    pub max_unavailable: u32,
}

/// An image that the rehearsal cloud knows as Windows, and its successor: see [`windows`].
pub const IMAGE: &str = "ami-03cf127a";
pub const NEXT_IMAGE: &str = "ami-0aaaaaaa";

impl Default for Floor {
    fn default() -> Self {
        Self {
            production: "nebula",
            network: 40,
            seats: 3,
            zones: 2,
            image: IMAGE,
            instance_types: vec!["g5.4xlarge"],
            cache_gib: Some(100),
            kept_gib: None,
            backup: false,
            root_backup: false,
            ports: vec!["tcp/8443"],
            endpoints: vec!["s3", "ssm"],
            offices: vec![113],
            offices_in_ipv6: false,
            tags: vec![("unit", "main")],
            max_unavailable: 1,
        }
    }
}

impl Floor {
    /// The blueprint.
    pub fn text(&self) -> String {
        let Self { production, network, seats, image, max_unavailable, .. } = self;
        let zones = list(["us-west-2a", "us-west-2b", "us-west-2c"].iter().take(self.zones));
        let (types, ports, endpoints) = (list(&self.instance_types), list(&self.ports), list(self.endpoints.iter()));
        let range = |office: &u8| match self.offices_in_ipv6 {
            true => format!("2001:db8:{office}::/48"),
            false => format!("203.0.{office}.0/24"),
        };
        let entries: String = self
            .offices
            .iter()
            .fold(String::new(), |text, office| text + &format!("    \"{}\" = \"Office {office}\"\n", range(office)));
        let tags: String =
            self.tags.iter().fold(String::new(), |text, (key, value)| text + &format!("    {key} = \"{value}\"\n"));
        let mut volumes = String::new();
        if let Some(size) = self.cache_gib {
            volumes += &volume("cache", size, "E:", false, self.backup);
        }
        if let Some(size) = self.kept_gib {
            volumes += &volume("work", size, "W:", true, self.backup);
        }
        let root_backup = self.root_backup;
        let mut text = format!(
            r#"
blueprint {{
  version = 1
}}

production "{production}" {{
  owner         = "lighthouse-vfx"
  content_class = "pre-release"
  region        = "us-west-2"
  starts_on     = "2026-12-01"
  wraps_on      = "2027-06-30"
  contacts {{
    security      = "security@lighthouse.example"
    content_owner = "assets@studio.example"
  }}
}}

key "content" {{}}

network "main" {{
  cidr  = "10.{network}.0.0/16"
  zones = {zones}

  segment "workstations" {{
    tier    = "content"
    newbits = 4
  }}
  segment "edge" {{
    tier    = "edge"
    newbits = 8
  }}

  flow "stream" {{
    from   = network.main.edge
    to     = network.main.workstations
    ports  = {ports}
    reason = "Pixel streaming from the gateway."
  }}
  flow "office" {{
    from   = prefix_list.offices
    to     = network.main.edge
    ports  = ["tcp/443"]
    reason = "The gateway, from the offices."
  }}
  endpoints = {endpoints}
}}

prefix_list "offices" {{
  entries = {{
{entries}  }}
}}

image "win" {{
  os = "windows-2022"
  id = "{image}"
}}

lockdown "artist" {{}}

display "artist" {{
  protocol = "dcv"
}}

workstation_pool "comp" {{
  seats          = {seats}
  image          = image.win
  segment        = network.main.workstations
  instance_types = {types}
  lockdown       = lockdown.artist
  display        = display.artist
  tags = {{
{tags}  }}
  root_volume {{
    size_gib = 150
    type     = "gp3"
    backup   = {root_backup}
  }}
{volumes}  update {{
    max_unavailable = {max_unavailable}
  }}
}}
"#
        );
        if self.backup || self.root_backup {
            text += BACKUP;
        }
        if self.kept_gib.is_some() {
            text += EXCEPTION;
        }
        text
    }
}

const BACKUP: &str = r#"
backup "nightly" {
  of          = [workstation_pool.comp]
  schedule    = "cron(0 2 * * ? *)"
  keep_days   = 35
  rpo_hours   = 24
  rto_minutes = 60
  copy {
    region    = "us-east-2"
    keep_days = 35
  }
}
"#;

/// What outlives its seat needs a reason.
const EXCEPTION: &str = r#"
exception "work-in-progress" {
  control      = "VDI-DAT-01"
  scope        = [workstation_pool.comp]
  reason       = "Simulations outlive a change of machine."
  compensating = "The volume bears the production's key."
  owner        = "lead@lighthouse.example"
  approver     = "ciso@lighthouse.example"
  expires      = "2027-01-15"
}
"#;

fn volume(name: &str, size_gib: u32, mount: &str, keep: bool, backup: bool) -> String {
    format!(
        "  volume \"{name}\" {{\n    size_gib = {size_gib}\n    type     = \"gp3\"\n    mount    = \"{mount}\"\n    keep     = {keep}\n    backup   = {backup}\n  }}\n"
    )
}

fn list<'a>(items: impl IntoIterator<Item = &'a &'a str>) -> String {
    let mut text = String::new();
    for item in items {
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{comma}\"{item}\"");
    }
    format!("[{text}]")
}
