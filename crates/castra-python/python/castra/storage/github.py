"""`GitHub`: a file of a GitHub repository."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from castra.storage.base import Storage

if TYPE_CHECKING:
    from castra.engine.result import Result


class GitHub(Storage):
    """Flows in Python files of a GitHub repository.

    Args:
        repo: the repository, as `owner/name`.
        path: the Python file in it.
        ref: commit, branch or tag; the default branch if not given.
        access_token_secret: name of the secret with an access token.
        base_url: address of the API of a GitHub Enterprise.
        result: where results are stored of flows that are kept here and do not say it themselves.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "GitHub"
    _fields = ("repo", "path", "ref", "access_token_secret", "base_url")

    repo: str
    path: str
    ref: str | None
    access_token_secret: str | None
    base_url: str | None

    def __init__(
        self,
        repo: str,
        path: str,
        ref: str | None = None,
        access_token_secret: str | None = None,
        base_url: str | None = None,
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
                "ref": ref,
                "access_token_secret": access_token_secret,
                "base_url": base_url,
            },
            result=result,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    def _location(self, flow_name: str) -> str:
        return self._given("path")
