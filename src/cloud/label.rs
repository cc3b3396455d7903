//! Labels: what tells one seat of a batch from the next, put on it and its volumes once it is up. One call a seat, as
//! far as the seat and its volumes are to bear the same.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::Tag;

use super::identity;
use super::{Call, Cloud, Result};
use crate::resource::{Address, Slot, Tags};

/// One thing to be labelled.
#[derive(Debug, Clone)]
pub struct Labelled {
    pub id: String,
    /// The blueprint's tags that it should bear.
    pub wanted: Tags,
    /// Those that it bears.
    pub present: Tags,
    /// The program's marks that it should bear beside those of every part of the seat.
    pub marks: Tags,
}

/// A seat and its volumes.
#[derive(Debug, Clone)]
pub struct Label {
    pub slot: Slot,
    pub digest: String,
    /// The seat first.
    pub parts: Vec<Labelled>,
    /// Volume ids by name, for the mark by which a detached volume is known.
    pub volumes: BTreeMap<String, String>,
}

impl Cloud {
    /// Brings the tags of a seat and its volumes in line.
    ///
    /// # Errors
    /// The service's refusal; the next run goes on from there.
    pub async fn label(&self, label: &Label) -> Result<()> {
        let mut common = Tags::from([(identity::DIGEST.to_owned(), label.digest.clone())]);
        common.insert(identity::SEAT.to_owned(), label.slot.to_string());
        let volumes = volumes_mark(&label.volumes);
        // Too many for one tag: those are known by their device as long as they are attached.
        if volumes.len() <= 256 {
            common.insert(identity::VOLUMES.to_owned(), volumes);
        }
        let mut set: BTreeMap<Tags, Vec<String>> = BTreeMap::new();
        let mut unset: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for part in &label.parts {
            let mut tags = common.clone();
            tags.extend(part.marks.clone());
            tags.extend(part.wanted.iter().filter(|(key, value)| part.present.get(*key) != Some(value)).map(own));
            set.entry(tags).or_default().push(part.id.clone());
            let gone: Vec<String> =
                part.present.keys().filter(|key| !part.wanted.contains_key(*key)).cloned().collect();
            if !gone.is_empty() {
                unset.entry(gone).or_default().push(part.id.clone());
            }
        }
        for (tags, ids) in set {
            let tags: Vec<Tag> = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
            self.call(Call::new("ec2", "CreateTags").new_thing(), || {
                self.ec2.create_tags().set_resources(Some(ids.clone())).set_tags(Some(tags.clone())).send()
            })
            .await?;
        }
        for (keys, ids) in unset {
            let tags: Vec<Tag> = keys.iter().map(|key| Tag::builder().key(key).build()).collect();
            self.call(Call::new("ec2", "DeleteTags"), || {
                self.ec2.delete_tags().set_resources(Some(ids.clone())).set_tags(Some(tags.clone())).send()
            })
            .await?;
        }
        Ok(())
    }

    /// Marks a volume with its full address, so that it is known when its seat is gone.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn mark_volume(&self, id: &str, address: &Address) -> Result<()> {
        let tag = Tag::builder().key(identity::ADDRESS).value(address.as_str()).build();
        self.call(Call::new("ec2", "CreateTags").new_thing(), || {
            self.ec2.create_tags().resources(id).tags(tag.clone()).send()
        })
        .await?;
        Ok(())
    }

    /// Puts on volumes the marks by which the plans of these `backup` blocks find them, and takes others off.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn mark_backups(&self, ids: &[String], set: &BTreeSet<String>, unset: &BTreeSet<String>) -> Result<()> {
        let tags = |labels: &BTreeSet<String>| -> Vec<Tag> {
            identity::backup_marks(labels).map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
        };
        if !set.is_empty() {
            let request = self.ec2.create_tags().set_resources(Some(ids.to_vec())).set_tags(Some(tags(set)));
            self.call(Call::new("ec2", "CreateTags").new_thing(), || request.clone().send()).await?;
        }
        if !unset.is_empty() {
            let request = self.ec2.delete_tags().set_resources(Some(ids.to_vec())).set_tags(Some(tags(unset)));
            self.call(Call::new("ec2", "DeleteTags"), || request.clone().send()).await?;
        }
        Ok(())
    }

    /// Takes the mark of protection off a resource of EC2.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn unprotect(&self, id: &str) -> Result<()> {
        let tag = Tag::builder().key(identity::PROTECT).build();
        self.call(Call::new("ec2", "DeleteTags"), || self.ec2.delete_tags().resources(id).tags(tag.clone()).send())
            .await?;
        Ok(())
    }
}

fn own((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

fn volumes_mark(volumes: &BTreeMap<String, String>) -> String {
    let words: Vec<String> = volumes.iter().map(|(name, id)| format!("{name}={id}")).collect();
    words.join(",")
}
