//! Text to blueprint in one call: what every verb starts with.

use super::check::{check, secrets};
use super::decode::decode;
use super::diagnostic::{Diagnostic, Diagnostics};
use super::evaluator::Evaluator;
use super::files::Files;
use super::findings::Findings;
use super::model::{Blueprint, Date};
use super::parse::Parsed;
use super::source::Sources;
use super::variables::Inputs;

/// What came of loading.
#[derive(Debug)]
pub struct Loaded {
    /// The blueprint; none where there is an error.
    pub blueprint: Option<Blueprint>,
    /// Every error and warning of the run.
    pub diagnostics: Diagnostics,
    /// The texts that the diagnostics point into.
    pub sources: Sources,
}

/// What another file may mend.
const MISSING: &[&str] = &["missing-block", "unknown-name", "needs-exception", "no-backup"];

/// Loads a blueprint.
///
/// `parsed` and `problems` come from [`Parsed::new`]; values for variables are added to `inputs` with the sources of
/// `parsed`. `files` gives what `file` and `templatefile` read. `today` decides what has expired: the clock's UTC day,
/// or the one of `--today`.
///
/// All problems are found in one run: a wrong attribute hides no other, and nothing is said twice.
pub fn load(parsed: Parsed, problems: Diagnostics, inputs: &Inputs, files: &dyn Files, today: Date) -> Loaded {
    let mut diagnostics = problems;
    let blueprint = {
        // A file that can't be read may hold anything: what seems to be missing may stand there.
        let readable = !diagnostics.has_errors();
        let sure = |found: &Diagnostic| readable || !MISSING.contains(&found.code);
        let evaluator = Evaluator::new(&parsed, inputs, files);
        let findings = Findings::default();
        let any_secret = secrets::written(&parsed, &findings);
        let blueprint = decode(&evaluator, &findings, !any_secret);
        check(&blueprint, today, &findings);
        for found in [evaluator.finish(), findings.into_diagnostics()] {
            for found in found.sorted().into_iter().filter(|found| sure(found)) {
                diagnostics.push(found.clone());
            }
        }
        blueprint
    };
    let sound = !diagnostics.has_errors();
    Loaded { blueprint: sound.then_some(blueprint), diagnostics, sources: parsed.sources }
}
