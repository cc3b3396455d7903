//! The steps of a plan, and which of them wait for which.

use std::collections::{BTreeMap, BTreeSet};

use super::estimate::seconds;
use super::launch::Batch;
use crate::resource::{Address, Kind, Tags};

/// A step's number in its plan.
pub type OperationId = usize;

/// What a step does with its resource.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Create,
    /// Sets what refers to others that had to exist first.
    Finish,
    /// Waits until it can be used.
    Settle,
    /// Brings the live one to the desired state.
    Update,
    /// Takes away its references to others, so that those can be deleted.
    Release,
    /// Deletes the live one and waits until it is gone.
    Delete,
    /// Deletes a leftover that bears another's address; by its id.
    Discard(String),
    /// One launch call for many seats, volumes and tags included.
    Launch(Batch),
    AwaitRunning(Vec<Address>),
    /// Brings the tags of a seat and its volumes in line: its name, its owner, its mark.
    Label,
    /// Puts on volumes the marks by which AWS Backup finds them, or takes them off: one call for many.
    MarkBackups(Vec<Address>),
    /// Stops the seat, changes what needs it stopped, and starts it.
    Restart,
    /// Attaches a kept volume to its seat's next instance.
    Attach,
    /// One call that takes snapshots of a seat's volumes at one moment.
    Snapshot(Snapshots),
    /// Copies a snapshot from another region, under a key of this one.
    Copy(Copying),
    /// Waits until the snapshots of a run are complete: those named, or those that this run took of the seat.
    AwaitSnapshots {
        run: String,
        ids: BTreeSet<String>,
    },
    /// Deletes snapshots that were kept as long as they were to be; by their ids.
    Expire(Vec<String>),
    /// Confirms that a run has a complete snapshot of each of these volumes, by seat: what comes after would lose what it
    /// hasn't.
    VerifySnapshots {
        run: String,
        volumes: BTreeMap<Address, BTreeSet<String>>,
    },
    /// Marks snapshots as kept beyond the production's end, until the end of a day; by their ids.
    Keep {
        until: String,
        ids: Vec<String>,
    },
    /// Copies a seat's snapshots that are kept beyond the production's end, under the key of the archive, and waits until
    /// the copies are complete.
    Archive {
        key: Address,
    },
    /// Makes a volume of its snapshot beside the one that serves, so that its seat is away no longer than it must be.
    Prepare,
    /// Stops those seats all of whose volumes are prepared.
    Stop(BTreeMap<Address, BTreeSet<Address>>),
    /// Puts the prepared volume in the place of the one that serves.
    Swap,
    /// Starts those seats all of whose volumes are in their place.
    Start(BTreeMap<Address, BTreeSet<Address>>),
    /// Deletes what a swap took out, once its seat runs again.
    DropReplaced,
    Terminate(Vec<Address>),
    AwaitTerminated(Vec<Address>),
    /// Marks a key as being taken out of service, before anything else is done in a wrap.
    Retire,
    /// Waits until no volume under a key is attached to anything.
    AwaitDetached,
}

impl Step {
    /// The step in a word or two, for people and for the ledger.
    pub fn word(&self) -> &'static str {
        match self {
            Step::Create => "create",
            Step::Finish => "complete",
            Step::Settle => "wait for",
            Step::Update => "update",
            Step::Release => "release",
            Step::Delete => "delete",
            Step::Discard(_) => "discard",
            Step::Launch(_) => "launch",
            Step::AwaitRunning(_) => "wait for running",
            Step::Label => "label",
            Step::MarkBackups(_) => "mark for backup",
            Step::Restart => "restart",
            Step::Attach => "attach",
            Step::Snapshot(_) => "snapshot",
            Step::Copy(_) => "copy",
            Step::AwaitSnapshots { .. } => "wait for snapshots",
            Step::VerifySnapshots { .. } => "verify",
            Step::Keep { .. } => "keep",
            Step::Archive { .. } => "archive",
            Step::Expire(_) => "delete expired",
            Step::Prepare => "prepare",
            Step::Stop(_) => "stop",
            Step::Swap => "swap",
            Step::Start(_) => "start",
            Step::DropReplaced => "delete the replaced",
            Step::Terminate(_) => "terminate",
            Step::AwaitTerminated(_) => "wait for end",
            Step::Retire => "mark",
            Step::AwaitDetached => "wait for detached",
        }
    }

    /// Whether nothing is called but looks.
    pub fn only_waits(&self) -> bool {
        matches!(
            self,
            Step::Settle
                | Step::AwaitRunning(_)
                | Step::AwaitTerminated(_)
                | Step::AwaitSnapshots { .. }
                | Step::VerifySnapshots { .. }
                | Step::AwaitDetached
        )
    }
}

/// Which of a seat's volumes are taken in, and what the snapshots are marked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshots {
    /// Ids of data volumes that are left out.
    pub without: BTreeSet<String>,
    /// Whether the root volume is taken in.
    pub with_root: bool,
    pub tags: Tags,
}

/// Which snapshot is copied, and what the copy is encrypted under and marked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copying {
    pub from_region: String,
    /// `snap-…` there.
    pub source: String,
    /// The key, of the region that the copy goes to.
    pub key: Address,
    pub tags: Tags,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    pub id: OperationId,
    /// The resource; for a batch of seats, their pool.
    pub address: Address,
    pub kind: Kind,
    pub step: Step,
    /// Those that must have succeeded.
    pub needs: BTreeSet<OperationId>,
    /// Those that must be over, whatever came of them.
    pub follows: BTreeSet<OperationId>,
    /// Expected seconds from its start to the end of the longest chain behind it: the longest pole goes first.
    pub remaining_s: f64,
}

/// All steps of a plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Operations {
    all: Vec<Operation>,
}

impl Operations {
    pub fn iter(&self) -> impl Iterator<Item = &Operation> {
        self.all.iter()
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn get(&self, id: OperationId) -> Option<&Operation> {
        self.all.get(id)
    }

    /// Adds a step that waits for nothing yet.
    pub fn add(&mut self, address: Address, kind: Kind, step: Step) -> OperationId {
        let id = self.all.len();
        let (needs, follows) = (BTreeSet::new(), BTreeSet::new());
        self.all.push(Operation { id, address, kind, step, needs, follows, remaining_s: 0.0 });
        id
    }

    /// Those steps alone, which wait for no others any more.
    #[must_use]
    pub fn only(&self, wanted: impl Fn(&Operation) -> bool) -> Self {
        let kept: BTreeMap<OperationId, OperationId> =
            self.all.iter().filter(|one| wanted(one)).zip(0..).map(|(one, new)| (one.id, new)).collect();
        let left = |ids: &BTreeSet<OperationId>| ids.iter().filter_map(|id| kept.get(id).copied()).collect();
        let all = self.all.iter().filter_map(|one| {
            let id = *kept.get(&one.id)?;
            Some(Operation { id, needs: left(&one.needs), follows: left(&one.follows), ..one.clone() })
        });
        let mut steps = Self { all: all.collect() };
        steps.measure();
        steps
    }

    /// Has a step wait until another has succeeded.
    pub fn need(&mut self, later: OperationId, earlier: Option<OperationId>) {
        if let Some(earlier) = earlier.filter(|earlier| *earlier != later) {
            self.all[later].needs.insert(earlier);
        }
    }

    /// The steps in an order in which each comes after those it waits for; none where they wait in a circle.
    pub fn in_order(&self) -> Option<Vec<OperationId>> {
        let mut waits: Vec<usize> = self.all.iter().map(|one| one.needs.union(&one.follows).count()).collect();
        let behind = self.behind();
        let mut ready: Vec<OperationId> = (0..self.all.len()).rev().filter(|id| waits[*id] == 0).collect();
        let mut order = Vec::with_capacity(self.all.len());
        while let Some(id) = ready.pop() {
            order.push(id);
            for next in &behind[id] {
                waits[*next] -= 1;
                if waits[*next] == 0 {
                    ready.push(*next);
                }
            }
        }
        (order.len() == self.all.len()).then_some(order)
    }

    /// For each step, those that wait for it.
    pub fn behind(&self) -> Vec<Vec<OperationId>> {
        let mut behind = vec![Vec::new(); self.all.len()];
        for one in &self.all {
            for earlier in one.needs.union(&one.follows) {
                behind[*earlier].push(one.id);
            }
        }
        behind
    }

    /// Has a step wait until another is over, whatever came of it.
    pub fn follow(&mut self, later: OperationId, earlier: OperationId) {
        if later != earlier {
            self.all[later].follows.insert(earlier);
        }
    }

    /// Has a step wait until all of these have succeeded.
    pub fn need_all(&mut self, later: OperationId, earlier: impl IntoIterator<Item = OperationId>) {
        earlier.into_iter().for_each(|one| self.need(later, Some(one)));
    }

    /// Has a step wait until all of these are over, whatever came of them.
    pub fn follow_all(&mut self, later: OperationId, earlier: impl IntoIterator<Item = OperationId>) {
        earlier.into_iter().for_each(|one| self.follow(later, one));
    }

    /// Works out how long is left behind each step, once all are added.
    pub fn measure(&mut self) {
        let behind = self.behind();
        for id in self.in_order().into_iter().flatten().rev() {
            let rest = behind[id].iter().map(|next| self.all[*next].remaining_s).fold(0.0, f64::max);
            self.all[id].remaining_s = seconds(self.all[id].kind, &self.all[id].step) + rest;
        }
    }
}
