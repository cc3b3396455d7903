//! The brake: once pulled, no request is started any more; those under way come to their end.

use tokio::sync::watch;

use super::{Call, Cloud, CloudError, ErrorClass, Result};

/// Pulled once, for the rest of the run.
#[derive(Debug)]
pub struct Brake {
    pulled: watch::Sender<bool>,
}

impl Default for Brake {
    fn default() -> Self {
        Self { pulled: watch::Sender::new(false) }
    }
}

impl Brake {
    pub fn pull(&self) {
        self.pulled.send_replace(true);
    }

    pub fn is_pulled(&self) -> bool {
        *self.pulled.borrow()
    }

    /// Comes back once the brake is pulled.
    pub async fn pulled(&self) {
        // The sender lives as long as this does, so the wait can't fail.
        let _ = self.pulled.subscribe().wait_for(|pulled| *pulled).await;
    }
}

impl Cloud {
    /// Starts no request any more: every call that hasn't been sent yet fails as interrupted.
    pub fn stop(&self) {
        self.brake.pull();
    }

    /// Waits for tokens of a bucket, or for the brake.
    ///
    /// # Errors
    /// That the run was interrupted.
    pub(super) async fn permit(&self, call: Call, bucket: &str, cost: f64) -> Result<()> {
        let interrupted = || -> CloudError { call.error(ErrorClass::Interrupted, "the run was interrupted") };
        if self.brake.is_pulled() {
            return Err(interrupted());
        }
        tokio::select! {
            biased;
            () = self.brake.pulled() => Err(interrupted()),
            () = self.pacer.permit(bucket, cost) => Ok(()),
        }
    }
}
