"""`Webhook`: HTTP requests that store and load flows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from castra.storage.base import Storage
from castra.storage.content import content

if TYPE_CHECKING:
    from castra.engine.result import Result


class Webhook(Storage):
    """Flows that are stored and loaded by HTTP requests, one in each storage. In texts of the arguments of a request, `${NAME}` stands for
    an environment variable or a secret.

    Args:
        build_request_kwargs: arguments of the request that stores a flow when it is registered, as `requests` takes them; the flow is
            its `data`.
        build_request_http_method: `"POST"`, `"PUT"`, `"PATCH"` or `"GET"`.
        get_flow_request_kwargs: arguments of the request that loads a flow.
        get_flow_request_http_method: as `build_request_http_method`.
        stored_as_script: whether it is a Python file, rather than a pickled flow.
        flow_script_path: the Python file that is stored with `stored_as_script`.
        result: where results are stored of flows that are kept here and do not say it themselves.
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
    flow_script_path: str | None

    def __init__(
        self,
        build_request_kwargs: Mapping[str, Any],
        build_request_http_method: str,
        get_flow_request_kwargs: Mapping[str, Any],
        get_flow_request_http_method: str,
        stored_as_script: bool = False,
        flow_script_path: str | os.PathLike[str] | None = None,
        *,
        result: Result | None = None,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self.flow_script_path = os.fspath(flow_script_path) if flow_script_path else None
        self._take(
            {
                "build_request_kwargs": build_request_kwargs,
                "build_request_http_method": build_request_http_method,
                "get_flow_request_kwargs": get_flow_request_kwargs,
                "get_flow_request_http_method": get_flow_request_http_method,
            },
            stored_as_script=stored_as_script,
            result=result,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    def add_flow(self, flow: Any) -> str:
        """Takes this flow in place of the one that it had, if it had one: the requests are those of one flow."""
        self.flows, self._flows = {}, {}
        return super().add_flow(flow)

    def build(self) -> Storage:
        """Sends the request that stores the flow, with the pickled flow or the Python file as its body.

        Raises:
            ModuleNotFoundError: `requests` is not installed.
            OSError: the Python file cannot be read.
            ValueError: no Python file was given, or the request cannot be made or is refused.
        """
        from castra.utilities.webhooks import send

        script = self._given("flow_script_path") if self.stored_as_script else None
        for flow in self._flows.values():
            send(self.build_request_http_method, self.build_request_kwargs, content(flow, script))
        return self

    def _location(self, flow_name: str) -> str:
        return flow_name
