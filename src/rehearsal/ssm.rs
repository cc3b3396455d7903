//! Systems Manager: the public parameters that name machine images, and the inventory that seats write.

use super::desk::Desk;
use super::ec2::instance::Instance;
use super::guest;
use super::kms::Action;
use super::physics::images::{self, CATALOGUE};
use super::wire::json::Members;
use super::wire::{AwsError, Outcome};
use data_encoding::BASE64;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is read of it.
pub const ACTIONS: &[Action] = &[("GetInventory", inventory), ("GetParameters", get)];

/// Names in one call. \[B\] GetParameters.
const MOST: usize = 10;

fn get(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let names = input.list("Names");
    if names.is_empty() || names.len() > MOST {
        return Err(AwsError::new("ValidationException", format!("Names must hold 1 to {MOST} names")));
    }
    let (mut found, mut invalid) = (Vec::new(), Vec::new());
    for name in names.iter().filter_map(Value::as_str) {
        match holds(desk, name) {
            Some(image) => found.push(json!({
                "Name": name,
                "Type": "String",
                "Value": image,
                "Version": 1,
                "LastModifiedDate": 1_765_324_800.0,
                "ARN": format!("arn:aws:ssm:{}::parameter{name}", desk.region),
                "DataType": "text",
            })),
            None => invalid.push(name),
        }
    }
    Ok(json!({ "Parameters": found, "InvalidParameters": invalid }))
}

/// The id of the image that a parameter names: the public ones, and the studio's own.
fn holds(desk: &Desk, name: &str) -> Option<String> {
    let public = CATALOGUE.iter().find(|image| image.parameter == Some(name));
    public.map(|image| images::id_of(image, &desk.region)).or_else(|| {
        let own = desk.settings.images.iter().find(|(_, image)| image.parameter.as_deref() == Some(name));
        own.map(|(id, _)| id.clone())
    })
}

/// The type of the rows that seats write.
const SEAT: &str = "Custom:ClosedsetSeat";

/// Rows in one answer. \[B\] GetInventory.
const PAGE: i64 = 50;

/// The rows that seats of a production wrote. There is no other inventory in a rehearsal.
fn inventory(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let most = input.number("MaxResults").unwrap_or(PAGE);
    if !(1..=PAGE).contains(&most) {
        return Err(AwsError::new("ValidationException", format!("MaxResults must be 1 to {PAGE}")));
    }
    for filter in input.list("Filters") {
        let key = filter.required("Key")?;
        if key != format!("{SEAT}.Production") || !matches!(filter.text("Type"), None | Some("Equal")) {
            return Err(AwsError::new("InvalidFilter", format!("A rehearsal doesn't filter its inventory by {key}")));
        }
    }
    let productions: Vec<&str> =
        input.list("Filters").iter().flat_map(|filter| filter.list("Values")).filter_map(Value::as_str).collect();
    let of = |instance: &Instance, tag: &str| instance.tags.get(tag).cloned().unwrap_or_default();
    let rows: Vec<Value> = desk
        .seen::<Instance>()
        .filter(|one| productions.is_empty() || productions.contains(&of(one, "closedset:production").as_str()))
        .filter_map(|one| {
            let said = guest::said(desk, one)?;
            let mut row = BTreeMap::from([
                ("Production".to_owned(), of(one, "closedset:production")),
                ("State".to_owned(), said.state.to_owned()),
                ("Words".to_owned(), said.words),
            ]);
            for (word, text) in said.files {
                let plain = word == "System";
                row.insert(word, if plain { text } else { BASE64.encode(text.as_bytes()) });
            }
            let content = json!([row]);
            let item = json!({
                "TypeName": SEAT,
                "SchemaVersion": "1.0",
                "CaptureTime": said.at.iso(),
                "Content": content,
            });
            Some(json!({ "Id": one.id, "Data": { SEAT: item } }))
        })
        .collect();
    let most = usize::try_from(most).unwrap_or(1).min(desk.settings.faults.odds().page);
    let from = match input.text("NextToken") {
        Some(token) => {
            token.parse().map_err(|_| AwsError::new("InvalidNextToken", "The specified token is not valid."))?
        }
        None => 0,
    };
    let page: Vec<&Value> = rows.iter().skip(from).take(most).collect();
    let next = from + page.len();
    let mut answer = json!({ "Entities": page });
    if let Some(answer) = answer.as_object_mut().filter(|_| next < rows.len()) {
        answer.insert("NextToken".to_owned(), next.to_string().into());
    }
    Ok(answer)
}
