//! A lockdown and a display for tests.

use crate::blueprint::model::{Audit, Color, Display, Lockdown, Name, Protocol, Resolution, Transfer, Usb};
use crate::blueprint::{SourceId, Span, Spanned};

pub fn at<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::new(SourceId(0), 0..0))
}

/// Text may come in, nothing goes out.
pub fn lockdown() -> Lockdown {
    Lockdown {
        name: at(Name::new("artist")),
        clipboard: at(Transfer::In),
        file_transfer: at(Transfer::None),
        usb: at(Usb::None),
        printing: at(false),
        screenshots: at(false),
        microphone: at(false),
        webcam: at(false),
        smartcard: at(false),
        idle_minutes: at(15),
        max_hours: at(12),
        audit: at(Audit::All),
    }
}

/// Two large monitors in full colour, with a pen.
pub fn display() -> Display {
    Display {
        name: at(Name::new("artist")),
        protocol: at(Protocol::Dcv),
        monitors: at(2),
        max_resolution: at(Resolution { width: 4096, height: 2160 }),
        frame_rate: at(60),
        color: at(Color::Yuv444),
        quic: at(true),
        port: at(8443),
        tablet: at(true),
    }
}
