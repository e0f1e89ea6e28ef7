"""From an S3 bucket, by AWS' library ``boto3``."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from typing import Any


def fetch(storage: Mapping[str, Any], place: str, folder: str) -> str:
    """Gets the file with the credentials of the flow run.

    Raises ``ModuleNotFoundError`` if ``boto3`` is not installed, and what ``boto3`` raises.
    """
    try:
        boto3 = importlib.import_module("boto3")
    except ModuleNotFoundError:
        raise ModuleNotFoundError("flows in S3 storage are fetched by `boto3`: install it where the flow runs") from None
    path = os.path.join(folder, os.path.basename(place))
    client: Any = boto3.client("s3", **(storage.get("client_options") or {}))
    client.download_file(storage["bucket"], place, path)
    return path
