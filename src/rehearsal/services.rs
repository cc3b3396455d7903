//! Which service and action a request means, and how its answer is put on the wire.

use super::clock::Moment;
use super::desk::Desk;
use super::physics::throttle;
use super::settings::Settings;
use super::wire::{AwsError, Form, Outcome, Request, Response, Xml};
use super::world::World;
use super::{backup, ec2, iam, kms, logs, ssm, sts};
use serde_json::{Value, json};

/// How a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Forms in, EC2's XML out.
    Ec2,
    /// Forms in, IAM's and STS's XML out, in this namespace.
    Query(&'static str),
    /// JSON in and out, the action in a header.
    Json,
    /// JSON in and out, the action in method and path.
    Rest,
}

/// What a request asks for.
#[derive(Debug, Clone)]
pub struct Call {
    /// The service's short name, such as `ec2`.
    pub service: &'static str,
    /// The action, such as `CreateVpc`.
    pub action: String,
    /// The Region.
    pub region: String,
    /// How the service speaks.
    pub protocol: Protocol,
    /// The account's user that calls, where it says so.
    user: Option<String>,
    input: Input,
}

#[derive(Debug, Clone)]
enum Input {
    Form(Form),
    Json(Value),
}

/// The services that speak JSON, by what their targets begin with.
const TARGETS: &[(&str, &str)] = &[("TrentService", "kms"), ("Logs_20140328", "logs"), ("AmazonSSM", "ssm")];

/// IAM's and STS's namespaces.
const IAM_NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";
const STS_NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

impl Call {
    /// Reads a request; a request without a known service is an error that is worded as EC2's.
    pub fn read(request: &Request, settings: &Settings) -> Result<Self, AwsError> {
        let scope = request.scope();
        let region = scope.as_ref().and_then(|scope| scope.region.clone()).unwrap_or_else(|| settings.region.clone());
        let user = request.header(sts::USER_HEADER).map(str::to_owned);
        if let Some(target) = request.header("x-amz-target") {
            let (prefix, action) = target.rsplit_once('.').unwrap_or((target, ""));
            let service = TARGETS.iter().find(|(known, _)| *known == prefix).map(|(_, service)| *service);
            let service = service
                .ok_or_else(|| AwsError::new("UnknownOperationException", format!("Unknown target {target}")))?;
            let body = if request.body.is_empty() { b"{}".as_slice() } else { &request.body };
            let input: Value = serde_json::from_slice(body)
                .map_err(|_| AwsError::new("SerializationException", "The body is not JSON"))?;
            return Ok(Self {
                service,
                action: action.to_owned(),
                region,
                protocol: Protocol::Json,
                user,
                input: Input::Json(input),
            });
        }
        if scope.as_ref().is_some_and(|scope| scope.service == "backup") {
            let (action, input) = rest_input(request)?;
            return Ok(Self {
                service: "backup",
                action: action.to_owned(),
                region,
                protocol: Protocol::Rest,
                user,
                input: Input::Json(input),
            });
        }
        let query = request.path.split_once('?').map(|(_, query)| query.as_bytes());
        let form = Form::parse(if request.body.is_empty() { query.unwrap_or_default() } else { &request.body });
        let action = form.text("Action").unwrap_or_default().to_owned();
        let named = scope.map(|scope| scope.service).unwrap_or_default();
        let (service, protocol) = match (named.as_str(), form.text("Version")) {
            ("iam", _) | (_, Some("2010-05-08")) => ("iam", Protocol::Query(IAM_NAMESPACE)),
            ("sts", _) | (_, Some("2011-06-15")) => ("sts", Protocol::Query(STS_NAMESPACE)),
            ("ec2", _) | (_, Some("2016-11-15")) => ("ec2", Protocol::Ec2),
            (other, _) => {
                return Err(AwsError::new("InvalidAction", format!("There is no service '{other}' in a rehearsal")));
            }
        };
        Ok(Self { service, action, region, protocol, user, input: Input::Form(form) })
    }

    /// Whether it only reads.
    pub fn reads(&self) -> bool {
        throttle::reads(&self.action)
    }

    /// Whether carrying it out a second time does no harm: it has a client token, or it names what it is about.
    pub fn harmless_twice(&self) -> bool {
        match &self.input {
            Input::Json(_) => self.action != "CreateKey",
            Input::Form(form) => {
                self.reads()
                    || self.service != "ec2"
                    || form.text("ClientToken").is_some_and(|token| !token.is_empty())
                    || !["Create", "Run", "Copy", "Allocate"].iter().any(|prefix| self.action.starts_with(prefix))
                    || matches!(
                        self.action.as_str(),
                        "CreateTags" | "CreateSecurityGroup" | "CreateRoute" | "CreateFlowLogs"
                    )
            }
        }
    }

    /// Whether it only asks whether it would be allowed.
    pub fn is_dry_run(&self) -> bool {
        matches!(&self.input, Input::Form(form) if form.flag("DryRun").is_ok_and(|flag| flag == Some(true)))
    }

    /// Whether an EC2 read asks for everything at once.
    fn unfiltered(&self) -> bool {
        match &self.input {
            Input::Json(_) => false,
            Input::Form(form) => {
                !form.has("Filter") && !form.has("MaxResults") && !form.has("NextToken") && !names_ids(form)
            }
        }
    }
}

/// The action of a request whose path names it, and its input from path, query and body.
fn rest_input(request: &Request) -> Result<(&'static str, Value), AwsError> {
    let unknown = || AwsError::new("UnknownOperationException", format!("Unknown path {}", request.path)).status(404);
    let (action, outside) = backup::routes::read(&request.method, &request.path).ok_or_else(unknown)?;
    let body = if request.body.is_empty() { b"{}".as_slice() } else { &request.body };
    let mut input: Value =
        serde_json::from_slice(body).map_err(|_| AwsError::new("SerializationException", "The body is not JSON"))?;
    if let Value::Object(members) = &mut input {
        members.extend(outside);
    }
    Ok((action, input))
}

/// Whether a form lists ids, whatever their kind.
fn names_ids(form: &Form) -> bool {
    ["InstanceId", "NetworkInterfaceId", "GroupId", "GroupName", "SnapshotId", "VolumeId"]
        .iter()
        .any(|name| form.has(name))
}

/// The error of a dry run that would have succeeded.
pub fn dry_run() -> AwsError {
    AwsError::new("DryRunOperation", "Request would have succeeded, but DryRun flag is set.").status(412)
}

/// EC2's throttling error.
pub fn request_limit() -> AwsError {
    AwsError::new("RequestLimitExceeded", "Request limit exceeded.").status(503)
}

/// The throttling error of a protocol's services.
pub fn throttled(protocol: Protocol) -> AwsError {
    match protocol {
        Protocol::Ec2 => request_limit(),
        Protocol::Query(_) => AwsError::new("Throttling", "Rate exceeded"),
        Protocol::Json | Protocol::Rest => AwsError::new("ThrottlingException", "Rate exceeded"),
    }
}

/// The error of a service that is unwell.
pub fn unavailable(protocol: Protocol) -> AwsError {
    let (code, status) = match protocol {
        Protocol::Ec2 => ("InternalError", 500),
        Protocol::Query(_) => ("ServiceUnavailable", 503),
        Protocol::Json => ("InternalFailure", 500),
        Protocol::Rest => ("ServiceUnavailableException", 503),
    };
    AwsError::new(code, "An internal error has occurred").status(status)
}

/// Carries a call out, after its bucket allowed it. Answers the body, or the error.
pub fn perform(world: &mut World, settings: &Settings, call: &Call, now: Moment, request_id: &str) -> Outcome<String> {
    world.calls += 1;
    let coin = super::random::mixed(settings.seed ^ super::random::mixed(world.calls));
    let mut desk = Desk::new(world, settings, now, &call.region, coin);
    if let Some(user) = &call.user {
        desk.user.clone_from(user);
    }
    let (name, rate) = throttle::bucket(call.service, &call.action, call.unfiltered());
    let buckets = if call.service == "iam" { &mut desk.world.iam.buckets } else { &mut desk.here_mut().buckets };
    if !buckets.take(&name, rate, 1.0, now) {
        return Err(throttled(call.protocol));
    }
    match &call.input {
        Input::Json(input) => json_action(&mut desk, call, input),
        Input::Form(form) => form_action(&mut desk, call, form, request_id),
    }
}

fn json_action(desk: &mut Desk, call: &Call, input: &Value) -> Outcome<String> {
    let actions: Vec<&kms::Action> = match call.service {
        "kms" => kms::ACTIONS.iter().copied().flatten().collect(),
        "logs" => logs::ACTIONS.iter().collect(),
        "backup" => backup::ACTIONS.iter().copied().flatten().collect(),
        _ => ssm::ACTIONS.iter().collect(),
    };
    let unknown = || {
        AwsError::new("UnknownOperationException", format!("The operation {} is not part of a rehearsal", call.action))
    };
    let (_, carry_out) = actions.into_iter().find(|(name, _)| *name == call.action).ok_or_else(unknown)?;
    Ok(carry_out(desk, input)?.to_string())
}

fn form_action(desk: &mut Desk, call: &Call, form: &Form, request_id: &str) -> Outcome<String> {
    let mut actions: Box<dyn Iterator<Item = &ec2::Action>> = match call.service {
        "ec2" => Box::new(ec2::ACTIONS.iter().copied().flatten()),
        "iam" => Box::new(iam::ACTIONS.iter().copied().flatten()),
        _ => Box::new(sts::ACTIONS.iter()),
    };
    let unknown =
        || AwsError::new("InvalidAction", format!("The action {} is not valid for this web service.", call.action));
    let (_, carry_out) = actions.find(|(name, _)| *name == call.action).ok_or_else(unknown)?;
    // A launch checks its parameters first, so that a dry run tells whether a new profile is known yet.
    if call.service == "ec2" && call.action != "RunInstances" && form.flag("DryRun")? == Some(true) {
        return Err(dry_run());
    }
    let mut x = Xml::default();
    carry_out(desk, form, &mut x)?;
    Ok(match call.protocol {
        Protocol::Query(namespace) => x.into_query(&call.action, namespace, request_id),
        _ => x.into_ec2(&call.action, request_id),
    })
}

/// The response for an outcome.
pub fn response(protocol: Protocol, outcome: &Outcome<String>, request_id: &str) -> Response {
    let (status, body) = match outcome {
        Ok(body) => (200, body.clone()),
        Err(error) => (error.status, error_body(protocol, error, request_id)),
    };
    let (kind, id_header) = match protocol {
        Protocol::Json => ("application/x-amz-json-1.1", "x-amzn-RequestId"),
        Protocol::Rest => ("application/json", "x-amzn-RequestId"),
        Protocol::Ec2 => ("text/xml;charset=UTF-8", "x-amzn-requestid"),
        Protocol::Query(_) => ("text/xml", "x-amzn-RequestId"),
    };
    let mut headers = vec![
        ("Content-Type".to_owned(), kind.to_owned()),
        (id_header.to_owned(), request_id.to_owned()),
        ("Content-Length".to_owned(), body.len().to_string()),
    ];
    if let (Protocol::Rest, Err(error)) = (protocol, outcome) {
        headers.push(("x-amzn-ErrorType".to_owned(), error.code.clone()));
    }
    Response { status, headers, body: body.into_bytes() }
}

fn error_body(protocol: Protocol, error: &AwsError, request_id: &str) -> String {
    match protocol {
        Protocol::Ec2 => Xml::ec2_error(&error.code, &error.message, request_id),
        Protocol::Query(namespace) => {
            Xml::query_error(&error.code, &error.message, error.status, namespace, request_id)
        }
        Protocol::Json => json!({ "__type": error.code, "message": error.message }).to_string(),
        Protocol::Rest => json!({ "Code": error.code, "Message": error.message }).to_string(),
    }
}
