"""The server, from Python."""

from castra._lazy import lazy

__all__ = ["Client"]

__getattr__ = lazy(__name__, {"Client": "castra.client.client"})
