//! Whether flow runs can reach the server where the agent does.

/// What to say if containers look for this server in vain: an address of the machine's own loopback is one of the
/// container's own inside. `localhost` is translated by the launcher; in the host's network it is the same loopback.
pub(super) fn from_a_container(api: &str, networks: &[String]) -> Option<String> {
    let host = host(api);
    let is_loopback = host.starts_with("127.") || host == "[::1]";
    if !is_loopback || networks.first().is_some_and(|network| network == "host") {
        return None;
    }
    Some(format!(
        "containers cannot reach {api}, which inside of one is the container itself. Say --api {} (containers are then \
         told host.docker.internal; the server has to listen where they reach it: `castra server start --host 0.0.0.0`), \
         or put them into the host's network with --network host",
        api.replacen(host, "localhost", 1)
    ))
}

/// What to say if pods look for this server in vain: the machine's loopback is the pod's own inside of one.
pub(super) fn from_a_pod(api: &str) -> Option<String> {
    is_loopback(api).then(|| {
        format!(
            "pods cannot reach {api}, which inside of one is the pod itself, unless their template puts them into the \
             host's network: say with --api where the server is for them"
        )
    })
}

/// What to say if machines of a cloud look for this server in vain.
pub(super) fn from_a_cloud(api: &str) -> Option<String> {
    is_loopback(api).then(|| {
        format!("what runs in the cloud cannot reach {api}: say with --api where the server is for them")
    })
}

/// Whether an address is of the machine that uses it.
fn is_loopback(api: &str) -> bool {
    let host = host(api);
    host == "localhost" || host.starts_with("127.") || host == "[::1]"
}

/// The host of an address, an IPv6 address in its brackets.
fn host(api: &str) -> &str {
    let after_scheme = api.split_once("://").map_or(api, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
    match address.find(']') {
        Some(end) => &address[..=end],
        None => address.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_own_loopback_is_another_one_inside() {
        let warning = |api, networks: &[&str]| {
            from_a_container(api, &networks.iter().map(|&network| network.to_owned()).collect::<Vec<_>>())
        };
        insta::assert_snapshot!(warning("http://127.0.0.1:4200", &[]).unwrap(), @"containers cannot reach http://127.0.0.1:4200, which inside of one is the container itself. Say --api http://localhost:4200 (containers are then told host.docker.internal; the server has to listen where they reach it: `castra server start --host 0.0.0.0`), or put them into the host's network with --network host");
        assert!(
            warning("http://[::1]:4200/graphql", &["a"])
                .unwrap()
                .contains("--api http://localhost:4200/graphql ")
        );
        assert_eq!(warning("http://127.0.0.1:4200", &["host"]), None);
        assert_eq!(warning("http://localhost:4200", &[]), None);
        assert_eq!(warning("https://castra.example/127.0.0.1", &[]), None);
    }
    #[test]
    fn pods_have_a_loopback_of_their_own() {
        for api in ["http://localhost:4200", "http://127.0.0.1:4200/graphql", "http://[::1]"] {
            assert!(from_a_pod(api).unwrap().starts_with(&format!("pods cannot reach {api},")));
        }
        assert_eq!(from_a_pod("http://castra.castra.svc:4200"), None);
    }

    #[test]
    fn a_cloud_has_machines_of_its_own() {
        insta::assert_snapshot!(from_a_cloud("http://localhost:4200").unwrap(), @"what runs in the cloud cannot reach http://localhost:4200: say with --api where the server is for them");
        assert_eq!(from_a_cloud("https://castra.example"), None);
    }
}
