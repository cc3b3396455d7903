//! The recycle bin: what was deleted and can still be restored. Nothing can be purged from it, and it tells neither keys
//! nor tags, so that an entry is the production's where an id of the production's stands in it.
//! <https://docs.aws.amazon.com/ebs/latest/userguide/recycle-bin.html>

use aws_smithy_types::DateTime;

use super::search::{Leftover, Search, Sign};
use crate::cloud::ec2::pages;
use crate::cloud::key_end::date_words;
use crate::cloud::{Call, Cloud, Result};

/// What is in a bin of the production's, and how many entries nothing ties to it.
type Bin = Result<(Vec<Leftover>, usize)>;

/// An entry.
struct Entry {
    id: String,
    /// Ids and texts in which one of the production's may stand.
    of: Vec<String>,
    leaves: Option<DateTime>,
}

const fn call(action: &'static str) -> Call {
    // Servers that play AWS without a bin answer nothing that can be read: asking again changes nothing.
    Call::new("ec2", action).uncertain_repeats(0)
}

impl Cloud {
    /// The three bins, each by its name.
    pub(super) async fn bins(&self, search: &Search) -> [(&'static str, Bin); 3] {
        let (volumes, snapshots, images) =
            tokio::join!(self.volumes_in_bin(), self.snapshots_in_bin(), self.images_in_bin());
        let sort =
            |what: &str, entries: Result<Vec<Entry>>| entries.map(|entries| self.ours_in_bin(what, &entries, search));
        [
            ("volumes in the recycle bin", sort("volume in the recycle bin", volumes)),
            ("snapshots in the recycle bin", sort("snapshot in the recycle bin", snapshots)),
            ("images in the recycle bin", sort("image in the recycle bin", images)),
        ]
    }

    fn ours_in_bin(&self, what: &str, entries: &[Entry], search: &Search) -> (Vec<Leftover>, usize) {
        let ours = |entry: &&Entry| {
            let is_known = |text: &String| search.known.keys().any(|id| text.contains(id.as_str()));
            search.known.contains_key(&entry.id) || entry.of.iter().any(is_known)
        };
        let found: Vec<Leftover> = entries
            .iter()
            .filter(ours)
            .map(|entry| {
                let leaves = entry.leaves.map(|at| format!("leaves it at {}", date_words(at)));
                self.leftover(what, &entry.id, Sign::Origin, leaves)
            })
            .collect();
        let strangers = entries.len() - found.len();
        (found, strangers)
    }

    async fn volumes_in_bin(&self) -> Result<Vec<Entry>> {
        let entries = pages(|token| async move {
            let request = self.ec2.list_volumes_in_recycle_bin().max_results(500).set_next_token(token);
            let page = self.call(call("ListVolumesInRecycleBin"), || request.clone().send()).await?;
            Ok((page.volumes, page.next_token))
        })
        .await?;
        Ok(entries
            .into_iter()
            .filter_map(|one| {
                let of = [one.source_volume_id, one.snapshot_id].into_iter().flatten().collect();
                Some(Entry { id: one.volume_id?, of, leaves: one.recycle_bin_exit_time })
            })
            .collect())
    }

    async fn snapshots_in_bin(&self) -> Result<Vec<Entry>> {
        let entries = pages(|token| async move {
            let request = self.ec2.list_snapshots_in_recycle_bin().max_results(1000).set_next_token(token);
            let page = self.call(call("ListSnapshotsInRecycleBin"), || request.clone().send()).await?;
            Ok((page.snapshots, page.next_token))
        })
        .await?;
        Ok(entries
            .into_iter()
            .filter_map(|one| {
                let of = [one.volume_id, one.description].into_iter().flatten().collect();
                Some(Entry { id: one.snapshot_id?, of, leaves: one.recycle_bin_exit_time })
            })
            .collect())
    }

    async fn images_in_bin(&self) -> Result<Vec<Entry>> {
        let entries = pages(|token| async move {
            let request = self.ec2.list_images_in_recycle_bin().max_results(1000).set_next_token(token);
            let page = self.call(call("ListImagesInRecycleBin"), || request.clone().send()).await?;
            Ok((page.images, page.next_token))
        })
        .await?;
        Ok(entries
            .into_iter()
            .filter_map(|one| {
                let of = [one.name, one.description].into_iter().flatten().collect();
                Some(Entry { id: one.image_id?, of, leaves: one.recycle_bin_exit_time })
            })
            .collect())
    }
}
