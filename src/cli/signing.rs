//! Signatures in minisign's format: anyone can check one with `minisign -V`, without this program.

use std::io::Cursor;
use std::path::Path;

use minisign::{PublicKey, PublicKeyBox, SecretKey, SecretKeyBox, SignatureBox};

use super::error::{CliError, ErrorKind};
use super::sources;

/// The environment variable with the password of a signing key that has one.
const PASSWORD: &str = "CLOSEDSET_SIGN_PASSWORD";

/// A key that signs.
pub struct Key(SecretKey);

/// Reads a secret key, as `minisign -G` writes it. Its password, if it has one, is in the environment: a command that
/// runs in CI has nobody to ask.
///
/// # Errors
/// A file that holds no such key, or another password.
pub fn key(path: &Path) -> Result<Key, CliError> {
    let wrong = |words: String| {
        CliError::new(ErrorKind::File, format!("cannot sign with {}: {words}", path.display()))
            .hint("minisign -G makes a pair of keys; -W leaves the password out")
            .hint(format!("the password of a key that has one is read from {PASSWORD}"))
    };
    let text = String::from_utf8(sources::bytes(path)?).map_err(|_| wrong("it is no text".to_owned()))?;
    let boxed = || SecretKeyBox::from_string(&text).map_err(|error| wrong(error.to_string()));
    if let Ok(key) = boxed()?.into_unencrypted_secret_key() {
        return Ok(Key(key));
    }
    let password =
        std::env::var(PASSWORD).map_err(|_| wrong(format!("it has a password, and {PASSWORD} is not set")))?;
    boxed()?.into_secret_key(Some(password)).map(Key).map_err(|error| wrong(error.to_string()))
}

impl Key {
    /// Signs. The comment is signed too.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub fn sign(&self, bytes: &[u8], comment: &str) -> Result<String, CliError> {
        minisign::sign(None, &self.0, bytes, Some(comment), Some("signature of closedset"))
            .map(SignatureBox::into_string)
            .map_err(|error| CliError::new(ErrorKind::File, format!("cannot sign: {error}")))
    }
}

/// Whether a signature is that of these bytes by this key: a file of `minisign -G`, or its line of base64. Inside: the
/// comment that was signed along, or why it isn't.
///
/// # Errors
/// A key that is none.
pub fn check(key: &str, signature: &[u8], bytes: &[u8]) -> Result<Result<String, String>, CliError> {
    let key = public_key(key)?;
    let Ok(text) = std::str::from_utf8(signature) else { return Ok(Err("it is no text".to_owned())) };
    let boxed = match SignatureBox::from_string(text) {
        Ok(boxed) => boxed,
        Err(error) => return Ok(Err(error.to_string())),
    };
    Ok(match minisign::verify(&key, &boxed, Cursor::new(bytes), true, false, false) {
        Ok(()) => boxed.trusted_comment().map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    })
}

fn public_key(key: &str) -> Result<PublicKey, CliError> {
    let path = Path::new(key);
    let read = if path.is_file() {
        let text = String::from_utf8_lossy(&sources::bytes(path)?).into_owned();
        PublicKeyBox::from_string(&text).and_then(PublicKeyBox::into_public_key)
    } else {
        PublicKey::from_base64(key)
    };
    read.map_err(|error| {
        CliError::usage(format!("{key} is no public key: {error}"))
            .hint("minisign writes it to minisign.pub; the file will do, or its second line")
    })
}

#[cfg(test)]
mod tests {
    use minisign::KeyPair;

    use super::*;

    #[test]
    fn a_signature_fits_its_bytes_and_its_key_alone() {
        let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().expect("a pair");
        let other = KeyPair::generate_unencrypted_keypair().expect("a pair").pk.to_base64();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        std::fs::write(&path, sk.to_box(None).expect("a box").into_string()).expect("a file");
        let signature = key(&path).expect("a key").sign(b"evidence", "report 1").expect("signed");
        let fits = |key: &str, bytes: &[u8]| check(key, signature.as_bytes(), bytes).expect("a key").ok();
        assert_eq!(fits(&pk.to_base64(), b"evidence").as_deref(), Some("report 1"));
        assert_eq!(fits(&pk.to_base64(), b"evidenc3"), None);
        assert_eq!(fits(&other, b"evidence"), None);
        assert!(check("nonsense", signature.as_bytes(), b"").is_err());
    }
}
