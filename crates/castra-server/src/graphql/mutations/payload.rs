//! The answers that many mutations share.

use serde::Serialize;
use uuid::Uuid;

/// It is done.
#[derive(Debug, Serialize)]
pub(super) struct Success {
    success: bool,
}

impl Success {
    /// The only answer: what is not done is an error.
    pub(super) const YES: Self = Self { success: true };
}

/// What was made, or found made already.
#[derive(Debug, Serialize)]
pub(super) struct Created {
    /// Its id.
    pub(super) id: Uuid,
}
