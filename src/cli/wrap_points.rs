//! The recovery points of a wrap: what is kept of them and what goes, here and in the regions that copies lie in.

use std::collections::{BTreeMap, BTreeSet};

use super::arguments;
use super::backup::{joined, moment};
use super::carry_out::{Ended, Run, Shown, warn};
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::session::{Session, connect_elsewhere};
use super::wrap;
use crate::apply::Entry;
use crate::cloud::{Cloud, Scope};
use crate::plan::{self, Operations, Plan, WrapPhase, operations};
use crate::recovery::records::{INVENTORY, Records, inventory, inventory_of_points};
use crate::recovery::{
    BackupPlan, Keeping, LeftOut, PointsAtEnd, add_archiving, add_points, cut_off_keeping, final_backup, points_at_end,
    to_archive,
};
use crate::report::{events, words};
use crate::resource::{Address, Desired, Found, Kind, Observed, Snapshot};

/// The recovery points of a production at its end.
#[derive(Debug)]
pub struct WrapPoints {
    /// Those of the production's own region, before the wrap.
    pub here: Vec<Snapshot>,
    /// What becomes of them.
    pub end: PointsAtEnd,
    /// The last ones, which are still to be taken.
    pub last: Option<BackupPlan>,
    /// The other regions that the production ever named, as far as something of it is there.
    pub elsewhere: Vec<Elsewhere>,
    /// Whether some of it couldn't be read: it is left as it is, and its keys with it.
    pub unread: bool,
}

/// The copies of a production's recovery points in another region. The keys and vaults that they are under are part of the
/// production's own plan.
#[derive(Debug)]
pub struct Elsewhere {
    pub cloud: Cloud,
    pub plan: Plan,
    observed: Observed,
    pub end: PointsAtEnd,
    desired: Desired,
    snapshots: Vec<Snapshot>,
    steps: Operations,
}

/// The other regions that a wrap has to do with.
#[derive(Debug)]
pub struct Regions {
    /// What lies in each of those that can be read and have no floor.
    pub copies: Vec<Elsewhere>,
    /// All of a wrap's region and of those.
    pub scope: Scope,
    /// Whether some are left alone.
    unread: bool,
}

impl Regions {
    /// Looks into every region that the production ever named. One with a floor is left alone, and said to be.
    ///
    /// # Errors
    /// A clock that can't be read.
    pub async fn of(
        context: &Context<'_>,
        session: &Session,
        arguments: &arguments::Wrap,
        entries: &[Entry],
    ) -> Result<Self, CliError> {
        let keeping = Keeping { days: arguments.keep_backups, today: context.today(), archive: None };
        let mut scope = Scope { elsewhere: BTreeSet::new(), ..session.scope().thorough() };
        let (mut copies, mut unread) = (Vec::new(), false);
        for region in regions(session, entries) {
            match Elsewhere::of(context, session, &region, keeping).await {
                Ok(there) => {
                    copies.extend(there);
                    scope.elsewhere.insert(region);
                }
                Err(error) => {
                    unread = true;
                    warn(context.printer, "warning: ", &format!("{region} is left as it is: {}", error.message));
                    scope.left_alone.insert(region);
                }
            }
        }
        Ok(Self { copies, scope, unread })
    }
}

impl WrapPoints {
    /// Reads them, and decides. Nothing is called but looks.
    ///
    /// # Errors
    /// Where a last recovery point is asked for and can't be taken of all that holds content; where recovery points are to
    /// be kept and can't be read.
    pub async fn of(
        context: &Context<'_>,
        session: &Session,
        arguments: &arguments::Wrap,
        (plan, observed): (&Plan, &Observed),
        regions: Regions,
    ) -> Result<Self, CliError> {
        let keeping = Keeping { days: arguments.keep_backups, today: context.today(), archive: archive_of(observed) };
        let Regions { copies: elsewhere, mut unread, .. } = regions;
        let here = match session.cloud.snapshots(&session.scope()).await {
            Ok(snapshots) => snapshots,
            Err(error) if keeping.days.is_some() => return Err(error.into()),
            Err(error) => {
                warn(context.printer, "warning: ", &format!("the recovery points could not be read: {error}"));
                unread = true;
                Vec::new()
            }
        };
        let last = match (arguments.final_backup, keeping.until()) {
            (false, _) => None,
            (true, None) => {
                return Err(CliError::usage("a last recovery point that is kept for no day is none")
                    .hint("--final-backup takes what --keep-backups DAYS keeps"));
            }
            (true, Some(until)) => {
                let desired = session.desired(context, true).await?;
                let last = final_backup(&desired, observed, &here, plan, moment(context)?, until);
                Some(last.map_err(|lost| cannot_be_taken(&lost))?)
            }
        };
        let end = points_at_end(&here, plan, keeping);
        Ok(Self { here, end, last, elsewhere, unread })
    }

    /// The seats whose kept recovery points have to go to the archive before the keys that they are under can end; none where
    /// nothing has to.
    ///
    /// # Errors
    /// What can't be archived any more, and keeps its keys: those were disabled by a wrap that wasn't to shred them.
    pub fn to_archive(&self, observed: &Observed) -> Result<Option<BTreeSet<Address>>, CliError> {
        match to_archive(&self.end, self.last.as_ref(), observed) {
            Ok(seats) => Ok((!seats.is_empty()).then_some(seats)),
            Err(keys) => Err(self.keep_the_keys(&keys)),
        }
    }

    fn keep_the_keys(&self, keys: &BTreeSet<Address>) -> CliError {
        let promised = self.end.kept.iter().filter(|one| one.is_promised());
        let days: BTreeSet<&str> = promised.clone().map(|one| one.until.as_str()).collect();
        let count = words::count(promised.count(), ("recovery point is", "recovery points are"));
        let keys: Vec<&str> = keys.iter().map(Address::as_str).collect();
        let until = days.last().copied().unwrap_or("their day");
        let words = format!(
            "the keys can't be shredded: {count} kept until {until} under {}, which an earlier wrap disabled",
            words::list(&keys)
        );
        CliError::usage(words)
            .hint("leave --shred out now, and shred once that day is over: the keys are disabled until then")
            .hint("--keep-backups 0 gives the recovery points up")
            .hint("a wrap that is told to shred from the start puts what is kept under a key of its own first")
    }

    /// The keys that protect what is kept, once the archive is complete: their deletion isn't scheduled.
    pub fn keys_in_use(&self, observed: &Observed, archiving: bool) -> BTreeSet<String> {
        let elsewhere = self.elsewhere.iter().flat_map(|there| &there.end.kept);
        let here = self.end.kept.iter().filter(|one| !(archiving && one.is_promised()));
        let mut keys: BTreeSet<String> = elsewhere.chain(here).flat_map(|one| one.keys.iter().cloned()).collect();
        if archiving {
            keys.extend(archive_of(observed).map(str::to_owned));
        }
        keys
    }

    /// Why this wrap has to say once more what it keeps: one that was cut off had begun to mark recovery points, and without
    /// its word the others would go.
    pub fn say_again(&self, days: Option<u32>, entries: &[Entry]) -> Option<CliError> {
        let ends = || self.elsewhere.iter().map(|there| &there.end).chain([&self.end]);
        let until = ends().flat_map(|end| &end.kept).filter(|one| one.is_promised()).map(|one| &one.until).max();
        let unmarked: usize = ends().map(|end| end.unmarked).sum();
        if days.is_some() || unmarked == 0 {
            return None;
        }
        let kept = match (until, cut_off_keeping(entries)) {
            (Some(until), _) => format!("keeps recovery points until {until}"),
            (None, Some(days)) => format!("was to keep recovery points for {}", words::days(days)),
            (None, None) => return None,
        };
        let words = format!(
            "an earlier wrap {kept}, and was cut off before it had marked all of them: {} would go now",
            words::count(unmarked, ("snapshot", "snapshots"))
        );
        Some(
            CliError::usage(words)
                .hint("say again how long they are kept: --keep-backups DAYS")
                .hint("--keep-backups 0 gives all of them up"),
        )
    }

    /// What is to be said where a shorter time was asked for than an earlier wrap promised; none where none was.
    pub fn stays_longer(&self, days: Option<u32>) -> Option<String> {
        let days = days?;
        let ends = self.elsewhere.iter().map(|there| &there.end).chain([&self.end]);
        let mut longer: BTreeMap<&str, usize> = BTreeMap::new();
        for (until, number) in ends.flat_map(|end| &end.longer) {
            *longer.entry(until).or_default() += number;
        }
        let until = longer.keys().max()?;
        let stay = words::count(longer.values().sum(), ("snapshot stays", "snapshots stay"));
        Some(format!(
            "{stay} until {until}, as an earlier wrap promised: --keep-backups {days} doesn't make that shorter. A longer time \
             can be asked for; a shorter one is had only by giving all of them up: --keep-backups 0"
        ))
    }

    /// Whether there is anything of the production in other regions.
    pub fn has_anything(&self) -> bool {
        !self.here.is_empty() || !self.elsewhere.is_empty()
    }

    /// Whether anything is to be done in other regions.
    pub fn has_work_elsewhere(&self) -> bool {
        self.elsewhere.iter().any(Elsewhere::has_work)
    }

    /// Tells in a plan's phases what goes to the archive, and what is done in other regions.
    pub fn tell(&self, plan: &mut Plan, to_archive: Option<&BTreeSet<Address>>) {
        let secure = plan.phases.iter_mut().find(|one| one.phase == WrapPhase::RecoveryPoints);
        if let (Some(secure), Some(seats)) = (secure, to_archive) {
            let seats = words::count_of(seats.len(), Kind::Seat);
            let key = Address::archive_key();
            let before = if secure.resources > 0 { format!("{}; ", secure.what) } else { String::new() };
            secure.what = format!("{before}encrypt what is kept of {seats} anew, under {key}");
        }
        let lines: Vec<String> = self.elsewhere.iter().filter(|there| there.has_work()).map(Elsewhere::words).collect();
        let Some(delete) = plan.phases.iter_mut().find(|one| one.phase == WrapPhase::Delete) else { return };
        for line in lines {
            delete.what = format!("{}; then {line}", delete.what);
        }
    }
}

impl Elsewhere {
    /// Reads what is there; none where nothing is.
    async fn of(
        context: &Context<'_>,
        session: &Session,
        region: &str,
        keeping: Keeping<'_>,
    ) -> Result<Option<Self>, CliError> {
        let cloud = connect_elsewhere(context, region).await?;
        cloud.keep_time(context.clock()?);
        let scope = Scope::new(session.scope().production).thorough();
        let (observed, snapshots) = tokio::join!(cloud.observe(&scope), cloud.snapshots(&scope));
        let (mut observed, snapshots) = (observed?, snapshots?);
        let is_floor =
            |found: &Found| !matches!(found.resource.kind(), Kind::AccountSwitch | Kind::KmsKey | Kind::BackupVault);
        // Roles and their profiles belong to no region.
        let is_floor =
            |found: &Found| is_floor(found) && !matches!(found.resource.kind(), Kind::IamRole | Kind::InstanceProfile);
        if observed.all().any(is_floor) {
            return Err(CliError::usage(
                "a floor of this production stands there: wrap it by a blueprint of that region",
            ));
        }
        if snapshots.is_empty() {
            return Ok(None);
        }
        observed.found.clear();
        observed.duplicates.clear();
        let desired = wrap::desired(&session.read.blueprint, &session.caller.account, region);
        let mut plan = plan::wrap(&desired, &observed);
        let end = points_at_end(&snapshots, &plan, keeping);
        let mut steps = operations(&plan, &desired, &observed);
        add_points(&mut steps, &end, None);
        plan::tell_phases(&mut plan, &steps, None);
        Ok(Some(Self { cloud, observed, plan, end, desired, snapshots, steps }))
    }

    fn has_work(&self) -> bool {
        !self.steps.is_empty()
    }

    fn words(&self) -> String {
        let mut parts = Vec::new();
        let gone: usize = self.end.gone.values().map(BTreeSet::len).sum();
        if gone > 0 {
            parts.push(format!("delete {}", words::count(gone, ("snapshot", "snapshots"))));
        }
        let marked: usize = self.end.marked.values().map(Vec::len).sum();
        if marked > 0 {
            parts.push(format!("mark {} as kept", words::count(marked, ("snapshot", "snapshots"))));
        }
        format!("in {}: {}", self.plan.region, parts.join(", "))
    }

    /// Carries out what is to be done there. The ledger has one writer: the run before has to be over.
    ///
    /// # Errors
    /// As [`Run::carry_out_steps`].
    async fn carry_out<'a>(
        &'a self,
        context: &'a Context<'_>,
        session: &'a Session,
        shown: Shown,
    ) -> Result<Ended<'a>, CliError> {
        let run = Run {
            verb: "wrap",
            plan: &self.plan,
            desired: &self.desired,
            observed: &self.observed,
            cloud: &self.cloud,
            state: &session.state,
            shown,
            preface: preface(&self.observed, &self.snapshots),
        };
        run.carry_out_steps(context, &self.steps, &events::planned(&self.plan), serde_json::Map::new()).await
    }
}

/// Puts what is kept under the archive's key, before anything ends: first nobody gets in any more and the last recovery points
/// are taken, then all are copied under that key.
///
/// # Errors
/// As [`Run::carry_out_steps`]; that the blueprint gave the key's name away.
pub async fn archive<'a>(
    context: &'a Context<'_>,
    session: &'a Session,
    run: &'a Run<'a>,
    steps: &Operations,
    seats: &BTreeSet<Address>,
    told: serde_json::Map<String, serde_json::Value>,
) -> Result<(Ended<'a>, Exit), CliError> {
    let (address, key) = session.archive_key().await?.ok_or_else(|| {
        CliError::usage(format!(
            "the blueprint has a {} of its own: what is kept has no other key",
            Address::archive_key()
        ))
        .hint("leave --shred out: what is kept stays under the production's keys, which are disabled")
    })?;
    let secure = steps.only(|one| matches!(WrapPhase::of(one), WrapPhase::Freeze | WrapPhase::RecoveryPoints));
    let mut ended = run.carry_out_steps(context, &secure, &events::planned(run.plan), told).await?;
    let exit = ended.exit(run.plan);
    if exit != Exit::Done {
        return Ok((ended, exit));
    }
    ended.tell_of_ledger(context.printer);
    // Two writers of one ledger would break its chain.
    drop(ended.journal.take());
    let options = plan::Options { targets: vec![address.to_string()], ..plan::Options::default() };
    let desired = Desired { resources: [(address, key.into())].into(), ..run.desired.clone() };
    let plan = plan::make(&desired, run.observed, &options);
    let mut steps = operations(&plan, &desired, run.observed);
    add_archiving(&mut steps, seats);
    let archive = Run { plan: &plan, desired: &desired, preface: Vec::new(), ..*run };
    let mut more = archive.carry_out_steps(context, &steps, &events::planned(&plan), serde_json::Map::new()).await?;
    let exit = more.exit(&plan);
    more.tell_of_ledger(context.printer);
    drop(more.journal.take());
    let outcome = joined(ended.outcome, more.outcome);
    Ok((Ended { outcome, ..Ended::without_run(context, &session.state) }, exit))
}

/// Goes on in other regions once all is done here, and tells both as one run.
///
/// # Errors
/// As [`Run::carry_out_steps`].
pub async fn go_on_elsewhere<'a>(
    context: &'a Context<'_>,
    session: &'a Session,
    points: &'a WrapPoints,
    shown: Shown,
    mut ended: Ended<'a>,
) -> Result<(Ended<'a>, Exit), CliError> {
    let mut exit = Exit::Done;
    for there in points.elsewhere.iter().filter(|there| there.has_work()) {
        ended.tell_of_ledger(context.printer);
        // Two writers of one ledger would break its chain.
        drop(ended.journal.take());
        let more = there.carry_out(context, session, shown).await?;
        exit = exit.max(more.exit(&there.plan));
        ended = Ended { outcome: joined(ended.outcome, more.outcome), start: ended.start, ..more };
        if exit == Exit::Interrupted {
            break;
        }
    }
    Ok((ended, exit))
}

/// Lines of the ledger that say what was there.
pub fn preface(observed: &Observed, snapshots: &[Snapshot]) -> Vec<(&'static str, serde_json::Value)> {
    let lines = inventory(observed).into_iter().chain(inventory_of_points(snapshots));
    lines.map(|line| (INVENTORY, line)).collect()
}

/// The ARN of the archive's key.
fn archive_of(observed: &Observed) -> Option<&str> {
    observed.found.get(&Address::archive_key()).map(|found| found.id.as_str())
}

/// Why recovery points hold back the end of these keys; none where there are none. A point whose key is gone is lost.
pub async fn points_left(cloud: &Cloud, scope: &Scope, keys: &[(Address, String, u32)]) -> Option<String> {
    let is_under = |one: &Snapshot| one.key.as_ref().is_none_or(|key| keys.iter().any(|(_, id, _)| id == key));
    match cloud.snapshots(scope).await {
        Ok(points) => {
            let left = points.iter().filter(|one| is_under(one)).count();
            let count = words::count(left, ("snapshot of a recovery point is", "snapshots of recovery points are"));
            (left > 0).then(|| format!("{count} still under them, and would be unreadable. Run again."))
        }
        Err(error) => Some(format!("it can't be read whether recovery points are under them: {error}")),
    }
}

/// The regions besides its own that the production ever named, sorted.
fn regions(session: &Session, entries: &[Entry]) -> BTreeSet<String> {
    let blueprint = &session.read.blueprint;
    let copies = blueprint.backups.iter().flat_map(|backup| &backup.copies).map(|copy| copy.region.value.to_string());
    let home = session.cloud.region();
    copies.chain(Records::of(entries).regions).filter(|region| region != home).collect()
}

fn cannot_be_taken(lost: &[LeftOut]) -> CliError {
    let mut error =
        CliError::usage("a last recovery point can't be taken of all that holds content, so nothing was done");
    error.details = lost.iter().map(|one| format!("{}: {}", one.address, one.because)).collect();
    error
        .hint("closedset apply brings seats back that are away")
        .hint("or leave --final-backup out, and lose what is on them")
}
