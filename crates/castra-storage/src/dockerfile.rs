//! The Dockerfile of a flow's image, as text: the steps and their order are those of prefect 1.4.1's
//! `Docker.create_dockerfile_object`, without what installs Prefect.

use crate::docker_storage::DockerStorage;
use crate::error::DockerStorageError;

/// Where the engine finds the flow's file in what it is sent.
pub(crate) const FLOW: &str = ".castra/flow";

/// Where the engine finds the file or directory with this number.
pub(crate) fn file(number: usize) -> String {
    format!(".castra/files/{number}")
}

/// The Dockerfile: `base` are its first lines, `FROM …` or a Dockerfile of one's own.
///
/// # Errors
/// A variable that no Dockerfile can set.
pub(crate) fn dockerfile(storage: &DockerStorage, base: &str) -> Result<String, DockerStorageError> {
    let mut lines = vec![base.trim_end().to_owned()];
    for (name, value) in &storage.env_vars {
        lines.push(env(name, value)?);
    }
    if !storage.python_dependencies.is_empty() {
        let dependencies: Vec<_> =
            storage.python_dependencies.iter().map(|name| shell_quoted(name)).collect();
        lines.push(format!("RUN pip install {}", dependencies.join(" ")));
    }
    if storage.flow.path().is_some() {
        lines.push(copy(FLOW, &storage.flow.path_in_image("")));
    }
    for (number, (source, destination)) in storage.files.iter().enumerate() {
        // In what is sent the file has another name, which `COPY` must not give to it in a directory.
        let name = source.file_name().filter(|_| destination.ends_with('/') && source.is_file());
        let name = name.unwrap_or_default().to_string_lossy();
        lines.push(copy(&file(number), &format!("{destination}{name}")));
    }
    lines.extend(storage.extra_dockerfile_commands.iter().cloned());
    Ok(lines.join("\n") + "\n")
}

/// The form with brackets takes paths with spaces.
fn copy(source: &str, destination: &str) -> String {
    format!("COPY {}", serde_json::json!([source, destination]))
}

fn env(name: &str, value: &str) -> Result<String, DockerStorageError> {
    let error = |problem| DockerStorageError::Env { name: name.to_owned(), problem };
    if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter))
    {
        return Err(error(
            "has a name that a Dockerfile cannot write: it writes letters, digits, `_`, `.` and `-`",
        ));
    }
    if value.contains(['\n', '\r']) {
        return Err(error(
            "has a value of several lines, which a Dockerfile cannot write: put it into a file",
        ));
    }
    let quoted: String = value.chars().flat_map(|letter| escaped(letter, &['"', '\\', '$'])).collect();
    Ok(format!("ENV {name}=\"{quoted}\""))
}

fn escaped(letter: char, special: &[char]) -> impl Iterator<Item = char> + use<> {
    special.contains(&letter).then_some('\\').into_iter().chain([letter])
}

fn shell_quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker_storage::{Base, FlowFile};

    fn storage() -> DockerStorage {
        let base = Base::Image { name: "debian:12".into(), local: false };
        DockerStorage::new(FlowFile::Binary("/target/debug/etl".into()), base)
    }

    #[test]
    fn a_flow_alone_is_copied_onto_its_base() {
        insta::assert_snapshot!(dockerfile(&storage(), "FROM debian:12").unwrap(), @r#"
        FROM debian:12
        COPY [".castra/flow","/opt/castra/flows/etl"]
        "#);
    }

    #[test]
    fn everything_has_its_place() {
        let storage = DockerStorage {
            env_vars: [("COUNTRY", "DE"), ("QUOTED", r#"a "b" $c \d"#)]
                .map(|(a, b)| (a.into(), b.into()))
                .into(),
            python_dependencies: vec!["pandas<2".into(), "it's".into()],
            files: vec![
                ("/data/a file.csv".into(), "/data/a file.csv".into()),
                ("/models".into(), "/opt/models/".into()),
            ],
            extra_dockerfile_commands: vec!["RUN echo done".into(), "USER nobody".into()],
            ..storage()
        };
        insta::assert_snapshot!(dockerfile(&storage, "FROM python:3.11\nRUN pip install prefect==1.4.1\n").unwrap(), @r#"
        FROM python:3.11
        RUN pip install prefect==1.4.1
        ENV COUNTRY="DE"
        ENV QUOTED="a \"b\" \$c \\d"
        RUN pip install 'pandas<2' 'it'\''s'
        COPY [".castra/flow","/opt/castra/flows/etl"]
        COPY [".castra/files/0","/data/a file.csv"]
        COPY [".castra/files/1","/opt/models/"]
        RUN echo done
        USER nobody
        "#);
    }

    #[test]
    fn what_a_dockerfile_cannot_say_is_refused() {
        let message = |name: &str, value: &str| {
            let env_vars = [(name.to_owned(), value.to_owned())].into();
            dockerfile(&DockerStorage { env_vars, ..storage() }, "FROM x").unwrap_err().to_string()
        };
        insta::assert_snapshot!(message("KEY", "a\nRUN evil"), @"the variable `KEY` of the image has a value of several lines, which a Dockerfile cannot write: put it into a file");
        insta::assert_snapshot!(message("A B", "x"), @"the variable `A B` of the image has a name that a Dockerfile cannot write: it writes letters, digits, `_`, `.` and `-`");
    }
}
