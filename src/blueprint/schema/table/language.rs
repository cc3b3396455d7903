//! Blocks of the language itself.

use super::{Attribute as A, Block, SWITCH, TEXT, Type};

pub const BLUEPRINT: Block = Block::one("blueprint", "Says which version of the language this is.")
    .attributes(&[A::required("version", Type::Integer(1, 1), "The version of the language.", "1")]);

pub const VARIABLE: Block = Block::any("variable", "A value that is handed in.")
    .label("its name, read as var.<label>")
    .attributes(&[
        A::default("type", Type::TypeExpression, "\"any\"", "The type that its value must have.", "list(string)"),
        A::optional("default", Type::Any, "a value must be handed in", "The value where none is handed in.", "24"),
        A::optional("description", TEXT, "none", "What it is for.", "\"Seats on the comp floor.\""),
        A::default("sensitive", SWITCH, "false", "Hides the value wherever it would be shown.", "true"),
    ])
    .blocks(&[&VALIDATION]);

const VALIDATION: Block = Block::any("validation", "A condition that the variable's value must meet.").attributes(&[
    A::required("condition", SWITCH, "Must be true.", "var.artists <= 400"),
    A::required("error_message", TEXT, "Is shown where it is not.", "\"One floor holds at most 400.\""),
]);

pub const LOCALS: Block = Block::any("locals", "Names for expressions, read as local.<name>.").open();

pub const OUTPUT: Block =
    Block::any("output", "A value that the blueprint hands back.").label("its name").attributes(&[
        A::required("value", Type::Any, "The value.", "workstation_pool.comp.seats"),
        A::optional("description", TEXT, "none", "What it is.", "\"Seats on the comp floor.\""),
        A::default("sensitive", SWITCH, "false", "Hides the value wherever it would be shown.", "true"),
    ]);
