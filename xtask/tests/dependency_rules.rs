//! Who may depend on what: ARCHITECTURE.md's rules, held over `cargo tree`.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::process::Command;

/// The names of all packages that `package` is built from.
fn dependencies(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("cargo prints text");
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn assert_free_of(package: &str, forbidden: &[&str]) {
    let found = dependencies(package);
    let guilty: Vec<_> = forbidden.iter().filter(|name| found.contains(**name)).collect();
    assert!(guilty.is_empty(), "{package} must not depend on {guilty:?}");
}

#[test]
fn core_and_render_do_no_io() {
    for package in ["castra-core", "castra-render"] {
        assert_free_of(
            package,
            &["tokio", "rusqlite", "sea-query", "axum", "reqwest", "async-graphql", "rand"],
        );
    }
}

#[test]
fn sql_is_only_in_the_store_and_graphql_types_only_in_the_server() {
    assert_free_of("castra-store", &["async-graphql", "axum", "reqwest"]);
    for package in ["castra-client", "castra-render", "castra-agent", "castra", "castra-examples"] {
        assert_free_of(
            package,
            &["castra-store", "castra-server", "rusqlite", "sea-query", "async-graphql", "axum"],
        );
    }
}

#[test]
fn python_is_only_in_the_python_package() {
    for package in ["castra-cli", "castra", "castra-server", "castra-agent", "castra-storage"] {
        assert_free_of(package, &["pyo3"]);
    }
    assert_free_of("castra-python", &["castra-store", "castra-server", "castra-agent", "rusqlite", "axum"]);
}

#[test]
fn there_is_one_tls_provider() {
    for package in ["castra-cli", "castra-python"] {
        assert_free_of(package, &["aws-lc-rs", "openssl", "native-tls"]);
    }
}
