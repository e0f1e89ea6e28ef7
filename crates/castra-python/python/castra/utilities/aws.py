"""Clients of AWS."""

from __future__ import annotations

from collections.abc import Mapping

from castra._extras import needed
from castra.client.secrets import credentials_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def get_boto_client(
    resource: str,
    credentials: Mapping[str, str] | None = None,
    region_name: str | None = None,
    profile_name: str | None = None,
    **kwargs: Any,
) -> Any:
    """A client of ``boto3`` for a service of AWS.

    Args:
        resource: the service, e.g. ``"s3"``.
        credentials: ``ACCESS_KEY``, ``SECRET_ACCESS_KEY`` and maybe ``SESSION_TOKEN``; the secret ``AWS_CREDENTIALS`` if not given, and
            if there is none, what ``boto3`` finds by itself.
        region_name: the region.
        profile_name: the profile of AWS' files of settings.
        **kwargs: further options of the client.

    Raises ``ModuleNotFoundError`` if ``boto3`` is not installed, ``ValueError`` if the secret is something else.
    """
    found = credentials or credentials_in("AWS_CREDENTIALS") or {}
    keys = {f"aws_{name.lower()}": found[name] for name in ("SECRET_ACCESS_KEY", "SESSION_TOKEN") if found.get(name)}
    if found.get("ACCESS_KEY"):
        keys["aws_access_key_id"] = found["ACCESS_KEY"]
    # Clients can be shared by threads; sessions cannot.
    session = needed("boto3", "aws").session.Session(region_name=region_name, profile_name=profile_name)
    return session.client(resource, **{**kwargs, **keys})
