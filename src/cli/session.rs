//! A command's way to the cloud: the blueprint read, the account checked, the live state observed, the plan made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::backup::moment;
use super::carry_out::warn;
use super::context::{Context, Read};
use super::endpoint::endpoint;
use super::error::CliError;
use super::findings;
use super::inside::look_inside;
use super::settings_notes;
use super::state::State;
use crate::apply::unfinished;
use crate::blueprint::Blueprint;
use crate::blueprint::data::regions;
use crate::blueprint::model::Region;
use crate::blueprint::nearest::nearest;
use crate::cloud::{Access, Caller, Cloud, Reads, Scope};
use crate::compile::{Facts, archive_key, compile, images};
use crate::controls::{self, Ground, Record};
use crate::plan::{self, Endangered, Options, Plan};
use crate::recovery::ended::Wrapped;
use crate::recovery::{Points, endangered_ages, locks, promise, withdrawn};
use crate::resource::{Address, Desired, ImageFacts, ImageSource, KmsKey, Observed, Resource};

/// The account of a plan that no cloud was asked for, where the blueprint names none.
const NO_ACCOUNT: &str = "000000000000";

/// A blueprint, and the account that it lives in.
#[derive(Debug)]
pub struct Session {
    pub read: Read,
    pub cloud: Cloud,
    pub caller: Caller,
    pub state: State,
    /// The production's region as its blueprint has it, also where it is opened in another.
    pub home: String,
    /// Where its `backup` blocks copy to, as they have it.
    pub copies_to: BTreeSet<String>,
}

/// The blueprint's side and the cloud's side, and what differs.
#[derive(Debug)]
pub struct Planned {
    pub desired: Desired,
    pub observed: Observed,
    pub plan: Plan,
}

impl Session {
    /// Reads the blueprint, connects, and checks that this is the account it is meant for.
    ///
    /// # Errors
    /// A blueprint with errors, before anything is sent; no way to the cloud; another account.
    pub async fn open(context: &Context<'_>, path: &Path) -> Result<Self, CliError> {
        Self::open_noting(context, path, None).await
    }

    /// The same, with every call noted.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub async fn open_noting(context: &Context<'_>, path: &Path, reads: Option<Reads>) -> Result<Self, CliError> {
        Self::of(context, context.read(path)?, None, reads).await
    }

    /// The same for the production as it would stand in another region. Its own region is not asked for anything.
    ///
    /// # Errors
    /// As [`Session::open`]; a region that isn't there, or is the production's own.
    pub async fn open_in(context: &Context<'_>, path: &Path, region: &str) -> Result<Self, CliError> {
        Self::of(context, context.read(path)?, Some(region), None).await
    }

    async fn of(
        context: &Context<'_>,
        mut read: Read,
        region: Option<&str>,
        reads: Option<Reads>,
    ) -> Result<Self, CliError> {
        let home = read.blueprint.production.region.as_str().to_owned();
        let copies_to = copies_of(&read.blueprint);
        if let Some(region) = region {
            read.blueprint = moved(&read.blueprint, region)?;
        }
        if let Some(stage) = context.stage()? {
            stage.set_up_for(&read.blueprint);
        }
        let production = &read.blueprint.production;
        let cloud = connect_noting(context, production.region.as_str(), reads).await?;
        cloud.keep_time(context.clock()?);
        let caller = cloud.caller().await?;
        if let Some(account) = &production.account
            && account.as_str() != caller.account
        {
            let error = CliError::other_account(account.as_str(), &caller.account, &caller.arn);
            return Err(match context.stage()? {
                None => error.hint("use the production's credentials: --profile NAME, or AWS_PROFILE"),
                Some(_) => error.hint("a rehearsal cloud is one account's: name another file for this one"),
            });
        }
        let state = State::of(&context.global, &caller.account, production.alias.as_str())?;
        Ok(Self { read, cloud, caller, state, home, copies_to })
    }

    /// Whose resources are meant.
    pub fn scope(&self) -> Scope {
        let home = self.read.blueprint.production.region.as_str();
        let regions = copies_of(&self.read.blueprint).into_iter().filter(|region| region != home).collect();
        let backups = !self.read.blueprint.backups.is_empty();
        Scope { backups, elsewhere: regions, ..Scope::new(self.read.blueprint.production.alias.as_str()) }
    }

    /// What the blueprint asks for. `trusting` takes images that can't be found for granted: only what launches seats
    /// has to know them.
    ///
    /// # Errors
    /// What can't be compiled; images that can't be looked up.
    pub async fn desired(&self, context: &Context<'_>, trusting: bool) -> Result<Desired, CliError> {
        compiled(context, &self.read, &self.facts(trusting).await?)
    }

    /// The same once the live state is known: a disk that is at a device stays there, wherever its block stands.
    ///
    /// # Errors
    /// As [`Session::desired`].
    pub async fn settled(
        &self,
        context: &Context<'_>,
        trusting: bool,
        desired: Desired,
        observed: &Observed,
    ) -> Result<Desired, CliError> {
        let devices = places_of_disks(observed);
        let is_at = |pool: &String, volume: &String, device: &String| {
            let seat = Address::new(format!("workstation_pool.{pool}["));
            let of_pool =
                desired.resources.range(seat.clone()..).take_while(|(one, _)| one.as_str().starts_with(seat.as_str()));
            let volumes = of_pool.filter(|(one, _)| one.volume_name() == Some(volume));
            volumes.into_iter().all(
                |(_, resource)| matches!(resource, Resource::Volume(volume) if volume.device.as_ref() == Some(device)),
            )
        };
        let fits = devices.iter().all(|(pool, disks)| disks.iter().all(|(volume, device)| is_at(pool, volume, device)));
        if fits {
            return Ok(desired);
        }
        compiled(context, &self.read, &Facts { devices, ..self.facts(trusting).await? })
    }

    /// The key that recovery points lie under which outlive the production; none where the blueprint gave its name away.
    ///
    /// # Errors
    /// None that a look at the images could cause.
    pub async fn archive_key(&self) -> Result<Option<(Address, KmsKey)>, CliError> {
        Ok(archive_key(&self.read.blueprint, &self.facts(true).await?))
    }

    async fn facts(&self, trusting: bool) -> Result<Facts, CliError> {
        let wanted = images(&self.read.blueprint);
        let found = match self.cloud.images(&wanted).await {
            Ok(found) => found,
            Err(_) if trusting => BTreeMap::new(),
            Err(error) => return Err(error.into()),
        };
        Ok(Facts {
            account: self.caller.account.clone(),
            partition: self.caller.partition().to_owned(),
            region: self.cloud.region().to_owned(),
            images: found,
            devices: BTreeMap::new(),
            offline: trusting,
        })
    }

    /// How a look at the live state is made, with what the ledger tells of runs that were cut off.
    pub fn options(&self) -> Options {
        Options { unfinished: unfinished(&self.state.entries()), ..Options::default() }
    }

    /// What of the production would be in another region, as far as no cloud has to be asked: keys, for one.
    ///
    /// # Errors
    /// What can't be compiled.
    pub fn desired_in(&self, context: &Context<'_>, region: &str) -> Result<Desired, CliError> {
        let blueprint = moved(&self.read.blueprint, region)?;
        let facts = Facts {
            account: self.caller.account.clone(),
            partition: self.caller.partition().to_owned(),
            region: region.to_owned(),
            images: BTreeMap::new(),
            devices: BTreeMap::new(),
            offline: true,
        };
        compile(&blueprint, &facts, &self.read.folder)
            .map_err(|found| findings::error(&found, &self.read.sources, context.printer.note_width()))
    }

    /// Both sides, and the plan between them.
    ///
    /// # Errors
    /// What can't be compiled, and a cloud that doesn't answer.
    pub async fn plan(&self, context: &Context<'_>, options: &Options) -> Result<Planned, CliError> {
        // Side by side: neither needs the other.
        let scope = Scope { deep: options.deep, ..self.scope() };
        let (desired, observed) = tokio::join!(self.desired(context, false), self.cloud.observe(&scope));
        let (desired, mut observed) = (desired?, observed?);
        let desired = self.settled(context, false, desired, &observed).await?;
        look_inside(context, &self.cloud, &desired, &mut observed).await.ok();
        are_somewhere(&options.targets, &desired, &observed)?;
        let options = &Options { unfinished: self.options().unfinished, ..options.clone() };
        let mut plan = plan::make(&desired, &observed, options);
        settings_notes::note(&mut plan, &self.read.blueprint, &observed);
        let endangered = endangered(context, &self.cloud, &plan, &desired, &observed).await?;
        let record = Record { endangered, ..self.state.record(&context.time()) };
        self.assess(context, &mut plan, &desired, &observed, options, record)?;
        // What is true on this day alone comes after what was assessed: a saved plan is carried out on another.
        plan.warnings.extend(promise::warnings(&self.read.blueprint, &observed, context.today()));
        plan.warnings.extend(locks::warnings(&self.read.blueprint, &observed));
        plan.warnings.extend(withdrawn::warnings(&plan, &desired, &observed));
        plan.warnings.extend(Wrapped::by_marks(&observed).map(|wrapped| wrapped.warning()));
        Ok(Planned { desired, observed, plan })
    }

    /// Puts into a plan what the controls say of it.
    ///
    /// # Errors
    /// None that a plan could cause.
    pub fn assess(
        &self,
        context: &Context<'_>,
        plan: &mut Plan,
        desired: &Desired,
        observed: &Observed,
        options: &Options,
        record: Record,
    ) -> Result<(), CliError> {
        let (blueprint, today) = (&self.read.blueprint, context.today());
        assessed(plan, Ground { blueprint, desired, observed, options, today, record: Some(record) })
    }
}

/// The regions that a blueprint's `backup` blocks copy to.
pub fn copies_of(blueprint: &Blueprint) -> BTreeSet<String> {
    let copies = blueprint.backups.iter().flat_map(|backup| &backup.copies);
    copies.map(|copy| copy.region.as_str().to_owned()).collect()
}

/// The stores of content that a plan does away with, and how old their recovery points are. The points are read only where
/// there is such a store.
///
/// # Errors
/// Where the clock says no time.
pub async fn endangered(
    context: &Context<'_>,
    cloud: &Cloud,
    plan: &Plan,
    desired: &Desired,
    observed: &Observed,
) -> Result<Vec<Endangered>, CliError> {
    let volumes = plan::endangered(plan, desired, observed);
    if volumes.is_empty() {
        return Ok(Vec::new());
    }
    let points = match cloud.snapshots(&Scope::new(&desired.production)).await {
        Ok(snapshots) => Some(Points::of(&snapshots)),
        Err(error) => {
            warn(context.printer, "warning: ", &format!("the recovery points could not be read: {error}"));
            None
        }
    };
    Ok(endangered_ages(desired, points.as_ref(), volumes, moment(context)?))
}

/// The device of each data volume that live seats hold, by pool: where they differ, that of most of them.
fn places_of_disks(observed: &Observed) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut seen: BTreeMap<(&str, &str), BTreeMap<&str, usize>> = BTreeMap::new();
    for found in observed.found.values() {
        let Resource::Volume(volume) = &found.resource else { continue };
        let at = found.address.slot().zip(found.address.volume_name()).filter(|(_, name)| *name != "root");
        let (Some(((pool, _), name)), Some(device), Some(_)) = (at, &volume.device, &volume.seat) else { continue };
        *seen.entry((pool, name)).or_default().entry(device).or_default() += 1;
    }
    let mut places: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for ((pool, name), devices) in seen {
        let most = devices.iter().max_by_key(|(device, count)| (**count, std::cmp::Reverse(**device)));
        if let Some((device, _)) = most {
            places.entry(pool.to_owned()).or_default().insert(name.to_owned(), (*device).to_owned());
        }
    }
    places
}

/// The blueprint in another region.
fn moved(blueprint: &Blueprint, region: &str) -> Result<Blueprint, CliError> {
    let home = &blueprint.production.region;
    if region == home.as_str() {
        return Err(CliError::usage(format!("the production is in {home}: leave --to-region out to restore it there")));
    }
    let known = Region::parse(region).filter(|region| regions::is_known(region.as_str()));
    let error = || CliError::usage(format!("AWS has no region \"{region}\""));
    let known = known.ok_or_else(|| match nearest(region, regions::REGIONS.iter().copied()) {
        Some(near) => error().hint(format!("did you mean `{near}`?")),
        None => error(),
    })?;
    blueprint.in_region(&known).ok_or_else(|| {
        CliError::usage(format!("the zones of the blueprint have no names in {region}"))
            .hint("zones are taken for those with the same letter there, such as us-west-2a for us-east-2a")
    })
}

/// Puts what the controls say into a plan.
///
/// # Errors
/// Where the plan can't be read by them.
pub fn assessed(plan: &mut Plan, ground: Ground<'_>) -> Result<(), CliError> {
    controls::assess(plan, ground).map_err(|error| CliError::usage(format!("the plan can't be assessed: {error}")))
}

/// A target that nothing stands at is a slip of the pen, and a plan of it would be an untrue all-clear.
fn are_somewhere(targets: &[String], desired: &Desired, observed: &Observed) -> Result<(), CliError> {
    let known: BTreeSet<&Address> = desired.resources.keys().chain(observed.found.keys()).collect();
    let Some(lost) = targets.iter().find(|target| !known.iter().any(|address| address.is_within(target))) else {
        return Ok(());
    };
    let error = CliError::usage(format!("no resource stands at or within the target `{lost}`"));
    Err(match nearest(lost, known.iter().map(|address| address.as_str())) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("targets are addresses as plans show them, such as workstation_pool.comp"),
    })
}

/// Connects to another region than the production's own.
///
/// # Errors
/// Where the trace can't be written.
pub async fn connect_elsewhere(context: &Context<'_>, region: &str) -> Result<Cloud, CliError> {
    connect_elsewhere_noting(context, region, None).await
}

/// The same, with every call noted.
///
/// # Errors
/// As [`connect_elsewhere`].
pub async fn connect_elsewhere_noting(
    context: &Context<'_>,
    region: &str,
    reads: Option<Reads>,
) -> Result<Cloud, CliError> {
    access(context, region, reads).await
}

/// Connects to the production's region.
///
/// # Errors
/// Where `--region` contradicts the blueprint, or the trace can't be written.
pub async fn connect(context: &Context<'_>, region: &str) -> Result<Cloud, CliError> {
    connect_noting(context, region, None).await
}

async fn connect_noting(context: &Context<'_>, region: &str, reads: Option<Reads>) -> Result<Cloud, CliError> {
    if let Some(other) = context.global.region.as_ref().filter(|other| *other != region) {
        return Err(CliError::usage(format!("the production is in {region}, but --region says {other}"))
            .hint("leave --region out: the blueprint has the last word"));
    }
    access(context, region, reads).await
}

async fn access(context: &Context<'_>, region: &str, reads: Option<Reads>) -> Result<Cloud, CliError> {
    let trace = context.global.trace_api.clone();
    let access = Access { endpoint: endpoint(context)?, region: region.to_owned(), trace, reads };
    Cloud::connect(&access).await.map_err(|error| match &access.trace {
        Some(path) => CliError::file("write", path, error),
        None => CliError::usage(error.to_string()),
    })
}

/// Both sides without a cloud: as if nothing were there.
///
/// # Errors
/// What can't be compiled.
pub fn offline(context: &Context<'_>, read: &Read, options: &Options) -> Result<Planned, CliError> {
    let facts = offline_facts(&read.blueprint);
    let observed = Observed { account: facts.account.clone(), region: facts.region.clone(), ..Observed::default() };
    let desired = compiled(context, read, &facts)?;
    are_somewhere(&options.targets, &desired, &observed)?;
    let mut plan = plan::make(&desired, &observed, options);
    let (blueprint, today) = (&read.blueprint, context.today());
    let ground = Ground { blueprint, desired: &desired, observed: &observed, options, today, record: None };
    assessed(&mut plan, ground)?;
    plan.warnings.extend(locks::warnings(blueprint, &observed));
    Ok(Planned { desired, observed, plan })
}

/// What is taken for granted where no cloud is asked.
fn offline_facts(blueprint: &Blueprint) -> Facts {
    let production = &blueprint.production;
    let region = production.region.as_str();
    let partition = match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    Facts {
        account: production.account.as_ref().map_or(NO_ACCOUNT, |account| account.as_str()).to_owned(),
        partition: partition.to_owned(),
        region: region.to_owned(),
        images: BTreeMap::<ImageSource, ImageFacts>::new(),
        devices: BTreeMap::new(),
        offline: true,
    }
}

fn compiled(context: &Context<'_>, read: &Read, facts: &Facts) -> Result<Desired, CliError> {
    compile(&read.blueprint, facts, &read.folder)
        .map_err(|found| findings::error(&found, &read.sources, context.printer.note_width()))
}
