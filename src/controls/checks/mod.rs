//! The checks, a file a family: each looks at one floor and writes down what it examined and what is wrong there.

mod change;
mod data;
mod encryption;
mod host;
mod identity;
mod inside;
mod inventory;
mod logging;
mod network;
mod recovery;
mod response;
mod routes;
mod rules;
mod streaming;

use std::sync::LazyLock;

use super::examination::{Examination, Problem};
use crate::resource::{Address, Kind};

/// A look at a floor.
pub type Look = fn(&mut Examination<'_, '_>);

/// One control's check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    pub control: &'static str,
    /// What it reads of resources: a change of that touches the control.
    pub watches: &'static [Watch],
    /// What the blueprint declares; said of a plan only.
    pub declared: Option<Look>,
    /// What is planned or live: the same function reads both.
    pub state: Option<Look>,
    /// Whether only a live state can show it.
    pub only_live: bool,
    /// Whether the seats' own words answer it: where they can't be had, a person may speak for it.
    pub told: bool,
}

/// A field of a kind of resource that a check reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    pub kind: Kind,
    /// The path of a field, or the beginning of some; empty where it only matters that the resource is there.
    pub field: &'static str,
    /// The one switch of the account that is meant.
    pub switch: Option<&'static str>,
}

impl Watch {
    /// Whether it reads anything of that resource.
    pub fn covers(&self, kind: Kind, address: &Address) -> bool {
        let of_account = |name: &str| address.as_str().strip_prefix("account.") == Some(name);
        self.kind == kind && self.switch.is_none_or(of_account)
    }

    /// Whether it reads the field at that path.
    pub fn reads(&self, path: &str) -> bool {
        !self.field.is_empty()
            && path.strip_prefix(self.field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

const fn watch(kind: Kind, field: &'static str) -> Watch {
    Watch { kind, field, switch: None }
}

const fn switch(name: &'static str) -> Watch {
    Watch { kind: Kind::AccountSwitch, field: "setting", switch: Some(name) }
}

const fn declared(control: &'static str, look: Look) -> Check {
    Check { control, watches: &[], declared: Some(look), state: None, only_live: false, told: false }
}

const fn state(control: &'static str, watches: &'static [Watch], look: Look) -> Check {
    Check { control, watches, declared: None, state: Some(look), only_live: false, told: false }
}

const fn both(control: &'static str, declared: Look, watches: &'static [Watch], state: Look) -> Check {
    Check { control, watches, declared: Some(declared), state: Some(state), only_live: false, told: false }
}

const fn live(control: &'static str, watches: &'static [Watch], look: Look) -> Check {
    Check { control, watches, declared: None, state: Some(look), only_live: true, told: false }
}

static CHECKS: LazyLock<Vec<Check>> = LazyLock::new(|| {
    [
        inventory::CHECKS,
        identity::CHECKS,
        network::CHECKS,
        encryption::CHECKS,
        streaming::CHECKS,
        host::CHECKS,
        data::CHECKS,
        recovery::CHECKS,
        logging::CHECKS,
        response::CHECKS,
        change::CHECKS,
    ]
    .concat()
});

/// All of them, by family.
pub fn checked() -> &'static [Check] {
    &CHECKS
}

/// Holds a switch of the account against the setting that is safe.
fn account_switch(to: &mut Examination<'_, '_>, name: &str, safe: &str, words: &str) {
    let floor = to.floor;
    match floor.switch(name) {
        Some((address, setting)) => to.hold(address, setting == safe, || Problem::new(words, safe, setting)),
        None if floor.unasked => {
            let address = Address::new(format!("account.{name}"));
            to.look(address, vec![Problem::undetermined("is known to the account only", safe)]);
        }
        None => {}
    }
}
