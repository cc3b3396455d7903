//! The script of Linux seats, run by the real shell in a folder of its own, with stand-ins for what touches a machine.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use super::render::tests::context;
use super::{Context, NoScript, SeatScript};
use crate::blueprint::model::{Lockdown, Os, Port, Transfer};
use crate::guest::samples::{at, lockdown};

/// Bytes of user data that EC2 takes.
const MOST: usize = 16 * 1024;

static NO_VARS: BTreeMap<String, Value> = BTreeMap::new();

fn port(text: &str) -> Port {
    Port::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"))
}

fn script() -> SeatScript<'static> {
    SeatScript {
        context: Context { secrets: Vec::new(), ..context(&NO_VARS) },
        inbound: ["icmp", "tcp/8443", "udp/8443", "tcp/5000-5010"].map(port).to_vec(),
        log_group: "/closedset/nebula/workstations/comp/guest".to_owned(),
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
        "case \"$*\" in *api/token*) echo token ;; *instance/Name*) echo neb-comp-007 ;; *instance-id*) echo i-0123 ;; \
         *instance-type*) echo \"${TYPE:-g6.4xlarge}\" ;; esac",
    ),
    ("dconf", ""),
    ("dcv", ""),
    ("getent", "echo \"$2:x:1000:1000::/home/$2:/bin/bash\""),
    (
        "hostnamectl",
        "case $1 in --static) cat \"$CLOSEDSET_ROOT/name\" 2> /dev/null ;; *) echo \"$2\" > \"$CLOSEDSET_ROOT/name\" ;; esac; true",
    ),
    ("id", "[ \"$1\" = rocky ]"),
    ("mkfs.xfs", "touch \"$CLOSEDSET_ROOT/formatted\""),
    ("mount", "touch \"$CLOSEDSET_ROOT/mounted\""),
    ("mountpoint", "[ -e \"$CLOSEDSET_ROOT/mounted\" ]"),
    ("nft", ""),
    (
        "nvme",
        "case $2 in --raw-binary) head -c 3072 /dev/zero; printf '%-32s' /dev/sdf ;; *) echo 'sn        : vol0abc' ;; esac",
    ),
    ("nvidia-smi", "echo 'GPU 0: NVIDIA L4'"),
    ("nvidia-xconfig", ""),
    ("passwd", ""),
    ("sleep", ""),
    ("systemctl", "case \"$*\" in \"restart ${BROKEN:-nothing}\") echo \"Job for $2 failed.\"; exit 1 ;; esac"),
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
    assert!(calls.contains("\"State\":\"ready\""), "{calls}");
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
    assert_eq!(fails(&script(), &[], Some("bin/dcv")), "tools: dcv is not in the image\n");
    assert_eq!(fails(&script(), &[], Some("root/dev/nvme1n1")), "volumes: no disk is attached as /dev/sdf\n");
    assert_eq!(fails(&site("#!/bin/sh\necho no license\nexit 3\n"), &[], None), "site: no license\n");
    assert_eq!(fails(&script(), &[("BROKEN", "dcvserver.service")], None), "dcvserver: it doesn't start\n");
    assert_eq!(fails(&script(), &[("BROKEN", "chronyd.service")], None), "time: Job for chronyd.service failed.\n");
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
    let plain = script.user_data(MOST).unwrap_or_else(|why| panic!("{why}"));
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

/// What a program says of a script, where it finds fault with it.
fn says(program: &str, arguments: &[&str], text: &str) -> Option<String> {
    let file = tempfile::NamedTempFile::new().ok()?;
    fs::write(file.path(), text).ok()?;
    let output = Command::new(program).args(arguments).arg(file.path()).output().ok()?;
    Some(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn shells_and_their_critics_find_no_fault() {
    for (shape, text) in every_shape() {
        assert_eq!(says("bash", &["-n"], &text).as_deref(), Some(""), "{shape}");
        // Where shellcheck is not installed, `bash -n` and the runs above have to do.
        if let Some(said) = says("shellcheck", &["--severity=warning", "--shell=bash"], &text) {
            assert_eq!(said, "", "{shape}");
        }
        let helper = text.split("closedset-session <<'END'\n").nth(1).and_then(|rest| rest.split("\nEND\n").next());
        let helper = helper.unwrap_or_else(|| panic!("{shape}"));
        assert!(helper.starts_with("#!/bin/bash\n"));
        assert_eq!(says("bash", &["-n"], helper).as_deref(), Some(""), "{shape}");
        if let Some(said) = says("shellcheck", &["--severity=warning"], helper) {
            assert_eq!(said, "", "{shape}");
        }
        assert!(text.len() < MOST, "{shape}: {}", text.len());
    }
}

#[test]
fn the_whole_script_of_a_rocky_seat() {
    insta::assert_snapshot!(text(&script()));
}
