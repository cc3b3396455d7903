//! Signals that ask to stop: the first starts nothing new, the second drops what is in flight.

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::apply::Signals;

/// Listens to Ctrl-C, and to the signal that ends services, for as long as it lives.
#[derive(Debug)]
pub struct Listening {
    task: JoinHandle<()>,
    signals: Signals,
}

impl Listening {
    /// Begins to listen. From now on a signal no longer ends the program by itself.
    ///
    /// # Errors
    /// Where the system allows no handler.
    pub fn begin() -> std::io::Result<Self> {
        let mut stop = Stop::new()?;
        let (sender, signals) = watch::channel(0);
        let task = tokio::spawn(async move {
            loop {
                stop.next().await;
                sender.send_modify(|times| *times += 1);
            }
        });
        Ok(Self { task, signals })
    }

    /// For whoever has to stop.
    pub fn signals(&self) -> Signals {
        self.signals.clone()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The signals themselves.
#[cfg(unix)]
pub struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    /// From now on none of them ends the program by itself.
    ///
    /// # Errors
    /// Where the system allows no handler.
    pub fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signals themselves.
#[cfg(windows)]
pub struct Stop {
    interrupt: tokio::signal::windows::CtrlC,
    close: tokio::signal::windows::CtrlBreak,
}

#[cfg(windows)]
impl Stop {
    /// From now on none of them ends the program by itself.
    ///
    /// # Errors
    /// Where the system allows no handler.
    pub fn new() -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c};
        Ok(Self { interrupt: ctrl_c()?, close: ctrl_break()? })
    }

    /// Waits for the next.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.close.recv() => {}
        }
    }
}
