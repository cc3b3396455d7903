//! Lockdowns and displays.

use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::Findings;
use crate::blueprint::model::Blueprint;

pub fn check(blueprint: &Blueprint, findings: &Findings) {
    screenshots_and_clipboard(blueprint, findings);
}

/// Where the picture may not be captured but copied, the denial is for show: Amazon DCV's administrator guide asks for
/// both to be denied together ("Configuring Amazon DCV authorization").
fn screenshots_and_clipboard(blueprint: &Blueprint, findings: &Findings) {
    for lockdown in &blueprint.lockdowns {
        if !lockdown.screenshots.value && lockdown.clipboard.is_outward() {
            findings.push(
                Diagnostic::error("screenshots", "screenshots are denied while the clipboard is open outwards")
                    .at(lockdown.clipboard.span)
                    .also(lockdown.screenshots.span, "denied here")
                    .help("close the clipboard with \"in\" or \"none\", or say screenshots = true"),
            );
        }
    }
}
