//! What an artist sits at: the image, what it locks down, how it is displayed.

use std::fmt;

use super::{Audit, Color, Name, Os, Protocol, Transfer, Usb};
use crate::blueprint::Spanned;

/// A machine image with its operating system, driver and streaming server.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    pub name: Spanned<Name<Image>>,
    pub os: Spanned<Os>,
    pub source: Spanned<ImageSource>,
    /// Such as `grid-18.4`; none: not said.
    pub gpu_driver: Option<Spanned<String>>,
    /// Such as `2025.0`; none: not said.
    pub dcv_version: Option<Spanned<String>>,
}

/// Where an image's id comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageSource {
    /// An AMI id.
    Id(String),
    /// An SSM parameter that holds the id.
    SsmParameter(String),
    /// The newest of these owners whose name matches.
    Lookup { owners: Vec<String>, name: String },
}

/// What may pass between an artist's own computer and the workstation.
#[derive(Debug, Clone, PartialEq)]
pub struct Lockdown {
    pub name: Spanned<Name<Lockdown>>,
    pub clipboard: Spanned<Transfer>,
    pub file_transfer: Spanned<Transfer>,
    pub usb: Spanned<Usb>,
    pub printing: Spanned<bool>,
    pub screenshots: Spanned<bool>,
    pub microphone: Spanned<bool>,
    pub webcam: Spanned<bool>,
    pub smartcard: Spanned<bool>,
    /// Minutes without input after which the session ends.
    pub idle_minutes: Spanned<u32>,
    /// Hours after which a session ends whatever happens in it.
    pub max_hours: Spanned<u32>,
    pub audit: Spanned<Audit>,
}

/// How the picture gets to the artist.
#[derive(Debug, Clone, PartialEq)]
pub struct Display {
    pub name: Spanned<Name<Display>>,
    pub protocol: Spanned<Protocol>,
    /// 1 to 4.
    pub monitors: Spanned<u32>,
    pub max_resolution: Spanned<Resolution>,
    /// Frames a second.
    pub frame_rate: Spanned<u32>,
    pub color: Spanned<Color>,
    pub quic: Spanned<bool>,
    /// 1024 to 65535: TCP, and UDP where `quic` is set.
    pub port: Spanned<u16>,
    /// Whether a pen's pressure and tilt are passed on.
    pub tablet: Spanned<bool>,
}

/// The size of one monitor in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolution {
    pub width: u32,
    pub height: u32,
}

impl Resolution {
    /// The form that a text must have, in words.
    pub const FORM: &'static str = "a width and a height in pixels, such as 4096x2160";

    /// The size of that text; none where it has another form, or is no size of a monitor.
    pub fn parse(text: &str) -> Option<Self> {
        let (width, height) = text.split_once('x')?;
        let side = |text: &str| {
            let plain = text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit());
            text.parse::<u32>().ok().filter(|n| plain && (200..=16_384).contains(n))
        };
        Some(Self { width: side(width)?, height: side(height)? })
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}
