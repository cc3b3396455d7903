//! Tags, and how they merge.

use std::collections::BTreeMap;

/// Tags by key, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(pub BTreeMap<String, String>);

impl Tags {
    /// These tags with `nearer` laid over them.
    #[must_use]
    pub fn merged(&self, nearer: &Self) -> Self {
        let mut all = self.0.clone();
        all.extend(nearer.0.iter().map(|(key, value)| (key.clone(), value.clone())));
        Self(all)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}
