//! Options of the host config that become something of another shape (docker-py 6.1 `docker.utils.utils`,
//! `docker.types.containers`). Each function says why it refuses a value, without naming the option.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use crate::python::{self, is_true, shown};

/// `convert_volume_binds`: `{host path or volume: {bind, mode}}`, or a list that is passed on.
pub(super) fn binds(value: &Value) -> Result<Value, String> {
    let binds = match value {
        Value::Array(_) => return Ok(value.clone()),
        Value::Object(binds) => binds,
        _ => return Err("a list or an object of volumes is needed".to_owned()),
    };
    binds.iter().map(|(source, target)| bind(source, target).map(Value::from)).collect()
}

fn bind(source: &str, target: &Value) -> Result<String, String> {
    let Value::Object(target) = target else { return Ok(format!("{source}:{}:rw", shown(target))) };
    let inside = target.get("bind").ok_or_else(|| format!("the volume {source:?} has no `bind`"))?;
    let mode = match (target.get("ro"), target.get("mode")) {
        (Some(_), Some(_)) => {
            return Err(format!("the volume {source:?} has both `ro` and `mode`: give one of them"));
        }
        (Some(read_only), None) => if is_true(read_only) { "ro" } else { "rw" }.to_owned(),
        (None, Some(mode)) => shown(mode),
        (None, None) => "rw".to_owned(),
    };
    Ok(format!("{source}:{}:{mode}", shown(inside)))
}

/// `convert_port_bindings`: `{container port: host port, [host ports], or {HostPort, HostIp}}`.
pub(super) fn port_bindings(value: &Value) -> Result<Value, String> {
    let bindings = value.as_object().ok_or("an object of container ports is needed")?;
    let mut result = Map::new();
    for (port, targets) in bindings {
        let port = if port.contains('/') { port.clone() } else { format!("{port}/tcp") };
        let targets = match targets {
            Value::Array(targets) => targets.iter().map(port_binding).collect::<Result<_, _>>()?,
            target => Value::from(vec![port_binding(target)?]),
        };
        result.insert(port, targets);
    }
    Ok(result.into())
}

fn port_binding(target: &Value) -> Result<Value, String> {
    let (ip, port) = match target {
        Value::Object(target) => {
            let port = target.get("HostPort").ok_or("a binding that is an object needs `HostPort`")?;
            (target.get("HostIp").cloned(), port)
        }
        port => (None, port),
    };
    let port = if port.is_null() { String::new() } else { shown(port) };
    Ok(json!({ "HostIp": ip.unwrap_or_else(|| "".into()), "HostPort": port }))
}

/// `format_extra_hosts`: `{name: address}`, or whatever else, passed on.
pub(super) fn extra_hosts(value: &Value) -> Result<Value, String> {
    let Value::Object(hosts) = value else { return Ok(value.clone()) };
    let mut hosts: Vec<_> = hosts.iter().collect();
    hosts.sort_unstable_by_key(|(name, _)| *name);
    Ok(hosts.into_iter().map(|(name, address)| format!("{name}:{}", shown(address))).collect())
}

/// `parse_devices`: `host path[:container path[:permissions]]`, or an object that is passed on.
pub(super) fn devices(value: &Value) -> Result<Value, String> {
    python::items(value).ok_or("a list is needed")?.iter().map(device).collect()
}

fn device(device: &Value) -> Result<Value, String> {
    let text = match device {
        Value::Object(_) => return Ok(device.clone()),
        Value::String(text) => text,
        _ => return Err("a device is text like /dev/sda:/dev/xvda:rwm, or an object".to_owned()),
    };
    let mut fields = text.split(':');
    let on_host = fields.next().unwrap_or_default();
    let in_container = fields.next().unwrap_or(on_host);
    let permissions = fields.next().unwrap_or("rwm");
    Ok(json!({ "PathOnHost": on_host, "PathInContainer": in_container, "CgroupPermissions": permissions }))
}

/// `normalize_links`: `{container: alias}` or pairs of them, sorted.
pub(super) fn links(value: &Value) -> Result<Value, String> {
    let pairs: Vec<Value> = match value {
        Value::Object(links) => links.iter().map(|(name, alias)| json!([name, alias])).collect(),
        _ => python::items(value).ok_or("an object or a list of pairs is needed")?,
    };
    sorted(pairs).ok_or("its entries cannot be sorted")?.iter().map(link).collect()
}

fn link(pair: &Value) -> Result<Value, String> {
    let pair = python::items(pair).unwrap_or_default();
    let [container, alias] = pair.as_slice() else {
        return Err("each entry is a pair: a container and its alias".to_owned());
    };
    Ok(if is_true(alias) {
        format!("{}:{}", shown(container), shown(alias)).into()
    } else {
        container.clone()
    })
}

/// Sorted as Python does; `None` if entries cannot be compared. By insertion: the order need not be a total one.
fn sorted(values: Vec<Value>) -> Option<Vec<Value>> {
    let mut sorted: Vec<Value> = Vec::with_capacity(values.len());
    for value in values {
        let mut place = sorted.len();
        while place > 0 && python::compared(&value, &sorted[place - 1])? == Ordering::Less {
            place -= 1;
        }
        sorted.insert(place, value);
    }
    Some(sorted)
}

/// `LogConfig`.
pub(super) fn log_config(value: &Value) -> Result<Value, String> {
    let given = value.as_object().ok_or("an object with `type` and `config` is needed")?;
    let config = either(given, "config", "Config").filter(|config| is_true(config));
    if config.is_some_and(|config| !config.is_object()) {
        return Err("its `config` is an object".to_owned());
    }
    Ok(
        json!({ "Type": either(given, "type", "Type"), "Config": config.cloned().unwrap_or_else(|| json!({})) }),
    )
}

/// `lxc_conf`: an object becomes a list; whatever else is passed on.
pub(super) fn lxc_conf(value: &Value) -> Result<Value, String> {
    let Value::Object(options) = value else { return Ok(value.clone()) };
    Ok(options.iter().map(|(key, value)| json!({ "Key": key, "Value": shown(value) })).collect())
}

/// `convert_tmpfs_mounts`: `path[:options]`, or an object that is passed on.
pub(super) fn tmpfs(value: &Value) -> Result<Value, String> {
    let mounts = match value {
        Value::Object(_) => return Ok(value.clone()),
        Value::Array(mounts) => mounts,
        _ => return Err("a list or an object is needed".to_owned()),
    };
    let mount = |mount: &Value| {
        let text = mount.as_str().ok_or("each entry is text like /run:size=64m")?;
        let (path, options) = text.split_once(':').unwrap_or((text, ""));
        Ok((path.to_owned(), Value::from(options)))
    };
    mounts.iter().map(mount).collect::<Result<Map<_, _>, String>>().map(Value::from)
}

/// `Ulimit`.
pub(super) fn ulimit(value: &Value) -> Result<Value, String> {
    let given = value.as_object().ok_or("each entry is an object with `name`, `soft` and `hard`")?;
    let name = either(given, "name", "Name").filter(|name| name.is_string());
    let name = name.ok_or("the `name` of a limit is text")?;
    let limit = |lower, upper| match either(given, lower, upper) {
        Some(limit) if is_true(limit) && !python::is_integer(limit) => {
            Err(format!("`{lower}` of a limit is a whole number"))
        }
        limit => Ok(limit),
    };
    Ok(json!({ "Name": name, "Soft": limit("soft", "Soft")?, "Hard": limit("hard", "Hard")? }))
}

/// `DeviceRequest`.
pub(super) fn device_request(value: &Value) -> Result<Value, String> {
    let given = value.as_object().ok_or("each entry is an object")?;
    let field =
        |lower: &str, upper: &str, default: Value, fits: fn(&Value) -> bool, wanted: &str| match either(
            given, lower, upper,
        )
        .filter(|value| !value.is_null())
        {
            None => Ok(default),
            Some(value) if fits(value) => Ok(value.clone()),
            Some(_) => Err(format!("`{lower}` of a device request is {wanted}")),
        };
    Ok(json!({
        "Driver": field("driver", "Driver", "".into(), Value::is_string, "text")?,
        "Count": field("count", "Count", 0.into(), python::is_integer, "a whole number")?,
        "DeviceIDs": field("device_ids", "DeviceIDs", json!([]), Value::is_array, "a list")?,
        "Capabilities": field("capabilities", "Capabilities", json!([]), Value::is_array, "a list of lists")?,
        "Options": field("options", "Options", json!({}), Value::is_object, "an object")?,
    }))
}

/// A field by docker-py's name, else by the engine's.
fn either<'a>(given: &'a Map<String, Value>, lower: &str, upper: &str) -> Option<&'a Value> {
    given.get(lower).or_else(|| given.get(upper))
}
