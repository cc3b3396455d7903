//! What each seat of a pool runs: the project's own script with the pool's bootstrap in it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::compiler::Compiler;
use super::guest_logs::guest_log_group;
use super::limits;
use super::pools::data_devices;
use crate::blueprint::model::{Peer, Port, WorkstationPool};
use crate::blueprint::secrets::looks_like_secret;
use crate::blueprint::{Diagnostic, Span};
use crate::guest::{Context, NamedSecret, NamedVolume, NoScript, SeatScript, TooLong, render};
use crate::resource::digest_of_bytes;

/// The variables of a pool without a bootstrap.
static NO_VARS: BTreeMap<String, Value> = BTreeMap::new();

impl Compiler<'_> {
    /// The digest of a pool's user data, whose text is kept with the desired state; none where there is none, or it
    /// can't be rendered.
    ///
    /// One text serves all seats of a pool, so that one launch call can start many: a seat learns its own name and
    /// number from its tags.
    pub(super) fn user_data(&mut self, pool: &WorkstationPool) -> Option<String> {
        let context = self.context(pool)?;
        let site = match &pool.bootstrap {
            Some(_) => Some(self.site(pool, &context)?),
            None => None,
        };
        let (path, span) = match &pool.bootstrap {
            Some(bootstrap) => (format!("templates/{}", bootstrap.template.value), bootstrap.template.span),
            None => (format!("workstation_pool.{}", pool.name), pool.name.span),
        };
        let script = SeatScript {
            context,
            inbound: self.inbound(pool),
            log_group: guest_log_group(&self.place(), pool),
            idle_stop_minutes: pool.idle_stop_minutes.as_ref().map(|minutes| minutes.value),
            site,
        };
        let text = self.packed(&script, &path, span)?;
        let digest = digest_of_bytes(&text);
        self.desired.user_data.insert(digest.clone(), text);
        Some(digest)
    }

    /// The pool's bootstrap, rendered.
    fn site(&mut self, pool: &WorkstationPool, context: &Context<'_>) -> Option<String> {
        let template = &pool.bootstrap.as_ref()?.template;
        let path = format!("templates/{}", template.value);
        let source = match self.templates.read(&path) {
            Ok(source) => source,
            Err(why) => {
                self.found.push(
                    Diagnostic::error("template-not-read", format!("{path} can't be read: {why}"))
                        .at(template.span)
                        .help("templates are files below `templates/` beside the blueprint"),
                );
                return None;
            }
        };
        match render(&path, &source, context) {
            Ok(text) => Some(text),
            Err(why) => {
                self.found.push(
                    Diagnostic::error("template-not-rendered", why.to_string())
                        .at(template.span)
                        .also(pool.name.span, "for this pool"),
                );
                None
            }
        }
    }

    fn packed(&mut self, script: &SeatScript<'_>, path: &str, span: Span) -> Option<String> {
        let made = script.text().and_then(|plain| Ok((plain, script.user_data(limits::USER_DATA)?)));
        match made {
            Ok((plain, text)) => {
                // Read before it is packed: afterwards nobody would see anything in it.
                self.without_secrets(&plain, path, span)?;
                Some(text)
            }
            Err(NoScript::TooLong(TooLong { bytes, .. })) => {
                self.too_long(path, span, bytes);
                None
            }
            Err(NoScript::NotPowerShell) => {
                self.not_a_script(
                    path,
                    span,
                    &NoScript::NotPowerShell,
                    "write only what PowerShell itself understands",
                );
                None
            }
            Err(why @ (NoScript::NotAScript | NoScript::NotRendered(_))) => {
                self.not_a_script(path, span, &why, "begin the template with a line such as `#!/bin/bash`");
                None
            }
        }
    }

    fn not_a_script(&mut self, path: &str, span: Span, why: &NoScript, help: &str) {
        self.found.push(Diagnostic::error("not-a-script", format!("{path}: {why}")).at(span).help(help));
    }

    fn too_long(&mut self, path: &str, span: Span, bytes: usize) {
        self.found.push(
            Diagnostic::error(
                "user-data-too-long",
                format!(
                    "{path} makes, once compressed, {bytes} bytes of user data, and EC2 takes {}",
                    limits::USER_DATA
                ),
            )
            .at(span)
            .help("bake what is large into the image, or fetch it in the guest"),
        );
    }

    /// User data can be read by everyone on the seat and by everyone who may describe it (VDI-IAM-08).
    fn without_secrets(&mut self, text: &str, path: &str, span: Span) -> Option<()> {
        let Some(what) = looks_like_secret(text) else { return Some(()) };
        self.found.push(
            Diagnostic::error("secret-in-user-data", format!("the user data of {path} holds what looks like {what}"))
                .at(span)
                .help("put it into Secrets Manager, name it under `secrets`, and fetch it in the guest"),
        );
        None
    }

    /// The ports that flows bring to a pool's segment, each once, sorted.
    fn inbound(&self, pool: &WorkstationPool) -> Vec<Port> {
        let flows = self.blueprint.networks.iter().flat_map(|network| &network.flows);
        let here = flows.filter(|flow| matches!(&flow.to.value, Peer::Segment(to) if *to == pool.segment.value));
        let mut ports: Vec<Port> = here.flat_map(|flow| flow.ports.iter().map(|port| port.value)).collect();
        ports.sort_by_key(|port| (port.transport, port.from, port.to));
        ports.dedup();
        ports
    }

    fn context<'a>(&self, pool: &'a WorkstationPool) -> Option<Context<'a>>
    where
        Self: 'a,
    {
        let blueprint = self.blueprint;
        let image = blueprint.get(&pool.image.value)?;
        let devices = data_devices(pool, image.os.value.platform(), self.facts.devices.get(pool.name.as_str()));
        let volumes = pool.volumes.iter().zip(devices).map(|(volume, device)| NamedVolume {
            name: volume.name.to_string(),
            device,
            mount: volume.mount.as_ref().map(ToString::to_string),
        });
        let secrets = pool.bootstrap.iter().flat_map(|bootstrap| &bootstrap.secrets);
        let secrets = secrets.map(|(name, arn)| NamedSecret { name: name.clone(), arn: arn.as_str().to_owned() });
        Some(Context {
            production: blueprint.production.alias.as_str().to_owned(),
            region: self.facts.region.clone(),
            pool: pool.name.as_str(),
            os: image.os.value,
            volumes: volumes.collect(),
            vars: pool.bootstrap.as_ref().map_or(&NO_VARS, |bootstrap| &bootstrap.vars),
            secrets: secrets.collect(),
            lockdown: blueprint.get(&pool.lockdown.value)?.clone(),
            display: blueprint.get(&pool.display.value)?.clone(),
        })
    }
}
