//! The agent's volumes: `external:internal[:mode]`, or one path that is both (prefect 1.4.1
//! `DockerAgent._parse_volume_spec_unix`).

use castra_core::path::normalised;

/// A volume that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VolumeError {
    /// There are too many parts.
    #[error("the volume `{0}` has more than three parts: write external:internal[:mode]")]
    TooManyParts(String),
    /// A named volume cannot be given a mode.
    #[error("the named volume `{volume}` can only have the mode `rw`, not `{mode}`: leave the mode out")]
    NamedWithMode {
        /// The volume.
        volume: String,
        /// The mode as given.
        mode: String,
    },
}

/// What volumes mean for a container.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Volumes {
    /// Named volumes, which have to exist.
    pub(super) named: Vec<String>,
    /// Where they are mounted in the container.
    pub(super) mount_points: Vec<String>,
    /// By path on the host or name, in the order in which they were first given: where it is mounted, and how.
    binds: Vec<(String, String)>,
}

/// Reads volumes.
///
/// # Errors
/// The first that cannot be read.
pub(super) fn parse(specs: &[String]) -> Result<Volumes, VolumeError> {
    let mut volumes = Volumes::default();
    for spec in specs {
        volumes.add(spec)?;
    }
    Ok(volumes)
}

impl Volumes {
    fn add(&mut self, spec: &str) -> Result<(), VolumeError> {
        let fields: Vec<&str> = spec.split(':').collect();
        let (external, internal, mode) = match fields[..] {
            [both] => (None, both, "rw"),
            [external, internal] => (Some(external), internal, "rw"),
            [external, internal, mode] => (Some(external), internal, mode),
            _ => return Err(VolumeError::TooManyParts(spec.to_owned())),
        };
        let external = external.map(path);
        let internal = path(internal);
        self.mount_points.push(internal.clone());
        if let Some(volume) = external.as_ref().filter(|external| is_name(external)) {
            if mode != "rw" {
                return Err(VolumeError::NamedWithMode { volume: volume.clone(), mode: mode.to_owned() });
            }
            self.named.push(volume.clone());
        }
        self.bind(external.unwrap_or_else(|| internal.clone()), format!("{internal}:{mode}"));
        Ok(())
    }

    /// The last that is said of one path counts.
    fn bind(&mut self, external: String, target: String) {
        match self.binds.iter_mut().find(|(known, _)| *known == external) {
            Some((_, known)) => *known = target,
            None => self.binds.push((external, target)),
        }
    }

    /// As the engine wants them: `external:internal:mode`.
    pub(super) fn binds(&self) -> Vec<String> {
        self.binds.iter().map(|(external, target)| format!("{external}:{target}")).collect()
    }
}

/// Python's `strip` takes more for white space than Unicode does.
fn path(text: &str) -> String {
    normalised(text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)))
}

fn is_name(external: &str) -> bool {
    !external.starts_with(['.', '/', '~'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(spec: &str) -> Result<Volumes, String> {
        parse(&[spec.to_owned()]).map_err(|error| error.to_string())
    }

    #[test]
    fn a_path_a_bind_and_a_named_volume() {
        let binds = |spec| parsed(spec).unwrap().binds();
        assert_eq!(binds(" /data/ "), ["/data:/data:rw"]);
        assert_eq!(binds("/a/../b:x//y:ro"), ["/b:x/y:ro"]);
        // As there: `.` is gone before anybody asks whether this is a path.
        assert_eq!(parsed("./data:/data").unwrap().named, ["data"]);
        assert_eq!(binds("cache:/cache"), ["cache:/cache:rw"]);
        assert_eq!(parsed("cache:/cache").unwrap().named, ["cache"]);
        assert_eq!(parsed("~/cache:/cache:z").unwrap().named, [""; 0]);
    }

    #[test]
    fn binds_keep_their_order_and_the_last_of_one_path_counts() {
        let specs = ["/b:/1", "/a:/2", "/b:/3:ro"].map(str::to_owned);
        assert_eq!(parse(&specs).unwrap().binds(), ["/b:/3:ro", "/a:/2:rw"]);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        insta::assert_snapshot!(parsed("/a:/b:ro:z").unwrap_err(), @"the volume `/a:/b:ro:z` has more than three parts: write external:internal[:mode]");
        insta::assert_snapshot!(parsed("cache:/cache:ro").unwrap_err(), @"the named volume `cache` can only have the mode `rw`, not `ro`: leave the mode out");
    }
}
