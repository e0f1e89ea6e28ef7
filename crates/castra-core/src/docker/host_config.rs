//! The host config: docker-py's option names and loose types become the fields of the engine's `HostConfig`
//! (docker-py 6.1 `docker.types.HostConfig`, for engine API 1.41).

use serde_json::{Map, Value, json};

use super::bytes::parse_bytes;
use super::options::{
    binds, device_request, devices, extra_hosts, links, log_config, lxc_conf, port_bindings, tmpfs, ulimit,
};
use crate::field::shortened;
use crate::nearest::{did_you_mean, nearest};
use crate::python::{self, is_true};

/// A host config that docker-py does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostConfigError {
    /// There is no option of this name.
    #[error("host_config has no option `{option}`{}", did_you_mean(.nearest))]
    Unknown {
        /// The name as given.
        option: String,
        /// The option that was probably meant.
        nearest: Option<String>,
    },
    /// The option does not take this value.
    #[error("host_config option `{option}` cannot be {value}: {reason}")]
    Invalid {
        /// The option.
        option: &'static str,
        /// Its value, shortened.
        value: String,
        /// What it takes.
        reason: String,
    },
}

/// When an option counts as given.
#[derive(Clone, Copy, PartialEq)]
enum Given {
    /// Unless it is null.
    NotNull,
    /// Unless Python takes it for false: null, `false`, 0, and what is empty.
    True,
}

/// What becomes of a value.
#[derive(Clone, Copy)]
enum Rule {
    /// It is passed on, whatever it is.
    Any,
    /// It is a whole number; for Python, so are `true` and `false`.
    Integer,
    /// It is text.
    Text,
    /// It is a list.
    List,
    /// It is an object.
    Object,
    /// It is this text.
    Only(&'static str),
    /// The engine that this is for does not know it.
    Unsupported(&'static str),
    /// It is translated.
    Translated(fn(&Value) -> Result<Value, String>),
}

use Given::{NotNull, True};
use Rule::{Any, Integer, List, Object, Only, Text, Translated, Unsupported};

/// Every option, the engine's field that it becomes, and how.
const OPTIONS: &[(&str, &str, Given, Rule)] = &[
    ("auto_remove", "AutoRemove", True, Any),
    ("binds", "Binds", NotNull, Translated(binds)),
    ("blkio_weight", "BlkioWeight", True, Integer),
    ("blkio_weight_device", "BlkioWeightDevice", True, List),
    ("cap_add", "CapAdd", True, Any),
    ("cap_drop", "CapDrop", True, Any),
    ("cgroup_parent", "CgroupParent", NotNull, Any),
    ("cgroupns", "CgroupnsMode", True, Any),
    ("cpu_count", "CpuCount", True, Integer),
    ("cpu_percent", "CpuPercent", True, Integer),
    ("cpu_period", "CpuPeriod", True, Integer),
    ("cpu_quota", "CpuQuota", True, Integer),
    ("cpu_rt_period", "CPURealtimePeriod", True, Integer),
    ("cpu_rt_runtime", "CPURealtimeRuntime", True, Integer),
    ("cpu_shares", "CpuShares", True, Integer),
    ("cpuset_cpus", "CpusetCpus", True, Any),
    ("cpuset_mems", "CpusetMems", True, Text),
    ("device_cgroup_rules", "DeviceCgroupRules", NotNull, List),
    ("device_read_bps", "BlkioDeviceReadBps", True, List),
    ("device_read_iops", "BlkioDeviceReadIOps", True, List),
    ("device_requests", "DeviceRequests", NotNull, Translated(|value| each(value, device_request))),
    ("device_write_bps", "BlkioDeviceWriteBps", True, List),
    ("device_write_iops", "BlkioDeviceWriteIOps", True, List),
    ("devices", "Devices", True, Translated(devices)),
    ("dns", "Dns", NotNull, Any),
    ("dns_opt", "DnsOptions", NotNull, Any),
    ("dns_search", "DnsSearch", True, Any),
    ("extra_hosts", "ExtraHosts", NotNull, Translated(extra_hosts)),
    ("group_add", "GroupAdd", True, Translated(texts)),
    ("init", "Init", NotNull, Any),
    ("init_path", "InitPath", NotNull, Unsupported("Docker Engine knows it no more; leave it out")),
    ("ipc_mode", "IpcMode", True, Any),
    ("isolation", "Isolation", True, Text),
    ("kernel_memory", "KernelMemory", True, Translated(parse_bytes)),
    ("links", "Links", NotNull, Translated(links)),
    ("log_config", "LogConfig", NotNull, Translated(log_config)),
    ("lxc_conf", "LxcConf", NotNull, Translated(lxc_conf)),
    ("mem_limit", "Memory", NotNull, Translated(parse_bytes)),
    ("mem_reservation", "MemoryReservation", True, Translated(parse_bytes)),
    ("mem_swappiness", "MemorySwappiness", NotNull, Integer),
    ("memswap_limit", "MemorySwap", NotNull, Translated(parse_bytes)),
    ("mounts", "Mounts", NotNull, Any),
    ("nano_cpus", "NanoCpus", True, Integer),
    ("network_mode", "NetworkMode", True, Any),
    ("oom_kill_disable", "OomKillDisable", True, Any),
    ("oom_score_adj", "OomScoreAdj", True, Integer),
    ("pid_mode", "PidMode", True, Any),
    ("pids_limit", "PidsLimit", True, Integer),
    ("port_bindings", "PortBindings", NotNull, Translated(port_bindings)),
    ("privileged", "Privileged", True, Any),
    ("publish_all_ports", "PublishAllPorts", True, Any),
    ("read_only", "ReadonlyRootfs", NotNull, Any),
    ("restart_policy", "RestartPolicy", True, Object),
    ("runtime", "Runtime", True, Any),
    ("security_opt", "SecurityOpt", NotNull, List),
    ("shm_size", "ShmSize", NotNull, Translated(shm_size)),
    ("storage_opt", "StorageOpt", NotNull, Any),
    ("sysctls", "Sysctls", True, Translated(sysctls)),
    ("tmpfs", "Tmpfs", True, Translated(tmpfs)),
    ("ulimits", "Ulimits", NotNull, Translated(|value| each(value, ulimit))),
    ("userns_mode", "UsernsMode", True, Only("host")),
    ("uts_mode", "UTSMode", True, Only("host")),
    ("volume_driver", "VolumeDriver", NotNull, Any),
    ("volumes_from", "VolumesFrom", NotNull, Translated(volumes_from)),
];

/// The names of docker-py's options.
pub fn known_options() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().map(|(option, ..)| *option)
}

/// The engine's `HostConfig` for these options.
///
/// # Errors
/// An option is unknown, or has a value that docker-py refuses.
pub fn engine_host_config(options: &Map<String, Value>) -> Result<Map<String, Value>, HostConfigError> {
    if let Some(option) = options.keys().find(|option| known_options().all(|known| known != *option)) {
        let nearest = nearest(option, known_options());
        return Err(HostConfigError::Unknown { option: option.clone(), nearest });
    }
    publishes_where_it_can(options)?;
    let mut host_config = Map::new();
    host_config.insert("NetworkMode".to_owned(), "default".into());
    for &(option, field, given, rule) in OPTIONS {
        let Some(value) = options.get(option).filter(|value| given.holds(value)) else { continue };
        let translated = rule.applied(value).map_err(|reason| invalid(option, value, reason))?;
        host_config.insert(field.to_owned(), translated);
    }
    Ok(host_config)
}

/// A container in the host's network has no ports of its own to publish.
fn publishes_where_it_can(options: &Map<String, Value>) -> Result<(), HostConfigError> {
    let is_host = options.get("network_mode").is_some_and(|mode| mode == "host");
    match options.get("port_bindings") {
        Some(bindings) if is_host && is_true(bindings) => {
            let reason =
                "the container is in the host's network (network_mode), where it has no ports of its own";
            Err(invalid("port_bindings", bindings, reason.to_owned()))
        }
        _ => Ok(()),
    }
}

fn invalid(option: &'static str, value: &Value, reason: String) -> HostConfigError {
    HostConfigError::Invalid { option, value: shortened(value), reason }
}

impl Given {
    fn holds(self, value: &Value) -> bool {
        match self {
            NotNull => !value.is_null(),
            True => is_true(value),
        }
    }
}

impl Rule {
    fn applied(self, value: &Value) -> Result<Value, String> {
        let (fits, wanted) = match self {
            Any => (true, ""),
            Integer => (python::is_integer(value), "a whole number is needed"),
            Text => (value.is_string(), "a string is needed"),
            List => (value.is_array(), "a list is needed"),
            Object => (value.is_object(), "an object is needed"),
            Only(text) => return only(text, value),
            Unsupported(reason) => (false, reason),
            Translated(translate) => return translate(value),
        };
        fits.then(|| value.clone()).ok_or_else(|| wanted.to_owned())
    }
}

fn only(text: &str, value: &Value) -> Result<Value, String> {
    if value == text { Ok(value.clone()) } else { Err(format!("it can only be {text:?}")) }
}

/// A list, each entry translated.
fn each(value: &Value, translate: fn(&Value) -> Result<Value, String>) -> Result<Value, String> {
    let items = value.as_array().ok_or("a list is needed")?;
    items.iter().map(translate).collect()
}

fn texts(value: &Value) -> Result<Value, String> {
    let items = python::items(value).ok_or("a list is needed")?;
    Ok(items.iter().map(python::shown).collect())
}

fn shm_size(value: &Value) -> Result<Value, String> {
    if value.is_string() { parse_bytes(value) } else { Ok(value.clone()) }
}

fn sysctls(value: &Value) -> Result<Value, String> {
    let sysctls = value.as_object().ok_or("an object is needed")?;
    Ok(sysctls.iter().map(|(name, value)| (name.clone(), Value::from(python::shown(value)))).collect())
}

fn volumes_from(value: &Value) -> Result<Value, String> {
    Ok(match value {
        Value::String(names) => json!(names.split(',').collect::<Vec<_>>()),
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests;
