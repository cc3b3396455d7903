//! The rehearsal cloud as its callers see it: raw requests, virtual time.

use super::physics::limits::Quotas;
use super::{Broken, Faults, RehearsalCloud, Request, Response, Settings, Side};
use std::time::Duration;

/// A studio's account, spoken to by hand.
struct Studio {
    cloud: RehearsalCloud,
}

/// What came back: the status and the body.
type Answer = Result<(u16, String), Broken>;

impl Studio {
    fn new(settings: Settings) -> Self {
        Self { cloud: RehearsalCloud::new(settings) }
    }

    fn request(service: &str, region: &str, body: String, target: Option<&str>) -> Request {
        let credential = format!("AWS4-HMAC-SHA256 Credential=K/20260105/{region}/{service}/aws4_request, Signature=0");
        let mut headers = vec![("authorization".to_owned(), credential)];
        headers.extend(target.map(|target| ("x-amz-target".to_owned(), target.to_owned())));
        Request {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers,
            body: body.into_bytes(),
            ..Request::default()
        }
    }

    async fn raw(&self, service: &str, form: &str) -> Result<Response, Broken> {
        self.cloud.answer(Self::request(service, "us-west-2", form.to_owned(), None)).await
    }

    async fn try_ec2(&self, form: &str) -> Answer {
        let response = self.raw("ec2", form).await?;
        Ok((response.status, String::from_utf8_lossy(&response.body).into_owned()))
    }

    /// Sends a form to EC2 and expects it to be carried out.
    async fn ec2(&self, form: &str) -> String {
        let (status, body) = self.try_ec2(form).await.expect("an answer");
        assert_eq!(status, 200, "{form}: {body}");
        body
    }

    /// Sends a form to EC2 and expects this code.
    async fn refused(&self, form: &str, code: &str) {
        let (_, body) = self.try_ec2(form).await.expect("an answer");
        assert_eq!(first(&body, "Code"), code, "{form}: {body}");
    }

    async fn iam(&self, form: &str) {
        let response = self.raw("iam", form).await.expect("an answer");
        assert_eq!(response.status, 200, "{form}: {}", String::from_utf8_lossy(&response.body));
    }

    async fn kms(&self, action: &str, body: &str) -> serde_json::Value {
        let request = Self::request("kms", "us-west-2", body.to_owned(), Some(&format!("TrentService.{action}")));
        let response = self.cloud.answer(request).await.expect("an answer");
        serde_json::from_slice(&response.body).expect("JSON")
    }

    /// A VPC, a subnet in it, and the subnet's id.
    async fn floor(&self) -> (String, String) {
        let vpc = first(&self.ec2("Action=CreateVpc&CidrBlock=10.0.0.0%2F16").await, "vpcId");
        let form = format!("Action=CreateSubnet&VpcId={vpc}&CidrBlock=10.0.0.0%2F20&AvailabilityZone=us-west-2a");
        let subnet = first(&self.ec2(&form).await, "subnetId");
        (vpc, subnet)
    }
}

/// The text of the first element of a name.
fn first(body: &str, name: &str) -> String {
    all(body, name).into_iter().next().unwrap_or_default()
}

/// The texts of all elements of a name.
fn all(body: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    body.split(&open).skip(1).filter_map(|rest| Some(rest.split(&close).next()?.to_owned())).collect()
}

fn launch(subnet: &str, token: &str, least: usize, most: usize) -> String {
    format!(
        "Action=RunInstances&ImageId=ami-0123456789abcdef0&InstanceType=g6e.4xlarge&SubnetId={subnet}\
         &ClientToken={token}&MinCount={least}&MaxCount={most}"
    )
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_comes_up_and_its_token_launches_nothing_twice() {
    let studio = Studio::new(Settings::default());
    let (_, subnet) = studio.floor().await;
    let body = studio.ec2(&launch(&subnet, "batch", 3, 3)).await;
    assert_eq!(all(&body, "amiLaunchIndex"), ["0", "1", "2"]);
    pass(20).await;
    let again = studio.ec2(&launch(&subnet, "batch", 3, 3)).await;
    assert_eq!(all(&body, "instanceId").len(), all(&again, "instanceId").len());
    studio.refused(&launch(&subnet, "batch", 2, 3), "IdempotentParameterMismatch").await;
    let filter = "Action=DescribeInstances&Filter.1.Name=client-token&Filter.1.Value.1=bat*&Filter.2.Name=instance-state-name&Filter.2.Value.1=running";
    let running = studio.ec2(filter).await;
    assert_eq!(all(&running, "amiLaunchIndex").len(), 3);
    let ids = all(&running, "privateIpAddressesSet");
    assert_eq!(ids.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_token_whose_launch_has_ended_is_refused() {
    let studio = Studio::new(Settings::default());
    let (_, subnet) = studio.floor().await;
    let id = first(&studio.ec2(&launch(&subnet, "once", 1, 1)).await, "instanceId");
    studio.ec2(&format!("Action=TerminateInstances&InstanceId.1={id}")).await;
    pass(90).await;
    studio.refused(&launch(&subnet, "once", 1, 1), "IdempotentInstanceTerminated").await;
    studio.ec2(&launch(&subnet, "twice", 1, 1)).await;
}

#[tokio::test(start_paused = true)]
async fn launches_are_held_to_their_bucket() {
    let studio = Studio::new(Settings { latency: false, ..Settings::default() });
    let (_, subnet) = studio.floor().await;
    for number in 0..5 {
        studio.ec2(&launch(&subnet, &format!("t{number}"), 1, 1)).await;
    }
    let (status, body) = studio.try_ec2(&launch(&subnet, "t5", 1, 1)).await.expect("an answer");
    assert_eq!((status, first(&body, "Code").as_str()), (503, "RequestLimitExceeded"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    studio.ec2(&launch(&subnet, "t5", 1, 1)).await;
}

#[tokio::test(start_paused = true)]
async fn capacity_fills_in_part_and_then_not_at_all() {
    let mut settings = Settings::default();
    settings.capacity.insert("g6e.4xlarge@us-west-2a".to_owned(), 3);
    let studio = Studio::new(settings);
    let (_, subnet) = studio.floor().await;
    let (status, body) = studio.try_ec2(&launch(&subnet, "all", 5, 5)).await.expect("an answer");
    assert_eq!((status, first(&body, "Code").as_str()), (500, "InsufficientInstanceCapacity"));
    assert_eq!(all(&studio.ec2(&launch(&subnet, "some", 1, 5)).await, "amiLaunchIndex").len(), 3);
    studio.refused(&launch(&subnet, "more", 1, 1), "InsufficientInstanceCapacity").await;
}

#[tokio::test(start_paused = true)]
async fn a_new_account_has_no_gpus() {
    let studio = Studio::new(Settings { quotas: Quotas::new_account(), ..Settings::default() });
    let (_, subnet) = studio.floor().await;
    studio.refused(&launch(&subnet, "t", 1, 1), "VcpuLimitExceeded").await;
}

#[tokio::test(start_paused = true)]
async fn a_disabled_key_lets_a_launch_succeed_and_then_ends_it() {
    let studio = Studio::new(Settings::default());
    let (_, subnet) = studio.floor().await;
    let key = studio.kms("CreateKey", "{}").await["KeyMetadata"]["KeyId"].as_str().expect("an id").to_owned();
    studio.kms("DisableKey", &format!("{{\"KeyId\":\"{key}\"}}")).await;
    let form = launch(&subnet, "t", 1, 1)
        + &format!(
            "&BlockDeviceMapping.1.DeviceName=%2Fdev%2Fsdf&BlockDeviceMapping.1.Ebs.VolumeSize=10&BlockDeviceMapping.1.Ebs.VolumeType=gp3&BlockDeviceMapping.1.Ebs.Encrypted=true&BlockDeviceMapping.1.Ebs.DeleteOnTermination=false&BlockDeviceMapping.1.Ebs.KmsKeyId={key}"
        );
    let id = first(&studio.ec2(&form).await, "instanceId");
    pass(10).await;
    let body = studio.ec2(&format!("Action=DescribeInstances&InstanceId.1={id}")).await;
    assert!(
        body.contains("<name>terminated</name>") && body.contains("<code>Client.InvalidKMSKey.InvalidState</code>"),
        "{body}"
    );
    assert_eq!(all(&studio.ec2("Action=DescribeVolumes").await, "volumeId").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn launches_wait_for_their_grants() {
    let studio = Studio::new(Settings::default());
    let (_, subnet) = studio.floor().await;
    studio.ec2("Action=EnableEbsEncryptionByDefault").await;
    studio.ec2(&launch(&subnet, "t", 1000, 1000)).await;
    let running = "Action=DescribeInstances&MaxResults=1000&Filter.1.Name=instance-state-name&Filter.1.Value.1=running";
    pass(18).await;
    let early = all(&studio.ec2(running).await, "amiLaunchIndex").len();
    pass(20).await;
    let late = all(&studio.ec2(running).await, "amiLaunchIndex").len();
    assert!(early < 200 && late == 1000, "{early}, {late}");
}

#[tokio::test(start_paused = true)]
async fn a_profile_is_unknown_to_ec2_until_it_has_spread() {
    let studio = Studio::new(Settings::default());
    let (_, subnet) = studio.floor().await;
    studio.iam("Action=CreateRole&RoleName=seat&AssumeRolePolicyDocument=%7B%22Statement%22%3A%5B%5D%7D").await;
    studio.iam("Action=CreateInstanceProfile&InstanceProfileName=seat").await;
    studio.iam("Action=AddRoleToInstanceProfile&InstanceProfileName=seat&RoleName=seat").await;
    let form = launch(&subnet, "t", 1, 1) + "&IamInstanceProfile.Name=seat";
    studio.refused(&form, "InvalidParameterValue").await;
    pass(11).await;
    studio.refused(&format!("{form}&DryRun=true"), "DryRunOperation").await;
    studio.ec2(&form).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_depended_upon_stays() {
    let studio = Studio::new(Settings::default());
    let (vpc, subnet) = studio.floor().await;
    let id = first(&studio.ec2(&launch(&subnet, "t", 1, 1)).await, "instanceId");
    studio.refused(&format!("Action=DeleteSubnet&SubnetId={subnet}"), "DependencyViolation").await;
    studio.refused(&format!("Action=DeleteVpc&VpcId={vpc}"), "DependencyViolation").await;
    studio.ec2(&format!("Action=TerminateInstances&InstanceId.1={id}&SkipOsShutdown=true")).await;
    pass(60).await;
    studio.ec2(&format!("Action=DeleteSubnet&SubnetId={subnet}")).await;
    studio.ec2(&format!("Action=DeleteVpc&VpcId={vpc}")).await;
    pass(3600).await;
    assert_eq!(studio.ec2("Action=DescribeInstances").await.matches("<instanceId>").count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_may_have_been_carried_out() {
    let studio = Studio::new(Settings::default());
    studio.cloud.stop_after(1, Side::Before);
    assert!(studio.try_ec2("Action=CreateVpc&CidrBlock=10.0.0.0%2F16").await.is_err());
    assert_eq!(studio.try_ec2("Action=DescribeVpcs").await, Err(Broken::ConnectionRefused));
    studio.cloud.resume();
    assert_eq!(all(&studio.ec2("Action=DescribeVpcs").await, "vpcId").len(), 0);
    studio.cloud.stop_after(3, Side::After);
    assert!(studio.try_ec2("Action=CreateVpc&CidrBlock=10.0.0.0%2F16").await.is_err());
    studio.cloud.resume();
    assert_eq!(all(&studio.ec2("Action=DescribeVpcs").await, "vpcId").len(), 1);
    let carried_out: Vec<bool> = studio.cloud.calls().iter().map(|call| call.carried_out).collect();
    assert_eq!(carried_out, [false, true, true, true]);
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_bytes() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let studio = Studio::new(Settings { seed: 42, faults: Faults::Hostile, ..Settings::default() });
        let mut said = Vec::new();
        for number in 0..200 {
            let form = format!("Action=CreateVpc&CidrBlock=10.{number}.0.0%2F16");
            said.push(studio.raw("ec2", &form).await);
            said.push(studio.raw("ec2", "Action=DescribeVpcs&MaxResults=5").await);
        }
        runs.push((said, studio.cloud.now(), studio.cloud.save().expect("a document")));
    }
    assert!(runs[0] == runs[1]);
    assert!(runs[0].0.iter().any(Result::is_err), "a hostile day breaks connections");
}

#[tokio::test(start_paused = true)]
async fn a_saved_store_goes_on_where_it_was_left() {
    let studio = Studio::new(Settings::default());
    let (_, subnet) = studio.floor().await;
    studio.ec2(&launch(&subnet, "t", 2, 2)).await;
    let document = studio.cloud.save().expect("a document");
    let again = Studio { cloud: RehearsalCloud::open(document.as_bytes()).expect("our own document") };
    assert_eq!(again.cloud.save().expect("a document"), document);
    pass(20).await;
    assert_eq!(all(&again.ec2("Action=DescribeInstances").await, "amiLaunchIndex").len(), 2);
    assert_eq!(again.cloud.snapshot(), studio.cloud.snapshot());
    for (document, words) in [
        ("{}", "not a rehearsal"),
        ("{\"format\":\"closedset-rehearsal\",\"version\":99}", "newer"),
        ("{\"format\":\"closedset-rehearsal\",\"version\":1}", "damaged"),
    ] {
        let error = RehearsalCloud::open(document.as_bytes()).err().expect("a refusal").to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn two_ways_to_the_same_end_give_equal_views() {
    let mut views = Vec::new();
    for (seed, detour) in [(1, false), (2, true)] {
        let studio = Studio::new(Settings { seed, ..Settings::default() });
        if detour {
            let vpc = first(&studio.ec2("Action=CreateVpc&CidrBlock=10.9.0.0%2F16").await, "vpcId");
            studio.ec2(&format!("Action=DeleteVpc&VpcId={vpc}")).await;
        }
        let (_, subnet) = studio.floor().await;
        studio.ec2(&launch(&subnet, "t", 2, 2)).await;
        pass(30).await;
        views.push(studio.cloud.snapshot());
    }
    assert_eq!(views[0], views[1]);
}

#[tokio::test(start_paused = true)]
async fn pages_hold_everything_once() {
    let studio = Studio::new(Settings::default());
    for number in 0..23 {
        studio.ec2(&format!("Action=CreateVpc&CidrBlock=10.{number}.0.0%2F16")).await;
    }
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let next = if token.is_empty() { String::new() } else { format!("&NextToken={token}") };
        let body = studio.ec2(&format!("Action=DescribeVpcs&MaxResults=5{next}")).await;
        seen.extend(all(&body, "vpcId"));
        token = first(&body, "nextToken");
        if token.is_empty() {
            break;
        }
    }
    let count = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((count, seen.len()), (23, 23));
    studio.refused("Action=DescribeVpcs&NextToken=nonsense", "InvalidNextToken").await;
}

#[tokio::test(start_paused = true)]
async fn nonsense_is_answered_and_never_panics() {
    let studio = Studio::new(Settings::default());
    let deep = format!("Action=RunInstances&{}=1", "A.".repeat(5000));
    for form in ["", "&&&", "Action=", "Action=Nope", "Action=CreateVpc", "Action=CreateVpc&CidrBlock=x", deep.as_str()]
    {
        let (status, body) = studio.try_ec2(form).await.expect("an answer");
        assert_eq!(status, 400, "{body}");
    }
    for (action, _) in super::ec2::ACTIONS.iter().copied().flatten() {
        for rest in
            ["", "&VpcId=1&SubnetId=é&GroupId=sg-&InstanceId.1=i-zz&MaxResults=-1&VolumeId.1=vol-1234567890abcdef0"]
        {
            assert!(studio.try_ec2(&format!("Action={action}{rest}")).await.is_ok());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_hostile_day_loses_nothing_that_was_carried_out() {
    let studio = Studio::new(Settings { seed: 7, faults: Faults::Hostile, ..Settings::default() });
    for number in 0..60 {
        // Who is throttled, cut off or answered with rubbish may only look at what became of it.
        let _ = studio.try_ec2(&format!("Action=CreateVpc&CidrBlock=10.{number}.0.0%2F16")).await;
        pass(1).await;
    }
    let carried_out = studio.cloud.calls().iter().filter(|call| call.carried_out).count();
    studio.cloud.set_faults(Faults::None);
    pass(60).await;
    let body = studio.ec2("Action=DescribeVpcs").await;
    assert_eq!(all(&body, "vpcId").len(), carried_out);
    assert!(carried_out < 60, "some were refused");
}
