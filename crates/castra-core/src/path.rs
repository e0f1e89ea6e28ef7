//! Paths as text, as the wire holds them: absolute form, and which locations name a file of this machine.

/// The absolute, normalised form of a path, as Python's `os.path.abspath` gives it on POSIX: `.`, `..` and repeated
/// slashes vanish without a look at symbolic links; exactly two leading slashes stay.
pub fn absolute(path: &str, current_directory: &str) -> String {
    let joined = match path.starts_with('/') {
        true => path.to_owned(),
        false => format!("{current_directory}/{path}"),
    };
    normalised(&joined)
}

/// A path without `.`, repeated slashes and what `..` undoes, as Python's `posixpath.normpath` gives it: symbolic links
/// are not looked at, exactly two leading slashes stay, and nothing at all is `.`.
pub fn normalised(path: &str) -> String {
    let root = match path {
        _ if path.starts_with("///") => "/",
        _ if path.starts_with("//") => "//",
        _ if path.starts_with('/') => "/",
        _ => "",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if !root.is_empty() => {}
            name => parts.push(name),
        }
    }
    match format!("{root}{}", parts.join("/")) {
        empty if empty.is_empty() => ".".to_owned(),
        path => path,
    }
}

/// The absolute path of the file of this machine that a location names, or `None` if its scheme says that it lies
/// elsewhere. No scheme, `file://` and `local://` are here (prefect 1.4.1 `parse_path`).
pub fn local_file(location: &str, current_directory: &str) -> Option<String> {
    let path = match location.split_once("://") {
        None => location,
        Some((scheme, rest)) if ["file", "local"].contains(&scheme.to_ascii_lowercase().as_str()) => {
            // After the scheme stands a host, which `file:///path` leaves empty.
            rest.find('/').map_or("", |start| &rest[start..])
        }
        Some(_) => return None,
    };
    Some(absolute(path, current_directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_absolute_and_normal() {
        let cases = [
            ("", "/home/me"),
            (".", "/home/me"),
            ("flows", "/home/me/flows"),
            ("../you/", "/home/you"),
            ("/a//b/./c/../d", "/a/b/d"),
            ("/../..", "/"),
            ("//host/share", "//host/share"),
            ("///a", "/a"),
            ("~/flows", "/home/me/~/flows"),
        ];
        for (path, expected) in cases {
            assert_eq!(absolute(path, "/home/me"), expected, "{path}");
        }
    }

    #[test]
    fn a_relative_path_stays_relative() {
        let cases = [
            ("", "."),
            ("./a//b/", "a/b"),
            ("../..", "../.."),
            ("a/../..", ".."),
            ("a/..", "."),
            ("//", "//"),
        ];
        for (path, expected) in cases {
            assert_eq!(normalised(path), expected, "{path}");
        }
    }

    #[test]
    fn only_files_of_this_machine_are_local() {
        let cases = [
            ("job.yaml", Some("/home/me/job.yaml")),
            ("/etc/job.yaml", Some("/etc/job.yaml")),
            ("file:///etc/job.yaml", Some("/etc/job.yaml")),
            ("FILE://localhost/etc/job.yaml", Some("/etc/job.yaml")),
            ("local:///etc/job.yaml", Some("/etc/job.yaml")),
            ("s3://bucket/job.yaml", None),
            ("agent:///etc/job.yaml", None),
        ];
        for (location, expected) in cases {
            assert_eq!(local_file(location, "/home/me").as_deref(), expected, "{location}");
        }
    }
}
