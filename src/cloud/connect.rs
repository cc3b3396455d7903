//! Getting into the account the way AWS users do, and the clients that everything else uses.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::brake::Brake;
use super::clock::Clock;
use super::facts::Caller;
use super::reads::Reads;
use super::requests::Noting;
use super::security_group::SharedGroups;
use super::trace::Traced;
use super::watch::Watches;
use super::whole::Whole;
use super::{CloudError, ErrorClass, Pacer, Result, Scope, Waits};
use crate::resource::Address;

/// A connection that is refused is refused at once; one that isn't answered in this time won't be.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(3100);
/// Launching a hundred seats in one call takes several seconds on the service's side.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// Which cloud is talked to.
#[derive(Debug, Clone)]
pub enum Endpoint {
    /// AWS, with the credentials that the AWS CLI would use.
    Aws {
        profile: Option<String>,
        /// Another server that speaks the same protocols; `AWS_ENDPOINT_URL` is read too.
        url: Option<String>,
    },
    /// A client that answers in process; credentials are made up.
    InProcess(SharedHttpClient),
}

/// How to get in.
#[derive(Debug, Clone)]
pub struct Access {
    pub endpoint: Endpoint,
    pub region: String,
    /// A file that gets one line for each request that leaves the program.
    pub trace: Option<PathBuf>,
    /// Where what is asked and answered is noted, for evidence.
    pub reads: Option<Reads>,
}

/// The live cloud of one account and region.
#[derive(Debug)]
pub struct Cloud {
    pub(super) ec2: aws_sdk_ec2::Client,
    pub(super) kms: aws_sdk_kms::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) sts: aws_sdk_sts::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) ssm: aws_sdk_ssm::Client,
    pub(super) backup: aws_sdk_backup::Client,
    pub(super) pacer: Pacer,
    pub(super) watches: Watches,
    pub(super) brake: Arc<Brake>,
    pub(super) clock: Arc<Clock>,
    region: String,
    /// What clients are built of.
    config: SdkConfig,
    /// The same account in other regions, once something of the production lies there.
    elsewhere: Mutex<BTreeMap<String, Arc<Cloud>>>,
    /// Ids by address: what was observed, and what has been made since.
    ids: Arc<Mutex<BTreeMap<Address, String>>>,
    /// Whose resources are looked after.
    scope: Mutex<Option<Scope>>,
    /// The caller, once STS has been asked.
    pub(super) caller: Arc<tokio::sync::OnceCell<Caller>>,
    /// The security groups of the observation under way, read once for the two kinds that need them.
    pub(super) groups: SharedGroups,
}

impl Cloud {
    /// Builds the clients. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the trace file can't be opened.
    pub async fn connect(access: &Access) -> std::io::Result<Self> {
        let http = match &access.endpoint {
            Endpoint::Aws { .. } => https_client(),
            Endpoint::InProcess(client) => client.clone(),
        };
        let http = match &access.trace {
            Some(path) => Traced::client(http, path)?,
            None => http,
        };
        let http = Noting::client(Whole::client(http));
        let http = match &access.reads {
            Some(reads) => reads.client(http),
            None => http,
        };
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http)
            .region(Region::new(access.region.clone()))
            // Repeating is decided by `call`, from one table of classes.
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(CONNECT_TIMEOUT)
                    .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                    .build(),
            );
        // The name stands in CloudTrail beside each call.
        if let Ok(name) = AppName::new(concat!("closedset-", env!("CARGO_PKG_VERSION"))) {
            loader = loader.app_name(name);
        }
        match &access.endpoint {
            Endpoint::Aws { profile, url } => {
                if let Some(profile) = profile {
                    loader = loader.profile_name(profile);
                }
                if let Some(url) = url {
                    loader = loader.endpoint_url(url);
                }
            }
            Endpoint::InProcess(_) => {
                loader = loader
                    .credentials_provider(Credentials::new("REHEARSAL", "rehearsal", None, None, "rehearsal"))
                    // It holds bytes against the real clock, and time is virtual here: the same day would differ by how
                    // busy the machine is. An answer that breaks off ends with its attempt.
                    .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                    .empty_test_environment();
            }
        }
        Ok(Self::new(&loader.load().await, access.region.clone()))
    }

    fn new(config: &SdkConfig, region: String) -> Self {
        Self {
            ec2: aws_sdk_ec2::Client::new(config),
            kms: aws_sdk_kms::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            sts: aws_sdk_sts::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            ssm: aws_sdk_ssm::Client::new(config),
            backup: aws_sdk_backup::Client::new(config),
            pacer: Pacer::default(),
            watches: Watches::default(),
            brake: Arc::default(),
            clock: Arc::default(),
            region,
            config: config.clone(),
            elsewhere: Mutex::default(),
            ids: Arc::default(),
            scope: Mutex::default(),
            caller: Arc::default(),
            groups: SharedGroups::default(),
        }
    }

    /// The same account in another region: what is known of ids, the caller and the time is known there too, and what stops
    /// one stops the other. Limits are each region's own.
    pub(super) fn in_region(&self, region: &str) -> Arc<Self> {
        let mut elsewhere = self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
        let there = elsewhere.entry(region.to_owned()).or_insert_with(|| {
            let config = self.config.to_builder().region(Region::new(region.to_owned())).build();
            Arc::new(Self {
                brake: self.brake.clone(),
                clock: self.clock.clone(),
                ids: self.ids.clone(),
                caller: self.caller.clone(),
                ..Self::new(&config, region.to_owned())
            })
        });
        there.clone()
    }

    /// The cloud of the region that an ARN names, where that is another one.
    pub(super) fn elsewhere_of(&self, arn: &str) -> Option<Arc<Self>> {
        let region = arn.split(':').nth(3).filter(|region| arn.starts_with("arn:") && !region.is_empty())?;
        (region != self.region).then(|| self.in_region(region))
    }

    /// What waiting for the account's limits cost this run, by bucket.
    pub fn waits(&self) -> BTreeMap<String, Waits> {
        self.pacer.waits()
    }

    pub fn region(&self) -> &str {
        &self.region
    }

    /// Notes whose resources this run looks after.
    pub(super) fn look_after(&self, scope: &Scope) {
        *self.scope.lock().unwrap_or_else(PoisonError::into_inner) = Some(scope.clone());
    }

    /// Whose resources this run looks after; nobody's before the first observation.
    pub(super) fn scope(&self) -> Scope {
        let scope = self.scope.lock().unwrap_or_else(PoisonError::into_inner).clone();
        scope.unwrap_or_else(|| Scope::new(""))
    }

    /// The address of something that this run has learnt of, by id.
    pub(super) fn address_of(&self, id: &str) -> Option<Address> {
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.iter().find(|(_, one)| *one == id).map(|(address, _)| address.clone())
    }

    /// Notes which id an address has.
    pub fn learn(&self, address: Address, id: impl Into<String>) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(address, id.into());
    }

    /// Forgets an address whose resource is gone.
    pub fn forget(&self, address: &Address) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).remove(address);
    }

    /// The id of a resource that exists.
    ///
    /// # Errors
    /// Where nothing is known at this address: something that it depends on wasn't made.
    pub fn id(&self, address: &Address) -> Result<String> {
        self.known_id(address).ok_or_else(|| {
            CloudError::new(ErrorClass::NotFound, "closedset", "resolve", format!("{address} does not exist yet"))
        })
    }

    /// The id of a resource, if one is known.
    pub fn known_id(&self, address: &Address) -> Option<String> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned()
    }

    /// The ids of several.
    ///
    /// # Errors
    /// As [`Cloud::id`].
    pub fn ids<'a>(&self, addresses: impl IntoIterator<Item = &'a Address>) -> Result<Vec<String>> {
        addresses.into_iter().map(|address| self.id(address)).collect()
    }
}

/// The SDK's default client, built by hand so that it can be wrapped: TLS by rustls, proxies from the environment.
fn https_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(
            components.and_then(aws_smithy_runtime_api::client::runtime_components::RuntimeComponents::sleep_impl),
        );
        connector.tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc)).build()
    })
}
