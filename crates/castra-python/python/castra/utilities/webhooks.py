"""The requests of Webhook storage, which people describe as the package ``requests`` takes them."""

from __future__ import annotations

import os
import string
from collections.abc import Mapping

from castra._extras import needed
from castra.client.secrets import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

#: How often a connection is tried again that could not be made.
_RETRIES = 3


def send(method: str, described: Mapping[str, Any], content: bytes | None = None) -> Any:
    """Sends the request, with ``content`` as its body if there is one, and gives the response.

    Raises ``ModuleNotFoundError`` if ``requests`` is not installed, ``ValueError`` for a name in it that nothing is known by, or if the
    response is none that says well. What was filled in is in no error.
    """
    requests = needed("requests", "webhook")
    arguments = filled_in(described)
    if content is not None:
        arguments["data"] = content
    where = f"{method} {described.get('url')}"
    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, requests.adapters.HTTPAdapter(max_retries=_RETRIES))
        try:
            response = session.request(method, **arguments)
        except (requests.RequestException, OSError) as error:
            raise ValueError(f"{where} was not answered: {type(error).__name__}") from None
    if not response.ok:
        raise ValueError(f"{where} was answered with {response.status_code} {response.reason}")
    return response


def filled_in(described: Mapping[str, Any]) -> dict[str, Any]:
    """The description with environment variables and secrets in place of their names, ``${NAME}``.

    Raises ``ValueError`` for a name of neither.
    """
    return {name: _filled_in(value) for name, value in described.items()}


def _filled_in(value: Any) -> Any:
    if isinstance(value, Mapping):
        return filled_in(value)
    return string.Template(value).substitute(_Known()) if isinstance(value, str) else value


class _Known(dict[str, "Any"]):
    """Environment variables, else secrets."""

    def __missing__(self, name: str) -> Any:
        if name in os.environ:
            return os.environ[name]
        secret = Secret(name)
        if not secret.exists():
            raise ValueError(f"`${{{name}}}` in a request of Webhook storage is neither an environment variable nor a secret here")
        return secret.get()
