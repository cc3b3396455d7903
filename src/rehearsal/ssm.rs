//! Parameter Store: the public parameters that name machine images.

use super::desk::Desk;
use super::kms::Action;
use super::physics::images::{self, CATALOGUE};
use super::wire::json::Members;
use super::wire::{AwsError, Outcome};
use serde_json::{Value, json};

/// What reads parameters.
pub const ACTIONS: &[Action] = &[("GetParameters", get)];

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
