//! The install secret: 32 random bytes, made once, from which Message-IDs that cannot be guessed are derived.

use std::path::Path;

use super::error::StoreError;
use super::files;

pub(super) fn install_secret(dir: &Path) -> Result<[u8; 32], StoreError> {
    let path = dir.join("secret");
    match std::fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_: Vec<u8>| StoreError::SecretDamaged { path }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let mut secret = [0; 32];
            getrandom::fill(&mut secret).map_err(|e| {
                let why = std::io::Error::other(e.to_string());
                StoreError::io("find randomness for", &path, why)
            })?;
            files::write_whole(dir, "secret", &secret)?;
            Ok(secret)
        }
        Err(e) => Err(StoreError::io("read", &path, e)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_secret_is_made_once_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let first = install_secret(dir.path()).unwrap();
        assert_eq!(install_secret(dir.path()).unwrap(), first);
        let other = tempfile::tempdir().unwrap();
        assert_ne!(install_secret(other.path()).unwrap(), first);

        let path = dir.path().join("secret");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(&path, b"short").unwrap();
        let refused = install_secret(dir.path()).unwrap_err();
        assert!(matches!(refused, StoreError::SecretDamaged { .. }), "{refused}");
    }
}
