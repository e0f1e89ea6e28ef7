"""Castra takes a workflow run to where it should run, and always knows what became of it.

What the package has is imported when it is first asked for.
"""

from castra._castra import __version__
from castra._lazy import lazy

__all__ = ["__version__"]

__getattr__ = lazy(__name__, {})
