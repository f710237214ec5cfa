//! One key: how it is spelled, sealed with, and opened with.
//!
//! AES-256-GCM with a random nonce for each sealing. What is sealed is bound to the key's id, the source and the purpose,
//! so that it opens nowhere else. The form is: one byte 1, 12 bytes of nonce, then ciphertext and tag.
//!
//! Source: NIST SP 800-38D (8.2.2 for random nonces: far fewer than 2^32 sealings a key).

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey},
    digest, rand,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretBox, SecretString, zeroize::Zeroizing};

use super::VaultError;

const BYTES: usize = 32;
/// The first byte of what is sealed: another form has another.
const FORM: u8 = 1;
/// Random keys have about 30 different bytes; one of fewer than this was typed, or is an example.
const DIFFERENT_BYTES: usize = 16;

/// A key and its id.
pub(super) struct Key {
    id: String,
    bytes: SecretBox<[u8; BYTES]>,
}

/// It is not what this key has sealed for this source and purpose.
#[derive(Debug)]
pub(super) struct NotOpened;

impl Key {
    fn new(bytes: SecretBox<[u8; BYTES]>) -> Self {
        let mut digest = digest::Context::new(&digest::SHA256);
        digest.update(b"gather vault key id\0");
        digest.update(bytes.expose_secret());
        let digest = digest.finish();
        let id = digest.as_ref()[..8].iter();
        Self {
            id: id.map(|byte| format!("{byte:02x}")).collect(),
            bytes,
        }
    }

    /// A new one.
    pub(super) fn random() -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        rand::fill(bytes.as_mut()).map_err(|_| VaultError::NoRandom)?;
        Ok(Self::new(SecretBox::init_with_mut(
            |to: &mut [u8; BYTES]| {
                to.copy_from_slice(bytes.as_ref());
            },
        )))
    }

    /// Reads what [`spelled`](Self::spelled) wrote.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| "this is not Base64")?);
        let wrong = "this is not 32 bytes long";
        let bytes: &[u8; BYTES] = bytes.as_slice().try_into().map_err(|_| wrong)?;
        let mut seen = [false; 256];
        for byte in bytes {
            seen[usize::from(*byte)] = true;
        }
        if seen.iter().filter(|seen| **seen).count() < DIFFERENT_BYTES {
            return Err("this is not random");
        }
        Ok(Self::new(SecretBox::init_with_mut(
            |to: &mut [u8; BYTES]| {
                to.copy_from_slice(bytes);
            },
        )))
    }

    /// The key as text.
    pub(super) fn spelled(&self) -> SecretString {
        STANDARD.encode(self.bytes.expose_secret()).into()
    }

    /// What names the key without giving it away.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn seal(
        &self,
        source: &str,
        purpose: &str,
        plain: &str,
    ) -> Result<Vec<u8>, VaultError> {
        let mut text = Zeroizing::new(plain.as_bytes().to_vec());
        // Room for the tag, so that the plain text is not left behind by a move.
        text.reserve_exact(AES_256_GCM.tag_len());
        let nonce = self
            .cipher()
            .and_then(|cipher| {
                cipher.seal_in_place_append_tag(self.bound(source, purpose), &mut *text)
            })
            .map_err(|_| VaultError::NoRandom)?;
        Ok([&[FORM], nonce.as_ref().as_slice(), &text].concat())
    }

    pub(super) fn open(
        &self,
        source: &str,
        purpose: &str,
        sealed: &[u8],
    ) -> Result<SecretString, NotOpened> {
        let (form, sealed) = sealed.split_first().ok_or(NotOpened)?;
        let (nonce, sealed) = sealed
            .split_first_chunk::<{ aws_lc_rs::aead::NONCE_LEN }>()
            .filter(|_| *form == FORM)
            .ok_or(NotOpened)?;
        let mut text = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self
            .cipher()
            .and_then(|cipher| cipher.open_in_place(nonce, self.bound(source, purpose), &mut text))
            .map_err(|_| NotOpened)?;
        let plain = std::str::from_utf8(plain).map_err(|_| NotOpened)?;
        Ok(SecretString::from(plain))
    }

    fn cipher(&self) -> Result<RandomizedNonceKey, aws_lc_rs::error::Unspecified> {
        RandomizedNonceKey::new(&AES_256_GCM, self.bytes.expose_secret())
    }

    /// What the sealed bytes belong to; each part with its length, so that no two differ only in where one ends.
    fn bound(&self, source: &str, purpose: &str) -> Aad<Vec<u8>> {
        let mut bound = b"gather vault".to_vec();
        for part in [&self.id, source, purpose] {
            bound.extend((part.len() as u64).to_be_bytes());
            bound.extend(part.as_bytes());
        }
        Aad::from(bound)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Key").field(&self.id).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://u:p@bank.example/simplefin";

    #[test]
    fn what_is_sealed_opens_for_its_own_source_purpose_and_key_only() {
        let key = Key::random().unwrap();
        let sealed = key.seal("bank", "key", URL).unwrap();
        let opened = key.open("bank", "key", &sealed).unwrap();
        assert_eq!(opened.expose_secret(), URL);
        assert!(key.open("other", "key", &sealed).is_err());
        assert!(key.open("bank", "token", &sealed).is_err());
        assert!(key.open("bankk", "ey", &sealed).is_err());
        assert!(Key::random().unwrap().open("bank", "key", &sealed).is_err());
    }

    #[test]
    fn no_changed_or_cut_byte_goes_unnoticed() {
        let key = Key::random().unwrap();
        let sealed = key.seal("bank", "key", URL).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open("bank", "key", &changed).is_err(), "{at}");
            assert!(key.open("bank", "key", &sealed[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn the_same_text_is_never_sealed_to_the_same_bytes() {
        let key = Key::random().unwrap();
        let seal = || key.seal("bank", "key", URL).unwrap();
        let (one, two) = (seal(), seal());
        assert_ne!(one, two);
        let plain = URL.as_bytes();
        assert!(
            !one.windows(8)
                .any(|part| plain.windows(8).any(|it| it == part))
        );
    }

    #[test]
    fn a_key_is_spelled_and_read_and_has_an_id_of_its_own() {
        let key = Key::random().unwrap();
        let again = Key::parse(key.spelled().expose_secret()).unwrap();
        assert_eq!((key.id(), key.id().len()), (again.id(), 16));
        assert_ne!(key.id(), Key::random().unwrap().id());
        assert_eq!(format!("{key:?}"), format!("Key({:?})", key.id()));
    }

    #[test]
    fn what_is_no_random_key_is_refused() {
        let word = |bytes: &[u8]| STANDARD.encode(bytes);
        for (text, why) in [
            ("not base64!".to_owned(), "this is not Base64"),
            (word(&[7; 31]), "this is not 32 bytes long"),
            (word(&[0; 32]), "this is not random"),
            (
                word(b"changeme-changeme-changeme-32byt"),
                "this is not random",
            ),
        ] {
            assert_eq!(Key::parse(&text).map(|_| ()).unwrap_err(), why, "{text}");
        }
    }
}
