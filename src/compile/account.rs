//! The account's own switches.

use super::compiler::Compiler;
use crate::resource::{AccountSwitch, Address, SWITCHES};

impl Compiler<'_> {
    /// Every switch at its safe setting. New disks that name no key fall back to the production's.
    pub(super) fn account_switches(&mut self) {
        let production = &self.blueprint.production;
        let key = format!("key.{}", production.key);
        for (name, safe) in SWITCHES {
            let setting = if *name == "ebs_default_key" { key.clone() } else { (*safe).to_owned() };
            self.add(Address::new(format!("account.{name}")), production.alias.span, AccountSwitch { setting });
        }
    }
}
