"""By an HTTP request that the storage describes."""

from __future__ import annotations

from collections.abc import Mapping

from castra.runs.fetching.files import save
from castra.utilities.webhooks import send

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def fetch(storage: Mapping[str, Any], place: str, folder: str) -> str:
    """Sends the request, and takes the response's body for the file.

    Raises ``ModuleNotFoundError`` if ``requests`` is not installed, ``ValueError`` if the request cannot be made or is refused.
    """
    response = send(storage["get_flow_request_http_method"], storage["get_flow_request_kwargs"])
    return save(response.content, place, folder)
