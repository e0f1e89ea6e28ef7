//! Cause: what the engine's words mean. Pure.

use bollard::models::{ContainerInspectResponse, ContainerStateStatusEnum};
use castra_core::cause::{Cause, PullFailure};
use castra_core::credential::Credential;
use castra_core::runtime::Runtime;
use nix::sys::signal::Signal;

/// Where a container stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Standing {
    /// It was created and not started.
    Created,
    /// It runs, or the engine is about to start it again.
    Runs,
    /// It is over.
    Ended(Cause),
}

/// Where a container stands; `None`: it does not exist.
pub(crate) fn standing(container: Option<&ContainerInspectResponse>, name: &str) -> Standing {
    let removed = || Standing::Ended(Cause::Removed { what: format!("the container {name} was removed") });
    let Some(state) = container.and_then(|container| container.state.as_ref()) else { return removed() };
    match state.status {
        Some(ContainerStateStatusEnum::CREATED) => Standing::Created,
        Some(ContainerStateStatusEnum::REMOVING) => removed(),
        Some(ContainerStateStatusEnum::EXITED | ContainerStateStatusEnum::DEAD) => {
            Standing::Ended(end(container, state.exit_code.unwrap_or_default()))
        }
        _ => Standing::Runs,
    }
}

fn end(container: Option<&ContainerInspectResponse>, code: i64) -> Cause {
    let out_of_memory = container.and_then(|container| container.state.as_ref()?.oom_killed).unwrap_or(false);
    match code {
        // One of its processes may have been killed without the flow run failing over it.
        code if code != 0 && out_of_memory => {
            let limit = container.and_then(|container| container.host_config.as_ref()?.memory);
            Cause::OutOfMemory { limit: limit.filter(|&bytes| bytes > 0).map(bytes) }
        }
        // Where a signal ends a process, an exit code of 128 and the signal's number is all that is left of it.
        129..=159 => Cause::Signaled { signal: signal_name(code - 128) },
        code => Cause::Exited { code: i32::try_from(code).unwrap_or(-1) },
    }
}

fn signal_name(number: i64) -> String {
    let signal = i32::try_from(number).ok().and_then(|number| Signal::try_from(number).ok());
    signal.map_or_else(|| format!("signal {number}"), |signal| signal.as_str().to_owned())
}

/// A number of bytes as people write memory limits.
fn bytes(bytes: i64) -> String {
    let units = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.iter().find(|(_, unit)| bytes % unit == 0) {
        Some((name, unit)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} bytes"),
    }
}

/// The signal that asks a container to end: its image's, or SIGTERM.
pub(crate) fn stop_signal(container: Option<&ContainerInspectResponse>) -> String {
    let own = container.and_then(|container| container.config.as_ref()?.stop_signal.as_deref());
    match own.filter(|signal| !signal.is_empty()) {
        None => "SIGTERM".to_owned(),
        Some(signal) if signal.starts_with("SIG") => signal.to_owned(),
        // Images may also name it by its number, or without its first letters.
        Some(signal) => signal.parse().map_or_else(|_| format!("SIG{signal}"), signal_name),
    }
}

/// The flow run's credential, as it stands in the environment of its container.
pub(crate) fn credential(container: Option<&ContainerInspectResponse>) -> Option<Credential> {
    let env = container?.config.as_ref()?.env.as_ref()?;
    let names = [Runtime::Castra, Runtime::Prefect1].map(|runtime| runtime.env_names().api_key);
    let of = |variable: &String| {
        let (name, value) = variable.split_once('=')?;
        (names.contains(&name) && !value.is_empty()).then(|| Credential::new(value))
    };
    env.iter().find_map(of)
}

/// What kind of failure a registry's or the engine's words about a pull mean.
pub(crate) fn pull_failure(words: &str) -> PullFailure {
    let words = words.to_lowercase();
    let say = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    if say(&["toomanyrequests", "too many requests", "rate limit", "429"]) {
        PullFailure::RateLimited
    // The Hub says both at once of what it does not show.
    } else if say(&["pull access denied", "repository does not exist", "name unknown", "manifest unknown"]) {
        PullFailure::NotFound
    } else if say(&[
        "unauthorized",
        "authentication required",
        "no basic auth credentials",
        "incorrect username or password",
        "denied",
        "forbidden",
    ]) {
        PullFailure::Unauthorized
    } else if say(&["not found", "no such image"]) {
        PullFailure::NotFound
    } else {
        PullFailure::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_stop_signal_has_a_name() {
        let named = |signal| {
            let container = json!({ "Config": { "StopSignal": signal } });
            stop_signal(Some(&serde_json::from_value(container).unwrap()))
        };
        assert_eq!(["SIGQUIT", "QUIT", "3", ""].map(named), ["SIGQUIT", "SIGQUIT", "SIGQUIT", "SIGTERM"]);
    }

    fn container(state: Value) -> ContainerInspectResponse {
        serde_json::from_value(json!({
            "State": state,
            "HostConfig": { "Memory": 64 << 20 },
            "Config": { "StopSignal": "SIGINT", "Env": ["A=b", "CASTRA_API_KEY=castra_1_s3cret"] },
        }))
        .unwrap()
    }

    fn words(state: Value) -> String {
        match standing(Some(&container(state)), "x") {
            Standing::Ended(cause) => cause.to_string(),
            standing => format!("{standing:?}"),
        }
    }

    fn exited(code: i64) -> Value {
        json!({ "Status": "exited", "ExitCode": code })
    }

    #[test]
    fn an_end_is_told_by_its_exit_code() {
        insta::assert_snapshot!(words(exited(0)), @"The flow run's process exited with code 0");
        insta::assert_snapshot!(words(exited(3)), @"The flow run's process failed with exit code 3");
        insta::assert_snapshot!(words(exited(128)), @"The flow run's process failed with exit code 128");
        insta::assert_snapshot!(words(exited(137)), @"The flow run's process was killed by SIGKILL, which Castra did not send");
        insta::assert_snapshot!(words(exited(159)), @"The flow run's process was killed by SIGSYS, which Castra did not send");
        insta::assert_snapshot!(words(exited(160)), @"The flow run's process failed with exit code 160");
        insta::assert_snapshot!(words(json!({ "Status": "dead", "ExitCode": 3 })), @"The flow run's process failed with exit code 3");
    }

    #[test]
    fn memory_that_ran_out_is_told_unless_all_went_well() {
        let exited = |code| json!({ "Status": "exited", "ExitCode": code, "OOMKilled": true });
        insta::assert_snapshot!(words(exited(137)), @"The flow run used more memory than its limit of 64 MiB: raise the limit");
        insta::assert_snapshot!(words(exited(1)), @"The flow run used more memory than its limit of 64 MiB: raise the limit");
        insta::assert_snapshot!(words(exited(0)), @"The flow run's process exited with code 0");
    }

    #[test]
    fn limits_are_told_in_the_largest_unit_that_fits() {
        let told = [6 << 20, 2 << 30, 1536 << 20, 6000 << 10, 6_291_457].map(bytes);
        assert_eq!(told, ["6 MiB", "2 GiB", "1536 MiB", "6000 KiB", "6291457 bytes"]);
    }

    #[test]
    fn only_an_exited_container_has_ended() {
        assert_eq!(words(json!({ "Status": "created" })), "Created");
        for status in ["running", "paused", "restarting"] {
            assert_eq!(words(json!({ "Status": status, "ExitCode": 1 })), "Runs");
        }
    }

    #[test]
    fn a_container_that_somebody_removes_was_removed() {
        let removed = words(json!({ "Status": "removing", "ExitCode": 137 }));
        insta::assert_snapshot!(removed, @"The flow run was ended from outside: the container x was removed, which Castra did not do");
        assert!(matches!(standing(None, "x"), Standing::Ended(Cause::Removed { .. })));
    }

    #[test]
    fn the_container_tells_its_stop_signal_and_its_credential() {
        let container = container(exited(0));
        assert_eq!((stop_signal(Some(&container)), stop_signal(None)), ("SIGINT".into(), "SIGTERM".into()));
        assert_eq!(credential(Some(&container)).unwrap().expose(), "castra_1_s3cret");
    }

    #[test]
    fn a_pull_fails_in_the_registrys_words() {
        use PullFailure::{NotFound, Other, RateLimited, Unauthorized};
        let said = [
            (RateLimited, "toomanyrequests: You have reached your pull rate limit."),
            (RateLimited, "error parsing HTTP 429 response body: too many requests"),
            (
                NotFound,
                "pull access denied for x/y, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
            ),
            (NotFound, "manifest for x:1 not found: manifest unknown: manifest unknown"),
            (Unauthorized, "Head \"http://r/v2/x/manifests/1\": no basic auth credentials"),
            (Unauthorized, "unauthorized: incorrect username or password"),
            (Other, "Get \"https://r/v2/\": dial tcp: lookup r: no such host"),
            (Other, "invalid reference format"),
        ];
        for (failure, words) in said {
            assert_eq!(pull_failure(words), failure, "{words}");
        }
    }
}
