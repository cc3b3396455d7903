//! Images, lockdowns and displays.

use super::{Attribute as A, Block, SWITCH, TEXT, Type};
use crate::blueprint::model::{Audit, Color, Os, Protocol, Resolution, Transfer, Usb};

pub const IMAGE: Block = Block::any("image", "A machine image, by exactly one of id, ssm_parameter and lookup.")
    .label("its name, read as image.<label>")
    .attributes(&[
        A::required("os", Type::Word(Os::WORDS), "Its operating system.", "\"rocky-9\""),
        A::optional(
            "id",
            Type::Form("an AMI id of 8 or 17 digits"),
            "another source says it",
            "Its AMI id.",
            "\"ami-0123456789abcdef0\"",
        ),
        A::optional(
            "ssm_parameter",
            Type::Form("the path of an SSM parameter"),
            "another source says it",
            "The SSM parameter that holds its AMI id.",
            "\"/vfx/ami/nuke\"",
        ),
        A::optional("gpu_driver", TEXT, "the image is taken as it is", "The GPU driver in it.", "\"grid-18.4\""),
        A::optional("dcv_version", TEXT, "the image is taken as it is", "The streaming server in it.", "\"2025.0\""),
    ])
    .blocks(&[&LOOKUP]);

const LOOKUP: Block = Block::maybe("lookup", "The newest image that matches.").attributes(&[
    A::required(
        "owners",
        Type::List(&Type::Text),
        "Accounts that may own it: self, amazon, or a number.",
        "[\"self\"]",
    ),
    A::required("name", TEXT, "Its name, with * and ? for what may differ.", "\"nuke-rocky9-*\""),
]);

pub const LOCKDOWN: Block =
    Block::any("lockdown", "What may pass between an artist's own computer and the workstation.")
        .label("its name, read as lockdown.<label>")
        .attributes(&[
            A::optional(
                "clipboard",
                Type::Word(Transfer::WORDS),
                "\"in\"; \"none\" for high-security content",
                "Directions of the clipboard; in is towards the workstation.",
                "\"in\"",
            ),
            A::default("file_transfer", Type::Word(Transfer::WORDS), "\"none\"", "Directions of files.", "\"none\""),
            A::default("usb", Type::Word(Usb::WORDS), "\"none\"", "USB devices that are passed on.", "\"tablets\""),
            A::default("printing", SWITCH, "false", "Whether the artist's printer is passed on.", "false"),
            A::default(
                "screenshots",
                SWITCH,
                "false",
                "Whether the artist's computer may capture the picture.",
                "false",
            ),
            A::default("microphone", SWITCH, "false", "Whether the microphone is passed on.", "false"),
            A::default("webcam", SWITCH, "false", "Whether the camera is passed on.", "false"),
            A::default("smartcard", SWITCH, "false", "Whether the smart card reader is passed on.", "false"),
            A::optional(
                "idle_minutes",
                Type::Integer(1, 1440),
                "the limit of the production's controls",
                "Minutes without input after which the session ends.",
                "15",
            ),
            A::default("max_hours", Type::Integer(1, 168), "12", "Hours after which a session ends.", "12"),
            A::default("audit", Type::Word(Audit::WORDS), "\"all\"", "Transfers that are recorded.", "\"all\""),
        ]);

pub const DISPLAY: Block = Block::any("display", "How the picture gets to the artist.")
    .label("its name, read as display.<label>")
    .attributes(&[
        A::required("protocol", Type::Word(Protocol::WORDS), "The streaming protocol.", "\"dcv\""),
        A::default("monitors", Type::Integer(1, 4), "1", "Monitors.", "2"),
        A::default(
            "max_resolution",
            Type::Form(Resolution::FORM),
            "\"1920x1080\"",
            "The largest size of a monitor in pixels.",
            "\"4096x2160\"",
        ),
        A::default("frame_rate", Type::Integer(1, 120), "60", "Frames a second.", "60"),
        A::default("color", Type::Word(Color::WORDS), "\"yuv420\"", "How finely colour is sampled.", "\"yuv444\""),
        A::default("quic", SWITCH, "false", "Whether UDP is offered too.", "true"),
        A::default("port", Type::Integer(1024, 65535), "8443", "The port, TCP and for quic UDP too.", "8443"),
        A::default("tablet", SWITCH, "false", "Whether a pen's pressure and tilt are passed on.", "true"),
    ]);
