//! What every verb has at hand: the global arguments, the printer, and the rehearsal cloud if there is one.

use std::cell::{Cell, OnceCell};
use std::path::Path;

use super::arguments::{CloudChoice, Global};
use super::carry_out::warn;
use super::error::CliError;
use super::files::FolderFiles;
use super::findings;
use super::interruption::Interruption;
use super::printer::Printer;
use super::sources::{self, BlueprintFiles};
use super::stage::Stage;
use super::state;
use crate::blueprint::model::Date;
use crate::blueprint::{Blueprint, Diagnostics, Inputs, Origin, Parsed, Sources, load};
use crate::rehearsal::Settings;

/// What a command runs with.
#[derive(Debug)]
pub struct Context<'a> {
    pub global: Global,
    pub printer: &'a Printer,
    /// Opened when it is first asked for.
    stage: OnceCell<Stage>,
    in_virtual_time: Cell<bool>,
    /// Whether the command went as far as changing the cloud.
    has_changed: Cell<bool>,
    interruption: Interruption,
}

/// A blueprint that was read and passed its checks.
#[derive(Debug)]
pub struct Read {
    pub blueprint: Blueprint,
    pub sources: Sources,
    /// Warnings; they were shown.
    pub diagnostics: Diagnostics,
    /// The folder that it stands in.
    pub folder: FolderFiles,
}

/// What the names of environment variables with values begin with.
const VARIABLE_PREFIX: &str = "CLOSEDSET_VAR_";

impl<'a> Context<'a> {
    /// For one command, in the runtime that [`crate::cli::runtime`] makes, whose clock stands still: it goes on standing
    /// still where the command is `rehearsed` from its first moment.
    pub fn new(global: Global, rehearsed: bool, printer: &'a Printer, interruption: Interruption) -> Self {
        if !rehearsed {
            tokio::time::resume();
        }
        Self {
            global,
            printer,
            stage: OnceCell::new(),
            in_virtual_time: Cell::new(rehearsed),
            has_changed: Cell::new(false),
            interruption,
        }
    }

    /// Notes that from now on the cloud may be another than before: `nothing was changed` isn't true any more.
    pub fn changes(&self) {
        self.interruption.changes();
        self.has_changed.set(true);
    }

    /// Notes that what a drill had left is removed, and that nothing else was changed so far.
    pub fn looks_again(&self) {
        self.interruption.looks_again();
    }

    /// Whether the command went as far as changing the cloud.
    pub fn has_changed(&self) -> bool {
        self.has_changed.get()
    }

    /// The rehearsal cloud, where the arguments choose one. From the first time on, time is virtual.
    ///
    /// # Errors
    /// A file that can't be used.
    pub fn stage(&self) -> Result<Option<&Stage>, CliError> {
        if let Some(stage) = self.stage.get() {
            return Ok(Some(stage));
        }
        let CloudChoice::Rehearsal(file) = self.global.cloud.clone().unwrap_or_default() else { return Ok(None) };
        self.leave_real_time();
        let settings = Settings::default();
        let stage = match &file {
            Some(file) => Stage::kept_in(file, settings)?,
            None => Stage::thrown_away(settings),
        };
        let seed = stage.cloud().settings().seed;
        warn(self.printer, "note: ", &format!("On a rehearsal cloud, in virtual time, seed {seed}: nothing is real."));
        if let Some(file) = file.filter(|_| stage.is_new()) {
            warn(
                self.printer,
                "note: ",
                &format!("{} isn't there: this is a new cloud, and an empty one.", file.display()),
            );
        }
        Ok(Some(self.stage.get_or_init(|| stage)))
    }

    /// From now on, time is virtual: it stands still while something is computed, and leaps while something is waited
    /// for. Whatever needs the real one has to be over.
    pub fn leave_real_time(&self) {
        if !self.in_virtual_time.replace(true) {
            tokio::time::pause();
        }
    }

    /// Keeps the rehearsal cloud for the next command, where there is one with a file.
    ///
    /// # Errors
    /// Where the file can't be written.
    pub fn close(&self) -> Result<(), CliError> {
        self.stage.get().map_or(Ok(()), Stage::keep)
    }

    /// The time, in UTC, as RFC 3339 writes it: on a rehearsal cloud, that cloud's.
    pub fn time(&self) -> String {
        self.stage.get().map_or_else(state::now, |stage| stage.cloud().now().iso())
    }

    /// What tells the time as [`Context::time`] does, for longer than this lives.
    ///
    /// # Errors
    /// A rehearsal cloud's file that can't be used.
    pub fn clock(&self) -> Result<impl Fn() -> String + Send + Sync + 'static, CliError> {
        let cloud = self.stage()?.map(|stage| stage.cloud().clone());
        Ok(move || cloud.as_ref().map_or_else(state::now, |cloud| cloud.now().iso()))
    }

    /// Reads a blueprint and shows everything that is wrong with it. Nothing is sent anywhere.
    ///
    /// # Errors
    /// Where it can't be read or has errors.
    pub fn read(&self, path: &Path) -> Result<Read, CliError> {
        let BlueprintFiles { folder, files } = BlueprintFiles::read(path)?;
        let folder = FolderFiles::new(folder);
        let (mut parsed, mut problems) = Parsed::new(files);
        let inputs = self.inputs(&mut parsed.sources, &mut problems)?;
        let loaded = load(parsed, problems, &inputs, &folder, self.today());
        let Some(blueprint) = loaded.blueprint else {
            return Err(findings::error(&loaded.diagnostics, &loaded.sources, self.printer.note_width()));
        };
        self.show(&loaded.diagnostics, &loaded.sources);
        Ok(Read { blueprint, sources: loaded.sources, diagnostics: loaded.diagnostics, folder })
    }

    /// Values for variables, from the weakest to the strongest.
    fn inputs(&self, sources: &mut Sources, problems: &mut Diagnostics) -> Result<Inputs, CliError> {
        let mut inputs = Inputs::default();
        let mut environment: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| {
                let name = name.to_str()?.strip_prefix(VARIABLE_PREFIX)?.to_owned();
                Some((name, value.to_string_lossy().into_owned()))
            })
            .collect();
        environment.sort();
        for (name, value) in environment {
            inputs.add_text(sources, Origin::Environment, &name, &value);
        }
        for path in &self.global.var_files {
            inputs.add_file(sources, sources::shown(path), sources::bytes(path)?, problems);
        }
        for assignment in &self.global.vars {
            inputs.add_text(sources, Origin::Argument, &assignment.name, &assignment.value);
        }
        Ok(inputs)
    }

    /// The day that counts as today.
    pub fn today(&self) -> Date {
        self.global.today.unwrap_or_else(|| jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date())
    }

    /// Shows warnings that stop nothing.
    pub fn show(&self, diagnostics: &Diagnostics, sources: &Sources) {
        let drawn = findings::draw(diagnostics, sources, self.printer.note_width());
        self.printer.note(&drawn);
    }
}
