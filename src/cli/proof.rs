//! The proof of a wrap: the keys are asked, what is left is looked for in every region that the production ever named, and
//! the certificate is written beside the ledger, which takes down its hash.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::carry_out::{Ended, Shown, print_event, warn};
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::save::write_whole;
use super::session::{Session, connect_elsewhere};
use super::wrap_points::Elsewhere;
use crate::apply::{Journal, Ledger, Shredded, lost_lines};
use crate::blueprint::model::Date;
use crate::cloud::{Ends, Residue, Scope, Search, Served, Unsearched};
use crate::plan::{Action, Plan};
use crate::recovery::certificate::{Certificate, Ground, LedgerHash};
use crate::recovery::duties::Duties;
use crate::recovery::records::Records;
use crate::recovery::{Keeping, KeptPoint, points_at_end};
use crate::report::palette::{BAD, CAUTION, GOOD};
use crate::report::text::Line;
use crate::report::{certificate_page, events, outcome_text, residue_text, words};
use crate::resource::{Address, Kind, Observed, Resource};

/// What a proof is made from.
pub struct Proof<'a> {
    pub context: &'a Context<'a>,
    pub session: &'a Session,
    pub plan: &'a Plan,
    /// What was there before the wrap.
    pub observed: &'a Observed,
    /// Whose resources are meant, and in which regions.
    pub scope: Scope,
    /// Copies of recovery points in other regions.
    pub elsewhere: &'a [Elsewhere],
    pub duties: &'a Duties,
    pub shown: Shown,
}

/// Where a certificate was written.
struct Written {
    json: PathBuf,
    page: PathBuf,
}

impl Proof<'_> {
    /// Looks for residue, writes the certificate, and says what came of it all.
    ///
    /// # Errors
    /// A certificate that can't be written: all else is done by then, and told.
    pub async fn conclude(&self, ended: &mut Ended<'_>, shredded: &[Shredded], exit: Exit) -> Result<Exit, CliError> {
        let printer = self.context.printer;
        if exit == Exit::Interrupted {
            ended.tell_of_ledger(printer);
            self.tell(ended, shredded, None, exit);
            return Ok(exit);
        }
        let certificate = self.certificate(ended).await;
        let (certificate, written) = match certificate {
            Ok((certificate, written)) => (certificate, written),
            Err(error) => {
                ended.tell_of_ledger(printer);
                self.tell(ended, shredded, None, exit.max(Exit::Partial));
                return Err(error);
            }
        };
        ended.tell_of_ledger(printer);
        let exit = if certificate.clean { exit } else { exit.max(Exit::Partial) };
        self.tell(ended, shredded, Some((&certificate, &written)), exit);
        Ok(exit)
    }

    async fn certificate(&self, ended: &mut Ended<'_>) -> Result<(Certificate, Written), CliError> {
        let session = self.session;
        let entries = session.state.entries();
        let records = Records::of(&entries);
        let points = self.points().await;
        let (residue, served) = tokio::join!(self.residue(&records, &points), self.served());
        let after = session.cloud.observe(&self.scope).await?;
        let at = self.context.time();
        let certificate = Certificate::gather(Ground {
            blueprint: &session.read.blueprint,
            plan: self.plan,
            after: &after,
            entries: &entries,
            served: &served,
            points,
            residue,
            ledger: self.ledger(ended.journal.as_ref()),
            at: at.clone(),
            caller: session.caller.arn.clone(),
            duties: self.duties,
        });
        let written = self.write(&certificate, &at, ended.journal.as_mut())?;
        Ok((certificate, written))
    }

    fn ledger(&self, journal: Option<&Journal<'_>>) -> LedgerHash {
        let state = &self.session.state;
        // What was lost at any time is missing from this certificate too.
        let gap = lost_lines(&state.entries());
        match journal {
            Some(journal) => {
                let (lines, head) = journal.head();
                let lost = journal.trouble().map(ToString::to_string).or(gap);
                LedgerHash { lines, head: head.to_owned(), lost }
            }
            None => match Ledger::open(&state.ledger()) {
                Ok(ledger) => {
                    let lost = ledger.lost().map(ToString::to_string).or(gap);
                    LedgerHash { lines: ledger.entries(), head: ledger.head().to_owned(), lost }
                }
                Err(error) => LedgerHash { lines: 0, head: String::new(), lost: Some(error.to_string()) },
            },
        }
    }

    /// Asks the keys that are out of service; the others would only say that they serve.
    async fn served(&self) -> Vec<(String, Served)> {
        let mut served = Vec::new();
        for key in self.observed.all().filter(|found| matches!(found.resource, Resource::KmsKey(_))) {
            served.push((key.id.clone(), self.session.cloud.served_by_key(&key.id).await));
        }
        served
    }

    /// What is kept of the recovery points, by their own marks: the search names the others. Where they can't be read,
    /// none is said to be kept.
    async fn points(&self) -> Vec<KeptPoint> {
        let archive = self.observed.found.get(&Address::archive_key()).map(|found| found.id.as_str());
        let keeping = Keeping { days: None, today: self.context.today(), archive };
        let here = (self.plan, &self.session.cloud);
        let mut kept = Vec::new();
        for (plan, cloud) in self.elsewhere.iter().map(|there| (&there.plan, &there.cloud)).chain([here]) {
            let snapshots = cloud.snapshots(&self.session.scope()).await.unwrap_or_default();
            kept.extend(points_at_end(&snapshots, plan, keeping).kept);
        }
        kept.sort();
        kept
    }

    async fn residue(&self, records: &Records, points: &[KeptPoint]) -> Residue {
        let session = self.session;
        let mut search = self.search(records);
        search.kept.extend(points.iter().flat_map(|point| point.snapshots.iter().cloned()));
        let home = session.cloud.region();
        let production = &session.read.blueprint;
        let copies = production.backups.iter().flat_map(|backup| &backup.copies).map(|copy| copy.region.value.as_str());
        let elsewhere: BTreeSet<&str> =
            copies.chain(records.regions.iter().map(String::as_str)).filter(|region| *region != home).collect();
        let mut residue = session.cloud.residue(&search).await;
        for region in elsewhere {
            match connect_elsewhere(self.context, region).await {
                Ok(cloud) => residue.join(cloud.residue(&search).await),
                Err(error) => residue.join(Residue {
                    regions: vec![region.to_owned()],
                    unsearched: vec![Unsearched {
                        region: region.to_owned(),
                        what: "the whole region".to_owned(),
                        words: error.message,
                    }],
                    ..Residue::default()
                }),
            }
        }
        residue
    }

    fn search(&self, records: &Records) -> Search {
        let mut search = Search {
            production: self.plan.production.clone(),
            kept: self
                .plan
                .changes
                .iter()
                .filter(|change| change.action == Action::None)
                .filter_map(|change| change.id.clone())
                .collect(),
            ..Search::default()
        };
        let was = self.observed.all().map(|found| (found.id.clone(), found.address.to_string(), found.resource.kind()));
        let known: BTreeMap<String, String> =
            records.all.values().map(|record| (record.id.clone(), record.address.clone())).collect();
        for (id, address, kind) in was.filter(|(_, _, kind)| *kind != Kind::AccountSwitch) {
            if kind == Kind::KmsKey {
                search.keys.insert(id.clone());
            }
            search.known.insert(id, address);
        }
        search.keys.extend(known.keys().filter(|id| id.contains(":kms:")).cloned());
        search.known.extend(known);
        search.networks.extend(search.known.keys().filter(|id| id.starts_with("vpc-")).cloned());
        search
    }

    /// Writes the document and the page, and their hashes into the ledger: `ledger verify` looks at them again.
    fn write(
        &self,
        certificate: &Certificate,
        at: &str,
        journal: Option<&mut Journal<'_>>,
    ) -> Result<Written, CliError> {
        let folder = self.session.state.folder();
        let unreadable =
            |error: &dyn std::fmt::Display| CliError::usage(format!("the certificate can't be written: {error}"));
        let json = certificate.bytes().map_err(|error| unreadable(&error))?;
        let page = certificate_page(certificate).map_err(|error| unreadable(&error))?.into_bytes();
        std::fs::create_dir_all(folder).map_err(|error| CliError::file("make", folder, error))?;
        let stem = stem(folder, at);
        let written = Written { json: folder.join(format!("{stem}.json")), page: folder.join(format!("{stem}.html")) };
        for (path, bytes) in [(&written.json, &json), (&written.page, &page)] {
            write_whole(path, bytes).map_err(|error| CliError::file("write", path, error))?;
        }
        if let Some(journal) = journal {
            let hash = |bytes: &[u8]| HEXLOWER.encode(&Sha256::digest(bytes));
            journal.note(
                "certificate",
                json!({
                    "clean": certificate.clean,
                    "files": {
                        format!("{stem}.html"): hash(&page),
                        format!("{stem}.json"): hash(&json),
                    },
                }),
            );
        }
        Ok(written)
    }

    fn tell(
        &self,
        ended: &Ended<'_>,
        shredded: &[Shredded],
        certificate: Option<(&Certificate, &Written)>,
        exit: Exit,
    ) {
        let printer = self.context.printer;
        let at = ended.start.elapsed();
        if self.shown == Shown::Json {
            let millis = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
            for one in shredded {
                let event = match &one.ends {
                    Ok(ends) => json!({
                        "type": "shredded", "t_ms": millis, "address": one.key, "ends": ends.at(),
                        "before": matches!(ends, Ends::Already(_)),
                    }),
                    Err(error) => {
                        let error = events::error(error);
                        json!({"type": "shred_failed", "t_ms": millis, "address": one.key, "error": error})
                    }
                };
                print_event(printer, &event);
            }
            if let Some((certificate, written)) = certificate {
                print_event(printer, &json!({"type": "residue", "t_ms": millis, "residue": certificate.residue}));
                print_event(
                    printer,
                    &json!({
                        "type": "certificate", "t_ms": millis, "clean": certificate.clean, "json": written.json,
                        "page": written.page,
                    }),
                );
            }
            print_event(printer, &events::summary(&ended.outcome, at, exit.code()));
            return;
        }
        let width = printer.result_width();
        let mut text = String::from("\n");
        if ended.outcome.done > 0 || !ended.outcome.is_complete() {
            text.push_str(&outcome_text(&ended.outcome, &[], width));
        }
        for one in shredded {
            shredded_line(one).write(width, &mut text);
        }
        if let Some((certificate, written)) = certificate {
            text.push_str(&residue_text(&certificate.residue, width));
            if let Some(line) = kept_line(&certificate.recovery_points) {
                line.write(width, &mut text);
            }
            let line = if certificate.clean {
                Line::new(0).styled(GOOD, "Certificate: ")
            } else {
                Line::new(0).styled(CAUTION, "Certificate, with what is left: ")
            };
            line.plain(format!("{} and {}", written.page.display(), written.json.display())).write(width, &mut text);
            if certificate.keys.iter().any(|key| key.key.state != "enabled" && key.asked.refused == Some(false)) {
                warn(
                    printer,
                    "warning: ",
                    "a key that is out of service would still have served: ask AWS what is wrong",
                );
            }
        }
        printer.result(&text);
    }
}

/// What is kept of the recovery points, and until when; none where nothing is.
fn kept_line(points: &[KeptPoint]) -> Option<Line> {
    let last = points.iter().map(|one| one.until.as_str()).filter(|until| until.parse::<Date>().is_ok()).max();
    let count = words::count(points.len(), ("recovery point", "recovery points"));
    let until = match last {
        _ if points.is_empty() => return None,
        Some(day) => format!("until {day}; the first closedset wrap after that day deletes them"),
        None => "as long as their seats are".to_owned(),
    };
    Some(Line::new(0).styled(CAUTION, "Kept: ").plain(format!("{count}, {until}.")))
}

fn shredded_line(one: &Shredded) -> Line {
    match &one.ends {
        Ok(Ends::Scheduled(at)) => Line::new(0)
            .styled(GOOD, "Shredded: ")
            .plain(format!("{} will be deleted on {at}; until then it can be cancelled.", one.key)),
        Ok(Ends::Already(at)) => Line::new(0).plain(format!(
            "The deletion of {} was scheduled before, for {at}; until then it can be cancelled.",
            one.key
        )),
        Err(error) => Line::new(0).styled(BAD, "failed: ").plain(format!("shred {}: {error}", one.key)),
    }
}

/// A name that no certificate has: the time to the second, and a number where one was written in it already.
fn stem(folder: &std::path::Path, at: &str) -> String {
    let second: String = at.chars().take(19).map(|one| if one == ':' { '-' } else { one }).collect();
    let first = format!("certificate-{second}Z");
    let taken = |stem: &String| folder.join(format!("{stem}.json")).exists();
    if !taken(&first) {
        return first;
    }
    (2_u32..).map(|number| format!("{first}-{number}")).find(|stem| !taken(stem)).unwrap_or(first)
}
