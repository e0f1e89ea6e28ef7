"""How the real client is told where the server is: by its environment, or by its configuration in this process."""

import os
from pathlib import Path

from prefect.utilities.configuration import set_temporary_config


def client_environment(server: str, home: Path) -> dict[str, str]:
    """What the client's own processes start with; its long intervals are shortened, nothing else is changed."""
    return {
        **os.environ,
        "HOME": str(home),
        "PREFECT__HOME_DIR": str(home / ".prefect"),
        "PREFECT__BACKEND": "server",
        "PREFECT__SERVER__ENDPOINT": server,
        "PREFECT__CLOUD__API": server,
        "PREFECT__CLOUD__LOGGING_HEARTBEAT": "1",
        "PREFECT__CLOUD__CHECK_CANCELLATION_INTERVAL": "2",
    }


def client_talking_to(server: str, home: Path):
    """The same settings for the client inside this process, for the length of a `with` block."""
    return set_temporary_config(
        {
            "home_dir": str(home / ".prefect"),
            "backend": "server",
            "server.endpoint": server,
            "cloud.endpoint": server,
            "cloud.api": server,
        }
    )
