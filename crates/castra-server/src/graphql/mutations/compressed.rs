//! Unpacks what `create_flow_from_compressed_string` carries: the JSON of a flow, gzipped, in base64
//! (prefect 1.4.1 `prefect.utilities.compression.compress`).

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde_json::Value;

/// The most that a flow may unpack to. Ten thousand tasks take about 8 MB.
const MAX_UNPACKED_BYTES: u64 = 64 * 1024 * 1024;

/// Why a compressed flow cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnpackError {
    /// Not base64.
    #[error("is not base64: {0}; send base64(gzip(JSON))")]
    Base64(#[from] base64::DecodeError),
    /// Not gzip.
    #[error("is not gzip: {0}; send base64(gzip(JSON))")]
    Gzip(#[from] std::io::Error),
    /// Bigger than [`MAX_UNPACKED_BYTES`].
    #[error("unpacks to more than {} MB: register the tasks in batches with register_tasks", MAX_UNPACKED_BYTES >> 20)]
    TooLarge,
    /// Not JSON.
    #[error("is not JSON inside: {0}")]
    Json(#[from] serde_json::Error),
}

/// The value inside.
///
/// # Errors
/// [`UnpackError`]; its words follow the field's name.
pub(super) fn unpack(text: &str) -> Result<Value, UnpackError> {
    let gzip = STANDARD.decode(text.trim())?;
    let mut json = Vec::new();
    let read = GzDecoder::new(gzip.as_slice()).take(MAX_UNPACKED_BYTES + 1).read_to_end(&mut json)?;
    if read as u64 > MAX_UNPACKED_BYTES {
        return Err(UnpackError::TooLarge);
    }
    Ok(serde_json::from_slice(&json)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use serde_json::json;

    fn pack(bytes: &[u8]) -> String {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(bytes).unwrap();
        STANDARD.encode(gzip.finish().unwrap())
    }

    #[test]
    fn a_flow_is_unpacked() {
        assert_eq!(unpack(&pack(br#"{"name": "etl"}"#)).unwrap(), json!({"name": "etl"}));
    }

    #[test]
    fn what_is_no_flow_is_refused_in_words() {
        let error = |text: &str| unpack(text).unwrap_err().to_string();
        insta::assert_snapshot!(error("{}"), @"is not base64: Invalid symbol 123, offset 0.; send base64(gzip(JSON))");
        insta::assert_snapshot!(error("aGVsbG8="), @"is not gzip: unexpected end of file; send base64(gzip(JSON))");
        insta::assert_snapshot!(error(&pack(b"{")), @"is not JSON inside: EOF while parsing an object at line 1 column 1");
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = pack(&vec![b' '; MAX_UNPACKED_BYTES as usize + 1]);
        assert!(matches!(unpack(&bomb), Err(UnpackError::TooLarge)));
    }
}
