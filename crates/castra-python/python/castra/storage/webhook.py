"""`Webhook`: HTTP requests that store and load flows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from castra.storage.base import Storage


class Webhook(Storage):
    """Flows that are stored and loaded by HTTP requests.

    Args:
        build_request_kwargs: arguments of the request that stores a flow, as `requests` takes them.
        build_request_http_method: `"POST"`, `"PUT"`, `"PATCH"` or `"GET"`.
        get_flow_request_kwargs: arguments of the request that loads a flow.
        get_flow_request_http_method: as `build_request_http_method`.
        stored_as_script: whether it is a Python file, rather than a pickled flow.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "Webhook"
    _fields = (
        "build_request_kwargs",
        "build_request_http_method",
        "get_flow_request_kwargs",
        "get_flow_request_http_method",
        "stored_as_script",
    )

    build_request_kwargs: Mapping[str, Any]
    build_request_http_method: str
    get_flow_request_kwargs: Mapping[str, Any]
    get_flow_request_http_method: str

    def __init__(
        self,
        build_request_kwargs: Mapping[str, Any],
        build_request_http_method: str,
        get_flow_request_kwargs: Mapping[str, Any],
        get_flow_request_http_method: str,
        stored_as_script: bool = False,
        *,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(
            {
                "build_request_kwargs": build_request_kwargs,
                "build_request_http_method": build_request_http_method,
                "get_flow_request_kwargs": get_flow_request_kwargs,
                "get_flow_request_http_method": get_flow_request_http_method,
            },
            stored_as_script=stored_as_script,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    def _location(self, flow_name: str) -> str:
        self._refuse_pickled("what the requests load")
        return flow_name
