"""`GitLab`: a file of a GitLab repository."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from castra.storage.base import Storage

if TYPE_CHECKING:
    from castra.engine.result import Result


class GitLab(Storage):
    """Flows in Python files of a GitLab repository.

    Args:
        repo: the repository, as `owner/name`, or its number.
        host: address of a GitLab of your own.
        path: the Python file in it.
        ref: commit, branch or tag.
        access_token_secret: name of the secret with an access token.
        result: where results are stored of flows that are kept here and do not say it themselves.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "GitLab"
    _fields = ("repo", "path", "host", "ref", "access_token_secret")

    repo: str
    host: str | None
    path: str | None
    ref: str | None
    access_token_secret: str | None

    def __init__(
        self,
        repo: str,
        host: str | None = None,
        path: str | None = None,
        ref: str | None = None,
        access_token_secret: str | None = None,
        *,
        result: Result | None = None,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(
            {
                "repo": repo,
                "path": path,
                "host": host,
                "ref": ref,
                "access_token_secret": access_token_secret,
            },
            result=result,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    def _location(self, flow_name: str) -> str:
        return self._given("path")
