//! Address: where the engine is, in the forms that the `docker` command and docker-py take.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::Docker;

use crate::user_config::{self, UserConfig};

/// Where an engine listens if nobody says otherwise.
const DEFAULT: &str = "unix:///var/run/docker.sock";
/// The port of an engine whose address names none.
const PORT: u16 = 2375;

/// The address of an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A socket on this machine.
    Unix(PathBuf),
    /// `host:port`, without TLS.
    Tcp(String),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp(authority) => write!(f, "tcp://{authority}"),
        }
    }
}

impl Address {
    /// The address that was given, else `DOCKER_HOST`, else that of the Docker context in use, else the default socket.
    ///
    /// # Errors
    /// In words: the address cannot be used.
    pub fn find(given: Option<&str>, config_directory: Option<&Path>) -> Result<Self, String> {
        if let Some(given) = given {
            return Self::parse(given);
        }
        if let Some(host) = env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty()) {
            return Self::parse(&host).map_err(|reason| format!("DOCKER_HOST: {reason}"));
        }
        let directory = config_directory.map(Path::to_path_buf).or_else(user_config::directory);
        let Some(directory) = directory else { return Self::parse(DEFAULT) };
        match UserConfig::read(&directory)?.context() {
            Some(context) => Self::parse(&user_config::host_of_context(&directory, &context)?),
            None => Self::parse(DEFAULT),
        }
    }

    /// A client of the engine there, which gives up a request after `timeout`; it has not been reached yet.
    ///
    /// # Errors
    /// There is no socket.
    pub fn client(&self, timeout: Duration) -> Result<Docker, bollard::errors::Error> {
        // Whole seconds, and 0 would be none at all.
        let timeout = timeout.as_secs().max(1);
        match self {
            Self::Unix(path) => {
                Docker::connect_with_unix(&path.to_string_lossy(), timeout, bollard::API_DEFAULT_VERSION)
            }
            Self::Tcp(authority) => Docker::connect_with_http(
                &format!("http://{authority}"),
                timeout,
                bollard::API_DEFAULT_VERSION,
            ),
        }
    }

    /// Reads `unix://PATH`, `tcp://HOST[:PORT]` or `http://HOST[:PORT]`. A socket's path is absolute, with or without
    /// its first slash, as docker-py has it.
    fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        match scheme {
            "unix" | "http+unix" if !rest.is_empty() => {
                Ok(Self::Unix(Path::new("/").join(rest.trim_start_matches('/'))))
            }
            "tcp" | "http" => Self::parse_authority(rest, text),
            "https" | "ssh" => Err(format!(
                "`{text}` cannot be used: Castra speaks to the engine without TLS or ssh; forward its socket, e.g. `ssh -L /tmp/docker.sock:/var/run/docker.sock HOST`, and use unix:///tmp/docker.sock"
            )),
            _ => Err(format!(
                "`{text}` is no address of a Docker engine: use unix:///var/run/docker.sock or tcp://HOST:2375"
            )),
        }
    }

    fn parse_authority(authority: &str, text: &str) -> Result<Self, String> {
        let authority = authority.trim_end_matches('/');
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            _ => (authority, Some(PORT)),
        };
        match port.filter(|_| !host.is_empty() && !host.contains('/')) {
            Some(port) => Ok(Self::Tcp(format!("{host}:{port}"))),
            None => Err(format!("`{text}` is no address of a Docker engine: use tcp://HOST:2375")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        Address::parse(text).map_or_else(|reason| reason, |address| address.to_string())
    }

    #[test]
    fn addresses_are_read_as_docker_py_reads_them() {
        insta::assert_snapshot!(read("unix:///var/run/docker.sock"), @"unix:///var/run/docker.sock");
        insta::assert_snapshot!(read("unix://var/run/docker.sock"), @"unix:///var/run/docker.sock");
        insta::assert_snapshot!(read("http+unix://var/run/docker.sock"), @"unix:///var/run/docker.sock");
        insta::assert_snapshot!(read("tcp://0.0.0.0:2375"), @"tcp://0.0.0.0:2375");
        insta::assert_snapshot!(read("tcp://docker"), @"tcp://docker:2375");
        insta::assert_snapshot!(read("http://docker:80/"), @"tcp://docker:80");
        insta::assert_snapshot!(read("tcp://[::1]"), @"tcp://[::1]:2375");
        insta::assert_snapshot!(read("tcp://[::1]:1"), @"tcp://[::1]:1");
    }

    #[test]
    fn what_is_no_address_says_what_is() {
        insta::assert_snapshot!(read("docker"), @"`docker` is no address of a Docker engine: use unix:///var/run/docker.sock or tcp://HOST:2375");
        insta::assert_snapshot!(read("tcp://docker:high"), @"`tcp://docker:high` is no address of a Docker engine: use tcp://HOST:2375");
        insta::assert_snapshot!(read("tcp://"), @"`tcp://` is no address of a Docker engine: use tcp://HOST:2375");
        insta::assert_snapshot!(read("https://docker:2376"), @"`https://docker:2376` cannot be used: Castra speaks to the engine without TLS or ssh; forward its socket, e.g. `ssh -L /tmp/docker.sock:/var/run/docker.sock HOST`, and use unix:///tmp/docker.sock");
    }
}
