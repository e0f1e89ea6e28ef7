"""From a Git repository, which the command ``git`` clones. What the address has of secrets is in no argument and no error."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from urllib.parse import quote

from castra.client.secrets import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: Stands for the repository where everybody can read it.
_ALIAS = "castra-flow:"


def fetch(storage: Mapping[str, Any], place: str, folder: str) -> str:
    """Clones the repository into the folder.

    Raises ``ValueError`` with the words of ``git`` if it fails.
    """
    url, token = _address(storage)
    commit, reference = storage.get("commit"), storage.get("branch_name") or storage.get("tag")
    options = ["--no-checkout"] if commit else ["--depth", str(storage.get("clone_depth") or 1)]
    if reference:
        options += ["--branch", reference]
    _git(url, token, "clone", "--quiet", *options, _ALIAS, folder)
    if commit:
        _git(url, token, "-C", folder, "checkout", "--quiet", commit)
    return os.path.join(folder, place)


def _address(storage: Mapping[str, Any]) -> tuple[str, str]:
    """The address of the repository, and what of it is secret."""
    if storage.get("git_clone_url_secret_name"):
        url = str(Secret(storage["git_clone_url_secret_name"]).get())
        return url, url
    host, repository = storage.get("repo_host") or "github.com", storage["repo"]
    if storage.get("use_ssh"):
        return f"git@{host}:{repository}.git", ""
    if not storage.get("git_token_secret_name"):
        return f"https://{host}/{repository}.git", ""
    token = str(Secret(storage["git_token_secret_name"]).get())
    written = f"{storage['git_token_username']}:{token}" if storage.get("format_access_token", True) else token
    return f"https://{quote(written, safe=':')}@{host}/{repository}.git", token


def _git(url: str, secret: str, *arguments: str) -> None:
    count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    environment = {
        **os.environ,
        "GIT_CONFIG_COUNT": str(count + 1),
        f"GIT_CONFIG_KEY_{count}": f"url.{url}.insteadOf",
        f"GIT_CONFIG_VALUE_{count}": _ALIAS,
        "GIT_TERMINAL_PROMPT": "0",
    }
    try:
        subprocess.run(["git", *arguments], env=environment, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise ValueError("flows in Git storage are cloned by the command `git`, which is not there: install it") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip()
        for hidden in filter(None, (secret, quote(secret, safe=""))):
            said = said.replace(hidden, "…")
        raise ValueError(f"the repository could not be cloned: {said}") from None
