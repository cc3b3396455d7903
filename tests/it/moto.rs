//! An independent server of the AWS protocols, moto, for the live side to be held against. It is started once for all
//! tests of the binary and ends with it; every test has an account of its own in it, so that none sees another's things.
//!
//! Between the SDK and the server stands a wire that counts calls and loses answers on demand.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use closedset::cloud::{Access, Cloud, Endpoint};
use serde_json::{Value, json};

/// Where the tests' productions are shot.
pub const REGION: &str = "us-east-1";

/// Python that serves until its standard input closes: whatever ends the tests, nothing is left running.
const SERVE: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(sys.argv[1:])
";

/// The first start imports half of Python.
const START: Duration = Duration::from_secs(120);

/// The running server.
struct Server {
    port: u16,
    /// The Python that has it, and boto3.
    python: PathBuf,
    /// Holds the standard input open.
    _process: Mutex<Child>,
}

impl Server {
    /// The one of all tests.
    fn running() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(Self::start)
    }

    fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a target folder");
        let made = Command::new(root.join("scripts/moto-venv"))
            .env("CARGO_TARGET_DIR", target)
            .stderr(Stdio::inherit())
            .output()
            .expect("scripts/moto-venv runs");
        assert!(made.status.success(), "scripts/moto-venv failed: the tests need Python 3 and, once, a package index");
        let environment = String::from_utf8(made.stdout).expect("a path in UTF-8");

        let port = TcpListener::bind("127.0.0.1:0").and_then(|probe| probe.local_addr()).expect("a free port").port();
        let python = Path::new(environment.trim()).join("bin/python");
        let process = Command::new(&python)
            .args(["-c", SERVE, "-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < START, "moto doesn't listen");
            std::thread::sleep(Duration::from_millis(100));
        }
        Self { port, python, _process: Mutex::new(process) }
    }
}

/// One test's account.
#[derive(Debug, Clone)]
pub struct Moto {
    account: String,
    port: u16,
    wire: Arc<Mutex<Wire>>,
}

#[derive(Debug, Default)]
struct Wire {
    /// How often each action has been called.
    calls: BTreeMap<String, u32>,
    mishaps: Vec<Planned>,
    /// Answers by request, for a server that can't be asked any more.
    record: BTreeMap<String, (u16, Vec<u8>)>,
    play: Play,
}

/// What becomes of a request on the wire.
#[derive(Debug, Clone)]
pub enum Mishap {
    /// The server does what it was asked, and nobody hears of it.
    LostAnswer,
    /// Somebody else answers, with this status and body; the server never hears of it.
    Answer(u16, String),
    /// No answer, ever.
    Silence,
}

/// A mishap that is to come.
#[derive(Debug)]
struct Planned {
    /// The action; all of them where it is empty.
    action: String,
    mishap: Mishap,
    /// How often yet; none is always.
    times: Option<u32>,
}

/// Whether the wire only passes on, notes each answer, or answers from its notes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Play {
    #[default]
    Live,
    Recording,
    Playback,
}

impl Wire {
    /// The mishap that hits this action now, the one that was planned first.
    fn mishap(&mut self, action: &str) -> Option<Mishap> {
        let hits = |planned: &&mut Planned| planned.action.is_empty() || planned.action == action;
        let planned = self.mishaps.iter_mut().filter(|planned| planned.times != Some(0)).find(hits)?;
        planned.times = planned.times.map(|times| times - 1);
        Some(planned.mishap.clone())
    }
}

/// A refusal as EC2 writes it.
pub fn refusal(code: &str, words: &str) -> String {
    format!("<Response><Errors><Error><Code>{code}</Code><Message>{words}</Message></Error></Errors></Response>")
}

/// The same for KMS, CloudWatch Logs and SSM.
pub fn json_refusal(code: &str, words: &str) -> String {
    json!({ "__type": code, "message": words }).to_string()
}

/// The same for IAM and STS.
pub fn iam_refusal(code: &str, words: &str) -> String {
    format!("<ErrorResponse><Error><Code>{code}</Code><Message>{words}</Message></Error></ErrorResponse>")
}

impl Moto {
    /// An empty account.
    pub fn new() -> Self {
        static ACCOUNTS: AtomicU32 = AtomicU32::new(1);
        let port = Server::running().port;
        let account = format!("{:012}", 100_000_000_000_u64 + u64::from(ACCOUNTS.fetch_add(1, Ordering::Relaxed)));
        Self { account, port, wire: Arc::default() }
    }

    /// A Python program that has boto3.
    pub fn python() -> Command {
        Command::new(&Server::running().python)
    }

    /// Twelve digits.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Where the server listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Another server, which is none of moto.
    pub fn elsewhere(port: u16) -> Self {
        Self { account: "100000000000".to_owned(), port, wire: Arc::default() }
    }

    /// The live side, talking to this account.
    pub async fn cloud(&self) -> Cloud {
        let access =
            Access { endpoint: Endpoint::InProcess(self.http()), region: REGION.to_owned(), trace: None, reads: None };
        Cloud::connect(&access).await.expect("no trace file that could fail")
    }

    /// Somebody else at work, with the SDK: a configuration for its clients.
    pub fn sdk(&self) -> SdkConfig {
        let credentials = Credentials::new("NOBODY", "nobody", None, None, "moto");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(REGION))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(self.http())
            .build()
    }

    fn http(&self) -> SharedHttpClient {
        let inner = aws_smithy_http_client::Builder::new().build_http();
        SharedHttpClient::new(WiredClient { inner, moto: self.clone() })
    }

    /// Loses the next answer to this action: the server does what it was asked, and nobody hears of it.
    pub fn lose_answer(&self, action: &str) {
        self.plan_mishap(action, Mishap::LostAnswer, Some(1));
    }

    /// Forbids an action from now on, in the words of the query protocols.
    pub fn deny(&self, action: &str) {
        self.plan_mishap(action, Mishap::Answer(403, iam_refusal("AccessDenied", &format!("not {action}"))), None);
    }

    /// Something goes wrong with this action, so many times or always; with every action where none is named.
    pub fn plan_mishap(&self, action: &str, mishap: Mishap, times: Option<u32>) {
        let planned = Planned { action: action.to_owned(), mishap, times };
        self.wire.lock().expect("the wire").mishaps.push(planned);
    }

    /// All is well again.
    pub fn mend(&self) {
        self.wire.lock().expect("the wire").mishaps.clear();
    }

    /// Notes every answer from now on.
    pub fn record(&self) {
        self.wire.lock().expect("the wire").play = Play::Recording;
    }

    /// Answers from the notes from now on, so that no time passes: a test may then stop the clock.
    pub fn play_back(&self) {
        self.wire.lock().expect("the wire").play = Play::Playback;
    }

    /// Forgets the calls counted so far.
    pub fn start_counting(&self) {
        self.wire.lock().expect("the wire").calls.clear();
    }

    /// The calls since, `Action` or `Action x 2`, sorted.
    pub fn calls(&self) -> Vec<String> {
        let wire = self.wire.lock().expect("the wire");
        let words = |(action, times): (&String, &u32)| match times {
            1 => action.clone(),
            times => format!("{action} x {times}"),
        };
        wire.calls.iter().map(words).collect()
    }

    /// Somebody else at work: an EC2 call behind the program's back, as bytes. Answers the XML.
    pub fn ec2(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        self.form("ec2", "2016-11-15", action, parameters)
    }

    /// The same with IAM.
    pub fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> String {
        self.form("iam", "2010-05-08", action, parameters)
    }

    /// The same with KMS. Answers the JSON.
    pub fn kms(&self, action: &str, parameters: &Value) -> Value {
        self.json("kms", &format!("TrentService.{action}"), parameters)
    }

    /// The same with CloudWatch Logs.
    pub fn logs(&self, action: &str, parameters: &Value) -> Value {
        self.json("logs", &format!("Logs_20140328.{action}"), parameters)
    }

    /// How many of each kind there are in the account, whoever made them, those that have ended left out.
    pub fn census(&self) -> BTreeMap<&'static str, usize> {
        let living = [
            ("Filter.1.Name", "instance-state-name"),
            ("Filter.1.Value.1", "pending"),
            ("Filter.1.Value.2", "running"),
            ("Filter.1.Value.3", "stopping"),
            ("Filter.1.Value.4", "stopped"),
        ];
        let of_ec2 = [
            ("networks", "DescribeVpcs", "vpc-", &[][..]),
            ("subnets", "DescribeSubnets", "subnet-", &[]),
            ("route tables", "DescribeRouteTables", "rtb-", &[]),
            ("internet gateways", "DescribeInternetGateways", "igw-", &[]),
            ("security groups", "DescribeSecurityGroups", "sg-", &[]),
            ("rules", "DescribeSecurityGroupRules", "sgr-", &[]),
            ("prefix lists", "DescribeManagedPrefixLists", "pl-", &[]),
            ("flow logs", "DescribeFlowLogs", "fl-", &[]),
            ("seats", "DescribeInstances", "i-", &living),
            ("disks", "DescribeVolumes", "vol-", &[]),
        ];
        let mut census: BTreeMap<&'static str, usize> = of_ec2
            .into_iter()
            .map(|(name, action, prefix, filter)| (name, ids(&self.ec2(action, filter), prefix).len()))
            .collect();
        // moto goes on listing those that are gone.
        let endpoints = self.ec2("DescribeVpcEndpoints", &[]);
        census.insert("endpoints", endpoints.matches("<state>available</state>").count());
        census.insert("roles", self.iam("ListRoles", &[]).matches("<RoleName>").count());
        census.insert("profiles", self.iam("ListInstanceProfiles", &[]).matches("<InstanceProfileName>").count());
        let listed = |answer: &Value, field: &str| answer[field].as_array().map_or(0, Vec::len);
        census.insert("keys", listed(&self.kms("ListKeys", &json!({})), "Keys"));
        census.insert("log groups", listed(&self.logs("DescribeLogGroups", &json!({})), "logGroups"));
        census
    }

    fn form(&self, service: &str, version: &str, action: &str, parameters: &[(&str, &str)]) -> String {
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in parameters {
            body.push_str(&format!("&{name}={}", escaped(value)));
        }
        self.post(service, "Content-Type: application/x-www-form-urlencoded", &body)
    }

    fn json(&self, service: &str, target: &str, parameters: &Value) -> Value {
        let headers = format!("Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: {target}");
        let answer = self.post(service, &headers, &parameters.to_string());
        serde_json::from_str(&answer).unwrap_or(Value::Null)
    }

    /// Sends a request whose signature is only there to say which service is meant, and returns the body of the answer.
    fn post(&self, service: &str, headers: &str, body: &str) -> String {
        let mut line = TcpStream::connect(("127.0.0.1", self.port)).expect("moto listens");
        write!(
            line,
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nx-moto-account-id: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=NOBODY/20260101/{REGION}/{service}/aws4_request, \
             SignedHeaders=host, Signature=none\r\n{headers}\r\nContent-Length: {}\r\n\r\n{body}",
            self.account,
            body.len(),
        )
        .expect("moto takes a request");
        let mut answer = String::new();
        line.read_to_string(&mut answer).expect("moto answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{service} {headers} {body}: {answer}");
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }
}

/// The different ids of this kind in an answer, where they stand alone: `<vpcId>vpc-0ab1</vpcId>`.
fn ids<'a>(xml: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let texts = xml.split('>').filter_map(|rest| rest.split_once('<')).map(|(text, _)| text);
    texts.filter(|text| text.starts_with(prefix)).collect()
}

/// Escapes all but letters and digits, as forms do.
fn escaped(value: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    value.bytes().map(escape).collect()
}

/// A client whose requests all go to moto, whatever service they are for.
#[derive(Debug, Clone)]
struct WiredClient {
    inner: SharedHttpClient,
    moto: Moto,
}

impl HttpClient for WiredClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(WiredConnector { inner, moto: self.moto.clone() })
    }
}

#[derive(Debug)]
struct WiredConnector {
    inner: SharedHttpConnector,
    moto: Moto,
}

impl HttpConnector for WiredConnector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let action = action(&request);
        let place = request.uri().splitn(4, '/').nth(3).unwrap_or_default().to_owned();
        // The server tells services apart by what the request is signed for.
        let redirected = request.set_uri(format!("http://127.0.0.1:{}/{place}", self.moto.port));
        if let Err(error) = redirected {
            return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
        }
        request.headers_mut().insert("x-moto-account-id", self.moto.account.clone());
        let said = said(&request);
        let (mishap, play, noted) = {
            let mut wire = self.moto.wire.lock().expect("the wire");
            *wire.calls.entry(action.clone()).or_default() += 1;
            (wire.mishap(&action), wire.play, wire.record.get(&said).cloned())
        };
        match mishap {
            Some(Mishap::Answer(status, body)) => return answered(status, body.into_bytes()),
            Some(Mishap::Silence) => return HttpConnectorFuture::new(std::future::pending()),
            Some(Mishap::LostAnswer) | None => {}
        }
        if play == Play::Playback {
            let (status, body) = noted.unwrap_or_else(|| panic!("{action} was never asked before: {said}"));
            return answered(status, body);
        }
        let answer = self.inner.call(request);
        let wire = self.moto.wire.clone();
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            if mishap.is_some() {
                return Err(ConnectorError::io("the answer was lost".into()));
            }
            if play == Play::Recording {
                let body = std::mem::replace(answer.body_mut(), SdkBody::empty());
                let body = ByteStream::new(body).collect().await.map_err(|error| ConnectorError::io(error.into()))?;
                let body = body.into_bytes().to_vec();
                *answer.body_mut() = SdkBody::from(body.clone());
                let status = answer.status().as_u16();
                wire.lock().expect("the wire").record.insert(said, (status, body));
            }
            Ok(answer)
        })
    }
}

fn answered(status: u16, body: Vec<u8>) -> HttpConnectorFuture {
    let status = StatusCode::try_from(status).expect("a status");
    HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
}

/// What a request asks, whoever asks it and whenever.
fn said(request: &HttpRequest) -> String {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
    format!("{} {target} {body}", request.uri())
}

/// The action of a request: in a header of the JSON protocols, in the body of the query protocols.
fn action(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    let body = std::str::from_utf8(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    action.unwrap_or(request.method()).to_owned()
}
