//! A small floor with an exception and an attestation, looked at twice, in every format.

mod documents;
mod looks;
mod page;

use std::collections::BTreeMap;

use super::{Bundle, Dossier, Envelope, Ground, History, bundle};
use crate::blueprint::model::Date;
use crate::blueprint::{Blueprint, Inputs, NoFiles, Parsed, Sources, load};
use crate::cloud::Read;
use crate::compile::{Facts, compile};
use crate::controls::{Posture, examine, examine_live, resulting};
use crate::plan::{self, Options};
use crate::report::graph::Scene;
use crate::resource::{Address, Age, Desired, Found, Kind, Observed, RecoveryAges, Resource, Status};

const FLOOR: &str = include_str!("../../../../examples/05-kept-volume.hcl");

const ATTESTED: &str = r#"
attestation "idp" {
  controls  = ["VDI-IAM-02"]
  statement = "The identity provider asks for FIDO2 on every sign-in."
  by        = "ciso@northlight.example"
  on        = "2026-11-01"
  expires   = "2027-05-01"
}
"#;

fn today() -> Date {
    jiff::civil::date(2026, 12, 7)
}

/// A production that is looked at.
struct Floor {
    blueprint: Blueprint,
    sources: Sources,
    desired: Desired,
}

impl Floor {
    fn new() -> Self {
        Self::of(&format!("{FLOOR}{ATTESTED}"))
    }

    fn of(text: &str) -> Self {
        let (parsed, problems) = Parsed::new([("floor.hcl".to_owned(), text.as_bytes().to_vec())]);
        let loaded = load(parsed, problems, &Inputs::default(), &NoFiles, today());
        let Some(blueprint) = loaded.blueprint else { panic!("{:#?}", loaded.diagnostics.sorted()) };
        let facts = Facts {
            account: "123456789012".to_owned(),
            partition: "aws".to_owned(),
            region: blueprint.production.region.as_str().to_owned(),
            images: BTreeMap::new(),
            devices: BTreeMap::new(),
            offline: true,
        };
        let desired = match compile(&blueprint, &facts, &NoFiles) {
            Ok(desired) => desired,
            Err(found) => panic!("{:#?}", found.sorted()),
        };
        Self { blueprint, sources: loaded.sources, desired }
    }

    /// A cloud in which all is as desired.
    fn observed(&self) -> Observed {
        let found = self.desired.resources.iter().map(|(address, resource)| {
            let found = Found {
                address: address.clone(),
                id: format!("id of {address}"),
                resource: resource.clone(),
                digest: self.desired.digest_of(address),
                protected: false,
                status: Status::Ready,
                facts: BTreeMap::new(),
            };
            (address.clone(), found)
        });
        Observed {
            account: self.desired.account.clone(),
            region: self.desired.region.clone(),
            caller: "arn:aws:iam::123456789012:role/Assessor".to_owned(),
            found: found.collect(),
            ..Observed::default()
        }
    }

    /// What the blueprint would lead to, without a cloud.
    fn planned(&self) -> Dossier {
        let nothing = Observed {
            account: self.desired.account.clone(),
            region: self.desired.region.clone(),
            ..Observed::default()
        };
        let declared = self.declared(&nothing, true);
        self.dossier(None, &declared, None, None, &[])
    }

    /// What is live, by these reads.
    fn live(&self, observed: &Observed, reads: &[Read]) -> Dossier {
        self.live_with(observed, reads, RecoveryAges { here: Ok(BTreeMap::new()), copies: BTreeMap::new() })
    }

    /// The same, with recovery points of these ages.
    fn live_with(&self, observed: &Observed, reads: &[Read], ages: RecoveryAges) -> Dossier {
        let declared = self.declared(observed, false);
        let plan = plan::make(&self.desired, observed, &Options::default());
        let record = crate::controls::Record { recovery: Some(ages.clone()), ..Default::default() };
        let live = examine_live(&self.blueprint, &self.desired, observed, &plan, record, today());
        self.dossier(Some(observed), &declared, Some(&live), Some(&ages), reads)
    }

    fn declared(&self, observed: &Observed, unasked: bool) -> Posture {
        let options = Options::default();
        let plan = plan::make(&self.desired, observed, &options);
        let mut floor = resulting(&self.blueprint, &self.desired, observed, &plan, &options, today());
        floor.unasked = unasked;
        examine(&floor)
    }

    fn dossier(
        &self,
        observed: Option<&Observed>,
        declared: &Posture,
        live: Option<&Posture>,
        recovery: Option<&RecoveryAges>,
        reads: &[Read],
    ) -> Dossier {
        Dossier::gather(Ground {
            blueprint: &self.blueprint,
            sources: &self.sources,
            desired: &self.desired,
            observed,
            declared,
            live,
            recovery,
            history: History::default(),
            reads,
            today: today(),
        })
    }

    /// Everything that is written of a dossier.
    fn bundle(&self, dossier: &Dossier, at: &str, reads: Vec<Read>) -> Bundle {
        let account = dossier.production.account.clone();
        let caller = (!reads.is_empty()).then(|| "arn:aws:iam::123456789012:role/Assessor".to_owned());
        let envelope = Envelope::new(at.to_owned(), account, &dossier.production.region, caller, reads);
        bundle(dossier, &envelope, &Scene::of(&self.blueprint), None).expect("it can be written")
    }
}

/// What a look at the cloud reads, each answer with ids of its own.
fn reads(look: &str) -> Vec<Read> {
    let read = |call: &str, kind| Read {
        call: call.to_owned(),
        region: "us-west-2".to_owned(),
        kind,
        at: format!("2026-12-07T09:00:0{look}Z"),
        status: 200,
        request_id: Some(format!("{look}-{call}")),
        sha256: super::digest(format!("{look}{call}").as_bytes()),
    };
    vec![
        read("ec2:DescribeInstances", Some(Kind::Seat)),
        read("ec2:DescribeSecurityGroups", Some(Kind::SecurityGroup)),
        read("ec2:DescribeVolumes", Some(Kind::Volume)),
        read("sts:GetCallerIdentity", None),
    ]
}

/// The live floor with its caches no longer encrypted.
fn weakened(floor: &Floor) -> Observed {
    let mut observed = floor.observed();
    for found in observed.found.values_mut() {
        if let Resource::Volume(volume) = &mut found.resource {
            volume.encrypted = false;
        }
    }
    observed
}

fn text<'a>(bundle: &'a Bundle, name: &str) -> &'a str {
    std::str::from_utf8(&bundle.files[name]).expect("a text")
}

fn json(bundle: &Bundle, name: &str) -> serde_json::Value {
    serde_json::from_str(text(bundle, name)).expect("JSON")
}
