"""Tasks that give secrets to others."""

from castra.tasks.secrets.secrets import EnvVarSecret, PrefectSecret

__all__ = ["EnvVarSecret", "PrefectSecret"]
