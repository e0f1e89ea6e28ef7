//! The host config by example; every option stands beside the real docker-py in the agent's tests.

use super::*;

fn translated(options: Value) -> Result<Value, String> {
    let host_config = engine_host_config(options.as_object().unwrap());
    host_config.map(Value::from).map_err(|error| error.to_string())
}

#[test]
fn options_become_the_engines_fields() {
    let options = json!({
        "auto_remove": true,
        "mem_limit": "512m",
        "network_mode": "host",
        "privileged": false,
        "devices": ["/dev/null", "/dev/sda:/dev/xvda:r"],
        "port_bindings": {},
        "binds": { "/data": { "bind": "/mnt", "ro": true }, "cache": "/cache" },
        "extra_hosts": { "db": "10.0.0.1" },
        "ulimits": [{ "name": "nofile", "soft": 1024 }],
        "sysctls": { "net.core.somaxconn": 1024 },
    });
    insta::assert_json_snapshot!(translated(options).unwrap(), @r#"
    {
      "NetworkMode": "host",
      "AutoRemove": true,
      "Binds": [
        "/data:/mnt:ro",
        "cache:/cache:rw"
      ],
      "Devices": [
        {
          "PathOnHost": "/dev/null",
          "PathInContainer": "/dev/null",
          "CgroupPermissions": "rwm"
        },
        {
          "PathOnHost": "/dev/sda",
          "PathInContainer": "/dev/xvda",
          "CgroupPermissions": "r"
        }
      ],
      "ExtraHosts": [
        "db:10.0.0.1"
      ],
      "Memory": 536870912,
      "PortBindings": {},
      "Sysctls": {
        "net.core.somaxconn": "1024"
      },
      "Ulimits": [
        {
          "Name": "nofile",
          "Soft": 1024,
          "Hard": null
        }
      ]
    }
    "#);
}

#[test]
fn a_refusal_names_the_option_and_what_it_takes() {
    let refused = |options: Value| translated(options).unwrap_err();
    insta::assert_snapshot!(refused(json!({ "mem_limt": "1g" })), @"host_config has no option `mem_limt` (did you mean `mem_limit`?)");
    insta::assert_snapshot!(refused(json!({ "mem_limit": "1 gigabyte" })), @r#"host_config option `mem_limit` cannot be "1 gigabyte": "1 gigabyte" is no amount of memory: write a number with one of the units b, k, m, g, e.g. 512m"#);
    insta::assert_snapshot!(refused(json!({ "cpu_shares": "512" })), @r#"host_config option `cpu_shares` cannot be "512": a whole number is needed"#);
    insta::assert_snapshot!(refused(json!({ "userns_mode": "private" })), @r#"host_config option `userns_mode` cannot be "private": it can only be "host""#);
    insta::assert_snapshot!(refused(json!({ "init_path": "/sbin/init" })), @r#"host_config option `init_path` cannot be "/sbin/init": Docker Engine knows it no more; leave it out"#);
    insta::assert_snapshot!(refused(json!({ "network_mode": "host", "port_bindings": { "80": 8080 } })), @r#"host_config option `port_bindings` cannot be {"80":8080}: the container is in the host's network (network_mode), where it has no ports of its own"#);
    insta::assert_snapshot!(refused(json!({ "links": [["a", "b", "c"]] })), @r#"host_config option `links` cannot be [["a","b","c"]]: each entry is a pair: a container and its alias"#);
}
