"""`CodeCommit`: a file of an AWS CodeCommit repository."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from castra.storage.base import Storage

if TYPE_CHECKING:
    from castra.engine.result import Result


class CodeCommit(Storage):
    """Flows in Python files of an AWS CodeCommit repository.

    Args:
        repo: the repository.
        path: the Python file in it.
        commit: commit, branch or tag; the default branch if not given.
        client_options: options of the boto3 client.
        result: where results are stored of flows that are kept here and do not say it themselves.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "CodeCommit"
    _fields = ("repo", "path", "commit", "client_options")

    repo: str
    path: str | None
    commit: str | None
    client_options: Mapping[str, Any] | None

    def __init__(
        self,
        repo: str,
        path: str | None = None,
        commit: str | None = None,
        client_options: Mapping[str, Any] | None = None,
        *,
        result: Result | None = None,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(
            {"repo": repo, "path": path, "commit": commit, "client_options": client_options},
            result=result,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    def _location(self, flow_name: str) -> str:
        return self._given("path")
