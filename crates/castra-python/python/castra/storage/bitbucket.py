"""`Bitbucket`: a file of a Bitbucket repository."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from castra.storage.base import Storage

if TYPE_CHECKING:
    from castra.engine.result import Result


class Bitbucket(Storage):
    """Flows in Python files of a Bitbucket repository.

    Args:
        project: the project.
        repo: the repository.
        workspace: the workspace of Bitbucket Cloud, which takes user and password rather than a token.
        host: address of a Bitbucket Server.
        path: the Python file in the repository.
        ref: commit, branch or tag.
        access_token_secret: name of the secret with an access token of Bitbucket Server.
        cloud_username_secret: name of the secret with the user name of Bitbucket Cloud.
        cloud_app_password_secret: name of the secret with the app password of Bitbucket Cloud.
        result: where results are stored of flows that are kept here and do not say it themselves.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "Bitbucket"
    _fields = (
        "project",
        "repo",
        "workspace",
        "host",
        "path",
        "ref",
        "access_token_secret",
        "cloud_username_secret",
        "cloud_app_password_secret",
    )

    project: str
    repo: str
    workspace: str | None
    host: str | None
    path: str | None
    ref: str | None
    access_token_secret: str | None
    cloud_username_secret: str | None
    cloud_app_password_secret: str | None

    def __init__(
        self,
        project: str,
        repo: str,
        workspace: str | None = None,
        host: str | None = None,
        path: str | None = None,
        ref: str | None = None,
        access_token_secret: str | None = None,
        cloud_username_secret: str | None = None,
        cloud_app_password_secret: str | None = None,
        *,
        result: Result | None = None,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        self._take(
            {
                "project": project,
                "repo": repo,
                "workspace": workspace,
                "host": host,
                "path": path,
                "ref": ref,
                "access_token_secret": access_token_secret,
                "cloud_username_secret": cloud_username_secret,
                "cloud_app_password_secret": cloud_app_password_secret,
            },
            result=result,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    def _location(self, flow_name: str) -> str:
        return self._given("path")
