//! The checksum on a row: sled may lose or change rows unnoticed when bits flip in its files. Knows nothing of sled.

const CRC_BYTES: usize = 4;

pub(super) fn seal(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut row = Vec::with_capacity(CRC_BYTES + value.len());
    row.extend_from_slice(&crc(key, value).to_be_bytes());
    row.extend_from_slice(value);
    row
}

pub(super) fn unseal(key: &[u8], row: &[u8]) -> Result<Vec<u8>, String> {
    match row.split_first_chunk::<CRC_BYTES>() {
        Some((kept, value)) if u32::from_be_bytes(*kept) == crc(key, value) => Ok(value.to_vec()),
        Some(_) | None => Err("a row does not have its checksum".to_owned()),
    }
}

/// Over the key too, so that a row in another's place is found.
fn crc(key: &[u8], value: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(key);
    crc.update(value);
    crc.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_opens_with_its_own_key_and_unchanged_only() {
        let row = seal(b"key", b"value");
        assert_eq!(unseal(b"key", &row).unwrap(), b"value");
        assert!(unseal(b"kez", &row).is_err());
        for byte in 0..row.len() {
            let mut changed = row.clone();
            changed[byte] ^= 1;
            assert!(unseal(b"key", &changed).is_err(), "byte {byte}");
        }
        assert!(unseal(b"key", &row[..3]).is_err());
    }
}
