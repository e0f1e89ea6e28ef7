"""Secrets: values that flows need and nobody else is to see."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from castra.utilities.context import context


class Secret:
    """A secret by its name: of the context's ``secrets``, else of the environment variable ``CASTRA_SECRET_<NAME>``, else of Prefect's
    ``PREFECT__CONTEXT__SECRETS__<NAME>``, which agents pass on with the run config's ``env``, else of the settings (``castra.config``)."""

    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return f"Secret({self.name!r})"

    def exists(self) -> bool:
        """Whether it has a value."""
        return self._found() is not None

    def get(self) -> Any:
        """Its value; what is JSON is read as such.

        Raises ``ValueError`` if it has none, or while a flow is written.
        """
        if context.get("flow") is not None:
            raise ValueError("a secret is read when the flow runs, not while it is written: let a task read it")
        value = self._found()
        if value is None:
            raise ValueError(f"there is no secret {self.name!r}: set the environment variable {self._variable()} of the flow run")
        try:
            return json.loads(value)
        except (TypeError, ValueError):
            return value

    def _found(self) -> Any:
        known = (context.get("secrets") or {}).get(self.name)
        named = (self._variable(), f"PREFECT__CONTEXT__SECRETS__{self.name}")
        if known is None:
            known = next((os.environ[name] for name in named if name in os.environ), None)
        if known is None:
            from castra.configuration import config

            known = config.context.secrets.get(self.name)
        return known

    def _variable(self) -> str:
        return f"CASTRA_SECRET_{self.name}"


def credentials_in(name: str) -> Mapping[str, Any] | None:
    """The credentials that are the secret of this name, if there is one.

    Raises ``ValueError`` if it is no JSON object.
    """
    secret = Secret(name)
    value = secret.get() if secret.exists() else None
    if value is not None and not isinstance(value, Mapping):
        raise ValueError(f"the secret {name!r} is not a JSON object, and credentials are one")
    return value


def access(secret: str | None, usual: str) -> str | None:
    """What gives access to where flows are kept: the secret that a storage names, else the secret or the environment variable of the usual
    name, if there is one.

    Raises ``ValueError`` if a storage names one that is not there.
    """
    if secret or Secret(usual).exists():
        return str(Secret(secret or usual).get())
    return os.environ.get(usual)
