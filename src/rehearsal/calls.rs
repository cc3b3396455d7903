//! What was called: the record of a rehearsal, and the hook by which tests step in.

use super::clock::Moment;
use serde::Serialize;

/// One call, as it arrived and as it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallRecord {
    /// Its number, from 1, in the order of arrival.
    pub number: u64,
    /// The service's short name, such as `ec2`.
    pub service: String,
    /// The action, such as `CreateVpc`.
    pub action: String,
    /// The Region.
    pub region: String,
    /// Whether it only reads.
    pub reads: bool,
    /// When it arrived.
    pub arrived: Moment,
    /// When its answer left, or was lost; none while it is under way, or if the caller gave up.
    pub ended: Option<Moment>,
    /// Whether it was carried out: it changed what it was to change, whatever the caller heard.
    pub carried_out: bool,
    /// The HTTP status of its answer; none if no answer left.
    pub status: Option<u16>,
    /// The error code of its answer.
    pub code: Option<String>,
    /// The request id of its answer.
    pub request_id: String,
}

/// What a hook wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Go on.
    Go,
    /// Break this call's connection.
    Cut,
    /// Break this call's connection and refuse all later ones, as if the caller had died.
    Stop,
}

/// Steps in before and after each call is carried out.
pub trait Hook: Send + Sync {
    /// Before the call is carried out.
    fn before(&self, _call: &CallRecord) -> Step {
        Step::Go
    }

    /// After it was carried out, before its answer leaves.
    fn after(&self, _call: &CallRecord) -> Step {
        Step::Go
    }
}

/// On which side of the last call to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It isn't carried out any more.
    Before,
    /// It is carried out, but its answer doesn't leave.
    After,
}
