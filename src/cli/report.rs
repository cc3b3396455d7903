//! `closedset report`: the evidence of a production, written to a folder, and whether such a folder is still whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::ages::{ages_of, kept};
use super::arguments::{ReportMake, ReportVerb, ReportVerify};
use super::backup::moment;
use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::exit::Exit;
use super::inside::look_inside;
use super::save::write_whole;
use super::session::{Planned, Session, offline};
use super::signing;
use super::sources;
use super::state::State;
use crate::apply;
use crate::cloud::{Read as Asked, Reads};
use crate::controls::{self, Posture, Record};
use crate::plan::{self, Options};
use crate::report::evidence::{
    Bundle, Dossier, Envelope, Ground, History, MANIFEST, PREVIOUS, SIGNATURE, bundle, verdict_text,
};
use crate::report::graph::Scene;
use crate::report::{evidence, words};
use crate::resource::RecoveryAges;

/// Runs the verb.
///
/// # Errors
/// A blueprint with errors, no way to the cloud, a folder that can't be written or is somebody else's.
pub async fn run(context: &Context<'_>, verb: Option<ReportVerb>, make: ReportMake) -> Result<Exit, CliError> {
    match verb {
        Some(ReportVerb::Verify(arguments)) => verify(context, &arguments),
        None => write(context, make).await,
    }
}

/// Both sides of what is reported.
struct Looked {
    read: super::context::Read,
    planned: Planned,
    declared: Posture,
    live: Option<Posture>,
    /// How old the newest recovery points are; none where nobody looked.
    recovery: Option<RecoveryAges>,
    history: History,
    reads: Vec<Asked>,
}

async fn write(context: &Context<'_>, arguments: ReportMake) -> Result<Exit, CliError> {
    let Some(folder) = &arguments.out else {
        return Err(CliError::usage("a report needs a folder to be written to").hint("--out FOLDER names it"));
    };
    let path = &arguments.blueprint.path;
    // What would stop it in the end stops it before a cloud is asked.
    let key = arguments.sign.as_deref().map(signing::key).transpose()?;
    let previous = previous(folder, arguments.previous.as_deref())?;
    if key.is_none() && folder.join(SIGNATURE).exists() {
        return Err(CliError::new(
            ErrorKind::File,
            format!("the report in {} is signed, and this one would take its place unsigned", folder.display()),
        )
        .hint("--sign KEYFILE signs it; another --out leaves the signed one as it is"));
    }
    let looked = if arguments.live { live(context, path).await? } else { declared(context, path)? };
    let observed = looked.live.is_some().then_some(&looked.planned.observed);
    let dossier = Dossier::gather(Ground {
        blueprint: &looked.read.blueprint,
        sources: &looked.read.sources,
        desired: &looked.planned.desired,
        observed,
        declared: &looked.declared,
        live: looked.live.as_ref(),
        recovery: looked.recovery.as_ref(),
        history: looked.history,
        reads: &looked.reads,
        today: context.today(),
    });
    let envelope = Envelope::new(
        context.time(),
        dossier.production.account.clone(),
        &dossier.production.region,
        observed.map(|observed| observed.caller.clone()),
        looked.reads,
    );
    let scene = Scene::of(&looked.read.blueprint);
    let made = bundle(&dossier, &envelope, &scene, previous.as_deref()).map_err(CliError::usage)?;
    put(folder, &made, key.as_ref(), &dossier, &envelope)?;
    let count = words::count(made.files.len(), ("file", "files"));
    let signed = if key.is_some() { ", signed" } else { "" };
    context.printer.result(&format!(
        "Report {} of {} is in {}: {count}{signed}. Begin with report.html.\n",
        made.number,
        dossier.production.alias,
        folder.display(),
    ));
    Ok(Exit::Done)
}

/// What the blueprint would lead to, as if nothing were there yet.
fn declared(context: &Context<'_>, path: &Path) -> Result<Looked, CliError> {
    let read = context.read(path)?;
    let planned = offline(context, &read, &Options::default())?;
    let mut floor = controls::resulting(
        &read.blueprint,
        &planned.desired,
        &planned.observed,
        &planned.plan,
        &Options::default(),
        context.today(),
    );
    floor.unasked = true;
    let declared = controls::examine(&floor);
    let production = &read.blueprint.production;
    let history = match &production.account {
        Some(account) => history(&State::of(&context.global, account.as_str(), production.alias.as_str())?),
        None => History::default(),
    };
    drop(floor);
    Ok(Looked { planned, declared, live: None, recovery: None, history, reads: Vec::new(), read })
}

async fn live(context: &Context<'_>, path: &Path) -> Result<Looked, CliError> {
    let reads = Reads::new(context.clock()?);
    let session = Session::open_noting(context, path, Some(reads.clone())).await?;
    let desired = session.desired(context, true).await?;
    let scope = session.scope();
    let kept = kept(context, &session.cloud, &desired, &scope, Some(&reads));
    let (observed, kept) = tokio::join!(session.cloud.observe(&scope), kept);
    let mut observed = observed?;
    let desired = session.settled(context, true, desired, &observed).await?;
    look_inside(context, &session.cloud, &desired, &mut observed).await.ok();
    let options = session.options();
    let plan = plan::make(&desired, &observed, &options);
    let (blueprint, today) = (&session.read.blueprint, context.today());
    let mut after = controls::resulting(blueprint, &desired, &observed, &plan, &options, today);
    let recovery = ages_of(kept.as_ref(), &desired, &observed, moment(context)?);
    let record = Record { recovery: Some(recovery.clone()), ..session.state.record(&context.time()) };
    after.record = record.clone();
    let declared = controls::examine(&after);
    drop(after);
    let live = controls::examine_live(blueprint, &desired, &observed, &plan, record, today);
    let history = history(&session.state);
    let planned = Planned { desired, observed, plan };
    let recovery = Some(recovery);
    Ok(Looked { planned, declared, live: Some(live), recovery, history, reads: reads.all(), read: session.read })
}

/// What the ledger tells; one that can't be read is told as broken.
fn history(state: &State) -> History {
    let path = state.ledger();
    if !apply::exists(&path) {
        return History::default();
    }
    match apply::verify(&path) {
        Ok((entries, _)) => History::of(&entries),
        Err(error) => History { broken: Some(error.to_string()), ..History::default() },
    }
}

/// The manifest that the new report is chained to: the one that is named, else the one in the folder.
fn previous(folder: &Path, named: Option<&Path>) -> Result<Option<Vec<u8>>, CliError> {
    let here = folder.join(MANIFEST);
    if folder.exists() && !here.is_file() && !is_empty(folder)? {
        return Err(CliError::new(
            ErrorKind::File,
            format!("{} isn't empty, and no report is in it: nothing was written", folder.display()),
        )
        .hint("name a new folder, or one that holds a report"));
    }
    match named {
        Some(path) => {
            if path.is_dir() {
                is_whole(path)?;
            }
            sources::bytes(&manifest_of(path)).map(Some)
        }
        None if here.is_file() => sources::bytes(&here).map(Some),
        None => Ok(None),
    }
}

/// A report that isn't what its manifest says is nothing to build on.
fn is_whole(folder: &Path) -> Result<(), CliError> {
    let wrong = match evidence::verify(&files_of(folder)?, None) {
        Ok(found) => found.wrong,
        Err(words) => vec![words],
    };
    if wrong.is_empty() {
        return Ok(());
    }
    let mut error = CliError::new(
        ErrorKind::File,
        format!("the previous report in {} isn't whole: nothing was written", folder.display()),
    );
    error.details = wrong;
    Err(error.hint("its manifest alone can be followed too: --previous FOLDER/manifest.json"))
}

/// All that lies in a folder, by name.
fn files_of(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, CliError> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let entries = fs::read_dir(folder).map_err(|error| CliError::file("read", folder, error))?;
    for entry in entries {
        let path = entry.map_err(|error| CliError::file("read", folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A folder holds none of a report's files: it is named as new.
        let bytes = if path.is_file() { sources::bytes(&path)? } else { Vec::new() };
        files.insert(name, bytes);
    }
    Ok(files)
}

fn manifest_of(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(MANIFEST) } else { path.to_owned() }
}

fn is_empty(folder: &Path) -> Result<bool, CliError> {
    let mut entries = fs::read_dir(folder).map_err(|error| CliError::file("read", folder, error))?;
    Ok(entries.next().is_none())
}

/// Writes the files; the manifest last, so that a report that was cut off is seen to be none.
fn put(
    folder: &Path,
    made: &Bundle,
    key: Option<&signing::Key>,
    dossier: &Dossier,
    envelope: &Envelope,
) -> Result<(), CliError> {
    fs::create_dir_all(folder).map_err(|error| CliError::file("make", folder, error))?;
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        write_whole(&path, bytes).map_err(|error| CliError::file("write", &path, error))
    };
    // What another report left and this one has not: it would be taken for new, or for this one's signature.
    for stale in [SIGNATURE, PREVIOUS].into_iter().filter(|name| !made.files.contains_key(*name)) {
        let path = folder.join(stale);
        if path.exists() {
            fs::remove_file(&path).map_err(|error| CliError::file("remove", &path, error))?;
        }
    }
    for (name, bytes) in made.files.iter().filter(|(name, _)| *name != MANIFEST) {
        write(name, bytes)?;
    }
    let Some(manifest) = made.files.get(MANIFEST) else { return Ok(()) };
    if let Some(key) = key {
        let comment = format!("report {} of {} made {}", made.number, dossier.production.alias, envelope.created);
        write(SIGNATURE, key.sign(manifest, &comment)?.as_bytes())?;
    }
    write(MANIFEST, manifest)
}

fn verify(context: &Context<'_>, arguments: &ReportVerify) -> Result<Exit, CliError> {
    let folder = &arguments.folder;
    let files = files_of(folder)?;
    let before = arguments.previous.as_deref().map(|path| sources::bytes(&manifest_of(path))).transpose()?;
    let mut found = evidence::verify(&files, before.as_deref()).map_err(|words| {
        CliError::new(ErrorKind::File, format!("{} holds no report: {words}", folder.display()))
            .hint("closedset report --out FOLDER writes one")
    })?;
    let manifest = files.get(MANIFEST).map(Vec::as_slice).unwrap_or_default();
    let signed = match (files.get(SIGNATURE), &arguments.public_key) {
        (Some(signature), Some(key)) => match signing::check(&signing::public_key(key)?, signature, manifest) {
            Ok(comment) => format!("The signature is that key's: {comment}."),
            Err(words) => {
                found.wrong.push(format!("{SIGNATURE} doesn't fit: {words}"));
                "The signature is not that key's.".to_owned()
            }
        },
        (Some(_), None) => "It is signed; --public-key KEY checks by whom.".to_owned(),
        (None, Some(_)) => {
            found.wrong.push(format!("{SIGNATURE} is missing: the report isn't signed"));
            "It is not signed.".to_owned()
        }
        (None, None) => "It is not signed.".to_owned(),
    };
    context.printer.result(&verdict_text(&found, &signed, context.printer.result_width()));
    Ok(if found.wrong.is_empty() { Exit::Done } else { Exit::Error })
}
