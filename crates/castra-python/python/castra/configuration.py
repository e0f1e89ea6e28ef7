"""Settings, as flows that were written for Prefect 1 read them: ``prefect.config.my_section.my_key``.

They are the defaults below, over them a file in TOML (``~/.prefect/config.toml``, or that of ``PREFECT__USER_CONFIG_PATH``), over that
environment variables ``PREFECT__SECTION__KEY``. Castra itself heeds the defaults of tasks, ``flows.run_on_schedule``, ``logging.level``, and what
``context`` gives to every run, with its ``secrets``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from castra.utilities.collections import DotDict, merged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PREFIX = "PREFECT__"

_DEFAULTS: dict[str, Any] = {
    "context": {"secrets": {}},
    "flows": {"run_on_schedule": True},
    "logging": {"level": "INFO"},
    "tasks": {"defaults": {"max_retries": 0, "retry_delay": None, "timeout": None}},
}


class Config(DotDict):
    """Settings; sections are settings themselves."""

    __slots__ = ()


def load(environment: Mapping[str, str]) -> Config:
    """The settings of a process with this environment.

    Raises ``ValueError`` if there is a file that cannot be read.
    """
    named = environment.get(f"{_PREFIX}USER_CONFIG_PATH", "~/.prefect/config.toml")
    path = os.path.expanduser(named)
    told = _of_environment(environment)
    settings = merged(Config(), _DEFAULTS)
    for over in (_of_file(path) if os.path.exists(path) else {}, told):
        settings = merged(settings, over)
    return settings


def _of_file(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            return dict(_toml().loads(file.read()))
    except (OSError, ValueError) as error:
        raise ValueError(f"the settings in {path} cannot be read: {error}") from error


def _toml() -> Any:
    """What reads TOML: a module of Python from 3.11 on."""
    import importlib

    for name in ("tomllib", "tomli"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise ValueError("before Python 3.11 this needs: pip install tomli")


def _of_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for name, text in environment.items():
        if not name.startswith(_PREFIX):
            continue
        *sections, key = name.removeprefix(_PREFIX).split("__")
        place = settings
        for section in sections:
            below = place.setdefault(section.lower(), {})
            place = below if isinstance(below, dict) else {}
        # Secrets and values of the context keep their capitals, as in Prefect 1.
        place[key if "CONTEXT" in sections[:1] else key.lower()] = value_of(text)
    return settings


def value_of(text: str) -> Any:
    """What a text means: true or false, a number, a list or an object in JSON, or the text itself."""
    import json

    try:
        return json.loads(text.lower() if text.lower() in ("true", "false") else text)
    except ValueError:
        return text


#: The settings of this process.
config = load(os.environ)
