//! What seats tell of themselves: each writes a row into the inventory of Systems Manager, with its instance role, and all
//! rows of a production are read in pages.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::{InventoryFilter, InventoryQueryOperatorType, InventoryResultEntity, ResultAttribute};
use data_encoding::BASE64;

use super::ec2::pages;
use super::{Call, Cloud, Result};
use crate::resource::{Readiness, Told, ToldSettings};

/// The type of the rows. Those of one's own begin with `Custom:`. Source: Systems Manager user guide, "Working with custom
/// inventory".
const TYPE: &str = "Custom:ClosedsetSeat";

/// Rows in one answer at most. Source: Systems Manager API reference, `GetInventory`.
const PAGE: i32 = 50;

/// A plan and a floor can do without it: where no answer comes, it is not asked for again and again.
const CALL: Call = Call::new("ssm", "GetInventory").uncertain_repeats(1);

impl Cloud {
    /// What each seat of a production told last, by instance id. A seat that told nothing isn't in it; one that has ended
    /// may be, for rows outlive their instances.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn told_by_seats(&self, production: &str) -> Result<BTreeMap<String, Told>> {
        let of_production = CALL.built(
            InventoryFilter::builder()
                .key(format!("{TYPE}.Production"))
                .values(production)
                .r#type(InventoryQueryOperatorType::Equal)
                .build(),
        )?;
        let rows = CALL.built(ResultAttribute::builder().type_name(TYPE).build())?;
        let entities = pages(|token| {
            let (of_production, rows) = (of_production.clone(), rows.clone());
            async move {
                let answer = self
                    .call(CALL, || {
                        self.ssm
                            .get_inventory()
                            .filters(of_production.clone())
                            .result_attributes(rows.clone())
                            .max_results(PAGE)
                            .set_next_token(token.clone())
                            .send()
                    })
                    .await?;
                Ok((answer.entities, answer.next_token))
            }
        })
        .await?;
        Ok(entities.iter().filter_map(told).collect())
    }
}

/// A row, with the instance that it is of; none where it isn't one that a seat writes.
fn told(entity: &InventoryResultEntity) -> Option<(String, Told)> {
    let item = entity.data()?.get(TYPE)?;
    let row = item.content().first()?;
    let text = |name: &str| row.get(name).map(String::as_str).unwrap_or_default();
    let readiness = Readiness::of(text("State"), text("Words"))?;
    let at = item.capture_time().unwrap_or_default().to_owned();
    // One that can't be read, or was too long to be told, makes nothing known of all of them.
    let file = |name: &str| String::from_utf8(BASE64.decode(row.get(name)?.as_bytes()).ok()?).ok();
    let settings = || {
        Some(ToldSettings {
            windows: row.get("System")? == "windows",
            streaming: file("Streaming")?,
            permissions: file("Permissions")?,
            devices: file("Devices")?,
            host: file("Host")?,
        })
    };
    Some((entity.id()?.to_owned(), Told { readiness, at, settings: settings() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_scripts_write_rows_of_this_type() {
        for script in [include_str!("../../templates/seat.sh.j2"), include_str!("../../templates/seat.ps1.j2")] {
            assert!(script.contains(TYPE));
        }
    }
}
