//! Exit codes: part of the command line contract, and all of them.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// An error; nothing was changed. Wrong arguments too.
    Error = 1,
    /// `plan --detailed-exitcode`: there are changes.
    Changes = 2,
    /// Something failed or was skipped: run again.
    Partial = 3,
    /// A control refused the plan.
    Refused = 4,
    /// Someone else holds the production's lock.
    Locked = 5,
    /// The saved plan no longer fits the live state.
    Stale = 6,
    /// Interrupted by a signal, as shells report it.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_numbers_are_those_of_the_contract() {
        let all = [Exit::Done, Exit::Error, Exit::Changes, Exit::Partial, Exit::Refused, Exit::Locked, Exit::Stale];
        assert_eq!(all.map(Exit::code), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(Exit::Interrupted.code(), 130);
    }
}
