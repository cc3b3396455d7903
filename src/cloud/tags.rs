//! Tags as EC2 keeps them: in the call that creates, on what is listed, and brought to the desired ones.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{ResourceType, Tag, TagSpecification};

use super::{Call, Cloud, Identity, Mark, Result};
use crate::resource::{Found, Resource, Status, Tags};

/// The tags for a call that creates something of this type.
pub(super) fn specification(resource: ResourceType, tags: &Tags) -> TagSpecification {
    TagSpecification::builder().resource_type(resource).set_tags(Some(pairs(tags))).build()
}

/// The marks of something that was listed.
pub(super) fn mark(tags: Option<&[Tag]>) -> Mark {
    let pair = |tag: &Tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default()));
    Mark::read(tags.unwrap_or_default().iter().filter_map(pair))
}

/// Something that was listed, by what its marks say of it.
pub(super) fn found(mark: &Mark, id: &str, resource: impl Into<Resource>, status: Status) -> Found {
    let resource = resource.into();
    Found {
        address: mark.address_or_stray(resource.kind(), id),
        id: id.to_owned(),
        digest: mark.digest(),
        protected: mark.is_protected(),
        resource,
        status,
        facts: BTreeMap::new(),
    }
}

fn pairs(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

impl Cloud {
    /// Brings the tags of a live resource to these, and its digest to the one that is applied now. At most two calls;
    /// the one that writes the digest is the last, so that a run that is cut off leaves the old one.
    ///
    /// # Errors
    /// The service's refusal.
    pub(super) async fn retag(&self, found: &Found, own: &Tags, identity: &Identity) -> Result<()> {
        let (set, remove) = identity.tag_changes(found, Some(own));
        if !remove.is_empty() {
            let keys = remove.into_iter().map(|key| Tag::builder().key(key).build()).collect();
            let request = self.ec2.delete_tags().resources(&found.id).set_tags(Some(keys));
            self.call(Call::new("ec2", "DeleteTags"), || request.clone().send()).await?;
        }
        if !set.is_empty() {
            let request = self.ec2.create_tags().resources(&found.id).set_tags(Some(pairs(&set)));
            self.call(Call::new("ec2", "CreateTags"), || request.clone().send()).await?;
        }
        Ok(())
    }
}
