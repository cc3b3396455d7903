//! Keys, roles, profiles, logs, switches and images, held against an independent server of the AWS protocols: each is
//! made, seen as desired, changed by someone else, repaired, and taken down; and each is taken up again where an earlier
//! run was cut off.

use std::collections::{BTreeMap, BTreeSet};

use closedset::cloud::{Cloud, Ends, ErrorClass, Gone, Identity, Live, Scope};
use closedset::resource::{
    AccountSwitch, Address, Document, FieldChange, FlowLog, Found, IamRole, ImageSource, InstanceProfile, KmsKey,
    LogGroup, Resource, SWITCHES, Spec, Status, Tags, Vpc, compare, digest,
};
use serde_json::json;

use crate::moto::Moto;

const PRODUCTION: &str = "nightfall";

fn scope() -> Scope {
    Scope::new(PRODUCTION)
}

fn identity<T: Spec>(address: &str, spec: &T) -> Identity {
    Identity {
        production: PRODUCTION.to_owned(),
        address: Address::new(address),
        digest: digest([&spec.fields()]),
        protect: false,
    }
}

fn tags(unit: &str) -> Tags {
    Tags::from([("unit".to_owned(), unit.to_owned())])
}

/// Makes it and notes its id, as an apply does.
async fn make<T: Live>(cloud: &Cloud, address: &str, spec: &T) -> String {
    let id = spec.create(cloud, &identity(address, spec)).await.expect("it can be made");
    cloud.learn(Address::new(address), &id);
    id
}

/// What a list shows at an address, ids translated to addresses as an observation does.
async fn seen<T: Live>(cloud: &Cloud, address: &str) -> Option<Found> {
    let listing = T::list(cloud, &scope()).await.expect("it can be listed");
    assert_eq!(listing.unreadable, []);
    let mut found = listing.found.into_iter().find(|found| found.address.as_str() == address)?;
    let known = ["key.content", "network.main", "network.main.log_group", "role.logs", "role.comp", "role.paint"];
    found.resource.rename(&|id| {
        let named = known.iter().map(|address| Address::new(*address));
        named.into_iter().find(|address| cloud.known_id(address).as_deref() == Some(id.as_str())).unwrap_or(id.clone())
    });
    Some(found)
}

/// What differs from the desired state; the paths alone.
fn drift<T: Spec + Into<Resource>>(desired: &T, found: &Found) -> (Vec<String>, Vec<FieldChange>) {
    let changes = compare(&desired.clone().into(), &found.resource);
    (changes.iter().map(|change| change.path.clone()).collect(), changes)
}

/// Repairs what differs, and sees that nothing does any more and that the new digest is on.
async fn repair<T: Live + Into<Resource>>(cloud: &Cloud, address: &str, desired: &T, found: &Found) -> Found {
    let (_, changes) = drift(desired, found);
    let identity = identity(address, desired);
    desired.update(cloud, found, &identity, &changes).await.expect("it can be changed");
    let found = seen::<T>(cloud, address).await.expect("it is still there");
    assert_eq!(drift(desired, &found).0, [""; 0]);
    if found.digest.is_some() {
        assert_eq!(found.digest.as_ref(), Some(&identity.digest));
    }
    found
}

fn key() -> KmsKey {
    KmsKey {
        alias: Some(format!("alias/closedset/{PRODUCTION}/content")),
        description: "Nightfall: everything on disk".to_owned(),
        state: "enabled".to_owned(),
        rotation_days: Some(180),
        region: None,
        policy: Document::new(&json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "Owner",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "kms:*",
                "Resource": "*",
            }],
        })),
        tags: tags("main"),
    }
}

#[tokio::test]
async fn a_key_is_made_found_repaired_and_disabled() {
    let moto = Moto::new();
    let cloud = moto.cloud().await;
    let desired = key();
    let arn = make(&cloud, "key.content", &desired).await;
    let found = seen::<KmsKey>(&cloud, "key.content").await.expect("it is listed");
    assert_eq!(found.id, arn);
    assert!(arn.ends_with(&found.facts["key_id"]));
    assert_eq!(found.status, Status::Ready);
    assert_eq!(drift(&desired, &found).0, [""; 0]);

    // Someone turns the rotation off, rewrites the policy and puts a tag on.
    let kms = aws_sdk_kms::Client::new(&moto.sdk());
    kms.disable_key_rotation().key_id(&arn).send().await.unwrap();
    kms.put_key_policy().key_id(&arn).policy_name("default").policy(allow("kms:*").as_str()).send().await.unwrap();
    let tag = aws_sdk_kms::types::Tag::builder().tag_key("by_hand").tag_value("x").build().unwrap();
    kms.tag_resource().key_id(&arn).tags(tag).send().await.unwrap();
    kms.disable_key().key_id(&found.facts["key_id"]).send().await.unwrap();
    let found = seen::<KmsKey>(&cloud, "key.content").await.expect("it is listed");
    assert_eq!(found.status, Status::Resting("disabled".to_owned()));
    assert_eq!(drift(&desired, &found).0, ["policy", "rotation_days", "state", "tags.by_hand"]);
    repair(&cloud, "key.content", &desired, &found).await;

    // The blueprint changes too.
    let edited = KmsKey { description: "Nightfall".to_owned(), tags: tags("second"), ..desired };
    let found = seen::<KmsKey>(&cloud, "key.content").await.expect("it is listed");
    let found = repair(&cloud, "key.content", &edited, &found).await;

    assert!(matches!(KmsKey::delete(&cloud, &found).await, Ok(Gone::Kept(_))));
    let found = seen::<KmsKey>(&cloud, "key.content").await.expect("a disabled key is still listed");
    assert_eq!(found.status, Status::Resting("disabled".to_owned()));
    assert!(matches!(KmsKey::delete(&cloud, &found).await, Ok(Gone::Kept(_))));

    // A shred, asked for twice, keeps its date; and until then there is a way back.
    let date = cloud.schedule_key_deletion(&arn, 7).await.expect("it can be scheduled");
    assert_eq!(cloud.schedule_key_deletion(&arn, 30).await, Ok(Ends::Already(date.at().to_owned())));
    let found = seen::<KmsKey>(&cloud, "key.content").await.expect("it is listed until its end");
    assert_eq!(found.status, Status::Resting("pending_deletion".to_owned()));
    assert_eq!(found.facts["deletion_date"], date.at());
    assert!(matches!(KmsKey::delete(&cloud, &found).await, Ok(Gone::Kept(_))));
    repair(&cloud, "key.content", &edited, &found).await;
}

#[tokio::test]
async fn a_key_without_its_alias_is_taken_up_again() {
    let moto = Moto::new();
    let cloud = moto.cloud().await;
    let desired = key();
    let first = make(&cloud, "key.content", &desired).await;
    let kms = aws_sdk_kms::Client::new(&moto.sdk());
    let alias = desired.alias.clone().unwrap_or_default();
    kms.delete_alias().alias_name(&alias).send().await.unwrap();
    kms.disable_key_rotation().key_id(&first).send().await.unwrap();
    assert_eq!(seen::<KmsKey>(&cloud, "key.content").await, None);

    let again = make(&cloud, "key.content", &desired).await;
    assert_eq!(again, first);
    let found = seen::<KmsKey>(&cloud, "key.content").await.expect("it is listed");
    assert_eq!(drift(&desired, &found).0, [""; 0]);
    assert_eq!(kms.list_keys().send().await.unwrap().keys().len(), 1);
}

#[tokio::test]
async fn a_key_stripped_of_its_tags_keeps_its_address_and_a_foreign_one_its_alias() {
    let moto = Moto::new();
    let cloud = moto.cloud().await;
    let desired = key();
    let alias = desired.alias.clone().unwrap_or_default();
    let kms = aws_sdk_kms::Client::new(&moto.sdk());
    let foreign = kms.create_key().send().await.unwrap().key_metadata.map(|key| key.key_id).unwrap_or_default();
    kms.create_alias().alias_name(&alias).target_key_id(&foreign).send().await.unwrap();
    let found = seen::<KmsKey>(&cloud, "key.content").await.expect("the alias tells the address");
    assert_eq!(found.digest, None);

    let mark =
        |key: &str, value: &str| aws_sdk_kms::types::Tag::builder().tag_key(key).tag_value(value).build().unwrap();
    let tag = kms.tag_resource().key_id(&foreign);
    tag.tags(mark("closedset:production", "other"))
        .tags(mark("closedset:address", "key.content"))
        .send()
        .await
        .unwrap();
    assert_eq!(seen::<KmsKey>(&cloud, "key.content").await, None);
    let refusal = desired.create(&cloud, &identity("key.content", &desired)).await.expect_err("it is someone else's");
    assert_eq!(refusal.class, ErrorClass::Exists);
    assert_eq!(kms.list_keys().send().await.unwrap().keys().len(), 1, "nothing was made before it was refused");
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_key() {
    let moto = Moto::new();
    let cloud = moto.cloud().await;
    moto.lose_answer("CreateKey");
    let desired = key();
    let arn = make(&cloud, "key.content", &desired).await;
    let kms = aws_sdk_kms::Client::new(&moto.sdk());
    assert_eq!(kms.list_keys().send().await.unwrap().keys().len(), 1);
    let found = seen::<KmsKey>(&cloud, "key.content").await.expect("it is listed");
    assert_eq!((found.id.as_str(), drift(&desired, &found).0), (arn.as_str(), Vec::new()));
}

fn trust(service: &str) -> Document {
    Document::new(&json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }))
}

fn allow(action: &str) -> Document {
    Document::new(&json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::a b/*"}],
    }))
}

fn role(name: &str) -> IamRole {
    IamRole {
        name: format!("{PRODUCTION}-{name}"),
        path: scope().iam_path(),
        trust: trust("ec2.amazonaws.com"),
        policies: BTreeMap::from([("read".to_owned(), allow("s3:GetObject")), ("list".to_owned(), allow("s3:List*"))]),
        managed: BTreeSet::new(),
        boundary: None,
        tags: tags("main"),
    }
}

/// A managed policy, and its ARN.
async fn managed_policy(iam: &aws_sdk_iam::Client, name: &str) -> String {
    let made = iam.create_policy().policy_name(name).policy_document(allow("s3:*").as_str()).send().await.unwrap();
    made.policy.and_then(|policy| policy.arn).unwrap_or_default()
}

#[tokio::test]
async fn a_role_is_made_found_repaired_and_deleted() {
    let moto = Moto::new();
    let cloud = moto.cloud().await;
    let iam = aws_sdk_iam::Client::new(&moto.sdk());
    let (agent, extra) = (managed_policy(&iam, "agent").await, managed_policy(&iam, "extra").await);
    let desired = IamRole { managed: BTreeSet::from([agent.clone()]), ..role("comp") };
    let arn = make(&cloud, "role.comp", &desired).await;
    let found = seen::<IamRole>(&cloud, "role.comp").await.expect("it is listed");
    assert_eq!(found.id, arn);
    assert_eq!(drift(&desired, &found).0, [""; 0]);

    // Someone lets it do more, takes away what it needs, and loses a tag.
    let name = desired.name.as_str();
    iam.attach_role_policy().role_name(name).policy_arn(&extra).send().await.unwrap();
    iam.put_role_policy()
        .role_name(name)
        .policy_name("more")
        .policy_document(allow("*").as_str())
        .send()
        .await
        .unwrap();
    iam.delete_role_policy().role_name(name).policy_name("list").send().await.unwrap();
    iam.untag_role().role_name(name).tag_keys("unit").send().await.unwrap();
    let found = seen::<IamRole>(&cloud, "role.comp").await.expect("it is listed");
    let (paths, _) = drift(&desired, &found);
    assert!(["managed", "tags.unit"].iter().all(|path| paths.iter().any(|one| one == path)), "{paths:?}");
    assert!(["policies.more", "policies.list"].iter().all(|path| paths.iter().any(|one| one == path)), "{paths:?}");
    repair(&cloud, "role.comp", &desired, &found).await;

    let edited = IamRole {
        trust: trust("ssm.amazonaws.com"),
        boundary: Some(agent),
        managed: BTreeSet::new(),
        tags: tags("second"),
        ..desired.clone()
    };
    let found = seen::<IamRole>(&cloud, "role.comp").await.expect("it is listed");
    repair(&cloud, "role.comp", &edited, &found).await;
    let found = seen::<IamRole>(&cloud, "role.comp").await.expect("it is listed");
    let found = repair(&cloud, "role.comp", &desired, &found).await;

    assert_eq!(IamRole::delete(&cloud, &found).await, Ok(Gone::Gone));
    assert_eq!(seen::<IamRole>(&cloud, "role.comp").await, None);
    assert_eq!(IamRole::delete(&cloud, &found).await, Ok(Gone::Gone));
}

#[tokio::test]
async fn roles_are_read_one_by_one_where_reading_them_all_is_forbidden() {
    let moto = Moto::new();
    let cloud = moto.cloud().await;
    make(&cloud, "role.comp", &role("comp")).await;
    make(&cloud, "role.paint", &role("paint")).await;
    moto.start_counting();
    let in_bulk = IamRole::list(&cloud, &scope()).await.expect("it can be listed");
    assert_eq!(moto.calls(), ["GetAccountAuthorizationDetails"]);

    moto.deny("GetAccountAuthorizationDetails");
    let mut one_by_one = IamRole::list(&cloud, &scope()).await.expect("it can be listed all the same");
    one_by_one.found.sort_by(|one, other| one.address.cmp(&other.address));
    assert_eq!(one_by_one.found.len(), 2);
    assert!(one_by_one.found.iter().all(|found| in_bulk.found.contains(found)), "{one_by_one:?}");

    // What one role keeps to itself is said of that one, and the rest stands.
    moto.deny("GetRolePolicy");
    let listing = IamRole::list(&cloud, &scope()).await.expect("each failure is its own");
    assert_eq!((listing.found.len(), listing.unreadable.len()), (0, 2));
    assert_eq!(listing.unreadable[0].call, "iam:GetRolePolicy");
}

#[tokio::test]
async fn a_role_cut_off_before_its_policies_is_taken_up_and_a_foreign_one_is_not() {
    let moto = Moto::new();
    let cloud = moto.cloud().await;
    let desired = role("comp");
    // An answer that is lost makes no difference: the name tells that it was done.
    moto.lose_answer("CreateRole");
    let first = make(&cloud, "role.comp", &desired).await;
    let iam = aws_sdk_iam::Client::new(&moto.sdk());
    for policy in desired.policies.keys() {
        iam.delete_role_policy().role_name(&desired.name).policy_name(policy).send().await.unwrap();
    }
    assert_eq!(make(&cloud, "role.comp", &desired).await, first);
    let found = seen::<IamRole>(&cloud, "role.comp").await.expect("it is listed");
    assert_eq!(drift(&desired, &found).0, [""; 0]);

    let foreign = role("foreign");
    let create = iam.create_role().role_name(&foreign.name).assume_role_policy_document(foreign.trust.as_str());
    create.send().await.unwrap();
    let refusal = foreign.create(&cloud, &identity("role.foreign", &foreign)).await.expect_err("it is someone else's");
    assert_eq!(refusal.class, ErrorClass::Exists);
}

#[tokio::test]
async fn a_profile_hands_out_one_role_and_can_be_given_another() {
    let moto = Moto::new();
    let cloud = moto.cloud().await;
    make(&cloud, "role.comp", &role("comp")).await;
    make(&cloud, "role.paint", &role("paint")).await;
    let desired = InstanceProfile {
        name: format!("{PRODUCTION}-comp"),
        path: scope().iam_path(),
        role: Some(Address::new("role.comp")),
        tags: tags("main"),
    };
    moto.lose_answer("AddRoleToInstanceProfile");
    let arn = make(&cloud, "profile.comp", &desired).await;
    let found = seen::<InstanceProfile>(&cloud, "profile.comp").await.expect("it is listed");
    assert_eq!(found.id, arn);
    assert_eq!(drift(&desired, &found).0, [""; 0]);

    // Cut off before the role was put in.
    let iam = aws_sdk_iam::Client::new(&moto.sdk());
    let out = iam.remove_role_from_instance_profile().instance_profile_name(&desired.name);
    out.role_name(role("comp").name).send().await.unwrap();
    let found = seen::<InstanceProfile>(&cloud, "profile.comp").await.expect("it is listed");
    assert_eq!(drift(&desired, &found).0, ["role"]);
    assert_eq!(make(&cloud, "profile.comp", &desired).await, arn);
    // And once more, with nothing left to do.
    assert_eq!(make(&cloud, "profile.comp", &desired).await, arn);
    let found = seen::<InstanceProfile>(&cloud, "profile.comp").await.expect("it is listed");
    assert_eq!(drift(&desired, &found).0, [""; 0]);

    let edited = InstanceProfile { role: Some(Address::new("role.paint")), tags: tags("second"), ..desired };
    let found = repair(&cloud, "profile.comp", &edited, &found).await;

    // A role that is in a profile can be deleted all the same.
    let paint = seen::<IamRole>(&cloud, "role.paint").await.expect("it is listed");
    assert_eq!(IamRole::delete(&cloud, &paint).await, Ok(Gone::Gone));
    let comp = seen::<IamRole>(&cloud, "role.comp").await.expect("it is listed");
    assert_eq!(IamRole::delete(&cloud, &comp).await, Ok(Gone::Gone));
    assert_eq!(InstanceProfile::delete(&cloud, &found).await, Ok(Gone::Gone));
    assert_eq!(seen::<InstanceProfile>(&cloud, "profile.comp").await, None);
    assert_eq!(InstanceProfile::delete(&cloud, &found).await, Ok(Gone::Gone));
}

#[tokio::test]
async fn a_network_is_logged_to_a_group_of_its_own() {
    let moto = Moto::new();
    let cloud = moto.cloud().await;
    make(&cloud, "key.content", &key()).await;
    let writer = IamRole { trust: trust("vpc-flow-logs.amazonaws.com"), ..role("logs") };
    make(&cloud, "role.logs", &writer).await;
    let network = Vpc {
        cidr: "10.40.0.0/16".to_owned(),
        dns_support: true,
        dns_hostnames: true,
        default_group_empty: true,
        tags: tags("main"),
    };
    make(&cloud, "network.main", &network).await;

    let group = LogGroup {
        name: format!("/closedset/{PRODUCTION}/main/flow"),
        retention_days: Some(365),
        key: Some(Address::new("key.content")),
    };
    moto.lose_answer("CreateLogGroup");
    make(&cloud, "network.main.log_group", &group).await;
    let found = seen::<LogGroup>(&cloud, "network.main.log_group").await.expect("it is listed");
    assert_eq!(drift(&group, &found).0, [""; 0]);

    // Cut off before its retention was set.
    let logs = aws_sdk_cloudwatchlogs::Client::new(&moto.sdk());
    logs.delete_retention_policy().log_group_name(&group.name).send().await.unwrap();
    let found = seen::<LogGroup>(&cloud, "network.main.log_group").await.expect("it is listed");
    assert_eq!(drift(&group, &found).0, ["retention_days"]);
    make(&cloud, "network.main.log_group", &group).await;
    let found = seen::<LogGroup>(&cloud, "network.main.log_group").await.expect("it is listed");
    assert_eq!(drift(&group, &found).0, [""; 0]);
    let longer = LogGroup { retention_days: None, ..group };
    let group_found = repair(&cloud, "network.main.log_group", &longer, &found).await;

    let desired = FlowLog {
        vpc: Address::new("network.main"),
        log_group: Address::new("network.main.log_group"),
        role: Address::new("role.logs"),
        traffic: "ALL".to_owned(),
        aggregation_seconds: 60,
        tags: tags("main"),
    };
    moto.lose_answer("CreateFlowLogs");
    let id = make(&cloud, "network.main.flow_log", &desired).await;
    let found = seen::<FlowLog>(&cloud, "network.main.flow_log").await.expect("it is listed");
    assert_eq!(found.id, id);
    assert_eq!(drift(&desired, &found).0, [""; 0]);
    // Asked for once more, it is the same one.
    assert_eq!(make(&cloud, "network.main.flow_log", &desired).await, id);
    let edited = FlowLog { tags: tags("second"), ..desired };
    let found = repair(&cloud, "network.main.flow_log", &edited, &found).await;

    assert_eq!(FlowLog::delete(&cloud, &found).await, Ok(Gone::Gone));
    assert_eq!(FlowLog::delete(&cloud, &found).await, Ok(Gone::Gone));
    assert_eq!(seen::<FlowLog>(&cloud, "network.main.flow_log").await, None);
    assert_eq!(LogGroup::delete(&cloud, &group_found).await, Ok(Gone::Gone));
    assert_eq!(LogGroup::delete(&cloud, &group_found).await, Ok(Gone::Gone));
    assert_eq!(seen::<LogGroup>(&cloud, "network.main.log_group").await, None);
}

#[tokio::test]
async fn switches_that_the_endpoint_does_not_know_are_named_without_waiting_for_them() {
    let moto = Moto::new();
    let cloud = moto.cloud().await;
    let listing = AccountSwitch::list(&cloud, &scope()).await.expect("each failure is its own");
    // The second time, for the server takes seconds to wake up.
    moto.start_counting();
    let start = std::time::Instant::now();
    AccountSwitch::list(&cloud, &scope()).await.expect("each failure is its own");
    assert!(moto.calls().iter().all(|call| !call.contains(" x ") || call.ends_with(" x 2")), "{:?}", moto.calls());
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    let named: BTreeSet<String> = listing
        .found
        .iter()
        .map(|found| found.address.to_string())
        .chain(listing.unreadable.iter().filter_map(|one| one.address.as_ref().map(Address::to_string)))
        .collect();
    assert_eq!(named, SWITCHES.iter().map(|(name, _)| format!("account.{name}")).collect());

    let address = "account.ebs_encryption_by_default";
    let off = listing.found.iter().find(|found| found.address.as_str() == address).expect("this one is known");
    let on = AccountSwitch { setting: "on".to_owned() };
    let (paths, changes) = drift(&on, off);
    assert_eq!(paths, ["setting"]);
    on.update(&cloud, off, &identity(address, &on), &changes).await.expect("it can be set");
    let listing = AccountSwitch::list(&cloud, &scope()).await.expect("each failure is its own");
    let found = listing.found.iter().find(|found| found.address.as_str() == address).expect("it is known");
    assert_eq!(drift(&on, found).0, [""; 0]);
    assert!(matches!(AccountSwitch::delete(&cloud, found).await, Ok(Gone::Kept(_))));
}

#[tokio::test]
async fn images_are_looked_up_by_id_name_and_parameter_and_missing_ones_left_out() {
    let moto = Moto::new();
    let cloud = moto.cloud().await;
    let ssm = aws_sdk_ssm::Client::new(&moto.sdk());
    let put = ssm.put_parameter().name("/images/paint").value("ami-03cf127a");
    put.r#type(aws_sdk_ssm::types::ParameterType::String).send().await.unwrap();

    let id = ImageSource::Id("ami-03cf127a".to_owned());
    let missing = ImageSource::Id("ami-00000000".to_owned());
    let parameter = ImageSource::Parameter("/images/paint".to_owned());
    let no_parameter = ImageSource::Parameter("/images/none".to_owned());
    let lookup = ImageSource::Lookup { owners: vec!["amazon".to_owned()], name: "Windows_Server-2016-*".to_owned() };
    let sources = [id.clone(), missing, parameter.clone(), no_parameter, lookup.clone()];
    let images = cloud.images(&sources).await.expect("they can be looked up");
    assert_eq!(images[&id].id, "ami-03cf127a");
    assert!(images[&id].windows);
    assert_eq!(images.get(&parameter), images.get(&id));
    let others: Vec<&ImageSource> = images.keys().filter(|one| **one != id && **one != parameter).collect();
    assert!(others.iter().all(|one| **one == lookup), "{others:?}");
}
