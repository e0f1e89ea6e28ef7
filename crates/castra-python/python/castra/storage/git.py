"""`Git`: a file of any Git repository."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

from castra.storage.base import Storage

if TYPE_CHECKING:
    from castra.engine.result import Result


class Git(Storage):
    """Flows in Python files of a Git repository, which is cloned.

    Args:
        flow_path: the Python file in it.
        repo: the repository, as `owner/name`.
        repo_host: the site that hosts it.
        flow_name: the flow in the file, if there are several.
        git_token_secret_name: name of the secret with an access token.
        git_token_username: the user that the token is of; the owner of the repository if not given.
        git_clone_url_secret_name: name of the secret with the whole address to clone, instead of `repo` and what belongs to it.
        branch_name: the branch; at most one of branch, tag and commit is given.
        tag: the tag.
        commit: the commit.
        clone_depth: how many commits are cloned.
        use_ssh: whether it is cloned over SSH.
        format_access_token: whether the token is written as the site wants it.
        result: where results are stored of flows that are kept here and do not say it themselves.
        secrets: names of secrets that the flow run is given.
        labels: labels that it adds to the run config of a flow.

    Raises:
        TypeError: an argument that is not listed here.
        ValueError: a value that its field cannot take.
    """

    _type = "Git"
    _fields = (
        "flow_path",
        "repo",
        "repo_host",
        "flow_name",
        "git_token_secret_name",
        "git_token_username",
        "git_clone_url_secret_name",
        "branch_name",
        "tag",
        "commit",
        "clone_depth",
        "use_ssh",
        "format_access_token",
    )

    flow_path: str
    repo: str | None
    repo_host: str
    flow_name: str | None
    git_token_secret_name: str | None
    git_token_username: str | None
    git_clone_url_secret_name: str | None
    branch_name: str | None
    tag: str | None
    commit: str | None
    clone_depth: int | None
    use_ssh: bool
    format_access_token: bool

    def __init__(
        self,
        flow_path: str,
        repo: str | None = None,
        repo_host: str = "github.com",
        flow_name: str | None = None,
        git_token_secret_name: str | None = None,
        git_token_username: str | None = None,
        git_clone_url_secret_name: str | None = None,
        branch_name: str | None = None,
        tag: str | None = None,
        commit: str | None = None,
        clone_depth: int | None = 1,
        use_ssh: bool = False,
        format_access_token: bool = True,
        *,
        result: Result | None = None,
        secrets: Iterable[str] | None = None,
        labels: Iterable[str] | None = None,
        add_default_labels: bool | None = None,
        **unknown: NoReturn,
    ) -> None:
        if git_token_username is None and repo is not None:
            git_token_username = repo.split("/")[0]
        self._take(
            {
                "flow_path": flow_path,
                "repo": repo,
                "repo_host": repo_host,
                "flow_name": flow_name,
                "git_token_secret_name": git_token_secret_name,
                "git_token_username": git_token_username,
                "git_clone_url_secret_name": git_clone_url_secret_name,
                "branch_name": branch_name,
                "tag": tag,
                "commit": commit,
                "clone_depth": clone_depth,
                "use_ssh": use_ssh,
                "format_access_token": format_access_token,
            },
            result=result,
            secrets=secrets,
            labels=labels,
            add_default_labels=add_default_labels,
            **unknown,
        )

    def _location(self, flow_name: str) -> str:
        return self._given("flow_path")
