//! Long scripts in short user data: compressed, in a script of a few lines that unpacks and runs it.

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
    let packed = format!(
        "#!/bin/bash\n# Unpacks the script that sets up the seat, and runs it.\n\
         seat=${{CLOSEDSET_ROOT:-}}/var/lib/closedset/seat.sh\nmkdir -p \"${{seat%/*}}\"\n\
         base64 -d <<'END' | gzip -dc > \"$seat\" || exit 1\n{}\nEND\nexec bash \"$seat\"\n",
        archive(script.as_bytes())
    );
    if packed.len() > most { Err(TooLong { bytes: packed.len(), most }) } else { Ok(packed) }
}

/// A PowerShell script, packed into a task for EC2Launch: it unpacks the script into a folder that artists can't read, and
/// runs it as SYSTEM at every start. Windows PowerShell reads a file without a byte order mark in the system's own
/// code page, so that the script gets one.
///
/// Sources: EC2 user guide, "Run commands when you launch an EC2 instance" (a task in YAML); the same, "Task definitions for
/// EC2Launch v2 startup tasks" (`executeScript`).
///
/// # Errors
///
/// Where it is longer even so.
pub(super) fn packed_for_windows(script: &str, most: usize) -> Result<String, TooLong> {
    let archive = archive(format!("\u{feff}{script}").as_bytes());
    let packed = format!(
        r#"version: 1.1
tasks:
- task: executeScript
  inputs:
  - frequency: always
    type: powershell
    runAs: localSystem
    content: |-
      # Unpacks the script that sets up the seat, and runs it.
      $here = "$env:ProgramData\closedset"
      New-Item -ItemType Directory -Force -Path $here | Out-Null
      icacls.exe $here /inheritance:r /grant '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' | Out-Null
      $packed = New-Object IO.MemoryStream (, [Convert]::FromBase64String('{archive}'))
      $plain = New-Object IO.Compression.GZipStream ($packed, [IO.Compression.CompressionMode]::Decompress)
      $file = [IO.File]::Create("$here\seat.ps1")
      $plain.CopyTo($file)
      $file.Close()
      powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "$here\seat.ps1"
      exit $LASTEXITCODE
"#
    );
    if packed.len() > most { Err(TooLong { bytes: packed.len(), most }) } else { Ok(packed) }
}

/// Compressed, as text. The archive bears no time and no name, so that the same script gives the same bytes.
fn archive(script: &[u8]) -> String {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory can't fail.
    let _ = encoder.write_all(script);
    BASE64.encode(&encoder.finish().unwrap_or_default())
}
