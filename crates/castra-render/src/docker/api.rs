//! The server's address as containers reach it.

/// The port of the server unless its address says another.
const DEFAULT_PORT: u16 = 4200;
/// The network that Prefect's server runs in when Docker Compose runs it, where it is called `apollo`.
const SERVER_NETWORK: &str = "prefect-server";

/// An address on the agent's own machine becomes one that leads there from inside of a container; any other is reached
/// as it is (prefect 1.4.1 `DockerAgent.populate_env_vars`).
pub(super) fn api_in_container(api: &str, networks: &[String]) -> String {
    if !api.contains("localhost") {
        return api.to_owned();
    }
    let host = match networks.iter().any(|network| network == SERVER_NETWORK) {
        true => "apollo",
        false => "host.docker.internal",
    };
    format!("http://{host}:{}", port(api).unwrap_or(DEFAULT_PORT))
}

/// The port that an address names.
fn port(api: &str) -> Option<u16> {
    let after_scheme = api.split_once("://").map_or(api, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next()?;
    authority.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_another_name_inside() {
        let cases = [
            ("http://localhost:4200", "http://host.docker.internal:4200"),
            ("http://localhost:9999/graphql", "http://host.docker.internal:9999"),
            ("http://localhost", "http://host.docker.internal:4200"),
            ("http://castra.example:4200", "http://castra.example:4200"),
            ("http://127.0.0.1:4200", "http://127.0.0.1:4200"),
        ];
        for (api, expected) in cases {
            assert_eq!(api_in_container(api, &[]), expected);
        }
        let networks = ["prefect-server".to_owned()];
        assert_eq!(api_in_container("http://localhost:4200", &networks), "http://apollo:4200");
        assert_eq!(api_in_container("https://castra.example", &networks), "https://castra.example");
    }
}
