//! Volumes, snapshots and images: by the key that encrypts them, and by what they were made of.

use aws_sdk_ec2::types::{Image, Snapshot, VolumeState};

use super::search::{Brought, Leftover, Search, Sign};
use crate::cloud::ec2::{PAGE, filter, pages};
use crate::cloud::tags::mark;
use crate::cloud::{Call, Cloud, Mark, Scope};

impl Cloud {
    /// Volumes and snapshots, tagged or not. No filter knows keys, so that all of the account's encrypted ones are read.
    pub(super) async fn disks_under(&self, search: &Search) -> Brought {
        let (volumes, snapshots) = tokio::join!(self.volumes_under(search), self.snapshots_of(search));
        let mut found = volumes?;
        found.extend(snapshots?);
        Ok(found)
    }

    async fn volumes_under(&self, search: &Search) -> Brought {
        let volumes = pages(|token| async move {
            let request = self
                .ec2
                .describe_volumes()
                .filters(filter("encrypted", ["true"]))
                .max_results(500)
                .set_next_token(token);
            let page = self.call(Call::new("ec2", "DescribeVolumes"), || request.clone().send()).await?;
            Ok((page.volumes, page.next_token))
        })
        .await?;
        let of_ours = volumes
            .iter()
            .filter(|one| one.kms_key_id().is_some_and(|key| search.keys.contains(key)))
            .filter(|one| !matches!(one.state(), Some(VolumeState::Deleting | VolumeState::Deleted)));
        Ok(of_ours
            .filter_map(|one| {
                let holder = one.attachments().iter().find_map(|held| held.instance_id());
                let held = holder.map_or_else(|| "detached".to_owned(), |id| format!("attached to {id}"));
                let detail = format!("{} GiB, {held}", one.size().unwrap_or_default());
                Some(self.leftover("volume", one.volume_id()?, Sign::Key, Some(detail)))
            })
            .collect())
    }

    async fn snapshots_of(&self, search: &Search) -> Brought {
        let snapshots = pages(|token| async move {
            let request = self.ec2.describe_snapshots().owner_ids("self").max_results(PAGE).set_next_token(token);
            let page = self.call(Call::new("ec2", "DescribeSnapshots"), || request.clone().send()).await?;
            Ok((page.snapshots, page.next_token))
        })
        .await?;
        Ok(snapshots
            .iter()
            .filter_map(|one| {
                let sign = sign_of(one, search)?;
                let detail = format!("{} GiB, of {}", one.volume_size().unwrap_or_default(), one.volume_id()?);
                Some(self.leftover("snapshot", one.snapshot_id()?, sign, Some(detail)))
            })
            .collect())
    }

    /// The account's images that bear the production's tag, name its keys or stand on snapshots that were found.
    pub(super) async fn images_of(&self, search: &Search, disks: &[Leftover]) -> Brought {
        let images: Vec<Image> = pages(|token| async move {
            let request = self.ec2.describe_images().owners("self").max_results(PAGE).set_next_token(token);
            let page = self.call(Call::new("ec2", "DescribeImages"), || request.clone().send()).await?;
            Ok((page.images, page.next_token))
        })
        .await?;
        Ok(images
            .iter()
            .filter_map(|one| {
                let disk = |id: &str| disks.iter().any(|disk| disk.id == id);
                let parts = || one.block_device_mappings().iter().filter_map(|part| part.ebs());
                let of_key = parts().any(|ebs| ebs.kms_key_id().is_some_and(|key| search.keys.contains(key)));
                let of_disk = parts().any(|ebs| ebs.snapshot_id().is_some_and(disk));
                let of_seat = one.source_instance_id().is_some_and(|id| search.known.contains_key(id));
                let sign = match () {
                    () if is_ours(&mark(one.tags.as_deref()), search) => Sign::Tag,
                    () if of_key => Sign::Key,
                    () if of_disk || of_seat => Sign::Origin,
                    () => return None,
                };
                Some(self.leftover("image", one.image_id()?, sign, one.name().map(str::to_owned)))
            })
            .collect())
    }
}

fn sign_of(snapshot: &Snapshot, search: &Search) -> Option<Sign> {
    if is_ours(&mark(snapshot.tags.as_deref()), search) {
        Some(Sign::Tag)
    } else if snapshot.kms_key_id().is_some_and(|key| search.keys.contains(key)) {
        Some(Sign::Key)
    } else if snapshot.volume_id().is_some_and(|volume| search.known.contains_key(volume)) {
        Some(Sign::Origin)
    } else {
        None
    }
}

fn is_ours(mark: &Mark, search: &Search) -> bool {
    mark.is_of(&Scope::new(&search.production))
}
