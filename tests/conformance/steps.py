"""The script itself: what is called, in which order. Every call has a name of its own: its action and a label."""

import json

IMAGE = "ami-03cf127a"
TRUST = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
})
ALLOW = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
})


def play_stage(cloud):
    """A network with instances in it, from the first call to the last."""
    roles(cloud)
    network = make_network(cloud)
    make_groups(cloud, network)
    make_endpoints(cloud, network)
    tags(cloud, network)
    instances(cloud, network)
    take_down(cloud, network)


def play_services(cloud):
    """What stands on its own."""
    keys(cloud)
    logs(cloud)
    backups(cloud)
    make_lists(cloud)
    missing(cloud)


# The parts of the script, which go on side by side to save time.
PARTS = [play_stage, play_services]


def named(kind, name, **more):
    """A tag specification."""
    tags = {"Name": name, **more}
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}]


def where(**filters):
    """Filters; an underscore in a name stands for a hyphen."""
    return [{"Name": name.replace("_", "-"), "Values": [values] if isinstance(values, str) else values}
            for name, values in filters.items()]


def make_network(cloud):
    """A VPC with subnets, a gateway and routes."""
    def ec2(operation, label="", **parameters):
        return cloud.call("ec2", operation, label, **parameters)

    vpc = ec2("CreateVpc", CidrBlock="10.20.0.0/16", TagSpecifications=named("vpc", "stage"))["Vpc"]["VpcId"]
    ec2("CreateVpc", "too large", CidrBlock="10.0.0.0/8")
    ec2("DescribeVpcs", "by id", VpcIds=[vpc])
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        ec2("DescribeVpcAttribute", f"{attribute} at first", VpcId=vpc, Attribute=attribute)
    ec2("ModifyVpcAttribute", VpcId=vpc, EnableDnsHostnames={"Value": True})
    ec2("DescribeVpcAttribute", "enableDnsHostnames after", VpcId=vpc, Attribute="enableDnsHostnames")

    subnets = []
    for index, zone in enumerate("abc"):
        subnet = ec2("CreateSubnet", zone, VpcId=vpc, CidrBlock=f"10.20.{index}.0/24",
                     AvailabilityZone=f"us-east-1{zone}", TagSpecifications=named("subnet", f"stage-{zone}"))
        subnets.append(subnet["Subnet"]["SubnetId"])
    ec2("CreateSubnet", "overlapping", VpcId=vpc, CidrBlock="10.20.0.0/25", AvailabilityZone="us-east-1a")
    ec2("CreateSubnet", "outside", VpcId=vpc, CidrBlock="10.99.0.0/24", AvailabilityZone="us-east-1a")
    ec2("CreateSubnet", "in no zone", VpcId=vpc, CidrBlock="10.20.9.0/24", AvailabilityZone="us-east-1z")
    ec2("ModifySubnetAttribute", SubnetId=subnets[1], MapPublicIpOnLaunch={"Value": True})
    ec2("DescribeSubnets", "of the VPC", Filters=where(vpc_id=vpc))
    ec2("DescribeSubnets", "by wildcard", Filters=where(vpc_id=vpc, **{"tag:Name": "sta?e-*"}))
    ec2("DescribeSubnets", "by zone", Filters=where(vpc_id=vpc, availability_zone="us-east-1b"))
    ec2("DescribeSubnets", "by two values", Filters=where(vpc_id=vpc, **{"tag:Name": ["stage-a", "nothing"]}))
    ec2("DescribeSubnets", "by a tag's key", Filters=where(vpc_id=vpc, tag_key="Nothing"))

    gateway = ec2("CreateInternetGateway", TagSpecifications=named("internet-gateway", "door"))
    gateway = gateway["InternetGateway"]["InternetGatewayId"]
    ec2("AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc)
    ec2("AttachInternetGateway", "again", InternetGatewayId=gateway, VpcId=vpc)
    ec2("DescribeInternetGateways", "of the VPC", Filters=where(**{"attachment.vpc-id": vpc}))
    ec2("DeleteInternetGateway", "attached", InternetGatewayId=gateway)

    ec2("DescribeRouteTables", "the main one", Filters=where(vpc_id=vpc, **{"association.main": "true"}))
    table = ec2("CreateRouteTable", VpcId=vpc, TagSpecifications=named("route-table", "outward"))
    table = table["RouteTable"]["RouteTableId"]
    ec2("CreateRoute", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2("CreateRoute", "again", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2("DeleteRoute", "missing", RouteTableId=table, DestinationCidrBlock="10.77.0.0/16")
    association = ec2("AssociateRouteTable", RouteTableId=table, SubnetId=subnets[0]).get("AssociationId")
    ec2("DescribeRouteTables", "by id", RouteTableIds=[table])
    ec2("DescribeRouteTables", "by subnet", Filters=where(**{"association.subnet-id": subnets[0]}))
    ec2("DeleteRouteTable", "associated", RouteTableId=table)
    ec2("DescribeNetworkAcls", "of the VPC", Filters=where(vpc_id=vpc))
    return {"vpc": vpc, "subnets": subnets, "gateway": gateway, "table": table, "association": association}


def make_groups(cloud, network):
    """Security groups and their rules."""
    def ec2(operation, label="", **parameters):
        return cloud.call("ec2", operation, label, **parameters)

    vpc = network["vpc"]
    ec2("DescribeSecurityGroups", "the default one", Filters=where(vpc_id=vpc, group_name="default"))
    groups = []
    for name in ("seats", "storage"):
        group = ec2("CreateSecurityGroup", name, VpcId=vpc, GroupName=name, Description=f"For {name}",
                    TagSpecifications=named("security-group", name))
        groups.append(group["GroupId"])
    ec2("CreateSecurityGroup", "again", VpcId=vpc, GroupName="seats", Description="Again")
    seats, storage = groups
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
            "IpRanges": [{"CidrIp": "192.0.2.0/24", "Description": "office"}]}
    added = ec2("AuthorizeSecurityGroupIngress", GroupId=seats, IpPermissions=[rule],
                TagSpecifications=named("security-group-rule", "office"))
    ec2("AuthorizeSecurityGroupIngress", "again", GroupId=seats, IpPermissions=[rule])
    ec2("AuthorizeSecurityGroupIngress", "from a group", GroupId=storage, IpPermissions=[
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": seats, "Description": "seats"}]}])
    ec2("AuthorizeSecurityGroupEgress", "again", GroupId=seats, IpPermissions=[
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    ec2("RevokeSecurityGroupEgress", GroupId=seats, IpPermissions=[
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    ec2("AuthorizeSecurityGroupEgress", "udp", GroupId=seats, IpPermissions=[
        {"IpProtocol": "udp", "FromPort": 4000, "ToPort": 4100, "IpRanges": [{"CidrIp": "198.51.100.0/24"}]}])
    ec2("DescribeSecurityGroups", "by id", GroupIds=groups)
    ec2("DescribeSecurityGroups", "by wildcard", Filters=where(vpc_id=vpc, group_name="s*s"))
    ec2("DescribeSecurityGroupRules", "of one", Filters=where(group_id=seats))
    ec2("DescribeSecurityGroupRules", "of both", Filters=where(group_id=groups))
    rule_id = added["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    ec2("DescribeSecurityGroupRules", "by id", SecurityGroupRuleIds=[rule_id])
    ec2("RevokeSecurityGroupIngress", "by id", GroupId=seats, SecurityGroupRuleIds=[rule_id])
    ec2("DescribeSecurityGroupRules", "after", Filters=where(group_id=seats))
    network["groups"] = groups


def make_lists(cloud):
    """Prefix lists."""
    def ec2(operation, label="", **parameters):
        return cloud.call("ec2", operation, label, **parameters)

    made = ec2("CreateManagedPrefixList", PrefixListName="vendors", MaxEntries=5, AddressFamily="IPv4",
               Entries=[{"Cidr": "203.0.113.0/24", "Description": "licences"}],
               TagSpecifications=named("prefix-list", "vendors"))
    one = made["PrefixList"]["PrefixListId"]
    ready = lambda answer: answer["PrefixLists"][0]["State"].endswith("complete")
    cloud.wait("ec2", "DescribeManagedPrefixLists", ready, PrefixListIds=[one])
    ec2("DescribeManagedPrefixLists", "by id", PrefixListIds=[one])
    ec2("GetManagedPrefixListEntries", "at first", PrefixListId=one)
    ec2("ModifyManagedPrefixList", PrefixListId=one, CurrentVersion=1,
        AddEntries=[{"Cidr": "198.51.100.7/32", "Description": "farm"}], RemoveEntries=[{"Cidr": "203.0.113.0/24"}])
    cloud.wait("ec2", "DescribeManagedPrefixLists", ready, PrefixListIds=[one])
    ec2("GetManagedPrefixListEntries", "after", PrefixListId=one)
    ec2("DescribeManagedPrefixLists", "after", PrefixListIds=[one])
    ec2("ModifyManagedPrefixList", "an old version", PrefixListId=one, CurrentVersion=1,
        AddEntries=[{"Cidr": "198.51.100.8/32"}])
    ec2("DeleteManagedPrefixList", PrefixListId=one)


def make_endpoints(cloud, network):
    """Endpoints, and flow logs. Endpoints take minutes; what is seen of them is seen at once."""
    def ec2(operation, label="", **parameters):
        return cloud.call("ec2", operation, label, **parameters)

    vpc, subnets = network["vpc"], network["subnets"]
    gateway = ec2("CreateVpcEndpoint", "gateway", VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3",
                  VpcEndpointType="Gateway", RouteTableIds=[network["table"]],
                  TagSpecifications=named("vpc-endpoint", "s3"))["VpcEndpoint"]["VpcEndpointId"]
    interface = ec2("CreateVpcEndpoint", "interface", VpcId=vpc, ServiceName="com.amazonaws.us-east-1.ssm",
                    VpcEndpointType="Interface", SubnetIds=[subnets[1]], SecurityGroupIds=[network["groups"][0]],
                    PrivateDnsEnabled=True, TagSpecifications=named("vpc-endpoint", "ssm"))
    interface = interface["VpcEndpoint"]["VpcEndpointId"]
    network["endpoints"] = [gateway, interface]
    for name, one in (("gateway", gateway), ("interface", interface)):
        ec2("DescribeVpcEndpoints", f"the {name}", VpcEndpointIds=[one])
    ec2("DescribeVpcEndpoints", "by service", Filters=where(vpc_id=vpc, service_name="com.amazonaws.us-east-1.s3"))
    ec2("DescribeRouteTables", "with the endpoint", RouteTableIds=[network["table"]])

    cloud.call("logs", "CreateLogGroup", "for flows", logGroupName="/stage/flows")
    role = "arn:aws:iam::123456789012:role/flows"
    parameters = {
        "ResourceIds": [vpc], "ResourceType": "VPC", "TrafficType": "ALL", "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": "/stage/flows", "DeliverLogsPermissionArn": role,
    }
    flows = ec2("CreateFlowLogs", TagSpecifications=named("vpc-flow-log", "flows"), **parameters).get("FlowLogIds")
    ec2("CreateFlowLogs", "again", **parameters)
    ec2("DescribeFlowLogs", "of the VPC", Filter=where(resource_id=vpc))
    if flows:
        ec2("DeleteFlowLogs", FlowLogIds=flows)
    ec2("DescribeFlowLogs", "after", Filter=where(resource_id=vpc))


def tags(cloud, network):
    """Tags, and filters on them."""
    def ec2(operation, label="", **parameters):
        return cloud.call("ec2", operation, label, **parameters)

    vpc, subnets = network["vpc"], network["subnets"]
    ec2("CreateTags", Resources=[vpc, *subnets],
        Tags=[{"Key": "closedset:production", "Value": "nebula"}, {"Key": "empty", "Value": ""}])
    ec2("CreateTags", "another value", Resources=[vpc], Tags=[{"Key": "Name", "Value": "stage two"}])
    ec2("DescribeVpcs", "by tag", Filters=where(**{"tag:closedset:production": "neb*"}))
    ec2("DescribeVpcs", "by another tag's value", Filters=where(**{"tag:closedset:production": "Nebula"}))
    ec2("DescribeTags", "of the VPC", Filters=where(resource_id=vpc))
    ec2("DescribeTags", "by key", Filters=where(key="closedset:*"))
    ec2("DeleteTags", "of another value", Resources=[vpc], Tags=[{"Key": "closedset:production", "Value": "other"}])
    ec2("DeleteTags", Resources=[vpc, *subnets], Tags=[{"Key": "closedset:production"}, {"Key": "empty"}])
    ec2("DescribeTags", "after", Filters=where(resource_id=[vpc, *subnets]))
    ec2("CreateTags", "reserved", Resources=[vpc], Tags=[{"Key": "aws:mine", "Value": "1"}])
    ec2("CreateTags", "too many", Resources=[vpc], Tags=[{"Key": f"k{n}", "Value": "v"} for n in range(51)])


def keys(cloud):
    """KMS."""
    def kms(operation, label="", **parameters):
        return cloud.call("kms", operation, label, **parameters)

    made = kms("CreateKey", Description="seats", Tags=[{"TagKey": "Name", "TagValue": "seats"}])
    key = made["KeyMetadata"]["KeyId"]
    kms("DescribeKey", "by id", KeyId=key)
    kms("DescribeKey", "by ARN", KeyId=made["KeyMetadata"]["Arn"])
    kms("CreateAlias", AliasName="alias/stage/seats", TargetKeyId=key)
    kms("CreateAlias", "again", AliasName="alias/stage/seats", TargetKeyId=key)
    kms("DescribeKey", "by alias", KeyId="alias/stage/seats")
    kms("ListAliases", "of the key", KeyId=key)
    kms("GetKeyRotationStatus", "at first", KeyId=key)
    kms("EnableKeyRotation", KeyId=key)
    kms("GetKeyRotationStatus", "after", KeyId=key)
    kms("DisableKeyRotation", KeyId=key)
    kms("GetKeyRotationStatus", "at last", KeyId=key)
    kms("GetKeyPolicy", "at first", KeyId=key, PolicyName="default")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [
        {"Sid": "own", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
         "Action": "kms:*", "Resource": "*"}]})
    kms("PutKeyPolicy", KeyId=key, PolicyName="default", Policy=policy)
    kms("GetKeyPolicy", "after", KeyId=key, PolicyName="default")
    kms("PutKeyPolicy", "that is none", KeyId=key, PolicyName="default", Policy="{")
    kms("TagResource", KeyId=key, Tags=[{"TagKey": "production", "TagValue": "nebula"}])
    kms("UntagResource", KeyId=key, TagKeys=["Name"])
    kms("ListResourceTags", KeyId=key)
    kms("DisableKey", KeyId=key)
    kms("DescribeKey", "disabled", KeyId=key)
    kms("EnableKey", KeyId=key)
    kms("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    kms("DescribeKey", "pending deletion", KeyId=key)
    kms("ScheduleKeyDeletion", "again", KeyId=key, PendingWindowInDays=7)
    kms("EnableKey", "pending deletion", KeyId=key)
    kms("CancelKeyDeletion", KeyId=key)
    kms("DescribeKey", "kept", KeyId=key)
    kms("ListKeys")
    kms("DeleteAlias", AliasName="alias/stage/seats")
    kms("DeleteAlias", "missing", AliasName="alias/stage/seats")
    kms("DescribeKey", "by a missing alias", KeyId="alias/stage/seats")
    kms("DescribeKey", "missing", KeyId="00000000-1111-2222-3333-444444444444")


def roles(cloud):
    """IAM."""
    def iam(operation, label="", **parameters):
        return cloud.call("iam", operation, label, **parameters)

    iam("CreateRole", RoleName="seat", Path="/stage/", AssumeRolePolicyDocument=TRUST, Description="For seats",
        MaxSessionDuration=7200, Tags=[{"Key": "Name", "Value": "seat"}])
    iam("CreateRole", "again", RoleName="seat", AssumeRolePolicyDocument=TRUST)
    iam("CreateRole", "with a broken policy", RoleName="broken", AssumeRolePolicyDocument="{")
    iam("DeleteRole", "with a broken policy", RoleName="broken")
    iam("GetRole", RoleName="seat")
    iam("ListRoles", "by path", PathPrefix="/stage/")
    iam("PutRolePolicy", RoleName="seat", PolicyName="read", PolicyDocument=ALLOW)
    iam("PutRolePolicy", "that is none", RoleName="seat", PolicyName="broken", PolicyDocument="{")
    iam("GetRolePolicy", RoleName="seat", PolicyName="read")
    iam("GetRolePolicy", "missing", RoleName="seat", PolicyName="write")
    iam("ListRolePolicies", RoleName="seat")
    managed = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    iam("AttachRolePolicy", RoleName="seat", PolicyArn=managed)
    iam("ListAttachedRolePolicies", RoleName="seat")
    iam("TagRole", RoleName="seat", Tags=[{"Key": "production", "Value": "nebula"}])
    iam("UntagRole", RoleName="seat", TagKeys=["Name"])
    iam("ListRoleTags", RoleName="seat")
    iam("CreateInstanceProfile", InstanceProfileName="seat", Path="/stage/", Tags=[{"Key": "Name", "Value": "seat"}])
    iam("CreateInstanceProfile", "again", InstanceProfileName="seat")
    iam("AddRoleToInstanceProfile", InstanceProfileName="seat", RoleName="seat")
    iam("AddRoleToInstanceProfile", "a second", InstanceProfileName="seat", RoleName="seat")
    iam("GetInstanceProfile", InstanceProfileName="seat")
    iam("ListInstanceProfiles", "by path", PathPrefix="/stage/")
    iam("ListInstanceProfilesForRole", RoleName="seat")
    iam("GetAccountAuthorizationDetails", Filter=["Role"])
    iam("UpdateAssumeRolePolicy", RoleName="seat", PolicyDocument=TRUST)
    iam("UpdateRole", RoleName="seat", Description="For all seats", MaxSessionDuration=3600)
    iam("GetRole", "after", RoleName="seat")
    iam("DeleteRole", "in use", RoleName="seat")
    iam("DeleteInstanceProfile", "in use", InstanceProfileName="seat")
    iam("GetRole", "missing", RoleName="nobody")
    iam("GetInstanceProfile", "missing", InstanceProfileName="nobody")
    iam("DeleteRole", "missing", RoleName="nobody")
    iam("AttachRolePolicy", "missing", RoleName="seat", PolicyArn="arn:aws:iam::aws:policy/Nothing")
    iam("DetachRolePolicy", "missing", RoleName="seat", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


def take_down_roles(cloud):
    """What the instances needed of IAM."""
    def iam(operation, label="", **parameters):
        return cloud.call("iam", operation, label, **parameters)

    iam("RemoveRoleFromInstanceProfile", InstanceProfileName="seat", RoleName="seat")
    iam("DeleteInstanceProfile", InstanceProfileName="seat")
    iam("DeleteRole", "with policies", RoleName="seat")
    iam("DeleteRolePolicy", RoleName="seat", PolicyName="read")
    iam("DetachRolePolicy", "that does not exist", RoleName="seat", PolicyArn="arn:aws:iam::aws:policy/Nothing")
    iam("DetachRolePolicy", RoleName="seat", PolicyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
    iam("DeleteRole", RoleName="seat")


def logs(cloud):
    """Log groups, which the JSON protocol answers."""
    def log(operation, label="", **parameters):
        return cloud.call("logs", operation, label, **parameters)

    log("CreateLogGroup", logGroupName="/stage/seats", tags={"Name": "seats"})
    log("CreateLogGroup", "again", logGroupName="/stage/seats")
    log("PutRetentionPolicy", logGroupName="/stage/seats", retentionInDays=30)
    groups = log("DescribeLogGroups", "by prefix", logGroupNamePrefix="/stage/seats")
    # The ARN that names the group alone, without its streams.
    arn = groups["logGroups"][0]["arn"].removesuffix(":*")
    log("ListTagsForResource", resourceArn=arn)
    log("TagResource", resourceArn=arn, tags={"production": "nebula"})
    log("UntagResource", resourceArn=arn, tagKeys=["Name"])
    log("ListTagsForResource", "after", resourceArn=arn)
    log("DeleteRetentionPolicy", logGroupName="/stage/seats")
    log("DescribeLogGroups", "after", logGroupNamePrefix="/stage/seats")
    log("DeleteLogGroup", logGroupName="/stage/seats")
    log("DeleteLogGroup", "missing", logGroupName="/stage/seats")
    log("PutRetentionPolicy", "missing", logGroupName="/stage/seats", retentionInDays=30)


def backups(cloud):
    """Vaults, their locks, and plans, which the REST protocol answers."""
    def backup(operation, label="", **parameters):
        return cloud.call("backup", operation, label, **parameters)

    def model(operation, label="", **parameters):
        return cloud.model("backup", operation, label, **parameters)

    key = cloud.call("kms", "CreateKey", "of a vault")["KeyMetadata"]["Arn"]
    vault = {"BackupVaultName": "stage_nightly"}
    arn = backup("CreateBackupVault", EncryptionKeyArn=key, BackupVaultTags={"Name": "nightly"}, **vault)["BackupVaultArn"]
    backup("CreateBackupVault", "again", **vault)
    backup("ListBackupVaults")
    backup("ListTags", ResourceArn=arn)
    backup("TagResource", "a vault", ResourceArn=arn, Tags={"production": "nebula"})
    backup("UntagResource", "a vault", ResourceArn=arn, TagKeyList=["Name"])
    backup("ListTags", "after", ResourceArn=arn)

    lock = "PutBackupVaultLockConfiguration"
    backup(lock, "upside down", MinRetentionDays=9, MaxRetentionDays=3, **vault)
    backup(lock, "too short a cooling-off", ChangeableForDays=2, **vault)
    backup(lock, "of a missing vault", BackupVaultName="missing")
    backup(lock, "governance", MinRetentionDays=7, MaxRetentionDays=90, **vault)
    backup("ListBackupVaults", "governance")
    backup("DeleteBackupVaultLockConfiguration", **vault)
    backup(lock, "compliance", MinRetentionDays=7, ChangeableForDays=3, **vault)
    backup("ListBackupVaults", "compliance")
    backup("DeleteBackupVaultLockConfiguration", "in its cooling-off", **vault)
    backup("ListBackupVaults", "unlocked")
    model("DescribeBackupVault", **vault)

    rule = {
        "RuleName": "nightly", "TargetBackupVaultName": "stage_nightly", "ScheduleExpression": "cron(0 2 * * ? *)",
        "StartWindowMinutes": 60, "CompletionWindowMinutes": 10080, "Lifecycle": {"DeleteAfterDays": 35},
        "CopyActions": [{"DestinationBackupVaultArn": arn.replace("us-east-1", "us-west-2"), "Lifecycle": {"DeleteAfterDays": 7}}],
    }
    document = {"BackupPlanName": "nightly", "Rules": [rule]}
    plan = {"BackupPlanId": backup("CreateBackupPlan", BackupPlan=document)["BackupPlanId"]}
    backup("CreateBackupPlan", "again", BackupPlan=document)
    backup("GetBackupPlan", **plan)
    backup("ListBackupPlans")
    backup("GetBackupPlan", "missing", BackupPlanId="00000000-0000-4000-8000-000000000000")

    model("PutBackupVaultAccessPolicy", Policy=json.dumps({"Version": "2012-10-17", "Statement": []}), **vault)
    model("GetBackupVaultAccessPolicy", **vault)
    model("DeleteBackupVaultAccessPolicy", **vault)
    model("UpdateBackupPlan", BackupPlan=document, **plan)
    backup_points(cloud, model, plan, vault)
    backup("DeleteBackupPlan", **plan)
    backup("ListBackupPlans", "after")
    backup("DeleteBackupVault", **vault)
    backup("ListBackupVaults", "after")


def backup_points(cloud, model, plan, vault):
    """Selections, jobs and recovery points, which moto has none of."""
    trust = TRUST.replace("ec2.amazonaws.com", "backup.amazonaws.com")
    role = cloud.model("iam", "CreateRole", "of a backup", RoleName="nightly", AssumeRolePolicyDocument=trust)
    if not role:
        return
    selection = {"SelectionName": "nightly", "IamRoleArn": role["Role"]["Arn"], "Resources": ["arn:aws:ec2:*:*:volume/*"]}
    conditions = {"StringEquals": [{"ConditionKey": "aws:ResourceTag/backup", "ConditionValue": "nightly"}]}
    cloud.wait("backup", "CreateBackupSelection", lambda _: True,
               BackupSelection={**selection, "Conditions": conditions}, **plan)
    made = model("ListBackupSelections", **plan)["BackupSelectionsList"][0]["SelectionId"]
    model("GetBackupSelection", SelectionId=made, **plan)
    volume = cloud.model("ec2", "CreateVolume", "to back up", AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    cloud.wait("ec2", "DescribeVolumes", volume_in("available"), VolumeIds=[volume])
    account = role["Role"]["Arn"].split(":")[4]
    job = model("StartBackupJob", ResourceArn=f"arn:aws:ec2:us-east-1:{account}:volume/{volume}",
                IamRoleArn=role["Role"]["Arn"], Lifecycle={"DeleteAfterDays": 7}, **vault)
    model("DescribeBackupJob", BackupJobId=job["BackupJobId"])
    model("ListRecoveryPointsByBackupVault", **vault)
    model("DescribeRecoveryPoint", RecoveryPointArn=job["RecoveryPointArn"], **vault)
    model("DeleteRecoveryPoint", RecoveryPointArn=job["RecoveryPointArn"], **vault)
    model("DeleteBackupSelection", SelectionId=made, **plan)
    cloud.model("ec2", "DeleteVolume", "backed up", VolumeId=volume)


def in_state(wanted):
    """Whether all instances of an answer are in a state."""
    return lambda answer: all(instance["State"]["Name"] == wanted for reservation in answer["Reservations"]
                              for instance in reservation["Instances"])


def volume_in(wanted):
    """Whether the volume of an answer is in a state."""
    return lambda answer: answer["Volumes"][0]["State"] == wanted


def instances(cloud, network):
    """Instances and volumes."""
    def ec2(operation, label="", **parameters):
        return cloud.call("ec2", operation, label, **parameters)

    subnet, group = network["subnets"][0], network["groups"][0]
    launch = {
        "ImageId": IMAGE, "InstanceType": "g4dn.xlarge", "SubnetId": subnet, "SecurityGroupIds": [group],
        "IamInstanceProfile": {"Name": "seat"}, "UserData": "hello",
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"},
        "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {
            "VolumeSize": 100, "VolumeType": "gp3", "Encrypted": True, "DeleteOnTermination": True}}],
        "TagSpecifications": [*named("instance", "seat", slot="1"), *named("volume", "seat-root")],
    }
    # EC2 hears of a new profile and its role with a delay.
    cloud.wait_for_error("ec2", "RunInstances", "DryRunOperation", DryRun=True, MinCount=1, MaxCount=1, **launch)
    ec2("RunInstances", "as a dry run", DryRun=True, MinCount=1, MaxCount=1, **launch)
    made = ec2("RunInstances", "one", MinCount=1, MaxCount=1, **launch)
    one = made["Instances"][0]["InstanceId"]
    launch["TagSpecifications"] = named("instance", "extra")
    more = ec2("RunInstances", "six", MinCount=6, MaxCount=6, **launch)
    everyone = [one, *(instance["InstanceId"] for instance in more["Instances"])]
    cloud.wait("ec2", "DescribeInstances", in_state("running"), InstanceIds=everyone)
    ec2("DescribeInstances", "by id", InstanceIds=[one])
    ec2("DescribeInstances", "by tag", Filters=where(**{"tag:slot": "?", "instance-state-name": "running"}))
    ec2("DescribeInstances", "by state", Filters=where(vpc_id=network["vpc"], instance_state_name="stopped"))
    cloud.pages("ec2", "DescribeInstances", "in pages", "Reservations[].Instances[]", 5,
                Filters=where(vpc_id=network["vpc"]))
    ec2("DescribeInstanceAttribute", "userData", InstanceId=one, Attribute="userData")
    ec2("DescribeInstanceAttribute", "instanceType", InstanceId=one, Attribute="instanceType")
    ec2("ModifyInstanceAttribute", "protection", InstanceId=one, DisableApiTermination={"Value": True})
    ec2("DescribeInstanceAttribute", "protection", InstanceId=one, Attribute="disableApiTermination")
    ec2("ModifyInstanceAttribute", "no protection", InstanceId=one, DisableApiTermination={"Value": False})
    ec2("DescribeIamInstanceProfileAssociations", Filters=where(instance_id=one))
    ec2("DescribeNetworkInterfaces", Filters=where(**{"attachment.instance-id": one}))
    ec2("DescribeVolumes", "of the instance", Filters=where(**{"attachment.instance-id": one}))

    volume = ec2("CreateVolume", AvailabilityZone="us-east-1a", Size=20, VolumeType="gp3", Iops=3500, Throughput=200,
                 Encrypted=True, TagSpecifications=named("volume", "cache")).get("VolumeId")
    cloud.wait("ec2", "DescribeVolumes", volume_in("available"), VolumeIds=[volume])
    ec2("DescribeVolumes", "by id", VolumeIds=[volume])
    ec2("AttachVolume", "as a dry run", DryRun=True, VolumeId=volume, InstanceId=one, Device="/dev/sdf")
    ec2("AttachVolume", VolumeId=volume, InstanceId=one, Device="/dev/sdf")
    ec2("AttachVolume", "again", VolumeId=volume, InstanceId=one, Device="/dev/sdf")
    attached = lambda answer: answer["Volumes"][0]["Attachments"][0]["State"] == "attached"
    cloud.wait("ec2", "DescribeVolumes", attached, VolumeIds=[volume])
    ec2("DescribeVolumes", "attached", VolumeIds=[volume])
    ec2("DeleteVolume", "attached", VolumeId=volume)
    snapshots(cloud, one, volume)
    ec2("ModifyVolume", VolumeId=volume, Size=30)
    ec2("DescribeVolumesModifications", VolumeIds=[volume])
    ec2("ModifyVolume", "smaller", VolumeId=volume, Size=10)
    ec2("DetachVolume", VolumeId=volume, InstanceId=one)
    cloud.wait("ec2", "DescribeVolumes", volume_in("available"), VolumeIds=[volume])
    ec2("DetachVolume", "again", VolumeId=volume, InstanceId=one)
    ec2("DeleteVolume", VolumeId=volume)

    ec2("TerminateInstances", "as a dry run", DryRun=True, InstanceIds=everyone)
    ec2("TerminateInstances", InstanceIds=everyone)


def snapshots(cloud, instance, volume):
    """Snapshots of an instance's volumes, taken at one moment. Nothing waits until they are complete: it takes minutes."""
    def ec2(operation, label="", **parameters):
        return cloud.call("ec2", operation, label, **parameters)

    of_instance = {"InstanceId": instance, "ExcludeBootVolume": True}
    tags = named("snapshot", "point", run="1")
    ec2("CreateSnapshots", "as a dry run", DryRun=True, InstanceSpecification=of_instance)
    ec2("CreateSnapshots", "of a missing instance", InstanceSpecification={"InstanceId": "i-0123456789abcdef0"})
    made = ec2("CreateSnapshots", "without the root", InstanceSpecification=of_instance, TagSpecifications=tags,
               Description="as after a power cut")
    [snapshot] = [one["SnapshotId"] for one in made["Snapshots"]]
    ec2("DescribeSnapshots", "by id", SnapshotIds=[snapshot])
    ec2("DescribeSnapshots", "by tag", OwnerIds=["self"], Filters=where(**{"tag:run": "1"}))
    ec2("DescribeSnapshots", "of the volume", OwnerIds=["self"], Filters=where(volume_id=volume))
    ec2("DeleteSnapshot", SnapshotId=snapshot)
    ec2("DescribeSnapshots", "after", OwnerIds=["self"], Filters=where(**{"tag:run": "1"}))


# Reads of what isn't there, by the parameter that names it.
MISSING = [
    ("DescribeVpcs", "VpcIds", "vpc"), ("DescribeSubnets", "SubnetIds", "subnet"),
    ("DescribeRouteTables", "RouteTableIds", "rtb"), ("DescribeInternetGateways", "InternetGatewayIds", "igw"),
    ("DescribeSecurityGroups", "GroupIds", "sg"), ("DescribeManagedPrefixLists", "PrefixListIds", "pl"),
    ("DescribeVpcEndpoints", "VpcEndpointIds", "vpce"), ("DescribeInstances", "InstanceIds", "i"),
    ("DescribeVolumes", "VolumeIds", "vol"), ("DescribeNetworkInterfaces", "NetworkInterfaceIds", "eni"),
    ("DescribeSnapshots", "SnapshotIds", "snap"), ("DescribeSecurityGroupRules", "SecurityGroupRuleIds", "sgr"),
    ("TerminateInstances", "InstanceIds", "i"), ("DeleteVpcEndpoints", "VpcEndpointIds", "vpce"),
    ("DeleteVpc", "VpcId", "vpc"), ("DeleteSubnet", "SubnetId", "subnet"), ("DeleteRouteTable", "RouteTableId", "rtb"),
    ("DeleteInternetGateway", "InternetGatewayId", "igw"), ("DeleteSecurityGroup", "GroupId", "sg"),
    ("DeleteVolume", "VolumeId", "vol"), ("DeleteSnapshot", "SnapshotId", "snap"),
    ("DeleteManagedPrefixList", "PrefixListId", "pl"), ("CreateRouteTable", "VpcId", "vpc"),
    ("DisassociateRouteTable", "AssociationId", "rtbassoc"),
]


def missing(cloud):
    """What isn't there."""
    for operation, parameter, prefix in MISSING:
        name = f"{prefix}-0123456789abcdef0"
        value = [name] if parameter.endswith("Ids") else name
        cloud.call("ec2", operation, f"missing {prefix}", **{parameter: value})
    cloud.call("ec2", "CreateTags", "missing", Resources=["vpc-0123456789abcdef0"], Tags=[{"Key": "a", "Value": "b"}])
    cloud.call("sts", "GetCallerIdentity")


def take_down(cloud, network):
    """Everything in the order in which AWS lets it go."""
    def ec2(operation, label="", **parameters):
        return cloud.call("ec2", operation, label, **parameters)

    take_down_roles(cloud)
    # moto lets it go.
    ec2("DeleteSubnet", "with an endpoint", SubnetId=network["subnets"][1])
    ec2("DeleteVpc", "with subnets", VpcId=network["vpc"])
    # Last of what needs it: moto deletes it.
    ec2("DeleteSecurityGroup", "referenced", GroupId=network["groups"][0])
    ec2("DeleteVpcEndpoints", VpcEndpointIds=network["endpoints"])
    ec2("DisassociateRouteTable", AssociationId=network["association"])
    ec2("DeleteRouteTable", RouteTableId=network["table"])
    ec2("DetachInternetGateway", InternetGatewayId=network["gateway"], VpcId=network["vpc"])
    ec2("DetachInternetGateway", "again", InternetGatewayId=network["gateway"], VpcId=network["vpc"])
    ec2("DeleteInternetGateway", InternetGatewayId=network["gateway"])
    ec2("DeleteSubnet", SubnetId=network["subnets"][2])
    ec2("DescribeSubnets", "deleted", SubnetIds=network["subnets"][2:])
