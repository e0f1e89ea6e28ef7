//! What the engine is sent: a tar with the Dockerfile, the flow and the files. Owners, times and the order of files do not
//! depend on the machine, so that the same content has the same digest.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::docker_storage::{Base, DockerStorage};
use crate::dockerfile::{FLOW, dockerfile, file};
use crate::dockerignore::Dockerignore;
use crate::error::DockerStorageError;

/// Where the Dockerfile is in the tar.
pub(crate) const DOCKERFILE: &str = ".castra/Dockerfile";

const DOCKERIGNORE: &str = ".dockerignore";

/// The tar, and the digest of all that is in it.
pub(crate) struct Context {
    pub(crate) tar: File,
    pub(crate) digest: Sha256,
}

impl Context {
    /// Packs what the storage names into a temporary file.
    ///
    /// # Errors
    /// A file that cannot be read, a variable that no Dockerfile can set, a full disk.
    pub(crate) fn pack(storage: &DockerStorage) -> Result<Self, DockerStorageError> {
        let base = match &storage.base {
            Base::Image { name, .. } => format!("FROM {name}"),
            Base::Dockerfile { path, .. } => fs::read_to_string(path).map_err(reading(path))?,
        };
        let text = dockerfile(storage, &base)?;
        let hashing =
            Hashing { file: tempfile::tempfile().map_err(DockerStorageError::Pack)?, digest: Sha256::new() };
        let mut packer = Packer { tar: tar::Builder::new(hashing) };
        packer.bytes(DOCKERFILE, 0o644, text.len() as u64, text.as_bytes())?;
        if let Some(path) = storage.flow.path() {
            packer.file(FLOW, path, Some(0o755))?;
        }
        for (number, (path, _)) in storage.files.iter().enumerate() {
            packer.tree(&file(number), path, &Dockerignore::default())?;
        }
        if let Base::Dockerfile { context, dockerignore, .. } = &storage.base {
            let text = match dockerignore {
                Some(path) => fs::read_to_string(path).map_err(reading(path))?,
                None => fs::read_to_string(context.join(DOCKERIGNORE)).unwrap_or_default(),
            };
            packer.directory("", context, &Dockerignore::parse(&text))?;
        }
        let Hashing { file: mut tar, digest } = packer.tar.into_inner().map_err(DockerStorageError::Pack)?;
        tar.seek(SeekFrom::Start(0)).map_err(DockerStorageError::Pack)?;
        Ok(Self { tar, digest })
    }
}

struct Packer {
    tar: tar::Builder<Hashing>,
}

impl Packer {
    fn tree(&mut self, name: &str, path: &Path, ignored: &Dockerignore) -> Result<(), DockerStorageError> {
        match fs::metadata(path).map_err(reading(path))?.is_dir() {
            true => {
                let mut header = header(0o755, 0);
                header.set_entry_type(tar::EntryType::Directory);
                self.tar
                    .append_data(&mut header, format!("{name}/"), io::empty())
                    .map_err(DockerStorageError::Pack)?;
                self.directory(name, path, ignored)
            }
            false => self.file(name, path, None),
        }
    }

    /// All that is in a directory, by name; links are followed, as Prefect copies files.
    fn directory(
        &mut self,
        name: &str,
        path: &Path,
        ignored: &Dockerignore,
    ) -> Result<(), DockerStorageError> {
        let entries =
            fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(reading(path))?;
        let mut entries: Vec<_> = entries.into_iter().map(|entry| entry.file_name()).collect();
        entries.sort();
        for entry in entries {
            let path = path.join(&entry);
            let entry = entry.to_string_lossy();
            let name = if name.is_empty() { entry.into_owned() } else { format!("{name}/{entry}") };
            let left_out = ignored.ignores(&name);
            if name == DOCKERIGNORE || left_out && !(path.is_dir() && ignored.has_exceptions()) {
                continue;
            }
            // Sockets and the like cannot be packed, links that lead nowhere have nothing to pack.
            match fs::metadata(&path) {
                Ok(found) if left_out && found.is_dir() => self.directory(&name, &path, ignored)?,
                Ok(found) if found.is_dir() || found.is_file() => self.tree(&name, &path, ignored)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn file(&mut self, name: &str, path: &Path, mode: Option<u32>) -> Result<(), DockerStorageError> {
        let opened = File::open(path).map_err(reading(path))?;
        let found = opened.metadata().map_err(reading(path))?;
        if !found.is_file() {
            return Err(reading(path)(io::Error::other("it is no file")));
        }
        let executable = found.permissions().mode() & 0o111 != 0;
        let mode = mode.unwrap_or(if executable { 0o755 } else { 0o644 });
        self.bytes(name, mode, found.len(), opened.take(found.len()))
    }

    fn bytes(
        &mut self,
        name: &str,
        mode: u32,
        size: u64,
        bytes: impl Read,
    ) -> Result<(), DockerStorageError> {
        self.tar.append_data(&mut header(mode, size), name, bytes).map_err(DockerStorageError::Pack)
    }
}

fn header(mode: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header
}

fn reading(path: &Path) -> impl Fn(io::Error) -> DockerStorageError + '_ {
    |source| DockerStorageError::Read { path: path.to_owned(), source }
}

/// Writes into a file and digests what it writes.
struct Hashing {
    file: File,
    digest: Sha256,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::docker_storage::FlowFile;

    fn storage(folder: &Path) -> DockerStorage {
        fs::write(folder.join("etl"), "binary").unwrap();
        let base = Base::Image { name: "debian:12".into(), local: true };
        DockerStorage::new(FlowFile::new(folder.join("etl")), base)
    }

    fn names(context: Context) -> BTreeMap<String, u32> {
        let mut archive = tar::Archive::new(context.tar);
        let entries = archive.entries().unwrap().map(Result::unwrap);
        entries
            .map(|entry| {
                (entry.path().unwrap().to_string_lossy().into_owned(), entry.header().mode().unwrap())
            })
            .collect()
    }

    fn digest(storage: &DockerStorage) -> Vec<u8> {
        Context::pack(storage).unwrap().digest.finalize().to_vec()
    }

    #[test]
    fn the_same_content_has_the_same_digest() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (mut first, second) = (storage(one.path()), storage(other.path()));
        assert_eq!(digest(&first), digest(&second));
        first.env_vars.insert("A".into(), "1".into());
        assert_ne!(digest(&first), digest(&second));
        fs::write(other.path().join("etl"), "another binary").unwrap();
        assert_ne!(digest(&storage(one.path())), digest(&second));
    }

    #[test]
    fn the_flow_is_executable_and_directories_are_whole() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("data/deep")).unwrap();
        fs::write(folder.path().join("data/deep/a.csv"), "1").unwrap();
        let storage = DockerStorage {
            files: vec![(folder.path().join("data"), "/data".into())],
            ..storage(folder.path())
        };
        insta::assert_debug_snapshot!(names(Context::pack(&storage).unwrap()), @r#"
        {
            ".castra/Dockerfile": 420,
            ".castra/files/0/": 493,
            ".castra/files/0/deep/": 493,
            ".castra/files/0/deep/a.csv": 420,
            ".castra/flow": 493,
        }
        "#);
    }

    #[test]
    fn the_directory_of_an_own_dockerfile_is_sent_but_for_what_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["Dockerfile", "src/main.rs", "target/big", "target/keep"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "FROM x").unwrap();
        }
        fs::write(folder.path().join(DOCKERIGNORE), "target\n!target/keep").unwrap();
        let built_on = |dockerignore| {
            let (path, context) = (folder.path().join("Dockerfile"), folder.path().into());
            let base = Base::Dockerfile { path, context, dockerignore };
            DockerStorage { base, ..storage(folder.path()) }
        };
        let storage = built_on(None);
        insta::assert_debug_snapshot!(names(Context::pack(&storage).unwrap()).keys(), @r#"
        [
            ".castra/Dockerfile",
            ".castra/flow",
            "Dockerfile",
            "etl",
            "src/",
            "src/main.rs",
            "target/keep",
        ]
        "#);
        fs::write(folder.path().join("ignored-instead"), "*\n!src").unwrap();
        let storage = built_on(Some(folder.path().join("ignored-instead")));
        insta::assert_debug_snapshot!(names(Context::pack(&storage).unwrap()).keys(), @r#"
        [
            ".castra/Dockerfile",
            ".castra/flow",
            "src/",
            "src/main.rs",
        ]
        "#);
        let storage = built_on(Some("/no/such".into()));
        let error = Context::pack(&storage).err().unwrap();
        insta::assert_snapshot!(error, @"reading /no/such for the image: No such file or directory (os error 2)");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let storage =
            DockerStorage { files: vec![("/no/such".into(), "/x".into())], ..storage(folder.path()) };
        let error = Context::pack(&storage).err().unwrap();
        insta::assert_snapshot!(error, @"reading /no/such for the image: No such file or directory (os error 2)");
    }
}
