//! Images, lockdowns and displays.

use super::labels;
use super::reader::Reader;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::NOWHERE;
use crate::blueprint::model::{ContentClass, Display, Image, ImageSource, Lockdown, Production, Transfer};
use crate::blueprint::source::Spanned;

pub fn image(reader: &Reader<'_, '_>) -> Image {
    Image {
        name: labels::name(reader),
        os: reader.get("os"),
        source: source(reader),
        gpu_driver: reader.maybe("gpu_driver"),
        dcv_version: reader.maybe("dcv_version"),
    }
}

/// Exactly one of the three is written.
fn source(reader: &Reader<'_, '_>) -> Spanned<ImageSource> {
    let id = reader.maybe::<String>("id").map(|id| {
        if !is_ami_id(&id.value) && id.span != NOWHERE {
            reader.findings().push(
                Diagnostic::error("wrong-value", "`id` can't have this value")
                    .at(id.span)
                    .label("expected ami- and 8 or 17 hexadecimal digits"),
            );
        }
        id.map(ImageSource::Id)
    });
    let parameter = reader.maybe::<String>("ssm_parameter").map(|path| {
        if !is_parameter(&path.value) && path.span != NOWHERE {
            reader.findings().push(
                Diagnostic::error("wrong-value", "`ssm_parameter` can't have this value")
                    .at(path.span)
                    .label("expected the path of a parameter, such as /vfx/ami/nuke"),
            );
        }
        path.map(ImageSource::SsmParameter)
    });
    let lookup = reader.maybe_block("lookup").map(|lookup| {
        let owners = lookup.filled_list::<String>("owners").unwrap_or_default();
        let owners = owners.into_iter().map(|owner| owner.value).collect();
        Spanned::new(ImageSource::Lookup { owners, name: lookup.get::<String>("name").value }, lookup.head.span)
    });
    let written: Vec<_> = [id, parameter, lookup].into_iter().flatten().collect();
    let one = "write exactly one of id, ssm_parameter and a lookup block";
    if let [first, second, ..] = written.as_slice() {
        reader.findings().push(
            Diagnostic::error("conflicting-attributes", format!("{} has more than one source", reader.called()))
                .at(second.span)
                .also(first.span, "the first one")
                .help(one),
        );
    }
    written.into_iter().next().unwrap_or_else(|| {
        reader.findings().push(
            Diagnostic::error("missing-attribute", format!("{} has no source", reader.called()))
                .at(reader.head.span)
                .help(one),
        );
        Spanned::new(ImageSource::Id(String::new()), NOWHERE)
    })
}

fn is_ami_id(id: &str) -> bool {
    id.strip_prefix("ami-").is_some_and(|digits| {
        matches!(digits.len(), 8 | 17) && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

fn is_parameter(path: &str) -> bool {
    path.len() <= 1011
        && path.starts_with('/')
        && !path.ends_with('/')
        && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_.-".contains(&b))
}

pub fn lockdown(reader: &Reader<'_, '_>, production: &Production) -> Lockdown {
    let clipboard = production.content_class.clone().map(|class| match class {
        ContentClass::HighSecurity => Transfer::None,
        ContentClass::Internal | ContentClass::PreRelease => Transfer::In,
    });
    Lockdown {
        name: labels::name(reader),
        clipboard: reader.or("clipboard", clipboard),
        file_transfer: reader.get("file_transfer"),
        usb: reader.get("usb"),
        printing: reader.get("printing"),
        screenshots: reader.get("screenshots"),
        microphone: reader.get("microphone"),
        webcam: reader.get("webcam"),
        smartcard: reader.get("smartcard"),
        idle_minutes: reader
            .or("idle_minutes", production.controls.clone().map(|profile| profile.idle_limit_minutes())),
        max_hours: reader.get("max_hours"),
        audit: reader.get("audit"),
    }
}

pub fn display(reader: &Reader<'_, '_>) -> Display {
    Display {
        name: labels::name(reader),
        protocol: reader.get("protocol"),
        monitors: reader.get("monitors"),
        max_resolution: reader.get("max_resolution"),
        frame_rate: reader.get("frame_rate"),
        color: reader.get("color"),
        quic: reader.get("quic"),
        port: reader.get("port"),
        tablet: reader.get("tablet"),
    }
}
