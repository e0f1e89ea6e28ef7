"""`DockerRun`: a container of the agent's Docker engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from castra.run_configs.base import RunConfig


class DockerRun(RunConfig):
    """Runs as Docker containers.

    Args:
        image: the image to run; that of Docker storage beats it.
        env: environment variables of the container, over those of the agent.
        labels: an agent must have all of these to take the run.
        ports: container ports to publish, each on a free port of the host.
        host_config: options of the container as docker-py's `create_host_config` takes them, e.g. `{"mem_limit": "2g"}`
            (`g`, `m`, `k` or bytes).

    Raises:
        TypeError: an argument that is not listed here, or a value that has no JSON.
        ValueError: a value that its field cannot take.

    Examples:
        >>> DockerRun(image="example/image-name:with-tag")
        DockerRun(image='example/image-name:with-tag')
    """

    _type = "DockerRun"

    image: str | None
    ports: list[int] | None
    host_config: dict[str, Any] | None

    def __init__(
        self,
        *,
        image: str | None = None,
        env: Mapping[str, Any] | None = None,
        labels: Iterable[str] | None = None,
        ports: Iterable[int] | None = None,
        host_config: Mapping[str, Any] | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(image=image, env=env, labels=labels, ports=ports, host_config=host_config, **unknown)
