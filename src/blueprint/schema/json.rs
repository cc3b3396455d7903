//! The language as a JSON Schema, in the terms of HCL's JSON syntax: what `closedset schema` prints, for editors.

use serde_json::{Map, Value, json};

use super::{Attribute, Block, Need, Repeat, Type, table};

/// The whole document. Labelled blocks are objects by label; any attribute may be an expression in `${…}`.
pub fn document() -> Value {
    let mut definitions = Map::new();
    definitions.insert(
        "expression".to_owned(),
        json!({"type": "string", "pattern": "\\$\\{", "description": "An expression that is evaluated."}),
    );
    for block in table::BLOCKS {
        definitions.insert(block.name.to_owned(), body(block));
    }
    let mut properties = Map::new();
    for block in table::BLOCKS {
        let body = json!({"$ref": format!("#/$defs/{}", block.name)});
        properties.insert(block.name.to_owned(), place(block, body));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Closedset blueprint, version 1",
        "description": "The blueprint language in the terms of HCL's JSON syntax.",
        "type": "object",
        "properties": properties,
        "required": required_blocks(table::BLOCKS),
        "additionalProperties": false,
        "$defs": definitions,
    })
}

fn body(block: &Block) -> Value {
    let mut properties = Map::new();
    for attribute in block.attributes {
        properties.insert(attribute.name.to_owned(), attribute_schema(attribute));
    }
    for nested in block.blocks {
        properties.insert(nested.name.to_owned(), place(nested, body(nested)));
    }
    let mut required: Vec<_> = block.attributes.iter().filter(|a| a.need == Need::Required).map(|a| a.name).collect();
    required.extend(required_blocks(block.blocks));
    json!({
        "type": "object",
        "description": block.doc,
        "properties": properties,
        "required": required,
        "additionalProperties": block.open,
    })
}

/// How a block of that body stands in its parent.
fn place(block: &Block, body: Value) -> Value {
    let least = u8::from(matches!(block.repeat, Repeat::One | Repeat::Some));
    let mut schema = match block.label {
        Some(label) => json!({
            "type": "object",
            "description": format!("{} By label: {label}", block.doc),
            "minProperties": least,
            "additionalProperties": body,
        }),
        None if block.repeats() => {
            json!({"description": block.doc, "oneOf": [body.clone(), {"type": "array", "minItems": least, "items": body}]})
        }
        None => body,
    };
    if let (Some(_), false, Some(schema)) = (block.label, block.repeats(), schema.as_object_mut()) {
        schema.insert("maxProperties".to_owned(), 1.into());
    }
    schema
}

fn required_blocks(blocks: &[&Block]) -> Vec<&'static str> {
    blocks.iter().filter(|b| matches!(b.repeat, Repeat::One | Repeat::Some)).map(|b| b.name).collect()
}

fn attribute_schema(attribute: &Attribute) -> Value {
    let mut schema = Map::new();
    schema.insert("description".to_owned(), attribute.doc.into());
    match attribute.need {
        Need::Required => {}
        Need::Default(text) => {
            schema.insert("default".to_owned(), serde_json::from_str(text).unwrap_or(Value::Null));
        }
        Need::Optional(otherwise) => {
            schema.insert("x-without".to_owned(), otherwise.into());
        }
    }
    schema.insert("x-hcl-example".to_owned(), attribute.example.into());
    match type_schema(attribute.of) {
        Some(of) => schema.insert("anyOf".to_owned(), json!([of, {"$ref": "#/$defs/expression"}])),
        None => None,
    };
    Value::Object(schema)
}

/// None where any value will do.
fn type_schema(of: Type) -> Option<Value> {
    Some(match of {
        Type::Text => json!({"type": "string"}),
        Type::Form(form) => json!({"type": "string", "description": form}),
        Type::Integer(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Type::Switch => json!({"type": "boolean"}),
        Type::Word(words) => json!({"type": "string", "enum": words}),
        Type::Date => json!({"type": "string", "format": "date"}),
        Type::Cidr => json!({"type": "string", "pattern": "^[0-9.]+/[0-9]+$"}),
        Type::Reference(_) => json!({"type": "string", "description": of.words()}),
        Type::SeatsOrShare => {
            json!({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^[0-9]+%?$"}]})
        }
        Type::Peer => json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
        Type::List(of) => match type_schema(*of) {
            Some(of) => json!({"type": "array", "items": {"anyOf": [of, {"$ref": "#/$defs/expression"}]}}),
            None => json!({"type": "array"}),
        },
        Type::Map(of) => match type_schema(*of) {
            Some(of) => json!({"type": "object", "additionalProperties": of}),
            None => json!({"type": "object"}),
        },
        Type::TypeExpression => json!({"type": "string"}),
        Type::Any => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_knows_every_block_and_what_it_requires() {
        let document = document();
        assert_eq!(document["required"], json!(["blueprint", "production", "key"]));
        assert_eq!(document["$defs"]["key"]["properties"]["rotation_days"]["default"], json!(365));
        assert_eq!(
            document["$defs"]["workstation_pool"]["required"],
            json!(["seats", "image", "segment", "instance_types", "lockdown", "display", "root_volume"])
        );
        assert_eq!(document["properties"]["production"]["maxProperties"], json!(1));
    }
}
