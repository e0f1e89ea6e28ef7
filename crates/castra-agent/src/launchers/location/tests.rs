//! What is shown of a location.

use super::*;

#[test]
fn what_may_be_secret_is_not_shown() {
    let cases = [
        ("job.yaml", "job.yaml"),
        ("agent:///etc/a?b", "agent:///etc/a?b"),
        ("https://me:secret@host/a/b?token=secret", "https://host/a/b?…"),
        ("HTTPS://me:secret@host", "HTTPS://host"),
        ("https://host?token=secret", "https://host?…"),
        ("s3://bucket/job.yaml", "s3://bucket/job.yaml"),
        ("az://container@account/job.yaml?sig=secret", "az://container@account/job.yaml?…"),
    ];
    for (location, expected) in cases {
        assert_eq!(shown(location), expected);
    }
    assert_eq!(without_queries("asked https://host/a?sig=secret twice"), "asked https://host/a?… twice");
}
