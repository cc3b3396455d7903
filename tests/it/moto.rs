//! An independent server of the AWS protocols, moto, for the live side to be held against. It is started once for all
//! tests of the binary and ends with it; every test has an account of its own in it, so that none sees another's things.
//!
//! Between the SDK and the server stands a wire that counts calls and loses answers on demand.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
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
use closedset::cloud::{Access, Cloud, Endpoint};

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
    /// Holds the standard input open.
    _process: Mutex<Child>,
}

impl Server {
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
        let process = Command::new(Path::new(environment.trim()).join("bin/python"))
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
        Self { port, _process: Mutex::new(process) }
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
    /// Actions whose next answer is lost on the way back.
    lost: Vec<String>,
    /// Actions that the caller isn't allowed.
    denied: Vec<String>,
}

impl Moto {
    /// An empty account.
    pub fn new() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        static ACCOUNTS: AtomicU32 = AtomicU32::new(1);
        let port = SERVER.get_or_init(Server::start).port;
        let account = format!("{:012}", 100_000_000_000_u64 + u64::from(ACCOUNTS.fetch_add(1, Ordering::Relaxed)));
        Self { account, port, wire: Arc::default() }
    }

    /// The live side, talking to this account.
    pub async fn cloud(&self) -> Cloud {
        let access = Access { endpoint: Endpoint::InProcess(self.http()), region: REGION.to_owned(), trace: None };
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
        self.wire.lock().expect("the wire").lost.push(action.to_owned());
    }

    /// Forbids an action from now on, in the words of the query protocols.
    pub fn deny(&self, action: &str) {
        self.wire.lock().expect("the wire").denied.push(action.to_owned());
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
        let mut body = format!("Action={action}&Version=2016-11-15");
        for (name, value) in parameters {
            body.push_str(&format!("&{name}={}", escaped(value)));
        }
        let mut line = TcpStream::connect(("127.0.0.1", self.port)).expect("moto listens");
        write!(
            line,
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nx-moto-account-id: {}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=NOBODY/20260101/{REGION}/ec2/aws4_request, SignedHeaders=host, \
             Signature=none\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.account,
            body.len(),
        )
        .expect("moto takes a request");
        let mut answer = String::new();
        line.read_to_string(&mut answer).expect("moto answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{action} {parameters:?}: {answer}");
        answer
    }
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
        let is_lost = {
            let mut wire = self.moto.wire.lock().expect("the wire");
            *wire.calls.entry(action.clone()).or_default() += 1;
            let lost = wire.lost.iter().position(|lost| *lost == action);
            lost.map(|at| wire.lost.remove(at)).is_some()
        };
        if self.moto.wire.lock().expect("the wire").denied.contains(&action) {
            let words = format!(
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not {action}</Message></Error></ErrorResponse>"
            );
            let status = StatusCode::try_from(403).expect("a status");
            return HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(words))));
        }
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            if is_lost { Err(ConnectorError::io("the answer was lost".into())) } else { answer }
        })
    }
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
