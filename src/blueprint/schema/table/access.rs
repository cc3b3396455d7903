//! People: artists, exceptions, attestations.

use super::{Attribute as A, Block, TEXT, Type};
use crate::blueprint::model::{BlockKind, ControlId, Digest};

pub const ARTIST: Block = Block::any("artist", "A person and the seats that are open to them.")
    .label("the name with which they sign in")
    .attributes(&[
        A::required(
            "pools",
            Type::List(&Type::Reference(&["workstation_pool"])),
            "The pools in which they may work.",
            "[workstation_pool.comp]",
        ),
        A::optional(
            "seat",
            Type::Integer(1, 10_000),
            "any seat of the pools",
            "A seat of one's own, in the only pool.",
            "7",
        ),
        A::optional("from", Type::Date, "the production's first day", "The first day.", "\"2026-12-01\""),
        A::required("until", Type::Date, "The last day; after it, the plan takes the access away.", "\"2027-03-31\""),
    ]);

const CONTROL: Type = Type::Form(ControlId::FORM);

/// What an exception's scope may name: any block, and a network's segment.
const SCOPE: &[&str] = &[
    BlockKind::WorkstationPool.as_str(),
    BlockKind::Network.as_str(),
    "segment",
    BlockKind::Lockdown.as_str(),
    BlockKind::Display.as_str(),
    BlockKind::Image.as_str(),
    BlockKind::PrefixList.as_str(),
    BlockKind::Key.as_str(),
    BlockKind::Backup.as_str(),
    BlockKind::Artist.as_str(),
    BlockKind::Production.as_str(),
];

pub const EXCEPTION: Block =
    Block::any("exception", "A weakening with a name, an owner and an end.").label("its name").attributes(&[
        A::required("control", CONTROL, "The control that is weakened.", "\"VDI-NET-04\""),
        A::required(
            "scope",
            Type::List(&Type::Reference(SCOPE)),
            "The blocks that it holds for.",
            "[workstation_pool.comp]",
        ),
        A::required("reason", TEXT, "Why.", "\"Client review on site.\""),
        A::required("compensating", TEXT, "What makes up for it.", "\"Office addresses only.\""),
        A::required("owner", TEXT, "Who answers for it.", "\"lead@lighthouse.example\""),
        A::required("approver", TEXT, "Who allowed it; not the owner.", "\"ciso@lighthouse.example\""),
        A::required("expires", Type::Date, "Its last day, at most 90 ahead.", "\"2027-01-15\""),
    ]);

pub const ATTESTATION: Block =
    Block::any("attestation", "What no cloud API can show, said by a named person.").label("its name").attributes(&[
        A::required("controls", Type::List(&CONTROL), "The controls that it speaks to.", "[\"VDI-IAM-02\"]"),
        A::required("statement", TEXT, "What is so.", "\"The identity provider asks for FIDO2.\""),
        A::required("by", TEXT, "Who says it.", "\"ciso@lighthouse.example\""),
        A::required("on", Type::Date, "The day on which it was said.", "\"2026-11-01\""),
        A::optional(
            "document",
            Type::Form(Digest::FORM),
            "no document goes with it",
            "The digest of the document that shows it.",
            "\"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"",
        ),
        A::required("expires", Type::Date, "Its last day.", "\"2027-05-01\""),
    ]);
