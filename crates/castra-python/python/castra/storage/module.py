"""`Module`: an importable Python module."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from castra.storage.base import Storage

if TYPE_CHECKING:
    from castra.engine.result import Result


class Module(Storage):
    """Flows in a Python module that is installed wherever they run.

    Args:
        module: the module, e.g. `"flows.etl"`; `__name__` is the one at hand.
        result: where results are stored of flows that are kept here and do not say it themselves.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "Module"
    _fields = ("module",)

    module: str

    def __init__(
        self,
        module: str,
        *,
        result: Result | None = None,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(
            {"module": module},
            result=result,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    def _location(self, flow_name: str) -> str:
        return self.module
