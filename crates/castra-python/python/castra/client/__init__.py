"""The server, and secrets, from Python."""

from castra._lazy import lazy

__all__ = ["Client", "Secret"]

__getattr__ = lazy(__name__, {"Client": "castra.client.client", "Secret": "castra.client.secrets"})
