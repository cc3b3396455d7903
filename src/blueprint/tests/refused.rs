//! What is refused: a change to the full blueprint, and every line that is then said. Long, for it is a list of cases.
//!
//! The full blueprint itself is the case that passes: see `accepted`.

use super::{Inputs, NoFiles, Parsed, TODAY, changed, load, load_on, said};

/// Some of the blueprint's text and what it becomes.
type Change = (&'static str, &'static str);

fn assert_said(cases: &[(&[Change], &[&str])]) {
    for (changes, expected) in cases {
        let loaded = load_on(&changed(changes), TODAY);
        assert_eq!(said(&loaded), *expected, "{changes:?}");
        let refused = expected.iter().any(|line| line.starts_with("error"));
        assert_eq!(loaded.blueprint.is_none(), refused, "{changes:?}");
    }
}

/// The production, its dates, tags and keys.
#[test]
fn the_production() {
    assert_said(&[
        (
            &[("version = 1", "version = 2")],
            &["error: `version` can't have this value | version = 2 | expected 1, found 2"],
        ),
        (
            &[(r#"region              = "us-west-2""#, r#"region = "us-west-9""#)],
            &[r#"error: AWS has no region "us-west-9" | region = "us-west-9" | did you mean `us-west-1`?"#],
        ),
        (
            &[(r#"production "nebula""#, r#"production "Nebula_1""#)],
            &[
                r#"error: the label of production "Nebula_1" is out of form | production "Nebula_1" { | an alias has 3 to 24 of a-z, 0-9 and -, and neither starts nor ends with -"#,
            ],
        ),
        (
            &[("destroy_within_days = 30", r#"boundary = "arn:aws:iam::123456789012:role/Studio""#)],
            &[
                r#"error: this is no IAM policy | boundary = "arn:aws:iam::123456789012:role/Studio" | write its ARN, such as arn:aws:iam::123456789012:policy/StudioBoundary"#,
            ],
        ),
        (
            &[(r#"wraps_on            = "2027-06-30""#, r#"wraps_on = "2026-06-30""#)],
            &[
                r#"error: the production wraps before it starts | wraps_on = "2026-06-30" | `wraps_on` is the last day of work: give it a later one"#,
            ],
        ),
        (
            &[(r#"wraps_on            = "2027-06-30""#, r#"wraps_on = "2027-02-30""#)],
            &[
                r#"error: `wraps_on` can't have this value | wraps_on = "2027-02-30" | expected a day as YYYY-MM-DD, found "2027-02-30""#,
            ],
        ),
        (
            &[(r#"content_class       = "pre-release""#, r#"content_class = "high-security""#)],
            &[
                r#"error: high-security content needs the controls of that name | content_class = "high-security" | write controls = "high-security""#,
            ],
        ),
        (
            &[(r#"content_class       = "pre-release""#, r#"content_class = "prerelease""#)],
            &[
                r#"error: `content_class` can't have this value | content_class = "prerelease" | expected one of "internal", "pre-release" or "high-security", found "prerelease" | did you mean `pre-release`?"#,
            ],
        ),
        (
            &[(r#"controls            = "mpa-5.3.1""#, r#"controls = "mpa""#)],
            &[
                r#"error: `controls` can't have this value | controls = "mpa" | expected one of "ecpp", "mpa-5.3", "mpa-5.3.1", "mpa-5.3.1-gold-star" or "high-security", found "mpa" | did you mean `mpa-5.3`?"#,
            ],
        ),
        (
            &[(r#"account             = "123456789012""#, r#"account = "12345""#)],
            &[r#"error: `account` can't have this value | account = "12345" | expected 12 digits, found "12345""#],
        ),
        (
            &[(r#"cost_center = "4711""#, r#""aws:cost" = "1""#)],
            &[r#"error: tag keys that start with aws: are reserved | "aws:cost" = "1" | give it another key"#],
        ),
        (
            &[(r#"cost_center = "4711""#, r#""closedset:x" = "1""#)],
            &[r#"error: tag keys that start with closedset: are reserved | "closedset:x" = "1" | give it another key"#],
        ),
        (
            &[(r#"owner               = "lighthouse-vfx""#, r#"owner = """#)],
            &[r#"error: `owner` can't have this value | owner = "" | expected a text that is not empty, found """#],
        ),
        (
            &[(r#"owner               = "lighthouse-vfx""#, r#"ownr = "x""#)],
            &[
                r#"error: production "nebula" lacks `owner` | production "nebula" { | write owner = "lighthouse-vfx""#,
                r#"error: production "nebula" has no attribute `ownr` | ownr = "x" | did you mean `owner`?"#,
            ],
        ),
        (
            &[(r#"key "content" {"#, "key {")],
            &[
                "error: there is no key `content` | key                 = key.content | none is declared",
                r#"error: `key` lacks its label | key { | write key "…" { … }; the label is its name, read as key.<label>"#,
                "error: there is no key `content` | key            = key.content | none is declared",
            ],
        ),
        (
            &[("rotation_days        = 365", "rotation_days = 30")],
            &[
                "error: `rotation_days` can't have this value | rotation_days = 30 | expected a whole number from 90 to 365, found 30",
            ],
        ),
        (
            &[("deletion_window_days = 30", "deletion_window_days = 31")],
            &[
                "error: `deletion_window_days` can't have this value | deletion_window_days = 31 | expected a whole number from 7 to 30, found 31",
            ],
        ),
        (
            &[(r#"role/KeyAdmin"]"#, r#"role/KeyAdmin", "x"]"#)],
            &[
                r#"error: `administrators` can't have this value | administrators       = ["arn:aws:iam::123456789012:role/KeyAdmin", "x"] | expected an Amazon resource name, such as arn:aws:iam::123456789012:role/KeyAdmin, found "x""#,
            ],
        ),
        (
            &[("key            = key.content", r#"key = "content""#)],
            &[
                r#"error: `key` can't have this value | key = "content" | expected a reference key.<label>, found "content""#,
            ],
        ),
    ]);
}

/// Networks and how they are cut.
#[test]
fn networks() {
    assert_said(&[
        (
            &[(r#"10.40.0.0/16""#, r#"10.40.0.1/16""#)],
            &[
                r#"error: `cidr` can't have this value | cidr      = "10.40.0.1/16" | expected a range that starts at its first address, found "10.40.0.1/16" | write "10.40.0.0/16""#,
            ],
        ),
        (
            &[(r#"10.40.0.0/16""#, r#"10.0.0.0/8""#)],
            &[
                r#"error: the network 10.0.0.0/8 has a size that AWS has not | cidr      = "10.0.0.0/8" | /16 is the largest, /28 the smallest"#,
            ],
        ),
        (
            &[("zone_room = 2", "zone_room = 1")],
            &[
                "error: `zone_room` is 1, and there are 2 zones | zone_room = 1 | give each segment room for all zones, and for those to come",
            ],
        ),
        (
            &[(
                "newbits = 4",
                r#"newbits = 4
   cidrs = ["10.40.200.0/24", "10.40.201.0/24"]"#,
            )],
            &[
                r#"error: segment "workstations" has both `newbits` and `cidrs` | cidrs = ["10.40.200.0/24", "10.40.201.0/24"] | keep one of the two"#,
            ],
        ),
        (
            &[("newbits = 4", "newbits = 1")],
            &[
                r#"error: segment "edge" does not fit into 10.40.0.0/16 | newbits = 8 | it takes 2 subnets of /24, and 0 addresses are left: raise `newbits` of some segments, or give the network more addresses"#,
                r#"error: the subnet 10.40.128.0/24 of "pinned" overlaps 10.40.128.0/17 | cidrs = ["10.40.128.0/24", "10.40.129.0/24"] | choose addresses that no other segment has; `newbits` cuts from the start of the network on"#,
                r#"error: the subnet 10.40.129.0/24 of "pinned" overlaps 10.40.128.0/17 | cidrs = ["10.40.128.0/24", "10.40.129.0/24"] | choose addresses that no other segment has; `newbits` cuts from the start of the network on"#,
            ],
        ),
        (
            &[("newbits = 4", "newbits = 12")],
            &[
                "error: the subnet 10.40.0.0/28 of network.main.workstations has 16 addresses, and 19 are needed | newbits = 12 | in each zone there are 14 seats, 0 endpoints and 5 addresses that AWS keeps: lower `newbits`, or use larger `cidrs`",
            ],
        ),
        (
            &[("newbits = 4", "newbits = 13")],
            &["error: `newbits` can't have this value | newbits = 13 | expected a whole number from 1 to 12, found 13"],
        ),
        (
            &[(r#"    tier    = "content""#, "")],
            &[r#"error: segment "workstations" lacks `tier` | segment "workstations" { | write tier = "content""#],
        ),
        (
            &[(r#"segment "edge""#, r#"segment "cidr""#)],
            &[
                r#"error: a segment can't be called "cidr" | segment "cidr" { | network.main.cidr means something else: give it another label"#,
                "error: `network.main` has no `edge` | from   = network.main.edge | no such name | there is `cidr`, `zones`, `zone_room`, `endpoints`, `workstations`, `cidr`, `pinned`, `flow`, `flow`, `flow`, `flow_logs`",
                "error: `network.main` has no `edge` | to     = network.main.edge | no such name | there is `cidr`, `zones`, `zone_room`, `endpoints`, `workstations`, `cidr`, `pinned`, `flow`, `flow`, `flow`, `flow_logs`",
            ],
        ),
        (
            &[(r#""203.0.113.0/24" = "Soho""#, r#""203.0.113.0/24" = "Soho", "2001:db8::/32" = "six""#)],
            &[
                "error: a prefix list holds IPv4 or IPv6, not both | entries = { | write a second prefix_list for the other ones",
            ],
        ),
        (
            &[(r#""203.0.113.0/24" = "Soho""#, r#""203.0.113.0" = "Soho""#)],
            &[
                r#"error: "203.0.113.0" can't be an entry | "203.0.113.0" = "Soho" | expected a range of addresses, such as 203.0.113.0/24 or 2001:db8::/32 | for this one address write "203.0.113.0/32""#,
            ],
        ),
        (
            &[("retention_days = 365", "retention_days = 100")],
            &[
                "error: logs can't be kept for 100 days | retention_days = 100 | the next that CloudWatch Logs has is 120",
            ],
        ),
        (
            &[(r#"endpoints = ["s3", "ssm","#, r#"endpoints = ["s3", "s3", "SSM","#)],
            &[
                r#"error: the endpoint s3 stands here twice | endpoints = ["s3", "s3", "SSM", "ssmmessages", "kms", "logs"] | keep one of the two"#,
                r#"error: `endpoints` can't have this value | endpoints = ["s3", "s3", "SSM", "ssmmessages", "kms", "logs"] | expected the name of an AWS service, such as ssm or ecr.api, found "SSM""#,
            ],
        ),
    ]);
}

/// Flows.
#[test]
fn flows() {
    assert_said(&[
        (
            &[(r#"ports  = ["tcp/8443", "udp/8443"]"#, r#"ports = ["tcp/70000"]"#)],
            &[
                r#"error: `ports` can't have this value | ports = ["tcp/70000"] | expected ports from 1 to 65535, found "tcp/70000""#,
            ],
        ),
        (
            &[(r#"ports  = ["tcp/8443", "udp/8443"]"#, r#"ports = ["sctp/1"]"#)],
            &[
                r#"error: `ports` can't have this value | ports = ["sctp/1"] | expected tcp, udp or icmp, found "sctp/1""#,
            ],
        ),
        (
            &[(r#"ports  = ["tcp/8443", "udp/8443"]"#, r#"ports = ["tcp/20-10"]"#)],
            &[
                r#"error: `ports` can't have this value | ports = ["tcp/20-10"] | expected a range whose first port is not above its last, found "tcp/20-10""#,
            ],
        ),
        (
            &[(r#"ports  = ["tcp/8443", "udp/8443"]"#, "ports = []")],
            &["error: `ports` is empty | ports = [] | expected at least one"],
        ),
        (
            &[(r#"ports  = ["tcp/8443", "udp/8443"]"#, r#"ports = [for n in range(61) : "tcp/${n + 1}"]"#)],
            &[
                r#"error: the flows into "workstations" make 61 rules | flow "stream" { | join addresses to larger ranges and ports to ranges such as tcp/5000-5010"#,
                r#"error: the flows out of "edge" make 61 rules | flow "stream" { | join addresses to larger ranges and ports to ranges such as tcp/5000-5010"#,
            ],
        ),
        (
            &[("from   = prefix_list.offices", r#"from = ["0.0.0.0/0"]"#)],
            &[
                r#"error: flow "offices" comes from anywhere without an exception | from = ["0.0.0.0/0"] | close it, or write an exception with control = "VDI-NET-04", scope = [workstation_pool.comp] and an end within 90 days"#,
            ],
        ),
        (
            &[("from   = prefix_list.offices", r#"from = "203.0.113.0/24""#)],
            &[
                r#"error: `from` can't have this value | from = "203.0.113.0/24" | expected a segment, a list of address ranges, or a prefix list, found "203.0.113.0/24" | write ["203.0.113.0/24"]"#,
            ],
        ),
        (
            &[("from   = prefix_list.offices", r#"from = ["203.0.113.7"]"#)],
            &[
                r#"error: `from` can't have this value | from = ["203.0.113.7"] | expected a range of addresses, such as 203.0.113.0/24 or 2001:db8::/32, found "203.0.113.7" in the list | for this one address write "203.0.113.7/32""#,
            ],
        ),
        (
            &[("from   = prefix_list.offices", "from = key.content")],
            &[
                "error: `from` can't have this value | from = key.content | expected a segment, a list of address ranges, or a prefix list, found key.content",
            ],
        ),
        (
            &[("to     = network.main.edge", r#"to = ["203.0.113.0/24"]"#)],
            &[
                r#"error: flow "offices" touches no segment | from   = prefix_list.offices | at least one of `from` and `to` is a segment, such as network.main.<segment>"#,
            ],
        ),
        (
            &[("to     = local.offices", r#"to = ["::/0"]"#)],
            &[
                r#"error: flow "renders" goes anywhere without an exception | to = ["::/0"] | close it, or write an exception with control = "VDI-NET-03", scope = [workstation_pool.comp] and an end within 90 days"#,
            ],
        ),
        (
            &[("from   = network.main.edge", "from = network.main.workstations")],
            &[
                r#"error: flow "stream" lets network.main.workstations talk to itself without an exception | to     = network.main.workstations | close it, or write an exception with control = "VDI-NET-06", scope = [workstation_pool.comp] and an end within 90 days"#,
            ],
        ),
        (
            &[("to     = network.main.edge", "to = network.other.edge")],
            &["error: there is no network `other` | to = network.other.edge | no such name | there is `main`"],
        ),
    ]);
}

/// Images, lockdowns and displays.
#[test]
fn desks() {
    assert_said(&[
        (
            &[(r#"os          = "rocky-9""#, r#"os = "rocky-8""#)],
            &[
                r#"error: `os` can't have this value | os = "rocky-8" | expected one of "amazon-linux-2023", "rhel-9", "rocky-9", "ubuntu-24.04", "windows-2022" or "windows-2025", found "rocky-8" | did you mean `rocky-9`?"#,
            ],
        ),
        (
            &[("ami-0123456789abcdef0", "ami-0123")],
            &[
                r#"error: `id` can't have this value | id          = "ami-0123" | expected ami- and 8 or 17 hexadecimal digits"#,
            ],
        ),
        (
            &[(r#"id          = "ami-0123456789abcdef0""#, "")],
            &[
                r#"error: image "nuke" has no source | image "nuke" { | write exactly one of id, ssm_parameter and a lookup block"#,
            ],
        ),
        (
            &[(
                r#"id          = "ami-0123456789abcdef0""#,
                r#"id = "ami-01234567"
 ssm_parameter = "/a""#,
            )],
            &[
                r#"error: image "nuke" has more than one source | ssm_parameter = "/a" | write exactly one of id, ssm_parameter and a lookup block"#,
            ],
        ),
        (
            &[(r#"gpu_driver  = "grid-18.4""#, r#"gpu_driver = "amd-23""#)],
            &[
                r#"error: g6.4xlarge (NVIDIA L4) can't have the driver amd-23 | instance_types = ["g6.4xlarge", "g5.4xlarge"] | g6 takes grid or gaming or tesla"#,
                r#"error: g5.4xlarge (NVIDIA A10G) can't have the driver amd-23 | instance_types = ["g6.4xlarge", "g5.4xlarge"] | g5 takes grid or gaming or tesla"#,
            ],
        ),
        (
            &[(r#"gpu_driver  = "grid-18.4""#, r#"gpu_driver = "cuda-12""#)],
            &[
                r#"error: the driver "cuda-12" is not known | gpu_driver = "cuda-12" | write its kind and its version, such as grid-18.4; the kinds are grid-…, gaming-…, tesla-…, amd-…"#,
            ],
        ),
        (
            &[
                (r#"gpu_driver  = "grid-18.4""#, r#"gpu_driver = "grid-17.1""#),
                (r#""g6.4xlarge", "g5.4xlarge""#, r#""g6f.xlarge""#),
            ],
            &[
                r#"error: grid-17.1 is too old for g6f.xlarge (a part of an NVIDIA L4) | instance_types = ["g6f.xlarge"] | it needs grid-18.4 or newer"#,
            ],
        ),
        (
            &[(r#"clipboard     = "in""#, r#"clipboard = "out""#)],
            &[
                r#"error: lockdown "artist" opens the clipboard outwards without an exception | clipboard = "out" | close it, or write an exception with control = "VDI-STR-01", scope = [workstation_pool.comp] and an end within 90 days"#,
                r#"error: screenshots are denied while the clipboard is open outwards | clipboard = "out" | close the clipboard with "in" or "none", or say screenshots = true"#,
            ],
        ),
        (
            &[(r#"file_transfer = "none""#, r#"file_transfer = "both""#)],
            &[
                r#"error: lockdown "artist" lets files out without an exception | file_transfer = "both" | close it, or write an exception with control = "VDI-STR-02", scope = [workstation_pool.comp] and an end within 90 days"#,
            ],
        ),
        (
            &[("idle_minutes  = 15", "idle_minutes = 16")],
            &[
                r#"error: lockdown "artist" lets a session idle for 16 minutes without an exception | idle_minutes = 16 | close it, or write an exception with control = "VDI-STR-06", scope = [workstation_pool.comp] and an end within 90 days"#,
            ],
        ),
        (
            &[("idle_minutes  = 15", "idle_minutes = 0")],
            &[
                "error: `idle_minutes` can't have this value | idle_minutes = 0 | expected a whole number from 1 to 1440, found 0",
            ],
        ),
        (
            &[("port           = 8443", "port = 80")],
            &["error: `port` can't have this value | port = 80 | expected a whole number from 1024 to 65535, found 80"],
        ),
        (
            &[("monitors       = 2", "monitors = 5")],
            &["error: `monitors` can't have this value | monitors = 5 | expected a whole number from 1 to 4, found 5"],
        ),
        (
            &[(r#"max_resolution = "4096x2160""#, r#"max_resolution = "4K""#)],
            &[
                r#"error: `max_resolution` can't have this value | max_resolution = "4K" | expected a width and a height in pixels, such as 4096x2160, found "4K""#,
            ],
        ),
        (
            &[(r#"protocol       = "dcv""#, r#"protocol = "rdp""#)],
            &[r#"error: `protocol` can't have this value | protocol = "rdp" | expected one of "dcv", found "rdp""#],
        ),
    ]);
}

/// Pools, their types, names and mounts.
#[test]
fn pools() {
    assert_said(&[
        (
            &[(r#""g6.4xlarge", "g5.4xlarge""#, r#""g9.4xlarge""#)],
            &[
                r#"error: the GPU of the family "g9" is not known | instance_types = ["g9.4xlarge"] | the families with a known GPU are g4dn, g4ad, g5, g5g, g6, g6e, g6f, gr6, gr6f, g7, g7e, p5"#,
            ],
        ),
        (
            &[(r#""g6.4xlarge", "g5.4xlarge""#, r#""g6.5xlarge""#)],
            &[
                r#"warning: the size of g6.5xlarge is not known | instance_types = ["g6.5xlarge"] | the known ones of g6 are xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge, 24xlarge, 48xlarge; AWS refuses one that it doesn't offer"#,
            ],
        ),
        (
            &[(r#""g6.4xlarge", "g5.4xlarge""#, r#""g6.4xlarge", "g5g.4xlarge""#)],
            &[
                r#"error: g5g.4xlarge and g6.4xlarge can't run the same image | instance_types = ["g6.4xlarge", "g5g.4xlarge"] | keep the types of one architecture"#,
                r#"error: g5g.4xlarge (NVIDIA T4G) can't have the driver grid-18.4 | instance_types = ["g6.4xlarge", "g5g.4xlarge"] | g5g takes tesla"#,
            ],
        ),
        (
            &[(r#""g6.2xlarge""#, r#""g5g.2xlarge""#)],
            &[
                r#"error: g5g.2xlarge (NVIDIA T4G) has no driver for windows-2022 | instance_types = ["g5g.2xlarge"] | take another family, or an image of another system"#,
            ],
        ),
        (
            &[("seats          = var.artists", "seats = 0")],
            &["error: `seats` can't have this value | seats = 0 | expected a whole number from 1 to 10000, found 0"],
        ),
        (
            &[("seats          = var.artists", "seats = 1.5")],
            &[
                "error: `seats` can't have this value | seats = 1.5 | expected a whole number from 1 to 10000, found 1.5",
            ],
        ),
        (
            &[("seats          = var.artists", r#"seats = "many""#)],
            &[
                r#"error: `seats` can't have this value | seats = "many" | expected a whole number from 1 to 10000, found "many""#,
            ],
        ),
        (
            &[("seats          = var.artists", "seats = 5")],
            &[
                r#"error: artist "ana" has a seat that is not there | seat  = 7 | give the artist another seat, or the pool more of them"#,
            ],
        ),
        (
            &[("seats          = var.artists", "seats = 9000")],
            &[
                "error: the subnet 10.40.0.0/20 of network.main.workstations has 4096 addresses, and 4507 are needed | newbits = 4 | in each zone there are 4502 seats, 0 endpoints and 5 addresses that AWS keeps: lower `newbits`, or use larger `cidrs`",
            ],
        ),
        (
            &[("image          = image.nuke", "image = image.nuk")],
            &["error: there is no image `nuk` | image = image.nuk | no such name | did you mean `nuke`?"],
        ),
        (
            &[("image          = image.nuke", r#"image = "image.nuke""#)],
            &[
                r#"error: `image` can't have this value | image = "image.nuke" | expected a reference image.<label>, found "image.nuke" | write image.nuke without quotes"#,
            ],
        ),
        (
            &[("image          = image.nuke", "image = key.content")],
            &[
                "error: `image` can't have this value | image = key.content | expected a reference image.<label>, found key.content",
            ],
        ),
        (
            &[(r#"name_prefix    = "neb-edit""#, r#"name_prefix = "nebula-editorial""#)],
            &[
                r#"error: the computer name nebula-editorial-004 has 20 characters, and windows-2022 takes 15 | name_prefix = "nebula-editorial" | write a name_prefix of at most 11 characters"#,
            ],
        ),
        (
            &[(r#"name_prefix    = "neb-edit""#, r#"name_prefix = "neb-comp""#)],
            &[
                r#"error: the computers of "editorial" have names that exist | name_prefix = "neb-comp" | write another name_prefix"#,
            ],
        ),
        (
            &[(r#"name_prefix    = "neb-edit""#, r#"name_prefix = "neb_edit""#)],
            &[
                r#"error: "neb_edit" can't start a computer name | name_prefix = "neb_edit" | write a name_prefix of letters, digits and - that neither starts nor ends with -"#,
            ],
        ),
        (
            &[(r#"mount           = "/cache""#, r#"mount = "/usr/bin""#)],
            &[
                r#"error: a volume can't be mounted at /usr/bin | mount = "/usr/bin" | choose a path outside the system's own, such as /cache"#,
            ],
        ),
        (
            &[(r#"mount           = "/cache""#, r#"mount = "E:""#)],
            &[
                r#"error: a volume can't be mounted at E: | mount = "E:" | Linux has no drives: write an absolute path such as /cache"#,
            ],
        ),
        (
            &[(r#"mount           = "/cache""#, r#"mount = "cache""#)],
            &[
                r#"error: `mount` can't have this value | mount = "cache" | expected an absolute path such as /cache, or on Windows a drive such as E:, found "cache""#,
            ],
        ),
        (
            &[(r#"mount    = "M:""#, r#"mount = "C:""#)],
            &[
                r#"error: a volume can't be mounted at C: | mount = "C:" | C: is the system's own, A: and B: are not for volumes: take D: to Z:"#,
            ],
        ),
        (
            &[(r#"mount    = "M:""#, r#"mount = "/media""#)],
            &[
                r#"error: a volume can't be mounted at /media | mount = "/media" | on Windows write a drive such as "E:""#,
            ],
        ),
        (
            &[(r#"max_unavailable = "20%""#, r#"max_unavailable = "120%""#)],
            &[
                r#"error: `max_unavailable` can't have this value | max_unavailable = "120%" | expected a share from 1% to 100%, found "120%""#,
            ],
        ),
        (
            &[(r#"max_unavailable = "20%""#, "max_unavailable = 0")],
            &[
                r#"error: `max_unavailable` can't have this value | max_unavailable = 0 | expected a number of seats, or a share such as "20%", found 0"#,
            ],
        ),
        (
            &[(r#"max_unavailable = "20%""#, r#"max_unavailable = "0%""#)],
            &[
                r#"error: `max_unavailable` can't have this value | max_unavailable = "0%" | expected a share from 1% to 100%, found "0%""#,
            ],
        ),
        (
            &[(r#"template = "site.sh.j2""#, r#"template = "../site.sh.j2""#)],
            &[
                r#"error: the template "../site.sh.j2" is not below templates/ | template = "../site.sh.j2" | write its path from there, such as site.sh.j2"#,
            ],
        ),
        (
            &[(
                "  update {",
                r#"update {
  }
  update {"#,
            )],
            &[r#"error: workstation_pool "comp" has two blocks `update` | update { | keep one of the two"#],
        ),
        (
            &[("segment        = network.main.workstations", "segment = network.main.edge")],
            &[
                r#"warning: the seats of "comp" have a route to the internet | segment = network.main.edge | stand them in a content segment; only gateways belong to an edge"#,
            ],
        ),
        (
            &[
                ("key            = key.content", "key = null"),
                (
                    r#"key "content" {"#,
                    r#"key "other" {
}
key "content" {"#,
                ),
            ],
            &[
                r#"error: workstation_pool "comp" lacks `key` | workstation_pool "comp" { | there is more than one key: write key = key.other or another"#,
                r#"error: workstation_pool "editorial" lacks `key` | workstation_pool "editorial" { | there is more than one key: write key = key.other or another"#,
            ],
        ),
        (
            &[("segment        = network.main.workstations", "segment = network.main")],
            &[
                "error: `segment` can't have this value | segment = network.main | expected a reference network.<label>.<segment>, found network.main",
            ],
        ),
    ]);
}

/// Volumes.
#[test]
fn volumes() {
    assert_said(&[
        (
            &[("throughput_mibs = 400", "throughput_mibs = 1600")],
            &[
                "error: gp3 can't move 1600 MiB a second with 6000 operations | throughput_mibs = 1600 | write iops = 6400 or more",
                "warning: g6.4xlarge can't move 1600 MiB a second | throughput_mibs = 1600 | ask for less, or take a larger type",
                "warning: g5.4xlarge can't move 1600 MiB a second | throughput_mibs = 1600 | ask for less, or take a larger type",
            ],
        ),
        (
            &[("throughput_mibs = 400", "throughput_mibs = 3000")],
            &[
                "error: `throughput_mibs` can't have this value | throughput_mibs = 3000 | expected a whole number from 125 to 2000, found 3000",
            ],
        ),
        (
            &[("iops            = 6000", "iops = 2000")],
            &["error: gp3 can't have 2000 operations a second | iops = 2000 | it has 3000 to 80000"],
        ),
        (
            &[("size_gib        = 1000", "size_gib = 10")],
            &[
                "error: gp3 can't have 6000 operations a second at 10 GiB | iops            = 6000 | make the volume larger, or ask for less",
            ],
        ),
        (
            &[("iops     = 5000", "")],
            &[
                r#"error: the io2 volume "root" lacks `iops` | type     = "io2" | io2 has no baseline: write how many operations a second it must have"#,
            ],
        ),
        (
            &[("    iops     = 5000", "iops = 200000")],
            &[
                "error: io2 can't have 200000 operations a second at 150 GiB | iops = 200000 | it has 100 to 256000",
                "warning: g6.2xlarge can't use 200000 operations a second | iops = 200000 | ask for less, or take a larger type",
            ],
        ),
        (
            &[("keep            = false", "keep = true")],
            &[
                r#"error: the volume "cache" of "comp" outlives its instance without an exception | keep = true | close it, or write an exception with control = "VDI-DAT-01", scope = [workstation_pool.comp] and an end within 90 days"#,
            ],
        ),
        (
            &[("size_gib = 150", "size_gib = 70000")],
            &[
                "error: `size_gib` can't have this value | size_gib = 70000 | expected a whole number from 1 to 65536, found 70000",
            ],
        ),
        (
            &[("throughput_mibs = 400", "throughput_mibs = 700")],
            &[
                "warning: g5.4xlarge can't move 700 MiB a second | throughput_mibs = 700 | ask for less, or take a larger type",
            ],
        ),
        (
            &[("backup          = true", "backup = false")],
            &[
                r#"warning: backup "nightly" takes nothing of "comp" in | of          = [workstation_pool.comp] | write backup = true at the volumes that shall be kept safe"#,
            ],
        ),
        (
            &[(r#"volume "media""#, r#"volume "root""#)],
            &[
                r#"error: a volume can't be called "root" | volume "root" { | what a seat starts from stands in `root_volume`: give this one another label"#,
            ],
        ),
    ]);
}

/// What looks like a secret.
#[test]
fn secrets() {
    assert_said(&[
        (
            &[(r#"license_server = "10.0.8.20""#, r#"password = "Summer2026!""#)],
            &[
                r#"error: this looks like a password or key | password = "Summer2026!" | keep it in Secrets Manager and write its ARN under `secrets` of a bootstrap: guests fetch it themselves"#,
            ],
        ),
        (
            &[(r#"license_server = "10.0.8.20""#, r#"token = "AKIAIOSFODNN7ABCDEFG""#)],
            &[
                r#"error: this looks like an AWS access key | token = "AKIAIOSFODNN7ABCDEFG" | keep it in Secrets Manager and write its ARN under `secrets` of a bootstrap: guests fetch it themselves"#,
            ],
        ),
        (
            &[("arn:aws:secretsmanager", "arn:aws:s3")],
            &[
                r#"error: this is no secret that a guest can fetch | join = "arn:aws:s3:us-west-2:123456789012:secret:ad-join" | write the ARN of a Secrets Manager secret or of an SSM parameter"#,
            ],
        ),
    ]);
}

/// Artists and their seats.
#[test]
fn artists() {
    assert_said(&[
        (
            &[("seat  = 7", "seat = 25")],
            &[
                r#"error: artist "ana" has a seat that is not there | seat = 25 | give the artist another seat, or the pool more of them"#,
            ],
        ),
        (
            &[("pools = [workstation_pool.comp]", "pools = [workstation_pool.comp, workstation_pool.editorial]")],
            &[
                r#"error: artist "ana" has a seat and several pools | seat  = 7 | a seat of one's own needs exactly one pool"#,
            ],
        ),
        (
            &[("pools = [workstation_pool.comp]", "pools = [workstation_pool.comp, workstation_pool.comp]")],
            &[
                "error: the pool comp stands here twice | pools = [workstation_pool.comp, workstation_pool.comp] | keep one of the two",
                r#"error: artist "ana" has a seat and several pools | seat  = 7 | a seat of one's own needs exactly one pool"#,
            ],
        ),
        (
            &[(r#"until = "2027-03-31""#, r#"until = "2026-11-30""#)],
            &[
                r#"error: artist "ana" ends before it starts | until = "2026-11-30" | `until` is the last day: give it a later one"#,
            ],
        ),
        (
            &[(r#"until = "2027-03-31""#, r#"until = "2028-03-31""#)],
            &[
                r#"warning: artist "ana" ends after the production | until = "2028-03-31" | the access ends with the production on 2027-06-30"#,
            ],
        ),
        (
            &[(
                r#"artist "ana" {"#,
                r#"artist "b" {
  pools = [workstation_pool.comp]
  seat = 7
  until = "2027-01-31"
}
artist "ana" {"#,
            )],
            &["error: seat 7 is the own of two artists | seat  = 7 | give one of them another seat"],
        ),
    ]);
}

/// Backups.
#[test]
fn backups() {
    assert_said(&[
        (
            &[("cron(0 2 * * ? *)", "cron(0 2 * * * *)")],
            &[
                r#"error: `schedule` can't have this value | schedule    = "cron(0 2 * * * *)" | expected an AWS cron expression of six fields, such as cron(0 2 * * ? *), found "cron(0 2 * * * *)""#,
            ],
        ),
        (
            &[("min_days = 7", "min_days = 91")],
            &[
                "error: the lock refuses what is kept for 35 days | keep_days   = 35 | bring `keep_days` within the lock",
                "error: the lock's minimum exceeds its maximum | min_days = 91 | lower `min_days` or raise `max_days`",
                "error: the lock refuses what is kept for 35 days | keep_days = 35 | bring `keep_days` within the lock",
            ],
        ),
        (
            &[(r#"mode     = "governance""#, r#"mode = "compliance""#), ("min_days = 7", "min_days = 31")],
            &[
                r#"error: the lock outlasts the promise to destroy everything | min_days = 31 | lower `min_days`, raise `destroy_within_days`, or use mode = "governance""#,
            ],
        ),
        (
            &[(r#"region    = "us-east-2""#, r#"region = "us-west-2""#)],
            &[
                r#"error: a copy into its own region protects from nothing | region = "us-west-2" | choose another region"#,
            ],
        ),
        (
            &[(r#"schedule    = "cron(0 2 * * ? *)""#, "schedule = 7")],
            &[
                "error: `schedule` can't have this value | schedule = 7 | expected an AWS cron expression of six fields, such as cron(0 2 * * ? *), found 7",
            ],
        ),
        (
            &[("of          = [workstation_pool.comp]", "of = [workstation_pool.editorial]")],
            &[
                r#"warning: nothing backs up the volume "cache" | backup          = true | write a backup with of = [workstation_pool.comp]"#,
                r#"warning: backup "nightly" takes nothing of "editorial" in | of = [workstation_pool.editorial] | write backup = true at the volumes that shall be kept safe"#,
            ],
        ),
    ]);
}

/// Exceptions and attestations.
#[test]
fn statements() {
    assert_said(&[
        (
            &[(r#"expires      = "2027-01-15""#, r#"expires = "2027-02-20""#)],
            &[
                r#"error: exception "direct-streaming" ends more than 90 days ahead | expires = "2027-02-20" | today is 2026-11-21 | give it an earlier end, and have it approved anew then"#,
            ],
        ),
        (
            &[(r#"expires      = "2027-01-15""#, r#"expires = "2026-11-20""#)],
            &[
                r#"error: exception "direct-streaming" has expired | expires = "2026-11-20" | today is 2026-11-21 | mend what it excused, or have it approved anew"#,
            ],
        ),
        (
            &[(r#"approver     = "ciso@lighthouse.example""#, r#"approver = "lead@lighthouse.example""#)],
            &[
                r#"error: exception "direct-streaming" is approved by its owner | approver = "lead@lighthouse.example" | somebody else has to approve it"#,
            ],
        ),
        (
            &[(r#"control      = "VDI-NET-04""#, r#"control = "VDI-NET-99""#)],
            &[r#"error: there is no control VDI-NET-99 | control = "VDI-NET-99" | did you mean `VDI-NET-09`?"#],
        ),
        (
            &[(r#"control      = "VDI-NET-04""#, r#"control = "VDI-ENC-01""#)],
            &[
                r#"error: the control VDI-ENC-01 can't be waived | control = "VDI-ENC-01" | mend what breaks it; no exception helps"#,
            ],
        ),
        (
            &[(r#"control      = "VDI-NET-04""#, r#"control = "VDI-STR-01""#)],
            &[
                r#"warning: exception "direct-streaming" covers nothing | control = "VDI-STR-01" | take it away, or name the block that needs it"#,
            ],
        ),
        (
            &[("scope        = [workstation_pool.comp]", "scope = []")],
            &["error: `scope` is empty | scope = [] | expected at least one"],
        ),
        (
            &[(r#"expires   = "2027-05-01""#, r#"expires = "2026-10-01""#)],
            &[
                r#"error: attestation "idp-mfa" ends before it was said | expires = "2026-10-01" | `expires` is its last day: give it a later one"#,
            ],
        ),
        (
            &[(r#"expires   = "2027-05-01""#, r#"expires = "2026-11-02""#)],
            &[
                r#"warning: attestation "idp-mfa" has expired | expires = "2026-11-02" | today is 2026-11-21 | what it says counts no more: have it said anew"#,
            ],
        ),
        (
            &[(r#"on        = "2026-11-01""#, r#"on = "2026-12-01""#)],
            &[
                r#"error: attestation "idp-mfa" is of a day to come | on = "2026-12-01" | today is 2026-11-21 | write the day on which it was said"#,
            ],
        ),
        (
            &[("sha256:9f86", "md5:9f86")],
            &[
                r#"error: this looks like a random key or token | document  = "md5:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" | keep it in Secrets Manager and write its ARN under `secrets` of a bootstrap: guests fetch it themselves"#,
                r#"error: `document` can't have this value | document  = "md5:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" | expected sha256: and 64 lowercase hexadecimal digits, found a string"#,
            ],
        ),
    ]);
}

/// Blocks.
#[test]
fn blocks() {
    assert_said(&[
        (
            &[(r#""us-west-2b"]"#, r#""us-east-1b"]"#)],
            &[
                r#"error: us-east-1b is no zone of us-west-2 | zones     = ["us-west-2a", "us-east-1b"] | its zones are called us-west-2a, us-west-2b and so on"#,
            ],
        ),
        (
            &[(r#""us-west-2b"]"#, r#""us-west-2a"]"#)],
            &[
                r#"error: the zone us-west-2a stands here twice | zones     = ["us-west-2a", "us-west-2a"] | keep one of the two"#,
            ],
        ),
        (
            &[(r#""10.40.128.0/24""#, r#""10.40.0.0/24""#)],
            &[
                r#"error: the subnet 10.40.0.0/24 of "pinned" overlaps 10.40.0.0/20 | cidrs = ["10.40.0.0/24", "10.40.129.0/24"] | choose addresses that no other segment has; `newbits` cuts from the start of the network on"#,
            ],
        ),
        (
            &[(r#""10.40.128.0/24""#, r#""10.41.0.0/24""#)],
            &[
                r#"error: the subnet 10.41.0.0/24 is not within its network | cidrs = ["10.41.0.0/24", "10.40.129.0/24"] | choose one within it"#,
            ],
        ),
        (
            &[(r#""10.40.128.0/24""#, r#""10.40.128.0/29""#)],
            &[
                r#"error: the subnet 10.40.128.0/29 of network.main.pinned has 8 addresses, and 9 are needed | cidrs = ["10.40.128.0/29", "10.40.129.0/24"] | in each zone there are 0 seats, 4 endpoints and 5 addresses that AWS keeps: lower `newbits`, or use larger `cidrs`"#,
                r#"error: the subnet 10.40.128.0/29 has a size that AWS has not | cidrs = ["10.40.128.0/29", "10.40.129.0/24"] | /16 is the largest, /28 the smallest"#,
            ],
        ),
        (
            &[(r#""10.40.128.0/24","#, "")],
            &[
                r#"error: `cidrs` of segment "pinned" has 1, and its network has 2 zones | cidrs = [ "10.40.129.0/24"] | write one a zone, in the order of `zones`"#,
            ],
        ),
        (
            &[(r#"lockdown "artist" {"#, r#"lokdown "artist" {"#)],
            &[
                r#"error: there is no block type `lokdown` | lokdown "artist" { | did you mean `lockdown`?"#,
                "error: there is no lockdown `artist` | lockdown       = lockdown.artist | none is declared",
                "error: there is no lockdown `artist` | lockdown       = lockdown.artist | none is declared",
            ],
        ),
        (
            &[("contacts {", "contact {")],
            &[
                r#"error: production "nebula" lacks a block `contacts` | production "nebula" { | write contacts { … }: whom to call"#,
                r#"error: production "nebula" has no block `contact` | contact { | did you mean `contacts`?"#,
            ],
        ),
        (
            &[(
                r#"output "seats" {"#,
                r#"output "seats" {
  value = 1
}
output "seats" {"#,
            )],
            &[r#"error: output "seats" is declared twice | output "seats" { | give one of them another label"#],
        ),
    ]);
}

/// A wrong attribute hides no other, and nothing follows from it.
#[test]
fn all_errors_are_found_in_one_run() {
    let text = changed(&[
        ("region              = \"us-west-2\"", "region = [\"us-west-2\"]"),
        ("rotation_days        = 365", "rotation_days = 10"),
        ("cidr      = \"10.40.0.0/16\"", "cidr = \"10.40.0.0\""),
        ("seats          = var.artists", "seats = var.artist"),
        ("image          = image.nuke", "image = image.nuk"),
        ("throughput_mibs = 400", "throughput_mibs = 1600"),
        ("mount           = \"/cache\"", "mount = 1 / 0"),
        ("max_unavailable = \"20%\"", "max_unavailable = \"120%\""),
        ("until = \"2027-03-31\"", "until = \"tomorrow\""),
        ("control      = \"VDI-NET-04\"", "control = \"VDI-NET-99\""),
        ("audit         = \"all\"", "audit = \"most\""),
    ]);
    let loaded = load_on(&text, TODAY);
    let codes: Vec<_> = loaded.diagnostics.sorted().iter().map(|found| found.code).collect();
    assert_eq!(
        codes,
        [
            "wrong-type",
            "wrong-value",
            "wrong-value",
            "unknown-word",
            "unknown-name",
            "unknown-name",
            "volume-limits",
            "instance-limits",
            "instance-limits",
            "arithmetic",
            "wrong-value",
            "wrong-value",
            "unknown-control",
        ],
        "{:#?}",
        said(&loaded)
    );
}

/// A file that can't be read hides nothing that is sure about the others.
#[test]
fn all_files_are_read() {
    let broken = ("a.hcl".to_owned(), b"lockdown \"x\" {\n".to_vec());
    let other = ("b.hcl".to_owned(), changed(&[("monitors       = 2", "monitors = 9")]).into_bytes());
    let (parsed, problems) = Parsed::new([broken, other]);
    let loaded = load(parsed, problems, &Inputs::default(), &NoFiles, TODAY);
    let said = said(&loaded);
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(said[1].starts_with("error: `monitors` can't have this value"), "{said:#?}");
    assert!(loaded.blueprint.is_none());
}

#[test]
fn an_empty_blueprint_says_what_it_lacks() {
    let loaded = load_on("", TODAY);
    assert_eq!(
        said(&loaded),
        [
            "error: the blueprint lacks a block `blueprint` | write blueprint { … }",
            "error: the blueprint lacks a block `production` | write production \"…\" { … }",
            "error: the blueprint lacks a block `key` | write key \"…\" { … }",
        ]
    );
}
