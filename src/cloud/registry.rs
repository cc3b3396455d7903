//! What each kind can do in the live cloud, and the table that finds a kind's code.

use std::pin::Pin;
use std::sync::Arc;

use super::reads::READING;
use super::{Cloud, Identity, Result, Scope};
use crate::resource::{FieldChange, Found, Resource, Spec, Unreadable};

/// What a bulk read brought: references in it are the cloud's ids until all addresses are known.
#[derive(Debug, Default)]
pub struct Listing {
    pub found: Vec<Found>,
    /// Parts that couldn't be read, where the rest could.
    pub unreadable: Vec<Unreadable>,
}

/// What became of a deletion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    /// Confirmed: it isn't there any more.
    Gone,
    /// It is kept on purpose, and why.
    Kept(String),
}

/// A kind of resource in the live cloud.
///
/// Each call may be made again after a crash at any moment: creating finds what an earlier run made, updating and
/// deleting start from what is there.
#[allow(async_fn_in_trait, reason = "everything runs on one thread: no future has to be sent anywhere")]
pub trait Live: Spec {
    /// All of the production's, in as few calls as there are pages.
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing>;

    /// Creates it, with its marks in the same call, and returns its id. What it needs exists by now.
    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String>;

    /// The second step, where two resources name each other.
    async fn finish(&self, _cloud: &Cloud, _id: &str) -> Result<()> {
        Ok(())
    }

    /// Waits until a created or changed one can be used.
    async fn settled(_cloud: &Cloud, _id: &str) -> Result<()> {
        Ok(())
    }

    /// Brings the live one to this state and marks it with the new digest.
    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, changes: &[FieldChange]) -> Result<()>;

    /// Takes away its references to others, so that those can be deleted: before any deletion of its kind.
    async fn release(_cloud: &Cloud, _found: &Found) -> Result<()> {
        Ok(())
    }

    /// Deletes it and waits until it is gone.
    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone>;
}

/// Puts a future on the heap from a frame of its own: one for each kind in the frame of one function would be more than a
/// stack holds where no compiler tidies up.
#[inline(never)]
fn boxed<F: Future>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    Box::pin(make())
}

impl Cloud {
    /// The cloud of another region and the resource as it is there; none where it lies here.
    fn where_it_lies(&self, resource: &Resource) -> Option<(Arc<Self>, Resource)> {
        let region = resource.region().filter(|region| *region != self.region())?;
        let mut there = resource.clone();
        there.set_region(None);
        Some((self.in_region(region), there))
    }
}

macro_rules! live {
    ($($kind:ident)*) => {
        use crate::resource::{$($kind),*};

        impl Cloud {
            /// Reads all resources of a kind.
            pub(super) async fn list(&self, kind: crate::resource::Kind, scope: &Scope) -> Result<Listing> {
                let read = async {
                    match kind { $(crate::resource::Kind::$kind => boxed(|| <$kind as Live>::list(self, scope)).await,)* }
                };
                READING.scope(kind, read).await
            }

            /// Creates a resource and returns its id.
            ///
            /// # Errors
            /// The service's refusal, or that something it needs doesn't exist.
            pub async fn create(&self, resource: &Resource, identity: &Identity) -> Result<String> {
                let lies = self.where_it_lies(resource);
                let (cloud, resource) = lies.as_ref().map_or((self, resource), |(there, one)| (there.as_ref(), one));
                let identity = &identity.at_home_of(lies.is_some());
                match resource { $(Resource::$kind(spec) => boxed(|| spec.create(cloud, identity)).await,)* }
            }

            /// The second step of creating a resource.
            ///
            /// # Errors
            /// The service's refusal.
            pub async fn finish(&self, resource: &Resource, id: &str) -> Result<()> {
                match resource { $(Resource::$kind(spec) => spec.finish(self, id).await,)* }
            }

            /// Waits until it can be used.
            ///
            /// # Errors
            /// That it failed on its way up, with the service's reason.
            pub async fn settled(&self, kind: crate::resource::Kind, id: &str) -> Result<()> {
                match kind { $(crate::resource::Kind::$kind => <$kind as Live>::settled(self, id).await,)* }
            }

            /// Brings a live resource to the desired state.
            ///
            /// # Errors
            /// The service's refusal.
            pub async fn update(
                &self,
                resource: &Resource,
                found: &Found,
                identity: &Identity,
                changes: &[FieldChange],
            ) -> Result<()> {
                let lies = self.where_it_lies(resource);
                let (cloud, resource) = lies.as_ref().map_or((self, resource), |(there, one)| (there.as_ref(), one));
                let identity = &identity.at_home_of(lies.is_some());
                let there = lies.is_some().then(|| Found { address: found.address.at_home(), ..found.clone() });
                let found = there.as_ref().unwrap_or(found);
                match resource { $(Resource::$kind(spec) => boxed(|| spec.update(cloud, found, identity, changes)).await,)* }
            }

            /// Takes away a live resource's references to others.
            ///
            /// # Errors
            /// The service's refusal.
            pub async fn release(&self, found: &Found) -> Result<()> {
                match &found.resource { $(Resource::$kind(_) => <$kind as Live>::release(self, found).await,)* }
            }

            /// Deletes a live resource.
            ///
            /// # Errors
            /// The service's refusal.
            pub async fn delete(&self, found: &Found) -> Result<Gone> {
                let lies = self.where_it_lies(&found.resource);
                let cloud = lies.as_ref().map_or(self, |(there, _)| there.as_ref());
                match &found.resource { $(Resource::$kind(_) => boxed(|| <$kind as Live>::delete(cloud, found)).await,)* }
            }
        }
    };
}

live! {
    KmsKey Vpc InternetGateway Subnet RouteTable PrefixList SecurityGroup VpcEndpoint LogGroup FlowLog IamRole
    InstanceProfile Seat Volume BackupVault BackupPlan AccountSwitch
}
