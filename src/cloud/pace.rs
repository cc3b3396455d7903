//! Pacing: one token bucket for each API action, so that the published limits are met instead of run into.
//!
//! Figures: <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html> and, for KMS,
//! <https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html>.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Capacity and refill a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    pub capacity: f64,
    pub refill: f64,
}

const fn limit(capacity: u32, refill: f64) -> Limit {
    Limit { capacity: capacity as f64, refill }
}

/// What is published for an action, `service:Action`; names with `/` are resource buckets.
pub fn published(action: &str) -> Limit {
    match action {
        "ec2:RunInstances" | "ec2:StartInstances" => limit(5, 2.0),
        "ec2:RunInstances/instances" | "ec2:StartInstances/instances" => limit(1000, 2.0),
        "ec2:TerminateInstances/instances" | "ec2:StopInstances/instances" => limit(1000, 20.0),
        "ec2:TerminateInstances"
        | "ec2:CreateVolume"
        | "ec2:DeleteVolume"
        | "ec2:CreateSnapshot"
        | "ec2:CreateSnapshots"
        | "ec2:DeleteSnapshot"
        | "ec2:ModifyInstanceMetadataOptions"
        | "ec2:AssociateIamInstanceProfile"
        | "ec2:DisassociateIamInstanceProfile" => limit(100, 5.0),
        "ec2:CreateTags" | "ec2:DeleteTags" => limit(100, 10.0),
        "ec2:CreateVpcEndpoint" | "ec2:DeleteVpcEndpoints" | "ec2:ModifyVpcEndpoint" => limit(4, 0.3),
        "ec2:ModifyInstanceMetadataDefaults" => limit(2, 2.0),
        "ec2:EnableImageBlockPublicAccess"
        | "ec2:DisableImageBlockPublicAccess"
        | "ec2:EnableSnapshotBlockPublicAccess"
        | "ec2:DisableSnapshotBlockPublicAccess" => limit(1, 0.1),
        // Counts the grants that EBS asks for on our behalf, one for each encrypted volume; no burst is stated.
        "kms:CreateGrant" => limit(50, 50.0),
        "kms:CreateKey" | "kms:CreateAlias" | "kms:DisableKey" => limit(5, 5.0),
        "kms:TagResource" | "kms:UntagResource" => limit(10, 10.0),
        "kms:PutKeyPolicy" | "kms:EnableKeyRotation" | "kms:ScheduleKeyDeletion" => limit(15, 15.0),
        _ if action.starts_with("ec2:Describe") || action.starts_with("ec2:Get") => limit(100, 20.0),
        _ if action.starts_with("kms:") => limit(100, 100.0),
        // Not published: IAM and CloudWatch Logs. Slow enough never to have been seen throttled.
        _ if action.starts_with("iam:") || action.starts_with("logs:") => limit(20, 10.0),
        // Nor is AWS Backup's; a production has a handful of vaults and plans.
        _ if action.starts_with("backup:") => limit(20, 5.0),
        _ => limit(50, 5.0),
    }
}

/// Not every request takes equally long to arrive: one that leaves just as its token is due may be there before it, and
/// a refusal costs far more than this.
const JITTER_S: f64 = 0.25;

#[derive(Debug)]
struct Bucket {
    nominal: Limit,
    /// The present refill: halved by every throttle error, and grown back by every success.
    refill: f64,
    /// May be negative: what is owed by those who wait.
    tokens: f64,
    at: Instant,
    waits: Waits,
}

/// What a bucket cost a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Waits {
    /// How many permits were asked for.
    pub permits: u64,
    /// How many of them had to be waited for.
    pub waited: u64,
    /// How long all of them waited, together.
    pub total: Duration,
    /// How long the one that waited longest did.
    pub longest: Duration,
}

impl Bucket {
    fn new(nominal: Limit, now: Instant) -> Self {
        Self { nominal, refill: nominal.refill, tokens: nominal.capacity, at: now, waits: Waits::default() }
    }

    /// Takes `cost` tokens and returns how long to wait for them.
    fn take(&mut self, cost: f64, now: Instant) -> Duration {
        self.tokens =
            (self.tokens + now.duration_since(self.at).as_secs_f64() * self.refill).min(self.nominal.capacity);
        self.at = now;
        // More than the bucket holds can never be saved up: such a call goes out when the bucket is full, and leaves a
        // debt.
        let needed = cost.min(self.nominal.capacity);
        let wait = ((needed - self.tokens) / self.refill).max(0.0);
        self.tokens -= cost;
        let wait = Duration::from_secs_f64(if wait > 0.0 { wait + JITTER_S } else { 0.0 });
        self.waits.permits += 1;
        self.waits.waited += u64::from(!wait.is_zero());
        self.waits.total += wait;
        self.waits.longest = self.waits.longest.max(wait);
        wait
    }

    fn throttled(&mut self, now: Instant) {
        self.tokens = self.tokens.min(0.0);
        self.at = now;
        self.refill = (self.refill / 2.0).max(self.nominal.refill / 16.0);
    }

    fn succeeded(&mut self) {
        self.refill = (self.refill * 1.05).min(self.nominal.refill);
    }
}

/// All buckets of one run.
#[derive(Debug, Default)]
pub struct Pacer {
    buckets: Mutex<HashMap<String, Bucket>>,
    /// The account's own limits where they could be read.
    applied: HashMap<String, Limit>,
}

impl Pacer {
    /// Waits until `cost` tokens of this bucket are free. Nothing is held while a call is under way.
    pub async fn permit(&self, action: &str, cost: f64) {
        let wait = self.with(action, |bucket, now| bucket.take(cost, now));
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// The service said that we are too fast: empties the bucket and halves its refill.
    pub fn throttled(&self, action: &str) {
        self.with(action, Bucket::throttled);
    }

    /// Lets a slowed bucket recover.
    pub fn succeeded(&self, action: &str) {
        self.with(action, |bucket, _| bucket.succeeded());
    }

    /// What each bucket cost so far, by its name.
    pub fn waits(&self) -> BTreeMap<String, Waits> {
        let buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.iter().map(|(name, bucket)| (name.clone(), bucket.waits)).collect()
    }

    fn with<T>(&self, action: &str, work: impl FnOnce(&mut Bucket, Instant) -> T) -> T {
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(action.to_owned()).or_insert_with(|| {
            let nominal = self.applied.get(action).copied().unwrap_or_else(|| published(action));
            Bucket::new(nominal, now)
        });
        work(bucket, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_burst_is_free_and_the_rest_waits_for_its_refill() {
        let pacer = Pacer::default();
        let start = Instant::now();
        for _ in 0..5 {
            pacer.permit("ec2:RunInstances", 1.0).await;
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
        pacer.permit("ec2:RunInstances", 1.0).await;
        assert!(start.elapsed() >= Duration::from_millis(499), "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttle_error_halves_the_refill() {
        let pacer = Pacer::default();
        pacer.permit("ec2:CreateTags", 1.0).await;
        pacer.throttled("ec2:CreateTags");
        let start = Instant::now();
        pacer.permit("ec2:CreateTags", 1.0).await;
        assert!(start.elapsed() >= Duration::from_millis(199), "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_larger_than_the_bucket_leaves_a_debt() {
        let pacer = Pacer::default();
        let start = Instant::now();
        pacer.permit("kms:CreateGrant", 200.0).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        pacer.permit("kms:CreateGrant", 50.0).await;
        assert!(start.elapsed() >= Duration::from_secs(4), "{:?}", start.elapsed());
    }
}
