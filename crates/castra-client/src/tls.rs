//! TLS for clients: ring as the one provider, and nothing loaded for servers that are reached without TLS.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

/// Makes ring the process's TLS provider unless another call did so already.
pub(crate) fn install_provider() {
    // An error only says that a provider is installed, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A configuration that trusts nobody, for `http://` addresses: a short-lived flow process need not read the machine's
/// certificates before its first request.
pub(crate) fn without_roots() -> Option<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    Some(versions.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
