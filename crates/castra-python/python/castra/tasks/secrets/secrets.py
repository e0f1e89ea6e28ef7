"""Secrets as tasks, so that the value is read when the flow runs and is in no graph."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from castra.client.secrets import Secret
from castra.core.task import Task


class PrefectSecret(Task):
    """Gives the secret of this name (:class:`castra.client.Secret`); the name of the class is Prefect 1's."""

    is_done_here = True

    def __init__(self, name: str | None = None, **kwargs: Any):
        self.secret_name = name
        super().__init__(name=name, **kwargs)

    def run(self, name: str | None = None) -> Any:
        name = name or self.secret_name
        if not name:
            raise ValueError("name the secret: neither the task nor the call says which it is")
        return Secret(name).get()


class EnvVarSecret(Task):
    """Gives an environment variable, as ``cast`` makes it; ``None`` if it is not set, unless ``raise_if_missing``."""

    is_done_here = True

    def __init__(
        self,
        name: str | None = None,
        cast: Callable[[str], Any] | None = None,
        raise_if_missing: bool = False,
        **kwargs: Any,
    ):
        self.secret_name = name
        self.cast = cast
        self.raise_if_missing = raise_if_missing
        super().__init__(name=name, **kwargs)

    def run(self, name: str | None = None) -> Any:
        name = name or self.secret_name
        if not name:
            raise ValueError("name the secret: neither the task nor the call says which it is")
        value = os.environ.get(name)
        if value is None:
            if self.raise_if_missing:
                raise ValueError(f"the environment variable {name} is not set")
            return None
        return value if self.cast is None else self.cast(value)
