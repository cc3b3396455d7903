//! The OSCAL component definition: which practices of which framework the program's controls bear on. It is of the
//! catalogue, so that it is the same for every production. Source: NIST, OSCAL 1.1.2, component definition model, JSON
//! format.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::ids::id;
use crate::controls::{self, Control, Framework, Verification, checked};

/// The version of OSCAL that is written.
pub const OSCAL_VERSION: &str = "1.1.2";

/// The file's name.
pub const COMPONENT_DEFINITION: &str = "oscal-component-definition.json";

/// The namespace of our own properties. It leads nowhere: `.invalid` never does (RFC 6761).
const NAMESPACE: &str = "https://closedset.invalid/ns/oscal";

/// A property of ours.
pub fn property(name: &str, value: &str, remarks: Option<&str>) -> Value {
    let mut property = json!({ "name": name, "ns": NAMESPACE, "value": value });
    if let (Some(remarks), Value::Object(map)) = (remarks.filter(|words| !words.is_empty()), &mut property) {
        map.insert("remarks".to_owned(), json!(remarks));
    }
    property
}

/// Writes it.
pub fn definition() -> Value {
    let version = controls::VERSION;
    // The month of the catalogue: the document changes with it alone.
    let modified = format!("{}-01T00:00:00Z", version.replace('.', "-"));
    let mut implementations = vec![own()];
    implementations.extend(framework(Framework::Mpa, "5.3.1"));
    implementations.extend(framework(Framework::NistCsf, "2.0"));
    implementations.extend(framework(Framework::NistCsf, "1.1"));
    json!({
        "component-definition": {
            "uuid": id(&["component-definition", version]),
            "metadata": {
                "title": "Closedset: controls of a floor of cloud workstations",
                "last-modified": modified,
                "version": version,
                "oscal-version": OSCAL_VERSION,
                "remarks": "A control bears on a practice; it is never all of one.",
            },
            "components": [{
                "uuid": id(&["component"]),
                "type": "software",
                "title": "Closedset",
                "description": "Infrastructure as code for secure cloud workstations in film and television.",
                "control-implementations": implementations,
            }],
        }
    })
}

/// The catalogue itself.
fn own() -> Value {
    let requirements: Vec<Value> = controls::all()
        .iter()
        .map(|control| {
            let mut properties = vec![
                property("severity", control.severity.as_str(), None),
                property("function", control.function.as_str(), None),
                property("how", how(control), control.not_assessed.as_deref()),
            ];
            let mut references: Vec<_> = control.references.iter().collect();
            references.sort();
            properties.extend(references.into_iter().map(|one| {
                let status = if one.status == Verification::Unverified { "The reference is not verified." } else { "" };
                let value = format!("{} {} {}", one.framework, one.version, one.id);
                property(one.relation.as_str(), &value, Some(status))
            }));
            json!({
                "uuid": id(&["implemented", controls::VERSION, &control.id]),
                "control-id": control.id,
                "description": format!("{}. {}", control.title, control.rationale),
                "props": properties,
            })
        })
        .collect();
    json!({
        "uuid": id(&["implementation", controls::VERSION]),
        "source": format!("urn:closedset:catalogue:{}", controls::VERSION),
        "description": "The controls of the program's own catalogue.",
        "implemented-requirements": requirements,
    })
}

fn how(control: &Control) -> &'static str {
    let check = checked().iter().find(|check| check.control == control.id);
    match check {
        None => "attested",
        Some(check) if check.only_live => "checked-live",
        Some(_) => "checked",
    }
}

/// The practices of one framework and the controls that bear on each.
fn framework(framework: Framework, version: &str) -> Option<Value> {
    let mut practices: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for control in controls::all() {
        for one in control.references.iter().filter(|one| one.framework == framework && one.version == version) {
            practices.entry(&one.id).or_default().insert(&control.id);
        }
    }
    if practices.is_empty() {
        return None;
    }
    let name = framework.to_string();
    let requirements: Vec<Value> = practices
        .into_iter()
        .map(|(practice, ours)| {
            let ours: Vec<&str> = ours.into_iter().collect();
            let properties: Vec<Value> = ours.iter().map(|control| property("control", control, None)).collect();
            json!({
                "uuid": id(&["implemented", &name, version, practice]),
                "control-id": practice,
                "description": format!("Borne on by {}; each intersects it, and none is all of it.", ours.join(", ")),
                "props": properties,
            })
        })
        .collect();
    Some(json!({
        "uuid": id(&["implementation", &name, version]),
        "source": format!("urn:closedset:framework:{}:{version}", name.to_lowercase().replace(' ', "-")),
        "description": format!("What bears on the practices of {name} {version}."),
        "implemented-requirements": requirements,
    }))
}
