//! Long scripts in short user data: compressed, in a script of four lines that unpacks and runs it.

use std::io::Write as _;

use data_encoding::BASE64;
use flate2::Compression;
use flate2::write::GzEncoder;

/// A script that is too long even when it is packed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it makes {bytes} bytes of user data once it is compressed, and EC2 takes {most}")]
pub struct TooLong {
    pub bytes: usize,
    pub most: usize,
}

/// The script itself, where it has at most so many bytes; else packed. The same text gives the same bytes: the archive
/// bears no time and no name.
///
/// # Errors
///
/// Where it is longer even so.
pub(super) fn packed(script: String, most: usize) -> Result<String, TooLong> {
    if script.len() <= most {
        return Ok(script);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory can't fail.
    let _ = encoder.write_all(script.as_bytes());
    let archive = encoder.finish().unwrap_or_default();
    let packed = format!(
        "#!/bin/bash\n# Unpacks the script that sets up the seat, and runs it.\n\
         seat=${{CLOSEDSET_ROOT:-}}/var/lib/closedset/seat.sh\nmkdir -p \"${{seat%/*}}\"\n\
         base64 -d <<'END' | gzip -dc > \"$seat\" || exit 1\n{}\nEND\nexec bash \"$seat\"\n",
        BASE64.encode(&archive)
    );
    if packed.len() > most { Err(TooLong { bytes: packed.len(), most }) } else { Ok(packed) }
}
