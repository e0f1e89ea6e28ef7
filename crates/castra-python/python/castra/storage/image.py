"""Building the image of Docker storage. What is built how is decided in Rust (castra-storage)."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from castra import _castra
from castra.storage.content import content

if TYPE_CHECKING:
    from castra.storage.docker import Docker


def build(storage: Docker, flows: Mapping[str, Any], push: bool) -> tuple[str, str]:
    """Builds the image with the flows in it, and gives its name and its tag.

    Raises ``OSError`` if it cannot be built or pushed.
    """
    with tempfile.TemporaryDirectory(prefix="castra-image-") as folder:
        pickles = {} if storage.stored_as_script else _pickled(storage, flows, folder)
        return _castra.build_image(_image(storage, {**pickles, **storage.files}), push, _show)


def _pickled(storage: Docker, flows: Mapping[str, Any], folder: str) -> dict[str, str]:
    """Pickles the flows into the folder: where each file is copied to in the image."""
    files = {}
    for number, (name, flow) in enumerate(flows.items()):
        path = os.path.join(folder, str(number))
        with open(path, "wb") as file:
            file.write(content(flow, None))
        files[path] = storage.flows[name]
    return files


def _image(storage: Docker, files: Mapping[str, str]) -> dict[str, Any]:
    return {
        "flows": storage.flows,
        "stored_as_script": storage.stored_as_script,
        "prefect_is_castra": "castra.prefect" in sys.modules,
        "checked": not storage.ignore_healthchecks,
        "base_image": storage.base_image,
        "local_image": storage.local_image,
        "dockerfile": storage.dockerfile,
        "dockerignore": storage.dockerignore,
        "registry_url": storage.registry_url,
        "image_name": storage.image_name,
        "image_tag": storage.image_tag,
        "files": list(files.items()),
        "python_dependencies": storage.python_dependencies,
        "env_vars": storage.env_vars,
        "extra_dockerfile_commands": storage.extra_dockerfile_commands,
        "build_args": storage.build_kwargs.get("buildargs") or {},
        "no_cache": bool(storage.build_kwargs.get("nocache")),
        "engine": storage.base_url,
    }


def _show(line: str) -> None:
    print(line, file=sys.stderr)
