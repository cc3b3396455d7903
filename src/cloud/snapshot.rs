//! Snapshots in the live cloud: taken of all volumes of a seat at one moment, found again by their own tags, waited for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_ec2::operation::copy_snapshot::CopySnapshotError;
use aws_sdk_ec2::operation::create_snapshots::CreateSnapshotsError;
use aws_sdk_ec2::types::{InstanceSpecification, ResourceType, Snapshot as LiveSnapshot, SnapshotState, Tag};

use tokio::time::Instant;

use super::ec2::{PAGE, filter, gone, made, of_production, pages};
use super::identity::{self, Mark};
use super::{Call, Cloud, CloudError, ErrorClass, Result, Scope, Seen, tags};
use crate::resource::{Address, Progress, Snapshot, Tags};

/// The first snapshot of a volume carries all that is on it; hundreds of GiB take hours.
const COMPLETION_PATIENCE: Duration = Duration::from_secs(4 * 3600);
/// What we were told the id of and can't see isn't listed yet.
const VISIBLE_PATIENCE: Duration = Duration::from_secs(5 * 60);
/// How many tags one resource takes, less the two that a copy has more and the one that a wrap puts on:
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html>.
const MOST_TAGS: usize = 50 - 3;
/// How many snapshots are marked in one call; a thousand would do, and one that is gone fails them all.
const KEEP_BATCH: usize = 200;
/// Between two tries for a place among the copies on their way.
const FULL_WAIT: Duration = Duration::from_secs(15);
/// How long a tag's value may be: the same page.
const LONGEST_VALUE: usize = 256;

/// What the snapshots of one seat bear: enough to build the seat's volumes again from them alone.
#[derive(Debug, Clone)]
pub struct PointMark<'a> {
    pub production: &'a str,
    pub seat: &'a Address,
    pub run: &'a str,
    /// The last day that they are to be kept, as `2026-12-27`.
    pub until: &'a str,
    /// What each volume is, by its name, the most needed first: `vol-0ab… size=100 type=gp3`.
    pub volumes: &'a BTreeMap<String, String>,
    /// The blueprint's tags, which come last: where there are too many of them, the rest is left out.
    pub own: &'a Tags,
}

impl PointMark<'_> {
    /// The tags.
    pub fn tags(&self) -> Tags {
        let mut tags = Tags::from([
            (identity::PRODUCTION.to_owned(), self.production.to_owned()),
            (identity::ADDRESS.to_owned(), self.seat.to_string()),
            (identity::RUN.to_owned(), self.run.to_owned()),
            (identity::UNTIL.to_owned(), self.until.to_owned()),
        ]);
        for (name, words) in self.volumes {
            tags.insert(format!("{}{name}", identity::VOLUME), words.chars().take(LONGEST_VALUE).collect());
        }
        let room = MOST_TAGS.saturating_sub(tags.len());
        tags.extend(self.own.iter().take(room).map(|(key, value)| (key.clone(), value.clone())));
        tags
    }
}

/// What a copy bears: what its original does, and what a copy alone can't show.
pub fn copy_tags(original: &Tags, volume: &str, taken: &str, until: &str) -> Tags {
    let mut tags = original.clone();
    tags.insert(identity::OF.to_owned(), volume.to_owned());
    tags.insert(identity::TAKEN.to_owned(), taken.to_owned());
    tags.insert(identity::UNTIL.to_owned(), until.to_owned());
    tags
}

/// What a copy in the archive bears: all that its original does.
fn archive_tags(original: Mark, snapshot: &Snapshot) -> Tags {
    let all: Tags = original.own.into_iter().chain(original.tags).collect();
    let until = snapshot.until.clone().unwrap_or_default();
    copy_tags(&all, &snapshot.volume, &snapshot.taken, &until)
}

/// Has the snapshots of a mark kept beyond their production's end, until the end of that day.
pub fn keep_beyond_the_end(tags: &mut Tags, until: &str) {
    tags.insert(identity::UNTIL.to_owned(), until.to_owned());
    tags.insert(identity::KEEP_UNTIL.to_owned(), until.to_owned());
}

/// A snapshot in the blueprint's terms; none where it doesn't say which volume of which seat it is of.
fn read(live: &LiveSnapshot) -> Option<Snapshot> {
    let mark: Mark = tags::mark(live.tags.as_deref());
    let seat = mark.address().filter(|address| address.slot().is_some())?;
    let volumes: BTreeMap<&str, &str> = mark
        .own
        .iter()
        .filter_map(|(key, words)| Some((key.strip_prefix(identity::VOLUME)?, words.split(' ').next()?)))
        .collect();
    // Of all that were taken at one moment, the one whose volume this is of.
    let by_id = || volumes.iter().find(|(_, id)| Some(**id) == live.volume_id()).map(|(name, _)| (*name).to_owned());
    let volume = mark.get(identity::OF).map(str::to_owned).or_else(by_id)?;
    let started = || live.start_time().map(ToString::to_string);
    let progress = match live.state() {
        Some(SnapshotState::Completed) => Progress::Completed,
        Some(SnapshotState::Error) => {
            Progress::Failed(live.state_message().unwrap_or("no reason was given").to_owned())
        }
        _ => Progress::Pending(live.progress().unwrap_or_default().to_owned()),
    };
    Some(Snapshot {
        id: live.snapshot_id()?.to_owned(),
        seat,
        volume,
        run: mark.get(identity::RUN)?.to_owned(),
        together: volumes.into_keys().map(str::to_owned).collect(),
        taken: mark.get(identity::TAKEN).map(str::to_owned).or_else(started).unwrap_or_default(),
        size_gib: live.volume_size().and_then(|size| u32::try_from(size).ok()).unwrap_or(0),
        progress,
        key: live.kms_key_id().filter(|key| !key.is_empty()).map(str::to_owned),
        until: mark.get(identity::UNTIL).map(str::to_owned),
        keep_until: mark.get(identity::KEEP_UNTIL).map(str::to_owned),
    })
}

impl Cloud {
    /// All snapshots that `backup now` took of a production, sorted by seat, run and volume.
    ///
    /// # Errors
    /// Where they can't be listed.
    pub async fn snapshots(&self, scope: &Scope) -> Result<Vec<Snapshot>> {
        self.look_after(scope);
        let live = self.list_snapshots(vec![of_production(scope)]).await?;
        let mut snapshots: Vec<Snapshot> = live.iter().filter_map(read).collect();
        snapshots.sort_by(|a, b| (&a.seat, &a.run, &a.volume, &a.id).cmp(&(&b.seat, &b.run, &b.volume, &b.id)));
        Ok(snapshots)
    }

    async fn list_snapshots(&self, filters: Vec<aws_sdk_ec2::types::Filter>) -> Result<Vec<LiveSnapshot>> {
        pages(|token| {
            let request = self
                .ec2
                .describe_snapshots()
                .owner_ids("self")
                .set_filters(Some(filters.clone()))
                .max_results(PAGE)
                .set_next_token(token);
            async move {
                let page = self.call(Call::new("ec2", "DescribeSnapshots"), || request.clone().send()).await?;
                Ok((page.snapshots, page.next_token))
            }
        })
        .await
    }

    /// Takes snapshots of an instance's volumes, all at one moment: what is on them is as after a power cut. Returns
    /// their ids.
    ///
    /// # Errors
    /// The service's refusal; of one volume, it is a refusal of all.
    pub async fn take_snapshots(
        &self,
        instance: &str,
        without: &BTreeSet<String>,
        with_root: bool,
        marks: &Tags,
    ) -> Result<Vec<String>> {
        let call = Call::look_first("ec2", "CreateSnapshots");
        let from = InstanceSpecification::builder()
            .instance_id(instance)
            .exclude_boot_volume(!with_root)
            .set_exclude_data_volume_ids((!without.is_empty()).then(|| without.iter().cloned().collect()))
            .build();
        let tag = |key: &str| marks.get(key).map(String::as_str).unwrap_or_default();
        let request = self
            .ec2
            .create_snapshots()
            .instance_specification(from)
            .description(format!("{} of {}, {}", tag(identity::ADDRESS), tag(identity::PRODUCTION), tag(identity::RUN)))
            .tag_specifications(tags::specification(ResourceType::Snapshot, marks));
        let send = async || {
            let made = request.clone().send().await?;
            let ids = made.snapshots.unwrap_or_default().into_iter().filter_map(|one| one.snapshot_id);
            Ok(ids.collect::<Vec<_>>())
        };
        let wanted = [identity::PRODUCTION, identity::ADDRESS, identity::RUN];
        let find = async || {
            let filters = wanted.iter().map(|key| filter(&format!("tag:{key}"), [tag(key)])).collect();
            let there: Vec<String> =
                self.list_snapshots(filters).await?.into_iter().filter_map(|one| one.snapshot_id).collect();
            Ok((!there.is_empty()).then_some(there))
        };
        let ids = self.call_once::<_, CreateSnapshotsError, _, _>(call, send, find).await?;
        if ids.is_empty() {
            return Err(call.error(ErrorClass::Uncertain, "the answer names no snapshot"));
        }
        Ok(ids)
    }

    /// Copies a snapshot of another region into this one, under a key of this one, and returns the copy's id. Where as many
    /// copies are on their way as one region takes, it waits for its turn.
    ///
    /// The request bears no presigned URL: the service no longer asks for one
    /// (<https://github.com/smithy-lang/smithy-rs/issues/133>).
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn copy_snapshot(&self, from_region: &str, source: &str, key: &str, marks: &Tags) -> Result<String> {
        let call = Call::look_first("ec2", "CopySnapshot");
        let tag = |key: &str| marks.get(key).map(String::as_str).unwrap_or_default();
        let request = self
            .ec2
            .copy_snapshot()
            .source_region(from_region)
            .source_snapshot_id(source)
            .encrypted(true)
            .kms_key_id(key)
            .description(format!("{source} of {from_region}, {}", tag(identity::RUN)))
            .tag_specifications(tags::specification(ResourceType::Snapshot, marks));
        let send = async || Ok(request.clone().send().await?.snapshot_id);
        let wanted = [identity::PRODUCTION, identity::ADDRESS, identity::RUN, identity::OF];
        let find = async || {
            let filters = wanted.iter().map(|key| filter(&format!("tag:{key}"), [tag(key)])).collect();
            let there = self.list_snapshots(filters).await?;
            let sound =
                |one: &LiveSnapshot| one.state() != Some(&SnapshotState::Error) && one.kms_key_id() == Some(key);
            Ok(there.into_iter().find(sound).map(|one| one.snapshot_id))
        };
        let start = Instant::now();
        loop {
            match self.call_once::<_, CopySnapshotError, _, _>(call, send, find).await {
                Err(error) if is_full(&error) && start.elapsed() < COMPLETION_PATIENCE => {
                    tokio::time::sleep(FULL_WAIT).await;
                }
                copied => return made(call, copied?),
            }
        }
    }

    /// Marks snapshots as kept beyond their production's end, until the end of that day.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn keep_snapshots(&self, ids: &[String], until: &str) -> Result<()> {
        let tag = Tag::builder().key(identity::KEEP_UNTIL).value(until).build();
        for ids in ids.chunks(KEEP_BATCH) {
            self.call(Call::new("ec2", "CreateTags"), || {
                self.ec2.create_tags().set_resources(Some(ids.to_vec())).tags(tag.clone()).send()
            })
            .await?;
        }
        Ok(())
    }

    /// Sees to it that each snapshot of a seat that is kept beyond its production's end has a complete copy under this key,
    /// and returns the copies' ids. Looks first: a run that was cut off is gone on with.
    ///
    /// # Errors
    /// The service's refusal; a copy that failed, with the service's reason.
    pub async fn archive_snapshots(&self, production: &str, seat: &Address, key: &str) -> Result<BTreeSet<String>> {
        let of_seat = filter(&format!("tag:{}", identity::ADDRESS), [seat.as_str()]);
        let live = self.list_snapshots(vec![of_production(&Scope::new(production)), of_seat]).await?;
        let read: Vec<(&LiveSnapshot, Snapshot)> = live.iter().filter_map(|one| Some((one, read(one)?))).collect();
        let mut copies = BTreeSet::new();
        let mut runs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (original, snapshot) in &read {
            let is_copy = snapshot.key.as_deref() == Some(key);
            if is_copy || snapshot.keep_until.is_none() || snapshot.progress != Progress::Completed {
                continue;
            }
            let copy = read.iter().map(|(_, one)| one).find(|one| one.is_copy_of(snapshot, key));
            let id = match copy {
                Some(copy) => copy.id.clone(),
                None => {
                    let marks = archive_tags(tags::mark(original.tags.as_deref()), snapshot);
                    self.copy_snapshot(self.region(), &snapshot.id, key, &marks).await?
                }
            };
            runs.entry(snapshot.run.clone()).or_default().insert(id.clone());
            copies.insert(id);
        }
        for (run, ids) in &runs {
            self.await_snapshots(run, ids).await?;
        }
        Ok(copies)
    }

    /// Confirms that a run has a complete snapshot of each of these volumes, by seat.
    ///
    /// # Errors
    /// Those that it hasn't, by name; that they can't be listed.
    pub async fn verify_snapshots(
        &self,
        production: &str,
        run: &str,
        volumes: &BTreeMap<Address, BTreeSet<String>>,
    ) -> Result<()> {
        let filters = vec![of_production(&Scope::new(production)), filter(&format!("tag:{}", identity::RUN), [run])];
        let there: Vec<Snapshot> = self.list_snapshots(filters).await?.iter().filter_map(read).collect();
        let is_there = |seat: &Address, name: &str| {
            there.iter().any(|one| one.seat == *seat && one.volume == name && one.progress == Progress::Completed)
        };
        let lacking: Vec<String> = volumes
            .iter()
            .flat_map(|(seat, names)| names.iter().map(move |name| (seat, name)))
            .filter(|(seat, name)| !is_there(seat, name))
            .map(|(seat, name)| format!("{seat}.{name}"))
            .collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let words = format!("no complete snapshot of {}", lacking.join(", "));
        Err(Call::new("ec2", "DescribeSnapshots").error(ErrorClass::StateRace, words))
    }

    /// Deletes a snapshot.
    ///
    /// # Errors
    /// The service's refusal; that it isn't there is none.
    pub async fn delete_snapshot(&self, id: &str) -> Result<()> {
        let call = Call::new("ec2", "DeleteSnapshot");
        gone(self.call(call, || self.ec2.delete_snapshot().snapshot_id(id).send()).await).map(|_| ())
    }

    /// Waits until these snapshots of a run are complete.
    ///
    /// # Errors
    /// That one failed, with the service's reason; that patience ran out, with how far it was.
    pub async fn await_snapshots(&self, run: &str, ids: &BTreeSet<String>) -> Result<()> {
        let call = Call::new("ec2", "CreateSnapshots");
        let go = async || {
            let live = self.list_snapshots(vec![filter(&format!("tag:{}", identity::RUN), [run])]).await?;
            Ok(live.iter().filter_map(|one| Some((one.snapshot_id()?.to_owned(), seen(one)))).collect())
        };
        let visit = async |look: &BTreeMap<String, Seen>, waited: Duration| {
            let mut open = 0;
            for id in ids {
                match look.get(id) {
                    Some(seen) if seen.state == "completed" => {}
                    Some(seen) if seen.state == "error" => {
                        let reason = seen.reason.as_deref().unwrap_or("no reason was given");
                        return Err(call.error(ErrorClass::Invalid, format!("the snapshot {id} failed: {reason}")));
                    }
                    Some(seen) if waited > COMPLETION_PATIENCE => {
                        let far = seen.parts.get("progress").map_or("pending", String::as_str);
                        let words = format!(
                            "the snapshot {id} is at {far} after {} h; it goes on by itself: look again later",
                            COMPLETION_PATIENCE.as_secs() / 3600
                        );
                        return Err(call.error(ErrorClass::StateRace, words));
                    }
                    None if waited > VISIBLE_PATIENCE => {
                        return Err(
                            call.error(ErrorClass::Uncertain, format!("the snapshot {id} never became visible"))
                        );
                    }
                    _ => open += 1,
                }
            }
            Ok((open == 0).then_some(()))
        };
        self.watches.snapshots.watch(go, visit).await
    }
}

/// Twenty copies at a time go to one region:
/// <https://docs.aws.amazon.com/ebs/latest/userguide/ebs-resource-quotas.html>.
fn is_full(error: &CloudError) -> bool {
    error.code.as_deref() == Some("ResourceLimitExceeded")
}

fn seen(live: &LiveSnapshot) -> Seen {
    let progress = live.progress().map(|progress| ("progress".to_owned(), progress.to_owned()));
    Seen {
        state: live.state().map_or("", SnapshotState::as_str).to_owned(),
        reason: live.state_message().map(str::to_owned),
        parts: progress.into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::primitives::DateTime;

    #[test]
    fn a_snapshot_says_by_its_own_tags_which_volume_of_which_seat_it_is_of() {
        let volumes = BTreeMap::from([
            ("cache".to_owned(), "vol-2 size=100 type=gp3".to_owned()),
            ("root".to_owned(), "vol-1 size=150 type=gp3".to_owned()),
        ]);
        let seat = Address::seat("comp", 7);
        let own = Tags::from([("unit".to_owned(), "main".to_owned())]);
        let mark = PointMark {
            production: "nebula",
            seat: &seat,
            run: "2026-12-01T02:00:00Z/3",
            until: "2027-01-05",
            volumes: &volumes,
            own: &own,
        };
        let live = LiveSnapshot::builder()
            .snapshot_id("snap-1")
            .volume_id("vol-2")
            .volume_size(100)
            .state(SnapshotState::Completed)
            .start_time(DateTime::from_secs(1_796_090_400))
            .set_tags(tags::specification(ResourceType::Snapshot, &mark.tags()).tags)
            .build();
        let read = read(&live).expect("it says all");
        assert_eq!((read.seat, read.volume.as_str(), read.size_gib), (seat, "cache", 100));
        assert_eq!(read.together, BTreeSet::from(["cache".to_owned(), "root".to_owned()]));
        assert_eq!((read.run.as_str(), read.taken.as_str()), ("2026-12-01T02:00:00Z/3", "2026-12-01T02:00:00Z"));
        assert_eq!(read.until.as_deref(), Some("2027-01-05"));
    }

    #[test]
    fn the_blueprints_tags_give_way_where_there_is_no_room_for_all() {
        let own: Tags = (0..60).map(|number| (format!("tag{number:02}"), String::new())).collect();
        let seat = Address::seat("comp", 1);
        let volumes = BTreeMap::from([("cache".to_owned(), "vol-1 ".repeat(100))]);
        let (production, run, until) = ("nebula", "2026-12-01T02:00:00Z/1", "2027-01-05");
        let tags = PointMark { production, seat: &seat, run, until, volumes: &volumes, own: &own }.tags();
        assert_eq!(tags.len(), MOST_TAGS);
        assert!(tags.contains_key("closedset:volume.cache") && tags.values().all(|value| value.len() <= LONGEST_VALUE));
    }
}
