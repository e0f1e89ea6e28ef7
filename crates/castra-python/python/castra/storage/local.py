"""`Local`: a file of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from castra.storage.base import Storage

if TYPE_CHECKING:
    from castra.engine.result import Result


class Local(Storage):
    """Flows in files of this machine, so that only agents on it take their runs.

    Args:
        directory: where pickled flows are kept; `flows` in `CASTRA_HOME`, which is `~/.castra`, if not given.
        validate: whether `directory` is made absolute.
        path: the file of the flow: a Python file or module (`stored_as_script=True`), or the file that the pickled flow is in.
        stored_as_script: whether it is a Python file, rather than a pickled flow.
        result: where results are stored of flows that are kept here and do not say it themselves.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.
        add_default_labels: whether this machine's hostname is among the labels; it is unless told otherwise.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "Local"
    _fields = ("directory", "path", "stored_as_script")

    directory: str
    path: str | None

    def __init__(
        self,
        directory: str | os.PathLike[str] | None = None,
        validate: bool = True,
        path: str | os.PathLike[str] | None = None,
        stored_as_script: bool = False,
        *,
        result: Result | None = None,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        directory = directory or os.path.join(os.environ.get("CASTRA_HOME") or "~/.castra", "flows")
        if validate:
            directory = os.path.abspath(os.path.expanduser(directory))
        self._take(
            {"directory": directory, "path": path},
            stored_as_script=stored_as_script,
            result=result,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    @property
    def result_of_targets(self) -> Result | None:
        from castra.engine.results.local_result import LocalResult

        return LocalResult(self.directory)

    def add_flow(self, flow: Any) -> str:
        """Notes where a flow is, and says it; a flow that is to be pickled is pickled now, because its content names the file.

        Raises:
            ValueError: a flow of this name is here already, or where it is was not said.
        """
        super().add_flow(flow)
        self.build()
        return self.flows[flow.name]

    def build(self) -> Storage:
        """Writes the flows that are to be pickled.

        Raises:
            ModuleNotFoundError: `cloudpickle` is not installed.
            OSError: the file cannot be written.
        """
        if not self.stored_as_script:
            from castra.runs import pickled

            for name, flow in self._flows.items():
                self.flows[name] = pickled.dump(flow, self.path or self.directory, exactly=bool(self.path))
        return self

    def _location(self, flow_name: str) -> str:
        return self._given("path") if self.stored_as_script else self.path or self.directory
