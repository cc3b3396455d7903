//! The end of a production as people meet it: the real program on a rehearsal cloud that a file keeps, with two people.

use std::fs;

use closedset::rehearsal::{RehearsalCloud, Request};
use serde_json::json;

use crate::desk::Desk;
use crate::small::{Floor, IMAGE};

/// Before the show is over.
const TODAY: &str = "2026-12-01";

/// What outlives its seat would need a backup.
const NO_BACKUP: &str = r#"
exception "no-backup" {
  control      = "VDI-REC-01"
  scope        = [workstation_pool.comp]
  reason       = "Simulations can be run again."
  compensating = "Their scenes are kept elsewhere."
  owner        = "lead@lighthouse.example"
  approver     = "ciso@lighthouse.example"
  expires      = "2027-01-15"
}
"#;

/// A desk with a blueprint whose floor is up. Ana applies, Bo wraps.
pub fn up(floor: &Floor) -> Desk {
    let house = planned(floor);
    house.exits(0, &["--profile", "ana", "apply", "floor.hcl", "--yes"]);
    house
}

/// One with a blueprint, and nothing more.
pub fn planned(floor: &Floor) -> Desk {
    let no_backup = if floor.kept_gib.is_some() && !floor.backup { NO_BACKUP } else { "" };
    Desk::with(TODAY, &(floor.text() + no_backup))
}

/// A call of EC2 by hand; its answer.
pub async fn ec2(cloud: &RehearsalCloud, action: &str, parameters: &[(&str, &str)]) -> String {
    let mut body = format!("Action={action}&Version=2016-11-15");
    for (name, value) in parameters {
        body.push_str(&format!("&{name}={}", value.replace(':', "%3A").replace('/', "%2F")));
    }
    send(cloud, "ec2", None, body).await
}

/// A call by hand; its answer.
pub async fn send(cloud: &RehearsalCloud, service: &str, target: Option<&str>, body: String) -> String {
    let scope = format!("AWS4-HMAC-SHA256 Credential=X/20260105/us-west-2/{service}/aws4_request, Signature=x");
    let mut headers = vec![("authorization".to_owned(), scope)];
    headers.extend(target.map(|target| ("x-amz-target".to_owned(), target.to_owned())));
    let request = Request {
        method: "POST".to_owned(),
        host: format!("{service}.us-west-2.amazonaws.com"),
        path: "/".to_owned(),
        headers,
        body: body.into_bytes(),
    };
    let response = cloud.answer(request).await.expect("an answer");
    let text = String::from_utf8_lossy(&response.body).into_owned();
    assert_eq!(response.status, 200, "{text}");
    text
}

/// What stands between the first `<name>` and its end.
pub fn part(xml: &str, name: &str) -> String {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{name} in {xml}"));
    rest.split_once('<').expect("an end").0.to_owned()
}

async fn minute() {
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
}

pub fn small() -> Floor {
    Floor { seats: 1, zones: 1, ..Floor::default() }
}

#[test]
fn the_program_knows_its_own_wrap_again() {
    let house = up(&small());
    let told = house.exits(0, &["--profile", "bo", "wrap", "floor.hcl", "--plan"]);
    for phase in [
        "1. Freeze",
        "2. Secure recovery points",
        "3. Stop and terminate",
        "4. Confirm",
        "5. Disable",
        "6. Delete",
        "7. Schedule",
    ] {
        assert!(told.contains(phase), "{phase}\n{told}");
    }
    let told = house.exits(0, &["--profile", "bo", "wrap", "floor.hcl", "--yes"]);
    assert!(told.contains("No residue") && told.contains("Certificate: "), "{told}");

    let status = house.exits(0, &["status", "floor.hcl"]);
    assert!(status.contains("Wrapped at ") && status.contains("user/bo"), "{status}");
    assert!(!status.contains("drift") && !status.contains("missing"), "{status}");
    let plan = house.json(&["plan", "floor.hcl", "--json"]);
    let key = plan["changes"].as_array().expect("changes").iter().find(|one| one["address"] == "key.content");
    assert_eq!(key.map(|key| &key["reason"]), Some(&json!("retired")), "{plan:#}");
    let plan = house.exits(0, &["plan", "floor.hcl"]);
    assert!(!plan.contains("changed in the cloud"), "{plan}");
    assert!(plan.contains("an apply brings all of this back"), "{plan}");

    // Scheduled once, and told again with the same day, which has no microseconds.
    let first = house.exits(0, &["--profile", "bo", "wrap", "floor.hcl", "--shred", "--confirm", "nebula", "--yes"]);
    assert!(first.contains("Shredded: key.content will be deleted on 20"), "{first}");
    let again = house.exits(0, &["--profile", "bo", "wrap", "floor.hcl", "--shred", "--confirm", "nebula"]);
    assert!(again.contains("The deletion of key.content was scheduled before, for 20"), "{again}");
    let day = again
        .split("The deletion of key.content was scheduled before, for ")
        .nth(1)
        .and_then(|rest| rest.split(';').next())
        .expect("a day");
    assert!(day.len() == 20 && day.ends_with('Z') && first.contains(day), "{day}\n{first}");

    // Whoever has no ledger knows it all the same.
    fs::remove_dir_all(house.state()).expect("it is there");
    let status = house.exits(0, &["status", "floor.hcl"]);
    assert!(status.contains("Wrapped at ") && status.contains("user/bo"), "{status}");

    // And an apply undoes it, once the deletion is cancelled: the marks go with it.
    house.exits(1, &["--profile", "ana", "apply", "floor.hcl", "--yes"]);
}

#[test]
fn what_was_wrapped_can_come_back_and_is_no_longer_said_to_be_wrapped() {
    let house = up(&small());
    house.exits(0, &["--profile", "bo", "wrap", "floor.hcl", "--yes"]);
    house.exits(0, &["--profile", "ana", "apply", "floor.hcl", "--yes"]);
    house.exits(0, &["plan", "floor.hcl", "--detailed-exitcode"]);
    let status = house.json(&["status", "floor.hcl", "--json"]);
    assert_eq!(status.get("wrapped"), None, "{status:#}");
}

#[test]
fn who_applied_last_does_not_wrap() {
    let house = up(&small());
    let told = house.exits(4, &["--profile", "ana", "wrap", "floor.hcl", "--yes"]);
    assert!(told.contains("VDI-DAT-02") && told.contains("user/ana"), "{told}");
    // The keys know it, where the ledger is gone.
    fs::remove_dir_all(house.state()).expect("it is there");
    house.exits(4, &["--profile", "ana", "wrap", "floor.hcl", "--yes"]);
    // And no word in the blueprint makes what is there less secret.
    house.edit("\"pre-release\"", "\"internal\"");
    house.exits(4, &["--profile", "ana", "wrap", "floor.hcl", "--yes"]);

    let exception = r#"
exception "one-person-studio" {
  control      = "VDI-DAT-02"
  scope        = [production.nebula]
  reason       = "There is nobody else."
  compensating = "The certificate goes to the client's security team."
  owner        = "lead@lighthouse.example"
  approver     = "ciso@lighthouse.example"
  expires      = "2027-01-15"
}
"#;
    fs::write(house.path("floor.hcl"), small().text() + exception).expect("it is written");
    house.exits(0, &["--profile", "ana", "wrap", "floor.hcl", "--yes"]);
    let ana = "arn:aws:iam::123456789012:user/ana";
    let issued = &house.certificates()[0]["issued"];
    let said =
        format!("{ana} applied last, and {ana} wrapped: one principal, which exception.one-person-studio allows");
    assert_eq!(issued["duties"], said, "{issued:#}");
}

#[test]
fn a_certificate_says_who_applied_last_and_who_wrapped_whoever_asks_for_it_again() {
    let house = up(&small());
    house.exits(0, &["--profile", "bo", "wrap", "floor.hcl", "--yes"]);
    // Nothing is left to do, so that anybody may: it is still Bo who wrapped.
    house.exits(0, &["--profile", "ana", "wrap", "floor.hcl", "--yes"]);
    let (ana, bo) = ("arn:aws:iam::123456789012:user/ana", "arn:aws:iam::123456789012:user/bo");
    let certificates = house.certificates();
    assert_eq!(certificates.len(), 2);
    for (certificate, issuer) in certificates.iter().zip([bo, ana]) {
        let issued = &certificate["issued"];
        assert_eq!(issued["duties"], format!("{ana} applied last, and {bo} wrapped: two principals"), "{issued:#}");
        assert_eq!((&issued["by"], &issued["wrapped_by"]), (&json!(issuer), &json!(bo)), "{issued:#}");
        assert_eq!(issued["applied_by"], json!([ana]), "{issued:#}");
    }
}

#[test]
fn a_certificate_tells_each_resource_from_its_beginning_to_its_end() {
    let house = up(&Floor { kept_gib: Some(50), ..small() });
    house.exits(0, &["--profile", "bo", "wrap", "floor.hcl", "--yes", "--shred", "--confirm", "nebula"]);
    let certificate = &house.certificates()[0];
    assert_eq!(certificate["clean"], true, "{certificate:#}");
    let destroyed = certificate["destroyed"].as_array().expect("resources");
    assert!(destroyed.len() > 15, "{certificate:#}");
    for one in destroyed {
        let by =
            |moment: &str| one[moment]["by"].as_str().map(|arn| arn.rsplit('/').next().unwrap_or_default().to_owned());
        assert_eq!(by("created").as_deref(), Some("ana"), "{one:#}");
        assert_eq!(by("destroyed").as_deref(), Some("bo"), "{one:#}");
        let requests = |moment: &str| one[moment]["requests"].as_array().map_or(0, Vec::len);
        assert!(requests("destroyed") > 0 || one["kind"] == "route_table", "{one:#}");
    }
    let work = destroyed.iter().find(|one| one["address"] == "workstation_pool.comp[001].work").expect("a volume");
    assert_eq!(work["size_gib"], 50);
    let key = &certificate["keys"][0];
    assert_eq!((&key["state"], &key["asked"]["refused"]), (&json!("pending_deletion"), &json!(true)), "{key:#}");
    assert!(key["ends"].is_string());

    // The ledger knows what was written, and sees when it isn't that any more.
    house.exits(0, &["ledger", "verify", "floor.hcl"]);
    let page = fs::read_dir(house.state())
        .expect("a folder")
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "html"))
        .expect("a page");
    let text = fs::read_to_string(&page).expect("a text");
    fs::write(&page, text.replace("ana", "eve")).expect("it is written");
    let told = house.exits(1, &["ledger", "verify", "floor.hcl"]);
    assert!(told.contains(".html was changed"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn planted_residue_of_each_kind_is_found_and_named() {
    let house = up(&small());
    let cloud = house.cloud();
    cloud.adjust(|settings| settings.recycle_bin_days = Some(7));
    let volumes = ec2(&cloud, "DescribeVolumes", &[]).await;
    let (volume, key) = (part(&volumes, "volumeId"), part(&volumes, "kmsKeyId"));
    // By hand, without any tag.
    let snapshot = part(&ec2(&cloud, "CreateSnapshot", &[("VolumeId", &volume)]).await, "snapshotId");
    let binned = part(&ec2(&cloud, "CreateSnapshot", &[("VolumeId", &volume)]).await, "snapshotId");
    let alone = [("AvailabilityZone", "us-west-2a"), ("Size", "8"), ("Encrypted", "true"), ("KmsKeyId", &key)];
    let alone = part(&ec2(&cloud, "CreateVolume", &alone).await, "volumeId");
    minute().await;
    ec2(&cloud, "DeleteSnapshot", &[("SnapshotId", &binned)]).await;
    let disk = [
        ("Name", "golden-by-hand"),
        ("BlockDeviceMapping.1.DeviceName", "/dev/sda1"),
        ("BlockDeviceMapping.1.Ebs.SnapshotId", &snapshot),
    ];
    let image = part(&ec2(&cloud, "RegisterImage", &disk).await, "imageId");
    let network = part(&ec2(&cloud, "DescribeVpcs", &[]).await, "vpcId");
    let group = [("GroupName", "by-hand"), ("GroupDescription", "x"), ("VpcId", network.as_str())];
    let group = part(&ec2(&cloud, "CreateSecurityGroup", &group).await, "groupId");
    let log = json!({"logGroupName": "/closedset/nebula/by-hand"}).to_string();
    send(&cloud, "logs", Some("Logs_20140328.CreateLogGroup"), log).await;
    house.keep(&cloud);
    drop(cloud);

    let told = house.exits(3, &["--profile", "bo", "wrap", "floor.hcl", "--yes"]);
    let planted = [
        format!("snapshot {snapshot}"),
        format!("snapshot in the recycle bin {binned}"),
        format!("volume {alone}"),
        format!("image {image}"),
        format!("security group {group}"),
        "log group /closedset/nebula/by-hand".to_owned(),
        // What went with its seat lies in the bin as well.
        format!("volume in the recycle bin {volume}"),
    ];
    for one in &planted {
        assert!(told.contains(one.as_str()), "{one}\n{told}");
    }
    assert_eq!(house.certificates().last().expect("a certificate")["clean"], false);

    // Once it is cleared away, the next wrap says so.
    let cloud = house.cloud();
    cloud.adjust(|settings| settings.recycle_bin_days = None);
    ec2(&cloud, "DeregisterImage", &[("ImageId", &image)]).await;
    ec2(&cloud, "DeleteSnapshot", &[("SnapshotId", &snapshot)]).await;
    ec2(&cloud, "DeleteVolume", &[("VolumeId", &alone)]).await;
    ec2(&cloud, "DeleteSecurityGroup", &[("GroupId", &group)]).await;
    let log = json!({"logGroupName": "/closedset/nebula/by-hand"}).to_string();
    send(&cloud, "logs", Some("Logs_20140328.DeleteLogGroup"), log).await;
    // Nothing can be purged from a recycle bin: its days have to pass.
    tokio::time::sleep(std::time::Duration::from_secs(8 * 86_400)).await;
    house.keep(&cloud);
    drop(cloud);
    let told = house.exits(0, &["--profile", "bo", "wrap", "floor.hcl", "--yes"]);
    assert!(told.contains("No residue"), "{told}");
    assert_eq!(house.certificates().last().expect("a certificate")["clean"], true);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_a_stranger_still_uses_stays_in_service() {
    let house = up(&small());
    let cloud = house.cloud();
    let key = part(&ec2(&cloud, "DescribeVolumes", &[]).await, "kmsKeyId");
    let subnet = part(&ec2(&cloud, "DescribeSubnets", &[]).await, "subnetId");
    let zone = part(&ec2(&cloud, "DescribeSubnets", &[]).await, "availabilityZone");
    let launch = [("ImageId", IMAGE), ("InstanceType", "g5.4xlarge"), ("MinCount", "1"), ("MaxCount", "1")];
    let launch = [&launch[..], &[("SubnetId", subnet.as_str())]].concat();
    let instance = part(&ec2(&cloud, "RunInstances", &launch).await, "instanceId");
    let disk = [("AvailabilityZone", zone.as_str()), ("Size", "8"), ("Encrypted", "true"), ("KmsKeyId", &key)];
    let disk = part(&ec2(&cloud, "CreateVolume", &disk).await, "volumeId");
    minute().await;
    ec2(&cloud, "AttachVolume", &[("VolumeId", &disk), ("InstanceId", &instance), ("Device", "/dev/sdp")]).await;
    minute().await;
    house.keep(&cloud);
    drop(cloud);

    let told = house.exits(3, &["--profile", "bo", "wrap", "floor.hcl", "--shred", "--confirm", "nebula", "--yes"]);
    assert!(told.contains(&format!("{disk} at {instance}")), "{told}");
    let status = house.json(&["status", "floor.hcl", "--json"]);
    assert_eq!(status["wrapped"]["keys"][0]["state"], "enabled", "{status:#}");
    assert_eq!(status["wrapped"]["complete"], false);
}

#[tokio::test(start_paused = true)]
async fn the_phases_follow_each_other() {
    let house = up(&Floor { seats: 3, kept_gib: Some(50), ..Floor::default() });
    house.exits(0, &["--profile", "bo", "--trace-api", "trace.jsonl", "wrap", "floor.hcl", "--yes"]);
    let calls = house.operations("trace.jsonl");
    let first =
        |name: &str| calls.iter().position(|call| call == name).unwrap_or_else(|| panic!("{name} in {calls:?}"));
    let last =
        |name: &str| calls.iter().rposition(|call| call == name).unwrap_or_else(|| panic!("{name} in {calls:?}"));
    assert!(last("RevokeSecurityGroupIngress") < first("TerminateInstances"), "nobody gets in before anything ends");
    assert!(first("TagResource") < first("TerminateInstances"), "the key says so before anything is done");
    assert!(last("TerminateInstances") < first("DisableKey"));
    assert!(last("DisableKey") < first("DeleteVolume"), "what is deleted can't be read any more by then");
    assert!(last("DisableKey") < first("DeleteSubnet"));
    assert!(last("DeleteVpc") < first("ListSnapshotsInRecycleBin"));
}

#[test]
fn the_promise_is_spoken_of_when_it_comes_due_and_when_it_was_missed() {
    let house = up(&small());
    let warning = |today: &str, verb: &[&str]| {
        let output = house.run_on(today, verb);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        format!("{}{}", text(&output.stdout), text(&output.stderr)).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let shown = ["status", "floor.hcl"];
    assert!(!warning("2027-06-30", &shown).contains("the production ended"));
    let due = warning("2027-07-02", &shown);
    assert!(due.contains("the production ended on 2027-06-30") && due.contains("by 2027-07-30"), "{due}");
    for verb in [&["plan", "floor.hcl"][..], &["wrap", "floor.hcl", "--plan"]] {
        let missed = warning("2027-08-04", verb);
        assert!(missed.contains("it was promised to be destroyed by 2027-07-30, 5 days ago"), "{missed}");
    }
}

#[test]
fn a_ledger_that_lost_lines_says_so() {
    let house = up(&small());
    house.exits(0, &["ledger", "verify", "floor.hcl"]);
    let path = house.state().join("ledger.jsonl");
    let text = fs::read_to_string(&path).expect("a ledger");
    let kept: Vec<&str> = text.lines().take(3).collect();
    fs::write(&path, format!("{}\n", kept.join("\n"))).expect("it is written");
    let told = house.exits(1, &["ledger", "verify", "floor.hcl"]);
    assert!(told.contains("lines are missing"), "{told}");
    let told = house.exits(1, &["ledger", "floor.hcl"]);
    assert!(told.contains("network.main") || told.contains("began"), "what is left is still shown\n{told}");
    fs::remove_file(&path).expect("it is there");
    let told = house.exits(1, &["ledger", "verify", "floor.hcl"]);
    assert!(told.contains("all of its"), "{told}");
    // The next run says so in the ledger itself.
    house.exits(0, &["--profile", "bo", "wrap", "floor.hcl", "--yes"]);
    let told = house.exits(0, &["ledger", "verify", "floor.hcl"]);
    assert!(told.contains("Lines were lost"), "{told}");
    // And the certificate, which rests on it: of what went before nobody can tell.
    let lost = |certificate: &serde_json::Value| certificate["ledger"]["lost"].as_str().map(str::to_owned);
    let certificate = house.certificates().pop().expect("a certificate");
    assert!(lost(&certificate).is_some_and(|words| words.contains("lines are missing")), "{certificate:#}");
    let pages = fs::read_dir(house.state()).expect("a folder").flatten().map(|entry| entry.path());
    let page = pages.filter(|path| path.extension().is_some_and(|one| one == "html")).max().expect("a page");
    let page = fs::read_to_string(page).expect("a text");
    assert!(page.contains("<dt>Missing</dt><dd>all of its"), "{page}");
    // However often it is issued.
    house.exits(0, &["--profile", "bo", "wrap", "floor.hcl", "--yes"]);
    assert_eq!(house.certificates().iter().filter(|one| lost(one).is_some()).count(), 2);
}

#[test]
fn a_certificate_that_rests_on_a_whole_ledger_misses_nothing() {
    let house = up(&small());
    house.exits(0, &["--profile", "bo", "wrap", "floor.hcl", "--yes"]);
    assert_eq!(house.certificates()[0]["ledger"]["lost"], json!(null));
}
