//! Somebody changes things behind the program's back, kind by kind: a plan finds it, says what and why, an apply repairs
//! it, and the next plan is empty.
//!
//! A line of a plan reads `~ network.main (Drifted) [dns_hostnames]`: what is done, to what, why, and which fields differ.

use serde_json::json;

use crate::stage::{Stage, edited, floor, with_kept_cache};

/// The text between `<tag>` and `</tag>`, where it comes first.
fn inside<'a>(xml: &'a str, tag: &str) -> &'a str {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let rest = xml.split_once(&open).unwrap_or_else(|| panic!("no {tag} in {xml}")).1;
    rest.split_once(&close).unwrap_or_else(|| panic!("no end of {tag} in {xml}")).0
}

/// Somebody tags a thing of EC2 by hand, changes a tag of the blueprint, and takes another off.
fn meddle_with_tags(stage: &Stage, id: &str) {
    let by_hand = [("Tag.1.Key", "by-hand"), ("Tag.1.Value", "yes"), ("Tag.2.Key", "unit"), ("Tag.2.Value", "z")];
    stage.moto.ec2("CreateTags", &[&[("ResourceId.1", id)], &by_hand[..]].concat());
    stage.moto.ec2("DeleteTags", &[("ResourceId.1", id), ("Tag.1.Key", "cost_center")]);
}

/// What a plan says of [`meddle_with_tags`].
const MEDDLED: &str = "[tags.by-hand] [tags.cost_center] [tags.unit]";

/// A floor of two seats whose tags can be meddled with.
fn small() -> String {
    let tags = "wraps_on      = \"2027-06-30\"\n  tags = {\n    cost_center = \"4711\"\n    unit        = \"a\"\n  }";
    edited(&floor(2), "wraps_on      = \"2027-06-30\"", tags)
}

#[tokio::test]
async fn a_network_that_somebody_changed_is_brought_back() {
    let text = small();
    let stage = Stage::with(&text).await;
    let network = stage.id("network.main").await;

    stage.moto.ec2("ModifyVpcAttribute", &[("VpcId", &network), ("EnableDnsHostnames.Value", "false")]);
    stage.assert_does(&text, &["~ network.main (Drifted) [dns_hostnames]"]).await;

    stage.moto.ec2("ModifyVpcAttribute", &[("VpcId", &network), ("EnableDnsSupport.Value", "false")]);
    stage.assert_does(&text, &["~ network.main (Drifted) [dns_support]"]).await;

    // The group that every network has by default, and that nothing should ever be in, is opened to the world.
    let groups = stage.moto.ec2(
        "DescribeSecurityGroups",
        &[
            ("Filter.1.Name", "vpc-id"),
            ("Filter.1.Value.1", &network),
            ("Filter.2.Name", "group-name"),
            ("Filter.2.Value.1", "default"),
        ],
    );
    open_to_the_world(&stage, inside(&groups, "groupId"), "22");
    stage.assert_does(&text, &["~ network.main (Drifted) [default_group_empty]"]).await;

    meddle_with_tags(&stage, &network);
    stage.assert_does(&text, &[&format!("~ network.main (Drifted) {MEDDLED}")]).await;
}

#[tokio::test]
async fn subnets_that_somebody_changed_are_brought_back() {
    let text = small();
    let stage = Stage::with(&text).await;
    let desk = stage.id("network.main.workstations/us-east-1a").await;

    stage.moto.ec2("ModifySubnetAttribute", &[("SubnetId", &desk), ("MapPublicIpOnLaunch.Value", "true")]);
    stage.assert_does(&text, &["~ network.main.workstations/us-east-1a (Drifted) [public_addresses]"]).await;

    meddle_with_tags(&stage, &desk);
    stage.assert_does(&text, &[&format!("~ network.main.workstations/us-east-1a (Drifted) {MEDDLED}")]).await;

    // One that nothing stands in is deleted, and with it goes its place in the route table.
    let edge = stage.id("network.main.edge/us-east-1b").await;
    disassociate(&stage, &edge);
    stage.moto.ec2("DeleteSubnet", &[("SubnetId", &edge)]);
    stage
        .assert_does(
            &text,
            &["+ network.main.edge/us-east-1b (Absent)", "~ network.main.routes/edge (Drifted) [subnets]"],
        )
        .await;
}

/// Takes a subnet out of the table that it follows.
fn disassociate(stage: &Stage, subnet: &str) {
    let filter = [("Filter.1.Name", "association.subnet-id"), ("Filter.1.Value.1", subnet)];
    let tables = stage.moto.ec2("DescribeRouteTables", &filter);
    // The association's id stands before its subnet.
    let before = tables.split(&format!("<subnetId>{subnet}</subnetId>")).next().expect("the subnet");
    let association = before.rsplit("<routeTableAssociationId>").next().expect("its association");
    let association = association.split('<').next().expect("its id");
    stage.moto.ec2("DisassociateRouteTable", &[("AssociationId", association)]);
}

#[tokio::test]
async fn routes_and_gateways_that_somebody_changed_are_brought_back() {
    let text = small();
    let stage = Stage::with(&text).await;
    let gateway = stage.id("network.main.igw").await;
    let network = stage.id("network.main").await;
    let content = stage.id("network.main.routes/content").await;
    let edge = stage.id("network.main.routes/edge").await;

    // The tier of pre-release content gets a way out.
    let route = [("RouteTableId", content.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), ("GatewayId", &gateway)];
    stage.moto.ec2("CreateRoute", &route);
    stage.assert_does(&text, &["~ network.main.routes/content (Drifted) [routes.0.0.0.0/0]"]).await;

    stage.moto.ec2("DeleteRoute", &[("RouteTableId", &edge), ("DestinationCidrBlock", "0.0.0.0/0")]);
    stage.assert_does(&text, &["~ network.main.routes/edge (Drifted) [routes.0.0.0.0/0]"]).await;

    // A desk's subnet is moved to the table that leads to the internet.
    let desk = stage.id("network.main.workstations/us-east-1a").await;
    disassociate(&stage, &desk);
    stage.moto.ec2("AssociateRouteTable", &[("RouteTableId", &edge), ("SubnetId", &desk)]);
    stage
        .assert_does(
            &text,
            &["~ network.main.routes/content (Drifted) [subnets]", "~ network.main.routes/edge (Drifted) [subnets]"],
        )
        .await;

    meddle_with_tags(&stage, &content);
    stage.assert_does(&text, &[&format!("~ network.main.routes/content (Drifted) {MEDDLED}")]).await;

    // A whole table goes. moto minds its subnets, as AWS does.
    for subnet in ["network.main.edge/us-east-1a", "network.main.edge/us-east-1b"] {
        disassociate(&stage, &stage.id(subnet).await);
    }
    stage.moto.ec2("DeleteRouteTable", &[("RouteTableId", &edge)]);
    stage.assert_does(&text, &["+ network.main.routes/edge (Absent)"]).await;

    stage.moto.ec2("DetachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &network)]);
    stage.assert_does(&text, &["~ network.main.igw (Drifted) [vpc]"]).await;

    meddle_with_tags(&stage, &gateway);
    stage.assert_does(&text, &[&format!("~ network.main.igw (Drifted) {MEDDLED}")]).await;

    // The gateway goes altogether. Its route stays behind and leads nowhere.
    stage.moto.ec2("DetachInternetGateway", &[("InternetGatewayId", &gateway), ("VpcId", &network)]);
    stage.moto.ec2("DeleteInternetGateway", &[("InternetGatewayId", &gateway)]);
    stage
        .assert_does(&text, &["+ network.main.igw (Absent)", "~ network.main.routes/edge (Drifted) [routes.0.0.0.0/0]"])
        .await;
}

/// Opens a port of a group to everybody.
fn open_to_the_world(stage: &Stage, group: &str, port: &str) {
    let rule = [
        ("GroupId", group),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", port),
        ("IpPermissions.1.ToPort", port),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
    ];
    stage.moto.ec2("AuthorizeSecurityGroupIngress", &rule);
}

/// The rule of a group that lets the pixel stream in by this protocol.
fn rule_id(stage: &Stage, group: &str, protocol: &str) -> String {
    let filter = [("Filter.1.Name", "group-id"), ("Filter.1.Value.1", group)];
    let rules = stage.moto.ec2("DescribeSecurityGroupRules", &filter);
    let protocol = format!("<ipProtocol>{protocol}</ipProtocol>");
    let rule =
        rules.split("<item>").find(|rule| rule.contains("<fromPort>8443</fromPort>") && rule.contains(&protocol));
    inside(rule.expect("the rule"), "securityGroupRuleId").to_owned()
}

#[tokio::test]
async fn rules_that_somebody_changed_are_brought_back() {
    let text = small();
    let stage = Stage::with(&text).await;
    let desks = stage.id("network.main.workstations").await;
    let edge = stage.id("network.main.edge").await;

    open_to_the_world(&stage, &desks, "22");
    stage
        .assert_does(&text, &["~ network.main.workstations (Drifted) [rules.ingress.undeclared tcp/22 from 0.0.0.0/0]"])
        .await;

    // All the way out.
    let outward = [
        ("GroupId", desks.as_str()),
        ("IpPermissions.1.IpProtocol", "-1"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
    ];
    stage.moto.ec2("AuthorizeSecurityGroupEgress", &outward);
    stage
        .assert_does(&text, &["~ network.main.workstations (Drifted) [rules.egress.undeclared all to 0.0.0.0/0]"])
        .await;

    // One that the blueprint asks for goes.
    let udp = rule_id(&stage, &desks, "udp");
    let tcp = rule_id(&stage, &desks, "tcp");
    stage.moto.ec2("RevokeSecurityGroupIngress", &[("GroupId", &desks), ("SecurityGroupRuleId.1", &tcp)]);
    stage
        .assert_does(
            &text,
            &["~ network.main.workstations (Drifted) [rules.ingress.stream tcp/8443 from network.main.edge]"],
        )
        .await;

    // Its words are rewritten, so that nobody knows any more why it is there.
    let words = [
        ("GroupId", desks.as_str()),
        ("SecurityGroupRule.1.SecurityGroupRuleId", &udp),
        ("SecurityGroupRule.1.SecurityGroupRule.IpProtocol", "udp"),
        ("SecurityGroupRule.1.SecurityGroupRule.FromPort", "8443"),
        ("SecurityGroupRule.1.SecurityGroupRule.ToPort", "8443"),
        ("SecurityGroupRule.1.SecurityGroupRule.ReferencedGroupId", &edge),
        ("SecurityGroupRule.1.SecurityGroupRule.Description", "ask Bob"),
    ];
    stage.moto.ec2("ModifySecurityGroupRules", &words);
    stage
        .assert_does(
            &text,
            &["~ network.main.workstations (Drifted) [rules.ingress.stream udp/8443 from network.main.edge]"],
        )
        .await;

    meddle_with_tags(&stage, &desks);
    stage.assert_does(&text, &[&format!("~ network.main.workstations (Drifted) {MEDDLED}")]).await;
}

#[tokio::test]
async fn prefix_lists_that_somebody_changed_are_brought_back() {
    let text = small();
    let stage = Stage::with(&text).await;
    let offices = stage.id("prefix_list.offices").await;
    let change = |version: &str, how: &[(&str, &str)]| {
        // moto forgets a name that isn't said again.
        let name = ("PrefixListName", "closedset-nebula-offices");
        let list = [("PrefixListId", offices.as_str()), ("CurrentVersion", version), name];
        stage.moto.ec2("ModifyManagedPrefixList", &[&list, how].concat());
    };

    // Somebody lets themselves in from home.
    change("1", &[("AddEntry.1.Cidr", "198.51.100.7/32"), ("AddEntry.1.Description", "home")]);
    stage.assert_does(&text, &["~ prefix_list.offices (Drifted) [entries.198.51.100.7/32]"]).await;

    change("3", &[("RemoveEntry.1.Cidr", "203.0.113.0/24")]);
    stage.assert_does(&text, &["~ prefix_list.offices (Drifted) [entries.203.0.113.0/24]"]).await;

    meddle_with_tags(&stage, &offices);
    stage.assert_does(&text, &[&format!("~ prefix_list.offices (Drifted) {MEDDLED}")]).await;
}

#[tokio::test]
async fn endpoints_that_somebody_changed_are_brought_back() {
    let text = small();
    let stage = Stage::with(&text).await;
    let storage = stage.id("network.main.endpoint/s3").await;
    let manager = stage.id("network.main.endpoint/ssm").await;

    let everything =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    stage.moto.ec2("ModifyVpcEndpoint", &[("VpcEndpointId", &storage), ("PolicyDocument", everything)]);
    let run = stage.plan(&text).await;
    assert_eq!(run.lines(), ["~ network.main.endpoint/s3 (Drifted) [policy]"]);
    run.carry_out().await;
    stage.assert_nothing_to_do(&text).await;

    // moto can't change private names; the groups of an endpoint it can.
    let endpoints = stage.id("network.main.endpoints").await;
    let desks = stage.id("network.main.workstations").await;
    let swap = [("AddSecurityGroupId.1", desks.as_str()), ("RemoveSecurityGroupId.1", &endpoints)];
    stage.moto.ec2("ModifyVpcEndpoint", &[&[("VpcEndpointId", manager.as_str())], &swap[..]].concat());
    stage.assert_does(&text, &["~ network.main.endpoint/ssm (Drifted) [security_groups]"]).await;

    meddle_with_tags(&stage, &manager);
    stage.assert_does(&text, &[&format!("~ network.main.endpoint/ssm (Drifted) {MEDDLED}")]).await;

    stage.moto.ec2("DeleteVpcEndpoints", &[("VpcEndpointId.1", &storage), ("VpcEndpointId.2", &manager)]);
    stage.assert_does(&text, &["+ network.main.endpoint/s3 (Absent)", "+ network.main.endpoint/ssm (Absent)"]).await;
}

#[tokio::test]
async fn flow_logs_that_somebody_changed_are_brought_back() {
    let text = small();
    let stage = Stage::with(&text).await;
    let group = "/closedset/nebula/main/flow";

    // A log group bears no mark, so nobody knows whether it or the blueprint was changed.
    stage.moto.logs("PutRetentionPolicy", &json!({ "logGroupName": group, "retentionInDays": 1 }));
    stage.assert_does(&text, &["~ network.main.log_group (Differs) [retention_days]"]).await;

    stage.moto.logs("DeleteRetentionPolicy", &json!({ "logGroupName": group }));
    stage.assert_does(&text, &["~ network.main.log_group (Differs) [retention_days]"]).await;

    let flow_log = stage.id("network.main.flow_log").await;
    meddle_with_tags(&stage, &flow_log);
    stage.assert_does(&text, &[&format!("~ network.main.flow_log (Drifted) {MEDDLED}")]).await;

    stage.moto.ec2("DeleteFlowLogs", &[("FlowLogId.1", &flow_log)]);
    stage.assert_does(&text, &["+ network.main.flow_log (Absent)"]).await;

    // What wrote into it is made anew with it: until then it writes into nothing.
    stage.moto.logs("DeleteLogGroup", &json!({ "logGroupName": group }));
    stage
        .assert_does(&text, &["+ network.main.log_group (Absent)", "± network.main.flow_log (Drifted) [log_group]"])
        .await;
}

#[tokio::test]
async fn roles_that_somebody_changed_are_brought_back() {
    let text = small();
    let stage = Stage::with(&text).await;
    let arn = stage.id("workstation_pool.comp.role").await;
    let role = arn.rsplit('/').next().expect("a name");
    let name = ("RoleName", role);
    let everything = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let anybody = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;

    stage.moto.iam("PutRolePolicy", &[name, ("PolicyName", "logs"), ("PolicyDocument", everything)]);
    stage.assert_does(&text, &["~ workstation_pool.comp.role (Drifted) [policies.logs]"]).await;

    stage.moto.iam("PutRolePolicy", &[name, ("PolicyName", "more"), ("PolicyDocument", everything)]);
    stage.assert_does(&text, &["~ workstation_pool.comp.role (Drifted) [policies.more]"]).await;

    stage.moto.iam("DeleteRolePolicy", &[name, ("PolicyName", "management")]);
    stage.assert_does(&text, &["~ workstation_pool.comp.role (Drifted) [policies.management]"]).await;

    stage.moto.iam("UpdateAssumeRolePolicy", &[name, ("PolicyDocument", anybody)]);
    stage.assert_does(&text, &["~ workstation_pool.comp.role (Drifted) [trust]"]).await;

    let policy = stage.moto.iam("CreatePolicy", &[("PolicyName", "wide"), ("PolicyDocument", everything)]);
    let policy = inside(&policy, "Arn");
    stage.moto.iam("AttachRolePolicy", &[name, ("PolicyArn", policy)]);
    stage.assert_does(&text, &["~ workstation_pool.comp.role (Drifted) [managed]"]).await;

    stage.moto.iam("PutRolePermissionsBoundary", &[name, ("PermissionsBoundary", policy)]);
    stage.assert_does(&text, &["~ workstation_pool.comp.role (Drifted) [boundary]"]).await;

    stage.moto.iam("TagRole", &[name, ("Tags.member.1.Key", "by-hand"), ("Tags.member.1.Value", "yes")]);
    stage.moto.iam("UntagRole", &[name, ("TagKeys.member.1", "unit")]);
    stage.assert_does(&text, &["~ workstation_pool.comp.role (Drifted) [tags.by-hand] [tags.unit]"]).await;

    // A profile without its role gives its seats no permission at all.
    stage.moto.iam("RemoveRoleFromInstanceProfile", &[name, ("InstanceProfileName", role)]);
    stage.assert_does(&text, &["~ workstation_pool.comp.profile (Drifted) [role]"]).await;

    // With another role, it may give them any.
    stage.moto.iam("CreateRole", &[("RoleName", "other"), ("AssumeRolePolicyDocument", anybody)]);
    stage.moto.iam("RemoveRoleFromInstanceProfile", &[name, ("InstanceProfileName", role)]);
    stage.moto.iam("AddRoleToInstanceProfile", &[("RoleName", "other"), ("InstanceProfileName", role)]);
    stage.assert_does(&text, &["~ workstation_pool.comp.profile (Drifted) [role]"]).await;

    // The role goes altogether.
    stage.moto.iam("RemoveRoleFromInstanceProfile", &[name, ("InstanceProfileName", role)]);
    for policy in ["management", "dcv-licence", "logs"] {
        stage.moto.iam("DeleteRolePolicy", &[name, ("PolicyName", policy)]);
    }
    stage.moto.iam("DeleteRole", &[name]);
    stage
        .assert_does(
            &text,
            &["+ workstation_pool.comp.role (Absent)", "~ workstation_pool.comp.profile (Drifted) [role]"],
        )
        .await;

    // And so does the profile, under running seats.
    stage.moto.iam("RemoveRoleFromInstanceProfile", &[name, ("InstanceProfileName", role)]);
    stage.moto.iam("DeleteInstanceProfile", &[("InstanceProfileName", role)]);
    let run = stage.plan(&text).await;
    assert_eq!(run.lines()[0], "+ workstation_pool.comp.profile (Absent)");
    run.carry_out().await;
    stage.assert_nothing_to_do(&text).await;
}

#[tokio::test]
async fn a_key_that_somebody_changed_is_brought_back_and_never_replaced() {
    let text = small();
    let stage = Stage::with(&text).await;
    let arn = stage.id("key.content").await;
    let key = arn.rsplit('/').next().expect("an id").to_owned();
    let alias = "alias/closedset/nebula/content";

    stage.moto.kms("DisableKeyRotation", &json!({ "KeyId": key }));
    stage.assert_does(&text, &["~ key.content (Drifted) [rotation_days]"]).await;

    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "kms:*", "Resource": "*" }],
    });
    let put = json!({ "KeyId": key, "PolicyName": "default", "Policy": policy.to_string() });
    stage.moto.kms("PutKeyPolicy", &put);
    stage.assert_does(&text, &["~ key.content (Drifted) [policy]"]).await;

    stage.moto.kms("DisableKey", &json!({ "KeyId": key }));
    stage.assert_does(&text, &["~ key.content (Drifted) [state]"]).await;

    stage.moto.kms("ScheduleKeyDeletion", &json!({ "KeyId": key, "PendingWindowInDays": 7 }));
    stage.assert_does(&text, &["~ key.content (Drifted) [state]"]).await;

    stage.moto.kms("UpdateKeyDescription", &json!({ "KeyId": key, "Description": "mine" }));
    stage.assert_does(&text, &["~ key.content (Drifted) [description]"]).await;

    stage.moto.kms("TagResource", &json!({ "KeyId": key, "Tags": [{ "TagKey": "by-hand", "TagValue": "yes" }] }));
    stage.moto.kms("UntagResource", &json!({ "KeyId": key, "TagKeys": ["unit"] }));
    stage.assert_does(&text, &["~ key.content (Drifted) [tags.by-hand] [tags.unit]"]).await;

    // Without its alias it is still the key that the disks are encrypted with.
    stage.moto.kms("DeleteAlias", &json!({ "AliasName": alias }));
    stage.assert_does(&text, &["~ key.content (Drifted) [alias]"]).await;

    // The alias is moved to a key of somebody's own, which is none of the production's.
    let other = stage.moto.kms("CreateKey", &json!({ "Description": "somebody's own" }));
    let other = other["KeyMetadata"]["KeyId"].clone();
    stage.moto.kms("UpdateAlias", &json!({ "AliasName": alias, "TargetKeyId": other }));
    let run = stage.plan(&text).await;
    assert_eq!(run.lines(), ["~ key.content (Drifted) [alias]"]);
    let outcome = run.run().await;
    let words: Vec<String> = outcome.failed.iter().map(|failure| failure.error.to_string()).collect();
    assert!(words.len() == 1 && words[0].contains("bears another mark"), "{words:?}");
    stage.moto.kms("DeleteAlias", &json!({ "AliasName": alias }));
    stage.apply(&text).await;

    assert_eq!(stage.id("key.content").await, arn, "it was one key all along");
    assert_eq!(stage.moto.kms("ListKeys", &json!({}))["Keys"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn seats_that_somebody_changed_are_brought_back() {
    let text = small();
    let stage = Stage::with(&text).await;
    let seat = stage.id("workstation_pool.comp[001]").await;
    let instance = ("InstanceId", seat.as_str());

    // The metadata service answers anybody on the machine, and containers on it.
    // moto forgets the options that aren't said again.
    let (tags, hops) = (("InstanceMetadataTags", "enabled"), ("HttpPutResponseHopLimit", "1"));
    stage.moto.ec2("ModifyInstanceMetadataOptions", &[instance, ("HttpTokens", "optional"), hops, tags]);
    stage.assert_does(&text, &["~ workstation_pool.comp[001] (Drifted) [metadata_token_required]"]).await;
    stage.moto.ec2(
        "ModifyInstanceMetadataOptions",
        &[instance, ("HttpTokens", "required"), ("HttpPutResponseHopLimit", "2"), tags],
    );
    stage.assert_does(&text, &["~ workstation_pool.comp[001] (Drifted) [metadata_hop_limit]"]).await;

    meddle_with_tags(&stage, &seat);
    stage.assert_does(&text, &[&format!("~ workstation_pool.comp[001] (Drifted) {MEDDLED}")]).await;

    // Its profile is taken away.
    let filter = [("Filter.1.Name", "instance-id"), ("Filter.1.Value.1", seat.as_str())];
    let associations = stage.moto.ec2("DescribeIamInstanceProfileAssociations", &filter);
    let association = inside(&associations, "associationId").to_owned();
    stage.moto.ec2("DisassociateIamInstanceProfile", &[("AssociationId", &association)]);
    stage.assert_does(&text, &["~ workstation_pool.comp[001] (Drifted) [profile]"]).await;

    // It is terminated, and its volumes with it: both come back.
    stage.moto.ec2("TerminateInstances", &[("InstanceId.1", &seat)]);
    stage
        .assert_does(
            &text,
            &[
                "+ workstation_pool.comp[001] (Absent)",
                "+ workstation_pool.comp[001].cache (Absent)",
                "+ workstation_pool.comp[001].root (Absent)",
            ],
        )
        .await;
    assert_ne!(stage.id("workstation_pool.comp[001]").await, seat);

    // It is put into another group too: its firewall is no longer the segment's alone.
    let network = stage.id("network.main").await;
    let group = [("GroupName", "wide-open"), ("GroupDescription", "x"), ("VpcId", network.as_str())];
    let group = stage.moto.ec2("CreateSecurityGroup", &group);
    let desks = stage.id("network.main.workstations").await;
    let seat = stage.id("workstation_pool.comp[002]").await;
    let groups = [("InstanceId", seat.as_str()), ("GroupId.1", &desks), ("GroupId.2", inside(&group, "groupId"))];
    stage.moto.ec2("ModifyInstanceAttribute", &groups);
    stage
        .assert_does(
            &text,
            &[
                "± workstation_pool.comp[002] (Drifted) [segments]",
                "± workstation_pool.comp[002].cache (DependencyReplaced)",
                "± workstation_pool.comp[002].root (DependencyReplaced)",
            ],
        )
        .await;
}

#[tokio::test]
async fn user_data_that_somebody_changed_is_told_by_a_deep_look_alone() {
    let text = small();
    let mut stage = Stage::with(&text).await;
    let seat = stage.id("workstation_pool.comp[001]").await;

    // What runs at its next start: `#!/bin/sh`. moto takes the envelope off twice.
    stage.moto.ec2("StopInstances", &[("InstanceId.1", &seat)]);
    stage.moto.ec2("ModifyInstanceAttribute", &[("InstanceId", &seat), ("UserData.Value", "SXlFdlltbHVMM05vQ2c9PQ==")]);
    stage.moto.ec2("StartInstances", &[("InstanceId.1", &seat)]);
    stage.assert_nothing_to_do(&text).await;

    // moto takes no user data that the SDK puts into its envelope once, as EC2 does: the repair is the rehearsal cloud's.
    stage.scope.deep = true;
    assert_eq!(stage.plan(&text).await.lines(), ["↻ workstation_pool.comp[001] (Drifted) [user_data]"]);
}

/// Pulls a disk out of its seat.
async fn detach(stage: &Stage, seat: &str, volume: &str) {
    let seat = stage.id(seat).await;
    stage.moto.ec2("DetachVolume", &[("VolumeId", volume), ("InstanceId", &seat)]);
}

#[tokio::test]
async fn disks_that_somebody_changed_are_brought_back() {
    let text = small();
    let stage = Stage::with(&text).await;
    let cache = stage.id("workstation_pool.comp[001].cache").await;

    detach(&stage, "workstation_pool.comp[001]", &cache).await;
    let run = stage.plan(&text).await;
    assert_eq!(run.lines(), ["~ workstation_pool.comp[001].cache (Drifted) [device] [keep] [seat]"]);
    run.carry_out().await;
    stage.assert_nothing_to_do(&text).await;
    assert_eq!(stage.id("workstation_pool.comp[001].cache").await, cache, "the same disk is back at its seat");

    stage.moto.ec2("ModifyVolume", &[("VolumeId", &cache), ("VolumeType", "io2"), ("Iops", "4000")]);
    let run = stage.plan(&text).await;
    assert_eq!(run.lines(), ["~ workstation_pool.comp[001].cache (Drifted) [iops] [type]"]);
    run.carry_out().await;
    stage.assert_nothing_to_do(&text).await;

    meddle_with_tags(&stage, &cache);
    stage.assert_does(&text, &[&format!("~ workstation_pool.comp[001].cache (Drifted) {MEDDLED}")]).await;

    // A larger disk can't be made smaller: the plan says what to do instead, and touches nothing.
    stage.moto.ec2("ModifyVolume", &[("VolumeId", &cache), ("Size", "300")]);
    let run = stage.plan(&text).await;
    assert_eq!(run.lines(), ["· workstation_pool.comp[001].cache (Differs) [size_gib]"]);
    assert!(
        run.plan.changes.iter().any(|change| change.note.as_ref().is_some_and(|note| note.contains("can't shrink")))
    );

    // It goes altogether, and another comes.
    let cache = stage.id("workstation_pool.comp[002].cache").await;
    detach(&stage, "workstation_pool.comp[002]", &cache).await;
    stage.moto.ec2("DeleteVolume", &[("VolumeId", &cache)]);
    let run = stage.plan(&text).await;
    assert_eq!(
        run.lines(),
        ["· workstation_pool.comp[001].cache (Differs) [size_gib]", "+ workstation_pool.comp[002].cache (Absent)",]
    );
    run.carry_out().await;
    assert_eq!(stage.plan(&text).await.lines(), ["· workstation_pool.comp[001].cache (Differs) [size_gib]"]);
}

#[tokio::test]
async fn a_kept_disk_comes_back_to_its_seat() {
    let text = with_kept_cache(&small());
    let stage = Stage::with(&text).await;
    let cache = stage.id("workstation_pool.comp[001].cache").await;

    detach(&stage, "workstation_pool.comp[001]", &cache).await;
    stage.assert_does(&text, &["~ workstation_pool.comp[001].cache (Drifted) [device] [seat]"]).await;
    assert_eq!(stage.id("workstation_pool.comp[001].cache").await, cache);

    // Its seat is terminated: the disk stays, and is attached to the next.
    let seat = stage.id("workstation_pool.comp[001]").await;
    stage.moto.ec2("TerminateInstances", &[("InstanceId.1", &seat)]);
    let run = stage.plan(&text).await;
    assert_eq!(
        run.lines(),
        [
            "+ workstation_pool.comp[001] (Absent)",
            "~ workstation_pool.comp[001].cache (Drifted) [device] [seat]",
            "+ workstation_pool.comp[001].root (Absent)",
        ]
    );
    run.carry_out().await;
    stage.assert_nothing_to_do(&text).await;
    assert_eq!(stage.id("workstation_pool.comp[001].cache").await, cache);

    // Somebody sees to it that it would end with its seat.
    let seat = stage.id("workstation_pool.comp[001]").await;
    let device = [
        ("InstanceId", seat.as_str()),
        ("BlockDeviceMapping.1.DeviceName", "xvdf"),
        ("BlockDeviceMapping.1.Ebs.DeleteOnTermination", "true"),
    ];
    stage.moto.ec2("ModifyInstanceAttribute", &device);
    stage.assert_does(&text, &["~ workstation_pool.comp[001].cache (Drifted) [keep]"]).await;
}

#[tokio::test]
async fn many_changes_at_once_are_found_and_repaired_in_one_apply() {
    let text = small();
    let stage = Stage::with(&text).await;
    open_to_the_world(&stage, &stage.id("network.main.workstations").await, "3389");
    open_to_the_world(&stage, &stage.id("network.main.endpoints").await, "443");
    stage
        .moto
        .logs("PutRetentionPolicy", &json!({ "logGroupName": "/closedset/nebula/main/flow", "retentionInDays": 1 }));
    let flow_log = stage.id("network.main.flow_log").await;
    stage.moto.ec2("DeleteFlowLogs", &[("FlowLogId.1", &flow_log)]);
    let seat = stage.id("workstation_pool.comp[002]").await;
    stage.moto.ec2("TerminateInstances", &[("InstanceId.1", &seat)]);
    let cache = stage.id("workstation_pool.comp[001].cache").await;
    detach(&stage, "workstation_pool.comp[001]", &cache).await;
    stage
        .assert_does(
            &text,
            &[
                "~ network.main.endpoints (Drifted) [rules.ingress.undeclared tcp/443 from 0.0.0.0/0]",
                "~ network.main.workstations (Drifted) [rules.ingress.undeclared tcp/3389 from 0.0.0.0/0]",
                "~ network.main.log_group (Differs) [retention_days]",
                "+ network.main.flow_log (Absent)",
                "+ workstation_pool.comp[002] (Absent)",
                "~ workstation_pool.comp[001].cache (Drifted) [device] [keep] [seat]",
                "+ workstation_pool.comp[002].cache (Absent)",
                "+ workstation_pool.comp[002].root (Absent)",
            ],
        )
        .await;
}
