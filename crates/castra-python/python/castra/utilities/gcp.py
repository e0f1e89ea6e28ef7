"""Clients of Google Cloud."""

from __future__ import annotations

from collections.abc import Mapping

from castra._extras import needed
from castra.client.secrets import credentials_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def get_storage_client(credentials: Mapping[str, Any] | None = None, project: str | None = None) -> Any:
    """A client of ``google-cloud-storage``.

    Args:
        credentials: the key of a service account; the secret ``GCP_CREDENTIALS`` if not given, and if there is none, Google's
            default credentials.
        project: the project that requests are billed to; that of the credentials if not given.

    Raises ``ModuleNotFoundError`` if the library is not installed, ``ValueError`` if the secret is something else.
    """
    storage = needed("google.cloud.storage", "gcp")
    key = credentials or credentials_in("GCP_CREDENTIALS")
    if key is None:
        return storage.Client(project=project)
    found = needed("google.oauth2.service_account", "gcp").Credentials.from_service_account_info(key)
    return storage.Client(project=project or found.project_id, credentials=found)
