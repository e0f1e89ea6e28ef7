//! How serialized objects say which software wrote them.

/// The field that names the software that wrote a serialized object (prefect 1.4.1 `ObjectSchema._add_version`).
pub const VERSION_FIELD: &str = "__version__";

/// What stands before the version number when Castra wrote the object; Prefect writes the bare number.
pub const CASTRA_PREFIX: &str = "castra/";

/// The `__version__` that this version writes; for a flow it becomes the `core_version` of its runs.
pub const SERIALIZATION_VERSION: &str = concat!("castra/", env!("CARGO_PKG_VERSION"));
