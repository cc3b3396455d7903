//! The features of a DCV session that a permission file can name.

use std::fmt;

macro_rules! features {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// One feature. Directions are the server's: what is copied or downloaded leaves the workstation.
        ///
        /// Source: Amazon DCV administrator guide, "Adding permissions"; its extension SDK guide, "Permissions".
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Feature {
            $($(#[$doc])* $variant,)*
        }

        impl Feature {
            /// Every feature, by its word.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The feature that a word names.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The word that files use.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

features! {
    /// The client's microphone, heard by the workstation.
    AudioIn = "audio-in",
    /// The workstation's sound, heard by the client.
    AudioOut = "audio-out",
    /// From the workstation to the client's clipboard.
    ClipboardCopy = "clipboard-copy",
    /// From the client's clipboard to the workstation.
    ClipboardPaste = "clipboard-paste",
    /// Seeing the session.
    Display = "display",
    /// Starting extensions that are installed on the client.
    ExtensionsClient = "extensions-client",
    /// Starting extensions that are installed on the workstation.
    ExtensionsServer = "extensions-server",
    /// Files from the session's storage to the client.
    FileDownload = "file-download",
    /// Files from the client to the session's storage.
    FileUpload = "file-upload",
    Gamepad = "gamepad",
    Keyboard = "keyboard",
    /// Ctrl+Alt+Del; without `keyboard` it means nothing.
    KeyboardSas = "keyboard-sas",
    Mouse = "mouse",
    /// Seeing where the pointer is, and its shape.
    Pointer = "pointer",
    /// Prints of the workstation that come out at the client.
    Printer = "printer",
    /// Pictures of the session; without it, native clients for Windows and macOS hide it from capture tools too.
    Screenshot = "screenshot",
    Smartcard = "smartcard",
    /// A pen with pressure and tilt, as input and not as a USB device.
    Stylus = "stylus",
    Touch = "touch",
    /// Being in a session whose owner is away.
    UnsupervisedAccess = "unsupervised-access",
    /// USB devices of the client, as far as the server's list of devices has them.
    Usb = "usb",
    /// Security keys of the client, for web pages that the workstation shows.
    WebauthnRedirection = "webauthn-redirection",
    Webcam = "webcam",
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
