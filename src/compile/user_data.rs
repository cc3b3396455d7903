//! What each seat of a pool runs at its first start: the pool's bootstrap, rendered.

use super::compiler::Compiler;
use super::limits;
use super::pools::data_devices;
use crate::blueprint::Diagnostic;
use crate::blueprint::model::WorkstationPool;
use crate::blueprint::secrets::looks_like_secret;
use crate::guest::{Context, NamedSecret, NamedVolume, render};
use crate::resource::digest_of_bytes;

impl Compiler<'_> {
    /// The digest of a pool's user data, whose text is kept with the desired state; none where the pool has no
    /// bootstrap, or it can't be rendered.
    ///
    /// One text serves all seats of a pool, so that one launch call can start many: a seat learns its own name and
    /// number from its tags.
    pub(super) fn user_data(&mut self, pool: &WorkstationPool) -> Option<String> {
        let bootstrap = pool.bootstrap.as_ref()?;
        let template = &bootstrap.template;
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
        let text = match render(&path, &source, &self.context(pool)?) {
            Ok(text) => text,
            Err(why) => {
                self.found.push(
                    Diagnostic::error("template-not-rendered", why.to_string())
                        .at(template.span)
                        .also(pool.name.span, "for this pool"),
                );
                return None;
            }
        };
        if text.len() > limits::USER_DATA {
            self.found.push(
                Diagnostic::error(
                    "user-data-too-long",
                    format!("{path} makes {} bytes of user data, and EC2 takes {}", text.len(), limits::USER_DATA),
                )
                .at(template.span)
                .help("bake what is large into the image, or fetch it in the guest"),
            );
            return None;
        }
        // User data can be read by everyone on the seat and by everyone who may describe it (VDI-IAM-08).
        if let Some(what) = looks_like_secret(&text) {
            self.found.push(
                Diagnostic::error(
                    "secret-in-user-data",
                    format!("the user data of {path} holds what looks like {what}"),
                )
                .at(template.span)
                .help("put it into Secrets Manager, name it under `secrets`, and fetch it in the guest"),
            );
            return None;
        }
        let digest = digest_of_bytes(&text);
        self.desired.user_data.insert(digest.clone(), text);
        Some(digest)
    }

    fn context<'a>(&self, pool: &'a WorkstationPool) -> Option<Context<'a>>
    where
        Self: 'a,
    {
        let blueprint = self.blueprint;
        let image = blueprint.get(&pool.image.value)?;
        let bootstrap = pool.bootstrap.as_ref()?;
        let devices = data_devices(pool, image.os.value.platform());
        let volumes = pool.volumes.iter().zip(devices).map(|(volume, device)| NamedVolume {
            name: volume.name.to_string(),
            device,
            mount: volume.mount.as_ref().map(ToString::to_string),
        });
        let secrets = bootstrap
            .secrets
            .iter()
            .map(|(name, arn)| NamedSecret { name: name.clone(), arn: arn.as_str().to_owned() });
        Some(Context {
            production: blueprint.production.alias.as_str().to_owned(),
            region: self.facts.region.clone(),
            pool: pool.name.as_str(),
            os: image.os.value,
            volumes: volumes.collect(),
            vars: &bootstrap.vars,
            secrets: secrets.collect(),
            lockdown: blueprint.get(&pool.lockdown.value)?.clone(),
            display: blueprint.get(&pool.display.value)?.clone(),
        })
    }
}
