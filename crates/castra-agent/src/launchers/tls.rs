//! TLS: ring is the process's one provider, whichever library asks first.

/// Makes ring the process's TLS provider unless another call did so already.
pub(crate) fn install_tls_provider() {
    // An error only says that a provider is installed, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
