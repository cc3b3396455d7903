//! What an action has before it: the world, the moment, the Region it was sent to, and the rules.

use super::agenda::Event;
use super::clock::Moment;
use super::physics::times::Span;
use super::settings::Settings;
use super::store::Glance;
use super::world::{Region, Shelved, World};

/// Who calls where nobody says who.
const USUAL_USER: &str = "rehearsal";

/// The place at which one call is carried out.
pub struct Desk<'a> {
    /// All that exists.
    pub world: &'a mut World,
    /// The rules.
    pub settings: &'a Settings,
    /// Now.
    pub now: Moment,
    /// The Region that the call was sent to.
    pub region: String,
    /// The name of the account's user that calls.
    pub user: String,
    /// The call's coin: all its looks see the same.
    pub coin: u64,
}

impl<'a> Desk<'a> {
    /// A desk in a Region, which exists from now on.
    pub fn new(world: &'a mut World, settings: &'a Settings, now: Moment, region: &str, coin: u64) -> Self {
        if !world.regions.contains_key(region) {
            world.regions.insert(region.to_owned(), Region::default());
        }
        Self { world, settings, now, region: region.to_owned(), user: USUAL_USER.to_owned(), coin }
    }

    /// The Region.
    pub fn here(&self) -> &Region {
        &self.world.regions[&self.region]
    }

    /// The Region, to be changed.
    pub fn here_mut(&mut self) -> &mut Region {
        self.world.regions.entry(self.region.clone()).or_default()
    }

    /// This call's look at things.
    pub fn glance(&self) -> Glance {
        Glance { now: self.now, seed: self.coin }
    }

    /// What this call sees under an id.
    pub fn see<T: Shelved>(&self, id: &str) -> Option<&T> {
        T::shelf(self.here()).see(id, self.glance())
    }

    /// All that this call sees of a kind.
    pub fn seen<T: Shelved>(&self) -> impl Iterator<Item = &T> {
        T::shelf(self.here()).seen(self.glance())
    }

    /// What really is under an id.
    pub fn truth<T: Shelved>(&self, id: &str) -> Option<&T> {
        T::shelf(self.here()).truth(id)
    }

    /// What really is under an id, to be changed by the cloud itself.
    pub fn truth_mut<T: Shelved>(&mut self, id: &str) -> Option<&mut T> {
        T::shelf_mut(self.here_mut()).truth_mut(id)
    }

    /// All that really is of a kind.
    pub fn truths<T: Shelved>(&self) -> impl Iterator<Item = &T> {
        T::shelf(self.here()).truths()
    }

    /// Keeps a new thing.
    pub fn keep<T: Shelved>(&mut self, thing: T) {
        let (now, settles) = (self.now, self.settles());
        T::shelf_mut(self.here_mut()).put(thing, now, settles);
    }

    /// A thing, to be changed by this call.
    pub fn change<T: Shelved>(&mut self, id: &str) -> Option<&mut T> {
        let (now, settles) = (self.now, self.settles());
        T::shelf_mut(self.here_mut()).change(id, now, settles)
    }

    /// Removes a thing.
    pub fn remove<T: Shelved>(&mut self, id: &str) -> Option<T> {
        let (now, settles) = (self.now, self.settles());
        T::shelf_mut(self.here_mut()).remove(id, now, settles)
    }

    /// Until when a change made now may be unseen.
    pub fn settles(&mut self) -> Moment {
        let odds = self.settings.faults.odds();
        self.now.after(odds.lag(&mut self.world.luck))
    }

    /// A new id with a prefix: 17 digits after a dash, as EC2 makes them.
    pub fn new_id(&mut self, prefix: &str) -> String {
        format!("{prefix}-0{}", self.world.ids.hex(16))
    }

    /// How long something takes this time.
    pub fn takes(&mut self, span: Span) -> u64 {
        self.world.pace.between(span.from, span.to)
    }

    /// Lets something happen later; answers when.
    pub fn later(&mut self, span: Span, event: Event) -> Moment {
        let at = self.now.after(self.takes(span));
        self.here_mut().agenda.add(at, event);
        at
    }

    /// Whether something with a chance in parts of a million goes wrong.
    pub fn goes_wrong(&mut self, parts: u32) -> bool {
        parts > 0 && self.world.luck.chance(parts)
    }

    /// The ARN of something in this Region.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.settings.account)
    }

    /// The account's twelve digits.
    pub fn account(&self) -> &str {
        &self.settings.account
    }
}
