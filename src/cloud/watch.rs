//! Waiting: one shared, filtered look at all that is pending, whoever waits. Nobody sleeps for a resource of their own.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Result;

/// First look after one second, then at these distances, the last one for ever: quick things are noticed quickly, and a
/// long wait costs a call every three seconds for all of a kind together.
const GRID: [u64; 6] = [1, 1, 1, 2, 2, 3];

/// A look this fresh serves everyone who asks.
const FRESH: Duration = Duration::from_millis(900);

/// What one look saw: states by id. What isn't in it wasn't seen.
pub type Look = Arc<BTreeMap<String, Seen>>;

/// The state of one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The service's word for its state.
    pub state: String,
    /// Why, where it says so.
    pub reason: Option<String>,
    /// What belongs to it: an instance's volumes by device.
    pub parts: BTreeMap<String, String>,
}

/// The last look at one kind.
#[derive(Debug, Default)]
pub struct Watch {
    last: Mutex<Option<(Instant, Look)>>,
}

/// One for each kind that takes its time.
#[derive(Debug, Default)]
pub struct Watches {
    pub instances: Watch,
    /// Instances on their way up.
    pub coming: Watch,
    pub volumes: Watch,
    pub endpoints: Watch,
    pub prefix_lists: Watch,
    /// Those of the one run of a backup that is under way.
    pub snapshots: Watch,
}

impl Watch {
    /// A look no older than a moment; of those who ask at once, one goes and looks.
    async fn look<F>(&self, go: &impl Fn() -> F) -> Result<Look>
    where
        F: Future<Output = Result<BTreeMap<String, Seen>>>,
    {
        let mut last = self.last.lock().await;
        if let Some((at, look)) = &*last
            && at.elapsed() < FRESH
        {
            return Ok(look.clone());
        }
        let look = Arc::new(go().await?);
        *last = Some((Instant::now(), look.clone()));
        Ok(look)
    }

    /// Looks again and again until `visit` has made something of what is seen. It gets how long has been waited as
    /// well: only it knows whether unseen means gone or not there yet.
    ///
    /// # Errors
    /// The look's failure, and `visit`'s.
    pub async fn watch<T, F>(
        &self,
        go: impl Fn() -> F,
        mut visit: impl AsyncFnMut(&BTreeMap<String, Seen>, Duration) -> Result<Option<T>>,
    ) -> Result<T>
    where
        F: Future<Output = Result<BTreeMap<String, Seen>>>,
    {
        let start = Instant::now();
        let mut steps = GRID.iter();
        let mut step = GRID[0];
        loop {
            step = *steps.next().unwrap_or(&step);
            tokio::time::sleep(Duration::from_secs(step)).await;
            let look = self.look(&go).await?;
            if let Some(made) = visit(&look, start.elapsed()).await? {
                return Ok(made);
            }
        }
    }

    /// [`Watch::watch`] for one id; `done` gets none where it wasn't seen.
    ///
    /// # Errors
    /// The look's failure, and `done`'s.
    pub async fn until<T, F>(
        &self,
        id: &str,
        go: impl Fn() -> F,
        done: impl Fn(Option<&Seen>, Duration) -> Result<Option<T>>,
    ) -> Result<T>
    where
        F: Future<Output = Result<BTreeMap<String, Seen>>>,
    {
        let visit = async |look: &BTreeMap<String, Seen>, waited| done(look.get(id), waited);
        self.watch(go, visit).await
    }
}
