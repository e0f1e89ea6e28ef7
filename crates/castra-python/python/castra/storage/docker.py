"""`Docker`: an image that holds the flows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from castra.storage.base import Storage


class Docker(Storage):
    """Flows in an image that is built already: Castra builds none of Python flows.

    Args:
        registry_url: the registry, if it is not Docker Hub.
        image_name: the image, without registry and tag; must be given.
        image_tag: its tag; must be given.
        path: the Python file in the image.
        stored_as_script: whether it is a Python file, rather than a pickled flow.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "Docker"
    _fields = ("registry_url", "image_name", "image_tag", "path", "stored_as_script")

    registry_url: str | None
    image_name: str | None
    image_tag: str | None
    path: str | None

    def __init__(
        self,
        registry_url: str | None = None,
        image_name: str | None = None,
        image_tag: str | None = None,
        path: str | None = None,
        stored_as_script: bool = True,
        *,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(
            {
                "registry_url": registry_url,
                "image_name": image_name,
                "image_tag": image_tag,
                "path": path,
            },
            stored_as_script=stored_as_script,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    def _location(self, flow_name: str) -> str:
        return self._given("path")
