//! Vaults of AWS Backup: found by name, told apart by their marks, locked last, and deleted only when nothing is in them.

use std::collections::BTreeMap;

use aws_sdk_backup::types;
use futures_util::future::join_all;

use super::backup_plan::tags_of;
use super::ec2::{gone, made, pages, undone};
use super::key_end::date_words;
use super::{Call, Cloud, ErrorClass, Gone, Identity, Listing, Live, Result, Scope};
use crate::resource::{
    Address, BackupVault, Document, FieldChange, Found, Kind, Resource, Status, VaultLock, VaultState, compare,
};

/// What one page gives at most. Source: AWS Backup API reference, `ListBackupVaults`.
const PAGE: i32 = 1000;

const fn call(action: &'static str) -> Call {
    Call::new("backup", action)
}

impl Live for BackupVault {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let vaults = named(cloud, &scope.backup_prefix()).await?;
        let looks = vaults.iter().map(|vault| look(cloud, scope, vault));
        let mut listing = Listing::default();
        for (done, vault) in join_all(looks).await.into_iter().zip(&vaults) {
            match done {
                Ok(found) => listing.found.push(found),
                Err(error) if error.is(ErrorClass::NotFound) => {}
                Err(error) => {
                    let label = vault.backup_vault_name().and_then(|name| name.strip_prefix(&scope.backup_prefix()));
                    let address = label.map(|label| Address::new(format!("backup.{label}.vault")));
                    listing.unreadable.push(error.unreadable(Kind::BackupVault, address));
                }
            }
        }
        Ok(listing)
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let key = self.key.as_ref().map(|key| cloud.id(key)).transpose()?;
        let create = call("CreateBackupVault").new_thing();
        let done = cloud
            .call(create, || {
                cloud
                    .backup
                    .create_backup_vault()
                    .backup_vault_name(&self.name)
                    .set_encryption_key_arn(key.clone())
                    .set_backup_vault_tags(Some(identity.tags(Some(&self.tags)).into_iter().collect()))
                    .send()
            })
            .await;
        let arn = match done {
            Ok(answer) => made(create, answer.backup_vault_arn)?,
            // The name carries the production: an earlier run made it.
            Err(error) if error.is(ErrorClass::Exists) => return self.take_up(cloud, identity).await,
            Err(error) => return Err(error),
        };
        if let Some(policy) = &self.policy {
            self.permit(cloud, policy).await?;
        }
        // Last, for what is locked for good can't be mended.
        if let Some(lock) = &self.lock {
            self.put_lock(cloud, lock).await?;
        }
        Ok(arn)
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, changes: &[FieldChange]) -> Result<()> {
        let changed = |part: &str| changes.iter().any(|change| change.path.split('.').next() == Some(part));
        if changed("policy") {
            match &self.policy {
                Some(policy) => self.permit(cloud, policy).await?,
                None => lift_policy(cloud, &self.name).await?,
            }
        }
        if changed("lock") {
            let live = match &found.resource {
                Resource::BackupVault(live) => live.lock.as_ref(),
                _ => None,
            };
            let weaker =
                live.is_some_and(VaultLock::is_compliance) && !self.lock.as_ref().is_some_and(VaultLock::is_compliance);
            if self.lock.is_none() || weaker {
                self.lift_lock(cloud).await?;
            }
            if let Some(lock) = &self.lock {
                self.put_lock(cloud, lock).await?;
            }
        }
        cloud.retag_backup(found, Some(&self.tags), identity).await
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let Resource::BackupVault(vault) = &found.resource else { return Ok(Gone::Gone) };
        let name = vault.name.as_str();
        let describe = call("DescribeBackupVault");
        let there = cloud.call(describe, || cloud.backup.describe_backup_vault().backup_vault_name(name).send()).await;
        match there {
            // AWS would refuse it, and the policy that is lifted first would be missed.
            Ok(there) if there.number_of_recovery_points() > 0 => {
                let words = format!("{} recovery points came into {name}", there.number_of_recovery_points());
                return Err(call("DeleteBackupVault").error(ErrorClass::StateRace, words));
            }
            Ok(_) => {}
            Err(error) if error.is(ErrorClass::NotFound) => return Ok(Gone::Gone),
            Err(error) => return Err(error),
        }
        // It denies the deletion to everybody, ourselves included.
        lift_policy(cloud, name).await?;
        let delete = call("DeleteBackupVault");
        gone(cloud.call(delete, || cloud.backup.delete_backup_vault().backup_vault_name(name).send()).await)
    }
}

impl BackupVault {
    /// Brings a vault that an earlier run left unfinished to this state.
    async fn take_up(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let vaults = named(cloud, &self.name).await?;
        let Some(live) = vaults.iter().find(|one| one.backup_vault_name() == Some(&self.name)) else {
            let words = format!("{} is there, but isn't listed", self.name);
            return Err(call("ListBackupVaults").error(ErrorClass::Uncertain, words));
        };
        let mut found = look(cloud, &Scope::new(&identity.production), live).await?;
        // The live one names its key by ARN, the desired one by address.
        if let (Resource::BackupVault(live), Some(key)) = (&mut found.resource, &self.key)
            && live.key.as_ref().map(Address::as_str) == Some(cloud.id(key)?.as_str())
        {
            live.key = Some(key.clone());
        }
        let changes = compare(&self.clone().into(), &found.resource);
        if let Some(words) = Self::cannot(&found, &changes) {
            return Err(
                call("CreateBackupVault").error(ErrorClass::Exists, format!("{} is there, and {words}", self.name))
            );
        }
        self.update(cloud, &found, identity, &changes).await?;
        Ok(found.id)
    }

    async fn permit(&self, cloud: &Cloud, policy: &Document) -> Result<()> {
        let put = call("PutBackupVaultAccessPolicy").new_thing();
        let request =
            cloud.backup.put_backup_vault_access_policy().backup_vault_name(&self.name).policy(policy.as_str());
        cloud.call(put, || request.clone().send()).await.map(|_| ())
    }

    async fn put_lock(&self, cloud: &Cloud, lock: &VaultLock) -> Result<()> {
        let put = call("PutBackupVaultLockConfiguration").new_thing();
        let request = cloud
            .backup
            .put_backup_vault_lock_configuration()
            .backup_vault_name(&self.name)
            .set_min_retention_days(lock.min_days.map(i64::from))
            .set_max_retention_days(lock.max_days.map(i64::from))
            .set_changeable_for_days(lock.is_compliance().then_some(i64::from(VaultLock::CHANGEABLE_DAYS)));
        cloud.call(put, || request.clone().send()).await.map(|_| ())
    }

    async fn lift_lock(&self, cloud: &Cloud) -> Result<()> {
        let lift = call("DeleteBackupVaultLockConfiguration");
        let request = cloud.backup.delete_backup_vault_lock_configuration().backup_vault_name(&self.name);
        undone(cloud.call(lift, || request.clone().send()).await)
    }
}

async fn lift_policy(cloud: &Cloud, vault: &str) -> Result<()> {
    let lift = call("DeleteBackupVaultAccessPolicy");
    let request = cloud.backup.delete_backup_vault_access_policy().backup_vault_name(vault);
    undone(cloud.call(lift, || request.clone().send()).await)
}

/// All vaults whose names begin so. No filter knows names, so that all of the account's are read.
async fn named(cloud: &Cloud, prefix: &str) -> Result<Vec<types::BackupVaultListMember>> {
    let mut vaults = pages(|token| async move {
        let request = cloud.backup.list_backup_vaults().max_results(PAGE).set_next_token(token);
        let page = cloud.call(call("ListBackupVaults"), || request.clone().send()).await?;
        Ok((page.backup_vault_list, page.next_token))
    })
    .await?;
    vaults.retain(|vault| vault.backup_vault_name().is_some_and(|name| name.starts_with(prefix)));
    Ok(vaults)
}

/// Reads one vault whole.
async fn look(cloud: &Cloud, scope: &Scope, vault: &types::BackupVaultListMember) -> Result<Found> {
    let name = vault.backup_vault_name().unwrap_or_default();
    let arn = vault.backup_vault_arn().unwrap_or_default();
    let counted = u64::try_from(vault.number_of_recovery_points()).unwrap_or(0);
    let ends = async {
        // Only an end asks how long everything stays: a vault may hold a million recovery points.
        if scope.thorough && counted > 0 { empty_after(cloud, name).await } else { Ok(None) }
    };
    let (mark, policy, ends) = futures_util::future::join3(tags_of(cloud, arn), policy_of(cloud, name), ends).await;
    let (mark, policy, ends) = (mark?, policy?, ends?);
    let locks_at = vault.lock_date().map(|date| date_words(*date));
    let locked = locks_at.as_ref().zip(cloud.time()).filter(|(at, now)| *at <= now);
    let facts = [
        (VaultState::POINTS, Some(counted.to_string())),
        (VaultState::LOCKED, locked.map(|_| "true".to_owned())),
        (VaultState::LOCK_DATE, locks_at),
        (VaultState::EMPTY_AFTER, ends),
    ];
    let mut address = mark.address_in(scope, Kind::BackupVault, name);
    // One that was stripped of its tags keeps its address by its name: as a stray it would never be asked for again.
    if mark.own.is_empty()
        && let Some(label) = name.strip_prefix(&scope.backup_prefix())
    {
        address = Address::new(format!("backup.{label}.vault"));
    }
    let (digest, protected) = (mark.digest(), mark.is_protected());
    let live = BackupVault {
        name: name.to_owned(),
        key: vault.encryption_key_arn().filter(|key| !key.is_empty()).map(Address::new),
        policy,
        lock: lock_of(vault),
        region: None,
        tags: mark.tags,
    };
    Ok(Found {
        address,
        id: arn.to_owned(),
        resource: live.into(),
        digest,
        protected,
        status: Status::Ready,
        facts: facts
            .into_iter()
            .filter_map(|(fact, value)| Some((fact.to_owned(), value?)))
            .collect::<BTreeMap<_, _>>(),
    })
}

/// The lock of a live vault. Only one in compliance mode has a day from which on it can't be lifted.
fn lock_of(vault: &types::BackupVaultListMember) -> Option<VaultLock> {
    if vault.locked() != Some(true) {
        return None;
    }
    let mode = if vault.lock_date().is_some() { VaultLock::COMPLIANCE } else { VaultLock::GOVERNANCE };
    let days = |days: Option<i64>| days.and_then(|days| u32::try_from(days).ok());
    Some(VaultLock {
        mode: mode.to_owned(),
        min_days: days(vault.min_retention_days()),
        max_days: days(vault.max_retention_days()),
    })
}

async fn policy_of(cloud: &Cloud, vault: &str) -> Result<Option<Document>> {
    let request = cloud.backup.get_backup_vault_access_policy().backup_vault_name(vault);
    match cloud.call(call("GetBackupVaultAccessPolicy"), || request.clone().send()).await {
        Ok(answer) => Ok(answer.policy().map(Document::parse)),
        Err(error) if error.is(ErrorClass::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// All recovery points of a vault.
async fn points_in(cloud: &Cloud, vault: &str) -> Result<Vec<types::RecoveryPointByBackupVault>> {
    pages(|token| async move {
        let request = cloud
            .backup
            .list_recovery_points_by_backup_vault()
            .backup_vault_name(vault)
            .max_results(PAGE)
            .set_next_token(token);
        let page = cloud.call(call("ListRecoveryPointsByBackupVault"), || request.clone().send()).await?;
        Ok((page.recovery_points, page.next_token))
    })
    .await
}

/// When the last recovery point of a vault ends; none where one never does.
async fn empty_after(cloud: &Cloud, vault: &str) -> Result<Option<String>> {
    let points = points_in(cloud, vault).await?;
    let ends: Option<Vec<String>> =
        points.iter().map(|point| point.calculated_lifecycle()?.delete_at().map(|at| date_words(*at))).collect();
    Ok(ends.and_then(|ends| ends.into_iter().max()))
}

impl Cloud {
    /// The snapshots that these vaults of this region hold; vaults are named by ARN, and others are passed over.
    ///
    /// # Errors
    /// Where one can't be read.
    pub(super) async fn held_by_vaults<'a>(&self, arns: impl Iterator<Item = &'a String>) -> Result<Vec<String>> {
        let here = format!(":backup:{}:", self.region());
        let mut held = Vec::new();
        for name in arns.filter(|arn| arn.contains(&here)).filter_map(|arn| Some(arn.split_once(":backup-vault:")?.1)) {
            let points = match points_in(self, name).await {
                Err(error) if error.is(ErrorClass::NotFound) => continue,
                points => points?,
            };
            held.extend(points.iter().filter_map(|point| {
                point.recovery_point_arn()?.rsplit_once('/').map(|(_, snapshot)| snapshot.to_owned())
            }));
        }
        Ok(held)
    }
}
