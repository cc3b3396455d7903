//! The script of Linux seats, run by the real shell in a folder of its own, with stand-ins for what touches a machine.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use data_encoding::BASE64;
use serde_json::Value;

use super::critics_tests::Critics;
use super::render::tests::context;
use super::{Context, NoScript, SeatScript, told, wanted};
use crate::blueprint::model::{Lockdown, Os, Platform, Port, Transfer};
use crate::guest::samples::{at, lockdown};
use crate::resource::ToldSettings;

/// Bytes of user data that EC2 takes.
const MOST: usize = 16 * 1024;

static NO_VARS: BTreeMap<String, Value> = BTreeMap::new();

pub fn port(text: &str) -> Port {
    Port::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn script() -> SeatScript<'static> {
    SeatScript {
        context: Context { secrets: Vec::new(), ..context(&NO_VARS) },
        inbound: ["icmp", "tcp/8443", "udp/8443", "tcp/5000-5010"].map(port).to_vec(),
        log_group: "/closedset/nebula/workstations/comp/guest".to_owned(),
        idle_stop_minutes: None,
        site: None,
    }
}

fn text(script: &SeatScript<'_>) -> String {
    script.text().unwrap_or_else(|why| panic!("{why}"))
}

/// Programs that a machine has, as far as the script can tell. Each call is written down.
const STAND_INS: &[(&str, &str)] = &[
    ("aws", "case \"$*\" in *get-secret-value*) echo \"secret of $6\" ;; esac"),
    ("blkid", "case $1 in -s) echo 1111-2222 ;; *) [ -e \"$CLOSEDSET_ROOT/formatted\" ] ;; esac"),
    ("chown", ""),
    (
        "curl",
        "case \"$*\" in *api/token*) echo token ;; *instance/Name*) [ -z \"${NAMELESS:-}\" ] || exit 22; echo neb-comp-007 ;; *instance-id*) echo i-0123 ;; \
         *instance-type*) echo \"${TYPE:-g6.4xlarge}\" ;; esac",
    ),
    ("dconf", ""),
    ("dcv", "case $1 in describe-session) echo \"{ \\\"num-of-connections\\\" : ${CONNECTED:-0} }\" ;; esac"),
    ("getent", "echo \"$2:x:1000:1000::/home/$2:/bin/bash\""),
    (
        "hostnamectl",
        "case $1 in --static) cat \"$CLOSEDSET_ROOT/name\" 2> /dev/null ;; *) echo \"$2\" > \"$CLOSEDSET_ROOT/name\" ;; esac; true",
    ),
    ("id", "[ \"$1\" = rocky ]"),
    ("mkfs.xfs", "touch \"$CLOSEDSET_ROOT/formatted\""),
    ("mount", "touch \"$CLOSEDSET_ROOT/mounted\""),
    ("mountpoint", "[ -e \"$CLOSEDSET_ROOT/mounted\" ]"),
    ("nft", "case $1 in list) cat \"$CLOSEDSET_ROOT/etc/closedset/firewall.nft\" ;; esac"),
    (
        "nvme",
        "case $2 in --raw-binary) head -c 3072 /dev/zero; printf '%-32s' /dev/sdf ;; *) echo 'sn        : vol0abc' ;; esac",
    ),
    ("nproc", "echo 4"),
    (
        "nvidia-smi",
        "case \"$*\" in *utilization*) echo \"${GPU:-0}\" ;; *) echo \"${DRIVER:-570.172.08}, NVIDIA L4\" ;; esac",
    ),
    ("nvidia-xconfig", ""),
    ("passwd", "case $1 in -S) echo \"$2 ${PASSWORD:-L} 2026-11-01\" ;; esac"),
    ("sleep", ""),
    (
        "systemctl",
        "case \"$*\" in is-active*) [ -n \"${REMOTE:-}\" ] ;; \"restart ${BROKEN:-nothing}\") echo \"Job for $2 failed.\"; exit 1 ;; esac",
    ),
];

/// A machine in a folder.
struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap_or_else(|why| panic!("{why}"));
        let machine = Self { folder };
        for (name, does) in STAND_INS {
            machine.program(
                &format!("bin/{name}"),
                &format!("#!/bin/sh\necho \"{name} $*\" >> \"$CLOSEDSET_ROOT/../calls\"\n{does}\n"),
            );
        }
        machine.program("root/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl", "#!/bin/sh\n");
        machine.file("root/dev/nvme1n1", "");
        machine.file("root/etc/fstab", "UUID=0 / xfs defaults 0 0\n");
        machine.file("root/etc/chrony.conf", "pool 2.rocky.pool.ntp.org iburst\ndriftfile /var/lib/chrony/drift\n");
        machine.file("root/etc/chrony/chrony.conf", "pool ntp.ubuntu.com iburst\n");
        machine.file("root/etc/gdm/custom.conf", "[daemon]\n#WaylandEnable=false\n[security]\n");
        machine.file("root/home/rocky/.ssh/authorized_keys", "ssh-ed25519 AAAA\n");
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        let folder = path.parent().unwrap_or(Path::new("/"));
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        written.unwrap_or_else(|why| panic!("{name}: {why}"));
    }

    fn program(&self, name: &str, text: &str) {
        self.file(name, text);
        let mode = fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755));
        mode.unwrap_or_else(|why| panic!("{name}: {why}"));
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn run(&self, text: &str, with: &[(&str, &str)]) -> Output {
        self.file("user-data", text);
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.path("bin").display());
        let mut command = Command::new("bash");
        command.arg(self.path("user-data")).env_clear().env("PATH", path).env("CLOSEDSET_ROOT", self.path("root"));
        command.env("CLOSEDSET_TRIES", "2").envs(with.iter().copied()).current_dir(self.folder.path());
        command.output().unwrap_or_else(|why| panic!("{why}"))
    }

    /// Every file below the root with its mode and text, but for the log.
    fn state(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut state = BTreeMap::new();
        let mut folders = vec![self.path("root")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("bootstrap.log") {
                    let mode = entry.metadata().map(|known| known.permissions().mode()).unwrap_or_default();
                    state.insert(path.clone(), (mode, fs::read(path).unwrap_or_default()));
                }
            }
        }
        state
    }
}

fn all_is_well(machine: &Machine, ran: &Output) {
    let told = String::from_utf8_lossy(&ran.stderr);
    let failed = machine.read("root/var/lib/closedset/failed");
    assert_eq!(ran.status.code(), Some(0), "{told}{failed}{}", machine.read("root/var/log/closedset/bootstrap.log"));
    assert!(told.contains("seat ready: comp seat of nebula"), "{told}");
    assert!(machine.path("root/var/lib/closedset/ready").exists());
}

#[test]
fn a_seat_becomes_ready_and_a_second_run_changes_nothing() {
    let machine = Machine::new();
    let mut script = script();
    script.site = Some("#!/bin/sh\necho studio > \"$CLOSEDSET_ROOT/etc/studio\"\n".to_owned());
    let text = text(&script);
    all_is_well(&machine, &machine.run(&text, &[]));
    let once = machine.state();
    all_is_well(&machine, &machine.run(&text, &[]));
    assert!(once == machine.state(), "the second run changed something");

    assert_eq!(machine.read("root/name"), "neb-comp-007\n");
    assert!(machine.read("root/etc/dcv/default.perm").contains("%any% deny clipboard-copy\n"));
    assert!(machine.read("root/etc/dcv/dcv.conf").contains("idle-timeout=15\n"));
    let rules = machine.read("root/etc/closedset/firewall.nft");
    assert!(rules.contains("tcp dport 8443 accept\n") && rules.contains("tcp dport 5000-5010 accept\n"), "{rules}");
    assert!(machine.read("root/etc/fstab").ends_with("UUID=1111-2222 /cache xfs noatime,nosuid,nodev,nofail 0 2\n"));
    assert!(!machine.read("root/etc/chrony.conf").contains("pool"));
    assert_eq!(machine.read("root/etc/gdm/custom.conf"), "[daemon]\nWaylandEnable=false\n[security]\n");
    assert!(!machine.path("root/home/rocky/.ssh/authorized_keys").exists());
    assert!(machine.read("root/etc/X11/xorg.conf.d/90-closedset-pen.conf").contains("DCV Stylus Pen"));
    assert_eq!(machine.read("root/etc/studio"), "studio\n");
    let logs = machine.read("root/opt/aws/amazon-cloudwatch-agent/etc/closedset.json");
    let logs: Value = serde_json::from_str(&logs).unwrap_or_else(|why| panic!("{why}: {logs}"));
    let files = &logs["logs"]["logs_collected"]["files"]["collect_list"];
    assert_eq!(files[3]["file_path"], "/var/log/dcv/*.csv");
    assert_eq!(files[3]["log_group_name"], "/closedset/nebula/workstations/comp/guest");
    // The server is off while the seat is set up, and on at the end.
    let calls = machine.read("calls");
    let at = |call: &str| calls.find(call).unwrap_or_else(|| panic!("{call} in\n{calls}"));
    assert!(at("systemctl stop dcvserver.service") < at("hostnamectl"));
    assert!(at("systemctl restart dcvserver.service") > at("dconf update"));
    assert_eq!(calls.matches("mkfs.xfs").count(), 1, "a disk that has a file system keeps it");
    let told = |state: &str| {
        let row =
            r#"{"Pool":"comp","Production":"nebula","State":"STATE","Words":"comp seat of nebula","System":"linux""#;
        at(&row.replace("STATE", state))
    };
    assert!(told("preparing") < told("ready"));
    assert!(!calls.contains("closedset-idle"));
}

/// What a machine told last of what is set in it.
fn told_by(machine: &Machine) -> ToldSettings {
    let calls = machine.read("calls");
    let call = calls.lines().rfind(|line| line.contains("put-inventory")).unwrap_or_else(|| panic!("{calls}"));
    let items = call.split_once("--items ").map(|(_, items)| items).unwrap_or_default();
    let items: Value = serde_json::from_str(items).unwrap_or_else(|why| panic!("{why}: {items}"));
    let file = |word: &str| {
        let word = items[0]["Content"][0][word].as_str().unwrap_or_default();
        assert!(word.len() <= 4096);
        let bytes = BASE64.decode(word.as_bytes()).unwrap_or_else(|why| panic!("{why}: {word}"));
        String::from_utf8(bytes).unwrap_or_else(|why| panic!("{why}"))
    };
    ToldSettings {
        windows: false,
        streaming: file("Streaming"),
        permissions: file("Permissions"),
        devices: file("Devices"),
        host: file("Host"),
    }
}

#[test]
fn a_seat_tells_what_is_set_in_it_as_it_is_at_that_moment() {
    let machine = Machine::new();
    let text = text(&script());
    all_is_well(&machine, &machine.run(&text, &[]));
    let wanted = wanted(&script().context.lockdown, &script().context.display, Platform::Linux, false);
    assert_eq!(told(&told_by(&machine), &wanted), wanted);

    // Somebody opens it up, and says nothing of it: the next quarter of an hour tells it.
    let conf = machine.read("root/etc/dcv/dcv.conf").replace("idle-timeout=15", "idle-timeout = 0");
    machine.file("root/etc/dcv/dcv.conf", &format!("# only today\n{conf}"));
    machine.file("root/etc/dcv/default.perm", "; all\n[permissions]\n%any% allow builtin\n");
    machine.file("root/etc/closedset/firewall.nft", "");
    machine.file("root/etc/chrony.conf", "server 169.254.169.123 prefer\npool pool.ntp.org iburst\n");
    machine.file("root/etc/dconf/db/local.d/locks/closedset", "");
    machine.file("root/etc/dcv/dcv.pem", "-----BEGIN CERTIFICATE-----\n");
    let tell = helper(&text, "/usr/local/sbin/closedset-tell");
    assert_eq!(machine.run(tell, &[("REMOTE", "yes"), ("PASSWORD", "P")]).status.code(), Some(0));
    let row = machine.read("calls");
    assert!(row.trim_end().ends_with("}]}]") && row.contains("\"State\":\"ready\",\"Words\":\"comp seat of nebula\""));
    let told = told(&told_by(&machine), &wanted);
    let differs: Vec<String> = wanted
        .iter()
        .filter(|(path, how)| told.get(*path) != Some(how) && !path.starts_with("permissions/"))
        .map(|(path, _)| format!("{path}: {}", told.get(path).map_or("-", String::as_str)))
        .collect();
    assert_eq!(
        differs,
        [
            "host/certificate: given",
            "host/default-accounts: rocky",
            "host/firewall: changed",
            "host/remote-login: on",
            "host/screen-lock-fixed: no",
            "host/time: 169.254.169.123 pool.ntp.org",
            "streaming/connectivity/idle-timeout: 0",
        ]
    );
    assert_eq!(told["permissions/anyone/clipboard-copy"], "allowed");

    // What is set again is told again.
    all_is_well(&machine, &machine.run(&text, &[]));
    let again = told_by(&machine);
    assert!(again.streaming.contains("idle-timeout=15") && again.host.contains("firewall=set\n"), "{again:?}");
}

#[test]
fn what_is_too_long_to_be_told_is_no_settings_at_all() {
    let machine = Machine::new();
    let text = text(&script());
    all_is_well(&machine, &machine.run(&text, &[]));
    machine.file("root/etc/dcv/default.perm", &"%owner% allow display\n".repeat(400));
    machine.run(helper(&text, "/usr/local/sbin/closedset-tell"), &[]);
    assert!(machine.read("calls").contains("\"Permissions\":\"too-long\""));
}

/// What a machine says that is not ready: why, by which step, and that nobody can sit there.
fn fails(script: &SeatScript<'_>, with: &[(&str, &str)], missing: Option<&str>) -> String {
    let machine = Machine::new();
    if let Some(file) = missing {
        fs::remove_file(machine.path(file)).unwrap_or_else(|why| panic!("{file}: {why}"));
    }
    let ran = machine.run(&text(script), with);
    assert_eq!(ran.status.code(), Some(1));
    assert!(!machine.path("root/var/lib/closedset/ready").exists());
    let calls = machine.read("calls");
    assert!(calls.ends_with('\n') && calls.contains("systemctl disable --now dcvserver.service"), "{calls}");
    assert!(calls.contains("\"State\":\"failed\""), "{calls}");
    // What closes the seat is done all the same.
    assert!(machine.path("root/etc/dcv/default.perm").exists());
    machine.read("root/var/lib/closedset/failed")
}

#[test]
fn a_step_that_fails_is_told_and_nobody_can_sit_there() {
    let site = |text: &str| SeatScript { site: Some(text.to_owned()), ..script() };
    assert_eq!(fails(&script(), &[("TYPE", "p9.48xlarge")], None), "gpu: the GPU of p9.48xlarge is not known\n");
    let no_gpu = [("DRIVER", "No devices were found")];
    assert_eq!(fails(&script(), &no_gpu, None), "gpu: the NVIDIA driver finds no GPU\n");
    assert_eq!(
        fails(&script(), &[("TYPE", "g6f.xlarge"), ("DRIVER", "550.90.07")], None),
        "gpu: the driver 550.90.07 is too old for g6f.xlarge: it needs 570 or newer\n"
    );
    assert_eq!(fails(&script(), &[("NAMELESS", "yes")], None), "hostname: the seat has no tag Name\n");
    assert_eq!(fails(&script(), &[], Some("bin/dcv")), "tools: dcv is not in the image\n");
    assert_eq!(fails(&script(), &[], Some("root/dev/nvme1n1")), "volumes: no disk is attached as /dev/sdf\n");
    assert_eq!(fails(&site("#!/bin/sh\necho no license\nexit 3\n"), &[], None), "site: no license\n");
    assert_eq!(fails(&script(), &[("BROKEN", "dcvserver.service")], None), "dcvserver: it doesn't start\n");
    assert_eq!(fails(&script(), &[("BROKEN", "chronyd.service")], None), "time: Job for chronyd.service failed.\n");
}

/// The script that a step writes into a file.
fn helper<'a>(text: &'a str, file: &str) -> &'a str {
    let after = text.split(&format!("{file} ")).nth(1).and_then(|rest| rest.split_once("<<'END'\n"));
    let helper = after.and_then(|(_, rest)| rest.split("\nEND\n").next());
    helper.unwrap_or_else(|| panic!("{file} in\n{text}"))
}

#[test]
fn a_seat_stops_itself_once_nobody_works_at_it() {
    let text = text(&SeatScript { idle_stop_minutes: Some(30), ..script() });
    let idle = helper(&text, "/usr/local/sbin/closedset-idle");
    let machine = Machine::new();
    all_is_well(&machine, &machine.run(&text, &[]));
    assert!(machine.read("calls").contains("systemctl enable --now closedset-idle.timer\n"));
    machine.file("root/proc/loadavg", "0.08 0.02 0.01 1/200 4242\n");
    let stops = |with: &[(&str, &str)], minutes: u64| {
        machine.file("root/run/closedset-busy", "");
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(60 * minutes + 5);
        let mark = fs::File::options().write(true).open(machine.path("root/run/closedset-busy"));
        mark.and_then(|mark| mark.set_modified(then)).unwrap_or_else(|why| panic!("{why}"));
        machine.file("calls", "");
        assert_eq!(machine.run(idle, with).status.code(), Some(0));
        machine.read("calls").contains("systemctl poweroff\n")
    };
    assert!(stops(&[], 30));
    assert!(!stops(&[], 28), "not yet");
    assert!(stops(&[("GPU", "[N/A]")], 60), "a GPU that says nothing doesn't keep it");
    assert!(!stops(&[("GPU", "40")], 60), "it renders");
    assert!(!stops(&[("CONNECTED", "1")], 60), "somebody is there");
    // And who was there a moment ago starts the time again.
    machine.run(idle, &[]);
    assert!(!machine.read("calls").contains("poweroff"));
    machine.file("root/proc/loadavg", "3.70 2.02 1.01 5/200 4242\n");
    assert!(!stops(&[], 60), "its processors work");
    machine.file("root/proc/loadavg", "0.00 0.00 0.00 1/200 4242\n");
    fs::remove_file(machine.path("root/var/lib/closedset/ready")).unwrap_or_else(|why| panic!("{why}"));
    assert!(!stops(&[], 60), "why it isn't ready is to be seen");
}

#[test]
fn a_certificate_is_fetched_by_its_reference() {
    let mut script = script();
    script.context.secrets = ["dcv_certificate", "dcv_key"]
        .map(|name| super::NamedSecret { name: name.to_owned(), arn: format!("arn:aws:secretsmanager:x:{name}") })
        .to_vec();
    let machine = Machine::new();
    all_is_well(&machine, &machine.run(&text(&script), &[]));
    let key = machine.path("root/etc/dcv/dcv.key");
    assert_eq!(fs::metadata(&key).map(|known| known.permissions().mode() & 0o777).ok(), Some(0o600));
    assert_eq!(machine.read("root/etc/dcv/dcv.key"), "secret of arn:aws:secretsmanager:x:dcv_key\n");
}

#[test]
fn hostile_values_stay_values() {
    let hostile = [
        "'; touch pwned; '",
        "$(touch pwned)`touch pwned`",
        "\nEND\ntouch pwned\n",
        "\"},{\"x\": \"\\",
        "-n",
        "a b\tc",
    ];
    for value in hostile {
        let mut script = script();
        script.context.production = value.to_owned();
        script.context.pool = value;
        script.context.region = value.to_owned();
        script.log_group = value.to_owned();
        let own = format!("#!/bin/sh\n: <<'END_OF_SITE'\n{value}\nEND_OF_SITE\nexit 0");
        script.site = Some(own.clone());
        let machine = Machine::new();
        let ran = machine.run(&text(&script), &[]);
        let told = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(0), "{told}{}", machine.read("root/var/lib/closedset/failed"));
        assert!(told.contains(&format!("{value} seat of {value}")), "{told}");
        assert!(!machine.path("pwned").exists() && !machine.path("root/pwned").exists(), "{value}");
        assert_eq!(machine.read("root/var/lib/closedset/site"), format!("{own}\n"));
        let logs = machine.read("root/opt/aws/amazon-cloudwatch-agent/etc/closedset.json");
        let logs: Value = serde_json::from_str(&logs).unwrap_or_else(|why| panic!("{why}: {logs}"));
        assert_eq!(logs["agent"]["region"], value);
    }
}

#[test]
fn a_long_bootstrap_is_packed_and_runs_all_the_same() {
    let mut script = script();
    let plain = script.user_data(2 * MOST).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(plain, text(&script), "what is short enough is left as people read it");
    script.site = Some(format!("#!/bin/sh\n{}", "# A line of the studio's own words.\n".repeat(400)));
    let packed = script.user_data(MOST).unwrap_or_else(|why| panic!("{why}"));
    assert!(packed.len() < MOST && text(&script).len() > MOST, "{}", packed.len());
    assert_eq!(script.user_data(MOST).as_ref(), Ok(&packed));
    let machine = Machine::new();
    all_is_well(&machine, &machine.run(&packed, &[]));
    assert_eq!(machine.read("root/var/lib/closedset/seat.sh"), text(&script));
    assert!(matches!(script.user_data(2_000), Err(NoScript::TooLong(_))));
    script.site = Some("#cloud-config\n".to_owned());
    assert_eq!(script.text(), Err(NoScript::NotAScript));
}

/// Every shape that the script can take.
fn every_shape() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for os in [Os::AmazonLinux2023, Os::Rhel9, Os::Rocky9, Os::Ubuntu2404] {
        for full in [false, true] {
            let mut script = script();
            script.context.os = os;
            script.context.display.tablet = at(full);
            script.context.display.monitors = at(if full { 4 } else { 1 });
            if full {
                script.context.lockdown = Lockdown { file_transfer: at(Transfer::In), ..lockdown() };
                script.site = Some("#!/bin/sh\ntrue\n".to_owned());
                script.idle_stop_minutes = Some(60);
                script.context.secrets = ["dcv_certificate", "dcv_key"]
                    .map(|name| super::NamedSecret { name: name.to_owned(), arn: "arn:aws:ssm:x".to_owned() })
                    .to_vec();
            } else {
                script.context.volumes.clear();
                script.inbound.clear();
            }
            all.push((format!("{os}, {}", if full { "full" } else { "bare" }), text(&script)));
        }
    }
    all
}

#[test]
fn shells_and_their_critics_find_no_fault() {
    let critics = Critics::new();
    for (shape, text) in every_shape() {
        let mut scripts = vec![text.as_str()];
        scripts.extend(
            ["session", "start", "tell"].map(|name| helper(&text, &format!("/usr/local/sbin/closedset-{name}"))),
        );
        if text.contains("step_idle") {
            scripts.push(helper(&text, "/usr/local/sbin/closedset-idle"));
        }
        for script in scripts {
            assert!(script.starts_with("#!/bin/bash\n"));
            assert_eq!(critics.bash(script), "", "{shape}");
            assert_eq!(critics.shellcheck(script), "", "{shape}");
        }
    }
    // They do find some.
    assert!(critics.shellcheck("#!/bin/bash\ncd /tmp\n").contains("SC2164"));
    assert!(critics.bash("if true; then\n").contains("syntax error"));
}

#[test]
fn systemd_understands_every_unit() {
    let every = every_shape();
    let (_, text) = every.iter().find(|(_, text)| text.contains("step_idle")).unwrap_or_else(|| panic!("no idle stop"));
    let folder = tempfile::tempdir().unwrap_or_else(|why| panic!("{why}"));
    let mut units = Vec::new();
    for (at, _) in text.match_indices("put 644 /etc/systemd/system/") {
        let file = text.get(at..).and_then(|rest| rest.split_whitespace().nth(2)).unwrap_or_default();
        // The programs that a unit runs are not on this machine: it is the form that is looked at.
        let run = |line: &str| if line.starts_with("ExecStart=") { "ExecStart=/bin/true" } else { line }.to_owned();
        let unit: Vec<String> = helper(text, file).lines().map(run).collect();
        let path = folder.path().join(file.rsplit('/').next().unwrap_or_default());
        fs::write(&path, unit.join("\n") + "\n").unwrap_or_else(|why| panic!("{file}: {why}"));
        units.push(path);
    }
    assert_eq!(units.len(), 8, "{units:?}");
    let verify = |units: &[PathBuf]| {
        let said = Command::new("systemd-analyze").args(["verify", "--man=no"]).args(units).output().ok()?;
        let words = String::from_utf8_lossy(&said.stderr).into_owned();
        Some(words.lines().filter(|line| line.contains("closedset-")).map(str::to_owned).collect::<Vec<_>>())
    };
    // Where there is no systemd, nothing can be asked.
    let Some(said) = verify(&units) else { return };
    assert_eq!(said, Vec::<String>::new());
    let wrong = folder.path().join("closedset-wrong.timer");
    fs::write(&wrong, "[Timer]\nOnSundays=1min\n").unwrap_or_else(|why| panic!("{why}"));
    assert_ne!(verify(&[wrong]), Some(Vec::new()));
}

#[test]
fn the_whole_script_of_a_rocky_seat() {
    insta::assert_snapshot!(text(&script()));
}
