//! Who and where we are.

use super::{Call, Cloud, Result};

/// The caller, as STS names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    pub arn: String,
}

impl Caller {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub fn partition(&self) -> &str {
        self.arn.split(':').nth(1).filter(|word| !word.is_empty()).unwrap_or("aws")
    }
}

impl Cloud {
    /// Who is calling: STS is asked once.
    ///
    /// # Errors
    /// Missing, wrong or expired credentials; a dead network.
    pub async fn caller(&self) -> Result<Caller> {
        let ask = || async {
            let call = Call::new("sts", "GetCallerIdentity");
            let answer = self.call(call, || self.sts.get_caller_identity().send()).await?;
            Ok(Caller {
                account: answer.account().unwrap_or_default().to_owned(),
                arn: answer.arn().unwrap_or_default().to_owned(),
            })
        };
        self.caller.get_or_try_init(ask).await.cloned()
    }
}
