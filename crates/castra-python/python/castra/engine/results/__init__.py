"""Results that are kept beyond the process that made them."""

from castra._lazy import lazy

__all__ = ["LocalResult"]

__getattr__ = lazy(__name__, {"LocalResult": "castra.engine.results.local_result"})
