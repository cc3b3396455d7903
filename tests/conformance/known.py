"""The known differences: where, who is right, and why."""

from fnmatch import fnmatchcase
from typing import NamedTuple


class Known(NamedTuple):
    """A difference. All but who is right and why are patterns; * stands for anything."""

    step: str
    field: str
    moto: str
    right: str
    why: str


AWS = "the rehearsal cloud, by AWS's documentation"
OURS = "moto: the rehearsal cloud is wrong or leaves it out"
NEITHER = "neither: AWS promises no value"
NOTHING = "nothing"


def lacks(step, field, why="moto leaves out what the action's response elements have"):
    """What moto doesn't show. Anything else that it showed would be a new difference."""
    return Known(step, field, NOTHING, AWS, why)


KNOWN = [
    # AWS Backup.
    Known("*BackupPlan*", "*VersionId", "*", NEITHER, "the service chooses what it calls a version"),
    lacks("ListBackupVaults*", "BackupVaultList.*.VaultType"),
    lacks("ListBackupVaults*", "BackupVaultList.*.VaultState"),
    lacks("ListBackupVaults*", "BackupVaultList.*.EncryptionKeyType"),
    # Names and numbers that AWS is free to choose.
    Known("*", "*Vpc*.DhcpOptionsId", "default", AWS, "an id is what a VPC with the default options shows"),
    Known("*Subnet*", "Subnet*.AvailabilityZoneId", "use1-az*", NEITHER, "each account has its own order of zones"),
    Known("* the interface", "*.HostedZoneId", "*", NEITHER, "the zone differs by service"),
    Known("CreateVpcEndpoint interface", "*.HostedZoneId", "*", NEITHER, "the zone differs by service"),
    Known("*VpcEndpoint*", "*.DnsEntries.*.DnsName", "*.com.amazonaws.*", AWS, "names end in vpce.amazonaws.com"),
    Known("GetCallerIdentity", "Arn", "*:user/moto", NEITHER, "a user of each cloud's own"),
    Known("GetCallerIdentity", "UserId", "*", NEITHER, "a user of each cloud's own"),
    Known("*", "*NetworkInterfaces.*.RequesterId", "*", AWS, "only interfaces that a service made have a requester"),
    # States that moto skips.
    Known("CreateVpc", "Vpc.State", "available", AWS, "a new VPC is pending"),
    Known("*ManagedPrefixList", "PrefixList.State", "*-complete", AWS, "the answer shows the change in progress"),
    Known("*VpcEndpoint*", "VpcEndpoint*.State", "available", AWS, "an interface endpoint is pending for a minute"),
    Known("CreateVolume", "State", "available", AWS, "a new volume is creating"),
    Known("*Snapshots *", "Snapshots.*.Progress", "100%", AWS, "a new snapshot is pending for minutes"),
    Known("DescribeSnapshots *", "Snapshots.*.State", "completed", AWS, "a new snapshot is pending for minutes"),
    lacks("CreateSnapshots *", "Snapshots.*.State"),
    lacks("DescribeSnapshots *", "Snapshots.*.FullSnapshotSizeInBytes"),
    lacks("DescribeSnapshots *", "Snapshots.*.KmsKeyId", "a snapshot of an encrypted volume is under the same key"),
    Known("*Modif*", "*.ModificationState", "completed", AWS, "a modification goes on for minutes"),
    Known("*Modif*", "*.Progress", "100", AWS, "a modification goes on for minutes"),
    Known("*Modif*", "*.EndTime", "<time>", AWS, "a modification goes on for minutes"),
    Known("ModifyVolume smaller", "Error", "none", AWS, "one change at a time, and none to a smaller size"),
    # The network.
    lacks("*Subnet*", "Subnet*.EnableDns64"),
    lacks("CreateRouteTable", "ClientToken"),
    lacks("DescribeSecurityGroups the default one", "SecurityGroups.0.IpPermissions",
          "a default group lets its members talk to each other"),
    lacks("CreateSecurityGroup *", "Tags"),
    lacks("*SecurityGroup*", "SecurityGroupRules.*.GroupOwnerId"),
    lacks("*SecurityGroup*", "SecurityGroupRules.*.SecurityGroupRuleArn"),
    lacks("*SecurityGroup*", "SecurityGroupRules.*.Description", "moto drops the description of a pair of groups"),
    lacks("*from a group", "SecurityGroupRules.*.FromPort", "a rule for all protocols shows -1"),
    lacks("*from a group", "SecurityGroupRules.*.ToPort", "a rule for all protocols shows -1"),
    lacks("RevokeSecurityGroup*", "RevokedSecurityGroupRules"),
    Known("DeleteSecurityGroup referenced", "Error", "none", AWS, "a group in use or referenced stays"),
    Known("DeleteSubnet with an endpoint", "Error", "none", AWS, "a subnet with interfaces stays"),
    lacks("*ManagedPrefixList*", "PrefixList*.PrefixListName", "moto loses the name when entries change"),
    Known("ModifyManagedPrefixList an old version", "Error", "none", AWS, "the version must be the current one"),
    Known("DeleteManagedPrefixList", "PrefixList.Version", "3", AWS, "moto took the change to an old version"),
    Known("DescribeManagedPrefixLists missing pl", "Error", "none", AWS, "an id that isn't there is an error"),
    Known("DeleteManagedPrefixList missing pl", "Error.*", "n*", AWS, "moto breaks down: it answers a page of HTML"),
    Known("*VpcEndpoint*", "VpcEndpoint*.PrivateDnsEnabled", "true", AWS, "gateway endpoints have no private names"),
    lacks("*VpcEndpoint*", "VpcEndpoint*.RequesterManaged"),
    lacks("*VpcEndpoint*", "VpcEndpoint*.IpAddressType"),
    lacks("DeleteVpcEndpoints missing vpce", "Unsuccessful"),
    Known("CreateFlowLogs again", "Error", "*FlowLogAlreadyExists*", "not settled",
          "moto makes the whole call fail; the rehearsal cloud puts the same code into `Unsuccessful`, which the "
          "reference has for resources whose flow logs could not be made"),
    Known("CreateTags reserved", "Error", "none", AWS, "keys that begin with aws: are AWS's own"),
    # KMS.
    lacks("*Key*", "KeyMetadata.KeyUsage"),
    lacks("*Key*", "KeyMetadata.MultiRegion"),
    lacks("ListAliases*", "Aliases.*Date"),
    lacks("GetKeyRotationStatus*", "KeyId"),
    lacks("GetKeyRotationStatus after", "NextRotationDate"),
    lacks("GetKeyRotationStatus after", "RotationPeriodInDays"),
    lacks("GetKeyPolicy*", "PolicyName"),
    Known("*KeyDeletion", "KeyId", "<uuid *", AWS, "these two answer the key's ARN"),
    lacks("ScheduleKeyDeletion", "KeyState"),
    lacks("ScheduleKeyDeletion", "PendingWindowInDays"),
    Known("PutKeyPolicy that is none", "Error", "none", AWS, "a policy must be JSON"),
    Known("ScheduleKeyDeletion again", "Error", "none", AWS, "a key pending deletion can't be used or changed"),
    Known("EnableKey pending deletion", "Error", "none", AWS, "a key pending deletion can't be used or changed"),
    Known("DescribeKey kept", "KeyMetadata.Enabled", "true", AWS, "a key that was kept is disabled"),
    # IAM.
    Known("CreateRole with a broken policy", "Error", "none", AWS, "a trust policy must be JSON"),
    Known("DeleteRole with a broken policy", "Error", "none", AWS, "it was never made; moto has it"),
    Known("AttachRolePolicy", "Error", "*NoSuchEntity*", AWS,
          "moto has AWS's managed policies only when started with MOTO_IAM_LOAD_MANAGED_POLICIES"),
    Known("DetachRolePolicy", "Error", "*NoSuchEntity*", AWS, "as above"),
    lacks("ListAttachedRolePolicies", "AttachedPolicies", "as above"),
    lacks("GetAccountAuthorizationDetails", "*.AttachedManagedPolicies", "as above"),
    Known("AttachRolePolicy missing", "Error", "*NoSuchEntity*", OURS,
          "we have no list of AWS's policies: whatever policy is asked for is there"),
    Known("DetachRolePolicy that does not exist", "Error", "*NoSuchEntity*", OURS, "as above"),
    Known("*", "*InstanceProfile*.InstanceProfileId", "*", AWS, "these ids begin with AIPA"),
    Known("*", "*InstanceProfile*.Roles.*.Tags", "*", AWS, "roles in profiles are shown in short, as in the examples"),
    Known("*", "*InstanceProfile*.Roles.*.Description", "*", AWS, "as above"),
    Known("*", "*InstanceProfile*.Roles.*.MaxSessionDuration", "*", AWS, "as above"),
    Known("ListInstanceProfiles*", "InstanceProfiles.*.Tags", "*", AWS, "lists leave out tags"),
    lacks("ListInstanceProfiles*", "IsTruncated"),
    # CloudWatch Logs.
    lacks("DescribeLogGroups*", "logGroups.*.logGroupClass"),
    # Instances.
    lacks("*Instances*", "*.CpuOptions"),
    lacks("*Instances*", "*.EnaSupport"),
    lacks("*Instances*", "*.EnclaveOptions"),
    lacks("*Instances*", "*.HibernationOptions"),
    lacks("*Instances*", "*.PlatformDetails"),
    lacks("*Instances*", "*.UsageOperation"),
    lacks("*Instances*", "*.PublicDnsName", "without a public name this is an empty string"),
    lacks("*", "*.AvailabilityZoneId"),
    lacks("*", "AvailabilityZoneId"),
    Known("*", "*.IamInstanceProfile.Id", "*", AWS, "this is the profile's id; moto shows another"),
    lacks("*Instances*", "*.IamInstanceProfile", "moto gives only the first instance of a launch its profile"),
    Known("*Instances*", "*.StateReason", "{*", AWS, "an instance in good order has no reason for its state"),
    Known("*Instances*", "*.SriovNetSupport", "simple", AWS, "only instances with Intel's 82599 interface have it"),
    Known("*", "*NetworkInterfaces.*.Description", "Primary network interface", AWS,
          "the interface of a launch has an empty description unless one is given"),
    Known("*", "*NetworkInterfaces.*.Attachment.DeleteOnTermination", "false", AWS,
          "the interface that a launch makes is deleted with the instance"),
    lacks("*Instances*", "*NetworkInterfaces.*.PrivateIpAddresses.*.PrivateDnsName"),
    Known("DescribeInstances in pages", "sizes", "7", AWS,
          "MaxResults counts instances; moto counts reservations, of which there are two"),
    lacks("DescribeIamInstanceProfileAssociations", "*.Timestamp"),
    # Volumes.
    lacks("*Volume*", "*DeleteOnTermination"),
    lacks("*Volume*", "*MultiAttachEnabled"),
    lacks("*Volume*", "*OwnerId"),
    lacks("*Volume*", "*SnapshotId", "the image's snapshot, or an empty string"),
    lacks("*Volume*", "*.Throughput", "moto drops the throughput of a launch"),
    lacks("*Modif*", "*.OriginalIops"),
    lacks("*Modif*", "*.OriginalThroughput"),
    lacks("*Modif*", "*.OriginalVolumeType"),
    lacks("*Modif*", "*.TargetIops"),
    lacks("*Modif*", "*.TargetThroughput"),
    lacks("*Modif*", "*.TargetVolumeType"),
    Known("AttachVolume again", "Error", "none", AWS, "a volume in use can't be attached"),
    Known("DetachVolume again", "Error.Code", "InvalidAttachment.NotFound", AWS,
          "the list of error codes gives IncorrectState for a volume that is available"),
]

# What doesn't fit the model, and why it is so all the same. Patterns, held against the words of the misfit.
MISFITS = [
    ("*attachmentSet.item.state is 'available', which is none of *",
     "AWS's own examples say `available` of an attached internet gateway"),
    ("* is 'available', which is none of PendingAcceptance, *",
     "AWS's examples have it in lower case; the enum of the model has capitals"),
    ("* is 'pending', which is none of PendingAcceptance, *",
     "AWS's examples have it in lower case; the enum of the model has capitals"),
    ("*.platform is 'windows', which is none of Windows",
     "AWS's examples have it in lower case; the enum of the model has a capital"),
]


def match(step, field, moto):
    """The first entry that covers a difference."""
    for entry in KNOWN:
        if fnmatchcase(step, entry.step) and fnmatchcase(field, entry.field) and fnmatchcase(moto, entry.moto):
            return entry
    return None
