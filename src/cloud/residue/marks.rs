//! By tag, whatever it is, and by name.

use super::search::{Brought, Search, Sign};
use crate::cloud::ec2::{PAGE, filter, pages};
use crate::cloud::identity::PRODUCTION;
use crate::cloud::{Call, Cloud, Scope, log_group};

/// What the ids of those kinds begin with that the bulk read knows with their state, for EC2 goes on listing tags of what
/// has ended for an hour; and of what is a part of something else.
const KNOWN: [&str; 12] = ["eni", "fl", "i", "igw", "pl", "rtb", "sg", "sgr", "subnet", "vol", "vpc", "vpce"];

impl Cloud {
    /// Everything of EC2 that bears the production's tag and is of no kind that the bulk read knows.
    pub(super) async fn tagged(&self, search: &Search) -> Brought {
        let tags = pages(|token| async move {
            let request = self
                .ec2
                .describe_tags()
                .filters(filter("key", [PRODUCTION]))
                .filters(filter("value", [search.production.as_str()]))
                .max_results(PAGE)
                .set_next_token(token);
            let page = self.call(Call::new("ec2", "DescribeTags"), || request.clone().send()).await?;
            Ok((page.tags, page.next_token))
        })
        .await?;
        Ok(tags
            .iter()
            .filter_map(|tag| {
                let id = tag.resource_id()?;
                let other = !KNOWN.contains(&id.split('-').next().unwrap_or_default());
                let kind = tag.resource_type().map_or("resource", |kind| kind.as_str());
                other.then(|| self.leftover(kind.replace('-', " "), id, Sign::Tag, None))
            })
            .collect())
    }

    /// Log groups whose names begin as the production's do, also those that no address leads to.
    pub(super) async fn logs_named(&self, search: &Search) -> Brought {
        let groups = log_group::named(self, &Scope::new(&search.production).log_group_prefix()).await?;
        Ok(groups
            .iter()
            .filter_map(|group| {
                let bytes = group.stored_bytes().map(|bytes| format!("{bytes} bytes"));
                Some(self.leftover("log group", group.log_group_name()?, Sign::Name, bytes))
            })
            .collect())
    }
}
