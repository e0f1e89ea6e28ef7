"""`Docker`: an image that holds the flows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from castra.runs.names import slug
from castra.storage.base import Storage

if TYPE_CHECKING:
    from castra.engine.result import Result

#: Those of Docker's options of a build that an image can be built with.
_BUILD_OPTIONS = ("buildargs", "nocache", "rm")


class Docker(Storage):
    """Flows in an image. With `base_image` or `dockerfile` it is built when they are registered, looked at whether they load inside, and pushed if
    there is a `registry_url`; otherwise it exists already, as `image_name` and `image_tag`.

    Args:
        registry_url: the registry, if it is not Docker Hub.
        base_image: the image to build on; it has to have Python and the package `castra`.
        dockerfile: a Dockerfile to build on instead; it copies from the current directory.
        dockerignore: the file that says which files of the current directory the `dockerfile` does without; the one there, called
            `.dockerignore`, if not given.
        python_dependencies: packages that `pip` installs in the image.
        image_name: the image, without registry and tag; from the flow's name if it is built and not given.
        image_tag: its tag; from what is in it if it is built and not given, so that the same content is built once.
        env_vars: variables of the image.
        files: files and folders of this machine, by their absolute paths, and where they are copied to in the image.
        local_image: whether `base_image` is in the local engine and is not pulled.
        ignore_healthchecks: whether it is not looked if the flows load in the image.
        base_url: the address of the Docker Engine, e.g. `"unix:///var/run/docker.sock"`; that of the command `docker` if not given.
        build_kwargs: `buildargs`, values of the Dockerfile's `ARG`s, and `nocache`, whether every step is done again.
        prefect_directory: the folder of the image in which pickled flows are.
        path: the Python file in the image, for `stored_as_script`.
        stored_as_script: whether it is a Python file that is in the image by other means, rather than a pickled flow.
        extra_dockerfile_commands: lines of a Dockerfile that come last.
        result: where results are stored of flows that are kept here and do not say it themselves.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "Docker"
    _fields = ("registry_url", "image_name", "image_tag", "path", "stored_as_script")

    registry_url: str | None
    base_image: str | None
    dockerfile: str | None
    dockerignore: str | None
    python_dependencies: list[str]
    image_name: str | None
    image_tag: str | None
    env_vars: dict[str, str]
    files: dict[str, str]
    local_image: bool
    ignore_healthchecks: bool
    base_url: str | None
    build_kwargs: dict[str, Any]
    prefect_directory: str
    path: str | None
    extra_dockerfile_commands: list[str]

    def __init__(
        self,
        registry_url: str | None = None,
        base_image: str | None = None,
        dockerfile: str | os.PathLike[str] | None = None,
        dockerignore: str | os.PathLike[str] | None = None,
        python_dependencies: Iterable[str] | None = None,
        image_name: str | None = None,
        image_tag: str | None = None,
        env_vars: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        local_image: bool = False,
        ignore_healthchecks: bool = False,
        base_url: str | None = None,
        build_kwargs: Mapping[str, Any] | None = None,
        prefect_directory: str = "/opt/prefect",
        path: str | None = None,
        stored_as_script: bool = False,
        extra_dockerfile_commands: Iterable[str] | None = None,
        *,
        result: Result | None = None,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self.base_image = base_image
        self.dockerfile = os.fspath(dockerfile) if dockerfile else None
        self.dockerignore = os.fspath(dockerignore) if dockerignore else None
        self.python_dependencies = list(python_dependencies or [])
        self.env_vars = dict(env_vars or {})
        self.files = {os.fspath(here): there for here, there in (files or {}).items()}
        self.local_image = local_image
        self.ignore_healthchecks = ignore_healthchecks
        self.base_url = base_url
        self.build_kwargs = dict(build_kwargs or {})
        self.prefect_directory = prefect_directory
        self.extra_dockerfile_commands = list(extra_dockerfile_commands or [])
        self._built_tag: str | None = None
        self._check_build()
        self._take(
            {
                "registry_url": registry_url,
                "image_name": image_name,
                "image_tag": image_tag,
                "path": path,
            },
            stored_as_script=stored_as_script,
            result=result,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    @property
    def name(self) -> str:
        """The image, with registry and tag.

        Raises:
            ValueError: it is not built yet.
        """
        if self.image_name is None or self.image_tag is None:
            raise ValueError("Docker storage has no image before it is built")
        image = f"{self.image_name}:{self.image_tag}"
        return f"{self.registry_url.rstrip('/')}/{image}" if self.registry_url else image

    def build(self, push: bool = True) -> Storage:
        """Builds the image, and pushes it if there is a `registry_url`; an image that exists is left as it is.

        Raises:
            OSError: it cannot be built or pushed, or a flow does not load in it; Docker's words are in the message.
        """
        if self._is_built_here:
            from castra.storage.image import build

            if self.image_tag == self._built_tag:
                # It followed from what was in the image then.
                self.image_tag = None
            self.image_name, self.image_tag = build(self, self._flows, push and bool(self.registry_url))
            self._built_tag = self.image_tag
        return self

    def serialize(self) -> dict[str, Any]:
        """The form in which it is registered; before the image is built, it has no name.

        Raises:
            TypeError, ValueError: a field was changed to something that it cannot be.
        """
        unknown = {name: None for name in ("image_name", "image_tag") if self._is_built_here and vars(self)[name] is None}
        return {**self._serialized(dict.fromkeys(unknown, "unknown")), **unknown}

    @property
    def _is_built_here(self) -> bool:
        return self.base_image is not None or self.dockerfile is not None

    def _check_build(self) -> None:
        if self.base_image is not None and self.dockerfile is not None:
            raise ValueError("Docker storage is built on `base_image` or on `dockerfile`: keep one")
        for here in self.files:
            if not os.path.isabs(here):
                raise ValueError(f"Docker.files names {here!r}, which is no absolute path: write {os.path.abspath(here)!r}")
        for option in self.build_kwargs:
            if option not in _BUILD_OPTIONS:
                raise ValueError(f"Docker.build_kwargs has no {option!r}: it has {', '.join(_BUILD_OPTIONS)}")

    def _location(self, flow_name: str) -> str:
        if self.stored_as_script:
            return self._given("path")
        if not self._is_built_here:
            raise ValueError(
                "Docker storage needs `base_image` or `dockerfile` to put the flow into an image; if one has it already, say so with "
                "`stored_as_script=True` and `path`"
            )
        return self.path or f"{self.prefect_directory}/flows/{slug(flow_name)}.prefect"
