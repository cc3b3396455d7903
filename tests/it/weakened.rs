//! Somebody weakens a live production behind the program's back, a thing at a time: exactly the controls that watch it
//! react, on moto and on the rehearsal cloud alike, and an apply makes it good again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use closedset::blueprint::{Inputs, NoFiles, Parsed, load};
use closedset::cloud::Scope;
use closedset::controls::{Record, Status, examine_live};
use closedset::rehearsal::serve::Server;
use closedset::rehearsal::{RehearsalCloud, Settings};
use closedset::resource::Address;
use serde_json::json;

use crate::moto::{Moto, REGION};
use crate::rehearsal;
use crate::stage::{Stage, floor};

/// A control and what it says of what.
type Said = BTreeSet<(String, String)>;

/// What fails, is unknown or couldn't be read now, by the controls of the blueprint's profile.
async fn wrong(stage: &Stage, text: &str) -> Said {
    let run = stage.plan(text).await;
    let (parsed, problems) = Parsed::new([("floor.hcl".to_owned(), text.as_bytes().to_vec())]);
    let today = "2026-12-07".parse().expect("a date");
    let blueprint = load(parsed, problems, &Inputs::default(), &NoFiles, today).blueprint.expect("it is valid");
    let posture = examine_live(&blueprint, &run.desired, &run.observed, &run.plan, Record::default(), today);
    let findings = [Status::Fail, Status::Error, Status::Undetermined].map(|status| posture.findings(status));
    let said = findings.iter().flatten().map(|(verdict, one)| (verdict.control.clone(), one.sentence.clone()));
    said.collect()
}

/// A thing of the cloud's that is weakened, and the controls that have to say so.
struct Weakness {
    name: &'static str,
    /// What is done, given the ids of what is there.
    weaken: fn(&Moto, &BTreeMap<Address, String>),
    reacts: &'static [&'static str],
}

fn id<'a>(ids: &'a BTreeMap<Address, String>, address: &str) -> &'a str {
    ids.get(&Address::new(address)).unwrap_or_else(|| panic!("nothing is at {address}"))
}

/// The end of an ARN.
fn name<'a>(ids: &'a BTreeMap<Address, String>, address: &str) -> &'a str {
    id(ids, address).rsplit('/').next().unwrap_or_default()
}

/// Opens a group: `Ingress` or `Egress`.
fn open(moto: &Moto, group: &str, direction: &str, protocol: &str, port: &str, peer: (&str, &str)) {
    let mut rule = vec![("GroupId", group), ("IpPermissions.1.IpProtocol", protocol), peer];
    if protocol != "-1" {
        rule.extend([("IpPermissions.1.FromPort", port), ("IpPermissions.1.ToPort", port)]);
    }
    moto.ec2(&format!("AuthorizeSecurityGroup{direction}"), &rule);
}

const ANYWHERE: (&str, &str) = ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0");
const DESKS: &str = "network.main.workstations";
const SEAT: &str = "workstation_pool.comp[001]";
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const ANYBODY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

const WEAKNESSES: &[Weakness] = &[
    Weakness {
        name: "a subnet hands out public addresses",
        weaken: |moto, ids| {
            let subnet = id(ids, "network.main.workstations/us-east-1a");
            moto.ec2("ModifySubnetAttribute", &[("SubnetId", subnet), ("MapPublicIpOnLaunch.Value", "true")]);
        },
        reacts: &["VDI-NET-01"],
    },
    Weakness {
        name: "content gets a route to the internet",
        weaken: |moto, ids| {
            let (table, gateway) = (id(ids, "network.main.routes/content"), id(ids, "network.main.igw"));
            let route = [("RouteTableId", table), ("DestinationCidrBlock", "0.0.0.0/0"), ("GatewayId", gateway)];
            moto.ec2("CreateRoute", &route);
        },
        reacts: &["VDI-NET-02", "VDI-NET-09"],
    },
    Weakness {
        name: "everything may leave the workstations",
        weaken: |moto, ids| open(moto, id(ids, DESKS), "Egress", "-1", "", ANYWHERE),
        reacts: &["VDI-NET-03", "VDI-NET-05"],
    },
    Weakness {
        name: "remote desktops are open to everybody",
        weaken: |moto, ids| open(moto, id(ids, DESKS), "Ingress", "tcp", "3389", ANYWHERE),
        reacts: &["VDI-NET-04", "VDI-NET-12"],
    },
    Weakness {
        name: "workstations may reach each other",
        weaken: |moto, ids| {
            let own = id(ids, DESKS);
            open(moto, own, "Ingress", "tcp", "445", ("IpPermissions.1.Groups.1.GroupId", own));
        },
        reacts: &["VDI-NET-04", "VDI-NET-06"],
    },
    Weakness {
        name: "a home is added to the offices, as wide as the internet",
        weaken: |moto, ids| {
            let entry = [("AddEntry.1.Cidr", "0.0.0.0/0"), ("AddEntry.1.Description", "home")];
            // moto forgets a name that isn't said again.
            let name = ("PrefixListName", "closedset-nebula-offices");
            let list = [("PrefixListId", id(ids, "prefix_list.offices")), ("CurrentVersion", "1"), name];
            moto.ec2("ModifyManagedPrefixList", &[&list[..], &entry].concat());
        },
        reacts: &["VDI-NET-04"],
    },
    Weakness {
        name: "an endpoint serves anybody",
        weaken: |moto, ids| {
            let endpoint = id(ids, "network.main.endpoint/s3");
            moto.ec2("ModifyVpcEndpoint", &[("VpcEndpointId", endpoint), ("PolicyDocument", ANYBODY)]);
        },
        reacts: &["VDI-IAM-06", "VDI-NET-08"],
    },
    Weakness {
        name: "nobody records the network's flows",
        weaken: |moto, ids| {
            moto.ec2("DeleteFlowLogs", &[("FlowLogId.1", id(ids, "network.main.flow_log"))]);
        },
        reacts: &["VDI-LOG-02"],
    },
    Weakness {
        name: "records are kept for a day",
        weaken: |moto, _| {
            let group = "/closedset/nebula/main/flow";
            moto.logs("PutRetentionPolicy", &json!({ "logGroupName": group, "retentionInDays": 1 }));
        },
        reacts: &["VDI-LOG-03"],
    },
    Weakness {
        name: "the seats' role may do everything",
        weaken: |moto, ids| {
            let role = ("RoleName", name(ids, "workstation_pool.comp.role"));
            moto.iam("PutRolePolicy", &[role, ("PolicyName", "more"), ("PolicyDocument", EVERYTHING)]);
        },
        reacts: &["VDI-IAM-03", "VDI-IAM-07"],
    },
    Weakness {
        name: "the key opens to anybody",
        weaken: |moto, ids| {
            let key = name(ids, "key.content");
            moto.kms("PutKeyPolicy", &json!({ "KeyId": key, "PolicyName": "default", "Policy": ANYBODY }));
        },
        reacts: &["VDI-IAM-06", "VDI-IAM-07"],
    },
    Weakness {
        name: "the key isn't renewed",
        weaken: |moto, ids| {
            moto.kms("DisableKeyRotation", &json!({ "KeyId": name(ids, "key.content") }));
        },
        reacts: &["VDI-ENC-02"],
    },
    Weakness {
        name: "the metadata service asks for no token",
        weaken: |moto, ids| {
            // moto forgets the options that aren't said again.
            let (tags, hops) = (("InstanceMetadataTags", "enabled"), ("HttpPutResponseHopLimit", "1"));
            let how = [("InstanceId", id(ids, SEAT)), ("HttpTokens", "optional"), hops, tags];
            moto.ec2("ModifyInstanceMetadataOptions", &how);
        },
        reacts: &["VDI-HST-02"],
    },
];

/// What somebody changed is told as such, besides what is wrong with it.
const DRIFT: &str = "VDI-DET-03";

/// Weakens one thing after the other, and makes each good again.
async fn each_is_told(stage: &Stage, text: &str) {
    let before = wrong(stage, text).await;
    let mut problems = Vec::new();
    for Weakness { name, weaken, reacts } in WEAKNESSES {
        let ids = stage.observe().await.found.into_iter().map(|(address, found)| (address, found.id)).collect();
        let moto = stage.moto.clone();
        // The call waits for its answer on a thread of its own: the cloud may live on this one.
        tokio::task::spawn_blocking(move || weaken(&moto, &ids)).await.expect("it is done");
        let after = wrong(stage, text).await;
        let told: Vec<_> = after.difference(&before).filter(|(control, _)| control != DRIFT).collect();
        let new: BTreeSet<&str> = told.iter().map(|(control, _)| control.as_str()).collect();
        if new != reacts.iter().copied().collect() {
            problems.push(format!("{name}: {told:#?}"));
        }
        stage.plan(text).await.carry_out().await;
        let mended = wrong(stage, text).await;
        assert_eq!(mended, before, "{name}: an apply makes it good again");
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn on_moto_exactly_the_controls_that_should_react_do() {
    let text = floor(2);
    let stage = Stage::with(&text).await;
    each_is_told(&stage, &text).await;
}

/// A floor that went up in virtual time, as a saved account.
fn gone_up(text: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let settings = Settings { region: REGION.to_owned(), latency: false, ..Settings::default() };
        let stage = rehearsal::Stage::new(settings).await;
        let desired = stage.desired(text).await;
        let outcome = stage.apply(&desired).await;
        assert!(outcome.is_complete(), "{outcome:#?}");
        stage.world.save().expect("a world is plain JSON")
    })
}

#[tokio::test]
async fn on_the_rehearsal_cloud_exactly_the_same_controls_react() {
    let text = floor(2);
    let saved = tokio::task::spawn_blocking({
        let text = text.clone();
        move || gone_up(&text)
    });
    let saved = saved.await.expect("a floor");
    let cloud = Arc::new(RehearsalCloud::open(saved.as_bytes()).expect("what was saved can be opened"));
    let server = Server::bind(cloud, 0).await.expect("a free port");
    let port = server.address().expect("an address").port();
    let serving = tokio::spawn(server.run());
    let stage = Stage { moto: Moto::elsewhere(port), scope: Scope::new("nebula") };
    each_is_told(&stage, &text).await;
    serving.abort();
}
