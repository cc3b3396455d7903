//! The production and its keys.

use super::{Attribute as A, Block, TAGS, TEXT, Type};
use crate::blueprint::model::{AccountId, Arn, ContentClass, Profile, Region};

pub const PRODUCTION: Block = Block::one("production", "The production that everything belongs to.")
    .label("the alias that names and tags carry, never the real title: 3-24 of a-z 0-9 -")
    .attributes(&[
        A::required("owner", TEXT, "The company that works on it.", "\"lighthouse-vfx\""),
        A::required(
            "content_class",
            Type::Word(ContentClass::WORDS),
            "How sensitive the content is.",
            "\"pre-release\"",
        ),
        A::required("region", Type::Form(Region::FORM), "The AWS region in which it lives.", "\"us-west-2\""),
        A::optional(
            "account",
            Type::Form(AccountId::FORM),
            "any account will do",
            "The only AWS account in which it may live.",
            "\"123456789012\"",
        ),
        A::required("starts_on", Type::Date, "The first day of work.", "\"2026-12-01\""),
        A::required("wraps_on", Type::Date, "The last day of work.", "\"2027-06-30\""),
        A::default(
            "controls",
            Type::Word(Profile::WORDS),
            "\"ecpp\"",
            "The set of controls that a plan must satisfy.",
            "\"mpa-5.3.1\"",
        ),
        A::optional(
            "key",
            Type::Reference(&["key"]),
            "the first key declared",
            "For what no pool owns: logs and vaults.",
            "key.content",
        ),
        A::optional(
            "boundary",
            Type::Form(Arn::FORM),
            "roles have none",
            "The IAM policy that bounds every role made for the production.",
            "\"arn:aws:iam::123456789012:policy/StudioBoundary\"",
        ),
        A::default(
            "destroy_within_days",
            Type::Integer(0, 3650),
            "30",
            "So many days after wraps_on, nothing is left but what is kept on purpose.",
            "30",
        ),
        TAGS,
    ])
    .blocks(&[&CONTACTS]);

const CONTACTS: Block = Block::one("contacts", "Whom to call.").attributes(&[
    A::required("security", TEXT, "Whom to tell of an incident.", "\"security@lighthouse.example\""),
    A::optional("content_owner", TEXT, "nobody is named", "Who speaks for the content.", "\"assets@studio.example\""),
]);

pub const KEY: Block = Block::some("key", "A customer-managed KMS key for this production alone, and its alias.")
    .label("its name, read as key.<label>")
    .attributes(&[
        A::default("rotation_days", Type::Integer(90, 365), "365", "Days between rotations.", "365"),
        A::default(
            "deletion_window_days",
            Type::Integer(7, 30),
            "30",
            "Days between the order to delete it and its end.",
            "30",
        ),
        A::default(
            "administrators",
            Type::List(&Type::Form(Arn::FORM)),
            "[]",
            "Who may manage it, never use it; none: the root of the caller's account.",
            "[\"arn:aws:iam::123456789012:role/KeyAdmin\"]",
        ),
    ]);
