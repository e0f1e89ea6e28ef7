"""What the package needs from Rust; nothing here is meant to be called from outside it."""

from typing import Any

__version__: str

def run_config_fields(kind: str, arguments: dict[str, Any]) -> dict[str, Any]: ...
def run_config_to_json(kind: str, arguments: dict[str, Any]) -> dict[str, Any]: ...
