//! The rules: a catalogue of controls as data, a function for each that can be checked, exceptions and attestations, and
//! the gate that a plan has to pass. Pure: today's date and all that was read are handed in.

mod catalogue;
mod checks;
mod control;
mod coverage;
mod crosswalk;
mod examination;
mod finding;
mod floor;
mod gate;
mod policy;
mod posture;
mod profile;
pub mod reach;
mod rego;
mod resulting;
mod touches;

pub use catalogue::{VERSION, all, control, families};
pub use checks::{Check, Watch, checked};
pub use control::{Control, Framework, Function, Inherited, Part, Reference, Relation, Stage, Verification};
pub use crosswalk::{MpaIds, mpa_ids, practice};
pub use finding::{Finding, Status};
pub use floor::{Floor, Phase, Record, Restored};
pub use gate::{
    APPROVED, Assessment, Ground, KEPT_SAFE, RECOVERABLE, Refusal, assess, evaluation, examine_live, refusals,
};
pub use posture::{Posture, Practice, Verdict, examine};
pub use profile::{Constants, Profile, profile, profiles};
pub use rego::{NotUsable, Policies, Ruling, Said};
pub use resulting::resulting;
pub use touches::touches;
#[cfg(test)]
mod tests;
