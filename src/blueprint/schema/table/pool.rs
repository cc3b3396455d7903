//! Pools of workstations.

use super::{Attribute as A, Block, SWITCH, TAGS, TEXT, Type};
use crate::blueprint::model::{Arn, InstanceType, Mount, VolumeType};

pub const WORKSTATION_POOL: Block = Block::any("workstation_pool", "So many workstations of one kind.")
    .label("its name, read as workstation_pool.<label>")
    .attributes(&[
        A::required("seats", Type::Integer(1, 10_000), "How many.", "24"),
        A::required("image", Type::Reference(&["image"]), "What they start from.", "image.nuke"),
        A::required("segment", Type::Reference(&["segment"]), "Where they stand.", "network.main.workstations"),
        A::optional("key", Type::Reference(&["key"]), "the only key", "Encrypts their volumes.", "key.content"),
        A::required(
            "instance_types",
            Type::List(&Type::Form(InstanceType::FORM)),
            "Types by preference; the next is tried where capacity lacks.",
            "[\"g6.4xlarge\", \"g5.4xlarge\"]",
        ),
        A::required("lockdown", Type::Reference(&["lockdown"]), "What may pass.", "lockdown.artist"),
        A::required("display", Type::Reference(&["display"]), "How the picture gets out.", "display.artist"),
        A::optional(
            "name_prefix",
            TEXT,
            "<production>-<pool>",
            "The start of computer names; the seat's number follows.",
            "\"neb-comp\"",
        ),
        A::default("protect", SWITCH, "false", "Stops replacement and deletion.", "true"),
        A::optional(
            "idle_stop_minutes",
            Type::Integer(10, 1_440),
            "a seat never stops by itself",
            "Minutes without connection and work on GPU or CPU after which a seat stops itself.",
            "60",
        ),
        TAGS,
    ])
    .blocks(&[&ROOT_VOLUME, &VOLUME, &BOOTSTRAP, &UPDATE]);

const SIZE: A = A::required("size_gib", Type::Integer(1, 65_536), "Size in GiB; it can grow, never shrink.", "150");
const TYPE: A = A::required("type", Type::Word(VolumeType::WORDS), "The EBS volume type.", "\"gp3\"");
const IOPS: A =
    A::optional("iops", Type::Integer(100, 256_000), "3000 for gp3; io2 requires it", "Operations a second.", "6000");
const THROUGHPUT: A = A::optional(
    "throughput_mibs",
    Type::Integer(125, 2_000),
    "125 for gp3; io2 has no such setting",
    "MiB a second.",
    "400",
);
const BACKUP: A = A::default("backup", SWITCH, "false", "Whether backups of the pool take it in.", "true");

const ROOT_VOLUME: Block = Block::one("root_volume", "The volume that a seat starts from; it ends with its instance.")
    .attributes(&[SIZE, TYPE, IOPS, THROUGHPUT, BACKUP, TAGS]);

const VOLUME: Block = Block::any("volume", "Another volume of each seat.").label("its name").attributes(&[
    SIZE,
    TYPE,
    IOPS,
    THROUGHPUT,
    A::optional(
        "mount",
        Type::Form(Mount::FORM),
        "it is attached, and left to the guest",
        "Where it appears in the guest.",
        "\"/cache\"",
    ),
    A::default("keep", SWITCH, "false", "Outlives its instance and is attached to the seat's next one.", "false"),
    BACKUP,
    TAGS,
]);

const BOOTSTRAP: Block = Block::maybe("bootstrap", "What a studio adds to what is always installed.").attributes(&[
    A::required("template", TEXT, "A file below templates/ beside the blueprint.", "\"site.sh.j2\""),
    A::default("vars", Type::Map(&Type::Any), "{}", "Handed to the template.", "{ license_server = \"10.0.8.20\" }"),
    A::default(
        "secrets",
        Type::Map(&Type::Form(Arn::FORM)),
        "{}",
        "Fetched in the guest with the instance role, which may read exactly these.",
        "{ join = \"arn:aws:secretsmanager:us-west-2:123456789012:secret:ad-join\" }",
    ),
]);

const UPDATE: Block = Block::maybe("update", "How a replacing change rolls.").attributes(&[A::default(
    "max_unavailable",
    Type::SeatsOrShare,
    "\"20%\"",
    "How many seats may be away at once; a share rounds down, to at least one.",
    "\"20%\"",
)]);
