//! Bad days: a cloud that refuses, stalls, babbles or isn't there. What can't be read is said to be just that, in the
//! service's words, and is never taken for absent; an apply ends with a clear failure, and the next one converges.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use closedset::cloud::{ErrorClass, Scope};
use closedset::plan::{Reason, wrap};
use closedset::resource::Kind;

use crate::moto::{Mishap, Moto, iam_refusal, json_refusal, refusal};
use crate::stage::{Stage, floor};

/// The reads that a plan is made from, with the kind that each is for.
const READS: &[(&str, Kind)] = &[
    ("ListAliases", Kind::KmsKey),
    ("DescribeKey", Kind::KmsKey),
    ("DescribeVpcs", Kind::Vpc),
    ("DescribeVpcAttribute", Kind::Vpc),
    ("DescribeInternetGateways", Kind::InternetGateway),
    ("DescribeSubnets", Kind::Subnet),
    ("DescribeRouteTables", Kind::RouteTable),
    ("DescribeManagedPrefixLists", Kind::PrefixList),
    ("GetManagedPrefixListEntries", Kind::PrefixList),
    ("DescribeSecurityGroupRules", Kind::SecurityGroup),
    ("DescribeVpcEndpoints", Kind::VpcEndpoint),
    ("DescribeLogGroups", Kind::LogGroup),
    ("DescribeFlowLogs", Kind::FlowLog),
    ("ListInstanceProfiles", Kind::InstanceProfile),
    ("DescribeInstances", Kind::Seat),
    ("DescribeVolumes", Kind::Volume),
];

/// How the service of this kind refuses.
fn refused(kind: Kind, code: &str, words: &str) -> Mishap {
    let body = match kind {
        Kind::KmsKey | Kind::LogGroup => json_refusal(code, words),
        Kind::IamRole | Kind::InstanceProfile => iam_refusal(code, words),
        _ => refusal(code, words),
    };
    Mishap::Answer(403, body)
}

#[tokio::test]
async fn what_may_not_be_read_is_unknown_and_nothing_is_done_about_it() {
    let text = floor(2);
    let stage = Stage::with(&text).await;
    for (action, kind) in READS {
        let words = format!("ada is not authorized to perform {action}");
        stage.moto.plan_mishap(action, refused(*kind, "AccessDenied", &words), None);
        let run = stage.plan(&text).await;
        let gap = run.observed.unreadable.iter().find(|gap| gap.kind == *kind);
        let gap = gap.unwrap_or_else(|| panic!("{action}: {:#?}", run.observed.unreadable));
        assert!(gap.call.ends_with(action) && gap.words.contains(&words), "{gap:?}");
        // Everything is as it should be, and though a part of it can't be seen, nothing is made, replaced or deleted.
        assert!(!run.plan.has_changes(), "{action}: {:#?}", run.lines());
        assert!(
            run.plan.changes.iter().all(|change| change.kind == Kind::AccountSwitch
                || change.reason == Reason::Unreadable && change.note.is_some())
        );
        assert!(run.plan.changes.iter().any(|change| change.kind == *kind), "{action}: {:#?}", run.lines());
        stage.moto.mend();
    }
    stage.assert_nothing_to_do(&text).await;
}

#[tokio::test]
async fn roles_are_read_one_by_one_where_the_bulk_read_is_denied() {
    let text = floor(1);
    let stage = Stage::with(&text).await;
    let denied = refused(Kind::IamRole, "AccessDenied", "no bulk");
    stage.moto.plan_mishap("GetAccountAuthorizationDetails", denied.clone(), None);
    stage.assert_nothing_to_do(&text).await;
    stage.moto.plan_mishap("ListRoles", denied, None);
    let run = stage.plan(&text).await;
    assert!(run.observed.unreadable.iter().any(|gap| gap.kind == Kind::IamRole), "{:#?}", run.observed.unreadable);
    assert!(!run.plan.has_changes(), "{:#?}", run.lines());
}

#[tokio::test]
async fn html_in_the_place_of_an_answer_is_no_answer() {
    let text = floor(1);
    let stage = Stage::with(&text).await;
    let page = "<!DOCTYPE html><html><body><h1>Internal Server Error</h1></body></html>".to_owned();
    stage.moto.plan_mishap("DescribeSubnets", Mishap::Answer(500, page), None);
    let run = stage.plan(&text).await;
    let gap = run.observed.unreadable.iter().find(|gap| gap.kind == Kind::Subnet).expect("a gap");
    assert_eq!(gap.words, "HTTP 500 with a body that is no AWS answer");
    assert!(!run.plan.has_changes(), "{:#?}", run.lines());

    // An answer of success that holds nothing of what was asked isn't taken for an empty list.
    stage.moto.mend();
    stage.moto.plan_mishap("DescribeVpcs", Mishap::Answer(200, "<html>Welcome to the hotel</html>".to_owned()), None);
    let run = stage.plan(&text).await;
    assert!(run.observed.unreadable.iter().any(|gap| gap.kind == Kind::Vpc), "{:#?}", run.lines());
    assert!(!run.plan.has_changes(), "{:#?}", run.lines());
}

#[tokio::test]
async fn expired_credentials_end_a_look_with_their_name() {
    let stage = Stage::new();
    let expired = iam_refusal("ExpiredToken", "The security token included in the request is expired");
    stage.moto.plan_mishap("", Mishap::Answer(403, expired), None);
    let error = stage.moto.cloud().await.observe(&stage.scope).await.expect_err("nothing can be read");
    assert_eq!(error.class, ErrorClass::Credentials);
    assert!(error.to_string().contains("sts:GetCallerIdentity answered ExpiredToken"), "{error}");
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn credentials_that_expire_midway_leave_a_run_that_the_next_one_takes_up() {
    let text = floor(2);
    let stage = Stage::new();
    let run = stage.plan(&text).await;
    let expired = refusal("RequestExpired", "Request has expired.");
    stage.moto.plan_mishap("RunInstances", Mishap::Answer(400, expired), None);
    let outcome = run.run().await;
    let failed: Vec<_> = outcome.failed.iter().map(|failure| (failure.step, failure.error.class)).collect();
    assert!(!failed.is_empty() && failed.iter().all(|one| *one == ("launch", ErrorClass::Credentials)), "{failed:?}");
    stage.moto.mend();
    stage.apply(&text).await;
    assert_eq!(stage.moto.census(), reference(&text).await);
}

/// How many of everything there are where the apply of this blueprint met no obstacle.
async fn reference(text: &str) -> std::collections::BTreeMap<&'static str, usize> {
    Stage::with(text).await.moto.census()
}

#[tokio::test]
async fn a_denied_action_is_named_with_its_resource_and_stops_only_what_needs_it() {
    let text = floor(2);
    let stage = Stage::new();
    let words = "You are not authorized to perform: ec2:CreateFlowLogs on resource: vpc-flow-log/*";
    stage.moto.plan_mishap("CreateFlowLogs", Mishap::Answer(403, refusal("UnauthorizedOperation", words)), None);
    let run = stage.plan(&text).await;
    let outcome = run.run().await;
    let [failure] = &outcome.failed[..] else { panic!("{outcome:#?}") };
    assert_eq!(failure.address.as_str(), "network.main.flow_log");
    assert_eq!(failure.error.class, ErrorClass::Denied);
    assert_eq!(failure.error.to_string(), format!("ec2:CreateFlowLogs answered UnauthorizedOperation: {words}"));
    assert!(failure.error.hint().is_some_and(|hint| hint.contains("ec2:CreateFlowLogs")), "{:?}", failure.error.hint());
    assert_eq!(outcome.skipped, [], "nothing needs a flow log");
    assert_eq!(stage.moto.census()["seats"], 2);
    stage.moto.mend();
    stage.assert_does(&text, &["+ network.main.flow_log (Absent)"]).await;

    // What stands on the one that is denied is skipped, and says for what.
    let stage = Stage::new();
    let words = "You are not authorized to perform: ec2:CreateSubnet";
    stage.moto.plan_mishap("CreateSubnet", Mishap::Answer(403, refusal("UnauthorizedOperation", words)), None);
    let outcome = stage.plan(&text).await.run().await;
    assert_eq!(outcome.failed.len(), 4);
    let launch = outcome.skipped.iter().find(|skipped| skipped.step == "launch").expect("the launch is skipped");
    assert!(launch.because.starts_with("create of network.main.workstations/us-east-1"), "{}", launch.because);
    stage.moto.mend();
    stage.apply(&text).await;
    assert_eq!(stage.moto.census(), reference(&text).await);
}

#[tokio::test]
async fn throttling_slows_a_run_and_nothing_else() {
    let text = floor(2);
    let stage = Stage::new();
    for action in ["CreateSubnet", "RunInstances", "CreateTags", "DescribeInstances"] {
        let throttled = refusal("RequestLimitExceeded", "Request limit exceeded.");
        stage.moto.plan_mishap(action, Mishap::Answer(503, throttled), Some(3));
    }
    let throttled = json_refusal("ThrottlingException", "Rate exceeded");
    stage.moto.plan_mishap("CreateKey", Mishap::Answer(400, throttled), Some(2));
    stage.apply(&text).await;
    assert_eq!(stage.moto.census(), reference(&text).await);
}

#[tokio::test]
async fn a_quota_is_told_in_the_service_s_words() {
    let text = floor(2);
    let stage = Stage::new();
    let words = "You have requested more vCPU capacity than your current vCPU limit of 0 allows";
    stage.moto.plan_mishap("RunInstances", Mishap::Answer(400, refusal("VcpuLimitExceeded", words)), None);
    let outcome = stage.plan(&text).await.run().await;
    assert!(outcome.failed.iter().all(|failure| failure.error.class == ErrorClass::Quota), "{outcome:#?}");
    assert!(outcome.failed[0].error.to_string().contains(words));
    assert!(outcome.failed[0].error.hint().is_some());
    stage.moto.mend();
    stage.apply(&text).await;
}

#[tokio::test]
async fn no_capacity_anywhere_is_told_once_every_place_was_tried() {
    let text = floor(2);
    let stage = Stage::new();
    let words = "We currently do not have sufficient g5.4xlarge capacity in the Availability Zone you requested";
    let full = Mishap::Answer(500, refusal("InsufficientInstanceCapacity", words));
    stage.moto.plan_mishap("RunInstances", full, None);
    let outcome = stage.plan(&text).await.run().await;
    assert!(!outcome.failed.is_empty());
    assert!(outcome.failed.iter().all(|failure| failure.error.class == ErrorClass::Capacity), "{outcome:#?}");
    stage.moto.mend();
    stage.apply(&text).await;
    assert_eq!(stage.moto.census(), reference(&text).await);
}

#[tokio::test]
async fn the_first_answer_to_every_change_is_lost_and_nothing_is_made_twice() {
    let text = floor(2);
    let stage = Stage::new();
    let changes = [
        "CreateKey",
        "CreateAlias",
        "EnableKeyRotation",
        "CreateVpc",
        "ModifyVpcAttribute",
        "RevokeSecurityGroupEgress",
        "CreateSubnet",
        "CreateInternetGateway",
        "AttachInternetGateway",
        "CreateRoute",
        "AssociateRouteTable",
        "CreateSecurityGroup",
        "AuthorizeSecurityGroupIngress",
        "AuthorizeSecurityGroupEgress",
        "CreateRole",
        "PutRolePolicy",
        "CreateInstanceProfile",
        "AddRoleToInstanceProfile",
        "CreateLogGroup",
        "PutRetentionPolicy",
        "CreateTags",
    ];
    for action in changes {
        stage.moto.lose_answer(action);
    }
    stage.plan(&text).await.carry_out().await;
    stage.assert_nothing_to_do(&text).await;
    assert_eq!(stage.moto.census(), reference(&text).await);
}

#[tokio::test]
async fn what_a_server_without_tokens_made_twice_is_discarded() {
    let text = floor(2);
    let stage = Stage::new();
    // AWS makes what bears a client token once, however often it is asked; moto makes another. The next plan finds it.
    for action in ["CreateRouteTable", "CreateManagedPrefixList", "CreateVpcEndpoint", "CreateFlowLogs", "RunInstances"]
    {
        stage.moto.lose_answer(action);
    }
    stage.plan(&text).await.carry_out().await;
    let run = stage.plan(&text).await;
    assert!(run.plan.changes.iter().any(|change| change.reason == Reason::Duplicate), "{:#?}", run.lines());
    run.carry_out().await;
    stage.assert_nothing_to_do(&text).await;
    assert_eq!(stage.moto.census(), reference(&text).await);
}

#[tokio::test]
async fn a_service_that_never_answers_is_given_up_on() {
    let text = floor(1);
    let stage = Stage::with(&text).await;
    // The clock is stopped, so that the long wait is over at once; what the others answer is played back.
    stage.moto.record();
    stage.plan(&text).await;
    stage.moto.play_back();
    stage.moto.plan_mishap("DescribeRouteTables", Mishap::Silence, None);
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    let run = stage.plan(&text).await;
    assert!(start.elapsed() < Duration::from_secs(300), "{:?}", start.elapsed());
    let gap = run.observed.unreadable.iter().find(|gap| gap.kind == Kind::RouteTable).expect("a gap");
    assert_eq!(gap.words, "no answer in time");
    assert!(!run.plan.has_changes(), "{:#?}", run.lines());
}

#[tokio::test]
async fn a_wrap_in_the_dark_takes_nothing_that_the_unknown_may_stand_on() {
    let text = floor(1);
    let stage = Stage::with(&text).await;
    let denied = Mishap::Answer(403, refusal("UnauthorizedOperation", "not DescribeInstances"));
    stage.moto.plan_mishap("DescribeInstances", denied, None);
    let run = stage.plan_wrap(&text).await;
    assert!(run.plan.changes.iter().any(|change| change.reason == Reason::Unreadable), "{:#?}", run.lines());
    run.run().await;
    stage.moto.mend();
    let before = stage.observe().await;
    let seat =
        before.found.values().find(|found| found.resource.kind() == Kind::Seat).expect("the seat is still there");
    for link in seat.resource.links() {
        assert!(before.found.contains_key(&link.to), "{} is gone from under {}", link.to, seat.address);
    }
    let plan = wrap(&run.desired, &before);
    assert!(plan.has_changes());
    stage.plan_wrap(&text).await.carry_out().await;
}

/// A server on loopback that does with every connection what `serve` does.
fn server(serve: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for line in listener.incoming().flatten() {
            serve(line);
        }
    });
    port
}

/// Reads the head of a request.
fn listen(line: &mut TcpStream) {
    let mut bytes = [0; 65_536];
    let _ = line.read(&mut bytes);
}

#[tokio::test]
async fn a_line_that_breaks_is_told_within_seconds() {
    type Habit = fn(TcpStream);
    let habits: [(&str, Habit); 4] = [
        ("hangs up at once", |line| drop(line)),
        ("breaks off in the middle of its answer", |mut line| {
            listen(&mut line);
            let _ = line.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n<GetCallerIdentityResponse>");
            let _ = line.shutdown(Shutdown::Both);
        }),
        ("closes its half and says nothing", |mut line| {
            listen(&mut line);
            let _ = line.shutdown(Shutdown::Write);
            std::thread::sleep(Duration::from_millis(50));
        }),
        ("speaks no HTTP", |mut line| {
            listen(&mut line);
            let _ = line.write_all(b"220 mail.studio.example ESMTP\r\n");
        }),
    ];
    // All at once: each takes the whole patience of a call.
    let looks = habits.map(|(habit, serve)| async move {
        let start = Instant::now();
        let moto = Moto::elsewhere(server(serve));
        let error = moto.cloud().await.observe(&Scope::new("nebula")).await.expect_err(habit);
        assert_eq!(error.class, ErrorClass::Uncertain, "{habit}: {error}");
        assert!(error.to_string().starts_with("sts:GetCallerIdentity failed: "), "{habit}: {error}");
        assert!(error.hint().is_some(), "{habit}: {error}");
        assert!(start.elapsed() < Duration::from_secs(60), "{habit} took {:?}", start.elapsed());
    });
    futures_util::future::join_all(looks).await;
}

#[tokio::test]
async fn babble_is_told_from_an_answer() {
    let port = server(|mut line| {
        listen(&mut line);
        let _ =
            line.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\n\x00\xff\xfe{]<oops>!");
    });
    let error = Moto::elsewhere(port).cloud().await.observe(&Scope::new("nebula")).await.expect_err("babble");
    assert_eq!(error.class, ErrorClass::Uncertain, "{error}");
}

#[tokio::test]
async fn a_dead_network_is_told_within_seconds() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let start = Instant::now();
    let error = Moto::elsewhere(port).cloud().await.observe(&Scope::new("nebula")).await.expect_err("nobody is there");
    assert_eq!(error.class, ErrorClass::Uncertain);
    assert!(error.to_string().to_lowercase().contains("refused"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_server_that_hangs_is_given_up_on() {
    let port = server(|line| {
        // Held open, and never answered.
        std::mem::forget(line);
    });
    let cloud = Moto::elsewhere(port).cloud().await;
    tokio::time::pause();
    let error = cloud.observe(&Scope::new("nebula")).await.expect_err("no answer comes");
    assert_eq!(error.class, ErrorClass::Uncertain);
    assert_eq!(error.to_string(), "sts:GetCallerIdentity failed: no answer in time");
}
