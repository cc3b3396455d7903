//! Signatures in minisign's format: anyone can check one with `minisign -V`, without this program.

use std::io::Cursor;
use std::path::Path;

use data_encoding::BASE64;
use minisign::{PublicKey, PublicKeyBox, SecretKey, SecretKeyBox, SignatureBox};

use super::error::{CliError, ErrorKind};
use super::sources;

/// The environment variable with the password of a signing key that has one.
const PASSWORD: &str = "CLOSEDSET_SIGN_PASSWORD";

/// A key that signs.
pub struct Key(SecretKey);

/// How a pair of keys is made, for hints: `minisign -G` alone would ask for a password.
const PAIR: &str = "minisign -G -W -p bo.pub -s bo.key makes a pair of keys without a password";

/// Reads a secret key, as `minisign -G` writes it. Its password, if it has one, is in the environment: a command that
/// runs in CI has nobody to ask.
///
/// # Errors
/// A file that holds no such key, or the public half of one, or another password.
pub fn key(path: &Path) -> Result<Key, CliError> {
    let bytes = sources::bytes(path)?;
    let wrong = |words: String| CliError::new(ErrorKind::File, format!("cannot sign with {}: {words}", path.display()));
    let no_key = |words: String| wrong(words).hint(PAIR);
    let text = String::from_utf8(bytes).map_err(|_| no_key("it is no text".to_owned()))?;
    if public_key_in(&text).is_some() {
        return Err(wrong("it is a public key, which shows who signed and can't sign".to_owned())
            .hint(
                "give the secret key that minisign -G wrote along with it: what -s named, or ~/.minisign/minisign.key",
            )
            .hint(
                "the public key belongs into the list that apply --approvers is given, after the ARN of whose it is",
            ));
    }
    let boxed = || SecretKeyBox::from_string(&text).map_err(|error| no_key(error.to_string()));
    if let Ok(key) = boxed()?.into_unencrypted_secret_key() {
        return Ok(Key(key));
    }
    if let Some(key) = without_checksum(&text) {
        return Ok(Key(key));
    }
    if !has_password(&text) {
        return Err(no_key("it is no secret key of minisign's".to_owned()));
    }
    let with_password = |words: String| {
        wrong(words).hint(format!("the password of a key that has one is read from {PASSWORD}")).hint(PAIR)
    };
    let password =
        std::env::var(PASSWORD).map_err(|_| with_password(format!("it has a password, and {PASSWORD} is not set")))?;
    boxed()?.into_secret_key(Some(password)).map(Key).map_err(|error| with_password(error.to_string()))
}

/// The bytes of a key's file: its second line, in base64.
fn body(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.lines().nth(1)?.trim().as_bytes()).ok()
}

/// Whether a secret key is encrypted under a password: its bytes begin with the algorithms of signature and derivation.
fn has_password(text: &str) -> bool {
    body(text).is_some_and(|bytes| bytes.starts_with(b"EdSc"))
}

/// A key without a password whose checksum was left out: `minisign -G -W` fills it with zeros, where the library asks for
/// one. That its halves belong together is seen by a signature.
///
/// Source: what minisign 0.11 writes, byte for byte: algorithms 6, salt 32, limits 16, id 8, key 64, checksum 32.
fn without_checksum(text: &str) -> Option<SecretKey> {
    const CHECKSUM: usize = 32;
    let bytes = body(text).filter(|bytes| bytes.starts_with(b"Ed\0\0"))?;
    let (_, checksum) = bytes.split_last_chunk::<CHECKSUM>()?;
    if *checksum != [0; CHECKSUM] {
        return None;
    }
    let key = SecretKey::from_bytes(&bytes).ok()?;
    let public = PublicKey::from_secret_key(&key).ok()?;
    let signature = minisign::sign(Some(&public), &key, Cursor::new(b""), Some(""), Some("")).ok()?;
    minisign::verify(&public, &signature, Cursor::new(b""), true, false, false).ok()?;
    Some(key)
}

/// The public key in a text: a file of `minisign -G`, or its line of base64.
fn public_key_in(text: &str) -> Option<PublicKey> {
    let boxed = PublicKeyBox::from_string(text).ok().and_then(|boxed| boxed.into_public_key().ok());
    boxed.or_else(|| PublicKey::from_base64(text.trim()).ok())
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

/// Whether a signature is that of these bytes by this key. Inside: the comment that was signed along, or why it isn't.
pub fn check(key: &PublicKey, signature: &[u8], bytes: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(signature).map_err(|_| "it is no text".to_owned())?;
    let boxed = SignatureBox::from_string(text).map_err(|error| error.to_string())?;
    minisign::verify(key, &boxed, Cursor::new(bytes), true, false, false).map_err(|error| error.to_string())?;
    boxed.trusted_comment().map_err(|error| error.to_string())
}

/// A public key as an argument: its line of base64, or a file of `minisign -G`.
///
/// # Errors
/// A key that is none.
pub fn public_key(key: &str) -> Result<PublicKey, CliError> {
    let read = PublicKey::from_base64(key).or_else(|error| {
        let path = Path::new(key);
        if !path.is_file() {
            return Err(CliError::usage(format!("{key} is no public key: {error}")));
        }
        let text = String::from_utf8_lossy(&sources::bytes(path)?).into_owned();
        public_key_in(&text).ok_or_else(|| CliError::usage(format!("{key} has no public key in it")))
    });
    read.map_err(|error| error.hint("minisign writes it to minisign.pub; the file will do, or its second line"))
}

#[cfg(test)]
mod tests {
    use minisign::KeyPair;

    use super::*;

    #[test]
    fn a_signature_fits_its_bytes_and_its_key_alone() {
        let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().expect("a pair");
        let other = KeyPair::generate_unencrypted_keypair().expect("a pair").pk;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        std::fs::write(&path, sk.to_box(None).expect("a box").into_string()).expect("a file");
        let signature = key(&path).expect("a key").sign(b"evidence", "report 1").expect("signed");
        let fits = |key: &PublicKey, bytes: &[u8]| check(key, signature.as_bytes(), bytes).ok();
        assert_eq!(fits(&pk, b"evidence").as_deref(), Some("report 1"));
        assert_eq!(fits(&pk, b"evidenc3"), None);
        assert_eq!(fits(&other, b"evidence"), None);
        assert_eq!(public_key(&pk.to_base64()).ok(), Some(pk));
        assert!(public_key("nonsense").is_err());
    }

    // Made with minisign 0.11: minisign -G -W.
    const SECRET: &str = "untrusted comment: minisign encrypted secret key
RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAzI8iXvlRJe0FnkdT5B020UngFgpQOUcVdc0iYja6c1sM\
7WLF/snLex2oOQL9G3NvMXlcAXzgr53ZAeIgoJ/ToyUOYcmeVxoKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
";
    const PUBLIC: &str = "untrusted comment: minisign public key ED2551F95E228FCC
RWTMjyJe+VEl7R2oOQL9G3NvMXlcAXzgr53ZAeIgoJ/ToyUOYcmeVxoK
";
    // And with a password: minisign -G.
    const LOCKED: &str = "untrusted comment: minisign encrypted secret key
RWRTY0IyoJwmRLvmW8D2cNvJVPwducj+CbNjFE7c3U3xvqZGJAoAAAACAAAAAAAAAEAAAAAABWqaii3xsuqu2lvuC+ZYi127+UWC3si2gzKi1bh9Rocq\
nwAI2qMojkrz/teeONlJ5bnzRue1xFi5feptPtgKpAqadYq866w/5IRqGMbSuprPUyfUwXNckohS+T1+N6cc8nruBF3jLk8=
";

    fn key_of(text: &str) -> Result<Key, CliError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bo.key");
        std::fs::write(&path, text).expect("a file");
        key(&path)
    }

    #[test]
    fn keys_that_minisign_itself_made_without_a_password_sign() {
        let signature = key_of(SECRET).expect("a key").sign(b"evidence", "report 1").expect("signed");
        let public = public_key_in(PUBLIC).expect("its other half");
        assert_eq!(check(&public, signature.as_bytes(), b"evidence").as_deref(), Ok("report 1"));
        // One bit of it lost on the way isn't somebody else's key.
        let error = key_of(&SECRET.replacen("AAzI8i", "AAzI8j", 1).replacen("7WLF", "7WLG", 1)).err();
        assert!(error.is_some_and(|error| error.message.ends_with("it is no secret key of minisign's")));
    }

    #[test]
    fn what_cannot_sign_says_why_and_what_to_give_instead() {
        for public in [PUBLIC, PUBLIC.lines().nth(1).unwrap_or_default()] {
            let error = key_of(public).err().expect("no secret key");
            assert!(error.message.contains("it is a public key"), "{}", error.message);
            assert!(error.hints.iter().any(|hint| hint.contains("give the secret key")), "{:?}", error.hints);
        }
        let error = key_of(LOCKED).err().expect("nobody gave the password");
        assert!(
            error.message.contains("it has a password, and CLOSEDSET_SIGN_PASSWORD is not set"),
            "{}",
            error.message
        );
        let error = key_of("arn:aws:iam::123456789012:user/bo\n").err().expect("no key at all");
        assert!(error.message.contains("no secret key of minisign's"), "{}", error.message);
        assert!(error.hints.iter().any(|hint| hint.contains("minisign -G -W")), "{:?}", error.hints);
    }
}
